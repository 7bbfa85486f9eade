// The edges that the pattern of VIA gives.
//
// Purpose: each distinct solution of the pattern is an edge from one of its variables to another, so that
// dated events between the same two nodes are edges side by side. Invariants: rows are sorted by their ids,
// the ends first; an edge is told by the number of its row, which stands in the place of its predicate.
// Errors: QueryError when a solution leaves an end without a value, or its cost is no number or less than
// nothing. Thread-safety: one thread.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "engine/path/product.h"

namespace dossier {

class ViaEdges final : public EdgeSource {
 public:
  static constexpr Id kStep{2};  // what the automaton reads of every edge

  // `names` of the columns: the ends first.
  ViaEdges(QueryContext& context, std::vector<std::string> names, std::optional<std::size_t> ascending,
           std::optional<std::size_t> cost);

  void add(const Id* row);
  void finish();  // all rows are there

  void read(Id node, const PathLabel& label, bool backwards, std::vector<PathEdge>& edges) override;
  Id letter(const PathEdge&) const override { return kStep; }
  bool ordered() const override { return ascending_.has_value(); }
  Id value(const PathEdge& edge) const override { return at(edge.predicate.bits, *ascending_); }
  bool may_follow(Id earlier, Id later) override;
  const Number& cost(const PathEdge& edge) const override { return costs_[edge.predicate.bits]; }
  bool exact_costs() const override { return exact_costs_; }
  double expected(const PathLabel&, bool backwards) const override { return mean_[backwards ? 1 : 0]; }

  bool has_costs() const { return cost_.has_value(); }
  std::vector<Id> ends(bool targets) const;  // sorted
  // The solution of the edge as a map: a composite (query/local_terms.h).
  Id map(const PathEdge& edge);

 private:
  Id at(std::uint64_t row, std::size_t column) const { return rows_[row * names_.size() + column]; }

  QueryContext& context_;
  std::vector<std::string> names_;
  std::optional<std::size_t> ascending_;
  std::optional<std::size_t> cost_;
  std::vector<std::size_t> by_name_;  // columns in the order of their names
  std::vector<Id> keys_;              // the names as terms, once they are asked for
  std::vector<Id> rows_;
  std::vector<std::uint32_t> by_target_;
  std::vector<Number> costs_;
  bool exact_costs_ = true;
  std::size_t count_ = 0;
  std::array<double, 2> mean_{};  // edges that leave a node with any, and that enter one
  Reservation memory_;
};

}  // namespace dossier
