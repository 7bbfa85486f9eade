// ICEWS 2014: 90,730 dated events between 7,128 actors, one reifier with a date an event (bar 5 of the
// benchmarks).
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
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

// ---- chains between actors

// The actors with the most events, as subject or object.
std::vector<std::string> busiest(const Truth& truth, std::size_t count) {
  std::map<std::string, std::size_t> events;
  for (const Truth::Event& event : truth.events) {
    ++events[event.subject];
    ++events[event.object];
  }
  std::vector<std::string> actors;
  for (const auto& [actor, number] : events) actors.push_back(actor);
  std::stable_sort(actors.begin(), actors.end(),
                   [&](const auto& a, const auto& b) { return events[a] > events[b]; });
  actors.resize(count);
  return actors;
}

using Lengths = std::map<std::pair<std::string, std::string>, std::int64_t>;

// How many links lead at least from each of these actors to each other. Plain: over the facts, either way
// round. Dated: along the events, whose dates never go back; of the chains of a length to an actor the one
// that arrives first leaves most open.
Lengths shortest_chains(const Truth& truth, const std::vector<std::string>& actors, bool dated) {
  std::map<std::string, std::vector<std::pair<std::string, std::string>>> links;  // to whom, and when
  for (const Truth::Event& event : truth.events) {
    links[event.subject].emplace_back(event.object, dated ? event.date : "");
    if (!dated) links[event.object].emplace_back(event.subject, "");
  }
  for (auto& [actor, to] : links) {
    std::sort(to.begin(), to.end());
    to.erase(std::unique(to.begin(), to.end()), to.end());
  }
  Lengths lengths;
  for (const std::string& from : actors) {
    std::map<std::string, std::string> earliest;  // by any length so far
    std::map<std::string, std::string> level = {{from, ""}};
    for (std::int64_t length = 1; !level.empty(); ++length) {
      std::map<std::string, std::string> next;
      for (const auto& [actor, arrived] : level)
        for (const auto& [to, date] : links[actor]) {
          if (date < arrived) continue;
          if (const auto known = earliest.find(to); known != earliest.end() && known->second <= date)
            continue;
          const auto [at, added] = next.emplace(to, date);
          if (!added) at->second = std::min(at->second, date);
        }
      for (const auto& [actor, arrived] : next) {
        earliest[actor] = arrived;
        lengths.emplace(std::pair(from, actor), length);
      }
      level = std::move(next);
    }
  }
  return lengths;
}

// What the query says for all pairs of the actors: each pair once, and its ?length.
Lengths chains_found(Session& session, const std::vector<std::string>& actors, const std::string& search) {
  std::string list;
  for (const std::string& actor : actors) list += " <" + actor + ">";
  Result result = session.query(
      "PREFIX ev: <http://icews.example/> PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> "
      "SELECT ?a ?b ?length { VALUES ?a {" +
      list + " } VALUES ?b {" + list + " } ?a " + search + " ?b }");
  Lengths lengths;
  while (result.next()) {
    const bool added =
        lengths
            .emplace(std::pair(std::string(result.get(0)->value()), std::string(result.get(1)->value())),
                     result.get(2)->as_integer().value())
            .second;
    EXPECT_TRUE(added) << result.get(0)->value() << ' ' << result.get(1)->value();
  }
  return lengths;
}

TEST_F(Icews, ChainsBetweenTheBusiestActors) {
  const Truth truth = read_lines(path_);
  Store store = Store::open(":memory:");
  store.load({path_});
  Session session = store.session();
  const std::vector<std::string> actors = busiest(truth, 100);
  const std::set<std::string> wanted(actors.begin(), actors.end());
  const auto of_the_busiest = [&](Lengths lengths) {
    std::erase_if(lengths, [&](const auto& entry) { return !wanted.contains(entry.first.second); });
    return lengths;
  };

  const Lengths plain = of_the_busiest(shortest_chains(truth, actors, false));
  EXPECT_EQ(plain.size(), 10'000u);
  EXPECT_EQ(chains_found(session, actors, "ANY SHORTEST ((!rdf:reifies|^!rdf:reifies)+ AS ?path, ?length)"),
            plain);

  const Lengths dated = of_the_busiest(shortest_chains(truth, actors, true));
  EXPECT_EQ(chains_found(
                session, actors,
                "ANY SHORTEST (VIA ?x ?y { ?x ?event ?y {| ev:date ?date |} }+ ASC ?date AS ?path, ?length)"),
            dated);
}

}  // namespace
