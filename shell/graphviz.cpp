#include "shell/graphviz.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "shell/arguments.h"
#include "shell/console.h"

extern char** environ;

namespace dossier::shell {
namespace {

class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0)
      throw InputError(fmt::format("no pipe to dot: {}", std::strerror(errno)));
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close(0);
    close(1);
  }
  int end(std::size_t which) const { return ends_[which]; }
  void close(std::size_t which) {
    if (ends_[which] >= 0) ::close(ends_[which]);
    ends_[which] = -1;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

// Writes `in` and reads both outputs at once, so that no pipe fills up. False: Ctrl-C came to the caller's Interrupt.
bool exchange(Pipe& in, Pipe& out, Pipe& err, const std::string& text, std::string& output,
              std::string& errors) {
  ::fcntl(in.end(1), F_SETFL, O_NONBLOCK);
  std::size_t written = 0;
  ProgressLine line;
  constexpr int kBetween = 200;  // ms
  while (out.end(0) >= 0 || err.end(0) >= 0) {
    std::array<pollfd, 4> waits = {{{out.end(0), POLLIN, 0},
                                    {err.end(0), POLLIN, 0},
                                    {in.end(1), POLLOUT, 0},
                                    {Interrupt::descriptor(), POLLIN, 0}}};
    line.show("drawing with Graphviz; Ctrl-C stops");
    if (::poll(waits.data(), waits.size(), kBetween) < 0) {
      if (errno == EINTR) continue;
      break;
    }
    if (waits[3].revents != 0) return false;
    if (waits[2].revents != 0) {
      const ssize_t count = ::write(in.end(1), text.data() + written, text.size() - written);
      if (count > 0) written += static_cast<std::size_t>(count);
      if (written == text.size() || (count < 0 && errno != EAGAIN && errno != EINTR)) in.close(1);
    }
    for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
      if (waits[i].revents == 0) continue;
      std::array<char, 65536> piece;
      const ssize_t count = ::read(waits[i].fd, piece.data(), piece.size());
      if (count > 0)
        (i == 0 ? output : errors).append(piece.data(), static_cast<std::size_t>(count));
      else if (count == 0 || errno != EINTR)
        (i == 0 ? out : err).close(0);
    }
  }
  return true;
}

}  // namespace

bool has_graphviz() {
  const char* const path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path;
  for (;;) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    const std::string program = std::string(end == 0 ? "." : rest.substr(0, end)) + "/dot";
    if (::access(program.c_str(), X_OK) == 0) return true;
    if (end == rest.size()) return false;
    rest.remove_prefix(end + 1);
  }
}

std::string render(const DotDrawing& drawing, const std::string& format) {
  Pipe in;
  Pipe out;
  Pipe err;
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, in.end(0), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, out.end(1), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, err.end(1), STDERR_FILENO);
  std::string layout = "-K" + drawing.layout;
  std::string type = "-T" + format;
  std::array<char, 4> name = {'d', 'o', 't', 0};
  std::array<char*, 4> words = {name.data(), layout.data(), type.data(), nullptr};
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, "dot", &actions, nullptr, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed == ENOENT)
    throw InputError(
        "pictures are made by the program dot of Graphviz, which is not installed: apt-get install graphviz "
        "(.draw FILE.dot works without it)");
  if (failed != 0)
    throw InputError(fmt::format("the program dot cannot be started: {}", std::strerror(failed)));
  in.close(0);
  out.close(1);
  err.close(1);
  std::string output;
  std::string errors;
  const bool whole = exchange(in, out, err, drawing.text, output, errors);
  if (!whole) ::kill(child, SIGTERM);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  // Ctrl-C goes to both, and dot may have ended before it is seen here.
  if (!whole || (WIFSIGNALED(status) && WTERMSIG(status) == SIGINT))
    throw LimitError(LimitError::Reason::cancelled, "the drawing was cancelled");
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && !output.empty()) return output;
  if (WIFSIGNALED(status))
    throw InputError(fmt::format("the program dot was ended by signal {}", WTERMSIG(status)));
  throw InputError(fmt::format("the program dot failed: {}",
                               errors.empty() ? "it says nothing" : errors.substr(0, errors.find('\n'))));
}

}  // namespace dossier::shell
