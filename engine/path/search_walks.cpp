// Walks: nodes and edges may repeat.
#include <algorithm>

#include "engine/path/search.h"

namespace dossier {
namespace {

// Breadth-first over walks. The first k walks to a place are made of first k walks to the places before it,
// so a place is entered k times at most. The queue is in the order of length and then of edges, since steps
// are.
class ShortestWalks final : public PathEnumerator {
 public:
  ShortestWalks(QueryContext& context, const PathAutomaton& automaton, EdgeSource& source, bool inverse,
                std::uint64_t paths)
      : context_(context),
        product_(context, automaton, source, inverse),
        most_(paths),
        memory_(context.budget(), "path search") {}

  void begin(Id start, std::optional<Id> end) override {
    end_ = end;
    walks_.clear();
    entered_.clear();
    found_.clear();
    steps_.clear();
    step_ = 0;
    head_ = 0;
    done_ = false;
    start_pending_ = true;
    walks_.push_back({{}, start, PathProduct::kStart, 0});
    entered_.at(start, PathProduct::kStart, 1);
  }

  bool next(FoundPath& path) override {
    if (done_) return false;
    if (start_pending_) {
      start_pending_ = false;
      product_.steps(walks_[0].node, walks_[0].state, steps_);
      if (take(0, path)) return true;
    }
    for (;;) {
      while (step_ < steps_.size()) {
        const PathProduct::Step& step = steps_[step_++];
        std::uint64_t& entered = entered_.at(step.node, step.state, 0);
        if (entered >= most_) continue;
        ++entered;
        walks_.push_back({step.edge, step.node, step.state, head_});
        if (take(walks_.size() - 1, path)) return true;
      }
      if (++head_ == walks_.size()) return !(done_ = true);
      context_.check();
      memory_.resize(walks_.capacity() * sizeof(Walk) + steps_.capacity() * sizeof(PathProduct::Step) +
                     entered_.memory() + found_.memory());
      product_.steps(walks_[head_].node, walks_[head_].state, steps_);
      step_ = 0;
    }
  }

 private:
  struct Walk {
    PathEdge edge;  // the last
    Id node;
    PathProduct::State state;
    std::size_t before;
  };

  // Is the walk one of those asked for? Then it is written down.
  bool take(std::size_t number, FoundPath& path) {
    const Walk& last = walks_[number];
    if (!product_.accepts(last.state) || (end_ && last.node != *end_)) return false;
    std::uint64_t& found = found_.at(last.node, 0, 0);
    if (found >= most_) return false;
    ++found;
    if (end_ && found == most_) done_ = true;
    path.start = walks_[0].node;
    path.end = last.node;
    path.edges.clear();
    for (std::size_t at = number; at != 0; at = walks_[at].before) path.edges.push_back(walks_[at].edge);
    std::reverse(path.edges.begin(), path.edges.end());
    return true;
  }

  QueryContext& context_;
  PathProduct product_;
  std::uint64_t most_;
  std::optional<Id> end_;
  std::vector<Walk> walks_;
  PlaceMap entered_;
  PlaceMap found_;  // by end
  std::vector<PathProduct::Step> steps_;
  std::size_t step_ = 0;
  std::size_t head_ = 0;
  bool start_pending_ = false;
  bool done_ = false;
  Reservation memory_;
};

// Breadth-first by levels; a place may be in several of them. When a level is known, the walks that end in it
// are read off backwards.
class WalkGroups final : public PathEnumerator {
 public:
  WalkGroups(QueryContext& context, const PathAutomaton& automaton, EdgeSource& source, bool inverse,
             std::uint64_t groups)
      : context_(context),
        product_(context, automaton, source, inverse),
        most_(groups),
        memory_(context.budget(), "path search") {}

  void begin(Id start, std::optional<Id> end) override {
    end_ = end;
    done_ = false;
    places_.assign(1, {start, PathProduct::kStart, kNone});
    arrivals_.clear();
    trail_.clear();
    levels_.clear();
    groups_.clear();
    in_level_.clear();
    levels_.at(start, PathProduct::kStart, 1);
    level_ = 0;
    choose_ends();
  }

  bool next(FoundPath& path) override {
    for (;;) {
      if (!trail_.empty() && walk_back(path)) return true;
      if (end_place_ < ends_.size()) {
        trail_.assign(1, ends_[end_place_++]);
        if (places_[trail_[0].place].arrival != kNone || trail_[0].place != 0) continue;
        // The start, with no step.
        trail_.clear();
        write(path);
        return true;
      }
      if (done_ || !next_level()) return false;
    }
  }

 private:
  static constexpr std::size_t kNone = ~std::size_t{0};
  struct Place {
    Id node;
    PathProduct::State state;
    std::size_t arrival;  // the last of those that lead here
  };
  struct Arrival {
    PathEdge edge;
    std::size_t from;  // a place
    std::size_t next;  // another arrival at the same place
  };
  // A place on the way back, and the arrival by which it is to be left next.
  struct Stand {
    std::size_t place;
    std::size_t arrival;
  };

  void account() {
    memory_.resize(places_.capacity() * sizeof(Place) + arrivals_.capacity() * sizeof(Arrival) +
                   levels_.memory() + groups_.memory() + in_level_.memory() +
                   ends_.capacity() * sizeof(Stand) + steps_.capacity() * sizeof(PathProduct::Step));
  }

  // The places of the newest level where a path may end.
  void choose_ends() {
    ends_.clear();
    end_place_ = 0;
    std::vector<Id> nodes;
    for (std::size_t place = level_; place < places_.size(); ++place) {
      const Place& here = places_[place];
      if (!product_.accepts(here.state) || (end_ && here.node != *end_)) continue;
      const std::uint64_t* groups = groups_.find(here.node, 0);
      if (groups != nullptr && *groups >= most_) continue;
      ends_.push_back({place, here.arrival});
      nodes.push_back(here.node);
    }
    std::sort(nodes.begin(), nodes.end());
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
    for (Id node : nodes)
      if (++groups_.at(node, 0, 0) == most_ && end_) done_ = true;
  }

  bool next_level() {
    const std::size_t first = level_;
    level_ = places_.size();
    in_level_.clear();
    for (std::size_t place = first; place < level_; ++place) {
      context_.check();
      product_.steps(places_[place].node, places_[place].state, steps_);
      for (const PathProduct::Step& step : steps_) {
        bool added = false;
        std::uint64_t& number = in_level_.at(step.node, step.state, kNone, &added);
        if (added) {
          std::uint64_t& levels = levels_.at(step.node, step.state, 0);
          if (levels < most_) {
            ++levels;
            number = places_.size();
            places_.push_back({step.node, step.state, kNone});
          }
        }
        if (number == kNone) continue;
        Place& to = places_[number];
        arrivals_.push_back({step.edge, place, to.arrival});
        to.arrival = arrivals_.size() - 1;
      }
      account();
    }
    if (level_ == places_.size()) {
      done_ = true;
      return false;
    }
    choose_ends();
    return true;
  }

  // Goes on from the last path: back to the start by the next way.
  bool walk_back(FoundPath& path) {
    while (!trail_.empty()) {
      if ((++looks_ & 0xFFF) == 0) context_.check();
      Stand& stand = trail_.back();
      if (stand.arrival == kNone) {
        trail_.pop_back();
        continue;
      }
      const Arrival& arrival = arrivals_[stand.arrival];
      way_.resize(trail_.size() - 1);
      way_.push_back(arrival.edge);
      stand.arrival = arrival.next;
      if (arrival.from == 0) {
        write(path);
        return true;
      }
      trail_.push_back({arrival.from, places_[arrival.from].arrival});
    }
    return false;
  }

  void write(FoundPath& path) {
    path.start = places_[0].node;
    path.end = trail_.empty() ? places_[0].node : places_[trail_[0].place].node;
    path.edges.clear();
    if (!trail_.empty()) path.edges.assign(way_.rbegin(), way_.rend());
  }

  QueryContext& context_;
  PathProduct product_;
  std::uint64_t most_;
  std::optional<Id> end_;
  std::vector<Place> places_;  // level by level
  std::size_t level_ = 0;      // where the newest begins
  std::vector<Arrival> arrivals_;
  PlaceMap in_level_;  // the newest: numbers of places
  PlaceMap levels_;    // how many a place is in
  PlaceMap groups_;    // how many lengths were given, by end
  std::vector<Stand> ends_;
  std::size_t end_place_ = 0;
  std::vector<Stand> trail_;
  std::vector<PathEdge> way_;  // the edges of the trail, from the end on
  std::vector<PathProduct::Step> steps_;
  std::uint64_t looks_ = 0;
  bool done_ = false;
  Reservation memory_;
};

}  // namespace

std::unique_ptr<PathEnumerator> make_shortest_walks(QueryContext& context, const PathAutomaton& automaton,
                                                    EdgeSource& source, bool inverse, std::uint64_t paths) {
  return std::make_unique<ShortestWalks>(context, automaton, source, inverse, paths);
}

std::unique_ptr<PathEnumerator> make_walk_groups(QueryContext& context, const PathAutomaton& automaton,
                                                 EdgeSource& source, bool inverse, std::uint64_t groups) {
  return std::make_unique<WalkGroups>(context, automaton, source, inverse, groups);
}

}  // namespace dossier
