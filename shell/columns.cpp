#include "shell/columns.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "engine/io/display_width.h"
#include "shell/console.h"

namespace dossier::shell {
namespace {

constexpr std::size_t kGap = 2;
// A column gives its places to the others before it is narrower than this.
constexpr std::size_t kLeastColumn = 12;

winsize terminal_size() {
  winsize size{};
  if (is_terminal(STDOUT_FILENO)) ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
  return size;
}

}  // namespace

std::size_t line_width() {
  if (!is_terminal(STDOUT_FILENO)) return 0;
  const winsize size = terminal_size();
  return size.ws_col == 0 ? 80 : size.ws_col;
}

std::string elided(std::string_view text, std::size_t width) {
  if (width == 0) return std::string(text);
  std::string shown;
  append_elided(shown, text, width);
  return shown;
}

namespace {

// An IRI is told by its end: `…person/200974>`.
std::string elided_cell(const std::string& text, std::size_t width) {
  if (!text.starts_with('<') || width < 2 || display_width(text) <= width) return elided(text, width);
  std::size_t begin = text.size();
  std::size_t used = 1;
  while (begin > 0) {
    std::size_t letter = begin - 1;
    while (letter > 0 && (static_cast<unsigned char>(text[letter]) & 0xC0) == 0x80) --letter;
    used += display_width(std::string_view(text).substr(letter, begin - letter));
    if (used > width) break;
    begin = letter;
  }
  return "…" + text.substr(begin);
}

// As many members of `a, b, ...` as find room.
std::string elided_list(const std::string& text, std::size_t width) {
  constexpr std::string_view kMore = ", ...";
  if (display_width(text) <= width) return text;
  std::size_t end = text.ends_with(kMore) ? text.size() - kMore.size() : text.size();
  while ((end = text.rfind(", ", end - 1)) != std::string::npos && end > 0) {
    std::string fewer = text.substr(0, end).append(kMore);
    if (display_width(fewer) <= width) return fewer;
  }
  return elided(text, width);
}

}  // namespace

std::vector<std::string> Columns::lines(std::size_t indent) const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  // The widest column is made narrower until the line fits.
  if (const std::size_t room = line_width(); room > 0) {
    const auto total = [&] {
      std::size_t sum = indent;
      for (const std::size_t width : widths) sum += width + kGap;
      return sum - (widths.empty() ? 0 : kGap);
    };
    while (!widths.empty() && total() > room) {
      const auto widest = std::max_element(widths.begin(), widths.end());
      if (*widest <= kLeastColumn) break;
      --*widest;
    }
  }
  std::vector<std::string> lines;
  for (const auto& row : rows_) {
    std::string line(indent, ' ');
    std::size_t blanks = 0;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const Align align = i < align_.size() ? align_[i] : Align::left;
      const std::string cell =
          align == Align::list ? elided_list(row[i], widths[i]) : elided_cell(row[i], widths[i]);
      const std::size_t room = widths[i] - std::min(widths[i], display_width(cell));
      const bool right = align == Align::right;
      line.append(blanks + (right ? room : 0), ' ');
      line += cell;
      blanks = kGap + (right ? 0 : room);
    }
    while (line.ends_with(' ')) line.pop_back();
    lines.push_back(std::move(line));
  }
  return lines;
}

void Columns::print(std::ostream& out, std::size_t indent) const {
  for (const std::string& line : lines(indent)) out << line << '\n';
}

void show_page(ShellContext& context, std::vector<std::string> lines) {
  std::size_t page = lines.size();
  if (context.options.interactive && is_terminal(STDOUT_FILENO)) {
    const winsize size = terminal_size();
    // The line with the command and the one that tells of `.more` stay in sight.
    const std::size_t rows = size.ws_row > 6 ? size.ws_row - 3U : 21U;
    if (lines.size() > rows + 1) page = rows;
  }
  for (std::size_t i = 0; i < page; ++i) context.out << lines[i] << '\n';
  context.out.flush();
  lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(page));
  if (!lines.empty()) fmt::print(stderr, "({} more lines: .more)\n", with_commas(lines.size()));
  context.more = std::move(lines);
}

}  // namespace dossier::shell
