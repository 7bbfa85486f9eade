#include "shell/explorer.h"

#include <algorithm>
#include <array>
#include <set>

#include "engine/io/path_drawing.h"
#include "engine/model/term.h"
#include "grammar/known_prefixes.h"

namespace dossier::shell {
namespace {

constexpr std::size_t kMostTypes = 4;  // that are named
constexpr std::array<std::string_view, 4> kNoClasses = {
    "http://www.w3.org/2002/07/owl#NamedIndividual", "http://www.w3.org/2002/07/owl#Thing",
    "http://www.w3.org/2000/01/rdf-schema#Resource", "http://www.w3.org/1999/02/22-rdf-syntax-ns#Statement"};

// What every expert reads needs no declaration to be shown.
Prefixes with_common(Prefixes prefixes) {
  for (const char* const label : {"rdf", "rdfs", "owl", "xsd", "skos", "foaf", "schema", "prov", "dcterms"}) {
    const bool declared = std::any_of(prefixes.begin(), prefixes.end(),
                                      [&](const auto& prefix) { return prefix.first == label; });
    if (!declared) prefixes.emplace_back(label, grammar::known_prefix(label));
  }
  return prefixes;
}

}  // namespace

Term rdf_type() {
  return Term::iri(std::string(kRdf) + "type");
}
Term rdf_reifies() {
  return Term::iri(std::string(kRdf) + "reifies");
}

Explorer::Explorer(ShellContext& context)
    : context_(context), options_(context.query_options()), display_(with_common(context.prefixes)) {
  options_.union_default_graph = true;
}

TermRows Explorer::select(const std::string& text, const Bindings& bindings, std::chrono::milliseconds timeout) {
  QueryOptions options = options_;
  options.timeout = timeout;
  options.parameters.insert(options.parameters.end(), bindings.begin(), bindings.end());
  Result result = context_.session.query(text, options);
  TermRows rows;
  for (auto batch = result.batch(1000); !batch.empty(); batch = result.batch(1000))
    for (auto& row : batch) rows.push_back(std::move(row));
  return rows;
}

std::uint64_t Explorer::count(const std::string& text, const Bindings& bindings) {
  const TermRows rows = select(text, bindings);
  if (rows.empty() || rows[0].empty() || !rows[0][0]) return 0;
  return static_cast<std::uint64_t>(rows[0][0]->as_integer().value_or(0));
}

std::uint64_t Explorer::degree(const Term& term) {
  std::uint64_t degree = count("SELECT (COUNT(*) AS ?n) { ?s ?p ?x }", {{"x", term}});
  if (!term.is_literal()) degree += count("SELECT (COUNT(*) AS ?n) { ?x ?p ?o }", {{"x", term}});
  return degree;
}

bool Explorer::asserted(const Term& subject, const Term& predicate, const Term& object) {
  QuadPattern pattern;
  pattern.subject = subject;
  pattern.predicate = predicate;
  pattern.object = object;
  pattern.any_graph = true;
  return context_.session.match(pattern).next();
}

std::vector<Claim> Explorer::claims(const Term& subject, const Term& predicate, const Term& object,
                                    std::size_t limit) {
  const Term reifies = rdf_reifies();
  const Term type = rdf_type();
  QuadPattern pattern;
  pattern.predicate = reifies;
  pattern.object = Term::triple(subject, predicate, object);
  pattern.any_graph = true;
  std::vector<Claim> claims;
  for (auto reifiers = context_.session.match(pattern); claims.size() < limit && reifiers.next();) {
    const Term& reifier = reifiers.quad().subject;
    if (!claims.empty() && claims.back().reifier == reifier) continue;  // in another graph
    Claim claim{reifier, {}};
    QuadPattern about;
    about.subject = reifier;
    about.any_graph = true;
    for (auto quads = context_.session.match(about); quads.next();) {
      const Quad& quad = quads.quad();
      if (quad.predicate == reifies || quad.predicate == type) continue;
      std::pair said{quad.predicate, quad.object};
      if (std::find(claim.said.begin(), claim.said.end(), said) == claim.said.end())
        claim.said.push_back(std::move(said));
    }
    claims.push_back(std::move(claim));
  }
  return claims;
}

std::string Explorer::shortened(const Term& term) const {
  std::string out;
  if (term.is_triple())
    return "<<( " + shortened(term.subject()) + ' ' + shortened(term.predicate()) + ' ' + shortened(term.object()) +
           " )>>";
  std::string bytes;
  append_term_bytes(bytes, term);
  display_.append(out, bytes);
  return out;
}

std::optional<std::string> Explorer::label(const Term& term) {
  const auto found = context_.label_finder.label(term);
  if (!found) return std::nullopt;
  return shortened(Term::literal(*found));
}

std::string Explorer::name(const Term& term) {
  if (auto found = label(term)) return *found;
  if (term.is_literal()) return shortened(term.language().empty() ? term : Term::literal(term.value()));
  if (term.is_triple())
    return "<<( " + name(term.subject()) + ' ' + name(term.predicate()) + ' ' + name(term.object()) + " )>>";
  // A claim that nobody named is what it claims.
  if (term.is_blank()) {
    QuadPattern pattern;
    pattern.subject = term;
    pattern.predicate = rdf_reifies();
    pattern.any_graph = true;
    if (auto quads = context_.session.match(pattern); quads.next()) {
      const Term triple = quads.quad().object;
      const bool simple = triple.is_triple() && !triple.subject().is_blank() && !triple.object().is_blank();
      if (simple) return "(" + link(triple) + ")";
    }
  }
  std::string written = shortened(term);
  // Without a prefix the end of an IRI tells more than all of it.
  if (written.starts_with('<')) {
    const std::string_view iri = term.value();
    const std::size_t end = iri.find_last_of("/#");
    if (end != std::string_view::npos && end + 1 < iri.size())
      return shortened(Term::literal(iri.substr(end + 1)));
  }
  return written;
}

std::string Explorer::link(const Term& triple, bool backwards) {
  const Term& from = backwards ? triple.object() : triple.subject();
  const Term& to = backwards ? triple.subject() : triple.object();
  std::string line;
  append_link(line, {name(from), name(to), {name(triple.predicate())}, backwards, {}});
  return line;
}

std::vector<Term> Explorer::classes(const Term& term) {
  std::vector<Term> classes;
  if (term.is_literal() || term.is_triple()) return classes;
  QuadPattern pattern;
  pattern.subject = term;
  pattern.predicate = rdf_type();
  pattern.any_graph = true;
  for (auto quads = context_.session.match(pattern); quads.next();) {
    const Term& found = quads.quad().object;
    const bool telling = std::find(kNoClasses.begin(), kNoClasses.end(), found.value()) == kNoClasses.end();
    if (telling && std::find(classes.begin(), classes.end(), found) == classes.end()) classes.push_back(found);
  }
  return classes;
}

std::string Explorer::types(const Term& term) {
  std::set<std::string> names;
  std::string joined;
  for (const Term& type : classes(term)) {
    if (names.size() == kMostTypes) break;
    std::string shown = name(type);
    if (!names.insert(shown).second) continue;
    if (!joined.empty()) joined += ", ";
    joined += shown;
  }
  return joined;
}

}  // namespace dossier::shell
