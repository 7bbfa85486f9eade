// Plans of queries that have run, to run again.
//
// Purpose: applications and benchmarks ask the same questions again and again, and to parse and plan a small
// one takes several times what its answer does. When a result is let go, read to its end or not, its plan is set
// back to before the first row and kept with its context; the next query of the same text and options takes it.
// Invariants: a plan belongs to one version of the store and to one state of the edges in memory
// (path/adjacency.h), which decided what it costs: those of another are dropped, and `clear` is called after
// each change of the version, so that no old one is held for the sake of its plans. A plan is taken by one query
// at a time; several of the same text may be kept. At most so many are kept, the ones used last; each holds at
// most kMostBytes, counted by its query's budget. Thread-safety: all threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/query/context.h"
#include "engine/query/query.h"

namespace dossier {

class Version;

// A query that is planned, and stands before its first row.
struct PlannedQuery {
  std::vector<std::pair<std::string, std::string>> prefixes;  // those of the query's text
  std::unique_ptr<QueryContext> context;
  std::unique_ptr<Execution> execution;  // uses the context
};

// What a plan was made for.
struct PlanBasis {
  std::shared_ptr<const Version> version;
  std::uint64_t adjacencies = 0;  // AdjacencyCache::changes
  friend bool operator==(const PlanBasis&, const PlanBasis&) = default;
};

class PlanCache {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{1} << 20;
  static constexpr std::size_t kMostText = std::size_t{16} << 10;  // bytes of a query

  explicit PlanCache(std::size_t most) : most_(most) {}

  // A plan for this text, which is no longer in the cache then.
  std::optional<PlannedQuery> take(std::string_view key, const PlanBasis& now);
  // Keeps a plan that was set back, unless it was made for something else than what holds now.
  void give(std::string key, PlannedQuery plan, const PlanBasis& made_for, const PlanBasis& now);
  void clear();
  bool keeps() const { return most_ != 0; }
  std::uint64_t taken() const;  // plans so far, for tests
  std::size_t size() const;

 private:
  struct Entry {
    std::string key;
    PlannedQuery plan;
  };
  using Entries = std::list<Entry>;  // the one used last comes first

  std::size_t most_;
  mutable std::mutex mutex_;
  PlanBasis basis_;  // of all entries
  Entries entries_;
  std::unordered_multimap<std::string_view, Entries::iterator> by_key_;
  std::uint64_t taken_ = 0;
};

}  // namespace dossier
