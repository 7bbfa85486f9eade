// Commands about how answers are shown, and where they go.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "shell/arguments.h"
#include "shell/command.h"
#include "shell/verbs.h"
#include "shell/words.h"

namespace dossier::shell {

void end_output(ShellContext& context) {
  context.out.to_standard();
  context.showing.of_file.reset();
  context.showing.file.clear();
  context.showing.once = false;
}

namespace {

constexpr std::array<std::string_view, 2> kOnOff = {"on", "off"};
constexpr std::array<std::string_view, 3> kLabels = {"on", "off", "beside"};
constexpr auto kModes =
    std::to_array<std::string_view>({"table", "line", "markdown", "csv", "tsv", "json", "xml", "ttl", "nt",
                                     "nq", "trig", "rdfxml"});

// `on`, `off`, or nothing for the other one.
bool on_or_off(std::string_view name, std::string_view arguments, bool now) {
  if (arguments.empty()) return !now;
  if (arguments != "on" && arguments != "off") throw UsageError(fmt::format("{} takes on or off", name));
  return arguments == "on";
}

int mode(ShellContext& context, std::string_view arguments) {
  const std::string name = take_word(arguments);
  if (!arguments.empty()) throw UsageError(".mode takes one name: .mode csv");
  context.showing.mode = name.empty() ? std::nullopt : std::optional(parse_mode(name));
  context.showing.of_file.reset();  // said later
  return kDone;
}

int output_to(ShellContext& context, std::string_view arguments, bool once) {
  const std::string file = take_word(arguments);
  if (!arguments.empty()) throw UsageError("one file is wanted; quotes hold a name with blanks together");
  if (file.empty()) {
    if (once) throw UsageError(".once takes a file: .once answer.csv");
    end_output(context);
    return kDone;
  }
  if (once && !context.showing.file.empty())
    throw UsageError(fmt::format("answers go to {} already; .output ends that", context.showing.file));
  context.out.to_file(file);
  context.showing.file = file;
  context.showing.of_file = mode_of_file(file);
  context.showing.once = once;
  return kDone;
}

int output(ShellContext& context, std::string_view arguments) {
  return output_to(context, arguments, false);
}
int once(ShellContext& context, std::string_view arguments) {
  return output_to(context, arguments, true);
}

int expand(ShellContext& context, std::string_view arguments) {
  std::size_t row = 1;
  if (!arguments.empty()) {
    const char* const end = arguments.data() + arguments.size();
    const auto [stop, error] = std::from_chars(arguments.data(), end, row);
    if (error != std::errc() || stop != end || row == 0)
      throw UsageError(".expand takes the number of a row of the last answer: .expand 3");
  }
  const AnswerRows rows = context.answer_rows(row);
  if (rows.rows.size() < row)
    throw UsageError(fmt::format("the last answer has {} {}, no row {}", rows.rows.size(),
                                 rows.rows.size() == 1 ? "row" : "rows", row));
  write_row(rows, row - 1, context.out, context.answer_style(rows.kind));
  return kDone;
}

int labels(ShellContext& context, std::string_view arguments) {
  using Labels = Showing::Labels;
  Labels& now = context.showing.labels;
  const std::string word = take_word(arguments);
  if (word.empty()) {
    now = now == Labels::off ? Labels::instead : Labels::off;
  } else if (word == "on" || word == "off" || word == "beside") {
    now = word == "on" ? Labels::instead : word == "off" ? Labels::off : Labels::beside;
  } else {
    throw UsageError(".labels takes on, off or beside");
  }
  return kDone;
}

int lang(ShellContext& context, std::string_view arguments) {
  if (arguments.empty()) {
    std::string all;
    for (const auto& language : context.label_finder.languages()) all += (all.empty() ? "" : ",") + language;
    context.out << all << '\n';
    return kDone;
  }
  std::vector<std::string> languages;
  std::string word;
  for (const char c : std::string(arguments) + ",") {
    if (c != ',' && c != ' ') {
      word += c;
      continue;
    }
    if (word.empty()) continue;
    const bool tag = std::all_of(word.begin(), word.end(),
                                 [](unsigned char letter) { return std::isalnum(letter) || letter == '-'; });
    if (!tag) throw UsageError(fmt::format("'{}' is no language tag: .lang zh,en", word));
    languages.push_back(std::move(word));
    word.clear();
  }
  context.label_finder.set_languages(std::move(languages));
  return kDone;
}

int pager(ShellContext& context, std::string_view arguments) {
  context.showing.pager = on_or_off(".pager", arguments, context.showing.pager);
  return kDone;
}

int timer(ShellContext& context, std::string_view arguments) {
  context.timer = on_or_off(".timer", arguments, context.timer);
  return kDone;
}

constexpr std::string_view kModeHelp =
    "table, line (a value a line) and markdown are for people. SELECT and ASK: csv, tsv, json, xml;\n"
    "CONSTRUCT and DESCRIBE: ttl, nt, nq, trig, rdfxml. A format that cannot hold an answer is passed over\n"
    "for it. Without a name: by the kind of the answer again. .format is another name of .mode.\n\n"
    "  .mode markdown\n  .format csv\n";

constexpr std::array kCommands = {
    Command{.name = ".mode",
            .arguments = "[FORMAT]",
            .task = Command::Task::show,
            .argument = Command::Argument::word,
            .words = kModes,
            .summary = "table, line, markdown, csv, tsv, json, ttl, ...",
            .brief = "table, csv, json, ...",
            .help = kModeHelp,
            .run = mode},
    Command{.name = ".format",
            .arguments = "[FORMAT]",
            .task = Command::Task::show,
            .alias = true,
            .argument = Command::Argument::word,
            .words = kModes,
            .summary = "the same as .mode",
            .help = kModeHelp,
            .run = mode},
    Command{.name = ".expand",
            .arguments = "[N]",
            .task = Command::Task::show,
            .summary = "row N of the last answer, every value whole",
            .brief = "row N, values whole",
            .help = "A value a line; texts keep their line breaks, IRIs stand in full behind their short form.\n\n"
                    "  .expand 3\n",
            .run = expand},
    Command{.name = ".labels",
            .arguments = "on|off|beside",
            .task = Command::Task::show,
            .argument = Command::Argument::word,
            .words = kLabels,
            .summary = "labels instead of IRIs, or beside them",
            .brief = "labels for IRIs",
            .help = "Of rdfs:label, skos:prefLabel, foaf:name and schema:name the one in the first language\n"
                    "of .lang that there is; without one, a label without language, or any.\n\n"
                    "  .labels beside\n",
            .run = labels},
    Command{.name = ".lang",
            .arguments = "[TAG,...]",
            .task = Command::Task::show,
            .summary = "the languages of labels, the best first",
            .brief = "languages of labels",
            .help = "Without tags: says them. At first they are that of the environment, then English.\n\n"
                    "  .lang zh,en\n",
            .run = lang},
    Command{.name = ".output",
            .arguments = "[FILE]",
            .task = Command::Task::show,
            .argument = Command::Argument::file,
            .summary = "answers into FILE; without: to the terminal again",
            .brief = "answers into a file",
            .help = "The file is made anew. Its extension says how it is written (.csv, .tsv, .json, .xml, .ttl,\n"
                    ".nt, .nq, .trig, .rdf, .md), else .mode; a .mode behind it says otherwise.\n\n"
                    "  .output answers.csv\n",
            .run = output},
    Command{.name = ".once",
            .arguments = "FILE",
            .task = Command::Task::show,
            .argument = Command::Argument::file,
            .summary = "the next answer alone into FILE",
            .brief = "the next one alone",
            .help = "As .output, and after the next statement to the terminal again.\n\n"
                    "  .once who.csv\n  SELECT ?who { ?who :heads ?post }\n",
            .run = once},
    Command{.name = ".pager",
            .arguments = "on|off",
            .task = Command::Task::show,
            .argument = Command::Argument::word,
            .words = kOnOff,
            .summary = "a pager for what does not fit on the screen",
            .brief = "for long answers",
            .help = "$PAGER, else less. Leaving it, or Ctrl-C, stops the query.\n\n  .pager off\n",
            .run = pager},
    Command{.name = ".timer",
            .arguments = "on|off",
            .task = Command::Task::show,
            .argument = Command::Argument::word,
            .words = kOnOff,
            .summary = "the time of every statement",
            .brief = "time of each statement",
            .help = "Parsing, planning, running and writing together, on standard error.\n\n  .timer on\n",
            .run = timer}};

}  // namespace

std::span<const Command> show_commands() {
  return kCommands;
}

}  // namespace dossier::shell
