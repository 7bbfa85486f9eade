// Random numbers that are the same on every platform: the sequence of a seed never changes.
//
// Purpose: a seed names one graph and its queries for good. Thread-safety: one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace dossier::differential {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {
    state_ = next();  // else the sequences of neighbours would overlap
  }

  std::uint64_t next() {  // splitmix64
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  // 0 <= result < bound. Precondition: bound > 0.
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }
  std::size_t between(std::size_t least, std::size_t most) { return least + below(most - least + 1); }
  bool chance(std::size_t percent) { return below(100) < percent; }
  template <typename T>
  const T& of(const std::vector<T>& list) {
    return list[below(list.size())];
  }
  // A place in a list of weights.
  std::size_t weighted(std::initializer_list<unsigned> weights) {
    std::size_t sum = 0;
    for (const unsigned weight : weights) sum += weight;
    std::size_t at = below(sum);
    std::size_t place = 0;
    for (const unsigned weight : weights) {
      if (at < weight) return place;
      at -= weight;
      ++place;
    }
    return place;
  }

 private:
  std::uint64_t state_;
};

}  // namespace dossier::differential
