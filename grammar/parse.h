// Text to tree: the entry of the SPARQL 1.2 grammar.
//
// Purpose: `parse_query` and `parse_update` check the whole of a text (syntax, prefixes, the static rules of the
// specification) and return its tree, or throw one SyntaxError that says where, what was expected and, where it can, what
// was meant. Time is linear in the text for all but hostile input, nesting is bounded by kMaxDepth.
// Thread-safety: free functions without shared state.
// Source: SPARQL 1.2 Query Language section 19; RFC 3986 for BASE.
#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "grammar/ast.h"

namespace dossier::grammar {

// What to write instead where the mistake is known.
struct Mend {
  std::size_t offset = 0;  // of what it replaces
  std::size_t length = 0;
  std::string text;
  std::size_t cursor = std::string::npos;  // where in `text` something is still to be written; npos: nowhere
};

class SyntaxError : public std::runtime_error {
 public:
  // `what()` is the whole report: message, line and column, the line of the text, a caret under the column.
  SyntaxError(std::string_view text, std::size_t offset, std::string message, std::string expected = {},
              std::optional<Mend> mend = {});
  std::size_t offset() const { return offset_; }
  std::size_t line() const { return line_; }      // from 1
  std::size_t column() const { return column_; }  // from 1, in code points
  const std::string& message() const { return message_; }
  const std::string& expected() const { return expected_; }  // in words; may be empty
  const std::optional<Mend>& mend() const { return mend_; }
  // The text ended where more was expected: an interactive reader should ask for another line.
  bool at_end() const { return at_end_; }

 private:
  std::size_t offset_;
  std::size_t line_ = 1;
  std::size_t column_ = 1;
  std::string message_;
  std::string expected_;
  std::optional<Mend> mend_;
  bool at_end_ = false;
};

struct ParseOptions {
  std::string base;                                           // base IRI of the text; empty: relative IRIs stay as they are
  std::vector<std::pair<std::string, std::string>> prefixes;  // declared beforehand (the shell's session)
  bool unknown_prefixes = false;  // one that is not declared is its own IRI, for texts that are still being written
  bool known_prefixes = false;  // a missing declaration is taken from grammar/known_prefixes.h and noted in the prologue
};

Query parse_query(std::string_view text, const ParseOptions& options = {});
Update parse_update(std::string_view text, const ParseOptions& options = {});

// Line and column (both from 1, the column in code points) of a byte offset.
std::pair<std::size_t, std::size_t> line_and_column(std::string_view text, std::size_t offset);

}  // namespace dossier::grammar
