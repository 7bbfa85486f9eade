// The terms of a piece of a result, decoded together.
//
// Purpose: result writers look at cells as term bytes (model/term.h). A term that stands in several cells is
// one entry, decoded once, and what a writer makes of it can be kept by the number of the entry. Triple terms
// are opened into their components, which are entries too, so that everything is decoded by one call.
// Thread-safety: none; one owner.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/id.h"
#include "engine/query/local_terms.h"

namespace dossier {

class DecodedCells {
 public:
  using Entry = std::uint32_t;

  // `inline_bytes`: whether numbers, dates and the like get bytes, which a writer does not need that writes
  // them by their id.
  void decode(LocalTerms& terms, std::span<const Id* const> columns, std::size_t rows,
              bool inline_bytes = true) {
    width_ = columns.size();
    places_.resize(rows * width_);
    ids_.clear();
    slots_.assign(std::bit_ceil(2 * places_.size() + 2), 0);
    last_.assign(width_, {kUnbound, 0});
    std::size_t cell = 0;
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t column = 0; column < width_; ++column) {
        const Id id = columns[column][row];
        auto& [last, entry] = last_[column];
        if (id != last || row == 0) {
          last = id;
          entry = entry_of(id);
        }
        places_[cell++] = entry;
      }
    open_triples(terms);
    bytes_.clear();
    ends_.clear();
    if (inline_bytes) {
      terms.decode(ids_, bytes_, ends_);
      return;
    }
    wanted_.resize(ids_.size());
    std::transform(ids_.begin(), ids_.end(), wanted_.begin(),
                   [](Id id) { return has_value(id) ? kUnbound : id; });
    terms.decode(wanted_, bytes_, ends_);
  }
  // Whether the term is a value that stands in its id, and no string.
  static bool has_value(Id id) { return id.is_inline() && id.tag() != Tag::string; }

  std::size_t entries() const { return ids_.size(); }
  Entry at(std::size_t row, std::size_t column) const { return places_[row * width_ + column]; }
  Id id(Entry entry) const { return ids_[entry]; }
  bool is_bound(Entry entry) const { return ids_[entry].is_bound(); }
  bool is_triple(Entry entry) const { return entry < triples_.size() && triples_[entry] != 0; }
  // Subject, predicate or object of a triple term.
  Entry part(Entry entry, std::size_t which) const { return parts_[triples_[entry] - 1][which]; }
  std::string_view bytes(Entry entry) const {
    const std::size_t begin = entry == 0 ? 0 : ends_[entry - 1];
    return std::string_view(bytes_).substr(begin, ends_[entry] - begin);
  }

 private:
  Entry entry_of(Id id) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash_id(id) & mask;
    for (; slots_[at] != 0; at = (at + 1) & mask)
      if (ids_[slots_[at] - 1] == id) return slots_[at] - 1;
    ids_.push_back(id);
    slots_[at] = static_cast<Entry>(ids_.size());
    return slots_[at] - 1;
  }

  // Components are added behind the end, so nested triple terms are opened by the same loop.
  void open_triples(LocalTerms& terms) {
    triples_.clear();
    parts_.clear();
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      const Id id = ids_[i];
      if (id.tag() != Tag::triple && !(id.is_local() && terms.kind(id) == TermKind::triple)) continue;
      if (slots_.size() < 2 * (ids_.size() + 4)) widen();
      const std::array<Id, 3> parts = terms.triple(id);
      parts_.push_back({entry_of(parts[0]), entry_of(parts[1]), entry_of(parts[2])});
      triples_.resize(i + 1, 0);
      triples_[i] = static_cast<std::uint32_t>(parts_.size());
    }
  }

  void widen() {
    slots_.assign(2 * slots_.size(), 0);
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      std::size_t at = hash_id(ids_[i]) & mask;
      while (slots_[at] != 0) at = (at + 1) & mask;
      slots_[at] = static_cast<Entry>(i + 1);
    }
  }

  std::size_t width_ = 0;
  std::vector<Entry> places_;               // of each cell, row by row
  std::vector<std::pair<Id, Entry>> last_;  // of each column, in the row before
  std::vector<Id> ids_;                     // of each entry
  std::vector<Entry> slots_;                // hash table: entry + 1
  std::vector<std::uint32_t> triples_;      // of each entry: its place in `parts_` + 1; may be shorter
  std::vector<std::array<Entry, 3>> parts_;
  std::vector<Id> wanted_;
  std::string bytes_;
  std::vector<std::size_t> ends_;
};

}  // namespace dossier
