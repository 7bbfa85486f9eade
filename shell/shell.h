// The shell: statements and dot commands against one open store.
//
// Purpose: takes text line by line, knows when a statement is complete, runs it, and keeps what lasts between
// statements: prefixes, output format, timer. It draws no prompt; repl.h does that for a terminal.
// Invariants: an error of a statement leaves the shell, and the open transaction, as it was before the
// statement. A transaction that is open at the end is rolled back. Thread-safety: main thread only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/dossier.h"
#include "grammar/parse.h"
#include "shell/console.h"

namespace dossier::shell {

struct ShellOptions {
  std::vector<std::pair<std::string, Term>> parameters;
  bool interactive = false;
  bool read_only = false;                           // the store is
  std::size_t memory_bytes = std::size_t{1} << 30;  // most of it for a statement
};

class Shell {
 public:
  Shell(Store& store, Output& out, ShellOptions options);
  ~Shell();
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;

  enum class State { empty, incomplete, complete };
  // Adds a line to the statement. `complete`: `run` may be called. A text that cannot become a statement is
  // complete too; run then reports its error.
  State add_line(std::string_view line);
  State state() const { return state_; }
  // Runs and forgets the statement. Returns its exit code; messages went to standard error.
  int run();
  void forget();
  // What has been typed of the statement, for the history.
  const std::string& text() const { return text_; }
  bool quit() const { return quit_; }
  bool in_transaction() const { return session_.in_transaction(); }

  // Runs a whole script: statements take as many lines as they can, so `ORDER BY` may stand below the closing
  // brace. Stops at the first failure; returns its exit code.
  int run_script(std::string_view script);

 private:
  struct Statement {
    enum class Kind { nothing, query, update, transaction, command };
    Kind kind = Kind::nothing;
    bool complete = false;
    std::string error;  // a report; when not empty, `complete` is set
    std::vector<std::pair<std::string, std::string>> supplied;  // well-known prefixes it uses undeclared
  };
  Statement examine(const std::string& text) const;
  grammar::ParseOptions parse_options() const;

  int run_statement(const std::string& text, const Statement& statement);
  int run_supplied(const std::string& text, const Statement& statement);
  int run_query(const std::string& text);
  int run_update(const std::string& text);
  void begin();
  int run_explain(std::string_view text);
  int run_command(std::string_view line);
  int command_log(std::string_view arguments);
  int command_load(std::string_view arguments);
  int command_backup(std::string_view arguments);
  int command_prefix(std::string_view arguments);
  int command_format(std::string_view arguments);
  int command_timer(std::string_view arguments);
  void declare(const std::string& label, const std::string& iri);
  void declare_stored();
  QueryOptions options() const;

  Store& store_;
  Session session_;
  Output& out_;
  ShellOptions options_;
  std::vector<std::pair<std::string, std::string>> prefixes_;
  std::optional<Format> format_;
  bool timer_ = false;
  bool quit_ = false;
  std::string text_;
  State state_ = State::empty;
  std::size_t examined_ = 0;  // bytes of text_ when it was last parsed, see add_line
};

// Names of dot commands, for completion and "did you mean".
std::vector<std::string_view> command_names();

}  // namespace dossier::shell
