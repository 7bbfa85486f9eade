// Where literals stand in an ascending list of them, each place given out once.
//
// Purpose: entries of the label index come in runs of ascending ids, perhaps twice, perhaps of literals that are no names any
// more; this says which of them count, at a few steps an entry. Thread-safety: one thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/model/id.h"

namespace dossier {

class LiteralPlaces {
 public:
  // Keeps no copy of the literals.
  explicit LiteralPlaces(std::span<const Id> literals) : literals_(literals), seen_((literals.size() + 63) / 64) {}

  // Is the id there, and was not asked for before?
  bool take(Id id) {
    if (id < last_) at_ = 0;
    last_ = id;
    // Doubling steps from the last place, then halving.
    std::size_t low = at_;
    std::size_t high = at_;
    for (std::size_t step = 1; high < literals_.size() && literals_[high] < id; step *= 2) {
      low = high + 1;
      high += step;
    }
    const auto begin = literals_.begin();
    at_ = static_cast<std::size_t>(
        std::lower_bound(begin + static_cast<std::ptrdiff_t>(low),
                         begin + static_cast<std::ptrdiff_t>(std::min(high, literals_.size())), id) -
        begin);
    if (at_ == literals_.size() || literals_[at_] != id) return false;
    std::uint64_t& word = seen_[at_ / 64];
    const std::uint64_t bit = std::uint64_t{1} << (at_ % 64);
    const bool first = (word & bit) == 0;
    word |= bit;
    return first;
  }

  // Those that were not asked for.
  std::vector<Id> missing() const {
    std::vector<Id> rest;
    for (std::size_t i = 0; i < literals_.size(); ++i)
      if ((seen_[i / 64] >> (i % 64) & 1) == 0) rest.push_back(literals_[i]);
    return rest;
  }

 private:
  std::span<const Id> literals_;
  std::vector<std::uint64_t> seen_;
  std::size_t at_ = 0;
  Id last_ = kMinId;
};

}  // namespace dossier
