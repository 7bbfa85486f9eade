// What every node reaches by a path.
//
// Purpose: for many starts, or all of them, searching anew each time goes the same ways again and again. The
// product of automaton and graph is condensed once: its strongly connected components, and which lead to
// which. What a start reaches is then read off the components, and how many pairs there are is counted
// without listing them. Invariants: components are numbered so that each leads to smaller numbers only; each
// pair once. Memory is reserved from the query's budget (LimitError when there is no room); cancellation is
// checked in every loop; nothing recurses. Thread-safety: one thread. Source: R. Tarjan, Depth-first search
// and linear graph algorithms (1972).
#pragma once

#include <cstdint>
#include <vector>

#include "engine/path/reach_frontier.h"

namespace dossier {

class PathClosure {
 public:
  // `inverse`: starts are the ends of paths, and what they reach the starts. The adjacencies outlive it.
  PathClosure(QueryContext& context, const PathAutomaton& automaton, bool inverse, const Adjacency* along,
              const Adjacency* against);

  // Appends the nodes that a path from `start` ends at. A node without edges of the path reaches nothing
  // here: the path of no step is the caller's affair for such nodes.
  void reach(Id start, std::vector<Id>& out);
  bool connects(Id start, Id end);
  // The number of pairs of a node that has edges of the path and one that it reaches.
  std::uint64_t count();

  const AdjacencyNodes& nodes() const { return steps_.nodes(); }
  std::uint32_t components() const { return static_cast<std::uint32_t>(cyclic_.size()); }
  std::uint64_t all_links() const { return links_.size(); }  // between components
  std::uint64_t edges() const { return edges_; }             // touched while condensing

 private:
  using Component = std::uint32_t;
  using Place = std::uint32_t;  // a state and a node
  static constexpr std::uint32_t kFinished = 0x80000000;
  static constexpr std::size_t kBlockWords = 8;

  // Where the visit of a place stands: which of its edges comes next.
  struct Visit {
    std::uint32_t state = 0;
    std::uint32_t node = 0;
    std::uint32_t low = 0;   // the earliest place on the stack that it leads to
    std::uint32_t step = 0;  // the next
    std::span<const std::uint32_t> targets;
    std::span<const std::uint32_t> predicates;  // empty: all edges count
    std::uint32_t edge = 0;
    std::uint32_t branch = 0;  // of the states that the step leads to
  };
  // What is needed while condensing alone.
  struct Work {
    std::vector<Visit> visits;
    std::vector<Place> stack;
    std::vector<Place> order;  // places by component
    std::vector<std::uint32_t> bounds{0};
  };
  // Starts that reach the same: the components that they stand in.
  struct Group {
    std::vector<Component> from;
    std::uint64_t starts = 0;
  };

  Place place(std::uint32_t state, std::uint32_t node) const { return state * node_count_ + node; }
  bool visited(Place place) const { return (numbers_[place] & kFinished) != 0; }
  Component component(Place place) const { return numbers_[place] & ~kFinished; }
  std::span<const Component> links(Component component) const {
    return {links_.data() + link_offsets_[component], links_.data() + link_offsets_[component + 1]};
  }
  std::span<const std::uint32_t> ends(Component component) const {
    return {ends_.data() + end_offsets_[component], ends_.data() + end_offsets_[component + 1]};
  }
  bool reaches_itself(Component component) const { return !strict_ || cyclic_[component]; }

  void choose_entries();
  void find_components(Place root, Work& work);
  bool next_place(Visit& visit, Place& next);
  void link(Work& work);
  void begin_walk();
  void enter(Component component);
  void enter_from(Component component);  // as a start in it does
  // Calls `take` for each component that was entered or can be reached from there, until it returns true;
  // false at the end.
  template <typename Take>
  bool walk(Take&& take);
  std::vector<Group> groups();
  std::uint64_t count_by_blocks(const std::vector<Group>& groups);
  void account(const Work* work);

  QueryContext& context_;
  const PathAutomaton& automaton_;
  bool inverse_;
  AdjacencySteps steps_;
  std::uint32_t node_count_;
  std::vector<bool> is_end_;  // by state
  bool one_end_ = false;
  // A start stands at one of the entry states. Where nothing leads back to the start state and another state
  // has the same transitions, that one is the entry, for its places are walked anyhow; then what is reached
  // is what comes after.
  std::vector<std::uint32_t> entries_;
  bool strict_ = false;

  std::vector<std::uint32_t>
      numbers_;  // by place: 0, the order of visiting, then the component and kFinished
  std::uint32_t counter_ = 0;
  std::vector<bool> cyclic_;  // by component
  std::vector<std::uint32_t> link_offsets_;
  std::vector<Component> links_;
  std::vector<std::uint32_t> end_offsets_;
  std::vector<std::uint32_t> ends_;  // nodes at end states, by component
  std::uint64_t edges_ = 0;

  std::vector<std::uint32_t> seen_;  // by component: the walk that met it
  std::vector<std::uint32_t> seen_nodes_;
  std::uint32_t walk_ = 0;
  std::uint64_t walked_ = 0;  // links and components that walks met
  std::vector<Component> pending_;
  std::size_t bytes_ = 0;
  Reservation memory_;
};

}  // namespace dossier
