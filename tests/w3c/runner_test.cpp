// The runner on suites made for it: right answers pass, each kind of wrong answer does not.
#include "tests/w3c/runner.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/w3c/exceptions.h"

namespace dossier::w3c {
namespace {

const std::string kPrefixes =
    "PREFIX : <http://test/>\n"
    "PREFIX mf: <http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#>\n"
    "PREFIX qt: <http://www.w3.org/2001/sw/DataAccess/tests/test-query#>\n"
    "PREFIX ut: <http://www.w3.org/2009/sparql/tests/test-update#>\n"
    "PREFIX rs: <http://www.w3.org/2001/sw/DataAccess/tests/result-set#>\n"
    "PREFIX rdft: <http://www.w3.org/ns/rdftest#>\n"
    "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n";

class RunnerTest : public testing::Test {
 protected:
  RunnerTest() : root_(fs::path(testing::TempDir()) / ("w3c_runner_" + std::to_string(getpid()))) {
    fs::create_directories(root_ / "suite");
    write("data.ttl", "PREFIX : <http://test/> :a :p 1, 2 . :b :p 1 . :c :q _:x . _:x :q :c .");
  }
  ~RunnerTest() override { fs::remove_all(root_); }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(root_ / "suite" / name) << text;
  }

  // The one test of a manifest with these properties.
  W3cTest make(const std::string& type, const std::string& properties) {
    write("manifest.ttl",
          kPrefixes + "<> mf:entries ( <#t> ) .\n<#t> a " + type + " ; mf:name \"t\" ; " + properties + " .");
    const std::vector<W3cTest> tests = read_suite(Suite(root_));
    EXPECT_EQ(tests.size(), 1u);
    return tests.front();
  }

  // A query over data.ttl, and the file of its expected result.
  std::string query(const std::string& text, const std::string& file, const std::string& expected) {
    write("q.rq", "PREFIX : <http://test/>\n" + text);
    write(file, file.ends_with(".ttl") ? kPrefixes + expected : expected);
    return run(make("mf:QueryEvaluationTest",
                    "mf:action [ qt:query <q.rq> ; qt:data <data.ttl> ] ; mf:result <" + file + ">"));
  }
  std::string update(const std::string& text, const std::string& expected) {
    write("u.ru", "PREFIX : <http://test/>\n" + text);
    write("after.ttl", kPrefixes + expected);
    return run(make("mf:UpdateEvaluationTest",
                    "mf:action [ ut:request <u.ru> ; ut:graphData [ ut:graph <data.ttl> ; rdfs:label "
                    "\"http://test/g\" ] ] ;"
                    "mf:result [ ut:graphData [ ut:graph <after.ttl> ; rdfs:label \"http://test/g\" ] ]"));
  }

  fs::path root_;
};

TEST_F(RunnerTest, Rows) {
  const std::string select = "SELECT ?s ?n { ?s :p ?n }";
  const auto table = [](const std::string& rows) { return "?s\t?n\n" + rows; };
  const std::string a1 = "<http://test/a>\t1\n";
  const std::string a2 = "<http://test/a>\t2\n";
  const std::string b1 = "<http://test/b>\t1\n";
  EXPECT_EQ(query(select, "r.tsv", table(b1 + a2 + a1)), "");
  EXPECT_NE(query(select, "r.tsv", table(b1 + a2)), "");                           // a row too many is given
  EXPECT_NE(query(select, "r.tsv", table(b1 + a2 + a1 + a1)), "");                 // one is missing
  EXPECT_NE(query(select, "r.tsv", table(b1 + a2 + "<http://test/a>\t3\n")), "");  // one is wrong
  EXPECT_NE(query("SELECT ?s { ?s :p ?n }", "r.tsv", "?s\n<http://test/a>\n<http://test/b>\n"), "");
}

TEST_F(RunnerTest, Order) {
  const std::string select = "SELECT ?n { :a :p ?n } ORDER BY DESC(?n)";
  EXPECT_EQ(query(select, "r.csv", "n\r\n2\r\n1\r\n"), "");
  EXPECT_NE(query(select, "r.csv", "n\r\n1\r\n2\r\n"), "");
  const auto numbered = [](int first, int second) {
    return "[] a rs:ResultSet ; rs:resultVariable \"n\" ;"
           " rs:solution [ rs:index 1 ; rs:binding [ rs:variable \"n\" ; rs:value " +
           std::to_string(first) +
           " ] ] ,"
           " [ rs:index 2 ; rs:binding [ rs:variable \"n\" ; rs:value " +
           std::to_string(second) + " ] ] .";
  };
  EXPECT_EQ(query(select, "r.ttl", numbered(2, 1)), "");
  EXPECT_NE(query(select, "r.ttl", numbered(1, 2)), "");
}

TEST_F(RunnerTest, Booleans) {
  EXPECT_EQ(query("ASK { :a :p 1 }", "r.srj", R"({"head":{},"boolean":true})"), "");
  EXPECT_NE(query("ASK { :a :p 1 }", "r.srj", R"({"head":{},"boolean":false})"), "");
  EXPECT_EQ(query("ASK { :a :p 7 }", "r.ttl", "[] a rs:ResultSet ; rs:boolean false ."), "");
  EXPECT_NE(query("ASK { :a :p 7 }", "r.ttl", "[] a rs:ResultSet ; rs:boolean true ."), "");
}

TEST_F(RunnerTest, Graphs) {
  const std::string construct = "CONSTRUCT { ?s :r ?o } WHERE { ?s :q ?o }";
  EXPECT_EQ(query(construct, "r.ttl", ":c :r _:y . _:y :r :c ."), "");
  EXPECT_NE(query(construct, "r.ttl", ":c :r _:y . _:z :r :c ."), "");
  EXPECT_NE(query(construct, "r.ttl", ":c :r _:y ."), "");
  EXPECT_NE(query("SELECT * { ?s :q ?o }", "r.ttl", ":c :r _:y . _:y :r :c ."), "");
}

TEST_F(RunnerTest, Updates) {
  const std::string rest = " . :b :p 1 . :c :q _:x . _:x :q :c .";
  EXPECT_EQ(update("DELETE DATA { GRAPH :g { :a :p 1 } }", ":a :p 2" + rest), "");
  EXPECT_NE(update("DELETE DATA { GRAPH :g { :a :p 1 } }", ":a :p 1, 2" + rest), "");
  EXPECT_NE(update("DELETE DATA { :a :p 1 }", ":a :p 2" + rest), "");
  EXPECT_NE(update("INSERT DATA { :a :p 3 }", ":a :p 1, 2" + rest), "");
}

TEST_F(RunnerTest, Syntax) {
  write("good.rq", "ASK {}");
  write("bad.rq", "ASK {");
  EXPECT_EQ(run(make("mf:PositiveSyntaxTest11", "mf:action <good.rq>")), "");
  EXPECT_NE(run(make("mf:PositiveSyntaxTest11", "mf:action <bad.rq>")), "");
  EXPECT_EQ(run(make("mf:NegativeSyntaxTest11", "mf:action <bad.rq>")), "");
  EXPECT_NE(run(make("mf:NegativeSyntaxTest11", "mf:action <good.rq>")), "");
  EXPECT_NE(run(make("mf:NegativeUpdateSyntaxTest11", "mf:action <missing.ru>")), "");
}

TEST_F(RunnerTest, Documents) {
  write("d.ttl", "<a:a> <p:p> 'x' .");
  write("bad.ttl", "<a:a> <p:p> .");
  write("same.nt", "<a:a> <p:p> \"x\" .\n");
  write("other.nt", "<a:a> <p:p> \"y\" .\n");
  EXPECT_EQ(run(make("rdft:TestTurtleEval", "mf:action <d.ttl> ; mf:result <same.nt>")), "");
  EXPECT_NE(run(make("rdft:TestTurtleEval", "mf:action <d.ttl> ; mf:result <other.nt>")), "");
  EXPECT_NE(run(make("rdft:TestTurtlePositiveSyntax", "mf:action <bad.ttl>")), "");
  EXPECT_EQ(run(make("rdft:TestTurtleNegativeSyntax", "mf:action <bad.ttl>")), "");
  EXPECT_NE(run(make("rdft:TestTurtleNegativeSyntax", "mf:action <d.ttl>")), "");
  EXPECT_EQ(run(make("rdft:TestNTriplesPositiveC14N", "mf:action <same.nt> ; mf:result <same.nt>")), "");
  EXPECT_NE(run(make("rdft:TestNTriplesPositiveC14N", "mf:action <same.nt> ; mf:result <other.nt>")), "");
}

TEST_F(RunnerTest, WhatNothingRuns) {
  EXPECT_NE(run(make("mf:SomeOtherTest", "mf:action <data.ttl>")), "");
}

TEST_F(RunnerTest, DatasetsThatTheQueryNames) {
  write("q.rq",
        "PREFIX : <http://test/> SELECT ?g FROM <data.ttl> FROM NAMED <data.ttl> { :b :p 1 GRAPH ?g { :a :p "
        "2 } }");
  write("r.tsv", "?g\n<https://w3c.github.io/rdf-tests/suite/data.ttl>\n");
  EXPECT_EQ(run(make("mf:QueryEvaluationTest", "mf:action [ qt:query <q.rq> ] ; mf:result <r.tsv>")), "");
}

TEST(ExceptionsTest, TestsFoldersAndReasons) {
  const Exceptions exceptions(
      "# comment\na/b/t open it is young\na/c/* not-run needs a server\nz/* open never\n");
  EXPECT_EQ(exceptions.find("a/b/t")->kind, Exception::Kind::open);
  EXPECT_EQ(exceptions.find("a/b/t")->reason, "it is young");
  EXPECT_EQ(exceptions.find("a/c/d/t")->reason, "needs a server");
  EXPECT_EQ(exceptions.find("a/b/u"), nullptr);
  EXPECT_EQ(exceptions.unused(), std::set<std::string>{"z/*"});
  EXPECT_THROW(Exceptions("a/b open\n"), std::runtime_error);
  EXPECT_THROW(Exceptions("a/b maybe so\n"), std::runtime_error);
  EXPECT_THROW(Exceptions("a/b open x\na/b open y\n"), std::runtime_error);
}

}  // namespace
}  // namespace dossier::w3c
