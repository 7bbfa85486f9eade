// TRAIL repeats no edge, ACYCLIC no node, SIMPLE no node but that start and end may be one.
#include <algorithm>

#include "engine/path/frontier.h"
#include "engine/path/walk_tree.h"

namespace dossier {
namespace {

using Mode = grammar::PathSearch::Mode;

// Depth-first: in one pass with ALL, else a pass for each length.
class RestrictedPaths final : public PathEnumerator {
 public:
  RestrictedPaths(QueryContext& context, const PathAutomaton& automaton, EdgeSource& source, bool inverse,
                  const RestrictedChoice& choice)
      : context_(context),
        product_(context, automaton, source, inverse),
        choice_(choice),
        distance_(context, automaton, source),
        memory_(context.budget(), "path search") {}

  void begin(Id start, std::optional<Id> end) override { begin(start, end, 0, 0); }
  // Of which so many paths, or groups, of fewer than `bound` steps are given already.
  void begin(Id start, std::optional<Id> end, std::uint64_t bound, std::uint64_t given) {
    end_ = end;
    start_ = start;
    found_ = groups_ = given;
    done_ = false;
    if (end_) {
      distance_.begin(*end_);
      if (choice_.all) distance_.extend(DistanceToEnd::kFar);
    }
    bound_ = choice_.all ? DistanceToEnd::kFar : bound;
    pass();
  }

  bool next(FoundPath& path) override {
    while (!done_) {
      if (start_pending_) {
        start_pending_ = false;
        if (ends_here() && give(path)) return true;
      }
      if (advance(path)) return true;
      if (done_ || choice_.all || !cut_) break;
      if (given_ && choice_.by_group && ++groups_ == choice_.most) break;
      ++bound_;
      pass();
    }
    done_ = true;
    return false;
  }

 private:
  // A node of the present path and the steps that are to be tried from it.
  struct Stand {
    Id node;
    PathProduct::State state;
    PathEdge edge;  // by which it was reached
    std::vector<PathProduct::Step> steps;
    std::size_t step = 0;
    bool open = false;  // its steps are read
  };

  // All paths of exactly `bound_` steps, or with ALL of any number.
  void pass() {
    if (end_ && !choice_.all) distance_.extend(bound_);
    cut_ = given_ = false;
    stands_.clear();
    step_bytes_ = 0;
    start_pending_ = true;
    stands_.push_back({start_, PathProduct::kStart, {}, {}});
    if (may_enter(start_, PathProduct::kStart, 0)) return;
    start_pending_ = false;
    stands_.clear();
  }

  // Can the path still end in time from this place, `length` steps from the start?
  bool may_enter(Id node, PathProduct::State state, std::uint64_t length) {
    if (!end_) return true;
    const std::uint64_t distance = distance_.of(node, product_.members(state));
    if (distance != DistanceToEnd::kFar && length + distance <= bound_) return true;
    if (distance != DistanceToEnd::kFar || !distance_.whole()) cut_ = true;
    return false;
  }

  // Only now: who wants one path alone does not go on.
  void open() {
    Stand& stand = stands_.back();
    stand.open = true;
    if (stands_.size() - 1 == bound_) {
      // A longer path may go on from here.
      cut_ = true;
      return;
    }
    product_.steps(stand.node, stand.state, stand.steps);
    step_bytes_ += stand.steps.capacity() * sizeof(PathProduct::Step);
    memory_.resize(stands_.capacity() * sizeof(Stand) + step_bytes_);
  }

  bool ends_here() const {
    const Stand& last = stands_.back();
    return product_.accepts(last.state) && (!end_ || last.node == *end_) &&
           (choice_.all || stands_.size() - 1 == bound_);
  }

  bool allowed(const PathProduct::Step& step) const {
    switch (choice_.mode) {
      case Mode::trail:
        return std::none_of(stands_.begin() + 1, stands_.end(),
                            [&](const Stand& stand) { return stand.edge == step.edge; });
      case Mode::simple:
        // Back at the start a path may only end.
        if (stands_.size() > 1 && stands_.back().node == start_) return false;
        return std::none_of(stands_.begin() + 1, stands_.end(),
                            [&](const Stand& stand) { return stand.node == step.node; });
      default:
        return std::none_of(stands_.begin(), stands_.end(),
                            [&](const Stand& stand) { return stand.node == step.node; });
    }
  }

  bool advance(FoundPath& path) {
    while (!stands_.empty()) {
      if ((++looks_ & 0xFFF) == 0) context_.check();
      if (!stands_.back().open) open();
      Stand& stand = stands_.back();
      if (stand.step == stand.steps.size()) {
        step_bytes_ -= stand.steps.capacity() * sizeof(PathProduct::Step);
        stands_.pop_back();
        continue;
      }
      const PathProduct::Step step = stand.steps[stand.step++];
      if (!allowed(step) || !may_enter(step.node, step.state, stands_.size())) continue;
      stands_.push_back({step.node, step.state, step.edge, {}});
      if (ends_here() && give(path)) return true;
    }
    return false;
  }

  bool give(FoundPath& path) {
    path.start = start_;
    path.end = stands_.back().node;
    path.edges.clear();
    for (std::size_t i = 1; i < stands_.size(); ++i) path.edges.push_back(stands_[i].edge);
    given_ = true;
    ++found_;
    if (!choice_.all && !choice_.by_group && found_ == choice_.most) done_ = true;
    return true;
  }

  QueryContext& context_;
  PathProduct product_;
  RestrictedChoice choice_;
  DistanceToEnd distance_;
  std::optional<Id> end_;
  Id start_;
  std::uint64_t bound_ = 0;  // of the number of steps
  std::uint64_t found_ = 0;
  std::uint64_t groups_ = 0;
  std::vector<Stand> stands_;
  std::size_t step_bytes_ = 0;  // that they hold
  bool start_pending_ = false;
  bool cut_ = false;    // something was left for a greater bound
  bool given_ = false;  // in this pass
  bool done_ = false;
  std::uint64_t looks_ = 0;
  Reservation memory_;
};

// By length between two ends, from both of them; no beginning of a path is searched twice. Those that wait
// are kept, and when they take too much of the budget, the search goes on depth-first, which keeps one.
class RestrictedBetween final : public PathEnumerator {
 public:
  RestrictedBetween(QueryContext& context, const PathAutomaton& automaton, EdgeSource& source,
                    const RestrictedChoice& choice)
      : context_(context),
        product_(context, automaton, source, false),
        frontier_(context, automaton, source, product_, false),
        choice_(choice),
        depth_first_(context, automaton, source, false, choice),
        most_bytes_(std::min(kMostBytes, context.budget().limit() / kShare)),
        memory_(context.budget(), "path search") {}

  void begin(Id start, std::optional<Id> end) override {
    end_ = *end;
    taken_ = 0;
    next_result_ = 0;
    results_.clear();
    deep_ = false;
    walks_.begin(start);
    frontier_.begin(end_);
    frontier_.add(0, {start, PathProduct::kStart, 0});
  }

  bool next(FoundPath& path) override {
    while (!deep_ && next_result_ == results_.size()) {
      results_.clear();
      next_result_ = 0;
      if (taken_ == choice_.most || !frontier_.next(level_)) return false;
      advance();
    }
    if (deep_) return depth_first_.next(path);
    walks_.write(results_[next_result_++], path);
    return true;
  }

 private:
  // What the beginnings may take: some 150,000 of them, which is a tenth of a second, and no more of the
  // budget than this share. Where there are so many, depth-first search comes to the first paths sooner.
  static constexpr std::size_t kMostBytes = std::size_t{8} << 20;
  static constexpr std::size_t kShare = 8;

  // No path of the level's total is given yet: they all end in the last level of it, which is not whole.
  void go_deep() {
    if (!choice_.by_group) taken_ -= results_.size();
    results_.clear();
    depth_first_.begin(walks_[0].node, end_, level_.total, taken_);
    deep_ = true;
    walks_.release();
    frontier_.begin(end_);
    memory_.resize(0);
  }

  void advance() {
    if (level_.mixed)
      std::sort(level_.items.begin(), level_.items.end(),
                [&](const auto& a, const auto& b) { return walks_.earlier(a.number, b.number); });
    for (const Frontier::Item& item : level_.items) {
      context_.check();
      if (walks_.memory() > most_bytes_) return go_deep();
      if (item.node == end_ && product_.accepts(item.state)) {
        results_.push_back(item.number);
        if (!choice_.by_group && ++taken_ == choice_.most) return;
      }
      product_.steps(item.node, item.state, steps_);
      for (const PathProduct::Step& step : steps_)
        if (allowed(item.number, step))
          frontier_.add(level_.length + 1, {step.node, step.state, walks_.add(item.number, step)});
      memory_.resize(walks_.memory() + steps_.capacity() * sizeof(PathProduct::Step) +
                     level_.items.capacity() * sizeof(Frontier::Item));
    }
    if (choice_.by_group && !results_.empty()) ++taken_;
  }

  bool allowed(std::size_t number, const PathProduct::Step& step) const {
    // Back at the start a simple path may only end.
    if (choice_.mode == Mode::simple && number != 0 && walks_[number].node == walks_[0].node) return false;
    for (std::size_t at = number; at != 0; at = walks_[at].before)
      if (choice_.mode == Mode::trail ? walks_[at].edge == step.edge : walks_[at].node == step.node)
        return false;
    return choice_.mode != Mode::acyclic || walks_[0].node != step.node;
  }

  QueryContext& context_;
  PathProduct product_;
  Frontier frontier_;
  RestrictedChoice choice_;
  RestrictedPaths depth_first_;
  std::size_t most_bytes_;
  bool deep_ = false;
  Id end_;
  WalkTree walks_;
  Frontier::Level level_;
  std::vector<PathProduct::Step> steps_;
  std::vector<std::size_t> results_;  // of this level
  std::size_t next_result_ = 0;
  std::uint64_t taken_ = 0;  // paths or groups
  Reservation memory_;
};

}  // namespace

std::unique_ptr<PathEnumerator> make_restricted_paths(QueryContext& context, const PathAutomaton& automaton,
                                                      EdgeSource& source, bool inverse,
                                                      const RestrictedChoice& choice) {
  return std::make_unique<RestrictedPaths>(context, automaton, source, inverse, choice);
}

std::unique_ptr<PathEnumerator> make_restricted_between(QueryContext& context, const PathAutomaton& automaton,
                                                        EdgeSource& source, const RestrictedChoice& choice) {
  return std::make_unique<RestrictedBetween>(context, automaton, source, choice);
}

}  // namespace dossier
