// The edges of one predicate, looked up in memory.
//
// Purpose: what an index join reads in place of the index, where its pattern asks for edges of a constant
// predicate by one of their ends or by both: an Adjacency of them that stands, or that is made once queries
// have spent enough in the index on these edges (path/adjacency.h). Invariants: gives what the index gives
// for the same key, each end once. Thread-safety: one query's thread.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "engine/path/adjacency.h"
#include "engine/query/batch.h"
#include "engine/query/pattern_scan.h"

namespace dossier {

// From which of its ends the edges of a pattern stand in memory now.
struct EdgesInMemory {
  bool from_subject = false;
  bool from_object = false;
};
EdgesInMemory edges_in_memory(const QueryContext& context, const ResolvedPattern& pattern);

class EdgeLookUp {
 public:
  // `source`: the column of the input that binds a position, or -1. Never in memory for other patterns.
  EdgeLookUp(QueryContext& context, const ResolvedPattern& pattern, const std::array<int, 4>& source);

  // Tells what was spent in the index, in nanoseconds.
  void spend(std::uint64_t nanoseconds) {
    if (use_) use_->spend(nanoseconds);
  }
  // Do the edges stand in memory? With `make` they are made to when that is worth its cost.
  bool ready(bool make);
  bool in_memory() const { return edges_ != nullptr; }

  // The rows of which keys are looked up from now on, in ascending order; it outlives the look-ups.
  void begin(const Batch& input);
  // The number of matches of a row.
  std::size_t find(std::size_t row);
  // The other ends of `count` of these, from the place `from` on.
  void give(std::size_t from, std::size_t count, Id* out) const;

 private:
  // Rows whose nodes are found together, so that their cache misses overlap.
  static constexpr std::size_t kTogether = 64;
  struct End {
    int column = -1;
    Id constant;
    std::vector<std::uint32_t> nodes;  // of the rows at hand, or of the constant alone
  };
  void number(End& end, std::size_t row);
  std::uint32_t node(const End& end, std::size_t row) const {
    return end.nodes[end.column < 0 ? 0 : row % kTogether];
  }

  std::optional<AdjacencyUse> use_;
  const Adjacency* edges_ = nullptr;
  End from_;
  std::optional<End> to_;  // known, too: is there such an edge?
  const Batch* input_ = nullptr;
  std::size_t numbered_ = 0;
  std::span<const std::uint32_t> found_;
};

}  // namespace dossier
