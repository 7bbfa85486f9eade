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

PathSearch::PathSearch(QueryContext& context, const PathAutomaton& automaton, GraphScope scope,
                       const grammar::PathSearch& what)
    : context_(context),
      automaton_(automaton),
      scope_(std::move(scope)),
      selector_(what.selector),
      mode_(what.mode),
      count_(what.count),
      reach_(context, automaton, scope_),
      memory_(context.budget(), "path search") {}

std::unique_ptr<PathEnumerator> PathSearch::make(bool inverse) const {
  const bool all = selector_ == Selector::all;
  const bool by_group = selector_ == Selector::groups;
  if (mode_ != Mode::walk)
    return make_restricted_paths(context_, automaton_, scope_, inverse, {mode_, all, by_group, count_});
  if (all || by_group)
    return make_walk_groups(context_, automaton_, scope_, inverse, all ? UINT64_MAX : count_);
  return make_shortest_walks(context_, automaton_, scope_, inverse, count_);
}

PathEnumerator& PathSearch::ahead() {
  if (ahead_ == nullptr) ahead_ = make(false);
  return *ahead_;
}

PathEnumerator& PathSearch::back() {
  if (back_ == nullptr) back_ = make(true);
  return *back_;
}

std::uint64_t PathSearch::edges() const {
  return reach_.edges() + (ahead_ ? ahead_->edges() : 0) + (back_ ? back_->edges() : 0);
}

void PathSearch::between(Id start, Id end) {
  one_by_one_ = reversed_ = false;
  current_ = &ahead();
  current_->begin(start, end);
}

// Restricted paths by length need the end that they are to come near.
void PathSearch::from(Id start) {
  if (mode_ == Mode::walk || selector_ == Selector::all) {
    one_by_one_ = reversed_ = false;
    current_ = &ahead();
    current_->begin(start, std::nullopt);
    return;
  }
  one_by_one_ = true;
  others_are_starts_ = false;
  fixed_ = start;
  others_.clear();
  other_ = 0;
  reach_.reach(start, false, others_);
  memory_.resize(others_.capacity() * sizeof(Id));
  current_ = nullptr;
}

// SHORTEST k is told from the start on, so it is not searched from the end.
void PathSearch::to(Id end) {
  if (mode_ == Mode::walk ? selector_ != Selector::shortest : selector_ == Selector::all) {
    one_by_one_ = false;
    reversed_ = true;
    current_ = &back();
    current_->begin(end, std::nullopt);
    return;
  }
  one_by_one_ = others_are_starts_ = true;
  fixed_ = end;
  others_.clear();
  other_ = 0;
  reach_.reach(end, true, others_);
  memory_.resize(others_.capacity() * sizeof(Id));
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
    if (!one_by_one_ || other_ == others_.size()) return false;
    context_.check();
    const Id other = others_[other_++];
    reversed_ = false;
    current_ = &ahead();
    current_->begin(others_are_starts_ ? other : fixed_, others_are_starts_ ? fixed_ : other);
  }
}

}  // namespace dossier
