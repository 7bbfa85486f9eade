// Which nodes a property path connects.
//
// Purpose: breadth-first search over the product of automaton and graph, from one end or from both. A search
// reads the index until queries have spent about as much there as holding the edges in memory would cost, and
// then goes on in memory; it begins there when the edges are in memory already. Once many searches have gone
// over the edges several times, they are condensed (path/closure.h), and further ones are answered from that.
// Invariants: each pair once; zero-length paths are given where the automaton accepts the empty word, whether
// or not the node is in the graph. A search starts anew each time and keeps its buffers. Memory is reserved
// from the query's budget; edges that have no room there stay in the index. Thread-safety: one thread.
// Source: SPARQL 1.2 Query Language section 18.4 (ALP).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/path/closure.h"
#include "engine/path/reach_frontier.h"

namespace dossier {

// In which directions a search goes.
struct Directions {
  bool forwards = false;   // from starts to ends
  bool backwards = false;  // from ends to starts
};

// The adjacencies that an automaton's labels need, of one scope.
class PathEdges {
 public:
  PathEdges(QueryContext& context, const PathAutomaton& automaton, const GraphScope& scope);
  bool held(Directions directions) const;  // without a look at what other queries keep
  bool build(Directions directions);       // false: no room
  bool stand(Directions directions);       // with such a look
  // Tells the queries' accounts of work in the index; is it time to build what does not stand?
  void spend(Directions directions, std::uint64_t nanoseconds);
  bool worthwhile(Directions directions);
  // For edges walked along (or against) their direction in such a search; null where it needs none.
  const Adjacency* get(Directions directions, bool against);

 private:
  bool needs(Directions directions, bool against) const {
    return (directions.forwards && labels_[against ? 1 : 0]) ||
           (directions.backwards && labels_[against ? 0 : 1]);
  }
  std::array<AdjacencyUse, 2> uses_;
  std::array<bool, 2> labels_{};  // is there one; by whether it is inverse
};

// A set of node numbers that is emptied at the cost of what is in it.
class NodeMarks {
 public:
  void resize(std::uint32_t nodes) { words_.resize((nodes + std::size_t{63}) / 64); }
  bool insert(std::uint32_t node) {  // false: it was there
    std::uint64_t& word = words_[node / 64];
    const std::uint64_t bit = std::uint64_t{1} << (node % 64);
    if ((word & bit) != 0) return false;
    word |= bit;
    nodes_.push_back(node);
    return true;
  }
  void clear() {
    for (std::uint32_t node : nodes_) words_[node / 64] = 0;
    nodes_.clear();
  }
  std::size_t memory() const {
    return words_.capacity() * sizeof(std::uint64_t) + nodes_.capacity() * sizeof(std::uint32_t);
  }

 private:
  std::vector<std::uint64_t> words_;
  std::vector<std::uint32_t> nodes_;
};

class ReachSearch {
 public:
  // Where a search begins: `automatic` in the index, unless the edges are in memory already.
  enum class Start : std::uint8_t { automatic, index, memory };
  ReachSearch(QueryContext& context, const PathAutomaton& automaton, GraphScope scope,
              Start start = Start::automatic);

  // The nodes that the path reaches from `start`; with `inverse` those it comes from, to `start` as its end.
  // `more` appends the next of them, level by level; false: there are no more.
  void begin(Id start, bool inverse);
  bool more(std::vector<Id>& out);
  void reach(Id start, bool inverse, std::vector<Id>& out);
  // Does the path lead from `start` to `end`? Searches from both ends, the cheaper level first.
  bool connects(Id start, Id end);
  // The nodes from which the path may set out (sorted): all nodes of the scope when it accepts the empty
  // word, else those with a first edge. With `inverse` those at which it may end.
  std::vector<Id> sources(bool inverse);

  // How many pairs of start and end there are; with `inverse` counted from the ends.
  std::uint64_t count(bool inverse = false);
  // About how many nodes have a first edge, or with `inverse` a last one.
  double estimated_starts(bool inverse) const;

  const SearchWork& work() const { return work_; }
  bool in_memory() const { return in_memory_; }
  // Known without looking: the edges in memory have the node, at one of their ends.
  bool knows(Id node) const;
  const PathClosure* condensed() const {  // null: nothing is
    return closures_[0] != nullptr ? closures_[0].get() : closures_[1].get();
  }

 private:
  IndexFrontier& in_index(bool inverse);
  AdjacencyFrontier& in_adjacency(bool inverse);
  bool wants_adjacency(Directions directions);
  PathClosure* closure(bool inverse);  // null: it is not worth its cost, or has no room
  PathClosure* condense(bool inverse);
  void enter_memory();  // what was given in the index is known there, too
  bool step_in_index(IndexFrontier& frontier, const IndexFrontier* other);
  bool is_end(std::uint32_t state, bool inverse) const {
    return inverse ? state == 0 : automaton_.accepting[state];
  }
  double next_edges(const IndexFrontier& frontier) const;
  void weigh();

  QueryContext& context_;
  const PathAutomaton& automaton_;
  GraphScope scope_;
  PathEdges edges_;
  SearchWork work_;
  std::uint64_t index_work_ = 0;  // in nanoseconds, by rule of thumb
  Start where_;
  std::uint64_t next_look_ = 0;  // how much of that until it is looked again what stands in memory
  bool adjacency_refused_ = false;
  bool in_memory_ = false;                                  // the present search, or the last one
  std::array<std::unique_ptr<IndexFrontier>, 2> in_index_;  // by direction
  std::array<std::unique_ptr<AdjacencyFrontier>, 2> in_adjacency_;
  std::array<std::vector<double>, 2> weights_;  // edges to follow from a node, by direction and state
  std::array<std::unique_ptr<PathClosure>, 2> closures_;
  bool closure_refused_ = false;
  // The search that `begin` began.
  PathClosure* closure_ = nullptr;  // what answers it
  Id start_;
  bool inverse_ = false;
  bool first_ = false;
  bool one_end_ = false;  // one state is an end: what it visits is visited once
  // What it has given, where several states are ends: by id in the index, by number in memory.
  IdSet results_;
  NodeMarks marked_;
  Reservation memory_;
};

}  // namespace dossier
