// The order of joins, by cost.
//
// Purpose: given the inputs of one join group with their sizes, finds a left-deep order of scans and joins:
// dynamic programming over subsets up to kExactInputs inputs, greedy beyond. Orders that are sorted
// differently are kept side by side, since a merge join above may pay for a dearer scan below. Cost is in
// rows read in order (some 5 ns each); the other constants are relative to that. Time is bounded: the greedy
// way takes the square of the number of inputs, which is at most kMostInputs. Thread-safety: free functions
// on values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "engine/query/pattern_scan.h"

namespace dossier {

inline constexpr std::size_t kExactInputs = 9;
inline constexpr std::size_t kMostInputs = 1000;

using SortedVariables = std::vector<Variable>;  // ascending, unique

struct JoinInput {
  enum class Kind : std::uint8_t { pattern, path, other };
  Kind kind = Kind::other;
  SortedVariables variables;  // that it may bind
  SortedVariables certain;    // that it always binds
  double rows = 0;
  double cost = 0;  // of all its rows (other), or of a search from one node (path)
  std::map<Variable, double> distinct;
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
};

struct JoinStep {
  // How the input is joined with what stands already; `first`: nothing does.
  enum class Kind : std::uint8_t { first, merge, table, table_flipped, index, path };
  Kind kind = Kind::first;
  std::size_t input = 0;
  std::size_t scan = 0;  // of a pattern that is scanned
  Variable key = 0;      // merge join
  double rows = 0;       // estimated, after this step
};

struct JoinOrder {
  std::vector<JoinStep> steps;  // one for each input, in the order they are carried out
  double cost = 0;
};

// Throws LimitError for more than kMostInputs inputs, and when the query is cancelled or out of time.
// Precondition: there is an input.
JoinOrder order_joins(const std::vector<JoinInput>& inputs, const QueryContext& context);

// Adds the variables of `more` to `to`.
void add_variables(SortedVariables& to, const SortedVariables& more);

}  // namespace dossier
