// The pairs of COUNT(DISTINCT) against std::set, those of two threads among them.
#include "engine/query/parted_pairs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "engine/query/batch.h"
#include "tests/differential/random.h"
#include "tests/memory_snapshot.h"

namespace dossier {
namespace {

class PartedPairsTest : public testing::Test {
 protected:
  using Sets = std::vector<std::set<Id>>;
  static QueryLimits limits() {
    QueryLimits result;
    result.memory_bytes = std::size_t{64} << 20;
    return result;
  }

  // Adds random rows, batch by batch, of `groups` groups and values below `values`, some of them unbound.
  void add(PartedPairs& pairs, Sets& expected, std::size_t rows, std::uint64_t values) {
    std::vector<std::uint32_t> owners;
    std::vector<Id> ids;
    for (std::size_t row = 0; row < rows; ++row) {
      owners.push_back(static_cast<std::uint32_t>(random_.below(expected.size())));
      const auto number = random_.below(values);
      ids.push_back(random_.chance(3) ? kUnbound
                                      : Id::make(random_.chance(50) ? Tag::iri : Tag::integer, number));
      if (ids.back().is_bound()) expected[owners.back()].insert(ids.back());
      if (ids.size() < kBatchRows && row + 1 < rows) continue;
      pairs.add(owners, ids);
      owners.clear();
      ids.clear();
    }
  }
  static void expect_counts(PartedPairs& pairs, const Sets& expected) {
    std::vector<std::int64_t> counts(expected.size());
    pairs.count(counts);
    for (std::size_t group = 0; group < expected.size(); ++group)
      ASSERT_EQ(counts[group], static_cast<std::int64_t>(expected[group].size())) << group;
  }

  differential::Random random_{5};
  QueryContext context_{std::make_shared<MemorySnapshot>(), limits(), nullptr};
};

TEST_F(PartedPairsTest, FewValuesThatComeOften) {
  PartedPairs pairs(context_);
  Sets expected(7);
  add(pairs, expected, 1'000'000, 50);
  expect_counts(pairs, expected);
  EXPECT_LT(context_.budget().used(), 4U << 20) << "repeats are not kept";
}

TEST_F(PartedPairsTest, ManyOfBoth) {
  PartedPairs pairs(context_);
  Sets expected(5'000);
  add(pairs, expected, 300'000, 1'000'000);
  expect_counts(pairs, expected);
}

TEST_F(PartedPairsTest, ThoseOfAnotherThread) {
  PartedPairs pairs(context_);
  Sets expected(300);
  add(pairs, expected, 50'000, 2'000);
  PartedPairs other(context_);
  Sets others(200);
  add(other, others, 80'000, 3'000);
  std::vector<std::uint32_t> places;
  for (std::uint32_t group = 0; group < others.size(); ++group) {
    places.push_back(299 - group);
    expected[299 - group].insert(others[group].begin(), others[group].end());
  }
  pairs.add(other, places);
  add(pairs, expected, 10'000, 5'000);
  expect_counts(pairs, expected);
}

TEST_F(PartedPairsTest, StaysWithinTheBudget) {
  PartedPairs pairs(context_);
  std::vector<std::uint32_t> owners(kBatchRows);
  std::vector<Id> ids(kBatchRows);
  const auto fill = [&] {
    for (std::uint64_t next = 0; next < 100'000'000; next += kBatchRows) {
      for (std::size_t i = 0; i < kBatchRows; ++i) ids[i] = Id::make(Tag::iri, next + i);
      pairs.add(owners, ids);
    }
  };
  EXPECT_THROW(fill(), LimitError);
}

}  // namespace
}  // namespace dossier
