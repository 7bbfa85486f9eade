// ICEWS 2014: 90,730 dated events between 7,128 actors, one reifier with a date an event (bar 5 of the
// benchmarks).
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/dossier.h"
#include "engine/query/context.h"
#include "engine/query/query.h"
#include "engine/store/database.h"
#include "engine/store/loader.h"
#include "grammar/parse.h"

namespace {

using dossier::Result;
using dossier::Session;
using dossier::Store;

// What the file says, taken from its lines without any RDF reader: a line is an event or the label of an
// actor.
struct Truth {
  struct Event {
    std::string subject, relation, object, reifier, date;
  };
  std::vector<Event> events;
  std::size_t labels = 0;
  std::set<std::string> actors;
  std::set<std::string> facts;  // subject relation object
};

Truth read_lines(const std::string& path) {
  Truth truth;
  const std::unique_ptr<gzFile_s, decltype(&gzclose)> file(gzopen(path.c_str(), "rb"), gzclose);
  EXPECT_NE(file, nullptr);
  std::vector<char> buffer(1 << 16);
  while (gzgets(file.get(), buffer.data(), static_cast<int>(buffer.size())) != nullptr) {
    const std::string_view line = buffer.data();
    if (line.starts_with("@prefix")) continue;
    if (line.find(" rdfs:label ") != std::string_view::npos) {
      ++truth.labels;
      continue;
    }
    std::vector<std::string> iris;
    for (std::size_t at = line.find('<'); at != std::string_view::npos; at = line.find('<', at + 1))
      iris.emplace_back(line.substr(at + 1, line.find('>', at) - at - 1));
    const std::size_t date = line.find("ev:date \"");
    EXPECT_EQ(iris.size(), 4u) << line;
    EXPECT_NE(date, std::string_view::npos) << line;
    if (iris.size() != 4 || date == std::string_view::npos) continue;
    truth.actors.insert(iris[0]);
    truth.actors.insert(iris[2]);
    truth.facts.insert(iris[0] + ' ' + iris[1] + ' ' + iris[2]);
    truth.events.push_back({iris[0], iris[1], iris[2], iris[3], std::string(line.substr(date + 9, 10))});
  }
  return truth;
}

std::int64_t number(Session& session, const std::string& query) {
  Result result = session.query(query);
  EXPECT_TRUE(result.next()) << query;
  return result.get(0).value().as_integer().value();
}

class Icews : public testing::Test {
 protected:
  void SetUp() override {
    const char* shared = std::getenv("DOSSIER_SHARED");
    path_ = std::string(shared == nullptr ? "" : shared) + "/data/icews14.ttl.gz";
    if (shared != nullptr && std::filesystem::exists(path_)) return;
    const char* required = std::getenv("DOSSIER_REQUIRE_SUITES");
    if (required != nullptr && std::string_view(required) == "1")
      FAIL() << "icews14.ttl.gz is not in $DOSSIER_SHARED/data";
    GTEST_SKIP() << "icews14.ttl.gz is not in $DOSSIER_SHARED/data";
  }
  std::string path_;
};

TEST_F(Icews, LoadsAndAnswersThroughAnnotations) {
  const Truth truth = read_lines(path_);
  EXPECT_EQ(truth.events.size(), 90'730u);
  EXPECT_EQ(truth.actors.size(), 7'128u);

  Store store = Store::open(":memory:");
  const dossier::LoadReport report = store.load({path_});
  Session session = store.session();
  // A label an actor; an event a reifier with its date; and each fact once, however often it happened.
  const std::size_t triples = truth.labels + 2 * truth.events.size() + truth.facts.size();
  EXPECT_EQ(report.added, triples);
  EXPECT_EQ(store.statistics().quads, triples);
  EXPECT_EQ(store.statistics().triple_terms, truth.facts.size());
  EXPECT_THAT(store.check(), testing::IsEmpty());

  const std::string prefixes =
      "PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> PREFIX ev: <http://icews.example/> "
      "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> ";
  EXPECT_EQ(number(session, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"), static_cast<std::int64_t>(triples));
  EXPECT_EQ(number(session, prefixes + "SELECT (COUNT(?r) AS ?n) { ?r rdf:reifies ?t }"), 90'730);
  EXPECT_EQ(number(session, prefixes + R"(SELECT (COUNT(DISTINCT ?actor) AS ?n) {
              { ?e rdf:reifies <<( ?actor ?p ?o )>> } UNION { ?e rdf:reifies <<( ?s ?p ?actor )>> } })"),
            7'128);

  // All events between two actors in one month, both ways.
  const std::string china = "http://icews.example/entity/China";
  const std::string japan = "http://icews.example/entity/Japan";
  std::vector<std::vector<std::string>> expected;
  for (const Truth::Event& event : truth.events)
    if (event.date.starts_with("2014-11") && ((event.subject == china && event.object == japan) ||
                                              (event.subject == japan && event.object == china)))
      expected.push_back({event.subject, event.relation, event.date, event.reifier});
  ASSERT_GT(expected.size(), 10u);
  Result result = session.query(prefixes + "SELECT ?from ?relation ?date ?event { VALUES (?from ?to) { (<" +
                                china + "> <" + japan + ">) (<" + japan + "> <" + china + R"(>) }
      ?from ?relation ?to ~ ?event {| ev:date ?date |}
      FILTER (?date >= "2014-11-01"^^xsd:date && ?date <= "2014-11-30"^^xsd:date) })");
  std::vector<std::vector<std::string>> found;
  while (result.next()) {
    std::vector<std::string>& row = found.emplace_back();
    for (std::size_t i = 0; i < 4; ++i) row.emplace_back(result.get(i).value().value());
  }
  EXPECT_THAT(found, testing::UnorderedElementsAreArray(expected));
}

// The events of two actors in a month are found through the indexes of triples and triple terms, never by a
// scan.
TEST_F(Icews, EventsOfAMonthTouchFewBlocks) {
  const auto database = dossier::Database::open(":memory:", dossier::OpenOptions{});
  dossier::LoadSource source;
  source.path = path_;
  dossier::load(*database, {source});
  dossier::QueryContext context(database->snapshot(), dossier::QueryLimits{}, nullptr);
  const auto execution =
      dossier::execute(dossier::grammar::parse_query(
                           R"(PREFIX ev: <http://icews.example/> PREFIX e: <http://icews.example/entity/>
        PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
        SELECT ?relation ?event ?date { e:China ?relation e:Japan ~ ?event {| ev:date ?date |}
          FILTER (?date >= "2014-11-01"^^xsd:date && ?date <= "2014-11-30"^^xsd:date) })"),
                       context);
  std::uint64_t rows = 0;
  for (dossier::Batch batch; execution->next(batch);) rows += batch.rows;
  // What the operators counted, as analyze shows it, and what the context did.
  const std::string plan = execution->explain(true);
  std::uint64_t blocks = context.counters().blocks;
  for (std::size_t at = plan.find("blocks "); at != std::string::npos; at = plan.find("blocks ", at + 7))
    blocks += std::strtoull(plan.c_str() + at + 7, nullptr, 10);
  EXPECT_GT(blocks, 0u) << plan;
  EXPECT_GT(rows, 5u);
  // Three patterns (the fact, what its reifier reifies, the date): four blocks each, and two a result.
  EXPECT_LE(blocks, 4 * 3 + 2 * rows) << plan;
}

}  // namespace
