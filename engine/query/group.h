// Grouping and aggregates, sorting, top-k.
//
// Purpose: `make_group` numbers the groups by their keys (a hash table; runs of equal keys, which sorted
// input has, need no look-up) and feeds the aggregates a batch at a time; over a long scan several threads do
// so, each with groups of its own, and these are merged. `make_sort` orders all rows by compare_order; with a
// limit it keeps no more rows than that in a heap. Invariants: without keys there is exactly one group, also
// for no input. The sort is stable. Thread-safety: one query's thread.
#pragma once

#include <optional>
#include <vector>

#include "engine/query/row_operators.h"

namespace dossier {

struct AggregatePlan {
  const grammar::Expression* expression = nullptr;
  Variable output = 0;
  std::vector<CompiledExpression> arguments;  // none: COUNT(*)
  bool whole_row = false;                     // COUNT(DISTINCT *)
  Variable column = kNoVariable;  // the argument when it is the only one and a variable of the input
};

OperatorPtr make_group(QueryContext& context, OperatorPtr input, Schema keys,
                       std::vector<AggregatePlan> aggregates);

struct SortKey {
  Variable variable = 0;
  bool descending = false;
};
OperatorPtr make_sort(QueryContext& context, OperatorPtr input, std::vector<SortKey> keys,
                      std::optional<std::uint64_t> limit);

}  // namespace dossier
