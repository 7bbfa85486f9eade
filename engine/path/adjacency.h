// The edges of a part of a graph in memory.
//
// Purpose: what path searches read once they have grown. An Adjacency holds the edges of some predicates in
// some graphs, in one direction, in compressed sparse rows: a node's edges lie together, ascending by
// predicate and then by the other end, each once however many graphs hold it. Nodes are numbered densely in
// the order of their ids, so that a set of nodes is a bitmap; both directions of the same edges number them
// alike. Adjacencies are made in sorted scans of the index, and kept for other queries in an AdjacencyCache,
// bounded in bytes, the least recently used going first.
//
// When one is made: reading edges in the index costs little at first, and in the end more than bringing them
// to memory would have. So queries write down what they spend on an adjacency's edges in the index, all of
// them into one account, and the one that finds there about what making the adjacency costs makes it: all
// together then cost at most a little more than twice what they would if it had been known before which edges
// will be read often.
//
// Why a kept one is sound: it was read of one commit, and Snapshot::unchanged tells over which commits its
// triples stayed as they are. A query takes it only when the commits over which they stayed as the query's
// snapshot shows them include one of those. After a change of one of its predicates it is made anew: that
// costs some 20 ns an edge once, where an overlay would slow every search. A snapshot with rows of an open
// transaction has no such commits, so nothing is kept of it or taken for it. Two queries that miss the same
// one at the same time both make it, and share the first that is kept.
//
// Memory: while one is made, and for as long as a query has one that the cache has no room for, it counts
// against the query's budget; what is kept counts against the cache's. A kept one that is dropped lives on in
// queries that use it. Thread-safety: an Adjacency never changes; AdjacencyCache from all threads;
// AdjacencyUse from one.
#pragma once

#include <array>
#include <atomic>
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "engine/query/context.h"

namespace dossier {

// What reading edges costs, in nanoseconds by rule of thumb, as tests/bench/paths has it.
struct EdgeCosts {
  // In the index: a scan begun, a seek, a row decoded, a key of a join or an edge of a search looked up.
  static constexpr std::uint64_t kScan = 1500;
  static constexpr std::uint64_t kSeek = 700;
  static constexpr std::uint64_t kRow = 4;
  static constexpr std::uint64_t kKey = 40;
  // An adjacency made, and a row of the index that goes into it.
  static constexpr std::uint64_t kBuild = 40'000;
  static constexpr std::uint64_t kBuildRow = 16;
};

// The graphs whose union a path walks.
struct GraphScope {
  bool all = false;        // every graph, the default one too
  std::vector<Id> graphs;  // else these, sorted
  bool contains(Id graph) const;
  friend auto operator<=>(const GraphScope&, const GraphScope&) = default;
};
// All quads lie in the scope: no need to look at the graph column.
bool holds_whole_store(const Snapshot& snapshot, const GraphScope& scope);

// Which edges an adjacency holds.
struct AdjacencyKey {
  GraphScope scope;
  bool any = false;            // of all predicates
  std::vector<Id> predicates;  // else of these, sorted
  bool backwards = false;      // from object to subject
  friend auto operator<=>(const AdjacencyKey&, const AdjacencyKey&) = default;
};

// Numbers of nodes, ascending with their ids.
class AdjacencyNodes {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  explicit AdjacencyNodes(std::vector<Id> sorted);  // each once, fewer than kNone
  std::uint32_t size() const { return static_cast<std::uint32_t>(ids_.size()); }
  Id id(std::uint32_t node) const { return ids_[node]; }
  std::uint32_t find(Id id) const {  // kNone: it is not there
    const Part& part = parts_[id.bits >> Id::kTagShift];
    const std::uint64_t place = id.payload() - part.least;
    if (part.words.empty() || place / 64 >= part.words.size()) return search(part, id);
    const Word& word = part.words[place / 64];
    const std::uint64_t bit = std::uint64_t{1} << (place % 64);
    if ((word.marks & bit) == 0) return kNone;
    return word.before + count_bits(word.marks & (bit - 1));
  }
  std::size_t bytes() const;

 private:
  // As std::popcount, which without the instruction in the build's baseline is a call.
  static std::uint32_t count_bits(std::uint64_t word) {
    word -= word >> 1 & 0x5555555555555555;
    word = (word & 0x3333333333333333) + (word >> 2 & 0x3333333333333333);
    return static_cast<std::uint32_t>(((word + (word >> 4)) & 0x0F0F0F0F0F0F0F0F) * 0x0101010101010101 >> 56);
  }
  struct Word {
    std::uint64_t marks = 0;   // bit i: payload 64 * word + i is that of a node
    std::uint32_t before = 0;  // nodes of the words before it
  };
  // The nodes of one tag. The dictionary gives its counters out densely, so most parts are marks; others are
  // searched.
  struct Part {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::uint64_t least = 0;
    std::vector<Word> words;
  };
  std::uint32_t search(const Part& part, Id id) const;

  std::vector<Id> ids_;
  std::array<Part, 16> parts_;
};

class Adjacency {
 public:
  const AdjacencyNodes& nodes() const { return *nodes_; }
  const std::shared_ptr<const AdjacencyNodes>& shared_nodes() const { return nodes_; }
  std::uint64_t edges() const { return targets_.size(); }
  std::size_t bytes() const;

  // Those with edges, ascending; edges name them by their places here.
  const std::vector<Id>& predicates() const { return predicates_; }
  std::uint32_t find_predicate(Id predicate) const;  // AdjacencyNodes::kNone: no edge has it

  std::uint32_t degree(std::uint32_t node) const { return offsets_[node + 1] - offsets_[node]; }
  // The other ends of a node's edges, and their predicates beside them; no predicates where all edges have
  // the same one.
  std::span<const std::uint32_t> targets(std::uint32_t node) const { return row(targets_, node); }
  std::span<const std::uint32_t> target_predicates(std::uint32_t node) const {
    return target_predicates_.empty() ? std::span<const std::uint32_t>() : row(target_predicates_, node);
  }
  // Of the edges with one predicate.
  std::span<const std::uint32_t> targets(std::uint32_t node, std::uint32_t predicate) const;

 private:
  friend class AdjacencyBuilder;
  std::span<const std::uint32_t> row(const std::vector<std::uint32_t>& values, std::uint32_t node) const {
    return {values.data() + offsets_[node], values.data() + offsets_[node + 1]};
  }

  std::shared_ptr<const AdjacencyNodes> nodes_;
  std::vector<Id> predicates_;
  std::vector<std::uint32_t> offsets_;  // by node, and the end
  std::vector<std::uint32_t> targets_;
  std::vector<std::uint32_t> target_predicates_;
};

class AdjacencyCache {
 public:
  explicit AdjacencyCache(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  // The one with the edges as they are in such a state; null: there is none.
  std::shared_ptr<const Adjacency> find(const AdjacencyKey& key, const Unchanged& state);
  // False: there is no room for it. When another query has kept one of the same state meanwhile, that one is
  // taken.
  bool keep(const AdjacencyKey& key, const Unchanged& state, std::shared_ptr<const Adjacency>& adjacency);
  // Adds to what queries have spent on these edges in the index, in nanoseconds; the sum.
  std::uint64_t spend(const AdjacencyKey& key, std::uint64_t nanoseconds);
  // Begins that sum anew: somebody is about to bring the edges to memory.
  void settle(const AdjacencyKey& key);
  // Those kept and dropped so far.
  std::uint64_t changes() const { return changes_.load(std::memory_order_relaxed); }
  std::size_t bytes() const;
  std::size_t most_bytes() const { return most_bytes_; }

 private:
  // Accounts that are kept; when there are more, the least is dropped.
  static constexpr std::size_t kMostAccounts = 1024;
  struct Entry {
    Unchanged state;
    std::shared_ptr<const Adjacency> adjacency;
    std::uint64_t used = 0;  // when, in calls
  };
  using Entries = std::map<AdjacencyKey, Entry>;
  void drop(Entries::iterator entry);

  std::size_t most_bytes_;
  mutable std::mutex mutex_;
  Entries entries_;
  std::map<AdjacencyKey, std::uint64_t> spent_;
  std::size_t bytes_ = 0;
  std::uint64_t calls_ = 0;
  std::atomic<std::uint64_t> changes_{0};
};

// An adjacency as one query has it.
class AdjacencyUse {
 public:
  AdjacencyUse(QueryContext& context, AdjacencyKey key);
  ~AdjacencyUse();
  AdjacencyUse(const AdjacencyUse&) = delete;
  AdjacencyUse& operator=(const AdjacencyUse&) = delete;

  bool held() const { return adjacency_ != nullptr; }
  // The one that stands: built before, or kept by the cache. Null: there is none.
  const Adjacency* standing();
  // Makes it if it does not stand. Null: it has no room in the query's budget (and is not tried again).
  const Adjacency* build();
  // To be told of what the query spends on its edges in the index, in nanoseconds; it goes into the account
  // of all queries when that is asked for, and at the end.
  void spend(std::uint64_t nanoseconds) { untold_ += nanoseconds; }
  std::uint64_t account();
  // How much there must be in it before the adjacency is worth making: half of what that costs, since what is
  // in memory is read faster from then on.
  std::uint64_t worthwhile();

 private:
  std::uint64_t rows();  // of the index, that making it reads

  QueryContext& context_;
  AdjacencyKey key_;
  std::optional<Unchanged> state_;
  std::optional<std::uint64_t> rows_;
  std::uint64_t untold_ = 0;
  std::uint64_t spent_ = 0;  // by this query, where it shares nothing
  bool too_large_ = false;
  std::shared_ptr<const Adjacency> adjacency_;
  Reservation memory_;  // of one that is this query's alone
};

}  // namespace dossier
