// Answers and scripts without a terminal: formats, files, parameters, exit codes, clean output.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "tests/program.h"

namespace dossier::testing {
namespace {

constexpr const char* kGraph = R"(PREFIX : <http://example.org/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
:chen :heads :police ; :born 1970 ; rdfs:label "陈玉煌"@zh , "Chen Yuhuang"@en , "Chen" .
:police rdfs:label "Police"@en-GB ; skos:prefLabel "警察"@zh-Hans .
:li :heads :finance . :finance rdfs:label "Finance" .
)";

std::string file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

class ShellAnswersTest : public ::testing::Test {
 protected:
  Outcome run(const std::string& script) { return run_program({store_, "-c", script}); }

  TemporaryFolder folder_;
  std::string store_ = [this] {
    const std::string store = folder_ / "store";
    EXPECT_EQ(run_program({"load", store, folder_.file("graph.ttl", kGraph)}).code, 0);
    return store;
  }();
  const std::string query_ = "SELECT ?who ?what { ?who :heads ?what } ORDER BY ?who";
};

TEST_F(ShellAnswersTest, Modes) {
  EXPECT_EQ(run(".mode table\n" + query_).out,
            "who    what\n-----  --------\n:chen  :police\n:li    :finance\n");
  EXPECT_EQ(run(".mode line\n" + query_).out,
            "-- row 1\nwho   :chen\nwhat  :police\n\n-- row 2\nwho   :li\nwhat  :finance\n");
  EXPECT_EQ(run(".mode markdown\n" + query_).out,
            "| who   | what     |\n| ----- | -------- |\n| :chen | :police  |\n| :li   | :finance |\n");
  EXPECT_EQ(run(".mode csv\nSELECT ?n { :chen :born ?n }").out, "n\r\n1970\r\n");
  EXPECT_EQ(run(".format csv\nSELECT ?n { :chen :born ?n }").out, "n\r\n1970\r\n");
  EXPECT_EQ(run(".mode csv\n.mode\nSELECT ?n { :chen :born ?n }").out, "?n\n1970\n") << "by kind again";
  EXPECT_EQ(run(".mode ttl\nASK {}").out, "true\n") << "a format that cannot hold an answer is passed over";
  const Outcome wrong = run(".mode markdwn");
  EXPECT_EQ(wrong.code, 2);
  EXPECT_NE(wrong.err.find("did you mean markdown?"), std::string::npos) << wrong.err;
  EXPECT_EQ(run_program({"query", store_, "PREFIX : <http://example.org/> " + query_, "--format", "markdown"}).out,
            "| who   | what     |\n| ----- | -------- |\n| :chen | :police  |\n| :li   | :finance |\n");
}

TEST_F(ShellAnswersTest, LabelsInTheLanguageAskedFor) {
  const std::string table = ".mode csv\n.mode table\n.labels on\n";
  EXPECT_EQ(run(table + ".lang zh,en\n" + query_).out,
            "who     what\n------  -------\n陈玉煌  警察\n:li     Finance\n");
  EXPECT_EQ(run(table + ".lang en\n" + query_).out,
            "who           what\n------------  -------\nChen Yuhuang  Police\n:li           Finance\n");
  EXPECT_EQ(run(table + ".lang fr\n" + query_).out,
            "who   what\n----  -------\nChen  Police\n:li   Finance\n")
      << "then one without a language, then any, by the order of the predicates";
  EXPECT_EQ(run(table + ".labels beside\n.lang ZH\nSELECT ?who { ?who :born ?n }").out,
            "who\n--------------\n陈玉煌 (:chen)\n");
  EXPECT_EQ(run(table + ".labels off\n.lang zh\nSELECT ?who { ?who :born ?n }").out, "who\n-----\n:chen\n");
  EXPECT_EQ(run(table + ".lang en\nSELECT ?who { ?who :born ?n }\nDELETE DATA { :chen "
                        "<http://www.w3.org/2000/01/rdf-schema#label> 'Chen Yuhuang'@en }\n"
                        "SELECT ?who { ?who :born ?n }\n").out,
            "who\n------------\nChen Yuhuang\nwho\n----\nChen\n")
      << "what is kept goes with the commit";
  EXPECT_EQ(run(".labels on\n" + query_).out.find("陈"), std::string::npos) << "formats for programs have terms";
  EXPECT_EQ(run(".lang zh,en\n.lang").out, "zh,en\n");
  EXPECT_EQ(run(".lang z/h").code, 2);
}

TEST_F(ShellAnswersTest, OutputGoesToAFile) {
  const std::string csv = folder_ / "a.csv";
  const std::string text = folder_ / "b.txt";
  Outcome outcome = run(".once " + csv + "\nSELECT ?n { :chen :born ?n }\nSELECT ?n { :chen :born ?n }");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "?n\n1970\n") << "the second alone";
  EXPECT_EQ(file_text(csv), "n\r\n1970\r\n") << "its extension says the format";
  outcome = run(".mode json\n.output " + text + "\nASK {}\nASK {}\n.output\nASK {}");
  EXPECT_EQ(file_text(text), "{\"head\":{},\"boolean\":true}\n{\"head\":{},\"boolean\":true}\n");
  EXPECT_EQ(outcome.out, "{\"head\":{},\"boolean\":true}\n");
  // The name of the file says it, unless .mode does so behind it.
  outcome = run(".mode json\n.output " + csv + "\nSELECT ?n { :chen :born ?n }");
  EXPECT_EQ(file_text(csv), "n\r\n1970\r\n");
  outcome = run(".output " + csv + "\n.mode tsv\nSELECT ?n { :chen :born ?n }");
  EXPECT_EQ(file_text(csv), "?n\n1970\n");
  outcome = run(".output " + folder_.path().string() + "/none/x\nASK {}");
  EXPECT_EQ(outcome.code, 3);
  EXPECT_EQ(outcome.out, "") << "stopped";
  EXPECT_NE(outcome.err.find("cannot write"), std::string::npos) << outcome.err;
}

TEST_F(ShellAnswersTest, ExpandShowsARowWhole) {
  const Outcome outcome =
      run("PREFIX : <http://example.org/>\nSELECT ?who (CONCAT('one', '\\n', 'two') AS ?text) { ?who :heads ?x } "
          "ORDER BY ?who\n.expand 2\n.expand 3");
  EXPECT_NE(outcome.out.find("-- row 2\nwho   :li  <http://example.org/li>\ntext  one\n      two\n"),
            std::string::npos)
      << outcome.out;
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("has 2 rows, no row 3"), std::string::npos) << outcome.err;
  EXPECT_EQ(run(".expand").code, 2) << "no answer yet";
}

// ---- scripts

TEST_F(ShellAnswersTest, ErrorsSayFileAndLine) {
  const std::string inner = folder_.file("inner.rq", "ASK {}\n\n# a remark\nSELECT ?x {\n  ?x ?y }\n");
  const std::string outer = folder_.file("outer.rq", "ASK {}\n.read " + inner + "\nASK {}\n");
  Outcome outcome = run_program({store_, "-f", outer});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.out, "true\ntrue\n");
  EXPECT_TRUE(outcome.err.starts_with("dossier: " + inner + ":4: ") ||
              outcome.err.starts_with("dossier: " + inner + ":3: "))
      << outcome.err;
  outcome = run_program({store_}, "ASK {}\n.lod x\n");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_TRUE(outcome.err.starts_with("dossier: standard input:2: there is no command .lod")) << outcome.err;
}

TEST_F(ShellAnswersTest, BailOffGoesOn) {
  const std::string script = folder_.file("s.rq",
                                          ".bail off\n.nonsense\nSELECT * {\n  ?s ?p }\nORDER BY ?s\n\nASK {}\n"
                                          "INSERT DATA { GRAPH ?g { <a:a> <a:b> 1 } }\n.mode json\nASK {}\n");
  const Outcome outcome = run_program({store_, "-f", script});
  EXPECT_EQ(outcome.code, 2) << "of the first error";
  EXPECT_EQ(outcome.out, "true\n{\"head\":{},\"boolean\":true}\n") << outcome.err;
  EXPECT_NE(outcome.err.find(":2: there is no command .nonsense"), std::string::npos) << outcome.err;
  EXPECT_EQ(run(".bail perhaps").code, 2);
}

TEST_F(ShellAnswersTest, ScriptsReadScriptsToADepth) {
  const std::string self = folder_ / "self.rq";
  folder_.file("self.rq", "ASK {}\n.read " + self + "\n");
  const Outcome outcome = run_program({store_, "-f", self});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("does it read itself?"), std::string::npos) << outcome.err;
  EXPECT_EQ(run(".read " + (folder_ / "none")).code, 1);
}

TEST_F(ShellAnswersTest, Parameters) {
  const std::string ask = "SELECT ?what { ?who :heads ?what }\n";
  EXPECT_EQ(run(".param who :chen\n" + ask + ".param ?who :li\n" + ask).out,
            "?what\n<http://example.org/police>\n?what\n<http://example.org/finance>\n");
  EXPECT_EQ(run(".param who :chen\n.param n 5\n.param").out, "?who <http://example.org/chen>\n?n   \"5\"^^<http://www.w3.org/2001/XMLSchema#integer>\n");
  EXPECT_EQ(run(".param who :chen\n.param who\n.param").out, "");
  EXPECT_EQ(run(".param who").code, 2);
  EXPECT_EQ(run(".param a-b 5").code, 2);
  EXPECT_EQ(run_program({store_, "--param", "who=<http://example.org/li>", "-c", ask}).out,
            "?what\n<http://example.org/finance>\n");
}

TEST_F(ShellAnswersTest, CompactAndCheck) {
  const Outcome outcome = run("DELETE DATA { :chen :born 1970 }\n.compact\n.check\n" + query_);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("bytes on disk"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("the store is sound"), std::string::npos) << outcome.err;
  EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 3);
  EXPECT_NE(run("BEGIN\nINSERT DATA { :x :y 1 }\n.compact").code, 0) << "the writer's place is taken";
}

TEST_F(ShellAnswersTest, NothingButResultsOnStandardOutput) {
  const Outcome outcome = run("BEGIN\nINSERT DATA { :x :y 1 }\nCOMMIT\n" + query_);
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(outcome.out.find('\x1b'), std::string::npos);
  EXPECT_TRUE(outcome.out.starts_with("?who\t?what\n")) << outcome.out;
}

TEST_F(ShellAnswersTest, TheInitFileOfXdg) {
  const std::string config = folder_ / "config";
  std::filesystem::create_directories(config + "/dossier");
  std::ofstream(config + "/dossier/rc") << "ASK { FILTER (false) }\n";
  ::setenv("XDG_CONFIG_HOME", config.c_str(), 1);
  EXPECT_EQ(run_program({store_}, "ASK {}\n").out, "true\n") << "scripts have no init file";
  ::unsetenv("XDG_CONFIG_HOME");
}

}  // namespace
}  // namespace dossier::testing
