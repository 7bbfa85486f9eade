// Queries that are too much: each is refused, with a message that names the way out, or answered; none
// crashes or runs past its limits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "engine/dossier.h"

namespace dossier {
namespace {

using ::testing::HasSubstr;

std::string repeated(int count, const std::function<std::string(int)>& part) {
  std::string text;
  for (int i = 0; i < count; ++i) text += part(i);
  return text;
}
std::string numbered(const char* name, int number) {
  return std::string(name) + std::to_string(number);
}

class HostileQueries : public ::testing::Test {
 protected:
  void SetUp() override {
    session_.update("INSERT DATA { <a:s> <a:p> 1 . <a:s> <a:q> 2 . <a:t> <a:p> <a:s> }");
  }
  // The number of solutions, or the message of a LimitError after its reason.
  std::string run(const std::string& group, std::size_t memory = std::size_t{256} << 20) {
    QueryOptions options;
    options.memory_bytes = memory;
    options.timeout = std::chrono::seconds(120);
    try {
      Result result = session_.query("SELECT * { " + group + " }", options);
      std::size_t rows = 0;
      while (result.next()) ++rows;
      return std::to_string(rows);
    } catch (const LimitError& error) {
      return numbered("limit ", static_cast<int>(error.reason())) + ": " + error.what();
    }
  }
  static constexpr const char* kSize = "limit 3: ";  // LimitError::Reason::size

  Store store_ = Store::open(":memory:");
  Session session_ = store_.session();
};

TEST_F(HostileQueries, PartsThatNeedEachOther) {
  const auto bind = [](int i) {
    return "BIND(?v" + std::to_string(i) + " + 1 AS " + numbered("?v", i + 1) + ")";
  };
  EXPECT_EQ(run("BIND(0 AS ?v0)" + repeated(800, bind)), "1");
  EXPECT_THAT(run("BIND(0 AS ?v0)" + repeated(20'000, bind)), HasSubstr(kSize));
  const auto minus = [](int) { return std::string("MINUS { ?s <a:none> ?o }"); };
  EXPECT_EQ(run("?s ?p ?o " + repeated(800, minus)), "3");
  EXPECT_THAT(run("?s ?p ?o " + repeated(20'000, minus)), HasSubstr("split it"));
  const auto optional = [](int i) { return "OPTIONAL { ?s <a:q> " + numbered("?v", i) + " }"; };
  EXPECT_EQ(run("?s <a:p> ?o " + repeated(100, optional)), "2");
  EXPECT_THAT(run("?s ?p ?o " + repeated(20'000, optional)), HasSubstr(kSize));
}

TEST_F(HostileQueries, PatternsOfOneGroup) {
  const auto arm = [](int i) { return "?s <a:p> " + numbered("?v", i) + " . "; };
  EXPECT_EQ(run(repeated(100, arm)), "2");
  EXPECT_THAT(run(repeated(3000, arm)), HasSubstr("at most 1000"));
  EXPECT_THAT(run("?s ?p (" + repeated(5000, [](int) { return std::string("1 "); }) + ")"),
              HasSubstr("split"));
  EXPECT_EQ(run("?s " + repeated(60, [](int) { return std::string("<a:p>/"); }) + "<a:p> ?o"), "0");
}

// Each operator's batch is counted, so a plan of many wide operators cannot take more than its budget.
TEST_F(HostileQueries, BatchesOfAWidePlan) {
  const auto link = [](int i) {
    return numbered("?n", i) + " " + numbered("?p", i) + " " + numbered("?n", i + 1) + " . ";
  };
  EXPECT_THAT(run(repeated(300, link), std::size_t{64} << 20), HasSubstr("memory budget"));
}

TEST_F(HostileQueries, PathsWithManyTransitions) {
  const auto alternatives = [](int count) {
    return repeated(count, [](int i) { return numbered("<a:p", i) + ">|"; }) + "<a:p>";
  };
  EXPECT_EQ(run("<a:t> (" + alternatives(300) + ")* ?o"), "3");
  EXPECT_THAT(run("<a:t> (" + alternatives(20'000) + ")* ?o"), HasSubstr("transitions"));
  EXPECT_EQ(run("<a:t> " + alternatives(20'000) + " ?o"), "1");
}

TEST_F(HostileQueries, ValuesAndListsOfManyTerms) {
  const auto number = [](int i) { return std::to_string(i) + " "; };
  EXPECT_EQ(run("VALUES ?o { " + repeated(50'000, number) + "} ?s <a:p> ?o"), "1");
  EXPECT_EQ(run("?s <a:p> ?o FILTER(?o IN (" +
                repeated(50'000, [](int i) { return std::to_string(i) + ","; }) + "0))"),
            "1");
}

TEST_F(HostileQueries, TextsThatGrow) {
  const std::string many(20'000, 'a');
  const std::size_t budget = std::size_t{32} << 20;
  EXPECT_EQ(run("BIND(STRLEN(REPLACE('" + many + "', 'a', 'bb')) AS ?n) FILTER(?n = 40000)", budget), "1");
  EXPECT_THAT(run("BIND(REPLACE('" + many + "', 'a', '" + many + "') AS ?x)", budget), HasSubstr("REPLACE"));
  const std::string groups = repeated(5000, [](int) { return std::string("$0"); });
  EXPECT_THAT(run("BIND(REPLACE('" + many + "', 'a+', '" + groups + "') AS ?x)", budget),
              HasSubstr("REPLACE"));
  const auto tenfold = [](int i) {
    return "BIND(CONCAT(" + repeated(9, [i](int) { return numbered("?v", i) + ","; }) + numbered("?v", i) +
           ") AS " + numbered("?v", i + 1) + ") ";
  };
  EXPECT_THAT(run("BIND('0123456789' AS ?v0) " + repeated(12, tenfold), budget), HasSubstr("memory budget"));
  // A batch of texts that no term is made of.
  EXPECT_THAT(run("VALUES ?i { " + repeated(100, [](int i) { return std::to_string(i) + " "; }) + "} BIND('" +
                      many + "' AS ?v) FILTER(STRLEN(CONCAT(" +
                      repeated(50, [](int) { return std::string("?v,"); }) + "STR(?i))) > 0)",
                  budget),
              HasSubstr("CONCAT"));
}

}  // namespace
}  // namespace dossier
