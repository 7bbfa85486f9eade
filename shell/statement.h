// What a text of the shell is: a query, an update, a command, and whether it is whole.
//
// Purpose: one reading of a text before anything runs, by the parsers of the grammar; the kind that gets
// further into the text is what was meant. Thread-safety: free functions.
#pragma once

#include <cstdint>
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
  std::vector<std::pair<std::string, std::string>> supplied;  // well-known prefixes it uses undeclared
};

Statement examine(const std::string& text, const grammar::ParseOptions& parse);

// The query of `.explain SELECT ...` and `.analyze SELECT ...`; empty for other texts.
std::string_view explained_text(std::string_view text);

}  // namespace dossier::shell
