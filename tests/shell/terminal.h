// The dossier program on a pseudo-terminal, and what it shows there.
//
// Purpose: keys go in as a terminal sends them, output goes to a Screen. Invariants: the child ends with the
// Terminal. Errors: std::runtime_error when the system refuses. Thread-safety: none.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/shell/screen.h"

namespace dossier::testing {

struct TerminalOptions {
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;  // beside a fixed one: HOME is the folder
  std::string folder;                                            // the working directory
  std::size_t columns = 80;
  std::size_t rows = 24;
};

class Terminal {
 public:
  explicit Terminal(const TerminalOptions& options);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  const Screen& screen() const { return screen_; }
  void send(std::string_view bytes);
  // As a terminal does: in brackets when the program has asked for them, line ends as Enter.
  void paste(std::string_view text);
  void resize(std::size_t columns, std::size_t rows);
  // Takes output until `done` holds; false when `time` passed before.
  bool wait(const std::function<bool()>& done, std::chrono::milliseconds time);
  // Takes output until the program has read every key and waits for more of them, as an editor of lines does.
  bool wait_for_reader(std::chrono::milliseconds time);
  // Its exit code; -1000 when it has not ended after `time`.
  int wait_for_end(std::chrono::milliseconds time);

 private:
  bool ended();
  // What has come within `time`; false: nothing.
  bool take(std::chrono::milliseconds time);

  Screen screen_;
  int master_ = -1;
  int slave_ = -1;  // kept open: it tells how many keys are unread, and output outlives the child
  pid_t child_ = -1;
  int code_ = -1000;
  bool bracketed_paste_ = false;
  std::string tail_;  // of the output, to see the mode of pasting
};

}  // namespace dossier::testing
