// The screen of a terminal: what a person sees of the bytes that a program writes.
//
// Purpose: takes a program's output and keeps the cells, as an xterm of the same size would: cursor movement,
// wrapping at the right edge, wide and combining characters, erasing, inserting and deleting, scrolling
// regions, colours, the alternate screen of pagers. Invariants: a wide character holds two cells, the second
// of them empty; the cursor is inside the screen. What is not known is left out and noted. Thread-safety:
// none. Source: ECMA-48, and xterm's "Control Sequences".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dossier::testing {

class Screen {
 public:
  Screen(std::size_t columns, std::size_t rows);

  void write(std::string_view bytes);
  void resize(std::size_t columns, std::size_t rows);

  std::size_t columns() const { return columns_; }
  std::size_t rows() const { return cells_.size(); }
  // The row's text without the blanks at its end.
  std::string line(std::size_t row) const;
  // The same with the style of each run before it, in guillemets: "‹1;31›dossier: ‹›no such file".
  std::string styled_line(std::size_t row) const;
  std::size_t cursor_row() const { return row_; }
  std::size_t cursor_column() const { return column_; }  // in cells; a wide character is two
  // Where in line(cursor_row()) the cursor stands; behind its end there are blanks.
  std::size_t cursor_offset() const;
  bool alternate() const { return alternate_; }
  // Control sequences that are not known, for a test's report.
  const std::vector<std::string>& unknown() const { return unknown_; }

 private:
  struct Cell {
    std::string text = " ";  // empty: the second half of a wide character
    std::string style;       // parameters of SGR that are in force
  };
  using Row = std::vector<Cell>;

  void character(char32_t c, std::string_view bytes);
  void control(char c);
  void sequence(std::string_view parameters, char final);
  void select_style(std::string_view parameters);
  void erase(std::size_t row, std::size_t from, std::size_t to);
  void line_feed();
  void scroll_up(std::size_t top, std::size_t lines);
  void scroll_down(std::size_t top, std::size_t lines);
  void move(std::size_t row, std::size_t column);
  void show_alternate(bool on);
  std::size_t text_end(std::size_t row) const;  // behind the last cell that is not blank
  Row blank_row() const { return Row(columns_); }

  std::size_t columns_;
  std::vector<Row> cells_;
  std::vector<Row> main_cells_;  // while the alternate screen is shown
  bool alternate_ = false;
  std::size_t row_ = 0;
  std::size_t column_ = 0;
  bool wrap_next_ = false;  // the last column was written: the next character goes to the next line
  std::size_t top_ = 0;     // the scrolling region, both included
  std::size_t bottom_;
  std::size_t saved_row_ = 0;
  std::size_t saved_column_ = 0;
  std::string style_;
  std::string pending_;  // the beginning of a character or of a sequence
  std::vector<std::string> unknown_;
};

}  // namespace dossier::testing
