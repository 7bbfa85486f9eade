#include "tests/shell/terminal.h"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace dossier::testing {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// A program that reads keys is taken to wait for more when it has written nothing for so long.
constexpr milliseconds kQuiet{25};

[[noreturn]] void become_program(const TerminalOptions& options) {
  const std::string& home = options.folder;
  if (::chdir(home.c_str()) != 0) ::_exit(127);
  ::clearenv();
  ::setenv("HOME", home.c_str(), 1);
  ::setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1);
  ::setenv("TERM", "xterm", 1);
  ::setenv("LC_ALL", "C.UTF-8", 1);
  ::setenv("TZ", "UTC", 1);
  // A person's terminal would have colours; most sessions are read more easily without.
  ::setenv("NO_COLOR", "1", 1);
  for (const auto& [name, value] : options.environment) {
    if (value.empty()) {
      ::unsetenv(name.c_str());
    } else {
      ::setenv(name.c_str(), value.c_str(), 1);
    }
  }
  std::vector<std::string> words = {DOSSIER_PROGRAM};
  words.insert(words.end(), options.arguments.begin(), options.arguments.end());
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  ::execv(pointers[0], pointers.data());
  ::_exit(127);
}

}  // namespace

Terminal::Terminal(const TerminalOptions& options) : screen_(options.columns, options.rows) {
  winsize size{};
  size.ws_col = static_cast<unsigned short>(options.columns);
  size.ws_row = static_cast<unsigned short>(options.rows);
  if (::openpty(&master_, &slave_, nullptr, nullptr, &size) != 0)
    throw std::runtime_error(std::string("no pseudo-terminal: ") + std::strerror(errno));
  child_ = ::fork();
  if (child_ == 0) {
    ::close(master_);
    ::login_tty(slave_);
    become_program(options);
  }
}

Terminal::~Terminal() {
  if (child_ > 0 && !ended()) {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  ::close(master_);
  ::close(slave_);
}

void Terminal::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(master_, bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR)
      throw std::runtime_error(std::string("cannot type: ") + std::strerror(errno));
    if (n > 0) bytes.remove_prefix(static_cast<std::size_t>(n));
    take(milliseconds(0));
  }
}

void Terminal::paste(std::string_view text) {
  std::string keys(text);
  for (char& c : keys) c = c == '\n' ? '\r' : c;
  send(bracketed_paste_ ? "\033[200~" + keys + "\033[201~" : keys);
}

void Terminal::resize(std::size_t columns, std::size_t rows) {
  screen_.resize(columns, rows);
  winsize size{};
  size.ws_col = static_cast<unsigned short>(columns);
  size.ws_row = static_cast<unsigned short>(rows);
  ::ioctl(master_, TIOCSWINSZ, &size);
}

bool Terminal::take(milliseconds time) {
  pollfd wait{master_, POLLIN, 0};
  if (::poll(&wait, 1, static_cast<int>(time.count())) <= 0) return false;
  char piece[4096];
  const ssize_t n = ::read(master_, piece, sizeof piece);
  if (n <= 0) return false;
  const std::string_view bytes(piece, static_cast<std::size_t>(n));
  screen_.write(bytes);
  tail_ += bytes;
  const std::size_t on = tail_.rfind("\033[?2004h");
  const std::size_t off = tail_.rfind("\033[?2004l");
  if (on != std::string::npos || off != std::string::npos)
    bracketed_paste_ = on != std::string::npos && (off == std::string::npos || on > off);
  constexpr std::size_t kKept = 7;  // a sequence may lie over two reads
  if (tail_.size() > kKept) tail_.erase(0, tail_.size() - kKept);
  return true;
}

bool Terminal::wait(const std::function<bool()>& done, milliseconds time) {
  const auto end = Clock::now() + time;
  while (!done()) {
    if (Clock::now() > end) return false;
    if (!take(milliseconds(20)) && ended()) {
      while (take(milliseconds(20))) {
      }
      return done();
    }
  }
  return true;
}

bool Terminal::wait_for_reader(milliseconds time) {
  const auto reads = [&] {
    termios modes{};
    int unread = 0;
    return ::tcgetattr(slave_, &modes) == 0 && (modes.c_lflag & ICANON) == 0 &&
           ::ioctl(slave_, FIONREAD, &unread) == 0 && unread == 0;
  };
  return wait([&] { return reads() && !take(kQuiet) && reads(); }, time) && !ended();
}

bool Terminal::ended() {
  if (child_ < 0) return true;
  int status = 0;
  if (::waitpid(child_, &status, WNOHANG) != child_) return false;
  code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  child_ = -1;
  return true;
}

int Terminal::wait_for_end(milliseconds time) {
  wait([&] { return ended(); }, time);
  while (take(milliseconds(20))) {
  }
  return ended() ? code_ : -1000;
}

}  // namespace dossier::testing
