// ORDER BY with LIMIT against ORDER BY alone: the rows that are let go early are those that would not have
// been kept.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/dossier.h"
#include "tests/differential/random.h"

namespace {

using dossier::Result;
using dossier::Session;
using dossier::Store;
using dossier::differential::Random;

std::string random_value(Random& random) {
  const auto small = [&] { return std::to_string(random.below(40)); };
  switch (random.below(14)) {
    case 0:
      return small() + "." + small();
    case 1:
      return small() + "e" + std::to_string(random.below(3));
    case 2:
      return "\"NaN\"^^xsd:double";
    case 3:
      return "\"2014-01-" + std::to_string(10 + random.below(20)) + "\"^^xsd:date";
    case 4:
      return "\"2014-01-" + std::to_string(10 + random.below(20)) + "+05:00\"^^xsd:date";
    case 5:
      return "\"a" + small() + "\"";
    case 6:
      return "\"a" + small() + "\"@en";
    case 7:
      return ":o" + small();
    case 8:
      return "\"a longer string that is in no id " + small() + "\"";
    case 9:
      return random.below(2) == 0 ? "true" : "false";
    default:
      return "-" + small();
  }
}

std::vector<std::string> rows(Session& session, const std::string& query) {
  Result result = session.query("PREFIX : <http://e/> " + query);
  std::vector<std::string> found;
  while (result.next()) {
    std::string& row = found.emplace_back();
    for (std::size_t i = 0; i < result.variables().size(); ++i) {
      const auto term = result.get(i);
      row += (term ? term->to_string() : "-") + " ";
    }
  }
  return found;
}

TEST(TopK, KeepsWhatSortingAllKeeps) {
  Random random(4);
  std::string data = "PREFIX : <http://e/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n";
  for (int i = 0; i < 14'000; ++i) {
    const std::string subject = ":s" + std::to_string(i);
    data += subject + " :n " + std::to_string(random.below(300)) + " .\n";
    if (random.below(10) != 0) data += subject + " :v " + random_value(random) + " .\n";
  }
  Store store = Store::open(":memory:");
  store.load_text(data, dossier::Format::ttl);
  Session session = store.session();
  for (const std::string order : {"?n ?v ?s", "DESC(?n) ?s", "?v ?s", "DESC(?v) ?s", "DESC(?v) DESC(?n) ?s",
                                  "?none ?n ?s", "?n DESC(?v) DESC(?s)"}) {
    const std::string query = "SELECT ?s ?n ?v { ?s :n ?n OPTIONAL { ?s :v ?v } } ORDER BY " + order;
    const std::vector<std::string> all = rows(session, query);
    ASSERT_EQ(all.size(), 14'000U);
    for (const std::size_t limit : {1U, 7U, 100U, 2'500U}) {
      const std::vector<std::string> first(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(limit));
      EXPECT_EQ(rows(session, query + " LIMIT " + std::to_string(limit)), first) << order << ' ' << limit;
    }
    const std::vector<std::string> later(all.begin() + 30, all.begin() + 42);
    EXPECT_EQ(rows(session, query + " LIMIT 12 OFFSET 30"), later) << order;
  }
}

// Scans leave out pieces whose values are behind the last row kept: but no row that is not, wherever it came
// from.
TEST(TopK, KeepsWhatNarrowedScansMustHandOut) {
  Random random(5);
  std::string data = "PREFIX : <http://e/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n";
  const auto value = [&] {
    const std::string number = std::to_string(random.below(1'000'000));
    const std::string day = std::to_string(10 + random.below(20));
    switch (random.below(400)) {
      case 0:
        return number + ".5";
      case 1:
        return "\"a" + number + "\"";
      case 2:
        return "\"2014-01-" + day + "\"^^xsd:date";
      default:
        return number;
    }
  };
  for (int i = 0; i < 40'000; ++i) {
    const std::string subject = ":s" + std::to_string(i);
    data += subject + " :m " + value() + " ; :n " + std::to_string(i % 7) + " .\n";
    if (i % 3 == 0)
      data += subject + " :d \"20" + std::to_string(10 + random.below(30)) + "-01-02\"^^xsd:date .\n";
  }
  Store store = Store::open(":memory:");
  store.load_text(data, dossier::Format::ttl);
  Session session = store.session();
  const auto compare = [&] {
    for (const std::string pattern :
         {"?s :m ?m", "?s :m ?m FILTER(?m != 7)", "?s :m ?m . ?s :n ?n", "?s :n 3 . ?s :m ?m", "?s :d ?m"}) {
      for (const std::string order : {"?m", "DESC(?m)", "DESC(?m) ?s", "?m DESC(?s)"}) {
        const std::string query = "SELECT * { " + pattern + " } ORDER BY " + order + " ?s ?n";
        const std::vector<std::string> all = rows(session, query);
        for (const std::size_t limit : {1U, 10U, 300U}) {
          const std::vector<std::string> first(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(limit));
          EXPECT_EQ(rows(session, query + " LIMIT " + std::to_string(limit)), first) << query << ' ' << limit;
        }
      }
    }
  };
  compare();
  // Rows beside the blocks: of commits, and of a transaction that is open.
  session.update("PREFIX : <http://e/> INSERT DATA { :x1 :m -5 . :x2 :m 2000000 . :x3 :m 'zz' ; :n 3 }");
  session.update(
      "PREFIX : <http://e/> DELETE { ?s :m ?m } WHERE { SELECT ?s ?m { ?s :m ?m } ORDER BY DESC(?m) LIMIT 40 "
      "}");
  compare();
  session.begin();
  session.update(
      "PREFIX : <http://e/> INSERT DATA { :y1 :m -6 . :y2 :m 3000000 } ; DELETE WHERE { :s77 ?p ?o }");
  compare();
  session.rollback();
}

// Values of one kind are ordered by the bits of their ids; one of another kind sends all of them the long way
// round.
TEST(TopK, OrdersOneKindAsItDoesAmongOthers) {
  const std::vector<std::vector<std::string>> kinds = {
      {"-7", "0", "3", "12", "1000000"},
      {"1.5", "1.50", "-0.5", "-0.50", "2.0", "10.25"},
      {"1.0E0", "-2.5E1", "1.0E3", "1.25E-1"},
      {"\"\"", "\"a\"", "\"ab\"", "\"b\"", "\"é\"", "\"z\""},
      {"\"2014-01-02\"^^xsd:date", "\"2013-12-31\"^^xsd:date", "\"-0044-03-15\"^^xsd:date"},
      {"\"2014-01-02Z\"^^xsd:date", "\"2014-01-02+05:00\"^^xsd:date", "\"2014-01-02-05:00\"^^xsd:date"},
      {"\"2014-01-02T00:00:00Z\"^^xsd:dateTime", "\"2014-01-02T00:00:00.0Z\"^^xsd:dateTime",
       "\"2013-01-02T00:00:00Z\"^^xsd:dateTime"},
      {"\"2014-01-02T00:00:00\"^^xsd:dateTime", "\"2014-01-02T00:00:00.500\"^^xsd:dateTime"},
      {"true", "false"}};
  for (const auto& kind : kinds) {
    std::string data = "PREFIX : <http://e/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n";
    for (std::size_t i = 0; i < kind.size(); ++i)
      data += ":s" + std::to_string(i) + " :v " + kind[i] + " .\n";
    Store store = Store::open(":memory:");
    store.load_text(data, dossier::Format::ttl);
    Session session = store.session();
    for (const std::string order : {"?v", "DESC(?v)"}) {
      const std::string end = " } ORDER BY " + order;
      const std::vector<std::string> alone = rows(session, "SELECT ?v { ?s :v ?v" + end);
      std::vector<std::string> among = rows(
          session,
          "SELECT ?v { { ?s :v ?v } UNION { VALUES ?v { :other 'other text, too long for an id' } }" + end);
      ASSERT_EQ(alone.size(), kind.size());
      std::erase_if(among, [](const std::string& row) { return row.find("other") != std::string::npos; });
      EXPECT_EQ(alone, among) << kind.front() << ' ' << order;
    }
  }
}

}  // namespace
