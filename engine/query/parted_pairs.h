// Pairs of a group and a value, counted once each: what COUNT(DISTINCT) keeps when there are many.
//
// Purpose: a hash table of a million pairs costs a cache miss a row. Here rows are put down in parts by the
// hash of their value, one behind the other, and a part loses its repeats when it has doubled: its own small
// table stays in the cache. Parts of two threads are joined without a look at their pairs. What is new is so
// not known at once, only how many there are at the end. Invariants: a part holds at most twice its distinct
// pairs, or a few that are a sixteenth of the budget together. Memory is reserved from the query's budget.
// Thread-safety: one thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/query/context.h"

namespace dossier {

class PartedPairs {
 public:
  explicit PartedPairs(QueryContext& context);

  // Those with a value; the others are no pairs.
  void add(std::span<const std::uint32_t> groups, std::span<const Id> values);
  // The pairs of another; its group i is groups[i] here.
  void add(const PartedPairs& other, std::span<const std::uint32_t> groups);
  // Adds the number of each group's pairs to `counts`, which has a place for each.
  void count(std::span<std::int64_t> counts);

 private:
  static constexpr int kPartBits = 8;
  // 12 bytes: the id in two halves.
  struct Pair {
    std::uint32_t group;
    std::uint32_t low;
    std::uint32_t high;
    friend bool operator==(const Pair&, const Pair&) = default;
  };
  struct Part {
    std::vector<Pair> pairs;
    std::size_t full;  // as many make it time to look for repeats
  };
  void drop_repeats(Part& part);
  void reserve();

  QueryContext& context_;
  std::size_t fewest_;  // to look for repeats
  std::array<Part, std::size_t{1} << kPartBits> parts_;
  std::vector<std::uint32_t> slots_;  // of the part at hand: place + 1 of a pair
  Reservation reservation_;
};

}  // namespace dossier
