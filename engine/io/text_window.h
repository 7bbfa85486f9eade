// A window that slides over a ByteSource: what Turtle and TriG are read through.
//
// Purpose: tokens are scanned in memory (Scanner); one that runs into the end of the window is scanned again
// after more was fetched, so the window holds one token and what was read ahead, however long the document
// is. Invariants: pointers into the window hold until the next fetch; `look`, `skip_space` and `token` may
// fetch. Thread-safety: none.
#pragma once

#include <vector>

#include "engine/io/lexer.h"

namespace dossier::io {

class TextWindow {
 public:
  TextWindow(ByteSource& source, std::size_t first_bytes, std::size_t max_term_bytes);

  // The byte `ahead` places on; -1 past the end of the document.
  int look(std::size_t ahead = 0) {
    while (static_cast<std::size_t>(scanner_.end - scanner_.at) <= ahead) {
      if (ended_) return -1;
      fetch();
    }
    return static_cast<unsigned char>(scanner_.at[ahead]);
  }
  bool looks_at(std::string_view text);
  void advance(std::size_t count) { scanner_.at += count; }
  // White space and comments.
  void skip_space();
  // What may come after an error, up to and with the `.` that ends the statement; in a graph, up to its `}`.
  void skip_statement(bool in_graph);

  // Calls `scan(Scanner&)` with the whole token in the window. It may be called several times.
  template <typename Scan>
  auto token(Scan scan) {
    for (;;) {
      const char* const start = scanner_.at;
      scanner_.touched_end = false;
      try {
        auto result = scan(scanner_);
        if (!scanner_.touched_end || ended_) return result;
      } catch (const SyntaxFault&) {
        if (!scanner_.touched_end || ended_) {
          scanner_.at = start;
          throw;
        }
      }
      scanner_.at = start;
      fetch();
    }
  }

  [[noreturn]] void expected(std::string_view what);
  [[noreturn]] void fail(std::string message) const { scanner_.fail(std::move(message)); }

  struct Position {
    std::uint64_t line = 1;
    std::uint64_t column = 1;
  };
  Position position(const char* at) const;
  const char* at() const { return scanner_.at; }
  bool is_end(const char* at) const { return ended_ && at == scanner_.end; }

 private:
  void fetch();  // more bytes behind; what lies before the scanner goes
  void skip_string();
  static void move_on(Position& position, const char* from, const char* to);

  ByteSource& source_;
  std::vector<char> buffer_;
  std::size_t max_term_bytes_;
  Scanner scanner_;
  bool ended_ = false;
  Position start_;  // of the first byte of the buffer
};

}  // namespace dossier::io
