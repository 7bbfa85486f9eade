#include "engine/io/table_writer.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <ostream>

#include "engine/io/decoded_cells.h"
#include "engine/io/term_display.h"

namespace dossier {
namespace {

class TableWriter : public SolutionWriter {
 public:
  TableWriter(std::ostream& out, const std::vector<std::string>& variables, LocalTerms& terms,
              const Prefixes& prefixes, const PathColumns& paths)
      : out_(out), variables_(variables), terms_(terms), display_(prefixes), paths_(paths) {
    for (const auto& name : variables_) widths_.push_back(display_width(name));
  }

  void write(std::span<const Id* const> columns, std::size_t rows) override {
    decoded_.decode(terms_, columns, rows);
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t column = 0; column < columns.size(); ++column) add_cell(columns, row, column);
      ++held_rows_;
      if (held_rows_ >= kHeldRows || text_.size() >= kHeldBytes) print_held();
    }
    // Once the widths are fixed nothing is gained by holding rows back.
    if (head_printed_) print_held();
  }

  void finish() override { print_held(); }

 private:
  struct Cell {
    std::size_t end;  // of its text
    std::uint32_t width;
    bool number;
  };

  void add_cell(std::span<const Id* const> columns, std::size_t row, std::size_t column) {
    const DecodedCells::Entry entry = decoded_.at(row, column);
    const std::size_t begin = text_.size();
    bool number = false;
    if (decoded_.is_bound(entry) && !append_path(columns, row, column)) number = append_term(entry);
    std::size_t width = 0;
    for (std::string_view rest = std::string_view(text_).substr(begin); !rest.empty();)
      width = std::max(width, display_width(take_line(rest)));
    cells_.push_back({text_.size(), static_cast<std::uint32_t>(width), number});
  }

  // The only cells of several lines.
  bool append_path(std::span<const Id* const> columns, std::size_t row, std::size_t column) {
    const DecodedCells::Entry entry = decoded_.at(row, column);
    if (column >= paths_.size() || !paths_[column] || decoded_.is_triple(entry)) return false;
    const PathStep& step = *paths_[column];
    const Id start = step.start_column ? columns[*step.start_column][row] : step.start;
    start_.clear();
    if (start.is_bound() && !terms_.append_element(start_, start, 1)) start_.clear();
    return draw_path(text_, decoded_.bytes(entry), step, start_, display_);
  }

  bool append_term(DecodedCells::Entry entry) {
    if (!decoded_.is_triple(entry)) return display_.append(text_, decoded_.bytes(entry));
    text_ += "<<( ";
    for (std::size_t i = 0; i < 3; ++i) {
      append_term(decoded_.part(entry, i));
      text_ += ' ';
    }
    text_ += ")>>";
    return false;
  }

  static std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
  }

  void print_held() {
    const std::size_t width = variables_.size();
    if (!head_printed_) {
      for (std::size_t i = 0; i < cells_.size(); ++i)
        widths_[i % width] = std::max<std::size_t>(widths_[i % width], cells_[i].width);
      print_head();
    }
    std::size_t begin = 0;
    for (std::size_t row = 0; row < held_rows_; ++row) {
      rest_.clear();
      for (std::size_t column = 0; column < width; ++column) {
        const std::size_t end = cells_[row * width + column].end;
        rest_.push_back(std::string_view(text_).substr(begin, end - begin));
        begin = end;
      }
      do {
        print_line(&cells_[row * width]);
      } while (std::any_of(rest_.begin(), rest_.end(), [](std::string_view rest) { return !rest.empty(); }));
    }
    out_.write(line_.data(), static_cast<std::streamsize>(line_.size()));
    line_.clear();
    text_.clear();
    cells_.clear();
    held_rows_ = 0;
  }

  // The next line of each cell of a row.
  void print_line(const Cell* cells) {
    // Blanks are written only in front of the next text, so no line ends in them.
    std::size_t blanks = 0;
    for (std::size_t column = 0; column < rest_.size(); ++column) {
      const bool number = cells[column].number;
      const std::string_view line = take_line(rest_[column]);
      // Only a path has lines of several widths.
      const bool path = column < paths_.size() && paths_[column];
      const std::size_t taken = path ? display_width(line) : line.empty() ? 0 : cells[column].width;
      const std::size_t room = widths_[column] > taken ? widths_[column] - taken : 0;
      if (number) blanks += room;
      if (!line.empty()) {
        line_.append(blanks, ' ');
        blanks = 0;
        line_ += line;
      }
      blanks += (number ? 0 : room) + 2;
    }
    line_ += '\n';
  }

  // True when the held cells of a column are numbers, so that its name stands to the right as they do.
  bool is_number_column(std::size_t column) const {
    bool any = false;
    for (std::size_t i = column; i < cells_.size(); i += variables_.size()) {
      if (cells_[i].width == 0) continue;
      if (!cells_[i].number) return false;
      any = true;
    }
    return any;
  }

  void print_head() {
    head_printed_ = true;
    std::size_t blanks = 0;
    for (std::size_t i = 0; i < variables_.size(); ++i) {
      const std::size_t room = widths_[i] - display_width(variables_[i]);
      const bool number = is_number_column(i);
      line_.append(blanks + (number ? room : 0), ' ');
      line_ += variables_[i];
      blanks = 2 + (number ? 0 : room);
    }
    line_ += '\n';
    for (std::size_t i = 0; i < variables_.size(); ++i) {
      if (i > 0) line_ += "  ";
      line_.append(std::max<std::size_t>(widths_[i], 1), '-');
    }
    line_ += '\n';
  }

  std::ostream& out_;
  std::vector<std::string> variables_;
  LocalTerms& terms_;
  TermDisplay display_;
  PathColumns paths_;
  DecodedCells decoded_;
  std::vector<std::size_t> widths_;
  std::string text_;  // of the held cells, one after the other
  std::vector<Cell> cells_;
  std::string start_;                   // of the path that is drawn
  std::vector<std::string_view> rest_;  // of the cells of a row: what is not printed yet
  std::string line_;
  std::size_t held_rows_ = 0;
  bool head_printed_ = false;
};

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  std::size_t i = 0;
  while (i < text.size()) {
    if (bytes[i] < 0x80) {
      ++width;
      ++i;
      continue;
    }
    UChar32 code = 0;
    U8_NEXT_OR_FFFD(bytes, i, text.size(), code);
    const auto type = u_charType(code);
    if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_FORMAT_CHAR) continue;
    // Vowels and finals of Hangul that join the syllable before them.
    if (code >= 0x1160 && code <= 0x11FF) continue;
    const int wide = u_getIntPropertyValue(code, UCHAR_EAST_ASIAN_WIDTH);
    width += wide == U_EA_FULLWIDTH || wide == U_EA_WIDE ? 2 : 1;
  }
  return width;
}

std::unique_ptr<SolutionWriter> make_table_writer(std::ostream& out,
                                                  const std::vector<std::string>& variables,
                                                  LocalTerms& terms, const Prefixes& prefixes,
                                                  const PathColumns& paths) {
  return std::make_unique<TableWriter>(out, variables, terms, prefixes, paths);
}

}  // namespace dossier
