// OPTIONAL, MINUS and EXISTS by merging two inputs that are sorted alike.
//
// Purpose: each row of the left is set beside the rows of the right that have the same value of one variable,
// the only one that they share: no hash table, and nothing kept but a run of the right that goes on in its
// next batch. A `left` join hands such pairs out, and rows without a partner with the right's columns
// unbound; `minus` hands out the rows of the left without a partner, `semi` those with one. Invariants: both
// inputs are sorted by the variable first and always bind it; the order of the left survives. Thread-safety:
// one query's thread.
#pragma once

#include "engine/query/operator.h"

namespace dossier {

enum class MatchKind : std::uint8_t { left, minus, semi };

// Are both sorted by `key` first, and is reading all of the right cheaper than looking up what the left asks
// for?
bool merge_pays(const Operator& left, const Operator& right, Variable key);

OperatorPtr make_match_merge(QueryContext& context, OperatorPtr left, OperatorPtr right, Variable key,
                             MatchKind kind);

}  // namespace dossier
