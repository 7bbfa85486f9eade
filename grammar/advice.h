// What was probably meant where a text goes wrong.
//
// Purpose: a sentence that lets a person mend typical mistakes: a missing dot or brace, habits of SQL and
// Cypher, a condition without brackets. It judges by the token that was not expected, the tokens that were,
// and the text before. Invariants: it only ever explains; whether a text is right is the grammar's to say.
// Thread-safety: a free function.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace dossier::grammar {

struct Failure {
  std::string_view text;
  std::size_t at = 0;     // in bytes; text.size(): the text ends too early
  std::string_view word;  // that stands there; empty: it is none
  std::span<const char* const> expected;
  bool misspelt = false;  // the word is nearly one of the expected: only what is known of it counts

  bool wants(std::string_view what) const;
};

// Empty: there is none.
std::string advice(const Failure& failure);

}  // namespace dossier::grammar
