#include "tests/differential/generate.h"

#include <algorithm>
#include <utility>

namespace dossier::differential {
namespace {

const std::string kXsd = "http://www.w3.org/2001/XMLSchema#";

Term e(const std::string& name) {
  return Term::iri("http://e/" + name);
}

// Values that are equal in several forms, or nearly so.
const std::vector<Term>& all_literals() {
  static const std::vector<Term> kLiterals = [] {
    std::vector<Term> list;
    const auto typed = [&](const char* text, const char* type) {
      list.push_back(Term::typed(text, kXsd + type));
    };
    for (const char* text : {"1", "01", "2", "3", "0", "-1", "10", "12345678901234567890"})
      typed(text, "integer");
    for (const char* text : {"1.0", "1", "1.50", "1.5", "2.0", "-0.5", "0.1"}) typed(text, "decimal");
    for (const char* text : {"1.0E0", "1e0", "2", "1.5", "NaN", "INF", "-0.0E0", "0.0E0", "0.1"})
      typed(text, "double");
    for (const char* text : {"1", "1.5", "NaN", "0.1"}) typed(text, "float");
    for (const char* text : {"5", "1", "200"}) typed(text, "byte");  // 200 is none
    for (const char* text : {"true", "false", "1", "0", "maybe"}) typed(text, "boolean");
    for (const char* text : {"2020-01-01", "2020-01-01Z", "2020-01-01+02:00", "2021-05-05", "2020-02-30"})
      typed(text, "date");
    for (const char* text : {"2020-01-01T00:00:00Z", "2020-01-01T02:00:00+02:00", "2020-01-01T00:00:00",
                             "2021-05-05T12:30:00.5Z", "2020-01-01T00:00:00.0Z"})
      typed(text, "dateTime");
    typed("x", "integer");
    for (const char* text : {"a", "b", "ab", "A", "", "1",
                             "\xC3\xA9"
                             "b",
                             "a b"})
      list.push_back(Term::literal(text));
    for (const char* text : {"a", "b", ""}) list.push_back(Term::tagged(text, "en"));
    list.push_back(Term::tagged("a", "EN"));
    list.push_back(Term::tagged("b", "en-GB"));
    list.push_back(Term::tagged("a", "de"));
    list.push_back(Term::tagged("a", "en", Direction::ltr));
    list.push_back(Term::tagged("a", "en", Direction::rtl));
    list.push_back(Term::typed("a", "http://e/dt"));
    list.push_back(Term::typed("b", "http://e/dt"));
    return list;
  }();
  return kLiterals;
}

}  // namespace

Pool generate_pool(Random& random, const GenerateOptions& options) {
  Pool pool;
  const std::size_t resources = random.between(2, 4);
  for (std::size_t i = 0; i < resources; ++i)
    pool.resources.push_back(e(std::string(1, static_cast<char>('a' + i))));
  const std::size_t blanks = random.between(0, 3);
  for (std::size_t i = 0; i < blanks; ++i) pool.blanks.push_back(Term::blank("x" + std::to_string(i)));
  const std::size_t predicates = random.between(1, 3);
  for (std::size_t i = 0; i < predicates; ++i)
    pool.predicates.push_back(e(std::string(1, static_cast<char>('p' + i))));
  pool.graphs = {e("g"), e("h")};
  const std::size_t literals = random.between(2, 7);
  while (pool.literals.size() < literals) {
    Term literal = random.of(all_literals());
    if (options.rdf11) {
      if (literal.direction() != Direction::none) continue;
      // Peers keep the case of a tag.
      if (!literal.language().empty())
        literal = Term::tagged(literal.value(), literal.language() == "EN" ? "en" : literal.language());
    }
    pool.literals.push_back(std::move(literal));
  }
  return pool;
}

std::vector<Quad> generate_quads(Random& random, const Pool& pool, const GenerateOptions& options) {
  const auto subject = [&]() -> Term {
    if (!pool.blanks.empty() && random.chance(25)) return random.of(pool.blanks);
    return random.of(pool.resources);
  };
  const auto plain_object = [&]() -> Term {
    return random.chance(45) ? random.of(pool.literals) : subject();
  };
  const auto triple_term = [&] {
    Term object = plain_object();
    if (random.chance(15)) object = Term::triple(subject(), random.of(pool.predicates), std::move(object));
    return Term::triple(subject(), random.of(pool.predicates), std::move(object));
  };
  const std::size_t percent_named = random.chance(50) ? 0 : random.between(10, 60);
  const bool triple_terms = !options.rdf11 && random.chance(50);
  const Term reifies = Term::iri("http://www.w3.org/1999/02/22-rdf-syntax-ns#reifies");
  std::vector<Quad> quads;
  // A few are larger: plans and operators are chosen by size.
  const std::size_t size = random.chance(4)   ? 0
                           : random.chance(7) ? random.between(40, 160)
                                              : random.between(1, random.chance(20) ? 24 : 12);
  while (quads.size() < size) {
    Quad quad;
    quad.subject = subject();
    quad.predicate = random.of(random.chance(4) ? pool.resources : pool.predicates);
    quad.object = plain_object();
    if (triple_terms && random.chance(30)) {
      if (random.chance(70)) quad.predicate = reifies;
      quad.object = triple_term();
      // Often of a triple that is there.
      if (!quads.empty() && random.chance(50)) {
        const Quad& other = random.of(quads);
        quad.object = Term::triple(other.subject, other.predicate, other.object);
      }
    }
    if (random.chance(percent_named)) {
      if (!pool.blanks.empty() && random.chance(8))
        quad.graph = random.of(pool.blanks);
      else
        quad.graph = random.of(pool.graphs);
    }
    if (random.chance(10) && !quads.empty()) {  // the same triple in another graph
      const std::optional<Term> graph = quad.graph;
      quad = random.of(quads);
      quad.graph = graph;
    }
    quads.push_back(std::move(quad));
  }
  std::vector<Quad> distinct;
  for (Quad& quad : quads)
    if (std::find(distinct.begin(), distinct.end(), quad) == distinct.end())
      distinct.push_back(std::move(quad));
  return distinct;
}

}  // namespace dossier::differential
