#include "engine/store/relation.h"

#include <algorithm>

#include "engine/dossier.h"

namespace dossier {
namespace {

std::span<const std::uint64_t> columns_span(const Values& row, std::size_t columns) {
  return {row.data(), columns};
}

// Rows decoded first after a seek. At a few rows a key 32 is enough for most, and decoding so few costs less than the
// seek itself.
constexpr std::size_t kSoughtRows = 32;

[[noreturn]] void no_first_block(Relation relation) {
  throw CorruptionError("the first block of the relation " +
                        std::string(kFamilyNames[static_cast<std::size_t>(family_of(relation))]) +
                        " is missing; restore the store from a backup");
}

Values row_at(const BlockReader& reader, std::size_t columns, std::size_t row) {
  Values values{};
  for (std::size_t c = 0; c < columns; ++c) values[c] = reader.at(c, row);
  return values;
}

}  // namespace

Values block_lower_bound(std::string_view key, std::size_t columns) {
  if (key.size() != columns * 8) throw CorruptionError("the key of a packed block has a wrong length");
  Values row{};
  for (std::size_t c = 0; c < columns; ++c) row[c] = load_big_endian(key.data() + c * 8);
  return row;
}

Bounds bounds_of(const ScanRange& range) {
  Bounds bounds;
  const auto prefix = static_cast<std::size_t>(range.prefix_length);
  for (std::size_t c = 0; c < prefix; ++c) bounds.lower[c] = bounds.end[c] = range.prefix[c].bits;
  std::size_t length = prefix;
  if (prefix < 4) {
    bounds.lower[prefix] = range.low.bits;
    if (range.high != kMaxId) {
      bounds.end[prefix] = range.high.bits;
      length = prefix + 1;
    }
  }
  // The end is the successor of the last prefix: add one, with carry.
  while (length > 0 && bounds.end[length - 1] == ~std::uint64_t{0}) --length;
  if (length > 0) ++bounds.end[length - 1];
  bounds.end_length = length;
  if (range.prefix_length < 4 && range.low > range.high) {
    bounds.end = bounds.lower;  // empty
    bounds.end_length = 4;
  }
  return bounds;
}

// ---- OverlayStream

OverlayStream::OverlayStream(const Version& version, const PendingState* pending, Relation relation,
                             const Bounds& bounds)
    : relation_(relation), bounds_(bounds) {
  if (pending != nullptr) pending_ = pending->rows(relation, bounds);
  if (version.totals().overlay_rows[relation] > 0) {
    overlay_.emplace(version.overlay());
    (*overlay_)->seek(overlay_key(relation, columns_span(bounds.lower, columns_of(relation))));
    read_overlay();
  }
  choose();
}

void OverlayStream::read_overlay() {
  overlay_valid_ = false;
  const KeyValueCursor& cursor = *overlay_->operator->();
  if (!cursor.valid()) return;
  const std::string_view key = cursor.key();
  if (key.empty() || static_cast<Relation>(key[0]) != relation_) return;
  overlay_row_ = block_lower_bound(key.substr(1), columns_of(relation_));
  if (!bounds_.before_end(overlay_row_)) return;
  overlay_present_ = cursor.value() == kInserted;
  overlay_valid_ = true;
}

void OverlayStream::choose() {
  const bool pending = next_pending_ < pending_.size();
  valid_ = overlay_valid_ || pending;
  if (!valid_) return;
  from_overlay_ = overlay_valid_ && (!pending || overlay_row_ <= pending_[next_pending_].row);
  from_pending_ = pending && (!overlay_valid_ || pending_[next_pending_].row <= overlay_row_);
  change_ = 0;
  if (from_overlay_) {
    row_ = overlay_row_;
    present_ = overlay_present_;
    change_ = overlay_present_ ? 1 : -1;
  }
  if (from_pending_) {
    const PendingRow& row = pending_[next_pending_];
    row_ = row.row;
    present_ = row.present;
    change_ += static_cast<int>(row.present) - static_cast<int>(row.was);
  }
}

void OverlayStream::next() {
  if (from_overlay_) {
    (*overlay_)->next();
    read_overlay();
  }
  if (from_pending_) ++next_pending_;
  choose();
}

void OverlayStream::seek(const Values& row) {
  if (!valid_ || row <= row_) return;
  if (overlay_valid_ && overlay_row_ < row) {
    (*overlay_)->seek(overlay_key(relation_, columns_span(row, columns_of(relation_))));
    read_overlay();
  }
  const auto first = pending_.begin() + static_cast<std::ptrdiff_t>(next_pending_);
  next_pending_ = static_cast<std::size_t>(
      std::lower_bound(first, pending_.end(), row,
                       [](const PendingRow& a, const Values& b) { return a.row < b; }) -
      pending_.begin());
  choose();
}

// ---- RelationCursor

RelationCursor::RelationCursor(std::shared_ptr<const Version> version,
                               std::shared_ptr<const PendingState> pending, Relation relation,
                               const Bounds& bounds, ColumnMask mask, bool long_scan, ScanCounters* counters)
    : version_(std::move(version)),
      pending_(std::move(pending)),
      width_(columns_of(relation)),
      bounds_(bounds),
      mask_(mask),
      counters_(counters),
      blocks_(long_scan ? version_->base()->long_scan(relation) : version_->base()->blocks(relation)),
      overlay_(*version_, pending_.get(), relation, bounds) {}

void RelationCursor::open_block(const Values* lower) {
  if (counters_ != nullptr) ++counters_->blocks;
  reader_.emplace(blocks_->value(), width_);
  merging_ = false;
  from_ = lower == nullptr ? 0 : reader_->lower_bound(columns_span(*lower, width_), width_);
  to_ = reader_->rows();
  if (bounds_.end_length > 0) {
    const bool inside = to_ == 0 || bounds_.before_end(row_at(*reader_, width_, to_ - 1));
    if (!inside) {
      to_ = std::max(from_,
                     reader_->lower_bound(columns_span(bounds_.end, bounds_.end_length), bounds_.end_length));
      last_block_ = true;
    }
  }
}

bool RelationCursor::next_block() {
  while (!last_block_) {
    if (!started_) {
      started_ = true;
      if (counters_ != nullptr) ++counters_->seeks;
      blocks_->seek_for_prev(block_key(columns_span(bounds_.lower, width_)));
      if (!blocks_->valid()) no_first_block(width_ == 2 ? kHashes : Relation{0});
      open_block(&bounds_.lower);
    } else {
      blocks_->next();
      if (!blocks_->valid()) {
        last_block_ = true;
        return false;
      }
      open_block(nullptr);
    }
    if (from_ < to_) return true;
  }
  return false;
}

bool RelationCursor::overlay_in_piece() const {
  if (!overlay_.valid()) return false;
  return overlay_.row() <= row_at(*reader_, width_, to_ - 1);
}

Id* RelationCursor::buffer(std::vector<Id>& column, std::size_t rows) const {
  if (column.size() < rows) column.resize(rows);
  return column.data();
}

void RelationCursor::decode_piece(RowBlock& block) {
  block.rows = std::min(to_ - from_, piece_);
  piece_ = std::min(piece_ * 4, kMaxBlockRows);
  for (std::size_t c = 0; c < width_; ++c) {
    if ((mask_ >> c & 1) == 0) continue;
    Id* out = buffer(decoded_[c], block.rows);
    reader_->decode(c, from_, block.rows, &out->bits);
    block.columns[c] = out;
  }
  from_ += block.rows;
}

// Merges what is left of the block (nothing, when the blocks have ended) with the overlay; false when nothing
// came out.
bool RelationCursor::merge(RowBlock& block) {
  if (from_ < to_ && !merging_) {
    for (std::size_t c = 0; c < width_; ++c) {
      reader_->decode(c, from_, to_ - from_, &buffer(decoded_[c], to_ - from_)->bits);
    }
    decoded_from_ = from_;
    merging_ = true;
  }
  for (std::size_t c = 0; c < width_; ++c) buffer(merged_[c], kScanRows);
  std::size_t rows = 0;
  while (rows < kScanRows && from_ < to_) {
    const std::size_t at = from_ - decoded_from_;
    int order = -1;  // of the block's row against the overlay's
    if (overlay_.valid()) {
      order = 0;
      for (std::size_t c = 0; c < width_ && order == 0; ++c) {
        const std::uint64_t mine = decoded_[c][at].bits;
        const std::uint64_t other = overlay_.row()[c];
        order = mine < other ? -1 : (mine > other ? 1 : 0);
      }
    }
    if (order < 0) {
      for (std::size_t c = 0; c < width_; ++c) merged_[c][rows] = decoded_[c][at];
      ++rows;
      ++from_;
      continue;
    }
    if (overlay_.present()) {
      for (std::size_t c = 0; c < width_; ++c) merged_[c][rows].bits = overlay_.row()[c];
      ++rows;
    }
    if (order == 0) ++from_;
    overlay_.next();
  }
  // After the last block the overlay goes on alone.
  while (last_block_ && from_ == to_ && rows < kScanRows && overlay_.valid()) {
    if (overlay_.present()) {
      for (std::size_t c = 0; c < width_; ++c) merged_[c][rows].bits = overlay_.row()[c];
      ++rows;
    }
    overlay_.next();
  }
  if (rows == 0) return false;
  block.rows = rows;
  for (std::size_t c = 0; c < width_; ++c) block.columns[c] = merged_[c].data();
  return true;
}

bool RelationCursor::hand_out(RowBlock& block) {
  last_ = block;
  again_ = block.rows;
  if (counters_ != nullptr) counters_->rows += block.rows;
  return true;
}

bool RelationCursor::next(RowBlock& block) {
  block = RowBlock{};
  if (again_ < last_.rows) {
    block.rows = last_.rows - again_;
    for (std::size_t c = 0; c < 4; ++c) {
      if (last_.columns[c] != nullptr) block.columns[c] = last_.columns[c] + again_;
    }
    return hand_out(block);
  }
  for (;;) {
    const bool has_rows = from_ < to_ || next_block();
    if (!has_rows) {
      last_.rows = again_ = 0;
      while (overlay_.valid()) {
        if (merge(block)) return hand_out(block);
      }
      return false;
    }
    if (!merging_ && !overlay_in_piece()) {
      decode_piece(block);
      return hand_out(block);
    }
    if (merge(block)) return hand_out(block);
  }
}

std::size_t RelationCursor::next_into(const std::array<Id*, 4>& columns) {
  // A piece in so many is handed out in any case, so that the caller can look at the clock.
  constexpr int kMostLeftOut = 256;
  const bool narrowed = !useless_.empty() && columns[narrowed_] != nullptr;
  for (int left_out = 0;; ++left_out) {
    const bool decodes = again_ >= last_.rows && (from_ < to_ || next_block()) && !merging_ && !overlay_in_piece();
    if (!decodes) return RowCursor::next_into(columns);
    const std::size_t rows = to_ - from_;
    const std::size_t from = std::exchange(from_, to_);
    last_.rows = again_ = 0;
    if (counters_ != nullptr) counters_->rows += rows;
    if (narrowed) {
      reader_->decode(narrowed_, from, rows, &columns[narrowed_]->bits);
      if (left_out < kMostLeftOut && useless_.holds_all(columns[narrowed_], rows)) continue;
    }
    for (std::size_t c = 0; c < width_; ++c)
      if (columns[c] != nullptr && !(narrowed && c == narrowed_)) reader_->decode(c, from, rows, &columns[c]->bits);
    return rows;
  }
}

void RelationCursor::seek(const Row& row, int length) {
  const auto columns = static_cast<std::size_t>(length);
  Values target{};
  for (std::size_t c = 0; c < columns; ++c) target[c] = row[c].bits;

  if (last_.rows > 0) {
    std::size_t low = again_ < last_.rows ? again_ : 0;
    std::size_t high = last_.rows;
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      bool less = false;
      for (std::size_t c = 0; c < columns; ++c) {
        const std::uint64_t mine = last_.columns[c][middle].bits;
        if (mine == target[c]) continue;
        less = mine < target[c];
        break;
      }
      if (less) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    again_ = low;
    if (low < last_.rows) return;
  }
  last_.rows = again_ = 0;

  if (target < bounds_.lower) target = bounds_.lower;
  overlay_.seek(target);
  if (!started_) {
    bounds_.lower = target;
    piece_ = kSoughtRows;
    return;
  }
  if (from_ < to_) {
    const std::size_t at = reader_->lower_bound(columns_span(target, width_), width_);
    from_ = std::clamp(at, from_, to_);
  }
  // Who seeks on within a block may want more of it: its pieces go on growing.
  if (from_ < to_ || last_block_) return;
  piece_ = kSoughtRows;
  blocks_->next();
  if (!blocks_->valid()) {
    last_block_ = true;
    return;
  }
  // The next block often has it; else the tree is searched.
  const BlockReader near(blocks_->value(), width_);
  if (near.rows() > 0 && row_at(near, width_, near.rows() - 1) < target) {
    if (counters_ != nullptr) ++counters_->seeks;
    blocks_->seek_for_prev(block_key(columns_span(target, width_)));
  }
  open_block(&target);
}

// ---- counts

RangeCount count_rows(const Version& version, const PendingState* pending, Relation relation,
                      const Bounds& bounds, std::size_t most_blocks) {
  const std::size_t width = columns_of(relation);
  const PooledCursor blocks = version.base()->blocks(relation);
  RangeCount count;
  std::uint64_t rows = 0;
  std::uint64_t whole_rows = 0;  // rows and bytes of the blocks seen, whole
  std::uint64_t whole_bytes = 0;
  std::size_t seen = 0;
  blocks->seek_for_prev(block_key(columns_span(bounds.lower, width)));
  if (!blocks->valid()) no_first_block(relation);
  for (; blocks->valid(); blocks->next(), ++seen) {
    const Values key = block_lower_bound(blocks->key(), width);
    if (seen > 0 && !bounds.before_end(key)) break;
    if (most_blocks > 0 && seen == most_blocks) {
      const std::string end = bounds.end_length == 0 ? std::string(width * 8 + 1, '\xFF')
                                                     : block_key(columns_span(bounds.end, bounds.end_length));
      const std::uint64_t bytes =
          version.kv().approximate_bytes(family_of(relation), std::string(blocks->key()), end);
      if (whole_bytes > 0) rows += bytes * whole_rows / whole_bytes;
      count.exact = false;
      break;
    }
    const std::string_view value = blocks->value();
    const BlockReader reader(value, width);
    whole_rows += reader.rows();
    whole_bytes += value.size() + width * 8;
    if (reader.rows() == 0) continue;
    const std::size_t from = seen > 0 ? 0 : reader.lower_bound(columns_span(bounds.lower, width), width);
    if (bounds.before_end(row_at(reader, width, reader.rows() - 1))) {
      rows += reader.rows() - from;
      continue;
    }
    const std::size_t to = reader.lower_bound(columns_span(bounds.end, bounds.end_length), bounds.end_length);
    rows += to > from ? to - from : 0;
    break;
  }
  std::int64_t change = 0;
  std::size_t changes = 0;
  const std::size_t most_changes = most_blocks * kBlockRows;
  for (OverlayStream overlay(version, pending, relation, bounds); overlay.valid(); overlay.next()) {
    change += overlay.change();
    if (most_changes > 0 && ++changes == most_changes) {
      count.exact = false;
      break;
    }
  }
  const std::int64_t total = static_cast<std::int64_t>(rows) + change;
  count.rows = total > 0 ? static_cast<std::uint64_t>(total) : 0;
  return count;
}

// ---- split_blocks

std::vector<Id> split_blocks(const Version& version, Relation relation, const Bounds& bounds,
                             std::size_t column, std::size_t parts) {
  constexpr int kSteps = 20;
  const std::size_t width = columns_of(relation);
  const PooledCursor blocks = version.base()->blocks(relation);
  const std::string first = block_key(columns_span(bounds.lower, width));
  const std::string end = bounds.end_length == 0 ? std::string(width * 8 + 1, '\xFF')
                                                 : block_key(columns_span(bounds.end, bounds.end_length));
  // The values at both ends: ids of one kind lie close together, and so the steps between them are few.
  blocks->seek_for_prev(end);
  if (!blocks->valid()) no_first_block(relation);
  const Values last = block_lower_bound(blocks->key(), width);
  Values row = bounds.lower;
  blocks->seek(first);
  const Values start = blocks->valid() ? block_lower_bound(blocks->key(), width) : last;
  const auto bytes_before = [&](std::uint64_t value) {
    row[column] = value;
    return version.kv().approximate_bytes(family_of(relation), first,
                                          block_key(columns_span(row, column + 1)));
  };
  if (last <= start) return {};
  std::uint64_t low = start[column];
  std::uint64_t low_bytes = 0;
  const std::uint64_t all = bytes_before(last[column]);
  std::vector<Id> cuts;
  for (std::size_t part = 1; part < parts; ++part) {
    const std::uint64_t wanted = all * part / parts;
    std::uint64_t high = last[column];
    std::uint64_t high_bytes = all;
    for (int step = 0; step < kSteps && high - low > 1; ++step) {
      // By proportion and by halves in turn: gaps between the kinds of ids mislead the first.
      const double share =
          step % 2 == 0 && high_bytes > low_bytes
              ? static_cast<double>(wanted - low_bytes) / static_cast<double>(high_bytes - low_bytes)
              : 0.5;
      const auto way = static_cast<std::uint64_t>(static_cast<double>(high - low) * share);
      const std::uint64_t middle = low + std::clamp<std::uint64_t>(way, 1, high - low - 1);
      const std::uint64_t bytes = bytes_before(middle);
      if (bytes <= wanted) {
        low = middle;
        low_bytes = bytes;
      } else {
        high = middle;
        high_bytes = bytes;
      }
      if (std::max(bytes, wanted) - std::min(bytes, wanted) < all / parts / 8) {
        low = middle;
        low_bytes = std::min(bytes, wanted);
        break;
      }
    }
    cuts.push_back(Id{low});
  }
  return cuts;
}

// ---- BlockProbe

BlockProbe::BlockProbe(const Base& base, Relation relation)
    : width_(columns_of(relation)), blocks_(base.blocks(relation)) {}

bool BlockProbe::contains(const Values& row) {
  if (!reader_ || row < first_ || row > last_) {
    blocks_->seek_for_prev(block_key(columns_span(row, width_)));
    if (!blocks_->valid()) no_first_block(width_ == 2 ? kHashes : Relation{0});
    reader_.emplace(blocks_->value(), width_);
    first_ = block_lower_bound(blocks_->key(), width_);
    last_ = reader_->rows() > 0 ? row_at(*reader_, width_, reader_->rows() - 1) : first_;
  }
  const std::size_t at = reader_->lower_bound(columns_span(row, width_), width_);
  return at < reader_->rows() && row_at(*reader_, width_, at) == row;
}

}  // namespace dossier
