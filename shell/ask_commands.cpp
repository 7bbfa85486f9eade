// Commands about queries: their plans.
#include <array>

#include "shell/arguments.h"
#include "shell/command.h"

namespace dossier::shell {
namespace {

// With a query behind it `.explain` is a statement, which may take several lines; see examine.
int explain_nothing(ShellContext&, std::string_view) {
  throw UsageError("a query follows: .explain SELECT * { ?s ?p ?o }");
}

constexpr std::array kCommands = {
    Command{
        .name = ".explain",
        .arguments = "QUERY",
        .task = Command::Task::ask,
        .argument = Command::Argument::query,
        .summary = "the plan, with estimates",
        .brief = "the plan of a query",
        .help =
            "Shows how the query would be answered, without running it: a step a line, its inputs below it,\n"
            "with the rows that are expected.\n\n"
            "  .explain SELECT ?who { ?who foaf:knows+ :chen }\n",
        .run = explain_nothing},
    Command{.name = ".analyze",
            .arguments = "QUERY",
            .task = Command::Task::ask,
            .argument = Command::Argument::query,
            .summary = "runs the query and shows the plan with what happened",
            .brief = "runs it, shows the plan",
            .help =
                "As .explain, but the query is run: each step says its rows, its time, and what it read.\n\n"
                "  .analyze SELECT ?who { ?who foaf:knows+ :chen }\n",
            .run = explain_nothing}};

}  // namespace

std::span<const Command> ask_commands() {
  return kCommands;
}

}  // namespace dossier::shell
