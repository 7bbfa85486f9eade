// The edges in memory against the index that they are read of, and what a cache of them may hand out.
#include "engine/path/adjacency.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>
#include <thread>

#include "engine/dossier.h"
#include "engine/store/database.h"
#include "engine/store/loader.h"
#include "engine/store/transaction.h"

namespace dossier {
namespace {

using Edge = std::array<Id, 3>;  // source, predicate, target

class Graph {
 public:
  Graph() : database_(Database::open(":memory:", {})) {}
  Database& database() { return *database_; }

  void update(const std::function<void(WriteTransaction&)>& change) {
    const auto transaction = database_->begin();
    change(*transaction);
    transaction->commit();
  }
  void insert(const std::string& subject, const std::string& predicate, const std::string& object,
              const std::string& graph = "") {
    update([&](WriteTransaction& transaction) {
      transaction.insert(row(transaction, subject, predicate, object, graph));
    });
  }
  void erase(const std::string& subject, const std::string& predicate, const std::string& object,
             const std::string& graph = "") {
    update([&](WriteTransaction& transaction) {
      transaction.erase(row(transaction, subject, predicate, object, graph));
    });
  }
  static Row row(WriteTransaction& transaction, const std::string& subject, const std::string& predicate,
                 const std::string& object, const std::string& graph = "") {
    const auto id = [&](const std::string& name) { return transaction.intern(kIriByte + name); };
    return {id(subject), id(predicate), id(object), graph.empty() ? kDefaultGraph : id(graph)};
  }
  Id id(const std::string& name) const { return database_->snapshot()->find(kIriByte + name); }
  AdjacencyKey key(const std::vector<std::string>& predicates, bool backwards = false) const {
    AdjacencyKey key;
    key.scope.graphs = {kDefaultGraph};
    for (const auto& predicate : predicates) key.predicates.push_back(id(predicate));
    std::sort(key.predicates.begin(), key.predicates.end());
    key.backwards = backwards;
    return key;
  }

 private:
  std::unique_ptr<Database> database_;
};

// One query: a snapshot and what it shares.
struct Reader {
  explicit Reader(std::shared_ptr<const Snapshot> snapshot, AdjacencyCache* cache = nullptr,
                  const QueryLimits& limits = {}, const std::atomic<bool>* cancelled = nullptr)
      : context(std::move(snapshot), limits, cancelled) {
    if (cache != nullptr) context.share(*cache);
  }
  QueryContext context;
};

std::multiset<Edge> edges_of(const Adjacency& adjacency) {
  std::multiset<Edge> edges;
  for (std::uint32_t node = 0; node < adjacency.nodes().size(); ++node) {
    const auto targets = adjacency.targets(node);
    const auto predicates = adjacency.target_predicates(node);
    EXPECT_TRUE(std::is_sorted(predicates.begin(), predicates.end()));
    EXPECT_EQ(adjacency.degree(node), targets.size());
    EXPECT_EQ(adjacency.nodes().find(adjacency.nodes().id(node)), node);
    for (std::size_t i = 0; i < targets.size(); ++i) {
      const std::uint32_t predicate = predicates.empty() ? 0 : predicates[i];
      edges.insert(
          {adjacency.nodes().id(node), adjacency.predicates()[predicate], adjacency.nodes().id(targets[i])});
    }
    std::vector<std::uint32_t> by_predicate;
    for (std::uint32_t predicate = 0; predicate < adjacency.predicates().size(); ++predicate)
      for (std::uint32_t target : adjacency.targets(node, predicate)) by_predicate.push_back(target);
    EXPECT_TRUE(std::equal(targets.begin(), targets.end(), by_predicate.begin(), by_predicate.end()));
  }
  EXPECT_EQ(edges.size(), adjacency.edges());
  return edges;
}

// The same from single rows.
std::multiset<Edge> edges_of(const Snapshot& snapshot, const AdjacencyKey& key) {
  std::set<Edge> edges;
  const auto cursor = snapshot.scan({Permutation::spog, {}, 0}, kAllColumns);
  for (RowBlock block; cursor->next(block);)
    for (std::size_t i = 0; i < block.rows; ++i) {
      const Id s = block.columns[0][i], p = block.columns[1][i], o = block.columns[2][i];
      if (!key.scope.contains(block.columns[3][i])) continue;
      if (!key.any && !std::binary_search(key.predicates.begin(), key.predicates.end(), p)) continue;
      edges.insert(key.backwards ? Edge{o, p, s} : Edge{s, p, o});
    }
  return {edges.begin(), edges.end()};
}

TEST(Adjacency, HoldsTheEdgesOfItsKey) {
  Graph graph;
  graph.update([&](WriteTransaction& transaction) {
    for (const char* name : {"p0", "p1", "p2", "p3", "g1", "g2", "g3"})
      transaction.insert(Graph::row(transaction, "n0", "names", name));
  });
  EXPECT_TRUE(rc::check([&] {
    const auto number = rc::gen::inRange(0, 4);
    const auto quads = *rc::gen::container<std::vector<std::tuple<int, int, int, int>>>(
        rc::gen::tuple(number, number, number, number));
    AdjacencyKey key;
    key.backwards = *rc::gen::arbitrary<bool>();
    key.any = *rc::gen::arbitrary<bool>();
    if (!key.any)
      for (int predicate : *rc::gen::container<std::set<int>>(rc::gen::inRange(0, 4)))
        key.predicates.push_back(graph.id("p" + std::to_string(predicate)));
    key.scope.all = *rc::gen::arbitrary<bool>();
    if (!key.scope.all)
      for (int g : *rc::gen::container<std::set<int>>(rc::gen::inRange(0, 4)))
        key.scope.graphs.push_back(g == 0 ? kDefaultGraph : graph.id("g" + std::to_string(g)));
    std::sort(key.predicates.begin(), key.predicates.end());
    std::sort(key.scope.graphs.begin(), key.scope.graphs.end());

    // A transaction that is rolled back at the end.
    const auto transaction = graph.database().begin();
    for (const auto& [s, p, o, g] : quads) {
      Row row = Graph::row(*transaction, "n" + std::to_string(s), "p" + std::to_string(p),
                           "n" + std::to_string(o), g == 0 ? "" : "g" + std::to_string(g));
      if (o == 3) row[2] = Id::make(Tag::integer, 77);
      transaction->insert(row);
    }
    Reader reader(transaction->snapshot());
    AdjacencyUse use(reader.context, key);
    const Adjacency* adjacency = use.build();
    RC_ASSERT(adjacency != nullptr);
    RC_ASSERT(edges_of(*adjacency) == edges_of(reader.context.snapshot(), key));
  }));
}

TEST(AdjacencyNodes, FindsIdsOfAllKindsAndNoOthers) {
  std::vector<Id> ids{Id::make(Tag::iri, 5),      Id::make(Tag::iri, 6),
                      Id::make(Tag::iri, 400),    Id::make(Tag::blank, 7),
                      Id::make(Tag::literal, 1),  Id::make(Tag::literal, std::uint64_t{1} << 50),
                      Id::make(Tag::integer, 12), Id::make(Tag::date, 1234567890123)};
  const AdjacencyNodes nodes(ids);
  for (std::uint32_t i = 0; i < ids.size(); ++i) {
    EXPECT_EQ(nodes.find(ids[i]), i);
    EXPECT_EQ(nodes.id(i), ids[i]);
    const std::uint64_t bits = ids[i].bits;
    for (const std::uint64_t other : {bits + 1, bits - 1, bits + 64, bits ^ (std::uint64_t{1} << 59)}) {
      const bool known = std::find(ids.begin(), ids.end(), Id{other}) != ids.end();
      EXPECT_EQ(nodes.find(Id{other}) != AdjacencyNodes::kNone, known) << other;
    }
  }
  EXPECT_EQ(AdjacencyNodes({}).find(ids[0]), AdjacencyNodes::kNone);
}

TEST(AdjacencyCache, ServesOtherQueriesOfTheSameState) {
  Graph graph;
  graph.insert("a", "p", "b");
  graph.insert("a", "q", "c");
  AdjacencyCache cache(1 << 20);
  Reader first(graph.database().snapshot(), &cache);
  AdjacencyUse made(first.context, graph.key({"p"}));
  EXPECT_EQ(made.standing(), nullptr);
  const Adjacency* adjacency = made.build();
  ASSERT_NE(adjacency, nullptr);
  EXPECT_EQ(cache.bytes(), adjacency->bytes());

  // Another predicate and another graph change; this one does not.
  graph.insert("b", "q", "c");
  graph.insert("b", "p", "c", "g");
  Reader second(graph.database().snapshot(), &cache);
  EXPECT_EQ(AdjacencyUse(second.context, graph.key({"p"})).standing(), adjacency);
  EXPECT_EQ(AdjacencyUse(second.context, graph.key({"q"})).standing(), nullptr);
  EXPECT_EQ(AdjacencyUse(second.context, graph.key({"p"}, true)).standing(), nullptr);
  AdjacencyKey all = graph.key({"p"});
  all.scope = {true, {}};
  EXPECT_EQ(AdjacencyUse(second.context, all).standing(), nullptr);
}

TEST(AdjacencyCache, DirectionsShareTheirNumbers) {
  Graph graph;
  graph.insert("a", "p", "b");
  AdjacencyCache cache(1 << 20);
  Reader reader(graph.database().snapshot(), &cache);
  AdjacencyUse forwards(reader.context, graph.key({"p"}));
  AdjacencyUse backwards(reader.context, graph.key({"p"}, true));
  EXPECT_EQ(&forwards.build()->nodes(), &backwards.build()->nodes());
}

TEST(AdjacencyCache, IsNotTakenForAnotherState) {
  Graph graph;
  graph.insert("a", "p", "b");
  AdjacencyCache cache(1 << 20);
  Reader before(graph.database().snapshot(), &cache);
  const AdjacencyKey key = graph.key({"p"});
  AdjacencyUse(before.context, key).build();

  // The number of rows stays the same: what counts is that they changed.
  graph.update([&](WriteTransaction& transaction) {
    transaction.erase(Graph::row(transaction, "a", "p", "b"));
    transaction.insert(Graph::row(transaction, "a", "p", "c"));
  });
  Reader after(graph.database().snapshot(), &cache);
  AdjacencyUse use(after.context, key);
  EXPECT_EQ(use.standing(), nullptr);
  const Adjacency* adjacency = use.build();
  EXPECT_EQ(edges_of(*adjacency), (std::multiset<Edge>{{graph.id("a"), graph.id("p"), graph.id("c")}}));

  // A query that began before the change reads what was then, and does not put the new one out of the cache.
  AdjacencyUse old(before.context, key);
  EXPECT_EQ(old.standing(), nullptr);
  EXPECT_EQ(edges_of(*old.build()), (std::multiset<Edge>{{graph.id("a"), graph.id("p"), graph.id("b")}}));
  Reader again(graph.database().snapshot(), &cache);
  EXPECT_EQ(AdjacencyUse(again.context, key).standing(), adjacency);
}

TEST(AdjacencyCache, LoadsAndFoldsAreToldApart) {
  Graph graph;
  graph.insert("a", "p", "b");
  AdjacencyCache cache(1 << 20);
  AdjacencyKey key;
  key.any = true;
  key.scope.all = true;
  Reader before(graph.database().snapshot(), &cache);
  const Adjacency* adjacency = AdjacencyUse(before.context, key).build();
  graph.database().compact();
  Reader folded(graph.database().snapshot(), &cache);
  EXPECT_EQ(AdjacencyUse(folded.context, key).standing(), adjacency);
  LoadOptions options;
  options.format = Format::nt;
  load(graph.database(), {{"text", "<http://a> <http://q> <http://b> .", {}, {}}}, options);
  Reader loaded(graph.database().snapshot(), &cache);
  EXPECT_EQ(AdjacencyUse(loaded.context, key).standing(), nullptr);
}

TEST(AdjacencyCache, ATransactionNeitherFillsNorReadsIt) {
  Graph graph;
  graph.insert("a", "p", "b");
  AdjacencyCache cache(1 << 20);
  const AdjacencyKey key = graph.key({"p"});
  Reader committed(graph.database().snapshot(), &cache);
  AdjacencyUse(committed.context, key).build();
  const std::size_t bytes = cache.bytes();

  const auto transaction = graph.database().begin();
  transaction->insert(Graph::row(*transaction, "b", "p", "a"));
  Reader inside(transaction->snapshot(), &cache);
  AdjacencyUse own(inside.context, key);
  EXPECT_EQ(own.standing(), nullptr);
  EXPECT_EQ(own.build()->edges(), 2U);
  EXPECT_EQ(cache.bytes(), bytes);
  transaction->rollback();
  Reader outside(graph.database().snapshot(), &cache);
  ASSERT_NE(AdjacencyUse(outside.context, key).standing(), nullptr);
  EXPECT_EQ(AdjacencyUse(outside.context, key).standing()->edges(), 1U);
}

TEST(AdjacencyCache, DropsTheLeastRecentlyUsed) {
  Graph graph;
  for (const char* predicate : {"p", "q", "r"}) graph.insert("a", predicate, "b");
  Reader reader(graph.database().snapshot());
  AdjacencyUse one(reader.context, graph.key({"p"}));
  const std::size_t bytes = one.build()->bytes();
  AdjacencyCache cache(2 * bytes + bytes / 2);
  Reader sharing(graph.database().snapshot(), &cache);
  const auto stands = [&](const char* predicate) {
    return AdjacencyUse(sharing.context, graph.key({predicate})).standing() != nullptr;
  };
  AdjacencyUse(sharing.context, graph.key({"p"})).build();
  AdjacencyUse(sharing.context, graph.key({"q"})).build();
  EXPECT_TRUE(stands("p"));
  AdjacencyUse(sharing.context, graph.key({"r"})).build();
  EXPECT_TRUE(stands("p"));
  EXPECT_FALSE(stands("q"));
  EXPECT_TRUE(stands("r"));
  EXPECT_LE(cache.bytes(), cache.most_bytes());
}

TEST(AdjacencyCache, WhatHasNoRoomCountsAgainstTheQuery) {
  Graph graph;
  graph.insert("a", "p", "b");
  AdjacencyCache cache(10);
  Reader reader(graph.database().snapshot(), &cache);
  {
    AdjacencyUse use(reader.context, graph.key({"p"}));
    const Adjacency* adjacency = use.build();
    ASSERT_NE(adjacency, nullptr);
    EXPECT_EQ(cache.bytes(), 0U);
    EXPECT_EQ(reader.context.budget().used(), adjacency->bytes());
  }
  EXPECT_EQ(reader.context.budget().used(), 0U);
}

TEST(AdjacencyUse, QueriesAddUpWhatTheySpendInTheIndex) {
  Graph graph;
  graph.insert("a", "p", "b");
  AdjacencyCache cache(1 << 20);
  Reader reader(graph.database().snapshot(), &cache);
  const AdjacencyKey key = graph.key({"p"});
  AdjacencyUse(reader.context, key).spend(1000);
  AdjacencyUse second(reader.context, key);
  second.spend(500);
  EXPECT_EQ(second.account(), 1500U);
  EXPECT_EQ(AdjacencyUse(reader.context, graph.key({"p"}, true)).account(), 0U);
  EXPECT_GT(second.worthwhile(), 1500U);
  ASSERT_NE(second.build(), nullptr);
  EXPECT_EQ(AdjacencyUse(reader.context, key).account(), 0U);

  // What would not be kept for others is each query's own matter.
  AdjacencyCache none(0);
  Reader alone(graph.database().snapshot(), &none);
  AdjacencyUse(alone.context, key).spend(1000);
  AdjacencyUse own(alone.context, key);
  own.spend(500);
  EXPECT_EQ(own.account(), 500U);
}

TEST(AdjacencyUse, StaysWithinTheBudget) {
  Graph graph;
  graph.update([](WriteTransaction& transaction) {
    for (int i = 0; i < 2000; ++i)
      transaction.insert(Graph::row(transaction, "n" + std::to_string(i), "p", "n" + std::to_string(i + 1)));
  });
  QueryLimits limits;
  limits.memory_bytes = 20'000;
  AdjacencyCache cache(1 << 20);
  Reader reader(graph.database().snapshot(), &cache, limits);
  AdjacencyUse use(reader.context, graph.key({"p"}));
  EXPECT_EQ(use.build(), nullptr);
  EXPECT_EQ(reader.context.budget().used(), 0U);
  EXPECT_LE(reader.context.budget().peak(), limits.memory_bytes);
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST(AdjacencyUse, BuildingCanBeCancelled) {
  Graph graph;
  graph.insert("a", "p", "b");
  const std::atomic<bool> cancelled{true};
  AdjacencyCache cache(1 << 20);
  Reader reader(graph.database().snapshot(), &cache, {}, &cancelled);
  AdjacencyUse use(reader.context, graph.key({"p"}));
  EXPECT_THROW(use.build(), LimitError);
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST(AdjacencyCache, ManyThreadsShareOneWhileAnotherWrites) {
  Graph graph;
  graph.insert("n0", "p", "n1");
  graph.insert("n0", "q", "n1");
  AdjacencyCache cache(1 << 20);
  const AdjacencyKey key = graph.key({"p"});
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i)
    readers.emplace_back([&] {
      while (!done.load()) {
        Reader reader(graph.database().snapshot(), &cache);
        AdjacencyUse use(reader.context, key);
        EXPECT_EQ(edges_of(*use.build()), edges_of(reader.context.snapshot(), key));
      }
    });
  for (int i = 1; i < 60; ++i)
    graph.insert("n" + std::to_string(i), i % 3 == 0 ? "p" : "q", "n" + std::to_string(i + 1));
  done = true;
  for (auto& reader : readers) reader.join();
}

TEST(Adjacency, SessionsReadWhatTheirSnapshotHolds) {
  Store store = Store::open(":memory:");
  std::string chain;
  const auto edge = [](int from) {
    return "<http://e/n" + std::to_string(from) + "> <http://e/p> <http://e/n" + std::to_string(from + 1) +
           "> .\n";
  };
  for (int i = 0; i < 5000; ++i) chain += edge(i);
  store.load_text(chain, Format::nt);
  Session writer = store.session();
  Session reader = store.session();
  const std::string query = "SELECT (COUNT(*) AS ?n) { <http://e/n0> <http://e/p>+ ?y }";
  const auto count = [&](Session& session) {
    Result result = session.query(query);
    EXPECT_TRUE(result.next());
    return std::string(result.get(0)->value());
  };
  EXPECT_EQ(count(reader), "5000");
  EXPECT_THAT(reader.explain(query, {}, true), ::testing::HasSubstr("edges 5000 in memory, levels"));
  writer.update("INSERT DATA { " + edge(5000) + " }");
  EXPECT_EQ(count(reader), "5001");
  writer.begin();
  writer.update("INSERT DATA { " + edge(5001) + " } ; DELETE DATA { " + edge(20) + " }");
  EXPECT_EQ(count(writer), "20");
  EXPECT_EQ(count(reader), "5001");
  writer.rollback();
  EXPECT_EQ(count(writer), "5001");
  writer.update("DELETE DATA { " + edge(10) + " }");
  EXPECT_EQ(count(reader), "10");
}

}  // namespace
}  // namespace dossier
