// The tree of queries and updates, the static rules, the error report and the limits of the grammar.
#include "grammar/parse.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/iri.h"

namespace {

using namespace dossier::grammar;

constexpr std::string_view kRdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";

std::string show(const Term& term);

std::string short_iri(const std::string& iri) {
  for (const auto& [label, base] : {std::pair<std::string_view, std::string_view>{"rdf:", kRdf},
                                    {"xsd:", "http://www.w3.org/2001/XMLSchema#"},
                                    {":", "http://e/"}}) {
    if (iri.compare(0, base.size(), base) == 0) return std::string(label) + iri.substr(base.size());
  }
  return "<" + iri + ">";
}

struct ShowTerm {
  std::string operator()(const Var& variable) const { return "?" + variable.name; }
  std::string operator()(const Iri& iri) const { return short_iri(iri.value); }
  std::string operator()(const BlankNode& blank) const { return "_:" + blank.label; }
  std::string operator()(const Literal& literal) const {
    std::string out = "\"" + literal.lexical + "\"";
    if (!literal.language.empty()) {
      out += "@" + literal.language;
      if (literal.direction != Direction::none)
        out += literal.direction == Direction::ltr ? "--ltr" : "--rtl";
      return out;
    }
    return literal.datatype == "http://www.w3.org/2001/XMLSchema#string"
               ? out
               : out + "^^" + short_iri(literal.datatype);
  }
  std::string operator()(const Box<TripleTerm>& triple) const {
    return "<<( " + show(triple->subject) + " " + show(triple->predicate) + " " + show(triple->object) +
           " )>>";
  }
};

std::string show(const Term& term) {
  return std::visit(ShowTerm{}, term);
}

std::string show(const Path& path) {
  const auto parts = [&](const char* separator) {
    std::string out = "(";
    for (std::size_t i = 0; i < path.parts.size(); ++i) out += (i > 0 ? separator : "") + show(path.parts[i]);
    return out + ")";
  };
  switch (path.kind) {
    case Path::Kind::link:
      return short_iri(path.iri.value);
    case Path::Kind::inverse:
      return "^" + show(path.parts[0]);
    case Path::Kind::sequence:
      return parts("/");
    case Path::Kind::alternative:
      return parts("|");
    case Path::Kind::repeat:
      return show(path.parts[0]) + "{" + std::to_string(path.min) + "," +
             (path.max == Path::kUnbounded ? "" : std::to_string(path.max)) + "}";
    case Path::Kind::negated: {
      std::string out = "!(";
      for (const NegatedStep& step : path.excluded)
        out += (step.inverse ? " ^" : " ") + short_iri(step.iri.value);
      return out + " )";
    }
  }
  return {};
}

std::string show(const std::vector<TriplePattern>& triples) {
  std::string out;
  for (const TriplePattern& triple : triples) {
    std::string verb;
    if (const auto* path = std::get_if<Box<Path>>(&triple.verb)) {
      verb = show(**path);
    } else if (const auto* search = std::get_if<Box<PathSearch>>(&triple.verb)) {
      static const std::vector<std::string> kSelectors = {"all",      "any",    "any shortest",
                                                          "shortest", "groups", "cheapest"};
      static const std::vector<std::string> kModes = {"walk", "trail", "acyclic", "simple"};
      verb = kSelectors[static_cast<std::size_t>((*search)->selector)] + " " +
             std::to_string((*search)->count) + " " + kModes[static_cast<std::size_t>((*search)->mode)] + " " +
             show((*search)->path);
      for (const Var& output : (*search)->outputs) verb += " ?" + output.name;
    } else if (const auto* variable = std::get_if<Var>(&triple.verb)) {
      verb = ShowTerm{}(*variable);
    } else {
      verb = ShowTerm{}(std::get<Iri>(triple.verb));
    }
    if (!out.empty()) out += "; ";
    out += show(triple.subject) + " " + verb + " " + show(triple.object);
  }
  return out;
}

std::string show(const Expression& expression) {
  using Kind = Expression::Kind;
  static const std::vector<std::string> kNames = {
      "",  "||", "&&",  "!",   "=",  "!=",    "<", ">",   "<=", ">=",     "+",        "-",
      "*", "/",  "pos", "neg", "in", "notin", "",  "fn:", "",   "exists", "notexists"};
  if (expression.kind == Kind::term) return show(expression.value);
  std::string out = "(" + kNames[static_cast<std::size_t>(expression.kind)] +
                    (expression.kind == Kind::function ? short_iri(expression.name) : expression.name);
  if (expression.distinct) out += " distinct";
  for (const Expression& argument : expression.arguments) out += " " + show(argument);
  if (expression.separator) out += " sep=" + *expression.separator;
  return out + ")";
}

ParseOptions options() {
  return {"http://e/",
          {{"", "http://e/"}, {"rdf", std::string(kRdf)}, {"xsd", "http://www.w3.org/2001/XMLSchema#"}}};
}

Query query(std::string_view text) {
  return parse_query(text, options());
}
Update update(std::string_view text) {
  return parse_update(text, options());
}

SelectQuery select(std::string_view text) {
  return std::get<SelectQuery>(query(text).form);
}

// The triples of `SELECT * { text }`, all in one block.
std::string triples(const std::string& text) {
  const SelectQuery parsed = select("SELECT * {" + text + "}");
  EXPECT_EQ(parsed.where.elements.size(), 1U);
  return show(std::get<TriplesBlock>(parsed.where.elements.at(0)).triples);
}

std::string filter(const std::string& text) {
  const SelectQuery parsed = select("SELECT * { FILTER(" + text + ") }");
  return show(std::get<Filter>(parsed.where.elements.at(0)).condition);
}

// The first line of the report, without line and column.
std::string error(const std::string& text) {
  try {
    query(text);
  } catch (const SyntaxError& problem) {
    return problem.message();
  }
  return "no error";
}

std::string update_error(const std::string& text) {
  try {
    update(text);
  } catch (const SyntaxError& problem) {
    return problem.message();
  }
  return "no error";
}

TEST(Triples, SugarBecomesFlatTriples) {
  EXPECT_EQ(
      triples(":s a :C ; :p 1, 2.5 ; :q -1e3 ; ."),
      ":s rdf:type :C; :s :p \"1\"^^xsd:integer; :s :p \"2.5\"^^xsd:decimal; :s :q \"-1e3\"^^xsd:double");
  EXPECT_EQ(triples("[ :p [] ] :q _:b ."), "_:.1 :p _:.2; _:.1 :q _:b");
  EXPECT_EQ(triples("() :p (1 ?x)"),
            "_:.1 rdf:first \"1\"^^xsd:integer; _:.1 rdf:rest _:.2; _:.2 rdf:first ?x; _:.2 rdf:rest "
            "rdf:nil; rdf:nil :p _:.1");
  EXPECT_EQ(triples("(1) ."), "_:.1 rdf:first \"1\"^^xsd:integer; _:.1 rdf:rest rdf:nil");
}

TEST(Triples, AbsentPathsAndExpressionsLeaveNothingBehind) {
  EXPECT_EQ(triples(":s :p (1 [ :q 2 ; ; ] 3)"),
            "_:.1 :q \"2\"^^xsd:integer; _:.2 rdf:first \"1\"^^xsd:integer; _:.2 rdf:rest _:.3; _:.3 "
            "rdf:first _:.1; "
            "_:.3 rdf:rest _:.4; _:.4 rdf:first \"3\"^^xsd:integer; _:.4 rdf:rest rdf:nil; :s :p _:.2");
  EXPECT_EQ(filter("?a || concat() || ?b"), "(|| (|| ?a (CONCAT)) ?b)");
}

TEST(Triples, ReifiersAndAnnotations) {
  EXPECT_EQ(triples("<< :s :p :o ~ :r >> :q 1"), ":r rdf:reifies <<( :s :p :o )>>; :r :q \"1\"^^xsd:integer");
  EXPECT_EQ(triples("<< :s :p :o >> ."), "_:.1 rdf:reifies <<( :s :p :o )>>");
  EXPECT_EQ(triples(":s :p :o ~ :r {| :date ?d |} {| :src ?x |} ."),
            ":s :p :o; :r rdf:reifies <<( :s :p :o )>>; :r :date ?d; _:.1 rdf:reifies <<( :s :p :o )>>; _:.1 "
            ":src ?x");
  EXPECT_EQ(triples(":s :p :o ~ , :o2 ~ ?r"),
            ":s :p :o; _:.1 rdf:reifies <<( :s :p :o )>>; :s :p :o2; ?r rdf:reifies <<( :s :p :o2 )>>");
  EXPECT_EQ(triples(":s :p <<( ?a a <<( :x :y \"z\"@en--rtl )>> )>>"),
            ":s :p <<( ?a rdf:type <<( :x :y \"z\"@en--rtl )>> )>>");
  EXPECT_EQ(error("SELECT * { :s :p+ :o ~ :r }"),
            "a reifier or an annotation needs a plain IRI or a variable as the verb, not a property path");
}

TEST(Triples, LongestMatchOfTokens) {
  EXPECT_EQ(triples(":s :p+1"), ":s :p \"+1\"^^xsd:integer");
  EXPECT_EQ(triples(":s :p?x"), ":s :p ?x");
  EXPECT_EQ(triples("?a<?b&&?c>?d"), "?a :?b&&?c ?d");
  EXPECT_EQ(triples(":s :p true."), ":s :p \"true\"^^xsd:boolean");
  EXPECT_EQ(triples(":a\\.b.c%41 :p :d."), ":a.b.c%41 :p :d");
}

TEST(Triples, Paths) {
  EXPECT_EQ(triples("?x ^:p/:q*|!(:a|^a)+ ?y"), "?x ((^:p/:q{0,})|!( :a ^rdf:type ){1,}) ?y");
  EXPECT_EQ(triples("?x (:p/:q)? ?y"), "?x (:p/:q){0,1} ?y");
  EXPECT_EQ(triples("?x (((:p))) ?y"), "?x :p ?y");
  EXPECT_EQ(triples("?x !() ?y"), "?x !( ) ?y");
  EXPECT_NE(error("CONSTRUCT { ?x :p+ ?y } {}"), "no error");
}

TEST(Triples, RepeatedPaths) {
  EXPECT_EQ(triples("?x :p{2} ?y"), "?x :p{2,2} ?y");
  EXPECT_EQ(triples("?x :p{1} ?y"), "?x :p{1,1} ?y");
  EXPECT_EQ(triples("?x ^:p { 2 , 10000 }/a{,3} ?y"), "?x (^:p{2,10000}/rdf:type{0,3}) ?y");
  EXPECT_EQ(triples("?x !(:p){2,} ?y"), "?x !( :p ){2,} ?y");
  EXPECT_EQ(error("SELECT * { ?x :p{3,2} ?y }"),
            "a path cannot be repeated at least 3 and at most 2 times");
  for (const char* count : {"10001", "1,99999999999"})
    EXPECT_EQ(error("SELECT * { ?x :p{" + std::string(count) + "} ?y }"),
              "a path is repeated at most 10000 times");
  EXPECT_EQ(error("SELECT * { ?x :p{,} ?y }"), "unexpected '}'");
  EXPECT_EQ(error("SELECT * { ?x :p { ?y :q ?z } }"), "unexpected '?y'");
  EXPECT_EQ(error("SELECT * { ?x :p{0,}{| :r ?z |} }"), "unexpected '{'");
  EXPECT_EQ(error("CONSTRUCT { ?x :p{2} ?y } {}"), "unexpected '{'");
}

TEST(Triples, PathSearches) {
  EXPECT_EQ(triples("?a ANY SHORTEST ((:p|^:q)+ AS ?p) ?b"), "?a any shortest 1 walk (:p|^:q){1,} ?p ?b");
  EXPECT_EQ(triples("?a shortest 3 acyclic((!()|^!()){1,6} as ?p, ?l) :b"),
            "?a shortest 3 acyclic (!( )|^!( )){1,6} ?p ?l :b");
  EXPECT_EQ(triples("?a SHORTEST 2 GROUPS TRAIL (:p+ AS ?p, ?l, ?n) 5"),
            "?a groups 2 trail :p{1,} ?p ?l ?n \"5\"^^xsd:integer");
  EXPECT_EQ(triples("?a SHORTEST 2 TRAIL GROUPS (:p AS ?p) ()"), "?a groups 2 trail :p ?p rdf:nil");
  EXPECT_EQ(triples("?a ALL SHORTEST (:p AS ?p) ?b ; ANY 4 WALK (:q AS ?q) ?c"),
            "?a groups 1 walk :p ?p ?b; ?a any 4 walk :q ?q ?c");
  EXPECT_EQ(triples("[ :p ?x ] SIMPLE (:p AS ?p) _:b"), "_:.1 :p ?x; _:.1 all 1 simple :p ?p _:b");
  EXPECT_EQ(triples("?a ALL (:p{1,3} AS ?p) ?b"), "?a all 1 walk :p{1,3} ?p ?b");
  EXPECT_EQ(triples("?a ANY 99999999999999999999 (:p AS ?p) ?b"), "?a any 18446744073709551615 walk :p ?p ?b");
}

TEST(Triples, PathSearchesByAPattern) {
  const auto step = [](const std::string& text) {
    const SelectQuery parsed = select("SELECT * { ?a " + text + " ?b }");
    const auto& triple = std::get<TriplesBlock>(parsed.where.elements.at(0)).triples.at(0);
    const PathSearch& search = *std::get<Box<PathSearch>>(triple.verb);
    std::string out = search.via->from.name + " " + search.via->to.name + " " +
                      std::to_string(search.via->pattern->elements.size());
    if (search.path.kind == Path::Kind::repeat)
      out += " {" + std::to_string(search.path.min) + "," +
             (search.path.max == Path::kUnbounded ? "" : std::to_string(search.path.max)) + "}";
    if (search.via->ascending) out += " asc " + search.via->ascending->name;
    if (search.via->cost) out += " cost " + search.via->cost->name;
    return out;
  };
  EXPECT_EQ(step("ANY (VIA ?x ?y { ?x :p ?y } AS ?p)"), "x y 1");
  EXPECT_EQ(step("ANY (via ?x ?y {?x :p ?y}? AS ?p)"), "x y 1 {0,1}");
  EXPECT_EQ(step("CHEAPEST 2 TRAIL (VIA ?x ?y { ?x :p ?y BIND(1 AS ?c) }+ASC ?y COST ?c AS ?p, ?total)"),
            "x y 2 {1,} asc y cost c");
  EXPECT_EQ(step("ANY (VIA ?x ?y { ?x :p ?y . ?x ANY (VIA ?x ?z { ?x :q ?z }* AS ?p) ?y }{2,3} AS ?p)"),
            "x y 1 {2,3}");
  const auto where = [](const std::string& text) { return error("SELECT * { ?a " + text + " ?b }"); };
  EXPECT_EQ(where("ANY (VIA ?x ?x { ?x :p ?x } AS ?p)"), "a step leads from ?x to itself");
  EXPECT_EQ(where("ANY (VIA ?x ?y { ?x :p ?z } AS ?p)"), "the pattern of VIA does not bind ?y");
  EXPECT_EQ(where("ANY (VIA ?x ?y { ?x :p ?y FILTER(?c > 1) } COST ?c AS ?p)"),
            "the pattern of VIA does not bind ?c");
  EXPECT_EQ(where("ANY (VIA ?x ?y { ?x :p ?y } ASC ?d AS ?p)"), "the pattern of VIA does not bind ?d");
  EXPECT_EQ(where("CHEAPEST (:p+ AS ?p)"), "CHEAPEST needs to know what a step costs");
  EXPECT_EQ(where("CHEAPEST (VIA ?x ?y { ?x :p ?y }+ AS ?p)"), "CHEAPEST needs to know what a step costs");
  EXPECT_EQ(where("ALL (VIA ?x ?y { ?x :p ?y }+ AS ?p)"),
            "all walks of a step without a bound have no end where the graph has a circle");
  EXPECT_EQ(triples("?a ANY (VIA ?x ?y { ?x :p ?y } AS ?p) ?b . ?a :q ?x").substr(0, 6), "?a any");
}

TEST(Triples, WordsOfPathSearchesAreNamesToo) {
  const Query parsed = query(
      "PREFIX all: <http://e/> PREFIX any-x: <http://e/> PREFIX via: <http://e/>"
      "SELECT * { ?a all:p ?b . ?a any-x:p ?b . ?a ANY (via:p AS ?p) ?b }");
  EXPECT_EQ(show(std::get<TriplesBlock>(std::get<SelectQuery>(parsed.form).where.elements[0]).triples),
            "?a :p ?b; ?a :p ?b; ?a any 1 walk :p ?p ?b");
}

TEST(Triples, PathSearchesThatAreNone) {
  const auto where = [](const std::string& text) { return error("SELECT * { " + text + " }"); };
  EXPECT_EQ(where("?a (:p+ AS ?p) ?b"), "a path becomes a value only by a path search");
  EXPECT_EQ(where("?a ANY ((:p AS ?p)) ?b"), "a path becomes a value only by a path search");
  EXPECT_EQ(where("?a ANY 0 (:p AS ?p) ?b"), "a path search asks for at least one path");
  EXPECT_EQ(where("?a WALK (:p+ AS ?p) ?b"),
            "all walks of a step without a bound have no end where the graph has a circle");
  EXPECT_EQ(where("?a ALL (:p/(:q{2,}|:r) AS ?p) ?b"),
            "all walks of a step without a bound have no end where the graph has a circle");
  EXPECT_EQ(where("?a ANY (:p AS ?p) ?b, ?c"), "a path search has one object");
  EXPECT_EQ(where("?a ANY (:p AS ?p) ?b ~ ?c"), "a path cannot be annotated, only each of its edges");
  EXPECT_EQ(where("?a ANY (:p AS ?p) ?b {| :p :q |}"), "a path cannot be annotated, only each of its edges");
  EXPECT_EQ(where("?a ANY (:p AS ?p) ?p"), "AS cannot assign ?p: it is already used earlier in this group");
  EXPECT_EQ(where("?p ANY (:p AS ?p) ?a"), "AS cannot assign ?p: it is already used earlier in this group");
  EXPECT_EQ(where("?a ANY (:p AS ?p, ?p) ?b"), "AS cannot assign ?p: it is already used earlier in this group");
  EXPECT_EQ(where("?x :p ?p . ?a ANY (:p AS ?p) ?b"), "AS cannot assign ?p: it is already used earlier in this group");
  EXPECT_EQ(where("?a ANY (:p AS ?p) ?b BIND(1 AS ?p)"),
            "BIND cannot assign ?p: it is already used earlier in this group");
  EXPECT_EQ(where("[ ANY (:p AS ?p) ?b ]"), "a path search cannot stand inside of [ ] or {| |}");
  EXPECT_EQ(where("?a :p ?b {| ANY (:p AS ?p) ?b |}"), "a path search cannot stand inside of [ ] or {| |}");
  EXPECT_EQ(where("?a ANY (:p AS ?p) [ :q ?b ]"), "unexpected '['");
  EXPECT_EQ(where("?a ANY SHORTEST (:p+) ?b"), "unexpected ')'; a path search names its path: (... AS ?path)");
  EXPECT_EQ(where("?a SHORTEST (:p AS ?p) ?b"), "unexpected '('");
  EXPECT_EQ(where("?a ANYTHING (:p AS ?p) ?b"),
            "unexpected ANYTHING; a predicate is written with a prefix, as in :ANYTHING, or as <IRI>");
  EXPECT_EQ(error("CONSTRUCT { ?a ANY (:p AS ?p) ?b } {}"), "a path search cannot stand in a template");
  EXPECT_EQ(error("SELECT (1 AS ?p) { ?a ANY (:p AS ?p) ?b }"),
            "AS cannot assign ?p: it is already in use; choose another name");
}

TEST(Literals, EscapesAndForms) {
  EXPECT_EQ(triples(":s :p 'a\\u00e9\\n', \"\"\"x\"y\"\"\", '''''', \"1\"^^xsd:int"),
            ":s :p \"a\xC3\xA9\n\"; :s :p \"x\"y\"; :s :p \"\"; :s :p \"1\"^^xsd:int");
  EXPECT_EQ(triples(":s :p <a\\u0062c>"), ":s :p :abc");
  EXPECT_EQ(error("SELECT * { :s :p \"\\uD800\" }"),
            "this escape stands for no Unicode character (surrogates and values above 10FFFF are none)");
  EXPECT_EQ(error("SELECT * { :s :p <a\\u0020b> }"),
            "an escape in this IRI stands for a character that no IRI may contain");
  EXPECT_EQ(error("SELECT * { :s :p \"a\xFF\" }"), "the text is not valid UTF-8 here");
  EXPECT_EQ(error("SELECT * { ?s ?p \"x\"@en--up }"), "the base direction of a text is ltr or rtl");
}

TEST(Expressions, Precedence) {
  EXPECT_EQ(filter("?a || ?b && ?c = 1 + 2 * -?d"),
            "(|| ?a (&& ?b (= ?c (+ \"1\"^^xsd:integer (* \"2\"^^xsd:integer (neg ?d))))))");
  EXPECT_EQ(filter("?a -1 -?b"), "(- (- ?a \"1\"^^xsd:integer) ?b)");
  EXPECT_EQ(filter("?a+1*2"), "(+ ?a (* \"1\"^^xsd:integer \"2\"^^xsd:integer))");
  EXPECT_EQ(filter("-1"), "\"-1\"^^xsd:integer");
  EXPECT_EQ(filter("!!?a"), "(! (! ?a))");
  EXPECT_EQ(filter("?a NOT IN (1, ?b) "), "(notin ?a \"1\"^^xsd:integer ?b)");
  EXPECT_EQ(filter("?a IN ()"), "(in ?a)");
  EXPECT_EQ(filter("?a||?b||?c||?d"), "(|| (|| ?a ?b) (|| ?c ?d))");
}

TEST(Expressions, Calls) {
  EXPECT_EQ(filter("substr(?a, 1) = xsd:integer(\"2\") && now() > ?b"),
            "(&& (= (SUBSTR ?a \"1\"^^xsd:integer) (fn:xsd:integer \"2\")) (> (NOW) ?b))");
  EXPECT_EQ(filter("bound(?a) && :f(DISTINCT ?x, str(?y)) && :iri"),
            "(&& (&& (BOUND ?a) (fn::f distinct ?x (STR ?y))) :iri)");
  EXPECT_EQ(filter("isTriple(<<( ?s :p <<( :a :b 1 )>> )>>)"),
            "(ISTRIPLE <<( ?s :p <<( :a :b \"1\"^^xsd:integer )>> )>>)");
  EXPECT_EQ(filter("NOT EXISTS { ?s ?p ?o } || EXISTS {}"), "(|| (notexists) (exists))");
  EXPECT_EQ(error("SELECT * { FILTER(SUBSTR(?a)) }"), "SUBSTR takes 2 or 3 arguments, not 1");
  EXPECT_EQ(error("SELECT * { FILTER(STR()) }"), "STR takes 1 argument, not 0");
  EXPECT_EQ(error("SELECT * { FILTER(NOW(1)) }"), "NOW takes no arguments, not 1");
}

TEST(Expressions, Aggregates) {
  const SelectQuery parsed = select(
      "SELECT (COUNT(DISTINCT *) AS ?n) (GROUP_CONCAT(?x; separator=',') AS ?g) {} HAVING (SUM(?y) > 1)");
  EXPECT_EQ(show(*parsed.projections[0].expression), "(COUNT distinct)");
  EXPECT_EQ(show(*parsed.projections[1].expression), "(GROUP_CONCAT ?x sep=,)");
  EXPECT_EQ(show(parsed.modifier.having[0]), "(> (SUM ?y) \"1\"^^xsd:integer)");
  EXPECT_EQ(error("SELECT (COUNT(SUM(?x)) AS ?n) {}"), "an aggregate cannot stand inside another aggregate");
  EXPECT_EQ(error("SELECT * { FILTER(COUNT(?x) > 1) }"),
            "an aggregate may stand only in SELECT, HAVING and ORDER BY");
  EXPECT_EQ(error("SELECT (1 AS ?a) {} HAVING (EXISTS { FILTER(COUNT(?x) > 1) })"),
            "an aggregate may stand only in SELECT, HAVING and ORDER BY");
}

TEST(Patterns, ElementsStandInOrder) {
  const SelectQuery parsed = select(
      "SELECT * { ?a :p ?b FILTER(?b) ?b :q ?c OPTIONAL { ?c :r ?d } { } UNION { } MINUS { ?a :x ?y } GRAPH "
      "?g { ?s ?p ?o }"
      " SERVICE SILENT :e { } BIND(1 AS ?k) VALUES (?v ?w) { (1 UNDEF) } { SELECT ?z { ?z :p 1 } } }");
  const auto& elements = parsed.where.elements;
  ASSERT_EQ(elements.size(), 10U);
  // A filter does not end the basic graph pattern.
  EXPECT_EQ(show(std::get<TriplesBlock>(elements[0]).triples), "?a :p ?b; ?b :q ?c");
  EXPECT_TRUE(std::holds_alternative<Filter>(elements[1]));
  EXPECT_TRUE(std::holds_alternative<OptionalPattern>(elements[2]));
  EXPECT_EQ(std::get<UnionPattern>(elements[3]).branches.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<MinusPattern>(elements[4]));
  EXPECT_EQ(std::get<Var>(std::get<GraphPattern>(elements[5]).graph).name, "g");
  EXPECT_TRUE(std::get<ServicePattern>(elements[6]).silent);
  EXPECT_EQ(std::get<Bind>(elements[7]).variable.name, "k");
  const auto& values = std::get<InlineData>(elements[8]);
  EXPECT_EQ(values.variables.size(), 2U);
  EXPECT_TRUE(values.rows[0][0].has_value());
  EXPECT_FALSE(values.rows[0][1].has_value());
  const auto& nested = std::get<UnionPattern>(elements[9]).branches.at(0);
  EXPECT_EQ(std::get<SubSelect>(nested.elements.at(0)).query->projections[0].variable.name, "z");
}

TEST(Patterns, FoldAndUnfold) {
  const SelectQuery parsed = select(
      "SELECT (FOLD(DISTINCT ?k, ?v ORDER BY DESC(?a) ?b STR(?c)) AS ?m) { ?k ?v ?a . unfold(?k AS ?e) "
      "?e ?b ?c UNFOLD(?v + 1 AS ?x, ?y) FILTER(?x) }");
  const Expression& fold = *parsed.projections.at(0).expression;
  EXPECT_EQ(fold.name, "FOLD");
  EXPECT_TRUE(fold.distinct);
  EXPECT_EQ(fold.arguments.size(), 5U);
  EXPECT_EQ(fold.descending, (std::vector<bool>{true, false, false}));
  const auto& elements = parsed.where.elements;
  ASSERT_EQ(elements.size(), 5U);
  EXPECT_EQ(std::get<Unfold>(elements[1]).first.name, "e");
  EXPECT_FALSE(std::get<Unfold>(elements[1]).second);
  const auto& pair = std::get<Unfold>(elements[3]);
  EXPECT_EQ(pair.expression.kind, Expression::Kind::add);
  EXPECT_EQ(pair.second->name, "y");
  // The words stay names wherever a legal query may have them.
  EXPECT_EQ(
      error("PREFIX unfold: <http://e/> PREFIX fold: <http://e/> SELECT ?fold { unfold:x fold:y ?fold . "
            "unfold:a ?unfold unfold: FILTER(fold:f(?fold)) }"),
      "no error");
  EXPECT_EQ(error("SELECT * { { UNFOLD(?l AS ?x) } UNION { UNFOLD(?l AS ?x) } MINUS { UNFOLD(?m AS ?x) } }"),
            "no error");
  EXPECT_EQ(error("SELECT * { OPTIONAL { ?s ?p ?x } UNFOLD(?l AS ?x) }"),
            "UNFOLD cannot assign ?x: it is already used earlier in this group");
  EXPECT_EQ(error("SELECT * { UNFOLD(?l AS ?x, ?x) }"), "UNFOLD assigns ?x twice");
  EXPECT_EQ(error("SELECT (FOLD(?x ORDER BY FOLD(?y)) AS ?l) {}"),
            "an aggregate cannot stand inside another aggregate");
  EXPECT_EQ(error("SELECT (?x AS ?a) { } ORDER BY FOLD(?x)"),
            "?x is not grouped: outside an aggregate only the variables of GROUP BY have a value");
}

TEST(Queries, Forms) {
  const Query asked =
      query("BASE <http://b/> PREFIX x: <y#> VERSION '1.2' ASK FROM <d> FROM NAMED x:n { x:a <p> 1 }");
  EXPECT_EQ(asked.prologue.base, "http://b/");
  EXPECT_EQ(asked.prologue.version, "1.2");
  EXPECT_EQ(asked.prologue.prefixes.at(0).second, "http://b/y#");
  EXPECT_EQ(asked.dataset.default_graphs.at(0).value, "http://b/d");
  EXPECT_EQ(asked.dataset.named_graphs.at(0).value, "http://b/y#n");
  EXPECT_TRUE(std::holds_alternative<AskQuery>(asked.form));

  const auto construct =
      std::get<ConstructQuery>(query("CONSTRUCT { ?s :p [] } WHERE { ?s ?p ?o } LIMIT 5").form);
  EXPECT_EQ(show(construct.construct), "?s :p _:.1");
  EXPECT_EQ(construct.modifier.limit, 5U);
  const auto brief = std::get<ConstructQuery>(query("CONSTRUCT WHERE { ?s ?p ?o }").form);
  EXPECT_EQ(show(std::get<TriplesBlock>(brief.where.elements.at(0)).triples), show(brief.construct));

  const auto described = std::get<DescribeQuery>(query("DESCRIBE ?x :y WHERE { ?x :p 1 }").form);
  EXPECT_EQ(described.resources.size(), 2U);
  EXPECT_TRUE(described.where.has_value());
  EXPECT_FALSE(std::get<DescribeQuery>(query("DESCRIBE :y").form).where.has_value());

  const SelectQuery ordered = select(
      "SELECT DISTINCT ?a (?b AS ?c) { ?a :p ?b } ORDER BY DESC(?a) ?b str(?a) OFFSET 3 LIMIT 2 VALUES ?a { "
      "1 UNDEF }");
  EXPECT_TRUE(ordered.distinct);
  ASSERT_EQ(ordered.modifier.order_by.size(), 3U);
  EXPECT_TRUE(ordered.modifier.order_by[0].descending);
  EXPECT_EQ(ordered.modifier.offset, 3U);
  EXPECT_EQ(ordered.values->rows.size(), 2U);
}

TEST(Queries, ScopeRules) {
  EXPECT_EQ(error("SELECT ?o { ?s ?p ?o } GROUP BY ?s"),
            "?o is not grouped: SELECT may name only the variables of GROUP BY, or aggregates");
  EXPECT_EQ(error("SELECT (?o + 1 AS ?x) { ?s ?p ?o } GROUP BY ?s"),
            "?o is not grouped: outside an aggregate only the variables of GROUP BY have a value");
  EXPECT_EQ(error("SELECT * { ?s ?p ?o } GROUP BY ?s"), "SELECT * cannot stand in a query with GROUP BY");
  EXPECT_EQ(error("SELECT (1 AS ?s) { ?s ?p ?o }"),
            "AS cannot assign ?s: it is already in use; choose another name");
  EXPECT_EQ(error("SELECT (1 AS ?x) (2 AS ?x) {}"),
            "AS cannot assign ?x: it is already in use; choose another name");
  EXPECT_EQ(error("SELECT (COUNT(?s) AS ?n) (?n + 1 AS ?m) { ?s ?p ?o }"), "no error");
  EXPECT_EQ(error("SELECT * { ?s ?p ?o BIND(1 AS ?o) }"),
            "BIND cannot assign ?o: it is already used earlier in this group");
  EXPECT_EQ(error("SELECT * { { ?s ?p ?o } BIND(1 AS ?o) }"),
            "BIND cannot assign ?o: it is already used earlier in this group");
  EXPECT_EQ(error("SELECT * { MINUS { ?s ?p ?o } BIND(1 AS ?o) }"), "no error");
  EXPECT_EQ(error("SELECT * { _:a :p 1 OPTIONAL { _:a :q 2 } }"),
            "the blank node _:a is already used in another part of the pattern; use a variable instead");
  EXPECT_EQ(error("SELECT * { _:a :p 1 FILTER(1) _:a :q 2 }"), "no error");
  EXPECT_EQ(error("SELECT * { VALUES (?a ?b) { (1) } }"), "this row of VALUES has 1 value for 2 variables");
  EXPECT_EQ(error("SELECT * { VALUES (?a ?a) { } }"), "VALUES lists ?a twice");
}

TEST(Updates, Operations) {
  const Update parsed = update(
      "PREFIX x: <http://x/> LOAD SILENT :f INTO GRAPH :g ; CLEAR NAMED ; DROP SILENT GRAPH :g ; CREATE "
      "GRAPH :h ;"
      " COPY DEFAULT TO :i ; INSERT DATA { :s :p [] GRAPH :g { :a :b :c } } ; DELETE DATA { :s :p 1 } ;"
      " DELETE WHERE { ?s :p 1 . GRAPH ?g { ?s ?p ?o } } ;"
      " WITH :g DELETE { ?s ?p ?o } INSERT { ?o ?p ?s } USING :u USING NAMED :n WHERE { ?s ?p ?o } ; PREFIX "
      "y: <http://y/>");
  ASSERT_EQ(parsed.operations.size(), 9U);
  const auto& load = std::get<LoadOperation>(parsed.operations[0].operation);
  EXPECT_TRUE(load.silent);
  EXPECT_EQ(load.into->value, "http://e/g");
  EXPECT_EQ(std::get<ClearOperation>(parsed.operations[1].operation).target.kind, GraphTarget::Kind::named);
  EXPECT_TRUE(std::get<ClearOperation>(parsed.operations[2].operation).drop);
  const auto& copy = std::get<TransferOperation>(parsed.operations[4].operation);
  EXPECT_EQ(copy.from.kind, GraphTarget::Kind::default_graph);
  EXPECT_EQ(copy.to.iri.value, "http://e/i");
  const auto& data = std::get<InsertData>(parsed.operations[5].operation);
  ASSERT_EQ(data.quads.size(), 2U);
  EXPECT_FALSE(data.quads[0].graph.has_value());
  EXPECT_EQ(show(data.quads[1].triples), ":a :b :c");
  const auto& erased = std::get<ModifyOperation>(parsed.operations[7].operation);
  EXPECT_EQ(erased.remove.size(), 2U);
  EXPECT_EQ(erased.where.elements.size(), 2U);
  const auto& modify = std::get<ModifyOperation>(parsed.operations[8].operation);
  EXPECT_EQ(modify.with->value, "http://e/g");
  EXPECT_EQ(modify.dataset.default_graphs.size(), 1U);
  EXPECT_EQ(modify.dataset.named_graphs.size(), 1U);
  EXPECT_EQ(parsed.operations[8].prologue.prefixes.size(), 1U);
  EXPECT_EQ(parsed.prologue.prefixes.size(), 2U);
  EXPECT_TRUE(update("").operations.empty());
}

TEST(Updates, Rules) {
  EXPECT_EQ(update_error("INSERT DATA { ?s :p 1 }"),
            "INSERT DATA cannot hold a variable; use INSERT { ... } WHERE { ... }");
  EXPECT_EQ(update_error("DELETE DATA { GRAPH ?g { :s :p 1 } }"),
            "DELETE DATA cannot hold a variable; use DELETE WHERE { ... }");
  EXPECT_EQ(update_error("DELETE WHERE { [] :p 1 }"),
            "DELETE WHERE cannot hold a blank node; use a variable");
  EXPECT_EQ(update_error("DELETE { ?s :p (1) } WHERE { ?s :p 1 }"),
            "the template of DELETE cannot hold a blank node; use a variable");
  EXPECT_EQ(update_error("INSERT DATA { _:a :p 1 } ; INSERT DATA { _:a :p 2 }"),
            "the blank node _:a is already used in another INSERT DATA of this request");
  EXPECT_EQ(update_error("INSERT { _:a :p 1 } WHERE {} ; INSERT { _:a :p 2 } WHERE {}"), "no error");
  EXPECT_NE(update_error("CLEAR ALL ; ; CLEAR ALL"), "no error");
}

TEST(Report, SaysWhereAndWhat) {
  try {
    query("SELECT *\nWHERE {\n  ?s :p \"\xC3\xA9\" FILTR(?s)\n}");
    FAIL() << "should be refused";
  } catch (const SyntaxError& problem) {
    EXPECT_EQ(problem.line(), 3U);
    EXPECT_EQ(problem.column(), 13U);
    EXPECT_EQ(problem.message(), "unexpected FILTR; did you mean FILTER?");
    EXPECT_FALSE(problem.at_end());
    const std::string report = problem.what();
    EXPECT_NE(report.find("line 3, column 13: unexpected FILTR"), std::string::npos) << report;
    EXPECT_NE(report.find("\n    ?s :p \"\xC3\xA9\" FILTR(?s)\n              ^\n"), std::string::npos)
        << report;
  }
}

TEST(Report, MeansWell) {
  EXPECT_EQ(error("SELCT * {}"), "unexpected SELCT; did you mean SELECT?");
  EXPECT_EQ(error("SELECT * { FILTER(CONTAIN(?a, ?b)) }"), "unexpected CONTAIN; did you mean CONTAINS?");
  EXPECT_EQ(error("SELECT * { ?s foaf:name ?o }"),
            "the prefix foaf: is not declared; add PREFIX foaf: <http://xmlns.com/foaf/0.1/>");
  EXPECT_EQ(error("SELECT * { ?s xds:int ?o }"), "the prefix xds: is not declared; did you mean xsd:?");
  EXPECT_EQ(
      error("SELECT * { ?s skoz:broader ?o }"),
      "the prefix skoz: is not declared; did you mean PREFIX skos: <http://www.w3.org/2004/02/skos/core#>?");
  EXPECT_EQ(error("SELECT * { ?s mine:x ?o }"),
            "the prefix mine: is not declared; add PREFIX mine: <...>, or take one of these: rdf: xsd:");
  EXPECT_EQ(error("SELECT COUNT(*) {}"),
            "unexpected COUNT; an expression needs brackets and a name: (COUNT(...) AS ?name)");
  EXPECT_EQ(error("SELECT * { FILTER(?x == 1) }"), "unexpected '='; equality is written with a single =");
  EXPECT_EQ(error("SELECT ?x, ?y {}"),
            "unexpected ','; the variables of SELECT stand side by side without commas");
  EXPECT_EQ(error("INSERT DATA {}"), "unexpected INSERT; this is an update, and a query is read here");
  EXPECT_EQ(update_error("ASK {}"), "unexpected ASK; this is a query, and an update is read here");
  EXPECT_EQ(error("SELECT * { ?s ?p \"x\n\" }"),
            "this string is not closed at the end of its line; a string of several lines stands in \"\"\"");
}

TEST(Report, KnowsThatTheTextEnded) {
  const auto at_end = [](const char* text) {
    try {
      query(text);
    } catch (const SyntaxError& problem) {
      return problem.at_end();
    }
    return false;
  };
  for (const char* text : {"", "SELECT", "SELECT * {", "SELECT * { ?s ?p ", "ASK { ?s ?p \"\"\"x\n",
                           "ASK {} ORDER BY # x\n", "PREFIX x: <http://x/>\n", "ASK { FILTER(?x > "}) {
    EXPECT_TRUE(at_end(text)) << text;
  }
  for (const char* text : {"SELECT * }", "ASK {} }", "ASK { ?s ?p \"x }",
                           "ASK { ?s ?p ?o "
                           "?q }"}) {
    EXPECT_FALSE(at_end(text)) << text;
  }
}

std::string repeated(const std::string& part, std::size_t times) {
  std::string out;
  out.reserve(part.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += part;
  return out;
}

TEST(Limits, DeepNestingIsAnError) {
  const std::vector<std::pair<std::string, std::string>> kShapes = {
      {"SELECT * { FILTER(", "("},
      {"SELECT * ", "{"},
      {"SELECT * { ", "["},
      {"SELECT * { :s :p ", "[ :p "},
      {"SELECT * { :s :p ", "("},
      {"SELECT * { :s :p ", "<<( :s :p "},
      {"SELECT * { ", "<<( "},
      {"SELECT * { ", "<< "},
      {"SELECT * { :s :p ", "<< :s :p "},
      {"SELECT * { ?s ", "("},
      {"SELECT * { ?s ", "^("},
      {"SELECT * { FILTER(", "!"},
      {"SELECT * { FILTER(", "str("},
      {"SELECT * { FILTER(", ":f("},
      {"SELECT * { FILTER(", "1 IN ("},
      {"SELECT * { FILTER ", "EXISTS { FILTER "},
      {"SELECT * ", "{ SELECT * "},
      {"SELECT * {", "OPTIONAL {"},
      {"SELECT * {", "GRAPH ?g {"},
      {"SELECT * { :s :p :o ", "{| :p :o "},
      {"SELECT * { FILTER(1", " IN (1"},
      {"SELECT * { FILTER(", "<<( :s :p "},
      {"SELECT * { VALUES ?x { ", "<<( :s :p "},
  };
  for (const auto& [begin, part] : kShapes) {
    EXPECT_NE(error(begin + repeated(part, 100000)), "no error") << begin << part;
  }
  const std::string deep = "nested too deeply: at most 500 levels are read";
  EXPECT_EQ(error("SELECT * { FILTER(" + repeated("(", 100000)), deep);
  EXPECT_EQ(error("SELECT * " + repeated("{", 100000)), deep);
  EXPECT_EQ(error("SELECT * { :s :p " + repeated("<<( :s :p ", 100000)), deep);
  EXPECT_EQ(error("SELECT * { FILTER(" + repeated("(", 490) + "1" + repeated(")", 490) + ") }"), "no error");
  EXPECT_EQ(error("SELECT * " + repeated("{", 490) + repeated("}", 490)), "no error");
}

TEST(Limits, LongChainsAreBoundedOrFlat) {
  EXPECT_EQ(error("SELECT * { FILTER(" + repeated("?x || ", 100000) + "?x) }"), "no error");
  EXPECT_EQ(error("SELECT * { FILTER(" + repeated("?x = 1 && ", 100000) + "?x) }"), "no error");
  EXPECT_EQ(error("SELECT * { FILTER(" + repeated("1 + ", 400) + "1) }"), "no error");
  EXPECT_EQ(error("SELECT * { FILTER(" + repeated("1 + ", 100000) + "1) }"),
            "this expression is too deep: at most 500 operations one inside the other");
  EXPECT_EQ(error("SELECT * { ?s " + repeated(":p/", 100000) + ":p ?o }"), "no error");
  EXPECT_EQ(error("SELECT * { " + repeated("?s :p ?o . ", 100000) + "}"), "no error");
  EXPECT_EQ(error("SELECT * { " + repeated("{} UNION ", 100000) + "{} }"), "no error");
  EXPECT_EQ(error("SELECT * { :s :p (" + repeated("1 ", 100000) + ") }"), "no error");
}

TEST(Limits, TimeIsLinear) {
  // Depth times alternatives is what makes a careless grammar exponential.
  const auto start = std::chrono::steady_clock::now();
  for (const std::string& text :
       {"SELECT * { FILTER(" + repeated("(1 + ", 240) + "1" + repeated(")", 240) + ") }",
        "SELECT * { ?s " + repeated("(:p/(:q|", 200) + ":r" + repeated("))", 200) + " ?o }",
        "SELECT * { ?s :p " + repeated("[ :p ( ", 200) + "1" + repeated(") ]", 200) + " }",
        "SELECT * " + repeated("{ ?s :p ?o OPTIONAL ", 200) + "{}" + repeated("}", 200)}) {
    EXPECT_EQ(error(text), "no error");
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(Iris, ResolveAsRfc3986Says) {
  const std::string base = "http://a/b/c/d;p?q";
  const std::vector<std::pair<const char*, const char*>> kCases = {{"g:h", "g:h"},
                                                                   {"g", "http://a/b/c/g"},
                                                                   {"./g", "http://a/b/c/g"},
                                                                   {"g/", "http://a/b/c/g/"},
                                                                   {"/g", "http://a/g"},
                                                                   {"//g", "http://g"},
                                                                   {"?y", "http://a/b/c/d;p?y"},
                                                                   {"g?y", "http://a/b/c/g?y"},
                                                                   {"#s", "http://a/b/c/d;p?q#s"},
                                                                   {"", "http://a/b/c/d;p?q"},
                                                                   {".", "http://a/b/c/"},
                                                                   {"..", "http://a/b/"},
                                                                   {"../../../g", "http://a/g"},
                                                                   {"/./g", "http://a/g"},
                                                                   {"g/./h", "http://a/b/c/g/h"},
                                                                   {"g;x=1/../y", "http://a/b/c/y"},
                                                                   {"g?y/../x", "http://a/b/c/g?y/../x"},
                                                                   {"g#s/../x", "http://a/b/c/g#s/../x"}};
  for (const auto& [reference, resolved] : kCases)
    EXPECT_EQ(resolve_iri(base, reference), resolved) << reference;
  EXPECT_EQ(resolve_iri("http://a", "b"), "http://a/b");
  EXPECT_EQ(resolve_iri("", "b"), "b");
  EXPECT_TRUE(is_absolute_iri("urn:x"));
  EXPECT_FALSE(is_absolute_iri("1a:x"));
  EXPECT_FALSE(iri_problem("http://e/%C3?a=[1]#\xC3\xA9").has_value());
  EXPECT_TRUE(iri_problem("http://e/a b").has_value());
  EXPECT_TRUE(iri_problem("http://e/\xFF").has_value());
  EXPECT_TRUE(iri_problem("relative").has_value());
  EXPECT_TRUE(iri_problem("").has_value());
}

}  // namespace
