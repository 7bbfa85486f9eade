#include "shell/vocabulary.h"

#include <algorithm>

#include "engine/io/turtle_names.h"
#include "engine/model/term.h"
#include "grammar/known_prefixes.h"

namespace dossier::shell {
namespace {

constexpr std::size_t kClasses = 500;
constexpr std::size_t kFewObjects = 200;
constexpr std::size_t kSample = 300;   // nodes whose predicates are looked at
constexpr std::size_t kTogether = 64;  // answers that are kept

bool same(const std::vector<NodeLink>& a, const std::vector<NodeLink>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const NodeLink& x, const NodeLink& y) {
    return x.predicate == y.predicate && x.other == y.other && x.incoming == y.incoming;
  });
}

}  // namespace

void Vocabulary::refresh() {
  // A transaction's own changes have no number.
  const auto last = context_.store.log(1);
  const std::uint64_t sequence = last.empty() ? 0 : last.front().sequence;
  if (sequence_ == sequence && !context_.session.in_transaction()) return;
  sequence_ = sequence;
  statistics_ = context_.store.statistics().by_predicate;
  predicates_.clear();
  for (const auto& one : statistics_) predicates_.push_back({one.predicate, one.triples});
  classes_.reset();
  objects_.clear();
  together_.clear();
}

const std::vector<Frequency>& Vocabulary::predicates() {
  refresh();
  return predicates_;
}

const std::vector<Frequency>& Vocabulary::classes() {
  refresh();
  if (!classes_) {
    classes_ = context_.session.objects_of(Term::iri(iri::kRdfType), kClasses);
    std::erase_if(*classes_, [](const Frequency& one) { return !one.term.is_iri(); });
  }
  return *classes_;
}

std::uint64_t Vocabulary::triples(const Term& predicate) {
  refresh();
  const auto found = std::find_if(predicates_.begin(), predicates_.end(),
                                  [&](const Frequency& one) { return one.term == predicate; });
  if (found != predicates_.end() || !context_.session.in_transaction())
    return found == predicates_.end() ? 0 : found->quads;
  // The statistics are those of the last commit.
  QuadPattern pattern;
  pattern.predicate = predicate;
  pattern.any_graph = true;
  return context_.session.count(pattern);
}

const std::vector<Frequency>& Vocabulary::objects_of(const Term& predicate) {
  refresh();
  const auto [entry, fresh] = objects_.try_emplace(std::string(predicate.value()));
  if (!fresh) return entry->second;
  const auto known = std::find_if(statistics_.begin(), statistics_.end(),
                                  [&](const auto& one) { return one.predicate == predicate; });
  if (known == statistics_.end() || known->distinct_objects > kFewObjects) return entry->second;
  entry->second = context_.session.objects_of(predicate, kFewObjects);
  std::erase_if(entry->second, [](const Frequency& one) { return !one.term.is_iri(); });
  return entry->second;
}

std::vector<Frequency> Vocabulary::predicates_of(const std::vector<NodeLink>& links) {
  refresh();
  for (const auto& [known, found] : together_)
    if (same(known, links)) return found;
  std::vector<Frequency> found = context_.session.predicates_of(links, kSample);
  if (together_.size() == kTogether) together_.clear();
  together_.emplace_back(links, found);
  return found;
}

std::string Vocabulary::name(const Term& iri) const {
  io::TurtleNames names;
  for (const auto& [label, namespace_iri] : context_.prefixes) names.add_prefix(label, namespace_iri);
  // A label that is declared keeps its meaning.
  for (const grammar::KnownPrefix& prefix : grammar::known_prefixes())
    names.add_prefix(prefix.label, prefix.iri);
  std::string bytes;
  append_term_bytes(bytes, iri);
  std::string text;
  names.append(text, bytes);
  return text;
}

}  // namespace dossier::shell
