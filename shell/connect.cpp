#include "shell/connect.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engine/labels/label_index.h"
#include "shell/columns.h"
#include "shell/console.h"
#include "shell/notes.h"

namespace dossier::shell {
namespace {

constexpr std::chrono::seconds kTimeout{20};  // of one search
constexpr std::size_t kMostNamed = 8;         // of what was left out
constexpr std::array<std::string_view, 5> kVocabularies = {
    kRdf, "http://www.w3.org/2000/01/rdf-schema#", "http://www.w3.org/2002/07/owl#",
    "http://www.w3.org/2004/02/skos/core#", "http://www.w3.org/ns/shacl#"};

class Connection {
 public:
  Connection(Explorer& explorer, const Term& from, const Term& to, const ConnectOptions& options)
      : explorer_(explorer), from_(from), to_(to), options_(options) {}

  void run() {
    choose_predicates();
    search();
    show();
  }

 private:
  // ---- what is a way

  void choose_predicates() {
    const TermRows predicates = explorer_.select("SELECT DISTINCT ?p { ?s ?p ?o }");
    const auto& labels = default_label_predicates();
    for (const TermRow& row : predicates) {
      const Term& predicate = *row[0];
      const std::string_view iri = predicate.value();
      if (predicate == rdf_reifies() || predicate == rdf_type()) {
        if (predicate == rdf_reifies() || !options_.everything) vocabulary_.push_back(predicate);
        continue;
      }
      const bool vocabulary = std::any_of(kVocabularies.begin(), kVocabularies.end(),
                                          [&](std::string_view space) { return iri.starts_with(space); }) ||
                              std::find(labels.begin(), labels.end(), iri) != labels.end();
      QuadPattern pattern;
      pattern.predicate = predicate;
      pattern.any_graph = true;
      bool literals = true;
      bool of_claims = true;
      std::size_t seen = 0;
      for (auto quads = explorer_.context().session.match(pattern); seen < 20 && quads.next(); ++seen) {
        literals = literals && quads.quad().object.is_literal();
        of_claims = of_claims && is_reifier(quads.quad().subject);
      }
      if (literals) {
        literals_.push_back(predicate);
      } else if (!options_.everything && vocabulary) {
        vocabulary_.push_back(predicate);
      } else if (!options_.everything && of_claims) {
        of_claims_.push_back(predicate);
      }
    }
  }

  bool is_reifier(const Term& term) {
    QuadPattern pattern;
    pattern.subject = term;
    pattern.predicate = rdf_reifies();
    pattern.any_graph = true;
    return explorer_.context().session.match(pattern).next();
  }

  // ---- search

  void search() {
    found_ = look(options_.hub);
    // Better than nothing, which would be taken for no connection.
    if (found_.paths.empty() && !found_.hubs.empty() && !options_.strict) {
      Connections through_hubs = look(0);
      only_through_hubs_ = !through_hubs.paths.empty();
      found_.paths = std::move(through_hubs.paths);
    }
    QueryOptions options = explorer_.options();
    options.parameters.emplace_back("from", from_);
    options.parameters.emplace_back("to", to_);
    // The paths are an answer: `.draw` takes them, claims included, which the query alone does not find.
    Answer answer{query(), options, {}};
    answer.rows.variables = {"path"};
    answer.rows.whole = true;
    for (const Path& path : found_.paths) answer.rows.rows.push_back({AnswerRows::Cell{std::nullopt, path}});
    explorer_.context().answer = std::move(answer);
  }

  Connections look(std::uint64_t hub) {
    ConnectionOptions options;
    options.paths = options_.paths;
    options.most_links = static_cast<unsigned>(options_.most_links);
    options.hub_links = hub;
    options.timeout = kTimeout;
    options.memory_bytes = explorer_.options().memory_bytes;
    for (const auto* list : {&vocabulary_, &literals_, &of_claims_})
      options.excluded.insert(options.excluded.end(), list->begin(), list->end());
    return explorer_.context().session.connections(from_, to_, options);
  }

  // What comes near to it in the query language: nothing there leaves hubs out.
  std::string query() const {
    std::string negated;
    for (const auto* list : {&vocabulary_, &literals_, &of_claims_})
      for (const Term& predicate : *list) {
        const std::string iri = predicate.to_string();
        negated += (negated.empty() ? "" : "|") + iri + "|^" + iri;
      }
    if (negated.empty()) negated = fmt::format("<{0}nil>|^<{0}nil>", kRdf);
    return fmt::format("SELECT ?path {{ ?from SHORTEST {} ((!({})){{1,{}}} AS ?path) ?to }}", options_.paths,
                       negated, options_.most_links);
  }

  // ---- what is shown

  void show() {
    auto& out = explorer_.context().out;
    if (only_through_hubs_)
      fmt::print(stderr, "({}; these go through what has more than {} links: {})\n",
                 found_.ended.empty() ? std::string("without hubs no connection was found")
                                      : std::string("no connection without hubs was found in time"),
                 with_commas(options_.hub), named_hubs(hubs_passed()));
    for (std::size_t i = 0; i < found_.paths.size(); ++i) {
      if (i > 0) out << '\n';
      const Path& path = found_.paths[i];
      std::vector<std::string> lines;
      for (const Path::Edge& edge : path.edges) {
        const auto claims =
            explorer_.claims(edge.triple->subject(), edge.triple->predicate(), edge.triple->object());
        add_link(lines, explorer_, *edge.triple, edge.backwards, claims, NoteStyle::brief);
      }
      for (const std::string& line : lines) out << line << '\n';
    }
    out.flush();
    if (!found_.ended.empty() && !only_through_hubs_)
      fmt::print(stderr, "dossier: {}; all connections of up to {} were looked at\n", found_.ended,
                 found_.searched == 1 ? std::string("1 link") : fmt::format("{} links", found_.searched));
    else if (found_.paths.empty())
      fmt::print(stderr, "(no connection of {} with {} of up to {} links)\n", explorer_.name(from_),
                 explorer_.name(to_), options_.most_links);
    show_left_out();
  }

  std::string named(const std::vector<Term>& terms) const {
    std::string text;
    for (std::size_t i = 0; i < terms.size() && i < kMostNamed; ++i)
      text += (i == 0 ? "" : ", ") + explorer_.shortened(terms[i]);
    if (terms.size() > kMostNamed) text += fmt::format(" and {} more", terms.size() - kMostNamed);
    return text;
  }

  std::string named_hubs(const std::vector<Frequency>& hubs) const {
    std::string text;
    for (std::size_t i = 0; i < hubs.size() && i < kMostNamed; ++i)
      text += fmt::format("{}{} ({})", i == 0 ? "" : ", ", explorer_.name(hubs[i].term),
                          with_commas(hubs[i].quads));
    if (hubs.size() > kMostNamed) text += fmt::format(" and {} more", hubs.size() - kMostNamed);
    return text;
  }

  // The hubs on the paths.
  std::vector<Frequency> hubs_passed() const {
    std::vector<Frequency> hubs;
    for (const Path& path : found_.paths)
      for (std::size_t i = 1; i + 1 < path.nodes.size(); ++i) {
        const Term& node = path.nodes[i];
        if (std::any_of(hubs.begin(), hubs.end(), [&](const Frequency& hub) { return hub.term == node; }))
          continue;
        if (const std::uint64_t links = explorer_.degree(node); links > options_.hub)
          hubs.push_back({node, links});
      }
    return hubs;
  }

  void show_left_out() const {
    std::vector<std::string> parts;
    if (!vocabulary_.empty()) parts.push_back(named(vocabulary_));
    if (!literals_.empty()) parts.push_back(fmt::format("{} predicates of literals", literals_.size()));
    if (!of_claims_.empty()) parts.push_back("what is said of claims: " + named(of_claims_));
    if (!found_.hubs.empty() && !only_through_hubs_)
      parts.push_back(fmt::format("{} with more than {} links: {}",
                                  found_.hubs.size() == 1 ? "a hub" : "hubs", with_commas(options_.hub),
                                  named_hubs(found_.hubs)));
    for (std::size_t i = 0; i < parts.size(); ++i)
      fmt::print(stderr, "{}{}\n", i == 0 ? "left out: " : "          ", parts[i]);
    if (!options_.everything)
      fmt::print(stderr, "          (behind the command: hubs {}, length {}, or all to leave nothing out)\n",
                 options_.hub, options_.most_links);
  }

  Explorer& explorer_;
  Term from_;
  Term to_;
  ConnectOptions options_;
  std::vector<Term> vocabulary_;
  std::vector<Term> literals_;
  std::vector<Term> of_claims_;
  Connections found_;
  bool only_through_hubs_ = false;
};

}  // namespace

void connect(Explorer& explorer, const Term& from, const Term& to, const ConnectOptions& options) {
  Connection(explorer, from, to, options).run();
}

}  // namespace dossier::shell
