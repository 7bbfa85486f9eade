// Reading one packed relation: blocks, overlay and pending rows merged.
//
// Purpose: the cursor behind Snapshot::scan, counts and estimates of ranges, and the look-up of single rows
// for the writer. A piece of a block that no overlay row falls into is decoded straight into the columns
// handed out; only other pieces pay for the merge. After a seek into another block the pieces begin small and
// grow, since most who seek want few of the rows that follow. Invariants: rows ascend; a "-" row hides the block's row,
// a pending row hides both. Thread-safety: one thread each; what they share is in Version.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/store/block.h"
#include "engine/store/pending.h"
#include "engine/store/snapshot.h"
#include "engine/store/version.h"

namespace dossier {

// Rows that the loader and the fold put in a block of a permutation. Shorter blocks of spog keep its objects
// narrower (0.4 bytes a row on office-holder graphs) and look-ups of a subject decode less.
constexpr std::size_t block_rows(Relation relation) {
  return relation == relation_of(Permutation::spog) ? kBlockRows / 2 : kBlockRows;
}

// Blocks of `hashes` begin at the first key of a bucket, that is at a multiple of a power of two, chosen so
// that a bucket has 128 to 256 of the relation's rows. So a look-up knows the key of its block and reads
// nothing else; where it finds none (the relation grew and this block did not), it seeks like any other.
class HashBuckets {
 public:
  // `rows`: those in blocks, the overlay left out.
  explicit HashBuckets(std::uint64_t rows)
      : shift_(kHashKeyBits - static_cast<int>(std::bit_width(rows / (kBlockRows / 4)))) {}
  std::uint64_t first_key(std::uint64_t key) const { return key >> shift_ << shift_; }
  // How many of the ascending keys are in the bucket of the first. Precondition: there is one.
  std::size_t rows(std::span<const std::uint64_t> keys) const {
    const std::uint64_t last = first_key(keys.front()) + ((std::uint64_t{1} << shift_) - 1);
    return static_cast<std::size_t>(std::upper_bound(keys.begin(), keys.end(), last) - keys.begin());
  }

 private:
  int shift_;
};

Bounds bounds_of(const ScanRange& range);

// The changed rows of a range over the blocks: overlay and pending rows in one order.
class OverlayStream {
 public:
  OverlayStream(const Version& version, const PendingState* pending, Relation relation, const Bounds& bounds);
  bool valid() const { return valid_; }
  const Values& row() const { return row_; }
  bool present() const { return present_; }
  int change() const { return change_; }  // of the number of rows, against the blocks
  void next();
  void seek(const Values& row);  // forward only

 private:
  void read_overlay();
  void choose();

  Relation relation_;
  Bounds bounds_;
  std::optional<PooledCursor> overlay_;
  bool overlay_valid_ = false;
  Values overlay_row_{};
  bool overlay_present_ = false;
  std::vector<PendingRow> pending_;
  std::size_t next_pending_ = 0;
  bool valid_ = false;
  Values row_{};
  bool present_ = false;
  int change_ = 0;
  bool from_overlay_ = false;
  bool from_pending_ = false;
};

class RelationCursor : public RowCursor {
 public:
  RelationCursor(std::shared_ptr<const Version> version, std::shared_ptr<const PendingState> pending,
                 Relation relation, const Bounds& bounds, ColumnMask mask, bool long_scan,
                 ScanCounters* counters);
  bool next(RowBlock& block) override;
  std::size_t next_into(const std::array<Id*, 4>& columns) override;
  void narrow(std::size_t column, const IdRun& useless) override {
    narrowed_ = column;
    useless_ = useless;
  }
  void seek(const Row& row, int length) override;

 private:
  bool next_block();
  void open_block(const Values* lower);
  bool overlay_in_piece() const;
  Id* buffer(std::vector<Id>& column, std::size_t rows) const;
  void decode_piece(RowBlock& block);
  bool merge(RowBlock& block);
  bool hand_out(RowBlock& block);

  std::shared_ptr<const Version> version_;
  std::shared_ptr<const PendingState> pending_;
  std::size_t width_;  // columns
  Bounds bounds_;
  ColumnMask mask_;
  ScanCounters* counters_;
  PooledCursor blocks_;
  OverlayStream overlay_;
  bool started_ = false;
  bool last_block_ = false;  // no block after this one has rows of the range
  std::optional<BlockReader> reader_;
  std::size_t piece_ = kMaxBlockRows;  // most rows to decode next
  std::size_t from_ = 0;  // rows of the block that were not handed out
  std::size_t to_ = 0;
  std::size_t decoded_from_ = 0;  // of the block in decoded_, when merging
  bool merging_ = false;          // decoded_ holds this block
  std::array<std::vector<Id>, 4> decoded_;
  std::array<std::vector<Id>, 4> merged_;
  std::size_t narrowed_ = 0;  // the column of useless_
  IdRun useless_;
  RowBlock last_;          // handed out last
  std::size_t again_ = 0;  // rows of last_ from here on are to be handed out again; last_.rows: none
};

struct RangeCount {
  std::uint64_t rows = 0;
  bool exact = true;
};
// Counts by block headers; with `most_blocks` other than 0 the rest beyond so many blocks is told from sizes.
RangeCount count_rows(const Version& version, const PendingState* pending, Relation relation,
                      const Bounds& bounds, std::size_t most_blocks);

// Values of a column that cut the blocks of the range into parts of about the same size, as the files' indexes tell.
// Precondition: the columns before it are the same in all rows of the range.
std::vector<Id> split_blocks(const Version& version, Relation relation, const Bounds& bounds, std::size_t column,
                             std::size_t parts);

// Is a row in the blocks? Keeps its place, so that ascending look-ups read each block once.
class BlockProbe {
 public:
  BlockProbe(const Base& base, Relation relation);
  bool contains(const Values& row);

 private:
  std::size_t width_;
  PooledCursor blocks_;
  std::optional<BlockReader> reader_;
  Values first_{};  // the key of the block
  Values last_{};   // its last row
};

Values block_lower_bound(std::string_view key, std::size_t columns);

// Calls `take(row)` for all committed rows of a relation, in their order; reads ahead and leaves the caches alone.
template <typename F>
void each_row(const std::shared_ptr<const Version>& version, Relation relation, F&& take) {
  RelationCursor cursor(version, nullptr, relation, Bounds{}, kAllColumns, true, nullptr);
  const std::size_t width = columns_of(relation);
  RowBlock rows;
  while (cursor.next(rows)) {
    for (std::size_t i = 0; i < rows.rows; ++i) {
      Values row{};
      for (std::size_t c = 0; c < width; ++c) row[c] = rows.columns[c][i].bits;
      take(row);
    }
  }
}

}  // namespace dossier
