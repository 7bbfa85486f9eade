// Plans that are kept for queries of the same text: whose they are, when they are dropped, and that no answer
// changes by them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/dossier.h"
#include "engine/plan_cache.h"
#include "engine/query/query.h"
#include "engine/store/database.h"
#include "grammar/parse.h"
#include "tests/program.h"

namespace dossier {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class PlanCacheTest : public ::testing::Test {
 protected:
  PlanCacheTest() : database_(Database::open(":memory:", {})) { basis_.version = database_->version(); }

  PlannedQuery plan() {
    PlannedQuery made;
    made.context = std::make_unique<QueryContext>(database_->snapshot(), QueryLimits{}, nullptr);
    made.execution = execute(grammar::parse_query("SELECT * { ?s ?p ?o }"), *made.context);
    return made;
  }
  void give(PlanCache& plans, const std::string& key) { plans.give(key, plan(), basis_, basis_); }

  std::unique_ptr<Database> database_;
  PlanBasis basis_;
};

TEST_F(PlanCacheTest, OneQueryTakesAPlan) {
  PlanCache plans(4);
  EXPECT_FALSE(plans.take("a", basis_));
  give(plans, "a");
  EXPECT_FALSE(plans.take("b", basis_));
  const auto taken = plans.take("a", basis_);
  ASSERT_TRUE(taken);
  Batch batch;
  EXPECT_FALSE(taken->execution->next(batch));
  EXPECT_FALSE(plans.take("a", basis_));
  EXPECT_EQ(plans.taken(), 1U);
}

TEST_F(PlanCacheTest, SeveralOfTheSameTextAreKept) {
  PlanCache plans(4);
  give(plans, "a");
  give(plans, "a");
  EXPECT_TRUE(plans.take("a", basis_));
  EXPECT_TRUE(plans.take("a", basis_));
  EXPECT_FALSE(plans.take("a", basis_));
}

TEST_F(PlanCacheTest, TheOneUsedLongestAgoGoes) {
  PlanCache plans(2);
  for (const char* key : {"a", "b", "a", "c"}) give(plans, key);
  EXPECT_EQ(plans.size(), 2U);
  EXPECT_FALSE(plans.take("b", basis_));
  EXPECT_TRUE(plans.take("a", basis_));
  EXPECT_TRUE(plans.take("c", basis_));
}

TEST_F(PlanCacheTest, HoldsForOneStateOfTheStoreAndOfTheEdgesInMemory) {
  PlanCache plans(4);
  PlanBasis edges = basis_;
  ++edges.adjacencies;
  give(plans, "a");
  EXPECT_FALSE(plans.take("a", edges));
  EXPECT_EQ(plans.size(), 0U);
  plans.give("a", plan(), basis_, edges);
  EXPECT_EQ(plans.size(), 0U) << "made for a state that is past";
  give(plans, "a");
  auto transaction = database_->begin();
  const Id s = transaction->intern("\x01http://e/s");
  transaction->insert({s, s, s, kDefaultGraph});
  transaction->commit();
  PlanBasis later;
  later.version = database_->version();
  EXPECT_FALSE(plans.take("a", later));
}

// Which plans can be set back: what is not among them is planned at each run.
TEST_F(PlanCacheTest, PlansThatKnowTheirRunAreNotSetBack) {
  const auto rewinds = [&](const std::string& text) {
    QueryContext context(database_->snapshot(), {}, nullptr);
    const auto execution = execute(grammar::parse_query(text), context);
    if (execution->kind() == Execution::Kind::boolean) execution->boolean();
    Batch batch;
    while (execution->kind() != Execution::Kind::boolean && execution->next(batch)) {
    }
    return execution->rewind();
  };
  EXPECT_TRUE(rewinds("SELECT * { ?s <p> ?o . ?o <q> ?z FILTER (?z > 3) } ORDER BY ?z LIMIT 3"));
  EXPECT_TRUE(rewinds("SELECT ?s (COUNT(*) AS ?n) { ?s <p>+ ?o } GROUP BY ?s"));
  EXPECT_TRUE(rewinds(
      "SELECT DISTINCT ?s { { ?s <p> 1 } UNION { ?s <q> 2 } OPTIONAL { ?s <r> ?x } MINUS { ?s <t> 1 } }"));
  EXPECT_TRUE(rewinds("ASK { VALUES ?s { 1 2 } }"));
  EXPECT_TRUE(rewinds("CONSTRUCT { ?s <q> ?o } WHERE { ?s <p> ?o }"));
  EXPECT_TRUE(rewinds("SELECT (RAND() AS ?x) {}"));
  EXPECT_FALSE(rewinds("SELECT (NOW() AS ?x) {}"));
  EXPECT_FALSE(rewinds("SELECT (UUID() AS ?x) {}"));
  EXPECT_FALSE(rewinds("SELECT (BNODE('a') AS ?x) {}"));
  EXPECT_FALSE(rewinds("SELECT (CONCAT(STR(?a), ' is no term that an id holds') AS ?b) { VALUES ?a { 1 } }"));
  EXPECT_FALSE(rewinds("SELECT * { VALUES ?s { 1 } FILTER NOT EXISTS { ?s <p> ?o } }"));
}

// ---- through the API

class KeptPlans : public ::testing::Test {
 protected:
  KeptPlans() : store_(Store::open(":memory:")), session_(store_.session()) {
    session_.update(
        "PREFIX : <http://e/> INSERT DATA { :a :p :b, :c . :b :p :c . :c :v 1 . :b :v 2 . GRAPH :g { :z :p "
        ":y } }");
  }
  std::vector<std::string> ask(Session& session, const std::string& query, const QueryOptions& options = {}) {
    Result result = session.query("PREFIX : <http://e/> " + query, options);
    std::vector<std::string> rows;
    while (result.next()) {
      std::string row;
      for (std::size_t i = 0; i < result.variables().size(); ++i)
        row += (i > 0 ? " " : "") + (result.get(i) ? std::string(result.get(i)->value()) : "-");
      rows.push_back(row);
    }
    return rows;
  }
  std::vector<std::string> ask(const std::string& query, const QueryOptions& options = {}) {
    return ask(session_, query, options);
  }

  static constexpr const char* kValues = "SELECT ?v { ?x :v ?v } ORDER BY ?v";
  Store store_;
  Session session_;
};

TEST_F(KeptPlans, SeeWhatWasCommittedMeanwhile) {
  EXPECT_THAT(ask(kValues), ElementsAre("1", "2"));
  EXPECT_THAT(ask(kValues), ElementsAre("1", "2"));
  session_.update("INSERT DATA { <http://e/d> <http://e/v> 3 }");
  EXPECT_THAT(ask(kValues), ElementsAre("1", "2", "3"));
  Session other = store_.session();
  EXPECT_THAT(ask(other, kValues), ElementsAre("1", "2", "3"));
  other.update("DELETE WHERE { ?x <http://e/v> 2 }");
  EXPECT_THAT(ask(kValues), ElementsAre("1", "3"));
  store_.load_text("<http://e/e> <http://e/v> 5 .", Format::ttl);
  EXPECT_THAT(ask(kValues), ElementsAre("1", "3", "5"));
  store_.compact();
  EXPECT_THAT(ask(kValues), ElementsAre("1", "3", "5"));
}

TEST_F(KeptPlans, SeeWhatTheOpenTransactionHasWritten) {
  EXPECT_THAT(ask(kValues), ElementsAre("1", "2"));
  session_.begin();
  session_.update("INSERT DATA { <http://e/d> <http://e/v> 3 }");
  EXPECT_THAT(ask(kValues), ElementsAre("1", "2", "3"));
  Session other = store_.session();
  EXPECT_THAT(ask(other, kValues), ElementsAre("1", "2"));
  session_.rollback();
  EXPECT_THAT(ask(kValues), ElementsAre("1", "2"));
}

// A term that the store did not have when the plan was made.
TEST_F(KeptPlans, KnowTermsThatCameLater) {
  const std::string query = "SELECT ?x { ?x :v \"new\" }";
  EXPECT_THAT(ask(query), IsEmpty());
  EXPECT_THAT(ask(query), IsEmpty());
  session_.update("INSERT DATA { <http://e/d> <http://e/v> \"new\" }");
  EXPECT_THAT(ask(query), ElementsAre("http://e/d"));
}

TEST_F(KeptPlans, BelongToTheirOptions) {
  const std::string query = "SELECT ?x { ?x :p ?o } ORDER BY ?x ?o";
  QueryOptions united;
  united.union_default_graph = true;
  QueryOptions with_a;
  with_a.parameters = {{"x", Term::iri("http://e/b")}};
  for (int run = 0; run < 3; ++run) {
    EXPECT_THAT(ask(query), ElementsAre("http://e/a", "http://e/a", "http://e/b"));
    EXPECT_THAT(ask(query, united), ElementsAre("http://e/a", "http://e/a", "http://e/b", "http://e/z"));
    EXPECT_THAT(ask(query, with_a), ElementsAre("http://e/b"));
    QueryOptions base;
    base.base = "http://e/";
    EXPECT_THAT(ask("SELECT ?o { <b> <p> ?o }", base), ElementsAre("http://e/c"));
    base.base = "http://f/";
    EXPECT_THAT(ask("SELECT ?o { <b> <p> ?o }", base), IsEmpty());
    QueryOptions prefixed;
    prefixed.prefixes = {{"e", run == 1 ? "http://f/" : "http://e/"}};
    EXPECT_EQ(ask("SELECT ?o { e:b e:p ?o }", prefixed).size(), run == 1 ? 0U : 1U);
  }
}

// Several graphs are read as one by dropping a row that repeats the one before it: a run knows nothing of the
// last row of another.
TEST_F(KeptPlans, MergeGraphsAnewInEachRun) {
  QueryOptions united;
  united.union_default_graph = true;
  for (int run = 0; run < 3; ++run) {
    EXPECT_THAT(ask("SELECT ?x { ?x :p :y }", united), ElementsAre("http://e/z"));
    EXPECT_THAT(ask("SELECT ?x { VALUES ?o { :y } ?x :p ?o }", united), ElementsAre("http://e/z"));
  }
}

TEST_F(KeptPlans, SeveralResultsOfOneTextAreReadTogether) {
  ask(kValues);
  Result first = session_.query("PREFIX : <http://e/> " + std::string(kValues));
  Result second = session_.query("PREFIX : <http://e/> " + std::string(kValues));
  ASSERT_TRUE(first.next());
  ASSERT_TRUE(second.next());
  ASSERT_TRUE(second.next());
  EXPECT_EQ(first.get(0)->value(), "1");
  EXPECT_EQ(second.get(0)->value(), "2");
  ASSERT_TRUE(first.next());
  EXPECT_EQ(first.get(0)->value(), "2");
}

TEST_F(KeptPlans, OfAResultLeftHalfwayBeginAnew) {
  for (int run = 0; run < 3; ++run) {
    Result result = session_.query("PREFIX : <http://e/> " + std::string(kValues));
    ASSERT_TRUE(result.next());
  }
  EXPECT_THAT(ask(kValues), ElementsAre("1", "2"));
}

TEST_F(KeptPlans, LimitsHoldForEachRun) {
  std::string data = "PREFIX : <http://e/> INSERT DATA {";
  for (int i = 0; i < 2000; ++i) data += ":s" + std::to_string(i) + " :w " + std::to_string(i) + " . ";
  session_.update(data + "}");
  const std::string product =
      "SELECT (COUNT(*) AS ?n) { ?a :w ?x . ?b :w ?y . ?c :w ?z FILTER (?x + ?y < ?z) }";
  QueryOptions short_time;
  short_time.timeout = std::chrono::milliseconds(20);
  for (int run = 0; run < 2; ++run) EXPECT_THROW(ask(product, short_time), LimitError);
  // A plan that ran without a limit gets the one of the next run, and the other way round.
  const std::string small = "SELECT (COUNT(*) AS ?n) { ?a :w ?x }";
  QueryOptions long_time;
  long_time.timeout = std::chrono::hours(1);
  EXPECT_THAT(ask(small), ElementsAre("2000"));
  EXPECT_THAT(ask(small, long_time), ElementsAre("2000"));
  EXPECT_THAT(ask(small), ElementsAre("2000"));
  // A cancelled session cancels no other's run of the same plan.
  Session other = store_.session();
  session_.cancel();
  EXPECT_THAT(ask(other, small), ElementsAre("2000"));
}

TEST_F(KeptPlans, TellTheWorkOfTheirRunAlone) {
  const std::string query = "PREFIX : <http://e/> SELECT ?x { ?x :v ?v }";
  for (int run = 0; run < 3; ++run) {
    Result result = session_.query(query);
    while (result.next()) {
    }
    EXPECT_EQ(result.rows(), 2U);
    const auto plan = result.plan();
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->rows, 2U);
    EXPECT_TRUE(plan->ended);
  }
}

TEST_F(KeptPlans, PreparedQueriesTakeThem) {
  PreparedQuery prepared = session_.prepare("PREFIX : <http://e/> SELECT ?o { ?s :p ?o } ORDER BY ?o");
  for (int run = 0; run < 3; ++run)
    for (const char* name : {"a", "b"}) {
      prepared.bind("s", Term::iri(std::string("http://e/") + name));
      Result result = prepared.run();
      std::size_t rows = 0;
      while (result.next()) ++rows;
      EXPECT_EQ(rows, name[0] == 'a' ? 2U : 1U);
    }
}

TEST_F(KeptPlans, OutliveTheSessionThatMadeThem) {
  {
    Session short_lived = store_.session();
    ask(short_lived, kValues);
  }
  EXPECT_THAT(ask(kValues), ElementsAre("1", "2"));
  Result last = session_.query("PREFIX : <http://e/> " + std::string(kValues));
  { const Session gone = std::move(session_); }
  ASSERT_TRUE(last.next());
}

TEST_F(KeptPlans, ManyThreadsShareThem) {
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&] {
      Session session = store_.session();
      for (int i = 0; i < 200; ++i)
        if (ask(session, kValues).size() < 2 || ask(session, "SELECT ?o { :a :p+ ?o }").size() != 2) ++wrong;
    });
  Session writer = store_.session();
  for (int i = 0; i < 50; ++i)
    writer.update("INSERT DATA { <http://e/w" + std::to_string(i) + "> <http://e/v> " +
                  std::to_string(i + 3) + " }");
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(ask(kValues).size(), 52U);
}

TEST(KeptPlansOption, NoneAreKept) {
  OpenOptions options;
  options.kept_plans = 0;
  Store store = Store::open(":memory:", options);
  Session session = store.session();
  for (int run = 0; run < 2; ++run) EXPECT_TRUE(session.query("ASK {}").boolean());
}

}  // namespace
}  // namespace dossier
