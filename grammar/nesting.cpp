#include "grammar/nesting.h"

#include <algorithm>
#include <cctype>

namespace dossier::grammar {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// Of a word, a variable or a prefixed name; what is not ASCII belongs to names.
bool is_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == ':' || c == '-' || c == '%' ||
         (static_cast<unsigned char>(c) & 0x80U) != 0;
}

// Takes the tokens of a text one by one; each `next` says where the token began that it went over.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool at_end() const { return at_ == text_.size(); }
  std::size_t at() const { return at_; }
  Nesting::Inside inside() const { return inside_; }  // after the last token: code, unless it has no end

  std::size_t next() {
    const std::size_t begin = at_;
    const char c = text_[at_];
    inside_ = Nesting::Inside::code;
    if (c == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size());
      if (at_ == text_.size()) inside_ = Nesting::Inside::comment;
    } else if (c == '"' || c == '\'') {
      string(c);
    } else if (c == '<') {
      iri();
    } else if (is_name(c) || c == '?' || c == '$') {
      ++at_;
      // A dot belongs to a name when the name goes on behind it.
      while (!at_end() && (is_name(text_[at_]) ||
                           (text_[at_] == '.' && at_ + 1 < text_.size() && is_name(text_[at_ + 1]))))
        ++at_;
    } else if (c == '\\' && at_ + 1 < text_.size()) {
      at_ += 2;
    } else {
      ++at_;
    }
    return begin;
  }

 private:
  void string(char quote) {
    const std::string three(3, quote);
    const bool is_long = text_.substr(at_).starts_with(three);
    at_ += is_long ? 3 : 1;
    while (!at_end()) {
      if (text_[at_] == '\\') {
        at_ = std::min(at_ + 2, text_.size());
      } else if (is_long ? text_.substr(at_).starts_with(three) : text_[at_] == quote) {
        at_ += is_long ? 3 : 1;
        return;
      } else if (!is_long && text_[at_] == '\n') {
        return;  // an error, which the parser reports
      } else {
        ++at_;
      }
    }
    inside_ = is_long ? Nesting::Inside::long_string : Nesting::Inside::string;
  }

  // `<` is an operator when no IRI can begin there.
  void iri() {
    const std::size_t begin = at_++;
    std::size_t end = at_;
    constexpr std::string_view kNever = "<\"{}|^`";
    while (end < text_.size() && text_[end] != '>' && !is_space(text_[end]) &&
           kNever.find(text_[end]) == std::string_view::npos)
      ++end;
    if (end < text_.size()) {
      if (text_[end] == '>') at_ = end + 1;
      return;
    }
    const std::string_view begun = text_.substr(begin + 1);
    if (begun.starts_with('=') || begun.starts_with('?') || begun.starts_with('$')) return;
    inside_ = Nesting::Inside::iri;
    at_ = text_.size();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Nesting::Inside inside_ = Nesting::Inside::code;
};

}  // namespace

Nesting nesting(std::string_view text) {
  Nesting found;
  Scanner scanner(text);
  while (!scanner.at_end()) {
    found.begin = scanner.next();
    const char c = text[found.begin];
    if (scanner.at() - found.begin == 1) {
      if (c == '{' || c == '(' || c == '[') {
        found.open.push_back({c, found.begin});
      } else if ((c == '}' || c == ')' || c == ']') && !found.open.empty()) {
        found.open.pop_back();
      }
    }
  }
  found.inside = scanner.inside();
  if (found.inside == Nesting::Inside::code) {
    found.begin = text.size();
  } else if (found.inside != Nesting::Inside::iri) {
    found.quote = text[found.begin];
  }
  return found;
}

std::size_t word_begin(std::string_view text) {
  Scanner scanner(text);
  while (!scanner.at_end()) {
    const std::size_t begin = scanner.next();
    if (!scanner.at_end()) continue;
    const char c = text[begin];
    const bool begun = scanner.inside() != Nesting::Inside::code || is_name(c) || c == '?' || c == '$';
    return begun && scanner.inside() != Nesting::Inside::comment ? begin : text.size();
  }
  return text.size();
}

std::vector<std::string> variables_of(std::string_view text) {
  std::vector<std::string> found;
  Scanner scanner(text);
  while (!scanner.at_end()) {
    const std::size_t begin = scanner.next();
    if (text[begin] != '?' && text[begin] != '$') continue;
    std::string name(text.substr(begin, scanner.at() - begin));
    // What a name may hold besides ends a variable: ?x:p is ?x and :p.
    name.resize(std::min(name.size(), name.find_first_of(":-%.")));
    if (name.size() > 1 && std::find(found.begin(), found.end(), name) == found.end())
      found.push_back(std::move(name));
  }
  return found;
}

}  // namespace dossier::grammar
