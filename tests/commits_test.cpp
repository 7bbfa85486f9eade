// Commits as applications see them: the log, the change feed, what waits for whom, what each durability
// promises here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <set>
#include <thread>

#include "engine/dossier.h"
#include "tests/program.h"

namespace dossier::testing {
namespace {

using ::testing::HasSubstr;

using namespace std::chrono_literals;

Quad quad(int number) {
  return {Term::iri("http://example.org/s" + std::to_string(number)), Term::iri("http://example.org/p"),
          Term::integer(number), std::nullopt};
}
std::vector<Quad> quads(int first, int count) {
  std::vector<Quad> result;
  for (int i = 0; i < count; ++i) result.push_back(quad(first + i));
  return result;
}

std::set<std::string> texts(QuadCursor cursor) {
  std::set<std::string> result;
  while (cursor.next()) {
    const Quad& quad = cursor.quad();
    result.insert(quad.subject.to_string() + " " + quad.predicate.to_string() + " " +
                  quad.object.to_string() + (quad.graph ? " " + quad.graph->to_string() : ""));
  }
  return result;
}

TEST(Commits, TheLogTellsNumberTimeAndSize) {
  const auto start = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  TemporaryFolder folder;
  {
    Store store = Store::open(folder / "store");
    EXPECT_TRUE(store.log().empty());
    Session session = store.session();
    session.insert(quads(0, 5));
    session.update(
        "DELETE DATA { <http://example.org/s0> <http://example.org/p> 0 } ;"
        "INSERT DATA { <http://example.org/s9> <http://example.org/p> 9 }");
    session.update(
        "DELETE DATA { <http://example.org/s0> <http://example.org/p> 0 }");  // changes nothing: no commit
    store.load_text("<http://example.org/s1> <http://example.org/p> 1 , 77 .", Format::ttl);
    store.compact();
  }
  OpenOptions reading;
  reading.read_only = true;
  const Store store = Store::open(folder / "store", reading);
  const std::vector<Commit> log = store.log();
  ASSERT_EQ(log.size(), 3U);
  const std::vector<std::array<std::uint64_t, 4>> expected = {{3, 1, 0, 6}, {2, 1, 1, 5}, {1, 5, 0, 5}};
  for (std::size_t i = 0; i < log.size(); ++i) {
    EXPECT_EQ((std::array{log[i].sequence, log[i].added, log[i].removed, log[i].quads}), expected[i]);
    EXPECT_GE(log[i].time, start);
    EXPECT_LE(log[i].time, std::chrono::system_clock::now());
  }
  EXPECT_EQ(store.statistics().sequence, 3U);
  ASSERT_EQ(store.log(1).size(), 1U);
  EXPECT_EQ(store.log(1)[0].sequence, 3U);
  ASSERT_EQ(store.log(10, 3).size(), 2U);
  EXPECT_EQ(store.log(10, 3)[0].sequence, 2U);
  EXPECT_TRUE(store.log(10, 1).empty());
}

TEST(Commits, ListenersGetWhatEachCommitChanged) {
  Store store = Store::open(":memory:");
  Session session = store.session();
  session.insert(quads(0, 3));
  struct Seen {
    Commit commit;
    std::set<std::string> added;
    std::set<std::string> removed;
  };
  std::vector<Seen> seen;
  {
    const Subscription subscription = store.on_commit([&](const ChangeSet& change) {
      // Twice, for a listener may read as often as it likes; and the store shows the new state already.
      EXPECT_EQ(texts(change.added()), texts(change.added()));
      EXPECT_EQ(store.statistics().sequence, change.commit().sequence);
      seen.push_back({change.commit(), texts(change.added()), texts(change.removed())});
    });
    session.begin();
    session.insert(quad(3));
    session.erase(quad(0));
    session.insert(quad(4));
    session.erase(quad(4));  // never was there for anybody else
    EXPECT_TRUE(seen.empty());
    session.commit();
    session.begin();
    session.insert(quad(5));
    session.rollback();
    session.update("PREFIX : <http://example.org/> INSERT DATA { GRAPH :g { :x :p <<( :a :b _:c )>> } }");
    std::string text;  // enough for the way of large loads
    for (int i = 100; i < 3100; ++i)
      text += "<http://example.org/s" + std::to_string(i) + "> <http://example.org/p> 1 .\n";
    store.load_text(text + "<http://example.org/s3> <http://example.org/p> 3 .", Format::ttl);
  }
  session.insert(quad(6));
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0].commit.sequence, 2U);
  EXPECT_EQ(seen[0].added, (std::set<std::string>{"<http://example.org/s3> <http://example.org/p> \"3\"^^"
                                                  "<http://www.w3.org/2001/XMLSchema#integer>"}));
  EXPECT_EQ(seen[0].removed, (std::set<std::string>{"<http://example.org/s0> <http://example.org/p> \"0\"^^"
                                                    "<http://www.w3.org/2001/XMLSchema#integer>"}));
  EXPECT_EQ(seen[0].commit.added, 1U);
  EXPECT_EQ(seen[0].commit.removed, 1U);
  ASSERT_EQ(seen[1].added.size(), 1U);
  EXPECT_THAT(*seen[1].added.begin(), HasSubstr("<<( <http://example.org/a> <http://example.org/b> _:b"));
  EXPECT_THAT(*seen[1].added.begin(), HasSubstr(" <http://example.org/g>"));
  EXPECT_EQ(seen[2].commit.added, 3000U);
  EXPECT_EQ(seen[2].added.size(), 3000U);
  EXPECT_TRUE(seen[2].removed.empty());
}

TEST(Commits, WhatAListenerThrowsLeavesTheCallAndTheCommitStands) {
  Store store = Store::open(":memory:");
  Session session = store.session();
  const Subscription first = store.on_commit([](const ChangeSet&) { throw std::runtime_error("mine"); });
  std::size_t calls = 0;
  const Subscription second = store.on_commit([&](const ChangeSet&) { ++calls; });
  EXPECT_THROW(session.insert(quad(1)), std::runtime_error);
  EXPECT_EQ(calls, 1U);
  EXPECT_EQ(store.statistics().quads, 1U);
}

TEST(Commits, AListenerMayNotWriteButMayEndItself) {
  Store store = Store::open(":memory:");
  Session session = store.session();
  std::size_t calls = 0;
  std::optional<Subscription> subscription;
  subscription = store.on_commit([&](const ChangeSet&) {
    ++calls;
    Session other = store.session();
    EXPECT_THROW(other.insert(quad(2)), StorageError);
    subscription.reset();
  });
  session.insert(quad(1));
  session.insert(quad(3));
  EXPECT_EQ(calls, 1U);
  EXPECT_EQ(store.statistics().quads, 2U);
}

TEST(Commits, ASecondWriterWaitsAsLongAsTheOptionSays) {
  OpenOptions options;
  options.writer_wait = 50ms;
  Store store = Store::open(":memory:", options);
  Session first = store.session();
  first.begin();
  std::thread([&] {
    Session second = store.session();
    const auto start = std::chrono::steady_clock::now();
    try {
      second.insert(quad(1));
      ADD_FAILURE() << "no error";
    } catch (const StorageError& error) {
      EXPECT_EQ(error.reason(), StorageError::Reason::in_use);
      EXPECT_THAT(error.what(), HasSubstr("waited 0.05 s"));
    }
    EXPECT_GE(std::chrono::steady_clock::now() - start, 50ms);
  }).join();
  first.commit();
  std::thread([&] { store.session().insert(quad(1)); }).join();
  EXPECT_EQ(store.statistics().quads, 1U);
}

TEST(Commits, AWaitForTheWriterCanBeCancelled) {
  Store store = Store::open(":memory:");
  Session first = store.session();
  first.begin();
  Session second = store.session();
  std::atomic<bool> done{false};
  std::thread waiting([&] {
    EXPECT_THROW(second.update("INSERT DATA { <a:a> <a:b> <a:c> }"), LimitError);
    done = true;
  });
  // Until the other thread has begun to wait, a cancel has nothing to cancel.
  while (!done) {
    second.cancel();
    std::this_thread::sleep_for(5ms);
  }
  waiting.join();
  first.commit();
}

TEST(Commits, EveryDurabilityKeepsWhatWasCommitted) {
  for (const Durability durability : {Durability::sync, Durability::group, Durability::none}) {
    TemporaryFolder folder;
    OpenOptions options;
    options.durability = durability;
    constexpr int kThreads = 4;
    constexpr int kCommits = 25;
    {
      Store store = Store::open(folder / "store", options);
      std::vector<std::thread> threads;
      for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
          Session session = store.session();
          for (int i = 0; i < kCommits; ++i) session.insert(quad(t * kCommits + i));
        });
      }
      for (auto& thread : threads) thread.join();
      store.sync();
    }
    Store store = Store::open(folder / "store", options);
    EXPECT_EQ(store.statistics().quads, std::uint64_t{kThreads * kCommits});
    EXPECT_EQ(store.statistics().sequence, std::uint64_t{kThreads * kCommits});
    EXPECT_TRUE(store.check().empty());
  }
}

}  // namespace
}  // namespace dossier::testing
