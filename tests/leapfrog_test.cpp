// Cycles of patterns joined variable by variable, against loops over all edges.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/dossier.h"
#include "tests/differential/random.h"

namespace {

using dossier::Format;
using dossier::OpenOptions;
using dossier::QueryOptions;
using dossier::Result;
using dossier::Session;
using dossier::Store;
using dossier::differential::Random;
using testing::HasSubstr;
using testing::Not;

using Edges = std::set<std::pair<int, int>>;

constexpr const char* kPrologue = "PREFIX : <http://e/> ";

// Few nodes with many edges, many with few.
Edges skewed_edges(Random& random, int nodes, int count) {
  Edges edges;
  const auto node = [&] {
    const double part = static_cast<double>(random.below(1'000'000)) / 1e6;
    return static_cast<int>(part * part * part * nodes);
  };
  for (int i = 0; i < count; ++i) edges.emplace(node(), node());
  return edges;
}

std::string turtle(const Edges& edges, const std::string& predicate, const std::string& graph = {}) {
  std::string text = kPrologue + (graph.empty() ? "" : graph + " {\n");
  for (const auto& [from, to] : edges)
    text += ":n" + std::to_string(from) + " :" + predicate + " :n" + std::to_string(to) + " .\n";
  return text + (graph.empty() ? "" : "}");
}

std::uint64_t count_once(Session& session, const std::string& pattern, const QueryOptions& options) {
  Result result = session.query(kPrologue + ("SELECT (COUNT(*) AS ?n) " + pattern), options);
  result.next();
  return static_cast<std::uint64_t>(result.get(0)->as_integer().value());
}

// By one thread, and by two that share the nodes of the first variable.
std::uint64_t count(Session& session, const std::string& pattern, QueryOptions options = {}) {
  options.threads = 1;
  const std::uint64_t one = count_once(session, pattern, options);
  options.threads = 2;
  options.parallel_rows = 1;
  EXPECT_EQ(count_once(session, pattern, options), one) << pattern;
  return one;
}

std::string plan(Session& session, const std::string& pattern, bool analyze = false,
                 const QueryOptions& options = {}) {
  return session.explain(kPrologue + ("SELECT * " + pattern), options, analyze);
}

std::uint64_t triangles(const Edges& edges) {
  std::uint64_t found = 0;
  for (const auto& [a, b] : edges)
    for (auto next = edges.lower_bound({b, -1}); next != edges.end() && next->first == b; ++next)
      found += edges.count({a, next->second});
  return found;
}

const char* const kTriangle = "{ ?a :p ?b . ?b :p ?c . ?a :p ?c }";

TEST(Leapfrog, CountsTriangles) {
  Random random(3);
  for (int round = 0; round < 20; ++round) {
    const Edges edges = skewed_edges(random, 20 + 10 * round, 60 + 40 * round);
    Store store = Store::open(":memory:");
    store.load_text(turtle(edges, "p"), Format::ttl);
    Session session = store.session();
    EXPECT_EQ(count(session, kTriangle), triangles(edges)) << round;
  }
}

// Shapes of three to five variables, in any written order, with two predicates, a tail, a filter and parallel
// edges.
TEST(Leapfrog, AgreesWithLoopsOverAllEdges) {
  Random random(11);
  const Edges p = skewed_edges(random, 60, 500);
  const Edges q = skewed_edges(random, 60, 300);
  Store store = Store::open(":memory:");
  store.load_text(turtle(p, "p") + turtle(q, "q"), Format::ttl);
  Session session = store.session();
  const auto has = [](const Edges& edges, int a, int b) { return edges.count({a, b}) != 0; };

  std::uint64_t squares = 0, mixed = 0, tails = 0, filtered = 0, parallel = 0, both = 0;
  for (const auto& [a, b] : p)
    for (const auto& [c, d] : p) squares += has(p, b, c) && has(p, d, a);
  for (const auto& [a, b] : p)
    for (const auto& [c, a2] : q) {
      if (a2 != a) continue;
      if (has(q, b, c)) ++mixed;
      if (has(p, b, c)) {
        filtered += a < b && b != c;
        for (const auto& [c2, t] : q) tails += c2 == c && t != a;
        parallel += has(q, b, c);
      }
      for (int d = 0; d < 60; ++d) both += has(p, b, c) && has(p, d, b) && has(q, a, d);
    }
  EXPECT_EQ(count(session, "{ ?a :p ?b . ?c :p ?d . ?b :p ?c . ?d :p ?a }"), squares);
  EXPECT_EQ(count(session, "{ ?b :q ?c . ?c :q ?a . ?a :p ?b }"), mixed);
  EXPECT_EQ(count(session, "{ ?c :q ?t . ?a :p ?b . ?b :p ?c . ?c :q ?a FILTER(?t != ?a) }"), tails);
  EXPECT_EQ(count(session,
                  "{ ?a :p ?b . ?b :p ?c . ?c :q ?a FILTER(?b != ?c) FILTER(xsd:integer(STRAFTER(STR(?a), "
                  "\"/n\")) < xsd:integer(STRAFTER(STR(?b), \"/n\"))) }",
                  [] {
                    QueryOptions options;
                    options.prefixes = {{"xsd", "http://www.w3.org/2001/XMLSchema#"}};
                    return options;
                  }()),
            filtered);
  EXPECT_EQ(count(session, "{ ?a :p ?b . ?b :p ?c . ?b :q ?c . ?c :q ?a }"), parallel);
  EXPECT_EQ(count(session, "{ ?a :p ?b . ?b :p ?c . ?c :q ?a . ?d :p ?b . ?a :q ?d }"), both);
  // Rows and not their number alone; each once.
  Result result = session.query(kPrologue + std::string("SELECT ?c ?a ?b ") + kTriangle);
  std::set<std::vector<std::string>> rows;
  std::uint64_t number = 0;
  for (; result.next(); ++number)
    rows.insert({std::string(result.get(0)->value()), std::string(result.get(1)->value()),
                 std::string(result.get(2)->value())});
  EXPECT_EQ(number, triangles(p));
  EXPECT_EQ(rows.size(), number);
}

// What a triangle costs is bounded by its result's bound, N^1.5, and not by the paths of two edges.
TEST(Leapfrog, LooksAtFewNodes) {
  Edges edges;
  constexpr int kArms = 3000;
  for (int i = 1; i <= kArms; ++i) {
    edges.emplace(i, 0);
    edges.emplace(0, kArms + i);
    edges.emplace(i, i % kArms + 1);
  }
  Store store = Store::open(":memory:");
  store.load_text(turtle(edges, "p"), Format::ttl);
  Session session = store.session();
  EXPECT_EQ(count(session, kTriangle), triangles(edges));
  const std::string text = plan(session, kTriangle, true);
  ASSERT_THAT(text, HasSubstr("leapfrog join 3 patterns"));
  const std::size_t at = text.find("intersected ") + 12;
  EXPECT_GE(std::stod(text.substr(at)), static_cast<double>(edges.size()));
  EXPECT_LT(std::stod(text.substr(at)), 4 * std::pow(static_cast<double>(edges.size()), 1.5));
}

// A cycle whose rows keys keep few: the offices that a filter leaves, each member of one office, each office
// in one place.
TEST(Leapfrog, LeavesCyclesToKeysThatKeepThemSmall) {
  constexpr int kOffices = 1000;
  constexpr int kPersons = 20'000;
  constexpr int kPlaces = 500;
  std::string text = "PREFIX : <http://e/>\n";
  std::uint64_t found = 0;
  for (int office = 0; office < kOffices; ++office)
    text += ":o" + std::to_string(office) + " :seat :l" + std::to_string(office % kPlaces) + " ; :staff " +
            std::to_string(office) + " .\n";
  for (int person = 0; person < kPersons; ++person) {
    const int office = person * 7 % kOffices;
    const int place = person * 11 % kPlaces;
    text += ":p" + std::to_string(person) + " :member :o" + std::to_string(office) + " ; :birth :l" +
            std::to_string(place) + " .\n";
    found += office > 600 && office % kPlaces == place;
  }
  Store store = Store::open(":memory:");
  store.load_text(text, Format::ttl);
  Session session = store.session();
  const std::string cycle = "{ ?p :member ?o ; :birth ?l . ?o :seat ?l ";
  EXPECT_EQ(count(session, cycle + "; :staff ?n FILTER(?n > 600) }"), found);
  EXPECT_THAT(plan(session, cycle + "; :staff ?n FILTER(?n > 600) }", false), Not(HasSubstr("leapfrog")));
}

TEST(Leapfrog, ReadsTheGraphThatIsAsked) {
  Random random(5);
  const Edges one = skewed_edges(random, 40, 300);
  const Edges two = skewed_edges(random, 40, 300);
  Edges both = one;
  both.insert(two.begin(), two.end());
  Store store = Store::open(":memory:");
  store.load_text(turtle(one, "p", ":g") + turtle(two, "p", ":h") + turtle(one, "p"), Format::trig);
  Session session = store.session();
  EXPECT_EQ(count(session, kTriangle), triangles(one));
  EXPECT_EQ(count(session, "{ GRAPH :h " + std::string(kTriangle) + " }"), triangles(two));
  EXPECT_EQ(count(session, "FROM :g FROM :h " + std::string(kTriangle)), triangles(both));
  EXPECT_EQ(count(session, "{ GRAPH ?g " + std::string(kTriangle) + " }"), triangles(one) + triangles(two));
  EXPECT_EQ(count(session, "{ ?a :p ?b GRAPH :h { ?b :p ?c } ?a :p ?c }"), [&] {
    std::uint64_t found = 0;
    for (const auto& [a, b] : one)
      for (const auto& [b2, c] : two) found += b == b2 && one.count({a, c}) != 0;
    return found;
  }());
}

// An open transaction sees its own rows, others do not; what is kept for other queries is not mixed up.
TEST(Leapfrog, SeesTheStateOfItsSnapshot) {
  Random random(8);
  Edges edges = skewed_edges(random, 50, 400);
  Store store = Store::open(":memory:");
  store.load_text(turtle(edges, "p"), Format::ttl);
  Session reader = store.session();
  Session writer = store.session();
  const std::uint64_t before = triangles(edges);
  EXPECT_EQ(count(reader, kTriangle), before);
  writer.begin();
  writer.update(std::string(kPrologue) + "INSERT DATA { :n900 :p :n901 . :n901 :p :n902 . :n900 :p :n902 }");
  EXPECT_EQ(count(writer, kTriangle), before + 1);
  EXPECT_EQ(count(reader, kTriangle), before);
  writer.commit();
  EXPECT_EQ(count(reader, kTriangle), before + 1);
  writer.update(std::string(kPrologue) + "DELETE DATA { :n901 :p :n902 }");
  EXPECT_EQ(count(reader, kTriangle), before);
}

TEST(Leapfrog, IsTakenOnlyWhereItPays) {
  Random random(2);
  Store store = Store::open(":memory:");
  store.load_text(turtle(skewed_edges(random, 3000, 20'000), "p"), Format::ttl);
  Session session = store.session();
  EXPECT_THAT(plan(session, kTriangle), HasSubstr("leapfrog join"));
  for (const char* other :
       {"{ :n5 :p ?b . ?b :p ?c . ?c :p ?b }", "{ ?a :p ?b . ?b :p ?c . ?c :p ?d }",
        "{ ?a :p ?b . ?b :p ?a }", "{ VALUES ?a { :n2999 } ?a :p ?b . ?b :p ?c . ?a :p ?c }"})
    EXPECT_THAT(plan(session, other), Not(HasSubstr("leapfrog join"))) << other;
}

TEST(Leapfrog, StaysWithinTheBudgetAndCanBeCancelled) {
  Random random(2);
  Store store = Store::open(":memory:");
  store.load_text(turtle(skewed_edges(random, 2000, 60'000), "p"), Format::ttl);
  Session session = store.session();
  QueryOptions options;
  EXPECT_THAT(plan(session, kTriangle, false, options), HasSubstr("leapfrog join"));
  options.memory_bytes = std::size_t{2} << 20;
  EXPECT_THAT(plan(session, kTriangle, false, options), Not(HasSubstr("leapfrog join")));
  options = {};
  options.timeout = std::chrono::milliseconds(1);
  EXPECT_THROW(
      count(session, "{ ?a :p ?b . ?b :p ?c . ?a :p ?c . ?d :p ?a . ?b :p ?d . ?c :p ?e . ?e :p ?d }",
            options),
      dossier::LimitError);
}

}  // namespace
