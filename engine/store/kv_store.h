// The key-value store on RocksDB.
//
// Purpose: kv.h as RocksDB does it; kv_open.cpp opens and closes, kv.cpp reads and writes. Of kv*.cpp alone.
// Thread-safety: as kv.h says.
#pragma once

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/options.h>
#include <rocksdb/write_buffer_manager.h>

#include <array>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/store/format.h"
#include "engine/store/kv.h"
#include "engine/store/kv_files.h"
#include "engine/store/store_files.h"

namespace dossier {

class RocksStore : public KeyValueStore {
 public:
  // `beside`: another opening, whose cache and budget this one shares; null: its own.
  RocksStore(const std::string& path, const KeyValueOptions& options, const RocksStore* beside = nullptr);
  ~RocksStore() override;
  std::unique_ptr<KeyValueStore> reopen() const override;
  bool get(const KeyValueSnapshot* snapshot, Family family, std::string_view key,
           std::string& value) const override;
  std::unique_ptr<PinnedValue> pin(const KeyValueSnapshot* snapshot, Family family,
                                   std::string_view key) const override;
  std::vector<std::optional<std::string>> multi_get(const KeyValueSnapshot* snapshot, Family family,
                                                    std::span<const std::string> keys) const override;
  std::unique_ptr<KeyValueCursor> cursor(const KeyValueSnapshot* snapshot, Family family,
                                         std::string_view lower, std::string_view upper,
                                         bool sequential) const override;
  std::shared_ptr<const KeyValueSnapshot> snapshot() const override;
  std::unique_ptr<KeyValueBatch> batch() const override;
  void write(KeyValueBatch& batch, bool sync) override;
  void sync() override;
  std::unique_ptr<SortedRunWriter> run_writer(Family family, const std::string& path) const override;
  void ingest(const std::vector<std::pair<Family, std::vector<std::string>>>& files) override;
  std::string temporary_directory() const override;
  std::string spill_directory() const override { return in_memory_ ? spill_->path() : temporary_directory(); }

  // A store that takes no writes can still be read key by key.
  bool checkpoint(const std::string& directory) const override;
  std::vector<std::string> verify(const VerifyTick& tick) const override;
  void compact(Family family) override;
  std::uint64_t approximate_bytes(Family family, std::string_view lower,
                                  std::string_view upper) const override;
  void flush() override;
  MemoryFigures memory() const override;
  std::uint64_t disk_bytes() const override { return sum(rocksdb::DB::Properties::kLiveSstFilesSize); }

 private:
  static constexpr const char* kMemoryPath = "/dossier";

  rocksdb::ColumnFamilyHandle* handle(Family family) const {
    return handles_[static_cast<std::size_t>(family)];
  }
  void require_writable() const;
  void require_healthy() const;
  void finish(const rocksdb::Status& status) const;
  std::uint64_t sum(const std::string& property) const;
  void make_options(const KeyValueOptions& options);

  // RocksDB syncs what lies in its directory, but not the entry of that directory in the one above: without
  // this a loss of power takes the whole of it. A directory that may not be read cannot be synced either.
  void sync_entry_of(const std::filesystem::path& directory) const;
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors() const;
  rocksdb::Status try_open(const std::string& path);
  rocksdb::Status open_database(const std::string& path, bool read_only, std::uint64_t newest_log);

  // Whether all went well.
  bool close();
  void open_in_memory();

  // Throws unless the directory holds a store of this program.
  void require_store();
  void require_families();

  // The store has families that this program does not know: says both versions.
  [[noreturn]] void raise_version() const;

  // A writer may delete files between the reading of the manifest and their opening. A missing table is an
  // error, but a missing log is not: RocksDB would show the state before the commits in it. So what was
  // opened counts only when the manifest is still the same.
  void open_read_only();
  [[noreturn]] void raise_too_fast() const;

  // Throws when the status says that the lock is held.
  void require_free(const rocksdb::Status& status) const;
  void lock();
  void unlock();
  void open_for_writing(const KeyValueOptions& options);

  std::string where_;
  std::string path_;
  bool in_memory_;
  bool read_only_;
  KeyValueOptions options_;
  bool marked_ = false;
  std::string opened_state_;  // files_state of a store opened read-only, from before it was opened
  std::unique_ptr<TemporaryDirectory> spill_;
  std::shared_ptr<KeepingFileSystem> files_;  // null for a store in memory
  std::unique_ptr<rocksdb::Env> own_env_;
  rocksdb::Env* env_ = nullptr;
  std::shared_ptr<rocksdb::Cache> cache_;
  std::shared_ptr<rocksdb::WriteBufferManager> buffers_;
  std::shared_ptr<Watcher> watcher_ = std::make_shared<Watcher>();
  LogOrder log_order_;
  rocksdb::DBOptions db_options_;
  std::array<rocksdb::ColumnFamilyOptions, kFamilies> family_options_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
  mutable std::mutex ingest_mutex_;  // files of several families appear one family after the other
};

}  // namespace dossier
