// `.import`: tables through a map.
#include <fmt/format.h>

#include <array>

#include "engine/io/rdf_reader.h"
#include "shell/arguments.h"
#include "shell/command.h"
#include "shell/table_arguments.h"
#include "shell/verbs.h"
#include "shell/words.h"

namespace dossier::shell {
namespace {

int import(ShellContext& context, std::string_view arguments) {
  constexpr std::string_view kUsage =
      ".import takes a table and its map: .import FILE.csv [MAP] [separator C] [no-header] [graph IRI] [skip-bad]";
  std::vector<std::string> words;
  TableArguments table;
  LoadOptions load = context.load_options();
  while (!arguments.empty()) {
    const std::string word = take_word(arguments);
    if (word == "skip-bad") {
      load.skip_bad = true;
    } else if (word == "no-header") {
      table.no_header = true;
    } else if (word == "separator" && !arguments.empty()) {
      table.separator = take_word(arguments);
    } else if (word == "graph" && !arguments.empty()) {
      const Term graph = context.term(take_word(arguments));
      if (!graph.is_iri())
        throw UsageError(fmt::format("a graph is named by an IRI, not by {}", graph.to_string()));
      load.graph = graph;
    } else {
      words.push_back(word);
    }
  }
  if (words.empty() || words.size() > 2) throw UsageError(std::string(kUsage));
  require_readable(words);
  if (words.size() == 2) table.map = words[1];
  load.format = format_of_path(words[0]) == Format::tsv ? Format::tsv : Format::csv;
  load.table = table_options(table, std::move(load.table.prefixes));
  LoadReport report;
  run_long([&](const ProgressCallback& progress) {
    load.progress = progress;
    report = context.session.in_transaction() ? context.session.load({words[0]}, load)
                                              : context.store.load({words[0]}, load);
  });
  print_load_report(report, "rows");
  for (const auto& [label, iri] : report.prefixes) context.declare(label, iri);
  return kDone;
}

constexpr std::array kCommands = {Command{
    .name = ".import",
    .arguments = "FILE.csv [MAP] [separator C] [no-header] [graph IRI] [skip-bad]",
    .task = Command::Task::change,
    .argument = Command::Argument::file,
    .summary = "reads a table (CSV, TSV) as a map says",
    .brief = "tables (CSV, TSV)",
    .help =
        "A map is Turtle with the names of columns in braces, said once for each row:\n\n"
        "  PREFIX : <http://example.org/>\n"
        "  :{id} rdfs:label \"{name}\"@en ; :born {birthday|dd.MM.yyyy} ;\n"
        "        :heads :{post} {| :on \"{date}\"^^xsd:date ; :saidBy :{source|slug} |} .\n\n"
        "Empty cells leave out the triples that need them. Behind | stands how a cell is read: a pattern of\n"
        "dates (MM/dd/yyyy, d MMMM yyyy), date (ISO 8601, typed by its form), a form of numbers (1.234,5),\n"
        "slug (Chen Yuhuang: chen-yuhuang), split ; (several values), null N/A, boolean yes/no, term "
        "(Turtle).\n"
        "Where a cell holds an IRI, write <{column}>. Without MAP the header says what columns mean:\n"
        "`:{}`, `rdfs:label@en`, `:born^^xsd:date`, `:heads :{}`, `{| :saidBy :{} |}`.\n"
        "With no-header the first line is a row, and columns are {1}, {2}, ...\n"
        "All rows or nothing, but for skip-bad; an error says row and column.\n"
        "`dossier convert FILE.csv --map MAP --to ttl` shows what a map gives.\n\n"
        "  .import data/appointments.csv data/appointments.map\n",
    .run = import}};

}  // namespace

std::span<const Command> import_commands() {
  return kCommands;
}

}  // namespace dossier::shell
