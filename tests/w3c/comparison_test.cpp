// The comparison must find what is wrong: a suite that takes any answer proves nothing.
#include "tests/w3c/comparison.h"

#include <gtest/gtest.h>

#include "tests/isomorphism.h"
#include "tests/rdf_text.h"

namespace dossier::w3c {
namespace {

// Rows in TSV.
ResultTable rows(const std::string& tsv) {
  return read_results(tsv, Format::tsv);
}

bool same(const std::string& expected, const std::string& given, Order order = Order::free,
          Cardinality cardinality = Cardinality::exact) {
  return compare_results(rows(expected), rows(given), order, cardinality).empty();
}

TEST(Comparison, TakesRowsInAnyOrderAndColumnsByName) {
  EXPECT_TRUE(same("?x\t?y\n1\t2\n3\t4\n", "?y\t?x\n4\t3\n2\t1\n"));
  EXPECT_TRUE(same("\n\n", "\n\n"));  // no variables, one row
}

TEST(Comparison, FindsAWrongRow) {
  EXPECT_FALSE(same("?x\t?y\n1\t2\n", "?x\t?y\n1\t3\n"));
  EXPECT_FALSE(same("?x\t?y\n1\t2\n", "?x\t?y\n2\t1\n"));
  EXPECT_FALSE(same("?x\n\"a\"\n", "?x\n\"a\"@en\n"));
  EXPECT_FALSE(same("?x\n\"a\"@en--ltr\n", "?x\n\"a\"@en--rtl\n"));
  EXPECT_FALSE(same("?x\n\"a\"\n", "?x\n<a:a>\n"));
  EXPECT_FALSE(same("?x\n\"a\"\n", "?x\n\n"));
}

TEST(Comparison, FindsAMissingRow) {
  EXPECT_FALSE(same("?x\n1\n2\n", "?x\n1\n"));
  EXPECT_FALSE(same("?x\n1\n", "?x\n"));
}

TEST(Comparison, FindsADuplicateTooManyOrTooFew) {
  EXPECT_FALSE(same("?x\n1\n", "?x\n1\n1\n"));
  EXPECT_FALSE(same("?x\n1\n1\n2\n", "?x\n1\n2\n2\n"));
  EXPECT_FALSE(same("\n\n", "\n\n\n"));
}

TEST(Comparison, FindsAnotherVariable) {
  EXPECT_FALSE(same("?x\n1\n", "?y\n1\n"));
  EXPECT_FALSE(same("?x\n1\n", "?x\t?y\n1\t\n"));
  EXPECT_FALSE(same("?x\t?y\n1\t\n", "?x\n1\n"));
}

TEST(Comparison, FindsAWrongOrderWhereOneIsGiven) {
  EXPECT_TRUE(same("?x\n1\n2\n", "?x\n2\n1\n"));
  EXPECT_FALSE(same("?x\n1\n2\n", "?x\n2\n1\n", Order::fixed));
  EXPECT_TRUE(same("?x\n1\n2\n", "?x\n1\n2\n", Order::fixed));
  EXPECT_NE(compare_results(rows("?x\n1\n2\n"), rows("?x\n2\n1\n"), Order::fixed).find("order"),
            std::string::npos);
}

TEST(Comparison, FindsAWrongBoolean) {
  EXPECT_TRUE(same("true\n", "true\n"));
  EXPECT_FALSE(same("true\n", "false\n"));
  EXPECT_FALSE(same("true\n", "?x\n1\n"));
  EXPECT_FALSE(same("?x\n1\n", "true\n"));
}

TEST(Comparison, RenamesBlankNodesAsOne) {
  EXPECT_TRUE(same("?x\t?y\n_:a\t_:a\n_:b\t1\n", "?x\t?y\n_:q\t1\n_:r\t_:r\n"));
  EXPECT_FALSE(same("?x\t?y\n_:a\t_:a\n", "?x\t?y\n_:a\t_:b\n"));
  EXPECT_FALSE(same("?x\n_:a\n_:a\n", "?x\n_:a\n_:b\n"));
  EXPECT_FALSE(same("?x\n_:a\n", "?x\n<a:a>\n"));
  // The one node in two rows.
  EXPECT_TRUE(same("?x\t?y\n_:a\t1\n_:a\t2\n_:b\t3\n", "?x\t?y\n_:b\t1\n_:b\t2\n_:a\t3\n"));
  EXPECT_FALSE(same("?x\t?y\n_:a\t1\n_:a\t2\n_:b\t3\n", "?x\t?y\n_:a\t1\n_:b\t2\n_:b\t3\n"));
}

TEST(Comparison, LooksIntoTripleTerms) {
  EXPECT_TRUE(same("?x\t?y\n_:a\t<<( _:a <p:p> 1 )>>\n", "?x\t?y\n_:b\t<<( _:b <p:p> 1 )>>\n"));
  EXPECT_FALSE(same("?x\t?y\n_:a\t<<( _:a <p:p> 1 )>>\n", "?x\t?y\n_:a\t<<( _:b <p:p> 1 )>>\n"));
  EXPECT_FALSE(same("?x\n<<( _:a <p:p> _:a )>>\n", "?x\n<<( _:a <p:p> _:b )>>\n"));
  EXPECT_FALSE(
      same("?x\n<<( _:a <p:p> <<( _:a <p:p> 1 )>> )>>\n", "?x\n<<( _:a <p:p> <<( _:a <p:p> 2 )>> )>>\n"));
}

TEST(Comparison, NumbersByValueOfTheSameDatatype) {
  EXPECT_TRUE(same("?x\n2.50\n", "?x\n2.5\n"));
  EXPECT_TRUE(same("?x\n1e2\n", "?x\n1.0E2\n"));
  EXPECT_TRUE(same("?x\n<<( <a:a> <p:p> 01 )>>\n", "?x\n<<( <a:a> <p:p> 1 )>>\n"));
  EXPECT_FALSE(same("?x\n2.0\n", "?x\n2\n"));
  EXPECT_FALSE(same("?x\n2.5\n", "?x\n2.51\n"));
  EXPECT_FALSE(same("?x\n\"2.50\"\n", "?x\n\"2.5\"\n"));
  EXPECT_FALSE(same("?x\n1.0e0\n", "?x\n1.0\n"));
}

TEST(Comparison, ReducedAllowsFewerDuplicatesOnly) {
  const std::string twice = "?x\n1\n1\n2\n";
  EXPECT_TRUE(same(twice, "?x\n1\n2\n", Order::free, Cardinality::lax));
  EXPECT_TRUE(same(twice, twice, Order::free, Cardinality::lax));
  EXPECT_FALSE(same(twice, "?x\n1\n1\n", Order::free, Cardinality::lax));
  EXPECT_FALSE(same(twice, "?x\n1\n2\n2\n", Order::free, Cardinality::lax));
  EXPECT_FALSE(same(twice, "?x\n1\n1\n2\n2\n", Order::free, Cardinality::lax));
}

std::vector<Quad> quads(const std::string& text) {
  return test::read_quads(text, Format::nq);
}

TEST(Comparison, GraphsUpToBlankNodes) {
  EXPECT_EQ(
      compare_quads(quads("_:a <p:p> _:b .\n_:b <p:p> \"x\" ."), quads("_:y <p:p> \"x\" .\n_:x <p:p> _:y .")),
      "");
  EXPECT_NE(compare_quads(quads("_:a <p:p> _:b ."), quads("_:a <p:p> _:a .")), "");
  EXPECT_NE(compare_quads(quads("_:a <p:p> _:b ."), quads("_:a <p:p> _:b .\n_:a <p:p> _:c .")), "");
  EXPECT_NE(compare_quads(quads("_:a <p:p> _:b ."), quads("")), "");
  EXPECT_NE(compare_quads(quads("<a:a> <p:p> \"x\" <g:g> ."), quads("<a:a> <p:p> \"x\" .")), "");
  EXPECT_EQ(compare_quads(quads("<a:a> <p:p> \"x\" _:g .\n_:g <p:p> \"y\" ."),
                          quads("_:h <p:p> \"y\" .\n<a:a> <p:p> \"x\" _:h .")),
            "");
  EXPECT_EQ(compare_quads(quads("<a:a> <p:p> \"x\" .\n<a:a> <p:p> \"x\" ."), quads("<a:a> <p:p> \"x\" .")),
            "");
}

// Two rings of three against one of six: every node looks alike from where it stands.
TEST(Comparison, GraphsThatLookAlikeEverywhere) {
  const auto ring = [](const std::string& label, int size) {
    std::string text;
    for (int i = 0; i < size; ++i)
      text +=
          "_:" + label + std::to_string(i) + " <p:p> _:" + label + std::to_string((i + 1) % size) + " .\n";
    return text;
  };
  EXPECT_FALSE(test::isomorphic(quads(ring("a", 3) + ring("b", 3)), quads(ring("a", 6))));
  EXPECT_TRUE(test::isomorphic(quads(ring("a", 3) + ring("b", 3)), quads(ring("c", 3) + ring("d", 3))));
  EXPECT_TRUE(test::isomorphic(quads(ring("a", 40)), quads(ring("b", 40))));
}

TEST(Comparison, ManyNodesThatCannotBeToldApart) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += "_:b" + std::to_string(i) + " <p:p> \"x\" .\n";
  EXPECT_TRUE(test::isomorphic(quads(text), quads(text)));
  EXPECT_FALSE(test::isomorphic(quads(text), quads(text + "_:c <p:p> \"x\" .\n")));
}

}  // namespace
}  // namespace dossier::w3c
