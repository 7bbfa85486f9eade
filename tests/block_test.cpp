// Packed blocks: what goes in comes out, whole, in parts and row by row; damage is noticed.
#include "engine/store/block.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <vector>

#include "engine/dossier.h"
#include "engine/store/relation.h"
#include "engine/store/term_block.h"

namespace dossier {
namespace {

std::vector<Values> sorted_unique(std::vector<Values> rows) {
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  return rows;
}

std::string encode(const std::vector<Values>& rows) {
  std::array<std::vector<std::uint64_t>, 4> columns;
  std::array<const std::uint64_t*, 4> pointers;
  for (std::size_t c = 0; c < 4; ++c) {
    for (const Values& row : rows) columns[c].push_back(row[c]);
    pointers[c] = columns[c].data();
  }
  std::string bytes;
  encode_block(pointers, rows.size(), bytes);
  return bytes;
}

void expect_same(const std::vector<Values>& rows, std::mt19937_64& random) {
  const std::string bytes = encode(rows);
  const BlockReader block(bytes, 4);
  ASSERT_EQ(block.rows(), rows.size());
  std::vector<std::uint64_t> out(rows.size() + 1, 0);
  for (std::size_t c = 0; c < 4; ++c) {
    const std::size_t from = rows.empty() ? 0 : random() % rows.size();
    const std::size_t count = rows.empty() ? 0 : random() % (rows.size() - from) + 1;
    for (const auto& [start, length] : {std::pair<std::size_t, std::size_t>{0, rows.size()}, {from, count}}) {
      out.assign(rows.size() + 1, 0xABCD);
      block.decode(c, start, length, out.data());
      for (std::size_t i = 0; i < length; ++i) ASSERT_EQ(out[i], rows[start + i][c]) << c << ' ' << i;
      ASSERT_EQ(out[length], 0xABCDU);
    }
    for (std::size_t i = 0; i < rows.size(); ++i) ASSERT_EQ(block.at(c, i), rows[i][c]);
  }
  for (int i = 0; i < 20; ++i) {
    Values wanted = rows.empty() ? Values{} : rows[random() % rows.size()];
    if (i % 3 == 1) wanted[random() % 4] += random() % 3 - 1;
    if (i % 3 == 2) wanted[random() % 4] = random();
    for (std::size_t length = 1; length <= 4; ++length) {
      const auto expected = std::partition_point(rows.begin(), rows.end(), [&](const Values& row) {
        return std::lexicographical_compare(row.begin(), row.begin() + length, wanted.begin(),
                                            wanted.begin() + length);
      });
      ASSERT_EQ(block.lower_bound(wanted, length), static_cast<std::size_t>(expected - rows.begin()));
    }
  }
}

// Values of the kinds that stand in columns: few, near each other, of several tags, of all 64 bits.
std::uint64_t value_of_kind(unsigned kind, std::mt19937_64& random) {
  switch (kind % 8) {
    case 0:
      return 7;
    case 1:
      return (std::uint64_t{1} << 60) + random() % 20 * 1000003;
    case 2:
      return (std::uint64_t{1} << 60) + random() % 4000000;
    case 3:
      return ((random() % 14 + 1) << 60) + random() % 100000;
    case 4:
      return random();
    case 5:  // a date, its zeros at the end
      return (std::uint64_t{11} << 60) + (random() % 40000 << 20);
    case 6:  // dates and doubles among entries of the dictionary
      return random() % 3 == 0   ? (std::uint64_t{11} << 60) + (random() % 40000 << 20)
             : random() % 2 == 0 ? (std::uint64_t{9} << 60) + (random() % 1000 << 44)
                                 : (std::uint64_t{1} << 60) + random() % 4000000;
    default:
      return (std::uint64_t{1} << 60) + (random() % 2) * (std::uint64_t{1} << 57) + random() % 3;
  }
}

RC_GTEST_PROP(Block, RoundTrip, ()) {
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const auto count = *rc::gen::inRange<std::size_t>(0, kMaxBlockRows + 1);
  const auto kinds = *rc::gen::arbitrary<std::array<unsigned, 4>>();
  std::mt19937_64 random(seed);
  std::vector<Values> rows;
  for (std::size_t i = 0; i < count; ++i) {
    Values row;
    for (std::size_t c = 0; c < 4; ++c) row[c] = value_of_kind(kinds[c], random);
    rows.push_back(row);
  }
  expect_same(sorted_unique(std::move(rows)), random);
}

TEST(Block, EdgesOfWidths) {
  std::mt19937_64 random(5);
  for (unsigned width = 0; width <= 64; ++width) {
    std::vector<Values> rows;
    for (std::uint64_t i = 0; i < 300; ++i) {
      const std::uint64_t wide = width == 64 ? random() : random() & ((std::uint64_t{1} << width) - 1);
      rows.push_back({i / 7, wide, i, 1});
    }
    expect_same(sorted_unique(std::move(rows)), random);
  }
}

TEST(Block, ShortAndEmpty) {
  std::mt19937_64 random(6);
  expect_same({}, random);
  expect_same({{1, 2, 3, 4}}, random);
  expect_same({{0, 0, 0, 0}, {~std::uint64_t{0}, 0, 0, 1}}, random);
}

// Neighbouring facts of real graphs: what a block of them may cost.
TEST(Block, IsSmall) {
  std::vector<Values> rows;
  for (std::uint64_t s = 0; rows.size() < kBlockRows; ++s) {
    for (std::uint64_t p = 0; p < 5; ++p) {
      rows.push_back({(std::uint64_t{1} << 60) + 1000000 + s * 3, (std::uint64_t{1} << 60) + p * 977,
                      (std::uint64_t{1} << 60) + (s * 7919 + p * 104729) % 4000000, 1});
    }
  }
  rows.resize(kBlockRows);
  EXPECT_LT(encode(rows).size(), kBlockRows * 5);
}

// A date's zeros must not widen the words of the other objects.
TEST(Block, DatesAmongObjectsAreSmall) {
  std::mt19937_64 random(8);
  std::vector<Values> rows;
  for (std::uint64_t s = 0; s < 100; ++s) {
    for (std::uint64_t p = 0; p < 5; ++p) {
      const std::uint64_t object = p == 0 ? (std::uint64_t{11} << 60) + (random() % 30000 << 20)
                                          : (std::uint64_t{1} << 60) + random() % 4000000;
      rows.push_back({(std::uint64_t{1} << 60) + s, (std::uint64_t{1} << 60) + p, object, 1});
    }
  }
  expect_same(rows, random);
  EXPECT_LT(encode(rows).size(), rows.size() * 9 / 2);
}

TEST(TermBlock, OneTermOfABlockIsThatOfTheWhole) {
  TermBlockBuilder builder;
  for (std::size_t i = 0; i < kTermsPerBlock; ++i) {
    // Every seventh is a blank node or a triple term: no bytes.
    builder.add(i % 7 == 3 ? std::string() : "Ihttps://example.org/" + std::to_string(i * i * 37 % 1000));
  }
  const std::string bytes(builder.block());
  const TermBlock block(bytes);
  ASSERT_EQ(TermBlockCursor(bytes).terms(), block.terms());
  TermBlockCursor all(bytes);
  for (std::size_t i = 0; i < block.terms(); ++i) {
    EXPECT_EQ(all.term(i), block.term(i)) << i;
    EXPECT_EQ(all.term(i), block.term(i)) << "again";
    EXPECT_EQ(TermBlockCursor(bytes).term(i), block.term(i)) << "alone";
  }
  EXPECT_THROW(TermBlockCursor(bytes).term(block.terms()), CorruptionError);
  EXPECT_THROW(TermBlockCursor(std::string_view(bytes).substr(0, 9)).term(5), CorruptionError);
}

TEST(HashBuckets, CutAtMultiplesOfAPowerOfTwo) {
  const HashBuckets one(100);
  EXPECT_EQ(one.first_key(0xFF'FFFF'FFFF), 0U);
  const HashBuckets eight(1024);
  EXPECT_EQ(eight.first_key(0x20'0000'0000), 0x20'0000'0000U);
  EXPECT_EQ(eight.first_key(0x3F'FFFF'FFFF), 0x20'0000'0000U);
  const std::vector<std::uint64_t> keys{0x20'0000'0001, 0x30'0000'0000, 0x3F'FFFF'FFFF, 0x40'0000'0000};
  EXPECT_EQ(eight.rows(keys), 3U);
}

TEST(Block, DamageIsNoticed) {
  const std::string good = encode({{1, 2, 3, 4}, {1, 2, 5, 4}, {9, 2, 3, 4}});
  EXPECT_THROW(BlockReader(std::string_view(good).substr(0, 20), 4), CorruptionError);
  EXPECT_THROW(BlockReader(std::string_view(good).substr(0, good.size() - 1), 4), CorruptionError);
  EXPECT_THROW(BlockReader(good, 2), CorruptionError);
  for (std::size_t i = 0; i < 76; ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    EXPECT_THROW(BlockReader(bad, 4), CorruptionError) << i;
  }
}

}  // namespace
}  // namespace dossier
