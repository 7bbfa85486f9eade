#include "shell/context.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "grammar/known_prefixes.h"
#include "shell/arguments.h"
#include "shell/words.h"

namespace dossier::shell {

ShellContext::ShellContext(Store& opened, Output& standard_output, ShellOptions given)
    : store(opened),
      session(opened.session()),
      out(standard_output),
      options(std::move(given)),
      label_finder(store, session),
      changes(opened) {
  label_finder.set_languages(preferred_languages());
  declare_stored();
}

void ShellContext::declare(const std::string& label, const std::string& iri) {
  for (auto& known : prefixes) {
    if (known.first != label) continue;
    known.second = iri;
    return;
  }
  prefixes.emplace_back(label, iri);
}

void ShellContext::declare_stored() {
  for (const auto& [label, iri] : store.prefixes()) declare(label, iri);
}

grammar::ParseOptions ShellContext::parse_options() const {
  grammar::ParseOptions parse;
  parse.prefixes = prefixes;
  parse.known_prefixes = true;
  return parse;
}

QueryOptions ShellContext::query_options() const {
  QueryOptions query;
  query.prefixes = prefixes;
  query.parameters = options.parameters;
  for (std::size_t i = 0; i < hits.size(); ++i) query.parameters.emplace_back(std::to_string(i + 1), hits[i]);
  query.memory_bytes = options.memory_bytes;
  query.threads = options.threads;
  query.timeout = timeout;
  return query;
}

LoadOptions ShellContext::load_options() const {
  LoadOptions load;
  load.memory_bytes = options.memory_bytes;
  load.threads = options.threads;
  load.table.prefixes = prefixes;
  return load;
}

AnswerStyle ShellContext::answer_style(Result::Kind kind) {
  AnswerStyle style;
  const auto chosen = showing.of_file ? showing.of_file : showing.mode;
  style.mode = chosen && can_write(kind, chosen->format) ? *chosen : default_mode(kind, out.on_terminal());
  // What a query may use undeclared is shown short, too; a label that means something else here is not.
  if (style.mode.format == Format::table)
    for (const auto& [label, iri] : grammar::known_prefixes())
      if (std::none_of(prefixes.begin(), prefixes.end(), [&](const auto& own) { return own.first == label; }))
        style.prefixes.emplace_back(label, iri);
  style.prefixes.insert(style.prefixes.end(), prefixes.begin(), prefixes.end());
  if (showing.labels != Showing::Labels::off) style.labels = &label_finder;
  style.beside = showing.labels == Showing::Labels::beside;
  if (!out.on_terminal()) return style;
  style.table.width = screen_size().columns;
  style.table.colour = colours_welcome();
  style.table.numbered = options.interactive;
  return style;
}

void ShellContext::remark(std::string_view text) {
  if (!options.interactive) return;
  if (!out.on_terminal()) {
    fmt::print(stderr, "{}\n", text);
    return;
  }
  // Where the rows are: below them, in the pager too.
  out << broken_between_words(text, screen_size().columns) << '\n';
  out.flush();
}

AnswerRows ShellContext::answer_rows(std::size_t limit) {
  if (!answer) throw UsageError("there is no answer yet: run a query first");
  if (answer->rows.whole || answer->rows.rows.size() >= limit) {
    AnswerRows kept = answer->rows;
    if (kept.rows.size() > limit) {
      kept.rows.resize(limit);
      kept.whole = false;
    }
    return kept;
  }
  const Interrupt interrupt(&session);
  StatementProgress progress(out);
  QueryOptions again = answer->options;
  again.progress = progress.callback();
  Result result = session.query(answer->query, again);
  AnswerRows rows;
  rows.kind = result.kind();
  if (rows.kind == Result::Kind::boolean) throw UsageError("the last answer was that of ASK: it has no rows");
  rows.variables = result.variables();
  RowReader reader(result);
  std::vector<AnswerRows::Cell> row;
  while (rows.rows.size() < limit && !rows.whole) {
    rows.whole = !reader.next(row);
    if (!rows.whole) rows.rows.push_back(std::move(row));
  }
  return rows;
}

Term ShellContext::term(std::string_view text) const {
  const std::string_view word = trimmed(text);
  if (word.starts_with('$')) {
    std::size_t number = 0;
    const char* const end = word.data() + word.size();
    const auto [stop, error] = std::from_chars(word.data() + 1, end, number);
    if (error == std::errc() && stop == end && number >= 1 && number <= hits.size()) return hits[number - 1];
    throw UsageError(fmt::format("{} stands for nothing: {}", word,
                                 hits.empty() ? std::string("no command has numbered its hits yet")
                                              : fmt::format("the last hits are $1 to ${}", hits.size())));
  }
  const std::size_t colon = word.find(':');
  if (colon != std::string_view::npos && word.front() != '<' && word.front() != '"' && word.front() != '_') {
    const std::string_view label = word.substr(0, colon);
    std::string local(word.substr(colon + 1));
    std::erase(local, '\\');  // as answers write names, ( and ) stand behind one
    const auto named = [&](const auto& prefix) { return prefix.first == label; };
    if (const auto declared = std::find_if(prefixes.begin(), prefixes.end(), named);
        declared != prefixes.end())
      return Term::iri(declared->second + local);
    if (const std::string_view iri = grammar::known_prefix(label); !iri.empty())
      return Term::iri(std::string(iri) + local);
    if (word.substr(colon + 1).starts_with("//")) return Term::iri(word);  // pasted without its brackets
    std::vector<std::string_view> labels;
    for (const auto& prefix : prefixes) labels.push_back(prefix.first);
    throw UsageError(fmt::format("the prefix {}: is not declared{}", label, did_you_mean(label, labels)));
  }
  try {
    return Term::parse(word);
  } catch (const ParseError&) {
    throw UsageError(fmt::format(
        "'{}' is no term: write <IRI>, prefix:name, \"text\", a number, or $1 of the last hits", word));
  }
}

}  // namespace dossier::shell
