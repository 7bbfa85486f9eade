// What lasts between the statements of a shell.
//
// Purpose: the one value that statements and dot commands work on: the store and its session, the prefixes,
// what has been set, what `$1` stands for, and the last answer. Invariants: `hits` are parameters of every
// query and update under the names 1, 2, ...; a command that fails leaves all of it as it was. Thread-safety:
// main thread only.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/dossier.h"
#include "grammar/parse.h"
#include "shell/console.h"

namespace dossier::shell {

using Prefixes = std::vector<std::pair<std::string, std::string>>;

struct ShellOptions {
  std::vector<std::pair<std::string, Term>> parameters;
  bool interactive = false;                         // a person sits at a terminal
  bool read_only = false;                           // the store is
  std::size_t memory_bytes = std::size_t{1} << 30;  // most of it for a statement
};

// A query that was answered, and how.
struct Answer {
  std::string query;
  QueryOptions options;  // with the prefixes and parameters of then
};

// Rows of an answer as values.
struct AnswerRows {
  struct Cell {
    std::optional<Term> term;  // nothing: unbound
    std::optional<Path> path;  // a path search gave it
  };
  Result::Kind kind = Result::Kind::solutions;
  std::vector<std::string> variables;
  std::vector<std::vector<Cell>> rows;
  bool whole = false;  // the answer has no more rows
};

struct ShellContext {
  ShellContext(Store& opened, Output& standard_output, ShellOptions given);

  Store& store;
  Session session;
  Output& out;
  ShellOptions options;
  Prefixes prefixes;
  std::optional<Format> format;  // none: by the kind of the result
  bool timer = false;
  std::chrono::milliseconds timeout{0};  // of a statement; 0: none
  bool quit = false;
  std::vector<Term> hits;        // what $1, $2, ... stand for
  std::optional<Answer> answer;  // the last one

  void declare(const std::string& label, const std::string& iri);
  // The prefixes that the store keeps.
  void declare_stored();
  grammar::ParseOptions parse_options() const;
  QueryOptions query_options() const;

  // The first `limit` rows of the last answer, from running its query again. Throws UsageError when there is
  // none.
  AnswerRows answer_rows(std::size_t limit);
  // `$1`, `<iri>`, `prefix:name`, a literal or another term of Turtle's syntax. Throws UsageError that says
  // what can be written.
  Term term(std::string_view text) const;
};

}  // namespace dossier::shell
