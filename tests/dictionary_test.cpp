// The dictionary's cache: terms by their ids through blocks that come and go.
#include "engine/store/dictionary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "engine/store/database.h"
#include "engine/store/loader.h"
#include "engine/store/transaction.h"

namespace dossier {
namespace {

constexpr std::size_t kTerms = 20'000;

std::string text_of(std::size_t number) {
  return number % 3 == 0 ? "Sa text that is too long for an id, number " + std::to_string(number)
                         : "Ihttp://example.org/item/" + std::to_string(number * 7919);
}

class DictionaryTest : public testing::Test {
 protected:
  // Terms of one large commit, then of many small ones, whose blocks begin anywhere.
  void fill(Database& database) {
    std::size_t next = 0;
    const auto commit = [&](std::size_t count) {
      const auto transaction = database.begin();
      std::vector<std::string> texts;
      for (std::size_t i = 0; i < count; ++i) texts.push_back(text_of(next++));
      const std::vector<std::string_view> views(texts.begin(), texts.end());
      const std::vector<Id> ids = transaction->intern(views);
      ids_.insert(ids_.end(), ids.begin(), ids.end());
      for (const Id id : ids) transaction->insert(Row{ids_[1], ids_[1], id, kDefaultGraph});
      transaction->commit();
    };
    commit(kTerms - 500);
    for (int i = 0; i < 100; ++i) commit(5);
  }

  // Some ids at random, with neighbours, repetitions and what is not in the dictionary between them.
  void compare(const Snapshot& snapshot, std::uint64_t seed, int rounds) const {
    std::mt19937_64 random(seed);
    for (int round = 0; round < rounds; ++round) {
      std::vector<Id> wanted;
      std::vector<std::string> expected;
      const std::size_t count = random() % 700;
      for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t choice = random() % 8;
        if (choice == 0) {
          wanted.push_back(kUnbound);
          expected.emplace_back();
        } else if (choice == 1) {
          wanted.push_back(
              inline_id("Dhttp://www.w3.org/2001/XMLSchema#integer" + std::string(1, '\0') + "17"));
          expected.push_back("Dhttp://www.w3.org/2001/XMLSchema#integer" + std::string(1, '\0') + "17");
        } else if (choice == 2 && i > 0) {
          wanted.push_back(wanted.back());
          expected.push_back(expected.back());
        } else {
          const std::size_t number = random() % (round % 2 == 0 ? ids_.size() : 5);
          wanted.push_back(ids_[number]);
          expected.push_back(text_of(number));
        }
      }
      std::string bytes = "before";
      std::vector<std::size_t> ends = {6};
      snapshot.decode(wanted, bytes, ends);
      ASSERT_EQ(ends.size(), count + 1);
      for (std::size_t i = 0; i < count; ++i)
        ASSERT_EQ(bytes.substr(ends[i], ends[i + 1] - ends[i]), expected[i]) << i;
    }
  }

  std::vector<Id> ids_;
};

TEST_F(DictionaryTest, DecodesInAnyOrder) {
  const auto database = Database::open(":memory:", OpenOptions{});
  fill(*database);
  compare(*database->snapshot(), 1, 50);
  // The small blocks have been merged; what the cache has of them must not hide the new ones.
  database->compact();
  compare(*database->snapshot(), 2, 50);
}

// In the order of the dictionary, by threads or alone, through a cache that has room or has none.
TEST_F(DictionaryTest, DecodesManyInItsOrder) {
  for (const std::size_t cache : {std::size_t{64} << 10, std::size_t{64} << 20}) {
    ids_.clear();
    OpenOptions options;
    options.cache_bytes = cache;
    const auto database = Database::open(":memory:", options);
    fill(*database);
    const auto transaction = database->begin();
    const Id pending = transaction->intern("Ihttp://example.org/pending");
    const auto snapshot = transaction->snapshot();
    std::mt19937_64 random(cache);
    for (const std::size_t share : {1, 3, 200}) {
      std::vector<Id> ids;
      for (const Id id : ids_)
        if (random() % share == 0) ids.push_back(id);
      ids.insert(ids.begin() + static_cast<std::ptrdiff_t>(ids.size() / 2), ids[ids.size() / 2]);
      ids.push_back(pending);
      std::string expected;
      std::vector<std::size_t> expected_ends;
      snapshot->decode(ids, expected, expected_ends);
      for (const unsigned threads : {1U, 3U}) {
        std::string bytes;
        std::vector<std::size_t> ends;
        ASSERT_TRUE(snapshot->decode_ascending(ids, threads, expected.size(), bytes, ends));
        EXPECT_EQ(bytes, expected);
        EXPECT_EQ(ends, expected_ends);
        EXPECT_FALSE(snapshot->decode_ascending(ids, threads, expected.size() - 1, bytes, ends));
      }
    }
  }
}

TEST_F(DictionaryTest, DecodesThroughACacheOfAFewBlocks) {
  OpenOptions options;
  options.cache_bytes = std::size_t{64} << 10;
  const auto database = Database::open(":memory:", options);
  fill(*database);
  compare(*database->snapshot(), 3, 50);
}

TEST_F(DictionaryTest, DecodesWhatIsPackedWithCodebooks) {
  const auto database = Database::open(":memory:", OpenOptions{});
  const auto newest = [&] { return Codebooks().newest(database->kv()); };
  EXPECT_EQ(newest(), nullptr);
  fill(*database);
  database->compact();
  const auto first = newest();
  ASSERT_NE(first, nullptr) << "the terms of commits, merged";
  compare(*database->snapshot(), 4, 50);
  // Terms of another kind get a codebook of their own, and the others keep theirs.
  std::string text;
  for (std::size_t i = 0; i < kTerms; ++i) {
    const std::string other = "urn:uuid:" + std::to_string(i * 2654435761U % 99991) + "/\xC3\xA9\xC3\xA8/" + std::to_string(i);
    text += "<" + other + "> <" + other + "> <" + other + "> .\n";
  }
  const std::shared_ptr<const Snapshot> before = database->snapshot();
  LoadOptions ntriples;
  ntriples.format = Format::nt;
  load(*database, {LoadSource{"text", text, std::nullopt, std::nullopt}}, ntriples);
  const auto second = newest();
  EXPECT_EQ(second->number(), first->number() + 1);
  compare(*before, 5, 20);
  compare(*database->snapshot(), 6, 50);
  EXPECT_THAT(database->check(), testing::IsEmpty());
}

TEST_F(DictionaryTest, ThreadsShareIt) {
  for (const std::size_t cache : {std::size_t{64} << 10, std::size_t{64} << 20}) {
    ids_.clear();
    OpenOptions options;
    options.cache_bytes = cache;
    const auto database = Database::open(":memory:", options);
    fill(*database);
    std::vector<std::thread> threads;
    for (std::uint64_t i = 0; i < 4; ++i)
      threads.emplace_back([&, i] { compare(*database->snapshot(), 10 + i, 20); });
    for (std::thread& thread : threads) thread.join();
  }
}

}  // namespace
}  // namespace dossier
