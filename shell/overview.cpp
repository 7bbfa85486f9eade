#include "shell/overview.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "engine/labels/label_index.h"
#include "shell/columns.h"
#include "shell/console.h"
#include "shell/local_name.h"
#include "shell/notes.h"

namespace dossier::shell {
namespace {

constexpr std::size_t kClasses = 8;
constexpr std::size_t kPredicates = 14;
constexpr std::size_t kGraphs = 5;
constexpr std::size_t kSources = 6;
constexpr std::size_t kSample = 60;  // triples of a predicate
constexpr std::size_t kPlaces = 6;   // that they are taken from
constexpr std::size_t kSourceName = 50;
constexpr std::size_t kLabelSample = 5000;
constexpr std::chrono::milliseconds kPatience{400};  // of one question

class Overview {
 public:
  explicit Overview(Explorer& explorer)
      : explorer_(explorer),
        out_(explorer.context().out),
        statistics_(explorer.context().store.statistics()) {}

  void run() {
    totals();
    classes();
    predicates();
    dates();
    languages();
    graphs();
    sources();
  }

 private:
  // Nothing: it would take too long.
  std::optional<TermRows> soon(const std::string& text, const Bindings& bindings = {}) {
    try {
      return explorer_.select(text, bindings, kPatience);
    } catch (const LimitError& error) {
      if (error.reason() == LimitError::Reason::cancelled) throw;
      return std::nullopt;
    }
  }

  static std::uint64_t number(const std::optional<Term>& term) {
    return term ? static_cast<std::uint64_t>(term->as_integer().value_or(0)) : 0;
  }

  void title(std::string_view text) { out_ << '\n' << text << '\n'; }

  void totals() {
    out_ << with_commas(statistics_.quads) << " statements, about "
         << with_commas(statistics_.distinct_subjects) << " subjects, " << with_commas(statistics_.predicates)
         << " predicates";
    if (const std::uint64_t claims = reifications(); claims > 0)
      out_ << ", " << with_commas(claims) << " claims about statements";
    if (statistics_.named_graphs > 0)
      out_ << ", " << with_commas(statistics_.named_graphs) << " named graphs";
    out_ << '\n';
  }

  std::uint64_t reifications() const {
    for (const auto& predicate : statistics_.by_predicate)
      if (predicate.predicate == rdf_reifies()) return predicate.triples;
    return 0;
  }

  void classes() {
    const auto rows = soon(fmt::format(
        "SELECT ?c (COUNT(*) AS ?n) {{ ?s a ?c }} GROUP BY ?c ORDER BY DESC(?n) LIMIT {}", kClasses + 1));
    if (rows && rows->empty()) return;
    title("Classes");
    if (!rows) {
      out_ << "  (too many to count now: SELECT ?c (COUNT(*) AS ?n) { ?s a ?c } GROUP BY ?c)\n";
      return;
    }
    Columns columns({Columns::Align::right});
    for (std::size_t i = 0; i < rows->size() && i < kClasses; ++i) {
      const Term& type = *(*rows)[i][0];
      columns.add({with_commas(number((*rows)[i][1])), named(type)});
    }
    columns.print(out_, 2);
    if (rows->size() > kClasses) out_ << "  ...\n";
  }

  // Its label and what to write in a query.
  std::string named(const Term& term) {
    const std::string written = explorer_.shortened(term);
    const auto label = explorer_.label(term);
    return label && *label != written ? written + "  " + *label : written;
  }

  // The commonest of some words, and how many others there are.
  static std::string typical(const std::map<std::string, int>& words) {
    std::vector<std::pair<int, std::string>> sorted;
    for (const auto& [word, times] : words) sorted.emplace_back(-times, word);
    std::sort(sorted.begin(), sorted.end());
    std::string text;
    for (std::size_t i = 0; i < sorted.size() && i < 2; ++i) text += (i == 0 ? "" : ", ") + sorted[i].second;
    if (sorted.size() > 2) text += ", ...";
    return text;
  }

  // Triples of a predicate, from so many places: those that stand together were often written together.
  TermRows sample(const Term& predicate, std::uint64_t triples, std::size_t places) {
    if (triples <= kSample) places = 1;
    TermRows rows;
    for (std::size_t place = 0; place < places; ++place) {
      auto part = soon(fmt::format("SELECT ?s ?o {{ ?s ?p ?o }} OFFSET {} LIMIT {}", place * triples / places,
                                   kSample / places),
                       {{"p", predicate}});
      if (part) std::move(part->begin(), part->end(), std::back_inserter(rows));
    }
    return rows;
  }

  // On a screen the end of an IRI that no prefix shortens, so that what stands beside it fits.
  std::string brief(const Term& term) {
    std::string written = explorer_.shortened(term);
    if (line_width() == 0 || !written.starts_with('<')) return written;
    return "…" + std::string(local_name(written));
  }

  std::string kind_of(const Term& term) {
    if (term.is_triple()) return "(statement)";
    if (term.is_literal()) {
      if (!term.language().empty()) return "text";
      return explorer_.shortened(Term::iri(term.datatype()));
    }
    if (const std::string types = explorer_.types(term); !types.empty()) return types;
    QuadPattern pattern;
    pattern.subject = term;
    pattern.predicate = rdf_reifies();
    pattern.any_graph = true;
    return explorer_.context().session.match(pattern).next() ? "(claim)" : "(no class)";
  }

  void predicates() {
    if (statistics_.by_predicate.empty()) return;
    title("Predicates: statements, from, to (of a sample)");
    Columns columns({Columns::Align::right, Columns::Align::left, Columns::Align::list, Columns::Align::left,
                     Columns::Align::list});
    for (std::size_t i = 0; i < statistics_.by_predicate.size(); ++i) {
      const auto& predicate = statistics_.by_predicate[i];
      std::map<std::string, int> from;
      std::map<std::string, int> to;
      bool date = false;
      bool of_claim = false;
      const bool shown = i < kPredicates;
      for (const TermRow& row : sample(predicate.predicate, predicate.triples, shown ? kPlaces : 1)) {
        const Term& subject = *row[0];
        const Term& object = *row[1];
        if (shown) {
          ++from[kind_of(subject)];
          ++to[predicate.predicate == rdf_type() ? "(class)" : kind_of(object)];
        }
        date = date || is_date(object);
        of_claim = of_claim || (!object.is_literal() && kind_of(subject) == "(claim)");
      }
      if (date) date_predicates_.push_back(predicate.predicate);
      if (of_claim && source_rank(predicate.predicate) > 0) source_predicates_.push_back(predicate.predicate);
      if (i < kPredicates)
        columns.add(
            {with_commas(predicate.triples), brief(predicate.predicate), typical(from), "→", typical(to)});
    }
    columns.print(out_, 2);
    if (statistics_.by_predicate.size() > kPredicates)
      out_ << "  and " << with_commas(statistics_.by_predicate.size() - kPredicates) << " more: .stats\n";
  }

  void dates() {
    Columns columns({Columns::Align::left});
    for (const Term& predicate : date_predicates_) {
      if (columns.lines().size() >= 5) break;
      const auto rows = soon(
          "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> SELECT (MIN(?d) AS ?a) (MAX(?d) AS ?b) (COUNT(?d) "
          "AS ?n) { ?s ?p ?d "
          "FILTER(datatype(?d) IN (xsd:date, xsd:dateTime)) }",
          {{"p", predicate}});
      if (rows && !rows->empty() && (*rows)[0][0]) {
        columns.add({brief(predicate), std::string((*rows)[0][0]->value()), "to",
                     std::string((*rows)[0][1]->value())});
      } else if (!rows) {
        sampled_span(predicate, columns);
      }
    }
    if (columns.empty()) return;
    title("Time");
    columns.print(out_, 2);
  }

  void sampled_span(const Term& predicate, Columns& columns) {
    const auto rows = soon("SELECT ?d { ?s ?p ?d } LIMIT 20000", {{"p", predicate}});
    std::optional<Term> first;
    std::optional<Term> last;
    for (const TermRow& row : rows.value_or(TermRows())) {
      if (!is_date(*row[0]) || date_key(*row[0]).without_year) continue;
      if (!first || date_key(*row[0]) < date_key(*first)) first = row[0];
      if (!last || date_key(*last) < date_key(*row[0])) last = row[0];
    }
    if (first)
      columns.add(
          {brief(predicate), "about " + std::string(first->value()), "to", std::string(last->value())});
  }

  void languages() {
    std::map<std::string, int> counts;
    int all = 0;
    for (const std::string& predicate : default_label_predicates()) {
      QuadPattern pattern;
      pattern.predicate = Term::iri(predicate);
      pattern.any_graph = true;
      std::size_t seen = 0;
      for (auto quads = explorer_.context().session.match(pattern); seen < kLabelSample && quads.next();
           ++seen, ++all) {
        const std::string_view tag = quads.quad().object.language();
        ++counts[tag.empty() ? "none" : std::string(tag)];
      }
    }
    if (counts.empty()) return;
    std::vector<std::pair<int, std::string>> sorted;
    for (const auto& [tag, times] : counts) sorted.emplace_back(-times, tag);
    std::sort(sorted.begin(), sorted.end());
    title("Languages of names");
    out_ << "  ";
    for (std::size_t i = 0; i < sorted.size() && i < 10; ++i) {
      const int share = (-sorted[i].first * 100 + all / 2) / all;
      out_ << (i == 0 ? "" : ", ") << sorted[i].second << ' ' << (share == 0 ? "<1" : std::to_string(share))
           << " %";
    }
    out_ << (sorted.size() > 10 ? ", ...\n" : "\n");
  }

  void graphs() {
    if (statistics_.named_graphs == 0) return;
    title("Graphs");
    Columns columns({Columns::Align::right});
    auto sorted = statistics_.by_graph;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.triples > b.triples; });
    for (std::size_t i = 0; i < sorted.size() && i < kGraphs; ++i)
      columns.add(
          {with_commas(sorted[i].triples), sorted[i].graph ? named(*sorted[i].graph) : "(default graph)"});
    columns.print(out_, 2);
    if (sorted.size() > kGraphs)
      out_ << "  and " << with_commas(sorted.size() - kGraphs) << " more: .graphs\n";
  }

  void sources() {
    Columns columns({Columns::Align::right});
    std::sort(source_predicates_.begin(), source_predicates_.end(), [](const Term& a, const Term& b) {
      return std::pair(source_rank(a), a.value()) < std::pair(source_rank(b), b.value());
    });
    for (std::size_t i = 0; i < source_predicates_.size() && i < 2; ++i) {
      const Term& predicate = source_predicates_[i];
      auto rows =
          soon(fmt::format("SELECT ?o (COUNT(*) AS ?n) {{ ?r ?p ?o }} GROUP BY ?o ORDER BY DESC(?n) LIMIT {}",
                           kSources / std::min<std::size_t>(2, source_predicates_.size())),
               {{"p", predicate}});
      if (!rows) continue;
      for (const TermRow& row : *rows)
        columns.add({with_commas(number(row[1])), brief(predicate),
                     elided(explorer_.name(*row[0]), kSourceName), explorer_.shortened(*row[0])});
    }
    if (columns.empty()) return;
    title("Top sources of claims");
    columns.print(out_, 2);
  }

  Explorer& explorer_;
  Output& out_;
  StoreStatistics statistics_;
  std::vector<Term> date_predicates_;
  std::vector<Term> source_predicates_;
};

}  // namespace

void overview(Explorer& explorer) {
  Overview(explorer).run();
}

}  // namespace dossier::shell
