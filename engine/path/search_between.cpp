// Walks between two nodes, searched from both.
#include <algorithm>

#include "engine/path/frontier.h"
#include "engine/path/walk_tree.h"
#include "engine/path/ways.h"

namespace dossier {
namespace {

// The first k walks to a place are made of first k walks to the places before it, so a place is entered k
// times at most, and the walks to it come in their order.
class WalksBetween final : public PathEnumerator {
 public:
  WalksBetween(QueryContext& context, const PathAutomaton& automaton, EdgeSource& source, std::uint64_t paths,
               bool any)
      : context_(context),
        product_(context, automaton, source, false),
        one_(any && paths == 1 && !source.ordered()),
        frontier_(context, automaton, source, product_, one_),
        entered_(product_, paths),
        most_(paths),
        memory_(context.budget(), "path search") {
    if (any) product_.prefer_values();
  }

  void begin(Id start, std::optional<Id> end) override {
    end_ = *end;
    found_ = given_ = 0;
    results_.clear();
    entered_.clear();
    walks_.begin(start);
    frontier_.begin(end_);
    frontier_.add(0, {start, PathProduct::kStart, 0});
  }

  bool next(FoundPath& path) override {
    while (given_ == results_.size()) {
      results_.clear();
      given_ = 0;
      if (found_ == most_ || !frontier_.next(level_)) return false;
      advance();
    }
    walks_.write(results_[given_++], path);
    return true;
  }

 private:
  void advance() {
    if (level_.mixed)
      std::sort(level_.items.begin(), level_.items.end(),
                [&](const auto& a, const auto& b) { return walks_.earlier(a.number, b.number); });
    added_.clear();
    for (const Frontier::Item& item : level_.items) {
      context_.check();
      if (!entered_.enter(item.node, item.state)) continue;
      if (item.node == end_ && product_.accepts(item.state)) {
        results_.push_back(item.number);
        if (++found_ == most_) return;
      }
      product_.steps(item.node, item.state, steps_);
      bool on_the_way = false;
      for (const PathProduct::Step& step : steps_) {
        if (entered_.full(step.node, step.state)) continue;
        std::uint64_t& added = added_.at(step.node, step.state, 0);
        if (added == most_) continue;
        ++added;
        if (frontier_.add(level_.length + 1, {step.node, step.state, walks_.add(item.number, step)}))
          on_the_way = true;
      }
      // From there it goes on to the end, whatever the others of the level lead to.
      if (one_ && on_the_way) return;
      memory_.resize(walks_.memory() + steps_.capacity() * sizeof(PathProduct::Step) + entered_.memory() +
                     added_.memory() + level_.items.capacity() * sizeof(Frontier::Item));
    }
  }

  QueryContext& context_;
  PathProduct product_;
  bool one_;  // which of the shortest walks does not matter
  Frontier frontier_;
  Entries entered_;
  std::uint64_t most_;
  Id end_;
  WalkTree walks_;
  PlaceMap added_;  // in this level
  Frontier::Level level_;
  std::vector<PathProduct::Step> steps_;
  std::vector<std::size_t> results_;  // of this level
  std::uint64_t found_ = 0;
  std::size_t given_ = 0;
  Reservation memory_;
};

// A place is in k levels at most, each with the edges into it; when a level has the end, the walks are read
// off backwards.
class GroupsBetween final : public PathEnumerator {
 public:
  GroupsBetween(QueryContext& context, const PathAutomaton& automaton, EdgeSource& source,
                std::uint64_t groups)
      : context_(context),
        product_(context, automaton, source, false),
        frontier_(context, automaton, source, product_, false),
        most_(groups),
        ways_(context),
        memory_(context.budget(), "path search") {}

  void begin(Id start, std::optional<Id> end) override {
    end_ = *end;
    groups_ = 0;
    entered_.clear();
    by_length_.clear();
    ways_.begin(start);
    frontier_.begin(end_);
    frontier_.add(0, {start, PathProduct::kStart, 0});
  }

  bool next(FoundPath& path) override {
    while (!ways_.next(path))
      if (groups_ == most_ || !frontier_.next(level_))
        return false;
      else
        advance();
    return true;
  }

 private:
  void advance() {
    if (by_length_.size() < level_.length + 2) by_length_.resize(level_.length + 2);
    PlaceMap& following = by_length_[level_.length + 1];
    bool ends = false;
    for (const Frontier::Item& item : level_.items) {
      context_.check();
      std::uint64_t& entered = entered_.at(item.node, item.state, 0);
      if (entered == most_) continue;
      ++entered;
      if (item.node == end_ && product_.accepts(item.state)) {
        ways_.add_end(item.number);
        ends = true;
      }
      if (ends && groups_ + 1 == most_) continue;  // nothing longer is asked for
      product_.steps(item.node, item.state, steps_);
      for (const PathProduct::Step& step : steps_) {
        bool added = false;
        std::uint64_t& number = following.at(step.node, step.state, 0, &added);
        if (added) {
          number = ways_.add_place(step.node);
          frontier_.add(level_.length + 1, {step.node, step.state, number});
        }
        ways_.add_arrival(number, step.edge, item.number);
      }
    }
    if (ends) ++groups_;
    std::size_t bytes = entered_.memory() + steps_.capacity() * sizeof(PathProduct::Step) +
                        level_.items.capacity() * sizeof(Frontier::Item);
    for (const PlaceMap& map : by_length_) bytes += map.memory();
    memory_.resize(bytes);
  }

  QueryContext& context_;
  PathProduct product_;
  Frontier frontier_;
  std::uint64_t most_;
  Id end_;
  Ways ways_;
  PlaceMap entered_;
  std::vector<PlaceMap> by_length_;  // numbers of places
  Frontier::Level level_;
  std::vector<PathProduct::Step> steps_;
  std::uint64_t groups_ = 0;
  Reservation memory_;
};

}  // namespace

std::unique_ptr<PathEnumerator> make_walks_between(QueryContext& context, const PathAutomaton& automaton,
                                                   EdgeSource& source, std::uint64_t paths, bool any) {
  return std::make_unique<WalksBetween>(context, automaton, source, paths, any);
}

std::unique_ptr<PathEnumerator> make_groups_between(QueryContext& context, const PathAutomaton& automaton,
                                                    EdgeSource& source, std::uint64_t groups) {
  return std::make_unique<GroupsBetween>(context, automaton, source, groups);
}

}  // namespace dossier
