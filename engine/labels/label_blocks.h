// Folded texts of literals as bytes: the blocks of the label index.
//
// Purpose: an entry is the id of a literal and its text folded; a block has some hundred of them, in any order. Invariants: an
// entry says nothing but what the text of its literal is, folded, so that it is right for every commit. Frozen, as
// store/format.h is: entries of (varint: id less the one before,
// zigzag; varint: 2 x length + is it consonantal; bytes).
// Thread-safety: values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/dossier.h"
#include "engine/labels/folded_text.h"
#include "engine/model/id.h"
#include "engine/store/varint.h"

namespace dossier {

inline constexpr std::size_t kLabelBlockBytes = 8192;

class LabelBlockBuilder {
 public:
  void add(Id id, std::string_view text, bool consonantal) {
    const std::uint64_t step = id.bits - last_;
    append_varint(bytes_, (step << 1) ^ (step >> 63 != 0 ? ~std::uint64_t{0} : 0));
    append_varint(bytes_, text.size() * 2 + (consonantal ? 1 : 0));
    bytes_ += text;
    last_ = id.bits;
  }
  bool full() const { return bytes_.size() >= kLabelBlockBytes; }
  const std::string& bytes() const { return bytes_; }
  void clear() {
    bytes_.clear();
    last_ = 0;
  }

 private:
  std::string bytes_;
  std::uint64_t last_ = 0;
};

// Calls `take(id, text, consonantal)` for each entry. CorruptionError: these are not such bytes.
template <typename F>
void each_label_entry(std::string_view block, F&& take) {
  std::size_t at = 0;
  std::uint64_t id = 0;
  while (at < block.size()) {
    std::uint64_t step = 0;
    std::uint64_t length = 0;
    if (!read_varint(block, at, step) || !read_varint(block, at, length) || length / 2 > block.size() - at)
      throw CorruptionError("a block of the label index is damaged; `dossier check --repair` makes it anew");
    id += (step >> 1) ^ ((step & 1) != 0 ? ~std::uint64_t{0} : 0);
    take(Id{id}, block.substr(at, length / 2), (length & 1) != 0);
    at += length / 2;
  }
}

}  // namespace dossier
