// Text in columns, and lines that fit the screen.
//
// Purpose: what the exploring commands print: cells lined up by their width on a screen (Chinese letters take
// two places), the middle of long ones left out where the line would not fit, and long texts by the page.
// Thread-safety: main thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "shell/context.h"

namespace dossier::shell {

// Places of a line of the terminal that standard output is; 0: it is none, lines may be of any length.
std::size_t line_width();
// Beginning and end of the text, with … for what stands between, in so many places; 0: as it is.
std::string elided(std::string_view text, std::size_t width);

class Columns {
 public:
  // list: left, and where it does not fit its last members are left out, not its middle.
  enum class Align : std::uint8_t { left, right, list };
  // Further columns are aligned left.
  explicit Columns(std::vector<Align> align) : align_(std::move(align)) {}
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }
  // The lines, as wide as the terminal's at most, with so many blanks before them.
  std::vector<std::string> lines(std::size_t indent = 0) const;
  void print(std::ostream& out, std::size_t indent = 0) const;

 private:
  std::vector<Align> align_;
  std::vector<std::vector<std::string>> rows_;
};

// Prints the lines. A person gets the first page of them, and the next ones with `.more`.
void show_page(ShellContext& context, std::vector<std::string> lines);

}  // namespace dossier::shell
