#include "engine/path/cost_to_end.h"

#include <algorithm>

namespace dossier {

// The first of the heap is the cheapest.
struct CostToEnd::Later {
  bool operator()(const Waiting& a, const Waiting& b) const { return a.cost.compare(b.cost) > 0; }
};

CostToEnd::CostToEnd(QueryContext& context, const PathAutomaton& automaton, EdgeSource& source)
    : context_(context), automaton_(automaton), source_(source), memory_(context.budget(), "path search") {}

void CostToEnd::reach(Id node, std::uint32_t state, const PathCost& cost) {
  bool added = false;
  const std::uint64_t number = numbers_.at(node, state, places_.size(), &added);
  if (added)
    places_.push_back({node, state, cost, false});
  else if (places_[number].known || cost.compare(places_[number].least) >= 0)
    return;
  places_[number].least = cost;
  heap_.push_back({cost, number});
  std::push_heap(heap_.begin(), heap_.end(), Later());
}

void CostToEnd::begin(Id end) {
  numbers_.clear();
  places_.clear();
  heap_.clear();
  for (std::uint32_t state = 0; state < automaton_.states(); ++state)
    if (automaton_.accepting[state]) reach(end, state, {});
  std::vector<PathEdge> edges;
  while (!heap_.empty()) {
    context_.check();
    std::pop_heap(heap_.begin(), heap_.end(), Later());
    const std::size_t number = heap_.back().place;
    heap_.pop_back();
    if (places_[number].known) continue;
    places_[number].known = true;
    const Id here = places_[number].node;
    const auto& transitions = automaton_.reverse[places_[number].state];
    for (std::size_t i = 0; i < transitions.size(); ++i) {
      const PathLabel& label = automaton_.labels[transitions[i].label];
      if (i == 0 || transitions[i].label != transitions[i - 1].label) {
        edges.clear();
        source_.read(here, label, !label.inverse, edges);
      }
      for (const PathEdge& edge : edges) {
        PathCost cost = places_[number].least;
        cost.add({source_.cost(edge), 1});
        reach(label.inverse ? edge.object : edge.subject, transitions[i].state, cost);
      }
    }
    memory_.resize(numbers_.memory() + places_.capacity() * sizeof(Place) +
                   heap_.capacity() * sizeof(Waiting));
  }
}

const PathCost* CostToEnd::of(Id node, const std::vector<std::uint32_t>& states) const {
  const PathCost* least = nullptr;
  for (std::uint32_t state : states)
    if (const std::uint64_t* number = numbers_.find(node, state))
      if (least == nullptr || places_[*number].least.compare(*least) < 0) least = &places_[*number].least;
  return least;
}

}  // namespace dossier
