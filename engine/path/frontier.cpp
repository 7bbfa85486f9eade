#include "engine/path/frontier.h"

#include <algorithm>

namespace dossier {

Frontier::Frontier(QueryContext& context, const PathAutomaton& automaton, EdgeSource& source,
                   const PathProduct& product, bool one)
    : context_(context),
      source_(source),
      product_(product),
      distance_(context, automaton, source),
      one_(one),
      memory_(context.budget(), "path search") {}

void Frontier::begin(Id end) {
  known_.clear();
  unknown_.clear();
  total_ = turn_ = 0;
  items_ = given_ = 0;
  edges_a_place_ = 0;
  distance_.begin(end);
}

bool Frontier::add(std::uint64_t length, const Item& item) {
  const std::uint64_t distance = distance_.of(item.node, product_.members(item.state));
  if (distance != DistanceToEnd::kFar) {
    put(known_[{std::max(total_, length + distance), length}], item);
    return length + distance <= total_;
  }
  if (!distance_.whole()) put(unknown_[length], item);
  return false;
}

void Frontier::put(Waiting& waiting, const Item& item) {
  if (waiting.turn != turn_) waiting.mixed = waiting.mixed || !waiting.items.empty();
  waiting.turn = turn_;
  waiting.items.push_back(item);
  waiting.expected += 1 + product_.expected(item.node, item.state);
  if ((++items_ & 0xFFF) == 0) account();
}

bool Frontier::next(Level& level) {
  if (given_ != 0)
    edges_a_place_ = static_cast<double>(source_.edges() - edges_) / static_cast<double>(given_);
  for (;;) {
    ++turn_;
    // Their way to the end is longer than what the search from it has seen.
    if (distance_.whole()) unknown_.clear();
    if (unknown_.empty()) break;
    const auto nearest = unknown_.begin();
    const std::uint64_t total = nearest->first + distance_.known() + 1;
    if (!known_.empty() && known_.begin()->first.first < total + (one_ ? 1 : 0)) break;
    context_.check();
    // Where nodes of many edges are, a search comes to them first, so the mean tells too little.
    double ahead = nearest->second.expected;
    if (!source_.in_memory())
      ahead = std::max(ahead, edges_a_place_ * static_cast<double>(nearest->second.items.size()));
    if (distance_.expected() < ahead) {
      look_back();
      continue;
    }
    Waiting& to = known_[{total, nearest->first}];
    if (to.items.empty()) {
      to = std::move(nearest->second);
    } else {
      to.items.insert(to.items.end(), nearest->second.items.begin(), nearest->second.items.end());
      to.mixed = true;
    }
    unknown_.erase(nearest);
  }
  if (known_.empty()) return false;
  const auto first = known_.begin();
  total_ = first->first.first;
  level = {first->first.second, total_, first->second.mixed, std::move(first->second.items)};
  known_.erase(first);
  given_ = level.items.size();
  source_.add_level(given_);
  edges_ = source_.edges();
  account();
  return true;
}

// One step more from the end; the places that it comes to have their distance now.
void Frontier::look_back() {
  if (one_)
    look_back_until_met();
  else
    distance_.extend(distance_.known() + 1);
  for (auto& [length, waiting] : unknown_) {
    std::vector<Item> items;
    items.swap(waiting.items);
    waiting.expected = 0;
    const bool mixed = waiting.mixed;
    for (const Item& item : items) {
      const std::uint64_t distance = distance_.of(item.node, product_.members(item.state));
      Waiting& to = distance == DistanceToEnd::kFar ? waiting : known_[{length + distance, length}];
      put(to, item);
      to.mixed = to.mixed || mixed;
    }
  }
  std::erase_if(unknown_, [](const auto& entry) { return entry.second.items.empty(); });
  account();
}

// Of the places that are nearest to the start.
void Frontier::look_back_until_met() {
  meeting_.clear();
  for (const Item& item : unknown_.begin()->second.items)
    for (const std::uint32_t state : product_.members(item.state)) meeting_.at(item.node, state, 0);
  account();
  distance_.extend_until(
      [this](Id node, std::uint32_t state) { return meeting_.find(node, state) != nullptr; });
}

void Frontier::account() {
  std::size_t items = 0;
  for (const auto& [key, waiting] : known_) items += waiting.items.capacity();
  for (const auto& [key, waiting] : unknown_) items += waiting.items.capacity();
  memory_.resize(meeting_.memory() + items * sizeof(Item) +
                 (known_.size() + unknown_.size()) * 2 * sizeof(Waiting));
}

}  // namespace dossier
