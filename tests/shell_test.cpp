// The shell: scripts. Sessions on a terminal are in shell/.
#include <gtest/gtest.h>

#include <regex>

#include "tests/program.h"

namespace dossier::testing {
namespace {

constexpr const char* kGraph =
    "PREFIX : <http://example.org/>\n:chen :heads :police .\n:li :heads :finance .\n:li :heads :culture .\n";

class ShellScriptTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  std::string graph_ = folder_.file("graph.ttl", kGraph);
};

TEST_F(ShellScriptTest, StatementsOverSeveralLines) {
  const Outcome outcome = run_program({}, ".load " + graph_ +
                                              "\n"
                                              "SELECT ?x\n"
                                              "WHERE {\n"
                                              "  :li :heads ?x\n"
                                              "}\n"
                                              "\n"
                                              "ORDER BY DESC(?x)\n"
                                              "LIMIT 1\n"
                                              "ASK { :chen :heads :police }\n");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "?x\n<http://example.org/finance>\ntrue\n");
}

TEST_F(ShellScriptTest, PrefixesLast) {
  const Outcome outcome = run_program({"-c",
                                       "PREFIX ex: <http://e/>\n"
                                       "INSERT DATA { ex:a ex:b 1 }\n"
                                       "SELECT ?o { ex:a ?p ?o }\n"
                                       ".prefix p: <http://p/>\n"
                                       "SELECT (STR(p:x) AS ?x) {}\n"
                                       ".prefix"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "?o\n1\n?x\n\"http://p/x\"\nex: <http://e/>\np:  <http://p/>\n");
}

TEST_F(ShellScriptTest, WellKnownPrefixesAreSupplied) {
  const Outcome outcome = run_program({"-c",
                                       "SELECT (STR(wdt:P31) AS ?x) {}\n"
                                       "SELECT (STR(wdt:P31) AS ?x) {}\n"
                                       "PREFIX wd: <http://mine/>\n"
                                       "SELECT (STR(wd:x) AS ?x) {}\n"
                                       "INSERT DATA { wd:x foaf:name 'x' }"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            "?x\n\"http://www.wikidata.org/prop/direct/P31\"\n"
            "?x\n\"http://www.wikidata.org/prop/direct/P31\"\n"
            "?x\n\"http://mine/x\"\n");
  EXPECT_EQ(outcome.err,
            "dossier: supplied PREFIX wdt: <http://www.wikidata.org/prop/direct/>\n"
            "dossier: supplied PREFIX foaf: <http://xmlns.com/foaf/0.1/>\n");
}

TEST_F(ShellScriptTest, UpdatesAreKept) {
  const std::string store = folder_ / "store";
  Outcome outcome = run_program({store, "-c", "INSERT DATA { <http://e/a> <http://e/b> <http://e/c> }"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  outcome = run_program({store, "-f", folder_.file("q", "SELECT ?o { ?s ?p ?o };\n")});
  EXPECT_EQ(outcome.out, "?o\n<http://e/c>\n") << outcome.err;
}

TEST_F(ShellScriptTest, StopsAtTheFirstFailure) {
  Outcome outcome = run_program({"-c", "ASK {}\nSELECT * { ?s ?p }\nASK {}"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.out, "true\n");
  EXPECT_NE(outcome.err.find('^'), std::string::npos) << outcome.err;
  EXPECT_EQ(run_program({"-c", "SELECT * {"}).code, 1) << "incomplete at the end";
  outcome = run_program({"-c", ".lod x"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("did you mean .load?"), std::string::npos) << outcome.err;
}

TEST_F(ShellScriptTest, Commands) {
  const Outcome outcome = run_program({"-c", ".load " + graph_ +
                                                 " graph http://example.org/g\n"
                                                 ".format csv\n"
                                                 "SELECT ?g { GRAPH ?g { :chen ?p ?o } }\n"
                                                 ".format\n"
                                                 ".explain SELECT * {\n ?s :heads ?o }\n"
                                                 ".help\n.stats\n.timer on\nASK {}\n.quit\nnonsense"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(outcome.out.starts_with("g\r\nhttp://example.org/g\r\n")) << outcome.out;
  EXPECT_NE(outcome.out.find(".explain "), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("quads"), std::string::npos);
  EXPECT_NE(outcome.err.find("time: "), std::string::npos) << outcome.err;
}

TEST_F(ShellScriptTest, Transactions) {
  const std::string count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }\n";
  const std::string store = folder_ / "store";
  const Outcome outcome = run_program(
      {store, "-c",
       "begin transaction;\n"
       "INSERT DATA { <http://e/a> <http://e/p> 1 } ;\n"
       ".load " +
           graph_ + "\n" + count + "ROLLBACK;\n" + count + "START TRANSACTION\n.load " + graph_ +
           "\nEnd ;\n" + count +
           ".begin\nCLEAR ALL\n.rollback\nBEGIN\nDELETE WHERE { ?s ?p <http://example.org/police> }\n"
           "Commit Work\n" +
           count + "BEGIN\nCLEAR ALL\n" + count});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "?n\n4\n?n\n0\n?n\n3\n?n\n2\n?n\n0\n");
  EXPECT_NE(outcome.err.find("the open transaction was rolled back"), std::string::npos) << outcome.err;
  EXPECT_EQ(run_program({store, "-c", count}).out, "?n\n2\n") << "the last transaction had no end";
  EXPECT_NE(run_program({store, "-c", "COMMIT"}).err.find("no transaction to commit"), std::string::npos);
  EXPECT_NE(run_program({store, "-c", "BEGIN\nBEGIN"}).err.find("open already"), std::string::npos);
  const Outcome crowded = run_program({store, "-c", "BEGIN; CLEAR ALL; COMMIT;"});
  EXPECT_EQ(crowded.code, 1);
  EXPECT_NE(crowded.err.find("in a line of their own"), std::string::npos) << crowded.err;
  EXPECT_NE(run_program({":memory:"}, "COMIT").err.find("did you mean COMMIT?"), std::string::npos);
}

TEST_F(ShellScriptTest, AFailureInATransactionDropsIt) {
  const std::string store = folder_ / "store";
  const Outcome outcome = run_program({store, "-c",
                                       "BEGIN\n.load " + graph_ +
                                           "\nCREATE GRAPH <http://e/g> ; COPY <http://e/g> TO "
                                           "DEFAULT\nCOMMIT\n"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("there is no graph <http://e/g>"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("was rolled back"), std::string::npos) << outcome.err;
  EXPECT_EQ(run_program({store, "-c", "ASK { ?s ?p ?o }"}).out, "false\n");
}

TEST_F(ShellScriptTest, Log) {
  const Outcome outcome = run_program(
      {"-c", ".log\n.load " + graph_ +
                 "\nDELETE WHERE { ?s ?p <http://example.org/police> }\n"
                 "BEGIN\nINSERT DATA { <http://e/a> <http://e/b> 1 , 2 }\n.log 7\nCOMMIT\n.log 2"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const std::string time = "\t[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[-+][0-9]{2}:[0-9]{2}\t";
  const std::string header = "commit\ttime\tadded\tremoved\tquads\n";
  EXPECT_TRUE(std::regex_match(
      outcome.out, std::regex(header + header + "2" + time + "0\t1\t2\n1" + time + "3\t0\t3\n" + header +
                              "3" + time + "2\t0\t4\n2" + time + "0\t1\t2\n")))
      << outcome.out;
  EXPECT_EQ(run_program({"-c", ".log many"}).code, 2);
  EXPECT_EQ(run_program({"-c", ".log 0"}).code, 2);
}

}  // namespace
}  // namespace dossier::testing
