// Writes the sorted rows of a load into the packed blocks of one relation.
//
// Purpose: the last stage of the loader. Rows go as whole blocks into run files for the ingest. In a filled
// store the old block of each range that gets rows is decoded, merged and written anew: an ingest replaces
// keys and cannot delete them, so the first new block of a range takes the old block's key, and more blocks
// get the keys of their first rows. Blocks that get no rows are not touched. Observers see the merged rows of
// the ranges that are written, and which of them are new. Thread-safety: one writer a thread; several
// relations may be written at once.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/store/block.h"
#include "engine/store/format.h"
#include "engine/store/kv.h"
#include "engine/store/relation.h"
#include "engine/store/row_stream.h"

namespace dossier {

// The run files of one load, fold or compaction: DB/tmp/NAME-FAMILY-NUMBER.sst. Its destructor removes those
// that were not ingested; those of a store in memory are overwritten by the next ones of the name.
class RunFiles {
 public:
  RunFiles(const KeyValueStore& kv, std::string name) : kv_(kv), name_(std::move(name)) {}
  ~RunFiles();
  RunFiles(const RunFiles&) = delete;
  RunFiles& operator=(const RunFiles&) = delete;
  const KeyValueStore& kv() const { return kv_; }
  // Of the next file of a family.
  std::string new_path(Family family) const;

 private:
  const KeyValueStore& kv_;
  std::string name_;
  mutable std::array<std::atomic<std::size_t>, kFamilies> files_{};
};

// Writes ascending keys of a family into files of bounded size.
class FamilyWriter {
 public:
  // With `replace`, all keys that the family has now and that are not written again are erased.
  FamilyWriter(const RunFiles& files, Family family, bool replace = false);
  void put(std::string_view key, std::string_view value);
  void erase(std::string_view key);  // takes its place in the order of keys; not with `replace`
  std::pair<Family, std::vector<std::string>> finish();

 private:
  SortedRunWriter& writer(std::size_t bytes);
  void erase_old(const std::string_view* before);

  static constexpr std::size_t kFileBytes = std::size_t{256} << 20;
  const RunFiles& files_;
  Family family_;
  std::unique_ptr<KeyValueCursor>
      old_;  // at the first key that was not passed yet; null: nothing is replaced
  std::unique_ptr<SortedRunWriter> writer_;
  std::size_t bytes_ = 0;
  std::vector<std::string> paths_;
};

// Sees pieces of merged rows in order: columns, number, and for each row whether it is new (null: all are).
using RowObserver = std::function<void(const RowPiece&, const std::uint8_t* is_new)>;
// Called with rows taken from the stream, now and then.
using RowTick = std::function<void(std::uint64_t rows)>;

// What becomes of the rows that the relation has in blocks.
enum class OldRows : std::uint8_t {
  none,     // there are none, which saves looking for them
  merge,    // they stay beside the new ones
  replace,  // they go
};

class RelationWriter {
 public:
  // `hashed_terms`: rows that `hashes` will have.
  RelationWriter(const RunFiles& files, Relation relation, OldRows old_rows, std::uint64_t hashed_terms,
                 RowObserver observer, RowTick tick);
  void write(RowStream& rows);
  std::uint64_t added() const { return added_; }
  std::pair<Family, std::vector<std::string>> finish() { return writer_.finish(); }

 private:
  void write_fresh(RowStream& rows);
  void write_merged(RowStream& rows);
  void append(const RowPiece& piece, std::size_t from, std::size_t count);
  std::size_t next_block_rows(bool end) const;
  void flush(bool end);
  void emit(std::size_t rows);
  void put_block(const std::array<const std::uint64_t*, 4>& columns, std::size_t rows);  // under key_

  const RunFiles& files_;
  Relation relation_;
  std::size_t columns_;
  OldRows old_rows_;
  HashBuckets buckets_;
  RowObserver observer_;
  RowTick tick_;
  FamilyWriter writer_;
  std::uint64_t added_ = 0;
  std::string key_;             // of the next block; empty: that of its first row
  std::uint64_t last_key_ = 0;  // first column of the row written last
  std::array<std::vector<std::uint64_t>, 4> pending_;
  std::string block_;
};

}  // namespace dossier
