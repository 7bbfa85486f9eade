// One direction of a breadth-first search over the product of automaton and graph.
//
// Purpose: the two ways to walk: IndexFrontier reads edges from the index and keeps hash sets of ids;
// AdjacencyFrontier reads an Adjacency and keeps bitmaps of node numbers. Both go level by level; a search
// that grows begins with the first and goes on with the second. In the index the nodes of a level are sorted
// and merged with one sorted scan a label, so a small level seeks and a large one reads the index once; in
// memory the labels that lead from a state to the same next one are read together. Invariants: a pair of node
// and state is visited once. A search may begin anew at any time and keeps its buffers; it costs what it
// visits, not what the automaton or the graph could hold. Memory is reserved from the query's budget;
// cancellation and deadline are checked once a scanned block, or every few thousand edges. Thread-safety: one
// thread.
#pragma once

#include <cstdint>
#include <map>
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
  template <typename Take>
  void each(Take&& take) const {
    for (Id id : slots_)
      if (id.is_bound()) take(id);
  }

 private:
  void grow();
  std::vector<Id> slots_;
  std::size_t size_ = 0;
};

// What searches did, for explain and for tests that assert work.
struct SearchWork {
  std::uint64_t edges = 0;    // touched
  std::uint64_t levels = 0;   // of all searches together
  std::uint64_t largest = 0;  // level, in pairs of node and state
  void add_level(std::size_t size) {
    ++levels;
    if (size > largest) largest = size;
  }
};

class IndexFrontier {
 public:
  // `inverse`: from the ends of paths to their starts. What is referred to outlives it.
  IndexFrontier(QueryContext& context, const PathAutomaton& automaton, const GraphScope& scope, bool inverse,
                SearchWork& work);

  bool inverse() const { return inverse_; }
  void begin(Id node);
  // Goes one level on. With `other`, what comes from the other end: returns true as soon as they meet.
  bool step(const IndexFrontier* other = nullptr);
  const std::vector<std::uint32_t>& active() const {
    return active_;
  }  // states with nodes in the newest level
  const std::vector<Id>& level(std::uint32_t state) const { return level_[state]; }
  bool contains(std::uint32_t state, Id node) const { return visited_[state].contains(node); }

 private:
  friend class AdjacencyFrontier;
  // Calls `edge(neighbour)` for each edge with this label from the nodes of `sorted`; stops when it returns
  // true.
  template <typename Edge>
  bool expand(const std::vector<Id>& sorted, const PathLabel& label, Edge&& edge);
  bool visit(std::uint32_t state, Id node);  // false: it was visited
  void account(std::uint32_t state);

  QueryContext& context_;
  const PathAutomaton& automaton_;
  const GraphScope& scope_;
  bool inverse_;
  bool whole_store_;
  SearchWork& work_;
  // By state:
  std::vector<IdSet> visited_;
  std::vector<std::vector<Id>> level_;
  std::vector<std::vector<Id>> next_;
  std::vector<std::size_t> bytes_;
  std::vector<std::uint32_t> active_;
  std::vector<std::uint32_t> next_active_;
  std::vector<std::uint32_t> touched_;  // states with visited nodes
  std::size_t total_bytes_ = 0;
  Reservation memory_;
};

// The edges of adjacencies that lead on from a state.
class AdjacencySteps {
 public:
  struct Step {
    enum class Kind : std::uint8_t { all, one, some };
    Kind kind = Kind::all;
    const Adjacency* edges = nullptr;
    std::uint32_t predicate = 0;                // one
    const std::vector<bool>* chosen = nullptr;  // some: by predicate
    std::vector<std::uint32_t> states;          // the next
  };

  // `along` and `against` the edges' direction; either may be null where no label needs it.
  AdjacencySteps(const PathAutomaton& automaton, bool inverse, const Adjacency* along,
                 const Adjacency* against);
  const std::vector<Step>& from(std::uint32_t state) const { return steps_[state]; }
  const AdjacencyNodes& nodes() const { return *nodes_; }

  static std::span<const std::uint32_t> targets(const Step& step, std::uint32_t node) {
    return step.kind == Step::Kind::one ? step.edges->targets(node, step.predicate)
                                        : step.edges->targets(node);
  }
  // Of those targets, where only some are chosen.
  static std::span<const std::uint32_t> predicates(const Step& step, std::uint32_t node) {
    return step.kind == Step::Kind::some ? step.edges->target_predicates(node)
                                         : std::span<const std::uint32_t>();
  }
  // Calls `visit(target)` for each edge of the step from the node, until it returns true; the number of edges
  // looked at.
  template <typename Visit>
  static std::size_t follow(const Step& step, std::uint32_t node, Visit&& visit) {
    const auto all = targets(step, node);
    const auto kinds = predicates(step, node);
    for (std::size_t i = 0; i < all.size(); ++i)
      if ((kinds.empty() || (*step.chosen)[kinds[i]]) && visit(all[i])) return i + 1;
    return all.size();
  }
  std::uint64_t edges() const;  // of all states together, at most
  // About how many edges lead on from the first of these nodes, taken for all of them.
  double weight(std::uint32_t state, std::span<const std::uint32_t> nodes) const;

 private:
  struct Choice {
    Step::Kind kind = Step::Kind::all;
    std::uint32_t predicate = 0;
    std::vector<bool> chosen;
    std::size_t count = 0;
  };
  const Choice& choice(const PathAutomaton& automaton, const Adjacency& edges,
                       const std::vector<std::uint32_t>& labels);

  const AdjacencyNodes* nodes_ = nullptr;
  std::map<std::pair<const Adjacency*, std::vector<std::uint32_t>>, Choice> choices_;  // by labels
  std::vector<std::vector<Step>> steps_;                                               // by state
};

class AdjacencyFrontier {
 public:
  AdjacencyFrontier(QueryContext& context, const PathAutomaton& automaton, bool inverse,
                    const Adjacency* along, const Adjacency* against, SearchWork& work);

  void begin(Id node);
  void take_over(const IndexFrontier& other);
  bool step(const AdjacencyFrontier* other = nullptr);  // as that of IndexFrontier
  const std::vector<std::uint32_t>& active() const { return active_; }
  std::span<const std::uint32_t> level(std::uint32_t state) const {
    const Part& part = parts_[state];
    return {part.nodes.data() + part.level, part.nodes.data() + part.end};
  }
  bool contains(std::uint32_t state, std::uint32_t node) const {
    const auto& marks = parts_[state].marks;
    return !marks.empty() && (marks[node / 64] >> (node % 64) & 1) != 0;
  }
  const AdjacencyNodes& nodes() const { return steps_.nodes(); }
  const AdjacencySteps& steps() const { return steps_; }
  double next_edges() const {  // about how many the next level touches
    double edges = 0;
    for (std::uint32_t state : active_) edges += steps_.weight(state, level(state));
    return edges;
  }

 private:
  struct Part {                        // of one state
    std::vector<std::uint64_t> marks;  // bitmap of the visited nodes; empty: none yet
    std::vector<std::uint32_t> nodes;  // the visited nodes, level by level
    std::size_t level = 0;             // where the newest level begins and ends
    std::size_t end = 0;
    std::size_t bytes = 0;
    bool touched = false;
    bool visit(std::uint32_t node) {  // false: it was visited
      std::uint64_t& word = marks[node / 64];
      const std::uint64_t bit = std::uint64_t{1} << (node % 64);
      if ((word & bit) != 0) return false;
      word |= bit;
      nodes.push_back(node);
      return true;
    }
  };
  void clear();
  Part& touch(std::uint32_t state);  // with room for visits
  void end_level();

  QueryContext& context_;
  const PathAutomaton& automaton_;
  bool inverse_;
  AdjacencySteps steps_;
  SearchWork& work_;
  std::vector<Part> parts_;
  std::vector<std::uint32_t> active_;
  std::vector<std::uint32_t> touched_;  // states with marks
  std::vector<std::uint32_t> stepped_;  // states that this level may have added to
  std::size_t total_bytes_ = 0;
  Reservation memory_;
};

}  // namespace dossier
