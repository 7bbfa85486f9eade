// Result writers: each format over every kind of term.
#include "engine/io/display_width.h"
#include "engine/io/result_writer.h"

#include <gtest/gtest.h>

#include <functional>
#include <sstream>
#include <streambuf>
#include <utility>

#include "engine/io/escape.h"
#include "engine/query/context.h"
#include "grammar/parse.h"

namespace dossier {
namespace {

// A snapshot of an empty store: all terms of a test are local or inline.
class EmptySnapshot : public Snapshot {
 public:
  std::unique_ptr<RowCursor> scan(const ScanRange&, ColumnMask, ScanCounters*) const override {
    return nullptr;
  }
  std::uint64_t count(const ScanRange&) const override { return 0; }
  std::uint64_t estimate(const ScanRange&) const override { return 0; }
  std::uint64_t quads() const override { return 0; }
  std::uint64_t quads(Id) const override { return 0; }
  std::uint64_t quads(Id, Id) const override { return 0; }
  PredicateStatistics predicate(Id) const override { return {}; }
  std::vector<Id> predicates() const override { return {}; }
  std::vector<Id> named_graphs() const override { return {}; }
  std::uint64_t distinct_subjects() const override { return 0; }
  std::uint64_t distinct_objects() const override { return 0; }
  std::uint64_t terms() const override { return 0; }
  std::uint64_t triple_terms() const override { return 0; }
  std::uint64_t sequence() const override { return 0; }
  Id find(std::string_view) const override { return kUnbound; }
  Id find_triple(Id, Id, Id) const override { return kUnbound; }
  std::array<Id, 3> triple(Id) const override { return {}; }
  void decode(std::span<const Id> ids, std::string& bytes, std::vector<std::size_t>& offsets) const override {
    for (const Id id : ids) {
      if (id.is_inline()) append_inline_bytes(bytes, id);
      offsets.push_back(bytes.size());
    }
  }
};

class ResultWriterTest : public testing::Test {
 protected:
  Id id(const Term& term) { return terms_.intern(term); }

  // Rows of optional terms, written in one batch.
  std::string write(Format format, const std::vector<std::string>& variables,
                    const std::vector<std::vector<std::optional<Term>>>& rows,
                    const Prefixes& prefixes = {}) {
    std::vector<std::vector<Id>> columns(variables.size());
    for (const auto& row : rows)
      for (std::size_t i = 0; i < variables.size(); ++i)
        columns[i].push_back(row[i] ? id(*row[i]) : kUnbound);
    std::vector<const Id*> pointers;
    for (const auto& column : columns) pointers.push_back(column.data());
    std::ostringstream out;
    const auto writer = make_solution_writer(out, format, variables, terms_, prefixes);
    writer->write(pointers, rows.size());
    writer->finish();
    return out.str();
  }

  EmptySnapshot snapshot_;
  MemoryBudget budget_{std::size_t{1} << 26};
  LocalTerms terms_{snapshot_, budget_};
  const Term chen_ = Term::iri("http://example.org/a/rather/long/namespace/chen");
  const Term claim_ = Term::triple(chen_, Term::iri("http://example.org/p"), Term::integer(5));
};

TEST_F(ResultWriterTest, Tsv) {
  EXPECT_EQ(write(Format::tsv, {"s", "n"},
                  {{chen_, Term::integer(5)}, {std::nullopt, Term::literal("a\tb\n\"c\"")}}),
            "?s\t?n\n<http://example.org/a/rather/long/namespace/chen>\t5\n\t\"a\\tb\\n\\\"c\\\"\"\n");
}

TEST_F(ResultWriterTest, TsvWritesBareOnlyWhatTurtleReadsAsTheSameTerm) {
  const auto xsd = [](const char* lexical, const char* type) {
    return Term::typed(lexical, std::string("http://www.w3.org/2001/XMLSchema#") + type);
  };
  const auto cell = [&](const Term& term) {
    const std::string text = write(Format::tsv, {"x"}, {{term}});
    return text.substr(3, text.size() - 4);
  };
  EXPECT_EQ(cell(xsd("007", "integer")), "007");
  EXPECT_EQ(cell(xsd("-1.50", "decimal")), "-1.50");
  EXPECT_EQ(cell(xsd("1.0e6", "double")), "1.0e6");
  EXPECT_EQ(cell(xsd("true", "boolean")), "true");
  EXPECT_EQ(cell(xsd("5.", "decimal")), "\"5.\"^^<http://www.w3.org/2001/XMLSchema#decimal>");
  EXPECT_EQ(cell(xsd("INF", "double")), "\"INF\"^^<http://www.w3.org/2001/XMLSchema#double>");
  EXPECT_EQ(cell(xsd("x", "integer")), "\"x\"^^<http://www.w3.org/2001/XMLSchema#integer>");
  EXPECT_EQ(cell(xsd("5", "int")), "\"5\"^^<http://www.w3.org/2001/XMLSchema#int>");
  EXPECT_EQ(cell(claim_),
            "<<( <http://example.org/a/rather/long/namespace/chen> <http://example.org/p> 5 )>>");
}

// A term that comes again is copied from where it stands in the buffer, which is emptied now and then.
TEST_F(ResultWriterTest, RepeatedTermsInManyRows) {
  std::vector<std::vector<std::optional<Term>>> rows;
  std::string expected = "?a\t?b\t?c\n";
  const std::string filler(700, 'x');
  for (int i = 0; i < 2000; ++i) {
    const std::string often = filler + std::to_string(i % 7);
    const std::string once = "http://example.org/" + std::to_string(i);
    rows.push_back({Term::literal(often), Term::iri(once), Term::integer(i % 3)});
    expected += '"' + often + "\"\t<" + once + ">\t" + std::to_string(i % 3) + '\n';
    if (i % 5 == 0) {
      rows.push_back({Term::iri(once), std::nullopt, Term::iri(once)});
      expected += "<" + once + ">\t\t<" + once + ">\n";
    }
  }
  EXPECT_EQ(write(Format::tsv, {"a", "b", "c"}, rows), expected);
}

TEST_F(ResultWriterTest, ValuesInIds) {
  const auto typed = [](const char* lexical, std::string_view datatype) {
    return Term::typed(lexical, datatype);
  };
  const std::vector<Term> terms = {typed("2024-02-29", iri::kXsdDate),
                                   typed("2024-02-29T12:00:00.5Z", iri::kXsdDateTime),
                                   typed("1999", "http://www.w3.org/2001/XMLSchema#gYear"),
                                   typed("-3", iri::kXsdInteger),
                                   typed("2.50", iri::kXsdDecimal),
                                   typed("7", iri::kXsdDecimal),
                                   typed("1.5E0", iri::kXsdDouble),
                                   typed("-INF", iri::kXsdDouble),
                                   typed("false", iri::kXsdBoolean),
                                   Term::literal("short")};
  for (const Term& term : terms) {
    ASSERT_TRUE(id(term).is_inline()) << term.to_string();
    const std::string text = write(Format::json, {"x"}, {{term}});
    const std::string datatype = term.datatype() == iri::kXsdString
                                     ? std::string()
                                     : ",\"datatype\":\"" + std::string(term.datatype()) + '"';
    EXPECT_NE(text.find("{\"x\":{\"type\":\"literal\",\"value\":\"" + std::string(term.value()) + '"' +
                        datatype + "}}"),
              std::string::npos)
        << text;
    // Turtle reads a cell of TSV as the same term.
    const std::string cell = write(Format::tsv, {"x"}, {{term}});
    EXPECT_EQ(Term::parse(cell.substr(3, cell.size() - 4)), term) << cell;
  }
}

// Every byte at every place of texts of many lengths, beside the way that goes byte by byte.
TEST(Escape, IsThatOfTheModel) {
  for (const std::string& head : {std::string("I"), std::string("S"), std::string("Len\0", 4),
                                  std::string("Dhttp://example.org/datatype\0", 29)})
    for (std::size_t length = 0; length < 40; ++length)
      for (int c = 1; c < 0x80; ++c) {
        std::string text(length, 'a');
        if (length > 0) text[static_cast<std::size_t>(c) * 7 % length] = static_cast<char>(c);
        std::string expected;
        append_ntriples(expected, head + text);
        TextBuffer out;
        append_ntriples(out, head + text);
        ASSERT_EQ(out.text(), expected);
      }
  for (const std::string& text :
       {std::string("S\xEF\xBF\xBF tail that is longer than a vector"),
        std::string("S\xE4\xB8\xAD\xE6\x96\x87"), std::string("Dno IRI >\0x", 11)}) {
    std::string expected;
    append_ntriples(expected, text);
    TextBuffer out;
    append_ntriples(out, text);
    EXPECT_EQ(out.text(), expected);
  }
}

TEST(Escape, JsonStringsAreReadBack) {
  for (std::size_t length = 0; length < 40; ++length)
    for (int c = 1; c < 0x80; ++c) {
      std::string text(length, 'b');
      if (length > 0) text[static_cast<std::size_t>(c) * 5 % length] = static_cast<char>(c);
      TextBuffer out;
      append_json_string(out, text);
      std::string read;
      const std::string_view inside = out.text().substr(1, out.size() - 2);
      for (std::size_t i = 0; i < inside.size(); ++i) {
        if (inside[i] != '\\') {
          ASSERT_GE(static_cast<unsigned char>(inside[i]), 0x20);
          ASSERT_NE(inside[i], '"');
          read += inside[i];
          continue;
        }
        switch (inside[++i]) {
          case 'u':
            read += static_cast<char>(std::stoi(std::string(inside.substr(i + 1, 4)), nullptr, 16));
            i += 4;
            break;
          case 'n':
            read += '\n';
            break;
          case 'r':
            read += '\r';
            break;
          case 't':
            read += '\t';
            break;
          default:
            read += inside[i];
        }
      }
      ASSERT_EQ(read, text);
    }
}

TEST_F(ResultWriterTest, Csv) {
  EXPECT_EQ(write(Format::csv, {"s", "n"},
                  {{chen_, Term::literal("a \"b\", c")}, {std::nullopt, Term::tagged("x", "en")}}),
            "s,n\r\nhttp://example.org/a/rather/long/namespace/chen,\"a \"\"b\"\", c\"\r\n,x\r\n");
}

TEST_F(ResultWriterTest, CsvOfTripleTerms) {
  const Term said =
      Term::triple(Term::blank("b"), Term::iri("p:says"), Term::tagged("my name is \"A\".", "en"));
  const Term outer = Term::triple(Term::iri("a:a"), Term::iri("p:p"), said);
  EXPECT_EQ(write(Format::csv, {"t"}, {{Term::triple(Term::iri("a:a"), Term::iri("p:p"), Term::iri("b:b"))}}),
            "t\r\n<<( a:a p:p b:b )>>\r\n");
  EXPECT_EQ(write(Format::csv, {"t"}, {{outer}}),
            "t\r\n\"<<( a:a p:p <<( _:b p:says \"\"my name is \"\"\"\"A\"\"\"\".\"\" )>> )>>\"\r\n");
}

TEST_F(ResultWriterTest, Json) {
  EXPECT_EQ(write(Format::json, {"s", "n"},
                  {{chen_, Term::tagged("م", "ar", Direction::rtl)},
                   {std::nullopt, Term::literal("\x01\"")},
                   {claim_, std::nullopt}}),
            "{\"head\":{\"vars\":[\"s\",\"n\"]},\"results\":{\"bindings\":[\n"
            "{\"s\":{\"type\":\"uri\",\"value\":\"http://example.org/a/rather/long/namespace/chen\"},"
            "\"n\":{\"type\":\"literal\",\"value\":\"م\",\"xml:lang\":\"ar\",\"its:dir\":\"rtl\"}},\n"
            "{\"n\":{\"type\":\"literal\",\"value\":\"\\u0001\\\"\"}},\n"
            "{\"s\":{\"type\":\"triple\",\"value\":{\"subject\":{\"type\":\"uri\",\"value\":"
            "\"http://example.org/a/rather/long/namespace/chen\"},\"predicate\":{\"type\":\"uri\",\"value\":"
            "\"http://example.org/p\"},\"object\":{\"type\":\"literal\",\"value\":\"5\",\"datatype\":"
            "\"http://www.w3.org/2001/XMLSchema#integer\"}}}}\n]}}\n");
  EXPECT_EQ(write(Format::json, {"s"}, {}),
            "{\"head\":{\"vars\":[\"s\"]},\"results\":{\"bindings\":[\n]}}\n");
}

TEST_F(ResultWriterTest, Xml) {
  const std::string text =
      write(Format::xml, {"s", "n"}, {{claim_, Term::tagged("a<b>&\x02", "en", Direction::ltr)}});
  EXPECT_NE(text.find("<literal xml:lang=\"en\" its:dir=\"ltr\">a&lt;b&gt;&amp;\xEF\xBF\xBD</literal>"),
            std::string::npos)
      << text;
  EXPECT_NE(
      text.find("<triple><subject><uri>http://example.org/a/rather/long/namespace/chen</uri></subject>"),
      std::string::npos)
      << text;
}

TEST_F(ResultWriterTest, NestedTripleTermsInOneBatch) {
  const Term outer = Term::triple(Term::blank("x"), Term::iri("http://example.org/says"), claim_);
  const std::string text = write(Format::tsv, {"a", "b"}, {{outer, claim_}, {claim_, outer}});
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find("<<( ", at)) != std::string::npos; ++at) ++found;
  EXPECT_EQ(found, 6u) << text;
}

TEST_F(ResultWriterTest, TableAlignsEveryScript) {
  const Prefixes prefixes = {{"ex", "http://example.org/"},
                             {"ns", "http://example.org/a/rather/long/namespace/"}};
  EXPECT_EQ(write(Format::table, {"who", "name", "n"},
                  {{chen_, Term::literal("陈明"), Term::integer(5)},
                   {Term::iri("http://example.org/x"), Term::literal("Cafe\xCC\x81"), Term::integer(1234)},
                   {Term::iri("http://example.org/x/y"), Term::tagged("Chen", "en"), std::nullopt}},
                  prefixes),
            "who                       name        n\n"
            "------------------------  -------  ----\n"
            "ns:chen                   陈明        5\n"
            "ex:x                      Cafe\xCC\x81     1234\n"
            "<http://example.org/x/y>  Chen@en\n");
}

// A shortened name can be put into a query as it stands.
TEST_F(ResultWriterTest, TableEscapesWhatPrefixedNamesEscape) {
  const Prefixes prefixes = {{"e", "http://e/"}};
  EXPECT_EQ(write(Format::table, {"x"},
                  {{Term::iri("http://e/Citizen_(Nigeria)")},
                   {Term::iri("http://e/a,b'c")},
                   {Term::iri("http://e/50%25")},
                   {Term::iri("http://e/50%2")}},
                  prefixes),
            "x\n---------------------\ne:Citizen_\\(Nigeria\\)\ne:a\\,b\\'c\ne:50%25\n<http://e/50%2>\n");
  EXPECT_EQ(grammar::parse_query("PREFIX e: <http://e/> ASK { e:Citizen_\\(Nigeria\\) ?p e:a\\,b\\'c }")
                .prologue.prefixes.size(),
            1U);
}

TEST_F(ResultWriterTest, TableShowsControlCharacters) {
  EXPECT_EQ(write(Format::table, {"x"}, {{Term::literal("a\nb\x1B[31m\xC2\x9B")}}),
            "x\n--------------------\na\\nb\\u001B[31m\\u009B\n");
}

TEST_F(ResultWriterTest, TableOfManyRowsStreams) {
  std::vector<std::vector<std::optional<Term>>> rows;
  for (int i = 0; i < 25000; ++i) rows.push_back({Term::integer(i)});
  const std::string text = write(Format::table, {"i"}, rows);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 25002);
  EXPECT_TRUE(text.ends_with("\n24999\n"));
}

// Calls back at the first byte it takes.
class FirstByte : public std::streambuf {
 public:
  explicit FirstByte(std::function<void()> call) : call_(std::move(call)) {}

 protected:
  int_type overflow(int_type c) override {
    taken();
    return c;
  }
  std::streamsize xsputn(const char*, std::streamsize count) override {
    taken();
    return count;
  }

 private:
  void taken() {
    if (!std::exchange(done_, true)) call_();
  }
  std::function<void()> call_;
  bool done_ = false;
};

// The query is cancelled when its first row leaves; were the rows computed before, the cancel would come too
// late.
TEST(ResultFormats, TheFirstRowLeavesBeforeTheLastIsComputed) {
  Store store = Store::open(":memory:");
  Session session = store.session();
  std::string triples;
  for (int i = 0; i < 30000; ++i)
    triples += "<http://e/s" + std::to_string(i) + "> <http://e/p> " + std::to_string(i % 7) + " .\n";
  store.load_text(triples, Format::ttl);
  const std::string where = "{ ?s <http://e/p> ?o FILTER(?o != 3) OPTIONAL { ?s <http://e/q> ?x } }";
  for (const Format format : {Format::json, Format::xml, Format::csv, Format::tsv}) {
    FirstByte buffer([&] { session.cancel(); });
    std::ostream out(&buffer);
    Result result = session.query("SELECT ?s ?o ?x " + where);
    EXPECT_THROW(result.write(out, format), LimitError) << format_name(format);
  }
  // Turtle and TriG are sorted: they leave a window at a time (io/turtle_writer.h).
  for (const Format format : {Format::nt, Format::nq, Format::rdfxml}) {
    FirstByte buffer([&] { session.cancel(); });
    std::ostream out(&buffer);
    Result result = session.query("CONSTRUCT { ?s <http://e/r> ?o } WHERE " + where);
    EXPECT_THROW(result.write(out, format), LimitError) << format_name(format);
  }
}

TEST(ResultFormats, Booleans) {
  const auto text = [](Format format) {
    std::ostringstream out;
    write_boolean(out, format, true);
    return out.str();
  };
  EXPECT_EQ(text(Format::table), "true\n");
  EXPECT_EQ(text(Format::tsv), "true\n");
  EXPECT_EQ(text(Format::json), "{\"head\":{},\"boolean\":true}\n");
  EXPECT_NE(text(Format::xml).find("<boolean>true</boolean>"), std::string::npos);
}

TEST(ResultFormats, WhatHoldsWhat) {
  EXPECT_TRUE(holds_solutions(Format::csv));
  EXPECT_FALSE(holds_solutions(Format::nt));
  EXPECT_TRUE(holds_triples(Format::ttl));
  EXPECT_FALSE(holds_triples(Format::json));
}

TEST(DisplayWidth, CountsColumnsOfATerminal) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("陈明"), 4u);
  EXPECT_EQ(display_width("김"), 2u);
  EXPECT_EQ(display_width("e\xCC\x81"), 1u);
  EXPECT_EQ(display_width("Москва"), 6u);
  EXPECT_EQ(display_width("محمد"), 4u);
  EXPECT_EQ(display_width(""), 0u);
}

}  // namespace
}  // namespace dossier
