#include "engine/path/search.h"

#include <algorithm>

namespace dossier {

using Selector = grammar::PathSearch::Selector;
using Mode = grammar::PathSearch::Mode;

std::vector<Id> FoundPath::nodes() const {
  std::vector<Id> nodes{start};
  for (const PathEdge& edge : edges)
    nodes.push_back(edge.subject == nodes.back() ? edge.object : edge.subject);
  return nodes;
}

PathSearch::PathSearch(QueryContext& context, const PathAutomaton& automaton, EdgeSource& source,
                       const grammar::PathSearch& what)
    : context_(context),
      automaton_(automaton),
      source_(source),
      selector_(what.selector),
      mode_(what.mode),
      count_(what.count),
      needs_starts_(needs_starts(what)) {}

std::unique_ptr<PathEnumerator> PathSearch::make(bool inverse) const {
  if (selector_ == Selector::cheapest)
    return make_cheapest_paths(context_, automaton_, source_, inverse, mode_, count_);
  const bool all = selector_ == Selector::all;
  const bool by_group = selector_ == Selector::groups;
  if (mode_ != Mode::walk)
    return make_restricted_paths(context_, automaton_, source_, inverse, {mode_, all, by_group, count_});
  if (all || by_group)
    return make_walk_groups(context_, automaton_, source_, inverse, all ? UINT64_MAX : count_);
  return make_shortest_walks(context_, automaton_, source_, inverse, count_, takes_any());
}

std::unique_ptr<PathEnumerator> PathSearch::make_between() const {
  if (selector_ == Selector::cheapest || (mode_ != Mode::walk && selector_ == Selector::all))
    return make(false);
  if (mode_ != Mode::walk)
    return make_restricted_between(context_, automaton_, source_,
                                   {mode_, false, selector_ == Selector::groups, count_});
  if (selector_ == Selector::all || selector_ == Selector::groups)
    return make_groups_between(context_, automaton_, source_,
                               selector_ == Selector::all ? UINT64_MAX : count_);
  return make_walks_between(context_, automaton_, source_, count_, takes_any());
}

PathEnumerator& PathSearch::ahead() {
  if (ahead_ == nullptr) ahead_ = make(false);
  return *ahead_;
}

PathEnumerator& PathSearch::back() {
  if (back_ == nullptr) back_ = make(true);
  return *back_;
}

PathEnumerator& PathSearch::both() {
  if (both_ == nullptr) both_ = make_between();
  return *both_;
}

void PathSearch::between(Id start, Id end) {
  one_by_one_ = reversed_ = false;
  current_ = &both();
  current_->begin(start, end);
}

// Restricted paths by length need the end that they are to come near.
void PathSearch::from(Id start) {
  if (mode_ != Mode::walk && selector_ != Selector::all && selector_ != Selector::cheapest)
    return one_by_one(start, false);
  one_by_one_ = reversed_ = false;
  current_ = &ahead();
  current_->begin(start, std::nullopt);
}

// SHORTEST k and CHEAPEST k are told from the start on, so they are not searched from the end.
bool PathSearch::needs_starts(const grammar::PathSearch& what) {
  return what.mode == Mode::walk ? what.selector == Selector::shortest || what.selector == Selector::cheapest
                                 : what.selector != Selector::all;
}

void PathSearch::to(Id end) {
  if (needs_starts_) return one_by_one(end, true);
  one_by_one_ = false;
  reversed_ = true;
  current_ = &back();
  current_->begin(end, std::nullopt);
}

// Every other end that there is to this one.
void PathSearch::one_by_one(Id node, bool others_are_starts) {
  if (others_ == nullptr || others_are_starts != others_are_starts_)
    others_ = make_shortest_walks(context_, automaton_, source_, others_are_starts, 1, true);
  others_->begin(node, std::nullopt);
  one_by_one_ = true;
  others_are_starts_ = others_are_starts;
  fixed_ = node;
  current_ = nullptr;
}

bool PathSearch::next(FoundPath& path) {
  for (;;) {
    if (current_ != nullptr && current_->next(path)) {
      if (reversed_) {
        std::swap(path.start, path.end);
        std::reverse(path.edges.begin(), path.edges.end());
      }
      return true;
    }
    FoundPath walk;
    if (!one_by_one_ || !others_->next(walk)) return false;
    context_.check();
    const Id other = walk.end;
    reversed_ = false;
    current_ = &both();
    current_->begin(others_are_starts_ ? other : fixed_, others_are_starts_ ? fixed_ : other);
  }
}

}  // namespace dossier
