// What may follow the beginning of a text; what it leaves open.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "grammar/nesting.h"
#include "grammar/place.h"

namespace dossier::grammar {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

Place place(std::string_view text, bool of_update = false) {
  auto found = place_at_end(text, of_update);
  EXPECT_TRUE(found) << text;
  return found.value_or(Place{});
}

TEST(Place, Keywords) {
  EXPECT_THAT(place("").expected, Contains("SELECT"));
  EXPECT_THAT(place("", true).expected, Contains("INSERT"));
  EXPECT_THAT(place("SELECT * { ?s ?p ?o } ").expected, Contains("LIMIT"));
  EXPECT_THAT(place("SELECT * { ?s ?p ?o } LIMIT 5 ").expected, Not(Contains("LIMIT")));
  EXPECT_THAT(place("SELECT * { ?s ?p ?o } ORDER ").expected, ElementsAre("BY"));
  EXPECT_THAT(place("SELECT * { ?s ?p ?o . ").expected, Contains("OPTIONAL"));
  EXPECT_THAT(place("INSERT DATA { ", true).expected, Not(Contains("OPTIONAL")));
}

TEST(Place, AggregatesOnlyWhereTheyMayStand) {
  EXPECT_TRUE(place("SELECT (").expects("an aggregate"));
  EXPECT_TRUE(place("SELECT (").expects("a function"));
  EXPECT_FALSE(place("SELECT * { ?s ?p ?o FILTER(").expects("an aggregate"));
  EXPECT_TRUE(place("SELECT * { ?s ?p ?o FILTER(").expects("a function"));
}

TEST(Place, TheTripleAtHand) {
  const Place verb = place("SELECT * { ?s a <http://e/T> ; ");
  EXPECT_TRUE(verb.expects("'a'"));
  ASSERT_TRUE(verb.subject);
  EXPECT_EQ(std::get<Var>(*verb.subject).name, "s");
  ASSERT_EQ(verb.triples.size(), 1U);
  EXPECT_EQ(std::get<Iri>(verb.triples.front().object).value, "http://e/T");
  EXPECT_FALSE(verb.verb);

  const Place object = place("SELECT * { ?s a ");
  ASSERT_TRUE(object.verb);
  EXPECT_EQ(std::get<Iri>(*object.verb).value, "http://www.w3.org/1999/02/22-rdf-syntax-ns#type");
  EXPECT_FALSE(place("SELECT * { ?s a ?t ").verb) << "an object is there";
  EXPECT_FALSE(place("SELECT * { ?s a ?t . ").subject);

  const Place within = place("SELECT * { ?s a <http://e/T> OPTIONAL { ?s ");
  EXPECT_EQ(within.triples.size(), 1U) << "that of the group around";
  const Place nested = place("SELECT * { ?s <http://e/p> [ ");
  EXPECT_TRUE(std::holds_alternative<BlankNode>(*nested.subject));
  EXPECT_EQ(place("INSERT DATA { <http://e/a> <http://e/p> 1 ; ", true).triples.size(), 1U);
}

TEST(Place, NoneBehindAMistake) {
  EXPECT_FALSE(place_at_end("SELECT * { ?s ?p } ", false));
  EXPECT_FALSE(place_at_end("SELECT \xff", false));
  EXPECT_TRUE(place_at_end("SELECT * { ?s unknown:p ", false)) << "prefixes need no declaration";
}

std::string open(std::string_view text) {
  std::string brackets;
  for (const Nesting::Bracket& bracket : nesting(text).open) brackets += bracket.kind;
  return brackets;
}

TEST(Nesting, Brackets) {
  EXPECT_EQ(open("SELECT * { FILTER( ?x[ ] "), "{(");
  EXPECT_EQ(open("{ '}' \"}\" '''}''' <http://e/)> # }\n"), "{");
  EXPECT_EQ(open("{ FILTER(?a<?b && ?c>(?d)"), "{(");
  EXPECT_EQ(open("} ) {"), "{");
}

TEST(Nesting, WhatIsNotClosed) {
  EXPECT_EQ(nesting("{ ?x :p \"Chen Yu").inside, Nesting::Inside::string);
  EXPECT_EQ(nesting("{ ?x :p \"Chen Yu").begin, 8U);
  EXPECT_EQ(nesting("\"\"\"a\n'").inside, Nesting::Inside::long_string);
  EXPECT_EQ(nesting("'a\\'").inside, Nesting::Inside::string);
  EXPECT_EQ(nesting("{ <http://e/").inside, Nesting::Inside::iri);
  EXPECT_EQ(nesting("FILTER(?a <").inside, Nesting::Inside::iri) << "or an operator: a word may begin here";
  EXPECT_EQ(nesting("FILTER(?a <?").inside, Nesting::Inside::code);
  EXPECT_EQ(nesting("{ # a").inside, Nesting::Inside::comment);
  EXPECT_EQ(nesting("{ # a\n").inside, Nesting::Inside::code);
}

TEST(Nesting, TheWordAtHand) {
  const auto word = [](std::string_view text) { return text.substr(word_begin(text)); };
  EXPECT_EQ(word("SELECT ?x { ?x foaf:na"), "foaf:na");
  EXPECT_EQ(word("SELECT ?x"), "?x");
  EXPECT_EQ(word("SELECT ?x "), "");
  EXPECT_EQ(word("{?x:p"), "?x:p");
  EXPECT_EQ(word("{ ?x ex:a.b"), "ex:a.b");
  EXPECT_EQ(word("{ ?x a ex:T."), "");
  EXPECT_EQ(word("{ 'Chen Yu"), "'Chen Yu");
  EXPECT_EQ(word("{ <http://e/a"), "<http://e/a");
  EXPECT_EQ(word("{ # foo"), "");
}

TEST(Nesting, Variables) {
  EXPECT_THAT(variables_of("SELECT ?x ($y AS ?z) { ?x:p '?no' # ?no\n ?x ?wer }"),
              ElementsAre("?x", "$y", "?z", "?wer"));
}

}  // namespace
}  // namespace dossier::grammar
