// A store as the rest of the engine has it: snapshots to read, transactions to write, folds, checks.
//
// Purpose: owns the key-value store, the commit that readers get, the cache of dictionary blocks and the
// writer's place. Invariants: `snapshot` never waits for a writer; the published commit changes only by the
// holder of the writer's place, after the write has succeeded. After a write that failed nothing is written
// until the store is opened anew, so a commit that was reported as failed never appears beneath a later one.
// Thread-safety: all threads. It must outlive transactions; snapshots keep what they need alive.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/dossier.h"
#include "engine/labels/label_index.h"
#include "engine/store/format.h"
#include "engine/store/kv.h"
#include "engine/store/snapshot.h"
#include "engine/store/transaction.h"

namespace dossier {

class Database;
class Dictionary;
class LastChanges;
class StageProgress;
class Version;

// The right to write; one at a time. Its destructor gives it back.
class WriterPlace {
 public:
  // Waits for another thread's writer as long as the options say; StorageError (in_use) after that, and at
  // once for a second writer of the same thread; LimitError when `cancelled` becomes true.
  WriterPlace(Database& database, const std::atomic<bool>* cancelled);
  ~WriterPlace();
  WriterPlace(const WriterPlace&) = delete;
  WriterPlace& operator=(const WriterPlace&) = delete;

 private:
  Database& database_;
};

// Numbers the commit that `totals` are of: the next one, now.
void number_commit(Totals& totals, std::uint64_t inserted, std::uint64_t erased);

// What a commit did, for listeners; valid during the call.
struct CommittedChange {
  Totals totals;
  std::shared_ptr<const Snapshot> before;
  std::shared_ptr<const Snapshot> after;
  // Quads in the order of spog. Null for a load: what it added is the difference of the snapshots.
  const std::vector<Row>* inserted = nullptr;
  const std::vector<Row>* erased = nullptr;
};
using ChangeListener = std::function<void(const CommittedChange&)>;

// Ends the listening with its destructor, after which the listener does not run any more; it may be destroyed
// by the listener itself.
class Listening {
 public:
  explicit Listening(ChangeListener listener) : listener_(std::move(listener)) {}
  void call(const CommittedChange& change);
  void end();

 private:
  std::recursive_mutex mutex_;  // held during a call
  ChangeListener listener_;
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
  // Of a store open read-only: what other processes have committed is what later snapshots show; is it another commit?
  // Waits for the end of another thread's transaction; one of the same thread is a StorageError (in_use).
  bool refresh();
  // As WriterPlace. A store that is open read-only gives a transaction that cannot be committed.
  std::unique_ptr<WriteTransaction> begin(const std::atomic<bool>* cancelled = nullptr);
  void compact(const ProgressCallback& progress = {});
  // Makes what is committed durable.
  void sync();
  // The totals of the newest commits before number `before` (0: of all), newest first.
  std::vector<Totals> log(std::size_t limit, std::uint64_t before) const;
  // The listener is called by the thread that commits, in the order of commits. It must not write to the
  // store. What it throws reaches whoever committed; the commit stands.
  std::shared_ptr<Listening> listen(ChangeListener listener);
  std::vector<std::string> check(const ProgressCallback& progress = {}) const;
  StoreStatistics statistics() const;
  std::vector<std::pair<std::string, std::string>> prefixes() const;
  void backup(const std::string& directory, const ProgressCallback& progress) const;

  const std::string& path() const { return path_; }
  const OpenOptions& options() const { return options_; }
  Totals totals() const;
  std::shared_ptr<const Version> version() const;

  // ---- for the holder of the writer's place

  KeyValueStore& kv() { return *kv_; }
  const KeyValueStore& kv() const { return *kv_; }
  std::uint64_t hash_seed() const { return seed_; }
  std::unique_ptr<WriterPlace> writer_place(const std::atomic<bool>* cancelled = nullptr);
  // Moves the overlay into the blocks and the commits' small blocks of terms into full ones. One atomic
  // ingest.
  void fold(const WriterPlace& place, StageProgress& progress);
  void fold(const WriterPlace& place);  // without telling anybody
  // After a commit: folds when the overlay has grown enough, and drops unused terms when enough was erased.
  void fold_if_due(const WriterPlace& place, const ProgressCallback& progress);
  // Ingests the files of a load, totals included, and shows readers the new state.
  void ingest(const WriterPlace& place, const IngestFiles& files);
  // Writes a commit and shows readers the new state. It changes rows of these graphs with these predicates.
  void write(const WriterPlace& place, KeyValueBatch& batch, const Totals& totals,
             std::span<const std::pair<Id, Id>> changed);
  bool has_listeners() const;
  // Tells the listeners of the present commit. Without rows: it was a load.
  void announce(const WriterPlace& place, const std::shared_ptr<const Version>& before,
                const std::vector<Row>* inserted = nullptr, const std::vector<Row>* erased = nullptr);
  // Returns when commit `sequence` is as durable as the options promise. Not with the writer's place: that is
  // what lets several commits share one fsync.
  void wait_until_durable(std::uint64_t sequence);
  // Statistics records of the last commits, so that a commit need not read them; key -> value.
  std::unordered_map<std::string, std::string>& recent_records() { return recent_records_; }
  LabelIndex& labels() { return labels_; }

 private:
  friend class WriterPlace;
  void acquire_writer(const std::atomic<bool>* cancelled);
  void require_writable() const;  // throws StorageError (read_only)
  void release_writer();
  void initialise();
  std::uint64_t read_seed(const KeyValueStore& kv) const;  // throws unless the store is of this program's format
  std::shared_ptr<Dictionary> new_dictionary() const;
  // The state of `kv` now, with a base of its own.
  // Without `changes` it begins a record of changes of its own.
  std::shared_ptr<const Version> read_version(std::shared_ptr<const KeyValueStore> kv,
                                              std::shared_ptr<Dictionary> dictionary,
                                              std::shared_ptr<LastChanges> changes) const;
  void ingest(const WriterPlace& place, const IngestFiles& files, std::shared_ptr<Dictionary> dictionary);
  void reload(std::shared_ptr<Dictionary> dictionary);  // new base, new version
  // Drops unused terms and packs thin relations anew. Precondition: the overlay is empty.
  void drop_unused(const WriterPlace& place, StageProgress& progress);
  std::shared_ptr<const Snapshot> snapshot_of(std::shared_ptr<const Version> version) const;
  // Runs what writes to the key-value store and notes that it failed.
  template <typename F>
  void guarded_write(F&& write);
  void require_no_failure();

  std::string path_;
  OpenOptions options_;
  std::unordered_map<std::string, std::string> recent_records_;
  LabelIndex labels_{*this};

  mutable std::mutex state_mutex_;
  // What `refresh` changes: all three together, by the holder of the writer's place.
  std::shared_ptr<KeyValueStore> kv_;
  std::uint64_t seed_ = 0;
  std::shared_ptr<const Version> version_;

  std::mutex writer_mutex_;
  std::condition_variable writer_free_;
  bool writer_taken_ = false;
  std::thread::id writer_thread_;

  std::mutex failure_mutex_;
  std::string failure_;  // of the first write that failed

  std::mutex sync_mutex_;  // of the two below
  std::condition_variable synced_;
  bool syncing_ = false;
  std::uint64_t durable_ = 0;  // number of a commit that is durable with all before it

  mutable std::mutex listeners_mutex_;
  std::vector<std::weak_ptr<Listening>> listeners_;
};

}  // namespace dossier
