#include "engine/path/product.h"

#include <algorithm>

#include "engine/query/comparison.h"

namespace dossier {

// ---- PathProduct

PathProduct::PathProduct(QueryContext& context, const PathAutomaton& automaton, EdgeSource& source,
                         bool inverse)
    : automaton_(automaton), source_(source), inverse_(inverse), memory_(context.budget(), "path search") {
  std::vector<std::uint32_t> start;
  if (inverse) {
    for (std::uint32_t state = 0; state < automaton.states(); ++state)
      if (automaton.accepting[state]) start.push_back(state);
  } else {
    start.push_back(0);
  }
  intern(std::move(start));
}

PathProduct::State PathProduct::intern(std::vector<std::uint32_t> members, Id value) {
  const auto [at, added] =
      numbers_.try_emplace(std::pair(members, value), static_cast<State>(states_.size()));
  if (!added) return at->second;
  StateData data;
  for (std::uint32_t member : members) {
    data.accepting = data.accepting || (inverse_ ? member == 0 : automaton_.accepting[member]);
    for (const auto& transition : inverse_ ? automaton_.reverse[member] : automaton_.forward[member])
      data.labels.push_back(transition.label);
  }
  std::sort(data.labels.begin(), data.labels.end());
  data.labels.erase(std::unique(data.labels.begin(), data.labels.end()), data.labels.end());
  for (std::uint32_t label : data.labels)
    data.expected += source_.expected(automaton_.labels[label], automaton_.labels[label].inverse != inverse_);
  data.members = std::move(members);
  data.value = value;
  data.base = at->second;
  constexpr std::size_t kNode = 128;  // of the map, and what a vector holds beside its elements
  memory_.add(kNode + sizeof(StateData) +
              (2 * data.members.size() + data.labels.capacity()) * sizeof(std::uint32_t));
  states_.push_back(std::move(data));
  return at->second;
}

double PathProduct::expected(Id node, State state) const {
  const StateData& data = states_[state];
  double edges = 0;
  for (const std::uint32_t number : data.labels) {
    const PathLabel& label = automaton_.labels[number];
    const auto known = source_.known(node, label, label.inverse != inverse_);
    if (!known) return data.expected;
    edges += *known;
  }
  return edges;
}

PathProduct::State PathProduct::follow(const Letter& letter) {
  if (const auto known = follows_.find(letter); known != follows_.end()) return known->second;
  std::vector<std::uint32_t> members;
  for (std::uint32_t member : states_[letter.state].members)
    for (const auto& transition : inverse_ ? automaton_.reverse[member] : automaton_.forward[member]) {
      const PathLabel& label = automaton_.labels[transition.label];
      if ((letter.ways & (label.inverse != inverse_ ? 2 : 1)) == 0) continue;
      const bool fits =
          label.kind == PathLabel::Kind::link
              ? label.predicate == letter.predicate
              : !std::binary_search(label.excluded.begin(), label.excluded.end(), letter.predicate);
      if (fits) members.push_back(transition.state);
    }
  std::sort(members.begin(), members.end());
  members.erase(std::unique(members.begin(), members.end()), members.end());
  const State next = members.empty() ? kNone : intern(std::move(members));
  memory_.add(sizeof(Letter) + 4 * sizeof(void*));
  follows_.emplace(letter, next);
  return next;
}

// The next state with the value of the edge; kNone when the value decreases.
PathProduct::State PathProduct::with_value(State state, State next, const PathEdge& edge) {
  const Id value = source_.value(edge);
  const Id last = states_[state].value;
  if (!value.is_bound()) return kNone;
  if (last.is_bound() && !(inverse_ ? source_.may_follow(value, last) : source_.may_follow(last, value)))
    return kNone;
  const State result = intern(states_[next].members, value);
  states_[result].base = next;
  return result;
}

void PathProduct::steps(Id node, State state, std::vector<Step>& out) {
  out.clear();
  read_.clear();
  for (std::uint32_t number : states_[state].labels) {
    const PathLabel& label = automaton_.labels[number];
    source_.read(node, label, label.inverse != inverse_, read_);
  }
  // Two labels may let the same edge through, and two graphs may hold it.
  std::sort(read_.begin(), read_.end());
  read_.erase(std::unique(read_.begin(), read_.end()), read_.end());
  out.reserve(read_.size());
  for (const PathEdge& edge : read_) {
    const bool along = edge.subject == node;
    const auto ways = static_cast<std::uint8_t>((along ? 1 : 0) | (edge.object == node ? 2 : 0));
    State next = follow({states_[state].base, source_.letter(edge), ways});
    if (next != kNone && source_.ordered()) next = with_value(state, next, edge);
    if (next != kNone) out.push_back({edge, along ? edge.object : edge.subject, next});
  }
  if (!by_value_) return;
  // Inline values are in the order of their ids; for others any order will do.
  std::stable_sort(out.begin(), out.end(), [&](const Step& a, const Step& b) {
    const Id x = states_[a.state].value;
    const Id y = states_[b.state].value;
    return inverse_ ? y < x : x < y;
  });
}

bool PathProduct::covers(State a, State b) const {
  const Id first = states_[a].value;
  if (!first.is_bound()) return true;
  const InlineOrder order = compare_inline(first, states_[b].value);
  return order == InlineOrder::equal || order == (inverse_ ? InlineOrder::greater : InlineOrder::less);
}

// ---- PlaceMap

std::size_t PlaceMap::place(Id node, std::uint32_t state) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash_id(Id{node.bits * 31 + state}) & mask;
  while (slots_[slot].used && (slots_[slot].node != node || slots_[slot].state != state))
    slot = (slot + 1) & mask;
  return slot;
}

std::uint64_t& PlaceMap::at(Id node, std::uint32_t state, std::uint64_t initial, bool* added) {
  if ((size_ + 1) * 4 > slots_.size() * 3) {
    std::vector<Slot> old(std::max<std::size_t>(16, slots_.size() * 2));
    old.swap(slots_);
    for (const Slot& slot : old)
      if (slot.used) slots_[place(slot.node, slot.state)] = slot;
  }
  Slot& slot = slots_[place(node, state)];
  if (added != nullptr) *added = !slot.used;
  if (!slot.used) {
    slot = {node, state, true, initial};
    ++size_;
  }
  return slot.value;
}

const std::uint64_t* PlaceMap::find(Id node, std::uint32_t state) const {
  if (slots_.empty()) return nullptr;
  const Slot& slot = slots_[place(node, state)];
  return slot.used ? &slot.value : nullptr;
}

void PlaceMap::clear() {
  // A map that one search made large would make every later small one slow.
  if (slots_.size() > 4096)
    slots_.clear();
  else
    std::fill(slots_.begin(), slots_.end(), Slot{});
  size_ = 0;
}

// ---- Entries

constexpr std::size_t kLongList = 16;  // of states: one that is worth thinning

void Entries::clear() {
  places_.clear();
  ordered_.clear();
  states_ = 0;
}

bool Entries::covered(const std::vector<PathProduct::State>& entered, PathProduct::State state) const {
  std::uint64_t count = 0;
  for (PathProduct::State other : entered)
    if (product_.covers(other, state) && ++count == most_) return true;
  return false;
}

bool Entries::enter(Id node, PathProduct::State state) {
  if (!product_.ordered()) {
    std::uint64_t& entered = places_.at(node, state, 0);
    if (entered == most_) return false;
    ++entered;
    return true;
  }
  bool added = false;
  const std::uint64_t number = places_.at(node, product_.base(state), ordered_.size(), &added);
  if (added) ordered_.emplace_back();
  auto& entered = ordered_[number];
  if (covered(entered, state)) return false;
  states_ -= entered.size();
  entered.push_back(state);
  if (entered.size() > kLongList && entered.size() / 2 > most_) thin(entered);
  states_ += entered.size();
  return true;
}

// Leaves out what enough others cover, of those with the same value the later ones.
void Entries::thin(std::vector<PathProduct::State>& entered) const {
  std::vector<PathProduct::State> kept;
  for (std::size_t i = 0; i < entered.size(); ++i) {
    std::uint64_t count = 0;
    for (std::size_t j = 0; j < entered.size() && count < most_; ++j)
      if (i != j && product_.covers(entered[j], entered[i]) &&
          (j < i || !product_.covers(entered[i], entered[j])))
        ++count;
    if (count < most_) kept.push_back(entered[i]);
  }
  entered = std::move(kept);
}

bool Entries::full(Id node, PathProduct::State state) const {
  if (!product_.ordered()) {
    const std::uint64_t* entered = places_.find(node, state);
    return entered != nullptr && *entered == most_;
  }
  const std::uint64_t* number = places_.find(node, product_.base(state));
  return number != nullptr && covered(ordered_[*number], state);
}

std::size_t Entries::memory() const {
  return places_.memory() + ordered_.capacity() * sizeof(ordered_[0]) +
         2 * states_ * sizeof(PathProduct::State);
}

// ---- DistanceToEnd

DistanceToEnd::DistanceToEnd(QueryContext& context, const PathAutomaton& automaton, EdgeSource& source)
    : context_(context), automaton_(automaton), source_(source), memory_(context.budget(), "path search") {}

void DistanceToEnd::begin(Id end) {
  if (expected_of_.empty()) {
    // Sources know their edges by now.
    expected_of_.resize(automaton_.states());
    for (std::size_t state = 0; state < automaton_.states(); ++state)
      for (std::size_t i = 0; i < automaton_.reverse[state].size(); ++i) {
        const std::uint32_t label = automaton_.reverse[state][i].label;
        if (i == 0 || label != automaton_.reverse[state][i - 1].label)
          expected_of_[state] +=
              source_.expected(automaton_.labels[label], !automaton_.labels[label].inverse);
      }
  }
  distances_.clear();
  level_.clear();
  known_ = 0;
  expected_ = 0;
  for (std::uint32_t state = 0; state < automaton_.states(); ++state)
    if (automaton_.accepting[state]) enter(level_, end, state, 0);
}

bool DistanceToEnd::enter(std::vector<Place>& level, Id node, std::uint32_t state, std::uint64_t distance) {
  bool added = false;
  distances_.at(node, state, distance, &added);
  if (!added) return false;
  level.push_back({node, state});
  expected_ += 1 + expected_to(node, state);
  return true;
}

double DistanceToEnd::expected_to(Id node, std::uint32_t state) const {
  const auto& transitions = automaton_.reverse[state];
  double edges = 0;
  for (std::size_t i = 0; i < transitions.size(); ++i) {
    const std::uint32_t label = transitions[i].label;
    if (i > 0 && label == transitions[i - 1].label) continue;
    const auto known = source_.known(node, automaton_.labels[label], !automaton_.labels[label].inverse);
    if (!known) return expected_of_[state];
    edges += *known;
  }
  return edges;
}

void DistanceToEnd::extend(std::uint64_t steps) {
  while (known_ < steps && !level_.empty()) step({});
}

bool DistanceToEnd::extend_until(const Met& met) {
  return step(met);
}

bool DistanceToEnd::step(const Met& met) {
  std::vector<Place> next;
  std::vector<PathEdge> edges;
  std::vector<PathAutomaton::Transition> transitions;
  source_.add_level(level_.size());
  expected_ = 0;
  const std::uint64_t edges_before = source_.edges();
  // The states of a node together, so that its edges with a label are read once.
  std::sort(level_.begin(), level_.end());
  for (std::size_t at = 0; at < level_.size();) {
    context_.check();
    const Id here = level_[at].node;
    transitions.clear();
    for (; at < level_.size() && level_[at].node == here; ++at) {
      const auto& into = automaton_.reverse[level_[at].state];
      transitions.insert(transitions.end(), into.begin(), into.end());
    }
    std::sort(transitions.begin(), transitions.end());
    transitions.erase(std::unique(transitions.begin(), transitions.end()), transitions.end());
    for (auto first = transitions.begin(); first != transitions.end();) {
      const PathLabel& label = automaton_.labels[first->label];
      const auto last = std::find_if(first, transitions.end(),
                                     [&](const auto& other) { return other.label != first->label; });
      edges.clear();
      source_.read(here, label, !label.inverse, edges);
      for (const PathEdge& edge : edges)
        for (auto transition = first; transition != last; ++transition) {
          const Id node = label.inverse ? edge.object : edge.subject;
          if (enter(next, node, transition->state, known_ + 1) && met && met(node, transition->state))
            return true;
        }
      first = last;
    }
    memory_.resize(distances_.memory() + (level_.capacity() + next.capacity()) * sizeof(Place));
  }
  // Where nodes of many edges are, a search comes to them first, so the mean tells too little.
  if (!source_.in_memory())
    expected_ =
        std::max(expected_, static_cast<double>(source_.edges() - edges_before) /
                                static_cast<double>(level_.size()) * static_cast<double>(next.size()));
  level_.swap(next);
  ++known_;
  return false;
}

std::uint64_t DistanceToEnd::of(Id node, const std::vector<std::uint32_t>& states) const {
  std::uint64_t least = kFar;
  for (std::uint32_t state : states)
    if (const std::uint64_t* distance = distances_.find(node, state)) least = std::min(least, *distance);
  return least;
}

}  // namespace dossier
