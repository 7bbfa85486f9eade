// Comparisons of YEAR(?x) read a part of the index, and answer as if they read all of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "engine/dossier.h"

namespace {

using namespace dossier;
using testing::HasSubstr;

constexpr const char* kPrologue = "PREFIX : <http://e/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> ";

class YearRangesTest : public testing::Test {
 protected:
  YearRangesTest() {
    std::string text = std::string(kPrologue) + "INSERT DATA { ";
    int number = 0;
    const auto add = [&](const std::string& value) {
      text += ":s" + std::to_string(number++) + " :on " + value + " . ";
    };
    // Around the turn of years in zones on both sides of the date line, and what is no date.
    for (const std::string year : {"1998", "1999", "2000", "2001", "4000", "4001", "4459", "4460", "9999",
                                   "0001", "0000", "-0044", "12345"}) {
      for (const std::string day : {"-01-01", "-12-31", "-06-15"})
        for (const std::string zone : {"", "Z", "+14:00", "-14:00"}) {
          add("\"" + year + day + zone + "\"^^xsd:date");
          for (const std::string time : {"T00:00:00", "T23:59:59.9", "T24:00:00"})
            add("\"" + year + day + time + zone + "\"^^xsd:dateTime");
        }
      add("\"" + year + "\"^^xsd:gYear");
      add("\"" + year + "-12\"^^xsd:gYearMonth");
    }
    add("\"2000-02-30\"^^xsd:date");
    add("\"--12-31\"^^xsd:gMonthDay");
    add("\"12:00:00\"^^xsd:time");
    add("2000");
    add("\"2000-01-01\"");
    add(":s0");
    session_.update(text + "}");
  }
  std::set<std::string> ask(const std::string& condition) {
    std::set<std::string> found;
    Result result =
        session_.query(std::string(kPrologue) + "SELECT ?s { ?s :on ?d FILTER(" + condition + ") }");
    while (result.next()) found.insert(result.get(0)->to_string());
    return found;
  }

  Store store_ = Store::open(":memory:");
  Session session_ = store_.session();
};

TEST_F(YearRangesTest, AnswerAsAllOfTheIndex) {
  for (const std::string year : {"1999", "2000", "1", "0", "-44", "3999", "4000", "4001", "4459", "9999",
                                 "12345", "2000.0", "1999.5", "2e3"})
    for (const std::string comparison : {"=", "<", "<=", ">", ">="}) {
      EXPECT_EQ(ask("YEAR(?d) " + comparison + " " + year), ask("YEAR(?d) + 0 " + comparison + " " + year))
          << comparison << year;
      EXPECT_EQ(ask(year + " " + comparison + " YEAR(?d)"), ask(year + " " + comparison + " YEAR(?d) + 0"))
          << year << comparison;
    }
  EXPECT_EQ(ask("YEAR(?d) = 1999").size(), 50U);
  EXPECT_EQ(ask("YEAR(?d) > 1998 && YEAR(?d) < 2000"), ask("YEAR(?d) = 1999"));
}

TEST_F(YearRangesTest, ReadThemAlone) {
  const std::string query = std::string(kPrologue) + "SELECT ?s { ?s :on ?d FILTER(YEAR(?d) = 1999) }";
  EXPECT_THAT(session_.explain(query), HasSubstr("in 4 ranges"));
}

}  // namespace
