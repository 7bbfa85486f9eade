// Paths as the definitions have them, by enumeration: the reference for the searches of the engine.
//
// Purpose: every walk of a small graph up to a length, whether an expression matches it, whether a mode
// allows it, and what a selector takes of those between two nodes. Nothing is shared with the engine but the
// syntax tree. Invariants: an edge is a triple, once; a walk is a start and a sequence of edges.
// Thread-safety: values and free functions.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "grammar/ast.h"

namespace dossier::paths {

struct Edge {
  std::string subject, predicate, object;  // IRIs
  friend auto operator<=>(const Edge&, const Edge&) = default;
};

struct Walk {
  std::vector<std::string> nodes;  // one more than edges
  std::vector<Edge> edges;
  friend auto operator<=>(const Walk&, const Walk&) = default;
};

bool matches(const grammar::Path& path, const Walk& walk);
bool allows(grammar::PathSearch::Mode mode, const Walk& walk);
// The length of the longest match; kUnbounded when there is none.
std::uint64_t longest(const grammar::Path& path);

struct Walks {
  std::vector<Walk> all;
  std::size_t length = 0;  // up to which all of them are there
  bool whole = false;      // there is no longer one
};
// The walks of the mode from a node, up to some length where they get too many.
Walks walks(const std::vector<Edge>& graph, const std::string& start, grammar::PathSearch::Mode mode);

// What the selector takes of the paths between one pair of nodes, which come in its order. ANY takes all, for
// the caller to see how many it may take.
std::vector<Walk> select(const grammar::PathSearch& search, const std::vector<Walk>& between);

}  // namespace dossier::paths
