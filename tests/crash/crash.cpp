// The crash tests as one program: see README.md. `crash` runs the short form, `crash --long` the long one.
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "tests/crash/damage_test.h"
#include "tests/crash/fault_test.h"
#include "tests/crash/kill_test.h"

namespace {

namespace fs = std::filesystem;
using namespace dossier::crash;

constexpr const char* kUsage =
    "usage: crash [--long] [--seed S] [--dir FOLDER] [--kills N] [--power N] [--faults N] [--damages N] "
    "[--case TEXT]\n"
    "With one of the numbers given, only the parts that are named run; --faults 0: all of them.\n";

std::uint64_t number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    std::cerr << "crash: " << text << " is no number\n" << kUsage;
    std::exit(2);
  }
  return number;
}

struct Part {
  std::uint64_t few;   // in the short form
  std::uint64_t many;  // in the long one
  std::function<bool(std::uint64_t count, std::uint64_t seed, const fs::path& folder)> run;
};

}  // namespace

int main(int count, char** words) {
  const std::vector<std::string> arguments(words + 1, words + count);
  if (arguments.size() == 7 && arguments[0] == "--worker") {
    return run_worker(arguments[1], number_of(arguments[2]), number_of(arguments[3]), arguments[4] == "sync",
                      arguments[5] == "journal", static_cast<int>(number_of(arguments[6])));
  }
  std::string only;
  const std::map<std::string, Part> parts = {
      {"--kills",
       {30, 1000,
        [](std::uint64_t kills, std::uint64_t seed, const fs::path& folder) {
          return run_kill_test({kills, seed, false, folder});
        }}},
      {"--power",
       {10, 1000,
        [](std::uint64_t kills, std::uint64_t seed, const fs::path& folder) {
          return run_kill_test({kills, seed, true, folder});
        }}},
      {"--damages",
       {60, 1000,
        [&](std::uint64_t times, std::uint64_t seed, const fs::path& folder) {
          return run_damage_test(times, seed, folder, only.empty() ? 0 : number_of(only));
        }}},
      {"--faults",
       {30, 0,
        [&](std::uint64_t some, std::uint64_t seed, const fs::path& folder) {
          return run_fault_test(some, seed, folder, only);
        }}},
  };
  std::map<std::string, std::uint64_t> wanted;
  bool all_of_it = false;
  std::uint64_t seed = 1;
  fs::path folder = fs::temp_directory_path();
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    const bool has_value = i + 1 < arguments.size();
    if (word == "--long") {
      all_of_it = true;
    } else if (word == "--seed" && has_value) {
      seed = number_of(arguments[++i]);
    } else if (word == "--dir" && has_value) {
      folder = arguments[++i];
    } else if (word == "--case" && has_value) {
      only = arguments[++i];
    } else if (parts.contains(word) && has_value) {
      wanted[word] = number_of(arguments[++i]);
    } else {
      std::cerr << kUsage;
      return 2;
    }
  }
  std::string pattern = (fs::absolute(folder) / "dossier-crash-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    std::cerr << "crash: no folder below " << folder << '\n';
    return 1;
  }
  bool good = true;
  for (const auto& [name, part] : parts) {
    if (!wanted.empty() && !wanted.contains(name)) continue;
    const fs::path own = fs::path(pattern) / name.substr(2);
    fs::create_directories(own);
    const std::uint64_t times = wanted.empty() ? (all_of_it ? part.many : part.few) : wanted.at(name);
    good = part.run(times, seed, own) && good;
  }
  // What failed stays to be looked at.
  if (good) fs::remove_all(pattern);
  return good ? 0 : 1;
}
