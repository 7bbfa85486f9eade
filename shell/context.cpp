#include "shell/context.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "grammar/known_prefixes.h"
#include "shell/arguments.h"
#include "shell/words.h"

namespace dossier::shell {

ShellContext::ShellContext(Store& opened, Output& standard_output, ShellOptions given)
    : store(opened), session(opened.session()), out(standard_output), options(std::move(given)) {
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
  query.timeout = timeout;
  return query;
}

AnswerRows ShellContext::answer_rows(std::size_t limit) {
  if (!answer) throw UsageError("there is no answer yet: run a query first");
  const Interrupt interrupt(&session);
  Result result = session.query(answer->query, answer->options);
  AnswerRows rows;
  rows.kind = result.kind();
  if (rows.kind == Result::Kind::boolean) throw UsageError("the last answer was that of ASK: it has no rows");
  rows.variables = result.variables();
  // A column that holds a term which is no path is not asked again: asking costs an exception.
  std::vector<bool> paths(rows.variables.size(), rows.kind == Result::Kind::solutions);
  while (rows.rows.size() < limit) {
    if (!result.next()) {
      rows.whole = true;
      break;
    }
    auto& row = rows.rows.emplace_back(rows.variables.size());
    for (std::size_t column = 0; column < row.size(); ++column) {
      row[column].term = result.get(column);
      if (!row[column].term || !paths[column]) continue;
      try {
        row[column].path = result.path(column);
      } catch (const QueryError&) {
        paths[column] = false;
      }
    }
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
    const auto named = [&](const auto& prefix) { return prefix.first == label; };
    if (const auto declared = std::find_if(prefixes.begin(), prefixes.end(), named);
        declared != prefixes.end())
      return Term::iri(declared->second + std::string(word.substr(colon + 1)));
    if (const std::string_view iri = grammar::known_prefix(label); !iri.empty())
      return Term::iri(std::string(iri) + std::string(word.substr(colon + 1)));
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
