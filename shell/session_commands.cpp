// Commands about the session itself: prefixes, formats, the timer, help.
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

int quit(ShellContext& context, std::string_view) {
  context.quit = true;
  return kDone;
}

int help(ShellContext& context, std::string_view arguments) {
  print_help(context.out, take_word(arguments));
  return kDone;
}

int prefix(ShellContext& context, std::string_view arguments) {
  if (arguments.empty()) {
    std::size_t width = 0;
    for (const auto& [label, iri] : context.prefixes) width = std::max(width, label.size());
    for (const auto& [label, iri] : context.prefixes)
      context.out << fmt::format("{:<{}} <{}>\n", label + ":", width + 1, iri);
    return kDone;
  }
  std::string label = take_word(arguments);
  std::string iri = take_word(arguments);
  if (label.ends_with(':')) label.pop_back();
  if (iri.size() < 2 || iri.front() != '<' || iri.back() != '>' || !arguments.empty())
    throw UsageError(".prefix takes a label and an IRI: .prefix ex: <http://example.org/>");
  // The grammar decides what a label and an IRI may be.
  grammar::parse_update("PREFIX " + label + ": " + iri);
  context.declare(label, iri.substr(1, iri.size() - 2));
  return kDone;
}

int stats(ShellContext& context, std::string_view) {
  if (context.session.in_transaction())
    fmt::print(stderr, "dossier: the last commit, without the changes of the open transaction:\n");
  print_statistics(context.out, context.store.statistics(), context.prefixes);
  return kDone;
}

int refresh(ShellContext& context, std::string_view) {
  const bool changed = context.store.refresh();
  context.declare_stored();
  fmt::print(stderr, "{} commit {}\n", changed ? "now at" : "still at",
             with_commas(context.store.statistics().sequence));
  return kDone;
}

constexpr std::array kCommands = {
    Command{.name = ".stats",
            .task = Command::Task::explore,
            .summary = "what the store holds, by predicate and graph",
            .brief = "counts by predicate",
            .help = "Counts of quads, terms and graphs, the bytes on disk, and the triples of each "
                    "predicate. Numbers\n"
                    "marked ~ are estimates.\n\n  .stats\n",
            .run = stats},
    Command{.name = ".prefix",
            .arguments = "[LABEL: <IRI>]",
            .task = Command::Task::session,
            .summary = "declares a prefix; without arguments: shows them",
            .brief = "shows or declares one",
            .help = "A PREFIX line declares one too, and loaded files bring theirs. Well-known prefixes "
                    "(foaf:, wdt:, ...)\n"
                    "are supplied when a statement uses them.\n\n  .prefix ex: <http://example.org/>\n",
            .run = prefix},
    Command{.name = ".refresh",
            .task = Command::Task::session,
            .summary = "a store opened read-only: shows what others have committed since",
            .brief = "what others committed",
            .help = "A store that is open for writing is always current.\n\n  .refresh\n",
            .run = refresh},
    Command{.name = ".help",
            .arguments = "[COMMAND]",
            .task = Command::Task::session,
            .argument = Command::Argument::command,
            .summary = "this; or more about one command",
            .brief = "about one command",
            .help = "Also without the dot, alone.\n\n  .help .load\n",
            .run = help},
    Command{.name = ".quit",
            .task = Command::Task::session,
            .summary = "leaves, as Ctrl-D does; an open transaction is rolled back",
            .brief = "leaves",
            .help = "Also .exit, and both without the dot.\n\n  .quit\n",
            .run = quit},
    Command{.name = ".exit",
            .task = Command::Task::session,
            .summary = "the same",
            .brief = "the same",
            .help = "Also .quit, and both without the dot.\n\n  .exit\n",
            .run = quit}};

}  // namespace

std::span<const Command> session_commands() {
  return kCommands;
}

}  // namespace dossier::shell
