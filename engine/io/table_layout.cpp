#include "engine/io/table_layout.h"

#include <algorithm>
#include <numeric>

#include "engine/io/display_width.h"

namespace dossier {
namespace {

constexpr std::size_t kHeldBytes = std::size_t{8} << 20;
constexpr std::size_t kGap = 2;          // blanks between two columns
constexpr std::size_t kLeastColumn = 6;  // narrower says nothing
constexpr std::size_t kManyDigits = 7;
constexpr std::string_view kReset = "\x1b[0m";
constexpr std::string_view kFaint = "\x1b[2m";
constexpr std::string_view kBold = "\x1b[1m";

std::string_view colour_of(TableLayout::Kind kind) {
  switch (kind) {
    case TableLayout::Kind::iri:
      return "\x1b[36m";
    case TableLayout::Kind::text:
      return "\x1b[32m";
    case TableLayout::Kind::number:
      return "\x1b[33m";
    case TableLayout::Kind::date:
      return "\x1b[35m";
    case TableLayout::Kind::blank:
    case TableLayout::Kind::triple:
      return kFaint;
    case TableLayout::Kind::none:
    case TableLayout::Kind::path:
      break;
  }
  return {};
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

std::size_t digits(std::uint64_t number) {
  return std::to_string(number).size();
}

}  // namespace

bool shrink_columns(std::span<std::size_t> widths, std::size_t room, std::size_t least) {
  const auto sum = [&](std::size_t most) {
    std::size_t total = 0;
    for (const std::size_t width : widths) total += std::min(width, most);
    return total;
  };
  if (sum(least) > room) return false;
  std::size_t low = least;
  std::size_t high = widths.empty() ? least : std::max(least, *std::max_element(widths.begin(), widths.end()));
  while (low < high) {  // the largest width that all can keep to
    const std::size_t middle = (low + high + 1) / 2;
    if (sum(middle) <= room) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  std::size_t spare = room - sum(low);
  for (std::size_t& width : widths) {
    if (width <= low) continue;
    width = low + (spare > 0 ? 1 : 0);
    if (spare > 0) --spare;
  }
  return true;
}

TableLayout::TableLayout(std::vector<std::string> names, const TableStyle& style)
    : names_(std::move(names)), style_(style), number_(style.first_number - 1) {}

void TableLayout::end_cell(Kind kind) {
  const std::size_t begin = cells_.empty() ? 0 : cells_.back().end;
  if (style_.shape == TableShape::markdown) escape_markdown(begin);
  std::size_t width = 0;
  for (std::string_view rest = std::string_view(text_).substr(begin); !rest.empty();)
    width = std::max(width, display_width(take_line(rest)));
  cells_.push_back({text_.size(), static_cast<std::uint32_t>(width), kind});
}

bool TableLayout::full() const {
  // Once the widths are fixed nothing is gained by holding rows back.
  return settled_ || held_ >= style_.held_rows || text_.size() >= kHeldBytes;
}

std::string_view TableLayout::text(std::size_t cell) const {
  const std::size_t begin = cell == 0 ? 0 : cells_[cell - 1].end;
  return std::string_view(text_).substr(begin, cells_[cell].end - begin);
}

// From the names and the rows that are held: how wide columns are, and which stand to the right.
void TableLayout::settle_columns() {
  settled_ = true;
  style_.numbered = style_.numbered && held_ > 1;
  const std::size_t columns = names_.size();
  std::vector<bool> texts(columns, false);
  right_.assign(columns, false);
  for (const auto& name : names_) widths_.push_back(display_width(name));
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    widths_[i % columns] = std::max<std::size_t>(widths_[i % columns], cells_[i].width);
    if (cells_[i].width == 0) continue;
    if (cells_[i].kind == Kind::number) right_[i % columns] = true;
    if (cells_[i].kind != Kind::number) texts[i % columns] = true;
  }
  for (std::size_t i = 0; i < columns; ++i) right_[i] = right_[i] && !texts[i];
  if (style_.shape == TableShape::markdown)
    for (std::size_t& width : widths_) width = std::max<std::size_t>(width, 3);
  if (style_.shape != TableShape::table) return;
  for (std::size_t& width : widths_) width = std::max<std::size_t>(width, 1);
  // More rows may come behind those that are held.
  if (style_.numbered) number_width_ = held_ < style_.held_rows ? digits(held_) : kManyDigits;
  if (style_.width == 0) return;
  const std::size_t taken = (style_.numbered ? number_width_ + kGap : 0) + kGap * (std::max<std::size_t>(columns, 1) - 1);
  if (taken >= style_.width || !shrink_columns(widths_, style_.width - taken, kLeastColumn))
    style_.shape = TableShape::lines;
}

void TableLayout::print(std::string& out) {
  if (!settled_) {
    const bool asked_for_lines = style_.shape == TableShape::lines;
    settle_columns();
    if (asked_for_lines) style_.width = 0;  // then values are whole
    if (style_.shape == TableShape::table) print_head(out);
    if (style_.shape == TableShape::markdown) print_markdown_head(out);
  }
  for (std::size_t row = 0; row < held_; ++row) {
    ++number_;
    if (style_.shape == TableShape::table) print_row(out, row);
    if (style_.shape == TableShape::lines) print_values(out, row);
    if (style_.shape == TableShape::markdown) print_markdown_row(out, row);
  }
  text_.clear();
  cells_.clear();
  held_ = 0;
}

void TableLayout::append_coloured(std::string& out, std::string_view text, Kind kind) const {
  const std::string_view colour = style_.colour ? colour_of(kind) : std::string_view();
  out += colour;
  out += text;
  if (!colour.empty()) out += kReset;
}

// ---- tables

void TableLayout::print_head(std::string& out) const {
  std::size_t blanks = style_.numbered ? number_width_ + kGap : 0;
  if (style_.colour) out += kBold;
  std::string name;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    name.clear();
    append_elided(name, names_[i], widths_[i]);
    const std::size_t room = widths_[i] - display_width(name);
    out.append(blanks + (is_right(i) ? room : 0), ' ');
    out += name;
    blanks = kGap + (is_right(i) ? 0 : room);
  }
  if (style_.colour) out += kReset;
  out += '\n';
  if (style_.colour) out += kFaint;
  if (style_.numbered) {
    out.append(number_width_, '-');
    out.append(kGap, ' ');
  }
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (i > 0) out.append(kGap, ' ');
    out.append(widths_[i], '-');
  }
  if (style_.colour) out += kReset;
  out += '\n';
}

void TableLayout::print_row(std::string& out, std::size_t row) {
  rest_.clear();
  for (std::size_t column = 0; column < names_.size(); ++column)
    rest_.push_back(text(row * names_.size() + column));
  bool first = true;
  do {
    print_line(out, row, first);
    first = false;
  } while (std::any_of(rest_.begin(), rest_.end(), [](std::string_view rest) { return !rest.empty(); }));
}

void TableLayout::append_number(std::string& out) const {
  if (style_.colour) out += kFaint;
  std::string number = std::to_string(number_);
  if (number.size() > number_width_) number.replace(0, number.size() - number_width_ + 1, "…");
  if (number.size() < number_width_) out.append(number_width_ - number.size(), ' ');
  out += number;
  if (style_.colour) out += kReset;
}

// The next line of each cell of a row.
void TableLayout::print_line(std::string& out, std::size_t row, bool first) {
  // Blanks are written only in front of the next text, so no line ends in them.
  std::size_t blanks = 0;
  if (style_.numbered && first) append_number(out);
  if (style_.numbered) blanks = (first ? 0 : number_width_) + kGap;
  for (std::size_t column = 0; column < names_.size(); ++column) {
    const Cell& cell = cells_[row * names_.size() + column];
    std::string_view line = take_line(rest_[column]);
    // Only a path has lines of several widths.
    std::size_t taken = cell.kind == Kind::path ? display_width(line) : line.empty() ? 0 : cell.width;
    if (style_.width > 0 && taken > widths_[column]) {
      shown_.clear();
      append_elided(shown_, line, widths_[column]);
      line = shown_;
      taken = display_width(line);
    }
    const bool right = cell.kind == Kind::number;
    const std::size_t room = widths_[column] > taken ? widths_[column] - taken : 0;
    if (right) blanks += room;
    if (!line.empty()) {
      out.append(blanks, ' ');
      blanks = 0;
      append_coloured(out, line, cell.kind);
    }
    blanks += (right ? 0 : room) + kGap;
  }
  out += '\n';
}

// ---- a value a line

void TableLayout::print_values(std::string& out, std::size_t row) {
  if (number_ > style_.first_number) out += '\n';
  if (style_.colour) out += kFaint;
  out += "-- row " + std::to_string(number_);
  if (style_.colour) out += kReset;
  out += '\n';
  std::size_t names = 0;
  for (const auto& name : names_) names = std::max(names, display_width(name));
  if (style_.width > 0) names = std::min(names, style_.width / 3);
  for (std::size_t column = 0; column < names_.size(); ++column) {
    const std::size_t at = row * names_.size() + column;
    std::string_view rest = text(at);
    bool first = true;
    do {
      shown_.clear();
      if (first) append_elided(shown_, names_[column], names);
      const std::string_view line = take_line(rest);
      const std::size_t blanks = line.empty() ? 0 : names - display_width(shown_) + kGap;
      if (style_.colour && first) out += kBold;
      out += shown_;
      if (style_.colour && first) out += kReset;
      out.append(blanks, ' ');
      first = false;
      shown_.clear();
      const std::size_t room = style_.width > names + kGap ? style_.width - names - kGap : 1;
      if (style_.width > 0) append_elided(shown_, line, room);
      append_coloured(out, style_.width > 0 ? std::string_view(shown_) : line, cells_[at].kind);
      out += '\n';
    } while (!rest.empty());
  }
}

// ---- Markdown

// The text of the cell that is being added, from `begin` on.
void TableLayout::escape_markdown(std::size_t begin) {
  shown_.assign(text_, begin);
  text_.resize(begin);
  for (const char c : shown_) {
    if (c == '\n') {
      text_ += "<br>";
      continue;
    }
    if (std::string_view("|<\\*`").find(c) != std::string_view::npos) text_ += '\\';
    text_ += c;
  }
}

void TableLayout::print_markdown_head(std::string& out) const {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const std::size_t room = widths_[i] - display_width(names_[i]);
    out += "| ";
    out.append(is_right(i) ? room : 0, ' ');
    out += names_[i];
    out.append(is_right(i) ? 1 : room + 1, ' ');
  }
  out += "|\n";
  for (std::size_t i = 0; i < names_.size(); ++i) {
    out += "| ";
    out.append(widths_[i] - (is_right(i) ? 1 : 0), '-');
    out += is_right(i) ? ": " : " ";
  }
  out += "|\n";
}

void TableLayout::print_markdown_row(std::string& out, std::size_t row) {
  for (std::size_t column = 0; column < names_.size(); ++column) {
    const std::size_t at = row * names_.size() + column;
    const std::size_t taken = cells_[at].width;
    const std::size_t room = widths_[column] > taken ? widths_[column] - taken : 0;
    const bool right = cells_[at].kind == Kind::number;
    out += "| ";
    out.append(right ? room : 0, ' ');
    out += text(at);
    out.append(right ? 1 : room + 1, ' ');
  }
  out += "|\n";
}

}  // namespace dossier
