// The contract of operators.
//
// Purpose: a plan is a tree of operators, each of which hands out its solutions a batch at a time.
//  - `schema()` names the columns; it is fixed once the operator is built. A variable occurs once.
//  - `next(batch)` fills `batch` with 1 to kBatchRows rows in schema order and returns true, or returns false
//  at the end
//    (and from then on). The caller owns the batch and may change its rows; buffers are reused from call to
//    call.
//  - `sorted_by()`: rows ascend by these columns (by id, lexicographically); empty when nothing is known.
//  - `next` is the only place that counts, takes time and checks the deadline; operators implement `produce`.
//  A loop inside
//    `produce` that may run long without asking a child calls `context().check()` itself every few thousand
//    steps.
//  - State that grows with the data is held in a Reservation, so that the memory budget stops it.
//  - Terms stay ids. Only expressions and ORDER BY decode.
//  - Work is done on demand: an operator that is not asked again does no more work, so LIMIT stops what is
//  below it.
// Ownership: a parent owns its children. Thread-safety: one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/dossier.h"
#include "engine/query/algebra.h"
#include "engine/query/batch.h"
#include "engine/query/context.h"

namespace dossier {

class Operator {
 public:
  Operator(QueryContext& context, Schema schema)
      : schema_(std::move(schema)), context_(context), batches_(context.budget(), "batches") {}
  virtual ~Operator() = default;
  Operator(const Operator&) = delete;
  Operator& operator=(const Operator&) = delete;

  bool next(Batch& batch);

  const Schema& schema() const { return schema_; }
  const Schema& sorted_by() const { return sorted_by_; }
  int column(Variable variable) const;  // -1: not in the schema
  double estimated_rows() const { return estimated_rows_; }
  void set_estimated_rows(double rows) { estimated_rows_ = rows; }
  // Names the solutions that the rows stand for, for BNODE(label): operators of the same number hand out the same
  // solutions in the same order. 0: nothing is known.
  std::uint32_t solutions() const { return solutions_; }
  void set_solutions(std::uint32_t number) { solutions_ = number; }

  virtual std::string name() const = 0;
  // What the line of explain says behind the name; variables by their names.
  virtual std::string details(const VariableTable&) const { return {}; }
  std::vector<const Operator*> children() const;

  // For explain and analyze.
  std::uint64_t rows() const { return rows_; }
  bool ended() const { return ended_; }
  std::chrono::nanoseconds time() const { return time_; }
  const ScanCounters& scan_counters() const { return scan_counters_; }

 protected:
  virtual bool produce(Batch& batch) = 0;
  QueryContext& context() { return context_; }
  // Throws LimitError when the tree gets deeper than kMaxPlanDepth.
  Operator& add_child(std::unique_ptr<Operator> child);
  // Counts the batch that this operator keeps for the rows of a child. One that hands its caller's batch on
  // keeps none.
  void keep_batch(const Operator& child) { batches_.add(child.schema().size() * kBatchRows * sizeof(Id)); }
  Operator& child(std::size_t i = 0) { return *children_[i]; }
  const Operator& child(std::size_t i = 0) const { return *children_[i]; }
  void set_sorted_by(Schema sorted) { sorted_by_ = std::move(sorted); }

  Schema schema_;
  ScanCounters scan_counters_;

 private:
  QueryContext& context_;
  Reservation batches_;
  Schema sorted_by_;
  std::vector<std::unique_ptr<Operator>> children_;
  std::size_t depth_ = 1;
  double estimated_rows_ = 0;
  std::uint32_t solutions_ = 0;
  std::uint64_t rows_ = 0;
  std::chrono::nanoseconds time_{0};
  bool ended_ = false;
};
using OperatorPtr = std::unique_ptr<Operator>;

// The tree as text, a line an operator. `analyze` adds what happened.
std::string explain_plan(const Operator& root, const VariableTable& names, bool analyze);
// The same as values.
PlanStep plan_steps(const Operator& root, const VariableTable& names);
std::string variable_list(const Schema& schema, const VariableTable& names);

// Rows kept in memory, a vector a column; counted against the budget.
class RowTable {
 public:
  RowTable(QueryContext& context, std::size_t width, const char* what)
      : columns_(width), reservation_(context.budget(), what) {}
  void append(const Batch& batch);
  void append_row(const Batch& batch, std::size_t row);
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

// Chained hash index over some columns of a RowTable.
class RowIndex {
 public:
  RowIndex(QueryContext& context, const char* what) : reservation_(context.budget(), what) {}
  // Indexes all rows of the table; call again after rows were added.
  void build(const RowTable& table, const std::vector<int>& key_columns);
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  std::uint32_t first(std::uint64_t hash) const { return heads_.empty() ? kNone : heads_[hash & mask_]; }
  std::uint32_t following(std::uint32_t row) const { return links_[row]; }

 private:
  std::vector<std::uint32_t> heads_;
  std::vector<std::uint32_t> links_;
  std::uint64_t mask_ = 0;
  Reservation reservation_;
};

inline std::uint64_t combine_hash(std::uint64_t hash, Id id) {
  return hash_id(Id{hash * 31 + id.bits});
}

// A set of tuples with dense numbers, in order of arrival.
class TupleSet {
 public:
  TupleSet(QueryContext& context, std::size_t width, const char* what);
  // The number of the tuple; `added` tells whether it is new.
  std::uint32_t insert(const Id* tuple, bool& added);
  bool contains(const Id* tuple) const;
  std::size_t size() const { return size_; }
  const Id* tuple(std::uint32_t number) const { return tuples_.data() + std::size_t{number} * width_; }
  Id at(std::uint32_t number, std::size_t column) const {
    return tuples_[std::size_t{number} * width_ + column];
  }

 private:
  std::uint64_t hash(const Id* tuple) const;
  void grow();
  std::size_t width_;
  std::size_t size_ = 0;
  std::vector<Id> tuples_;
  std::vector<std::uint32_t> slots_;  // number + 1
  std::size_t accounted_ = 0;
  Reservation reservation_;
};

}  // namespace dossier
