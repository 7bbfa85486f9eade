#include "engine/path/automaton.h"

#include <algorithm>

#include "engine/dossier.h"
#include "engine/path/minimise.h"

namespace dossier {
namespace {

using State = std::uint32_t;

// The sets of Glushkov's construction for a part of the expression.
struct Fragment {
  bool nullable = false;
  std::vector<State> first;
  std::vector<State> last;
};

void append(std::vector<State>& to, const std::vector<State>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

class Builder {
 public:
  Builder(PathAutomaton& automaton, const std::function<Id(const std::string&)>& resolve)
      : automaton_(automaton), resolve_(resolve) {
    state_labels_.push_back(0);
    automaton_.forward.emplace_back();
  }

  void build(const grammar::Path& path) {
    const Fragment whole = fragment(path, false);
    for (State state : whole.first) connect(0, state);
    automaton_.accepting.assign(automaton_.forward.size(), false);
    automaton_.accepting[0] = whole.nullable;
    for (State state : whole.last) automaton_.accepting[state] = true;
    automaton_.index();
  }

 private:
  Fragment fragment(const grammar::Path& path, bool inverse) {
    using Kind = grammar::Path::Kind;
    switch (path.kind) {
      case Kind::link:
        return edge({PathLabel::Kind::link, inverse, resolve_(path.iri.value), {}});
      case Kind::inverse:
        return fragment(path.parts.front(), !inverse);
      case Kind::sequence:
        return sequence(path.parts, inverse);
      case Kind::alternative: {
        Fragment result;
        for (const auto& part : path.parts) unite(result, fragment(part, inverse));
        return result;
      }
      case Kind::repeat:
        return repeat(path, inverse);
      case Kind::negated:
        return negated(path, inverse);
    }
    return {};
  }

  Fragment edge(PathLabel label) {
    if (automaton_.forward.size() > PathAutomaton::kMaxStates)
      throw LimitError(LimitError::Reason::size, "the property path needs more than " +
                                                     std::to_string(PathAutomaton::kMaxStates) +
                                                     " states; make its bounds smaller");
    auto& labels = automaton_.labels;
    const auto found = std::find(labels.begin(), labels.end(), label);
    const auto number = static_cast<std::uint32_t>(found - labels.begin());
    if (found == labels.end()) labels.push_back(std::move(label));
    const auto state = static_cast<State>(automaton_.forward.size());
    automaton_.forward.emplace_back();
    state_labels_.push_back(number);
    return {false, {state}, {state}};
  }

  // !(a|^b): any forward edge but a, and any inverse edge but b. A set without inverse members has no inverse
  // part, one with inverse members alone no forward part; the empty set excludes nothing of the forward
  // edges.
  Fragment negated(const grammar::Path& path, bool inverse) {
    PathLabel along{PathLabel::Kind::any, inverse, kUnbound, {}};
    PathLabel against{PathLabel::Kind::any, !inverse, kUnbound, {}};
    bool has_along = path.excluded.empty();
    bool has_against = false;
    for (const auto& step : path.excluded) {
      (step.inverse ? has_against : has_along) = true;
      const Id predicate = resolve_(step.iri.value);
      if (predicate.is_bound()) (step.inverse ? against : along).excluded.push_back(predicate);
    }
    Fragment result;
    for (auto* label : {&along, &against}) {
      if (!(label == &along ? has_along : has_against)) continue;
      std::sort(label->excluded.begin(), label->excluded.end());
      unite(result, edge(std::move(*label)));
    }
    return result;
  }

  Fragment sequence(const std::vector<grammar::Path>& parts, bool inverse) {
    Fragment result{true, {}, {}};
    for (std::size_t i = 0; i < parts.size(); ++i)
      follow(result, fragment(parts[inverse ? parts.size() - 1 - i : i], inverse));
    return result;
  }

  // A copy of the part for each time it may come, one behind the other; the last of them loops when there is no
  // bound. It may stop behind each copy from the least number on, so the transitions grow with the copies alone.
  Fragment repeat(const grammar::Path& path, bool inverse) {
    const grammar::Path& part = path.parts.front();
    const bool unbounded = path.max == grammar::Path::kUnbounded;
    std::uint32_t least = path.min;
    std::uint32_t copies = unbounded ? std::max<std::uint32_t>(path.min, 1) : path.max;
    Fragment result{least == 0, {}, {}};
    std::vector<State> before;
    for (std::uint32_t i = 0; i < copies; ++i) {
      Fragment copy = fragment(part, inverse);
      if (i == 0) {
        // A part that matches the empty word need not come at all.
        if (copy.nullable) {
          result.nullable = true;
          least = 0;
          if (unbounded) copies = 1;
        }
        result.first = copy.first;
      }
      connect(before, copy.first);
      if (unbounded && i + 1 == copies) connect(copy.last, copy.first);
      if (i + 1 >= least) append(result.last, copy.last);
      before = std::move(copy.last);
    }
    return result;
  }

  static void unite(Fragment& into, const Fragment& other) {
    into.nullable = into.nullable || other.nullable;
    append(into.first, other.first);
    append(into.last, other.last);
  }

  void follow(Fragment& into, const Fragment& next) {
    connect(into.last, next.first);
    if (into.nullable) append(into.first, next.first);
    if (next.nullable)
      append(into.last, next.last);
    else
      into.last = next.last;
    into.nullable = into.nullable && next.nullable;
  }

  void connect(const std::vector<State>& from, const std::vector<State>& to) {
    for (State source : from)
      for (State target : to) connect(source, target);
  }

  void connect(State from, State to) {
    if (++transitions_ > PathAutomaton::kMaxTransitions)
      throw LimitError(LimitError::Reason::size, "the property path needs more than " +
                                                     std::to_string(PathAutomaton::kMaxTransitions) +
                                                     " transitions; repeat fewer alternatives");
    automaton_.forward[from].push_back({state_labels_[to], to});
  }

  PathAutomaton& automaton_;
  const std::function<Id(const std::string&)>& resolve_;
  std::size_t transitions_ = 0;
  std::vector<std::uint32_t> state_labels_;  // in Glushkov's automaton all edges into a state have one label
};

}  // namespace

void PathAutomaton::index() {
  reverse.assign(states(), {});
  for (State from = 0; from < states(); ++from) {
    auto& transitions = forward[from];
    std::sort(transitions.begin(), transitions.end());
    transitions.erase(std::unique(transitions.begin(), transitions.end()), transitions.end());
    for (const auto& transition : transitions) reverse[transition.state].push_back({transition.label, from});
  }
  for (auto& transitions : reverse) std::sort(transitions.begin(), transitions.end());
}

PathAutomaton build_automaton(const grammar::Path& path,
                              const std::function<Id(const std::string& iri)>& resolve) {
  PathAutomaton automaton;
  Builder(automaton, resolve).build(path);
  minimise(automaton);
  return automaton;
}

}  // namespace dossier
