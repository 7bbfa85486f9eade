// Reading and writing RocksDB: snapshots, cursors, batches, sorted runs.
//
// Purpose: the small classes that kv.h hands out. Of kv*.cpp alone. Thread-safety: as kv.h says of each.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/perf_level.h>
#include <rocksdb/slice.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/write_batch.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/store/kv.h"

namespace dossier {

inline rocksdb::Slice slice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}
inline std::string_view view(const rocksdb::Slice& bytes) {
  return {bytes.data(), bytes.size()};
}

[[noreturn]] inline void raise(const rocksdb::Status& status, const std::string& where) {
  const std::string text = status.ToString();
  if (status.IsCorruption()) {
    throw CorruptionError("the store " + where + " is damaged: " + text +
                          "; restore it from a backup, or dump what can still be read");
  }
  throw StorageError(StorageError::Reason::io, "the store " + where + ": " + text);
}

// Without RocksDB's own counters, of which nobody here asks: each is a look at the memory of the thread, some
// two thousand of them for a commit. What the caller's thread has set comes back.
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

inline const rocksdb::Snapshot* native(const KeyValueSnapshot* snapshot) {
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

}  // namespace dossier
