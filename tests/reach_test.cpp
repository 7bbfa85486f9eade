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

TEST_F(ReachTest, AllWaysReachTheSame) {
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
    PathEdges in_memory(context, automaton, scope);
    RC_ASSERT(in_memory.build({true, true}));
    for (const bool inverse : {false, true}) {
      std::optional<PathClosure> closure;
      const Directions direction{!inverse, inverse};
      if (!automaton.labels.empty())
        closure.emplace(context, automaton, inverse, in_memory.get(direction, false),
                        in_memory.get(direction, true));
      std::uint64_t pairs = 0;
      for (Id start : nodes) {
        const std::set<Id> expected = reached(index, start, inverse);
        RC_ASSERT(reached(memory, start, inverse) == expected);
        for (Id end : nodes) {
          const Id from = inverse ? end : start;
          const Id to = inverse ? start : end;
          RC_ASSERT(index.connects(from, to) == (expected.count(end) > 0));
          RC_ASSERT(memory.connects(from, to) == (expected.count(end) > 0));
        }
        if (!closure || closure->nodes().find(start) == AdjacencyNodes::kNone) continue;
        pairs += expected.size();
        std::vector<Id> ends;
        closure->reach(start, ends);
        RC_ASSERT(std::set<Id>(ends.begin(), ends.end()) == expected);
        RC_ASSERT(ends.size() == expected.size());
        for (Id end : nodes) RC_ASSERT(closure->connects(start, end) == (expected.count(end) > 0));
      }
      if (closure) RC_ASSERT(closure->count() == pairs);
    }
    std::uint64_t pairs = 0;
    for (Id start : index.sources(false)) pairs += reached(index, start, false).size();
    for (const bool inverse : {false, true}) {
      RC_ASSERT(index.count(inverse) == pairs);
      RC_ASSERT(memory.count(inverse) == pairs);
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

// Two edges a node to anywhere: one large component, and nodes before and behind it.
std::vector<std::pair<int, int>> tangle(int nodes) {
  std::vector<std::pair<int, int>> edges;
  std::uint64_t state = 12345;
  const auto random = [&] {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<int>((state >> 33) % static_cast<std::uint64_t>(nodes));
  };
  for (int i = 0; i < 2 * nodes; ++i) edges.emplace_back(random(), random());
  return edges;
}

TEST_F(ReachTest, CountsWhatItWouldList) {
  insert(tangle(400));
  for (const char* path :
       {":p+", ":p*", ":p/:p/:p+", ":p{0,3}", "(:p/:p)+", "^:p+", "!()/:p*", ":p?|:p{3,}"}) {
    const PathAutomaton made = automaton(path);
    QueryContext context(database_->snapshot(), {}, nullptr);
    ReachSearch listing(context, made, {false, {kDefaultGraph}}, ReachSearch::Start::index);
    ReachSearch counting(context, made, {false, {kDefaultGraph}});
    EXPECT_EQ(counting.count(), listing.count()) << path;
    ASSERT_NE(counting.condensed(), nullptr);
    EXPECT_EQ(listing.condensed(), nullptr);
  }
}

TEST_F(ReachTest, CondensesWithoutRecursion) {
  // A chain that ends in a circle.
  constexpr int kLength = 100'000;
  std::vector<std::pair<int, int>> edges;
  for (int i = 0; i < kLength; ++i) edges.emplace_back(i, i + 1);
  edges.emplace_back(kLength, kLength - 9);
  insert(edges);
  const PathAutomaton plus = automaton(":p+");
  QueryContext context(database_->snapshot(), {}, nullptr);
  ReachSearch reach(context, plus, {false, {kDefaultGraph}});
  const std::uint64_t before = kLength + 1 - 10;  // nodes before the circle
  EXPECT_EQ(reach.count(), before * (before - 1) / 2 + before * 10 + 100);
  EXPECT_EQ(reach.condensed()->components(), before + 1);
  EXPECT_EQ(reach.condensed()->all_links(), before);
  // Each edge is looked at twice: for the components, and for what leads to what.
  EXPECT_EQ(reach.work().edges, 2U * (kLength + 1));
}

TEST_F(ReachTest, CondensesWhenManyStartsGoTheSameWays) {
  insert(tangle(2000));
  const PathAutomaton plus = automaton(":p+");
  QueryContext context(database_->snapshot(), {}, nullptr);
  ReachSearch reach(context, plus, {false, {kDefaultGraph}});
  ReachSearch alone(context, plus, {false, {kDefaultGraph}}, ReachSearch::Start::index);
  for (int start = 0; start < 200; ++start) {
    const Id id = node(start);
    if (!id.is_bound()) continue;
    ASSERT_EQ(reached(reach, id, false), reached(alone, id, false));
  }
  EXPECT_NE(reach.condensed(), nullptr);
  EXPECT_LT(reach.work().edges, 11U * 4000U);
  EXPECT_GT(alone.work().edges, 100U * 1000U);
}

TEST_F(ReachTest, WithoutRoomForTheClosureItSearches) {
  insert(tangle(1000));
  const PathAutomaton plus = automaton(":p+");
  QueryContext whole(database_->snapshot(), {}, nullptr);
  const std::uint64_t pairs = ReachSearch(whole, plus, {false, {kDefaultGraph}}).count();
  bool searched = false;
  for (std::size_t bytes = 60'000; bytes < 300'000; bytes += 20'000) {
    QueryLimits limits;
    limits.memory_bytes = bytes;
    QueryContext context(database_->snapshot(), limits, nullptr);
    ReachSearch reach(context, plus, {false, {kDefaultGraph}});
    try {
      EXPECT_EQ(reach.count(), pairs);
      searched = searched || reach.condensed() == nullptr;
    } catch (const LimitError& error) {
      EXPECT_EQ(error.reason(), LimitError::Reason::memory);
    }
    EXPECT_LE(context.budget().peak(), limits.memory_bytes);
  }
  EXPECT_TRUE(searched);
}

TEST_F(ReachTest, CountsFromEitherEnd) {
  // Ten thousand starts, one end.
  std::vector<std::pair<int, int>> edges;
  for (int i = 1; i <= 10'000; ++i) edges.emplace_back(i, 0);
  insert(edges);
  const PathAutomaton twice = automaton(":p{1,2}");
  QueryContext context(database_->snapshot(), {}, nullptr);
  ReachSearch reach(context, twice, {false, {kDefaultGraph}});
  EXPECT_EQ(reach.estimated_starts(false), 10'000);
  EXPECT_EQ(reach.estimated_starts(true), 1);
  EXPECT_EQ(reach.count(false), 10'000U);
  const std::uint64_t forwards = reach.work().edges;
  EXPECT_EQ(ReachSearch(context, twice, {false, {kDefaultGraph}}).count(true), 10'000U);
  EXPECT_GE(forwards, 10'000U);
}

}  // namespace
}  // namespace dossier
