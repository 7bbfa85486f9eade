// What occurs in a store and how often, beside what queries count.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "engine/dossier.h"

namespace dossier {
namespace {

constexpr std::string_view kNames = "http://example.org/";

Term name(const std::string& local) {
  return Term::iri(std::string(kNames) + local);
}

std::map<std::string, std::uint64_t> by_local_name(const std::vector<Frequency>& found) {
  std::map<std::string, std::uint64_t> result;
  for (const Frequency& one : found) result[std::string(one.term.value().substr(kNames.size()))] = one.quads;
  return result;
}

class FrequenciesTest : public ::testing::Test {
 protected:
  // Many persons, some of whom head something, and few posts.
  FrequenciesTest() {
    std::string text = "@prefix : <http://example.org/> .\n";
    for (int i = 0; i < kPersons; ++i) {
      const std::string person = ":person" + std::to_string(i);
      text += person + " :kind :Person ; :called 'p" + std::to_string(i) + "' .\n";
      if (i % 100 == 0) text += person + " :heads :post" + std::to_string(i) + " .\n";
    }
    for (int i = 0; i < kPersons; i += 100)
      text += ":post" + std::to_string(i) + " :kind :Post ; :within :police .\n";
    store_.load_text(text, Format::ttl);
  }

  std::uint64_t count(std::optional<Term> subject, std::optional<Term> predicate,
                      std::optional<Term> object) {
    return session_.count({std::move(subject), std::move(predicate), std::move(object), {}, true});
  }

  static constexpr int kPersons = 20'000;
  Store store_ = Store::open(":memory:");
  Session session_ = store_.session();
};

TEST_F(FrequenciesTest, ObjectsOfAPredicate) {
  EXPECT_EQ(by_local_name(session_.objects_of(name("kind"), 10)),
            (std::map<std::string, std::uint64_t>{{"Person", 20'000}, {"Post", 200}}));
  const auto first = session_.objects_of(name("kind"), 10).front();
  EXPECT_EQ(first.term, name("Person")) << "the most frequent first";
  EXPECT_TRUE(session_.objects_of(name("none"), 10).empty());
  EXPECT_EQ(session_.objects_of(name("called"), 50).size(), 50U);
}

TEST_F(FrequenciesTest, TheFrequentOnesOfManyObjects) {
  std::string text = "@prefix : <http://example.org/> .\n";
  for (int i = 0; i < 3000; ++i)
    text += ":a" + std::to_string(i) + " :likes 'x" + std::to_string(i) + "' , :sleep .\n";
  store_.load_text(text, Format::ttl);
  const auto found = session_.objects_of(name("likes"), 20);
  EXPECT_EQ(found.size(), 20U);
  EXPECT_EQ(found.front().term, name("sleep"));
  EXPECT_EQ(found.front().quads, 3000U);
  for (const Frequency& object : session_.objects_of(name("likes"), 2000)) {
    EXPECT_GT(object.quads, 0U);
    EXPECT_TRUE(object.term == name("sleep") || object.term.value().starts_with('x')) << object.term.to_string();
  }
}

TEST_F(FrequenciesTest, PredicatesThatOccurTogether) {
  using Found = std::map<std::string, std::uint64_t>;
  const std::vector<NodeLink> post = {{name("kind"), name("Post")}};
  EXPECT_EQ(by_local_name(session_.predicates_of(post, 1000)), (Found{{"kind", 200}, {"within", 200}}));
  const std::vector<NodeLink> person = {{name("kind"), name("Person")}};
  const Found of_persons = by_local_name(session_.predicates_of(person, 1000));
  EXPECT_GT(of_persons.at("kind"), 300U) << "a sample";
  EXPECT_LE(of_persons.at("kind"), 1000U);
  EXPECT_EQ(of_persons.at("called"), of_persons.at("kind"));
  EXPECT_TRUE(of_persons.contains("heads")) << "the sample is spread";
  EXPECT_EQ(of_persons.size(), 3U);
  const std::vector<NodeLink> head = {{name("kind"), name("Person")}, {name("heads"), {}}};
  EXPECT_EQ(by_local_name(session_.predicates_of(head, 1000)),
            (Found{{"kind", 200}, {"called", 200}, {"heads", 200}}));
  const std::vector<NodeLink> headed = {{name("heads"), {}, true}};
  EXPECT_EQ(by_local_name(session_.predicates_of(headed, 1000)), (Found{{"kind", 200}, {"within", 200}}));
  const std::vector<NodeLink> of_one = {{name("heads"), name("person100"), true}};
  EXPECT_EQ(by_local_name(session_.predicates_of(of_one, 10)), (Found{{"kind", 1}, {"within", 1}}));
  const std::vector<NodeLink> nobody = {{name("within"), {}}, {name("called"), {}}};
  EXPECT_TRUE(session_.predicates_of(nobody, 100).empty());
  EXPECT_EQ(by_local_name(session_.predicates_of(name("person0"))),
            (Found{{"kind", 1}, {"called", 1}, {"heads", 1}}));
}

TEST_F(FrequenciesTest, Counts) {
  EXPECT_EQ(count({}, {}, {}), store_.statistics().quads);
  EXPECT_EQ(count({}, name("kind"), {}), 20'200U);
  EXPECT_EQ(count({}, name("kind"), name("Post")), 200U);
  EXPECT_EQ(count(name("person0"), {}, {}), 3U);
  EXPECT_EQ(count({}, {}, name("police")), 200U);
  EXPECT_EQ(count(name("person0"), {}, name("post0")), 1U);
  EXPECT_EQ(count(name("person0"), name("heads"), name("post0")), 1U);
  EXPECT_EQ(count(name("nobody"), {}, {}), 0U);
}

TEST_F(FrequenciesTest, OfAnOpenTransaction) {
  session_.begin();
  session_.update(
      "PREFIX : <http://example.org/> INSERT DATA { :new :kind :Ship . GRAPH :g { :new :kind :Boat } }");
  EXPECT_EQ(session_.objects_of(name("kind"), 10).size(), 4U);
  EXPECT_EQ(by_local_name(session_.predicates_of(name("new"))),
            (std::map<std::string, std::uint64_t>{{"kind", 2}}));
  session_.rollback();
  EXPECT_EQ(session_.objects_of(name("kind"), 10).size(), 2U);
}

}  // namespace
}  // namespace dossier
