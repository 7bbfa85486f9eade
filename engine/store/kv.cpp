#include "engine/store/kv.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/options.h>
#include <rocksdb/perf_level.h>
#include <rocksdb/slice.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/wal_filter.h>
#include <rocksdb/write_batch.h>
#include <rocksdb/write_buffer_manager.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <map>
#include <mutex>
#include <system_error>

#include "engine/store/format.h"
#include "engine/store/holder.h"
#include "engine/store/log_tail.h"
#include "engine/store/seal.h"
#include "engine/store/store_files.h"

namespace dossier {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMemoryName = ":memory:";
constexpr const char* kMemoryPath = "/dossier";
constexpr const char* kTemporaryName = "tmp";

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

// RocksDB's own account of what it does would be a file LOG. No store writes one: read-only opening must not, and RocksDB's
// logger ends the process by an assertion when the disk is full.
class SilentLogger : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

// What RocksDB tells of itself while it works, from any of its threads.
class Watcher : public rocksdb::EventListener {
 public:
  // With a write buffer a log ends. It is synced before anything is written to the next one: else a loss of power could take
  // commits of it and leave later ones.
  void OnMemTableSealed(const rocksdb::MemTableInfo&) override {
    rocksdb::DB* const db = db_.load();
    if (db == nullptr || !failure().empty()) return;
    if (const auto status = db->SyncWAL(); !status.ok()) fail(status.ToString());
  }
  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* status) override {
    fail(status->ToString());
  }
  // RocksDB 7.8 goes on after some failures, and then ends the process by an assertion.
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* automatic) override {
    *automatic = false;
  }

  void watch(rocksdb::DB* db) { db_ = db; }  // null before it is closed

  void fail(const std::string& what) {
    const std::lock_guard lock(mutex_);
    if (failure_.empty()) failure_ = what;
  }
  // The first failure; empty: none.
  std::string failure() const {
    const std::lock_guard lock(mutex_);
    return failure_;
  }
 private:
  std::atomic<rocksdb::DB*> db_{nullptr};
  mutable std::mutex mutex_;
  std::string failure_;
};

// Looks at the records of the logs while they are replayed. RocksDB checks the bytes of each, but steps over a run of zeros and
// over a log that took another's place. What is not in a log makes a gap in the numbers, but only between two logs.
class LogOrder : public rocksdb::WalFilter {
 public:
  const char* Name() const override { return "the order of commits"; }
  WalProcessingOption LogRecordFound(unsigned long long log, const std::string& file, const rocksdb::WriteBatch& batch,
                                     rocksdb::WriteBatch*, bool*) override {
    constexpr std::size_t kHeader = 12;  // 8 bytes of the number of the first change, 4 of how many there are
    const std::string& bytes = batch.Data();
    std::uint64_t number = 0;
    if (bytes.size() >= kHeader) std::memcpy(&number, bytes.data(), sizeof number);
    const bool good = damage_.empty() && (next_ == 0 || (log == log_ ? number == next_ : number >= next_));
    if (!good && damage_.empty()) damage_ = "the log " + file + " lacks commits, or is not in its place";
    log_ = log;
    next_ = number + static_cast<std::uint64_t>(batch.Count());
    return good ? WalProcessingOption::kContinueProcessing : WalProcessingOption::kCorruptedRecord;
  }
  // The greatest number of a log is told by the manifest; that one, or one that follows it, is always there.
  void ColumnFamilyLogNumberMap(const std::map<std::uint32_t, std::uint64_t>& logs,
                                const std::map<std::string, std::uint32_t>&) override {
    std::uint64_t wanted = 0;
    for (const auto& [family, log] : logs) wanted = std::max(wanted, log);
    if (wanted > newest_) damage_ = "its log " + std::to_string(wanted) + " or a later one is missing";
  }
  static constexpr std::uint64_t kAny = ~std::uint64_t{0};
  // `newest`: the greatest number of a log that lies in the directory; kAny: there need not be one.
  void begin(std::uint64_t newest) {
    newest_ = newest;
    next_ = 0;
    damage_.clear();
  }
  const std::string& damage() const { return damage_; }

 private:
  std::uint64_t newest_ = 0;
  std::uint64_t log_ = 0;
  std::uint64_t next_ = 0;  // 0: no record yet
  std::string damage_;
};

// The beginning of a file.
class FileBeginning : public rocksdb::FSSequentialFileOwnerWrapper {
 public:
  FileBeginning(std::unique_ptr<rocksdb::FSSequentialFile> file, std::uint64_t bytes)
      : rocksdb::FSSequentialFileOwnerWrapper(std::move(file)), left_(bytes) {}
  rocksdb::IOStatus Read(std::size_t count, const rocksdb::IOOptions& options, rocksdb::Slice* result, char* scratch,
                         rocksdb::IODebugContext* context) override {
    const auto status = rocksdb::FSSequentialFileOwnerWrapper::Read(std::min<std::uint64_t>(count, left_), options,
                                                                    result, scratch, context);
    left_ -= std::min<std::uint64_t>(left_, result->size());
    return status;
  }
  rocksdb::IOStatus Skip(std::uint64_t count) override {
    left_ -= std::min(left_, count);
    return rocksdb::FSSequentialFileOwnerWrapper::Skip(count);
  }

 private:
  std::uint64_t left_;
};

// A file whose reads are tried again. RocksDB 7.8 looks at the bounds of the files of an ingest, and at the next block of a
// scan, without asking whether reading them went well; a fault that lasts is found when the files are verified before.
class PatientFile : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  explicit PatientFile(std::unique_ptr<rocksdb::FSRandomAccessFile> file)
      : rocksdb::FSRandomAccessFileOwnerWrapper(std::move(file)) {}
  rocksdb::IOStatus Read(std::uint64_t offset, std::size_t count, const rocksdb::IOOptions& options,
                         rocksdb::Slice* result, char* scratch, rocksdb::IODebugContext* context) const override {
    for (int tries = 1;; ++tries) {
      auto status = rocksdb::FSRandomAccessFileOwnerWrapper::Read(offset, count, options, result, scratch, context);
      if (status.ok() || tries == kReadTries) return status;
    }
  }

 private:
  static constexpr int kReadTries = 3;
};

// The file system with some changes.
//  - Reads that fail are tried again.
//  - Logs and manifests are read up to where a loss of power has torn them.
//  - After a failed write nobody knows what stands in the manifest: tables that RocksDB takes back may be those that the next
//    opening asks for. So no table is deleted any more until then; it deletes those that are not wanted.
//  - The lock of the store is held for longer than RocksDB holds it: its seal is broken before and written after.
class KeepingFileSystem : public rocksdb::FileSystemWrapper {
 public:
  explicit KeepingFileSystem(std::shared_ptr<Watcher> watcher)
      : rocksdb::FileSystemWrapper(rocksdb::FileSystem::Default()), watcher_(std::move(watcher)) {}
  const char* Name() const override { return "KeepingFileSystem"; }

  rocksdb::IOStatus take_lock(const std::string& path) {
    return rocksdb::FileSystemWrapper::LockFile(path, rocksdb::IOOptions(), &lock_, nullptr);
  }
  void give_lock() {
    if (lock_ == nullptr) return;
    rocksdb::FileSystemWrapper::UnlockFile(lock_, rocksdb::IOOptions(), nullptr).PermitUncheckedError();
    lock_ = nullptr;
  }
  rocksdb::IOStatus LockFile(const std::string& path, const rocksdb::IOOptions& options, rocksdb::FileLock** lock,
                             rocksdb::IODebugContext* context) override {
    if (lock_ == nullptr) return rocksdb::FileSystemWrapper::LockFile(path, options, lock, context);
    *lock = lock_;
    return rocksdb::IOStatus::OK();
  }
  rocksdb::IOStatus UnlockFile(rocksdb::FileLock* lock, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* context) override {
    if (lock == lock_) return rocksdb::IOStatus::OK();
    return rocksdb::FileSystemWrapper::UnlockFile(lock, options, context);
  }

  rocksdb::IOStatus NewRandomAccessFile(const std::string& path, const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                                        rocksdb::IODebugContext* context) override {
    auto status = rocksdb::FileSystemWrapper::NewRandomAccessFile(path, options, result, context);
    if (status.ok()) *result = std::make_unique<PatientFile>(std::move(*result));
    return status;
  }

  rocksdb::IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* result,
                                      rocksdb::IODebugContext* context) override {
    auto status = rocksdb::FileSystemWrapper::NewSequentialFile(path, options, result, context);
    const fs::path name = fs::path(path).filename();
    if (!status.ok() || (name.extension() != ".log" && !name.string().starts_with("MANIFEST-"))) return status;
    try {
      if (const auto end = torn_end(path)) *result = std::make_unique<FileBeginning>(std::move(*result), *end);
    } catch (const StorageError& error) {
      return rocksdb::IOStatus::IOError(error.what());
    }
    return status;
  }

  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* context) override {
    if (!watcher_->failure().empty() && path.ends_with(".sst")) return rocksdb::IOStatus::OK();
    return rocksdb::FileSystemWrapper::DeleteFile(path, options, context);
  }

 private:
  std::shared_ptr<Watcher> watcher_;
  rocksdb::FileLock* lock_ = nullptr;
};

// Without RocksDB's own counters, of which nobody here asks: each is a look at the memory of the thread, some two thousand of them
// for a commit. What the caller's thread has set comes back.
class Uncounted {
 public:
  Uncounted() : before_(rocksdb::GetPerfLevel()) { rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable); }
  ~Uncounted() { rocksdb::SetPerfLevel(before_); }
  Uncounted(const Uncounted&) = delete;
  Uncounted& operator=(const Uncounted&) = delete;

 private:
  rocksdb::PerfLevel before_;
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
    const Uncounted uncounted;
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
        read_only_(options.read_only || options.salvage),
        options_(options) {
    if (beside != nullptr) {
      cache_ = beside->cache_;
      buffers_ = beside->buffers_;
    } else {
      cache_ = rocksdb::NewLRUCache(options.cache_bytes);
      buffers_ = std::make_shared<rocksdb::WriteBufferManager>(options.write_buffer_bytes);
    }
    make_options(options);
    try {
      if (in_memory_) {
        open_in_memory();
      } else if (read_only_) {
        require_store();
        if (options.salvage) lock();
        open_read_only();
      } else {
        open_for_writing(options);
      }
    } catch (...) {
      close();  // in its order: RocksDB insists on it
      unlock();
      throw;
    }
  }

  ~RocksStore() override {
    // Before the lock is given back: afterwards the mark may be that of the next holder.
    if (marked_) unmark_holder(path_);
    // The logs are synced for the seal, which must not tell of what a loss of power takes.
    const bool sound = marked_ && watcher_->failure().empty() && db_->SyncWAL().ok();
    if (close() && sound) write_seal(path_);
    unlock();
  }

  std::unique_ptr<KeyValueStore> reopen() const override {
    if (!read_only_ || files_state(path_) == opened_state_) return nullptr;
    return std::make_unique<RocksStore>(path_, options_, this);
  }

  bool get(const KeyValueSnapshot* snapshot, Family family, std::string_view key,
           std::string& value) const override {
    const Uncounted uncounted;
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
    const Uncounted uncounted;
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
    const std::lock_guard lock(ingest_mutex_);
    return std::make_shared<RocksSnapshot>(db_.get());
  }

  std::unique_ptr<KeyValueBatch> batch() const override { return std::make_unique<RocksBatch>(handles_); }

  void write(KeyValueBatch& batch, bool sync) override {
    require_healthy();
    const Uncounted uncounted;
    rocksdb::WriteOptions options;
    options.sync = sync && !in_memory_;
    rocksdb::WriteBatch& native = static_cast<RocksBatch&>(batch).batch();
    // What is written to a log never ends with a zero, so a log that does is one that was torn.
    finish(native.PutLogData(rocksdb::Slice(".")));
    finish(db_->Write(options, &native));
  }

  void sync() override {
    require_healthy();
    if (!in_memory_) finish(db_->SyncWAL());
  }

  std::unique_ptr<SortedRunWriter> run_writer(Family family, const std::string& path) const override {
    const rocksdb::Options options(db_options_, family_options_[static_cast<std::size_t>(family)]);
    return std::make_unique<RocksRunWriter>(options, handle(family), path);
  }

  void ingest(const std::vector<std::pair<Family, std::vector<std::string>>>& files) override {
    require_healthy();
    std::vector<rocksdb::IngestExternalFileArg> args;
    for (const auto& [family, paths] : files) {
      if (paths.empty()) continue;
      rocksdb::IngestExternalFileArg arg;
      arg.column_family = handle(family);
      arg.external_files = paths;
      arg.options.move_files = !in_memory_;  // the memory environment has no hard links
      arg.options.failed_move_fall_back_to_copy = true;
      // Keys of new terms follow all others, and no snapshot asks for them: with their place among the snapshots, RocksDB would
      // write every file of them anew as soon as those that are open now are gone.
      arg.options.snapshot_consistency = family != Family::terms;
      // What cannot be read does not become part of the store; RocksDB itself would end the process by an assertion.
      arg.options.verify_checksums_before_ingest = true;
      args.push_back(std::move(arg));
    }
    if (args.empty()) return;
    {
      const std::lock_guard lock(ingest_mutex_);
      finish(db_->IngestExternalFiles(args));
    }
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

  // A store that takes no writes can still be read key by key.
  bool checkpoint(const std::string& directory) const override {
    if (in_memory_ || read_only_ || !watcher_->failure().empty()) return false;
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
      if (read_only_ && env_->FileExists(path).IsNotFound() && !opened_state_.starts_with(manifest_state(path_) + '\n'))
        continue;
      damage.push_back("the file " + path + " (" + file.column_family_name + "): " + status.ToString());
    }
    return damage;
  }

  void compact(Family family) override {
    require_healthy();
    finish(db_->CompactRange(rocksdb::CompactRangeOptions(), handle(family), nullptr, nullptr));
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
    require_healthy();
    finish(db_->Flush(rocksdb::FlushOptions(), handles_));
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

  void require_healthy() const {
    require_writable();
    if (const std::string failure = watcher_->failure(); !failure.empty()) {
      throw StorageError(StorageError::Reason::io, "the store " + where_ +
                                                       " takes no writes since one failed: " + failure +
                                                       "; open the store anew");
    }
  }

  void finish(const rocksdb::Status& status) const {
    if (status.ok()) return;
    watcher_->fail(status.ToString());
    raise(status, where_);
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
      own_env_.reset(rocksdb::NewMemEnv(rocksdb::Env::Default()));
    } else {
      files_ = std::make_shared<KeepingFileSystem>(watcher_);
      own_env_ = rocksdb::NewCompositeEnv(files_);
    }
    env_ = own_env_.get();
    db_options_.env = env_;
    db_options_.create_missing_column_families = true;
    db_options_.write_buffer_manager = buffers_;
    db_options_.max_open_files = options.read_only ? -1 : 512;
    db_options_.max_background_jobs = 2;
    db_options_.track_and_verify_wals_in_manifest = true;
    // A torn end of the log is what a crash leaves; a hole in its middle is damage, and no reason to drop what follows.
    db_options_.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    db_options_.paranoid_checks = true;
    if (options.salvage) {
      db_options_.track_and_verify_wals_in_manifest = false;
      db_options_.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
      db_options_.paranoid_checks = false;
    }
    db_options_.max_bgerror_resume_count = 0;  // as Watcher::OnErrorRecoveryBegin
    // What is not in a table is in the log.
    db_options_.avoid_flush_during_shutdown = true;
    db_options_.wal_filter = &log_order_;
    db_options_.listeners = {watcher_};
    db_options_.max_total_wal_size = options.write_buffer_bytes * 4;
    db_options_.bytes_per_sync = std::size_t{4} << 20;
    db_options_.stats_dump_period_sec = 0;
    db_options_.stats_persist_period_sec = 0;
    db_options_.info_log = std::make_shared<SilentLogger>();
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
      // A fold writes most blocks of a small relation anew: what it replaces must not lie there fourfold. A first load and the
      // empty block before it are two files, and no reason to write the load twice.
      family.level0_file_num_compaction_trigger = 3;
      family.level_compaction_dynamic_level_bytes = true;
      family.compression = rocksdb::kNoCompression;
      switch (static_cast<Family>(i)) {
        case Family::terms:
          // What many terms have in common is taken out before (store/codebook.h): this is for the small blocks of commits. A block
          // that RocksDB would not make smaller stays as it is.
          family.compression = rocksdb::kLZ4Compression;
          table.block_size = std::size_t{4} << 10;
          break;
        case Family::meta:
          // Names of the label index, which are read one after the other and in no hurry: half of what LZ4 leaves.
          family.bottommost_compression = rocksdb::kZSTD;
          [[fallthrough]];
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

  // RocksDB syncs what lies in its directory, but not the entry of that directory in the one above: without this a loss of
  // power takes the whole of it. A directory that may not be read cannot be synced either.
  void sync_entry_of(const fs::path& directory) const {
    std::error_code error;
    fs::path path = fs::absolute(directory, error).lexically_normal();
    if (!path.has_filename()) path = path.parent_path();
    std::unique_ptr<rocksdb::Directory> above;
    if (!env_->NewDirectory(path.parent_path().string(), &above).ok()) return;
    if (const auto status = above->Fsync(); !status.ok()) raise(status, where_);
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
    std::error_code error;
    // A checkpoint has no log until it is opened for writing, which makes the directory for temporary files too, and from then
    // on there is always one.
    const bool logged = !in_memory_ && !options_.salvage && fs::exists(temporary_directory(), error);
    const std::vector<LogFile> logs = logged ? log_files(path_) : std::vector<LogFile>();
    const LogFile newest = logged && !logs.empty() ? logs.back() : LogFile{logged ? 0 : LogOrder::kAny, {}};
    if (newest.number == 0) return rocksdb::Status::Corruption("its log (a file NUMBER.log) is missing");
    // Opening for writing forgets which log is missing: when what is there may not be all, it is read only first.
    if (!read_only_ && logged && fs::file_size(newest.path, error) == 0) {
      const auto status = open_database(path, true, newest.number);
      close();
      if (!log_order_.damage().empty()) return status;
    }
    return open_database(path, read_only_, newest.number);
  }

  rocksdb::Status open_database(const std::string& path, bool read_only, std::uint64_t newest_log) {
    rocksdb::DB* db = nullptr;
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    log_order_.begin(newest_log);
    auto status = read_only ? rocksdb::DB::OpenForReadOnly(db_options_, path, descriptors(), &handles, &db)
                            : rocksdb::DB::Open(db_options_, path, descriptors(), &handles, &db);
    if (status.ok()) {
      db_.reset(db);
      handles_ = std::move(handles);
      if (!read_only && !in_memory_) watcher_->watch(db);
    }
    // Without what it found damaged and all that follows, a salvaging opening shows the commits before.
    if (!log_order_.damage().empty() && !options_.salvage) {
      status = rocksdb::Status::Corruption(log_order_.damage());
      close();
    }
    return status;
  }

  // Whether all went well.
  bool close() {
    watcher_->watch(nullptr);
    for (auto* handle : handles_) db_->DestroyColumnFamilyHandle(handle);
    handles_.clear();
    const bool closed = db_ == nullptr || db_->Close().ok();
    db_.reset();
    return closed;
  }

  void open_in_memory() {
    if (read_only_) {
      throw StorageError(StorageError::Reason::read_only,
                         ":memory: is always new and empty, so it cannot be opened read-only");
    }
    spill_ = std::make_unique<TemporaryDirectory>(where_);
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
      if (fs::exists(fs::path(path_) / "IDENTITY", error) && !holds_nothing(path_)) {
        throw CorruptionError("the store " + path_ + " is damaged: its file CURRENT is missing; restore it from a backup");
      }
      throw StorageError(StorageError::Reason::not_a_store, path_ + " is a directory, but not a store" +
                                                                (error ? " (" + error.message() + ")" : ""));
    }
    require_families();
  }

  void require_families() {
    std::vector<std::string> names;
    rocksdb::Status status;
    Patience patience;
    bool changed = false;
    do {
      const std::string before = manifest_state(path_);
      status = rocksdb::DB::ListColumnFamilies(db_options_, path_, &names);
      changed = manifest_state(path_) != before;
    } while (!status.ok() && read_only_ && patience.pause(changed));
    if (!status.ok() && read_only_ && changed) raise_too_fast();
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

  // A writer may delete files between the reading of the manifest and their opening. A missing table is an error, but a
  // missing log is not: RocksDB would show the state before the commits in it. So what was opened counts only when the
  // manifest is still the same.
  void open_read_only() {
    rocksdb::Status status;
    Patience patience;
    bool changed = false;
    do {
      opened_state_ = files_state(path_);
      const std::string before = manifest_state(path_);
      // A writer breaks the seal before it changes anything, so what is told of a broken one is not told again.
      const std::string problem = options_.salvage ? std::string() : seal_problem(path_);
      status = problem.empty() ? try_open(path_) : rocksdb::Status::Corruption(problem);
      changed = manifest_state(path_) != before;
      if (status.ok()) {
        if (!changed) return;
        close();
      }
    } while (patience.pause(changed));
    // What was read while the files changed says nothing of damage.
    if (changed) raise_too_fast();
    raise(status, where_);
  }

  [[noreturn]] void raise_too_fast() const {
    throw StorageError(StorageError::Reason::in_use,
                       "the store " + path_ + ": a writer changes its files faster than they can be opened; try later");
  }

  // Throws when the status says that the lock is held.
  void require_free(const rocksdb::Status& status) const {
    const std::string text = status.ToString();
    if (!status.IsIOError() || (text.find("lock hold by current process") == std::string::npos &&
                                text.find("While lock file") == std::string::npos))
      return;
    // A process that was forked from the holder has its locks noted as its own, so the mark comes first.
    std::string holder = describe_holder(path_);
    if (holder.empty())
      holder = text.find("current process") != std::string::npos ? "this process" : "another process";
    throw StorageError(StorageError::Reason::in_use,
                       "the store " + path_ + " is in use by " + holder + "; close it there, or open it read-only");
  }

  void lock() {
    const auto status = files_->take_lock((fs::path(path_) / "LOCK").string());
    if (status.ok()) return;
    require_free(status);
    raise(status, where_);
  }
  void unlock() {
    if (files_ != nullptr) files_->give_lock();
  }

  void open_for_writing(const KeyValueOptions& options) {
    std::error_code error;
    const bool fresh = !fs::exists(path_, error) || holds_nothing(path_);
    if (!fresh || !options.create) {
      if (fresh && fs::exists(path_, error)) {
        throw StorageError(StorageError::Reason::not_a_store, path_ + " is an empty directory, not a store");
      }
      require_store();
    } else {
      const std::vector<fs::path> made = missing_directories(path_);
      fs::create_directories(path_, error);
      if (error) {
        throw StorageError(StorageError::Reason::io,
                           "the directory " + path_ + " cannot be made: " + error.message());
      }
      for (const fs::path& directory : made) sync_entry_of(directory);
    }
    if (access(path_.c_str(), W_OK) != 0) {
      throw StorageError(StorageError::Reason::read_only,
                         "the directory " + path_ +
                             " cannot be written; open the store read-only, or change its permissions");
    }
    lock();
    if (const std::string problem = seal_problem(path_); !problem.empty())
      raise(rocksdb::Status::Corruption(problem), where_);
    break_seal(path_);
    db_options_.create_if_missing = fresh;
    if (const auto status = try_open(path_); !status.ok()) raise(status, where_);
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
