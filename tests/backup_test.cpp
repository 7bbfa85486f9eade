// Backups and what is restored from them: whole or not there, independent of what they were made of.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <thread>

#include "engine/dossier.h"
#include "tests/program.h"

namespace dossier::testing {
namespace {

namespace fs = std::filesystem;

OpenOptions read_only() {
  OpenOptions options;
  options.create = false;
  options.read_only = true;
  return options;
}

std::string dump_of(Store& store) {
  std::ostringstream out;
  store.dump(out, Format::nq);
  return out.str();
}
std::string dump_at(const std::string& path) {
  Store store = Store::open(path, read_only());
  for (const std::string& finding : store.check()) ADD_FAILURE() << path << ": " << finding;
  return dump_of(store);
}

void fill(Store& store) {
  std::string text;
  for (int i = 0; i < 4000; ++i)
    text += "<a:s" + std::to_string(i / 3) + "> <a:p" + std::to_string(i % 5) + "> \"value " +
            std::to_string(i) + "\" <a:g" + std::to_string(i % 2) + "> .\n";
  store.load_text(text, Format::nq);
  store.session().update(
      "PREFIX : <a:> INSERT DATA { :a :b :c {| :since '2025' |} . _:x :y << :d :e _:x >> } ; DELETE WHERE { "
      ":s1 ?p ?o }");
}

// Everything below a directory: names and contents.
std::string tree_of(const std::string& path) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    std::ostringstream text;
    if (entry.is_regular_file()) text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    files[entry.path().string()] = text.str();
  }
  std::string all;
  for (const auto& [name, text] : files) all += name + "\n" + text;
  return all;
}

StorageError::Reason reason_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const StorageError& error) {
    return error.reason();
  }
  ADD_FAILURE() << "no StorageError";
  return StorageError::Reason::io;
}

TEST(Backup, OfEveryKindOfOpeningComesBackTheSame) {
  TemporaryFolder folder;
  const std::string path = folder / "store";
  Store writer = Store::open(path);
  fill(writer);
  Store reader = Store::open(path, read_only());
  Store memory = Store::open(":memory:");
  fill(memory);
  int number = 0;
  for (Store* store : {&writer, &reader, &memory}) {
    const std::string name = std::to_string(number++);
    const std::string backup = folder / ("backup" + name);
    store->backup(backup + "/");
    EXPECT_EQ(dump_at(backup), dump_of(*store));
    EXPECT_EQ(Store::open(backup, read_only()).statistics().sequence, store->statistics().sequence);
    for (const auto& entry : fs::directory_iterator(backup)) {
      EXPECT_TRUE(entry.is_regular_file()) << entry.path();
      EXPECT_EQ(entry.hard_link_count(), 1U) << entry.path() << " is shared with the store";
    }
    const std::string before = tree_of(backup);
    const std::string restored = folder / ("restored" + name);
    fs::create_directory(restored);  // an empty directory will do
    Store::restore(backup, restored);
    EXPECT_EQ(tree_of(backup), before);
    EXPECT_EQ(dump_at(restored), dump_of(*store));
    Store again = Store::open(restored);
    again.session().update("INSERT DATA { <a:new> <a:p> 1 }");
    EXPECT_EQ(again.statistics().quads, store->statistics().quads + 1);
    EXPECT_EQ(tree_of(backup), before);
  }
  for (const auto& entry : fs::directory_iterator(folder.path()))
    EXPECT_NE(entry.path().extension(), ".partial") << entry.path();
}

TEST(Backup, AndCheckHaveNothingOfALoadThatEndsMeanwhile) {
  TemporaryFolder folder;
  for (const std::string& path : {std::string(":memory:"), folder / "store"}) {
    Store store = Store::open(path);
    fill(store);
    std::string name;
    const ProgressCallback load_once = [&](const Progress&) {
      if (name.empty()) return true;
      store.session().update("INSERT DATA { <a:" + name + "> <a:p0> 'before it' }");
      std::string text;
      for (int i = 0; i < 4000; ++i) text += "<a:" + name + std::to_string(i) + "> <a:p0> \"more of it\" .\n";
      store.load_text(text, Format::nq);
      name.clear();
      return true;
    };
    name = "while-checking";
    for (const std::string& finding : store.check(load_once)) ADD_FAILURE() << path << ": " << finding;
    EXPECT_EQ(name, "") << "nothing was loaded";
    if (path != ":memory:") continue;  // its backup is of the files as they are after the first call
    const std::uint64_t quads = store.statistics().quads;
    name = "while-copying";
    store.backup(folder / "backup", load_once);
    EXPECT_EQ(name, "") << "nothing was loaded";
    Store copy = Store::open(folder / "backup");
    for (const std::string& finding : copy.check()) ADD_FAILURE() << finding;
    EXPECT_EQ(copy.statistics().quads, quads);
    copy.session().update("INSERT DATA { <a:new> <a:p> 'in the place of what came later' }");
    for (const std::string& finding : copy.check()) ADD_FAILURE() << finding;
  }
}

TEST(Backup, IsOneCommitBesideAWriter) {
  TemporaryFolder folder;
  const std::string path = folder / "store";
  Store writer = Store::open(path);
  fill(writer);
  const std::uint64_t base = writer.statistics().quads;
  const std::uint64_t first = writer.statistics().sequence;
  std::atomic<bool> running{true};
  std::thread thread([&] {
    Session session = writer.session();
    for (int i = 0; running.load(); ++i)
      session.update("INSERT DATA { <a:n" + std::to_string(i) + "> <a:p> 1, 2, 3 }");
  });
  for (int i = 0; i < 4; ++i) {
    const std::string backup = folder / ("backup" + std::to_string(i));
    if (i % 2 == 0) {
      writer.backup(backup);
    } else {
      EXPECT_EQ(run_program({"backup", path, backup}).code, 0);
    }
    dump_at(backup);
    const StoreStatistics statistics = Store::open(backup, read_only()).statistics();
    EXPECT_EQ(statistics.quads, base + 3 * (statistics.sequence - first));
  }
  running.store(false);
  thread.join();
}

TEST(Backup, FailsWithoutATrace) {
  TemporaryFolder folder;
  const std::string path = folder / "store";
  Store writer = Store::open(path);
  fill(writer);
  Store reader = Store::open(path, read_only());
  const std::string backup = folder / "backup";
  for (Store* store : {&writer, &reader}) {
    for (const Stage stage : {Stage::copying, Stage::checking}) {
      EXPECT_THROW(store->backup(backup, [&](const Progress& progress) { return progress.stage != stage; }),
                   LimitError);
      EXPECT_FALSE(fs::exists(backup));
      EXPECT_FALSE(fs::exists(backup + ".partial"));
    }
  }
  using Reason = StorageError::Reason;
  EXPECT_EQ(reason_of([&] { writer.backup(path + "/inside"); }), Reason::io);
  EXPECT_EQ(reason_of([&] { writer.backup(path); }), Reason::io);
  folder.file("file", "x");
  EXPECT_EQ(reason_of([&] { writer.backup(folder / "file"); }), Reason::io);
  // What a killed backup left is no hindrance.
  fs::create_directories(backup + ".partial/new");
  writer.backup(backup);
  EXPECT_FALSE(fs::exists(backup + ".partial"));
  EXPECT_EQ(reason_of([&] { writer.backup(backup); }), Reason::io);

  EXPECT_EQ(reason_of([&] { Store::restore(backup, backup); }), Reason::io);
  EXPECT_EQ(reason_of([&] { Store::restore(backup, backup + "/inside"); }), Reason::io);
  EXPECT_EQ(reason_of([&] { Store::restore(backup, path); }), Reason::io);
  EXPECT_EQ(reason_of([&] { Store::restore(folder / "nothing", folder / "new"); }), Reason::missing);
  fs::create_directory(folder / "empty");
  EXPECT_EQ(reason_of([&] { Store::restore(folder / "empty", folder / "new"); }), Reason::not_a_store);
  EXPECT_EQ(reason_of([&] { Store::restore(backup, ":memory:"); }), Reason::io);
  EXPECT_THROW(Store::restore(backup, folder / "new", [](const Progress&) { return false; }), LimitError);
  EXPECT_FALSE(fs::exists(folder / "new"));
  EXPECT_EQ(run_program({"restore", backup, folder / "new"}).code, 0);
  EXPECT_EQ(dump_at(folder / "new"), dump_of(writer));
  EXPECT_EQ(run_program({"restore", backup, folder / "new"}).code, 3);
}

TEST(Backup, DamageIsNamedAndRestoresNothing) {
  TemporaryFolder folder;
  const std::string backup = folder / "backup";
  {
    Store store = Store::open(":memory:");
    fill(store);
    store.backup(backup);
  }
  std::size_t damaged = 0;
  for (const auto& entry : fs::directory_iterator(backup)) {
    if (entry.path().extension() != ".sst") continue;
    std::string bytes;
    {
      std::ostringstream text;
      text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
      bytes = text.str();
    }
    std::string bad = bytes;
    bad[bad.size() / 7] = static_cast<char>(bad[bad.size() / 7] ^ 0x10);
    std::ofstream(entry.path(), std::ios::binary) << bad;
    const Outcome outcome = run_program({"restore", backup, folder / "new"});
    EXPECT_EQ(outcome.code, 3) << entry.path();
    EXPECT_NE(outcome.err.find(entry.path().filename().string()), std::string::npos) << outcome.err;
    EXPECT_FALSE(fs::exists(folder / "new"));
    std::ofstream(entry.path(), std::ios::binary) << bytes;
    ++damaged;
  }
  EXPECT_GT(damaged, 8U);
  Store::restore(backup, folder / "new");
}

}  // namespace
}  // namespace dossier::testing
