// Paths stay lists of ids inside the engine: texts are made for what is written, and counted.
#include <gtest/gtest.h>

#include "engine/query/query.h"
#include "engine/store/database.h"
#include "engine/store/loader.h"
#include "grammar/parse.h"

namespace dossier {
namespace {

constexpr const char* kGraph =
    "PREFIX : <http://e/>\n"
    "PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>\n"
    ":a :p :b {| :by :gazette |} . :b :p :c {| :by :letter |} . :a :p :c . :c :p :d {| :by :gazette |} .\n"
    ":s :saved \"[]\"^^<http://w3id.org/awslabs/neptune/SPARQL-CDTs/List> .\n";

class PathValues : public testing::Test {
 protected:
  PathValues() : database_(Database::open(":memory:", {})) {
    LoadOptions options;
    options.format = Format::ttl;
    load(*database_, {LoadSource{"graph", kGraph, std::nullopt, std::nullopt}}, options);
  }

  struct Answer {
    std::size_t rows = 0;
    std::uint64_t texts = 0;  // made before a row was read
    std::uint64_t written = 0;
  };
  Answer ask(const std::string& text, QueryLimits limits = {}) {
    QueryContext context(database_->snapshot(), limits, nullptr);
    const std::string prefixes =
        "PREFIX : <http://e/> PREFIX cdt: <http://w3id.org/awslabs/neptune/SPARQL-CDTs/> "
        "PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> ";
    const auto execution = execute(grammar::parse_query(prefixes + text, {}), context, {});
    Answer answer;
    std::vector<Batch> batches;
    for (Batch batch; execution->next(batch); batch = Batch()) {
      answer.rows += batch.rows;
      batches.push_back(std::move(batch));
    }
    answer.texts = context.terms().composite_texts();
    for (const Batch& batch : batches)
      for (const auto& column : batch.columns)
        for (std::size_t row = 0; row < batch.rows; ++row)
          if (column[row].is_bound()) context.terms().term(column[row]);
    answer.written = context.terms().composite_texts();
    return answer;
  }

 private:
  std::unique_ptr<Database> database_;
};

TEST_F(PathValues, NoTextIsMadeInsideTheEngine) {
  for (const char* query : {
           "SELECT ?edge ?i ?who { :a ANY SHORTEST (:p+ AS ?p) ?b UNFOLD(?p AS ?edge, ?i) "
           "OPTIONAL { ?r rdf:reifies ?edge OPTIONAL { ?r :by ?who } } }",
           "SELECT (cdt:size(?p) AS ?n) (cdt:get(?p, 1) AS ?first) { :a ANY SHORTEST (:p+ AS ?p) ?b }",
           "SELECT (cdt:head(?n) AS ?x) { :a ANY SHORTEST (:p+ AS ?p, ?l, ?n) ?b FILTER(cdt:contains(?n, "
           ":c)) }",
           "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?p { VALUES ?i { 1 2 } :a ALL TRAIL (:p+ AS ?p) ?b } }",
           "SELECT (COUNT(?p) AS ?n) (COUNT(DISTINCT ?p) AS ?d) { :a ALL TRAIL (:p+ AS ?p) ?b }",
           "SELECT (COUNT(?b) AS ?n) { :a ALL TRAIL (:p+ AS ?p) ?b } GROUP BY ?p",
           "SELECT ?b ?l { :a ALL TRAIL (:p+ AS ?p, ?l) ?b } ORDER BY ?l",
           "SELECT ?b ?c { { SELECT ?p ?b { :a ANY SHORTEST (:p+ AS ?p) ?b } } ?b :p ?c FILTER(cdt:size(?p) "
           "< 3) }",
           "SELECT (cdt:get(?edge, \"y\") AS ?y) { :a ANY SHORTEST (VIA ?x ?y { ?x :p ?y {| :by ?who |} }+ "
           "AS ?p) ?b "
           "UNFOLD(?p AS ?edge) FILTER(cdt:get(?edge, \"who\") = :gazette && cdt:containsKey(?edge, \"x\")) "
           "}",
           "SELECT ?k ?v { :a ANY SHORTEST (VIA ?x ?y { ?x :p ?y }+ AS ?p) ?b UNFOLD(?p AS ?edge) "
           "UNFOLD(?edge AS ?k, ?v) }",
       }) {
    const Answer answer = ask(query);
    EXPECT_GT(answer.rows, 0U) << query;
    EXPECT_EQ(answer.texts, 0U) << query;
    EXPECT_EQ(answer.written, 0U) << query;
  }
}

TEST_F(PathValues, OutputMakesEachTextOnce) {
  const Answer answer = ask("SELECT ?p ?i { VALUES ?i { 1 2 3 } :a ANY SHORTEST (:p+ AS ?p) ?b }");
  EXPECT_EQ(answer.rows, 9U);
  EXPECT_EQ(answer.texts, 0U);
  EXPECT_EQ(answer.written, 3U);
}

TEST_F(PathValues, WhereAStoredListMayComeTheTextDecides) {
  const Answer answer = ask("SELECT ?x { ?a ANY SHORTEST (:p* AS ?p) ?a . ?x :saved ?p }");
  EXPECT_GT(answer.rows, 0U);
  EXPECT_GT(answer.texts, 0U);
}

TEST_F(PathValues, CountAgainstTheBudget) {
  QueryLimits limits;
  limits.memory_bytes = std::size_t{8} << 20;
  // Twenty edges forth and back: more than a million paths.
  EXPECT_THROW(ask("SELECT (COUNT(DISTINCT ?p) AS ?n) { :a ALL ((:p|^:p){1,20} AS ?p) ?b }", limits),
               LimitError);
}

}  // namespace
}  // namespace dossier
