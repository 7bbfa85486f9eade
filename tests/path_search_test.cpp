// What path searches read: counters of edges, not times.
#include "engine/path/search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <sstream>

#include "engine/path/graph_edges.h"
#include "engine/query/query.h"
#include "engine/store/database.h"
#include "engine/store/loader.h"
#include "grammar/parse.h"

namespace dossier {
namespace {

constexpr std::size_t kNodes = 20'000;
constexpr std::size_t kEdges = 200'000;

enum class Shape { uniform, scale_free };

std::string node_name(std::size_t number) {
  return "e:" + std::to_string(number);
}

// Scale-free: every new edge prefers, at both ends, the nodes that have edges.
std::string random_graph(Shape shape) {
  std::mt19937_64 random(7);
  std::vector<std::size_t> ends;
  const auto node = [&] {
    const bool any = shape == Shape::uniform || ends.empty() || random() % 2 == 0;
    ends.push_back(any ? random() % kNodes : ends[random() % ends.size()]);
    return node_name(ends.back());
  };
  std::string text;
  for (std::size_t i = 0; i < kEdges; ++i) {
    const std::string from = node();
    text += "<" + from + "> <e:p> <" + node() + "> .\n";
  }
  return text;
}

class Graph {
 public:
  explicit Graph(const std::string& text, std::size_t memory_bytes = QueryLimits().memory_bytes)
      : database_(Database::open(":memory:", {})) {
    LoadOptions options;
    options.format = Format::nt;
    load(*database_, {LoadSource{"graph", text, std::nullopt, std::nullopt}}, options);
    limits_.timeout = std::chrono::seconds(120);
    limits_.memory_bytes = memory_bytes;
    context_ = std::make_unique<QueryContext>(database_->snapshot(), limits_, nullptr);
  }

  Id id(const std::string& iri) { return context_->terms().intern(kIriByte + iri); }
  QueryContext& context() { return *context_; }

  // Paths and edges touched.
  struct Found {
    std::vector<FoundPath> paths;
    std::uint64_t edges = 0;
  };
  Found between(const std::string& words, Id start, Id end) {
    const grammar::PathSearch what = parsed(words);
    const PathAutomaton automaton = automaton_of(what);
    GraphEdges source(*context_, automaton, {false, {kDefaultGraph}});
    PathSearch search(*context_, automaton, source, what);
    search.between(start, end);
    Found found;
    for (FoundPath path; search.next(path);) found.paths.push_back(path);
    found.edges = source.edges();
    return found;
  }
  // From the start alone, until the end is met.
  Found one_sided(const std::string& words, Id start, Id end) {
    const grammar::PathSearch what = parsed(words);
    const PathAutomaton automaton = automaton_of(what);
    GraphEdges source(*context_, automaton, {false, {kDefaultGraph}});
    PathSearch search(*context_, automaton, source, what);
    search.from(start);
    Found found;
    for (FoundPath path; found.paths.empty() && search.next(path);)
      if (path.end == end) found.paths.push_back(path);
    found.edges = source.edges();
    return found;
  }

 private:
  static grammar::PathSearch parsed(const std::string& words) {
    const grammar::Query query = grammar::parse_query("SELECT * { ?x " + words + " ?y }", {});
    const auto& where = std::get<grammar::SelectQuery>(query.form).where;
    return *std::get<grammar::Box<grammar::PathSearch>>(
        std::get<grammar::TriplesBlock>(where.elements[0]).triples[0].verb);
  }
  PathAutomaton automaton_of(const grammar::PathSearch& what) {
    return build_automaton(what.path, [&](const std::string& iri) { return id(iri); });
  }

  std::unique_ptr<Database> database_;
  QueryLimits limits_;
  std::unique_ptr<QueryContext> context_;
};

// What `analyze` says of a query.
std::string analyzed(Graph& graph, const std::string& text) {
  return execute(grammar::parse_query(text, {}), graph.context(), {})->explain(true);
}

std::uint64_t edges_of(Graph& graph, const std::string& text) {
  const std::string plan = analyzed(graph, text);
  const std::size_t at = plan.find(", edges ");
  return at == std::string::npos ? UINT64_MAX : std::stoull(plan.substr(at + 8));
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

class TwoEnds : public testing::TestWithParam<Shape> {};

TEST_P(TwoEnds, TouchesFewOfTheEdgesThatSearchFromOneEndTouches) {
  Graph graph(random_graph(GetParam()));
  std::mt19937_64 random(11);
  std::vector<double> shortest, all;
  for (int pair = 0; pair < 100; ++pair) {
    const Id start = graph.id(node_name(random() % kNodes));
    const Id end = graph.id(node_name(random() % kNodes));
    const auto one = graph.one_sided("ANY SHORTEST (<e:p>+ AS ?p)", start, end);
    const auto two = graph.between("ANY SHORTEST (<e:p>+ AS ?p)", start, end);
    const auto first = graph.between("SHORTEST 1 (<e:p>+ AS ?p)", start, end);
    const auto every = graph.between("ALL SHORTEST (<e:p>+ AS ?p)", start, end);
    ASSERT_EQ(one.paths.size(), two.paths.size());
    ASSERT_EQ(one.paths.size(), first.paths.size());
    ASSERT_EQ(one.paths.empty(), every.paths.empty());
    if (one.paths.empty()) continue;
    // SHORTEST 1 is the first by length and edges, ANY SHORTEST may be any of the shortest.
    EXPECT_EQ(one.paths[0].edges, first.paths[0].edges);
    bool is_one_of_them = false;
    for (const FoundPath& path : every.paths) {
      EXPECT_EQ(path.edges.size(), one.paths[0].edges.size());
      EXPECT_LE(first.paths[0].edges, path.edges);
      is_one_of_them = is_one_of_them || path.edges == two.paths[0].edges;
    }
    EXPECT_TRUE(is_one_of_them);
    shortest.push_back(static_cast<double>(two.edges) / static_cast<double>(one.edges));
    all.push_back(static_cast<double>(every.edges) / static_cast<double>(one.edges));
  }
  ASSERT_GT(shortest.size(), 50U);
  EXPECT_LE(median(shortest), 0.05);
  EXPECT_LE(median(all), 0.05);
}

// Paths by their mode, the shortest, are searched from both ends too.
TEST_P(TwoEnds, AndSoByMode) {
  Graph graph(random_graph(GetParam()));
  std::mt19937_64 random(12);
  std::vector<double> shares;
  for (int pair = 0; pair < 40; ++pair) {
    const Id start = graph.id(node_name(random() % kNodes));
    const Id end = graph.id(node_name(random() % kNodes));
    const auto one = graph.one_sided("ANY SHORTEST (<e:p>+ AS ?p)", start, end);
    const auto two = graph.between("SHORTEST 2 ACYCLIC (<e:p>+ AS ?p)", start, end);
    if (one.paths.empty() || start == end) continue;
    ASSERT_EQ(two.paths.size(), 2U);
    EXPECT_LE(two.paths[0].edges.size(), two.paths[1].edges.size());
    shares.push_back(static_cast<double>(two.edges) / static_cast<double>(one.edges));
  }
  ASSERT_GT(shares.size(), 20U);
  EXPECT_LE(median(shares), 0.2);
}

// Where the beginnings of paths have no room, the search goes on depth-first; the paths are the same, in
// their order.
TEST(PathMemory, PathsByModeAreTheSameInLittleOfIt) {
  std::string text;
  for (int from = 0; from < 9; ++from)
    for (int to = 0; to < 9; ++to)
      if (from != to) text += "<e:" + std::to_string(from) + "> <e:p> <e:" + std::to_string(to) + "> .\n";
  Graph roomy(text);
  Graph narrow(text, std::size_t{3} << 20);
  for (const char* words : {"SHORTEST 3000 TRAIL (<e:p>+ AS ?p)", "SHORTEST 4000 ACYCLIC (<e:p>+ AS ?p)",
                            "SHORTEST 6 GROUPS SIMPLE (<e:p>+ AS ?p)"}) {
    const auto all = roomy.between(words, roomy.id("e:0"), roomy.id("e:8"));
    const auto same = narrow.between(words, narrow.id("e:0"), narrow.id("e:8"));
    ASSERT_GT(all.paths.size(), 1000U) << words;
    ASSERT_EQ(all.paths.size(), same.paths.size()) << words;
    std::set<std::vector<PathEdge>> paths, others;
    for (std::size_t i = 0; i < all.paths.size(); ++i) {
      EXPECT_EQ(all.paths[i].edges.size(), same.paths[i].edges.size()) << words;
      paths.insert(all.paths[i].edges);
      others.insert(same.paths[i].edges);
    }
    EXPECT_EQ(paths, others) << words;
    EXPECT_NE(same.edges, all.edges) << words << ": it never went on depth-first";
  }
}

// A grid has more shortest paths from corner to corner than can be counted; three of them are found at once.
TEST(PathMemory, FewOfMoreThanCanBeCounted) {
  std::string text;
  const auto cell = [](int x, int y) { return "<e:" + std::to_string(x) + "-" + std::to_string(y) + ">"; };
  for (int x = 0; x < 30; ++x)
    for (int y = 0; y < 30; ++y)
      text +=
          cell(x, y) + " <e:p> " + cell(x + 1, y) + " .\n" + cell(x, y) + " <e:p> " + cell(x, y + 1) + " .\n";
  Graph grid(text);
  for (const char* mode : {"WALK", "TRAIL", "ACYCLIC", "SIMPLE"}) {
    const auto three = grid.between("SHORTEST 3 " + std::string(mode) + " (<e:p>+ AS ?p)", grid.id("e:0-0"),
                                    grid.id("e:29-29"));
    ASSERT_EQ(three.paths.size(), 3U) << mode;
    EXPECT_LE(three.edges, 500'000U) << mode;
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, TwoEnds, testing::Values(Shape::uniform, Shape::scale_free),
                         [](const auto& shape) {
                           return shape.param == Shape::uniform ? "uniform" : "scale_free";
                         });

// The edges that leave the nodes of the first levels around a start.
std::uint64_t edges_within(const std::string& text, const std::string& start, int levels) {
  std::map<std::string, std::vector<std::string>> graph;
  std::istringstream in(text);
  for (std::string subject, predicate, object, dot; in >> subject >> predicate >> object >> dot;)
    graph[subject].push_back(object);
  std::set<std::string> seen{start};
  std::vector<std::string> level{start};
  std::uint64_t edges = 0;
  for (int i = 0; i < levels; ++i) {
    std::vector<std::string> next;
    for (const std::string& node : level)
      for (const std::string& other : graph[node]) {
        ++edges;
        if (seen.insert(other).second) next.push_back(other);
      }
    level = std::move(next);
  }
  return edges;
}

TEST(PathLimit, TouchesNoMoreThanTheFirstHitNeeds) {
  const std::string text = random_graph(Shape::uniform);
  Graph graph(text);
  for (const char* selector : {"ANY SHORTEST", "ANY 2", "SHORTEST 3", "ALL SHORTEST", "SHORTEST 2 GROUPS",
                               "ANY SHORTEST TRAIL", "SHORTEST 2 ACYCLIC", "SIMPLE"})
    for (int steps : {1, 2, 3}) {
      const std::string path = std::string(selector) + " (<e:p>{" + std::to_string(steps) + ",4} AS ?p) ";
      const auto limited = [&](const std::string& variables, const std::string& start) {
        return edges_of(graph, "SELECT " + variables + " { " + start + " " + path + "?b } LIMIT 1");
      };
      // Where the mode decides, an end is found first, and then the paths to it, from both.
      const bool by_mode = std::string(selector).find("TRAIL") != std::string::npos ||
                           std::string(selector).find("ACYCLIC") != std::string::npos;
      const std::uint64_t most = (by_mode ? 4 : 1) * edges_within(text, "<e:1>", steps);
      EXPECT_LE(limited("?p ?b", "<e:1>"), most) << path;
      EXPECT_LE(limited("?b", "<e:1>"), most) << path;
      // Free ends: the first node that has an edge is where the search begins.
      EXPECT_LE(limited("?p ?b", "?a"), 4000U) << path;
    }
  EXPECT_LE(edges_of(graph, "ASK { <e:1> ANY SHORTEST (<e:p>+ AS ?p) ?b }"), edges_within(text, "<e:1>", 1));
  EXPECT_LE(edges_of(graph, "SELECT * { ?a ANY SHORTEST (<e:p>+ AS ?p) <e:1> } LIMIT 1"), 200U);
  // Some rows need a few edges more, all of them every edge.
  const std::string ten = "SELECT ?b { <e:1> ANY SHORTEST (<e:p>+ AS ?p) ?b } LIMIT 10";
  EXPECT_LE(edges_of(graph, ten), edges_within(text, "<e:1>", 2));
  EXPECT_GE(edges_of(graph, "SELECT ?b { <e:1> ANY SHORTEST (<e:p>+ AS ?p) ?b }"), kEdges / 2);
}

TEST(PathLimit, FreeEndsReadFewStarts) {
  Graph graph(random_graph(Shape::uniform));
  const std::uint64_t before = graph.context().counters().rows;
  analyzed(graph, "SELECT * { ?a ANY SHORTEST (<e:p>+ AS ?p) ?b } LIMIT 1");
  EXPECT_LE(graph.context().counters().rows - before, 10'000U);
}

// What the plan says where the search goes from, and why.
TEST(PathPlan, TellsDirectionsStatesAndWork) {
  Graph graph("<e:1> <e:p> <e:2> .\n<e:2> <e:p> <e:3> .\n<e:1> <e:p> <e:3> .\n");
  const auto plan_has = [&](const std::string& pattern, const std::string& text) {
    const std::string plan = analyzed(graph, "SELECT * { " + pattern + " }");
    EXPECT_NE(plan.find(text), std::string::npos) << plan;
  };
  plan_has("<e:1> ANY SHORTEST (<e:p>+ AS ?p) <e:3>",
           "from both ends, the one with fewer edges first, 2 states, edges ");
  plan_has("<e:1> SHORTEST 2 TRAIL (<e:p>+ AS ?p) <e:3>", "from both ends");
  plan_has("<e:1> ALL TRAIL (<e:p>+ AS ?p) <e:3>", "from the start, led by the distance to the end");
  plan_has("<e:1> SHORTEST 2 (<e:p>+ AS ?p) ?b", "from the start, which is given");
  plan_has("?a ANY (<e:p>+ AS ?p) <e:3>", "from the end, which is given");
  plan_has("?a SHORTEST 2 (<e:p>+ AS ?p) <e:3>", "from each start that leads to the end");
  plan_has("?a ANY (<e:p>+ AS ?p) ?b", "from each start in turn, since no end is given");
  plan_has("?a ANY (<e:p>+ AS ?p) ?a", "each start in turn, from both ends");
  plan_has("<e:1> CHEAPEST (VIA ?x ?y { ?x <e:p> ?y BIND(1 AS ?c) }+ COST ?c AS ?p) <e:3>",
           "from the start, led by the cost to the end");
  plan_has("<e:1> ANY SHORTEST (<e:p>+ AS ?p) ?b", "levels 2, largest 2");
}

// Events between the towns of a line, 30 of different dates from each to the next. The edges between two
// towns are in the order of their events, which is that of the text.
std::string dated_line(bool latest_first) {
  std::string text;
  for (int town = 0; town < 40; ++town)
    for (int i = 0; i < 30; ++i) {
      const std::string date = std::to_string(latest_first ? 30 - i : i + 1);
      const std::string event = "<e:event" + std::to_string(town) + "-" + date + ">";
      text += event + " <e:from> <e:" + std::to_string(town) + "> .\n" + event +
              " <e:to> <e:" + std::to_string(town + 1) + "> .\n" + event + " <e:date> \"" + date +
              "\"^^<http://www.w3.org/2001/XMLSchema#integer> .\n";
    }
  return text;
}

// An event of an early date leaves all that one of a late date leaves.
TEST(PathPruning, ValuesInOrderThatLeaveLessAreNotGoneOnFrom) {
  Graph latest_first(dated_line(true));
  Graph earliest_first(dated_line(false));
  const std::string step = "(VIA ?x ?y { ?e <e:from> ?x ; <e:to> ?y ; <e:date> ?d }+ ASC ?d AS ?p, ?l)";
  const auto expect = [&](Graph& graph, const std::string& selector, std::uint64_t paths) {
    // Each town is left with k dates at most, by 30 edges each; and the search comes from the other end too.
    const std::uint64_t most = 2 * paths * 41 * 30;
    EXPECT_LE(edges_of(graph, "SELECT * { <e:0> " + selector + " " + step + " <e:40> }"), most) << selector;
    EXPECT_LE(edges_of(graph, "SELECT * { <e:0> " + selector + " " + step + " ?b }"), most) << selector;
  };
  expect(latest_first, "ANY", 1);
  expect(latest_first, "ANY SHORTEST", 1);
  expect(earliest_first, "SHORTEST 1", 1);
  expect(earliest_first, "SHORTEST 3", 3);
  // Where the order of the edges decides, a late one that comes first may be the one to take.
  EXPECT_GT(edges_of(latest_first, "SELECT * { <e:0> SHORTEST 1 " + step + " <e:40> }"), 10'000U);
}

// A ladder of 30 rungs, so a million times a thousand ways; the upper side is cheap, the end is below.
TEST(PathPruning, TheCheapestAreFoundByWhatTheWayToTheEndCosts) {
  std::string text;
  const auto edge = [&](const std::string& from, const std::string& to, int cost) {
    const std::string name = "<e:" + from + "-" + to + ">";
    text += name + " <e:from> <e:" + from + "> .\n" + name + " <e:to> <e:" + to + "> .\n" + name +
            " <e:cost> \"" + std::to_string(cost) + "\"^^<http://www.w3.org/2001/XMLSchema#integer> .\n";
  };
  for (int i = 0; i < 30; ++i) {
    const std::string here = std::to_string(i), next = std::to_string(i + 1);
    edge("u" + here, "u" + next, 3);
    edge("d" + here, "d" + next, 4);
    edge("u" + here, "d" + here, 20);
    edge("d" + here, "u" + here, 20);
  }
  edge("u30", "d30", 100);
  Graph graph(text);
  for (const char* mode : {"WALK", "TRAIL", "ACYCLIC", "SIMPLE"})
    EXPECT_LE(
        edges_of(
            graph,
            "SELECT * { <e:d0> CHEAPEST 3 " + std::string(mode) +
                " (VIA ?x ?y { ?e <e:from> ?x ; <e:to> ?y ; <e:cost> ?c }+ COST ?c AS ?p, ?total) <e:d30> }"),
        2000U)
        << mode;
}

TEST(PathReach, IsAllThatIsDoneWhereNobodyReadsThePath) {
  Graph graph("<e:1> <e:p> <e:2> .\n<e:2> <e:p> <e:3> .\n<e:1> <e:p> <e:3> .\n");
  const std::string path = "{ ?a ANY SHORTEST (<e:p>+ AS ?p, ?length, ?nodes) ?b ";
  for (const std::string& query :
       {"SELECT ?a ?b " + path + "}", "SELECT DISTINCT ?b " + path + "}", "ASK " + path + "}",
        "SELECT (COUNT(*) AS ?n) " + path + "}", "SELECT (COUNT(DISTINCT ?b) AS ?n) " + path + "}",
        "SELECT ?a (COUNT(?b) AS ?n) " + path + "} GROUP BY ?a", "SELECT ?b { { SELECT ?b " + path + "} } }",
        "SELECT ?b " + path + "FILTER(?b = <e:3>) } ORDER BY ?b", "SELECT ?x { ?x <e:p> ?y " + path + "} }",
        "CONSTRUCT { ?a <e:q> ?b } " + path + "}"}) {
    EXPECT_NE(analyzed(graph, query).find("reach only"), std::string::npos) << query;
  }
  for (const std::string& query :
       {"SELECT ?p " + path + "}", "SELECT (COUNT(?p) AS ?n) " + path + "}", "SELECT * " + path + "}",
        "SELECT ?a " + path + "FILTER(?length < 2) }", "SELECT ?a " + path + "} ORDER BY ?length"}) {
    EXPECT_EQ(analyzed(graph, query).find("reach only"), std::string::npos) << query;
  }
}

}  // namespace
}  // namespace dossier
