// ExpressionValues of SPARQL: text in, term or error out.
#include "engine/query/expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/query/comparison.h"
#include "grammar/parse.h"
#include "tests/memory_snapshot.h"

namespace dossier {
namespace {

constexpr std::string_view kPrologue =
    "BASE <http://e/> PREFIX : <http://e/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> ";

grammar::Expression parse_expression(const std::string& text) {
  const grammar::Query query =
      grammar::parse_query(std::string(kPrologue) + "SELECT (" + text + " AS ?result) {}");
  return *std::get<grammar::SelectQuery>(query.form).projections.at(0).expression;
}

// N-Triples with the long names of XML Schema cut short; "error" for no value.
std::string shown(QueryContext& context, Id id) {
  if (!id.is_bound()) return "error";
  std::string text = context.terms().term(id).to_string();
  const std::string prefix = "<" + std::string(iri::kXsd);
  for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) {
    text.erase(text.find('>', at), 1);
    text.erase(at, prefix.size());
  }
  return text;
}

class ExpressionValues : public testing::Test {
 protected:
  ExpressionValues() {
    bind("i", Term::integer(5));
    bind("s", Term::literal("hello"));
    bind("fr", Term::tagged("chat", "fr"));
    bind("iri", Term::iri("http://e/a"));
    bind("b", Term::blank("x"));
    bind("long", Term::literal("a string of the dictionary"));
    bind("d", Term::typed("2025-06-13", iri::kXsdDate));
    bind("t", Term::triple(Term::iri("http://e/a"), Term::iri("http://e/p"), Term::integer(1)));
    bind("odd", Term::typed("iiii", "http://e/roman"));
    bind("none", {});
    context_.emplace(snapshot_, QueryLimits{}, nullptr, "http://e/");
    batch_.rows = 1;
    for (const Id id : ids_) {
      IdColumn& column = batch_.columns.emplace_back();
      column.resize(1);
      column[0] = id;
    }
    environment_.column = [this](const std::string& name) {
      const auto found = std::find(names_.begin(), names_.end(), name);
      return found == names_.end() ? -1 : static_cast<int>(found - names_.begin());
    };
  }

  void bind(const std::string& name, const std::optional<Term>& term) {
    names_.push_back(name);
    ids_.push_back(term ? snapshot_->add(*term) : kUnbound);
  }

  std::string evaluate(const std::string& text) {
    const auto compiled = compile_expression(parse_expression(text), environment_, *context_);
    Id out;
    compiled->evaluate(*context_, batch_, std::span<Id>(&out, 1));
    return shown(*context_, out);
  }

  void expect(const std::vector<std::pair<std::string, std::string>>& cases) {
    for (const auto& [text, result] : cases) EXPECT_EQ(evaluate(text), result) << text;
  }

  std::shared_ptr<MemorySnapshot> snapshot_ = std::make_shared<MemorySnapshot>();
  std::vector<std::string> names_;
  std::vector<Id> ids_;
  std::optional<QueryContext> context_;
  ExpressionEnvironment environment_;
  Batch batch_;
};

const std::string kTrue = "\"true\"^^boolean";
const std::string kFalse = "\"false\"^^boolean";
const std::string kError = "error";

TEST_F(ExpressionValues, Arithmetic) {
  expect({
      {"1 + 2", "\"3\"^^integer"},
      {"?i * 2 - 1", "\"9\"^^integer"},
      {"1 / 2", "\"0.5\"^^decimal"},
      {"6 / 3", "\"2\"^^decimal"},
      {"1 / 0", kError},
      {"1.5 + 1", "\"2.5\"^^decimal"},
      {"1e0 / 0", "\"INF\"^^double"},
      {"0.1e0 + 0.2e0", "\"3.0000000000000004E-1\"^^double"},
      {"\"1\"^^xsd:float + 1", "\"2.0E0\"^^float"},
      {"\"1\"^^xsd:byte + 1", "\"2\"^^integer"},
      {"-?i", "\"-5\"^^integer"},
      {"+?s", kError},
      {"1 + ?s", kError},
      {"1 + ?none", kError},
      {"1 + ?iri", kError},
      {"576460752303423487 + 1", "\"576460752303423488\"^^integer"},
      {"9223372036854775807 * 9223372036854775807", "\"85070591730234615847396907784232501249\"^^integer"},
      {"?d + \"P1M\"^^xsd:duration", "\"2025-07-13\"^^date"},
      {"?d - \"2025-06-01\"^^xsd:date", "\"P12D\"^^dayTimeDuration"},
      {"\"2025-06-13T00:00:00Z\"^^xsd:dateTime - \"PT1H\"^^xsd:dayTimeDuration",
       "\"2025-06-12T23:00:00Z\"^^dateTime"},
  });
}

TEST_F(ExpressionValues, Comparison) {
  expect({
      {"1 = 1.0", kTrue},
      {"1 = 1e0", kTrue},
      {"01 = 1", kTrue},
      {"1 < 1.5", kTrue},
      {"2 <= 1.5", kFalse},
      {"-1e0 > -2", kTrue},
      {"?s = \"hello\"", kTrue},
      {"?s != \"hello\"", kFalse},
      {"?s < \"jello\"", kTrue},
      {"?long = \"a string of the dictionary\"", kTrue},
      {"?long > \"a string of the directory\"", kFalse},
      {"?long = ?s", kFalse},
      {"?fr = \"chat\"@FR", kTrue},
      {"?fr = \"chat\"", kFalse},
      {"?fr < \"chat\"@fr", kError},
      {"?iri = :a", kTrue},
      {"?iri = \"http://e/a\"", kFalse},
      {"?iri < :b", kError},
      {"1 = \"1\"", kFalse},
      {"1 < \"1\"", kError},
      {"?odd = \"iv\"^^:roman", kError},
      {"?odd = \"iiii\"^^:roman", kTrue},
      {"?odd = 1", kError},
      {"?odd = :a", kFalse},
      {"\"x\"^^xsd:integer = 1", kError},
      {"\"NaN\"^^xsd:double = \"NaN\"^^xsd:double", kFalse},
      {"\"NaN\"^^xsd:double != 1", kTrue},
      {"\"NaN\"^^xsd:double < 1", kFalse},
      {"\"NaN\"^^xsd:double >= 1", kFalse},
      {"true > false", kTrue},
      {"?d < \"2025-06-14\"^^xsd:date", kTrue},
      {"?d = \"2025-06-13Z\"^^xsd:date", kError},  // a zone on one side only, less than 14 hours apart
      {"?d != \"2025-06-12Z\"^^xsd:date", kTrue},
      {"?d > \"2025-06-12Z\"^^xsd:date", kTrue},
      {"?d < \"2025-06-13T00:00:00\"^^xsd:dateTime", kError},
      {"?d = \"2025-06-13T00:00:00\"^^xsd:dateTime", kFalse},
      {"\"12:00:00Z\"^^xsd:time < \"12:00:00\"^^xsd:time", kError},
      {"?fr = ?odd", kFalse},
      {"?fr != \"x\"^^xsd:integer", kTrue},
      {"\"2025-06-13T12:00:00Z\"^^xsd:dateTime = \"2025-06-13T14:00:00+02:00\"^^xsd:dateTime", kTrue},
      {"\"10000-01-01\"^^xsd:date > ?d", kTrue},
      {"\"-0044-03-15\"^^xsd:date < ?d", kTrue},
      {"\"P1Y\"^^xsd:duration = \"P12M\"^^xsd:yearMonthDuration", kTrue},
      {"?t = <<( :a :p 1 )>>", kTrue},
      {"?t = <<( :a :p 1.0 )>>", kTrue},
      {"?t = <<( :a :p 2 )>>", kFalse},
      {"?t = 1", kFalse},
      {"123456789012345678901234567890 > 123456789012345678901234567889", kTrue},
  });
}

TEST_F(ExpressionValues, Logic) {
  const std::string error = "(1/0)";
  expect({
      {"true && " + error, kError},
      {"false && " + error, kFalse},
      {error + " && false", kFalse},
      {"true || " + error, kTrue},
      {error + " || true", kTrue},
      {error + " || false", kError},
      {"!" + error, kError},
      {"!?i", kFalse},
      {"!\"\"", kTrue},
      {"!0.0", kTrue},
      {"!(\"NaN\"^^xsd:double)", kTrue},
      {"!?iri", kError},
      {"!?d", kError},
      {"!\"x\"^^xsd:integer", kError},
      {"?i IN (1, 5)", kTrue},
      {"?i IN (1, " + error + ", 5)", kTrue},
      {"?i IN (1, " + error + ")", kError},
      {"?i NOT IN (1, 2)", kTrue},
      {"?i IN ()", kFalse},
      {"?i IN (5.0)", kTrue},
      {"?iri IN (:b, 1, :a)", kTrue},
      {"?iri NOT IN (:b, 1)", kTrue},
      {"?iri IN (:b, (1/0))", kError},
      {"?none IN (1)", kError},
      {"\"NaN\"^^xsd:double IN (\"NaN\"^^xsd:double, 1)", kFalse},
      {"IF(?i > 3, \"yes\", \"no\")", "\"yes\""},
      {"IF(" + error + ", 1, 2)", kError},
      {"IF(true, 1, " + error + ")", "\"1\"^^integer"},
      {"COALESCE(?none, " + error + ", 3)", "\"3\"^^integer"},
      {"COALESCE(?none)", kError},
      {"BOUND(?none)", kFalse},
      {"BOUND(?i)", kTrue},
      {"BOUND(?nowhere)", kFalse},
      {"?nowhere", kError},
  });
}

TEST_F(ExpressionValues, Terms) {
  expect({
      {"STR(?iri)", "\"http://e/a\""},
      {"STR(?fr)", "\"chat\""},
      {"STR(?i)", "\"5\""},
      {"STR(?b)", kError},
      {"STR(?t)", kError},
      {"LANG(?fr)", "\"fr\""},
      {"LANG(?s)", "\"\""},
      {"LANG(?iri)", kError},
      {"LANGDIR(\"x\"@ar--rtl)", "\"rtl\""},
      {"LANG(\"x\"@ar--rtl)", "\"ar\""},
      {"DATATYPE(?i)", "integer"},
      {"DATATYPE(?s)", "string"},
      {"DATATYPE(?fr)", "<http://www.w3.org/1999/02/22-rdf-syntax-ns#langString>"},
      {"DATATYPE(\"x\"@ar--rtl)", "<http://www.w3.org/1999/02/22-rdf-syntax-ns#dirLangString>"},
      {"LANGMATCHES(\"fr-BE\", \"FR\")", kTrue},
      {"LANGMATCHES(\"fr\", \"fr-BE\")", kFalse},
      {"LANGMATCHES(\"fra\", \"fr\")", kFalse},
      {"LANGMATCHES(\"\", \"*\")", kFalse},
      {"IRI(\"b\")", "<http://e/b>"},
      {"URI(?iri)", "<http://e/a>"},
      {"IRI(5)", kError},
      {"STRDT(\"1\", xsd:integer)", "\"1\"^^integer"},
      {"STRDT(?fr, xsd:string)", kError},
      {"STRLANG(\"x\", \"en\")", "\"x\"@en"},
      {"STRLANG(\"x\", \"\")", kError},
      {"STRLANGDIR(\"abc\", \"en\", \"ltr\")", "\"abc\"@en--ltr"},
      {"STRLANGDIR(\"abc\", \"en\", \"LTR\")", kError},
      {"sameTerm(1, 1.0)", kFalse},
      {"sameTerm(?fr, \"chat\"@FR)", kTrue},
      {"isIRI(?iri)", kTrue},
      {"isURI(?s)", kFalse},
      {"isBLANK(?b)", kTrue},
      {"isLITERAL(?i)", kTrue},
      {"isLITERAL(?t)", kFalse},
      {"isNUMERIC(?i)", kTrue},
      {"isNUMERIC(\"x\"^^xsd:integer)", kFalse},
      {"isNUMERIC(\"1200\"^^xsd:byte)", kFalse},
      {"isNUMERIC(?iri)", kFalse},
      {"isTRIPLE(?t)", kTrue},
      {"hasLANG(?fr)", kTrue},
      {"hasLANGDIR(?fr)", kFalse},
      {"hasLANG(?iri)", kFalse},
      {"SUBJECT(?t)", "<http://e/a>"},
      {"PREDICATE(?t)", "<http://e/p>"},
      {"OBJECT(?t)", "\"1\"^^integer"},
      {"OBJECT(?i)", kError},
      {"TRIPLE(?iri, :p, ?i)", "<<( <http://e/a> <http://e/p> \"5\"^^integer )>>"},
      {"TRIPLE(?i, :p, ?i)", kError},
      {"<<( ?iri :p ?i )>>", "<<( <http://e/a> <http://e/p> \"5\"^^integer )>>"},
      {"sameTerm(?t, TRIPLE(:a, :p, 1))", kTrue},
      {"isIRI(UUID())", kTrue},
      {"STRLEN(STRUUID())", "\"36\"^^integer"},
      {"isBLANK(BNODE())", kTrue},
      {"BNODE(\"x\") = BNODE(\"x\")", kTrue},
      {"BNODE(\"x\") = BNODE(\"y\")", kFalse},
      {"BNODE() = BNODE()", kFalse},
  });
}

TEST_F(ExpressionValues, Strings) {
  expect({
      {"CONCAT(\"a\", \"b\")", "\"ab\""},
      {"CONCAT(\"a\"@en, \"b\"@en)", "\"ab\"@en"},
      {"CONCAT(\"a\"@en, \"b\")", "\"ab\""},
      {"CONCAT(\"a\", 1)", kError},
      {"CONCAT()", "\"\""},
      {"SUBSTR(\"motor car\", 6)", "\" car\""},
      {"SUBSTR(\"metadata\", 4, 3)", "\"ada\""},
      {"SUBSTR(\"12345\", 1.5, 2.6)", "\"234\""},
      {"SUBSTR(\"12345\", 0, 3)", "\"12\""},
      {"SUBSTR(\"12345\", 5, -3)", "\"\""},
      {"SUBSTR(\"漢字x\"@zh, 2, 1)", "\"字\"@zh"},
      {"STRLEN(\"漢字x\")", "\"3\"^^integer"},
      {"STRLEN(5)", kError},
      {"UCASE(\"straße\"@de)", "\"STRASSE\"@de"},
      {"LCASE(\"ÀÉ\")", "\"àé\""},
      {"ENCODE_FOR_URI(\"Los Angeles ~é\")", "\"Los%20Angeles%20~%C3%A9\""},
      {"CONTAINS(?long, \"dictionary\")", kTrue},
      {"CONTAINS(\"a\"@en, \"a\"@fr)", kError},
      {"CONTAINS(\"a\"@en, \"a\")", kTrue},
      {"CONTAINS(\"a\", \"a\"@en)", kError},
      {"STRSTARTS(\"foobar\"@en, \"foo\"@EN)", kTrue},
      {"STRENDS(\"foobar\", \"bar\")", kTrue},
      {"STRBEFORE(\"abc\"@en, \"b\")", "\"a\"@en"},
      {"STRBEFORE(\"abc\"@en, \"x\")", "\"\""},
      {"STRBEFORE(\"abc\"@en, \"\")", "\"\"@en"},
      {"STRAFTER(\"abc\", \"b\")", "\"c\""},
      {"STRAFTER(\"abc\"@en, \"x\")", "\"\""},
      {"MD5(\"abc\")", "\"900150983cd24fb0d6963f7d28e17f72\""},
      {"SHA1(\"abc\")", "\"a9993e364706816aba3e25717850c26c9cd0d89d\""},
      {"SHA256(\"abc\")", "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\""},
      {"STRLEN(SHA384(\"abc\"))", "\"96\"^^integer"},
      {"STRLEN(SHA512(\"abc\"))", "\"128\"^^integer"},
      {"REGEX(\"Alice\", \"^ali\", \"i\")", kTrue},
      {"REGEX(\"Alice\", \"^ali\")", kFalse},
      {"REGEX(\"a\\nb\", \"^b$\", \"m\")", kTrue},
      {"REGEX(\"a\\nb\", \"a.b\")", kFalse},
      {"REGEX(\"a\\nb\", \"a.b\", \"s\")", kTrue},
      {"REGEX(\"ab\", \"a b\", \"x\")", kTrue},
      {"REGEX(\"a.b\", \"a.b\", \"q\")", kTrue},
      {"REGEX(\"axb\", \"a.b\", \"q\")", kFalse},
      {"REGEX(\"a\", \"(\")", kError},
      {"REGEX(\"a\", \"a\", \"z\")", kError},
      {"REGEX(5, \"5\")", kError},
      {"REPLACE(\"abracadabra\", \"bra\", \"*\")", "\"a*cada*\""},
      {"REPLACE(\"abracadabra\", \"a.*?a\", \"*\")", "\"*c*bra\""},
      {"REPLACE(\"abc\"@en, \"(b)\", \"[$1]\")", "\"a[b]c\"@en"},
      {"REPLACE(\"AAAA\", \"a\", \"b\", \"i\")", "\"bbbb\""},
      {"REPLACE(\"abc\", \".*?\", \"x\")", kError},
      {"REPLACE(\"a.c\", \".\", \"$\", \"q\")", "\"a$c\""},
  });
}

TEST_F(ExpressionValues, NumbersAndTimes) {
  expect({
      {"ABS(-1.5)", "\"1.5\"^^decimal"},
      {"CEIL(1.1)", "\"2\"^^decimal"},
      {"FLOOR(-1.1)", "\"-2\"^^decimal"},
      {"ROUND(2.5)", "\"3\"^^decimal"},
      {"ROUND(-2.5)", "\"-2\"^^decimal"},
      {"ROUND(1e0)", "\"1.0E0\"^^double"},
      {"ABS(?s)", kError},
      {"RAND() < 1", kTrue},
      {"NOW() = NOW()", kTrue},
      {"DATATYPE(NOW())", "dateTime"},
      {"YEAR(?d)", "\"2025\"^^integer"},
      {"YEAR(\"-0044-03-15\"^^xsd:date)", "\"-44\"^^integer"},
      {"MONTH(?d)", "\"6\"^^integer"},
      {"DAY(?d)", "\"13\"^^integer"},
      {"HOURS(?d)", kError},
      {"HOURS(\"2025-06-13T14:45:13.815-05:00\"^^xsd:dateTime)", "\"14\"^^integer"},
      {"MINUTES(\"2025-06-13T14:45:13.815-05:00\"^^xsd:dateTime)", "\"45\"^^integer"},
      {"SECONDS(\"2025-06-13T14:45:13.815-05:00\"^^xsd:dateTime)", "\"13.815\"^^decimal"},
      {"TIMEZONE(\"2025-06-13T14:45:13.815-05:00\"^^xsd:dateTime)", "\"-PT5H\"^^dayTimeDuration"},
      {"TIMEZONE(\"2025-06-13T14:45:13Z\"^^xsd:dateTime)", "\"PT0S\"^^dayTimeDuration"},
      {"TIMEZONE(\"2025-06-13T14:45:13\"^^xsd:dateTime)", kError},
      {"TZ(\"2025-06-13T14:45:13.815-05:00\"^^xsd:dateTime)", "\"-05:00\""},
      {"TZ(\"2025-06-13T14:45:13Z\"^^xsd:dateTime)", "\"Z\""},
      {"TZ(\"2025-06-13T14:45:13\"^^xsd:dateTime)", "\"\""},
      {"YEAR(\"2025-02-30\"^^xsd:date)", kError},
  });
}

TEST_F(ExpressionValues, Casts) {
  expect({
      {"xsd:integer(\" 7 \")", "\"7\"^^integer"},
      {"xsd:integer(7.9)", "\"7\"^^integer"},
      {"xsd:integer(true)", "\"1\"^^integer"},
      {"xsd:integer(\"7.0\")", kError},
      {"xsd:integer(?fr)", kError},
      {"xsd:integer(1e400)", kError},
      {"xsd:byte(300)", kError},
      {"xsd:byte(100)", "\"100\"^^byte"},
      {"xsd:decimal(1.5e0)", "\"1.5\"^^decimal"},
      {"xsd:decimal(\"1e0\")", kError},
      {"xsd:double(1)", "\"1.0E0\"^^double"},
      {"xsd:double(\"INF\")", "\"INF\"^^double"},
      {"xsd:float(0.1)", "\"1.0E-1\"^^float"},
      {"xsd:boolean(\"1\")", kTrue},
      {"xsd:boolean(0.0)", kFalse},
      {"xsd:boolean(\"yes\")", kError},
      {"xsd:string(1.50)", "\"1.5\""},
      {"xsd:string(1e0)", "\"1\""},
      {"xsd:string(1.5e10)", "\"1.5E10\""},
      {"xsd:string(?iri)", "\"http://e/a\""},
      {"xsd:string(?b)", kError},
      {"xsd:dateTime(?d)", "\"2025-06-13T00:00:00\"^^dateTime"},
      {"xsd:date(\"2025-06-13T14:45:13Z\"^^xsd:dateTime)", "\"2025-06-13Z\"^^date"},
      {"xsd:gYear(?d)", "\"2025\"^^gYear"},
      {"xsd:date(\"2025-02-30\")", kError},
      {"xsd:date(5)", kError},
  });
}

TEST_F(ExpressionValues, ArgumentsAreChecked) {
  const auto message = [&](const std::string& text) -> std::string {
    try {
      evaluate(text);
    } catch (const QueryError& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(message("xsd:intger(5)"),
              testing::HasSubstr("did you mean <http://www.w3.org/2001/XMLSchema#integer>?"));
  EXPECT_THAT(message("xsd:integer(5, 6)"), testing::HasSubstr("takes 1 argument, not 2"));
  EXPECT_THAT(message(":unheard(5)"), testing::HasSubstr("there is no function <http://e/unheard>"));
}

TEST_F(ExpressionValues, ABatchIsFilteredInPlace) {
  Batch batch;
  batch.reset(2);
  batch.rows = kBatchRows;
  for (std::size_t i = 0; i < batch.rows; ++i) {
    batch.columns[0][i] = inline_integer(static_cast<std::int64_t>(i));
    batch.columns[1][i] = i % 2 == 0 ? kUnbound : inline_integer(static_cast<std::int64_t>(2 * i));
  }
  ExpressionEnvironment environment;
  environment.column = [](const std::string& name) { return name == "a" ? 0 : name == "b" ? 1 : -1; };
  const auto compiled = compile_expression(parse_expression("?a < 10 && ?b > 5"), environment, *context_);
  filter_batch(*context_, *compiled, batch);
  ASSERT_EQ(batch.rows, 4U);
  EXPECT_EQ(batch.columns[0][0], inline_integer(3));
  EXPECT_EQ(batch.columns[1][3], inline_integer(18));
}

TEST_F(ExpressionValues, OrderIsTotal) {
  const std::vector<std::string> ascending{"?none",
                                           "?b",
                                           "?iri",
                                           ":b",
                                           "false",
                                           "true",
                                           "\"NaN\"^^xsd:double",
                                           "-1e0",
                                           "1",
                                           "1.5",
                                           "123456789012345678901234567890",
                                           "?d",
                                           "\"\"",
                                           "?long",
                                           "?s",
                                           "?fr",
                                           "?odd",
                                           "?t"};
  std::vector<Id> ids;
  for (const std::string& text : ascending) {
    const auto compiled = compile_expression(parse_expression(text), environment_, *context_);
    Id out;
    compiled->evaluate(*context_, batch_, std::span<Id>(&out, 1));
    ids.push_back(out);
  }
  for (std::size_t i = 0; i < ids.size(); ++i)
    for (std::size_t j = 0; j < ids.size(); ++j)
      EXPECT_EQ(compare_order(*context_, ids[i], ids[j]), static_cast<int>(i > j) - static_cast<int>(i < j))
          << ascending[i] << ' ' << ascending[j];
  std::vector<Id> shuffled(ids.rbegin(), ids.rend());
  shuffled.push_back(ids[3]);
  const std::vector<std::uint32_t> ranks = order_ranks(*context_, shuffled);
  for (std::size_t i = 0; i < ids.size(); ++i)
    EXPECT_EQ(ranks[i], ids.size() - 1 - i) << ascending[ids.size() - 1 - i];
  EXPECT_EQ(ranks.back(), 3U);
}

// Pairs that are equal, do not compare, or are rounded when they are compared.
TEST_F(ExpressionValues, OrderIsTransitiveAndAgreesWithLess) {
  const std::vector<std::pair<const char*, const char*>> typed{
      {"0.1", "decimal"},
      {"0.1", "float"},
      {"0.1", "double"},
      {"0.10", "decimal"},
      {"0.1000000000000000055511151231257827", "decimal"},
      {"9007199254740993", "integer"},
      {"9007199254740992", "integer"},
      {"9.007199254740992E15", "double"},
      {"9007199254740993.0", "decimal"},
      {"16777217", "integer"},
      {"1.6777216E7", "float"},
      {"INF", "float"},
      {"INF", "double"},
      {"NaN", "float"},
      {"NaN", "double"},
      {"-0", "double"},
      {"0", "integer"},
      {"1", "boolean"},
      {"true", "boolean"},
      {"2020-01-01T00:00:00", "dateTime"},
      {"2020-01-01T00:00:00Z", "dateTime"},
      {"2020-01-01T10:00:00+14:00", "dateTime"},
      {"2019-12-31T12:00:00-14:00", "dateTime"},
      {"2020-01-01T00:00:00Z", "dateTimeStamp"},
      {"2020-01-01", "date"},
      {"2020-01-01+14:00", "date"},
      {"2020", "gYear"},
      {"P1M", "duration"},
      {"P30D", "dayTimeDuration"},
      {"P31D", "duration"},
      {"P1M1D", "duration"},
      {"P12M", "yearMonthDuration"},
      {"P1Y", "duration"},
      {"x", "integer"},
      {"x", "date"},
      {"x", "token"},
      {"", "string"},
      {"x", "string"},
  };
  LocalTerms& terms = context_->terms();
  std::vector<Id> ids{ids_.begin(), ids_.end()};
  for (const auto& [lexical, name] : typed)
    ids.push_back(terms.intern(Term::typed(lexical, std::string(iri::kXsd) + name)));
  for (const char* tag : {"en", "fr"}) ids.push_back(terms.intern(Term::tagged("x", tag)));
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  const std::vector<std::uint32_t> ranks = order_ranks(*context_, ids);
  for (std::size_t i = 0; i < ids.size(); ++i)
    for (std::size_t j = 0; j < ids.size(); ++j) {
      const int order = compare_order(*context_, ids[i], ids[j]);
      const std::string pair = shown(*context_, ids[i]) + " and " + shown(*context_, ids[j]);
      EXPECT_EQ(order, static_cast<int>(ranks[i] > ranks[j]) - static_cast<int>(ranks[i] < ranks[j])) << pair;
      EXPECT_TRUE(order < 0 || less_values(*context_, ids[i], ids[j]) != Truth::yes) << pair;
    }
}

TEST_F(ExpressionValues, Aggregates) {
  const auto run = [&](const std::string& text, const std::vector<Id>& values) {
    const auto aggregate = make_aggregate(parse_expression(text), *context_);
    aggregate->resize(2);
    aggregate->add(*context_, std::vector<std::uint32_t>(values.size(), 1), values);
    return shown(*context_, aggregate->result(*context_, 1)) + " " +
           shown(*context_, aggregate->result(*context_, 0));
  };
  LocalTerms& terms = context_->terms();
  const Id one = inline_integer(1);
  const Id two = inline_integer(2);
  const Id half = terms.intern(Term::typed("0.5", iri::kXsdDecimal));
  const Id word = terms.intern(Term::literal("word"));
  EXPECT_EQ(run("COUNT(*)", {one, one, kUnbound}), "\"3\"^^integer \"0\"^^integer");
  EXPECT_EQ(run("COUNT(?i)", {one, one, kUnbound}), "\"2\"^^integer \"0\"^^integer");
  EXPECT_EQ(run("COUNT(DISTINCT ?i)", {one, one, two}), "\"2\"^^integer \"0\"^^integer");
  EXPECT_EQ(run("SUM(?i)", {one, two, half}), "\"3.5\"^^decimal \"0\"^^integer");
  EXPECT_EQ(run("SUM(DISTINCT ?i)", {one, one, two}), "\"3\"^^integer \"0\"^^integer");
  EXPECT_EQ(run("SUM(?i)", {one, word}), "error \"0\"^^integer");
  EXPECT_EQ(run("AVG(?i)", {one, two}), "\"1.5\"^^decimal \"0\"^^integer");
  EXPECT_EQ(run("MIN(?i)", {two, one, half}), "\"0.5\"^^decimal error");
  EXPECT_EQ(run("MAX(?i)", {two, word, one}), "\"word\" error");
  EXPECT_EQ(run("SAMPLE(?i)", {kUnbound, two}), "\"2\"^^integer error");
  EXPECT_EQ(run("GROUP_CONCAT(?i)", {one, word}), "\"1 word\" \"\"");
  EXPECT_EQ(run("GROUP_CONCAT(DISTINCT ?i; SEPARATOR = \", \")", {one, word, one}), "\"1, word\" \"\"");
  const Id large = inline_integer(576460752303423487);
  EXPECT_EQ(run("SUM(?i)", std::vector<Id>(20, large)), "\"11529215046068469740\"^^integer \"0\"^^integer");
}

TEST_F(ExpressionValues, TheBudgetIsKept) {
  QueryContext small(snapshot_, QueryLimits{std::chrono::milliseconds(0), 100'000, 1}, nullptr);
  EXPECT_THROW(
      {
        for (int i = 0; i < 100'000; ++i)
          intern_string(small, "a computed string number " + std::to_string(i));
      },
      LimitError);
}

TEST_F(ExpressionValues, ComputedTermsHaveOneId) {
  LocalTerms& terms = context_->terms();
  const Id a = terms.intern(Term::literal("computed here and now"));
  EXPECT_TRUE(a.is_local());
  EXPECT_EQ(terms.intern(Term::literal("computed here and now")), a);
  EXPECT_EQ(terms.intern(Term::literal("a string of the dictionary")), ids_[5]);
  EXPECT_EQ(terms.intern(Term::triple(Term::iri("http://e/a"), Term::iri("http://e/p"), Term::integer(1))),
            ids_[7]);
  const Id triple = terms.intern_triple(ids_[3], ids_[3], a);
  EXPECT_EQ(terms.intern_triple(ids_[3], ids_[3], a), triple);
  EXPECT_EQ(terms.kind(triple), TermKind::triple);
  EXPECT_NE(terms.fresh_blank(), terms.fresh_blank());
  std::string bytes;
  std::vector<std::size_t> ends;
  terms.decode(std::vector<Id>{a, ids_[5], kUnbound, inline_integer(1), ids_[4]}, bytes, ends);
  ASSERT_EQ(ends.size(), 5U);
  EXPECT_EQ(bytes.substr(0, ends[0]), "Scomputed here and now");
  EXPECT_EQ(ends[1], ends[2]);
  EXPECT_EQ(bytes.substr(ends[3], 2), "Bb");
}

}  // namespace
}  // namespace dossier
