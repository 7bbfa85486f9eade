// The sets of DISTINCT in aggregates against std::set, in the table and in bitmaps.
#include "engine/query/seen_pairs.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "tests/differential/random.h"
#include "tests/memory_snapshot.h"

namespace dossier {
namespace {

class SeenPairsTest : public testing::Test {
 protected:
  using Pairs = std::set<std::pair<std::uint32_t, Id>>;

  // Adds a batch, and looks that just what is new comes back, in its order.
  void add(const std::vector<std::uint32_t>& groups, const std::vector<Id>& values) {
    std::vector<std::uint32_t> expected_groups, groups_out;
    std::vector<Id> expected_values, values_out;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i].is_bound() && !expected_.insert({groups[i], values[i]}).second) continue;
      expected_groups.push_back(groups[i]);
      expected_values.push_back(values[i]);
    }
    seen_.add(groups, values, groups_out, values_out);
    ASSERT_EQ(groups_out, expected_groups);
    ASSERT_EQ(values_out, expected_values);
  }
  Pairs all() {
    Pairs pairs;
    seen_.each([&](std::uint32_t group, Id value) { EXPECT_TRUE(pairs.insert({group, value}).second); });
    return pairs;
  }
  // Batches of random ids: terms with counters below `terms`, some literals and numbers, some without a
  // value.
  void add_batches(int batches, std::uint32_t groups, std::uint64_t terms) {
    seen_.resize(groups);
    for (int batch = 0; batch < batches; ++batch) {
      std::vector<std::uint32_t> owners;
      std::vector<Id> values;
      for (int i = 0; i < 2000; ++i) {
        const auto kind = random_.below(20);
        owners.push_back(static_cast<std::uint32_t>(random_.below(groups)));
        values.push_back(kind == 0   ? kUnbound
                         : kind == 1 ? Id::make(Tag::integer, random_.below(3000))
                         : kind == 2 ? Id::make(Tag::literal, random_.below(terms))
                                     : Id::make(Tag::iri, random_.below(terms)));
      }
      add(owners, values);
      if (HasFatalFailure()) return;
    }
  }

  QueryContext context_{std::make_shared<MemorySnapshot>(), QueryLimits{}, nullptr};
  SeenPairs seen_{context_};
  Pairs expected_;
  differential::Random random_{5};
};

TEST_F(SeenPairsTest, OneGroupOfManyTerms) {
  const std::size_t before = context_.budget().used();
  add_batches(100, 1, 150'000);
  EXPECT_EQ(all(), expected_);
  // A table would have taken 16 bytes for each slot of at least twice as many.
  EXPECT_LT(context_.budget().used() - before, expected_.size() * 16);
}

TEST_F(SeenPairsTest, OneGroupOfTermsFarApart) {
  add_batches(20, 1, std::uint64_t{1} << 50);
  EXPECT_EQ(all(), expected_);
}

TEST_F(SeenPairsTest, MoreGroupsComeLater) {
  add_batches(60, 1, 100'000);
  add_batches(5, 2, 100'000);
  EXPECT_EQ(all(), expected_);
  add_batches(20, 50, 3'000);
  EXPECT_EQ(all(), expected_);
}

TEST_F(SeenPairsTest, StaysWithinTheBudget) {
  QueryLimits limits;
  limits.memory_bytes = 1 << 16;
  QueryContext context(std::make_shared<MemorySnapshot>(), limits, nullptr);
  SeenPairs seen(context);
  seen.resize(1);
  std::vector<std::uint32_t> groups(2000), groups_out;
  std::vector<Id> values(2000), values_out;
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = Id::make(Tag::iri, i << 30);
  EXPECT_THROW(
      {
        for (int round = 0; round < 10; ++round) {
          for (Id& value : values) value.bits += 1;
          seen.add(groups, values, groups_out, values_out);
        }
      },
      LimitError);
}

}  // namespace
}  // namespace dossier
