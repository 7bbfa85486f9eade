// The order of joins, by cost.
//
// Purpose: given the inputs of one join group with their sizes, finds a left-deep tree of scans and joins:
// dynamic programming over subsets up to kExactInputs inputs, greedy beyond. Trees that are sorted
// differently are kept side by side, since a merge join above may pay for a dearer scan below. Cost is in
// rows read in order (some 5 ns each); the other constants are relative to that. Thread-safety: free
// functions on values.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "engine/query/pattern_scan.h"

namespace dossier {

inline constexpr std::size_t kExactInputs = 9;

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

struct JoinTree {
  enum class Kind : std::uint8_t { input, merge, table, table_flipped, index, path };
  Kind kind = Kind::input;
  std::shared_ptr<const JoinTree> left;
  std::size_t input = 0;  // the leaf, or the right side
  std::size_t scan = 0;   // of a pattern that is scanned
  std::vector<bool> used;
  double rows = 0;
  double cost = 0;
  Schema sorted;
  SortedVariables variables;
  SortedVariables certain;
  std::map<Variable, double> distinct;
  Variable key = 0;  // merge join
};

std::shared_ptr<const JoinTree> order_joins(const std::vector<JoinInput>& inputs);

SortedVariables shared(const SortedVariables& a, const SortedVariables& b);

}  // namespace dossier
