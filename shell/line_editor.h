// A line of keys: GNU Readline with its history, and what a statement of several lines needs beside it.
//
// Purpose: reads one entry of a person at a terminal. Readline's keys, its emacs and vi modes and ~/.inputrc
// (`$if dossier`) hold; where they leave the usual keys, Up, Down, Home and End move by lines inside of an
// entry of several, Alt-Enter breaks a line without running it, and Up in the empty first place behind a
// continuation prompt takes the lines before it back. Invariants: Ctrl-C is seen between keys, never inside
// Readline; what is shown is UTF-8 whatever the locale. Thread-safety: main thread only; Readline has global
// state, so there is one at a time.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "shell/complete.h"

namespace dossier::shell {

class LineEditor {
 public:
  // `history` is the file; empty: none is read or written. It is made readable for its owner alone.
  explicit LineEditor(std::string history);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  // What Tab offers for a line, whose part before the cursor comes first.
  using Complete = std::function<Completions(std::string_view before, std::string_view behind)>;
  void set_completer(Complete complete);

  // Called once, when no key has come for a while.
  void when_idle(std::function<void()> work);

  struct Entry {
    enum class End { entered, interrupted, taken_back, closed };
    End end = End::entered;
    std::string text;
  };
  // `continued`: lines of the statement stand above, so they can be taken back.
  Entry read(const std::string& prompt, bool continued);
  // What the next `read` begins with, and the place of its cursor.
  void begin_with(std::string text, std::size_t cursor);
  // After `taken_back`: wipes the lines that were read since the last `remember`, and the prompts before
  // them, where nothing else has been shown among them; else goes to a new line.
  void wipe_statement();
  // A statement is an entry of the history, once when it comes twice in a row; the next one begins.
  void remember(const std::string& statement);
  const std::string& last() const { return last_; }  // that was remembered
  // More keys have come already: a paste that is not marked as one.
  static bool more_waits();

 private:
  std::string history_;
  std::string last_;
};

}  // namespace dossier::shell
