#include "engine/store/kv.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/slice.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_buffer_manager.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <thread>

#include "engine/store/format.h"
#include "engine/store/holder.h"

namespace dossier {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMemoryName = ":memory:";
constexpr const char* kMemoryPath = "/dossier";
constexpr const char* kTemporaryName = "tmp";
// How long a read-only opening is tried beside a writer that changes its files, and the pause between two tries, which
// doubles up to the longest. Short ones serve better: what counts is that one opening falls between two changes.
constexpr std::chrono::seconds kReadOnlyPatience{10};
constexpr int kStillTries = 5;  // failures after which nothing had changed: the reason is another one
constexpr std::chrono::milliseconds kFirstPause{5};
constexpr std::chrono::milliseconds kLongestPause{80};

rocksdb::Slice slice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}
std::string_view view(const rocksdb::Slice& bytes) {
  return {bytes.data(), bytes.size()};
}

[[noreturn]] void raise(const rocksdb::Status& status, const std::string& where) {
  const std::string text = status.ToString();
  if (status.IsCorruption()) {
    throw CorruptionError("the store " + where + " is damaged: " + text +
                          "; restore it from a backup, or dump what can still be read");
  }
  throw StorageError(StorageError::Reason::io, "the store " + where + ": " + text);
}

// Read-only opening must not write a log, and a store in memory needs none.
class SilentLogger : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

class RocksSnapshot : public KeyValueSnapshot {
 public:
  explicit RocksSnapshot(rocksdb::DB* db) : db_(db), snapshot_(db->GetSnapshot()) {}
  ~RocksSnapshot() override {
    if (snapshot_ != nullptr) db_->ReleaseSnapshot(snapshot_);
  }
  RocksSnapshot(const RocksSnapshot&) = delete;
  RocksSnapshot& operator=(const RocksSnapshot&) = delete;
  const rocksdb::Snapshot* get() const { return snapshot_; }

 private:
  rocksdb::DB* db_;
  const rocksdb::Snapshot* snapshot_;
};

const rocksdb::Snapshot* native(const KeyValueSnapshot* snapshot) {
  return snapshot == nullptr ? nullptr : static_cast<const RocksSnapshot*>(snapshot)->get();
}

class RocksPinnedValue : public PinnedValue {
 public:
  std::string_view bytes() const override { return {value.data(), value.size()}; }
  rocksdb::PinnableSlice value;
};

class RocksCursor : public KeyValueCursor {
 public:
  RocksCursor(rocksdb::DB* db, rocksdb::ColumnFamilyHandle* family, rocksdb::ReadOptions options,
              std::string_view lower, std::string_view upper, const std::string& where)
      : lower_(lower), upper_(upper), where_(where) {
    if (!lower_.empty()) {
      lower_slice_ = rocksdb::Slice(lower_);
      options.iterate_lower_bound = &lower_slice_;
    }
    if (!upper_.empty()) {
      upper_slice_ = rocksdb::Slice(upper_);
      options.iterate_upper_bound = &upper_slice_;
    }
    iterator_.reset(db->NewIterator(options, family));
  }
  bool valid() const override { return iterator_->Valid(); }
  void seek(std::string_view key) override {
    iterator_->Seek(slice(key));
    check();
  }
  void seek_for_prev(std::string_view key) override {
    iterator_->SeekForPrev(slice(key));
    check();
  }
  void next() override {
    iterator_->Next();
    check();
  }
  void previous() override {
    iterator_->Prev();
    check();
  }
  std::string_view key() const override { return view(iterator_->key()); }
  std::string_view value() const override { return view(iterator_->value()); }

 private:
  void check() const {
    if (!iterator_->Valid() && !iterator_->status().ok()) raise(iterator_->status(), where_);
  }

  std::string lower_;
  std::string upper_;
  rocksdb::Slice lower_slice_;
  rocksdb::Slice upper_slice_;
  const std::string& where_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

class RocksBatch : public KeyValueBatch {
 public:
  explicit RocksBatch(const std::vector<rocksdb::ColumnFamilyHandle*>& families) : families_(families) {}
  void put(Family family, std::string_view key, std::string_view value) override {
    batch_.Put(families_[static_cast<std::size_t>(family)], slice(key), slice(value));
  }
  void erase(Family family, std::string_view key) override {
    batch_.Delete(families_[static_cast<std::size_t>(family)], slice(key));
  }
  std::size_t bytes() const override { return batch_.GetDataSize(); }
  void clear() override { batch_.Clear(); }
  rocksdb::WriteBatch& batch() { return batch_; }

 private:
  const std::vector<rocksdb::ColumnFamilyHandle*>& families_;
  rocksdb::WriteBatch batch_;
};

class RocksRunWriter : public SortedRunWriter {
 public:
  RocksRunWriter(const rocksdb::Options& options, rocksdb::ColumnFamilyHandle* family,
                 const std::string& path)
      : where_(path), writer_(rocksdb::EnvOptions(options), options, family, false) {
    if (const auto status = writer_.Open(path); !status.ok()) raise(status, where_);
  }
  void put(std::string_view key, std::string_view value) override {
    if (const auto status = writer_.Put(slice(key), slice(value)); !status.ok()) raise(status, where_);
    empty_ = false;
  }
  void erase(std::string_view key) override {
    if (const auto status = writer_.Delete(slice(key)); !status.ok()) raise(status, where_);
    empty_ = false;
  }
  std::uint64_t finish() override {
    rocksdb::ExternalSstFileInfo info;
    if (const auto status = writer_.Finish(&info); !status.ok()) raise(status, where_);
    return info.file_size;
  }
  bool empty() const override { return empty_; }

 private:
  std::string where_;
  rocksdb::SstFileWriter writer_;
  bool empty_ = true;
};

// A directory on disk that is removed with its owner.
class SpillDirectory {
 public:
  explicit SpillDirectory(const std::string& where) {
    std::string pattern = (fs::temp_directory_path() / "dossier-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
      throw StorageError(StorageError::Reason::io, "the store " + where +
                                                       ": no directory for temporary files below " +
                                                       fs::temp_directory_path().string() + "; set TMPDIR");
    }
    path_ = pattern;
  }
  ~SpillDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  SpillDirectory(const SpillDirectory&) = delete;
  SpillDirectory& operator=(const SpillDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

void empty_directory(const std::string& path, const std::string& where) {
  std::error_code error;
  fs::remove_all(path, error);
  if (!error) fs::create_directories(path, error);
  if (error)
    throw StorageError(StorageError::Reason::io, "the store " + where + ": " + path + ": " + error.message());
}

// Sleeps between tries, until there is no more use in trying.
class Patience {
 public:
  // `changed`: whether the files changed during the last try.
  bool pause(bool changed) {
    if (!changed && ++still_ == kStillTries) return false;
    if (std::chrono::steady_clock::now() >= end_) return false;
    std::this_thread::sleep_for(pause_);
    pause_ = std::min(2 * pause_, kLongestPause);
    return true;
  }

 private:
  std::chrono::steady_clock::time_point end_ = std::chrono::steady_clock::now() + kReadOnlyPatience;
  std::chrono::milliseconds pause_ = kFirstPause;
  int still_ = 0;
};

// While one lives, no file of the store is deleted.
class FilesStay {
 public:
  explicit FilesStay(rocksdb::DB* db) : db_(db), held_(db->DisableFileDeletions().ok()) {}
  ~FilesStay() {
    if (held_) db_->EnableFileDeletions(false).PermitUncheckedError();
  }
  FilesStay(const FilesStay&) = delete;
  FilesStay& operator=(const FilesStay&) = delete;

 private:
  rocksdb::DB* db_;
  bool held_;
};

class RocksStore : public KeyValueStore {
 public:
  // `beside`: another opening, whose cache and budget this one shares; null: its own.
  RocksStore(const std::string& path, const KeyValueOptions& options, const RocksStore* beside = nullptr)
      : where_(path),
        path_(path),
        in_memory_(path == kMemoryName),
        read_only_(options.read_only),
        options_(options) {
    if (beside != nullptr) {
      cache_ = beside->cache_;
      buffers_ = beside->buffers_;
    } else {
      cache_ = rocksdb::NewLRUCache(options.cache_bytes);
      buffers_ = std::make_shared<rocksdb::WriteBufferManager>(options.write_buffer_bytes);
    }
    make_options(options);
    if (in_memory_) {
      open_in_memory();
    } else if (read_only_) {
      require_store();
      open_read_only();
    } else {
      open_for_writing(options);
    }
  }

  ~RocksStore() override {
    // Before the lock is given back: afterwards the mark may be that of the next holder.
    if (marked_) unmark_holder(path_);
    close();
  }

  std::unique_ptr<KeyValueStore> reopen() const override {
    if (!read_only_ || files_state() == opened_state_) return nullptr;
    return std::make_unique<RocksStore>(path_, options_, this);
  }

  bool get(const KeyValueSnapshot* snapshot, Family family, std::string_view key,
           std::string& value) const override {
    rocksdb::ReadOptions options;
    options.snapshot = native(snapshot);
    rocksdb::PinnableSlice found(&value);
    const auto status = db_->Get(options, handle(family), slice(key), &found);
    if (status.IsNotFound()) return false;
    if (!status.ok()) raise(status, where_);
    if (found.IsPinned()) value.assign(found.data(), found.size());
    return true;
  }

  std::unique_ptr<PinnedValue> pin(const KeyValueSnapshot* snapshot, Family family,
                                   std::string_view key) const override {
    rocksdb::ReadOptions options;
    options.snapshot = native(snapshot);
    auto found = std::make_unique<RocksPinnedValue>();
    const auto status = db_->Get(options, handle(family), slice(key), &found->value);
    if (status.IsNotFound()) return nullptr;
    if (!status.ok()) raise(status, where_);
    return found;
  }

  std::vector<std::optional<std::string>> multi_get(const KeyValueSnapshot* snapshot, Family family,
                                                    std::span<const std::string> keys) const override {
    rocksdb::ReadOptions options;
    options.snapshot = native(snapshot);
    std::vector<rocksdb::Slice> slices;
    slices.reserve(keys.size());
    for (const std::string& key : keys) slices.push_back(slice(key));
    std::vector<rocksdb::PinnableSlice> found(keys.size());
    std::vector<rocksdb::Status> statuses(keys.size());
    db_->MultiGet(options, handle(family), keys.size(), slices.data(), found.data(), statuses.data());
    std::vector<std::optional<std::string>> values(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (statuses[i].IsNotFound()) continue;
      if (!statuses[i].ok()) raise(statuses[i], where_);
      values[i] = found[i].ToString();
    }
    return values;
  }

  std::unique_ptr<KeyValueCursor> cursor(const KeyValueSnapshot* snapshot, Family family,
                                         std::string_view lower, std::string_view upper,
                                         bool sequential) const override {
    rocksdb::ReadOptions options;
    options.snapshot = native(snapshot);
    if (sequential) {
      options.readahead_size = std::size_t{2} << 20;
      options.fill_cache = false;
    }
    return std::make_unique<RocksCursor>(db_.get(), handle(family), options, lower, upper, where_);
  }

  std::shared_ptr<const KeyValueSnapshot> snapshot() const override {
    // What is open read-only stands still by itself.
    if (read_only_) return nullptr;
    return std::make_shared<RocksSnapshot>(db_.get());
  }

  std::unique_ptr<KeyValueBatch> batch() const override { return std::make_unique<RocksBatch>(handles_); }

  void write(KeyValueBatch& batch, bool sync) override {
    require_writable();
    rocksdb::WriteOptions options;
    options.sync = sync && !in_memory_;
    const auto status = db_->Write(options, &static_cast<RocksBatch&>(batch).batch());
    if (!status.ok()) raise(status, where_);
  }

  void sync() override {
    require_writable();
    if (in_memory_) return;
    if (const auto status = db_->SyncWAL(); !status.ok()) raise(status, where_);
  }

  void resume() override {
    require_writable();
    if (const auto status = db_->Resume(); !status.ok()) raise(status, where_);
  }

  std::unique_ptr<SortedRunWriter> run_writer(Family family, const std::string& path) const override {
    const rocksdb::Options options(db_options_, family_options_[static_cast<std::size_t>(family)]);
    return std::make_unique<RocksRunWriter>(options, handle(family), path);
  }

  void ingest(const std::vector<std::pair<Family, std::vector<std::string>>>& files) override {
    require_writable();
    std::vector<rocksdb::IngestExternalFileArg> args;
    for (const auto& [family, paths] : files) {
      if (paths.empty()) continue;
      rocksdb::IngestExternalFileArg arg;
      arg.column_family = handle(family);
      arg.external_files = paths;
      arg.options.move_files = !in_memory_;  // the memory environment has no hard links
      arg.options.failed_move_fall_back_to_copy = true;
      args.push_back(std::move(arg));
    }
    if (args.empty()) return;
    if (const auto status = db_->IngestExternalFiles(args); !status.ok()) raise(status, where_);
    for (const auto& [family, paths] : files) {
      for (const std::string& path : paths)
        env_->DeleteFile(path);  // a link or a copy; gone already is as good
    }
  }

  std::string temporary_directory() const override {
    return in_memory_ ? std::string(kMemoryPath) + "-" + kTemporaryName
                      : (fs::path(path_) / kTemporaryName).string();
  }
  std::string spill_directory() const override { return in_memory_ ? spill_->path() : temporary_directory(); }

  bool checkpoint(const std::string& directory) const override {
    if (in_memory_ || read_only_) return false;
    rocksdb::Checkpoint* made = nullptr;
    auto status = rocksdb::Checkpoint::Create(db_.get(), &made);
    const std::unique_ptr<rocksdb::Checkpoint> owner(made);
    if (status.ok()) status = made->CreateCheckpoint(directory);
    if (!status.ok()) raise(status, where_);
    return true;
  }

  std::vector<std::string> verify(const VerifyTick& tick) const override {
    const FilesStay stay(db_.get());
    std::vector<rocksdb::LiveFileMetaData> files;
    db_->GetLiveFilesMetaData(&files);
    std::uint64_t total = 0;
    for (const auto& file : files) total += file.size;
    std::uint64_t done = 0;
    std::vector<std::string> damage;
    for (const auto& file : files) {
      if (tick) tick(done, total);
      done += file.size;
      const auto family = std::find(kFamilyNames.begin(), kFamilyNames.end(), file.column_family_name);
      if (family == kFamilyNames.end()) continue;  // RocksDB's default family
      const auto number = static_cast<std::size_t>(family - kFamilyNames.begin());
      const std::string path = file.db_path + file.name;
      rocksdb::SstFileReader reader(rocksdb::Options(db_options_, family_options_[number]));
      auto status = reader.Open(path);
      rocksdb::ReadOptions options;
      options.readahead_size = std::size_t{2} << 20;
      if (status.ok()) status = reader.VerifyChecksum(options);
      if (status.ok()) continue;
      // A file that the writing process has replaced since is read through the open one, not by its name.
      if (read_only_ && env_->FileExists(path).IsNotFound() && !opened_state_.starts_with(manifest_state() + '\n'))
        continue;
      damage.push_back("the file " + path + " (" + file.column_family_name + "): " + status.ToString());
    }
    return damage;
  }

  void compact() override {
    require_writable();
    rocksdb::CompactRangeOptions options;
    for (auto* family : handles_) {
      if (const auto status = db_->CompactRange(options, family, nullptr, nullptr); !status.ok())
        raise(status, where_);
    }
  }

  void compact(Family family) override {
    require_writable();
    rocksdb::CompactRangeOptions options;
    const auto status = db_->CompactRange(options, handle(family), nullptr, nullptr);
    if (!status.ok()) raise(status, where_);
  }

  std::uint64_t approximate_bytes(Family family, std::string_view lower,
                                  std::string_view upper) const override {
    const rocksdb::Range range(slice(lower), slice(upper));
    rocksdb::SizeApproximationOptions options;
    options.include_memtables = true;
    options.files_size_error_margin = 0.05;
    std::uint64_t bytes = 0;
    const auto status = db_->GetApproximateSizes(options, handle(family), &range, 1, &bytes);
    if (!status.ok()) raise(status, where_);
    return bytes;
  }

  void flush() override {
    if (read_only_) return;
    if (const auto status = db_->Flush(rocksdb::FlushOptions(), handles_); !status.ok())
      raise(status, where_);
  }

  MemoryFigures memory() const override {
    MemoryFigures figures;
    figures.cache_bytes = cache_->GetUsage();
    figures.write_buffer_bytes = buffers_->memory_usage();
    figures.table_reader_bytes = sum(rocksdb::DB::Properties::kEstimateTableReadersMem);
    return figures;
  }
  std::uint64_t disk_bytes() const override { return sum(rocksdb::DB::Properties::kLiveSstFilesSize); }

 private:
  rocksdb::ColumnFamilyHandle* handle(Family family) const {
    return handles_[static_cast<std::size_t>(family)];
  }

  void require_writable() const {
    if (read_only_) {
      throw StorageError(StorageError::Reason::read_only,
                         "the store " + where_ + " is open read-only; open it for writing");
    }
  }

  std::uint64_t sum(const std::string& property) const {
    std::uint64_t total = 0;
    for (auto* family : handles_) {
      std::uint64_t value = 0;
      if (db_->GetIntProperty(family, property, &value)) total += value;
    }
    return total;
  }

  void make_options(const KeyValueOptions& options) {
    if (in_memory_) {
      memory_env_.reset(rocksdb::NewMemEnv(rocksdb::Env::Default()));
      env_ = memory_env_.get();
    } else {
      env_ = rocksdb::Env::Default();
    }
    db_options_.env = env_;
    db_options_.create_missing_column_families = true;
    db_options_.write_buffer_manager = buffers_;
    db_options_.max_open_files = options.read_only ? -1 : 512;
    db_options_.max_background_jobs = 2;
    db_options_.keep_log_file_num = 2;
    db_options_.max_log_file_size = std::size_t{1} << 20;
    db_options_.track_and_verify_wals_in_manifest = true;
    db_options_.max_total_wal_size = options.write_buffer_bytes * 4;
    db_options_.bytes_per_sync = std::size_t{4} << 20;
    db_options_.stats_dump_period_sec = 0;
    db_options_.stats_persist_period_sec = 0;
    if (in_memory_ || options.read_only) db_options_.info_log = std::make_shared<SilentLogger>();
    for (std::size_t i = 0; i < kFamilies; ++i) {
      rocksdb::BlockBasedTableOptions table;
      table.block_cache = cache_;
      table.format_version = 5;
      table.cache_index_and_filter_blocks = false;
      table.block_size = std::size_t{16} << 10;
      rocksdb::ColumnFamilyOptions& family = family_options_[i];
      // The budget of all families together is the WriteBufferManager's; this only bounds one of them.
      family.write_buffer_size = std::max<std::size_t>(options.write_buffer_bytes, std::size_t{1} << 20);
      family.max_write_buffer_number = 4;
      // A fold writes most blocks of a small relation anew: what it replaces must not lie there fourfold.
      family.level0_file_num_compaction_trigger = 2;
      family.level_compaction_dynamic_level_bytes = true;
      family.compression = rocksdb::kNoCompression;
      switch (static_cast<Family>(i)) {
        case Family::terms:
          family.compression = rocksdb::kLZ4Compression;
          family.compression_opts.level = 3;  // 6% smaller than level 1 at the same load time
          table.block_size = std::size_t{4}
                             << 10;  // a look-up reads one term: 2% larger than 16K, half the time
          break;
        case Family::meta:
        case Family::overlay:
          family.compression = rocksdb::kLZ4Compression;
          table.block_size = std::size_t{8} << 10;
          table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
          break;
        case Family::hashes:
          table.block_size = std::size_t{2}
                             << 10;  // a packed block each: nothing is near what a look-up reads
          break;
        default:
          // Packed blocks are compressed already: LZ4 on top saves little and costs a copy a look-up.
          break;
      }
      family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    }
  }

  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors() const {
    std::vector<rocksdb::ColumnFamilyDescriptor> result;
    for (std::size_t i = 0; i < kFamilies; ++i)
      result.emplace_back(std::string(kFamilyNames[i]), family_options_[i]);
    // RocksDB insists on its default family; nothing is ever written there.
    result.emplace_back(rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions());
    return result;
  }

  rocksdb::Status try_open(const std::string& path) {
    rocksdb::DB* db = nullptr;
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    const auto status = read_only_
                            ? rocksdb::DB::OpenForReadOnly(db_options_, path, descriptors(), &handles, &db)
                            : rocksdb::DB::Open(db_options_, path, descriptors(), &handles, &db);
    if (status.ok()) {
      db_.reset(db);
      handles_ = std::move(handles);
    }
    return status;
  }

  void close() {
    for (auto* handle : handles_) db_->DestroyColumnFamilyHandle(handle);
    handles_.clear();
    if (db_ != nullptr) db_->Close();
    db_.reset();
  }

  void open_in_memory() {
    if (read_only_) {
      throw StorageError(StorageError::Reason::read_only,
                         ":memory: is always new and empty, so it cannot be opened read-only");
    }
    spill_ = std::make_unique<SpillDirectory>(where_);
    db_options_.create_if_missing = true;
    if (const auto status = try_open(kMemoryPath); !status.ok()) raise(status, where_);
    env_->CreateDirIfMissing(temporary_directory());
  }

  // Throws unless the directory holds a store of this program.
  void require_store() {
    std::error_code error;
    if (!fs::exists(path_, error)) {
      throw StorageError(StorageError::Reason::missing, "there is no store at " + path_ +
                                                            (error ? " (" + error.message() + ")" : "") +
                                                            "; `dossier load` makes one");
    }
    if (!fs::is_directory(path_, error)) {
      throw StorageError(StorageError::Reason::not_a_store,
                         path_ + " is a file, not the directory of a store");
    }
    if (!fs::exists(fs::path(path_) / "CURRENT", error)) {
      throw StorageError(StorageError::Reason::not_a_store, path_ + " is a directory, but not a store" +
                                                                (error ? " (" + error.message() + ")" : ""));
    }
    require_families();
  }

  void require_families() {
    std::vector<std::string> names;
    rocksdb::Status status;
    Patience patience;
    std::string before;
    do {
      before = manifest_state();
      status = rocksdb::DB::ListColumnFamilies(db_options_, path_, &names);
    } while (!status.ok() && patience.pause(manifest_state() != before));
    if (!status.ok()) raise(status, where_);
    bool ours = names.size() == 1;  // only the default family: its creation was cut short
    for (const std::string& name : names) {
      if (name == kFamilyNames[0]) ours = true;
    }
    if (!ours) {
      throw StorageError(StorageError::Reason::not_a_store,
                         path_ + " holds a RocksDB database, but not one of dossier");
    }
    for (const std::string& name : names) {
      if (name == rocksdb::kDefaultColumnFamilyName) continue;
      if (std::find(kFamilyNames.begin(), kFamilyNames.end(), name) == kFamilyNames.end()) raise_version();
    }
  }

  // The store has families that this program does not know: says both versions.
  [[noreturn]] void raise_version() const {
    std::string found = "unknown";
    rocksdb::DB* db = nullptr;
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    const std::vector<rocksdb::ColumnFamilyDescriptor> some = {
        {std::string(kFamilyNames[0]), family_options_[0]},
        {rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions()}};
    if (rocksdb::DB::OpenForReadOnly(db_options_, path_, some, &handles, &db).ok()) {
      const std::unique_ptr<rocksdb::DB> owner(db);
      std::string record;
      if (db->Get(rocksdb::ReadOptions(), handles[0], slice(kFormatKey), &record).ok() &&
          record.size() == kFormatMagic.size() + 8) {
        found = std::to_string(load_little_endian(record.data() + kFormatMagic.size()));
      }
      for (auto* handle : handles) db->DestroyColumnFamilyHandle(handle);
    }
    throw version_error(path_, found);
  }

  // Which manifest is current, and how long it is: it grows or is replaced before any file is deleted.
  std::string manifest_state() const {
    std::ifstream current(fs::path(path_) / "CURRENT");
    std::string name;
    std::getline(current, name);
    std::error_code error;
    const auto size = fs::file_size(fs::path(path_) / name, error);
    return name + ' ' + (error ? "missing" : std::to_string(size));
  }

  // The manifest's state and how long the logs are: commits go into a log and leave the manifest as it is.
  std::string files_state() const {
    std::vector<std::string> logs;
    std::error_code error;
    for (fs::directory_iterator file(path_, error), end; !error && file != end; file.increment(error)) {
      if (file->path().extension() != ".log") continue;
      std::error_code gone;
      const auto size = file->file_size(gone);
      if (!gone) logs.push_back(file->path().filename().string() + ' ' + std::to_string(size));
    }
    std::sort(logs.begin(), logs.end());
    std::string state = manifest_state() + '\n';
    for (const std::string& log : logs) state += log + '\n';
    return state;
  }

  // A writer may delete files between the reading of the manifest and their opening. A missing table is an error, but a
  // missing log is not: RocksDB would show the state before the commits in it. So what was opened counts only when the
  // manifest is still the same.
  void open_read_only() {
    rocksdb::Status status;
    Patience patience;
    bool changed = false;
    do {
      opened_state_ = files_state();
      const std::string before = manifest_state();
      status = try_open(path_);
      changed = manifest_state() != before;
      if (status.ok()) {
        if (!changed) return;
        close();
        status = rocksdb::Status::Busy("a writer changes its files again and again; try later");
      }
    } while (patience.pause(changed));
    raise(status, where_);
  }

  void open_for_writing(const KeyValueOptions& options) {
    std::error_code error;
    const bool fresh =
        !fs::exists(path_, error) || (fs::is_directory(path_, error) && fs::is_empty(path_, error));
    if (!fresh || !options.create) {
      if (fresh && fs::exists(path_, error)) {
        throw StorageError(StorageError::Reason::not_a_store, path_ + " is an empty directory, not a store");
      }
      require_store();
    } else {
      fs::create_directories(path_, error);
      if (error) {
        throw StorageError(StorageError::Reason::io,
                           "the directory " + path_ + " cannot be made: " + error.message());
      }
    }
    if (access(path_.c_str(), W_OK) != 0) {
      throw StorageError(StorageError::Reason::read_only,
                         "the directory " + path_ +
                             " cannot be written; open the store read-only, or change its permissions");
    }
    db_options_.create_if_missing = fresh;
    if (const auto status = try_open(path_); !status.ok()) {
      const std::string text = status.ToString();
      if (status.IsIOError() && (text.find("lock hold by current process") != std::string::npos ||
                                 text.find("While lock file") != std::string::npos)) {
        // A process that was forked from the holder has its locks noted as its own, so the mark comes first.
        std::string holder = describe_holder(path_);
        if (holder.empty())
          holder = text.find("current process") != std::string::npos ? "this process" : "another process";
        throw StorageError(StorageError::Reason::in_use, "the store " + path_ + " is in use by " + holder +
                                                             "; close it there, or open it read-only");
      }
      raise(status, where_);
    }
    mark_holder(path_);
    marked_ = true;
    empty_directory(temporary_directory(), where_);
  }

  std::string where_;
  std::string path_;
  bool in_memory_;
  bool read_only_;
  KeyValueOptions options_;
  bool marked_ = false;
  std::string opened_state_;  // files_state of a store opened read-only, from before it was opened
  std::unique_ptr<SpillDirectory> spill_;
  std::unique_ptr<rocksdb::Env> memory_env_;
  rocksdb::Env* env_ = nullptr;
  std::shared_ptr<rocksdb::Cache> cache_;
  std::shared_ptr<rocksdb::WriteBufferManager> buffers_;
  rocksdb::DBOptions db_options_;
  std::array<rocksdb::ColumnFamilyOptions, kFamilies> family_options_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
};

}  // namespace

StorageError version_error(const std::string& path, const std::string& found) {
  return StorageError(StorageError::Reason::version,
                      "the store " + path + " has format version " + found + ", this program reads version " +
                          std::to_string(kFormatVersion) +
                          "; dump it with the program that made it and load it anew");
}

std::unique_ptr<KeyValueStore> KeyValueStore::open(const std::string& path, const KeyValueOptions& options) {
  return std::make_unique<RocksStore>(path, options);
}

}  // namespace dossier
