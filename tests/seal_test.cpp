// What a closed store's files are held to, and what those of a killed one are not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "engine/dossier.h"
#include "tests/program.h"

namespace dossier::testing {
namespace {

namespace fs = std::filesystem;

OpenOptions options(bool read_only) {
  OpenOptions result;
  result.create = false;
  result.read_only = read_only;
  return result;
}

void commit(Store& store, int number) {
  store.session().insert({Term::iri("http://example.org/s"), Term::iri("http://example.org/p"),
                          Term::integer(number), std::nullopt});
}

// The last log of the store that is not empty.
fs::path log_of(const fs::path& store) {
  fs::path last;
  for (const auto& entry : fs::directory_iterator(store)) {
    if (entry.path().extension() == ".log" && entry.file_size() > 0 && entry.path() > last)
      last = entry.path();
  }
  return last;
}

fs::path manifest_of(const fs::path& store) {
  std::string name;
  std::getline(std::ifstream(store / "CURRENT"), name);
  return store / name;
}

std::string error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const CorruptionError& error) {
    return error.what();
  }
  return {};
}

class SealTest : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = folder_ / "store";
    Store store = Store::open(path_);
    for (int i = 0; i < 20; ++i) commit(store, i);
    killed_ = folder_ / "killed";
    fs::copy(path_, killed_, fs::copy_options::recursive);
  }
  TemporaryFolder folder_;
  std::string path_;
  std::string killed_;
};

TEST_F(SealTest, AClosedStoreMissesTheEndOfItsLogOrManifest) {
  for (const auto& file : {log_of(path_), manifest_of(path_)}) {
    const auto size = fs::file_size(file);
    fs::copy(file, folder_ / "whole", fs::copy_options::overwrite_existing);
    fs::resize_file(file, size - 20);
    for (const bool read_only : {true, false}) {
      EXPECT_THAT(
          error_of([&] { Store::open(path_, options(read_only)); }),
          ::testing::HasSubstr(file.filename().string() + " is not as it was when the store was closed"));
    }
    fs::copy(folder_ / "whole", file, fs::copy_options::overwrite_existing);
  }
  EXPECT_EQ(Store::open(path_, options(true)).statistics().quads, 20U);
  EXPECT_EQ(Store::open(path_, options(false)).statistics().quads, 20U);
}

TEST_F(SealTest, AKilledStoreHasNone) {
  EXPECT_FALSE(fs::exists(fs::path(killed_) / "SEAL"));
  const fs::path log = log_of(killed_);
  fs::resize_file(log, fs::file_size(log) - 20);
  Store store = Store::open(killed_, options(false));
  EXPECT_EQ(store.statistics().quads, 19U);
  EXPECT_TRUE(store.check().empty());
}

// A loss of power may leave a log as long as it was to be, without its last bytes.
TEST_F(SealTest, AKilledStoreMayEndWithZerosButHaveNoHole) {
  const fs::path log = log_of(killed_);
  const auto zero = [&](std::uint64_t from, std::uint64_t count) {
    std::fstream file(log, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(from));
    file << std::string(count, '\0');
  };
  const auto size = fs::file_size(log);
  fs::copy(log, folder_ / "whole");
  zero(size / 2, 30);
  for (const bool read_only : {true, false})
    EXPECT_FALSE(error_of([&] { Store::open(killed_, options(read_only)); }).empty());
  fs::copy(folder_ / "whole", log, fs::copy_options::overwrite_existing);
  zero(size - 30, 30);
  EXPECT_EQ(Store::open(killed_, options(true)).statistics().quads, 19U);
  {
    Store store = Store::open(killed_, options(false));
    EXPECT_EQ(store.statistics().quads, 19U);
    commit(store, 100);
    EXPECT_TRUE(store.check().empty());
  }
  EXPECT_EQ(Store::open(killed_, options(false)).statistics().quads, 20U);
}

TEST_F(SealTest, AManifestMayEndWithARecordThatIsNotThereYet) {
  const std::string header("\x12\x34\x56\x78\x40\x00\x01", 7);  // a checksum, 64 bytes, a whole record
  std::ofstream(manifest_of(killed_), std::ios::app | std::ios::binary)
      << header << "abc" << std::string(61, '\0');
  for (const bool read_only : {true, false}) {
    Store store = Store::open(killed_, options(read_only));
    EXPECT_EQ(store.statistics().quads, 20U);
    EXPECT_TRUE(store.check().empty());
  }
}

// Zeros at its end as well do not make a hole a torn end.
TEST_F(SealTest, AHoleBeforeATornEndIsDamage) {
  const fs::path log = log_of(killed_);
  const auto size = fs::file_size(log);
  std::fstream file(log, std::ios::in | std::ios::out | std::ios::binary);
  for (const auto from : {size / 2, size - 30}) {
    file.seekp(static_cast<std::streamoff>(from));
    file << std::string(30, '\0');
  }
  file.close();
  for (const bool read_only : {true, false})
    EXPECT_FALSE(error_of([&] { Store::open(killed_, options(read_only)); }).empty());
}

TEST_F(SealTest, OpeningForWritingBreaksItAndClosingWritesItAnew) {
  const fs::path seal = fs::path(path_) / "SEAL";
  EXPECT_TRUE(fs::exists(seal));
  {
    Store store = Store::open(path_);
    EXPECT_FALSE(fs::exists(seal));
    commit(store, 100);
    EXPECT_EQ(Store::open(path_, options(true)).statistics().quads, 21U);  // beside a writer there is none
  }
  EXPECT_TRUE(fs::exists(seal));
  EXPECT_EQ(Store::open(path_, options(true)).statistics().quads, 21U);
}

TEST_F(SealTest, ADamagedSealTellsNothing) {
  for (const std::string text : {"", "no seal", "CURRENT 16 0123456789abcdef\n0123456789abcdef\n"}) {
    std::ofstream(fs::path(path_) / "SEAL") << text;
    EXPECT_EQ(Store::open(path_, options(true)).statistics().quads, 20U);
  }
}

}  // namespace
}  // namespace dossier::testing
