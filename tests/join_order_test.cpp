// Orders of joins, and what planning asks of the store.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "engine/dossier.h"
#include "engine/query/join_order.h"
#include "engine/query/query.h"
#include "engine/store/database.h"
#include "engine/store/loader.h"
#include "grammar/parse.h"
#include "tests/differential/random.h"
#include "tests/memory_snapshot.h"

namespace dossier {
namespace {

class JoinOrderTest : public ::testing::Test {
 protected:
  // Rows of a pattern between variables; sorted by the first, or the second.
  static JoinInput pattern(double rows, Variable subject, Variable object) {
    JoinInput input;
    input.kind = JoinInput::Kind::pattern;
    add_variables(input.variables, {subject});
    add_variables(input.variables, {object});
    input.certain = input.variables;
    input.rows = input.spread = rows;
    input.set_distinct(subject, rows);
    input.set_distinct(object, std::sqrt(rows));
    input.scans.push_back({{}, rows, {subject, object}});
    input.scans.push_back({{}, rows, {object, subject}});
    return input;
  }
  JoinOrder order(const std::vector<JoinInput>& inputs, const std::vector<JoinFilter>& filters = {},
                  const std::vector<Correction>& corrections = {}) {
    return order_joins(inputs, filters, corrections, context_);
  }
  // Each input is in the tree once, and each step but the last joined once.
  static void expect_tree(const JoinOrder& order, std::size_t inputs) {
    std::multiset<std::size_t> seen;
    std::vector<int> used(order.steps.size());
    for (std::size_t i = 0; i < order.steps.size(); ++i) {
      const JoinStep& step = order.steps[i];
      const bool joins = step.kind == JoinStep::Kind::merge || step.kind == JoinStep::Kind::table;
      if (!joins) seen.insert(step.input);
      if (step.kind == JoinStep::Kind::scan) continue;
      ASSERT_LT(step.left, i);
      ++used[step.left];
      if (!joins) continue;
      ASSERT_LT(step.right, i);
      ++used[step.right];
    }
    EXPECT_EQ(seen.size(), inputs);
    EXPECT_EQ(std::set<std::size_t>(seen.begin(), seen.end()).size(), inputs);
    for (std::size_t i = 0; i + 1 < used.size(); ++i) EXPECT_EQ(used[i], 1) << i;
    EXPECT_EQ(used.back(), 0);
  }

  std::shared_ptr<MemorySnapshot> snapshot_ = std::make_shared<MemorySnapshot>();
  QueryContext context_{snapshot_, {}, nullptr};
};

TEST_F(JoinOrderTest, EveryShapeHasATree) {
  differential::Random random(5);
  for (int round = 0; round < 400; ++round) {
    const std::size_t count = 1 + random.below(round % 10 == 0 ? 90 : 11);
    std::vector<JoinInput> inputs;
    for (std::size_t i = 0; i < count; ++i) {
      const auto variables = static_cast<Variable>(1 + random.below(count * 2));
      const Variable subject = static_cast<Variable>(random.below(variables));
      inputs.push_back(pattern(std::pow(10.0, static_cast<double>(random.below(7))), subject,
                               subject + 1 + static_cast<Variable>(random.below(3))));
      if (random.below(5) == 0) {
        inputs.back().kind = JoinInput::Kind::other;
        inputs.back().cost = inputs.back().rows;
        if (random.below(2) == 0) inputs.back().certain.clear();
      }
    }
    expect_tree(order(inputs), count);
  }
}

TEST_F(JoinOrderTest, TwoPairsWithoutACommonVariable) {
  const std::vector<JoinInput> inputs{pattern(1e6, 0, 1), pattern(1e6, 1, 2), pattern(1e6, 3, 4),
                                      pattern(1e6, 4, 5)};
  const JoinOrder found = order(inputs);
  expect_tree(found, 4);
  // The pairs are joined before they are multiplied.
  const JoinStep& last = found.steps.back();
  EXPECT_EQ(last.kind, JoinStep::Kind::table);
  EXPECT_NE(found.steps[last.left].kind, JoinStep::Kind::scan);
  EXPECT_NE(found.steps[last.right].kind, JoinStep::Kind::scan);
}

// Two stars of a million rows, each merged on its own centre, meet afterwards, whatever their number of arms.
TEST_F(JoinOrderTest, StarsAreJoinedByThemselves) {
  for (const Variable arms : {3U, 5U, 12U}) {
    std::vector<JoinInput> inputs;
    for (Variable star = 0; star < 2; ++star)
      for (Variable arm = 0; arm < arms; ++arm) inputs.push_back(pattern(1e6, star, 10 + star * arms + arm));
    inputs.push_back(pattern(1e6, 0, 1));
    inputs.back().set_distinct(1, 1e6);
    const JoinOrder found = order(inputs);
    expect_tree(found, inputs.size());
    const auto merges = std::count_if(found.steps.begin(), found.steps.end(), [](const JoinStep& step) {
      return step.kind == JoinStep::Kind::merge;
    });
    EXPECT_GE(merges, static_cast<std::ptrdiff_t>(arms * 2 - 1)) << arms;
  }
}

TEST_F(JoinOrderTest, FiltersAndCorrectionsChangeTheRows) {
  const std::vector<JoinInput> inputs{pattern(1e4, 0, 1), pattern(1e4, 0, 2)};
  const double plain = order(inputs).steps.back().rows;
  EXPECT_DOUBLE_EQ(plain, 1e4);
  const JoinOrder filtered = order(inputs, {{{1, 2}, 0.25}});
  EXPECT_DOUBLE_EQ(filtered.steps.back().rows, plain / 4);
  EXPECT_DOUBLE_EQ(filtered.steps.back().joined, plain);
  EXPECT_DOUBLE_EQ(order(inputs, {}, {{{0, 1}, 30}}).steps.back().rows, plain * 30);
  // One that reads what no input binds changes nothing.
  EXPECT_DOUBLE_EQ(order(inputs, {{{7}, 0.25}}).steps.back().rows, plain);
}

TEST_F(JoinOrderTest, TooManyInputsAreRefused) {
  std::vector<JoinInput> inputs(kMostInputs + 1, pattern(10, 0, 1));
  EXPECT_THROW(order(inputs), LimitError);
  inputs.resize(kMostInputs);
  expect_tree(order(inputs), kMostInputs);
}

// ---- what planning asks of the store

// Counts what is asked, and answers from another snapshot.
class CountingSnapshot final : public Snapshot {
 public:
  explicit CountingSnapshot(std::shared_ptr<const Snapshot> real) : real_(std::move(real)) {}
  mutable int scans = 0, estimates = 0, lists = 0;
  mutable ScanCounters work;

  std::unique_ptr<RowCursor> scan(const ScanRange& range, ColumnMask columns,
                                  ScanCounters* counters) const override {
    ++scans;
    return real_->scan(range, columns, counters != nullptr ? &work : nullptr);
  }
  std::uint64_t count(const ScanRange& range) const override { return real_->count(range); }
  std::uint64_t estimate(const ScanRange& range) const override {
    ++estimates;
    return real_->estimate(range);
  }
  std::uint64_t quads() const override { return real_->quads(); }
  std::uint64_t quads(Id graph) const override { return real_->quads(graph); }
  std::uint64_t quads(Id graph, Id predicate) const override { return real_->quads(graph, predicate); }
  PredicateStatistics predicate(Id predicate) const override { return real_->predicate(predicate); }
  std::vector<Id> predicates() const override {
    ++lists;
    return real_->predicates();
  }
  std::vector<Id> named_graphs() const override {
    ++lists;
    return real_->named_graphs();
  }
  std::uint64_t distinct_subjects() const override { return real_->distinct_subjects(); }
  std::uint64_t distinct_objects() const override { return real_->distinct_objects(); }
  std::uint64_t terms() const override { return real_->terms(); }
  std::uint64_t triple_terms() const override { return real_->triple_terms(); }
  std::uint64_t sequence() const override { return real_->sequence(); }
  Id find(std::string_view bytes) const override { return real_->find(bytes); }
  Id find_triple(Id subject, Id predicate, Id object) const override {
    return real_->find_triple(subject, predicate, object);
  }
  std::array<Id, 3> triple(Id id) const override { return real_->triple(id); }
  using Snapshot::decode;
  void decode(std::span<const Id> ids, std::string& bytes, std::vector<std::size_t>& offsets) const override {
    real_->decode(ids, bytes, offsets);
  }

 private:
  std::shared_ptr<const Snapshot> real_;
};

TEST(Planning, AsksForEachSizeOnce) {
  const auto database = Database::open(":memory:", {});
  std::string text = "@prefix : <http://e/> . ";
  for (int i = 0; i < 300; ++i)
    text += ":s" + std::to_string(i) + " :p :o" + std::to_string(i % 10) + " ; :q :s" +
            std::to_string(i / 2) + " . ";
  LoadOptions options;
  options.format = Format::ttl;
  load(*database, {{"text", text, {}, {}}}, options);
  const auto planned = [&](const std::string& query) {
    const auto snapshot = std::make_shared<CountingSnapshot>(database->snapshot());
    QueryContext context(snapshot, {}, nullptr);
    const auto execution = execute(grammar::parse_query("PREFIX : <http://e/> " + query, {}), context);
    return snapshot;
  };
  // Whole predicates: one count for each, in whatever permutation they are read.
  const auto chain = planned("SELECT * { ?a :q ?b . ?b :q ?c . ?c :p ?d . ?d :p ?e }");
  EXPECT_EQ(chain->estimates, 2);
  EXPECT_EQ(chain->scans, 0);
  EXPECT_EQ(chain->lists, 0);
  // A constant: one range for each pair, though it is asked for twice and could be read in two ways.
  const auto star = planned("SELECT * { ?a :p :o1 . ?b :p :o1 . :s4 :q ?b . :s4 ?any ?c }");
  EXPECT_EQ(star->estimates, 3);
  EXPECT_EQ(star->scans, 0);
  EXPECT_EQ(star->lists, 0);
}

// Whatever the number of rows that EXISTS is asked for, the pattern is read a few times at most.
TEST(Planning, ExistsIsNotQuadratic) {
  const auto database = Database::open(":memory:", {});
  std::string text = "@prefix : <http://e/> . ";
  constexpr int kNodes = 20'000;
  for (int i = 0; i < kNodes; ++i)
    text += ":s" + std::to_string(i) + " a :Node ; :to :s" + std::to_string((i * 7 + 2) % kNodes) +
            " ; :in :l" + std::to_string(i % 50) + " . ";
  LoadOptions options;
  options.format = Format::ttl;
  load(*database, {{"text", text, {}, {}}}, options);
  for (const char* form : {"EXISTS", "NOT EXISTS"}) {
    const auto snapshot = std::make_shared<CountingSnapshot>(database->snapshot());
    QueryContext context(snapshot, {}, nullptr);
    const auto query = std::string("PREFIX : <http://e/> SELECT ?a { ?a a :Node FILTER ") + form +
                       " { ?a :to ?b . ?b :in ?l . ?a :in ?l } }";
    const auto execution = execute(grammar::parse_query(query, {}), context);
    Batch batch;
    std::size_t rows = 0;
    while (execution->next(batch)) rows += batch.rows;
    EXPECT_GT(rows, 0U);
    EXPECT_LT(rows, static_cast<std::size_t>(kNodes));
    // Four patterns of so many rows each.
    EXPECT_LE(snapshot->work.rows, 6U * 4 * kNodes) << form;
  }
  // A few rows ask for a few look-ups.
  const auto snapshot = std::make_shared<CountingSnapshot>(database->snapshot());
  QueryContext context(snapshot, {}, nullptr);
  const auto execution = execute(
      grammar::parse_query(
          "PREFIX : <http://e/> SELECT ?a { ?a :in :l7 FILTER EXISTS { ?a :to ?b . ?b a :Node } } LIMIT 5",
          {}),
      context);
  Batch batch;
  std::size_t rows = 0;
  while (execution->next(batch)) rows += batch.rows;
  EXPECT_EQ(rows, 5U);
  EXPECT_LE(snapshot->work.rows, 2U * kNodes);
}

}  // namespace
}  // namespace dossier
