// Commands that explore a graph that somebody else made.
#include <fmt/format.h>

#include <array>
#include <charconv>

#include "shell/arguments.h"
#include "shell/columns.h"
#include "shell/command.h"
#include "shell/connect.h"
#include "shell/describe.h"
#include "shell/entity.h"
#include "shell/overview.h"
#include "shell/timeline.h"
#include "shell/verbs.h"
#include "shell/words.h"

namespace dossier::shell {
namespace {

constexpr std::size_t kHits = 20;
constexpr std::uint64_t kMostNumber = 1'000'000;

void require_end(std::string_view command, std::string_view rest) {
  if (!trimmed(rest).empty())
    throw UsageError(
        fmt::format("'{}' is too much; .help {} shows what can be written", trimmed(rest), command));
}

// Takes a number off the arguments when they begin with one.
std::optional<std::uint64_t> take_number(std::string_view& arguments) {
  std::string_view rest = trimmed(arguments);
  std::uint64_t number = 0;
  const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  const auto length = static_cast<std::size_t>(stop - rest.data());
  if (error != std::errc() || (length < rest.size() && rest[length] != ' ' && rest[length] != '\t'))
    return std::nullopt;
  if (number > kMostNumber) throw UsageError(fmt::format("{} is more than {}", number, kMostNumber));
  arguments = trimmed(rest.substr(length));
  return number;
}

int run_overview(ShellContext& context, std::string_view arguments) {
  require_end(".overview", arguments);
  const Interrupt interrupt(&context.session);
  Explorer explorer(context);
  overview(explorer);
  return kDone;
}

int run_find(ShellContext& context, std::string_view arguments) {
  std::string_view text = trimmed(arguments);
  if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front())
    text = text.substr(1, text.size() - 2);
  if (text.empty()) throw UsageError(".find takes a name, or a part of one: .find Chen Yuhuang");
  const Interrupt interrupt(&context.session);
  Explorer explorer(context);
  const auto hits = find_named(explorer, text, kHits);
  if (hits.empty()) {
    fmt::print(stderr, "(nothing has a name like '{}')\n", text);
    return kDone;
  }
  list_hits(explorer, hits);
  return kDone;
}

int run_describe(ShellContext& context, std::string_view arguments) {
  const Interrupt interrupt(&context.session);
  Explorer explorer(context);
  const std::string_view all = trimmed(arguments);
  const bool name = !all.empty() && all.find_first_of("$<:\"'") == std::string_view::npos;
  const Term term = take_entity(explorer, arguments, name);
  std::optional<Term> predicate;
  if (!trimmed(arguments).empty()) {
    predicate = context.term(take_word(arguments));
    require_end(".describe", arguments);
  }
  describe(explorer, term, predicate);
  return kDone;
}

int run_timeline(ShellContext& context, std::string_view arguments) {
  const Interrupt interrupt(&context.session);
  Explorer explorer(context);
  const Term term = take_entity(explorer, arguments);
  std::array<std::string, 2> bounds;
  for (std::string& bound : bounds) {
    bound = take_word(arguments);
    if (!bound.empty() && bound.find_first_not_of("0123456789-") != std::string::npos)
      throw UsageError(fmt::format("'{}' is no date: write 2014, 2014-05 or 2014-05-31", bound));
  }
  require_end(".timeline", arguments);
  timeline(explorer, term, bounds[0], bounds[1]);
  return kDone;
}

int run_connect(ShellContext& context, std::string_view arguments) {
  const Interrupt interrupt(&context.session);
  Explorer explorer(context);
  const Term from = take_entity(explorer, arguments);
  const Term to = take_entity(explorer, arguments);
  if (from == to) throw UsageError("the two are the same: " + explorer.name(from));
  ConnectOptions options;
  if (const auto number = take_number(arguments)) options.paths = *number;
  while (!trimmed(arguments).empty()) {
    const std::string word = take_word(arguments);
    if (word == "all") {
      options.everything = true;
      options.hub = 0;
      continue;
    }
    const auto number = take_number(arguments);
    if (!number || (word != "hubs" && word != "length"))
      throw UsageError(fmt::format(
          "'{}' is none of these: hubs NUMBER, length NUMBER, all; .help .connect says more", word));
    (word == "hubs" ? options.hub : options.most_links) = *number;
    options.strict = options.strict || word == "hubs";
  }
  if (options.paths < 1 || options.paths > 100) throw UsageError(".connect shows 1 to 100 connections");
  if (options.most_links < 1 || options.most_links > 20) throw UsageError("a connection has 1 to 20 links");
  connect(explorer, from, to, options);
  return kDone;
}

int run_names(ShellContext& context, std::string_view arguments) {
  std::vector<Term> predicates;
  const bool common = trimmed(arguments) == "default";
  while (!common && !trimmed(arguments).empty()) {
    predicates.push_back(context.term(take_word(arguments)));
    if (!predicates.back().is_iri())
      throw UsageError(".names takes properties: .names rdfs:label skos:altLabel");
  }
  if (common || !predicates.empty())
    run_long([&](const ProgressCallback& progress) { context.store.index_labels(predicates, progress); });
  if (common || !predicates.empty()) context.label_finder.forget();
  const auto index = context.store.label_index();
  if (!index) {
    fmt::print(stderr, "(no index of names yet; the first .find makes one)\n");
    return kDone;
  }
  Explorer explorer(context);
  for (const Term& predicate : index->predicates) context.out << explorer.shortened(predicate) << '\n';
  context.out.flush();
  fmt::print(stderr, "({} {})\n", with_commas(index->labels), index->labels == 1 ? "name" : "names");
  return kDone;
}

int run_more(ShellContext& context, std::string_view) {
  if (context.more.empty()) {
    fmt::print(stderr, "(there is no more)\n");
    return kDone;
  }
  show_page(context, std::move(context.more));
  return kDone;
}

constexpr std::array kCommands = {
    Command{
        .name = ".overview",
        .task = Command::Task::explore,
        .summary = "the graph in a screen: classes, predicates, time, sources",
        .brief = "the graph in a screen",
        .help =
            "Classes and predicates with their counts, what the predicates lead from and to (of a sample), "
            "the\n"
            "time that dates span, languages of names, graphs, and who claims most. All graphs together.\n\n"
            "  .overview\n",
        .run = run_overview},
    Command{.name = ".find",
            .arguments = "NAME",
            .task = Command::Task::explore,
            .argument = Command::Argument::term,
            .summary = "things by name, in any script; $1, $2, ... then stand for them",
            .brief = "things by name",
            .help =
                "Exact names first, then those that begin with it, have it in them, or are similar: without "
                "regard to\n"
                "case, accents and script, and with a few letters wrong. Among those that fit alike the ones "
                "with\n"
                "most links come first. The first search makes an index of names, which the store keeps.\n\n"
                "  .find chen yuhuan\n"
                "  SELECT ?p ?o { $1 ?p ?o }\n",
            .run = run_find},
    Command{.name = ".describe",
            .arguments = "X [PREDICATE]",
            .task = Command::Task::explore,
            .argument = Command::Argument::term,
            .summary = "what is said about X, with dates and sources",
            .brief = "all about a thing",
            .help = "What goes out of X and comes in, by predicate; in brackets what claims say about a "
                    "statement. A claim\n"
                    "that nobody asserts is marked. Of many statements with one predicate a few are shown; "
                    "with PREDICATE\n"
                    "all of them. X is $1, prefix:name, <IRI> or a name in quotes.\n\n"
                    "  .describe \"Chen Yuhuang\"\n"
                    "  .describe $1 v:at\n",
            .run = run_describe},
    Command{.name = ".timeline",
            .arguments = "X [FROM [TO]]",
            .task = Command::Task::explore,
            .argument = Command::Argument::term,
            .summary = "the dated statements about X, in order",
            .brief = "what happened when",
            .help = "Dates that claims give to statements about X, dates of X itself, and of what it leads "
                    "to. A date\n"
                    "without a year stands with the full date of the same statement, else at the end.\n\n"
                    "  .timeline $1 2014-05 2014-07\n",
            .run = run_timeline},
    Command{.name = ".connect",
            .arguments = "X Y [N]",
            .task = Command::Task::explore,
            .argument = Command::Argument::term,
            .summary = "the N shortest connections of X and Y, a link a line",
            .brief = "how two are connected",
            .help = "Any predicate, in either direction; claims that nobody asserts are links, too. Left "
                    "out: rdf:type and\n"
                    "the like, what leads to literals, what describes claims, and things with more than "
                    "1,000 links unless\n"
                    "there is no other way. What was left out is told. Words behind N: `hubs NUMBER` sets "
                    "that number (0: no\n"
                    "limit) and holds in any case, `length NUMBER` the most links of a connection (6), `all` "
                    "leaves nothing\n"
                    "out but literals.\n\n"
                    "  .connect $1 \"Cross-border smuggling at Hyesan\" 2 hubs 5000\n",
            .run = run_connect},
    Command{.name = ".more",
            .task = Command::Task::explore,
            .summary = "the next page of .describe or .timeline",
            .brief = "the next page",
            .help = "A page is a screen.\n\n  .describe :chen-yuhuang\n  .more\n",
            .run = run_more},
    Command{.name = ".names",
            .arguments = "[PROPERTY... | default]",
            .task = Command::Task::show,
            .argument = Command::Argument::predicate,
            .summary = "shows or sets the properties by whose values .find finds",
            .brief = "what .find looks at",
            .help = "With properties the index of names is made anew for these; with `default` for "
                    "rdfs:label, skos:prefLabel,\n"
                    "skos:altLabel, foaf:name and schema:name. The store keeps it.\n\n"
                    "  .names rdfs:label v:alias\n",
            .run = run_names}};

}  // namespace

std::span<const Command> explore_commands() {
  return kCommands;
}

}  // namespace dossier::shell
