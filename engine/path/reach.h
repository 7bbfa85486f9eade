// Which nodes a property path connects.
//
// Purpose: breadth-first search over the product of automaton and graph, level by level. The nodes of a level
// are sorted and merged with one sorted scan a label, so a small level seeks and a large one reads the index
// once. Invariants: each pair once; zero-length paths are given where the automaton accepts the empty word,
// whether or not the node is in the graph. A search starts anew each time and keeps its buffers. Memory is
// reserved from the query's budget; cancellation and deadline are checked once a scanned block.
// Thread-safety: one thread.
// Source: SPARQL 1.2 Query Language section 18.4 (ALP).
#pragma once

#include <cstdint>
#include <vector>

#include "engine/path/adjacency.h"
#include "engine/path/automaton.h"
#include "engine/query/context.h"

namespace dossier {

// An open-addressing set of ids.
class IdSet {
 public:
  bool insert(Id id);  // false: it was there
  bool contains(Id id) const;
  std::size_t size() const { return size_; }
  std::size_t memory() const { return slots_.size() * sizeof(Id); }
  void clear();

 private:
  void grow();
  std::vector<Id> slots_;
  std::size_t size_ = 0;
};

class ReachSearch {
 public:
  ReachSearch(QueryContext& context, const PathAutomaton& automaton, GraphScope scope);

  // Appends the nodes that the path reaches from `start`; with `inverse` those it comes from, to `start` as
  // its end.
  void reach(Id start, bool inverse, std::vector<Id>& out);
  // Does the path lead from `start` to `end`? Searches from both ends, the smaller level first.
  bool connects(Id start, Id end);
  // The nodes from which the path may set out (sorted): all nodes of the scope when it accepts the empty
  // word, else those with a first edge. With `inverse` those at which it may end.
  std::vector<Id> sources(bool inverse);

  std::uint64_t edges() const { return edges_; }  // touched so far

 private:
  // One direction of a search: visited and newest nodes by state.
  struct Side {
    bool inverse = false;
    std::vector<IdSet> visited;
    std::vector<std::vector<Id>> level;
    std::size_t level_size = 0;
  };

  void begin(Side& side, Id node, bool inverse);
  // Goes one level on. `found(state, node)` for each new pair; returning true stops.
  template <typename Found>
  bool step(Side& side, Found&& found);
  // Calls `edge(neighbour)` for each edge with this label from the nodes of `sorted`; stops when it returns
  // true.
  template <typename Edge>
  bool expand(const std::vector<Id>& sorted, const PathLabel& label, bool inverse, Edge&& edge);
  void account(const Side& side);

  QueryContext& context_;
  const PathAutomaton& automaton_;
  GraphScope scope_;
  bool one_graph_store_;  // all quads lie in the scope: no need to look at the graph column
  Side ahead_;
  Side back_;
  IdSet results_;
  Reservation memory_;
  std::uint64_t edges_ = 0;
};

}  // namespace dossier
