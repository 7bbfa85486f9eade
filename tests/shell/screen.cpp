#include "tests/shell/screen.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <charconv>

namespace dossier::testing {
namespace {

// Cells that a character takes.
std::size_t width(char32_t c) {
  const auto point = static_cast<UChar32>(c);
  switch (u_charType(point)) {
    case U_NON_SPACING_MARK:
    case U_ENCLOSING_MARK:
    case U_FORMAT_CHAR:
      return 0;
    default:
      break;
  }
  if (c >= 0x1160 && c <= 0x11FF) return 0;  // vowels and finals of Hangul join the consonant before them
  const int wide = u_getIntPropertyValue(point, UCHAR_EAST_ASIAN_WIDTH);
  return wide == U_EA_WIDE || wide == U_EA_FULLWIDTH ? 2 : 1;
}

// Bytes of the UTF-8 character that begins with `first`.
std::size_t length(unsigned char first) {
  return first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
}

char32_t decode(std::string_view bytes) {
  const auto first = static_cast<unsigned char>(bytes[0]);
  char32_t c = bytes.size() == 1 ? first : first & (0xFFU >> (bytes.size() + 1));
  for (const char byte : bytes.substr(1)) c = c << 6U | (static_cast<unsigned char>(byte) & 0x3FU);
  return c;
}

std::vector<std::size_t> numbers(std::string_view parameters) {
  std::vector<std::size_t> found;
  while (!parameters.empty()) {
    const std::size_t end = std::min(parameters.find(';'), parameters.size());
    std::size_t number = 0;
    std::from_chars(parameters.data(), parameters.data() + end, number);
    found.push_back(number);
    parameters.remove_prefix(std::min(end + 1, parameters.size()));
  }
  return found;
}

}  // namespace

Screen::Screen(std::size_t columns, std::size_t rows)
    : columns_(columns), cells_(rows, Row(columns)), bottom_(rows - 1) {}

void Screen::resize(std::size_t columns, std::size_t rows) {
  columns_ = columns;
  // As xterm: the lines at the cursor stay, those at the top leave.
  while (cells_.size() > rows && row_ + 1 < cells_.size()) cells_.pop_back();
  while (cells_.size() > rows) {
    cells_.erase(cells_.begin());
    --row_;
  }
  cells_.resize(rows, blank_row());
  for (Row& row : cells_) row.resize(columns);
  top_ = 0;
  bottom_ = rows - 1;
  column_ = std::min(column_, columns - 1);
  wrap_next_ = false;
}

void Screen::write(std::string_view bytes) {
  for (const char byte : bytes) {
    pending_ += byte;
    const std::string_view text = pending_;
    if (text[0] != '\033') {
      if (static_cast<unsigned char>(text[0]) < 0x20 || text[0] == '\177') {
        control(text[0]);
      } else if (text.size() < length(static_cast<unsigned char>(text[0]))) {
        continue;
      } else {
        character(decode(text), text);
      }
      pending_.clear();
      continue;
    }
    if (text.size() < 2) continue;
    switch (text[1]) {
      case '[': {  // parameters, then a final byte from @ to ~
        if (text.size() == 2 || text.back() < '@' || text.back() > '~') continue;
        const std::string sequence_text = pending_;
        sequence(std::string_view(sequence_text).substr(2, sequence_text.size() - 3), sequence_text.back());
        break;
      }
      case ']':  // a command to the window, ended by BEL or ESC backslash
        if (text.back() != '\a' && !(text.size() > 3 && text.ends_with("\033\\"))) continue;
        break;
      case '(':
      case ')':
      case '#':
        if (text.size() < 3) continue;
        break;
      case '7':
        saved_row_ = row_;
        saved_column_ = column_;
        break;
      case '8':
        move(saved_row_, saved_column_);
        break;
      case 'M':  // reverse index
        if (row_ == top_) {
          scroll_down(top_, 1);
        } else if (row_ > 0) {
          --row_;
        }
        break;
      case '=':
      case '>':
        break;
      default:
        unknown_.push_back("ESC " + pending_.substr(1));
    }
    pending_.clear();
  }
}

void Screen::character(char32_t c, std::string_view bytes) {
  const std::size_t cells = width(c);
  if (cells == 0) {  // joins the character before it
    std::size_t at = wrap_next_ ? column_ : column_ == 0 ? 0 : column_ - 1;
    while (at > 0 && cells_[row_][at].text.empty()) --at;
    cells_[row_][at].text += bytes;
    return;
  }
  if (wrap_next_ || column_ + cells > columns_) {
    column_ = 0;
    wrap_next_ = false;
    line_feed();
  }
  Row& row = cells_[row_];
  // Half of a wide character that is written over leaves a blank.
  if (row[column_].text.empty()) row[column_ - 1].text = " ";
  if (column_ + cells < columns_ && row[column_ + cells].text.empty()) row[column_ + cells].text = " ";
  row[column_] = Cell{std::string(bytes), style_};
  if (cells == 2) row[column_ + 1] = Cell{"", style_};
  if (column_ + cells == columns_) {
    column_ = columns_ - 1;
    wrap_next_ = true;
  } else {
    column_ += cells;
  }
}

void Screen::control(char c) {
  switch (c) {
    case '\r':
      column_ = 0;
      wrap_next_ = false;
      break;
    case '\n':
      line_feed();
      break;
    case '\b':
      if (column_ > 0) --column_;
      wrap_next_ = false;
      break;
    case '\t':
      column_ = std::min((column_ / 8 + 1) * 8, columns_ - 1);
      break;
    default:  // the bell, and what has no place on a screen
      break;
  }
}

void Screen::sequence(std::string_view parameters, char final) {
  if (final == 'm') return select_style(parameters);
  const bool special = parameters.starts_with('?') || parameters.starts_with('>');
  if (special && (final == 'h' || final == 'l')) {
    for (const std::size_t mode : numbers(parameters.substr(1)))
      if (mode == 1049 || mode == 47) show_alternate(final == 'h');
    return;  // bracketed paste, cursor keys, the cursor's look: nothing to see
  }
  if (special) return;
  const auto given = numbers(parameters);
  const auto number = [&](std::size_t index, std::size_t otherwise) {
    return index < given.size() && given[index] != 0 ? given[index] : otherwise;
  };
  const std::size_t first = number(0, 1);
  Row& row = cells_[row_];
  switch (final) {
    case 'A':
      return move(row_ - std::min(row_, first), column_);
    case 'B':
    case 'e':
      return move(row_ + first, column_);
    case 'C':
    case 'a':
      return move(row_, column_ + first);
    case 'D':
      return move(row_, column_ - std::min(column_, first));
    case 'E':
      return move(row_ + first, 0);
    case 'F':
      return move(row_ - std::min(row_, first), 0);
    case 'G':
    case '`':
      return move(row_, first - 1);
    case 'd':
      return move(first - 1, column_);
    case 'H':
    case 'f':
      return move(first - 1, number(1, 1) - 1);
    case 'J':
      if (number(0, 0) == 0) {
        erase(row_, column_, columns_);
        for (std::size_t below = row_ + 1; below < rows(); ++below) erase(below, 0, columns_);
      } else {
        for (std::size_t any = 0; any < (number(0, 0) == 1 ? row_ : rows()); ++any) erase(any, 0, columns_);
        if (number(0, 0) == 1) erase(row_, 0, column_ + 1);
      }
      return;
    case 'K':
      return erase(row_, number(0, 0) == 0 ? column_ : 0, number(0, 0) == 1 ? column_ + 1 : columns_);
    case 'X':
      return erase(row_, column_, column_ + first);
    case 'P': {  // deletes characters
      const std::size_t count = std::min(first, columns_ - column_);
      row.erase(row.begin() + static_cast<std::ptrdiff_t>(column_),
                row.begin() + static_cast<std::ptrdiff_t>(column_ + count));
      row.resize(columns_);
      return;
    }
    case '@':  // inserts blanks
      row.insert(row.begin() + static_cast<std::ptrdiff_t>(column_), std::min(first, columns_ - column_),
                 Cell{});
      row.resize(columns_);
      return;
    case 'L':
      if (row_ >= top_ && row_ <= bottom_) scroll_down(row_, first);
      return;
    case 'M':
      if (row_ >= top_ && row_ <= bottom_) scroll_up(row_, first);
      return;
    case 'S':
      return scroll_up(top_, first);
    case 'T':
      return scroll_down(top_, first);
    case 'r':
      top_ = std::min(first, rows()) - 1;
      bottom_ = std::clamp(number(1, rows()), top_ + 1, rows()) - 1;
      return move(0, 0);
    case 's':
      saved_row_ = row_;
      saved_column_ = column_;
      return;
    case 'u':
      return move(saved_row_, saved_column_);
    case 'h':
    case 'l':
    case 'n':
    case 'c':
    case 't':
    case 'q':
      return;
    default:
      unknown_.push_back("ESC [" + std::string(parameters) + final);
  }
}

void Screen::select_style(std::string_view parameters) {
  if (parameters.empty() || parameters == "0") {
    style_.clear();
    return;
  }
  if (parameters.starts_with("0;")) {
    style_.clear();
    parameters.remove_prefix(2);
  }
  if (!style_.empty()) style_ += ';';
  style_ += parameters;
}

void Screen::erase(std::size_t row, std::size_t from, std::size_t to) {
  to = std::min(to, columns_);
  if (from < to && cells_[row][from].text.empty()) cells_[row][from - 1].text = " ";
  for (std::size_t i = from; i < to; ++i) cells_[row][i] = Cell{};
  if (row == row_) wrap_next_ = false;
}

void Screen::line_feed() {
  if (row_ == bottom_) {
    scroll_up(top_, 1);
  } else if (row_ + 1 < rows()) {
    ++row_;
  }
}

void Screen::scroll_up(std::size_t top, std::size_t lines) {
  for (; lines > 0; --lines) {
    cells_.erase(cells_.begin() + static_cast<std::ptrdiff_t>(top));
    cells_.insert(cells_.begin() + static_cast<std::ptrdiff_t>(bottom_), blank_row());
  }
}

void Screen::scroll_down(std::size_t top, std::size_t lines) {
  for (; lines > 0; --lines) {
    cells_.erase(cells_.begin() + static_cast<std::ptrdiff_t>(bottom_));
    cells_.insert(cells_.begin() + static_cast<std::ptrdiff_t>(top), blank_row());
  }
}

void Screen::move(std::size_t row, std::size_t column) {
  row_ = std::min(row, rows() - 1);
  column_ = std::min(column, columns_ - 1);
  wrap_next_ = false;
}

void Screen::show_alternate(bool on) {
  if (on == alternate_) return;
  alternate_ = on;
  if (on) {
    saved_row_ = row_;
    saved_column_ = column_;
    main_cells_ = cells_;
    for (std::size_t row = 0; row < rows(); ++row) erase(row, 0, columns_);
  } else {
    const std::size_t now = rows();
    cells_ = main_cells_;
    cells_.resize(now, blank_row());
    for (Row& row : cells_) row.resize(columns_);
    move(saved_row_, saved_column_);
  }
}

std::size_t Screen::text_end(std::size_t row) const {
  std::size_t end = columns_;
  while (end > 0 && cells_[row][end - 1].text == " ") --end;
  return end;
}

std::string Screen::line(std::size_t row) const {
  std::string text;
  for (std::size_t i = 0; i < text_end(row); ++i) text += cells_[row][i].text;
  return text;
}

std::string Screen::styled_line(std::size_t row) const {
  std::string text;
  std::string style;
  for (std::size_t i = 0; i < text_end(row); ++i) {
    const Cell& cell = cells_[row][i];
    if (cell.style != style) text += "‹" + cell.style + "›";
    style = cell.style;
    text += cell.text;
  }
  return text;
}

std::size_t Screen::cursor_offset() const {
  std::size_t offset = 0;
  for (std::size_t i = 0; i < column_ + (wrap_next_ ? 1 : 0); ++i) offset += cells_[row_][i].text.size();
  return offset;
}

}  // namespace dossier::testing
