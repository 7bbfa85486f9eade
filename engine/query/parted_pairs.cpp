#include "engine/query/parted_pairs.h"

#include <algorithm>
#include <bit>

namespace dossier {

namespace {

// A product's upper bits depend on all bits of what was multiplied; they are the ones that are used. To hash
// is most of the work here, so it is no more than that.
constexpr std::uint64_t kOfValue = 0xD6E8FEB86659FD93;
constexpr std::uint64_t kOfGroup = 0x9E3779B97F4A7C15;

}  // namespace

PartedPairs::PartedPairs(QueryContext& context)
    : context_(context),
      fewest_(
          std::clamp<std::size_t>(context.budget().limit() / (16 * sizeof(Pair) * parts_.size()), 256, 8192)),
      reservation_(context.budget(), "COUNT(DISTINCT)") {
  for (Part& part : parts_) part.full = fewest_;
}

void PartedPairs::add(std::span<const std::uint32_t> groups, std::span<const Id> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i].is_bound()) continue;
    const std::uint64_t bits = values[i].bits;
    Part& part = parts_[bits * kOfValue >> (64 - kPartBits)];
    part.pairs.push_back(
        {groups[i], static_cast<std::uint32_t>(bits), static_cast<std::uint32_t>(bits >> 32)});
    if (part.pairs.size() >= part.full) drop_repeats(part);
  }
  reserve();
}

void PartedPairs::add(const PartedPairs& other, std::span<const std::uint32_t> groups) {
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    context_.check();
    Part& part = parts_[i];
    for (const Pair& pair : other.parts_[i].pairs)
      part.pairs.push_back({groups[pair.group], pair.low, pair.high});
    if (part.pairs.size() >= part.full) drop_repeats(part);
    reserve();
  }
}

void PartedPairs::count(std::span<std::int64_t> counts) {
  for (Part& part : parts_) {
    context_.check();
    drop_repeats(part);
    for (const Pair& pair : part.pairs) ++counts[pair.group];
  }
}

void PartedPairs::drop_repeats(Part& part) {
  const int bits = std::bit_width(2 * part.pairs.size());
  slots_.assign(std::size_t{1} << bits, 0);
  const std::size_t mask = slots_.size() - 1;
  std::size_t kept = 0;
  for (const Pair pair : part.pairs) {
    const std::uint64_t value = (std::uint64_t{pair.high} << 32) | pair.low;
    // Without the bits that pairs of one group and part have in common.
    std::size_t at = ((value + pair.group * kOfGroup) * kOfValue << kPartBits) >> (64 - bits);
    while (slots_[at] != 0 && part.pairs[slots_[at] - 1] != pair) at = (at + 1) & mask;
    if (slots_[at] != 0) continue;
    part.pairs[kept++] = pair;
    slots_[at] = static_cast<std::uint32_t>(kept);
  }
  part.pairs.resize(kept);
  part.full = std::max(fewest_, 2 * kept);
}

void PartedPairs::reserve() {
  std::size_t bytes = slots_.capacity() * sizeof(std::uint32_t);
  for (const Part& part : parts_) bytes += part.pairs.capacity() * sizeof(Pair);
  reservation_.resize(bytes);
}

}  // namespace dossier
