#include "shell/connect.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "engine/labels/label_index.h"
#include "shell/columns.h"
#include "shell/console.h"
#include "shell/notes.h"

namespace dossier::shell {
namespace {

constexpr std::chrono::seconds kTimeout{20};  // of one search
constexpr int kMostRounds = 5;                // after each the hubs that were met are closed
constexpr std::size_t kMostRows = 5'000;
constexpr std::uint64_t kMostErased = 200'000;    // links of hubs
constexpr std::uint64_t kMostReifiers = 100'000;  // up to so many all claims are looked at
constexpr std::size_t kMostClaims = 5'000;        // else so many of each end
constexpr std::size_t kMostNamed = 8;        // of what was left out
constexpr std::array<std::string_view, 5> kVocabularies = {
    kRdf, "http://www.w3.org/2000/01/rdf-schema#", "http://www.w3.org/2002/07/owl#",
    "http://www.w3.org/2004/02/skos/core#", "http://www.w3.org/ns/shacl#"};

class Connection {
 public:
  Connection(Explorer& explorer, const Term& from, const Term& to, const ConnectOptions& options)
      : explorer_(explorer), from_(from), to_(to), options_(options), searcher_(&explorer.context().session) {}

  void run() {
    choose_predicates();
    add_claims();
    search();
    if (scratch_) scratch_->rollback();
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

  // The session of a transaction that is rolled back in the end; null: one is open already.
  Session* scratch() {
    if (scratch_ || !scratch_allowed_) return scratch_ ? &*scratch_ : nullptr;
    try {
      scratch_.emplace(explorer_.context().store.session());
      scratch_->begin();
      searcher_ = &*scratch_;
      return searcher_;
    } catch (const StorageError& error) {
      scratch_.reset();
      scratch_allowed_ = false;
      if (error.reason() != StorageError::Reason::in_use) throw;
      return nullptr;
    }
  }

  // Claims become links for the time of the search.
  void add_claims() {
    std::uint64_t reifiers = 0;
    for (const auto& predicate : explorer_.context().store.statistics().by_predicate)
      if (predicate.predicate == rdf_reifies()) reifiers = predicate.triples;
    if (reifiers == 0) return;
    const bool all = reifiers <= kMostReifiers;
    std::vector<Quad> quads;
    const auto add = [&](const std::string& s, const std::string& o, const Bindings& bindings) {
      for (const TermRow& row : explorer_.select(
               fmt::format("PREFIX rdf: <{0}> SELECT ?s ?p ?o {{ ?r rdf:reifies <<( {1} ?p {2} )>> BIND({1} AS ?s) BIND({2} "
                           "AS ?o) FILTER NOT EXISTS {{ {1} ?p {2} }} }} LIMIT {3}",
                           kRdf, s, o, kMostClaims),
               bindings))
        if (!row[2]->is_literal() && !row[0]->is_literal()) quads.push_back({*row[0], *row[1], *row[2], std::nullopt});
    };
    if (all) {
      for (const TermRow& row : explorer_.select(
               fmt::format("PREFIX rdf: <{}> SELECT ?s ?p ?o {{ ?r rdf:reifies <<( ?s ?p ?o )>> FILTER NOT EXISTS {{ ?s ?p ?o "
                           "}} }}",
                           kRdf)))
        if (!row[2]->is_literal()) quads.push_back({*row[0], *row[1], *row[2], std::nullopt});
    } else {
      notice_ = "claims that nobody asserts, but for those about the two";
      for (const Term& end : {from_, to_}) {
        add("?x", "?y", {{"x", end}});
        add("?y", "?x", {{"x", end}});
      }
    }
    if (quads.empty()) return;
    Session* const session = scratch();
    if (session == nullptr) {
      notice_ = "claims that nobody asserts (a transaction is open)";
      return;
    }
    session->insert(quads);
  }

  // ---- search

  std::string query(const std::string& selector) const {
    std::string negated;
    for (const auto* list : {&vocabulary_, &literals_, &of_claims_})
      for (const Term& predicate : *list) {
        const std::string iri = predicate.to_string();
        negated += (negated.empty() ? "" : "|") + iri + "|^" + iri;
      }
    if (negated.empty()) negated = fmt::format("<{0}nil>|^<{0}nil>", kRdf);
    return fmt::format("SELECT ?path {{ ?from {} ((!({})){{1,{}}} AS ?path) ?to }}", selector, negated,
                       options_.most_links);
  }

  void search() {
    for (int round = 0; round < kMostRounds; ++round) {
      const std::size_t hubs = hubs_.size();
      for (const std::string& selector : {fmt::format("SHORTEST {}", options_.paths), std::string("ALL SHORTEST")}) {
        if (paths_.size() >= options_.paths) break;
        look(selector);
      }
      if (paths_.size() >= options_.paths || hubs_.size() == hubs || !close_hubs()) break;
    }
    // Better than nothing, which would be taken for no connection.
    only_through_hubs_ = paths_.empty() && !through_hubs_.empty() && !options_.strict;
    if (only_through_hubs_) paths_ = std::move(through_hubs_);
    std::stable_sort(paths_.begin(), paths_.end(),
                     [](const Path& a, const Path& b) { return a.edges.size() < b.edges.size(); });
    QueryOptions options = explorer_.options();
    options.parameters.emplace_back("from", from_);
    options.parameters.emplace_back("to", to_);
    // The paths are an answer: `.draw` takes them, claims included, which the query alone does not find.
    Answer answer{query(fmt::format("SHORTEST {}", options_.paths)), options, {}};
    answer.rows.variables = {"path"};
    answer.rows.whole = true;
    for (const Path& path : paths_) answer.rows.rows.push_back({AnswerRows::Cell{std::nullopt, path}});
    explorer_.context().answer = std::move(answer);
  }

  void look(const std::string& selector) {
    QueryOptions options = explorer_.options();
    options.parameters.emplace_back("from", from_);
    options.parameters.emplace_back("to", to_);
    options.timeout = kTimeout;
    try {
      const Interrupt interrupt(searcher_);
      Result result = searcher_->query(query(selector), options);
      for (std::size_t rows = 0; rows < kMostRows && paths_.size() < options_.paths && result.next(); ++rows)
        take(*result.path(0));
    } catch (const LimitError& error) {
      if (error.reason() == LimitError::Reason::cancelled) throw;
      fmt::print(stderr, "dossier: {}; there may be more connections\n", error.what());
    }
  }

  // Takes the hubs' links away for the time of the search, so that it finds other ways. False: nothing was.
  bool close_hubs() {
    bool any = false;
    for (const auto& [key, hub] : hubs_) {
      if (closed_.contains(key) || degrees_[key] + erased_ > kMostErased) continue;
      Session* const session = scratch();
      if (session == nullptr) return false;
      closed_.insert(key);
      for (const bool in : {false, true}) {
        QuadPattern pattern;
        (in ? pattern.object : pattern.subject) = hub;
        pattern.any_graph = true;
        std::vector<Quad> quads;
        for (auto cursor = session->match(pattern); cursor.next();) quads.push_back(cursor.quad());
        for (const Quad& quad : quads) session->erase(quad);
        erased_ += quads.size();
      }
      any = true;
    }
    return any;
  }

  void take(Path path) {
    std::string key;
    bool hub = false;
    for (std::size_t i = 0; i < path.edges.size(); ++i) {
      key += path.edges[i].triple->to_string();
      if (i == 0) continue;
      const Term& node = path.nodes[i];
      if (node == from_ || node == to_ || node.is_literal()) return;
      hub = is_hub(node) || hub;
    }
    if (hub && through_hubs_.size() >= options_.paths) return;
    if (seen_.insert(std::move(key)).second) (hub ? through_hubs_ : paths_).push_back(std::move(path));
  }

  bool is_hub(const Term& node) {
    if (options_.hub == 0) return false;
    const auto [known, fresh] = degrees_.try_emplace(node.to_string(), 0);
    if (fresh) known->second = explorer_.degree(node);
    if (known->second <= options_.hub) return false;
    hubs_.emplace(node.to_string(), node);
    return true;
  }

  // ---- what is shown

  void show() {
    auto& out = explorer_.context().out;
    if (only_through_hubs_) {
      std::map<std::string, Term> met;
      for (const Path& path : paths_)
        for (const Term& node : path.nodes)
          if (const auto hub = hubs_.find(node.to_string()); hub != hubs_.end()) met.insert(*hub);
      fmt::print(stderr, "(without hubs no connection was found; these go through what has more than {} links: {})\n",
                 with_commas(options_.hub), named_hubs(met));
    }
    for (std::size_t i = 0; i < paths_.size(); ++i) {
      if (i > 0) out << '\n';
      const Path& path = paths_[i];
      std::vector<std::string> lines;
      for (const Path::Edge& edge : path.edges) {
        const auto claims = explorer_.claims(edge.triple->subject(), edge.triple->predicate(), edge.triple->object());
        add_link(lines, explorer_, *edge.triple, edge.backwards, claims, NoteStyle::brief);
      }
      for (const std::string& line : lines) out << line << '\n';
    }
    out.flush();
    if (paths_.empty())
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

  std::string named_hubs(const std::map<std::string, Term>& hubs) const {
    std::string text;
    std::size_t shown = 0;
    for (const auto& [key, node] : hubs) {
      if (++shown > kMostNamed) return text + " ...";
      text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", explorer_.name(node), with_commas(degrees_.at(key)));
    }
    return text;
  }

  void show_left_out() const {
    std::vector<std::string> parts;
    if (!vocabulary_.empty()) parts.push_back(named(vocabulary_));
    if (!literals_.empty()) parts.push_back(fmt::format("{} predicates of literals", literals_.size()));
    if (!of_claims_.empty()) parts.push_back("what is said of claims: " + named(of_claims_));
    if (!hubs_.empty() && !only_through_hubs_)
      parts.push_back(fmt::format("{} with more than {} links: {}", hubs_.size() == 1 ? "a hub" : "hubs",
                                  with_commas(options_.hub), named_hubs(hubs_)));
    if (!notice_.empty()) parts.push_back(notice_);
    for (std::size_t i = 0; i < parts.size(); ++i)
      fmt::print(stderr, "{}{}\n", i == 0 ? "left out: " : "          ", parts[i]);
    if (!options_.everything)
      fmt::print(stderr, "          (behind the command: hubs {}, length {}, or all to leave nothing out)\n", options_.hub,
                 options_.most_links);
  }

  Explorer& explorer_;
  Term from_;
  Term to_;
  ConnectOptions options_;
  Session* searcher_;
  std::optional<Session> scratch_;
  bool scratch_allowed_ = true;
  std::set<std::string> closed_;
  std::uint64_t erased_ = 0;
  std::vector<Term> vocabulary_;
  std::vector<Term> literals_;
  std::vector<Term> of_claims_;
  std::string notice_;
  std::vector<Path> paths_;
  std::vector<Path> through_hubs_;  // the first that were met
  bool only_through_hubs_ = false;
  std::set<std::string> seen_;
  std::map<std::string, std::uint64_t> degrees_;
  std::map<std::string, Term> hubs_;
};

}  // namespace

void connect(Explorer& explorer, const Term& from, const Term& to, const ConnectOptions& options) {
  Connection(explorer, from, to, options).run();
}

}  // namespace dossier::shell
