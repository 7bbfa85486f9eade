// Rows of texts laid out for people: a table, a value a line, or a table of Markdown.
//
// Purpose: the one place that knows how columns are aligned, shrunk and coloured; who has terms or ids turns
// them into texts and adds them cell by cell. The first rows are held back to learn the widths, later ones are
// printed with those. Invariants: with a width given, no line of a table is wider; columns shrink fairly (the
// widest first), and when there is no room for so many columns each value gets a line of its own. Memory is
// that of the rows that are held; `full` says when to print them. Thread-safety: none; one owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dossier {

enum class TableShape : std::uint8_t { table, lines, markdown };

struct TableStyle {
  TableShape shape = TableShape::table;
  std::size_t width = 0;     // columns of the terminal; 0: lines are as long as they come
  bool colour = false;       // by the kind of the cell, as escape sequences
  bool numbered = false;     // rows have their numbers in front of them, but for one that is alone
  std::uint64_t first_number = 1;
  std::size_t held_rows = 10000;  // that the widths are learned from
};

class TableLayout {
 public:
  enum class Kind : std::uint8_t { none, iri, blank, text, number, date, triple, path };

  TableLayout(std::vector<std::string> names, const TableStyle& style);

  // The next cell, row by row: append to what `cell` gives, then end it. A line break divides the lines of a
  // path; nothing else has one.
  std::string& cell() { return text_; }
  void end_cell(Kind kind);
  void add_cell(std::string_view text, Kind kind) {
    text_ += text;
    end_cell(kind);
  }
  void end_row() { ++held_; }
  // The rows that are held are to be printed now.
  bool full() const;
  // Appends the head, if it is not printed yet, and the rows that are held.
  void print(std::string& out);

 private:
  struct Cell {
    std::size_t end;  // of its text
    std::uint32_t width;
    Kind kind;
  };

  std::string_view text(std::size_t cell) const;
  bool is_right(std::size_t column) const { return right_[column]; }
  void settle_columns();
  void print_head(std::string& out) const;
  void print_row(std::string& out, std::size_t row);
  void print_line(std::string& out, std::size_t row, bool first);
  void print_values(std::string& out, std::size_t row);
  void escape_markdown(std::size_t begin);
  void print_markdown_head(std::string& out) const;
  void print_markdown_row(std::string& out, std::size_t row);
  void append_coloured(std::string& out, std::string_view text, Kind kind) const;
  void append_number(std::string& out) const;

  std::vector<std::string> names_;
  TableStyle style_;
  std::vector<std::size_t> widths_;
  std::vector<bool> right_;  // columns of numbers
  std::size_t number_width_ = 0;
  std::size_t held_ = 0;  // rows
  std::uint64_t number_;           // of the row that is printed
  bool settled_ = false;
  std::string text_;  // of the held cells, one after the other
  std::vector<Cell> cells_;
  std::vector<std::string_view> rest_;  // of the cells of a row: what is not printed yet
  std::string shown_;                   // a piece as it is printed
};

// Makes the widest columns narrower, as few as will do, until their sum is at most `room`; none gets narrower
// than `least` (or than it was). False, and nothing changed: there is no room for that.
bool shrink_columns(std::span<std::size_t> widths, std::size_t room, std::size_t least);

}  // namespace dossier
