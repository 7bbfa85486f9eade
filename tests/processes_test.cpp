// Several processes on one store: a writer that comes and goes, readers that open beside it.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "engine/dossier.h"
#include "tests/program.h"

namespace dossier::testing {
namespace {

// Each opening for writing replays the log, writes a table, starts a manifest and deletes the old log; a
// reader that opens meanwhile must see every commit that was acknowledged before it began.
TEST(Processes, ReadersOpenBesideAWriterThatComesAndGoes) {
  constexpr std::uint64_t kCommits = 40;
  TemporaryFolder folder;
  const std::string path = folder / "store";
  ASSERT_EQ(run_program({"update", path, "INSERT DATA { <a:0> <a:p> 0 }"}).code, 0);
  std::atomic<std::uint64_t> acknowledged{1};
  std::atomic<bool> running{true};
  std::thread writer([&] {
    for (std::uint64_t i = 1; i < kCommits; ++i) {
      const std::string number = std::to_string(i);
      const Outcome outcome =
          run_program({"update", path, "INSERT DATA { <a:" + number + "> <a:p> " + number + " }"});
      EXPECT_EQ(outcome.code, 0) << outcome.err;
      acknowledged.store(i + 1);
    }
    running.store(false);
  });
  std::size_t opened = 0;
  for (; running.load(); ++opened) {
    const std::uint64_t least = acknowledged.load();
    try {
      OpenOptions options;
      options.read_only = true;
      const Store store = Store::open(path, options);
      const StoreStatistics statistics = store.statistics();
      EXPECT_GE(statistics.quads, least);
      EXPECT_EQ(statistics.sequence, statistics.quads);
      EXPECT_TRUE(store.check().empty());
    } catch (const Error& error) {
      ADD_FAILURE() << error.what();
    }
    if (HasFailure()) break;
  }
  writer.join();
  EXPECT_EQ(acknowledged.load(), kCommits);
  EXPECT_GT(opened, 1U);
}


OpenOptions read_only() {
  OpenOptions options;
  options.create = false;
  options.read_only = true;
  return options;
}

// What the writer of the next test does: commit n brings group n, some quads with the subject <a:n>, and takes away the group
// of commit n - 5 if both are small. So the number of a commit tells every group.
class Groups {
 public:
  static bool large(std::uint64_t n) { return n % 20 == 10; }  // enough for the way of bulk loads
  static std::uint64_t size(std::uint64_t n) { return large(n) ? 2500 + n : 1 + n % 7; }
  static std::uint64_t size_at(std::uint64_t n, std::uint64_t commit) {
    if (n == 0 || n > commit) return 0;
    return !large(n) && !large(n + 5) && n + 5 <= commit ? 0 : size(n);
  }
  static std::uint64_t total_at(std::uint64_t commit) {
    std::uint64_t total = 0;
    for (std::uint64_t n = 1; n <= commit; ++n) total += size_at(n, commit);
    return total;
  }
  static std::string quads(std::uint64_t n) {
    std::string text;
    for (std::uint64_t i = 0; i < size(n); ++i)
      text += "<a:" + std::to_string(n) + "> <a:p" + std::to_string(i % 3) + "> \"a value of some length " +
              std::to_string(i) + "\" .\n";
    return text;
  }
  // One commit, as the shell takes it.
  static std::string script(std::uint64_t n, const TemporaryFolder& folder) {
    if (large(n)) return ".load '" + folder.file(std::to_string(n) + ".nt", quads(n)) + "'\n";
    std::string text = "INSERT DATA {\n" + quads(n) + "}";
    if (n > 5 && !large(n - 5)) text = "DELETE WHERE { <a:" + std::to_string(n - 5) + "> ?p ?o } ;\n" + text;
    return text + "\n\n";
  }
};

void expect_one_commit(Store& store, std::uint64_t& last) {
  const StoreStatistics statistics = store.statistics();
  const std::uint64_t commit = statistics.sequence;
  EXPECT_GE(commit, last);
  last = commit;
  EXPECT_EQ(statistics.quads, Groups::total_at(commit));
  Session session = store.session();
  for (const std::uint64_t n : {commit + 1, commit, commit - 1, commit - 4, commit - 5, commit / 20 * 20 + 10}) {
    if (n > commit + 1) continue;
    QuadPattern pattern;
    pattern.subject = Term::iri("a:" + std::to_string(n));
    std::uint64_t found = 0;
    for (QuadCursor cursor = session.match(pattern); cursor.next();) ++found;
    EXPECT_EQ(found, Groups::size_at(n, commit)) << "group " << n << " at commit " << commit;
  }
  for (const std::string& finding : store.check()) ADD_FAILURE() << finding << " at commit " << commit;
}

// A writer commits, loads large files, flushes (each process that ends) and compacts, while a reader follows.
TEST(Processes, ARefreshingReaderSeesWholeCommits) {
  constexpr std::uint64_t kCommits = 60;  // at least, and until the reader has seen some changes
  constexpr std::size_t kChanges = 8;
  TemporaryFolder folder;
  const std::string path = folder / "store";
  ASSERT_EQ(run_program({path, "-f", "-"}, Groups::script(1, folder)).code, 0);
  std::atomic<bool> running{true};
  std::atomic<bool> reading{true};
  std::atomic<std::size_t> changes{0};
  std::uint64_t next = 2;
  std::thread writer([&] {
    while (next <= kCommits || (changes.load() < kChanges && reading.load())) {
      std::string script;
      for (const std::uint64_t end = next + 11; next < end; ++next)
        script += Groups::script(next, folder);
      const Outcome outcome = run_program({path, "-f", "-"}, script);
      EXPECT_EQ(outcome.code, 0) << outcome.err;
      const Outcome compacted = run_program({"compact", path});
      EXPECT_EQ(compacted.code, 0) << compacted.err;
    }
    running.store(false);
  });
  Store store = Store::open(path, read_only());
  std::uint64_t last = 0;
  while (running.load() && !HasFailure()) {
    Session old = store.session();
    QuadCursor cursor = old.match({});
    const std::uint64_t begun = store.statistics().sequence;
    try {
      if (store.refresh()) ++changes;
    } catch (const Error& error) {
      ADD_FAILURE() << error.what();
    }
    // What began before the refresh ends in its own state.
    std::uint64_t found = 0;
    while (cursor.next()) ++found;
    EXPECT_EQ(found, Groups::total_at(begun)) << "commit " << begun;
    expect_one_commit(store, last);
  }
  reading.store(false);
  writer.join();
  store.refresh();
  expect_one_commit(store, last);
  EXPECT_EQ(last, next - 1);
  EXPECT_GE(changes.load(), kChanges);
}

TEST(Processes, RefreshKeepsWhatHasBegunAndIsCheap) {
  TemporaryFolder folder;
  const std::string path = folder / "store";
  Store writer = Store::open(path);
  writer.session().update("INSERT DATA { <a:0> <a:p> 0 }");
  EXPECT_FALSE(writer.refresh());

  Store reader = Store::open(path, read_only());
  EXPECT_FALSE(reader.refresh());
  Session session = reader.session();
  Result result = session.query("SELECT * { ?s ?p ?o }");
  session.begin();  // a transaction that is rolled back: rows for a query of one's own
  EXPECT_TRUE(session.insert({Term::iri("a:x"), Term::iri("a:p"), Term::integer(5), {}}));
  writer.session().update("INSERT DATA { <a:1> <a:p> 1 }");
  try {
    reader.refresh();
    ADD_FAILURE() << "refreshed under a transaction of this thread";
  } catch (const StorageError& error) {
    EXPECT_EQ(error.reason(), StorageError::Reason::in_use);
  }
  EXPECT_TRUE(session.query("ASK { <a:x> <a:p> 5 FILTER NOT EXISTS { <a:1> ?p ?o } }").boolean());
  session.rollback();
  EXPECT_TRUE(reader.refresh());
  EXPECT_FALSE(reader.refresh());
  EXPECT_EQ(reader.statistics().quads, 2U);
  EXPECT_EQ(session.query("SELECT * { ?s ?p ?o }").batch(10).size(), 2U);  // a session lives on
  EXPECT_EQ(result.batch(10).size(), 1U);

  // A compaction is no commit, but its files are taken over.
  writer.compact();
  EXPECT_FALSE(reader.refresh());
  EXPECT_EQ(reader.statistics().quads, 2U);
}

TEST(Processes, ASecondWriterIsToldWhoHoldsTheStore) {
  TemporaryFolder folder;
  const std::string path = folder / "store";
  ASSERT_EQ(run_program({"update", path, "INSERT DATA { <a:0> <a:p> 0 }"}).code, 0);
  std::array<int, 2> in{};
  ASSERT_EQ(::pipe2(in.data(), O_CLOEXEC), 0);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  const pid_t holder = start_program({"load", path, "-", "--format", "nt"}, in[0], null, null);
  const std::string mark = path + "/WRITER";
  for (int i = 0; i < 600 && !std::filesystem::exists(mark); ++i) ::usleep(20'000);
  const auto told = [&] {
    const Outcome outcome = run_program({"update", path, "INSERT DATA { <a:1> <a:p> 1 }"});
    EXPECT_EQ(outcome.code, 3);
    return outcome.err;
  };
  EXPECT_NE(told().find("in use by process " + std::to_string(holder) + " (dossier)"), std::string::npos) << told();

  // A number that another process bears now, or that belongs to another container, names nobody.
  std::string good;
  std::getline(std::ifstream(mark), good);
  const std::size_t blank = good.find(' ');
  const std::string start = good.substr(blank, good.rfind(' ') - blank);
  for (const std::string& wrong :
       {std::to_string(::getpid()) + start + good.substr(good.rfind(' ')), good + "x",
        std::to_string(holder) + start + "0" + good.substr(good.rfind(' ')), std::to_string(holder), std::string()}) {
    std::ofstream(mark) << wrong << '\n';
    EXPECT_NE(told().find("in use by another process"), std::string::npos) << wrong;
  }
  std::ofstream(mark) << good << '\n';
  EXPECT_NE(told().find("process " + std::to_string(holder)), std::string::npos);

  // What a killed holder leaves behind holds nobody up.
  ::kill(holder, SIGKILL);
  exit_code(holder);
  EXPECT_TRUE(std::filesystem::exists(mark));
  EXPECT_EQ(run_program({"update", path, "INSERT DATA { <a:1> <a:p> 1 }"}).code, 0);
  EXPECT_FALSE(std::filesystem::exists(mark));
  for (const int file : {in[0], in[1], null}) ::close(file);

  const Store store = Store::open(path);
  try {
    Store::open(path);
    ADD_FAILURE() << "opened twice for writing";
  } catch (const StorageError& error) {
    EXPECT_NE(std::string(error.what()).find("in use by this process"), std::string::npos) << error.what();
  }
  EXPECT_NE(told().find("process " + std::to_string(::getpid())), std::string::npos);
}

}  // namespace
}  // namespace dossier::testing
