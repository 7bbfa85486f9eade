// Tables into stores: the program and its shell, the way back from a query, many threads, hostile files.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <sstream>

#include "engine/dossier.h"
#include "engine/io/rdf_reader.h"
#include "tests/program.h"
#include "tests/rdf_text.h"

namespace dossier::testing {
namespace {

const std::string kMap = "PREFIX : <http://e/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n";

std::vector<std::string> sorted_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::vector<std::string> dump(Store& store) {
  std::ostringstream out;
  store.dump(out, Format::nq);
  return sorted_lines(out.str());
}

class ImportTest : public ::testing::Test {
 protected:
  std::string error(const std::string& csv, const std::string& map, bool skip_bad = false) {
    auto store = Store::open(":memory:");
    LoadOptions options;
    options.table.map = kMap + map;
    options.skip_bad = skip_bad;
    options.threads = 4;
    std::string message;
    try {
      report_ = store.load({folder_.file("t.csv", csv)}, options);
      quads_ = store.statistics().quads;
    } catch (const DataError& failure) {
      message = failure.what();
      EXPECT_EQ(store.statistics().quads, 0u) << "the store is as it was";
      if (message.starts_with(folder_ / "")) message.erase(0, (folder_ / "").size());
    }
    return message;
  }

  TemporaryFolder folder_;
  LoadReport report_;
  std::uint64_t quads_ = 0;
};

TEST_F(ImportTest, TheExampleOfTheProject) {
  const std::string data = DOSSIER_SOURCE_DIR "/data/";
  const std::string store = folder_ / "store";
  const Outcome load =
      run_program({"load", store, data + "appointments.csv", "--map", data + "appointments.map"});
  ASSERT_EQ(load.code, 0) << load.err;
  const Outcome heads = run_program({"query", store, "--prefixes", "--format", "csv",
                                     "SELECT ?who ?since ?said { ?who v:appointedTo :head-of-police {| "
                                     "v:since ?since ; v:saidBy ?said |} } "
                                     "ORDER BY DESC(?who) ?said"});
  const std::string anhe = "https://dossier.example/anhe/";
  EXPECT_EQ(heads.out, "who,since,said\r\n" + anhe + "sun-lihua,2020-11," + anhe + "harbour-news\r\n" + anhe +
                           "gao-feng,2025-06-13," + anhe + "anhe-gazette\r\n" + anhe +
                           "gao-feng,2025-06-13," + anhe + "harbour-news\r\n");
}

// What a query writes as a table, a map reads as the same triples.
TEST_F(ImportTest, TheWayBackFromAQuery) {
  const std::string graph =
      folder_.file("graph.ttl", R"(PREFIX : <http://e/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
    :chen :heads <http://e/a%20b/李?c=d#e> {| :on "2025-06-13"^^xsd:date ; :says " two \"words\",\n\tand a line "@en |} .
    :li :heads :x {| :on "2024-02-29"^^xsd:date ; :says "\\n"@zh-Hant |} ; :age 61 .)");
  const std::string store = folder_ / "store";
  ASSERT_EQ(run_program({"load", store, graph}).code, 0);
  const std::string query =
      "PREFIX : <http://e/> SELECT ?who ?what ?on ?says (lang(?says) AS ?l) ?age { ?who :heads ?what {| :on "
      "?on ; :says ?says |} "
      "OPTIONAL { ?who :age ?age } }";
  const std::string csv_map =
      kMap +
      "<{who}> :heads <{what}> {| :on {on}^^xsd:date ; :says \"{says}\"@{l} |} ; :age {age}^^xsd:integer .";
  const std::string tsv_map = kMap + "<{who}> :heads <{what}> {| :on {on} ; :says {says} |} ; :age {age} .";
  const Outcome before = run_program({"convert", graph, "--to", "nt", "--canonical"});
  for (const auto& [format, map] : {std::pair{"csv", csv_map}, std::pair{"tsv", tsv_map}}) {
    const Outcome table = run_program({"query", store, query, "--format", format});
    ASSERT_EQ(table.code, 0) << table.err;
    const std::string file = folder_.file(std::string("table.") + format, table.out);
    const Outcome after =
        run_program({"convert", file, "--map", folder_.file("map", map), "--to", "nt", "--canonical"});
    ASSERT_EQ(after.code, 0) << after.err;
    // The two reifiers are told apart by what is said of them; their labels are not the same.
    const auto without_labels = [](const std::string& text) {
      std::vector<std::string> lines = sorted_lines(text);
      for (std::string& line : lines)
        if (line.starts_with("_:")) line.erase(0, line.find(' '));
      std::sort(lines.begin(), lines.end());
      return lines;
    };
    EXPECT_EQ(without_labels(after.out), without_labels(before.out)) << format;
  }
}

TEST_F(ImportTest, CompressedFilesAndOtherSeparators) {
  const std::string file = folder_.file("t.csv", "id;name\r\nx;\"a;b\"\r\n");
  ASSERT_EQ(std::system(("gzip -k " + file).c_str()), 0);
  const std::string map = folder_.file("map", kMap + ":{id} :name {name} .");
  for (const std::string& path : {file, file + ".gz"}) {
    const Outcome outcome = run_program({"convert", path, "--map", map, "--separator", ";"});
    EXPECT_EQ(outcome.out, "<http://e/x> <http://e/name> \"a;b\" .\n") << outcome.err;
  }
  const Outcome piped = run_program(
      {"convert", "-", "--from", "tsv", "--map", folder_.file("map2", kMap + ":{1} :p {2} ."), "--no-header"},
      "x\ty\n");
  EXPECT_EQ(piped.out, "<http://e/x> <http://e/p> \"y\" .\n") << piped.err;
  const Outcome no_map = run_program({"load", folder_ / "none", file, "--map", folder_ / "missing"});
  EXPECT_EQ(no_map.code, 1);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "none"));
  EXPECT_EQ(run_program({"load", folder_ / "none", file, "--separator", ";;"}).code, 2);
}

TEST_F(ImportTest, TheShellKnowsItsPrefixes) {
  const std::string file = folder_.file("t.csv", "x:,x:name,{| x:on^^xsd:date |}\nchen,Chen,2025-06-13\n");
  const Outcome outcome = run_program(
      {"-c", "PREFIX x: <http://e/>\n.import " + file + "\nSELECT ?n ?d { x:chen x:name ?n {| x:on ?d |} }"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "?n\t?d\n\"Chen\"\t\"2025-06-13\"^^<http://www.w3.org/2001/XMLSchema#date>\n")
      << outcome.err;
  const Outcome wrong = run_program({"-c", ".import " + folder_.file("u.csv", "id,name\nx,y\n")});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_NE(wrong.err.find("u.csv:1:1: the header has no properties"), std::string::npos) << wrong.err;
  const Outcome rolled_back =
      run_program({"-c", "PREFIX x: <http://e/>\n.begin\n.import " + file + "\n.rollback\nASK { ?s ?p ?o }"});
  EXPECT_EQ(rolled_back.out, "false\n") << rolled_back.err;
}

std::string large_table(std::size_t rows) {
  std::string csv = "id,name,note,date\n";
  for (std::size_t i = 0; i < rows; ++i)
    csv += "p" + std::to_string(i) + ",\"Person, " + std::to_string(i % 777) +
           "\",\"line 1\nline \"\"2\"\"\"," + (i % 3 == 0 ? "" : "2025-06-13") + "\r\n";
  return csv;
}

TEST_F(ImportTest, ManyThreadsReadWhatOneReads) {
  const std::string csv = large_table(40000);
  const std::string map =
      kMap + ":{id} :name {name} ; :note {note} ; :seen {date}^^xsd:date , [ :on {date}^^xsd:date ] .";
  std::vector<Quad> quads;
  ReadOptions read;
  read.name = "t.csv";
  TableOptions table;
  table.map = map;
  read.table = &table;
  read_rdf(*memory_source(csv), Format::csv, read, test::collect_into(quads));
  LoadOptions options;
  options.table = table;
  const std::string file = folder_.file("t.csv", csv);
  std::vector<std::string> first;
  for (const unsigned threads : {1U, 4U}) {
    auto store = Store::open(":memory:");
    options.threads = threads;
    options.memory_bytes =
        threads == 1 ? std::size_t{1} << 30 : std::size_t{16} << 20;  // large pieces, and small ones
    const LoadReport report = store.load({file}, options);
    EXPECT_EQ(report.quads, quads.size());
    EXPECT_EQ(report.added, quads.size());
    EXPECT_TRUE(store.check().empty());
    if (threads == 1)
      first = dump(store);
    else
      EXPECT_EQ(dump(store), first) << "labels of blank nodes, too, depend on the text alone";
  }
}

TEST_F(ImportTest, AnErrorInALargeTableHasItsRowAndColumn) {
  std::string csv = large_table(40000);
  csv += "p,x,y,13.06.2025\n";
  EXPECT_EQ(error(csv, ":{id} :seen {date}^^xsd:date ."),
            "t.csv:80002:7: row 40002, column \"date\": expected 2025-06-13 (xsd:date), found "
            "\"13.06.2025\"; the map can say how "
            "it is written: {date|dd.MM.yyyy}");
  EXPECT_EQ(error(csv, ":{id} :seen {date}^^xsd:date .", true), "");
  EXPECT_EQ(report_.bad, 1u);
  ASSERT_EQ(report_.first_bad.size(), 1u);
  EXPECT_NE(report_.first_bad[0].find("t.csv:80002:7: row 40002"), std::string::npos) << report_.first_bad[0];
}

TEST_F(ImportTest, ACancelledImportLeavesTheStoreAsItWas) {
  auto store = Store::open(":memory:");
  LoadOptions options;
  options.table.map = kMap + ":{id} :name {name} .";
  options.progress = [](const Progress& progress) { return progress.quads == 0; };
  EXPECT_THROW(store.load({folder_.file("t.csv", large_table(40000))}, options), LimitError);
  EXPECT_EQ(store.statistics().quads, 0u);
}

// What is left out of a table is a row, of other files a statement.
TEST_F(ImportTest, RowsThatAreLeftOutAreCalledSo) {
  const std::string map = folder_.file(
      "t.map", "<http://e/{a}> <http://e/p> \"{b}\"^^<http://www.w3.org/2001/XMLSchema#integer> .");
  const std::string table = folder_.file("t.csv", "a,b\nx,1\ny,two\nz,three\n");
  const std::string triples = folder_.file("t.nt", "<http://e/a> <http://e/p> oops .\n");
  const auto load = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"load", folder_ / "store"});
    words.insert(words.end(), {"--map", map, "--skip-bad"});
    const Outcome outcome = run_program(words);
    EXPECT_EQ(outcome.code, 1) << outcome.err;
    return outcome.err;
  };
  EXPECT_NE(load({table}).find("2 bad rows left out"), std::string::npos) << load({table});
  EXPECT_NE(load({triples}).find("1 bad statement left out"), std::string::npos) << load({triples});
  EXPECT_NE(load({table, triples}).find("3 bad statements and rows left out"), std::string::npos);
  const Outcome outcome = run_program({"-c", ".import " + table + " " + map + " skip-bad"});
  EXPECT_NE(outcome.err.find("2 bad rows left out"), std::string::npos) << outcome.err;
}

TEST_F(ImportTest, HostileTablesHaveErrorsWithRowAndColumn) {
  const std::string map = ":{a} :p {b} .";
  const std::string many = [] {
    std::string rows;
    for (int i = 0; i < 50000; ++i) rows += "x,yyyyyyyy\n";
    return rows;
  }();
  EXPECT_EQ(error("a,b\n" + many + "x,\"never closed\n" + many, map),
            "t.csv:50002:3: row 50002: the quotation mark that begins this field is not closed before the "
            "end of the text");
  EXPECT_EQ(error("a,b\n" + many + "x,\"never closed\n" + many, map, true), "");
  EXPECT_EQ(report_.bad, 1u);
  EXPECT_EQ(report_.quads, 100000u);
  EXPECT_EQ(error("a,b\nx," + std::string(10 << 20, 'y') + "\n", map), "") << "a field of 10 MB is a value";
  EXPECT_EQ(quads_, 1u);
  EXPECT_EQ(error("a,b\n" + many + "x," + std::string(1 << 20, ',') + "\n", map),
            "t.csv:50002:1: row 50002: expected 2 fields as the header has, found 1048578");
  EXPECT_EQ(error("a,b\n" + many + std::string("x,\0\n", 4) + many, map),
            "t.csv:50002:3: row 50002, column \"b\": found a NUL byte, which no text holds; is the file "
            "UTF-16, or no table at all?");
  EXPECT_EQ(error("a,b\n" + many + "x,\xC3(\n" + many, map).substr(0, 71),
            "t.csv:50002:3: row 50002, column \"b\": the byte 0xC3 is not valid UTF-8;");
  EXPECT_EQ(error(std::string(1 << 20, ','), map).substr(0, 40), "t.csv:1:1: a table has at most 65536 col");
  const std::string wide = error(std::string(1 << 20, '"'), map);
  EXPECT_NE(wide.find("there is no column 'a'; the columns are '"), std::string::npos) << wide;
  EXPECT_LT(wide.size(), 300u);
}

// A record without an end: given up at the length of the longest field, in memory that does not grow with the
// file.
TEST_F(ImportTest, AFieldThatNeverEndsIsGivenUp) {
  class Endless final : public ByteSource {
   public:
    std::size_t read(char* data, std::size_t size) override {
      if (consumed_ == 0) {
        const std::string_view head = "a,b\nx,\"";
        std::copy(head.begin(), head.end(), data);
        consumed_ = head.size();
        return head.size();
      }
      std::fill_n(data, size, 'y');
      consumed_ += size;
      return size;
    }
    std::uint64_t consumed() const override { return consumed_; }
    std::uint64_t total() const override { return 0; }
    bool compressed() const override { return false; }

   private:
    std::uint64_t consumed_ = 0;
  };
  Endless source;
  ReadOptions read;
  read.name = "t.csv";
  read.max_term_bytes = 1 << 20;
  TableOptions table;
  table.map = kMap + ":{a} :p {b} .";
  read.table = &table;
  std::vector<Quad> quads;
  try {
    read_rdf(source, Format::csv, read, test::collect_into(quads));
    FAIL() << "no error";
  } catch (const DataError& error) {
    EXPECT_EQ(error.line(), 2u);
    EXPECT_NE(std::string(error.what()).find("row 2: "), std::string::npos) << error.what();
  }
  EXPECT_LT(source.consumed(), 64u << 20);
}

}  // namespace
}  // namespace dossier::testing
