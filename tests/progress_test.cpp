// Long work says how far it is, and stops when it is told to: queries, updates, commits, compactions.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "engine/dossier.h"

namespace dossier {
namespace {

std::string numbers(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i)
    text += "<http://e/s" + std::to_string(i) + "> <http://e/p> " + std::to_string(i) + " .\n";
  return text;
}

class ProgressTest : public testing::Test {
 protected:
  void SetUp() override { store_.load_text(numbers(300), Format::ttl); }

  std::uint64_t count() {
    Result result = session_.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }");
    result.next();
    return static_cast<std::uint64_t>(*result.get(0)->as_integer());
  }
  // A query that goes on for hours.
  static constexpr const char* kEndless =
      "SELECT (COUNT(*) AS ?n) { ?a ?p ?b . ?c ?q ?d . ?e ?r ?f . ?g ?t ?h FILTER (?b + ?d + ?f + ?h < 0) }";

  Store store_ = Store::open(":memory:");
  Session session_ = store_.session();
};

TEST_F(ProgressTest, AQueryReportsAndStops) {
  for (const unsigned threads : {1U, 4U}) {
    std::vector<Progress> seen;
    QueryOptions options;
    options.threads = threads;
    options.parallel_rows = 1;
    options.progress = [&](const Progress& progress) {
      seen.push_back(progress);
      return seen.size() < 4;
    };
    Result result = session_.query(kEndless, options);
    try {
      result.next();
      ADD_FAILURE() << "it came to an end";
    } catch (const LimitError& error) {
      EXPECT_EQ(error.reason(), LimitError::Reason::cancelled);
    }
    ASSERT_EQ(seen.size(), 4u);
    EXPECT_EQ(seen.back().stage, Stage::answering);
    EXPECT_GT(seen.back().done, 0u) << "rows scanned";
  }
}

TEST_F(ProgressTest, RowsSoFarAreWritten) {
  QueryOptions options;
  std::uint64_t rows = 0;
  options.progress = [&](const Progress& progress) {
    rows = progress.rows;
    return progress.rows < 20'000;
  };
  std::ostringstream table, csv;
  for (auto* const out : {&table, &csv}) {
    Result result = session_.query("SELECT ?b ?d ?f { ?a ?p ?b . ?c ?q ?d . ?e ?r ?f . ?g ?t ?h }", options);
    EXPECT_THROW(result.write(*out, out == &csv ? Format::csv : Format::table), LimitError);
    const std::string text = out->str();
    EXPECT_GE(static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')), rows);
    EXPECT_TRUE(text.ends_with('\n'));
  }
}

TEST_F(ProgressTest, AnUpdateReportsAndLeavesNothing) {
  QueryOptions options;
  int calls = 0;
  options.progress = [&](const Progress& progress) {
    EXPECT_EQ(progress.stage, Stage::changing);
    return ++calls < 3;
  };
  EXPECT_THROW(
      session_.update("INSERT { ?a <http://e/q> ?f } WHERE { ?a ?p ?b . ?c ?q ?d . ?e ?r ?f . ?g ?t ?h }",
                      options),
      LimitError);
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(count(), 300u);
  const UpdateReport report = session_.update(
      "DELETE DATA { <http://e/s1> <http://e/p> 1 } ; INSERT DATA { <http://e/a> <http://e/b> 1, 2 }");
  EXPECT_EQ(report.deleted, 1u);
  EXPECT_EQ(report.inserted, 2u);
}

// Until it is written, a commit can be given up; then nothing of it stands.
TEST_F(ProgressTest, ACommitCanBeCancelled) {
  session_.begin();
  std::vector<Quad> quads;
  for (int i = 0; i < 300'000; ++i)
    quads.push_back({Term::iri("http://e/x"), Term::iri("http://e/q"), Term::integer(i), std::nullopt});
  session_.insert(quads);
  std::atomic<bool> over{false};
  std::thread canceller([&] {
    while (!over) session_.cancel();
  });
  bool cancelled = false;
  try {
    session_.commit();
  } catch (const LimitError& error) {
    cancelled = error.reason() == LimitError::Reason::cancelled;
  }
  over = true;
  canceller.join();
  EXPECT_TRUE(cancelled);
  EXPECT_FALSE(session_.in_transaction());
  EXPECT_EQ(count(), 300u);
  session_.update("INSERT DATA { <http://e/a> <http://e/b> 1 }");
  EXPECT_EQ(count(), 301u) << "the session goes on";
  EXPECT_EQ(store_.check(), std::vector<std::string>());
}

// Its progress cancels it until it is written; of the fold that follows it ends that alone.
TEST_F(ProgressTest, ACommitReportsAndStopsAnywhere) {
  constexpr int kRows = 300'000;  // many enough that they are folded
  std::vector<Quad> quads;
  for (int i = 0; i < kRows; ++i)
    quads.push_back({Term::iri("http://e/x"), Term::iri("http://e/q"), Term::integer(i), std::nullopt});
  const auto commit = [&](int stop_after) {
    session_.begin();
    session_.insert(quads);
    int calls = 0;
    std::set<Stage> stages;
    const auto progress = [&](const Progress& now) {
      stages.insert(now.stage);
      EXPECT_LE(now.done, now.total);
      return calls++ < stop_after;
    };
    try {
      session_.commit(progress);
      EXPECT_TRUE(stages.contains(Stage::folding));
      EXPECT_EQ(count(), 300u + kRows) << stop_after;
    } catch (const LimitError& error) {
      EXPECT_EQ(error.reason(), LimitError::Reason::cancelled);
      EXPECT_EQ(stages, std::set{Stage::writing});
      EXPECT_EQ(count(), 300u) << stop_after;
    }
    return calls;
  };
  const int first = commit(0);
  EXPECT_EQ(first, 1);
  commit(3);
  EXPECT_EQ(count(), 300u);
  commit(40);
  EXPECT_EQ(count(), 300u + kRows) << "the fold alone was ended";
  EXPECT_EQ(store_.check(), std::vector<std::string>());
}

TEST_F(ProgressTest, ACompactionReportsAndStopsAnywhere) {
  for (int stop_after = 0; stop_after < 12; ++stop_after) {
    session_.update("INSERT DATA { <http://e/new" + std::to_string(stop_after) + "> <http://e/b> 1 } ; " +
                    "DELETE DATA { <http://e/s" + std::to_string(stop_after) + "> <http://e/p> " +
                    std::to_string(stop_after) + " }");
    int calls = 0;
    bool ended = false;
    const auto progress = [&](const Progress& now) {
      ended = now.stage == Stage::done;
      EXPECT_TRUE(now.total == 0 || now.done <= now.total);
      return calls++ < stop_after;
    };
    try {
      store_.compact(progress);
      EXPECT_TRUE(ended);
    } catch (const LimitError& error) {
      EXPECT_EQ(error.reason(), LimitError::Reason::cancelled);
    }
    EXPECT_EQ(count(), 300u);
    ASSERT_EQ(store_.check(), std::vector<std::string>()) << stop_after;
  }
  bool folding = false, packing = false;
  store_.compact([&](const Progress& now) {
    folding = folding || now.stage == Stage::folding;
    packing = packing || now.stage == Stage::packing;
    return true;
  });
  EXPECT_TRUE(folding && packing);
}

}  // namespace
}  // namespace dossier
