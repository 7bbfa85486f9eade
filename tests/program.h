// Runs the dossier program as a child, for tests of the command line and the shell.
#pragma once

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace dossier::testing {

struct Outcome {
  int code = -1;  // exit code, or -signal
  std::string out;
  std::string err;
};

// A folder of one test, removed at its end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "dossier-test-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  // Writes a file and returns its path.
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return *this / name;
  }

 private:
  std::filesystem::path path_;
};

// Starts the program with standard streams as given; never returns in the child.
// `user`: when not 0, the child gives up root for this user id.
inline pid_t start_program(const std::vector<std::string>& arguments, int in, int out, int err,
                           uid_t user = 0) {
  std::vector<std::string> words = {DOSSIER_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::dup2(in, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  if (user != 0 && (::setgroups(0, nullptr) != 0 || ::setgid(user) != 0 || ::setuid(user) != 0)) ::_exit(127);
  ::execv(pointers[0], pointers.data());
  ::_exit(127);
}

inline int exit_code(pid_t child) {
  int status = 0;
  if (::waitpid(child, &status, 0) != child) return -1000;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

inline Outcome run_program(const std::vector<std::string>& arguments, const std::string& input = {},
                           uid_t user = 0) {
  TemporaryFolder folder;
  const std::string input_path = folder.file("in", input);
  const int in = ::open(input_path.c_str(), O_RDONLY | O_CLOEXEC);
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  if (in < 0 || ::pipe2(out.data(), O_CLOEXEC) != 0 || ::pipe2(err.data(), O_CLOEXEC) != 0) return {};
  const pid_t child = start_program(arguments, in, out[1], err[1], user);
  ::close(in);
  ::close(out[1]);
  ::close(err[1]);
  Outcome outcome;
  std::array<pollfd, 2> waits = {{{out[0], POLLIN, 0}, {err[0], POLLIN, 0}}};
  std::array<std::string*, 2> texts = {&outcome.out, &outcome.err};
  int open = 2;
  std::array<char, 65536> piece{};
  while (open > 0 && ::poll(waits.data(), waits.size(), -1) >= 0) {
    for (std::size_t i = 0; i < waits.size(); ++i) {
      if (waits[i].fd < 0 || waits[i].revents == 0) continue;
      const ssize_t n = ::read(waits[i].fd, piece.data(), piece.size());
      if (n > 0) {
        texts[i]->append(piece.data(), static_cast<std::size_t>(n));
      } else {
        ::close(waits[i].fd);
        waits[i].fd = -1;
        --open;
      }
    }
  }
  outcome.code = exit_code(child);
  return outcome;
}

}  // namespace dossier::testing
