#include "engine/io/table_template.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/io/cell_format.h"

namespace dossier::io {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_name_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || is_name_character(byte) || c == '.';
}

class Marker {
 public:
  explicit Marker(std::string_view text) : text_(text) {}

  Template mark() {
    for (std::uint32_t c; at_ < text_.size();) {
      c = code_point();
      if (c >= kFirstMark && c < kFirstMark + kMostMarks)
        throw TemplateFault{written_, fmt::format("the character U+{:X} cannot stand in a map", c)};
      const char next = text_[at_];
      if (next == '#')
        copy_comment();
      else if (next == '"' || next == '\'')
        copy_string();
      else if (next == '<')
        copy_iri();
      else if (next == '@' && look(1) == '{')
        copy(1), add_place(Around::language);
      else if (next == '{' && begins_place())
        add_place(Around::nothing);
      else if (next == '{' && look(1) == '|')
        copy(2);
      else if (next == ':' || is_name_byte(next))
        copy_name();
      else
        copy(1);
    }
    return std::move(result_);
  }

 private:
  enum class Around : std::uint8_t { nothing, iri, start_of_iri, name, string, language };

  char look(std::size_t ahead) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  std::uint32_t code_point() const {
    return decode_utf8(text_.data() + at_, text_.data() + text_.size()).value;
  }

  static void count(TextWindow::Position& position, char c) {
    if (c == '\n') {
      ++position.line;
      position.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
      ++position.column;
    }
  }
  void copy(std::size_t bytes) {
    for (; bytes > 0 && at_ < text_.size(); --bytes, ++at_) {
      count(written_, text_[at_]);
      put(text_[at_]);
    }
  }
  void put(char c) {
    count(marked_, c);
    result_.text += c;
  }

  void copy_comment() {
    while (at_ < text_.size() && text_[at_] != '\n') copy(1);
  }

  void copy_string() {
    const char quote = text_[at_];
    const bool longer = look(1) == quote && look(2) == quote;
    copy(longer ? 3 : 1);
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\\') {
        copy(2);
      } else if (c == quote && (!longer || (look(1) == quote && look(2) == quote))) {
        copy(longer ? 3 : 1);
        return;
      } else if (c == '\n' && !longer) {
        return;  // the reader says that the string is not closed
      } else if (c == '{' && begins_place()) {
        add_place(Around::string);
      } else {
        copy(1);
      }
    }
  }

  void copy_iri() {
    if (look(1) == '<') {
      copy(2);
      return;
    }
    copy(1);
    bool start = true;
    while (at_ < text_.size() && text_[at_] != '\n') {
      if (text_[at_] == '{') {
        add_place(start ? Around::start_of_iri : Around::iri);
      } else if (text_[at_] == '>') {
        copy(1);
        return;
      } else {
        copy(1);
      }
      start = false;
    }
  }

  // A prefixed name, the label of a blank node, a number or a word.
  void copy_name() {
    const std::size_t from = at_;
    while (at_ < text_.size() && is_name_byte(text_[at_])) copy(1);
    if (look(0) != ':') return;
    std::string label(text_.substr(from, at_ - from));
    while (label.starts_with('.')) label.erase(0, 1);  // the end of the statement before
    if (std::find(result_.prefixes.begin(), result_.prefixes.end(), label) == result_.prefixes.end())
      result_.prefixes.push_back(label);
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\\')
        copy(2);
      else if (c == '{' && begins_place())
        add_place(Around::name);
      else if (is_name_byte(c) || c == ':' || c == '%')
        copy(1);
      else
        return;
    }
  }

  // A `{` that is syntax, or a character of a string, is followed by white space, `|` or another brace.
  bool begins_place() const {
    return !is_space(look(1)) && std::string_view("|{}").find(look(1)) == std::string_view::npos &&
           look(1) != '\0';
  }

  void add_place(Around around) {
    WrittenPlace place;
    place.position = written_;
    place.whole_term = around == Around::nothing;
    std::size_t end = at_ + 1;
    std::vector<std::string> parts(1);
    for (; end < text_.size() && text_[end] != '}' && text_[end] != '\n'; ++end) {
      if (text_[end] == '\\' && end + 1 < text_.size() && text_[end + 1] != '\n')
        parts.back() += text_[++end];
      else if (text_[end] == '|')
        parts.emplace_back();
      else
        parts.back() += text_[end];
    }
    if (end == text_.size() || text_[end] != '}') {
      if (around == Around::string) return copy(1);
      throw TemplateFault{written_,
                          "the { that begins a place for a column's value is not closed with } on its line"};
    }
    std::string_view column = trim(parts.front());
    if (column.starts_with('+')) {
      place.reserved = true;
      column.remove_prefix(1);
    }
    if (column.empty()) throw TemplateFault{written_, "a place {} names a column: {column}"};
    place.column = column;
    for (std::size_t i = 1; i < parts.size(); ++i) place.formats.emplace_back(trim(parts[i]));
    if (around == Around::start_of_iri) place.reserved = true;

    const auto number = static_cast<std::uint32_t>(result_.places.size());
    if (number >= kMostMarks)
      throw TemplateFault{written_, fmt::format("a map has at most {} places", kMostMarks)};
    std::string mark;
    if (around == Around::language) {
      mark = fmt::format("{}{}", kLanguageMark, number);
    } else {
      if (around == Around::start_of_iri) mark = kWholeIri;
      if (around == Around::nothing) mark = '"';
      append_utf8(mark, kFirstMark + number);
      if (around == Around::nothing) mark += '"';
    }
    const auto before =
        static_cast<std::int64_t>(written_.column) - static_cast<std::int64_t>(marked_.column);
    for (; at_ <= end; ++at_) count(written_, text_[at_]);
    for (const char c : mark) put(c);
    const auto after = static_cast<std::int64_t>(written_.column) - static_cast<std::int64_t>(marked_.column);
    if (after != before) result_.shifts.push_back({marked_, after});
    result_.places.push_back(std::move(place));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  TextWindow::Position written_;
  TextWindow::Position marked_;
  Template result_;
};

// Does a cell of a header say a property: `<iri>`, `prefix:name`, `a`?
bool is_property(std::string_view cell) {
  if (cell.starts_with("{|")) cell = trim(cell.substr(2));
  if (cell.starts_with('<')) return true;
  if (cell == "a" || cell.starts_with("a ")) return true;
  std::size_t at = 0;
  while (at < cell.size() && is_name_byte(cell[at])) ++at;
  return at + 1 < cell.size() && cell[at] == ':' && !is_space(cell[at + 1]);
}

// `:` for `:{}`, `<>` for `<{}>`; the empty places then get the number of their column.
std::string numbered(std::string_view object, std::size_t number) {
  std::string text(object);
  if (text == "<>") text = "<{}>";
  if (text.ends_with(':')) text += "{}";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text[i] != '{') continue;
    if (i + 1 < text.size() && text[i + 1] == '+') out += text[++i];
    if (i + 1 < text.size() && (text[i + 1] == '}' || text[i + 1] == '|')) out += std::to_string(number);
  }
  return out;
}

}  // namespace

TextWindow::Position Template::written(TextWindow::Position marked) const {
  std::int64_t columns = 0;
  for (const Shift& shift : shifts)
    if (shift.marked.line == marked.line && shift.marked.column <= marked.column) columns = shift.columns;
  marked.column = static_cast<std::uint64_t>(
      std::max<std::int64_t>(1, static_cast<std::int64_t>(marked.column) + columns));
  return marked;
}

Template mark_places(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (!is_valid_utf8(text)) throw TemplateFault{{}, "the map is not valid UTF-8"};
  return Marker(text).mark();
}

std::optional<std::string> template_of_header(const std::vector<std::string>& cells) {
  if (cells.size() < 2 || std::none_of(cells.begin() + 1, cells.end(), is_property)) return std::nullopt;
  const auto fault = [](std::size_t cell, std::string message) {
    return TemplateFault{{cell + 1, 1}, std::move(message)};
  };
  const std::string subject = numbered(trim(cells.front()), 1);
  if (subject.find('{') == std::string::npos)
    throw fault(0,
                "the first column says the subject: a prefix as in ex:{} or ex:{|slug}, or <{}> where the "
                "cells are IRIs");
  std::string text = subject;
  bool any = false;
  bool annotating = false;
  for (std::size_t i = 1; i < cells.size(); ++i) {
    text += '\n';
    std::string_view cell = trim(cells[i]);
    if (cell.empty() || cell.starts_with('#')) continue;
    if (!is_property(cell))
      throw fault(i,
                  "expected a property as the other columns have it (prefix:name, <iri> or a), or a # before "
                  "a column that "
                  "is left out");
    const bool annotation = cell.starts_with("{|");
    if (annotation) {
      if (!any)
        throw fault(i, "{| says something of the statement in a column to the left, and there is none");
      cell = trim(cell.substr(2));
      if (cell.ends_with("|}")) cell = trim(cell.substr(0, cell.size() - 2));
    }
    std::size_t verb = cell.starts_with('<') ? cell.find('>') : 0;
    if (verb == std::string_view::npos) throw fault(i, "expected > at the end of the IRI");
    verb = cell.find_first_of(" \t@^", verb);
    std::string object(verb == std::string_view::npos ? std::string_view() : trim(cell.substr(verb)));
    if (object.empty() || object.starts_with('@') || object.starts_with("^^")) object.insert(0, "{}");
    object = numbered(object, i + 1);
    if (object.find('{') == std::string::npos)
      throw fault(i, fmt::format("'{}' has no {{}}, where the value of the cell is to stand", object));
    if (annotating && !annotation) text += " |}";
    text += annotation && !annotating ? " {| " : any ? " ; " : " ";
    annotating = annotation;
    any = true;
    text.append(cell.substr(0, verb)).append(" ").append(object);
  }
  text += annotating ? " |} ." : " .";
  return text;
}

std::string starting_template(const std::vector<std::string>& cells) {
  constexpr std::size_t kShown = 12;
  constexpr std::size_t kLongestName = 100;
  std::string text = "PREFIX : <http://example.org/>\n";
  std::size_t properties = 0;
  bool subject = false;
  for (std::size_t i = 0; i < cells.size() && properties < kShown; ++i) {
    if (cells[i].empty() || cells[i].size() > kLongestName) continue;
    std::string place;
    for (const char c : cells[i]) {
      if (c == '|' || c == '}' || c == '\\') place += '\\';
      place += c;
    }
    if (!subject) {
      text += fmt::format(":{{{}}}", place);
      subject = true;
      continue;
    }
    std::string name;
    append_slug(name, cells[i]);
    if (name.empty() || !is_name_start(decode_utf8(name.data(), name.data() + name.size()).value))
      name.insert(0, "column-" + std::to_string(i + 1) + (name.empty() ? "" : "-"));
    text += fmt::format("{}\n  :{} \"{{{}}}\"", properties == 0 ? "" : " ;", name, place);
    ++properties;
  }
  if (properties == 0) text += " a :Thing";
  return text + " .\n";
}

}  // namespace dossier::io
