// A store as the rest of the engine has it: snapshots to read, transactions to write, folds, checks.
//
// Purpose: owns the key-value store, the commit that readers get, the cache of dictionary blocks and the
// writer's place. Invariants: `snapshot` never waits for a writer; the published commit changes only by the
// holder of the writer's place, after the write has succeeded. Thread-safety: all threads. It must outlive
// transactions; snapshots keep what they need alive.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/dossier.h"
#include "engine/store/format.h"
#include "engine/store/kv.h"
#include "engine/store/snapshot.h"
#include "engine/store/transaction.h"

namespace dossier {

class Database;
class Dictionary;
class Version;

// The right to write; one at a time. Its destructor gives it back.
class WriterPlace {
 public:
  explicit WriterPlace(Database& database);
  ~WriterPlace();
  WriterPlace(const WriterPlace&) = delete;
  WriterPlace& operator=(const WriterPlace&) = delete;

 private:
  Database& database_;
};

using IngestFiles = std::vector<std::pair<Family, std::vector<std::string>>>;

class Database {
 public:
  // Throws StorageError, CorruptionError. A new store gets its families, its first blocks, a random hash
  // seed.
  static std::unique_ptr<Database> open(const std::string& path, const OpenOptions& options);
  Database(std::shared_ptr<KeyValueStore> kv, std::string path, const OpenOptions& options);
  ~Database();

  std::shared_ptr<const Snapshot> snapshot() const;
  // Waits for another thread's writer; a second writer of the same thread is a StorageError (in_use).
  std::unique_ptr<WriteTransaction> begin();
  void compact();
  std::vector<std::string> check() const;
  StoreStatistics statistics() const;
  std::vector<std::pair<std::string, std::string>> prefixes() const;
  void checkpoint(const std::string& directory);

  KeyValueStore& kv() { return *kv_; }
  const KeyValueStore& kv() const { return *kv_; }
  const std::string& path() const { return path_; }
  const OpenOptions& options() const { return options_; }
  std::uint64_t hash_seed() const { return seed_; }
  Totals totals() const;

  // ---- for the holder of the writer's place

  std::unique_ptr<WriterPlace> writer_place();
  // Moves the overlay into the blocks and the commits' small blocks of terms into full ones. One atomic
  // ingest.
  void fold(const WriterPlace& place);
  // Ingests the files of a load, totals included, and shows readers the new state.
  void ingest(const WriterPlace& place, const IngestFiles& files);
  // Writes a commit and shows readers the new state.
  void write(const WriterPlace& place, KeyValueBatch& batch, const Totals& totals);
  std::shared_ptr<const Version> version() const;
  const std::shared_ptr<Dictionary>& dictionary() const { return dictionary_; }
  // Statistics records of the last commits, so that a commit need not read them; key -> value.
  std::unordered_map<std::string, std::string>& recent_records() { return recent_records_; }

 private:
  friend class WriterPlace;
  void acquire_writer();
  void require_writable() const;  // throws StorageError (read_only)
  void release_writer();
  void initialise();
  void reload();  // reads totals; new base, new version

  std::shared_ptr<KeyValueStore> kv_;
  std::string path_;
  OpenOptions options_;
  std::uint64_t seed_ = 0;
  std::shared_ptr<Dictionary> dictionary_;
  std::unordered_map<std::string, std::string> recent_records_;

  mutable std::mutex state_mutex_;
  std::shared_ptr<const Version> version_;

  std::mutex writer_mutex_;
  std::condition_variable writer_free_;
  bool writer_taken_ = false;
  std::thread::id writer_thread_;
};

}  // namespace dossier
