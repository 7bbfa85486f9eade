#include "shell/console.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

namespace dossier::shell {

// ---- standard output

Output::Output() : std::ostream(&buffer_) {
  exceptions(std::ios::badbit);
}
Output::~Output() = default;

Output::Buffer::Buffer() {
  setp(bytes_.data(), bytes_.data() + bytes_.size());
}

Output::Buffer::int_type Output::Buffer::overflow(int_type c) {
  drain();
  if (!traits_type::eq_int_type(c, traits_type::eof())) sputc(traits_type::to_char_type(c));
  return traits_type::not_eof(c);
}

int Output::Buffer::sync() {
  drain();
  return 0;
}

void Output::Buffer::drain() {
  const char* from = pbase();
  std::size_t left = static_cast<std::size_t>(pptr() - pbase());
  setp(bytes_.data(), bytes_.data() + bytes_.size());
  while (left > 0) {
    const ssize_t n = ::write(STDOUT_FILENO, from, left);
    if (n < 0) {
      if (errno == EINTR) continue;
      if (errno == EPIPE) throw ClosedPipe();
      throw StorageError(StorageError::Reason::io,
                         std::string("cannot write standard output: ") + std::strerror(errno));
    }
    from += n;
    left -= static_cast<std::size_t>(n);
  }
}

// ---- Ctrl-C

namespace {

// A signal handler can reach nothing but what has static storage; these are all of it.
std::atomic<Session*> active_session{nullptr};
std::atomic<bool> interrupted{false};
int interrupt_pipe[2] = {-1, -1};

static_assert(std::atomic<Session*>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

extern "C" void on_interrupt(int) {
  const int error = errno;
  interrupted.store(true);
  // Session::cancel only stores to an atomic.
  if (Session* session = active_session.load()) session->cancel();
  const char byte = 0;
  [[maybe_unused]] const ssize_t written = ::write(interrupt_pipe[1], &byte, 1);
  errno = error;
}

}  // namespace

Interrupt::Interrupt(Session* session) {
  if (interrupt_pipe[0] < 0 && ::pipe2(interrupt_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
    throw StorageError(StorageError::Reason::io, std::string("cannot make a pipe: ") + std::strerror(errno));
  taken();
  outer_session_ = active_session.exchange(session);
  struct sigaction action {};
  struct sigaction outer {};
  action.sa_handler = on_interrupt;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGINT, &action, &outer);
  outer_handler_ = outer.sa_handler;
}

Interrupt::~Interrupt() {
  active_session.store(outer_session_);
  struct sigaction action {};
  action.sa_handler = outer_handler_;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGINT, &action, nullptr);
}

bool Interrupt::taken() {
  char bytes[64];
  while (::read(interrupt_pipe[0], bytes, sizeof bytes) > 0) {
  }
  return interrupted.exchange(false);
}

int Interrupt::descriptor() {
  return interrupt_pipe[0];
}

bool is_terminal(int descriptor) {
  return ::isatty(descriptor) == 1;
}

// ---- progress

ProgressLine::ProgressLine() : enabled_(is_terminal(STDERR_FILENO)) {}
ProgressLine::~ProgressLine() {
  wipe();
}

void ProgressLine::wipe() {
  if (!drawn_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  drawn_ = false;
}

void ProgressLine::show(const Progress& progress) {
  if (!enabled_) return;
  const auto now = Clock::now();
  if (progress.stage != stage_) {
    stage_ = progress.stage;
    stage_start_ = now;
  } else if (now - last_ < std::chrono::milliseconds(200)) {
    return;
  }
  last_ = now;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const double stage_seconds = std::chrono::duration<double>(now - stage_start_).count();
  std::string line;
  switch (progress.stage) {
    case Stage::reading:
      line = "reading";
      break;
    case Stage::sorting:
      line = "sorting";
      break;
    case Stage::writing:
      line = "writing";
      break;
    case Stage::copying:
      line = "copying";
      break;
    case Stage::checking:
      line = "checking";
      break;
    case Stage::done:
      return wipe();
  }
  if (progress.total > 0) {
    const double share =
        std::min(1.0, static_cast<double>(progress.done) / static_cast<double>(progress.total));
    line += fmt::format(" {:.0f} %", share * 100);
    if (share > 0.01 && stage_seconds > 1)
      line += ", " + readable_seconds(stage_seconds * (1 - share) / share) + " left of this step";
  }
  if (progress.quads > 0) line += fmt::format(", {} quads", with_commas(progress.quads));
  if (progress.stage == Stage::reading && seconds > 0.5)
    line +=
        fmt::format(", {} a second",
                    with_commas(static_cast<std::uint64_t>(static_cast<double>(progress.quads) / seconds)));
  fmt::print(stderr, "\r{}\033[K", line);
  std::fflush(stderr);
  drawn_ = true;
}

std::string with_commas(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string readable_seconds(double seconds) {
  if (seconds < 1) return fmt::format("{:.0f} ms", seconds * 1000);
  if (seconds < 100) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::uint64_t>(seconds + 0.5);
  return fmt::format("{} min {} s", whole / 60, whole % 60);
}

}  // namespace dossier::shell
