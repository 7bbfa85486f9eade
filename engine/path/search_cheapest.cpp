// CHEAPEST k: best first, by cost. A cost is no less than nothing, so a longer path is never cheaper than
// what it begins with. With an end, the cost that a path has at least is known: what it has cost so far and
// the least that leads on to the end. Walks enter a place k times at most; restricted paths carry what they
// may not repeat in themselves.
#include <algorithm>

#include "engine/path/cost_to_end.h"

namespace dossier {
namespace {

using Mode = grammar::PathSearch::Mode;

class CheapestPaths final : public PathEnumerator {
 public:
  CheapestPaths(QueryContext& context, const PathAutomaton& automaton, EdgeSource& source, bool inverse,
                Mode mode, std::uint64_t most)
      : context_(context),
        source_(source),
        product_(context, automaton, source, inverse),
        entered_(product_, most),
        to_end_(context, automaton, source),
        mode_(mode),
        most_(most),
        memory_(context.budget(), "path search") {}

  void begin(Id start, std::optional<Id> end) override {
    end_ = end;
    paths_.clear();
    heap_.clear();
    entered_.clear();
    found_.clear();
    done_ = false;
    if (end_) to_end_.begin(*end_);
    push({{}, start, PathProduct::kStart, kNone, {}, {}});
  }

  bool next(FoundPath& path) override {
    while (!done_ && !heap_.empty()) {
      context_.check();
      std::pop_heap(heap_.begin(), heap_.end(), later());
      const std::size_t number = heap_.back();
      heap_.pop_back();
      if (mode_ == Mode::walk) {
        if (!entered_.enter(paths_[number].node, paths_[number].state)) continue;
      }
      extend(number);
      if (take(number, path)) return true;
    }
    return false;
  }

 private:
  static constexpr std::size_t kNone = ~std::size_t{0};
  struct Part {
    PathEdge edge;  // the last
    Id node;
    PathProduct::State state;
    std::size_t before;
    PathCost cost;
    PathCost least;  // of a whole path that begins so
  };

  // What cannot reach the end is not entered.
  void push(Part part) {
    part.least = part.cost;
    if (end_) {
      const PathCost* rest = to_end_.of(part.node, product_.members(part.state));
      if (rest == nullptr) return;
      // Sums of floating-point numbers depend on their order: such a bound might be too great.
      if (source_.exact_costs()) part.least.add(*rest);
    }
    paths_.push_back(std::move(part));
    heap_.push_back(paths_.size() - 1);
    std::push_heap(heap_.begin(), heap_.end(), later());
  }

  void extend(std::size_t number) {
    product_.steps(paths_[number].node, paths_[number].state, steps_);
    for (const PathProduct::Step& step : steps_) {
      if (!allowed(number, step)) continue;
      PathCost cost = paths_[number].cost;
      cost.add({source_.cost(step.edge), 1});
      push({step.edge, step.node, step.state, number, std::move(cost), {}});
    }
    memory_.resize(paths_.capacity() * sizeof(Part) + heap_.capacity() * sizeof(std::size_t) +
                   entered_.memory() + found_.memory() + steps_.capacity() * sizeof(PathProduct::Step));
  }

  bool allowed(std::size_t number, const PathProduct::Step& step) const {
    if (mode_ == Mode::walk) return true;
    const Id start = paths_[0].node;
    // Back at the start a simple path may only end.
    if (mode_ == Mode::simple && number != 0 && paths_[number].node == start) return false;
    for (std::size_t at = number; at != kNone; at = paths_[at].before) {
      const Part& part = paths_[at];
      if (mode_ == Mode::trail ? at != 0 && part.edge == step.edge
                               : part.node == step.node && (at != 0 || mode_ == Mode::acyclic))
        return false;
    }
    return true;
  }

  bool take(std::size_t number, FoundPath& path) {
    const Part& last = paths_[number];
    if (!product_.accepts(last.state) || (end_ && last.node != *end_)) return false;
    std::uint64_t& found = found_.at(last.node, 0, 0);
    if (found >= most_) return false;
    ++found;
    if (end_ && found == most_) done_ = true;
    path.start = paths_[0].node;
    path.end = last.node;
    path.edges = sequence(number);
    return true;
  }

  std::vector<PathEdge> sequence(std::size_t number) const {
    std::vector<PathEdge> edges;
    for (; paths_[number].before != kNone; number = paths_[number].before)
      edges.push_back(paths_[number].edge);
    std::reverse(edges.begin(), edges.end());
    return edges;
  }

  // The order of the heap, whose first is the greatest: the cheapest.
  struct Later {
    const CheapestPaths* owner;
    bool operator()(std::size_t a, std::size_t b) const {
      const Part& x = owner->paths_[a];
      const Part& y = owner->paths_[b];
      if (const int order = x.least.compare(y.least); order != 0) return order > 0;
      return owner->sequence(b) < owner->sequence(a);
    }
  };
  Later later() const { return {this}; }

  QueryContext& context_;
  EdgeSource& source_;
  PathProduct product_;
  Entries entered_;
  CostToEnd to_end_;
  Mode mode_;
  std::uint64_t most_;
  std::optional<Id> end_;
  std::vector<Part> paths_;
  std::vector<std::size_t> heap_;
  PlaceMap found_;  // by end
  std::vector<PathProduct::Step> steps_;
  bool done_ = false;
  Reservation memory_;
};

}  // namespace

std::unique_ptr<PathEnumerator> make_cheapest_paths(QueryContext& context, const PathAutomaton& automaton,
                                                    EdgeSource& source, bool inverse, Mode mode,
                                                    std::uint64_t most) {
  return std::make_unique<CheapestPaths>(context, automaton, source, inverse, mode, most);
}

}  // namespace dossier
