// Readers of results: each format over every kind of term, its errors with their place, and what comes back
// of what the writers wrote.
#include "engine/io/result_reader.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <sstream>

namespace dossier {
namespace {

std::string shown(const ResultTable& table) {
  if (table.boolean) return *table.boolean ? "true" : "false";
  std::string text;
  for (const auto& name : table.variables) text += "?" + name + " ";
  for (const auto& row : table.rows) {
    text += "|";
    for (const auto& cell : row) text += " " + (cell ? cell->to_string() : "-");
  }
  return text;
}

std::string read(std::string_view text, Format format) {
  return shown(read_results(text, format));
}

// `line:column: what` of the error.
std::string error(std::string_view text, Format format, const ResultReadOptions& options = {}) {
  try {
    read_results(text, format, options);
  } catch (const DataError& problem) {
    EXPECT_EQ(problem.file(), options.name);
    const std::string report = problem.what();
    return report.substr(report.find(':') + 1);
  }
  return "no error";
}

std::string json(const std::string& bindings) {
  return R"({"head":{"vars":["x","y"]},"results":{"bindings":[)" + bindings + "]}}";
}

TEST(ResultReader, JsonReadsEveryTerm) {
  EXPECT_EQ(read(json(R"({"x":{"type":"uri","value":"a:\u00e9"},"y":{"type":"bnode","value":"b0"}},
                         {"y":{"value":"5","datatype":"d:d","type":"literal"}},
                         {"x":{"type":"literal","value":"hi","xml:lang":"en"}},
                         {"x":{"type":"literal","value":"","xml:lang":"ar","its:dir":"rtl"}},
                         {"x":{"type":"typed-literal","value":"","datatype":"d:d"}}, {})"),
                 Format::json),
            "?x ?y | <a:\xC3\xA9> _:b0| - \"5\"^^<d:d>| \"hi\"@en -| \"\"@ar--rtl -| \"\"^^<d:d> -| - -");
}

TEST(ResultReader, JsonReadsTripleTermsInTripleTerms) {
  EXPECT_EQ(read(json(R"({"x":{"type":"triple","value":{
                   "subject":{"type":"bnode","value":"b"},"predicate":{"type":"uri","value":"p:p"},
                   "object":{"value":{"object":{"type":"literal","value":"o"},"predicate":{"type":"uri","value":"q:q"},
                             "subject":{"type":"uri","value":"s:s"}},"type":"triple"}}},"y":{"type":"uri","value":"a:a"}})"),
                 Format::json),
            "?x ?y | <<( _:b <p:p> <<( <s:s> <q:q> \"o\" )>> )>> <a:a>");
}

TEST(ResultReader, JsonTakesMembersInAnyOrderAndOthersToo) {
  EXPECT_EQ(read(R"({"more":[{"head":[1,null,-2.5e300]}],"results":{"distinct":true,"bindings":[
                   {"y":{"type":"uri","value":"a:a","extra":{"value":1}}}]},"head":{"link":["l"],"vars":["x","y"]}})",
                 Format::json),
            "?x ?y | - <a:a>");
  EXPECT_EQ(read(R"({"head":{},"boolean":false})", Format::json), "false");
  EXPECT_EQ(read(R"({"boolean":true})", Format::json), "true");
}

TEST(ResultReader, JsonSaysWhatIsWrongAndWhere) {
  EXPECT_EQ(error("{\n \"head\": 5}", Format::json), "2:11: found a number, expected an object");
  EXPECT_EQ(error(json(R"({"z":{"type":"uri","value":"a:a"}})"), Format::json),
            "1:83: the row binds \"z\", which the head does not name");
  EXPECT_NE(error(json(R"({"x":{"type":"iri","value":"a:a"}})"), Format::json)
                .find("found the type \"iri\", expected uri"),
            std::string::npos);
  EXPECT_NE(error(json(R"({"x":{"value":"a:a"}})"), Format::json).find("the term has no type"),
            std::string::npos);
  EXPECT_NE(error(json(R"({"x":{"type":"uri"}})"), Format::json).find("the term has no value"),
            std::string::npos);
  EXPECT_NE(error(json(R"({"x":"a:a"})"), Format::json).find("found a string, expected a term"),
            std::string::npos);
  EXPECT_NE(
      error(json(R"({"x":{"type":"triple","value":{"subject":{"type":"uri","value":"s:s"}}}})"), Format::json)
          .find("the triple term has no predicate"),
      std::string::npos);
  EXPECT_NE(error(json(R"({"x":{"type":"literal","value":"a","its:dir":"ltr"}})"), Format::json)
                .find("language tag too"),
            std::string::npos);
  EXPECT_NE(
      error(json(R"({"x":{"type":"literal","value":"a","xml:lang":"en","its:dir":"up"}})"), Format::json)
          .find("ltr or rtl"),
      std::string::npos);
  EXPECT_NE(error(R"({"head":{"vars":["x","x"]}})", Format::json).find("named twice"), std::string::npos);
  EXPECT_NE(error(R"({"results":{"bindings":[{}]}})", Format::json).find("names of the variables"),
            std::string::npos);
  EXPECT_NE(error(R"({"head":{"vars":["x"]},"results":{"bindings":[{}]},"boolean":true})", Format::json)
                .find("not both"),
            std::string::npos);
  EXPECT_NE(error("[]", Format::json).find("expected an object with \"head\""), std::string::npos);
  EXPECT_NE(error("", Format::json).find("ends too early"), std::string::npos);
  EXPECT_NE(error(json("{").substr(0, 51), Format::json).find("ends too early"), std::string::npos);
  EXPECT_NE(error("{\"head\":{\"vars\":[\"\xFF\"]}}", Format::json), "no error");
  EXPECT_NE(error(json("") + "{}", Format::json), "no error");
}

TEST(ResultReader, JsonIsBounded) {
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += R"({"type":"triple","value":{"object":)";
  EXPECT_NE(error(json(R"({"x":)" + deep), Format::json).find("nested too deeply"), std::string::npos);
  EXPECT_NE(error("{\"a\":" + std::string(1000000, '['), Format::json).find("nested too deeply"),
            std::string::npos);
  ResultReadOptions options;
  options.max_term_bytes = 100;
  EXPECT_NE(error(json(R"({"x":{"type":"uri","value":")" + std::string(1000, 'a')), Format::json, options)
                .find("too long"),
            std::string::npos);
  options.max_held_bytes = 1000;
  std::string rows = R"({"x":{"type":"uri","value":"a:a"}})";
  for (int i = 0; i < 6; ++i) rows += "," + rows;
  EXPECT_NE(error(R"({"results":{"bindings":[)" + rows, Format::json, options).find("too many to hold"),
            std::string::npos);
}

std::string xml(const std::string& results) {
  return "<?xml version=\"1.0\"?>\n<sparql xmlns=\"http://www.w3.org/2005/sparql-results#\" "
         "xmlns:its=\"http://www.w3.org/2005/11/its\" its:version=\"2.0\">\n"
         "<head><variable name=\"x\"/><variable name=\"y\"/><link href=\"l\"/></head>\n" +
         results + "</sparql>\n";
}

TEST(ResultReader, XmlReadsEveryTerm) {
  EXPECT_EQ(read(xml("<results><result><binding name=\"y\"><uri>a:&#xE9;</uri></binding></result>"
                     "<result><binding name=\"x\"><bnode>b0</bnode></binding>"
                     "<binding name=\"y\"><literal datatype=\"d:d\"> 5\n</literal></binding></result>"
                     "<result><binding name=\"x\"> <literal xml:lang=\"en\"><![CDATA[a<b]]>&amp;</literal> "
                     "</binding>"
                     "<binding name=\"y\"><literal xml:lang=\"ar\" its:dir=\"rtl\"/></binding></result>"
                     "<result/></results>"),
                 Format::xml),
            "?x ?y | - <a:\xC3\xA9>| _:b0 \" 5\\n\"^^<d:d>| \"a<b&\"@en \"\"@ar--rtl| - -");
  EXPECT_EQ(read(xml("<boolean> true\n</boolean>"), Format::xml), "true");
  EXPECT_EQ(read(xml("<results/>"), Format::xml), "?x ?y ");
}

TEST(ResultReader, XmlReadsTripleTermsInTripleTerms) {
  EXPECT_EQ(
      read(xml("<results><result><binding name=\"x\"><triple><subject><bnode>b</bnode></subject>"
               "<predicate><uri>p:p</uri></predicate><object><triple><subject><uri>s:s</uri></subject>"
               "<predicate><uri>q:q</uri></predicate><object><literal>o</literal></object></triple></object>"
               "</triple></binding></result></results>"),
           Format::xml),
      "?x ?y | <<( _:b <p:p> <<( <s:s> <q:q> \"o\" )>> )>> -");
}

TEST(ResultReader, XmlSaysWhatIsWrongAndWhere) {
  EXPECT_EQ(error("<a/>", Format::xml), "1:1: found <a> of another namespace, expected <sparql>");
  EXPECT_EQ(error(xml("<row/>"), Format::xml), "4:1: found <row>, expected <head>, <results>, <boolean>");
  EXPECT_EQ(error(xml("<results><result>x</result></results>"), Format::xml),
            "4:18: found text where only elements belong");
  EXPECT_EQ(error(xml("<results><result><binding name=\"x\"/></result></results>"), Format::xml),
            "4:37: a term is missing; expected <uri>, <literal>, <bnode> or <triple>");
  EXPECT_NE(error(xml("<results><result><binding name=\"z\"><uri>a:a</uri></binding></result></results>"),
                  Format::xml)
                .find("the head does not name"),
            std::string::npos);
  EXPECT_NE(error(xml("<results><result><binding "
                      "name=\"x\"><uri>a:a</uri><uri>a:a</uri></binding></result></results>"),
                  Format::xml)
                .find("two terms"),
            std::string::npos);
  EXPECT_NE(
      error(xml("<results><result><binding name=\"x\"><triple><subject><uri>a:a</uri></subject></triple>"
                "</binding></result></results>"),
            Format::xml)
          .find("no predicate"),
      std::string::npos);
  EXPECT_NE(error(xml("<boolean>yes</boolean>"), Format::xml).find("expected true or false"),
            std::string::npos);
  EXPECT_EQ(error("", Format::xml), "1:1: the document is empty: expected its outermost element");
  EXPECT_NE(error(xml("<results>").substr(0, 200), Format::xml), "no error");
}

TEST(ResultReader, XmlIsBounded) {
  std::string entities = "<!ENTITY a0 \"aaaaaaaaaa\">";
  for (int i = 1; i < 12; ++i) {
    entities += "<!ENTITY a" + std::to_string(i) + " \"";
    for (int j = 0; j < 10; ++j) entities += "&a" + std::to_string(i - 1) + ";";
    entities += "\">";
  }
  EXPECT_NE(
      error("<!DOCTYPE sparql [" + entities + "]>" + xml("<boolean>&a11;</boolean>").substr(22), Format::xml)
          .find("a hundred times"),
      std::string::npos);
  std::string deep = "<results><result><binding name=\"x\">";
  for (int i = 0; i < 100000; ++i) deep += "<triple><object>";
  EXPECT_NE(error(xml(deep), Format::xml).find("nested too deeply"), std::string::npos);
}

TEST(ResultReader, TsvReadsEveryTerm) {
  EXPECT_EQ(
      read("?x\t$y\n<a:a>\t\"a\\tb\\n\"\r\n_:b\t5\n\t\"x\"@ar--rtl\n<<( <s:s> <p:p> 1.5 )>>\ttrue",
           Format::tsv),
      "?x ?y | <a:a> \"a\\tb\\n\"| _:b \"5\"^^<http://www.w3.org/2001/XMLSchema#integer>| - \"x\"@ar--rtl"
      "| <<( <s:s> <p:p> \"1.5\"^^<http://www.w3.org/2001/XMLSchema#decimal> )>> "
      "\"true\"^^<http://www.w3.org/2001/XMLSchema#boolean>");
  EXPECT_EQ(read("?x\n\n", Format::tsv), "?x | -");
  EXPECT_EQ(read("\n\n\n", Format::tsv), "||");
  EXPECT_EQ(read("false\n", Format::tsv), "false");
}

TEST(ResultReader, TsvSaysWhatIsWrongAndWhere) {
  EXPECT_EQ(error("?x\ty\n", Format::tsv), "1:4: expected a variable with its `?`, found \"y\"");
  EXPECT_EQ(error("?x\t?y\n<a:a>\n", Format::tsv), "2:1: the row has 1 fields; the head has 2");
  EXPECT_EQ(error("?x\t?y\n1\t\xC3\xA9\n", Format::tsv).substr(0, 4), "2:3:");
  EXPECT_EQ(error("?x\t?y\n1\t<a b>\n", Format::tsv).substr(0, 4), "2:5:");
  EXPECT_NE(error("?x\n1 2\n", Format::tsv), "no error");
  EXPECT_NE(error("", Format::tsv).find("the text is empty"), std::string::npos);
}

TEST(ResultReader, CsvReadsFields) {
  EXPECT_EQ(read("x,y\r\na:a,\"a \"\"b\"\",\r\nc\"\r\n_:b,\n,5", Format::csv),
            "?x ?y | \"a:a\" \"a \\\"b\\\",\\r\\nc\"| _:b -| - \"5\"");
  EXPECT_EQ(error("x\r\n\"a\r\n", Format::csv), "2:1: the quotation mark that begins here is not closed");
  EXPECT_NE(error("x\r\n\"a\"b\r\n", Format::csv).find("expected `,`"), std::string::npos);
  EXPECT_EQ(error("x,y\r\n1\r\n", Format::csv), "2:1: the row has 1 fields; the head has 2");
}

TEST(ResultReader, GivesBackWhatTheWritersWrote) {
  Store store = Store::open(":memory:");
  Session session = store.session();
  const std::string query = R"(SELECT ?a ?b { VALUES (?a ?b) {
    (<http://e/é> "a\tb\n\"c\" & <d> ]]> \\")
    ("x"@en-GB "م"@ar--rtl) (UNDEF 5) (01 -1.50) (1e3 "5."^^<http://www.w3.org/2001/XMLSchema#decimal>)
    (<<( <http://e/s> <http://e/p> <<( <http://e/s> <http://e/p> "o\n"@en--ltr )>> )>> true) (UNDEF UNDEF)
    ("" "\r\n\u007F😀") } })";
  const auto expected = [&] {
    ResultTable table;
    Result result = session.query(query);
    table.variables = result.variables();
    table.rows = result.batch(100);
    return shown(table);
  }();
  for (const Format format : {Format::json, Format::xml, Format::tsv}) {
    std::ostringstream out;
    session.query(query).write(out, format);
    EXPECT_EQ(read(out.str(), format), expected) << out.str();
  }
  for (const Format format : {Format::json, Format::xml, Format::tsv}) {
    std::ostringstream out;
    session.query("ASK {}").write(out, format);
    EXPECT_EQ(read(out.str(), format), "true") << out.str();
  }
}

// A source that counts what was asked of it.
class CountingSource : public ByteSource {
 public:
  explicit CountingSource(std::string text) : text_(std::move(text)) {}
  std::size_t read(char* data, std::size_t size) override {
    size = std::min({size, std::size_t{100}, text_.size() - at_});
    text_.copy(data, size, at_);
    at_ += size;
    return size;
  }
  std::uint64_t consumed() const override { return at_; }
  std::uint64_t total() const override { return text_.size(); }
  bool compressed() const override { return false; }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

// Stops at the first row.
struct FirstRow : ResultSink {
  void variables(const std::vector<std::string>&) override {}
  void row(ResultRow&) override { throw LimitError(LimitError::Reason::cancelled, "enough"); }
  void boolean(bool) override {}
};

TEST(ResultReader, HandsRowsOnAsTheyComeAndLetsTheSinkStop) {
  std::string jsons = json(R"({"x":{"type":"uri","value":"a:a"}})");
  jsons.insert(jsons.size() - 3, std::string(1000000, ' '));
  const std::string row = "<result><binding name=\"x\"><uri>a:a</uri></binding></result>";
  const std::pair<Format, std::string> texts[] = {
      {Format::json, jsons},
      {Format::xml, xml("<results>" + row + std::string(1000000, ' '))},
      {Format::tsv, "?x\n1\n" + std::string(1000000, ' ')},
      {Format::csv, "x\r\n1\r\n" + std::string(1000000, ' ')}};
  for (const auto& [format, text] : texts) {
    CountingSource source(text);
    FirstRow sink;
    EXPECT_THROW(read_results(source, format, {}, sink), LimitError) << format_name(format);
    EXPECT_LE(source.consumed(), 1000u) << format_name(format);
  }
}

// ---- laws

Term any_term(int depth) {
  const std::string text = *rc::gen::oneOf(
      rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab <>&\"\\\t\n\r,'{}]?_:@^"))),
      rc::gen::just(std::string("\xC3\xA9\xF0\x9F\x98\x80\x7F")));
  switch (*rc::gen::inRange(0, depth > 0 ? 7 : 6)) {
    case 0:
      return Term::iri("http://e/" + std::to_string(*rc::gen::inRange(0, 3)));
    case 1:
      return Term::blank("b" + std::to_string(*rc::gen::inRange(0, 3)));
    case 2:
      return Term::literal(text);
    case 3:
      return Term::typed(text, "http://e/type");
    case 4:
      return Term::tagged(text, "en-GB", *rc::gen::element(Direction::none, Direction::ltr, Direction::rtl));
    case 5:
      return Term::integer(*rc::gen::arbitrary<std::int32_t>());
    default:
      return Term::triple(Term::iri("http://e/s"), Term::iri("http://e/p"), any_term(depth - 1));
  }
}

// A table, and the same as text of a format.
struct Written {
  ResultTable table;
  std::string text;
};
Written any_written(Session& session, Format format) {
  Written result;
  const int width = *rc::gen::inRange(0, 3);
  for (int i = 0; i < width; ++i) result.table.variables.push_back("v" + std::to_string(i));
  const int height = *rc::gen::inRange(0, 4);
  std::string data = "SELECT * { VALUES (";
  for (const auto& name : result.table.variables) data += "?" + name + " ";
  data += ") {";
  for (int i = 0; i < height; ++i) {
    ResultRow& row = result.table.rows.emplace_back();
    data += " (";
    for (int j = 0; j < width; ++j) {
      // VALUES holds no blank nodes.
      std::optional<Term> term = *rc::gen::arbitrary<bool>() ? std::optional(any_term(2)) : std::nullopt;
      if (term && term->to_string().find("_:") != std::string::npos) term.reset();
      data += " " + (term ? term->to_string() : "UNDEF");
      row.push_back(std::move(term));
    }
    data += ")";
  }
  std::ostringstream out;
  session.query(data + " } }").write(out, format);
  result.text = out.str();
  return result;
}

TEST(ResultReaderLaw, WhatIsWrittenIsReadAgain) {
  Store store = Store::open(":memory:");
  Session session = store.session();
  EXPECT_TRUE(rc::check([&] {
    const Format format = *rc::gen::element(Format::json, Format::xml, Format::tsv);
    const Written written = any_written(session, format);
    // XML cannot hold every control character; the generator makes none of those.
    RC_ASSERT(shown(read_results(written.text, format)) == shown(written.table));
  }));
}

TEST(ResultReaderLaw, BrokenTextIsReadOrRefusedWithItsPlace) {
  Store store = Store::open(":memory:");
  Session session = store.session();
  EXPECT_TRUE(rc::check([&] {
    const Format format = *rc::gen::element(Format::json, Format::xml, Format::csv, Format::tsv);
    std::string text = any_written(session, format).text;
    const int changes = *rc::gen::inRange(1, 6);
    for (int i = 0; i < changes && !text.empty(); ++i) {
      const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
      const auto count = *rc::gen::inRange<std::size_t>(0, 9);
      if (*rc::gen::arbitrary<bool>())
        text.erase(at, count);
      else
        text.insert(at, text.substr(*rc::gen::inRange<std::size_t>(0, text.size()), count));
      if (!text.empty() && *rc::gen::arbitrary<bool>()) text[at % text.size()] = *rc::gen::arbitrary<char>();
    }
    try {
      read_results(text, format);
    } catch (const DataError& problem) {
      RC_ASSERT(problem.line() >= 1u);
      RC_ASSERT(problem.column() >= 1u);
    }
  }));
}

}  // namespace
}  // namespace dossier
