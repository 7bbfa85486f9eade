// OPTIONAL, MINUS and EXISTS by merging, beside what plain loops say; with runs that go on in the next batch.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "engine/dossier.h"

namespace dossier {
namespace {

struct Shape {
  int subjects = 0;
  int left_most = 0;  // values a subject has at most
  int right_most = 0;
  int hub_left = 0;  // and those of one subject in the middle
  int hub_right = 0;
};

class MatchMergeTest : public ::testing::TestWithParam<Shape> {
 protected:
  void SetUp() override {
    const Shape& shape = GetParam();
    std::minstd_rand random(7);
    std::vector<Quad> quads;
    for (int subject = 0; subject < shape.subjects; ++subject) {
      const bool hub = subject == shape.subjects / 2;
      const auto count = [&](int most, int of_hub) {
        return hub ? of_hub : static_cast<int>(random() % static_cast<unsigned>(most + 1));
      };
      left_.push_back(count(shape.left_most, shape.hub_left));
      right_.push_back(count(shape.right_most, shape.hub_right));
      for (const auto& [predicate, values] :
           {std::pair{"left", left_.back()}, std::pair{"right", right_.back()}})
        for (int value = 0; value < values; ++value)
          quads.push_back({ex(fmt::format("s{}", subject)), ex(predicate), Term::integer(value), {}});
    }
    Session session = store_.session();
    session.insert(quads);
  }

  static Term ex(const std::string& name) { return Term::iri("http://example.org/" + name); }

  // How often each row comes, its cells with a blank between them; `step` has to stand in the plan.
  std::map<std::string, int> ask(const std::string& query, const std::string& step) {
    Session session = store_.session();
    Result result = session.query("PREFIX : <http://example.org/> " + query);
    std::map<std::string, int> rows;
    while (result.next()) {
      std::string row;
      for (std::size_t i = 0; i < result.variables().size(); ++i) {
        const auto term = result.get(i);
        row += (term ? std::string(term->value()) : "-") + " ";
      }
      ++rows[row];
    }
    EXPECT_NE(session.explain("PREFIX : <http://example.org/> " + query).find(step), std::string::npos)
        << session.explain("PREFIX : <http://example.org/> " + query);
    return rows;
  }

  // The rows that the loops give: `partner`: with a value of the right, or without one.
  std::map<std::string, int> kept(bool partner) const {
    std::map<std::string, int> rows;
    for (std::size_t subject = 0; subject < left_.size(); ++subject)
      if ((right_[subject] > 0) == partner)
        for (int value = 0; value < left_[subject]; ++value)
          ++rows[fmt::format("http://example.org/s{} {} ", subject, value)];
    return rows;
  }

  Store store_ = Store::open(":memory:");
  std::vector<int> left_, right_;
};

TEST_P(MatchMergeTest, OptionalGivesEveryPairAndWhatHasNone) {
  std::map<std::string, int> expected;
  for (std::size_t subject = 0; subject < left_.size(); ++subject)
    for (int value = 0; value < left_[subject]; ++value) {
      for (int other = 0; other < right_[subject]; ++other)
        ++expected[fmt::format("http://example.org/s{} {} {} ", subject, value, other)];
      if (right_[subject] == 0) ++expected[fmt::format("http://example.org/s{} {} - ", subject, value)];
    }
  EXPECT_EQ(ask("SELECT ?s ?a ?b { ?s :left ?a OPTIONAL { ?s :right ?b } }", "left merge join"), expected);
}

TEST_P(MatchMergeTest, MinusAndNotExistsKeepWhatHasNoPartner) {
  EXPECT_EQ(ask("SELECT ?s ?a { ?s :left ?a MINUS { ?s :right ?b } }", "merge minus"), kept(false));
  EXPECT_EQ(ask("SELECT ?s ?a { ?s :left ?a FILTER NOT EXISTS { ?s :right ?b } }", "merge minus"),
            kept(false));
}

TEST_P(MatchMergeTest, ExistsKeepsWhatHasAPartnerOnce) {
  EXPECT_EQ(ask("SELECT ?s ?a { ?s :left ?a FILTER EXISTS { ?s :right ?b } }", "merge exists"), kept(true));
}

INSTANTIATE_TEST_SUITE_P(Shapes, MatchMergeTest,
                         ::testing::Values(Shape{5000, 2, 2, 1, 1}, Shape{3000, 1, 3, 3, 5000},
                                           Shape{3000, 3, 0, 5000, 3}, Shape{50, 3, 3, 300, 300},
                                           Shape{2100, 1, 1, 0, 9000}));

}  // namespace
}  // namespace dossier
