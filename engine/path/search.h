// The search for paths as values.
//
// Purpose: the paths between a start and an end, from a start to any end, or from any start to an end, as a
// selector and a mode choose them. A path is its start and its sequence of edges. Modes restrict first, then
// the selector selects for each pair of start and end. The ways:
//  - k shortest walks: breadth-first, each place of the product k times at most;
//  - groups of walks by length (ALL SHORTEST, all bounded walks): breadth-first, each place in k levels at
//    most, with the edges into it; paths are read off the levels backwards, so no branch is hopeless;
//  - both of them between two ends: from either end in turn (Frontier);
//  - restricted paths by length (TRAIL, ACYCLIC, SIMPLE between two ends): likewise while there is room, then
//    depth-first, bound by bound, entering only what the distance to the end leaves a chance;
//  - all restricted paths: depth-first, once; entering only what can reach the end, where there is one;
//  - the cheapest: best first.
// Invariants: paths come on demand, one by one, each once. SHORTEST k takes the first in the order of length
// and then of the edges one after the other, each by the ids of its subject, predicate and object. Memory is
// reserved from the query's budget; cancellation and deadline are checked in every loop. Thread-safety: one
// thread.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/path/product.h"

namespace dossier {

struct FoundPath {
  Id start;
  Id end;
  std::vector<PathEdge> edges;  // in the order of travel

  std::vector<Id> nodes() const;  // start and end included
};

// One of the ways above.
class PathEnumerator {
 public:
  virtual ~PathEnumerator() = default;
  // Paths from the node; with `end` those that end there. Walks have an end, or none, by what they were made
  // for.
  virtual void begin(Id start, std::optional<Id> end) = 0;
  // Finds the next path; false: there is none.
  virtual bool next(FoundPath& path) = 0;
};

// From a node to any other. `any`: those of one length need not be the first by their edges.
std::unique_ptr<PathEnumerator> make_shortest_walks(QueryContext& context, const PathAutomaton& automaton,
                                                    EdgeSource& source, bool inverse, std::uint64_t paths,
                                                    bool any);
std::unique_ptr<PathEnumerator> make_walk_groups(QueryContext& context, const PathAutomaton& automaton,
                                                 EdgeSource& source, bool inverse, std::uint64_t groups);
// Between two ends.
std::unique_ptr<PathEnumerator> make_walks_between(QueryContext& context, const PathAutomaton& automaton,
                                                   EdgeSource& source, std::uint64_t paths, bool any);
std::unique_ptr<PathEnumerator> make_groups_between(QueryContext& context, const PathAutomaton& automaton,
                                                    EdgeSource& source, std::uint64_t groups);
struct RestrictedChoice {
  grammar::PathSearch::Mode mode;
  bool all = false;       // else the shortest, between two ends
  bool by_group = false;  // `most` counts lengths, not paths
  std::uint64_t most = 1;
};
std::unique_ptr<PathEnumerator> make_restricted_paths(QueryContext& context, const PathAutomaton& automaton,
                                                      EdgeSource& source, bool inverse,
                                                      const RestrictedChoice& choice);
// The shortest between two ends.
std::unique_ptr<PathEnumerator> make_restricted_between(QueryContext& context, const PathAutomaton& automaton,
                                                        EdgeSource& source, const RestrictedChoice& choice);

// The cheapest first, then the shorter, then by edges. `most` of each pair of start and end.
std::unique_ptr<PathEnumerator> make_cheapest_paths(QueryContext& context, const PathAutomaton& automaton,
                                                    EdgeSource& source, bool inverse,
                                                    grammar::PathSearch::Mode mode, std::uint64_t most);

class PathSearch {
 public:
  // Automaton and edges outlive the search.
  PathSearch(QueryContext& context, const PathAutomaton& automaton, EdgeSource& source,
             const grammar::PathSearch& what);

  // Are paths to an end searched from every start that there is to it?
  static bool needs_starts(const grammar::PathSearch& what);

  void between(Id start, Id end);
  void from(Id start);
  void to(Id end);
  bool next(FoundPath& path);

 private:
  bool takes_any() const {
    return selector_ == grammar::PathSearch::Selector::any ||
           selector_ == grammar::PathSearch::Selector::any_shortest;
  }
  std::unique_ptr<PathEnumerator> make(bool inverse) const;
  std::unique_ptr<PathEnumerator> make_between() const;
  PathEnumerator& ahead();
  PathEnumerator& back();
  PathEnumerator& both();
  void one_by_one(Id node, bool others_are_starts);

  QueryContext& context_;
  const PathAutomaton& automaton_;
  EdgeSource& source_;
  grammar::PathSearch::Selector selector_;
  grammar::PathSearch::Mode mode_;
  std::uint64_t count_;
  bool needs_starts_;
  std::unique_ptr<PathEnumerator> ahead_;
  std::unique_ptr<PathEnumerator> back_;
  std::unique_ptr<PathEnumerator> both_;
  PathEnumerator* current_ = nullptr;
  bool reversed_ = false;  // what `current_` finds is to be turned round
  // Ends, or starts, that are searched one after the other.
  bool one_by_one_ = false;
  bool others_are_starts_ = false;
  Id fixed_;
  std::unique_ptr<PathEnumerator> others_;  // walks to them
};

}  // namespace dossier
