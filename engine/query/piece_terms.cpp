#include "engine/query/piece_terms.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

#include "engine/model/term.h"
#include "engine/query/batch.h"

namespace dossier {
namespace {

// Triple terms have no bytes, and those of blank nodes follow from the id.
bool has_bytes(Id id) {
  return id.tag() == Tag::iri || id.tag() == Tag::literal;
}

}  // namespace

std::size_t PieceTerms::fill(const Snapshot& snapshot, std::span<const Id* const> columns, std::size_t rows,
                             unsigned threads) {
  constexpr std::size_t kFewer = 8;  // times, when there is too much text
  for (; rows > kBatchRows; rows /= kFewer) {
    collect(columns, rows);
    if (ids_.size() < kLeastTerms) break;
    bytes_.clear();
    ends_.clear();
    if (snapshot.decode_ascending(ids_, threads, kMostText, bytes_, ends_)) return rows;
  }
  ids_.clear();
  return 0;
}

void PieceTerms::collect(std::span<const Id* const> columns, std::size_t rows) {
  ids_.clear();
  lowest_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t highest = 0;
  for (const Id* const column : columns)
    for (std::size_t row = 0; row < rows; ++row) {
      if (!has_bytes(column[row])) continue;
      lowest_ = std::min(lowest_, column[row].payload());
      highest = std::max(highest, column[row].payload());
    }
  if (highest < lowest_ || highest - lowest_ >= kMostBitmap) return;
  // A word after the last one, so that a place is found without asking whether there is one.
  bitmap_.assign((highest - lowest_) / 64 + 2, 0);
  for (const Id* const column : columns)
    for (std::size_t row = 0; row < rows; ++row)
      if (has_bytes(column[row])) {
        const std::uint64_t bit = column[row].payload() - lowest_;
        bitmap_[bit / 64] |= std::uint64_t{1} << bit % 64;
      }
  before_.resize(bitmap_.size());
  std::uint32_t count = 0;
  for (std::size_t word = 0; word < bitmap_.size(); ++word) {
    before_[word] = count;
    count += static_cast<std::uint32_t>(std::popcount(bitmap_[word]));
  }
  ids_.resize(count);
  for (const Id* const column : columns)
    for (std::size_t row = 0; row < rows; ++row)
      if (has_bytes(column[row])) ids_[place_of(column[row])] = column[row];
}

std::size_t PieceTerms::place_of(Id id) const {
  const std::uint64_t bit = id.payload() - lowest_;  // of a lower payload: far beyond
  if (bit / 64 >= bitmap_.size()) return kNowhere;
  const std::uint64_t word = bitmap_[bit / 64];
  const std::uint64_t mask = std::uint64_t{1} << bit % 64;
  if ((word & mask) == 0) return kNowhere;
  return before_[bit / 64] + static_cast<std::size_t>(std::popcount(word & (mask - 1)));
}

// Three passes, each of which asks for the memory that the next one reads.
void PieceTerms::decode(const Snapshot& snapshot, std::span<const Id> ids, std::string& bytes,
                        std::vector<std::size_t>& offsets) const {
  constexpr std::size_t kTogether = 256;
  std::array<std::size_t, kTogether> places;
  std::array<std::string_view, kTogether> texts;
  for (; !ids.empty(); ids = ids.subspan(std::min(kTogether, ids.size()))) {
    const std::size_t count = std::min(kTogether, ids.size());
    for (std::size_t i = 0; i < count; ++i) {
      places[i] = has_bytes(ids[i]) ? place_of(ids[i]) : kNowhere;
      if (places[i] != kNowhere) __builtin_prefetch(&ends_[places[i]]);
    }
    for (std::size_t i = 0; i < count; ++i) {
      if (places[i] == kNowhere) continue;
      const std::size_t begin = places[i] == 0 ? 0 : ends_[places[i] - 1];
      texts[i] = std::string_view(bytes_).substr(begin, ends_[places[i]] - begin);
      __builtin_prefetch(texts[i].data());
    }
    for (std::size_t i = 0; i < count; ++i) {
      if (places[i] != kNowhere)
        bytes.append(texts[i]);
      else if (ids[i].is_inline())
        append_inline_bytes(bytes, ids[i]);
      else if (ids[i].in_dictionary()) {
        snapshot.decode(ids.subspan(i, 1), bytes, offsets);
        continue;
      }
      offsets.push_back(bytes.size());
    }
  }
}

}  // namespace dossier
