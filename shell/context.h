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
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/dossier.h"
#include "grammar/parse.h"
#include "shell/answer.h"
#include "shell/answer_mode.h"
#include "shell/answer_rows.h"
#include "shell/changes.h"
#include "shell/console.h"
#include "shell/labels.h"

namespace dossier::shell {

using Prefixes = std::vector<std::pair<std::string, std::string>>;

struct ShellOptions {
  std::vector<std::pair<std::string, Term>> parameters;
  bool interactive = false;                         // a person sits at a terminal
  bool read_only = false;                           // the store is
  std::size_t memory_bytes = std::size_t{1} << 30;  // most of it for a statement or a load
  unsigned threads = 0;                             // 0: as many as the machine has
};

// A query that was answered, and how.
struct Answer {
  std::string query;
  QueryOptions options;  // with the prefixes and parameters of then
  AnswerRows rows;       // the first ones, as they were shown
};

// How answers are shown.
struct Showing {
  enum class Labels : std::uint8_t { off, instead, beside };

  std::optional<AnswerMode> mode;      // none: by the kind of the answer
  std::optional<AnswerMode> of_file;   // by the name of the file that answers go to; before `mode`
  std::string file;                    // of `.output`; empty: standard output
  bool once = false;                   // `.once`: the next statement alone goes to `of_file`
  Labels labels = Labels::off;
  bool pager = true;
};

struct ShellContext {
  ShellContext(Store& opened, Output& standard_output, ShellOptions given);

  Store& store;
  Session session;
  Output& out;
  ShellOptions options;
  Prefixes prefixes;
  Showing showing;
  LabelFinder label_finder;
  bool timer = false;
  std::chrono::milliseconds timeout{0};  // of a statement; 0: none
  bool bail = true;  // a script stops at its first error
  // Runs a script; returns its exit code.
  std::function<int(const std::string& path)> read_script;
  bool quit = false;
  std::vector<Term> hits;        // what $1, $2, ... stand for
  std::vector<std::string> more;  // lines that .more shows next
  ChangeRecord changes;           // what .diff shows
  std::optional<Answer> answer;  // the last one

  void declare(const std::string& label, const std::string& iri);
  // The prefixes that the store keeps.
  void declare_stored();
  grammar::ParseOptions parse_options() const;
  QueryOptions query_options() const;
  LoadOptions load_options() const;

  // How an answer of this kind is written now.
  AnswerStyle answer_style(Result::Kind kind);
  // A remark about an answer (rows, time) for the person at the terminal; nothing elsewhere.
  void remark(std::string_view text);

  // The first `limit` rows of the last answer; when fewer were kept, from running its query again. Throws
  // UsageError when there is none.
  AnswerRows answer_rows(std::size_t limit);
  // `$1`, `<iri>`, `prefix:name`, a literal or another term of Turtle's syntax. Throws UsageError that says
  // what can be written.
  Term term(std::string_view text) const;
};

}  // namespace dossier::shell
