#include "engine/query/seen_pairs.h"

#include <algorithm>
#include <utility>

namespace dossier {
namespace {

constexpr std::size_t kFirstSlots = 64;

}  // namespace

void SeenPairs::resize(std::size_t groups) {
  groups_ = groups;
  if (groups > 1 && by_bits_) leave_bits();
}

void SeenPairs::leave_bits() {
  const auto bits = std::exchange(bits_, {});
  by_bits_ = false;
  each_mark(bits, [&](Id value) {
    make_room(1);
    insert(hash_of(0, value), 0, value);
  });
  reserve();
}

SeenPairs::Slot& SeenPairs::find(std::vector<Slot>& slots, std::uint64_t hash, std::uint32_t group,
                                 Id value) {
  const std::size_t mask = slots.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask)
    if (!slots[at].value.is_bound() || (slots[at].value == value && slots[at].group == group))
      return slots[at];
}

bool SeenPairs::insert(std::uint64_t hash, std::uint32_t group, Id value) {
  Slot& slot = find(slots_, hash, group, value);
  if (slot.value.is_bound()) return false;
  slot = {value, group};
  ++size_;
  if (value.in_dictionary()) largest_ = std::max(largest_, value.payload());
  return true;
}

bool SeenPairs::mark(Id value) {
  std::vector<std::uint64_t>& words = bits_[static_cast<std::size_t>(value.tag())];
  const std::uint64_t place = value.payload();
  if (place / 64 >= words.size()) {
    words.resize(std::max<std::size_t>(place / 64 + 1, words.size() + words.size() / 2));
    reserve();
  }
  std::uint64_t& word = words[place / 64];
  const std::uint64_t bit = std::uint64_t{1} << (place % 64);
  if ((word & bit) != 0) return false;
  word |= bit;
  return true;
}

void SeenPairs::add(std::span<const std::uint32_t> groups, std::span<const Id> values,
                    std::vector<std::uint32_t>& groups_out, std::vector<Id>& values_out) {
  make_room(values.size());
  const auto take = [&](std::size_t i) {
    groups_out.push_back(groups[i]);
    values_out.push_back(values[i]);
  };
  hashes_.resize(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) hashes_[i] = hash_of(groups[i], values[i]);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i + kAhead < values.size()) __builtin_prefetch(&slots_[hashes_[i + kAhead] & mask], 1);
    const Id value = values[i];
    if (!value.is_bound() || (in_bits(value) ? mark(value) : insert(hashes_[i], groups[i], value))) take(i);
  }
}

void SeenPairs::make_room(std::size_t more) {
  std::size_t size = std::max(slots_.size(), kFirstSlots);
  while ((size_ + more) * 2 > size) size *= 2;
  if (size == slots_.size()) return;
  if (groups_ < 2 && !by_bits_ && largest_ / 8 <= size * sizeof(Slot) && size_ != 0) {
    move_to_bits();
    return make_room(more);
  }
  resize_table(size);
}

void SeenPairs::resize_table(std::size_t size) {
  reservation_.add((size - slots_.size()) * sizeof(Slot));
  std::vector<Slot> wider(size);
  for (const Slot& slot : slots_)
    if (slot.value.is_bound()) find(wider, hash_of(slot.group, slot.value), slot.group, slot.value) = slot;
  slots_ = std::move(wider);
}

void SeenPairs::move_to_bits() {
  by_bits_ = true;
  std::vector<Slot> old(kFirstSlots);
  old.swap(slots_);
  size_ = 0;
  for (const Slot& slot : old) {
    if (!slot.value.is_bound()) continue;
    if (in_bits(slot.value))
      mark(slot.value);
    else {
      make_room(1);
      insert(hash_of(slot.group, slot.value), slot.group, slot.value);
    }
  }
  reserve();
}

void SeenPairs::reserve() {
  std::size_t bytes = slots_.size() * sizeof(Slot);
  for (const auto& words : bits_) bytes += words.capacity() * sizeof(std::uint64_t);
  reservation_.resize(bytes);
}

}  // namespace dossier
