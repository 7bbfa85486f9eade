// Commands that count and sample: graphs, classes, patterns; and that explain rows.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "shell/arguments.h"
#include "shell/changes.h"
#include "shell/columns.h"
#include "shell/command.h"
#include "shell/entity.h"
#include "shell/verbs.h"
#include "shell/why.h"
#include "shell/words.h"

namespace dossier::shell {
namespace {

// Of a class, whose properties are looked at: runs of its instances, spread over it.
constexpr std::uint64_t kInstances = 2000;
constexpr std::uint64_t kRuns = 20;
constexpr std::size_t kMostSample = 100;

std::uint64_t number(const std::optional<Term>& term) {
  return term ? static_cast<std::uint64_t>(term->as_integer().value_or(0)) : 0;
}

std::uint64_t number_word(std::string_view word, std::string_view command) {
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || stop != word.data() + word.size())
    throw UsageError(fmt::format("'{}' is no number; .help {} shows what can be written", word, command));
  return value;
}

std::uint64_t instances(Explorer& explorer, const Term& type) {
  return explorer.count("SELECT (COUNT(*) AS ?n) { ?s a ?c }", {{"c", type}});
}

// A class that has instances; else the error names those that do.
Term take_class(Explorer& explorer, std::string_view& arguments, std::string_view command) {
  const Term type = take_entity(explorer, arguments);
  if (instances(explorer, type) > 0) return type;
  std::string known;
  for (const TermRow& row :
       explorer.select("SELECT ?c (COUNT(*) AS ?n) { ?s a ?c } GROUP BY ?c ORDER BY DESC(?n) LIMIT 5"))
    known += (known.empty() ? "" : ", ") + explorer.shortened(*row[0]);
  throw UsageError(fmt::format("nothing is of the class {}{}; {} CLASS", explorer.shortened(type),
                               known.empty() ? "" : " (there are " + known + ", ...)", command));
}

int run_graphs(ShellContext& context, std::string_view) {
  const Interrupt interrupt(&context.session);
  Explorer explorer(context);
  auto graphs = context.store.statistics().by_graph;
  std::stable_sort(graphs.begin() + 1, graphs.end(),
                   [](const auto& a, const auto& b) { return a.triples > b.triples; });
  Columns columns({Columns::Align::right});
  for (const auto& graph : graphs) {
    if (!graph.graph) {
      columns.add({with_commas(graph.triples), "(default graph)"});
      continue;
    }
    columns.add({with_commas(graph.triples), explorer.shortened(*graph.graph),
                 explorer.label(*graph.graph).value_or("")});
  }
  show_page(context, columns.lines());
  return kDone;
}

// The first of a class are often those with most links, so they would not do.
std::string sampled(const Term& type, std::uint64_t all) {
  if (all <= kInstances) return fmt::format("?s a {}", type.to_string());
  std::string pattern;
  for (std::uint64_t run = 0; run < kRuns; ++run)
    pattern += fmt::format("{}{{ SELECT ?s {{ ?s a {} }} OFFSET {} LIMIT {} }}", run == 0 ? "" : " UNION ",
                           type.to_string(), run * all / kRuns, kInstances / kRuns);
  return pattern;
}

// Properties of the instances of a class in one direction.
void add_properties(Explorer& explorer, const Term& type, bool in, std::uint64_t all, Columns& columns) {
  const std::uint64_t looked_at = std::min(all, kInstances);
  const TermRows rows = explorer.select(
      fmt::format("SELECT ?p (COUNT(*) AS ?n) (COUNT(DISTINCT ?s) AS ?k) (SAMPLE(?o) AS ?e) {{ "
                  "{{ SELECT ?s {{ {} }} }} {} }} GROUP BY ?p ORDER BY DESC(?k) ?p",
                  sampled(type, all), in ? "?o ?p ?s" : "?s ?p ?o"));
  for (const TermRow& row : rows) {
    if (*row[0] == rdf_type()) continue;
    std::string range;
    if (row[3]->is_literal()) {
      range = row[3]->language().empty() ? explorer.shortened(Term::iri(row[3]->datatype())) : "text";
    } else {
      range = explorer.types(*row[3]);
    }
    columns.add(
        {fmt::format("{} %", (number(row[2]) * 100 + looked_at / 2) / std::max<std::uint64_t>(looked_at, 1)),
         fmt::format("{:.1f}", static_cast<double>(number(row[1])) /
                                   static_cast<double>(std::max<std::uint64_t>(number(row[2]), 1))),
         (in ? "← " : "→ ") + explorer.shortened(*row[0]), range.empty() ? "-" : range,
         elided(explorer.name(*row[3]), 40)});
  }
}

int run_schema(ShellContext& context, std::string_view arguments) {
  const Interrupt interrupt(&context.session);
  Explorer explorer(context);
  const Term type = take_class(explorer, arguments, ".schema");
  const std::uint64_t all = instances(explorer, type);
  const std::uint64_t looked_at = std::min(all, kInstances);
  context.out << explorer.shortened(type) << ": " << with_commas(all)
              << (all == 1 ? " instance" : " instances");
  if (looked_at < all) context.out << "; of " << with_commas(looked_at) << " from all over the class";
  context.out << ":\n";
  Columns columns({Columns::Align::right, Columns::Align::right});
  columns.add({"have it", "each", "property", "range", "for example"});
  add_properties(explorer, type, false, all, columns);
  add_properties(explorer, type, true, all, columns);
  columns.print(context.out, 2);
  return kDone;
}

int run_sample(ShellContext& context, std::string_view arguments) {
  const Interrupt interrupt(&context.session);
  Explorer explorer(context);
  const Term type = take_class(explorer, arguments, ".sample");
  std::uint64_t wanted = 10;
  if (const std::string word = take_word(arguments); !word.empty()) wanted = number_word(word, ".sample");
  if (wanted < 1 || wanted > kMostSample)
    throw UsageError(fmt::format(".sample shows 1 to {} things", kMostSample));
  const std::uint64_t all = instances(explorer, type);
  // Spread over the class: its first instances were often written together.
  std::vector<NamedHit> hits;
  for (std::uint64_t i = 0; i < std::min(wanted, all); ++i) {
    const auto rows = explorer.select(
        fmt::format("SELECT ?s {{ ?s a ?c }} OFFSET {} LIMIT 1", i * all / std::min(wanted, all)),
        {{"c", type}});
    if (rows.empty()) continue;
    const Term& subject = *rows[0][0];
    hits.push_back(
        {subject, Term::literal(explorer.name(subject)), LabelMatch::exact, 0, explorer.degree(subject)});
  }
  list_hits(explorer, hits);
  return kDone;
}

int run_count(ShellContext& context, std::string_view arguments) {
  const Interrupt interrupt(&context.session);
  Explorer explorer(context);
  const std::string_view text = trimmed(arguments);
  std::uint64_t count = 0;
  if (text.empty()) {
    count = explorer.count("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }");
  } else if (text.front() == '{' || text.find('?') != std::string_view::npos) {
    const bool braces = text.front() == '{';
    // The lines of the pattern are those of the message when it is wrong.
    QueryOptions options = context.query_options();
    Result result = context.session.query(
        fmt::format("SELECT (COUNT(*) AS ?count) {}{}{}", braces ? "" : "{ ", text, braces ? "" : " }"),
        options);
    if (result.next()) count = number(result.get(0));
  } else {
    const Term term = take_entity(explorer, arguments);
    count = instances(explorer, term);
    if (count == 0) count = explorer.count("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", {{"p", term}});
  }
  context.out << with_commas(count) << '\n';
  return kDone;
}

int run_why(ShellContext& context, std::string_view arguments) {
  const std::string word = take_word(arguments);
  const std::uint64_t row = word.empty() ? 1 : number_word(word, ".why");
  if (row < 1 || row > 1'000'000) throw UsageError("rows are counted from 1");
  const Interrupt interrupt(&context.session);
  Explorer explorer(context);
  explain_row(explorer, row);
  return kDone;
}

int run_diff(ShellContext& context, std::string_view arguments) {
  const auto newest = context.store.log(1);
  if (newest.empty()) {
    fmt::print(stderr, "(there is no commit yet)\n");
    return kDone;
  }
  std::uint64_t first = newest[0].sequence;
  if (const std::string word = take_word(arguments); !word.empty()) first = number_word(word, ".diff");
  std::uint64_t last = first;
  if (const std::string word = take_word(arguments); !word.empty()) last = number_word(word, ".diff");
  if (first < 1 || last < first || last > newest[0].sequence)
    throw UsageError(fmt::format("commits are numbered from 1 to {}; .log shows them", newest[0].sequence));
  Explorer explorer(context);
  show_changes(explorer, first, last);
  return kDone;
}

constexpr std::array kCommands = {
    Command{.name = ".why",
            .arguments = "[N]",
            .task = Command::Task::explore,
            .argument = Command::Argument::word,
            .summary = "the statements that gave row N of the last answer, and their sources",
            .brief = "the statements of a row",
            .help = "The query is asked again with the values of the row, and the patterns of its WHERE with "
                    "these values\n"
                    "are the statements. Of a property path those of a shortest one are shown, of a row that "
                    "counts or\n"
                    "groups those of its group, the first of them. What FILTER, MINUS and NOT EXISTS keep "
                    "away is no\n"
                    "statement.\n\n"
                    "  SELECT ?who ?post { ?who v:appointedTo ?post }\n"
                    "  .why 1\n",
            .run = run_why},
    Command{.name = ".graphs",
            .task = Command::Task::explore,
            .summary = "the named graphs and what they hold",
            .brief = "the named graphs",
            .help = "Statements of each graph, the largest first.\n\n  .graphs\n",
            .run = run_graphs},
    Command{.name = ".schema",
            .arguments = "CLASS",
            .task = Command::Task::explore,
            .argument = Command::Argument::type,
            .summary = "what is said of the instances of a class",
            .brief = "what a class has",
            .help = "For each property: how many instances have it, how often those that do, what it leads "
                    "to (→) or comes\n"
                    "from (←), and an example. Of a large class the first 2,000 instances are looked at.\n\n"
                    "  .schema v:Event\n",
            .run = run_schema},
    Command{
        .name = ".sample",
        .arguments = "CLASS [N]",
        .task = Command::Task::explore,
        .argument = Command::Argument::type,
        .summary = "N things of a class; $1, $2, ... then stand for them",
        .brief = "some of a class",
        .help =
            "Spread over the class, not its first ones. N is 10 if it is not given.\n\n  .sample v:Event 5\n",
        .run = run_sample},
    Command{.name = ".count",
            .arguments = "[PATTERN | CLASS]",
            .task = Command::Task::explore,
            .argument = Command::Argument::type,
            .summary = "counts solutions, instances, or all statements",
            .brief = "how many there are",
            .help = "A pattern is counted as a query would; a class by its instances, a predicate by its "
                    "statements.\n\n"
                    "  .count ?x v:at :hyesan\n"
                    "  .count v:Event\n",
            .run = run_count},
    Command{.name = ".diff",
            .arguments = "[N [M]]",
            .task = Command::Task::change,
            .argument = Command::Argument::word,
            .summary = "what the commits N to M added (+) and removed (-)",
            .brief = "what commits changed",
            .help = "The last commit if N is not given. The store keeps how many statements each commit "
                    "changed, not\n"
                    "which; these are known of commits that were made while this shell is open, up to some "
                    "thousands.\n\n"
                    "  .diff 12 14\n",
            .run = run_diff}};

}  // namespace

std::span<const Command> survey_commands() {
  return kCommands;
}

}  // namespace dossier::shell
