// Mistakes that people make, and what they are told: the place, and how to mend it.
#include <gtest/gtest.h>

#include <array>
#include <optional>

#include "grammar/parse.h"

namespace dossier::grammar {
namespace {

struct Mistake {
  std::string_view text;
  std::size_t column;
  std::string_view advice;  // the message has it
};

// clang-format off
constexpr auto kMistakes = std::to_array<Mistake>({
    {R"(SELECT ?x WHERE { ?x a :T ?x :p ?y })", 27,
     R"(a '.' is missing before it)"},
    {R"(SELECT ?x WHERE { ?x a :T)", 26,
     R"(the '{' in line 1, column 17 is not closed)"},
    {R"(SELECT ?x { ?x = :y })", 16,
     R"(a triple is subject, predicate, object, as in ?x foaf:name ?name)"},
    {R"(SELECT ?x { ?x foaf=name ?y })", 16,
     R"(a name has a colon behind its prefix: foaf:...)"},
    {R"(SELECT name FROM person)", 8,
     R"(a variable begins with ?: ?name)"},
    {R"(SELECT * FROM person WHERE age > 5)", 15,
     R"(FROM takes the IRI of a graph; what is asked stands in braces: { ?s ?p ?o })"},
    {R"(SELECT COUNT(*) { ?s ?p ?o })", 8,
     R"(an expression needs brackets and a name: (COUNT(...) AS ?name))"},
    {R"(SELECT (COUNT(*)) { ?s ?p ?o })", 17,
     R"(an expression needs a name: (... AS ?name))"},
    {R"(SELECT ?p COUNT(?x) { ?x a ?p } GROUP BY ?p)", 11,
     R"(an expression needs brackets and a name: (COUNT(...) AS ?name))"},
    {R"(SELECT ?x { ?x foaf:name ?n FILTER(?n LIKE "a%") })", 39,
     R"(write CONTAINS(?x, "text"), STRSTARTS(?x, "text") or REGEX(?x, "pattern", "i"))"},
    {R"(SELECT ?x { ?x foaf:name ?n FILTER(?n <> "a") })", 39,
     R"('not equal' is written !=)"},
    {R"(SELECT ?x { ?x foaf:name ?n FILTER(?n != "a" & ?n != "b") })", 46,
     R"('and' is written &&)"},
    {R"(SELECT ?x { ?x foaf:name ?n FILTER(?n != "a" and ?n != "b") })", 46,
     R"('and' is written &&)"},
    {R"(SELECT ?x { ?x foaf:name ?n FILTER(?n = "a" or ?n = "b") })", 45,
     R"('or' is written ||)"},
    {R"(SELECT ?x { ?x foaf:name ?n FILTER(not ?n = "a") })", 40,
     R"('not' is written !, as in !(?x = ?y))"},
    {R"(SELECT ?x { ?x foaf:name ?n FILTER ?n = "a" })", 36,
     R"(a condition stands in brackets: FILTER(...))"},
    {R"(SELECT ?x { ?x foaf:name ?n WHERE ?n = "a" })", 29,
     R"(a condition is FILTER(...))"},
    {R"(SELECT ?x { ?x foaf:name 'O'Brien' })", 29,
     R"(an apostrophe inside of '...' is written \', or the text stands in "...")"},
    {R"(select distinct(?x) { ?x ?p ?o })", 19,
     R"(a variable alone stands without brackets)"},
    {R"(SELECT DISTINCT ?x, ?y { ?x ?p ?y })", 19,
     R"(the variables of SELECT stand side by side without commas)"},
    {R"(MATCH (a:Person)-[:KNOWS]->(b) RETURN a)", 1,
     R"(this is Cypher; a pattern of triples is asked by SELECT * { ?a :knows ?b })"},
    {R"(SELECT ?x { (?x)-[:knows]->(?y) })", 17,
     R"(a triple is subject, predicate, object, as in ?x foaf:name ?name)"},
    {R"(SELECT ?x { ?x -> ?y })", 16,
     R"(a triple is subject, predicate, object, as in ?x foaf:name ?name)"},
    {R"(SELECT ?x { ?x foaf:name ?n, ?x foaf:age ?a })", 33,
     R"(',' goes on with another object; a '.' comes before another subject)"},
    {R"(SELECT ?x { ?x foaf:name ?n ; ?x foaf:age ?a })", 43,
     R"(behind ';' the subject is not written again; a '.' comes before another triple)"},
    {R"(SELECT ?x { ?x foaf:name ?n } ORDER BY ?n DESC)", 47,
     R"(DESC stands before its key, in brackets: DESC(?x))"},
    {R"(SELECT ?x { ?x foaf:name ?n } LIMIT 10, 5)", 39,
     R"(write LIMIT 5 OFFSET 10)"},
    {R"(SELECT ?x { ?x foaf:name ?n } LIMIT ?n)", 37,
     R"(LIMIT and OFFSET take a number, no variable)"},
    {R"(SELECT ?x { ?x foaf:name ?n } GROUP BY ?n ORDER BY COUNT(?x) DESC)", 66,
     R"(DESC stands before its key, in brackets: DESC(?x))"},
    {R"(SELECT ?x { ?x foaf:age ?n FILTER(?n == 5) })", 39,
     R"(equality is written with a single =)"},
    {R"(SELECT ?x { ?x foaf:age ?n FILTER(?n >= 5 })", 43,
     R"(the '(' in line 1, column 34 is not closed)"},
    {R"(SELECT ?x { ?x foaf:age ?n FILTER(?n > 5)) })", 42,
     R"(there is no '(' that it closes)"},
    {R"(SELECT ?x { ?x foaf:age ?n }})", 29,
     R"(there is no '{' that it closes)"},
    {R"(SELECT ?x { BIND(?y = 5) })", 24,
     R"(an expression needs a name: (... AS ?name))"},
    {R"(SELECT ?x { LET ?x := 5 })", 13,
     R"(write BIND(expression AS ?x))"},
    {R"(SELECT ?x { ?x foaf:age IS NULL })", 25,
     R"(what is not there is asked by FILTER NOT EXISTS { ... } or !BOUND(?x))"},
    {R"(SELECT ?x { ?x foaf:age ?n FILTER(?n IS NOT NULL) })", 38,
     R"(write BOUND(?x) or !BOUND(?x); types are tested by isIRI(?x), isLiteral(?x), isBlank(?x))"},
    {R"(SELECT ?x { ?x foaf:age ?n FILTER(?n BETWEEN 1 AND 5) })", 38,
     R"(write ?x >= 1 && ?x <= 5)"},
    {R"(SELECT ?x { ?x foaf:age ?n FILTER(?n IN {1, 2}) })", 41,
     R"(the list stands in brackets: IN (1, 2))"},
    {R"(SELECT ?x { ?x foaf:age ?n FILTER(CONCAT(?n) || 'a' })", 53,
     R"(the '(' in line 1, column 34 is not closed)"},
    {R"(SELECT ?x { ?x knows ?y })", 16,
     R"(a predicate is written with a prefix, as in :knows, or as <IRI>)"},
    {R"(SELECT ?x { Chen foaf:knows ?y })", 13,
     R"(a term is written with a prefix, as in :Chen, as <IRI>, or as "text")"},
    {R"(SELECT ?x { http://example.org/a foaf:knows ?y })", 13,
     R"(an IRI stands in angle brackets: <http:...>)"},
    {R"(SELECT ?x { <http://example.org/a b> foaf:knows ?y })", 13,
     R"(an IRI holds no blank; write it as %20)"},
    {R"(PREFIX foaf <http://xmlns.com/foaf/0.1/> SELECT ?x { ?x foaf:knows ?y })", 8,
     R"(its colon is missing: PREFIX name: <IRI>)"},
    {R"(PREFIX foaf: http://xmlns.com/foaf/0.1/ SELECT ?x { ?x foaf:knows ?y })", 14,
     R"(write <http://xmlns.com/foaf/0.1/>)"},
    {R"(@prefix foaf: <http://xmlns.com/foaf/0.1/> . SELECT ?x { ?x foaf:knows ?y })", 1,
     R"(a query has PREFIX name: <IRI>, without @ and the '.' behind)"},
    {R"(PREFIX foaf: <http://xmlns.com/foaf/0.1/>; SELECT ?x { ?x foaf:knows ?y })", 42,
     R"(nothing stands between a PREFIX line and what follows)"},
    {R"(SELECT ?x { ?x foaf:knows ?y OPTIONAL ?y foaf:name ?n })", 39,
     R"(patterns and data stand in braces: { ... })"},
    {R"(SELECT ?x { ?x foaf:knows ?y NOT EXISTS { ?y foaf:name ?n } })", 30,
     R"(write FILTER NOT EXISTS { ... } or FILTER EXISTS { ... })"},
    {R"(SELECT ?x { ?x foaf:knows ?y } UNION { ?x foaf:likes ?y })", 32,
     R"(UNION stands inside of the braces: { { ... } UNION { ... } })"},
    {R"(SELECT ?x WHERE ?x foaf:knows ?y)", 17,
     R"(patterns and data stand in braces: { ... })"},
    {R"(SELECT x { ?x foaf:knows ?y })", 8,
     R"(a variable begins with ?: ?x)"},
    {R"(SELECT { ?x foaf:knows ?y })", 8,
     R"(what is asked for is missing: variables, or *)"},
    {R"(SELECT ?x FROM { ?x foaf:knows ?y })", 16,
     R"(FROM takes the IRI of a graph; what is asked stands in braces: { ?s ?p ?o })"},
    {R"(SELECT ?x { ?x foaf:knows ?y } HAVING COUNT(?y) > 5)", 8,
     R"(?x is not grouped: SELECT may name only the variables of GROUP BY, or aggregates)"},
    {R"(SELECT ?x { ?x foaf:knows ?y . FILTER regex(?y, "a") . . })", 56,
     R"(one '.' is enough)"},
    {R"(SELECT ?x { ?x foaf:knows ?y AND ?y foaf:knows ?z })", 30,
     R"(patterns stand side by side; a '.' parts them)"},
    {R"(SELECT TOP 5 ?x { ?x foaf:knows ?y })", 8,
     R"(write LIMIT 5 behind the closing brace)"},
    {R"(SELECT ?x AS ?y { ?x foaf:knows ?y })", 11,
     R"(an expression with its name stands in brackets: (?x AS ?name))"},
    {R"(SELECT ?x { ?x rdf:type foaf:Person. ?x foaf:name "a"@ })", 54,
     R"(a language tag has letters behind @: "text"@en)"},
    {R"(SELECT ?x { ?x foaf:name "a"^^date })", 31,
     R"(the datatype is an IRI, as in xsd:date)"},
    {R"(SELECT ?x { ?x "name" ?y })", 16,
     R"(a predicate is an IRI or a variable, no text and no number)"},
    {R"(SELECT ?x { ?x 5 ?y })", 16,
     R"(a predicate is an IRI or a variable, no text and no number)"},
    {R"(INSERT { :a :b :c })", 20,
     R"(where to is said by WHERE { ... }; INSERT DATA { ... } and DELETE DATA { ... } need none)"},
    {R"(INSERT DATA { ?a :b :c })", 15,
     R"(INSERT DATA cannot hold a variable; use INSERT { ... } WHERE { ... })"},
    {R"(INSERT INTO x VALUES (1))", 8,
     R"(write INSERT DATA { ... }, DELETE DATA { ... } or DELETE WHERE { ... })"},
    {R"(INSERT DATA :a :b :c)", 13,
     R"(patterns and data stand in braces: { ... })"},
    {R"(DELETE FROM x WHERE { ?s ?p ?o })", 8,
     R"(write INSERT DATA { ... }, DELETE DATA { ... } or DELETE WHERE { ... })"},
    {R"(DELETE { ?s ?p ?o })", 20,
     R"(where to is said by WHERE { ... }; INSERT DATA { ... } and DELETE DATA { ... } need none)"},
    {R"(UPDATE x SET y = 5)", 1,
     R"(write DELETE { ... } INSERT { ... } WHERE { ... })"},
    {R"(SHOW TABLES)", 1,
     R"(SELECT DISTINCT ?p { ?s ?p ?o } shows the predicates, SELECT DISTINCT ?c { ?s a ?c } the classes)"},
    {R"(FROM x SELECT y)", 1,
     R"(a query begins with SELECT: SELECT * FROM <graph> { ?s ?p ?o })"},
    {R"(ASK ?x foaf:knows ?y)", 5,
     R"(patterns and data stand in braces: { ... })"},
    {R"(SELECT ?x { ?x foaf:name ?n . FILTER(lang(?n) = en) })", 49,
     R"(text stands in quotation marks: "en")"},
    {R"(SELECT ?x { ?x foaf:name ?n . FILTER(contain(?n, "a")) })", 38,
     R"(did you mean CONTAINS?)"},
    {R"(SELECT ?x { ?x foaf:name ?n . FILTER(length(?n) > 5) })", 38,
     R"(write STRLEN)"},
    {R"(SELECT ?x { ?x foaf:name ?n . FILTER(?n.lang = "en") })", 40,
     R"(a function stands before its argument: LANG(?x), YEAR(?date))"},
    {R"(SELECT ?x { ?x foaf:name ?n . FILTER(starts_with(?n, "a")) })", 38,
     R"(write STRSTARTS)"},
    {R"(SELECT ?x { ?x foaf:name ?n . FILTER(?n STARTS WITH "a") })", 41,
     R"(write STRSTARTS(?x, "text"))"},
    {R"(SELECT ?x { ?x foaf:name “Chen” })", 26,
     R"(quotation marks are plain: "text" or 'text')"},
    {R"(SELECT ?x { ?x foaf:knows{2,} ?y . } OFSET 5)", 38,
     R"(did you mean OFFSET?)"},
});
// clang-format on

// The error of the reading that gets further, as the shell reports it.
SyntaxError error_of(std::string_view text) {
  ParseOptions options;
  options.prefixes = {{"", "http://example.org/"}};
  options.known_prefixes = true;
  std::optional<SyntaxError> of_query;
  try {
    parse_query(text, options);
  } catch (const SyntaxError& error) {
    of_query = error;
  }
  try {
    parse_update(text, options);
  } catch (const SyntaxError& error) {
    if (of_query && error.offset() <= of_query->offset()) return *of_query;
    return error;
  }
  ADD_FAILURE() << text << " is well-formed";
  return SyntaxError(text, 0, "");
}

TEST(Advice, OfTypicalMistakes) {
  for (const Mistake& mistake : kMistakes) {
    const SyntaxError error = error_of(mistake.text);
    EXPECT_EQ(error.column(), mistake.column) << mistake.text;
    EXPECT_NE(error.message().find(mistake.advice), std::string::npos)
        << mistake.text << "\n  " << error.message() << "\n  is to say: " << mistake.advice;
  }
}

// The text with its mend, `‸` where something is still to be written; empty: it is not known.
std::string mended(std::string_view text, const ParseOptions& options = {}) {
  try {
    parse_query(text, options);
  } catch (const SyntaxError& error) {
    if (!error.mend()) return {};
    const Mend& mend = *error.mend();
    std::string right = mend.text;
    if (mend.cursor != std::string::npos) right.insert(mend.cursor, "‸");
    return std::string(text).replace(mend.offset, mend.length, right);
  }
  return "right";
}

TEST(Advice, MendsWhatIsCertain) {
  EXPECT_EQ(mended("SELCT * { ?s ?p ?o }"), "SELECT * { ?s ?p ?o }");
  EXPECT_EQ(mended("select * { ?s ?p ?o optionl { ?s ?p 1 } }"),
            "select * { ?s ?p ?o optional { ?s ?p 1 } }");
  EXPECT_EQ(mended("SELECT * { ?s ?p ?o FILTER(STRLN(?o) > 1) }"),
            "SELECT * { ?s ?p ?o FILTER(STRLEN(?o) > 1) }");
  EXPECT_EQ(mended("SELECT * { ?s fofa:name ?o }"), "SELECT * { ?s foaf:name ?o }");
  EXPECT_EQ(mended("SELECT * { ?s foaf:name ?o }"),
            "PREFIX foaf: <http://xmlns.com/foaf/0.1/>\nSELECT * { ?s foaf:name ?o }");
  EXPECT_EQ(mended("SELECT * { ?s ?p \"1\"^^qqq:int }"),
            "PREFIX qqq: <‸>\nSELECT * { ?s ?p \"1\"^^qqq:int }");
  ParseOptions options;
  options.prefixes = {{"events", "http://e/"}, {"", "http://x/"}};
  EXPECT_EQ(mended("SELECT * { ?s evnts:p \"1\"^^evnts:int }", options),
            "SELECT * { ?s events:p \"1\"^^evnts:int }");
  EXPECT_EQ(mended("SELECT * { ?s ?p ?o"), "") << "what is missing may be much";
  EXPECT_EQ(mended("SELECT name { ?s ?p ?o }"), "");
}

// Two changes make any short word of any other.
TEST(Advice, ShortNamesAreNotTakenForOthers) {
  ParseOptions options;
  options.prefixes = {{"date", "http://e/"}};
  EXPECT_EQ(mended("SELECT * { ?s name:p ?o }", options), "PREFIX name: <‸>\nSELECT * { ?s name:p ?o }");
  EXPECT_EQ(mended("SELECT * { ?s daet:p ?o }", options), "SELECT * { ?s date:p ?o }");
}

}  // namespace
}  // namespace dossier::grammar
