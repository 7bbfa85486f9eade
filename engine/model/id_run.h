// Ids of one tag in a range of bits.
//
// Purpose: what an operator knows of ids that are of no use to it, told to those below it: a test of two
// instructions. Invariants: none beyond the fields. Thread-safety: values.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/model/id.h"

namespace dossier {

// Those with other zone bits than `zone` left out.
struct IdRun {
  std::uint64_t low = 1;
  std::uint64_t span = 0;       // of the bits, from low on; low 1 and span 0 hold no id that occurs
  std::uint64_t zone_mask = 0;  // bits that must be those of `zone`
  std::uint64_t zone = 0;
  bool holds(Id id) const { return (id.bits - low <= span) & ((id.bits & zone_mask) == zone); }
  bool empty() const { return low == 1 && span == 0; }
  // Looks at all of a group before it decides, so that no branch stands in the way.
  bool holds_all(const Id* ids, std::size_t count) const {
    constexpr std::size_t kGroup = 256;
    for (std::size_t from = 0; from < count; from += kGroup) {
      const std::size_t end = from + kGroup < count ? from + kGroup : count;
      bool all = true;
      for (std::size_t i = from; i < end; ++i) all &= holds(ids[i]);
      if (!all) return false;
    }
    return true;
  }
};

}  // namespace dossier
