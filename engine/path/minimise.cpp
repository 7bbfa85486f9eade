#include "engine/path/minimise.h"

#include <algorithm>
#include <map>
#include <utility>

namespace dossier {
namespace {

using State = std::uint32_t;
using Transitions = std::vector<PathAutomaton::Transition>;

constexpr State kNone = 0xFFFFFFFF;

// Renames the states (kNone: dropped); the start is state 0 before and after. States of one new name become
// one.
void rename(PathAutomaton& automaton, const std::vector<State>& names, State states) {
  std::vector<Transitions> forward(states);
  std::vector<bool> accepting(states);
  for (State state = 0; state < automaton.states(); ++state) {
    if (names[state] == kNone) continue;
    if (automaton.accepting[state]) accepting[names[state]] = true;
    for (const auto& transition : automaton.forward[state])
      if (names[transition.state] != kNone)
        forward[names[state]].push_back({transition.label, names[transition.state]});
  }
  automaton.forward = std::move(forward);
  automaton.accepting = std::move(accepting);

  // Labels that nothing uses any more go, too.
  std::vector<std::uint32_t> labels(automaton.labels.size(), kNone);
  std::vector<PathLabel> used;
  for (auto& transitions : automaton.forward)
    for (auto& transition : transitions) {
      std::uint32_t& label = labels[transition.label];
      if (label == kNone) {
        label = static_cast<std::uint32_t>(used.size());
        used.push_back(automaton.labels[transition.label]);
      }
      transition.label = label;
    }
  automaton.labels = std::move(used);
  automaton.index();
}

// The states that are met from these, walking the transitions in one direction.
std::vector<bool> met(const std::vector<Transitions>& transitions, std::vector<State> from) {
  std::vector<bool> seen(transitions.size());
  for (State state : from) seen[state] = true;
  while (!from.empty()) {
    const State state = from.back();
    from.pop_back();
    for (const auto& transition : transitions[state]) {
      if (seen[transition.state]) continue;
      seen[transition.state] = true;
      from.push_back(transition.state);
    }
  }
  return seen;
}

void trim(PathAutomaton& automaton) {
  for (auto& transitions : automaton.forward)
    std::erase_if(transitions, [&](const PathAutomaton::Transition& transition) {
      const PathLabel& label = automaton.labels[transition.label];
      return label.kind == PathLabel::Kind::link && !label.predicate.is_bound();
    });
  automaton.index();
  std::vector<State> ends;
  for (State state = 0; state < automaton.states(); ++state)
    if (automaton.accepting[state]) ends.push_back(state);
  const std::vector<bool> begun = met(automaton.forward, {0});
  const std::vector<bool> ended = met(automaton.reverse, ends);
  std::vector<State> names(automaton.states(), kNone);
  State states = 0;
  for (State state = 0; state < automaton.states(); ++state)
    if (state == 0 || (begun[state] && ended[state])) names[state] = states++;
  rename(automaton, names, states);
}

// Classes of bisimilar states, by splitting: a class falls apart when its states lead to different classes.
class Partition {
 public:
  explicit Partition(const PathAutomaton& automaton)
      : automaton_(automaton),
        class_of_(automaton.states()),
        place_(automaton.states()),
        stale_(automaton.states(), true) {
    std::vector<State> ends;
    std::vector<State> others;
    for (State state = 0; state < automaton.states(); ++state)
      (automaton.accepting[state] ? ends : others).push_back(state);
    for (auto* states : {&others, &ends})
      if (!states->empty()) add(std::move(*states));
    for (State state = 0; state < automaton.states(); ++state) queue_.push_back(state);
    while (!queue_.empty()) split();
  }

  const std::vector<State>& class_of() const { return class_of_; }

 private:
  using Signature = Transitions;  // to classes

  void put(State number, std::vector<State> states) {
    for (State place = 0; place < states.size(); ++place) {
      class_of_[states[place]] = number;
      place_[states[place]] = place;
    }
    members_[number] = std::move(states);
  }
  void add(std::vector<State> states) {
    members_.emplace_back();
    put(static_cast<State>(members_.size() - 1), std::move(states));
  }
  void take_out(State number, State state) {
    std::vector<State>& states = members_[number];
    states[place_[state]] = states.back();
    place_[states.back()] = place_[state];
    states.pop_back();
  }

  Signature signature(State state) const {
    Signature result = automaton_.forward[state];
    for (auto& transition : result) transition.state = class_of_[transition.state];
    std::sort(result.begin(), result.end());
    result.erase(std::unique(result.begin(), result.end()), result.end());
    return result;
  }

  // The states in the queue lead to a class that was renamed. Others of their classes lead to none, and so
  // are alike.
  void split() {
    std::map<State, std::map<Signature, std::vector<State>>> changed;
    for (State state : queue_) changed[class_of_[state]][signature(state)].push_back(state);
    std::vector<State> renamed;
    for (auto& [number, by_signature] : changed) {
      std::vector<std::vector<State>> parts;
      std::size_t stale = 0;
      for (auto& [signature, states] : by_signature) {
        stale += states.size();
        parts.push_back(std::move(states));
      }
      const std::size_t others = members_[number].size() - stale;
      const auto largest = std::max_element(parts.begin(), parts.end(),
                                            [](const auto& a, const auto& b) { return a.size() < b.size(); });
      if (others >= largest->size()) {
        for (const auto& part : parts)
          for (State state : part) take_out(number, state);
      } else {
        // No more states than twice those at hand.
        std::vector<State> rest;
        for (State state : members_[number])
          if (!stale_[state]) rest.push_back(state);
        std::swap(*largest, rest);
        put(number, std::move(rest));
        if (largest->empty()) parts.erase(largest);
      }
      for (auto& part : parts) {
        renamed.insert(renamed.end(), part.begin(), part.end());
        add(std::move(part));
      }
    }
    for (State state : queue_) stale_[state] = false;
    queue_.clear();
    for (State state : renamed)
      for (const auto& transition : automaton_.reverse[state])
        if (!stale_[transition.state]) {
          stale_[transition.state] = true;
          queue_.push_back(transition.state);
        }
  }

  const PathAutomaton& automaton_;
  std::vector<State> class_of_;
  std::vector<State> place_;  // among the members of its class
  std::vector<std::vector<State>> members_;
  std::vector<bool> stale_;  // in the queue
  std::vector<State> queue_;
};

}  // namespace

void minimise(PathAutomaton& automaton) {
  trim(automaton);
  const Partition partition(automaton);
  // The class of the start comes first.
  std::vector<State> names(automaton.states(), kNone);
  std::vector<State> of_class(automaton.states(), kNone);
  State states = 0;
  for (State state = 0; state < automaton.states(); ++state) {
    State& name = of_class[partition.class_of()[state]];
    if (name == kNone) name = states++;
    names[state] = name;
  }
  rename(automaton, names, states);
}

}  // namespace dossier
