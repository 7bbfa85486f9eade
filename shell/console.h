// The process and its terminal: standard output, Ctrl-C, the progress line.
//
// Purpose: results go to an Output, which tells a closed pipe from a full disk; an Interrupt turns SIGINT
// into the cancellation of what runs; a ProgressLine draws on standard error when that is a terminal.
// Thread-safety: Interrupt's handler may run in any thread; the rest belongs to the main thread.
#pragma once

#include <array>
#include <chrono>
#include <exception>
#include <memory>
#include <ostream>
#include <streambuf>
#include <string>

#include "engine/dossier.h"

namespace dossier::shell {

// The reader of standard output has gone: nobody wants more, exit code 0.
class ClosedPipe : public std::exception {
 public:
  const char* what() const noexcept override { return "standard output was closed"; }
};

// Standard output as a stream that throws: ClosedPipe, or StorageError when it cannot be written.
class Output : public std::ostream {
 public:
  Output();
  ~Output() override;

 private:
  class Buffer : public std::streambuf {
   public:
    Buffer();

   protected:
    int_type overflow(int_type c) override;
    int sync() override;

   private:
    void drain();
    std::array<char, 65536> bytes_;
  };
  Buffer buffer_;
};

// While one lives, SIGINT cancels `session` (or is only noted when there is none). They nest; the innermost
// counts.
class Interrupt {
 public:
  explicit Interrupt(Session* session = nullptr);
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  ~Interrupt();
  // SIGINT came since the last call.
  static bool taken();
  // A descriptor that becomes readable when SIGINT comes; `taken` empties it.
  static int descriptor();

 private:
  Session* outer_session_;
  void (*outer_handler_)(int);
};

bool is_terminal(int descriptor);

// Progress of a load: rows, rate and what remains, one line that is drawn over and wiped at the end.
class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine();
  bool enabled() const { return enabled_; }
  // Draws at most five times a second.
  void show(const Progress& progress);
  void wipe();

 private:
  using Clock = std::chrono::steady_clock;
  bool enabled_;
  bool drawn_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point stage_start_ = Clock::now();
  Clock::time_point last_{};
  Stage stage_ = Stage::reading;
};

// "1234567" -> "1,234,567".
std::string with_commas(std::uint64_t number);
// "12 ms", "3.4 s", "2 min 10 s".
std::string readable_seconds(double seconds);

}  // namespace dossier::shell
