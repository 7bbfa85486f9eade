// Dot commands: one table of all of them.
//
// Purpose: a command is an entry that says its arguments, its place and words in `.help`, what Tab completes
// behind it, and what it runs. A file of commands gives its entries with one function below; `commands` joins
// them. Errors: UsageError for wrong arguments; the rest of `run` is guarded by the caller. Thread-safety:
// main thread only.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shell/context.h"
#include "shell/statement.h"

namespace dossier::shell {

struct Command {
  // In the order of `.help`, which is one screen of 80 by 24.
  enum class Task : std::uint8_t { ask, explore, show, change, session };
  enum class Argument : std::uint8_t { none, file, term, query, predicate, type, command, word };

  std::string_view name;            // ".load"
  std::string_view arguments = {};  // "FILE... [graph IRI]"
  Task task = Task::session;
  bool alias = false;                            // of another command, so `.help` does not list it
  Argument argument = Argument::none;            // what Tab completes
  std::span<const std::string_view> words = {};  // of Argument::word
  std::string_view summary;                      // a line, for `.help COMMAND`
  std::string_view brief = {};                   // for `.help`, at most 23 wide; else the summary's beginning
  std::string_view help;  // for `.help COMMAND`: paragraphs and an example, lines of 100 columns
  int (*run)(ShellContext& context, std::string_view arguments) = nullptr;  // returns the exit code
};

std::span<const Command> ask_commands();      // ask_commands.cpp
std::span<const Command> explore_commands();  // explore_commands.cpp
std::span<const Command> survey_commands();   // survey_commands.cpp
std::span<const Command> change_commands();   // change_commands.cpp
std::span<const Command> import_commands();   // import_commands.cpp
std::span<const Command> draw_commands();     // draw_commands.cpp
std::span<const Command> edit_commands();     // edit_commands.cpp
std::span<const Command> show_commands();     // show_commands.cpp
std::span<const Command> script_commands();   // script_commands.cpp
std::span<const Command> session_commands();  // session_commands.cpp

// All of them, by task.
std::span<const Command> commands();
// Nothing: there is none of that name.
const Command* find_command(std::string_view name);
// Runs a line that begins with a dot.
int run_command(ShellContext& context, std::string_view line);
// What `.help` and `.help NAME` print.
void print_help(std::ostream& out, std::string_view name);

// Answers go to standard output again.
void end_output(ShellContext& context);
void run_transaction(ShellContext& context, TransactionWord word);

}  // namespace dossier::shell
