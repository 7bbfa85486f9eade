#include "shell/pager.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>

namespace dossier::shell {
namespace {

bool on_path(const char* program) {
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');)
    if (::access((folder + "/" + program).c_str(), X_OK) == 0) return true;
  return false;
}

std::string pager_command() {
  if (const char* const chosen = std::getenv("PAGER"); chosen != nullptr) {
    const std::string command(chosen);
    return command == "cat" ? std::string() : command;
  }
  return on_path("less") ? "less" : std::string();
}

}  // namespace

std::unique_ptr<Pager> Pager::start() {
  const std::string command = pager_command();
  if (command.empty()) return nullptr;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return nullptr;
  const pid_t process = ::fork();
  if (process < 0) {
    ::close(ends[0]);
    ::close(ends[1]);
    return nullptr;
  }
  if (process == 0) {
    ::dup2(ends[0], STDIN_FILENO);
    ::signal(SIGPIPE, SIG_DFL);
    // F: leave at once what fits; R: colours; X: keep the text on the screen. Long lines are wrapped: tables have
    // none, and a value that is shown whole is there to be read.
    ::setenv("LESS", "FRX", 0);
    ::setenv("LESSCHARSET", "utf-8", 0);
    ::execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  ::close(ends[0]);
  return std::unique_ptr<Pager>(new Pager(ends[1], process));
}

Pager::~Pager() {
  ::close(pipe_);
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::size_t lines_on_screen(std::string_view text, std::size_t columns) {
  std::size_t lines = 0;
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '\x1b') {
      while (i < text.size() && text[i] != 'm') ++i;
    } else if (c == '\n') {
      ++lines;
      column = 0;
    } else if (c < 0x80 || c >= 0xC0) {  // a character begins
      column += c >= 0xE3 ? 2 : 1;       // most from there on are wide
      if (column > columns) {
        ++lines;
        column = 1;
      }
    }
  }
  return lines;
}

}  // namespace dossier::shell
