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
  TermSample sample(1 << 20);
  for (int i = 0; !sample.full(); ++i) {
    TermBlockBuilder group;
    for (int k = 0; k < 16; ++k) group.add("Ihttps://example.org/" + std::to_string((i * 16 + k) * 37 % 9973));
    sample.add(group.group(0));
  }
  const std::shared_ptr<const Codebook> codebook = sample.better(nullptr, 7);
  ASSERT_NE(codebook, nullptr);
  Packer packer(codebook);
  std::size_t plain = 0;
  for (const Codebook* const by : {static_cast<const Codebook*>(nullptr), codebook.get()}) {
    SCOPED_TRACE(by == nullptr ? "plain" : "packed");
    const std::string bytes(builder.block(by == nullptr ? nullptr : &packer));
    if (by == nullptr) plain = bytes.size();
    EXPECT_EQ(codebook_of_block(bytes), by == nullptr ? 0U : 7U);
    EXPECT_EQ(terms_of_block(bytes), kTermsPerBlock);
    const TermBlock block(bytes, by);
    ASSERT_EQ(block.terms(), kTermsPerBlock);
    TermBlockCursor all(bytes, by);
    for (std::size_t i = 0; i < block.terms(); ++i) {
      EXPECT_EQ(block.term(i), i % 7 == 3 ? "" : "Ihttps://example.org/" + std::to_string(i * i * 37 % 1000));
      EXPECT_EQ(all.term(i), block.term(i)) << i;
      EXPECT_EQ(all.term(i), block.term(i)) << "again";
      EXPECT_EQ(TermBlockCursor(bytes, by).term(i), block.term(i)) << "alone";
    }
    EXPECT_THROW(TermBlockCursor(bytes, by).term(block.terms()), CorruptionError);
    EXPECT_THROW(TermBlockCursor(std::string_view(bytes).substr(0, 9), by).term(5), CorruptionError);
    EXPECT_THROW(TermBlock(bytes + "x", by), CorruptionError);
  }
  EXPECT_LT(builder.block(&packer).size(), plain);
  EXPECT_THROW(TermBlock(builder.block(&packer), nullptr), CorruptionError) << "without the codebook";
}

TEST(TermBlock, ATermOfAnySizeIsPackedOrStandsAsItIs) {
  std::mt19937_64 random(5);
  TermBlockBuilder builder;
  std::vector<std::string> terms = {"Ia:short", "S" + std::string(300'000, 'x')};
  std::string noise = "S";
  while (noise.size() < 20'000) noise += static_cast<char>('!' + random() % 90);
  terms.push_back(noise);
  for (const std::string& term : terms) builder.add(term);
  for (int i = 0; i < 14; ++i) builder.add({});
  std::string hidden = "S";
  while (hidden.size() < 200) hidden += static_cast<char>(random());
  terms.resize(17);
  terms.push_back(hidden);
  builder.add(hidden);
  TermSample sample(1 << 20);
  while (!sample.full()) sample.add(noise.substr(random() % 10'000, 400));
  const auto codebook = sample.better(nullptr, 1);
  ASSERT_NE(codebook, nullptr);
  Packer packer(codebook);
  const std::string bytes(builder.block(&packer));
  EXPECT_LT(bytes.size(), 22'000U);
  const TermBlock block(bytes, codebook.get());
  TermBlockCursor cursor(bytes, codebook.get());
  for (std::size_t i = 0; i < terms.size(); ++i) {
    EXPECT_EQ(block.term(i), terms[i]) << i;
    EXPECT_EQ(cursor.term(i), terms[i]) << i;
  }
}

// Groups of like terms, which another alphabet makes unlike others.
TermSample sample_of(char alphabet, std::uint64_t total) {
  std::mt19937_64 random(static_cast<unsigned char>(alphabet));
  TermSample sample(total);
  std::vector<std::string> words(50);
  for (std::string& word : words)
    for (int i = 0; i < 12; ++i) word += static_cast<char>(alphabet + random() % 20);
  while (sample.wanted() > 0 && !sample.full()) {
    std::string group;
    for (int i = 0; i < 60; ++i) group += words[random() % words.size()] + ' ';
    sample.add(group);
  }
  return sample;
}

TEST(Codebook, IsMadeWhereItSavesMoreThanItTakes) {
  EXPECT_EQ(sample_of('a', 100'000).better(nullptr, 1), nullptr) << "too few terms";
  const auto first = sample_of('a', 2'000'000).better(nullptr, 1);
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->number(), 1U);
  EXPECT_LE(first->bytes().size(), 20'000U);
  // For more of the same the first serves; for others a new one pays.
  EXPECT_EQ(sample_of('a', 2'000'000).better(first, 2), first);
  const auto second = sample_of('A', 2'000'000).better(first, 2);
  EXPECT_NE(second, first);
  EXPECT_EQ(second->number(), 2U);
}

TEST(Codebook, BytesThatAreNoneAreDamage) {
  EXPECT_THROW(Codebook(1, ""), CorruptionError);
  EXPECT_THROW(Codebook(1, "no codebook"), CorruptionError);
  const auto codebook = sample_of('a', 2'000'000).better(nullptr, 1);
  const std::string bytes(codebook->bytes());
  EXPECT_THROW(Codebook(1, bytes.substr(0, 20)), CorruptionError);
  char out[8];
  EXPECT_FALSE(Codebook(1, bytes).unpack("what nobody packed", out, sizeof out));
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
