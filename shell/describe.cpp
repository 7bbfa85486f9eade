#include "shell/describe.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "engine/io/path_drawing.h"
#include "shell/columns.h"
#include "shell/console.h"
#include "shell/notes.h"

namespace dossier::shell {
namespace {

constexpr std::size_t kFew = 5;            // statements of a predicate, where there are many
constexpr std::size_t kMostOfOne = 1000;   // of the one that was asked for
constexpr std::size_t kMostClaimed = 100;  // claims that are not asserted
constexpr std::size_t kMostGroups = 100;   // predicates of a direction

class Description {
 public:
  Description(Explorer& explorer, const Term& term) : explorer_(explorer), term_(term) {}

  std::vector<std::string> all() {
    head();
    direction(false);
    direction(true);
    if (!any_) lines_.push_back("(no statement is about it)");
    return std::move(lines_);
  }

  std::vector<std::string> of(const Term& predicate) {
    for (const bool in : {false, true})
      if (const std::uint64_t count = count_of(predicate, in); count > 0)
        group(predicate, count, in, kMostOfOne);
    claimed(predicate, false);
    claimed(predicate, true);
    if (lines_.empty()) lines_.push_back("(no statement with this predicate is about it)");
    return std::move(lines_);
  }

 private:
  void head() {
    std::string line = explorer_.name(term_);
    if (const std::string iri = explorer_.shortened(term_); iri != line) line += "  " + iri;
    if (const std::string types = explorer_.types(term_); !types.empty()) line += "  " + types;
    lines_.push_back(elided(line, line_width()));
  }

  std::uint64_t count_of(const Term& predicate, bool in) {
    return explorer_.count(
        in ? "SELECT (COUNT(*) AS ?n) { ?s ?p ?x }" : "SELECT (COUNT(*) AS ?n) { ?x ?p ?o }",
        {{"x", term_}, {"p", predicate}});
  }

  void direction(bool in) {
    if (!in && (term_.is_literal() || term_.is_triple())) return;
    const TermRows groups =
        explorer_.select(fmt::format("SELECT ?p (COUNT(*) AS ?n) {{ {} }} GROUP BY ?p ORDER BY ?p LIMIT {}",
                                     in ? "?s ?p ?x" : "?x ?p ?o", kMostGroups),
                         {{"x", term_}});
    std::set<std::string> seen;
    for (const TermRow& row : groups) {
      // What an expert calls the type stands in the head.
      if (!in && *row[0] == rdf_type()) continue;
      seen.insert(row[0]->to_string());
      const auto count = static_cast<std::uint64_t>(row[1]->as_integer().value_or(0));
      group(*row[0], count, in, count <= kFew + 3 ? count : kFew);
      claimed(*row[0], in);
    }
    for (const Term& predicate : claimed_predicates(in))
      if (!seen.contains(predicate.to_string())) claimed(predicate, in);
  }

  // Statements that are claimed of the term and not asserted, by predicate.
  std::vector<Term> claimed_predicates(bool in) {
    auto& by_predicate = claimed_[in ? 1 : 0];
    if (!by_predicate) {
      by_predicate.emplace();
      const std::string triple = in ? "?o ?p ?x" : "?x ?p ?o";
      for (const TermRow& row :
           explorer_.select(fmt::format("PREFIX rdf: <{}> SELECT DISTINCT ?p ?o {{ ?r rdf:reifies <<( {} )>> "
                                        "FILTER NOT EXISTS {{ {} }} }} LIMIT {}",
                                        kRdf, triple, triple, kMostClaimed),
                            {{"x", term_}}))
        (*by_predicate)[row[0]->to_string()].push_back({*row[0], *row[1]});
    }
    std::vector<Term> predicates;
    for (const auto& [key, pairs] : *by_predicate) predicates.push_back(pairs.front().first);
    return predicates;
  }

  void claimed(const Term& predicate, bool in) {
    claimed_predicates(in);
    const auto found = claimed_[in ? 1 : 0]->find(predicate.to_string());
    if (found == claimed_[in ? 1 : 0]->end()) return;
    for (const auto& [same, other] : found->second) statement(predicate, other, in, false);
  }

  void group(const Term& predicate, std::uint64_t count, bool in, std::size_t shown) {
    const TermRows rows = explorer_.select(
        fmt::format("SELECT DISTINCT ?o {{ {} }} LIMIT {}", in ? "?o ?p ?x" : "?x ?p ?o", shown),
        {{"x", term_}, {"p", predicate}});
    for (const TermRow& row : rows) statement(predicate, *row[0], in, true);
    if (count > rows.size())
      lines_.push_back(fmt::format("    and {} more: .describe {} {}", with_commas(count - rows.size()),
                                   asked(), explorer_.shortened(predicate)));
  }

  std::string asked() const {
    const auto& hits = explorer_.context().hits;
    const auto hit = std::find(hits.begin(), hits.end(), term_);
    return hit == hits.end() ? explorer_.shortened(term_) : fmt::format("${}", hit - hits.begin() + 1);
  }

  void statement(const Term& predicate, const Term& other, bool in, bool asserted) {
    any_ = true;
    const Term& subject = in ? other : term_;
    const Term& object = in ? term_ : other;
    std::string text = other.is_literal() ? explorer_.shortened(other) : explorer_.name(other);
    std::string line = link_arrow(explorer_.name(predicate), in) + ' ' + std::move(text);
    std::string notes;
    if (subject.is_iri() || subject.is_blank())
      notes = notes_of(explorer_, explorer_.claims(subject, predicate, object), NoteStyle::full);
    if (!asserted) notes = shell::claimed(std::move(notes));
    add_with_notes(lines_, line, notes);
  }

  using Claimed = std::map<std::string, std::vector<std::pair<Term, Term>>>;
  Explorer& explorer_;
  Term term_;
  std::optional<Claimed> claimed_[2];  // outgoing, incoming
  std::vector<std::string> lines_;
  bool any_ = false;
};

}  // namespace

void describe(Explorer& explorer, const Term& term, const std::optional<Term>& predicate) {
  Description description(explorer, term);
  show_page(explorer.context(), predicate ? description.of(*predicate) : description.all());
}

}  // namespace dossier::shell
