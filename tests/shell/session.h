// A session of the shell as a file: keys that a person presses, and the screen that must follow.
//
// Purpose: reads tests/shell/*.session (README.md there has the format) and plays one against the program on
// a pseudo-terminal. Invariants: a step that waits does so until what it wants has happened, at most
// `patience`; keys are sent only when the program reads them, but for Ctrl-C. Errors: std::runtime_error with file, line and
// what was on the screen. Thread-safety: none; a session uses a process, a terminal and a folder of its own.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace dossier::testing {

struct SessionStep {
  std::string name;                // "screen", "keys", ...
  std::string argument;            // what stands behind it
  std::vector<std::string> lines;  // the lines below it, with their first character
  std::size_t line = 0;            // in the file
};

struct SessionFile {
  std::string path;
  std::vector<SessionStep> steps;
};

SessionFile read_session(const std::string& path);

struct SessionOptions {
  std::chrono::milliseconds patience{20'000};
  bool show = false;  // prints each step, and the screen after it
};

// Throws when the session does not go as the file says.
void play_session(const SessionFile& session, const SessionOptions& options);

}  // namespace dossier::testing
