// Blocks of the dictionary: up to kTermsPerBlock terms in the order of their counters, front-coded.
//
// Purpose: the value of one key of the family `terms`. A term is its bytes (model/term.h) without what it
// shares with the term before it that has bytes; blank nodes and triple terms are empty entries. Layout: u8
// number of terms; each: varint shared, varint length of the rest, the rest. Invariants: the first term of a
// block shares nothing. Frozen: see store/format.h. Thread-safety: values of one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace dossier {

class TermBlockBuilder {
 public:
  // Precondition: fewer than kTermsPerBlock terms so far. `bytes` empty: a blank node or a triple term.
  void add(std::string_view bytes);
  std::size_t terms() const { return terms_; }
  // The block; valid until the next call of `clear` or `add`. Precondition: terms() > 0.
  std::string_view block();
  void clear();

 private:
  std::string bytes_ = std::string(1, '\0');
  std::string last_;
  std::size_t terms_ = 0;
};

// Goes forward through an encoded block and decodes no more than it passes.
class TermBlockCursor {
 public:
  // `block` outlives the cursor's use. Throws CorruptionError, as `term` does.
  explicit TermBlockCursor(std::string_view block);
  std::size_t terms() const { return terms_; }
  // Not less than that of the last call; the bytes are valid until the next one.
  std::string_view term(std::size_t index);

 private:
  std::string_view block_;
  std::size_t terms_ = 0;
  std::size_t next_ = 0;  // terms passed
  std::size_t at_ = 1;
  bool empty_ = true;  // the term passed last has no bytes
  std::string last_;   // the last one that has
};

// A decoded block: the bytes of all its terms, in one piece of memory that copies of this object share.
class TermBlock {
 public:
  TermBlock() = default;                       // no block
  explicit TermBlock(std::string_view block);  // throws CorruptionError
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
