// Plays the sessions of this folder: a test a file, by its name.
//
// shell_sessions [--show] [FILE...] [GoogleTest's flags]. Without files: all of them. --show prints every
// step and the screen after it. DOSSIER_PATIENCE=SECONDS: how long a step waits.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/shell/session.h"

namespace dossier::testing {
namespace {

class SessionTest : public ::testing::Test {
 public:
  SessionTest(std::string path, const SessionOptions& options) : path_(std::move(path)), options_(options) {}
  void TestBody() override {
    try {
      play_session(read_session(path_), options_);
    } catch (const std::exception& error) {
      FAIL() << error.what();
    }
  }

 private:
  std::string path_;
  const SessionOptions& options_;
};

}  // namespace
}  // namespace dossier::testing

int main(int count, char** words) {
  ::testing::InitGoogleTest(&count, words);
  dossier::testing::SessionOptions options;
  if (const char* seconds = std::getenv("DOSSIER_PATIENCE"))
    options.patience = std::chrono::seconds(std::atoi(seconds));
  std::vector<std::string> paths;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--show") {
      options.show = true;
    } else {
      paths.push_back(word);
    }
  }
  if (paths.empty()) {
    for (const auto& entry : std::filesystem::directory_iterator(DOSSIER_SOURCE_DIR "/tests/shell"))
      if (entry.path().extension() == ".session") paths.push_back(entry.path().string());
    std::sort(paths.begin(), paths.end());
  }
  for (const std::string& path : paths) {
    const std::string name = std::filesystem::path(path).stem().string();
    ::testing::RegisterTest(
        "Session", name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
        [path, &options]() -> ::testing::Test* { return new dossier::testing::SessionTest(path, options); });
  }
  return RUN_ALL_TESTS();
}
