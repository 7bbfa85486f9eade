// The process and its terminal: where results go, Ctrl-C, the progress line.
//
// Purpose: results go to an Output (standard output, a file, a pager), which tells a closed pipe from a full
// disk; an Interrupt turns SIGINT into the cancellation of what runs; a ProgressLine draws on standard error
// when that is a terminal. Thread-safety: Interrupt's handler may run in any thread; the rest belongs to the
// main thread.
#pragma once

#include <array>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <streambuf>
#include <string>

#include "engine/dossier.h"

namespace dossier::shell {

class Pager;
class ProgressLine;

// The reader of the output has gone: nobody wants more, exit code 0.
class ClosedPipe : public std::exception {
 public:
  const char* what() const noexcept override { return "the output was closed"; }
};

// Where results go, as a stream that throws: ClosedPipe, or StorageError when it cannot be written.
class Output : public std::ostream {
 public:
  Output();
  ~Output() override;

  // From now on into this file, which is made anew; or to standard output again. Throws StorageError.
  void to_file(const std::string& path);
  void to_standard();
  // What is written ends on the terminal, through a pager or not.
  bool on_terminal() const { return buffer_.on_terminal(); }

  // Until `end_paging` text for the terminal is held back: when it does not fit it goes to the pager. `end_paging`
  // returns when the pager has ended, and throws nothing.
  void begin_paging();
  void end_paging() noexcept;
  // Somebody looks at the pager.
  bool in_pager() const { return buffer_.pager != nullptr; }
  // The pager, or who reads standard output, has gone.
  bool is_closed() const;

  // Wiped before anything is written to the terminal; null: there is none.
  void set_progress(ProgressLine* line) { buffer_.progress = line; }

 private:
  class Buffer : public std::streambuf {
   public:
    Buffer();
    ~Buffer() override;
    bool on_terminal() const;
    // Writes what is there; `last`: no more of the page comes.
    void drain(bool last);
    void drop();  // what is not written yet

    int descriptor = 1;
    std::string name = "standard output";
    bool paging = false;
    std::unique_ptr<Pager> pager;
    ProgressLine* progress = nullptr;

   protected:
    int_type overflow(int_type c) override;
    int sync() override;

   private:
    void write_all(int to, std::string_view bytes);
    std::array<char, 65536> bytes_;
    std::string held_;  // for the pager, or not
  };
  Buffer buffer_;
};

// Pages what is written while it lives, when `wanted` and the output is a terminal.
class Paging {
 public:
  Paging(Output& out, bool wanted) : out_(out) {
    if (wanted) out_.begin_paging();
  }
  ~Paging() { out_.end_paging(); }
  Paging(const Paging&) = delete;
  Paging& operator=(const Paging&) = delete;

 private:
  Output& out_;
};

struct ScreenSize {
  std::size_t columns = 80;
  std::size_t rows = 24;
};
// Of the terminal of standard output; what it does not say, COLUMNS and LINES do, or 80 x 24.
ScreenSize screen_size();
// Colours may be used on a terminal: neither NO_COLOR nor TERM=dumb speaks against it.
bool colours_welcome();

// While one lives, SIGINT cancels `session` (or is only noted when there is none) and drops what was typed
// ahead, and the terminal shows all that was written, without ^C in it. They nest; the innermost counts.
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
  std::optional<unsigned> outer_modes_;  // of the terminal, where they were others
  Session* outer_session_;
  void (*outer_handler_)(int);
};

bool is_terminal(int descriptor);

// What long work does, one line that is drawn over and wiped at the end: share, rows, rate, what remains, and the
// memory of the process.
class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine();
  bool enabled() const { return enabled_; }
  // Draws at most five times a second, the first time after half a second.
  void show(const Progress& progress);
  void show(const std::string& text);
  void wipe();

 private:
  using Clock = std::chrono::steady_clock;
  bool due() const;
  void draw(std::string line);

  bool enabled_;
  bool drawn_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point stage_start_ = Clock::now();
  Clock::time_point last_ = Clock::now();
  Stage stage_ = Stage::reading;
};
// What the line says, without its memory. `seconds`: since the beginning; `stage_seconds`: of the stage.
std::string progress_text(const Progress& progress, double seconds, double stage_seconds);

// The progress of a query or an update whose answer goes to `out`: a line while it lives.
class StatementProgress {
 public:
  explicit StatementProgress(Output& out) : out_(out) { out_.set_progress(&line_); }
  ~StatementProgress() { out_.set_progress(nullptr); }
  StatementProgress(const StatementProgress&) = delete;
  StatementProgress& operator=(const StatementProgress&) = delete;
  // For QueryOptions; it lives no longer than this. Who leaves the pager stops the query.
  ProgressCallback callback() {
    return [this](const Progress& progress) {
      if (!out_.in_pager()) line_.show(progress);
      return !out_.is_closed();
    };
  }

 private:
  Output& out_;
  ProgressLine line_;
};

// `dossier: ` and the message on standard error. On a terminal its lines break between words; those that
// begin with a blank (the line of a text, and the caret below it) stay as they are.
void tell(std::string_view message);
std::string broken_between_words(std::string_view text, std::size_t width);

// "1234567" -> "1,234,567".
std::string with_commas(std::uint64_t number);
// "12 ms", "3.4 s", "2 min 10 s".
std::string readable_seconds(double seconds);

}  // namespace dossier::shell
