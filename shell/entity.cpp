#include "shell/entity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <tuple>

#include "shell/arguments.h"
#include "shell/columns.h"
#include "shell/verbs.h"
#include "shell/words.h"

namespace dossier::shell {
namespace {

// More are asked for than shown, so that among those that fit alike the ones with most links come first.
constexpr std::size_t kLookedAt = 200;
constexpr std::size_t kListed = 10;

// The index of names, made when it is first of use.
void require_index(ShellContext& context) {
  if (context.options.read_only || context.session.in_transaction() || context.store.has_label_index()) return;
  try {
    run_long([&](const ProgressCallback& progress) { context.store.index_labels({}, progress); });
  } catch (const StorageError& error) {
    // Another session writes: the search does without.
    if (error.reason() != StorageError::Reason::in_use && error.reason() != StorageError::Reason::read_only) throw;
  }
}

// `behind`: what stands behind the name without being a part of it.
Term entity_named(Explorer& explorer, std::string_view text, std::string_view behind = {}) {
  const auto hits = find_named(explorer, text, kListed);
  if (hits.empty()) throw UsageError(fmt::format("nothing has a name like '{}'", text));
  const auto exact = static_cast<std::size_t>(
      std::count_if(hits.begin(), hits.end(), [](const NamedHit& hit) { return hit.match == LabelMatch::exact; }));
  if (exact == 1 || hits.size() == 1) {
    if (exact == 0) fmt::print(stderr, "dossier: taking {}\n", explorer.name(hits[0].subject));
    return hits[0].subject;
  }
  list_hits(explorer, hits);
  if (exact == 0 && !behind.empty() && behind.find_first_of("$<\"':") == std::string_view::npos)
    throw UsageError(fmt::format("nothing is called '{}'; a name of several words stands in quotes: \"{} {}\"", text,
                                 text, behind.substr(0, behind.find(' '))));
  throw UsageError(exact > 1 ? fmt::format("{} things are called '{}'; say which: $1, $2, ...", exact, text)
                             : fmt::format("nothing is called '{}'; did you mean one of these: $1, $2, ...", text));
}

bool is_blank(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0;
}

}  // namespace

Term take_entity(Explorer& explorer, std::string_view& arguments, bool alone) {
  arguments = trimmed(arguments);
  if (arguments.empty())
    throw UsageError("say what: $1, prefix:name, <IRI>, or a name in quotes (.find looks for one)");
  const char first = arguments.front();
  std::size_t end = 0;
  if (first == '"' || first == '\'') {
    end = arguments.find(first, 1);
    if (end == std::string_view::npos) throw UsageError(fmt::format("the name {} has no closing {}", arguments, first));
    ++end;
    if (end == arguments.size() || is_blank(arguments[end])) {
      const std::string name(arguments.substr(1, end - 2));
      arguments = trimmed(arguments.substr(end));
      return entity_named(explorer, name);
    }
  }
  while (end < arguments.size() && !is_blank(arguments[end])) ++end;
  const std::string_view word = arguments.substr(0, end);
  const bool term = first == '$' || first == '<' || first == '_' || first == '"' || first == '\'' ||
                    word.find(':') != std::string_view::npos;
  if (term) {
    arguments = trimmed(arguments.substr(end));
    return explorer.context().term(word);
  }
  const std::string name(alone ? arguments : word);
  arguments = alone ? std::string_view() : trimmed(arguments.substr(end));
  return entity_named(explorer, name, arguments);
}

std::vector<NamedHit> find_named(Explorer& explorer, std::string_view text, std::size_t limit) {
  ShellContext& context = explorer.context();
  require_index(context);
  LabelOptions options;
  options.limit = kLookedAt;
  options.memory_bytes = context.options.memory_bytes;
  std::vector<NamedHit> hits;
  for (const LabelHit& hit : context.session.find_labels(text, options)) {
    const bool known = std::any_of(hits.begin(), hits.end(),
                                   [&](const NamedHit& other) { return other.subject == hit.subject; });
    if (!known) hits.push_back({hit.subject, hit.label, hit.match, hit.distance, 0});
  }
  for (NamedHit& hit : hits) hit.degree = explorer.degree(hit.subject);
  std::stable_sort(hits.begin(), hits.end(), [](const NamedHit& a, const NamedHit& b) {
    return std::tuple(a.match, a.distance, ~a.degree) < std::tuple(b.match, b.distance, ~b.degree);
  });
  if (hits.size() > limit) hits.resize(limit);
  return hits;
}

void list_hits(Explorer& explorer, const std::vector<NamedHit>& hits) {
  ShellContext& context = explorer.context();
  Columns columns({Columns::Align::right, Columns::Align::left, Columns::Align::left, Columns::Align::right});
  std::vector<Term> numbered;
  for (const NamedHit& hit : hits) {
    numbered.push_back(hit.subject);
    std::string name = explorer.name(hit.subject);
    const std::string label = explorer.shortened(Term::literal(hit.label.value()));
    if (label != name) name += " (" + label + ")";
    const std::string links = with_commas(hit.degree) + (hit.degree == 1 ? " link" : " links");
    std::string type = explorer.types(hit.subject);
    if (hit.match == LabelMatch::similar) type += type.empty() ? "similar" : "  similar";
    columns.add({fmt::format("${}", numbered.size()), std::move(name), std::move(type), links,
                 explorer.shortened(hit.subject)});
  }
  columns.print(context.out);
  context.out.flush();
  context.hits = std::move(numbered);
}

}  // namespace dossier::shell
