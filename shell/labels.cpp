#include "shell/labels.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <tuple>

#include "engine/labels/label_index.h"

namespace dossier::shell {
namespace {

// In the order in which they are liked.
constexpr auto kPredicates = std::to_array<std::string_view>(
    {"http://www.w3.org/2000/01/rdf-schema#label", "http://www.w3.org/2004/02/skos/core#prefLabel",
     "http://xmlns.com/foaf/0.1/name", "http://schema.org/name", "https://schema.org/name",
     "http://purl.org/dc/terms/title"});
constexpr std::size_t kBatch = 1000;
constexpr std::size_t kMostKept = 200'000;

bool is_liked(const Term& predicate) {
  return std::find(kPredicates.begin(), kPredicates.end(), predicate.value()) != kPredicates.end();
}

bool same_language(std::string_view tag, std::string_view wanted) {
  if (tag.size() < wanted.size() || (tag.size() > wanted.size() && tag[wanted.size()] != '-')) return false;
  return std::equal(wanted.begin(), wanted.end(), tag.begin(), [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
  });
}

}  // namespace

void LabelFinder::set_languages(std::vector<std::string> languages) {
  languages_ = std::move(languages);
  commit_.reset();
}

std::size_t LabelFinder::language_rank(std::string_view tag) const {
  for (std::size_t i = 0; i < languages_.size(); ++i)
    if (!tag.empty() && same_language(tag, languages_[i])) return i;
  return languages_.size() + (tag.empty() ? 0 : 1);
}

void LabelFinder::forget_old() {
  const auto log = store_.log(1);
  const std::uint64_t commit = log.empty() ? 0 : log.front().sequence;
  if (commit_ == commit && !session_.in_transaction() && known_.size() < kMostKept) return;
  labels_.clear();
  known_.clear();
  predicates_.assign(kPredicates.begin(), kPredicates.end());
  const auto& common = default_label_predicates();
  for (const Term& predicate : store_.label_predicates())
    if (std::find(common.begin(), common.end(), predicate.value()) == common.end() && !is_liked(predicate))
      predicates_.emplace_back(predicate.value());
  commit_ = commit;
  if (session_.in_transaction()) commit_.reset();
}

void LabelFinder::look_up(const std::set<std::string>& iris) {
  forget_old();
  std::vector<std::string> batch;
  for (const std::string& iri : iris) {
    if (known_.contains(iri)) continue;
    batch.push_back(iri);
    if (batch.size() < kBatch) continue;
    look_up_batch(batch);
    batch.clear();
  }
  if (!batch.empty()) look_up_batch(batch);
}

void LabelFinder::look_up_batch(const std::vector<std::string>& iris) {
  std::string values = "VALUES ?s {";
  for (const std::string& iri : iris) values.append(" ").append(Term::iri(iri).to_string());
  for (auto& [iri, label] : best_labels(values + " }", {})) labels_[iri] = std::move(label);
  known_.insert(iris.begin(), iris.end());
}

std::optional<std::string> LabelFinder::label(const Term& term) {
  if (!term.is_iri() && !term.is_blank()) return std::nullopt;
  forget_old();
  const std::string key = term.is_iri() ? std::string(term.value()) : term.to_string();
  if (known_.insert(key).second)
    for (auto& [same, label] : best_labels({}, {{"s", term}})) labels_[key] = std::move(label);
  const auto found = labels_.find(key);
  return found == labels_.end() ? std::nullopt : std::optional(found->second);
}

bool LabelFinder::is_label_predicate(const Term& predicate) {
  return is_liked(predicate);
}

std::map<std::string, std::string> LabelFinder::best_labels(
    const std::string& pattern, std::vector<std::pair<std::string, Term>> parameters) {
  std::string text = "SELECT ?s ?p ?l { VALUES ?p {";
  for (const std::string_view predicate : predicates_) text.append(" <").append(predicate).append(">");
  text += " } " + pattern + " ?s ?p ?l FILTER (isLiteral(?l)) }";
  QueryOptions options;
  options.union_default_graph = true;
  options.threads = 1;
  options.parameters = std::move(parameters);
  Result result = session_.query(text, options);
  using Rank = std::tuple<std::size_t, std::size_t, std::string>;  // language, predicate, the label itself
  std::map<std::string, Rank> ranked;
  while (result.next()) {
    const auto predicate = std::find(predicates_.begin(), predicates_.end(), result.view(1)->value);
    const TermView label = *result.view(2);
    Rank rank{language_rank(label.language), static_cast<std::size_t>(predicate - predicates_.begin()),
              std::string(label.value)};
    const auto [place, first] = ranked.emplace(std::string(result.view(std::size_t{0})->value), rank);
    if (!first && rank < place->second) place->second = std::move(rank);
  }
  std::map<std::string, std::string> best;
  for (auto& [subject, rank] : ranked) best[subject] = std::move(std::get<2>(rank));
  return best;
}

std::vector<std::string> preferred_languages() {
  std::vector<std::string> languages;
  for (const char* const variable : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* const value = std::getenv(variable);
    if (value == nullptr || *value == '\0') continue;
    const std::string_view language =
        std::string_view(value).substr(0, std::string_view(value).find_first_of("_.@"));
    if (language != "C" && language != "POSIX") languages.emplace_back(language);
    break;
  }
  if (languages.empty() || languages.front() != "en") languages.emplace_back("en");
  return languages;
}

}  // namespace dossier::shell
