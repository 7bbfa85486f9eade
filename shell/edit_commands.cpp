// Commands about typing and waiting: the keys, the time that a query may take.
#include <fmt/format.h>

#include <array>

#include "shell/arguments.h"
#include "shell/command.h"
#include "shell/console.h"
#include "shell/verbs.h"

namespace dossier::shell {
namespace {

constexpr std::string_view kKeys =
    "Enter        runs the statement as soon as it is complete; a blank line ends one that is not,\n"
    "             and shows what it lacks. The prompt shows what is open: {, (, [, \"\"\".\n"
    "Alt-Enter    breaks the line without running it\n"
    "Up, Down     move within a statement of several lines, then through the history; in the first line\n"
    "             behind a continuation prompt, Up takes the lines before it back\n"
    "Home, End    of the line; once more, of the statement\n"
    "Ctrl-R       searches the history, whose entries are whole statements\n"
    "Tab          completes keywords, variables, functions, prefixes, classes, predicates (those that occur\n"
    "             with what is said of the subject first), commands, file names. Letters behind a prefix\n"
    "             are enough: birth<Tab> finds :placeOfBirth. A quotation mark and the beginning of a name\n"
    "             find the entity: \"Chen Yu<Tab>\n"
    "Ctrl-C       drops what is typed, or stops what runs;  Ctrl-D leaves\n"
    "\n"
    "ORDER BY, LIMIT, OFFSET, GROUP BY, HAVING and VALUES at the prompt go on with the last query.\n"
    "A paste of several statements runs one by one and stops at the first that fails; Up has the rest.\n"
    "Keys and the vi mode are those of GNU Readline: ~/.inputrc holds, and `$if dossier` in it.\n";

constexpr std::array<std::string_view, 1> kOff = {"off"};

int keys(ShellContext& context, std::string_view) {
  context.out << kKeys;
  return kDone;
}

int timeout(ShellContext& context, std::string_view arguments) {
  if (arguments == "off") {
    context.timeout = {};
  } else if (!arguments.empty()) {
    context.timeout = parse_seconds(arguments);
  }
  if (context.timeout.count() == 0) {
    context.out << "no time limit\n";
  } else {
    context.out << fmt::format("time limit: {}\n",
                               readable_seconds(std::chrono::duration<double>(context.timeout).count()));
  }
  return kDone;
}

constexpr std::array kCommands = {
    Command{
        .name = ".timeout",
        .arguments = "[SECONDS|off]",
        .task = Command::Task::session,
        .argument = Command::Argument::word,
        .words = kOff,
        .summary = "the time that a query or an update may take",
        .brief = "of a statement",
        .help =
            "What is past it is stopped, and says what it was at. Ctrl-C stops sooner.\n\n  .timeout 30\n",
        .run = timeout},
    Command{.name = ".keys",
            .task = Command::Task::session,
            .summary = "the keys of the editor, and what Tab offers",
            .brief = "of the editor",
            .help = "  .keys\n",
            .run = keys}};

}  // namespace

std::span<const Command> edit_commands() {
  return kCommands;
}

}  // namespace dossier::shell
