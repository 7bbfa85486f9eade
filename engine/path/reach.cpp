#include "engine/path/reach.h"

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

// ---- ReachSearch

ReachSearch::ReachSearch(QueryContext& context, const PathAutomaton& automaton, GraphScope scope)
    : context_(context),
      automaton_(automaton),
      scope_(std::move(scope)),
      memory_(context.budget(), "property path") {
  std::uint64_t inside = 0;
  if (scope_.all)
    inside = context.snapshot().quads();
  else
    for (Id graph : scope_.graphs) inside += context.snapshot().quads(graph);
  one_graph_store_ = inside == context.snapshot().quads();
}

template <typename Edge>
bool ReachSearch::expand(const std::vector<Id>& sorted, const PathLabel& label, bool inverse, Edge&& edge) {
  const bool link = label.kind == PathLabel::Kind::link;
  if (sorted.empty() || (link && !label.predicate.is_bound())) return false;
  const bool backwards = label.inverse != inverse;
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
  const ColumnMask mask = 0b0111 | (one_graph_store_ ? 0 : 0b1000);
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
      ++edges_;
      const bool in_scope = one_graph_store_ || scope_.contains(block.columns[3][row]);
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

void ReachSearch::begin(Side& side, Id node, bool inverse) {
  side.inverse = inverse;
  side.visited.resize(automaton_.states());
  side.level.resize(automaton_.states());
  for (auto& set : side.visited) set.clear();
  for (auto& nodes : side.level) nodes.clear();
  side.level_size = 0;
  for (std::size_t state = 0; state < automaton_.states(); ++state) {
    if (inverse ? !automaton_.accepting[state] : state != 0) continue;
    side.visited[state].insert(node);
    side.level[state].push_back(node);
    ++side.level_size;
  }
}

template <typename Found>
bool ReachSearch::step(Side& side, Found&& found) {
  std::vector<std::vector<Id>> next(automaton_.states());
  std::size_t next_size = 0;
  bool stopped = false;
  for (std::uint32_t state = 0; state < automaton_.states() && !stopped; ++state) {
    auto& level = side.level[state];
    if (level.empty()) continue;
    std::sort(level.begin(), level.end());
    for (const auto& transition : side.inverse ? automaton_.reverse[state] : automaton_.forward[state]) {
      stopped = expand(level, automaton_.labels[transition.label], side.inverse, [&](Id node) {
        if (!side.visited[transition.state].insert(node)) return false;
        next[transition.state].push_back(node);
        ++next_size;
        return found(transition.state, node);
      });
      if (stopped) break;
    }
  }
  side.level.swap(next);
  side.level_size = next_size;
  account(side);
  return stopped;
}

void ReachSearch::account(const Side& side) {
  std::size_t bytes = results_.memory();
  for (const auto* each : {&ahead_, &back_})
    for (const auto& set : each->visited) bytes += set.memory();
  memory_.resize(bytes + side.level_size * sizeof(Id));
}

void ReachSearch::reach(Id start, bool inverse, std::vector<Id>& out) {
  results_.clear();
  begin(ahead_, start, inverse);
  if (automaton_.accepts_empty()) {
    results_.insert(start);
    out.push_back(start);
  }
  const auto ends_in = [&](std::uint32_t state) {
    return inverse ? state == 0 : automaton_.accepting[state];
  };
  while (ahead_.level_size > 0)
    step(ahead_, [&](std::uint32_t state, Id node) {
      if (ends_in(state) && results_.insert(node)) out.push_back(node);
      return false;
    });
}

bool ReachSearch::connects(Id start, Id end) {
  if (start == end && automaton_.accepts_empty()) return true;
  begin(ahead_, start, false);
  begin(back_, end, true);
  // A word of no letters was dealt with above, and no other leaves both sides at their beginnings.
  while (ahead_.level_size > 0 && back_.level_size > 0) {
    Side& side = ahead_.level_size <= back_.level_size ? ahead_ : back_;
    const Side& other = &side == &ahead_ ? back_ : ahead_;
    if (step(side, [&](std::uint32_t state, Id node) { return other.visited[state].contains(node); }))
      return true;
  }
  return false;
}

std::vector<Id> ReachSearch::sources(bool inverse) {
  std::vector<Id> nodes;
  // A sorted scan repeats a node in a row; comparing with the last one leaves few to sort out at the end.
  const auto collect = [&](const ScanRange& range, std::size_t column, const PathLabel* label,
                           std::size_t predicate) {
    const ColumnMask mask = 0b0111 | (one_graph_store_ ? 0 : 0b1000);
    const auto cursor = context_.snapshot().scan(range, mask, &context_.counters());
    for (RowBlock block; cursor->next(block);) {
      context_.check();
      memory_.resize(nodes.size() * sizeof(Id));
      for (std::size_t row = 0; row < block.rows; ++row) {
        if (!one_graph_store_ && !scope_.contains(block.columns[3][row])) continue;
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
        } else if (label.predicate.is_bound()) {
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
