// What the planner chooses, told by the plans of small graphs whose shapes invite a bad choice.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <string>
#include <vector>

#include "engine/dossier.h"

namespace dossier {
namespace {

class PlanTest : public ::testing::Test {
 protected:
  // `triples`: Turtle without a prefix declaration.
  void fill(const std::string& triples) {
    session_.update("PREFIX : <http://example.org/> INSERT DATA { " + triples + " }");
  }
  // After all rows were taken.
  PlanStep plan(const std::string& query) {
    Result result = session_.query("PREFIX : <http://example.org/> " + query);
    rows_ = 0;
    while (result.next()) ++rows_;
    return *result.plan();
  }
  static std::vector<std::string> names(const PlanStep& step) {
    std::vector<std::string> all{step.name};
    for (const PlanStep& input : step.inputs)
      for (const std::string& name : names(input)) all.push_back(name);
    return all;
  }

  Store store_ = Store::open(":memory:");
  Session session_ = store_.session();
  std::size_t rows_ = 0;
};

// All of a thousand nodes point at one hub: joined on the hub alone, a million pairs would be looked at.
TEST_F(PlanTest, APairOfSharedVariablesIsNotJoinedOverAHub) {
  std::string triples;
  for (int i = 0; i < 1000; ++i)
    triples += fmt::format(":n{} :to :hub , :n{} ; :near :hub . ", i, (i + 7) % 1000);
  fill(triples);
  const PlanStep root = plan("SELECT ?a ?x { ?a :to ?x . ?a :near ?x }");
  EXPECT_EQ(rows_, 1000U);
  for (const std::string& name : names(root)) EXPECT_NE(name, "merge join");
}

TEST_F(PlanTest, AFilterThatMakesTextWaitsForTheJoinThatLeavesFewRows) {
  std::string triples;
  for (int i = 0; i < 500; ++i) triples += fmt::format(":n{} :to :m{} . ", i, i);
  fill(triples + ":n3 :back :m3 . :n4 :back :m4 .");
  const PlanStep root = plan("SELECT ?a ?b { ?a :to ?b . ?a :back ?b FILTER(STR(?a) < STR(?b)) }");
  EXPECT_EQ(rows_, 0U);
  ASSERT_EQ(root.name, "filter");
  EXPECT_EQ(root.inputs.at(0).rows, 2U);
  // A filter on ids stays below.
  EXPECT_NE(plan("SELECT ?a { ?a :to ?b . ?c :to ?b FILTER(?b != :m3) ?c :back ?d }").name, "filter");
}

}  // namespace
}  // namespace dossier
