// Paths in tables: a link a line, through the public API.
#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "engine/dossier.h"

namespace {

using dossier::Format;
using dossier::Store;

class PathDrawing : public testing::Test {
 protected:
  std::string table(const std::string& query, Format format = Format::table) {
    std::ostringstream out;
    store_.session()
        .query("PREFIX : <http://e/> PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> " + query)
        .write(out, format);
    return out.str();
  }

  Store store_ = [] {
    Store store = Store::open(":memory:");
    store.load_text(R"(PREFIX : <http://e/>
      :a :knows :b . :c :knows :b . :c :likes :陳 {| :since 2019 ; :says :gazette |} .
      :loop :knows :loop . :b :said "two\nlines"@en .)",
                    Format::ttl);
    return store;
  }();
};

TEST_F(PathDrawing, LinksEitherWayRound) {
  EXPECT_EQ(table("SELECT ?p { :a ANY SHORTEST ((:knows|^:knows|:likes)+ AS ?p) :陳 }"),
            "p\n"
            "---------------\n"
            ":a ─:knows→ :b\n"
            ":b ←:knows─ :c\n"
            ":c ─:likes→ :陳\n");
}

// One link does not tell which way it was walked; the start does, a constant or a column.
TEST_F(PathDrawing, BeginsAtItsStart) {
  EXPECT_EQ(table("SELECT ?p { :b ANY (^:knows AS ?p) :a }"), "p\n--------------\n:b ←:knows─ :a\n");
  EXPECT_EQ(table("SELECT ?s ?p { VALUES ?s { :b } ?s ANY (^:knows AS ?p) :a }"),
            "s   p\n--  --------------\n:b  :b ←:knows─ :a\n");
  EXPECT_EQ(table("SELECT ?p { :a ANY (:knows AS ?p) :b }"), "p\n--------------\n:a ─:knows→ :b\n");
}

TEST_F(PathDrawing, StandsBesideOtherColumns) {
  EXPECT_EQ(
      table("SELECT ?n ?p ?to { :a ANY SHORTEST ((:knows|^:knows|:likes)+ AS ?p, ?n) ?to FILTER(?to != :a) } "
            "ORDER BY ?n"),
      "n  p                to\n"
      "-  ---------------  ---\n"
      "1  :a ─:knows→ :b   :b\n"
      "2  :a ─:knows→ :b   :c\n"
      "   :b ←:knows─ :c\n"
      "3  :a ─:knows→ :b   :陳\n"
      "   :b ←:knows─ :c\n"
      "   :c ─:likes→ :陳\n");
}

TEST_F(PathDrawing, LoopsLiteralsAndPathsWithoutALink) {
  EXPECT_EQ(table("SELECT ?p { :loop ANY (:knows{1} AS ?p) :loop }"),
            "p\n--------------------\n:loop ─:knows→ :loop\n");
  EXPECT_EQ(table("SELECT ?p { :a ANY SHORTEST ((:knows|:said)+ AS ?p) ?text FILTER(isLiteral(?text)) }"),
            "p\n------------------------\n:a ─:knows→ :b\n:b ─:said→ two\\nlines@en\n");
  EXPECT_EQ(table("SELECT ?p { :a ANY (:knows* AS ?p) :a }"),
            "p\n--------------------------------------------------------\n"
            "\"[]\"^^<http://w3id.org/awslabs/neptune/SPARQL-CDTs/List>\n");
}

// The other variables of VIA: an IRI is what leads on, the rest is said of it.
TEST_F(PathDrawing, StepsOfAPattern) {
  EXPECT_EQ(table("SELECT ?p { :c ANY (VIA ?x ?y { ?x ?what ?y {| :since ?year |} } AS ?p) :陳 }"),
            "p\n----------------------------\n:c ─:likes→ :陳  [year 2019]\n");
  EXPECT_EQ(table("SELECT ?p { :c ANY (VIA ?x ?y { ?x :likes ?y } AS ?p) :陳 }"),
            "p\n---------\n:c ─→ :陳\n");
}

// A triple term between the ends is the link, whatever else is an IRI.
TEST_F(PathDrawing, StepsOfClaims) {
  EXPECT_EQ(table("SELECT ?p { :陳 ANY (VIA ?x ?y { SELECT ?x ?y ?link ?who { ?claim rdf:reifies <<( ?y ?q "
                  "?x )>>, ?link ; "
                  ":says ?who } } AS ?p) :c }"),
            "p\n-------------------------------\n:陳 ←:likes─ :c  [who :gazette]\n");
}

// A list that no search made, and a path in a format for programs, stay as they are.
TEST_F(PathDrawing, OnlyPathsInTables) {
  EXPECT_NE(table("SELECT ?q { :a ANY (:knows AS ?p) :b BIND(?p AS ?q) }").find("List>"), std::string::npos);
  EXPECT_NE(table("SELECT ?p { :a ANY (:knows AS ?p) :b }", Format::tsv).find("<<( "), std::string::npos);
}

}  // namespace
