// Rows that an operator keeps: tables, sets of tuples, and an index from keys to rows.
//
// Purpose: what joins, groups and DISTINCT are made of. A TupleSet numbers distinct tuples densely, a batch
// of columns at a time: the look-ups of a batch are independent, so their cache misses overlap. Tuples of one
// id, the common key, are found by an array with a place an id as long as the ids lie close together (ids of
// the dictionary are a counter, so those of one kind mostly do), and by hashing when they do not. Invariants:
// no two ids of the dictionary have the same counter; numbers are given in order of arrival; memory is
// counted against the budget before it grows. Thread-safety: none for changes; reading from several threads.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/query/batch.h"
#include "engine/query/context.h"

namespace dossier {

// Rows kept in memory, a vector a column; counted against the budget.
class RowTable {
 public:
  RowTable(QueryContext& context, std::size_t width, const char* what)
      : columns_(width), reservation_(context.budget(), what) {}
  void append(const Batch& batch);
  void append_row(const Batch& batch, std::size_t row) { append_rows(batch, row, 1); }
  void append_rows(const Batch& batch, std::size_t from, std::size_t count);
  void append_ids(const Id* ids);
  std::size_t rows() const { return rows_; }
  std::size_t width() const { return columns_.size(); }
  Id at(std::size_t column, std::size_t row) const { return columns_[column][row]; }
  const std::vector<Id>& column(std::size_t i) const { return columns_[i]; }
  // Copies rows [from, from + count) into `batch`; count <= kBatchRows.
  void copy(std::size_t from, std::size_t count, Batch& batch) const;
  void clear();

 private:
  void account();
  std::vector<std::vector<Id>> columns_;
  std::size_t rows_ = 0;
  std::size_t accounted_ = 0;
  Reservation reservation_;
};

inline std::uint64_t combine_hash(std::uint64_t hash, Id id) {
  return hash_id(Id{hash * 31 + id.bits});
}

// A set of tuples with dense numbers, in order of arrival.
class TupleSet {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  // `expected`: tuples that may come, as far as known; only a hint.
  TupleSet(QueryContext& context, std::size_t width, const char* what, double expected = 0);
  // The number of the tuple; `added` tells whether it is new.
  std::uint32_t insert(const Id* tuple, bool& added);
  bool contains(const Id* tuple) const;
  // numbers[i] for the tuple of row i. A tuple is new where its number is that of all tuples before it.
  void insert(std::span<const Id* const> columns, std::size_t rows, std::uint32_t* numbers);
  // The same without adding: kNone for a tuple that is not in the set.
  void find(std::span<const Id* const> columns, std::size_t rows, std::uint32_t* numbers) const;
  std::size_t size() const { return size_; }
  const Id* tuple(std::uint32_t number) const { return tuples_.data() + std::size_t{number} * width_; }
  Id at(std::uint32_t number, std::size_t column) const {
    return tuples_[std::size_t{number} * width_ + column];
  }

 private:
  static constexpr int kPageBits = 10;
  static constexpr std::size_t kPage = std::size_t{1} << kPageBits;
  using Page = std::array<std::uint32_t, kPage>;  // number + 1

  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t number = 0;  // + 1; 0: free
  };

  std::uint32_t hash(const Id* tuple) const;
  std::size_t first_slot(std::uint32_t hash) const { return hash >> shift_; }
  bool is_direct(Id id) const { return direct_ && id.in_dictionary(); }
  std::uint32_t* place(Id id);  // null: the ids lie too far apart, and hashing takes over
  std::uint32_t insert_direct(Id id);
  std::uint32_t find_direct(Id id) const {
    const std::uint64_t page = id.payload() >> kPageBits;
    if (page >= pages_.size() || pages_[page] == nullptr) return kNone;
    return (*pages_[page])[id.payload() & (kPage - 1)] - 1;
  }
  std::uint32_t insert_hashed(const Id* tuple, std::uint32_t hash);
  std::uint32_t find_hashed(const Id* tuple, std::uint32_t hash) const;
  std::uint32_t append(const Id* tuple);
  std::size_t find_slot(const Id* tuple, std::uint32_t hash) const;  // the tuple's, or a free one
  void leave_pages();
  void grow();
  void account();

  std::size_t width_;
  std::size_t size_ = 0;
  std::vector<Id> tuples_;
  bool direct_;
  std::vector<std::unique_ptr<Page>> pages_;
  std::size_t page_count_ = 0;
  std::vector<Slot> slots_;  // the highest bits of a hash tell its place, so growing reads no tuple
  int shift_;
  std::size_t hashed_ = 0;  // tuples in slots_
  std::size_t expected_;
  std::size_t accounted_ = 0;
  Reservation reservation_;
};

// The rows of a table by some of its columns; those of one key in the order of the table.
class RowIndex {
 public:
  static constexpr std::uint32_t kNone = TupleSet::kNone;

  RowIndex(QueryContext& context, const char* what)
      : context_(context), what_(what), reservation_(context.budget(), what) {}
  void build(const RowTable& table, const std::vector<int>& key_columns);
  // The number of the key of each row of `columns`; kNone: no row of the table has it.
  void find(std::span<const Id* const> columns, std::size_t rows, std::uint32_t* numbers) const {
    keys_->find(columns, rows, numbers);
  }
  std::span<const std::uint32_t> rows(std::uint32_t number) const {
    return {rows_.data() + starts_[number], starts_[number + 1] - starts_[number]};
  }

 private:
  QueryContext& context_;
  const char* what_;
  std::unique_ptr<TupleSet> keys_;
  std::vector<std::uint32_t> starts_;  // of a key's rows
  std::vector<std::uint32_t> rows_;
  Reservation reservation_;
};

}  // namespace dossier
