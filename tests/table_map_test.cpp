// Tables through maps: templates and header lines, empty cells, reifiers, formats, places of errors.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "engine/io/table_reader.h"
#include "tests/quad_text.h"
#include "tests/rdf_text.h"

namespace dossier {
namespace {

using test::collect_into;

struct Read {
  std::vector<Quad> quads;
  ReadReport report;
  std::string error;
};

Read read(std::string_view csv, const std::string& map, Format format = Format::csv, bool skip_bad = false,
          TableOptions table = {}) {
  table.map = map;
  table.map_name = "a.map";
  ReadOptions options;
  options.name = "t.csv";
  options.base = "http://base.example/t.csv";
  options.skip_bad = skip_bad;
  options.table = &table;
  Read result;
  try {
    result.report = read_rdf(*memory_source(csv), format, options, collect_into(result.quads));
  } catch (const DataError& error) {
    result.error = error.what();
  }
  return result;
}

// Lines in the order of the rows, without `http://e/` and the datatypes' namespace; an error as it is.
std::string lines(std::string_view csv, const std::string& map, Format format = Format::csv,
                  bool skip_bad = false) {
  const Read result = read(csv, map, format, skip_bad);
  std::string text = test::nquads_of(result.quads) + result.error;
  for (const std::string_view space :
       {"http://e/", "http://www.w3.org/2001/XMLSchema#", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"})
    for (std::size_t at; (at = text.find(space)) != std::string::npos;) text.erase(at, space.size());
  return text;
}

const std::string kPrefix = "PREFIX : <http://e/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n";

TEST(TableMap, PutsCellsIntoTerms) {
  EXPECT_EQ(lines("id,name,age\nli,Li Wen,61\n",
                  kPrefix + ":{id} :name \"{name}\"@en ; :age {age}^^xsd:integer ; :k :c ."),
            "<li> <name> \"Li Wen\"@en .\n<li> <age> \"61\"^^<integer> .\n<li> <k> <c> .\n");
  EXPECT_EQ(lines("a,b\nx y/z,\" q \"\"\n\"\n",
                  kPrefix + "<http://e/{a}#{a}> :p {b} , \"[{b}]\" , :{a}-{a} , <http://e/{+a}> ."),
            "<x%20y%2Fz#x%20y%2Fz> <p> \" q \\\"\\n\" .\n<x%20y%2Fz#x%20y%2Fz> <p> \"[ q \\\"\\n]\" .\n"
            "<x%20y%2Fz#x%20y%2Fz> <p> <x%20y%2Fz-x%20y%2Fz> .\n<x%20y%2Fz#x%20y%2Fz> <p> <x%20y/z> .\n");
  EXPECT_EQ(
      lines("i,l,t\nhttp://e/x,zh-Hant,b\n", kPrefix + "<{i}> :p \"x\"@{l} , \"y\"^^<{i}> , \"z\"^^:{t} ."),
      "<x> <p> \"x\"@zh-Hant .\n<x> <p> \"y\"^^<x> .\n<x> <p> \"z\"^^<b> .\n");
  EXPECT_EQ(lines("a\n1\n2\n", kPrefix + "_:n :p _:{a} . [] :q \"{a}\" ."),
            "_:#un_2 <p> _:1 .\n_:#0_2 <q> \"1\" .\n_:#un_3 <p> _:2 .\n_:#0_3 <q> \"2\" .\n")
      << "blank nodes are new for each row, but for those with a place in their label";
  EXPECT_EQ(lines("g,a\nx,y\n", kPrefix + "GRAPH :{g} { :{a} :p \"{ \\u007Ba} {{a}\" . }"),
            "<y> <p> \"{ {a} {y\" <x> .\n");
  EXPECT_EQ(lines("a b,c|d}\n1,2\n", kPrefix + ":{a b} :p :{c\\|d\\}} ."), "<1> <p> <2> .\n");
  EXPECT_EQ(lines("a\nx\n", "PREFIX : <http://e/>\n@prefix e: <http://e/>.\n:{a} a e:T ; foaf:name 'x' ."),
            "<x> <type> <T> .\n<x> <http://xmlns.com/foaf/0.1/name> \"x\" .\n");
}

TEST(TableMap, LeavesOutWhatEmptyCellsWouldMakeUp) {
  const std::string map = kPrefix + ":{a} :p :{b} {| :on {c}^^xsd:date ; :by :{d} |} .";
  EXPECT_EQ(lines("a,b,c,d\nx,y,2025-06-13,z\n", map),
            "<x> <p> <y> .\n_:#0_2 <reifies> <<( <x> <p> <y> )>> .\n_:#0_2 <on> \"2025-06-13\"^^<date> "
            ".\n_:#0_2 <by> <z> .\n");
  EXPECT_EQ(lines("a,b,c,d\nx,y,,z\n", map),
            "<x> <p> <y> .\n_:#0_2 <reifies> <<( <x> <p> <y> )>> .\n_:#0_2 <by> <z> .\n");
  EXPECT_EQ(lines("a,b,c,d\nx,y,,\n", map), "<x> <p> <y> .\n") << "a reifier of which nothing is said";
  EXPECT_EQ(lines("a,b,c,d\nx,,2025-06-13,z\n", map), "") << "what is said of a statement goes with it";
  EXPECT_EQ(lines("a,b\nx, \n", kPrefix + ":{a} :p {b} ."), "") << "a cell of blanks is empty";
  const std::string nested = kPrefix + ":{a} :p [ :q \"{b}\" ; :r [ :s \"{c}\" ] ] .";
  EXPECT_EQ(lines("a,b,c\nx,,\n", nested), "");
  EXPECT_EQ(lines("a,b,c\n,y,z\n", nested), "");
  EXPECT_EQ(lines("a,b,c\nx,,z\n", nested), "_:#1_2 <s> \"z\" .\n_:#0_2 <r> _:#1_2 .\n<x> <p> _:#0_2 .\n");
  const std::string named =
      kPrefix + ":{a} :p :{b} ~ :r{a} {| :on \"{c}\" |} . << :{a} :q :{b} >> :by :{c} .";
  EXPECT_EQ(lines("a,b,c\nx,,z\n", named), "");
  EXPECT_EQ(lines("a,b,c\nx,y,\n", named), "<x> <p> <y> .\n<rx> <reifies> <<( <x> <p> <y> )>> .\n");
  EXPECT_EQ(lines("a,b\nx,N/A\nx,-\nx,y\n", kPrefix + ":{a} :p {b|null N/A|null -} ."), "<x> <p> \"y\" .\n");
}

TEST(TableMap, SplitsCellsOfSeveralValues) {
  EXPECT_EQ(lines("a,b\nx,y; z ;;y\n", kPrefix + ":{a} :p :{b|split} ; :q \"{a}\" ."),
            "<x> <p> <y> .\n<x> <p> <z> .\n<x> <p> <y> .\n<x> <q> \"x\" .\n");
  EXPECT_EQ(lines("a,b,c\nx,y|z,w\n", kPrefix + ":{a} :p :{b|split \\|} {| :by :{c} |} ."),
            "<x> <p> <y> .\n<x> <p> <z> .\n_:#0_2_0 <reifies> <<( <x> <p> <y> )>> .\n_:#0_2_1 <reifies> <<( "
            "<x> <p> <z> )>> .\n"
            "_:#0_2_0 <by> <w> .\n_:#0_2_1 <by> <w> .\n");
  EXPECT_EQ(lines("a,b\nx,\" ; \"\n", kPrefix + ":{a} :p :{b|split ;} ."), "");
}

TEST(TableMap, ReadsFormats) {
  EXPECT_EQ(lines("a,b\nx,13.06.2025\nx,06.2025\nx,2024-02-29\n",
                  kPrefix + ":{a} :p {b|date|dd.MM.yyyy|MM.yyyy} ."),
            "<x> <p> \"2025-06-13\"^^<date> .\n<x> <p> \"2025-06\"^^<gYearMonth> .\n<x> <p> "
            "\"2024-02-29\"^^<date> .\n");
  EXPECT_EQ(lines("a,b\nx,06/13/2025\n",
                  kPrefix + ":{a} :p \"{b|MM/dd/yyyy}\"^^xsd:date , \"on {b|MM/dd/yyyy}\" ."),
            "<x> <p> \"2025-06-13\"^^<date> .\n<x> <p> \"on 2025-06-13\" .\n");
  EXPECT_EQ(lines("a,b\nx,\"1.234,5\"\n", kPrefix + ":{a} :p {b|1.234,5} , {b|1.234,5}^^xsd:double ."),
            "<x> <p> \"1234.5\"^^<decimal> .\n<x> <p> \"1234.5\"^^<double> .\n");
  EXPECT_EQ(lines("a,b\nx,JA\nx,nein\n", kPrefix + ":{a} :p {b|boolean ja/nein} ."),
            "<x> <p> \"true\"^^<boolean> .\n<x> <p> \"false\"^^<boolean> .\n");
  EXPECT_EQ(lines("a\nChen Yuhuang\n", kPrefix + ":{a|slug} :p {a} ."),
            "<chen-yuhuang> <p> \"Chen Yuhuang\" .\n");
  EXPECT_EQ(
      lines("a,b\n:x,\"\"\"y\"\"@en\"\n<http://e/z>,5\n:w,<<( :x <http://e/p> 5 )>>\n",
            kPrefix + "<http://e/s> :p {a|term} , {b|term} ."),
      "t.csv:4:4: row 4, column \"b\": expected a term in Turtle syntax: 1:5: the prefix : is not declared")
      << "names are read alone, not within a triple term";
}

TEST(TableMap, ReadsTheResultsOfQueries) {
  EXPECT_EQ(lines("?a\t?b\n<http://e/x>\t\"y \\\"z\"@en\n_:b1\t5\n",
                  kPrefix + "<http://e/s> :p {a} , {b} , \"{b}\" .", Format::tsv),
            "<s> <p> <x> .\n<s> <p> \"y \\\"z\"@en .\n<s> <p> \"y \\\"z\" .\n<s> <p> _:b1 .\n<s> <p> "
            "\"5\"^^<integer> .\n<s> <p> \"5\" .\n");
  EXPECT_EQ(lines("a,b\r\nhttp://e/x,y\r\n_:b1,\r\n", kPrefix + "<{a}> :p {b} ; :q :r ."),
            "<x> <p> \"y\" .\n<x> <q> <r> .\n_:b1 <q> <r> .\n");
}

TEST(TableMap, AHeaderCanBeTheMap) {
  EXPECT_EQ(lines("<http://e/{|slug}>,rdfs:label@en,<http://e/born>^^xsd:date,a <http://e/{}>,{| "
                  "<http://e/by> <>,{| <http://e/on>^^xsd:date |},"
                  "<http://e/at> {|dd.MM.yyyy},# left out\n"
                  "Li Wen,Li Wen,1970-01-02,Person,http://e/gazette,2025-06-13,03.02.2019,x\n",
                  ""),
            "<li-wen> <http://www.w3.org/2000/01/rdf-schema#label> \"Li Wen\"@en .\n"
            "<li-wen> <born> \"1970-01-02\"^^<date> .\n"
            "<li-wen> <type> <Person> .\n"
            "_:#0_2 <reifies> <<( <li-wen> <type> <Person> )>> .\n"
            "_:#0_2 <by> <gazette> .\n"
            "_:#0_2 <on> \"2025-06-13\"^^<date> .\n"
            "<li-wen> <at> \"2019-02-03\"^^<date> .\n");
  EXPECT_EQ(lines(":,:name,:knows :\nx,y,z\n", kPrefix), "<x> <name> \"y\" .\n<x> <knows> <z> .\n");
  EXPECT_EQ(lines(":,:name,foo:knows :\nx,y,z\n", kPrefix),
            "t.csv:1:9: the header's column 3, foo:knows :: the prefix foo: is not declared");
  EXPECT_EQ(lines(":,:name,knows\nx,y,z\n", kPrefix),
            "t.csv:1:9: the header's column 3, knows: expected a property as the other columns have it "
            "(prefix:name, <iri> or a), "
            "or a # before a column that is left out");
  EXPECT_EQ(lines("id,:name\nx,y\n", kPrefix),
            "t.csv:1:1: the header's column 1, id: the first column says the subject: a prefix as in ex:{} "
            "or ex:{|slug}, or <{}> "
            "where the cells are IRIs");
  const std::string no_map = lines("id,Full name\nx,y\n", "");
  EXPECT_NE(no_map.find("so a map must say what the columns mean; to begin with:\n\nPREFIX : "
                        "<http://example.org/>\n:{id}\n  "
                        ":full-name \"{Full name}\" .\n"),
            std::string::npos)
      << no_map;
  // The map that the message shows works.
  EXPECT_EQ(lines("id,Full name\nx,y\n", no_map.substr(no_map.find("PREFIX"))),
            "<http://example.org/x> <http://example.org/full-name> \"y\" .\n");
}

TEST(TableMap, ColumnsHaveNumbersWithoutAHeader) {
  TableOptions table;
  table.header = false;
  const Read result = read("x,y\nz,w\n", kPrefix + ":{1} :p :{2} .", Format::csv, false, table);
  EXPECT_EQ(test::nquads_of(result.quads),
            "<http://e/x> <http://e/p> <http://e/y> .\n<http://e/z> <http://e/p> <http://e/w> .\n");
  EXPECT_EQ(read("x,y\n", kPrefix + ":{1} :p :{3} .", Format::csv, false, table).error,
            "a.map:2:10: there is no column 3; the columns have the numbers 1 to 2");
}

TEST(TableMap, SaysWhereTheMapIsWrong) {
  const auto error = [](const std::string& map) { return lines("id,name\nx,y\n", kPrefix + map); };
  EXPECT_EQ(error(":{id} :p {nmae} ."), "a.map:2:10: there is no column 'nmae', did you mean 'name'?");
  EXPECT_EQ(error(":{id} :p {born} ."),
            "a.map:2:10: there is no column 'born'; the columns are 'id', 'name'");
  EXPECT_EQ(error(":{id} :p {name}\n  :q \"{id}\" ;; :r {name}@en :s ."),
            "a.map:3:3: expected ',', ';' or '.' after the object, found ':'");
  EXPECT_EQ(error(":{id} :p \"{name}\" ; ; x:y 1 ."), "a.map:2:23: the prefix x: is not declared");
  EXPECT_EQ(error(":{id} :p {name|slugg} ."),
            "a.map:2:10: 'slugg' is no format, did you mean slug?; there are slug, term, date, split ;, null "
            "N/A, boolean yes/no, "
            "patterns of dates such as dd.MM.yyyy, and of numbers such as 1.234,5");
  EXPECT_EQ(error(":{id} :p {name|dd.MM.yy} ."),
            "a.map:2:10: yy in dd.MM.yy does not say which century; write it before: 20yy for 2000 to 2099, "
            "or yyyy for four digits");
  EXPECT_EQ(error(":{id} :p {name|MM.yyyy}^^xsd:date ."),
            "a.map:2:10: the pattern MM.yyyy gives an xsd:gYearMonth, not an xsd:date; without quotes and "
            "datatype, "
            "{column|MM.yyyy}, the pattern says the type");
  EXPECT_EQ(
      error(":{id} :p {name|date}^^xsd:date ."),
      "a.map:2:10: date types each value by its own form: write {column|date} without quotes and datatype");
  EXPECT_EQ(error(":{id} a {name} ."),
            "a.map:2:9: a type is an IRI, and this is a string: write ex:{column} or <{column}>");
  EXPECT_EQ(error(":{id} :p ( :x :{name} ) ."),
            "a.map:2:16: a list ( ) cannot hold places, whose cells may be empty");
  EXPECT_EQ(error(":{id} :p :{name"),
            "a.map:2:11: the { that begins a place for a column's value is not closed with } on its line");
  EXPECT_EQ(error("{id} :p 5 ."),
            "a.map:2:1: expected a subject (an IRI, a blank node or a collection), found '\"'");
  EXPECT_EQ(lines("id,id\nx,y\n", kPrefix + ":{id} :p 1 ."),
            "a.map:2:2: the table has more than one column 'id'");
  EXPECT_EQ(lines("id;name\nx;y\n", kPrefix + ":{id} :p 1 ."),
            "a.map:2:2: there is no column 'id'; the columns are 'id;name'; is it another character that "
            "separates the columns? Say "
            "which with --separator");
}

TEST(TableMap, SaysWhereTheTableIsWrong) {
  const auto error = [](std::string_view csv, const std::string& map) { return lines(csv, kPrefix + map); };
  EXPECT_EQ(error("a,b\nx,1\n\"y\nz\",1.5\n", ":{a} :p {b}^^xsd:integer ."),
            "t.csv:4:4: row 3, column \"b\": expected a whole number (xsd:integer), found \"1.5\"");
  EXPECT_EQ(error("a,b\nx,\"1,234\"\n", ":{a} :p {b}^^xsd:decimal ."),
            "t.csv:2:3: row 2, column \"b\": expected a number as 1234.5 (xsd:decimal), found \"1,234\"; the "
            "map can say how it is "
            "written: {b|1.234,5} or {b|1,234.5}");
  EXPECT_EQ(error("a,b\nx,13.06.2025\n", ":{a} :p {b}^^xsd:date ."),
            "t.csv:2:3: row 2, column \"b\": expected 2025-06-13 (xsd:date), found \"13.06.2025\"; the map "
            "can say how it is written: "
            "{b|dd.MM.yyyy}");
  EXPECT_EQ(
      error("a,b\nx,2025-06-13\n", ":{a} :p {b|dd.MM.yyyy|yyyy} ."),
      "t.csv:2:3: row 2, column \"b\": expected a date written dd.MM.yyyy or yyyy, found \"2025-06-13\"");
  EXPECT_EQ(error("a,b\nx,31.02.2024\n", ":{a} :p {b|dd.MM.yyyy} ."),
            "t.csv:2:3: row 2, column \"b\": \"31.02.2024\" is no day of the calendar: 2024-02 has 29 days");
  EXPECT_EQ(error("a,b\nx,2025-06-31\n", ":{a} :p {b|date} ."),
            "t.csv:2:3: row 2, column \"b\": \"2025-06-31\" is no day of the calendar: 2025-06 has 30 days");
  EXPECT_EQ(error("a,b\nx,y\n", "<{a}> :p <{b}> ."),
            "t.csv:2:1: row 2, column \"a\": expected an IRI as https://example.org/x, found \"x\": the IRI "
            "is relative (it has no scheme) "
            "and there is no base to resolve it against");
  EXPECT_EQ(error("a,b\nx,!\n", ":{a} :p :{b|slug} ."),
            "t.csv:2:3: row 2, column \"b\": expected letters or digits, of which a name could be made, "
            "found \"!\"");
  EXPECT_EQ(error("a,b\nx,e n\n", ":{a} :p 'x'@{b} ."),
            "t.csv:2:3: row 2, column \"b\": expected a language as en or zh-Hant, found \"e n\"");
  EXPECT_EQ(error("a,b\nx\n", ":{a} :p 1 ."),
            "t.csv:2:1: row 2: expected 2 fields as the header has, found 1");
  EXPECT_EQ(error("a,b\nx,y,z\n", ":{a} :p 1 ."),
            "t.csv:2:1: row 2: expected 2 fields as the header has, found 3");
  EXPECT_EQ(error("", ":{a} :p 1 ."), "t.csv:1:1: the table is empty; expected a header line");
  EXPECT_EQ(error("a,b\nx,\xE9\n", ":{a} :p 1 ."),
            "t.csv:2:3: row 2, column \"b\": the byte 0xE9 is not valid UTF-8; if the file is Latin-1, iconv "
            "-f LATIN1 -t UTF-8 makes it so");
  EXPECT_EQ(error(std::string_view("a,b\nx,y\0z\n", 10), ":{a} :p 1 ."),
            "t.csv:2:4: row 2, column \"b\": found a NUL byte, which no text holds; is the file UTF-16, or "
            "no table at all?");
  EXPECT_EQ(error(std::string_view("\xFF\xFE"
                                   "a\0",
                                   4),
                  ":{a} :p 1 ."),
            "t.csv:1:1: the file is UTF-16; tables are read as UTF-8: iconv -f UTF-16 -t UTF-8 makes it so");
  EXPECT_EQ(error("\xEF\xBB\xBF\"a\",b\nx,y\n", ":{a} :p 1 ."), "<x> <p> \"1\"^^<integer> .\n");
}

TEST(TableMap, SkipsBadRows) {
  const Read result = read("a,b\nx,1\ny,one\nz\n\"w\"w,2\nv,3\n\"u,4\nt,5\n",
                           kPrefix + ":{a} :p {b}^^xsd:integer .", Format::csv, true);
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.quads.size(), 3u) << test::nquads_of(result.quads);
  EXPECT_EQ(result.report.bad, 4u);
  ASSERT_EQ(result.report.first_bad.size(), 4u);
  EXPECT_EQ(result.report.first_bad[3].line, 7u);
  EXPECT_EQ(result.report.quads, 3u);
}

// Any sequence of pieces of a map: an error with a place, or quads that are whole.
RC_GTEST_PROP(TableMap, AnyMapEnds, ()) {
  const auto pieces = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
      ":{a}", "{a}", "{b|split}", "{b|date}", "{c}", " ", ".", ";", ",", "[", "]", "{|", "|}", "<<", ">>",
      "<<(", ")>>", "~", "\"", "<", ">", "@en", "@{a}", "^^", "(", ")", "GRAPH", "{", "}", "_:b", "_:{c}",
      "\n", ":p", "a", "5", "'''", "\\", "#"));
  std::string map = kPrefix;
  for (const std::string& piece : pieces) map += piece + " ";
  const Read result = read("a,b,c\nx,y;z,\n1,2025,w\n", map);
  if (!result.error.empty()) RC_ASSERT(result.error.find(':') != std::string::npos);
  for (const Quad& quad : result.quads) RC_ASSERT(!quad.predicate.value().empty());
}

// The same of whole statements, so that most are read: nothing is said of a blank node that nothing else
// knows but a root.
RC_GTEST_PROP(TableMap, AnyStatementsEnd, ()) {
  const auto object = [] {
    return *rc::gen::element<std::string>(":{a}", "{b}", ":{b|split}", "[ :q {c} ]",
                                          "[ :q :{b|split} ; :r [ :s {c} ] ]", "<< :{a} :p :{c} >>",
                                          ":o {| :on {c} ; :by :{b|split} |}", "{c}@{a}", "_:n", "_:{b}");
  };
  std::string map = kPrefix;
  for (int i = *rc::gen::inRange(1, 5); i > 0; --i) map += ":{a} :p " + object() + " , " + object() + " . ";
  const Read result = read("a,b,c\nx,y;z,\nen,2025,w\nen,,w\n,y,w\n", map);
  RC_ASSERT(result.error.empty() || result.error.find("language") != std::string::npos);
  for (const Quad& quad : result.quads) {
    if (!quad.subject.is_blank() || !quad.subject.value().starts_with('#') ||
        quad.subject.value().starts_with("#u"))
      continue;
    const bool known = std::any_of(result.quads.begin(), result.quads.end(), [&](const Quad& other) {
      return other.object == quad.subject || (other.subject == quad.subject && other.object.is_triple());
    });
    RC_ASSERT(known);
  }
}

}  // namespace
}  // namespace dossier
