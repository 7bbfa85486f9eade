#include "shell/console.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "engine/io/display_width.h"
#include "shell/pager.h"

namespace dossier::shell {

// ---- standard output

Output::Output() : std::ostream(&buffer_) {
  exceptions(std::ios::badbit);
}
Output::~Output() {
  if (buffer_.descriptor != STDOUT_FILENO) ::close(buffer_.descriptor);
}

void Output::to_file(const std::string& path) {
  flush();
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0)
    throw StorageError(StorageError::Reason::io, "cannot write " + path + ": " + std::strerror(errno));
  to_standard();
  buffer_.descriptor = file;
  buffer_.name = path;
}

void Output::to_standard() {
  flush();
  if (buffer_.descriptor != STDOUT_FILENO) ::close(buffer_.descriptor);
  buffer_.descriptor = STDOUT_FILENO;
  buffer_.name = "standard output";
}

void Output::begin_paging() {
  if (!on_terminal()) return;
  flush();
  buffer_.paging = true;
}

void Output::end_paging() noexcept {
  if (!buffer_.paging) return;
  try {
    buffer_.drain(true);
  } catch (const std::exception&) {
    buffer_.drop();
  }
  buffer_.paging = false;
  buffer_.pager.reset();  // waits
  clear();
}

bool Output::is_closed() const {
  const int descriptor = buffer_.pager != nullptr ? buffer_.pager->descriptor() : buffer_.descriptor;
  pollfd wait{descriptor, 0, 0};
  return ::poll(&wait, 1, 0) > 0 && (wait.revents & POLLERR) != 0;
}

Output::Buffer::Buffer() {
  setp(bytes_.data(), bytes_.data() + bytes_.size());
}
Output::Buffer::~Buffer() = default;

bool Output::Buffer::on_terminal() const {
  static const bool terminal = is_terminal(STDOUT_FILENO);
  return descriptor == STDOUT_FILENO && terminal;
}

Output::Buffer::int_type Output::Buffer::overflow(int_type c) {
  drain(false);
  if (!traits_type::eq_int_type(c, traits_type::eof())) sputc(traits_type::to_char_type(c));
  return traits_type::not_eof(c);
}

int Output::Buffer::sync() {
  drain(false);
  return 0;
}

void Output::Buffer::drop() {
  setp(bytes_.data(), bytes_.data() + bytes_.size());
  held_.clear();
}

void Output::Buffer::drain(bool last) {
  const std::string_view bytes(pbase(), static_cast<std::size_t>(pptr() - pbase()));
  setp(bytes_.data(), bytes_.data() + bytes_.size());
  if (!paging || pager != nullptr) return write_all(pager != nullptr ? pager->descriptor() : descriptor, bytes);
  held_ += bytes;
  const ScreenSize screen = screen_size();
  // One line is the next prompt's.
  const bool fits = lines_on_screen(held_, screen.columns) < screen.rows;
  if (fits && !last) return;
  if (!fits) {
    if (progress != nullptr) progress->wipe();
    pager = Pager::start();
  }
  const std::string text = std::move(held_);
  held_.clear();
  if (pager == nullptr) paging = false;  // there is no pager, or the page fits
  write_all(pager != nullptr ? pager->descriptor() : descriptor, text);
}

void Output::Buffer::write_all(int to, std::string_view bytes) {
  if (!bytes.empty() && progress != nullptr && pager == nullptr && on_terminal()) progress->wipe();
  while (!bytes.empty()) {
    const ssize_t n = ::write(to, bytes.data(), bytes.size());
    if (n < 0) {
      if (errno == EINTR) continue;
      if (errno == EPIPE) throw ClosedPipe();
      throw StorageError(StorageError::Reason::io, "cannot write " + name + ": " + std::strerror(errno));
    }
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

// ---- the terminal

ScreenSize screen_size() {
  ScreenSize size;
  winsize window{};
  const bool told = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0;
  const auto side = [](std::size_t given, const char* variable, std::size_t otherwise) {
    if (given > 0) return given;
    const char* const text = std::getenv(variable);
    const int number = text == nullptr ? 0 : std::atoi(text);
    return number > 0 ? static_cast<std::size_t>(number) : otherwise;
  };
  size.columns = side(told ? window.ws_col : 0, "COLUMNS", size.columns);
  size.rows = side(told ? window.ws_row : 0, "LINES", size.rows);
  return size;
}

bool colours_welcome() {
  const char* const no = std::getenv("NO_COLOR");
  const char* const terminal = std::getenv("TERM");
  return (no == nullptr || *no == '\0') && terminal != nullptr && std::string_view(terminal) != "dumb";
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
  // What was typed ahead was meant for after the work; see set_at_interrupt.
  if (::tcgetpgrp(STDIN_FILENO) == ::getpgrp()) ::tcflush(STDIN_FILENO, TCIFLUSH);
  const char byte = 0;
  [[maybe_unused]] const ssize_t written = ::write(interrupt_pipe[1], &byte, 1);
  errno = error;
}

// Ctrl-C makes a terminal drop what it has not shown yet, and show ^C, both in the midst of a line. While an
// Interrupt lives it does neither. Changing a terminal from the background would stop the process.
constexpr tcflag_t kAtInterrupt = NOFLSH | ECHOCTL;

// Sets these modes; the ones before, or nothing when they are set already or there is no terminal.
std::optional<tcflag_t> set_at_interrupt(tcflag_t wanted) {
  for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO, STDIN_FILENO}) {
    termios modes{};
    if (::tcgetattr(descriptor, &modes) != 0) continue;
    const tcflag_t before = modes.c_lflag & kAtInterrupt;
    if (before == wanted || ::tcgetpgrp(descriptor) != ::getpgrp()) return std::nullopt;
    modes.c_lflag = (modes.c_lflag & ~kAtInterrupt) | wanted;
    if (::tcsetattr(descriptor, TCSANOW, &modes) != 0) return std::nullopt;
    return before;
  }
  return std::nullopt;
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
  outer_modes_ = set_at_interrupt(NOFLSH);
}

Interrupt::~Interrupt() {
  if (outer_modes_) set_at_interrupt(*outer_modes_);
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

namespace {

std::string_view stage_word(Stage stage) {
  switch (stage) {
    case Stage::reading:
      return "reading";
    case Stage::sorting:
      return "sorting";
    case Stage::writing:
      return "writing";
    case Stage::copying:
      return "copying";
    case Stage::checking:
      return "checking";
    case Stage::folding:
      return "folding updates into the blocks";
    case Stage::packing:
      return "packing";
    case Stage::answering:
      return "answering";
    case Stage::changing:
      return "changing";
    case Stage::done:
      break;
  }
  return "done";
}

// Resident bytes of this process; 0: not known.
std::size_t process_memory() {
  std::FILE* const file = std::fopen("/proc/self/statm", "re");
  if (file == nullptr) return 0;
  unsigned long all = 0;
  unsigned long resident = 0;
  const int read = std::fscanf(file, "%lu %lu", &all, &resident);
  std::fclose(file);
  return read == 2 ? resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

}  // namespace

std::string progress_text(const Progress& progress, double seconds, double stage_seconds) {
  std::string line(stage_word(progress.stage));
  const bool statement = progress.stage == Stage::answering || progress.stage == Stage::changing;
  if (statement) {
    if (progress.rows > 0)
      line += fmt::format(", {} {} so far", with_commas(progress.rows), progress.rows == 1 ? "row" : "rows");
    if (progress.quads > 0) line += fmt::format(", {} quads changed", with_commas(progress.quads));
    if (progress.done > 0) line += fmt::format(", {} scanned", with_commas(progress.done));
    return line + ", " + readable_seconds(seconds);
  }
  if (progress.total > 0) {
    const double share =
        std::min(1.0, static_cast<double>(progress.done) / static_cast<double>(progress.total));
    line += fmt::format(" {:.0f} %", share * 100);
    if (share > 0.01 && stage_seconds > 1)
      line += ", " + readable_seconds(stage_seconds * (1 - share) / share) + " left of this step";
  }
  if (progress.quads > 0) line += fmt::format(", {} quads", with_commas(progress.quads));
  if (progress.stage == Stage::reading && seconds > 0.5 && progress.quads > 0)
    line +=
        fmt::format(", {} a second",
                    with_commas(static_cast<std::uint64_t>(static_cast<double>(progress.quads) / seconds)));
  return line;
}

void ProgressLine::show(const Progress& progress) {
  if (!enabled_) return;
  if (progress.stage != stage_) {
    stage_ = progress.stage;
    stage_start_ = Clock::now();
  }
  if (progress.stage == Stage::done) return wipe();
  if (!due()) return;
  const auto since = [&](Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
  };
  draw(progress_text(progress, since(start_), since(stage_start_)));
}

void ProgressLine::show(const std::string& text) {
  if (!enabled_ || !due()) return;
  draw(text + ", " + readable_seconds(std::chrono::duration<double>(Clock::now() - start_).count()));
}

bool ProgressLine::due() const {
  constexpr std::chrono::milliseconds kFirst(500);
  constexpr std::chrono::milliseconds kBetween(200);
  const auto now = Clock::now();
  return now - start_ >= kFirst && (!drawn_ || now - last_ >= kBetween);
}

void ProgressLine::draw(std::string line) {
  last_ = Clock::now();
  if (const std::size_t bytes = process_memory(); bytes > 0)
    line += fmt::format(", {} MB of memory", with_commas(bytes >> 20));
  // A line that wraps could not be drawn over.
  std::string shown;
  append_elided(shown, line, screen_size().columns - 1);
  fmt::print(stderr, "\r{}\033[K", shown);
  std::fflush(stderr);
  drawn_ = true;
}

// ---- messages

std::string broken_between_words(std::string_view text, std::size_t width) {
  constexpr std::string_view kIndent = "  ";
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    std::size_t used = 0;
    const bool as_it_is = line.starts_with(' ');
    while (!as_it_is && used + display_width(line) > width) {
      std::size_t cut = std::string_view::npos;  // the last blank that leaves what fits
      for (std::size_t at = line.find(' '); at != std::string_view::npos; at = line.find(' ', at + 1)) {
        if (used + display_width(line.substr(0, at)) > width) break;
        if (at > 0) cut = at;
      }
      if (cut == std::string_view::npos) break;
      out.append(line.substr(0, cut)).append("\n").append(kIndent);
      line.remove_prefix(cut + 1);
      used = kIndent.size();
    }
    out.append(line).append(text.empty() ? "" : "\n");
  }
  return out;
}

void tell(std::string_view message) {
  const std::string whole = fmt::format("dossier: {}", message);
  fmt::print(stderr, "{}\n",
             is_terminal(STDERR_FILENO) ? broken_between_words(whole, screen_size().columns) : whole);
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
