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
//  - Parallel work (parallel.h): an operator whose rows come from a leading scan, one after the other, may be
//  copied
//    for ranges of that scan. `leading()` is the variable whose values the ranges are of, `ranges` cuts them,
//    `copy` makes an operator for one range in the context of a thread: all copies give the rows of this one,
//    in the order of their ranges. `prepare` comes first: it makes what all copies read (the table of a hash
//    join).
// Ownership: a parent owns its children. Thread-safety: one thread; copies, one each.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/dossier.h"
#include "engine/model/id_run.h"
#include "engine/query/algebra.h"
#include "engine/query/batch.h"
#include "engine/query/context.h"
#include "engine/query/row_table.h"

namespace dossier {

// The rows of a leading scan from `low` to `high`, both included.
struct KeyRange {
  Id low = kMinId;
  Id high = kMaxId;
};

class Operator {
 public:
  Operator(QueryContext& context, Schema schema)
      : schema_(std::move(schema)), context_(context), batches_(context.budget(), "batches") {
    weight_ = column(kWeight);
  }
  virtual ~Operator() = default;
  Operator(const Operator&) = delete;
  Operator& operator=(const Operator&) = delete;

  bool next(Batch& batch);

  const Schema& schema() const { return schema_; }
  const Schema& sorted_by() const { return sorted_by_; }
  int column(Variable variable) const;  // -1: not in the schema
  double estimated_rows() const { return estimated_rows_; }
  void set_estimated_rows(double rows) { estimated_rows_ = rows; }
  // Of all its rows, what is below it included, in nanoseconds; 0: nobody has told.
  double estimated_cost() const { return estimated_cost_; }
  void set_estimated_cost(double cost) { estimated_cost_ = cost; }
  // Names the solutions that the rows stand for, for BNODE(label): operators of the same number hand out the
  // same solutions in the same order. 0: nothing is known.
  std::uint32_t solutions() const { return solutions_; }
  void set_solutions(std::uint32_t number) { solutions_ = number; }

  // kNoVariable: there are no copies.
  virtual Variable leading() const { return kNoVariable; }
  // Ranges of about the same size, in the order of the rows; fewer than two: the work is not worth to be
  // shared.
  virtual std::vector<KeyRange> ranges(std::size_t /*parts*/) { return {}; }
  // False: there are no copies after all. To be called before the first row, once.
  virtual bool prepare() { return true; }
  virtual std::unique_ptr<Operator> copy(QueryContext& /*thread*/, const KeyRange& /*range*/) const {
    return nullptr;
  }
  // Adds what a copy did to what this one did.
  void absorb(const Operator& copy);

  // Tells that solutions whose id of the variable is in the run are of no more use to the caller: they may be left out
  // from now on.
  virtual void narrow(Variable /*variable*/, const IdRun& /*useless*/) {}

  // Sets it and what is below it back to before the first row, to be asked again in the same snapshot: what was found, counted and
  // let go is forgotten, what was planned stays. False: it cannot be set back, and is of no more use.
  bool rewind();

  virtual std::string name() const = 0;
  // What the line of explain says behind the name; variables by their names.
  virtual std::string details(const VariableTable&) const { return {}; }
  std::vector<const Operator*> children() const;

  // For explain and analyze.
  std::uint64_t rows() const { return rows_; }
  bool ended() const { return ended_; }
  std::chrono::nanoseconds time() const { return time_; }
  const ScanCounters& scan_counters() const { return scan_counters_; }
  // The innermost operator whose `next` has begun and was left by an exception; itself when there is none.
  const Operator& at_work() const;

 protected:
  virtual bool produce(Batch& batch) = 0;
  // What `rewind` is for the operator itself; its inputs are set back already. Nothing that grew with the data stays, nor edges in
  // memory, which are the cache's.
  virtual bool restart() { return false; }
  QueryContext& context() { return context_; }
  // Throws LimitError when the tree gets deeper than kMaxPlanDepth.
  Operator& add_child(std::unique_ptr<Operator> child);
  // Counts the batch that this operator keeps for the rows of a child. One that hands its caller's batch on
  // keeps none.
  void keep_batch(const Operator& child) { batches_.add(child.schema().size() * kBatchRows * sizeof(Id)); }
  Operator& child(std::size_t i = 0) { return *children_[i]; }
  const Operator& child(std::size_t i = 0) const { return *children_[i]; }
  void set_sorted_by(Schema sorted) { sorted_by_ = std::move(sorted); }
  // As the input is, as far as its columns are in the schema.
  void set_sorted_as(const Operator& input);

  Schema schema_;
  ScanCounters scan_counters_;

 private:
  QueryContext& context_;
  Reservation batches_;
  Schema sorted_by_;
  std::vector<std::unique_ptr<Operator>> children_;
  std::size_t depth_ = 1;
  double estimated_rows_ = 0;
  double estimated_cost_ = 0;
  std::uint32_t solutions_ = 0;
  std::uint64_t rows_ = 0;  // weights count
  int weight_ = -1;         // the column
  std::chrono::nanoseconds time_{0};
  bool ended_ = false;
  bool working_ = false;  // in `next`
};
using OperatorPtr = std::unique_ptr<Operator>;

// The tree as text, a line an operator. `analyze` adds what happened.
std::string explain_plan(const Operator& root, const VariableTable& names, bool analyze);
// The same as values.
PlanStep plan_steps(const Operator& root, const VariableTable& names);
std::string variable_list(const Schema& schema, const VariableTable& names);

}  // namespace dossier
