// Blocks of the dictionary: up to kTermsPerBlock terms in the order of their counters, front-coded.
//
// Purpose: the value of one key of the family `terms`. A term is its bytes (model/term.h) without what it
// shares with the term before it that has bytes; blank nodes and triple terms are empty entries. Layout: u8
// number of terms; each: varint shared, varint length of the rest, the rest. Invariants: the first term of a
// block shares nothing. Frozen: see store/format.h. Thread-safety: values of one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

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

// A decoded block: the bytes of all its terms.
class TermBlock {
 public:
  explicit TermBlock(std::string_view block);  // throws CorruptionError
  std::size_t terms() const { return ends_.size() - 1; }
  std::string_view term(std::size_t index) const {
    return std::string_view(bytes_).substr(ends_[index], ends_[index + 1] - ends_[index]);
  }
  std::size_t memory() const {
    return sizeof *this + bytes_.capacity() + ends_.capacity() * sizeof(std::size_t);
  }

 private:
  std::string bytes_;
  std::vector<std::size_t> ends_;
};

}  // namespace dossier
