// What may follow a text that is still being written.
//
// Purpose: for completion: the tokens that the grammar takes next, and the triples around that place. The
// text ends before the word at hand, so `?x a fo` asks for the place behind `?x a `. Thread-safety: a free
// function.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "grammar/ast.h"
#include "grammar/parse.h"

namespace dossier::grammar {

struct Place {
  // Keywords in capitals, other tokens as they are written, kinds of tokens in words ("a variable", "an IRI",
  // "a function"); "'a'" where a verb may stand.
  std::vector<std::string_view> expected;
  // Of the triple that is being written.
  std::optional<Term> subject;
  std::optional<Verb> verb;  // an object may follow
  // Those written so far in the groups that are open, the outer ones first.
  std::vector<TriplePattern> triples;

  bool expects(std::string_view what) const;
};

// Nothing: what stands before the end is not the beginning of a query (of an update). Prefixes need no
// declaration: one that is not known is its own IRI.
std::optional<Place> place_at_end(std::string_view text, bool of_update, const ParseOptions& options = {});

}  // namespace dossier::grammar
