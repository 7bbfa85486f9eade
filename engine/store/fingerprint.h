// A sum over rows that does not depend on their order.
//
// Purpose: tells whether two permutations hold the same rows without comparing them: equal sums and counts
// mean equal sets, but for one chance in 2^128. Thread-safety: values.
#pragma once

#include <cstdint>

#include "engine/model/id.h"
#include "engine/store/pending.h"

namespace dossier {

struct Fingerprint {
  std::uint64_t rows = 0;
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  void add(const Values& row) {
    std::uint64_t hash = 0;
    for (const std::uint64_t value : row) hash = hash_id(Id{hash * 0x9E3779B97F4A7C15ULL + value + 1});
    ++rows;
    first += hash;
    second += hash_id(Id{hash ^ 0xD6E8FEB86659FD93ULL});
  }
  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

}  // namespace dossier
