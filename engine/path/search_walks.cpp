// Walks from a node to any other: nodes and edges may repeat.
#include <algorithm>

#include "engine/path/walk_tree.h"
#include "engine/path/ways.h"

namespace dossier {
namespace {

// Breadth-first over walks. The first k walks to a place are made of first k walks to the places before it,
// so a place is entered k times at most. The queue is in the order of length and then of edges, since steps
// are.
class ShortestWalks final : public PathEnumerator {
 public:
  ShortestWalks(QueryContext& context, const PathAutomaton& automaton, EdgeSource& source, bool inverse,
                std::uint64_t paths, bool any)
      : context_(context),
        source_(source),
        product_(context, automaton, source, inverse),
        entered_(product_, paths),
        most_(paths),
        memory_(context.budget(), "path search") {
    if (any) product_.prefer_values();
  }

  void begin(Id start, std::optional<Id>) override {
    entered_.clear();
    found_.clear();
    steps_.clear();
    step_ = 0;
    head_ = 0;
    level_ = 1;
    done_ = false;
    start_pending_ = true;
    walks_.begin(start);
    entered_.enter(start, PathProduct::kStart);
  }

  bool next(FoundPath& path) override {
    if (done_) return false;
    if (start_pending_) {
      start_pending_ = false;
      source_.add_level(1);
      product_.steps(walks_[0].node, walks_[0].state, steps_);
      if (take(0, path)) return true;
    }
    for (;;) {
      while (step_ < steps_.size()) {
        const PathProduct::Step& step = steps_[step_++];
        if (!entered_.enter(step.node, step.state)) continue;
        if (take(walks_.add(head_, step), path)) return true;
      }
      if (++head_ == walks_.size()) return !(done_ = true);
      if (head_ == level_) {
        source_.add_level(walks_.size() - head_);
        level_ = walks_.size();
      }
      context_.check();
      memory_.resize(walks_.memory() + steps_.capacity() * sizeof(PathProduct::Step) + entered_.memory() +
                     found_.memory());
      product_.steps(walks_[head_].node, walks_[head_].state, steps_);
      step_ = 0;
    }
  }

 private:
  // Is the walk one of those asked for? Then it is written down.
  bool take(std::size_t number, FoundPath& path) {
    const WalkTree::Walk& last = walks_[number];
    if (!product_.accepts(last.state)) return false;
    std::uint64_t& found = found_.at(last.node, 0, 0);
    if (found >= most_) return false;
    ++found;
    walks_.write(number, path);
    return true;
  }

  QueryContext& context_;
  EdgeSource& source_;
  PathProduct product_;
  Entries entered_;
  std::uint64_t most_;
  WalkTree walks_;
  PlaceMap found_;  // by end
  std::vector<PathProduct::Step> steps_;
  std::size_t step_ = 0;
  std::size_t head_ = 0;
  std::size_t level_ = 1;  // where the next begins
  bool start_pending_ = false;
  bool done_ = false;
  Reservation memory_;
};

// Breadth-first by levels; a place may be in several of them.
class WalkGroups final : public PathEnumerator {
 public:
  WalkGroups(QueryContext& context, const PathAutomaton& automaton, EdgeSource& source, bool inverse,
             std::uint64_t groups)
      : context_(context),
        source_(source),
        product_(context, automaton, source, inverse),
        most_(groups),
        ways_(context),
        memory_(context.budget(), "path search") {}

  void begin(Id start, std::optional<Id>) override {
    level_.assign(1, {start, PathProduct::kStart, 0});
    ways_.begin(start);
    levels_.clear();
    groups_.clear();
    levels_.at(start, PathProduct::kStart, 1);
    choose_ends();
  }

  bool next(FoundPath& path) override {
    while (!ways_.next(path)) {
      if (level_.empty()) return false;
      next_level();
    }
    return true;
  }

 private:
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};
  struct Place {
    Id node;
    PathProduct::State state;
    std::size_t number;  // of the ways
  };

  // The places of the newest level where a path may end.
  void choose_ends() {
    std::vector<Id> nodes;
    for (const Place& place : level_) {
      if (!product_.accepts(place.state)) continue;
      const std::uint64_t* groups = groups_.find(place.node, 0);
      if (groups != nullptr && *groups >= most_) continue;
      ways_.add_end(place.number);
      nodes.push_back(place.node);
    }
    std::sort(nodes.begin(), nodes.end());
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
    for (Id node : nodes) ++groups_.at(node, 0, 0);
  }

  void next_level() {
    source_.add_level(level_.size());
    std::vector<Place> next;
    in_level_.clear();
    for (const Place& place : level_) {
      context_.check();
      product_.steps(place.node, place.state, steps_);
      for (const PathProduct::Step& step : steps_) {
        bool added = false;
        std::uint64_t& number = in_level_.at(step.node, step.state, kNone, &added);
        if (added) {
          std::uint64_t& levels = levels_.at(step.node, step.state, 0);
          if (levels < most_) {
            ++levels;
            number = ways_.add_place(step.node);
            next.push_back({step.node, step.state, number});
          }
        }
        if (number != kNone) ways_.add_arrival(number, step.edge, place.number);
      }
      memory_.resize((level_.capacity() + next.capacity()) * sizeof(Place) + levels_.memory() +
                     groups_.memory() + in_level_.memory() + steps_.capacity() * sizeof(PathProduct::Step));
    }
    level_.swap(next);
    choose_ends();
  }

  QueryContext& context_;
  EdgeSource& source_;
  PathProduct product_;
  std::uint64_t most_;
  Ways ways_;
  std::vector<Place> level_;  // the newest
  PlaceMap in_level_;         // its places: numbers
  PlaceMap levels_;           // how many a place is in
  PlaceMap groups_;           // how many lengths were given, by end
  std::vector<PathProduct::Step> steps_;
  Reservation memory_;
};

}  // namespace

std::unique_ptr<PathEnumerator> make_shortest_walks(QueryContext& context, const PathAutomaton& automaton,
                                                    EdgeSource& source, bool inverse, std::uint64_t paths,
                                                    bool any) {
  return std::make_unique<ShortestWalks>(context, automaton, source, inverse, paths, any);
}

std::unique_ptr<PathEnumerator> make_walk_groups(QueryContext& context, const PathAutomaton& automaton,
                                                 EdgeSource& source, bool inverse, std::uint64_t groups) {
  return std::make_unique<WalkGroups>(context, automaton, source, inverse, groups);
}

}  // namespace dossier
