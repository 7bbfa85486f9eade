// Search ahead in an ascending column.
//
// Purpose: merges and intersections go on from where they stand, mostly by little: steps that double find a
// range, halving finds the place in it, so the cost is the logarithm of the way. Thread-safety: free
// function. Source: J. L. Bentley, A. C. Yao, An almost optimal algorithm for unbounded searching (1976).
#pragma once

#include <algorithm>
#include <cstddef>

namespace dossier {

// The first place of [from, to) whose value is not below `wanted`, else `to`.
template <typename Value>
std::size_t gallop(const Value* column, std::size_t from, std::size_t to, Value wanted) {
  std::size_t low = from;
  std::size_t at = from;
  for (std::size_t step = 1; at < to && column[at] < wanted; step *= 2) {
    low = at + 1;
    at += step;
  }
  return static_cast<std::size_t>(std::lower_bound(column + low, column + std::min(at, to), wanted) - column);
}

}  // namespace dossier
