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

}  // namespace
}  // namespace dossier::testing
