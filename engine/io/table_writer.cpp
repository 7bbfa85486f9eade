#include "engine/io/table_writer.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <ostream>

#include "engine/io/decoded_cells.h"
#include "engine/model/term.h"
#include "engine/model/value.h"

namespace dossier {
namespace {

bool is_ascii_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// True when `text` can stand behind `prefix:` without escapes.
bool is_plain_local(std::string_view text) {
  if (text.empty()) return true;
  if (text.front() == '-' || text.front() == '.' || text.back() == '.') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_ascii_alnum(c) || c == '_' || c == '-' || c == '.' || c == ':' ||
           static_cast<unsigned char>(c) >= 0x80;
  });
}

// Types whose lexical form says enough to a reader.
bool is_plain_type(std::string_view datatype) {
  if (numeric_kind(datatype)) return true;
  if (!datatype.starts_with(iri::kXsd)) return false;
  constexpr std::array<std::string_view, 9> kNames = {"boolean",    "date",   "dateTime",  "time", "gYear",
                                                      "gYearMonth", "gMonth", "gMonthDay", "gDay"};
  return std::find(kNames.begin(), kNames.end(), datatype.substr(iri::kXsd.size())) != kNames.end();
}

class TableWriter : public SolutionWriter {
 public:
  TableWriter(std::ostream& out, const std::vector<std::string>& variables, LocalTerms& terms,
              Prefixes prefixes)
      : out_(out), variables_(variables), terms_(terms), prefixes_(std::move(prefixes)) {
    // The longest namespace first, so that the most specific prefix is taken.
    std::stable_sort(prefixes_.begin(), prefixes_.end(),
                     [](const auto& a, const auto& b) { return a.second.size() > b.second.size(); });
    for (const auto& name : variables_) widths_.push_back(display_width(name));
  }

  void write(std::span<const Id* const> columns, std::size_t rows) override {
    decoded_.decode(terms_, columns, rows);
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t column = 0; column < columns.size(); ++column) add_cell(row * columns.size() + column);
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

  void add_cell(std::size_t index) {
    const std::size_t begin = text_.size();
    bool number = false;
    if (decoded_.is_bound(index)) append_term(index, number);
    const auto width = static_cast<std::uint32_t>(display_width(std::string_view(text_).substr(begin)));
    cells_.push_back({text_.size(), width, number});
  }

  void append_term(std::size_t index, bool& number) {
    if (decoded_.is_triple(index)) {
      const std::size_t part = decoded_.components(index);
      bool ignored = false;
      text_ += "<<( ";
      for (std::size_t i = 0; i < 3; ++i) {
        append_term(part + i, ignored);
        text_ += ' ';
      }
      text_ += ")>>";
      return;
    }
    const TermParts parts = split_term(decoded_.bytes(index));
    switch (parts.kind) {
      case kIriByte:
        append_iri(parts.text);
        break;
      case kBlankByte:
        text_ += "_:";
        append_visible(parts.text);
        break;
      case kLanguageByte:
        append_visible(parts.text);
        text_ += '@';
        text_ += parts.extra;
        break;
      case kDatatypeByte:
        number = numeric_kind(parts.extra).has_value();
        if (number || is_plain_type(parts.extra)) {
          append_visible(parts.text);
        } else {
          text_ += '"';
          append_visible(parts.text);
          text_ += "\"^^";
          append_iri(parts.extra);
        }
        break;
      default:
        append_visible(parts.text);
    }
  }

  void append_iri(std::string_view iri) {
    for (const auto& [label, space] : prefixes_) {
      if (space.empty() || !iri.starts_with(space) || !is_plain_local(iri.substr(space.size()))) continue;
      text_ += label;
      text_ += ':';
      append_visible(iri.substr(space.size()));
      return;
    }
    text_ += '<';
    append_visible(iri);
    text_ += '>';
  }

  // Control characters (C0, DEL, C1) as escapes of Turtle.
  void append_visible(std::string_view value) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    for (std::size_t i = 0; i < value.size(); ++i) {
      const auto c = static_cast<unsigned char>(value[i]);
      const bool c1 = c == 0xC2 && i + 1 < value.size() && static_cast<unsigned char>(value[i + 1]) < 0xA0;
      if (c >= 0x20 && c != 0x7F && !c1) {
        text_ += value[i];
      } else if (c == '\n') {
        text_ += "\\n";
      } else if (c == '\t') {
        text_ += "\\t";
      } else if (c == '\r') {
        text_ += "\\r";
      } else {
        const auto code = c1 ? static_cast<unsigned char>(value[++i]) : c;
        text_ += "\\u00";
        text_ += kHex[code >> 4];
        text_ += kHex[code & 15];
      }
    }
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
      // Blanks are written only in front of the next text, so no line ends in them.
      std::size_t blanks = 0;
      for (std::size_t column = 0; column < width; ++column) {
        const Cell& cell = cells_[row * width + column];
        const std::size_t room = widths_[column] > cell.width ? widths_[column] - cell.width : 0;
        if (cell.number) blanks += room;
        if (cell.end > begin) {
          line_.append(blanks, ' ');
          blanks = 0;
          line_.append(text_, begin, cell.end - begin);
        }
        blanks += cell.number ? 0 : room;
        blanks += 2;
        begin = cell.end;
      }
      line_ += '\n';
    }
    out_.write(line_.data(), static_cast<std::streamsize>(line_.size()));
    line_.clear();
    text_.clear();
    cells_.clear();
    held_rows_ = 0;
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
  Prefixes prefixes_;
  DecodedCells decoded_;
  std::vector<std::size_t> widths_;
  std::string text_;  // of the held cells, one after the other
  std::vector<Cell> cells_;
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
                                                  LocalTerms& terms, const Prefixes& prefixes) {
  return std::make_unique<TableWriter>(out, variables, terms, prefixes);
}

}  // namespace dossier
