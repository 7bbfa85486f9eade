// The scanner: white space, comments and every token of the grammar, by longest match.
#include <algorithm>
#include <cstring>

#include "grammar/builder.h"
#include "grammar/built_in.h"
#include "grammar/characters.h"
#include "grammar/iri.h"

namespace dossier::grammar {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

Iterator Builder::skip(Iterator first) const {
  while (first != end_) {
    if (*first == ' ' || *first == '\t' || *first == '\n' || *first == '\r') {
      ++first;
    } else if (*first == '#') {
      while (first != end_ && *first != '\n' && *first != '\r') ++first;
    } else {
      break;
    }
  }
  return first;
}

bool Builder::missing(Iterator at, char const* what) {
  if (at > furthest_) {
    furthest_ = at;
    expected_.clear();
    if (at == end_) note_end();
  }
  if (at == furthest_ && std::find(expected_.begin(), expected_.end(), what) == expected_.end())
    expected_.push_back(what);
  return false;
}

bool Builder::punct(Iterator& first, char const* token) {
  const Iterator at = skip(first);
  const std::size_t size = std::strlen(token);
  if (static_cast<std::size_t>(end_ - at) < size || std::memcmp(at, token, size) != 0)
    return missing(at, token);
  const Iterator behind = at + size;
  const char next = behind == end_ ? '\0' : *behind;
  bool longer = false;  // a longer token starts here
  if (size == 1) {
    switch (*token) {
      case '{':
        longer = next == '|';
        break;
      case '|':
        longer = next == '|' || next == '}';
        break;
      case '!':
        longer = next == '=';
        break;
      case '^':
        longer = next == '^';
        break;
      case '<':
        longer = next == '<' || next == '=' || iri_reference_end(at) != nullptr;
        break;
      case '>':
        longer = next == '=' || next == '>';
        break;
      case '.':
        longer = is_digit(static_cast<unsigned char>(next));
        break;
      default:
        break;
    }
  } else if (size == 2 && token[0] == '<') {
    longer = token[1] == '<' ? next == '(' : iri_reference_end(at) != nullptr;
  }
  if (longer) return missing(at, token);
  at_ = offset(at);
  first = behind;
  return true;
}

// Letters, digits and underscores, not the beginning of a prefixed name.
bool Builder::word(Iterator& first, std::string_view& found) const {
  Iterator p = first;
  while (p != end_ &&
         (is_letter(static_cast<unsigned char>(*p)) || is_digit(static_cast<unsigned char>(*p)) || *p == '_'))
    ++p;
  if (p == first) return false;
  if (p != end_ && (*p == ':' || (static_cast<unsigned char>(*p) & 0x80U) != 0)) return false;
  found = std::string_view(first, static_cast<std::size_t>(p - first));
  first = p;
  return true;
}

bool Builder::keyword(Iterator& first, char const* expected) {
  const Iterator at = skip(first);
  Iterator p = at;
  std::string_view found;
  if (!word(p, found) || !same_word(found, expected)) return missing(at, expected);
  at_ = offset(at);
  first = p;
  return true;
}

bool Builder::letter_a(Iterator& first) {
  const Iterator at = skip(first);
  Iterator p = at;
  std::string_view found;
  if (!word(p, found) || found != "a") return missing(at, "'a'");
  at_ = offset(at);
  first = p;
  return true;
}

bool Builder::path_question(Iterator& first) {
  const Iterator at = skip(first);
  if (at == end_ || *at != '?') return missing(at, "?");
  Iterator p = at + 1;
  const std::uint32_t next = decode(p, end_);
  if (is_name_start(next) || is_digit(next)) return missing(at, "?");
  at_ = offset(at);
  first = at + 1;
  return true;
}

bool Builder::path_plus_sign(Iterator& first) {
  const Iterator at = skip(first);
  if (at == end_ || *at != '+') return missing(at, "+");
  Iterator p = at + 1;
  if (p != end_ && *p == '.') ++p;
  if (p != end_ && is_digit(static_cast<unsigned char>(*p))) return missing(at, "+");
  at_ = offset(at);
  first = at + 1;
  return true;
}

bool Builder::end_of_text(Iterator& first) {
  const Iterator at = skip(first);
  if (at != end_) return missing(at, "the end of the text");
  first = at;
  return true;
}

bool Builder::variable(Iterator& first) {
  const Iterator at = skip(first);
  Iterator p = at;
  if (p == end_ || (*p != '?' && *p != '$')) return missing(at, "a variable");
  ++p;
  const Iterator name = p;
  Iterator behind = p;
  const std::uint32_t c = decode(behind, end_);
  if (!is_name_start(c) && !is_digit(c)) return missing(at, "a variable");
  do {
    p = behind;
  } while (p != end_ && is_variable_character(decode(behind, end_)));
  at_ = offset(at);
  if (no_variables_ != nullptr) fail(at_, no_variables_);
  terms_.emplace_back(Var{std::string(name, p), {at_}});
  first = p;
  return true;
}

// ---- IRIs

// Behind the '>' of an IRIREF at `first`; null when no IRIREF stands there.
Iterator Builder::iri_reference_end(Iterator first) const {
  if (first == end_ || *first != '<') return nullptr;
  for (Iterator p = first + 1; p != end_; ++p) {
    const auto c = static_cast<unsigned char>(*p);
    if (c == '>') return p + 1;
    if (c <= 0x20 || c == '<' || c == '"' || c == '{' || c == '}' || c == '|' || c == '^' || c == '`')
      return nullptr;
    if (c == '\\' && (p + 1 == end_ || (p[1] != 'u' && p[1] != 'U'))) return nullptr;
  }
  return nullptr;
}

bool Builder::scan_iri_reference(Iterator& first, std::string& value) const {
  const Iterator behind = iri_reference_end(first);
  if (behind == nullptr) return false;
  const Iterator last = behind - 1;
  if (std::find(first + 1, last, '\\') == last) {
    value.assign(first + 1, last);
    first = behind;
    return true;
  }
  value.clear();
  for (Iterator p = first + 1; p != last;) {
    if (*p == '\\') {
      append_escape(p, value, false);
    } else {
      value.push_back(*p++);
    }
  }
  for (const char c : value) {
    if (static_cast<unsigned char>(c) <= 0x20 || std::strchr("<>\"{}|^`\\", c) != nullptr) {
      fail(offset(first), "an escape in this IRI stands for a character that no IRI may contain");
    }
  }
  first = behind;
  return true;
}

// A numeric escape, in strings also \t \n and the like; `first` stands on the backslash.
void Builder::append_escape(Iterator& first, std::string& value, bool in_string) const {
  const Iterator at = first;
  const char kind = first + 1 == end_ ? '\0' : first[1];
  if (kind == 'u' || kind == 'U') {
    const int digits = kind == 'u' ? 4 : 8;
    std::uint32_t code_point = 0;
    for (int i = 0; i < digits; ++i) {
      const Iterator digit = at + 2 + i;
      const int hex = digit < end_ ? hex_value(*digit) : -1;
      if (hex < 0) {
        fail(offset(at),
             std::string("\\") + kind + " needs " + std::to_string(digits) + " hexadecimal digits");
      }
      code_point = (code_point << 4U) | static_cast<std::uint32_t>(hex);
    }
    if ((code_point >= 0xD800 && code_point <= 0xDFFF) || code_point > 0x10FFFF) {
      fail(offset(at),
           "this escape stands for no Unicode character (surrogates and values above 10FFFF are none)");
    }
    append_utf8(value, code_point);
    first = at + 2 + digits;
    return;
  }
  constexpr std::string_view kLetters = "tbnrf\"'\\";
  constexpr std::string_view kValues = "\t\b\n\r\f\"'\\";
  const std::size_t index = kind == '\0' ? std::string_view::npos : kLetters.find(kind);
  if (!in_string || index == std::string_view::npos) {
    fail(offset(at), "unknown escape", "one of \\t \\b \\n \\r \\f \\\" \\' \\\\ \\uXXXX \\UXXXXXXXX");
  }
  value.push_back(kValues[index]);
  first = at + 2;
}

std::string Builder::resolve(const std::string& reference, std::uint32_t at) const {
  std::string iri = resolve_iri(prologue_.base, reference);
  if (is_absolute_iri(iri)) {
    if (const auto problem = iri_problem(iri)) fail(at, *problem);
  }
  return iri;
}

bool Builder::iri_reference(Iterator& first) {
  const Iterator at = skip(first);
  Iterator p = at;
  if (!scan_iri_reference(p, reference_)) return missing(at, "an IRI in angle brackets");
  at_ = offset(at);
  first = p;
  return true;
}

bool Builder::iri(Iterator& first) {
  const Iterator at = skip(first);
  Iterator p = at;
  if (p != end_ && *p == '<') {
    std::string reference;
    if (!scan_iri_reference(p, reference)) return missing(at, "an IRI");
    at_ = offset(at);
    terms_.emplace_back(Iri{resolve(reference, at_), {at_}});
  } else if (!scan_prefixed_name(p)) {
    return missing(at, "an IRI");
  }
  first = p;
  return true;
}

namespace {

// PN_PREFIX? ':'; null when there is none.
Iterator prefix_end(Iterator first, Iterator last) {
  Iterator p = first;
  if (p == last) return nullptr;
  if (*p == ':') return p + 1;
  if (!is_name_base(decode(p, last))) return nullptr;
  char before = 'x';
  while (p != last) {
    if (*p == ':') return before == '.' ? nullptr : p + 1;
    before = *p;
    if (*p == '.') {
      ++p;
    } else if (!is_name_character(decode(p, last))) {
      return nullptr;
    }
  }
  return nullptr;
}

}  // namespace

bool Builder::prefix_label(Iterator& first) {
  const Iterator at = skip(first);
  const Iterator behind = prefix_end(at, end_);
  if (behind == nullptr) return missing(at, "a prefix with its colon");
  label_.assign(at, behind - 1);
  at_ = offset(at);
  first = behind;
  return true;
}

bool Builder::scan_prefixed_name(Iterator& first) {
  const Iterator at = first;
  const Iterator colon = prefix_end(first, end_);
  if (colon == nullptr) return false;
  std::string local;
  std::size_t kept = 0;  // length of `local` up to the last character that may end a name
  Iterator behind = colon;
  for (Iterator p = colon; p != end_;) {
    if (*p == '%') {
      if (end_ - p < 3 || hex_value(p[1]) < 0 || hex_value(p[2]) < 0) break;
      local.append(p, p + 3);
      p += 3;
    } else if (*p == '\\') {
      if (end_ - p < 2 || p[1] == '\0' || std::strchr("_~.-!$&'()*+,;=/?#@%", p[1]) == nullptr) break;
      local.push_back(p[1]);
      p += 2;
    } else if (*p == '.') {
      if (p == colon) break;
      local.push_back(*p++);
      continue;
    } else {
      Iterator next = p;
      const std::uint32_t c = decode(next, end_);
      const bool fits = c == ':' || is_digit(c) || (p == colon ? is_name_start(c) : is_name_character(c));
      if (!fits) break;
      local.append(p, next);
      p = next;
    }
    kept = local.size();
    behind = p;
  }
  local.resize(kept);
  at_ = offset(at);
  const std::string label(at, colon - 1);
  terms_.emplace_back(Iri{prefix_iri(label) + local, {at_}});
  first = behind;
  return true;
}

// ---- literals and blank nodes

bool Builder::number(Iterator& first) {
  const Iterator at = skip(first);
  Iterator p = at;
  const auto digits = [&] {
    const Iterator from = p;
    while (p != end_ && is_digit(static_cast<unsigned char>(*p))) ++p;
    return p != from;
  };
  if (p != end_ && (*p == '+' || *p == '-')) ++p;
  const bool whole = digits();
  const char* type = "integer";
  Iterator behind = p;
  bool fits = whole;
  bool fraction = false;
  const bool point = p != end_ && *p == '.';
  if (point) {
    ++p;
    fraction = digits();
    if (fraction) {
      type = "decimal";
      behind = p;
      fits = true;
    }
  }
  if ((whole || fraction) && p != end_ && (*p == 'e' || *p == 'E')) {
    ++p;
    if (p != end_ && (*p == '+' || *p == '-')) ++p;
    if (digits()) {
      type = "double";
      behind = p;
    }
  }
  if (!fits) return missing(at, "a number");
  at_ = offset(at);
  terms_.emplace_back(Literal{std::string(at, behind), std::string(kXsd) + type, {}, Direction::none, {at_}});
  first = behind;
  return true;
}

bool Builder::integer(Iterator& first) {
  const Iterator at = skip(first);
  Iterator p = at;
  while (p != end_ && is_digit(static_cast<unsigned char>(*p))) ++p;
  if (p == at) return missing(at, "a whole number");
  at_ = offset(at);
  lexical_.assign(at, p);
  first = p;
  return true;
}

bool Builder::path_count(Iterator& first) {
  const Iterator at = skip(first);
  if (at == end_ || !is_digit(static_cast<unsigned char>(*at)))
    return missing(at, "a number of repetitions, such as {2} or {1,5}");
  return integer(first);
}

bool Builder::path_end(Iterator& first) {
  const Iterator at = skip(first);
  Iterator p = at;
  std::string_view found;
  if (word(p, found) && same_word(found, "AS"))
    fail(offset(at), "a path becomes a value only by a path search",
         "a selector (ANY, ANY SHORTEST, ALL SHORTEST, ALL, SHORTEST k, SHORTEST k GROUPS, CHEAPEST k) or a "
         "mode (WALK, "
         "TRAIL, ACYCLIC, SIMPLE) before the '('");
  return punct(first, ")");
}

bool Builder::search_word(Iterator& first) {
  const Iterator at = skip(first);
  Iterator p = at;
  std::string_view found;
  // A name that begins like a word (any-x:p) is a name; messages about other verbs stay without the words.
  if (prefix_end(at, end_) != nullptr || !word(p, found)) return false;
  for (const std::string_view each :
       {"ALL", "ANY", "SHORTEST", "CHEAPEST", "WALK", "TRAIL", "ACYCLIC", "SIMPLE"})
    if (same_word(found, each)) {
      at_ = offset(at);
      return true;
    }
  return false;
}

bool Builder::search_end(Iterator& first) {
  const Iterator at = skip(first);
  const std::string_view rest(at, std::min<std::size_t>(2, static_cast<std::size_t>(end_ - at)));
  if (rest.starts_with(",")) fail(offset(at), "a path search has one object", "'.' or ';' here");
  if (rest.starts_with("~") || rest == "{|")
    fail(
        offset(at), "a path cannot be annotated, only each of its edges",
        "'.' or ';' here; UNFOLD(?path AS ?edge) gives the edges, ?r rdf:reifies ?edge what is said of them");
  return true;
}

bool Builder::boolean(Iterator& first) {
  const Iterator at = skip(first);
  Iterator p = at;
  std::string_view found;
  if (!word(p, found) || (!same_word(found, "true") && !same_word(found, "false")))
    return missing(at, "true or false");
  at_ = offset(at);
  const bool value = lower(found.front()) == 't';
  terms_.emplace_back(
      Literal{value ? "true" : "false", std::string(kXsd) + "boolean", {}, Direction::none, {at_}});
  first = p;
  return true;
}

bool Builder::blank_label(Iterator& first) {
  const Iterator at = skip(first);
  if (end_ - at < 3 || at[0] != '_' || at[1] != ':') return missing(at, "a blank node");
  Iterator p = at + 2;
  const std::uint32_t c = decode(p, end_);
  if (!is_name_start(c) && !is_digit(c)) return missing(at, "a blank node");
  Iterator behind = p;
  while (p != end_) {
    const bool dot = *p == '.';
    if (!dot && !is_name_character(decode(p, end_))) break;
    if (dot) {
      ++p;
    } else {
      behind = p;
    }
  }
  at_ = offset(at);
  if (no_blanks_ != nullptr) fail(at_, no_blanks_);
  std::string label(at + 2, behind);
  // A label means one blank node: of one basic graph pattern, or of one INSERT DATA. Templates make new ones
  // each time.
  if (sink_ == Sink::where && !groups_.empty()) {
    const auto [entry, fresh] = label_bgp_.try_emplace(label, groups_.back().bgp);
    if (!fresh && entry->second != groups_.back().bgp) {
      fail(at_, "the blank node _:" + label +
                    " is already used in another part of the pattern; use a variable instead");
    }
  } else if (in_data_) {
    const auto [entry, fresh] = label_data_.try_emplace(label, data_operation_);
    if (!fresh && entry->second != data_operation_) {
      fail(at_, "the blank node _:" + label + " is already used in another INSERT DATA of this request");
    }
  }
  terms_.emplace_back(BlankNode{std::move(label), {at_}});
  first = behind;
  return true;
}

bool Builder::anon(Iterator& first) {
  const Iterator at = skip(first);
  if (at == end_ || *at != '[') return missing(at, "[");
  const Iterator close = skip(at + 1);
  if (close == end_ || *close != ']') return missing(at, "a blank node");
  at_ = offset(at);
  terms_.emplace_back(fresh_blank(at_));
  first = close + 1;
  return true;
}

bool Builder::nil(Iterator& first) {
  const Iterator at = skip(first);
  if (at == end_ || *at != '(') return missing(at, "(");
  const Iterator close = skip(at + 1);
  if (close == end_ || *close != ')') return missing(at, "()");
  at_ = offset(at);
  terms_.emplace_back(Iri{std::string(kRdf) + "nil", {at_}});
  first = close + 1;
  return true;
}

bool Builder::scan_string(Iterator& first, bool long_forms) {
  const Iterator at = skip(first);
  if (at == end_ || (*at != '"' && *at != '\'')) return missing(at, "a string");
  const char quote = *at;
  const bool is_long = end_ - at >= 3 && at[1] == quote && at[2] == quote;
  if (is_long && !long_forms) return missing(at, "a string in single quotation marks");
  std::string value;
  Iterator p = at + (is_long ? 3 : 1);
  for (;;) {
    if (p == end_) {
      if (is_long)
        fail(text_.size(),
             "the long string that starts in line " +
                 std::to_string(line_and_column(text_, offset(at)).first) + " is not closed",
             std::string(3, quote));
      fail(offset(at), "this string is not closed", std::string("a closing ") + quote);
    }
    if (*p == quote && !is_long) {
      ++p;
      break;
    }
    if (*p == quote && end_ - p >= 3 && p[1] == quote && p[2] == quote) {
      p += 3;
      break;
    }
    if (*p == '\\') {
      append_escape(p, value, true);
    } else if (!is_long && (*p == '\n' || *p == '\r')) {
      fail(offset(at),
           "this string is not closed at the end of its line; a string of several lines stands in \"\"\"",
           std::string("a closing ") + quote);
    } else {
      value.push_back(*p++);
    }
  }
  at_ = offset(at);
  lexical_ = std::move(value);
  first = p;
  return true;
}

bool Builder::string(Iterator& first) {
  if (!scan_string(first, true)) return false;
  starts_.push_back(at_);
  return true;
}

bool Builder::short_string(Iterator& first) {
  return scan_string(first, false);
}

bool Builder::language(Iterator& first) {
  const Iterator at = skip(first);
  if (at == end_ || *at != '@') return missing(at, "a language tag");
  Iterator p = at + 1;
  while (p != end_ && is_letter(static_cast<unsigned char>(*p))) ++p;
  if (p == at + 1) return missing(at, "a language tag");
  const auto subtag = [&](bool digits) {
    Iterator from = p;
    while (p != end_ && (is_letter(static_cast<unsigned char>(*p)) ||
                         (digits && is_digit(static_cast<unsigned char>(*p)))))
      ++p;
    return p != from;
  };
  while (p != end_ && *p == '-' && p + 1 != end_ && p[1] != '-') {
    ++p;
    if (!subtag(true)) {
      --p;
      break;
    }
  }
  Literal literal;
  literal.lexical = lexical_;
  literal.language.assign(at + 1, p);
  literal.datatype = std::string(kRdf) + "langString";
  if (end_ - p > 2 && p[0] == '-' && p[1] == '-' && is_letter(static_cast<unsigned char>(p[2]))) {
    const Iterator direction = p + 2;
    p += 2;
    subtag(false);
    const std::string_view found(direction, static_cast<std::size_t>(p - direction));
    if (found != "ltr" && found != "rtl") {
      fail(offset(direction), "the base direction of a text is ltr or rtl", "ltr or rtl");
    }
    literal.direction = found == "ltr" ? Direction::ltr : Direction::rtl;
    literal.datatype = std::string(kRdf) + "dirLangString";
  }
  literal.at = {starts_.back()};
  starts_.pop_back();
  at_ = literal.at.offset;
  terms_.emplace_back(std::move(literal));
  first = p;
  return true;
}

// ---- names of functions

const BuiltIn* Builder::built_in(Iterator& first, int kind) {
  const Iterator at = skip(first);
  Iterator p = at;
  std::string_view found;
  const BuiltIn* entry = nullptr;
  if (word(p, found)) {
    std::string upper(found);
    for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 0x20) : c;
    entry = find_built_in(upper);
  }
  if (entry == nullptr || static_cast<int>(entry->kind) != kind) {
    missing(at, kind >= static_cast<int>(BuiltIn::Kind::aggregate) ? "an aggregate" : "a function");
    return nullptr;
  }
  at_ = offset(at);
  first = p;
  function_ = entry;
  return entry;
}

bool Builder::function_name(Iterator& first) {
  return built_in(first, static_cast<int>(BuiltIn::Kind::call)) != nullptr;
}
bool Builder::bound_name(Iterator& first) {
  return built_in(first, static_cast<int>(BuiltIn::Kind::bound)) != nullptr;
}
bool Builder::aggregate_name(Iterator& first) {
  return built_in(first, static_cast<int>(BuiltIn::Kind::aggregate)) != nullptr;
}
bool Builder::count_name(Iterator& first) {
  return built_in(first, static_cast<int>(BuiltIn::Kind::count)) != nullptr;
}
bool Builder::group_concat_name(Iterator& first) {
  return built_in(first, static_cast<int>(BuiltIn::Kind::group_concat)) != nullptr;
}
bool Builder::fold_name(Iterator& first) {
  return built_in(first, static_cast<int>(BuiltIn::Kind::fold)) != nullptr;
}

}  // namespace dossier::grammar
