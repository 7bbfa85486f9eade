// The stored terms of a large piece of a result, decoded before it is written.
//
// Purpose: terms that stand anywhere in the dictionary are read by block, and where no cache has them the same block would be
// unpacked for each batch of rows. So the terms of many batches are decoded at once, in the order of the dictionary, by several
// threads, and batches copy theirs from here. A bitmap of their numbers finds the order; how many bits are set before that of a
// term is its place. Invariants: `decode` gives what Snapshot::decode of the same snapshot does. Thread-safety: none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/id.h"
#include "engine/store/snapshot.h"

namespace dossier {

class PieceTerms {
 public:
  // Takes the terms of the first rows in place of those it had. Says of how many: fewer than all when their texts would be more
  // than kMostText; 0, and it is empty, when the terms lie too far apart or are too few.
  std::size_t fill(const Snapshot& snapshot, std::span<const Id* const> columns, std::size_t rows,
                   unsigned threads);
  bool empty() const { return ids_.empty(); }
  void clear() { ids_.clear(); }  // keeps the buffers
  void decode(const Snapshot& snapshot, std::span<const Id> ids, std::string& bytes,
              std::vector<std::size_t>& offsets) const;

 private:
  static constexpr std::size_t kMostText = std::size_t{96} << 20;
  static constexpr std::uint64_t kMostBitmap = std::uint64_t{1} << 28;  // bits
  static constexpr std::size_t kLeastTerms = 4096;

  void collect(std::span<const Id* const> columns, std::size_t rows);
  // Its place among ids_; kNowhere: it is not here.
  static constexpr std::size_t kNowhere = ~std::size_t{0};
  std::size_t place_of(Id id) const;

  std::uint64_t lowest_ = 0;           // payload of the first bit
  std::vector<std::uint64_t> bitmap_;  // of the payloads
  std::vector<std::uint32_t> before_;  // bits before each word
  std::vector<Id> ids_;
  std::string bytes_;
  std::vector<std::size_t> ends_;
};

}  // namespace dossier
