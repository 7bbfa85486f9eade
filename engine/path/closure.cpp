#include "engine/path/closure.h"

#include <algorithm>

#include "engine/dossier.h"

namespace dossier {
namespace {

constexpr std::uint64_t kCheck = 4096;  // steps of a loop between two looks at deadline and memory

}  // namespace

PathClosure::PathClosure(QueryContext& context, const PathAutomaton& automaton, bool inverse,
                         const Adjacency* along, const Adjacency* against)
    : context_(context),
      automaton_(automaton),
      inverse_(inverse),
      steps_(automaton, inverse, along, against),
      node_count_(steps_.nodes().size()),
      is_end_(automaton.states()),
      memory_(context.budget(), "property path closure") {
  for (std::uint32_t state = 0; state < automaton.states(); ++state)
    is_end_[state] = inverse ? state == 0 : automaton.accepting[state];
  one_end_ = std::count(is_end_.begin(), is_end_.end(), true) == 1;
  choose_entries();
  const std::uint64_t places = std::uint64_t{node_count_} * automaton.states();
  if (places >= kFinished)
    throw LimitError(LimitError::Reason::memory, "the path has too many places to be condensed");
  bytes_ = static_cast<std::size_t>(places) * sizeof(std::uint32_t);
  memory_.resize(bytes_);
  numbers_.assign(static_cast<std::size_t>(places), 0);
  Work work;
  for (std::uint32_t node = 0; node < node_count_; ++node)
    for (std::uint32_t entry : entries_)
      if (numbers_[place(entry, node)] == 0) find_components(place(entry, node), work);
  link(work);
  work = {};
  seen_.assign(cyclic_.size(), 0);
  if (!one_end_) seen_nodes_.assign(node_count_, 0);
  account(nullptr);
}

void PathClosure::choose_entries() {
  for (std::uint32_t state = 0; state < automaton_.states(); ++state)
    if (inverse_ ? automaton_.accepting[state] : state == 0) entries_.push_back(state);
  if (entries_.size() != 1 || is_end_[entries_[0]]) return;
  const std::uint32_t start = entries_[0];
  const auto& on = inverse_ ? automaton_.reverse : automaton_.forward;
  const auto& back = inverse_ ? automaton_.forward : automaton_.reverse;
  if (!back[start].empty()) return;
  for (std::uint32_t state = 0; state < automaton_.states(); ++state)
    if (state != start && on[state] == on[start]) {
      entries_ = {state};
      strict_ = true;
      return;
    }
}

void PathClosure::account(const Work* work) {
  std::size_t bytes = bytes_ + cyclic_.capacity() / 8 +
                      (link_offsets_.capacity() + links_.capacity() + end_offsets_.capacity() +
                       ends_.capacity() + seen_.capacity() + seen_nodes_.capacity() + pending_.capacity()) *
                          sizeof(std::uint32_t);
  if (work != nullptr)
    bytes +=
        work->visits.capacity() * sizeof(Visit) +
        (work->stack.capacity() + work->order.capacity() + work->bounds.capacity()) * sizeof(std::uint32_t);
  memory_.resize(bytes);
}

// ---- condensing

// The next place that an edge leads to; false: there is none.
bool PathClosure::next_place(Visit& visit, Place& next) {
  const auto& steps = steps_.from(visit.state);
  for (;;) {
    if (visit.edge == visit.targets.size()) {
      if (visit.step == steps.size()) return false;
      const AdjacencySteps::Step& step = steps[visit.step++];
      visit.targets = AdjacencySteps::targets(step, visit.node);
      visit.predicates = AdjacencySteps::predicates(step, visit.node);
      visit.edge = 0;
      continue;
    }
    const AdjacencySteps::Step& step = steps[visit.step - 1];
    if (visit.predicates.empty() || (*step.chosen)[visit.predicates[visit.edge]]) {
      next = place(step.states[visit.branch], visit.targets[visit.edge]);
      if (++visit.branch < step.states.size()) return true;
      visit.branch = 0;
      ++visit.edge;
      ++edges_;
      return true;
    }
    ++visit.edge;
  }
}

void PathClosure::find_components(Place root, Work& work) {
  const auto push = [&](Place place) {
    Visit visit;
    visit.state = place / node_count_;
    visit.node = place % node_count_;
    visit.low = numbers_[place] = ++counter_;
    work.visits.push_back(visit);
    work.stack.push_back(place);
    if (counter_ % kCheck == 0) {
      context_.check();
      account(&work);
    }
  };
  push(root);
  while (!work.visits.empty()) {
    Visit& visit = work.visits.back();
    Place next = 0;
    if (next_place(visit, next)) {
      const std::uint32_t number = numbers_[next];
      if (number == 0)
        push(next);
      else if ((number & kFinished) == 0)
        visit.low = std::min(visit.low, number);
      continue;
    }
    const Place here = place(visit.state, visit.node);
    const std::uint32_t low = visit.low;
    work.visits.pop_back();
    if (low == numbers_[here]) {
      const auto number = static_cast<Component>(cyclic_.size());
      Place member = 0;
      do {
        member = work.stack.back();
        work.stack.pop_back();
        work.order.push_back(member);
        numbers_[member] = number | kFinished;
      } while (member != here);
      cyclic_.push_back(work.order.size() - work.bounds.back() > 1);
      work.bounds.push_back(static_cast<std::uint32_t>(work.order.size()));
    } else {
      work.visits.back().low = std::min(work.visits.back().low, low);
    }
  }
}

// Which components lead to which, and the ends in each.
void PathClosure::link(Work& work) {
  const auto count = static_cast<Component>(cyclic_.size());
  std::vector<Component> last(count, count);  // the component that linked to it last
  Reservation memory(context_.budget(), "property path closure");
  memory.resize(last.size() * sizeof(Component));
  link_offsets_.reserve(count + 1);
  end_offsets_.reserve(count + 1);
  std::uint64_t steps = 0;
  for (Component from = 0; from < count; ++from) {
    link_offsets_.push_back(static_cast<std::uint32_t>(links_.size()));
    end_offsets_.push_back(static_cast<std::uint32_t>(ends_.size()));
    for (std::uint32_t i = work.bounds[from]; i < work.bounds[from + 1]; ++i) {
      Visit visit;
      visit.state = work.order[i] / node_count_;
      visit.node = work.order[i] % node_count_;
      if (is_end_[visit.state]) ends_.push_back(visit.node);
      Place next = 0;
      while (next_place(visit, next)) {
        if (++steps % kCheck == 0) {
          context_.check();
          account(&work);
        }
        const Component to = component(next);
        if (to == from) {
          cyclic_[from] = true;
        } else if (last[to] != from) {
          last[to] = from;
          links_.push_back(to);
        }
      }
    }
  }
  link_offsets_.push_back(static_cast<std::uint32_t>(links_.size()));
  end_offsets_.push_back(static_cast<std::uint32_t>(ends_.size()));
}

// ---- walks

void PathClosure::begin_walk() {
  if (++walk_ == 0) {
    std::fill(seen_.begin(), seen_.end(), 0);
    std::fill(seen_nodes_.begin(), seen_nodes_.end(), 0);
    walk_ = 1;
  }
  pending_.clear();
}

void PathClosure::enter(Component component) {
  if (seen_[component] == walk_) return;
  seen_[component] = walk_;
  pending_.push_back(component);
}

void PathClosure::enter_from(Component component) {
  if (reaches_itself(component)) return enter(component);
  for (Component next : links(component)) enter(next);
}

template <typename Take>
bool PathClosure::walk(Take&& take) {
  while (!pending_.empty()) {
    const Component here = pending_.back();
    pending_.pop_back();
    if (take(here)) return true;
    const auto on = links(here);
    for (Component next : on) enter(next);
    const std::uint64_t before = walked_;
    walked_ += 1 + on.size();
    if (before / kCheck != walked_ / kCheck) context_.check();
  }
  return false;
}

void PathClosure::reach(Id start, std::vector<Id>& out) {
  const std::uint32_t node = nodes().find(start);
  if (node == AdjacencyNodes::kNone) return;
  begin_walk();
  for (std::uint32_t entry : entries_) enter_from(component(place(entry, node)));
  walk([&](Component here) {
    for (std::uint32_t end : ends(here)) {
      if (!one_end_) {
        if (seen_nodes_[end] == walk_) continue;
        seen_nodes_[end] = walk_;
      }
      out.push_back(nodes().id(end));
    }
    return false;
  });
}

bool PathClosure::connects(Id start, Id end) {
  const std::uint32_t from = nodes().find(start);
  const std::uint32_t to = nodes().find(end);
  if (from == AdjacencyNodes::kNone || to == AdjacencyNodes::kNone) return false;
  std::vector<Component> wanted;
  for (std::uint32_t state = 0; state < automaton_.states(); ++state)
    if (is_end_[state] && visited(place(state, to))) wanted.push_back(component(place(state, to)));
  std::sort(wanted.begin(), wanted.end());
  begin_walk();
  for (std::uint32_t entry : entries_) enter_from(component(place(entry, from)));
  return walk([&](Component here) { return std::binary_search(wanted.begin(), wanted.end(), here); });
}

// ---- counting

std::vector<PathClosure::Group> PathClosure::groups() {
  std::vector<Group> result;
  if (entries_.size() == 1) {
    std::vector<std::uint64_t> starts(cyclic_.size());
    for (std::uint32_t node = 0; node < node_count_; ++node) ++starts[component(place(entries_[0], node))];
    for (Component from = 0; from < starts.size(); ++from)
      if (starts[from] > 0) result.push_back({{from}, starts[from]});
  } else {
    for (std::uint32_t node = 0; node < node_count_; ++node) {
      Group group{{}, 1};
      for (std::uint32_t entry : entries_) group.from.push_back(component(place(entry, node)));
      result.push_back(std::move(group));
    }
  }
  return result;
}

// Walks are best where starts reach little. Where they reach much, sets of ends are joined as bitmaps, a
// block of ends at a time: that costs every link once a block, whatever is reached.
std::uint64_t PathClosure::count() {
  constexpr std::uint64_t kBlockCost = 4;  // of a link, against one that a walk meets
  const std::vector<Group> all = groups();
  Reservation memory(context_.budget(), "property path closure");
  memory.resize(all.size() * (sizeof(Group) + entries_.size() * sizeof(Component)));
  const std::uint64_t blocks = node_count_ / (64 * kBlockWords) + 1;
  const std::uint64_t most = walked_ + blocks * (links_.size() + cyclic_.size()) * kBlockCost;
  std::uint64_t pairs = 0;
  for (const Group& group : all) {
    begin_walk();
    for (Component from : group.from) enter_from(from);
    std::uint64_t reached = 0;
    walk([&](Component here) {
      if (one_end_) {
        reached += ends(here).size();
        return walked_ > most;
      }
      for (std::uint32_t end : ends(here)) {
        if (seen_nodes_[end] == walk_) continue;
        seen_nodes_[end] = walk_;
        ++reached;
      }
      return walked_ > most;
    });
    if (walked_ > most) return count_by_blocks(all);
    pairs += reached * group.starts;
  }
  return pairs;
}

std::uint64_t PathClosure::count_by_blocks(const std::vector<Group>& all) {
  using Block = std::array<std::uint64_t, kBlockWords>;
  constexpr std::uint32_t kEnds = 64 * kBlockWords;
  std::vector<std::uint64_t> starts(entries_.size() == 1 ? cyclic_.size() : 0);
  if (!starts.empty())
    for (const Group& group : all) starts[group.from[0]] = group.starts;
  Reservation memory(context_.budget(), "property path closure");
  memory.resize(cyclic_.size() * sizeof(Block) + starts.size() * sizeof(std::uint64_t));
  std::vector<Block> rows(cyclic_.size());
  const auto size_of = [](const Block& block) {
    std::uint64_t size = 0;
    for (std::uint64_t word : block) size += static_cast<std::uint64_t>(__builtin_popcountll(word));
    return size;
  };
  std::uint64_t pairs = 0;
  for (std::uint64_t first = 0; first < node_count_; first += kEnds) {
    context_.check();
    std::fill(rows.begin(), rows.end(), Block{});
    const auto last = static_cast<std::uint32_t>(std::min<std::uint64_t>(first + kEnds, node_count_));
    for (std::uint32_t state = 0; state < automaton_.states(); ++state) {
      if (!is_end_[state]) continue;
      for (auto node = static_cast<std::uint32_t>(first); node < last; ++node)
        if (const Place at = place(state, node); visited(at))
          rows[component(at)][(node - first) / 64] |= std::uint64_t{1} << ((node - first) % 64);
    }
    for (Component from = 0; from < rows.size(); ++from) {
      if (from % kCheck == 0) context_.check();
      Block after{};
      for (Component to : links(from))
        for (std::size_t word = 0; word < kBlockWords; ++word) after[word] |= rows[to][word];
      Block whole = rows[from];
      for (std::size_t word = 0; word < kBlockWords; ++word) whole[word] |= after[word];
      if (!starts.empty() && starts[from] > 0)
        pairs += starts[from] * size_of(reaches_itself(from) ? whole : after);
      rows[from] = whole;
    }
    if (!starts.empty()) continue;
    for (const Group& group : all) {
      Block reached{};
      for (Component from : group.from)
        for (std::size_t word = 0; word < kBlockWords; ++word) reached[word] |= rows[from][word];
      pairs += size_of(reached);
    }
  }
  return pairs;
}

}  // namespace dossier
