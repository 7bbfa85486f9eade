// What deleting gives back: unused terms go, thin blocks are packed, and the files of a store stay near those
// of a fresh one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <thread>

#include "engine/dossier.h"
#include "tests/program.h"

namespace dossier::testing {
namespace {

namespace fs = std::filesystem;

Term ex(const std::string& name) {
  return Term::iri("http://example.org/" + name);
}

std::string dump(Store& store) {
  std::ostringstream out;
  store.dump(out, Format::nq);
  return out.str();
}

// 0 for a file that is just being deleted.
std::uint64_t size_of(const fs::directory_entry& entry) {
  std::error_code error;
  const auto size = entry.file_size(error);
  return error ? 0 : size;
}

std::uint64_t bytes_on_disk(const std::string& directory) {
  std::uint64_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(directory))
    if (std::error_code ignored;
        entry.is_regular_file(ignored) && entry.path().filename().string().find("LOG") != 0)
      bytes += size_of(entry);
  return bytes;
}

// When nothing is at work in the background: while files are merged, old and new ones lie side by side.
std::uint64_t settled_bytes(const std::string& directory) {
  std::uint64_t bytes = bytes_on_disk(directory);
  for (int tries = 0; tries < 40; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::uint64_t now = bytes_on_disk(directory);
    if (now == bytes) break;
    bytes = now;
  }
  return bytes;
}

TEST(Compaction, DropsTermsThatNoQuadUses) {
  Store store = Store::open(":memory:");
  Session session = store.session();
  session.update(R"(PREFIX : <http://example.org/>
    INSERT DATA {
      :kept :p "kept", <<( :inner :in <<( :deep :in "deep literal" )>> )>> .
      :gone :q "gone", <<( :lost :in <<( :lower :in "lost literal" )>> )>> .
      GRAPH :graph { :in-graph :p "a literal of the graph" }
      GRAPH :gone-graph { :x :r "another" }
    })");
  const std::uint64_t all = store.statistics().terms;
  session.update(R"(PREFIX : <http://example.org/>
    DELETE WHERE { :gone ?p ?o } ; DROP GRAPH :gone-graph)");
  EXPECT_EQ(store.statistics().terms, all);
  const std::string before = dump(store);
  store.compact();
  EXPECT_TRUE(store.check().empty()) << store.check().front();
  EXPECT_EQ(dump(store), before);
  // :gone :q "gone" :lost :lower "lost literal" :gone-graph :x :r "another" and two triple terms; short
  // literals are inline.
  const std::uint64_t left = store.statistics().terms;
  EXPECT_EQ(store.statistics().triple_terms, 2U);
  store.compact();
  EXPECT_EQ(store.statistics().terms, left);
  std::uint64_t in_use = 0;
  Store fresh = Store::open(":memory:");
  fresh.load_text(before, Format::nq);
  in_use = fresh.statistics().terms;
  EXPECT_EQ(left, in_use);
  EXPECT_LT(left, all);

  // What was dropped can come again, and is found by all ways.
  session.update(R"(PREFIX : <http://example.org/>
    INSERT DATA { :gone :q "gone", <<( :lost :in <<( :lower :in "lost literal" )>> )>> })");
  EXPECT_TRUE(store.check().empty());
  QuadCursor cursor = session.match({ex("gone"), ex("q"), std::nullopt, std::nullopt, false});
  std::size_t found = 0;
  while (cursor.next()) ++found;
  EXPECT_EQ(found, 2U);
}

TEST(Compaction, OlderReadersKeepWhatTheyHad) {
  Store store = Store::open(":memory:");
  Session session = store.session();
  std::vector<Quad> quads;
  for (int i = 0; i < 5000; ++i)
    quads.push_back({ex("subject-" + std::to_string(i)), ex("p"),
                     Term::literal("a literal of some length, number " + std::to_string(i)), std::nullopt});
  session.insert(quads);
  Result older = session.query("SELECT ?s ?o { ?s ?p ?o }");
  QuadCursor cursor = session.match();
  ASSERT_TRUE(older.next());
  ASSERT_TRUE(cursor.next());
  Session writer = store.session();
  writer.update("CLEAR ALL");
  store.compact();
  writer.update(
      "INSERT DATA { <http://example.org/new> <http://example.org/p> 'another literal of some length' }");
  EXPECT_EQ(store.statistics().terms, 3U);
  std::size_t rows = 1;
  for (; older.next(); ++rows) {
    EXPECT_THAT(std::string(older.get(0)->value()), ::testing::StartsWith("http://example.org/subject-"));
    EXPECT_THAT(std::string(older.get(1)->value()), ::testing::StartsWith("a literal of some length"));
  }
  EXPECT_EQ(rows, 5000U);
  rows = 1;
  for (; cursor.next(); ++rows)
    EXPECT_THAT(std::string(cursor.quad().subject.value()),
                ::testing::StartsWith("http://example.org/subject-"));
  EXPECT_EQ(rows, 5000U);
  EXPECT_TRUE(store.check().empty());
}

TEST(Compaction, BlankNodesKeepTheirLabels) {
  Store store = Store::open(":memory:");
  Session session = store.session();
  session.update(
      "INSERT DATA { _:x <http://example.org/p> 1 . <http://example.org/unused> <http://example.org/q> _:y "
      "}");
  session.update("DELETE WHERE { ?s <http://example.org/q> ?o }");
  QuadCursor cursor = session.match();
  ASSERT_TRUE(cursor.next());
  const Term node = cursor.quad().subject;
  store.compact();
  EXPECT_TRUE(session.insert({node, ex("p"), Term::integer(2), std::nullopt}));
  Result result = session.query("SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }");
  ASSERT_TRUE(result.next());
  EXPECT_EQ(result.get(0)->as_integer(), 1);
}

TEST(Compaction, AnEmptiedStoreIsAsGoodAsNew) {
  TemporaryFolder folder;
  {
    Store store = Store::open(folder / "store");
    std::string text;
    for (int i = 0; i < 20'000; ++i)
      text += "<http://example.org/s" + std::to_string(i) + "> <http://example.org/p> \"a longer literal " +
              std::to_string(i) + "\" <http://example.org/g" + std::to_string(i % 3) + "> .\n";
    store.load_text(text, Format::nq);
    store.session().update("CLEAR ALL");
    store.compact();
    EXPECT_EQ(store.statistics().quads, 0U);
    EXPECT_EQ(store.statistics().terms, 0U);
    EXPECT_TRUE(store.check().empty());
    EXPECT_EQ(store.load_text(text, Format::nq).added, 20'000U);
    EXPECT_TRUE(store.check().empty());
  }
  EXPECT_TRUE(Store::open(folder / "store").check().empty());
}

// A year of edits: many times its size is put into a store and taken out again, with terms that come and go.
// Twenty times a million quads with DOSSIER_LONG_TESTS=1.
TEST(Compaction, AStoreWithManyEditsStaysSmall) {
  const bool is_long = std::getenv("DOSSIER_LONG_TESTS") != nullptr;
  const std::size_t size = is_long ? 1'000'000 : 100'000;
  const std::size_t slice = size / 5;
  const std::size_t rounds = is_long ? 100 : 10;
  TemporaryFolder folder;
  const auto line = [](const std::string& kind, std::size_t number) {
    const std::string name = std::to_string(number);
    return "<http://example.org/" + kind + "/" + name + "> <http://example.org/" + kind +
           "> \"a literal of " + kind + ", number " + name + "\" .\n";
  };
  std::string stays;
  for (std::size_t i = 0; i < size; ++i) stays += line("stays", i);
  OpenOptions options;
  options.durability = Durability::none;
  Store::open(folder / "fresh", options).load_text(stays, Format::nt);
  const std::uint64_t fresh = bytes_on_disk(folder / "fresh");
  std::uint64_t most = 0;
  {
    Store store = Store::open(folder / "store", options);
    store.load_text(stays, Format::nt);
    Session session = store.session();
    for (std::size_t round = 0; round < rounds; ++round) {
      // A third by a load, the rest by commits of a thousand.
      std::string text;
      std::vector<Quad> quads;
      for (std::size_t i = 0; i < slice; ++i) {
        const std::size_t number = round * slice + i;
        if (i % 3 == 0) {
          text += line("goes", number);
        } else {
          quads.push_back({ex("goes/" + std::to_string(number)), ex("goes"),
                           Term::literal("a literal that goes, number " + std::to_string(number)),
                           std::nullopt});
        }
      }
      store.load_text(text, Format::nt);
      for (std::size_t at = 0; at < quads.size(); at += 1000)
        session.insert(std::span(quads).subspan(at, std::min<std::size_t>(1000, quads.size() - at)));
      session.update("DELETE WHERE { ?s <http://example.org/goes> ?o }");
      ASSERT_EQ(store.statistics().quads, size);
      most = std::max(most, settled_bytes(folder / "store"));
    }
    EXPECT_TRUE(store.check().empty());
    EXPECT_LE(most, 3 * fresh) << "before compact";
    store.compact();
    EXPECT_TRUE(store.check().empty());
    EXPECT_EQ(store.statistics().quads, size);
    EXPECT_EQ(store.statistics().terms, 2 * size + 1);
  }
  const std::uint64_t compacted = bytes_on_disk(folder / "store");
  EXPECT_LE(compacted, fresh + fresh / 2);
  std::cout << "bytes on disk: fresh " << fresh << ", at most " << most << ", compacted " << compacted
            << '\n';
}

}  // namespace
}  // namespace dossier::testing
