// The exploring commands on the sample graph, as scripts: what they print, and that they leave the store as
// it was.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/program.h"

namespace dossier::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ExploreTest : public ::testing::Test {
 protected:
  // One store for all: the commands change nothing that another sees.
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    store_ = *folder_ / "store";
    const Outcome outcome = run_program({"load", store_, DOSSIER_SOURCE_DIR "/data/hyesan.ttl"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
  }
  static void TearDownTestSuite() { folder_.reset(); }
  static Outcome run(const std::string& script) { return run_program({store_, "--no-history"}, script); }

  static std::unique_ptr<TemporaryFolder> folder_;
  static std::string store_;
};
std::unique_ptr<TemporaryFolder> ExploreTest::folder_;
std::string ExploreTest::store_;

TEST_F(ExploreTest, FindTakesNamesInAnyScriptAndNumbersItsHits) {
  Outcome outcome =
      run(".find chen yuhuan\nSELECT ?post { $1 ?p ?post FILTER(isIRI(?post)) } ORDER BY ?post LIMIT 1\n");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("$1  Chen Yuhuang"));
  EXPECT_THAT(outcome.out, HasSubstr(":chen-yuhuang"));
  EXPECT_THAT(outcome.out, HasSubstr("<https://dossier.example/hyesan/head-of-jilin-police>"));
  EXPECT_THAT(run(".find 两江道").out, HasSubstr("Ryanggang province (两江道)"));
  EXPECT_THAT(run(".find ryangang").out, HasSubstr("similar"));
  outcome = run(".find Barack Obama");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr("nothing has a name like"));
  EXPECT_EQ(run(".find").code, 2);
}

TEST_F(ExploreTest, DescribeShowsBothDirectionsWithClaims) {
  const Outcome outcome = run(".describe \"Chen Yuhuang\"\n");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, StartsWith("Chen Yuhuang  :chen-yuhuang  v:Person\n"));
  EXPECT_THAT(outcome.out,
              HasSubstr("─v:appointedTo→ Head of the Jilin Provincial Public Security Department  ["));
  EXPECT_THAT(outcome.out, HasSubstr("v:on --06-13"));
  EXPECT_THAT(outcome.out, HasSubstr("v:saidBy Daily NK"));
  EXPECT_THAT(outcome.out, HasSubstr("v:on 2025-06-13"));
  // Nobody asserts this one.
  EXPECT_THAT(
      outcome.out,
      HasSubstr(
          "←v:orderedBy─ Crackdown on smuggling at the Jilin border  [claimed: v:note at high intensity, "
          "v:saidBy Source in China"));
  EXPECT_EQ(run(".describe chen yuhuang").out, outcome.out) << "a name alone needs no quotes";
  EXPECT_EQ(run(".find chen yuhuang\n.describe $1\n").out.substr(outcome.out.find("\n─")),
            run(".find chen yuhuang\n.describe :chen-yuhuang\n").out.substr(outcome.out.find("\n─")));
}

TEST_F(ExploreTest, DescribeOfOnePredicate) {
  const Outcome outcome = run(".describe :daily-nk v:saidBy");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  std::istringstream lines(outcome.out);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) EXPECT_THAT(line, StartsWith("←v:saidBy─ "));
  EXPECT_GT(count, 10);
  EXPECT_THAT(run(".describe :daily-nk").out, HasSubstr("more: .describe :daily-nk v:saidBy"));
}

TEST_F(ExploreTest, NamesThatManyHaveAreListed) {
  const Outcome outcome = run(".describe \"smuggl\"");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.out, HasSubstr("$2"));
  EXPECT_THAT(outcome.err, HasSubstr("did you mean one of these"));
  EXPECT_THAT(run(".describe nobody").err, HasSubstr("nothing has a name like 'nobody'"));
  EXPECT_THAT(run(".describe $3").err, HasSubstr("$3 stands for nothing"));
  EXPECT_THAT(run(".describe \"Chen").err, HasSubstr("has no closing"));
}

TEST_F(ExploreTest, ConnectDrawsLinksAndTellsWhatItLeftOut) {
  const Outcome outcome = run(".connect \"Chen Yuhuang\" :smuggling-at-hyesan 1");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            "Chen Yuhuang ←v:orderedBy─ Crackdown on smuggling at the Jilin border  [claimed: at high "
            "intensity, Source in "
            "China]\n"
            "Crackdown on smuggling at the Jilin border ←v:consequenceOf─ Suspension of smuggling at Hyesan  "
            "[more than a "
            "month, Daily NK]\n"
            "Suspension of smuggling at Hyesan ─v:suspends→ Cross-border smuggling at Hyesan  [more than a "
            "month, Daily "
            "NK]\n");
  EXPECT_THAT(outcome.err, HasSubstr("left out: "));
  EXPECT_THAT(outcome.err, HasSubstr("rdf:type"));
  EXPECT_THAT(outcome.err, HasSubstr("v:saidBy"));
  // A hub is what the words say.
  EXPECT_THAT(run(".connect :chen-yuhuang :smuggling-at-hyesan 1 hubs 5").out,
              Not(HasSubstr("Crackdown on smuggling")));
  EXPECT_THAT(run(".connect :chen-yuhuang :smuggling-at-hyesan 1 hubs 5").err,
              HasSubstr("with more than 5 links"));
  EXPECT_THAT(run(".connect :chen-yuhuang :smuggling-at-hyesan 1 length 1").err,
              HasSubstr("no connection of"));
  EXPECT_THAT(run(".connect :chen-yuhuang :chen-yuhuang").err, HasSubstr("are the same"));
  EXPECT_THAT(run(".connect :chen-yuhuang").err, HasSubstr("say what"));
  EXPECT_THAT(run(".connect :chen-yuhuang :hyesan 2 far").err, HasSubstr("'far' is none of these"));
  // The claims were links for the time of the search.
  EXPECT_THAT(
      run(".connect :chen-yuhuang :smuggling-at-hyesan\nASK { :crackdown v:orderedBy :chen-yuhuang }").out,
      HasSubstr("false\n"));
  EXPECT_EQ(run_program({"check", store_}).code, 0);
}

TEST_F(ExploreTest, ConnectTakesHubsWhereThereIsNoOtherWay) {
  std::string data = "PREFIX : <http://e/>\nINSERT DATA { :a :p :hub . :hub :p :b . :c :p :d . :hub :q 0";
  for (int i = 1; i < 1000; ++i) data += ", " + std::to_string(i);
  data += " }\n";
  Outcome outcome = run_program({}, data + ".connect :a :b 1\n");
  EXPECT_EQ(outcome.out, ":a ─:p→ :hub\n:hub ─:p→ :b\n");
  EXPECT_THAT(outcome.err,
              HasSubstr("(without hubs no connection was found; these go through what has more than 1,000 "
                        "links: :hub (1,002))"));
  outcome = run_program({}, data + ".connect :a :b 1 hubs 1000\n");
  EXPECT_EQ(outcome.out, "") << "who says the number means it";
  EXPECT_THAT(outcome.err, HasSubstr("a hub with more than 1,000 links: :hub (1,002)"));
  EXPECT_THAT(run_program({}, data + ".connect :a :d 1\n").err, HasSubstr("(no connection of :a with :d"));
}

TEST_F(ExploreTest, ConnectionsAreAnAnswerThatCanBeDrawn) {
  const std::string file = *folder_ / "connection.dot";
  const Outcome outcome = run(".connect :chen-yuhuang :smuggling-at-hyesan 1\n.draw " + file);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("4 things, 3 links")) << "with the claim that nobody asserts";
}

TEST_F(ExploreTest, NamesAreThoseOfTheLanguage) {
  EXPECT_THAT(run(".lang ko\n.describe :ryanggang").out, StartsWith("량강도  :ryanggang"));
  EXPECT_THAT(run(".lang zh\n.describe :ryanggang").out, HasSubstr("─v:within→ 朝鲜"));
}

TEST_F(ExploreTest, NamesAreThoseOfThePropertiesThatAreSet) {
  const std::string data =
      "PREFIX : <http://e/>\nINSERT DATA { :a :alias \"The Fox\" . :b rdfs:label \"The Fish\" }\n";
  Outcome outcome =
      run_program({}, data + ".names\n.find the fox\n.names :alias\n.find the fox\n.names default\n");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("(no index of names yet"));
  EXPECT_THAT(outcome.out, StartsWith(":alias\n$1  The Fox    1 link  :a\n")) << "and are shown";
  EXPECT_THAT(outcome.out, HasSubstr("\nrdfs:label\nskos:prefLabel\n"));
  EXPECT_EQ(run_program({}, data + ".names \"The Fox\"\n").code, 2);
  outcome = run_program({}, "BEGIN\n" + data + ".names :alias\n");
  EXPECT_NE(outcome.code, 0) << "a transaction has the writer's place";
}

TEST_F(ExploreTest, NamesBySetPropertiesAreShown) {
  const Outcome outcome = run_program({},
                                      "PREFIX : <http://e/>\nINSERT DATA { :a :alias \"The Fox\" . :a :p 5 . "
                                      ":b :p \"x\"@en }\n.diff\n.names :alias\n"
                                      ".describe :a\n");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("The Fox  :a\n"));
  EXPECT_THAT(outcome.out, HasSubstr("+ :a :alias \"The Fox\"\n+ :a :p 5\n+ :b :p \"x\"@en\n"))
      << "texts have quotes";
}

TEST_F(ExploreTest, SchemaLooksAllOverALargeClass) {
  std::string data = "PREFIX : <http://e/>\nINSERT DATA { ";
  for (int i = 0; i < 5000; ++i) {
    data += fmt::format(":s{} a :C . ", i);
    if (i >= 2500) data += fmt::format(":s{} :late {} . ", i, i);
  }
  const Outcome outcome = run_program({}, data + "}\n.schema :C\n");
  EXPECT_THAT(outcome.out, HasSubstr("5,000 instances; of 2,000 from all over the class"));
  EXPECT_THAT(outcome.out, HasSubstr("50 %   1.0  → :late"));
}

TEST_F(ExploreTest, BlankNodesHaveLabelsToo) {
  const Outcome outcome =
      run_program({},
                  "INSERT DATA { <http://e/a> <http://e/p> [ rdfs:label \"Some place\" ] }\n"
                  ".describe <http://e/a>\nSELECT ?x { <http://e/a> ?p ?x }\n.draw " +
                      (*folder_ / "blank.dot"));
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("→ Some place\n"));
}

TEST_F(ExploreTest, ConnectInsideATransactionLeavesItOpen) {
  const Outcome outcome =
      run("BEGIN\nINSERT DATA { :x :y :z }\n.connect :chen-yuhuang :smuggling-at-hyesan\nASK { :x :y :z "
          "}\nROLLBACK\n"
          "ASK { :x :y :z }\n");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("[claimed: at high intensity, Source in China]"))
      << "claims are links here, too";
  EXPECT_THAT(outcome.out, HasSubstr("true\nfalse\n"));
}

TEST_F(ExploreTest, TimelineOrdersPartialDates) {
  const Outcome outcome = run(".timeline :chen-yuhuang");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(
      outcome.out,
      "--06-13     ─v:appointedTo→ Head of the Jilin Provincial Public Security Department  [Daily NK]\n"
      "2025-06-13  ─v:appointedTo→ Head of the Jilin Provincial Public Security Department  [Editor of this "
      "graph]\n");
  EXPECT_THAT(run(".timeline :crackdown").out, StartsWith("(without a year)\n--05"));
  EXPECT_EQ(run(".timeline :chen-yuhuang 2025-06").out, outcome.out);
  EXPECT_EQ(run(".timeline :chen-yuhuang 2025-07").out, "");
  EXPECT_EQ(run(".timeline :chen-yuhuang 2024 2024").out, "");
  EXPECT_THAT(run(".timeline :chen-yuhuang May").err, HasSubstr("'May' is no date"));
}

TEST_F(ExploreTest, OverviewShowsTheGraph) {
  const Outcome outcome = run(".overview");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  for (const char* part : {"statements", "Classes\n", "v:Event", "Predicates", "v:saidBy", "Time\n",
                           "2025-06-13", "Languages of names", "en ", "Top sources of claims\n", "Daily NK"})
    EXPECT_THAT(outcome.out, HasSubstr(part));
  EXPECT_EQ(run_program({"-c", ".overview"}).code, 0) << "an empty store";
}

TEST_F(ExploreTest, WhyShowsTheStatementsOfARow) {
  Outcome outcome =
      run("SELECT ?who ?post ?date { ?who v:appointedTo ?post {| v:on ?date |} } ORDER BY DESC(?date)\n.why "
          "1\n.why 2\n");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out,
              HasSubstr("Chen Yuhuang ─v:appointedTo→ Head of the Jilin Provincial Public Security "
                        "Department  [v:on 2025-06-13"));
  EXPECT_THAT(outcome.out, HasSubstr("[v:on --06-13"));
  EXPECT_THAT(run(".why").err, HasSubstr("there is no answer yet"));
  EXPECT_THAT(run("SELECT ?x { ?x a v:Person }\n.why 99").err, HasSubstr("the last answer has"));
  EXPECT_THAT(run("ASK { ?x a v:Person }\n.why").err, HasSubstr("ASK"));
}

TEST_F(ExploreTest, WhyOfPathsOptionalsAndGroups) {
  // A property path: the statements of a shortest one.
  Outcome outcome = run("SELECT ?y { :suspension v:consequenceOf/v:at ?y FILTER(?y = :changbai) }\n.why");
  EXPECT_THAT(outcome.out, HasSubstr("Suspension of smuggling at Hyesan ─v:consequenceOf→ Crackdown"));
  EXPECT_THAT(outcome.out, HasSubstr("─v:at→ Changbai  [v:note most severe here"));
  // An OPTIONAL that does not hold gives nothing.
  outcome = run("SELECT ?x { ?x v:isoCode 'CN' OPTIONAL { ?x v:within ?y } }\n.why");
  EXPECT_THAT(outcome.out, HasSubstr("China ─v:isoCode→ CN\n"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("v:within")));
  // A group: its statements, and that they are those of a group.
  outcome =
      run("SELECT ?place (COUNT(*) AS ?n) { ?e v:at ?place } GROUP BY ?place ORDER BY DESC(?n) ?place LIMIT "
          "1\n.why");
  EXPECT_THAT(outcome.err, HasSubstr("statements of the group"));
  EXPECT_THAT(outcome.out, HasSubstr("─v:at→ Hyesan"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("─v:at→ Changbai")));
  // A path search: its links.
  outcome = run("SELECT ?p { :crackdown ANY SHORTEST ((!(a|^a)){1,6} AS ?p) :smuggling-at-hyesan }\n.why");
  EXPECT_THAT(outcome.out, HasSubstr("─v:suspends→"));
  EXPECT_THAT(run("SELECT ?x { VALUES ?x { 1 } }\n.why").err, HasSubstr("no triple pattern"));
  EXPECT_THAT(run("SELECT ?x { ?x a v:Person FILTER NOT EXISTS { ?x v:appointedTo ?y } }\n.why").err,
              HasSubstr("what they leave out is no statement"));
}

TEST_F(ExploreTest, CountsSchemasSamplesAndGraphs) {
  EXPECT_EQ(run(".count v:Country").out, "2\n");
  EXPECT_EQ(run(".count { ?x a v:Country }").out, "2\n");
  EXPECT_EQ(run(".count ?x a v:Country").out, "2\n");
  EXPECT_EQ(run(".count v:isoCode").out, "4\n");
  EXPECT_NE(run(".count").out, "0\n");
  EXPECT_EQ(run(".count { ?x a }").code, 1);
  Outcome outcome = run(".schema v:Country");
  EXPECT_THAT(outcome.out, StartsWith("v:Country: 2 instances:\n"));
  EXPECT_THAT(outcome.out, HasSubstr("100 %"));
  EXPECT_THAT(outcome.out, HasSubstr("→ v:isoCode"));
  EXPECT_THAT(outcome.out, HasSubstr("← v:within"));
  outcome = run(".sample v:Country\nSELECT ?c { $2 v:isoCode ?c }");
  EXPECT_THAT(outcome.out, HasSubstr("$2  North Korea"));
  EXPECT_THAT(outcome.out, HasSubstr("\"KP\""));
  EXPECT_THAT(run(".sample v:Nothing").err, HasSubstr("nothing is of the class v:Nothing"));
  EXPECT_THAT(
      run_program({"-c", "INSERT DATA { GRAPH <http://e/g> { <http://e/a> <http://e/b> 1 , 2 } }\n.graphs"})
          .out,
      HasSubstr("2  <http://e/g>"));
}

TEST_F(ExploreTest, DiffShowsWhatCommitsOfThisShellChanged) {
  const Outcome outcome = run_program({"-c",
                                       "PREFIX e: <http://e/>\nINSERT DATA { e:a e:b 1 , 2 }\nDELETE DATA { "
                                       "e:a e:b 1 }\n.diff\n.diff 1 2\n.diff 7"});
  EXPECT_THAT(outcome.out, StartsWith("commit 2: 0 added, 1 removed\n- e:a e:b 1\ncommit 1: 2 added"));
  EXPECT_THAT(outcome.out, HasSubstr("+ e:a e:b 2\n"));
  EXPECT_THAT(outcome.err, HasSubstr("commits are numbered from 1 to 2"));
  EXPECT_THAT(run(".diff").err, HasSubstr("made while this shell is open"));
}

}  // namespace
}  // namespace dossier::testing
