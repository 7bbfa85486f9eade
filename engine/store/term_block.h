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

// A decoded block: the bytes of all its terms.
class TermBlock {
 public:
  explicit TermBlock(std::string_view block);  // throws CorruptionError
  // Of an encoded block, without decoding the rest: the number of its terms, and one of them.
  static std::size_t terms_of(std::string_view block);
  static std::string term_of(std::string_view block, std::size_t index);
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
