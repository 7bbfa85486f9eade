// Searches for property paths: the ways through index and memory against each other, and the edges that they
// touch.
#include "engine/path/reach.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>

#include "engine/dossier.h"
#include "engine/store/database.h"
#include "engine/store/transaction.h"
#include "grammar/parse.h"

namespace dossier {
namespace {

grammar::Path parse_path(const std::string& text) {
  const grammar::Query query =
      grammar::parse_query("PREFIX : <http://e/> SELECT * { ?x (" + text + "){1} ?y }", {});
  const auto& where = std::get<grammar::SelectQuery>(query.form).where;
  return *std::get<grammar::Box<grammar::Path>>(
      std::get<grammar::TriplesBlock>(where.elements[0]).triples[0].verb);
}

std::string random_path(int depth) {
  const auto part = [&] { return "(" + random_path(depth - 1) + ")"; };
  switch (depth == 0 ? *rc::gen::inRange(0, 4) : *rc::gen::inRange(0, 10)) {
    case 0:
      return ":p";
    case 1:
      return "^:q";
    case 2:
      return *rc::gen::element(std::string("!:p"), std::string("!()"), std::string("!(:q|^:p)"));
    case 3:
      return *rc::gen::element(std::string(":r"), std::string(":nowhere"));
    case 4:
      return part() + "/" + part();
    case 5:
      return part() + "|" + part();
    case 6:
      return part() + "*";
    case 7:
      return part() + "+";
    case 8:
      return "^" + part();
    default:
      return part() + *rc::gen::element(std::string("?"), std::string("{2,3}"), std::string("{2,}"));
  }
}

class ReachTest : public ::testing::Test {
 protected:
  ReachTest() : database_(Database::open(":memory:", {})) {}

  static Id node(WriteTransaction& transaction, int number) {
    return transaction.intern(kIriByte + ("http://e/n" + std::to_string(number)));
  }
  Id node(int number) const { return find("n" + std::to_string(number)); }
  Id find(const std::string& name) const {
    return database_->snapshot()->find(kIriByte + ("http://e/" + name));
  }
  void insert(const std::vector<std::pair<int, int>>& edges) {
    const auto transaction = database_->begin();
    const Id predicate = transaction->intern(kIriByte + std::string("http://e/p"));
    std::vector<Row> rows;
    for (const auto& [from, to] : edges)
      rows.push_back({node(*transaction, from), predicate, node(*transaction, to), kDefaultGraph});
    transaction->insert(rows);
    transaction->commit();
  }
  PathAutomaton automaton(const std::string& path) const {
    return build_automaton(parse_path(path), [&](const std::string& iri) {
      return database_->snapshot()->find(kIriByte + iri);
    });
  }

  std::unique_ptr<Database> database_;
};

std::set<Id> reached(ReachSearch& search, Id start, bool inverse) {
  std::vector<Id> out;
  search.reach(start, inverse, out);
  const std::set<Id> all(out.begin(), out.end());
  EXPECT_EQ(all.size(), out.size()) << "a pair came twice";
  return all;
}

TEST_F(ReachTest, IndexAndMemoryReachTheSame) {
  EXPECT_TRUE(rc::check([&] {
    const auto transaction = database_->begin();
    std::vector<Id> nodes;
    for (int i = 0; i < 6; ++i) nodes.push_back(node(*transaction, i));
    std::array<Id, 3> predicates;
    for (std::size_t i = 0; i < 3; ++i)
      predicates[i] = transaction->intern(kIriByte + std::string("http://e/") + "pqr"[i]);
    const Id graph = transaction->intern(kIriByte + std::string("http://e/g"));
    const auto edges = *rc::gen::container<std::vector<std::tuple<int, int, int, bool>>>(rc::gen::tuple(
        rc::gen::inRange(0, 5), rc::gen::inRange(0, 3), rc::gen::inRange(0, 5), rc::gen::arbitrary<bool>()));
    for (const auto& [s, p, o, named] : edges)
      transaction->insert({nodes[static_cast<std::size_t>(s)], predicates[static_cast<std::size_t>(p)],
                           nodes[static_cast<std::size_t>(o)], named ? graph : kDefaultGraph});
    GraphScope scope;
    scope.all = *rc::gen::arbitrary<bool>();
    if (!scope.all) scope.graphs = {kDefaultGraph};
    const std::string text = random_path(3);
    RC_LOG() << text << std::endl;
    QueryContext context(transaction->snapshot(), {}, nullptr);
    const PathAutomaton automaton = build_automaton(
        parse_path(text), [&](const std::string& iri) { return context.snapshot().find(kIriByte + iri); });
    ReachSearch index(context, automaton, scope, ReachSearch::Start::index);
    ReachSearch memory(context, automaton, scope, ReachSearch::Start::memory);
    for (const bool inverse : {false, true})
      for (Id start : nodes) {
        const std::set<Id> expected = reached(index, start, inverse);
        RC_ASSERT(reached(memory, start, inverse) == expected);
        for (Id end : nodes) {
          const Id from = inverse ? end : start;
          const Id to = inverse ? start : end;
          RC_ASSERT(index.connects(from, to) == (expected.count(end) > 0));
          RC_ASSERT(memory.connects(from, to) == (expected.count(end) > 0));
        }
      }
  }));
}

// A chain of twenty thousand edges, and a thousand dead ends at its first node.
TEST_F(ReachTest, GoesOnInMemoryWhenItHasGrown) {
  std::vector<std::pair<int, int>> edges;
  constexpr int kLength = 20'000;
  for (int i = 0; i < kLength; ++i) edges.emplace_back(i, i + 1);
  for (int i = 0; i < 1000; ++i) edges.emplace_back(0, kLength + 1 + i);
  insert(edges);
  const PathAutomaton plus = automaton(":p+");
  AdjacencyCache cache(std::size_t{1} << 26);
  const auto search = [&](int start, bool& in_memory) {
    QueryContext context(database_->snapshot(), {}, nullptr);
    context.share(cache);
    ReachSearch reach(context, plus, {false, {kDefaultGraph}});
    std::vector<Id> out;
    reach.reach(node(start), false, out);
    in_memory = reach.in_memory();
    EXPECT_EQ(reach.work().edges, out.size());
    return out.size();
  };
  bool in_memory = true;
  EXPECT_EQ(search(kLength - 5, in_memory), 5U);
  EXPECT_FALSE(in_memory) << "a small search brings nothing to memory";
  EXPECT_EQ(cache.bytes(), 0U);
  EXPECT_EQ(search(0, in_memory), std::size_t{kLength + 1000});
  EXPECT_TRUE(in_memory);
  EXPECT_GT(cache.bytes(), 0U);
  EXPECT_EQ(search(kLength - 5, in_memory), 5U);
  EXPECT_TRUE(in_memory) << "the edges were in memory already";
}

TEST_F(ReachTest, StaysInTheIndexWithoutRoom) {
  std::vector<std::pair<int, int>> edges;
  for (int i = 0; i < 3000; ++i) edges.emplace_back(i, i + 1);
  insert(edges);
  const PathAutomaton plus = automaton(":p+");
  QueryLimits limits;
  limits.memory_bytes = 150'000;
  QueryContext context(database_->snapshot(), limits, nullptr);
  ReachSearch reach(context, plus, {false, {kDefaultGraph}});
  std::vector<Id> out;
  reach.reach(node(0), false, out);
  EXPECT_EQ(out.size(), 3000U);
  EXPECT_FALSE(reach.in_memory());
}

TEST_F(ReachTest, TakesTheCheaperEnd) {
  // From 0 one may go to ten thousand nodes; to the end leads one edge.
  std::vector<std::pair<int, int>> edges;
  for (int i = 1; i <= 10'000; ++i) edges.emplace_back(0, i);
  for (int i = 1; i <= 10'000; ++i) edges.emplace_back(i, 10'000 + i);
  insert(edges);
  const PathAutomaton plus = automaton(":p+");
  for (const auto start : {ReachSearch::Start::index, ReachSearch::Start::memory}) {
    QueryContext context(database_->snapshot(), {}, nullptr);
    ReachSearch reach(context, plus, {false, {kDefaultGraph}}, start);
    EXPECT_TRUE(reach.connects(node(0), node(10'007)));
    EXPECT_LE(reach.work().edges, 3U);
    EXPECT_FALSE(reach.connects(node(1), node(10'007)));
    EXPECT_LE(reach.work().edges, 6U);
  }
}

TEST_F(ReachTest, ReadsAlternativesTogetherInMemory) {
  const auto transaction = database_->begin();
  for (int i = 0; i < 10; ++i)
    for (const char* predicate : {"p", "q", "r"})
      transaction->insert({node(*transaction, i),
                           transaction->intern(kIriByte + ("http://e/" + std::string(predicate))),
                           node(*transaction, i + 1), kDefaultGraph});
  transaction->commit();
  const auto edges = [&](const std::string& path) {
    const PathAutomaton made = automaton(path);
    QueryContext context(database_->snapshot(), {}, nullptr);
    ReachSearch reach(context, made, {false, {kDefaultGraph}}, ReachSearch::Start::memory);
    std::vector<Id> out;
    reach.reach(node(0), false, out);
    EXPECT_EQ(out.size(), 10U) << path;
    return reach.work().edges;
  };
  EXPECT_EQ(edges("(:p|:q|:r)+"), 30U);
  EXPECT_EQ(edges(":p+"), 10U);
  EXPECT_EQ(edges("(:p|:p)+"), 10U);
  // Another predicate that the expression needs elsewhere costs nothing where it is not walked.
  EXPECT_EQ(edges("((:p+)|(:r/:q/:r/:q))"), 10U + 4U);
}

TEST_F(ReachTest, CostsNothingForStatesThatAreNotReached) {
  insert({{0, 1}, {1, 2}});
  const PathAutomaton many = automaton("(:p{0,100}){0,1000}");
  EXPECT_GT(many.states(), 90'000U);
  QueryContext context(database_->snapshot(), {}, nullptr);
  for (const auto start : {ReachSearch::Start::index, ReachSearch::Start::memory}) {
    ReachSearch reach(context, many, {false, {kDefaultGraph}}, start);
    for (int i = 0; i < 1000; ++i) {
      std::vector<Id> out;
      reach.reach(node(0), false, out);
      ASSERT_EQ(out.size(), 3U);
    }
  }
}

TEST_F(ReachTest, CanBeCancelled) {
  insert({{0, 1}, {1, 2}});
  const PathAutomaton plus = automaton(":p+");
  std::atomic<bool> cancelled{false};
  for (const auto start : {ReachSearch::Start::index, ReachSearch::Start::memory}) {
    cancelled = false;
    QueryContext context(database_->snapshot(), {}, &cancelled);
    ReachSearch reach(context, plus, {false, {kDefaultGraph}}, start);
    std::vector<Id> out;
    reach.reach(node(0), false, out);
    cancelled = true;
    EXPECT_THROW(reach.reach(node(0), false, out), LimitError);
  }
}

TEST_F(ReachTest, ALimitStopsIt) {
  std::vector<std::pair<int, int>> edges;
  for (int i = 0; i < 5000; ++i) edges.emplace_back(i, i + 1);
  insert(edges);
  const PathAutomaton plus = automaton(":p+");
  QueryContext context(database_->snapshot(), {}, nullptr);
  ReachSearch reach(context, plus, {false, {kDefaultGraph}});
  reach.begin(node(0), false);
  std::vector<Id> out;
  ASSERT_TRUE(reach.more(out));
  EXPECT_EQ(out.size(), 1U);
  EXPECT_EQ(reach.work().edges, 1U);
}

}  // namespace
}  // namespace dossier
