// Blocks of the dictionary: up to kTermsPerBlock terms in the order of their counters, front-coded and packed
// in groups.
//
// Purpose: the value of one key of the family `terms`. A term is its bytes (model/term.h) without what it
// shares with the term before it that has bytes; blank nodes and triple terms are empty entries.
// kTermsPerGroup terms make a group, which is packed by itself (store/codebook.h): whoever wants one term
// unpacks no others. Layout: u8 number of terms; varint number of the codebook, 0: none; for each group
// varint bytes of its entries and, with a codebook, varint bytes that they take here (as many: they are not
// packed); the groups. An entry is varint shared, varint length of the rest, the rest. Invariants: the first
// term of a group shares nothing. Frozen: see store/format.h. Thread-safety: values of one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/store/codebook.h"
#include "engine/store/format.h"

namespace dossier {

inline constexpr std::size_t kTermsPerGroup = 16;

class TermBlockBuilder {
 public:
  // Precondition: fewer than kTermsPerBlock terms so far. `bytes` empty: a blank node or a triple term.
  void add(std::string_view bytes);
  std::size_t terms() const { return terms_; }
  // The block; null: nothing is packed. Valid until the next call. Precondition: terms() > 0.
  std::string_view block(Packer* packer = nullptr);
  // The entries of a group. Precondition: it has terms.
  std::string_view group(std::size_t number) const { return groups_[number]; }
  void clear();

 private:
  std::array<std::string, kTermsPerBlock / kTermsPerGroup> groups_;
  std::string block_;
  std::string packed_;
  std::string last_;
  std::size_t terms_ = 0;
};

// What a block says of itself. Throws CorruptionError, as all that reads one does.
std::size_t terms_of_block(std::string_view block);
std::uint64_t codebook_of_block(std::string_view block);  // 0: none

// Where the groups of a block are.
struct TermGroups {
  struct Group {
    std::string_view stored;
    std::size_t size = 0;  // of its entries
  };
  TermGroups(std::string_view block, const Codebook* codebook);
  // The entries of the group, which may lie in `buffer`.
  std::string_view entries(std::size_t group, std::string& buffer) const;

  std::size_t terms = 0;
  std::array<Group, kTermsPerBlock / kTermsPerGroup> groups;
  const Codebook* codebook;
};

// Goes forward through an encoded block; unpacks no more groups and decodes no more terms than it has to.
class TermBlockCursor {
 public:
  // `block` outlives the cursor's use. `codebook`: that of codebook_of_block, which does too.
  TermBlockCursor(std::string_view block, const Codebook* codebook);
  std::size_t terms() const { return groups_.terms; }
  // Not less than that of the last call; the bytes are valid until the next one.
  std::string_view term(std::size_t index);

 private:
  TermGroups groups_;
  std::string buffer_;
  std::string_view entries_;  // of the group of the term passed last
  std::size_t next_ = 0;      // terms passed
  std::size_t at_ = 0;        // in entries_
  bool empty_ = true;         // the term passed last has no bytes
  std::string last_;          // the last one of the group that has
};

// A decoded block: the bytes of all its terms, in one piece of memory that copies of this object share.
class TermBlock {
 public:
  TermBlock() = default;  // no block
  TermBlock(std::string_view block, const Codebook* codebook);
  bool exists() const { return data_ != nullptr; }
  std::size_t terms() const { return exists() ? data_[0] : 0; }
  // Where the term begins and, as the next number, where it ends. Precondition: index < terms().
  const std::size_t* bounds(std::size_t index) const { return data_.get() + 1 + index; }
  std::string_view term(std::size_t index) const {
    const std::size_t* const at = bounds(index);
    return {text() + at[0], at[1] - at[0]};
  }
  const char* text() const { return reinterpret_cast<const char*>(data_.get() + terms() + 2); }
  std::size_t memory() const { return sizeof *this + (terms() + 2) * sizeof(std::size_t) + *bounds(terms()); }

 private:
  // The number of terms; where each begins, and where the last one ends; the bytes.
  std::shared_ptr<const std::size_t[]> data_;
};

}  // namespace dossier
