// Opening and closing a store: options, locks, seals, and what is found to be damaged.
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "engine/store/holder.h"
#include "engine/store/kv_access.h"
#include "engine/store/kv_store.h"
#include "engine/store/log_tail.h"
#include "engine/store/seal.h"

namespace dossier {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMemoryName = ":memory:";

}  // namespace

RocksStore::RocksStore(const std::string& path, const KeyValueOptions& options, const RocksStore* beside)
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

RocksStore::~RocksStore() {
  // Before the lock is given back: afterwards the mark may be that of the next holder.
  if (marked_) unmark_holder(path_);
  // The logs are synced for the seal, which must not tell of what a loss of power takes.
  const bool sound = marked_ && watcher_->failure().empty() && db_->SyncWAL().ok();
  if (close() && sound) write_seal(path_);
  unlock();
}

std::unique_ptr<KeyValueStore> RocksStore::reopen() const {
  if (!read_only_ || files_state(path_) == opened_state_) return nullptr;
  return std::make_unique<RocksStore>(path_, options_, this);
}

void RocksStore::make_options(const KeyValueOptions& options) {
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
  // A torn end of the log is what a crash leaves; a hole in its middle is damage, and no reason to drop what
  // follows.
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
    // A fold writes most blocks of a small relation anew: what it replaces must not lie there fourfold. A
    // first load and the empty block before it are two files, and no reason to write the load twice.
    family.level0_file_num_compaction_trigger = 3;
    family.level_compaction_dynamic_level_bytes = true;
    family.compression = rocksdb::kNoCompression;
    switch (static_cast<Family>(i)) {
      case Family::terms:
        // What many terms have in common is taken out before (store/codebook.h): this is for the small blocks
        // of commits. A block that RocksDB would not make smaller stays as it is.
        family.compression = rocksdb::kLZ4Compression;
        table.block_size = std::size_t{4} << 10;
        break;
      case Family::meta:
        // Names of the label index, which are read one after the other and in no hurry: half of what LZ4
        // leaves.
        family.bottommost_compression = rocksdb::kZSTD;
        [[fallthrough]];
      case Family::overlay:
        family.compression = rocksdb::kLZ4Compression;
        table.block_size = std::size_t{8} << 10;
        table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
        break;
      case Family::hashes:
        table.block_size = std::size_t{2} << 10;  // a packed block each: nothing is near what a look-up reads
        break;
      default:
        // Packed blocks are compressed already: LZ4 on top saves little and costs a copy a look-up.
        break;
    }
    family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  }
}

void RocksStore::sync_entry_of(const fs::path& directory) const {
  std::error_code error;
  fs::path path = fs::absolute(directory, error).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  std::unique_ptr<rocksdb::Directory> above;
  if (!env_->NewDirectory(path.parent_path().string(), &above).ok()) return;
  if (const auto status = above->Fsync(); !status.ok()) raise(status, where_);
}

std::vector<rocksdb::ColumnFamilyDescriptor> RocksStore::descriptors() const {
  std::vector<rocksdb::ColumnFamilyDescriptor> result;
  for (std::size_t i = 0; i < kFamilies; ++i)
    result.emplace_back(std::string(kFamilyNames[i]), family_options_[i]);
  // RocksDB insists on its default family; nothing is ever written there.
  result.emplace_back(rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions());
  return result;
}

rocksdb::Status RocksStore::try_open(const std::string& path) {
  std::error_code error;
  // A checkpoint has no log until it is opened for writing, which makes the directory for temporary files
  // too, and from then on there is always one.
  const bool logged = !in_memory_ && !options_.salvage && fs::exists(temporary_directory(), error);
  const std::vector<LogFile> logs = logged ? log_files(path_) : std::vector<LogFile>();
  const LogFile newest = logged && !logs.empty() ? logs.back() : LogFile{logged ? 0 : LogOrder::kAny, {}};
  if (newest.number == 0) return rocksdb::Status::Corruption("its log (a file NUMBER.log) is missing");
  // Opening for writing forgets which log is missing: when what is there may not be all, it is read only
  // first.
  if (!read_only_ && logged && fs::file_size(newest.path, error) == 0) {
    const auto status = open_database(path, true, newest.number);
    close();
    if (!log_order_.damage().empty()) return status;
  }
  return open_database(path, read_only_, newest.number);
}

rocksdb::Status RocksStore::open_database(const std::string& path, bool read_only, std::uint64_t newest_log) {
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

bool RocksStore::close() {
  watcher_->watch(nullptr);
  for (auto* handle : handles_) db_->DestroyColumnFamilyHandle(handle);
  handles_.clear();
  const bool closed = db_ == nullptr || db_->Close().ok();
  db_.reset();
  return closed;
}

void RocksStore::open_in_memory() {
  if (read_only_) {
    throw StorageError(StorageError::Reason::read_only,
                       ":memory: is always new and empty, so it cannot be opened read-only");
  }
  spill_ = std::make_unique<TemporaryDirectory>(where_);
  db_options_.create_if_missing = true;
  if (const auto status = try_open(kMemoryPath); !status.ok()) raise(status, where_);
  env_->CreateDirIfMissing(temporary_directory());
}

void RocksStore::require_store() {
  std::error_code error;
  if (!fs::exists(path_, error)) {
    throw StorageError(StorageError::Reason::missing, "there is no store at " + path_ +
                                                          (error ? " (" + error.message() + ")" : "") +
                                                          "; `dossier load` makes one");
  }
  if (!fs::is_directory(path_, error)) {
    throw StorageError(StorageError::Reason::not_a_store, path_ + " is a file, not the directory of a store");
  }
  if (!fs::exists(fs::path(path_) / "CURRENT", error)) {
    if (fs::exists(fs::path(path_) / "IDENTITY", error) && !holds_nothing(path_)) {
      throw CorruptionError("the store " + path_ +
                            " is damaged: its file CURRENT is missing; restore it from a backup");
    }
    throw StorageError(StorageError::Reason::not_a_store, path_ + " is a directory, but not a store" +
                                                              (error ? " (" + error.message() + ")" : ""));
  }
  require_families();
}

void RocksStore::require_families() {
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

[[noreturn]] void RocksStore::raise_version() const {
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

void RocksStore::open_read_only() {
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

[[noreturn]] void RocksStore::raise_too_fast() const {
  throw StorageError(
      StorageError::Reason::in_use,
      "the store " + path_ + ": a writer changes its files faster than they can be opened; try later");
}

void RocksStore::require_free(const rocksdb::Status& status) const {
  const std::string text = status.ToString();
  if (!status.IsIOError() || (text.find("lock hold by current process") == std::string::npos &&
                              text.find("While lock file") == std::string::npos))
    return;
  // A process that was forked from the holder has its locks noted as its own, so the mark comes first.
  std::string holder = describe_holder(path_);
  if (holder.empty())
    holder = text.find("current process") != std::string::npos ? "this process" : "another process";
  throw StorageError(StorageError::Reason::in_use, "the store " + path_ + " is in use by " + holder +
                                                       "; close it there, or open it read-only");
}

void RocksStore::lock() {
  const auto status = files_->take_lock((fs::path(path_) / "LOCK").string());
  if (status.ok()) return;
  require_free(status);
  raise(status, where_);
}

void RocksStore::unlock() {
  if (files_ != nullptr) files_->give_lock();
}

void RocksStore::open_for_writing(const KeyValueOptions& options) {
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
    throw StorageError(
        StorageError::Reason::read_only,
        "the directory " + path_ + " cannot be written; open the store read-only, or change its permissions");
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
