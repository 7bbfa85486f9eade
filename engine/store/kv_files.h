// The files of a store as RocksDB is to see them, and what RocksDB tells of its work on them.
//
// Purpose: RocksDB is hardened where its version 7.8 would lose commits, read damage as an end, or end the
// process. Of kv*.cpp alone. Thread-safety: called from any of RocksDB's threads.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/listener.h>
#include <rocksdb/wal_filter.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "engine/store/log_tail.h"

namespace dossier {

// RocksDB's own account of what it does would be a file LOG. No store writes one: read-only opening must not,
// and RocksDB's logger ends the process by an assertion when the disk is full.
class SilentLogger : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

// What RocksDB tells of itself while it works, from any of its threads.
class Watcher : public rocksdb::EventListener {
 public:
  // With a write buffer a log ends. It is synced before anything is written to the next one: else a loss of
  // power could take commits of it and leave later ones.
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

// Looks at the records of the logs while they are replayed. RocksDB checks the bytes of each, but steps over
// a run of zeros and over a log that took another's place. What is not in a log makes a gap in the numbers,
// but only between two logs.
class LogOrder : public rocksdb::WalFilter {
 public:
  const char* Name() const override { return "the order of commits"; }
  WalProcessingOption LogRecordFound(unsigned long long log, const std::string& file,
                                     const rocksdb::WriteBatch& batch, rocksdb::WriteBatch*, bool*) override {
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
  rocksdb::IOStatus Read(std::size_t count, const rocksdb::IOOptions& options, rocksdb::Slice* result,
                         char* scratch, rocksdb::IODebugContext* context) override {
    const auto status = rocksdb::FSSequentialFileOwnerWrapper::Read(std::min<std::uint64_t>(count, left_),
                                                                    options, result, scratch, context);
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

// A file whose reads are tried again. RocksDB 7.8 looks at the bounds of the files of an ingest, and at the
// next block of a scan, without asking whether reading them went well; a fault that lasts is found when the
// files are verified before.
class PatientFile : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  explicit PatientFile(std::unique_ptr<rocksdb::FSRandomAccessFile> file)
      : rocksdb::FSRandomAccessFileOwnerWrapper(std::move(file)) {}
  rocksdb::IOStatus Read(std::uint64_t offset, std::size_t count, const rocksdb::IOOptions& options,
                         rocksdb::Slice* result, char* scratch,
                         rocksdb::IODebugContext* context) const override {
    for (int tries = 1;; ++tries) {
      auto status =
          rocksdb::FSRandomAccessFileOwnerWrapper::Read(offset, count, options, result, scratch, context);
      if (status.ok() || tries == kReadTries) return status;
    }
  }

 private:
  static constexpr int kReadTries = 3;
};

// The file system with some changes.
//  - Reads that fail are tried again.
//  - Logs and manifests are read up to where a loss of power has torn them.
//  - After a failed write nobody knows what stands in the manifest: tables that RocksDB takes back may be
//  those that the next
//    opening asks for. So no table is deleted any more until then; it deletes those that are not wanted.
//  - The lock of the store is held for longer than RocksDB holds it: its seal is broken before and written
//  after.
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
  rocksdb::IOStatus LockFile(const std::string& path, const rocksdb::IOOptions& options,
                             rocksdb::FileLock** lock, rocksdb::IODebugContext* context) override {
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
    const std::filesystem::path name = std::filesystem::path(path).filename();
    if (!status.ok() || (name.extension() != ".log" && !name.string().starts_with("MANIFEST-")))
      return status;
    try {
      if (const auto end = torn_end(path))
        *result = std::make_unique<FileBeginning>(std::move(*result), *end);
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

}  // namespace dossier
