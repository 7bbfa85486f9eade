// What a text of the shell is: a query, an update, a command, and whether it is whole.
//
// Purpose: one reading of a text before anything runs, by the parsers of the grammar; the kind that gets
// further into the text is what was meant. Thread-safety: free functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "grammar/parse.h"

namespace dossier::shell {

// What SQL has taught people to say of transactions; no SPARQL begins with these words.
enum class TransactionWord : std::uint8_t { none, begin, commit, rollback };

struct Statement {
  enum class Kind : std::uint8_t { nothing, query, update, transaction, explain, command };
  Kind kind = Kind::nothing;
  TransactionWord transaction = TransactionWord::none;
  bool complete = false;
  std::string error;  // a report; when not empty, `complete` may be set
  std::optional<grammar::Mend> mend;                          // of the error, in the text that was examined
  std::vector<std::pair<std::string, std::string>> supplied;  // well-known prefixes it uses undeclared
};

Statement examine(const std::string& text, const grammar::ParseOptions& parse);

// A text that went wrong as it was probably meant.
struct MendedText {
  std::string text;
  std::size_t cursor = 0;  // where a person goes on
};
// Nothing: what was meant is not known.
std::optional<MendedText> mended(const std::string& text, const grammar::ParseOptions& parse);

// `help`, `quit` and `exit` alone are commands without their dot. Empty: the text is none of them.
std::string_view word_alone(std::string_view text);

// The query of `.explain SELECT ...` and `.analyze SELECT ...`; empty for other texts.
std::string_view explained_text(std::string_view text);

}  // namespace dossier::shell
