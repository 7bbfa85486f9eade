#include "engine/plan_cache.h"

namespace dossier {

std::optional<PlannedQuery> PlanCache::take(std::string_view key, const PlanBasis& now) {
  Entries gone;  // destroyed after the lock is given back
  const std::lock_guard lock(mutex_);
  if (entries_.empty()) return std::nullopt;
  if (basis_ != now) {
    by_key_.clear();
    gone.swap(entries_);
    basis_ = {};
    return std::nullopt;
  }
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return std::nullopt;
  const auto entry = found->second;
  by_key_.erase(found);
  gone.splice(gone.begin(), entries_, entry);
  ++taken_;
  return std::move(gone.front().plan);
}

void PlanCache::give(std::string key, PlannedQuery plan, const PlanBasis& made_for, const PlanBasis& now) {
  if (made_for != now) return;
  Entries gone;
  const std::lock_guard lock(mutex_);
  if (basis_ != now) {
    by_key_.clear();
    gone.swap(entries_);
    basis_ = now;
  }
  entries_.push_front({std::move(key), std::move(plan)});
  by_key_.emplace(entries_.front().key, entries_.begin());
  if (entries_.size() <= most_) return;
  const auto last = std::prev(entries_.end());
  const auto [first, end] = by_key_.equal_range(last->key);
  for (auto at = first; at != end; ++at) {
    if (at->second != last) continue;
    by_key_.erase(at);
    break;
  }
  gone.splice(gone.begin(), entries_, last);
}

void PlanCache::clear() {
  Entries gone;
  const std::lock_guard lock(mutex_);
  by_key_.clear();
  gone.swap(entries_);
  basis_ = {};
}

std::uint64_t PlanCache::taken() const {
  const std::lock_guard lock(mutex_);
  return taken_;
}

std::size_t PlanCache::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace dossier
