#include "engine/path/reach.h"

#include <algorithm>

namespace dossier {
namespace {

constexpr std::uint64_t kLook = 50'000;  // work between two looks at what other queries keep, in nanoseconds

AdjacencyKey key_of(const PathAutomaton& automaton, const GraphScope& scope, bool backwards) {
  AdjacencyKey key;
  key.scope = scope;
  key.backwards = backwards;
  for (const PathLabel& label : automaton.labels) {
    if (label.kind == PathLabel::Kind::any) key.any = true;
    key.predicates.push_back(label.predicate);
  }
  if (key.any) key.predicates.clear();
  std::sort(key.predicates.begin(), key.predicates.end());
  key.predicates.erase(std::unique(key.predicates.begin(), key.predicates.end()), key.predicates.end());
  return key;
}

}  // namespace

// ---- PathEdges

PathEdges::PathEdges(QueryContext& context, const PathAutomaton& automaton, const GraphScope& scope)
    : uses_{AdjacencyUse(context, key_of(automaton, scope, false)),
            AdjacencyUse(context, key_of(automaton, scope, true))} {
  for (const PathLabel& label : automaton.labels) labels_[label.inverse ? 1 : 0] = true;
}

bool PathEdges::held(Directions directions) const {
  for (const bool against : {false, true})
    if (needs(directions, against) && !uses_[against ? 1 : 0].held()) return false;
  return true;
}

bool PathEdges::build(Directions directions) {
  for (const bool against : {false, true})
    if (needs(directions, against) && uses_[against ? 1 : 0].build() == nullptr) return false;
  return true;
}

bool PathEdges::stand(Directions directions) {
  for (const bool against : {false, true})
    if (needs(directions, against) && uses_[against ? 1 : 0].standing() == nullptr) return false;
  return true;
}

void PathEdges::spend(Directions directions, std::uint64_t nanoseconds) {
  const std::uint64_t parts = needs(directions, false) && needs(directions, true) ? 2 : 1;
  for (const bool against : {false, true})
    if (needs(directions, against)) uses_[against ? 1 : 0].spend(nanoseconds / parts);
}

bool PathEdges::worthwhile(Directions directions) {
  std::uint64_t spent = 0, worth = 0;
  for (const bool against : {false, true}) {
    AdjacencyUse& use = uses_[against ? 1 : 0];
    if (!needs(directions, against) || use.standing() != nullptr) continue;
    spent += use.account();
    worth += use.worthwhile();
  }
  return spent >= worth;
}

const Adjacency* PathEdges::get(Directions directions, bool against) {
  return needs(directions, against) ? uses_[against ? 1 : 0].standing() : nullptr;
}

// ---- ReachSearch

ReachSearch::ReachSearch(QueryContext& context, const PathAutomaton& automaton, GraphScope scope, Start start)
    : context_(context),
      automaton_(automaton),
      scope_(std::move(scope)),
      edges_(context, automaton, scope_),
      where_(start),
      memory_(context.budget(), "property path") {}

double ReachSearch::estimated_starts(bool inverse) const {
  const Snapshot& snapshot = context_.snapshot();
  if (automaton_.accepts_empty())
    return static_cast<double>(std::max(snapshot.distinct_subjects(), snapshot.distinct_objects()));
  std::vector<bool> labels(automaton_.labels.size());
  for (std::uint32_t state = 0; state < automaton_.states(); ++state)
    if (is_end(state, !inverse))
      for (const auto& transition : inverse ? automaton_.reverse[state] : automaton_.forward[state])
        labels[transition.label] = true;
  double starts = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (!labels[i]) continue;
    const PathLabel& label = automaton_.labels[i];
    const bool objects = label.inverse != inverse;
    if (label.kind == PathLabel::Kind::any) {
      starts += static_cast<double>(objects ? snapshot.distinct_objects() : snapshot.distinct_subjects());
    } else {
      const PredicateStatistics numbers = snapshot.predicate(label.predicate);
      starts += static_cast<double>(objects ? numbers.distinct_objects : numbers.distinct_subjects);
    }
  }
  return starts;
}

IndexFrontier& ReachSearch::in_index(bool inverse) {
  auto& frontier = in_index_[inverse ? 1 : 0];
  if (frontier == nullptr)
    frontier = std::make_unique<IndexFrontier>(context_, automaton_, scope_, inverse, work_);
  return *frontier;
}

AdjacencyFrontier& ReachSearch::in_adjacency(bool inverse) {
  auto& frontier = in_adjacency_[inverse ? 1 : 0];
  if (frontier == nullptr) {
    const Directions direction{!inverse, inverse};
    frontier = std::make_unique<AdjacencyFrontier>(
        context_, automaton_, inverse, edges_.get(direction, false), edges_.get(direction, true), work_);
  }
  return *frontier;
}

bool ReachSearch::knows(Id node) const {
  for (const auto& frontier : in_adjacency_)
    if (frontier != nullptr) return frontier->nodes().find(node) != AdjacencyNodes::kNone;
  return false;
}

// Is it time to search in memory? Then what that needs stands.
bool ReachSearch::wants_adjacency(Directions directions) {
  if (adjacency_refused_ || where_ == Start::index || automaton_.labels.empty()) return false;
  if (edges_.held(directions)) return true;
  if (index_work_ < next_look_) return false;
  next_look_ = index_work_ + kLook;
  if (edges_.stand(directions)) return true;
  if (where_ != Start::memory && !edges_.worthwhile(directions)) return false;
  adjacency_refused_ = !edges_.build(directions);
  return !adjacency_refused_;
}

void ReachSearch::begin(Id start, bool inverse) {
  start_ = start;
  inverse_ = inverse;
  first_ = true;
  one_end_ = inverse || std::count(automaton_.accepting.begin(), automaton_.accepting.end(), true) == 1;
  results_.clear();
  marked_.clear();
  in_memory_ = wants_adjacency({!inverse, inverse});
  closure_ = in_memory_ ? closure(inverse) : nullptr;
  if (closure_ != nullptr) return;
  if (in_memory_) {
    in_adjacency(inverse).begin(start);
    enter_memory();
  } else {
    in_index(inverse).begin(start);
  }
}

void ReachSearch::enter_memory() {
  if (one_end_) return;
  const AdjacencyNodes& nodes = in_adjacency(inverse_).nodes();
  marked_.resize(nodes.size());
  results_.each([&](Id id) {
    if (const std::uint32_t node = nodes.find(id); node != AdjacencyNodes::kNone) marked_.insert(node);
  });
}

bool ReachSearch::more(std::vector<Id>& out) {
  const auto add = [&](Id node) {
    if (one_end_ || results_.insert(node)) out.push_back(node);
  };
  if (closure_ != nullptr) {
    if (!first_) return false;
    first_ = false;
    if (automaton_.accepts_empty() && closure_->nodes().find(start_) == AdjacencyNodes::kNone)
      out.push_back(start_);
    closure_->reach(start_, out);
    return true;
  }
  if (first_) {
    first_ = false;
    if (automaton_.accepts_empty()) {
      add(start_);
      if (in_memory_) enter_memory();
      return true;
    }
  }
  if (!in_memory_ && in_index(inverse_).active().empty()) return false;
  if (!in_memory_ && wants_adjacency({!inverse_, inverse_})) {
    in_adjacency(inverse_).take_over(in_index(inverse_));
    in_memory_ = true;
    enter_memory();
  }
  if (in_memory_) {
    AdjacencyFrontier& frontier = in_adjacency(inverse_);
    if (frontier.active().empty()) return false;
    frontier.step();
    for (std::uint32_t state : frontier.active())
      if (is_end(state, inverse_))
        for (std::uint32_t node : frontier.level(state))
          if (one_end_ || marked_.insert(node)) out.push_back(frontier.nodes().id(node));
  } else {
    IndexFrontier& frontier = in_index(inverse_);
    step_in_index(frontier, nullptr);
    for (std::uint32_t state : frontier.active())
      if (is_end(state, inverse_))
        for (Id node : frontier.level(state)) add(node);
  }
  memory_.resize(results_.memory() + marked_.memory());
  return true;
}

void ReachSearch::reach(Id start, bool inverse, std::vector<Id>& out) {
  begin(start, inverse);
  while (more(out)) {
  }
}

bool ReachSearch::step_in_index(IndexFrontier& frontier, const IndexFrontier* other) {
  const ScanCounters before = context_.counters();
  const std::uint64_t edges = work_.edges;
  std::uint64_t scans = 0;
  for (std::uint32_t state : frontier.active())
    scans += (frontier.inverse() ? automaton_.reverse[state] : automaton_.forward[state]).size();
  const bool met = frontier.step(other);
  const ScanCounters& now = context_.counters();
  const std::uint64_t work = scans * EdgeCosts::kScan + (now.seeks - before.seeks) * EdgeCosts::kSeek +
                             (now.rows - before.rows) * EdgeCosts::kRow +
                             (work_.edges - edges) * EdgeCosts::kKey;
  index_work_ += work;
  edges_.spend({!frontier.inverse(), frontier.inverse()}, work);
  return met;
}

void ReachSearch::weigh() {
  if (!weights_[0].empty()) return;
  const Snapshot& snapshot = context_.snapshot();
  // How many edges a node has that has any.
  std::vector<std::array<double, 2>> degrees;
  for (const PathLabel& label : automaton_.labels) {
    const bool link = label.kind == PathLabel::Kind::link;
    const PredicateStatistics numbers = link ? snapshot.predicate(label.predicate) : PredicateStatistics{};
    const auto edges = static_cast<double>(link ? numbers.triples : snapshot.quads());
    const auto subjects =
        static_cast<double>(link ? numbers.distinct_subjects : snapshot.distinct_subjects());
    const auto objects = static_cast<double>(link ? numbers.distinct_objects : snapshot.distinct_objects());
    degrees.push_back({edges / std::max(subjects, 1.0), edges / std::max(objects, 1.0)});
  }
  for (const bool inverse : {false, true}) {
    auto& weights = weights_[inverse ? 1 : 0];
    weights.resize(automaton_.states());
    for (std::size_t state = 0; state < automaton_.states(); ++state) {
      // Transitions of one label come together, and are read together.
      const auto& transitions = inverse ? automaton_.reverse[state] : automaton_.forward[state];
      for (std::size_t i = 0; i < transitions.size(); ++i) {
        const std::uint32_t label = transitions[i].label;
        if (i == 0 || transitions[i - 1].label != label)
          weights[state] += degrees[label][automaton_.labels[label].inverse != inverse ? 1 : 0];
      }
    }
  }
}

// About how many edges the next level touches.
double ReachSearch::next_edges(const IndexFrontier& frontier) const {
  double edges = 0;
  for (std::uint32_t state : frontier.active())
    edges += static_cast<double>(frontier.level(state).size()) * weights_[frontier.inverse() ? 1 : 0][state];
  return edges;
}

bool ReachSearch::connects(Id start, Id end) {
  if (start == end && automaton_.accepts_empty()) return true;
  weigh();
  in_memory_ = wants_adjacency({true, true});
  if (in_memory_)
    if (PathClosure* condensed = closure(false)) return condensed->connects(start, end);
  for (const bool inverse : {false, true}) {
    const Id from = inverse ? end : start;
    if (in_memory_)
      in_adjacency(inverse).begin(from);
    else
      in_index(inverse).begin(from);
  }
  // A word of no letters was dealt with above, and no other leaves both sides at their beginnings.
  for (;;) {
    if (!in_memory_ && wants_adjacency({true, true})) {
      for (const bool inverse : {false, true}) in_adjacency(inverse).take_over(in_index(inverse));
      in_memory_ = true;
    }
    if (in_memory_) {
      AdjacencyFrontier& ahead = in_adjacency(false);
      AdjacencyFrontier& back = in_adjacency(true);
      if (ahead.active().empty() || back.active().empty()) return false;
      if (ahead.next_edges() <= back.next_edges() ? ahead.step(&back) : back.step(&ahead)) return true;
    } else {
      IndexFrontier& ahead = in_index(false);
      IndexFrontier& back = in_index(true);
      if (ahead.active().empty() || back.active().empty()) return false;
      const bool forwards = next_edges(ahead) <= next_edges(back);
      if (forwards ? step_in_index(ahead, &back) : step_in_index(back, &ahead)) return true;
    }
  }
}

PathClosure* ReachSearch::condense(bool inverse) {
  auto& closure = closures_[inverse ? 1 : 0];
  if (closure != nullptr || closure_refused_) return closure.get();
  try {
    const Directions direction{!inverse, inverse};
    closure = std::make_unique<PathClosure>(context_, automaton_, inverse, edges_.get(direction, false),
                                            edges_.get(direction, true));
    work_.edges += closure->edges();
  } catch (const LimitError& error) {
    if (error.reason() != LimitError::Reason::memory) throw;
    closure_refused_ = true;
  }
  return closure.get();
}

PathClosure* ReachSearch::closure(bool inverse) {
  // Condensing goes over all edges twice.
  if (closures_[inverse ? 1 : 0] == nullptr && work_.edges < 4 * in_adjacency(inverse).steps().edges())
    return nullptr;
  return condense(inverse);
}

std::uint64_t ReachSearch::count(bool inverse) {
  std::uint64_t pairs = 0;
  if (where_ != Start::index && !automaton_.labels.empty() && edges_.build({!inverse, inverse})) {
    in_memory_ = true;
    if (PathClosure* closure = condense(inverse)) {
      try {
        pairs = closure->count();
        if (automaton_.accepts_empty())
          for (Id node : sources(inverse)) pairs += closure->nodes().find(node) == AdjacencyNodes::kNone;
        return pairs;
      } catch (const LimitError& error) {
        if (error.reason() != LimitError::Reason::memory) throw;
      }
    }
  }
  pairs = 0;
  std::vector<Id> ends;
  for (Id start : sources(inverse)) {
    ends.clear();
    reach(start, inverse, ends);
    pairs += ends.size();
  }
  return pairs;
}

std::vector<Id> ReachSearch::sources(bool inverse) {
  std::vector<Id> nodes;
  // A sorted scan repeats a node in a row; comparing with the last one leaves few to sort out at the end.
  const bool whole_store = holds_whole_store(context_.snapshot(), scope_);
  const auto collect = [&](const ScanRange& range, std::size_t column, const PathLabel* label,
                           std::size_t predicate) {
    const ColumnMask mask = 0b0111 | (whole_store ? 0 : 0b1000);
    const auto cursor = context_.snapshot().scan(range, mask, &context_.counters());
    for (RowBlock block; cursor->next(block);) {
      context_.check();
      memory_.resize(nodes.size() * sizeof(Id));
      for (std::size_t row = 0; row < block.rows; ++row) {
        if (!whole_store && !scope_.contains(block.columns[3][row])) continue;
        if (label != nullptr &&
            std::binary_search(label->excluded.begin(), label->excluded.end(), block.columns[predicate][row]))
          continue;
        if (nodes.empty() || nodes.back() != block.columns[column][row])
          nodes.push_back(block.columns[column][row]);
      }
    }
  };
  if (automaton_.accepts_empty()) {
    collect({Permutation::spog, {}, 0}, 0, nullptr, 0);
    collect({Permutation::ospg, {}, 0}, 0, nullptr, 0);
  } else {
    std::vector<bool> done(automaton_.labels.size());
    const auto add = [&](const std::vector<PathAutomaton::Transition>& transitions) {
      for (const auto& transition : transitions) {
        if (done[transition.label]) continue;
        done[transition.label] = true;
        const PathLabel& label = automaton_.labels[transition.label];
        const bool backwards = label.inverse != inverse;
        if (label.kind == PathLabel::Kind::any) {
          collect({backwards ? Permutation::ospg : Permutation::spog, {}, 0}, 0, &label, backwards ? 2 : 1);
        } else {
          collect({backwards ? Permutation::posg : Permutation::psog, {label.predicate}, 1}, 1, nullptr, 0);
        }
      }
    };
    if (!inverse) {
      add(automaton_.forward[0]);
    } else {
      for (std::size_t state = 0; state < automaton_.states(); ++state)
        if (automaton_.accepting[state]) add(automaton_.reverse[state]);
    }
  }
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  return nodes;
}

}  // namespace dossier
