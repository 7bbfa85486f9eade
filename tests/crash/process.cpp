#include "tests/crash/process.h"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <exception>
#include <stdexcept>

namespace dossier::crash {
namespace {

// The address sanitizer's shadow of the memory takes terabytes of address space by itself.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kShadowed = true;
#else
constexpr bool kShadowed = false;
#endif

void limit(int what, std::uint64_t bytes) {
  if (bytes == 0) return;
  const rlimit bound{bytes, RLIM_INFINITY};  // the child may lift it
  ::setrlimit(static_cast<__rlimit_resource>(what), &bound);
}

}  // namespace

std::string Ending::describe() const {
  if (timed_out) return "did not end in time";
  if (signal != 0) return "ended by signal " + std::to_string(signal);
  return "exit code " + std::to_string(code);
}

void write_all(int fd, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t n = ::write(fd, text.data() + done, text.size() - done);
    if (n < 0 && errno != EINTR) return;
    if (n > 0) done += static_cast<std::size_t>(n);
  }
}

int wait_for(pid_t child, int& signal) {
  int status = 0;
  while (::waitpid(child, &status, 0) != child) {
    if (errno != EINTR) throw std::runtime_error("a child process is lost");
  }
  signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Ending run_forked(const Bounds& bounds, const std::function<int(int out)>& work) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("no child process");
  if (child == 0) {
    ::close(ends[0]);
    if (!kShadowed) limit(RLIMIT_AS, bounds.address_space);
    limit(RLIMIT_FSIZE, bounds.file_size);
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::signal(SIGXFSZ, SIG_IGN);
    int code = 99;
    try {
      code = work(ends[1]);
    } catch (const std::exception& error) {
      write_all(ends[1], std::string("an exception of no expected kind: ") + error.what() + "\n");
    }
    ::_exit(code);
  }
  ::close(ends[1]);
  Ending ending;
  const auto end = std::chrono::steady_clock::now() + bounds.time;
  std::array<char, 65536> piece{};
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    pollfd wait{ends[0], POLLIN, 0};
    if (left <= 0 || ::poll(&wait, 1, static_cast<int>(left)) == 0) {
      ending.timed_out = true;
      ::kill(child, SIGKILL);
      break;
    }
    const ssize_t n = ::read(ends[0], piece.data(), piece.size());
    if (n == 0) break;
    if (n > 0) ending.text.append(piece.data(), static_cast<std::size_t>(n));
  }
  ::close(ends[0]);
  ending.code = wait_for(child, ending.signal);
  return ending;
}

}  // namespace dossier::crash
