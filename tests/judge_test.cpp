// The judges of the differential test themselves: the naive evaluator gives the answers that the
// specification works out by hand, and the comparison sees a wrong row, a wrong count, a wrong order and a
// wrong cut.
#include <gtest/gtest.h>

#include <algorithm>

#include "grammar/parse.h"
#include "tests/differential/compare.h"
#include "tests/differential/generate.h"
#include "tests/differential/shrink.h"

namespace dossier::differential {
namespace {

NodePtr e(const std::string& name) {
  return iri_node("http://e/" + name);
}
NodePtr integer(int value) {
  return xsd_node(std::to_string(value), "integer");
}

// a -p-> b -p-> c, a -q-> 1, b -q-> 2; in graph g: a -p-> c.
std::vector<QuadNode> quads() {
  return {{{e("a"), e("p"), e("b")}, nullptr},
          {{e("b"), e("p"), e("c")}, nullptr},
          {{e("a"), e("q"), integer(1)}, nullptr},
          {{e("b"), e("q"), integer(2)}, nullptr},
          {{e("a"), e("p"), e("c")}, e("g")}};
}

Answer ask(const std::string& query) {
  Evaluator evaluator(quads(), {});
  return evaluator.answer(grammar::parse_query("PREFIX : <http://e/> " + query));
}

std::size_t count(const std::string& query) {
  return ask(query).rows.size();
}

TEST(NaiveEvaluator, AnswersByTheSpecification) {
  EXPECT_EQ(count("SELECT * { ?x :p ?y OPTIONAL { ?y :q ?n FILTER (?n > 1) } }"), 2u);
  EXPECT_EQ(count("SELECT * { ?x :p* ?y }"), 8u);  // five nodes, and a to b, a to c, b to c
  EXPECT_EQ(count("SELECT * { :nowhere :p* ?y }"), 1u);
  EXPECT_EQ(count("SELECT * { { ?x :p :b } UNION { ?x :p :b } }"), 2u);
  EXPECT_EQ(count("SELECT * { ?x :p ?y MINUS { ?u :q ?v } }"), 2u);
  EXPECT_EQ(count("SELECT * { ?x :p ?y MINUS { ?x :q 1 } }"), 1u);
  EXPECT_EQ(count("SELECT * { ?x :p ?y FILTER NOT EXISTS { ?y :q ?n } }"), 1u);
  EXPECT_EQ(count("SELECT * { GRAPH ?g { ?x :p ?y } }"), 1u);
  EXPECT_EQ(count("SELECT (COUNT(*) AS ?n) { ?x :nothing ?y }"), 1u);
  EXPECT_EQ(count("SELECT (COUNT(*) AS ?n) { ?x :nothing ?y } GROUP BY ?x"), 0u);
  EXPECT_EQ(count("SELECT * { ?x :q ?n FILTER (?n / 0 = 1 || ?n = 2) }"), 1u);
  EXPECT_THROW(ask("SELECT (SAMPLE(?n) AS ?s) { ?x :q ?n }"), Unspecified);
}

TEST(Comparison, SeesWhatDiffers) {
  const Answer expected = ask("SELECT ?n { ?x :q ?n } ORDER BY ?n");
  Answer given = expected;
  EXPECT_EQ(difference(expected, given, false), "");
  std::swap(given.rows[0], given.rows[1]);
  EXPECT_NE(difference(expected, given, false), "") << "order";
  given = expected;
  given.rows.pop_back();
  EXPECT_NE(difference(expected, given, false), "") << "too few";
  given.rows.push_back(given.rows.front());
  EXPECT_NE(difference(expected, given, false), "") << "too many of one";

  const Answer sliced = ask("SELECT ?n { ?x :q ?n } ORDER BY ?n LIMIT 1");
  given = sliced;
  given.rows.pop_back();
  EXPECT_EQ(difference(sliced, given, false), "");
  given.rows[0]["n"] = integer(2);
  EXPECT_NE(difference(sliced, given, false), "") << "the wrong end";

  const Answer triples = ask("CONSTRUCT { ?x :p _:new } { ?x :q ?n }");
  given = triples;
  for (Triple& triple : given.triples) triple.object = blank_node("other" + triple.object->text);
  EXPECT_EQ(difference(triples, given, false), "");
  given.triples[0].object = given.triples[1].object;
  EXPECT_NE(difference(triples, given, false), "") << "one blank node, not two";
}

TEST(Shrinker, LeavesWhatMatters) {
  const auto quad = [](const char* object) {
    return Quad{Term::iri("http://e/s"), Term::iri("http://e/p"), Term::literal(object), std::nullopt};
  };
  std::vector<Quad> all{quad("1"), quad("2"), quad("3")};
  std::string query = "SELECT * { { ?a ?b ?c . } UNION { ?d :bad ?e . FILTER ( ?a ) } }";
  shrink(all, query, [&](const std::vector<Quad>& quads, const std::string& text) {
    const bool parses =
        std::count(text.begin(), text.end(), '{') == std::count(text.begin(), text.end(), '}');
    return parses && text.find(":bad") != std::string::npos &&
           std::find(quads.begin(), quads.end(), quad("2")) != quads.end();
  });
  EXPECT_EQ(query, ":bad");
  EXPECT_EQ(all.size(), 1u);
}

TEST(Generator, GivesTheSameForASeed) {
  const auto made = [](std::uint64_t seed) {
    Random random(seed);
    const Pool pool = generate_pool(random, {});
    const auto quads = generate_quads(random, pool, {});
    std::string text = generate_query(random, pool, quads, {});
    for (const Quad& quad : quads) text += quad.subject.to_string() + quad.object.to_string();
    return text;
  };
  EXPECT_EQ(made(7), made(7));
  EXPECT_NE(made(7), made(8));
}

}  // namespace
}  // namespace dossier::differential
