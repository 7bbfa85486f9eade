// The values that each group has had, for DISTINCT in aggregates.
//
// Purpose: a set of pairs of a group and an id. Pairs stand in a hash table, which is asked for a batch at a
// time, so that the memory of later pairs is on its way while earlier ones are looked at. The terms of the
// dictionary of a single group move to bitmaps over their counters once these take no more room than the
// table. Memory is reserved from the query's budget. Thread-safety: one thread.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/query/context.h"

namespace dossier {

class SeenPairs {
 public:
  explicit SeenPairs(QueryContext& context) : reservation_(context.budget(), "DISTINCT in an aggregate") {}

  // How many groups there are; it only grows.
  void resize(std::size_t groups);
  // Appends to `groups_out` and `values_out` the pairs that are new, in their order; those without a value
  // are no pairs and are appended all the same.
  void add(std::span<const std::uint32_t> groups, std::span<const Id> values,
           std::vector<std::uint32_t>& groups_out, std::vector<Id>& values_out);

  std::size_t in_table() const { return size_; }  // pairs that are not in bitmaps

  template <typename Take>
  void each(Take&& take) const {
    for (const Slot& slot : slots_)
      if (slot.value.is_bound()) take(slot.group, slot.value);
    each_mark(bits_, [&](Id value) { take(std::uint32_t{0}, value); });
  }

 private:
  struct Slot {
    Id value;  // kUnbound: free
    std::uint32_t group = 0;
  };
  using Bits = std::array<std::vector<std::uint64_t>, 5>;  // by tag
  template <typename Take>
  static void each_mark(const Bits& bits, Take&& take) {
    for (std::size_t tag = 0; tag < bits.size(); ++tag)
      for (std::size_t word = 0; word < bits[tag].size(); ++word)
        for (std::uint64_t rest = bits[tag][word]; rest != 0; rest &= rest - 1)
          take(Id::make(static_cast<Tag>(tag),
                        word * 64 + static_cast<std::uint64_t>(std::countr_zero(rest))));
  }
  static constexpr std::size_t kAhead = 16;  // pairs whose slots are fetched before they are looked at
  static std::uint64_t hash_of(std::uint32_t group, Id value) { return hash_id(Id{hash_id(value) + group}); }
  static Slot& find(std::vector<Slot>& slots, std::uint64_t hash, std::uint32_t group, Id value);

  bool insert(std::uint64_t hash, std::uint32_t group, Id value);  // false: it was there
  bool mark(Id value);                                             // in the bitmaps
  bool in_bits(Id value) const { return by_bits_ && value.in_dictionary(); }
  void make_room(std::size_t more);
  void resize_table(std::size_t size);
  void move_to_bits();
  void leave_bits();
  void reserve();

  Reservation reservation_;
  std::size_t groups_ = 0;
  std::vector<Slot> slots_;
  std::size_t size_ = 0;       // of the table
  std::uint64_t largest_ = 0;  // counter of a term in the table
  bool by_bits_ = false;
  Bits bits_;
  std::vector<std::uint64_t> hashes_;
};

}  // namespace dossier
