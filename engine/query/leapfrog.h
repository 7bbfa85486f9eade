// Joins of patterns that form a cycle, variable by variable.
//
// Purpose: a triangle joined pattern by pattern passes through all paths of two edges, most of which close no
// triangle. Here each variable gets the nodes that all patterns around it allow, given those before it: the
// sorted neighbours of what is bound are intersected, so the work stays within the bound of the result that
// the sizes of the patterns permit. Neighbours come from adjacencies (path/adjacency.h), which are made at
// the first row and kept for other queries. Invariants: patterns have a constant predicate and two different
// variables, and read the same graphs; rows ascend by the variables in their order. Errors: LimitError
// (memory) when the edges have no room. Thread-safety: one query's thread.
// Source: T. L. Veldhuizen, Leapfrog Triejoin (2014); H. Q. Ngo, C. Re, A. Rudra, Skew strikes back (2013).
#pragma once

#include <vector>

#include "engine/path/adjacency.h"
#include "engine/query/operator.h"

namespace dossier {

struct LeapfrogPattern {
  std::size_t subject = 0;  // places in the order of the variables
  std::size_t object = 0;
  Id predicate;
};

// `order`: all variables; each but the first shares a pattern with one before it. `columns`: those to hand
// out.
OperatorPtr make_leapfrog_join(QueryContext& context, GraphScope scope, const Schema& order,
                               std::vector<LeapfrogPattern> patterns, const Schema& columns);

}  // namespace dossier
