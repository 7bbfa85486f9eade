// Commands that change the store or copy it: loading, transactions, backup, the log.
#include <fmt/format.h>

#include <array>
#include <charconv>

#include "shell/arguments.h"
#include "shell/command.h"
#include "shell/verbs.h"
#include "shell/words.h"

namespace dossier::shell {

void run_transaction(ShellContext& context, TransactionWord word) {
  switch (word) {
    case TransactionWord::begin: {
      const Interrupt interrupt(&context.session);
      context.session.begin();
      if (context.options.read_only)
        fmt::print(stderr,
                   "dossier: the store is open read-only: this transaction's changes can be looked at, not "
                   "committed\n");
      break;
    }
    case TransactionWord::commit:
      run_long([&](const ProgressCallback& progress) { context.session.commit(progress); });
      break;
    case TransactionWord::rollback:
      context.session.rollback();
      break;
    case TransactionWord::none:
      break;
  }
}

namespace {

constexpr std::size_t kLogCommits = 20;

template <TransactionWord word>
int transaction(ShellContext& context, std::string_view arguments) {
  if (!arguments.empty()) throw UsageError(".begin, .commit and .rollback take no arguments");
  run_transaction(context, word);
  return kDone;
}

int load(ShellContext& context, std::string_view arguments) {
  std::vector<std::string> files;
  LoadOptions load = context.load_options();
  while (!arguments.empty()) {
    const std::string word = take_word(arguments);
    if (word == "graph" && !arguments.empty()) {
      std::string iri = take_word(arguments);
      if (iri.size() > 2 && iri.front() == '<' && iri.back() == '>') iri = iri.substr(1, iri.size() - 2);
      load.graph = graph_term(iri);
    } else {
      files.push_back(word);
    }
  }
  if (files.empty()) throw UsageError(".load takes files: .load FILE... [graph IRI]");
  require_readable(files);
  LoadReport report;
  run_long([&](const ProgressCallback& progress) {
    load.progress = progress;
    report = context.session.in_transaction() ? context.session.load(files, load)
                                              : context.store.load(files, load);
  });
  print_load_report(report);
  for (const auto& [label, iri] : report.prefixes) context.declare(label, iri);
  return kDone;
}

int back_up_store(ShellContext& context, std::string_view arguments) {
  const std::string directory = take_word(arguments);
  if (directory.empty() || !arguments.empty()) throw UsageError(".backup takes a directory: .backup DIR");
  back_up(context.store, directory);
  return kDone;
}

int compact_store(ShellContext& context, std::string_view arguments) {
  if (!arguments.empty()) throw UsageError(".compact takes no arguments");
  compact(context.store);
  return kDone;
}

int check_store(ShellContext& context, std::string_view arguments) {
  if (!arguments.empty()) throw UsageError(".check takes no arguments");
  return check(context.store, context.out);
}

int log(ShellContext& context, std::string_view arguments) {
  std::size_t limit = kLogCommits;
  if (!arguments.empty()) {
    const char* const end = arguments.data() + arguments.size();
    const auto [stop, error] = std::from_chars(arguments.data(), end, limit);
    if (error != std::errc() || stop != end || limit == 0)
      throw UsageError(".log takes the number of commits to show: .log 50");
  }
  print_log(context.out, context.store.log(limit));
  return kDone;
}

constexpr std::array kCommands = {
    Command{
        .name = ".load",
        .arguments = "FILE... [graph IRI]",
        .task = Command::Task::change,
        .argument = Command::Argument::file,
        .summary = "loads RDF files and declares their prefixes",
        .brief = "RDF files",
        .help =
            "N-Triples, N-Quads, Turtle, TriG, RDF/XML; plain, .gz or .zst. All of the files or nothing:\n"
            "an error says file, line and column and leaves the store as it was. Within a transaction the\n"
            "files are part of it. `graph IRI` is where triples without a graph go.\n\n"
            "  .load events.ttl.gz graph <http://example.org/2014>\n",
        .run = load},
    Command{
        .name = ".begin",
        .task = Command::Task::change,
        .summary = "begins a transaction (BEGIN); others see its changes after .commit",
        .brief = "begins a transaction",
        .help =
            "Statements see what the transaction has changed, others only after the commit. A statement "
            "that\n"
            "fails changes nothing, and the transaction goes on. BEGIN, COMMIT and ROLLBACK do the same.\n\n"
            "  .begin\n  DELETE WHERE { :chen :heads ?post }\n  .commit\n",
        .run = transaction<TransactionWord::begin>},
    Command{
        .name = ".commit",
        .task = Command::Task::change,
        .summary = "makes the transaction last (COMMIT)",
        .brief = "makes it last",
        .help =
            "The changes since .begin become one commit, which others see and which is on the disk when the\n"
            "prompt returns.\n\n  .begin\n  .load events.ttl\n  .commit\n",
        .run = transaction<TransactionWord::commit>},
    Command{.name = ".rollback",
            .task = Command::Task::change,
            .summary = "drops the transaction (ROLLBACK), as leaving does",
            .brief = "drops it",
            .help = "The store is as it was before .begin.\n\n  .begin\n  CLEAR ALL\n  .rollback\n",
            .run = transaction<TransactionWord::rollback>},
    Command{
        .name = ".log",
        .arguments = "[N]",
        .task = Command::Task::change,
        .summary = "the last N commits (20), newest first",
        .brief = "the last commits",
        .help = "Each with its number, time, quads added and removed, and the quads after it.\n\n  .log 5\n",
        .run = log},
    Command{.name = ".backup",
            .arguments = "DIR",
            .task = Command::Task::change,
            .argument = Command::Argument::file,
            .summary = "copies the store as the last commit left it",
            .brief = "copies the store",
            .help =
                "DIR must not exist or be empty. The copy is checked and is a store of its own; `dossier "
                "restore`\n"
                "makes a store from it. Others may read and write meanwhile.\n\n  .backup /backups/monday\n",
            .run = back_up_store},
    Command{.name = ".compact",
            .task = Command::Task::change,
            .summary = "folds updates into the blocks and gives space back",
            .brief = "gives space back",
            .help =
                "Ctrl-C stops it; what was done until then stands. `dossier compact DB` does the same.\n\n"
                "  .compact\n",
            .run = compact_store},
    Command{
        .name = ".check",
        .task = Command::Task::change,
        .summary = "cross-checks all of the store",
        .brief = "is the store sound?",
        .help =
            "Reads permutations, dictionary, statistics and the checksum of every block, and prints what\n"
            "is wrong. `dossier check DB --repair` builds a damaged store anew.\n\n  .check\n",
        .run = check_store}};

}  // namespace

std::span<const Command> change_commands() {
  return kCommands;
}

}  // namespace dossier::shell
