// `.draw`: what of an answer becomes nodes, links and notes; the pictures of Graphviz where it is installed.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/program.h"

namespace dossier::testing {
namespace {

constexpr const char* kGraph = R"(PREFIX : <http://e/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
:chen a :Person ; rdfs:label "Chen <\"&\nYuhuang"@en , "陈"@zh ; :age 61 .
:li a :Person ; rdfs:label "Li" . :police a :Post ; rdfs:label "Head of the very long name of a Provincial Public Security Department" .
:crackdown a :Event . :gazette rdfs:label "Gazette" .
:chen :appointedTo :police {| :on "--06-13"^^xsd:gMonthDay ; :saidBy :gazette |} , :other .
:chen :appointedTo :police {| :on "2025-06-13"^^xsd:date ; :saidBy :editor ; :source :report |} .
:li :knows :chen {| :since "2019"^^xsd:gYear ; :until "2022-06"^^xsd:gYearMonth |} .
<< :crackdown :orderedBy :chen ~ :claim >> :saidBy :gazette .
)";

class DrawTest : public ::testing::Test {
 protected:
  // What .draw writes for the query, and says on standard error.
  std::string dot(const std::string& query) {
    const std::string file = folder_ / "d.dot";
    std::filesystem::remove(file);
    outcome_ = run_program({store(), "-c", "PREFIX : <http://e/>\n" + query + "\n.draw " + file});
    std::ifstream in(file);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }
  std::string store() {
    const std::string path = folder_ / "store";
    if (!std::filesystem::exists(path)) run_program({"load", path, folder_.file("graph.ttl", kGraph)});
    return path;
  }
  static std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++found;
    return found;
  }

  TemporaryFolder folder_;
  Outcome outcome_;
};

TEST_F(DrawTest, TriplesBecomeLinksWithDatesAndSources) {
  const std::string text = dot("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }");
  EXPECT_EQ(outcome_.code, 0) << outcome_.err;
  EXPECT_EQ(outcome_.err.substr(outcome_.err.rfind("d.dot")), "d.dot: 5 things, 4 links\n");
  EXPECT_NE(text.find("Chen &lt;&quot;&amp; Yuhuang"), std::string::npos) << text;
  EXPECT_NE(text.find("Head of the very long<BR/>name of a Provincial<BR/>Public Security<BR/>Department"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("age: 61"), std::string::npos) << "literals stand with their subject";
  EXPECT_NE(text.find("<TD>appointed to<"), std::string::npos) << text;
  EXPECT_NE(text.find("--06-13, Gazette<BR/>2025-06-13, editor"), std::string::npos) << text;
  EXPECT_NE(text.find("2019 – 2022-06"), std::string::npos) << text;
  EXPECT_EQ(count(text, "style=dashed"), 1u) << "what is only claimed";
  EXPECT_NE(text.find("ordered by"), std::string::npos);
  EXPECT_EQ(text.find("reifies"), std::string::npos) << "reifiers are no nodes";
  EXPECT_NE(text.find(">Person  </TD>"), std::string::npos) << "a legend of kinds";
}

TEST_F(DrawTest, RowsAndPathsAndDescriptions) {
  EXPECT_EQ(count(dot("SELECT ?who ?post { ?who :appointedTo ?post FILTER (?post = :police) }"), " -> "), 1u);
  const std::string alone = dot("SELECT ?x { VALUES ?x { :chen :li :police :crackdown } }");
  EXPECT_EQ(count(alone, "style=dashed"), 0u);
  EXPECT_EQ(outcome_.err.substr(outcome_.err.rfind("d.dot")), "d.dot: 4 things, 2 links\n")
      << "what is said between the things of one column";
  EXPECT_EQ(count(dot("SELECT ?claim { ?claim :saidBy ?x FILTER isIRI(?claim) }"), "style=dashed"), 1u)
      << "a reifier stands for its statement";
  const std::string path = dot("SELECT ?p { :police ANY SHORTEST ((^:appointedTo|^:knows)+ AS ?p) :li }");
  EXPECT_EQ(outcome_.err.substr(outcome_.err.rfind("d.dot")), "d.dot: 3 things, 2 links\n");
  EXPECT_EQ(count(path, "dir=back"), 2u)
      << "drawn the way of the path, the arrows as the statements have them\n"
      << path;
  EXPECT_EQ(count(dot("SELECT ?path { :police ANY SHORTEST (VIA ?x ?y { ?claim :saidBy ?who . ?claim "
                      "rdf:reifies <<( ?y ?v ?x )>> }+ AS ?path) "
                      ":chen }"),
                  "appointed to"),
            1u)
      << "the statement that the step's reifier speaks of";
  EXPECT_NE(dot("DESCRIBE :chen").find("appointed to"), std::string::npos);
}

TEST_F(DrawTest, NamesAreInTheLanguageOfTheUser) {
  ::setenv("LC_ALL", "zh_CN.UTF-8", 1);
  const std::string text = dot("SELECT ?x { VALUES ?x { :chen :li } }");
  ::unsetenv("LC_ALL");
  EXPECT_NE(text.find("label=<陈>"), std::string::npos) << text;
}

TEST_F(DrawTest, NamesAreInTheLanguageOfTheShell) {
  EXPECT_NE(dot(".lang zh\nSELECT ?x { VALUES ?x { :chen :li } }").find("label=<陈>"), std::string::npos);
  EXPECT_NE(dot(".lang de,en\nSELECT ?x { VALUES ?x { :chen :li } }").find("Yuhuang"), std::string::npos);
}

TEST_F(DrawTest, SaysWhatCannotBeDrawn) {
  EXPECT_EQ(dot("ASK { ?s ?p ?o }"), "");
  EXPECT_EQ(outcome_.code, 2);
  EXPECT_EQ(dot("SELECT (1 AS ?x) {}"), "");
  EXPECT_NE(outcome_.err.find("the last answer has no things to draw"), std::string::npos) << outcome_.err;
  EXPECT_EQ(run_program({"-c", ".draw x.pdf"}).code, 2);
  EXPECT_NE(run_program({"-c", ".draw"}).err.find("there is no answer yet"), std::string::npos);
  EXPECT_NE(run_program({store(), "-c", "SELECT ?x { ?x ?y ?z }\n.draw " + (folder_ / "no/such/x.dot")})
                .err.find("cannot write"),
            std::string::npos);
}

TEST_F(DrawTest, WorksWithoutGraphviz) {
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", folder_.path().c_str(), 1);
  const Outcome svg = run_program({store(), "-c", "SELECT ?x { ?x ?y ?z }\n.draw " + (folder_ / "x.svg")});
  ::setenv("PATH", path.c_str(), 1);
  EXPECT_EQ(svg.code, 1);
  EXPECT_NE(
      svg.err.find("which is not installed: apt-get install graphviz (.draw FILE.dot works without it)"),
      std::string::npos)
      << svg.err;
  EXPECT_FALSE(std::filesystem::exists(folder_ / "x.svg"));
}

TEST_F(DrawTest, GraphvizMakesThePicture) {
  if (std::system("dot -V > /dev/null 2>&1") != 0) GTEST_SKIP() << "Graphviz is not installed";
  for (const std::string type : {"svg", "png"}) {
    const std::string file = folder_ / ("x." + type);
    const Outcome outcome =
        run_program({store(), "-c", "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }\n.draw " + file});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    std::ifstream in(file, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(in), {});
    EXPECT_TRUE(bytes.starts_with(type == "svg" ? "<?xml" : "\x89PNG")) << bytes.substr(0, 20);
    if (type == "svg") {
      EXPECT_NE(bytes.find("Chen &lt;&quot;&amp; Yuhuang"), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace dossier::testing
