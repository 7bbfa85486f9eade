// The public API: sessions, results, cursors, transactions, prepared queries, errors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <thread>

#include "engine/dossier.h"
#include "tests/program.h"

namespace dossier {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

Term ex(const std::string& name) {
  return Term::iri("http://example.org/" + name);
}

class ApiTest : public ::testing::Test {
 protected:
  std::vector<std::string> values(const std::string& query, const QueryOptions& options = {}) {
    std::vector<std::string> found;
    Result result = session_.query("PREFIX : <http://example.org/> " + query, options);
    while (result.next()) found.push_back(result.get(0) ? std::string(result.get(0)->value()) : "-");
    return found;
  }
  void update(const std::string& text) { session_.update("PREFIX : <http://example.org/> " + text); }
  std::size_t matches(const QuadPattern& pattern = {}) {
    std::size_t n = 0;
    QuadCursor cursor = session_.match(pattern);
    while (cursor.next()) ++n;
    return n;
  }
  // Rows enough that a product of three of them takes very long.
  void fill() {
    std::string text;
    for (int i = 0; i < 2000; ++i) text += ":s" + std::to_string(i) + " :p :o" + std::to_string(i) + " .\n";
    update("INSERT DATA { " + text + " }");
  }

  Store store_ = Store::open(":memory:");
  Session session_ = store_.session();
};

TEST_F(ApiTest, TheExampleOfTheHeader) {
  session_.update(
      "PREFIX : <http://example.org/> INSERT DATA { :chen :heads :police {| :since '2025-06-13' |} }");
  Result result = session_.query(
      "PREFIX : <http://example.org/> SELECT ?who ?when { ?who :heads ?what {| :since ?when |} }");
  EXPECT_EQ(result.kind(), Result::Kind::solutions);
  EXPECT_THAT(result.variables(), ::testing::ElementsAre("who", "when"));
  ASSERT_TRUE(result.next());
  EXPECT_EQ(result.get(0), ex("chen"));
  EXPECT_EQ(result.get("when"), Term::literal("2025-06-13"));
  EXPECT_FALSE(result.next());
  EXPECT_FALSE(result.next());
}

TEST_F(ApiTest, KindsOfResults) {
  update("INSERT DATA { :a :p 1 , 2 }");
  Result ask = session_.query("ASK { ?s ?p 1 }");
  EXPECT_EQ(ask.kind(), Result::Kind::boolean);
  EXPECT_TRUE(ask.boolean());
  EXPECT_THROW(ask.next(), QueryError);
  Result triples = session_.query("CONSTRUCT { ?o ?p ?s } WHERE { ?s ?p ?o FILTER(!isLiteral(?s)) }");
  EXPECT_EQ(triples.kind(), Result::Kind::triples);
  Result rows = session_.query("SELECT ?o ?x { ?s ?p ?o } ORDER BY ?o");
  EXPECT_THROW(rows.boolean(), QueryError);
  EXPECT_THROW(rows.get(0), QueryError) << "before the first row";
  ASSERT_TRUE(rows.next());
  EXPECT_EQ(rows.get("?o")->as_integer(), 1);
  EXPECT_EQ(rows.get("x"), std::nullopt);
  EXPECT_THROW(rows.get("nobody"), QueryError);
  EXPECT_THROW(rows.get(7), QueryError);
}

TEST_F(ApiTest, AViewShowsWhatGetCopies) {
  fill();
  update(R"(INSERT DATA { :x :q 5, 2.5, true, "2024-02-29"^^<http://www.w3.org/2001/XMLSchema#date>, "text", "deux"@fr,
            "three"@en--rtl, "odd"^^:type, _:b, <<( :a :b :c )>> })");
  Result all = session_.query(
      "PREFIX : <http://example.org/> SELECT ?s ?p ?o ?none (STRLEN(STR(?o)) AS ?n) { ?s ?p ?o OPTIONAL { ?o :r ?none } }");
  std::size_t rows = 0;
  std::set<std::string> kinds;
  while (all.next()) {
    ++rows;
    for (std::size_t column = 0; column < 5; ++column) {
      const auto term = all.get(column);
      const auto view = all.view(column);
      ASSERT_EQ(term.has_value(), view.has_value());
      if (!term) continue;
      EXPECT_EQ(view->kind, term->kind());
      EXPECT_EQ(view->value, term->value());
      EXPECT_EQ(view->datatype, term->datatype());
      EXPECT_EQ(view->language, term->language());
      EXPECT_EQ(view->direction, term->direction());
      if (column == 2) kinds.insert(std::string(view->datatype) + std::string(view->language));
    }
    EXPECT_EQ(all.view("o")->value, all.get("o")->value());
  }
  EXPECT_EQ(rows, 2010u);
  EXPECT_EQ(kinds.size(), 9u);
  EXPECT_THROW((void)all.view(9), QueryError);
}

TEST_F(ApiTest, BatchesAndWriting) {
  fill();
  Result result = session_.query("PREFIX : <http://example.org/> SELECT ?s ?o { ?s :p ?o }");
  ASSERT_TRUE(result.next());
  std::size_t rows = 1;
  const auto first = result.batch(500);
  EXPECT_EQ(first.size(), 500u);
  EXPECT_TRUE(first.back()[1].has_value());
  rows += first.size();
  std::ostringstream out;
  rows += result.write(out, Format::tsv);
  EXPECT_EQ(rows, 2000u);
  EXPECT_TRUE(result.batch(10).empty());
  const std::string text = out.str();
  EXPECT_EQ(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')), 2000 - 501 + 1u);
  Result graph = session_.query("CONSTRUCT WHERE { ?s ?p ?o }");
  EXPECT_THROW(graph.write(out, Format::json), QueryError);
  std::ostringstream nt;
  EXPECT_EQ(graph.write(nt, Format::nt), 2000u);
}

// Rows whose terms stand anywhere in the dictionary are written many batches together, when the query may take the memory.
TEST_F(ApiTest, ScatteredRowsAreWrittenAsOthersAre) {
  std::string text;
  for (int i = 0; i < 12'000; ++i) {
    const std::string n = std::to_string(i);
    text += "<a:s" + n + "> <a:label> \"the label of a thing, number " + n + "\" .\n";
    text += "<a:s" + n + "> <a:to> <a:s" + std::to_string(i * 7919LL % 12'000) + "> .\n";
    text += "_:b" + n + " <a:of> <<( <a:s" + std::to_string(i * 104'729LL % 12'000) + "> <a:to> " + n + " )>> .\n";
  }
  store_.load_text(text, Format::ttl);
  for (const std::string query :
       {"SELECT ?a ?b ?l { ?a <a:to> ?b . ?b <a:label> ?l }",
        "SELECT ?l ?b ?length { ?a <a:to> ?b . ?a <a:label> ?l BIND (CONCAT('of length ', STR(STRLEN(?l))) AS ?length) }",
        "SELECT ?node ?term ?x { ?node <a:of> ?term OPTIONAL { ?term <a:none> ?x } }"}) {
    for (const Format format : {Format::tsv, Format::json, Format::csv, Format::xml}) {
      std::ostringstream together, batches;
      QueryOptions little;
      little.memory_bytes = std::size_t{1} << 20;
      EXPECT_EQ(session_.query(query).write(together, format), 12'000U);
      EXPECT_EQ(session_.query(query, little).write(batches, format), 12'000U);
      EXPECT_EQ(together.str(), batches.str());
    }
  }
}

TEST_F(ApiTest, APlanTellsWhatItsStepsDid) {
  fill();
  update("INSERT DATA { :o7 :q :x . :o8 :q :y }");
  Result result =
      session_.query("PREFIX : <http://example.org/> SELECT ?s ?z { ?s :p ?o . ?o :q ?z FILTER(?z != :y) }");
  const auto find = [](const PlanStep& from, const std::string& name) {
    std::vector<const PlanStep*> open{&from};
    while (!open.empty()) {
      const PlanStep* const step = open.back();
      open.pop_back();
      if (step->name == name) return step;
      for (const PlanStep& input : step->inputs) open.push_back(&input);
    }
    return static_cast<const PlanStep*>(nullptr);
  };
  const std::optional<PlanStep> before = result.plan();
  ASSERT_TRUE(before);
  EXPECT_EQ(before->rows, 0U);
  EXPECT_FALSE(before->ended);
  while (result.next()) {
  }
  const std::optional<PlanStep> after = result.plan();
  ASSERT_TRUE(after);
  EXPECT_EQ(after->rows, 1U);
  EXPECT_TRUE(after->ended);
  const PlanStep* const scan = find(*after, "index scan");
  ASSERT_NE(scan, nullptr);
  EXPECT_TRUE(scan->ended);
  EXPECT_EQ(scan->rows, 2U);  // of :q, not of :p
  EXPECT_EQ(scan->estimated_rows, 2);
  EXPECT_EQ(scan->scanned_rows, 2U);
  const PlanStep* const join = find(*after, "index join");
  ASSERT_NE(join, nullptr);
  EXPECT_GT(join->seeks, 0U);
  EXPECT_FALSE(session_.query("DESCRIBE <http://example.org/s1>").plan());
}

TEST_F(ApiTest, AResultOutlivesItsSessionAndSeesItsSnapshot) {
  update("INSERT DATA { :a :p 1 }");
  std::optional<Result> result;
  {
    Session other = store_.session();
    result.emplace(other.query("SELECT ?o { ?s ?p ?o }"));
  }
  update("INSERT DATA { :a :p 2 }");
  std::size_t rows = 0;
  while (result->next()) ++rows;
  EXPECT_EQ(rows, 1u);
}

// A label in a list is the node that the label names outside of it.
TEST_F(ApiTest, ListsHoldTheNodesOfTheTransaction) {
  const auto list = [](const std::string& text) {
    return Term::typed(text, "http://w3id.org/awslabs/neptune/SPARQL-CDTs/List");
  };
  const std::string held =
      "PREFIX cdt: <http://w3id.org/awslabs/neptune/SPARQL-CDTs/> SELECT ?o { ?s :list ?l . ?s :name ?o "
      "FILTER(isBlank(?s) && SAMETERM(cdt:get(?l, 1), ?s)) }";
  session_.begin();
  session_.insert({Term::blank("n"), ex("name"), Term::literal("one"), {}});
  session_.insert({Term::blank("n"), ex("list"), list("[_:n]"), {}});
  const std::vector<Quad> many = {{Term::blank("m"), ex("list"), list("[_:m, _:n]"), {}},
                                  {Term::blank("m"), ex("name"), Term::literal("two"), {}}};
  EXPECT_EQ(session_.insert(many), 2U);
  EXPECT_TRUE(session_.insert({Term::blank("m"), ex("gone"), list("[_:m]"), {}}));
  EXPECT_TRUE(session_.erase({Term::blank("m"), ex("gone"), list("[_:m]"), {}}));
  session_.commit();
  EXPECT_THAT(values(held), UnorderedElementsAre("one", "two"));
  // The labels of the store name its nodes, in a later transaction too.
  const std::string text = values("SELECT ?l { ?s :list ?l ; :name \"one\" }").at(0);
  EXPECT_FALSE(session_.insert({Term::blank(text.substr(3, text.size() - 4)), ex("list"), list(text), {}}));
  // Another transaction, another node; a parameter is a node of the store.
  session_.insert({ex("other"), ex("list"), list("[_:n]"), {}});
  EXPECT_THAT(values("PREFIX cdt: <http://w3id.org/awslabs/neptune/SPARQL-CDTs/> SELECT ?n { :other :list ?l "
                     "BIND(cdt:get(?l, 1) AS ?x) ?x :name ?n }"),
              UnorderedElementsAre());
  QueryOptions options;
  options.parameters = {{"l", list(text)}};
  EXPECT_THAT(
      values("PREFIX cdt: <http://w3id.org/awslabs/neptune/SPARQL-CDTs/> SELECT ?n { BIND(cdt:get(?l, 1) "
             "AS ?x) ?x :name ?n }",
             options),
      UnorderedElementsAre("one"));
}

TEST_F(ApiTest, InsertEraseMatch) {
  const Quad plain{ex("a"), ex("p"), Term::integer(1), std::nullopt};
  const Quad named{ex("a"), ex("p"), Term::tagged("x", "en"), ex("g")};
  const Quad claim{ex("r"), ex("says"), Term::triple(ex("a"), ex("p"), Term::integer(1)), std::nullopt};
  EXPECT_TRUE(session_.insert(plain));
  EXPECT_FALSE(session_.insert(plain));
  EXPECT_TRUE(session_.insert(named));
  EXPECT_TRUE(session_.insert(claim));

  EXPECT_EQ(matches(), 2u);
  QuadPattern pattern;
  pattern.any_graph = true;
  EXPECT_EQ(matches(pattern), 3u);
  pattern.graph = ex("g");
  QuadCursor cursor = session_.match(pattern);
  ASSERT_TRUE(cursor.next());
  EXPECT_EQ(cursor.quad(), named);
  EXPECT_FALSE(cursor.next());
  QuadPattern by_object;
  by_object.object = claim.object;
  cursor = session_.match(by_object);
  ASSERT_TRUE(cursor.next());
  EXPECT_EQ(cursor.quad(), claim);

  EXPECT_TRUE(session_.erase(plain));
  EXPECT_FALSE(session_.erase(plain));
  EXPECT_FALSE(session_.erase({ex("never"), ex("seen"), ex("before"), std::nullopt}));
  EXPECT_EQ(matches(), 1u);
  EXPECT_THROW(session_.insert({Term::integer(1), ex("p"), ex("o"), std::nullopt}), QueryError);
  EXPECT_THROW(session_.insert({ex("s"), Term::blank("x"), ex("o"), std::nullopt}), QueryError);
  EXPECT_TRUE(store_.check().empty());
}

TEST_F(ApiTest, ManyQuadsAtOnceAreTheSameAsOneByOne) {
  update("INSERT DATA { :s1 :p :o1 . :s2 :p 'long enough for the dictionary' }");
  Store other = Store::open(":memory:");
  Session one_by_one = other.session();
  one_by_one.update(
      "PREFIX : <http://example.org/> INSERT DATA { :s1 :p :o1 . :s2 :p 'long enough for the dictionary' }");
  std::vector<Quad> quads;
  for (int i = 0; i < 500; ++i) {
    const Term subject = ex("s" + std::to_string(i % 90));
    quads.push_back({subject, ex("p"), ex("o" + std::to_string(i % 7)), {}});
    quads.push_back({subject, ex("q"), Term::integer(i % 11), ex("g" + std::to_string(i % 3))});
    quads.push_back(
        {subject, ex("p"), Term::tagged("long enough for the dictionary", i % 2 ? "en" : "EN"), {}});
    quads.push_back({ex("r"),
                     Term::iri("http://www.w3.org/1999/02/22-rdf-syntax-ns#reifies"),
                     Term::triple(subject, ex("p"), ex("o" + std::to_string(i % 7))),
                     {}});
  }
  session_.begin();
  session_.insert({ex("s89"), ex("new-in-this-transaction"), ex("o1"), {}});
  const std::uint64_t added = session_.insert(quads);
  session_.commit();
  one_by_one.insert({ex("s89"), ex("new-in-this-transaction"), ex("o1"), {}});
  std::uint64_t expected = 0;
  for (const Quad& quad : quads) expected += one_by_one.insert(quad);
  EXPECT_EQ(added, expected);
  EXPECT_EQ(session_.insert(quads), 0U);
  std::ostringstream left, right;
  store_.dump(left, Format::nq);
  other.dump(right, Format::nq);
  const auto lines = [](const std::string& text) {
    std::multiset<std::string> all;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) all.insert(line);
    return all;
  };
  EXPECT_EQ(lines(left.str()), lines(right.str()));
  EXPECT_THAT(store_.check(), ::testing::IsEmpty());
  EXPECT_THROW(session_.insert(std::vector<Quad>{{Term::literal("x"), ex("p"), ex("o"), {}}}), QueryError);
}

TEST_F(ApiTest, MatchGivesTheSameForEveryShapeOfPattern) {
  std::vector<Quad> all;
  for (int s = 0; s < 3; ++s)
    for (int p = 0; p < 3; ++p)
      for (int o = 0; o < 3; ++o)
        for (int g = 0; g < 3; ++g) {
          if ((s + p * o + g) % 2 == 0) continue;
          Quad quad{ex("s" + std::to_string(s)), ex("p" + std::to_string(p)), ex("o" + std::to_string(o)),
                    std::nullopt};
          if (g > 0) quad.graph = ex("g" + std::to_string(g));
          all.push_back(quad);
        }
  session_.begin();
  for (const Quad& quad : all) session_.insert(quad);
  session_.commit();
  for (int shape = 0; shape < 32; ++shape) {
    QuadPattern pattern;
    if (shape & 1) pattern.subject = ex("s1");
    if (shape & 2) pattern.predicate = ex("p2");
    if (shape & 4) pattern.object = ex("o0");
    if (shape & 8) pattern.graph = ex("g1");
    pattern.any_graph = (shape & 16) != 0;
    std::size_t expected = 0;
    for (const Quad& quad : all) {
      const bool graph = pattern.graph ? quad.graph == pattern.graph : pattern.any_graph || !quad.graph;
      if (graph && (!pattern.subject || *pattern.subject == quad.subject) &&
          (!pattern.predicate || *pattern.predicate == quad.predicate) &&
          (!pattern.object || *pattern.object == quad.object))
        ++expected;
    }
    EXPECT_EQ(matches(pattern), expected) << shape;
  }
}

TEST_F(ApiTest, BlankNodes) {
  session_.begin();
  session_.insert({Term::blank("x"), ex("p"), Term::blank("y"), std::nullopt});
  session_.insert({Term::blank("y"), ex("p"), Term::blank("x"), std::nullopt});
  session_.commit();
  EXPECT_EQ(values("SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s :p ?o . ?o :p ?s }"),
            std::vector<std::string>{"2"});
  // The label that the store gave names the node from then on.
  QuadCursor cursor = session_.match();
  ASSERT_TRUE(cursor.next());
  const Term node = cursor.quad().subject;
  EXPECT_TRUE(session_.insert({node, ex("q"), ex("z"), std::nullopt}));
  EXPECT_EQ(values("SELECT ?z { ?s :p ?o ; :q ?z }"), std::vector<std::string>{"http://example.org/z"});
}

TEST_F(ApiTest, ANodeIsErasedByTheLabelOfItsTransaction) {
  const Term node = Term::blank("x");
  const Quad inside{ex("s"), ex("p"), Term::triple(node, ex("p"), Term::triple(ex("s"), ex("p"), node)), {}};
  const Quad alone{node, ex("p"), ex("o"), node};
  session_.begin();
  for (const Quad& quad : {inside, alone}) {
    EXPECT_FALSE(session_.erase(quad));
    EXPECT_TRUE(session_.insert(quad));
    EXPECT_TRUE(session_.erase(quad));
    EXPECT_FALSE(session_.erase(quad));
  }
  session_.insert(inside);
  session_.commit();
  EXPECT_FALSE(session_.erase(inside)) << "the label was the transaction's";
  EXPECT_EQ(matches(), 1u);
}

TEST_F(ApiTest, Transactions) {
  Session other = store_.session();
  session_.begin();
  EXPECT_TRUE(session_.in_transaction());
  update("INSERT DATA { :a :p 1 }");
  session_.insert({ex("a"), ex("p"), Term::integer(2), std::nullopt});
  EXPECT_EQ(matches(), 2u) << "a transaction sees its own rows";
  EXPECT_EQ(values("SELECT ?o { :a :p ?o } ORDER BY ?o"), (std::vector<std::string>{"1", "2"}));
  QuadCursor seen = other.match();
  EXPECT_FALSE(seen.next()) << "others do not";
  session_.rollback();
  EXPECT_EQ(matches(), 0u);
  session_.begin();
  update("INSERT DATA { :a :p 1 }");
  session_.commit();
  EXPECT_EQ(matches(), 1u);
  EXPECT_THROW(session_.commit(), QueryError);
  EXPECT_THROW(session_.rollback(), QueryError);
  session_.begin();
  EXPECT_THROW(session_.begin(), QueryError);
  session_.rollback();
  {
    Session dropped = store_.session();
    dropped.begin();
    dropped.insert({ex("x"), ex("y"), ex("z"), std::nullopt});
  }
  EXPECT_EQ(matches(), 1u) << "a session that goes takes its transaction with it";
  EXPECT_TRUE(session_.insert({ex("x"), ex("y"), ex("z"), std::nullopt}));
}

TEST_F(ApiTest, AnUpdateThatFailsLeavesNothing) {
  EXPECT_THROW(
      update("INSERT DATA { :a :p 1 } ; INSERT { ?s ?p 2 } WHERE { SERVICE <http://e/> { ?s ?p ?o } }"),
      QueryError);
  EXPECT_EQ(matches(), 0u);
  update("INSERT DATA { :a :p 1 }");
  EXPECT_EQ(matches(), 1u);
}

// Of the open transaction only the call that failed is taken back.
TEST_F(ApiTest, AFailingCallLeavesTheTransaction) {
  testing::TemporaryFolder folder;
  session_.begin();
  update("INSERT DATA { :a :p 1 , 'a literal of the dictionary' }");
  session_.insert({Term::blank("kept"), ex("p"), Term::integer(1), {}});
  EXPECT_THROW(update("INSERT DATA { :a :p 2 . :new :new 'another literal of the dictionary' } ; DELETE DATA "
                      "{ :a :p 1 } ; "
                      "CREATE GRAPH :g ; COPY :none TO :g"),
               QueryError);
  EXPECT_TRUE(session_.in_transaction());
  EXPECT_THROW(
      session_.load({folder.file("bad.nt", "<http://example.org/x> <http://example.org/p> _:n .\n<half")}),
      DataError);
  EXPECT_THROW(session_.load({folder.file("good.nt", "<http://example.org/y> <http://example.org/p> _:n .\n"),
                              folder / "missing.nt"}),
               DataError);
  EXPECT_EQ(values("SELECT ?o { ?s :p ?o } ORDER BY STR(?o)"),
            (std::vector<std::string>{"1", "1", "a literal of the dictionary"}));
  // New terms after that, and the blank node from before.
  update("INSERT DATA { :a :q 'a third literal of the dictionary' }");
  EXPECT_FALSE(session_.insert({Term::blank("kept"), ex("p"), Term::integer(1), {}}));
  session_.commit();
  EXPECT_EQ(matches(), 4u);
  EXPECT_EQ(values("SELECT ?o { :a :q ?o }"),
            (std::vector<std::string>{"a third literal of the dictionary"}));
  EXPECT_THAT(store_.check(), ::testing::IsEmpty());
}

// A label that only a failed call has seen names another node afterwards.
TEST_F(ApiTest, LabelsOfAFailedCall) {
  session_.begin();
  LoadOptions options;
  options.graph = Term::blank("graph");
  EXPECT_THROW(session_.load({"/nonexistent.ttl"}, options), DataError);
  session_.insert({Term::blank("other"), ex("p"), ex("o"), {}});
  session_.insert({Term::blank("graph"), ex("p"), ex("o"), {}});
  session_.commit();
  EXPECT_EQ(values("SELECT ?s { ?s :p :o }").size(), 2u);
}

TEST_F(ApiTest, LoadInUpdates) {
  testing::TemporaryFolder folder;
  const std::string good = folder.file("good.ttl", "<http://example.org/a> <http://example.org/p> 1 , [] .");
  const std::string load = "LOAD <file://" + good + ">";
  QueryOptions options;
  options.load_files = false;
  EXPECT_THROW(session_.update(load, options), QueryError);
  EXPECT_NO_THROW(session_.update("LOAD SILENT <file://" + good + ">", options));
  EXPECT_EQ(matches(), 0u);
  options.load_files = true;
  // Relative IRIs: against the base, or from the working directory without one.
  options.base = "file://" + (folder / "");
  session_.update("LOAD <good.ttl>", options);
  EXPECT_EQ(matches(), 2u);
  try {
    session_.update("LOAD <good.ttl>");
    ADD_FAILURE();
  } catch (const DataError& error) {
    EXPECT_EQ(error.file(), (std::filesystem::current_path() / "good.ttl").string());
  }
  try {
    session_.update("LOAD <file://" +
                    folder.file("bad.nt", "<http://e/a> <http://e/p> <http://e/o> .\n<http://e/a> oh\n") +
                    ">");
    ADD_FAILURE();
  } catch (const DataError& error) {
    EXPECT_EQ(error.line(), 2u);
    EXPECT_GT(error.column(), 1u);
  }
  EXPECT_EQ(matches(), 2u);
  session_.begin();
  update("INSERT DATA { :b :p 1 } ; LOAD SILENT <file://" + (folder / "bad.nt") + ">");
  session_.commit();
  EXPECT_EQ(matches(), 3u);
}

TEST_F(ApiTest, UpdatesKeepTheirLimits) {
  testing::TemporaryFolder folder;
  std::string lines;
  for (int i = 0; i < 100'000; ++i)
    lines += "<http://e/s" + std::to_string(i) + "> <http://e/p> \"a literal of the dictionary, number " +
             std::to_string(i) + "\" .\n";
  const std::string load = "<file://" + folder.file("many.nt", lines) + ">";
  const auto fails = [&](const std::string& text, const QueryOptions& options, LimitError::Reason reason) {
    try {
      session_.update(text, options);
      ADD_FAILURE() << "no limit: " << text;
    } catch (const LimitError& error) {
      EXPECT_EQ(error.reason(), reason) << error.what();
    }
  };
  QueryOptions small;
  small.memory_bytes = 16 << 20;
  QueryOptions brief;
  brief.timeout = std::chrono::milliseconds(1);
  // SILENT is not silent about limits.
  fails("LOAD SILENT " + load, small, LimitError::Reason::memory);
  fails("LOAD SILENT " + load, brief, LimitError::Reason::timeout);
  EXPECT_EQ(matches(), 0u);
  session_.update("LOAD " + load);
  for (const std::string text :
       {"CLEAR ALL", "COPY DEFAULT TO <http://e/g>", "DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "INSERT { ?s ?p ?s } WHERE { ?s ?p ?o }"}) {
    fails(text, small, LimitError::Reason::memory);
    fails(text, brief, LimitError::Reason::timeout);
  }
  // The operations of a request share the memory.
  QueryOptions enough;
  enough.memory_bytes = 96 << 20;
  fails("COPY DEFAULT TO <http://e/g> ; COPY DEFAULT TO <http://e/h>", enough, LimitError::Reason::memory);
  EXPECT_EQ(matches(), 100'000u);
  session_.update("MOVE DEFAULT TO <http://e/g>");
  EXPECT_EQ(matches(), 0u);
}

TEST_F(ApiTest, PreparedQueries) {
  update("INSERT DATA { :a :p 1 . :b :p 2 . :c :p 'x' }");
  PreparedQuery prepared = session_.prepare("PREFIX : <http://example.org/> SELECT ?o { ?who :p ?o }");
  const auto run = [&] {
    std::vector<std::string> found;
    Result result = prepared.run();
    while (result.next()) found.emplace_back(result.get("o")->value());
    return found;
  };
  EXPECT_EQ(run().size(), 3u);
  prepared.bind("who", ex("a"));
  EXPECT_THAT(run(), UnorderedElementsAre("1"));
  prepared.bind("?who", ex("c"));
  EXPECT_THAT(run(), UnorderedElementsAre("x"));
  prepared.bind("who", ex("unknown"));
  EXPECT_TRUE(run().empty());
  prepared.clear();
  EXPECT_EQ(run().size(), 3u);
  QueryOptions options;
  options.parameters = {{"o", Term::integer(2)}};
  EXPECT_THAT(values("SELECT ?s { ?s :p ?o }", options), UnorderedElementsAre("http://example.org/b"));
}

TEST_F(ApiTest, CancelFromAnotherThread) {
  fill();
  Result result = session_.query("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c + ?f + ?i < 0) }");
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    session_.cancel();
  });
  try {
    result.next();
    ADD_FAILURE() << "was not cancelled";
  } catch (const LimitError& error) {
    EXPECT_EQ(error.reason(), LimitError::Reason::cancelled);
  }
  stopper.join();
  EXPECT_EQ(values("SELECT ?o { :s1 :p ?o }").size(), 1u) << "the session goes on";
}

TEST_F(ApiTest, Limits) {
  fill();
  QueryOptions options;
  options.timeout = std::chrono::milliseconds(100);
  try {
    values("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c + ?f + ?i < 0) }", options);
    ADD_FAILURE() << "no time-out";
  } catch (const LimitError& error) {
    EXPECT_EQ(error.reason(), LimitError::Reason::timeout);
  }
  options.timeout = std::chrono::seconds(60);
  options.memory_bytes = 1 << 20;
  try {
    values("SELECT ?a ?d { ?a ?b ?c . ?d ?e ?f } ORDER BY ?d ?a", options);
    ADD_FAILURE() << "no limit of memory";
  } catch (const LimitError& error) {
    EXPECT_EQ(error.reason(), LimitError::Reason::memory);
  }
}

TEST_F(ApiTest, Errors) {
  try {
    session_.query("SELECT * {\n  ?s ?p }");
    ADD_FAILURE();
  } catch (const ParseError& error) {
    EXPECT_EQ(error.line(), 2u);
    EXPECT_FALSE(error.at_end());
    EXPECT_THAT(error.what(), HasSubstr("^"));
  }
  try {
    session_.query("SELECT * {");
    ADD_FAILURE();
  } catch (const ParseError& error) {
    EXPECT_TRUE(error.at_end());
  }
  EXPECT_THROW(check_syntax("CLEAR ALL"), ParseError);
  EXPECT_NO_THROW(check_syntax("CLEAR ALL", true));
  EXPECT_THROW(store_.load({"/nonexistent/file.ttl"}), DataError);
  EXPECT_THROW(store_.load_text("<a", Format::ttl), DataError);
  OpenOptions read;
  read.create = false;
  testing::TemporaryFolder folder;
  EXPECT_THROW(Store::open(folder.file("file", "no directory")), StorageError);
  try {
    Store::open(folder / "nothing", read);
    ADD_FAILURE();
  } catch (const StorageError& error) {
    EXPECT_EQ(error.reason(), StorageError::Reason::missing);
  }
}

TEST_F(ApiTest, LoadDumpStatistics) {
  const LoadReport report = store_.load_text(
      "PREFIX ex: <http://example.org/> ex:a ex:p 1 , 2 ; ex:q _:x . GRAPH ex:g { ex:a ex:p 1 }",
      Format::trig);
  EXPECT_EQ(report.quads, 4u);
  EXPECT_EQ(report.added, 4u);
  EXPECT_THAT(store_.prefixes(),
              ::testing::Contains(std::pair<std::string, std::string>("ex", "http://example.org/")));
  const StoreStatistics statistics = store_.statistics();
  EXPECT_EQ(statistics.quads, 4u);
  EXPECT_EQ(statistics.named_graphs, 1u);
  EXPECT_EQ(statistics.predicates, 2u);
  ASSERT_FALSE(statistics.by_predicate.empty());
  EXPECT_EQ(statistics.by_predicate[0].predicate, ex("p"));
  EXPECT_EQ(statistics.by_predicate[0].triples, 3u);
  std::ostringstream trig;
  EXPECT_EQ(store_.dump(trig, Format::trig), 4u);
  Store copy = Store::open(":memory:");
  EXPECT_EQ(copy.load_text(trig.str(), Format::trig).added, 4u) << trig.str();
  std::ostringstream one;
  EXPECT_EQ(store_.dump(one, Format::nt, ex("g")), 1u);
  EXPECT_EQ(
      one.str(),
      "<http://example.org/a> <http://example.org/p> \"1\"^^<http://www.w3.org/2001/XMLSchema#integer> .\n");
  std::ostringstream none;
  EXPECT_THROW(store_.dump(none, Format::ttl), QueryError);
  store_.compact();
  EXPECT_TRUE(store_.check().empty());
}

TEST_F(ApiTest, FilesInATransaction) {
  testing::TemporaryFolder folder;
  const std::string file = folder.file("x.ttl", "<a> <p> _:n . _:n <q> <<( <a> <p> 1 )>> .");
  LoadOptions options;
  options.base = "http://example.org/";
  options.graph = ex("g");
  session_.begin();
  EXPECT_EQ(session_.load({file}, options).added, 2u);
  EXPECT_EQ(values("SELECT ?t { GRAPH :g { :a :p ?n . ?n :q ?t } }").size(), 1u);
  session_.rollback();
  QuadPattern all;
  all.any_graph = true;
  EXPECT_EQ(matches(all), 0u);
  EXPECT_EQ(session_.load({file}, options).quads, 2u);
  EXPECT_EQ(matches(all), 2u);
  EXPECT_TRUE(store_.check().empty());
}

TEST_F(ApiTest, StoresOnDisk) {
  testing::TemporaryFolder folder;
  const std::string path = folder / "store";
  {
    Store disk = Store::open(path);
    disk.session().update("INSERT DATA { <http://e/a> <http://e/b> '持久' }");
    try {
      Store::open(path);
      ADD_FAILURE() << "opened twice";
    } catch (const StorageError& error) {
      EXPECT_EQ(error.reason(), StorageError::Reason::in_use);
    }
    OpenOptions read;
    read.read_only = true;
    read.create = false;
    Store reader = Store::open(path, read);
    Session session = reader.session();
    Result result = session.query("SELECT ?o { ?s ?p ?o }");
    ASSERT_TRUE(result.next());
    EXPECT_EQ(result.get(0)->value(), "持久");
    EXPECT_THROW(session.update("CLEAR ALL"), StorageError);
    // Rows of a transaction that can only be rolled back.
    session.begin();
    session.load({folder.file("more.nt", "<http://e/a> <http://e/b> <http://e/c> .\n")});
    Result more = session.query("SELECT ?o { ?s ?p ?o }");
    EXPECT_EQ(more.batch(10).size(), 2u);
    session.rollback();
  }
  Store again = Store::open(path);
  EXPECT_EQ(again.statistics().quads, 1u);
  EXPECT_TRUE(again.check().empty());
}

}  // namespace
}  // namespace dossier
