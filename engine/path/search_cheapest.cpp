// CHEAPEST k: best first, by cost. A cost is no less than nothing, so a longer path is never cheaper than
// what it begins with. Walks enter a place k times at most; restricted paths carry what they may not repeat
// in themselves.
#include <algorithm>

#include "engine/path/search.h"

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
        distance_(context, automaton, source),
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
    // What cannot reach the end is not entered.
    if (end_) {
      distance_.begin(*end_);
      distance_.extend(DistanceToEnd::kFar);
    }
    push({{}, start, PathProduct::kStart, kNone, 0, Number::integer(0)});
  }

  bool next(FoundPath& path) override {
    while (!done_ && !heap_.empty()) {
      context_.check();
      std::pop_heap(heap_.begin(), heap_.end(), later());
      const std::size_t number = heap_.back();
      heap_.pop_back();
      if (mode_ == Mode::walk) {
        std::uint64_t& entered = entered_.at(paths_[number].node, paths_[number].state, 0);
        if (entered >= most_) continue;
        ++entered;
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
    std::size_t length;
    Number cost;
  };

  void push(Part part) {
    if (end_ && distance_.of(part.node, product_.members(part.state)) == DistanceToEnd::kFar) return;
    paths_.push_back(std::move(part));
    heap_.push_back(paths_.size() - 1);
    std::push_heap(heap_.begin(), heap_.end(), later());
  }

  void extend(std::size_t number) {
    product_.steps(paths_[number].node, paths_[number].state, steps_);
    for (const PathProduct::Step& step : steps_)
      if (allowed(number, step))
        push({step.edge, step.node, step.state, number, paths_[number].length + 1,
              add(paths_[number].cost, source_.cost(step.edge))});
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
      if (const int order = compare(x.cost, y.cost).value_or(0); order != 0) return order > 0;
      if (x.length != y.length) return x.length > y.length;
      return owner->sequence(b) < owner->sequence(a);
    }
  };
  Later later() const { return {this}; }

  QueryContext& context_;
  EdgeSource& source_;
  PathProduct product_;
  DistanceToEnd distance_;
  Mode mode_;
  std::uint64_t most_;
  std::optional<Id> end_;
  std::vector<Part> paths_;
  std::vector<std::size_t> heap_;
  PlaceMap entered_;
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
