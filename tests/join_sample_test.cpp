// Estimates of dear plans against the truth, where predicates alone mislead: hubs, correlated predicates,
// filters.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "engine/dossier.h"
#include "tests/differential/random.h"

namespace dossier {
namespace {

using differential::Random;
using Edges = std::set<std::pair<int, int>>;

class JoinSampleTest : public ::testing::Test {
 protected:
  static constexpr int kNodes = 20'000;

  // Few nodes have most of the edges; what is shown is asked of the plan alone, no query is run.
  static Edges skewed_edges(Random& random, int count) {
    Edges edges;
    const auto node = [&] {
      const double part = static_cast<double>(random.below(1'000'000)) / 1e6;
      return static_cast<int>(part * part * part * kNodes);
    };
    while (edges.size() < static_cast<std::size_t>(count)) edges.emplace(node(), node());
    return edges;
  }
  void load(const Edges& edges, const std::string& predicate) {
    for (const auto& [from, to] : edges)
      text_ += ":n" + std::to_string(from) + " :" + predicate + " :n" + std::to_string(to) + " .\n";
  }
  // The greater of estimate and truth over the smaller.
  double error(const std::string& query, double truth) {
    if (!text_.empty()) store_.load_text("PREFIX : <http://e/>\n" + text_, Format::ttl);
    text_.clear();
    const PlanStep plan = session_.query("PREFIX : <http://e/> " + query).plan().value();
    const double estimated = std::max(1.0, plan.estimated_rows);
    last_ = "estimated " + std::to_string(estimated) + ", true " + std::to_string(truth);
    return std::max(estimated / truth, truth / estimated);
  }

  Store store_ = Store::open(":memory:");
  Session session_ = store_.session();
  std::string text_;
  std::string last_;
};

TEST_F(JoinSampleTest, HubsJoinMoreThanTheirShare) {
  Random random(3);
  const Edges edges = skewed_edges(random, 120'000);
  load(edges, "knows");
  std::map<int, double> in, out;
  for (const auto& [from, to] : edges) {
    ++out[from];
    ++in[to];
  }
  double paths = 0;
  for (const auto& [node, count] : in) paths += count * out[node];
  const double alike = 120'000.0 * 120'000.0 / static_cast<double>(std::max(in.size(), out.size()));
  EXPECT_GT(paths / alike, 5);  // so it is no easy case
  EXPECT_LT(error("SELECT * { ?a :knows ?b . ?b :knows ?c }", paths), 2) << last_;
}

// Those who have :q are those who have most of :p.
TEST_F(JoinSampleTest, PredicatesOfAStarAreNotIndependent) {
  Edges p, q;
  double rows = 0;
  for (int i = 0; i < kNodes; ++i) {
    const bool rich = i % 50 == 0;
    for (int k = 0; k < (rich ? 600 : 1); ++k) p.emplace(i, k);
    if (!rich) continue;
    for (int k = 0; k < 150; ++k) q.emplace(i, k);
    rows += 600.0 * 150;
  }
  load(p, "p");
  load(q, "q");
  EXPECT_LT(error("SELECT * { ?a :p ?b . ?a :q ?c }", rows), 2) << last_;
}

TEST_F(JoinSampleTest, FiltersAreTriedOut) {
  Random random(3);
  const Edges edges = skewed_edges(random, 120'000);
  load(edges, "knows");
  std::map<int, double> out;
  for (const auto& [from, to] : edges) ++out[from];
  double paths = 0;
  for (const auto& [from, to] : edges)
    if (std::to_string(to).back() != '7') paths += out[to];
  EXPECT_LT(error("SELECT * { ?a :knows ?b . ?b :knows ?c FILTER(!STRENDS(STR(?b), \"7\")) }", paths), 2)
      << last_;
}

TEST_F(JoinSampleTest, TrianglesAreCountedByTheirClosingEdge) {
  Random random(3);
  const Edges edges = skewed_edges(random, 60'000);
  load(edges, "knows");
  double triangles = 0;
  for (const auto& [a, b] : edges)
    for (auto next = edges.lower_bound({b, -1}); next != edges.end() && next->first == b; ++next)
      triangles += static_cast<double>(edges.count({a, next->second}));
  EXPECT_LT(error("SELECT * { ?a :knows ?b . ?b :knows ?c . ?a :knows ?c }", triangles), 5) << last_;
}

TEST_F(JoinSampleTest, TheSamePlanEveryTime) {
  Random random(9);
  load(skewed_edges(random, 60'000), "knows");
  const std::string query = "SELECT * { ?a :knows ?b . ?b :knows ?c . ?c :knows ?d FILTER(?a != ?d) }";
  error(query, 1);
  const std::string first = session_.explain("PREFIX : <http://e/> " + query);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(session_.explain("PREFIX : <http://e/> " + query), first);
}

}  // namespace
}  // namespace dossier
