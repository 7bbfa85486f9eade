#include "engine/path/reach_frontier.h"

#include <algorithm>

namespace dossier {

// ---- IdSet

// kUnbound marks a free slot; no search visits it.
bool IdSet::insert(Id id) {
  if ((size_ + 1) * 4 > slots_.size() * 3) grow();
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = hash_id(id) & mask;; slot = (slot + 1) & mask) {
    if (slots_[slot] == id) return false;
    if (!slots_[slot].is_bound()) {
      slots_[slot] = id;
      ++size_;
      return true;
    }
  }
}

bool IdSet::contains(Id id) const {
  if (slots_.empty()) return false;
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = hash_id(id) & mask;; slot = (slot + 1) & mask) {
    if (slots_[slot] == id) return true;
    if (!slots_[slot].is_bound()) return false;
  }
}

void IdSet::clear() {
  // A set that one search made large would make every later small one slow.
  if (slots_.size() > 4096 && size_ * 16 < slots_.size())
    slots_.clear();
  else
    std::fill(slots_.begin(), slots_.end(), kUnbound);
  size_ = 0;
}

void IdSet::grow() {
  std::vector<Id> old(std::max<std::size_t>(16, slots_.size() * 2));
  old.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  for (Id id : old) {
    if (!id.is_bound()) continue;
    std::size_t slot = hash_id(id) & mask;
    while (slots_[slot].is_bound()) slot = (slot + 1) & mask;
    slots_[slot] = id;
  }
}

// ---- IndexFrontier

IndexFrontier::IndexFrontier(QueryContext& context, const PathAutomaton& automaton, const GraphScope& scope,
                             bool inverse, SearchWork& work)
    : context_(context),
      automaton_(automaton),
      scope_(scope),
      inverse_(inverse),
      whole_store_(holds_whole_store(context.snapshot(), scope)),
      work_(work),
      visited_(automaton.states()),
      level_(automaton.states()),
      next_(automaton.states()),
      bytes_(automaton.states()),
      memory_(context.budget(), "property path") {}

template <typename Edge>
bool IndexFrontier::expand(const std::vector<Id>& sorted, const PathLabel& label, Edge&& edge) {
  const bool link = label.kind == PathLabel::Kind::link;
  const bool backwards = label.inverse != inverse_;
  // Columns: link p s o / p o s; any s p o / o s p.
  ScanRange range;
  std::size_t from = 0, to = 2, predicate = 1;
  if (link) {
    range.permutation = backwards ? Permutation::posg : Permutation::psog;
    range.prefix[0] = label.predicate;
    range.prefix_length = 1;
    from = 1;
  } else if (backwards) {
    range.permutation = Permutation::ospg;
    to = 1;
    predicate = 2;
  } else {
    range.permutation = Permutation::spog;
  }
  range.low = sorted.front();
  range.high = sorted.back();
  const ColumnMask mask = 0b0111 | (whole_store_ ? 0 : 0b1000);
  const auto cursor = context_.snapshot().scan(range, mask, &context_.counters());
  Row target = range.prefix;
  std::size_t wanted = 0;
  RowBlock block;
  while (wanted < sorted.size() && cursor->next(block)) {
    context_.check();
    const Id* nodes = block.columns[from];
    std::size_t row = 0;
    while (row < block.rows && wanted < sorted.size()) {
      if (nodes[row] < sorted[wanted]) {
        // Gallop inside the block: levels are often sparse against the index.
        row = static_cast<std::size_t>(std::lower_bound(nodes + row, nodes + block.rows, sorted[wanted]) -
                                       nodes);
        continue;
      }
      if (sorted[wanted] < nodes[row]) {
        ++wanted;
        continue;
      }
      ++work_.edges;
      const bool in_scope = whole_store_ || scope_.contains(block.columns[3][row]);
      const bool allowed = link || !std::binary_search(label.excluded.begin(), label.excluded.end(),
                                                       block.columns[predicate][row]);
      if (in_scope && allowed && edge(block.columns[to][row])) return true;
      ++row;
    }
    if (wanted < sorted.size() && nodes[block.rows - 1] < sorted[wanted]) {
      target[from] = sorted[wanted];
      cursor->seek(target, static_cast<int>(from) + 1);
    }
  }
  return false;
}

bool IndexFrontier::visit(std::uint32_t state, Id node) {
  IdSet& visited = visited_[state];
  if (!visited.insert(node)) return false;
  if (visited.size() == 1) touched_.push_back(state);
  return true;
}

void IndexFrontier::account(std::uint32_t state) {
  const std::size_t bytes =
      visited_[state].memory() + (level_[state].capacity() + next_[state].capacity()) * sizeof(Id);
  total_bytes_ += bytes - bytes_[state];
  bytes_[state] = bytes;
}

void IndexFrontier::begin(Id node) {
  for (std::uint32_t state : touched_) visited_[state].clear();
  for (std::uint32_t state : active_) level_[state].clear();
  touched_.clear();
  active_.clear();
  const auto start = [&](std::uint32_t state) {
    visit(state, node);
    level_[state].push_back(node);
    active_.push_back(state);
  };
  if (!inverse_) return start(0);
  for (std::uint32_t state = 0; state < automaton_.states(); ++state)
    if (automaton_.accepting[state]) start(state);
}

bool IndexFrontier::step(const IndexFrontier* other) {
  next_active_.clear();
  std::size_t size = 0;
  bool met = false;
  for (std::uint32_t state : active_) {
    auto& level = level_[state];
    std::sort(level.begin(), level.end());
    // Transitions are sorted by label: one reading serves all of one label.
    const auto& transitions = inverse_ ? automaton_.reverse[state] : automaton_.forward[state];
    for (auto first = transitions.begin(); first != transitions.end() && !met;) {
      const auto last = std::find_if(first, transitions.end(),
                                     [&](const auto& other_one) { return other_one.label != first->label; });
      met = expand(level, automaton_.labels[first->label], [&](Id node) {
        for (auto transition = first; transition != last; ++transition) {
          const std::uint32_t next = transition->state;
          if (!visit(next, node)) continue;
          if (next_[next].empty()) next_active_.push_back(next);
          next_[next].push_back(node);
          ++size;
          if (other != nullptr && other->contains(next, node)) return true;
        }
        return false;
      });
      first = last;
    }
  }
  for (std::uint32_t state : active_) {
    level_[state].clear();
    account(state);
  }
  for (std::uint32_t state : next_active_) {
    level_[state].swap(next_[state]);
    account(state);
  }
  active_.swap(next_active_);
  memory_.resize(total_bytes_);
  work_.add_level(size);
  return met;
}

// ---- AdjacencySteps

const AdjacencySteps::Choice& AdjacencySteps::choice(const PathAutomaton& automaton, const Adjacency& edges,
                                                     const std::vector<std::uint32_t>& labels) {
  const auto [entry, added] = choices_.try_emplace({&edges, labels});
  Choice& choice = entry->second;
  if (!added) return choice;
  const auto& predicates = edges.predicates();
  choice.chosen.resize(predicates.size());
  for (std::uint32_t number : labels) {
    const PathLabel& label = automaton.labels[number];
    for (std::size_t i = 0; i < predicates.size(); ++i)
      if (label.kind == PathLabel::Kind::link
              ? label.predicate == predicates[i]
              : !std::binary_search(label.excluded.begin(), label.excluded.end(), predicates[i]))
        choice.chosen[i] = true;
  }
  const auto count = std::count(choice.chosen.begin(), choice.chosen.end(), true);
  choice.count = static_cast<std::size_t>(count);
  choice.predicate = static_cast<std::uint32_t>(std::find(choice.chosen.begin(), choice.chosen.end(), true) -
                                                choice.chosen.begin());
  choice.kind = choice.count == predicates.size() ? Step::Kind::all
                : choice.count == 1               ? Step::Kind::one
                                                  : Step::Kind::some;
  return choice;
}

AdjacencySteps::AdjacencySteps(const PathAutomaton& automaton, bool inverse, const Adjacency* along,
                               const Adjacency* against)
    : nodes_(along != nullptr ? &along->nodes() : &against->nodes()), steps_(automaton.states()) {
  for (std::uint32_t state = 0; state < automaton.states(); ++state) {
    // The labels that lead to the same state in the same direction are read together, and what is read once
    // leads to all states that the same labels lead to.
    using Labels = std::vector<std::uint32_t>;
    std::map<std::pair<std::uint32_t, bool>, Labels> by_state;
    for (const auto& transition : inverse ? automaton.reverse[state] : automaton.forward[state])
      by_state[{transition.state, automaton.labels[transition.label].inverse != inverse}].push_back(
          transition.label);
    std::map<std::pair<bool, Labels>, std::vector<std::uint32_t>> by_labels;
    for (const auto& [to, labels] : by_state) by_labels[{to.second, labels}].push_back(to.first);
    for (const auto& [labels, states] : by_labels) {
      const Adjacency* edges = labels.first ? against : along;
      const Choice& chosen = choice(automaton, *edges, labels.second);
      if (chosen.count > 0)
        steps_[state].push_back({chosen.kind, edges, chosen.predicate, &chosen.chosen, states});
    }
  }
}

std::uint64_t AdjacencySteps::edges() const {
  std::uint64_t edges = 0;
  for (const auto& steps : steps_)
    for (const Step& step : steps) edges += step.edges->edges();
  return edges;
}

double AdjacencySteps::weight(std::uint32_t state, std::span<const std::uint32_t> nodes) const {
  constexpr std::size_t kSample = 64;
  const auto sample = nodes.first(std::min(nodes.size(), kSample));
  std::size_t edges = 0;
  for (const Step& step : steps_[state])
    for (std::uint32_t node : sample) edges += step.edges->degree(node);
  return static_cast<double>(edges) * static_cast<double>(nodes.size()) /
         static_cast<double>(std::max<std::size_t>(sample.size(), 1));
}

// ---- AdjacencyFrontier

AdjacencyFrontier::AdjacencyFrontier(QueryContext& context, const PathAutomaton& automaton, bool inverse,
                                     const Adjacency* along, const Adjacency* against, SearchWork& work)
    : context_(context),
      automaton_(automaton),
      inverse_(inverse),
      steps_(automaton, inverse, along, against),
      work_(work),
      parts_(automaton.states()),
      memory_(context.budget(), "property path") {}

AdjacencyFrontier::Part& AdjacencyFrontier::touch(std::uint32_t state) {
  Part& part = parts_[state];
  if (!part.touched) touched_.push_back(state);
  part.touched = true;
  if (!part.marks.empty()) return part;
  const std::size_t words = nodes().size() / 64 + 1;
  memory_.add(words * sizeof(std::uint64_t));
  total_bytes_ += words * sizeof(std::uint64_t);
  part.bytes = words * sizeof(std::uint64_t);
  part.marks.resize(words);
  return part;
}

void AdjacencyFrontier::clear() {
  for (std::uint32_t state : touched_) {
    Part& part = parts_[state];
    if (part.nodes.size() < part.marks.size())
      for (std::uint32_t node : part.nodes) part.marks[node / 64] = 0;
    else
      std::fill(part.marks.begin(), part.marks.end(), 0);
    part.nodes.clear();
    part.level = part.end = 0;
    part.touched = false;
  }
  touched_.clear();
  active_.clear();
}

void AdjacencyFrontier::begin(Id node) {
  clear();
  // A node without such edges leads nowhere.
  const std::uint32_t number = nodes().find(node);
  if (number == AdjacencyNodes::kNone) return;
  const auto start = [&](std::uint32_t state) {
    Part& part = touch(state);
    part.visit(number);
    part.end = 1;
    active_.push_back(state);
  };
  if (!inverse_) return start(0);
  for (std::uint32_t state = 0; state < automaton_.states(); ++state)
    if (automaton_.accepting[state]) start(state);
}

void AdjacencyFrontier::take_over(const IndexFrontier& other) {
  clear();
  for (std::uint32_t state : other.touched_) {
    Part& part = touch(state);
    // What is new comes last.
    std::vector<std::uint32_t> fresh;
    for (Id id : other.level_[state])
      if (const std::uint32_t node = nodes().find(id); node != AdjacencyNodes::kNone) fresh.push_back(node);
    for (std::uint32_t node : fresh) part.marks[node / 64] |= std::uint64_t{1} << (node % 64);
    other.visited_[state].each([&](Id id) {
      if (const std::uint32_t node = nodes().find(id); node != AdjacencyNodes::kNone) part.visit(node);
    });
    part.level = part.nodes.size();
    part.nodes.insert(part.nodes.end(), fresh.begin(), fresh.end());
    part.end = part.nodes.size();
    if (!fresh.empty()) active_.push_back(state);
  }
}

bool AdjacencyFrontier::step(const AdjacencyFrontier* other) {
  constexpr std::size_t kCheck = 4096;  // edges, or nodes
  stepped_ = active_;
  for (std::uint32_t state : active_)
    for (const auto& step : steps_.from(state)) {
      for (std::uint32_t next : step.states) {
        const Part& to = touch(next);
        if (to.nodes.size() == to.end) stepped_.push_back(next);
      }
      const Part& from = parts_[state];
      Part& to = parts_[step.states.front()];
      const bool simple = other == nullptr && step.states.size() == 1;
      const std::size_t end = from.end;
      std::size_t edges = 0;
      bool met = false;
      for (std::size_t i = from.level; i < end && !met; ++i) {
        const std::uint32_t node = from.nodes[i];
        if (simple) {
          edges += AdjacencySteps::follow(step, node, [&](std::uint32_t target) {
            to.visit(target);
            return false;
          });
        } else {
          edges += AdjacencySteps::follow(step, node, [&](std::uint32_t target) {
            for (std::uint32_t next : step.states)
              if (parts_[next].visit(target) && other != nullptr && other->contains(next, target)) met = true;
            return met;
          });
        }
        if (edges >= kCheck || i % kCheck == 0) {
          context_.check();
          work_.edges += edges;
          edges = 0;
        }
      }
      work_.edges += edges;
      if (met) return true;
    }
  end_level();
  return false;
}

void AdjacencyFrontier::end_level() {
  active_.clear();
  std::sort(stepped_.begin(), stepped_.end());
  stepped_.erase(std::unique(stepped_.begin(), stepped_.end()), stepped_.end());
  std::size_t size = 0;
  for (std::uint32_t state : stepped_) {
    Part& part = parts_[state];
    part.level = part.end;
    part.end = part.nodes.size();
    size += part.end - part.level;
    if (part.level < part.end) active_.push_back(state);
    const std::size_t bytes =
        part.marks.size() * sizeof(std::uint64_t) + part.nodes.capacity() * sizeof(std::uint32_t);
    total_bytes_ += bytes - part.bytes;
    part.bytes = bytes;
  }
  memory_.resize(total_bytes_);
  work_.add_level(size);
}

}  // namespace dossier
