// The order of joins, by cost.
//
// Purpose: given the inputs of one join group with their sizes, finds a tree of scans and joins. Up to
// kExactInputs inputs all trees are tried (or, when their number is too large, all in which one input is
// added at a time). Beyond, a greedy order comes first, and then the best tree over that order, each subtree
// a run of it; so stars are joined by themselves before they meet, where that pays. Ways that are sorted
// differently are kept side by side, since a merge join above may pay for a dearer scan below. The rows of a
// set of inputs are estimated once, whatever way joins them. Cost is in nanoseconds. Invariant: what comes
// out depends on the order of the inputs only where costs are equal; the caller puts them in an order of
// their own. Time is bounded: the greedy order takes the square of the number of inputs, which is at most
// kMostInputs, and the best tree over it the cube of at most kTreeInputs. Thread-safety: free functions on
// values.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "engine/query/pattern_scan.h"

namespace dossier {

inline constexpr std::size_t kExactInputs = 8;
inline constexpr std::size_t kTreeInputs = 64;
inline constexpr std::size_t kMostInputs = 1000;
inline constexpr std::size_t kMostVariables = 2048;  // that inputs share

using SortedVariables = std::vector<Variable>;  // ascending, unique

struct JoinInput {
  enum class Kind : std::uint8_t { pattern, path, other };
  Kind kind = Kind::other;
  SortedVariables variables;  // that it may bind
  SortedVariables certain;    // that it always binds
  double rows = 0;
  double cost = 0;    // of all its rows (other), or the nodes of a search from one (path)
  double spread = 0;  // rows of the index that its rows are looked up among (pattern)
  std::vector<std::pair<Variable, double>> distinct;  // ascending by variable
  // The edges of the pattern that stand in memory: what they are looked up by, if that is a variable.
  struct Held {
    bool from_subject = false;
    bool from_object = false;
    std::optional<Variable> subject, object;
  };
  Held held;
  // patterns
  struct Scan {
    AccessPath path;
    double cost = 0;
    Schema sorted;
  };
  std::vector<Scan> scans;
  // paths
  std::optional<Variable> subject, object;  // free ends
  bool has_constant_end = false;

  double distinct_of(Variable variable) const;  // no more than its rows
  void set_distinct(Variable variable, double count);
};

// What leaves fewer rows once all of its variables are bound.
struct JoinFilter {
  SortedVariables variables;
  double selectivity = 1;
};

// What was found out about some inputs: joined, they have so many times the rows that the sizes of their
// parts say.
struct Correction {
  std::vector<std::size_t> inputs;  // ascending
  double factor = 1;
};

struct JoinStep {
  // How the rows come about. `index` and `path` look up or search the one pattern or path `input` for each
  // row of `left`; `merge` and `table` join two steps, `table` with those of `right` in a hash table.
  enum class Kind : std::uint8_t { scan, merge, table, index, path };
  Kind kind = Kind::scan;
  std::size_t left = 0;  // steps before this one
  std::size_t right = 0;
  std::size_t input = 0;
  std::size_t scan = 0;  // of a pattern that is scanned
  Variable key = 0;      // merge join
  double joined = 0;     // estimated rows, before the filters that it makes possible
  double rows = 0;       // and after them
};

struct JoinOrder {
  std::vector<JoinStep> steps;  // each after those it joins; the last is the whole
  double cost = 0;
};

// Throws LimitError for more than kMostInputs inputs, and when the query is cancelled or out of time.
// Precondition: there is an input.
JoinOrder order_joins(const std::vector<JoinInput>& inputs, const std::vector<JoinFilter>& filters,
                      const std::vector<Correction>& corrections, const QueryContext& context);

// The rows of these inputs, joined one after the other, as the order of joins takes them to be.
double expected_rows(const std::vector<JoinInput>& inputs, const std::vector<JoinFilter>& filters,
                     const std::vector<Correction>& corrections, const std::vector<std::size_t>& sequence);

// Adds the variables of `more` to `to`.
void add_variables(SortedVariables& to, const SortedVariables& more);

}  // namespace dossier
