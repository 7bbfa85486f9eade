// Tables of rows: numbers of tuples and the index, against maps.
#include "engine/query/row_table.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <vector>

#include "engine/store/database.h"
#include "tests/differential/random.h"

namespace dossier {
namespace {

class RowTableTest : public testing::Test {
 protected:
  RowTableTest() : database_(Database::open(":memory:", {})), context_(database_->snapshot(), {}, nullptr) {}

  // Ids that lie close together, far apart, and inline ones.
  Id random_id(std::uint64_t spread) {
    if (random_.below(5) == 0) return Id::make(Tag::integer, random_.below(spread));
    // One counter numbers all terms of the dictionary, so a number has one tag.
    const std::uint64_t number = random_.below(40) * spread + 5;
    return Id::make(number % 2 == 0 ? Tag::iri : Tag::literal, number);
  }

  std::unique_ptr<Database> database_;
  QueryContext context_;
  differential::Random random_{7};
};

TEST_F(RowTableTest, TuplesAreNumberedInOrderOfArrival) {
  for (const std::uint64_t spread : {1, 900, 100'000'000, 1'000'000'000})
    for (std::size_t width = 0; width <= 3; ++width) {
      TupleSet set(context_, width, "test");
      std::map<std::vector<Id>, std::uint32_t> known;
      for (int round = 0; round < 20; ++round) {
        std::vector<std::vector<Id>> columns(width, std::vector<Id>(kBatchRows));
        for (auto& column : columns)
          for (Id& id : column) id = random_id(spread);
        std::vector<const Id*> places;
        for (const auto& column : columns) places.push_back(column.data());
        std::vector<std::uint32_t> found(kBatchRows);
        set.find(places, kBatchRows, found.data());
        std::vector<std::uint32_t> numbers(kBatchRows);
        const auto tuple_of = [&](std::size_t row) {
          std::vector<Id> tuple;
          for (const auto& column : columns) tuple.push_back(column[row]);
          return tuple;
        };
        for (std::size_t row = 0; row < kBatchRows; ++row) {
          const auto at = known.find(tuple_of(row));
          ASSERT_EQ(found[row], at == known.end() ? TupleSet::kNone : at->second);
          ASSERT_EQ(set.contains(tuple_of(row).data()), at != known.end());
        }
        set.insert(places, kBatchRows, numbers.data());
        for (std::size_t row = 0; row < kBatchRows; ++row) {
          const std::vector<Id> tuple = tuple_of(row);
          const auto at = known.try_emplace(tuple, static_cast<std::uint32_t>(known.size())).first;
          ASSERT_EQ(numbers[row], at->second) << "width " << width << ", spread " << spread;
          bool added = true;
          ASSERT_EQ(set.insert(tuple.data(), added), at->second);
          ASSERT_FALSE(added);
          for (std::size_t i = 0; i < width; ++i) ASSERT_EQ(set.at(at->second, i), tuple[i]);
        }
      }
      ASSERT_EQ(set.size(), known.size());
    }
}

TEST_F(RowTableTest, IndexGivesTheRowsOfAKeyInTheirOrder) {
  for (const std::uint64_t spread : {1, 1'000'000'000}) {
    RowTable table(context_, 2, "test");
    std::map<Id, std::vector<std::uint32_t>> expected;
    for (std::uint32_t row = 0; row < 10'000; ++row) {
      const Id ids[] = {Id{row + 1}, random_id(spread)};
      table.append_ids(ids);
      expected[ids[1]].push_back(row);
    }
    RowIndex index(context_, "test");
    index.build(table, {1});
    for (const auto& [id, rows] : expected) {
      std::uint32_t number = 0;
      const Id* const column = &id;
      index.find({&column, 1}, 1, &number);
      ASSERT_NE(number, RowIndex::kNone);
      const auto found = index.rows(number);
      ASSERT_EQ(std::vector<std::uint32_t>(found.begin(), found.end()), rows);
    }
    const Id other = Id::make(Tag::blank, 3);
    const Id* const column = &other;
    std::uint32_t number = 0;
    index.find({&column, 1}, 1, &number);
    ASSERT_EQ(number, RowIndex::kNone);
  }
}

TEST_F(RowTableTest, MemoryIsCounted) {
  QueryLimits limits;
  limits.memory_bytes = 1 << 20;
  QueryContext small(database_->snapshot(), limits, nullptr);
  TupleSet set(small, 1, "test");
  bool added = false;
  EXPECT_THROW(
      for (std::uint64_t i = 1; i < 1'000'000; ++i) {
        const Id id = Id::make(Tag::iri, i);
        set.insert(&id, added);
      },
      LimitError);
}

}  // namespace
}  // namespace dossier
