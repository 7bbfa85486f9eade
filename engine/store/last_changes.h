// When graphs and predicates last changed.
//
// Purpose: what is made from the triples of some graphs with some predicates (an adjacency in memory) stays
// good while these do not change; this tells since when. Invariants: a commit is noted before readers can see
// it, so what is told holds for every commit that a reader has; it is never too early, and may be too late:
// what is not noted is taken to have changed with the last commit that nothing is known of (opening, a load,
// or the one with which too much was noted). Thread-safety: all threads.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <unordered_map>
#include <utility>

#include "engine/model/id.h"

namespace dossier {

class LastChanges {
 public:
  // `sequence`: the commit that the store was opened with.
  explicit LastChanges(std::uint64_t sequence) : unknown_(sequence), last_(sequence) {}

  // Commit `sequence` changes rows of these graphs with these predicates.
  void add(std::uint64_t sequence, std::span<const std::pair<Id, Id>> graphs_and_predicates) {
    const std::lock_guard lock(mutex_);
    for (const auto& [graph, predicate] : graphs_and_predicates)
      pairs_[{graph, predicate}] = graphs_[graph] = predicates_[predicate] = last_ = sequence;
    if (pairs_.size() > kMost) forget(sequence);
  }
  // It may change anything.
  void add_all(std::uint64_t sequence) {
    const std::lock_guard lock(mutex_);
    forget(sequence);
  }

  // The last commit that changed rows of these graphs with these predicates, or a later one. None: all of
  // them.
  std::uint64_t of(std::span<const Id> graphs, std::span<const Id> predicates) const {
    const std::lock_guard lock(mutex_);
    if (graphs.empty() && predicates.empty()) return last_;
    std::uint64_t newest = unknown_;
    const auto note = [&](const auto& known, const auto& key) {
      if (const auto found = known.find(key); found != known.end()) newest = std::max(newest, found->second);
    };
    for (const Id graph : graphs) {
      if (predicates.empty()) note(graphs_, graph);
      for (const Id predicate : predicates) note(pairs_, std::pair(graph, predicate));
    }
    if (graphs.empty())
      for (const Id predicate : predicates) note(predicates_, predicate);
    return newest;
  }

 private:
  static constexpr std::size_t kMost = 100'000;

  void forget(std::uint64_t sequence) {
    unknown_ = last_ = sequence;
    pairs_.clear();
    graphs_.clear();
    predicates_.clear();
  }

  mutable std::mutex mutex_;
  std::uint64_t unknown_;  // what is in no map changed with this commit at the latest
  std::uint64_t last_;     // change of anything
  std::map<std::pair<Id, Id>, std::uint64_t> pairs_;
  std::unordered_map<Id, std::uint64_t> graphs_;
  std::unordered_map<Id, std::uint64_t> predicates_;
};

}  // namespace dossier
