#include "shell/repl.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>

// Readline's headers need <cstdio> before them.
#include <readline/history.h>
#include <readline/readline.h>

namespace dossier::shell {
namespace {

struct Prompts {
  const char* first;
  const char* more;
};
constexpr Prompts kPrompts = {"dossier> ", "     ... "};
constexpr Prompts kInTransaction = {"dossier*> ", "      ... "};
constexpr int kHistoryEntries = 10000;

// Readline calls back without an argument, so what it hands over lies here between two calls of `read_line`.
struct Handed {
  std::optional<std::string> line;
  bool end = false;
};
Handed handed;

void take_line(char* line) {
  rl_callback_handler_remove();
  if (line == nullptr) {
    handed.end = true;
    return;
  }
  handed.line = line;
  std::free(line);
}

enum class Read { line, interrupted, end };

// Readline's callback interface and poll, so that Ctrl-C is seen between keys and never inside Readline.
Read read_line(const char* prompt, std::string& line) {
  handed = {};
  // Before the prompt: who sees it may press Ctrl-C at once, and what came before is dropped here.
  const Interrupt interrupt;
  rl_callback_handler_install(prompt, take_line);
  while (!handed.line && !handed.end) {
    pollfd waits[2] = {{STDIN_FILENO, POLLIN, 0}, {Interrupt::descriptor(), POLLIN, 0}};
    if (::poll(waits, 2, -1) < 0 && errno != EINTR) return Read::end;
    if (Interrupt::taken()) {
      rl_free_line_state();
      rl_callback_sigcleanup();
      rl_replace_line("", 0);
      rl_callback_handler_remove();
      std::fputs("^C\n", stdout);
      std::fflush(stdout);
      return Read::interrupted;
    }
    if ((waits[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0) rl_callback_read_char();
  }
  if (handed.end) return Read::end;
  line = std::move(*handed.line);
  return Read::line;
}

class History {
 public:
  explicit History(std::string path) : path_(std::move(path)) {
    // With time stamps the file keeps the lines of a statement together.
    history_comment_char = '#';
    history_write_timestamps = 1;
    using_history();
    if (path_.empty()) return;
    std::error_code ignored;
    std::filesystem::create_directories(std::filesystem::path(path_).parent_path(), ignored);
    const int file = ::open(path_.c_str(), O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0) {
      std::fprintf(stderr, "dossier: no history is kept: cannot write %s\n", path_.c_str());
      path_.clear();
      return;
    }
    ::close(file);
    read_history(path_.c_str());
    stifle_history(kHistoryEntries);
  }
  ~History() {
    if (!path_.empty()) history_truncate_file(path_.c_str(), kHistoryEntries);
  }
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  void add(const std::string& text) {
    if (text.empty() || text == last_) return;
    last_ = text;
    add_history(text.c_str());
    // At once, so that a crash or a second shell loses nothing.
    if (!path_.empty()) append_history(1, path_.c_str());
  }

 private:
  std::string path_;
  std::string last_;
};

std::string xdg_path(const char* variable, const char* below_home, const char* name) {
  const char* place = std::getenv(variable);
  if (place != nullptr && *place == '/') return std::string(place) + "/dossier/" + name;
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') return {};
  return std::string(home) + "/" + below_home + "/dossier/" + name;
}

}  // namespace

std::string history_path() {
  return xdg_path("XDG_STATE_HOME", ".local/state", "history");
}
std::string rc_path() {
  return xdg_path("XDG_CONFIG_HOME", ".config", "rc");
}

void run_terminal(Shell& shell, const std::string& history) {
  rl_readline_name = "dossier";
  rl_catch_signals = 0;
  // File names are what Tab completes.
  rl_basic_word_break_characters = " \t\n\"'(){}<>;,";
  History past(history);
  // Between two statements, and in commands that cannot be cancelled, Ctrl-C does nothing rather than end the
  // shell.
  const Interrupt interrupt;
  std::string line;
  while (!shell.quit()) {
    const bool begun = shell.state() == Shell::State::incomplete;
    const Prompts& prompts = shell.in_transaction() ? kInTransaction : kPrompts;
    const Read read = read_line(begun ? prompts.more : prompts.first, line);
    if (read == Read::interrupted) {
      shell.forget();
      continue;
    }
    if (read == Read::end) {
      std::fputs("\n", stdout);
      std::fflush(stdout);
      return;
    }
    if (shell.add_line(line) != Shell::State::complete) continue;
    past.add(shell.text());
    shell.run();
  }
}

}  // namespace dossier::shell
