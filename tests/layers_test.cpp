// The arrows of the house: shell -> engine -> grammar, RocksDB in kv*.cpp and their headers alone, X3 in grammar alone.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace {

// Calls `visit(path relative to the project, line)` for each #include line below `folder`.
template <typename Visit>
void for_each_include(const std::string& folder, Visit visit) {
  const std::filesystem::path root = DOSSIER_SOURCE_DIR;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
    const auto extension = entry.path().extension();
    if (extension != ".h" && extension != ".cpp") continue;
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);)
      if (line.starts_with("#include")) visit(std::filesystem::relative(entry.path(), root).string(), line);
  }
}

bool includes(const std::string& line, const std::string& what) {
  return line.find(what) != std::string::npos;
}

TEST(Layers, RocksDbIsKnownToKvAlone) {
  int seen = 0;
  for (const char* folder : {"engine", "grammar", "shell"})
    for_each_include(folder, [&](const std::string& file, const std::string& line) {
      if (!includes(line, "rocksdb/")) return;
      ++seen;
      EXPECT_TRUE(file.starts_with("engine/store/kv")) << file << ": " << line;
    });
  EXPECT_GT(seen, 0) << "the test reads no includes";
}

TEST(Layers, SpiritIsKnownToGrammarAlone) {
  for (const char* folder : {"engine", "shell"})
    for_each_include(folder, [](const std::string& file, const std::string& line) {
      EXPECT_FALSE(includes(line, "boost/spirit")) << file << ": " << line;
    });
}

TEST(Layers, ArrowsRunOneWay) {
  for_each_include("grammar", [](const std::string& file, const std::string& line) {
    EXPECT_FALSE(includes(line, "\"engine/") || includes(line, "\"shell/")) << file << ": " << line;
  });
  for_each_include("engine", [](const std::string& file, const std::string& line) {
    EXPECT_FALSE(includes(line, "\"shell/")) << file << ": " << line;
  });
}

TEST(Layers, ReadlineIsKnownToTheShellAlone) {
  for (const char* folder : {"engine", "grammar"})
    for_each_include(folder, [](const std::string& file, const std::string& line) {
      EXPECT_FALSE(includes(line, "readline/")) << file << ": " << line;
    });
}

TEST(Layers, ThePublicHeaderNeedsTheStandardLibraryOnly) {
  std::ifstream in(std::filesystem::path(DOSSIER_SOURCE_DIR) / "engine/dossier.h");
  ASSERT_TRUE(in);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("#include")) continue;
    EXPECT_TRUE(includes(line, "<") && !includes(line, "/")) << line;
  }
}

}  // namespace
