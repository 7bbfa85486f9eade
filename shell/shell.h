// The shell: statements and dot commands against one open store.
//
// Purpose: takes text line by line, knows when a statement is complete, and runs it; what lasts between
// statements is its ShellContext. It draws no prompt; repl.h does that for a terminal. Invariants: an error
// of a statement leaves the shell, and the open transaction, as it was before the statement. A transaction
// that is open at the end is rolled back. Thread-safety: main thread only.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "shell/context.h"
#include "shell/hint.h"
#include "shell/statement.h"
#include "shell/vocabulary.h"

namespace dossier::shell {

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
  // The statement that `run` could not run, as it was probably meant; once.
  std::optional<MendedText> take_mended() { return std::exchange(mended_, std::nullopt); }
  // What has been typed of the statement, for the history.
  const std::string& text() const { return text_; }
  ShellContext& context() { return context_; }
  Vocabulary& vocabulary() { return vocabulary_; }
  bool quit() const { return context_.quit; }
  bool in_transaction() const { return context_.session.in_transaction(); }

  // Runs a whole script: statements take as many lines as they can, so `ORDER BY` may stand below the closing
  // brace. Stops at the first failure (unless `.bail off`); returns the exit code of the first. Messages say
  // `file` and line, when there is a file. Scripts may read scripts, to a depth of kMostScripts.
  int run_script(std::string_view script, const std::string& file = {});
  static constexpr int kMostScripts = 16;
  // The same of lines that a person types or pastes: a statement that they leave incomplete waits for more.
  // Takes from `lines` what was read; a failure leaves the rest. `before_run` sees each statement.
  using BeforeRun = std::function<void(const std::string& statement)>;
  int run_lines(std::string_view& lines, const BeforeRun& before_run);
  // A line that begins with ORDER BY, LIMIT and the like, which no statement does, goes on with the last
  // query: the two together, said to the user. Nothing: the line begins otherwise, or the query cannot take
  // it.
  std::optional<std::string> continued(std::string_view line) const;

 private:
  int run_statement(const std::string& text, const Statement& statement);
  int run_supplied(const std::string& text, const Statement& statement);
  void run_query(const std::string& text);
  void run_update(const std::string& text);
  int run_rest(std::string_view script);
  // `file:line` of the statement that is read or run; empty when no file is.
  std::string place() const;
  // Adds the lines and runs all statements but the last, which is left complete, incomplete or empty.
  int add_lines(std::string_view& lines, const BeforeRun& before_run);

  ShellContext context_;
  Vocabulary vocabulary_{context_};
  Hints hints_{context_, vocabulary_};
  std::string text_;
  std::optional<MendedText> mended_;
  State state_ = State::empty;
  std::size_t examined_ = 0;  // bytes of text_ when it was last parsed, see add_line
  std::string file_;          // that is read; empty: none
  std::size_t line_ = 0;      // of it, the last one taken
  std::size_t first_line_ = 0;  // of the statement
  int scripts_ = 0;             // that are read, one in the other
};

}  // namespace dossier::shell
