// Measuring: wall time, child processes with their peak memory, and the table at the end.
//
// Purpose: what the bars share. A program is measured as a child, so that its peak memory is its own.
// Thread-safety: one thread.
#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace dossier::bench {

class Timer {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

struct Child {
  double seconds = 0;
  std::size_t peak_bytes = 0;
};

// Runs a program to its end, standard output into the file `output`. Throws when it fails.
inline Child run(const std::vector<std::string>& arguments, const std::string& output = "/dev/null") {
  std::vector<char*> words;
  for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  const Timer timer;
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("cannot fork");
  if (child == 0) {
    const int file = open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (file < 0 || dup2(file, STDOUT_FILENO) < 0) _exit(126);
    execvp(words[0], words.data());
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  if (wait4(child, &status, 0, &usage) != child) throw std::runtime_error("cannot wait for " + arguments[0]);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw std::runtime_error(fmt::format("{} failed (status {})", fmt::join(arguments, " "), status));
  return {timer.seconds(), static_cast<std::size_t>(usage.ru_maxrss) * 1024};
}

inline std::uint64_t directory_bytes(const std::filesystem::path& directory) {
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
    if (entry.is_regular_file()) bytes += entry.file_size();
  return bytes;
}

// What its files take of the disk: holes count for nothing.
inline std::uint64_t disk_blocks(const std::filesystem::path& directory) {
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    struct stat status {};
    if (entry.is_regular_file() && stat(entry.path().c_str(), &status) == 0)
      bytes += static_cast<std::uint64_t>(status.st_blocks) * 512;
  }
  return bytes;
}

// Reads a file once, so that every program measured finds it in the page cache.
inline void warm(const std::string& path) {
  run({"cat", path});
}

// The table of the README: what was measured beside what it is compared with.
class Table {
 public:
  void add(const std::string& bar, const std::string& measured, const std::string& compared,
           const std::string& ratio, const std::string& target, bool reached) {
    const std::string row = fmt::format("| {} | {} | {} | {} | {} | {} |", bar, measured, compared, ratio,
                                        target, reached ? "yes" : "**no**");
    rows_.push_back(row);
    fmt::print(stderr, "{}\n", row);
  }
  void print() const {
    fmt::print("| bar | measured | compared with | ratio | target | reached |\n|---|---|---|---|---|---|\n");
    for (const std::string& row : rows_) fmt::print("{}\n", row);
  }

 private:
  std::vector<std::string> rows_;
};

}  // namespace dossier::bench
