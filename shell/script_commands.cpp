// Commands of scripts: reading them, their parameters, what an error does.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "grammar/parse.h"
#include "shell/arguments.h"
#include "shell/command.h"
#include "shell/verbs.h"
#include "shell/words.h"

namespace dossier::shell {
namespace {

constexpr std::array<std::string_view, 2> kOnOff = {"on", "off"};

int read(ShellContext& context, std::string_view arguments) {
  const std::string file = take_word(arguments);
  if (file.empty() || !arguments.empty()) throw UsageError(".read takes a file: .read setup.rq");
  require_readable({file});
  return context.read_script(file);
}

// The grammar decides what a variable is.
std::string variable_name(std::string_view word) {
  if (word.starts_with('?') || word.starts_with('$')) word.remove_prefix(1);
  try {
    grammar::parse_query(fmt::format("SELECT ?{} {{}}", word));
  } catch (const grammar::SyntaxError&) {
    throw UsageError(fmt::format("'{}' is no name of a variable", word));
  }
  return std::string(word);
}

int param(ShellContext& context, std::string_view arguments) {
  auto& parameters = context.options.parameters;
  if (arguments.empty()) {
    std::size_t width = 0;
    for (const auto& [name, value] : parameters) width = std::max(width, name.size());
    for (const auto& [name, value] : parameters)
      context.out << fmt::format("?{:<{}} {}\n", name, width, value.to_string());
    return kDone;
  }
  const std::string name = variable_name(take_word(arguments));
  const auto old = std::find_if(parameters.begin(), parameters.end(),
                                [&](const auto& parameter) { return parameter.first == name; });
  if (arguments.empty()) {
    if (old == parameters.end()) throw UsageError(fmt::format("there is no parameter ?{}", name));
    parameters.erase(old);
    return kDone;
  }
  Term value = context.term(arguments);
  if (old != parameters.end()) {
    old->second = std::move(value);
  } else {
    parameters.emplace_back(name, std::move(value));
  }
  return kDone;
}

int bail(ShellContext& context, std::string_view arguments) {
  if (arguments != "on" && arguments != "off") throw UsageError(".bail takes on or off");
  context.bail = arguments == "on";
  return kDone;
}

constexpr std::array kCommands = {
    Command{.name = ".read",
            .arguments = "FILE",
            .task = Command::Task::session,
            .argument = Command::Argument::file,
            .summary = "runs the statements and commands of FILE",
            .brief = "runs a script",
            .help = "Stops at the first error, of which it says file and line; .bail off goes on. Scripts may read\n"
                    "scripts. `dossier DB -f FILE` does the same without a terminal.\n\n  .read setup.rq\n",
            .run = read},
    Command{.name = ".param",
            .arguments = "[NAME [TERM]]",
            .task = Command::Task::session,
            .argument = Command::Argument::term,
            .summary = "the value of ?NAME in queries; without TERM: clears it",
            .brief = "values of variables",
            .help = "In every query and update ?NAME is the term then. Without arguments: shows them.\n\n"
                    "  .param who foaf:chen\n  SELECT ?post { ?who :heads ?post }\n",
            .run = param},
    Command{.name = ".bail",
            .arguments = "on|off",
            .task = Command::Task::session,
            .argument = Command::Argument::word,
            .words = kOnOff,
            .summary = "whether a script stops at its first error (on)",
            .brief = "stop at errors or not",
            .help = "Off: goes on after the next blank line; the exit code is still that of the first error.\n\n"
                    "  .bail off\n",
            .run = bail}};

}  // namespace

std::span<const Command> script_commands() {
  return kCommands;
}

}  // namespace dossier::shell
