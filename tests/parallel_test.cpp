// Queries by several threads: the answers of one thread, and errors that cross threads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "engine/dossier.h"
#include "engine/query/parallel.h"
#include "tests/memory_snapshot.h"
#include "tests/differential/random.h"

namespace dossier {
namespace {

using testing::HasSubstr;

constexpr const char* kPrologue = "PREFIX : <http://e/> ";

class ParallelTest : public testing::Test {
 protected:
  ParallelTest() : store_(Store::open(":memory:")), session_(store_.session()) {
    differential::Random random(11);
    const auto node = [&] { return ":n" + std::to_string(random.below(600)); };
    std::string text = "PREFIX : <http://e/> INSERT DATA {";
    for (int i = 0; i < 6000; ++i) {
      const char* const predicates[] = {":p", ":q", ":r"};
      text += node() + " " + predicates[random.below(3)] + " " + node() + " . ";
      if (i % 3 == 0) text += node() + " :v " + std::to_string(random.below(100)) + " . ";
      if (i % 5 == 0) text += node() + " :name \"a long name " + std::to_string(random.below(500)) + "\" . ";
      if (i % 7 == 0)
        text += "GRAPH :g" + std::to_string(random.below(3)) + " { " + node() + " :p " + node() + " } ";
    }
    session_.update(text + "}");
  }

  std::vector<std::string> ask(const std::string& query, unsigned threads, bool united = false) {
    QueryOptions options;
    options.threads = threads;
    options.parallel_rows = 1;
    options.union_default_graph = united;
    const std::vector<std::string> rows = ask_once(query, options);
    EXPECT_EQ(ask_once(query, options), rows) << "by a plan that has run";
    return rows;
  }

  std::vector<std::string> ask_once(const std::string& query, const QueryOptions& options) {
    Result result = session_.query(kPrologue + query, options);
    std::vector<std::string> rows;
    while (result.next()) {
      std::string row;
      for (std::size_t i = 0; i < result.variables().size(); ++i) {
        const auto term = result.get(i);
        row += (term ? term->to_string() : "-") + " ";
      }
      rows.push_back(row);
    }
    std::sort(rows.begin(), rows.end());
    return rows;
  }

  Store store_;
  Session session_;
};

const char* const kQueries[] = {
    "SELECT (COUNT(*) AS ?n) { ?a :p ?b }",
    "SELECT (COUNT(?b) AS ?n) (MIN(?b) AS ?m) (MAX(?b) AS ?x) { ?a ?p ?b }",
    "SELECT ?p (COUNT(*) AS ?n) { ?a ?p ?b } GROUP BY ?p",
    "SELECT ?b (COUNT(*) AS ?n) (COUNT(DISTINCT ?a) AS ?m) { ?a :p ?b } GROUP BY ?b",
    "SELECT ?b ?a (COUNT(*) AS ?n) { ?a :p ?b . ?a :q ?c . ?a :r ?d } GROUP BY ?b ?a",
    "SELECT (COUNT(*) AS ?n) { ?a :p ?b . ?b :q ?c . ?c :r ?d }",
    "SELECT (COUNT(*) AS ?n) (COUNT(DISTINCT ?c) AS ?m) { ?a :p ?b . ?b :q ?c . ?a :r ?c }",
    "SELECT ?c (COUNT(*) AS ?n) { ?a :p ?b OPTIONAL { ?b :name ?c } } GROUP BY ?c",
    "SELECT (COUNT(*) AS ?n) { ?a :p ?b MINUS { ?b :q ?a } }",
    "SELECT (COUNT(*) AS ?n) { ?a :p ?b FILTER(STR(?a) < STR(?b)) }",
    "SELECT (COUNT(*) AS ?n) { ?a :name ?b FILTER(CONTAINS(?b, \"7\") && ?b != \"never seen\") }",
    "SELECT (COUNT(*) AS ?n) { VALUES ?x { 1 \"a text that no triple has\" } ?a :v ?x FILTER(STR(?x) != "
    "\"2\") }",
    "SELECT (COUNT(*) AS ?n) { ?a :v ?x FILTER(?x > 10 && ?x < 60) }",
    "SELECT ?x (SAMPLE(?x) AS ?y) { ?a :v ?x } GROUP BY ?x",
    "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?a :p ?b } } GROUP BY ?g",
    "SELECT (COUNT(*) AS ?n) { ?a :p ?a }",
};

// So many pairs of a group and a value that they are parted, in one thread and in several.
TEST_F(ParallelTest, CountsManyDistinctValuesOfManyGroups) {
  differential::Random random(3);
  std::string text;
  for (int i = 0; i < 90'000; ++i)
    text += "<http://e/s" + std::to_string(i % 50'000) + "> <http://e/of> <http://e/o" +
            std::to_string(random.below(700)) + "> .\n<http://e/s" + std::to_string(random.below(50'000)) +
            "> <http://e/tag> \"a tag of some length " + std::to_string(random.below(3'000)) + "\" .\n";
  store_.load_text(text, Format::nt);
  const std::string rows = "{ ?s :of ?o ; :tag ?t }";
  const auto expected = ask("SELECT ?o (COUNT(*) AS ?n) { SELECT DISTINCT ?o ?t " + rows + " } GROUP BY ?o", 1);
  EXPECT_EQ(expected.size(), 700U);
  for (const unsigned threads : {1U, 2U, 4U})
    EXPECT_EQ(ask("SELECT ?o (COUNT(DISTINCT ?t) AS ?n) " + rows + " GROUP BY ?o", threads), expected);
}

TEST_F(ParallelTest, GivesTheAnswersOfOneThread) {
  for (const std::string query : kQueries)
    for (const bool united : {false, true}) {
      const auto expected = ask(query, 1, united);
      for (const unsigned threads : {2U, 3U, 8U}) EXPECT_EQ(ask(query, threads, united), expected) << query;
    }
}

TEST_F(ParallelTest, SeesTheRowsOfAnOpenTransaction) {
  session_.begin();
  session_.update(
      "PREFIX : <http://e/> INSERT { ?a :p :fresh } WHERE { ?a :q ?b } ; DELETE WHERE { :n1 ?p ?o }");
  for (const std::string query : kQueries) EXPECT_EQ(ask(query, 2), ask(query, 1)) << query;
  session_.rollback();
}

TEST_F(ParallelTest, SaysHowManyThreadsWorked) {
  QueryOptions options;
  options.threads = 2;
  options.parallel_rows = 1;
  const std::string query = std::string(kPrologue) + "SELECT (COUNT(?b) AS ?n) { ?a :p ?b . ?a :q ?c }";
  const std::string plan = session_.explain(query, options, true);
  EXPECT_THAT(plan, HasSubstr("2 threads"));
  // What the threads did is counted where it was planned.
  options.threads = 1;
  const std::string alone = session_.explain(query, options, true);
  const auto rows_of_join = [](const std::string& text) {
    const std::size_t at = text.find("rows ", text.find(", rows", text.find("join")) + 1);
    return text.substr(at, text.find(',', at) - at);
  };
  EXPECT_EQ(rows_of_join(plan), rows_of_join(alone)) << plan << alone;
  options.threads = 2;
  options.parallel_rows = 1'000'000;
  EXPECT_THAT(session_.explain(query, options, true), testing::Not(HasSubstr("threads")));
}

// Rows of nothing, in two ranges.
class TwoRanges final : public Operator {
 public:
  explicit TwoRanges(QueryContext& context) : Operator(context, {0}) {}
  Variable leading() const override { return 0; }
  std::vector<KeyRange> ranges(std::size_t) override { return {{kMinId, Id{9}}, {Id{10}, kMaxId}}; }
  OperatorPtr copy(QueryContext& thread, const KeyRange&) const override {
    return std::make_unique<TwoRanges>(thread);
  }
  std::string name() const override { return "two ranges"; }

 protected:
  bool produce(Batch&) override { return false; }
};

// The thread that asked is soon done, the other works on and on: the report must be made all the same, and stop it.
TEST(Parallel, ReportsWhileOtherThreadsWork) {
  QueryLimits limits;
  limits.threads = 2;
  QueryContext context(std::make_shared<MemorySnapshot>(), limits, nullptr);
  int reports = 0;
  context.report_to([&] { return ++reports < 3; });
  TwoRanges input(context);
  std::atomic<bool> other_works{false};
  const auto work = [&](std::size_t worker, QueryContext& thread, std::size_t, Operator&) {
    if (worker != 0) other_works = true;
    while (worker != 0 || !other_works) {
      thread.check();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  };
  const auto begin = [](std::size_t, std::size_t) {};
  EXPECT_THROW(run_parts(context, input, begin, work), LimitError);
  EXPECT_EQ(reports, 3);
}

TEST_F(ParallelTest, LimitsReachEveryThread) {
  QueryOptions options;
  options.threads = 2;
  options.parallel_rows = 1;
  options.memory_bytes = 1 << 17;
  const std::string query =
      std::string(kPrologue) +
      "SELECT ?a ?c ?e (COUNT(*) AS ?n) { ?a ?p ?b . ?b ?q ?c . ?c ?r ?e } GROUP BY ?a ?c ?e";
  try {
    Result result = session_.query(query, options);
    result.next();
    FAIL() << "there was memory";
  } catch (const LimitError& error) {
    EXPECT_EQ(error.reason(), LimitError::Reason::memory);
  }
  options.memory_bytes = std::size_t{1} << 30;
  options.timeout = std::chrono::milliseconds(1);
  const std::string endless =
      std::string(kPrologue) +
      "SELECT (COUNT(*) AS ?n) { ?a ?p ?b . ?c ?q ?d . ?e ?r ?f FILTER(STR(?b) < STR(?f)) }";
  try {
    Result result = session_.query(endless, options);
    result.next();
    FAIL() << "there was time";
  } catch (const LimitError& error) {
    EXPECT_EQ(error.reason(), LimitError::Reason::timeout);
  }
  options.timeout = std::chrono::milliseconds(0);
  std::thread other([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    session_.cancel();
  });
  try {
    Result result = session_.query(endless, options);
    result.next();
    ADD_FAILURE() << "it was not cancelled";
  } catch (const LimitError& error) {
    EXPECT_EQ(error.reason(), LimitError::Reason::cancelled);
  }
  other.join();
}

}  // namespace
}  // namespace dossier
