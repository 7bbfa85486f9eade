// What leads at least from a place to the end of a path: the least cost, and the fewest steps of that cost.
//
// Purpose: a best-first search that knows it goes straight to the cheapest paths. Found by Dijkstra's search
// from the end, once an end, over all places that lead there; values in order (ASC) are not looked at, so it
// may be too little, never too much. Memory is reserved from the query's budget. Thread-safety: one thread.
#pragma once

#include <vector>

#include "engine/path/search.h"

namespace dossier {

struct PathCost {
  Number cost = Number::integer(0);
  std::uint64_t length = 0;

  void add(const PathCost& other) {
    cost = dossier::add(cost, other.cost);
    length += other.length;
  }
  int compare(const PathCost& other) const {
    if (const int order = dossier::compare(cost, other.cost).value_or(0); order != 0) return order;
    return static_cast<int>(length > other.length) - static_cast<int>(length < other.length);
  }
};

class CostToEnd {
 public:
  CostToEnd(QueryContext& context, const PathAutomaton& automaton, EdgeSource& source);

  void begin(Id end);
  // From any of these states; null: none leads there.
  const PathCost* of(Id node, const std::vector<std::uint32_t>& states) const;

 private:
  struct Place {
    Id node;
    std::uint32_t state = 0;
    PathCost least;
    bool known = false;
  };
  struct Later;
  void reach(Id node, std::uint32_t state, const PathCost& cost);

  QueryContext& context_;
  const PathAutomaton& automaton_;
  EdgeSource& source_;
  PlaceMap numbers_;
  std::vector<Place> places_;
  struct Waiting {
    PathCost cost;
    std::size_t place;
  };
  std::vector<Waiting> heap_;
  Reservation memory_;
};

}  // namespace dossier
