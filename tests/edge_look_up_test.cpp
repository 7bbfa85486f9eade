// Index joins that look edges up in memory give what they give in the index, and go there when queries have
// spent enough in the index.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/dossier.h"

namespace {

using namespace dossier;

constexpr int kNodes = 400;

// Edges of two predicates in the default graph and two others, with a hub, loops, literals, and triples that
// stand in several graphs.
std::string graph() {
  std::string data;
  std::uint32_t state = 7;
  const auto below = [&](std::uint32_t most) {
    return (state = state * 1664525 + 1013904223) / 65536 % most;
  };
  const auto node = [&] { return "<http://e/n" + std::to_string(below(4) == 0 ? 0 : below(kNodes)) + ">"; };
  for (int i = 0; i < 6000; ++i) {
    const std::string predicate = below(3) == 0 ? "<http://e/q>" : "<http://e/p>";
    const std::string object = below(10) == 0 ? "\"" + std::to_string(below(50)) + "\"" : node();
    const std::string triple = node() + " " + predicate + " " + object;
    const std::uint32_t place = below(6);
    if (place < 4) data += triple + " .\n";
    if (place == 3 || place == 4) data += triple + " <http://e/g1> .\n";
    if (place == 4 || place == 5) data += triple + " <http://e/g2> .\n";
  }
  return data;
}

Store filled(std::size_t adjacency_bytes) {
  OpenOptions options;
  options.adjacency_bytes = adjacency_bytes;
  Store store = Store::open(":memory:", options);
  store.load_text(graph(), Format::nq);
  return store;
}

bool in_memory(const PlanStep& step) {
  if (step.name == "index join" && step.details.ends_with(", in memory")) return true;
  return std::any_of(step.inputs.begin(), step.inputs.end(), in_memory);
}

struct Answer {
  std::vector<std::string> rows;  // sorted
  bool in_memory = false;
};

Answer ask(Session& session, const std::string& query) {
  Answer answer;
  Result result = session.query("PREFIX : <http://e/> " + query);
  while (result.next()) {
    std::string row;
    for (std::size_t i = 0; i < result.variables().size(); ++i) {
      const auto term = result.get(i);
      row += (term ? term->to_string() : "-") + " ";
    }
    answer.rows.push_back(row);
  }
  std::sort(answer.rows.begin(), answer.rows.end());
  answer.in_memory = in_memory(result.plan().value());
  return answer;
}

const std::vector<std::string> kQueries = {
    "SELECT * { VALUES ?x { :n0 :n3 :n5 :none 7 } ?x :p ?y }",
    "SELECT * { VALUES ?y { :n0 :n3 \"7\" :none } ?x :p ?y }",
    "SELECT * { VALUES (?x ?y) { (:n0 :n0) (:n0 :n1) (:n1 :n0) (:none :n0) (:n5 \"3\") } ?x :p ?y }",
    "SELECT * { VALUES ?x { :n0 :n3 :n5 :n7 :n9 } ?x :p :n0 }",
    "SELECT * { VALUES ?x { :n0 :n3 :n5 :n7 } ?x :p ?x }",
    "SELECT (COUNT(*) AS ?n) { VALUES ?x { :n0 :n0 :n3 } ?x :p ?y }",
    "SELECT ?x (COUNT(*) AS ?n) { VALUES ?x { :n0 :n0 :n3 } ?x :p ?y . ?y :q ?z } GROUP BY ?x",
    "SELECT * { VALUES ?x { :n0 :n3 } GRAPH :g1 { ?x :p ?y } }",
    "SELECT * FROM :g1 FROM :g2 { VALUES ?x { :n0 :n3 :n8 } ?x :p ?y }",
    "SELECT * { VALUES ?x { :n1 :n2 } ?x :p ?y . ?z :q ?y }",
    "SELECT ?x ?y { VALUES ?x { :n4 :n6 } ?x :p ?y } LIMIT 1000",
};

TEST(EdgeLookUp, GivesWhatTheIndexGives) {
  Store indexed = filled(0);
  Store store = filled(std::size_t{64} << 20);
  Session plain = indexed.session();
  Session session = store.session();
  const std::string changes[] = {"",
                                 "INSERT DATA { :n3 :p :new . :new :p :n0 . GRAPH :g1 { :n3 :p :other } }",
                                 "DELETE WHERE { :n0 :p ?y }"};
  for (const std::string& change : changes) {
    if (!change.empty()) {
      plain.update("PREFIX : <http://e/> " + change);
      session.update("PREFIX : <http://e/> " + change);
    }
    for (const std::string& query : kQueries) {
      const Answer expected = ask(plain, query);
      EXPECT_FALSE(expected.in_memory) << query;
      bool was_in_memory = false;
      for (int round = 0; round < 200 && !was_in_memory; ++round) {
        const Answer answer = ask(session, query);
        ASSERT_EQ(answer.rows, expected.rows) << query << " after " << change;
        was_in_memory = answer.in_memory;
      }
      EXPECT_TRUE(was_in_memory) << query << " after " << change;
    }
  }
}

TEST(EdgeLookUp, LeavesGraphVariablesToTheIndex) {
  Store indexed = filled(0);
  Store store = filled(std::size_t{64} << 20);
  Session plain = indexed.session();
  Session session = store.session();
  for (const std::string query : {"SELECT * { VALUES ?x { :n0 :n3 } GRAPH ?g { ?x :p ?y } }",
                                  "SELECT * { VALUES ?x { :n0 :n3 } ?x ?p ?y }"})
    for (int round = 0; round < 50; ++round) {
      const Answer answer = ask(session, query);
      ASSERT_EQ(answer.rows, ask(plain, query).rows) << query;
      ASSERT_FALSE(answer.in_memory) << query;
    }
}

// One look-up does not bring thousands of edges to memory; many do.
TEST(EdgeLookUp, WaitsUntilTheIndexHasCostAsMuch) {
  Store store = filled(std::size_t{64} << 20);
  Session session = store.session();
  const std::string query = "SELECT * { VALUES ?x { :n3 } ?x :p ?y }";
  int rounds = 0;
  while (rounds < 1000 && !ask(session, query).in_memory) ++rounds;
  EXPECT_GT(rounds, 5);
  EXPECT_LT(rounds, 1000);
}

TEST(EdgeLookUp, AnswersFromSeveralThreads) {
  Store indexed = filled(0);
  Store store = filled(std::size_t{64} << 20);
  Session plain = indexed.session();
  Session session = store.session();
  const std::string query = "SELECT ?z (COUNT(*) AS ?n) { ?x :p ?y . ?y :q ?z } GROUP BY ?z";
  QueryOptions options;
  options.threads = 2;
  options.parallel_rows = 100;
  std::vector<std::string> expected = ask(plain, query).rows;
  for (int round = 0; round < 20; ++round) {
    Result result = session.query("PREFIX : <http://e/> " + query, options);
    std::vector<std::string> rows;
    while (result.next()) rows.push_back(result.get(0)->to_string() + " " + result.get(1)->to_string() + " ");
    std::sort(rows.begin(), rows.end());
    ASSERT_EQ(rows, expected);
  }
}

}  // namespace
