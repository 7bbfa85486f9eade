// The terms of a piece of a result, decoded together.
//
// Purpose: result writers look at cells as term bytes (model/term.h); triple terms are opened into their
// components, which stand behind the cells in the same arrays, so that everything is decoded by one call.
// Thread-safety: none; one owner.
#pragma once

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
  using Index = std::uint32_t;

  // Cell (row, column) gets the index row * columns.size() + column.
  void decode(LocalTerms& terms, std::span<const Id* const> columns, std::size_t rows) {
    ids_.clear();
    for (std::size_t row = 0; row < rows; ++row)
      for (const Id* column : columns) ids_.push_back(column[row]);
    children_.clear();
    // Components are added behind the end, so nested triple terms are opened by the same loop.
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      const Id id = ids_[i];
      if (id.tag() != Tag::triple && !(id.is_local() && terms.kind(id) == TermKind::triple)) continue;
      if (children_.size() <= i) children_.resize(i + 1, 0);
      children_[i] = static_cast<Index>(ids_.size());
      for (const Id part : terms.triple(id)) ids_.push_back(part);
    }
    bytes_.clear();
    ends_.clear();
    terms.decode(ids_, bytes_, ends_);
  }

  bool is_bound(std::size_t index) const { return ids_[index].is_bound(); }
  bool is_triple(std::size_t index) const { return index < children_.size() && children_[index] != 0; }
  // Index of the subject of a triple term; predicate and object follow.
  std::size_t components(std::size_t index) const { return children_[index]; }
  std::string_view bytes(std::size_t index) const {
    const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
    return std::string_view(bytes_).substr(begin, ends_[index] - begin);
  }

 private:
  std::vector<Id> ids_;
  std::vector<Index> children_;  // 0: no triple term; may be shorter than ids_
  std::string bytes_;
  std::vector<std::size_t> ends_;
};

}  // namespace dossier
