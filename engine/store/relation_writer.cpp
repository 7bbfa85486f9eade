#include "engine/store/relation_writer.h"

#include <algorithm>
#include <filesystem>

#include "engine/store/block.h"
#include "engine/store/relation.h"

namespace dossier {

RunFiles::~RunFiles() {
  std::error_code ignored;
  std::vector<std::filesystem::path> left;
  for (const auto& entry : std::filesystem::directory_iterator(kv_.temporary_directory(), ignored)) {
    if (entry.path().filename().string().starts_with(name_ + "-")) left.push_back(entry.path());
  }
  for (const auto& path : left) std::filesystem::remove(path, ignored);
}

std::string RunFiles::new_path(Family family) const {
  const std::size_t number = files_[static_cast<std::size_t>(family)]++;
  return kv_.temporary_directory() + "/" + name_ + "-" +
         std::string(kFamilyNames[static_cast<std::size_t>(family)]) + "-" + std::to_string(number) + ".sst";
}

FamilyWriter::FamilyWriter(const RunFiles& files, Family family, bool replace)
    : files_(files), family_(family) {
  if (!replace) return;
  old_ = files.kv().cursor(nullptr, family, {}, {}, true);
  old_->seek({});
}

SortedRunWriter& FamilyWriter::writer(std::size_t bytes) {
  if (writer_ != nullptr && bytes_ >= kFileBytes) {
    writer_->finish();
    writer_.reset();
  }
  if (writer_ == nullptr) {
    paths_.push_back(files_.new_path(family_));
    writer_ = files_.kv().run_writer(family_, paths_.back());
    bytes_ = 0;
  }
  bytes_ += bytes;
  return *writer_;
}

// Erases the old keys before a new one, or all that are left.
void FamilyWriter::erase_old(const std::string_view* before) {
  for (; old_->valid() && (before == nullptr || old_->key() < *before); old_->next())
    writer(old_->key().size()).erase(old_->key());
  if (before != nullptr && old_->valid() && old_->key() == *before) old_->next();
}

void FamilyWriter::put(std::string_view key, std::string_view value) {
  if (old_ != nullptr) erase_old(&key);
  writer(key.size() + value.size()).put(key, value);
}

void FamilyWriter::erase(std::string_view key) {
  writer(key.size()).erase(key);
}

std::pair<Family, std::vector<std::string>> FamilyWriter::finish() {
  if (old_ != nullptr) erase_old(nullptr);
  if (writer_ != nullptr) writer_->finish();
  writer_.reset();
  return {family_, std::move(paths_)};
}

RelationWriter::RelationWriter(const RunFiles& files, Relation relation, OldRows old_rows,
                               std::uint64_t hashed_terms, RowObserver observer, RowTick tick)
    : files_(files),
      relation_(relation),
      columns_(columns_of(relation)),
      old_rows_(old_rows),
      buckets_(hashed_terms),
      observer_(std::move(observer)),
      tick_(std::move(tick)),
      writer_(files, family_of(relation), old_rows == OldRows::replace) {}

void RelationWriter::write(RowStream& rows) {
  if (old_rows_ == OldRows::merge) {
    write_merged(rows);
  } else {
    write_fresh(rows);
  }
}

void RelationWriter::write_fresh(RowStream& rows) {
  key_ = first_block_key(relation_);
  RowPiece piece;
  while (rows.next(piece)) {
    if (observer_) observer_(piece, nullptr);
    append(piece, 0, piece.rows);
    flush(false);
    added_ += piece.rows;
    if (tick_) tick_(piece.rows);
  }
  flush(true);
  // Without any row the first block stands there empty.
  if (old_rows_ == OldRows::replace && !key_.empty()) put_block({}, 0);
}

void RelationWriter::append(const RowPiece& piece, std::size_t from, std::size_t count) {
  for (std::size_t column = 0; column < columns_; ++column) {
    pending_[column].insert(pending_[column].end(), piece.columns[column] + from,
                            piece.columns[column] + from + count);
  }
}

// The rows of the next block; 0: more have to come first. Leaves enough that the last two blocks of a range
// can share their rows.
std::size_t RelationWriter::next_block_rows(bool end) const {
  const std::size_t have = pending_[0].size();
  if (have == 0) return 0;
  if (relation_ == kHashes) {
    const std::size_t bucket = buckets_.rows(pending_[0]);
    return bucket < have || end || have > kBlockRows ? std::min(bucket, kBlockRows) : 0;
  }
  const std::size_t rows = block_rows(relation_);
  if (have > 2 * rows) return rows;
  if (!end) return 0;
  return have > rows ? have / 2 : have;
}

void RelationWriter::flush(bool end) {
  while (const std::size_t rows = next_block_rows(end)) emit(rows);
}

void RelationWriter::emit(std::size_t rows) {
  std::array<const std::uint64_t*, 4> columns{};
  std::array<std::uint64_t, 4> first{};
  for (std::size_t column = 0; column < columns_; ++column) {
    columns[column] = pending_[column].data();
    first[column] = pending_[column].front();
  }
  // The block begins with its bucket, unless the one before is of the same.
  const std::uint64_t bucket = buckets_.first_key(first[0]);
  if (relation_ == kHashes && last_key_ < bucket) first = {bucket};
  last_key_ = pending_[0][rows - 1];
  if (key_.empty()) key_ = block_key({first.data(), columns_});
  put_block(columns, rows);
  for (std::size_t column = 0; column < columns_; ++column) {
    pending_[column].erase(pending_[column].begin(),
                           pending_[column].begin() + static_cast<std::ptrdiff_t>(rows));
  }
}

void RelationWriter::put_block(const std::array<const std::uint64_t*, 4>& columns, std::size_t rows) {
  block_.clear();
  encode_block({columns.data(), columns_}, rows, block_);
  writer_.put(key_, block_);
  key_.clear();
}

void RelationWriter::write_merged(RowStream& rows) {
  const auto cursor = files_.kv().cursor(nullptr, family_of(relation_));
  RowPiece piece;
  std::size_t at = 0;
  bool more = rows.next(piece);
  std::vector<std::array<std::uint64_t, kMaxBlockRows>> old(columns_);
  std::array<std::uint64_t, 4> row{};
  std::string upper;
  RowBuffer merged;
  std::array<std::uint8_t, kStreamRows> is_new;
  std::size_t count = 0;
  const auto hand_on = [&] {
    if (count == 0) return;
    const RowPiece out = merged.piece(count);
    if (observer_) observer_(out, is_new.data());
    append(out, 0, count);
    flush(false);
    count = 0;
  };
  while (more) {
    // The range of the next row: its block, and the key after it.
    for (std::size_t column = 0; column < columns_; ++column) row[column] = piece.columns[column][at];
    cursor->seek_for_prev(block_key({row.data(), columns_}));
    if (!cursor->valid()) {
      throw CorruptionError("the relation " + std::string(kFamilyNames[relation_ + 1u]) +
                            " lacks its first block");
    }
    key_ = cursor->key();
    const BlockReader block(cursor->value(), columns_);
    const std::size_t old_rows = block.rows();
    if (old_rows > kMaxBlockRows)
      throw CorruptionError("a block of " + std::string(kFamilyNames[relation_ + 1u]) + " is too large");
    for (std::size_t column = 0; column < columns_; ++column)
      block.decode(column, 0, old_rows, old[column].data());
    cursor->next();
    const bool bounded = cursor->valid();
    std::array<std::uint64_t, 4> bound{};
    if (bounded) {
      for (std::size_t column = 0; column < columns_; ++column)
        bound[column] = load_big_endian(cursor->key().data() + 8 * column);
    }
    const auto compare = [&](const auto& columns, std::size_t index,
                             const std::array<std::uint64_t, 4>& other) {
      for (std::size_t column = 0; column < columns_; ++column) {
        if (columns[column][index] != other[column]) return columns[column][index] < other[column] ? -1 : 1;
      }
      return 0;
    };
    std::size_t next_old = 0;
    for (;;) {
      const bool has_new = more && (!bounded || compare(piece.columns, at, bound) < 0);
      int order = 1;  // of the new row against the old one
      if (has_new && next_old < old_rows) {
        for (std::size_t column = 0; column < columns_; ++column) row[column] = old[column][next_old];
        order = compare(piece.columns, at, row);
      } else if (has_new) {
        order = -1;
      } else if (next_old == old_rows) {
        break;
      }
      for (std::size_t column = 0; column < columns_; ++column) {
        merged.columns[column][count] = order < 0 ? piece.columns[column][at] : old[column][next_old];
      }
      is_new[count] = order < 0;
      added_ += order < 0;
      if (order >= 0) ++next_old;
      if (order <= 0 && ++at == piece.rows) {
        if (tick_) tick_(piece.rows);
        at = 0;
        more = rows.next(piece);
      }
      if (++count == kStreamRows) hand_on();
    }
    hand_on();
    flush(true);
  }
}

}  // namespace dossier
