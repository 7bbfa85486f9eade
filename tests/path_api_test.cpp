// Paths of a result as nodes and edges.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/dossier.h"

namespace dossier {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PathApi : public testing::Test {
 protected:
  PathApi() {
    session_.update(
        prefixed("INSERT DATA { :a :p :b . :c :q :b . :c :p :c ; :p 5 . "
                 ":a :knows :b {| :since 1 |} . :b :knows :c {| :since 2 |} }"));
  }
  static std::string prefixed(const std::string& text) { return "PREFIX : <http://e/> " + text; }
  Result query(const std::string& text) { return session_.query(prefixed(text)); }
  Path only(const std::string& text, const std::string& variable = "p") {
    Result result = query(text);
    EXPECT_TRUE(result.next()) << text;
    return result.path(variable).value();
  }
  static std::vector<std::string> names(const Path& path) {
    std::vector<std::string> names;
    for (const Term& node : path.nodes)
      names.emplace_back(node.is_iri() ? node.value().substr(9) : node.value());
    return names;
  }
  // a-b: walked along the triple; a~b: walked against it.
  static std::vector<std::string> edges(const Path& path) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < path.edges.size(); ++i) {
      const Path::Edge& edge = path.edges[i];
      EXPECT_TRUE(edge.triple.has_value());
      EXPECT_EQ(edge.backwards ? edge.triple->object() : edge.triple->subject(), path.nodes[i]);
      EXPECT_EQ(edge.backwards ? edge.triple->subject() : edge.triple->object(), path.nodes[i + 1]);
      texts.push_back(std::string(edge.triple->predicate().value().substr(9)) + (edge.backwards ? "~" : "-"));
    }
    return texts;
  }

  Store store_ = Store::open(":memory:");
  Session session_ = store_.session();
};

TEST_F(PathApi, EdgesEitherWay) {
  const Path path = only("SELECT ?p { :a ANY SHORTEST ((:p|^:q|:p)+ AS ?p) 5 }");
  EXPECT_THAT(names(path), ElementsAre("a", "b", "c", "5"));
  EXPECT_THAT(edges(path), ElementsAre("p-", "q~", "p-"));
}

TEST_F(PathApi, TheStartIsThatOfTheRow) {
  // One edge fits both ways.
  EXPECT_THAT(names(only("SELECT ?p { :b ANY (^:p AS ?p) :a }")), ElementsAre("b", "a"));
  EXPECT_THAT(names(only("SELECT ?x ?p { VALUES ?x { :b } ?x ANY (^:p AS ?p) ?y }")), ElementsAre("b", "a"));
  EXPECT_THAT(names(only("SELECT ?p ?x { ?x ANY (^:p AS ?p) :a }")), ElementsAre("b", "a"));
  EXPECT_THAT(edges(only("SELECT ?p ?x { ?x ANY (^:p AS ?p) :a }")), ElementsAre("p~"));
  // Nothing tells where it starts: along the triple.
  EXPECT_THAT(names(only("SELECT ?p { ?x ANY (^:p AS ?p) :a }")), ElementsAre("a", "b"));
  EXPECT_THAT(names(only("SELECT ?q { :b ANY (^:p AS ?p) :a BIND(?p AS ?q) }", "q")), ElementsAre("a", "b"));
}

TEST_F(PathApi, LoopsAndPathsWithoutAnEdge) {
  EXPECT_THAT(names(only("SELECT ?p { :c ALL TRAIL (:p AS ?p) :c }")), ElementsAre("c", "c"));
  EXPECT_THAT(names(only("SELECT ?p { :c ANY SHORTEST (:p* AS ?p) :c }")), ElementsAre("c"));
  const Path hidden = only("SELECT ?p { VALUES ?x { :c } ?x ANY SHORTEST (:p* AS ?p) ?x }");
  EXPECT_TRUE(hidden.nodes.empty());
  EXPECT_TRUE(hidden.edges.empty());
}

TEST_F(PathApi, StepsOfVia) {
  const Path path = only(
      "SELECT ?p { :a ANY SHORTEST (VIA ?from ?to { ?from :knows ?to {| :since ?when |} }+ ASC ?when AS ?p) "
      ":c }");
  EXPECT_THAT(names(path), ElementsAre("a", "b", "c"));
  ASSERT_EQ(path.edges.size(), 2U);
  EXPECT_FALSE(path.edges[1].triple.has_value());
  EXPECT_THAT(path.edges[1].values, ElementsAre(std::pair(std::string("from"), Term::iri("http://e/b")),
                                                std::pair(std::string("to"), Term::iri("http://e/c")),
                                                std::pair(std::string("when"), Term::integer(2))));
}

TEST_F(PathApi, UnboundAndOtherValues) {
  Result unbound = query("SELECT ?p { VALUES ?x { :nowhere } OPTIONAL { ?x ANY (:p AS ?p) ?y } }");
  ASSERT_TRUE(unbound.next());
  EXPECT_EQ(unbound.path(0), std::nullopt);
  EXPECT_THROW(unbound.path(1), QueryError);
  EXPECT_THROW(unbound.path("z"), QueryError);
  for (const char* text : {"SELECT (1 AS ?p) {}", "SELECT ?n { :a ANY (:p AS ?p, ?l, ?n) :b }",
                           "SELECT (<http://w3id.org/awslabs/neptune/SPARQL-CDTs/List>(<<( :a :p :b )>>, <<( "
                           ":c :p :d )>>) AS ?p) {}",
                           "SELECT ?q { :a ANY (VIA ?x ?y { ?x :p ?y } AS ?p) :b BIND(?p AS ?q) }"}) {
    Result result = query(text);
    EXPECT_THROW(result.path(0), QueryError) << text;  // no row yet
    ASSERT_TRUE(result.next()) << text;
    try {
      result.path(0);
      ADD_FAILURE() << text;
    } catch (const QueryError& error) {
      EXPECT_THAT(error.what(), HasSubstr("is no path")) << text;
    }
  }
}

TEST_F(PathApi, TheLiteralIsThereToo) {
  Result result = query("SELECT ?p { :a ANY (:p AS ?p) :b }");
  ASSERT_TRUE(result.next());
  EXPECT_EQ(result.path(0)->edges.size(), 1U);
  EXPECT_EQ(result.get(0)->value(), "[<<( <http://e/a> <http://e/p> <http://e/b> )>>]");
}

}  // namespace
}  // namespace dossier
