#include "engine/io/turtle_names.h"

#include <algorithm>
#include <functional>

#include "engine/io/lexer.h"
#include "engine/model/term.h"

namespace dossier::io {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_hex(char c) {
  return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

// A name that needs no escapes: the label of a prefix, or a local name, which may hold colons and percent
// codes. Dots are legal within a name only.
bool is_plain_name(std::string_view name, bool prefix) {
  const char* at = name.data();
  const char* const end = at + name.size();
  for (bool first = true; at < end; first = false) {
    const CodePoint c = decode_utf8(at, end);
    if (c.length == 0) return false;
    if (!prefix && c.value == '%') {
      if (end - at < 3 || !is_hex(at[1]) || !is_hex(at[2])) return false;
    } else if (!prefix && c.value == ':') {
      // anywhere
    } else if (first) {
      const bool starts = is_name_start(c.value) || (!prefix && (c.value == '_' || is_digit(*at)));
      if (!starts) return false;
    } else if (!is_name_character(c.value) && (c.value != '.' || at + 1 == end)) {
      return false;
    }
    at += c.length;
  }
  return true;
}

// What the tokens INTEGER, DECIMAL and DOUBLE of Turtle take; the type they give.
std::string_view number_type(std::string_view text) {
  std::size_t i = !text.empty() && (text[0] == '+' || text[0] == '-') ? 1 : 0;
  const auto digits = [&] {
    const std::size_t from = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    return i - from;
  };
  const std::size_t whole = digits();
  if (i == text.size()) return whole != 0 ? iri::kXsdInteger : std::string_view();
  std::size_t fraction = 0;
  const bool has_dot = text[i] == '.';
  if (has_dot) {
    ++i;
    fraction = digits();
  }
  if (i == text.size()) return fraction != 0 ? iri::kXsdDecimal : std::string_view();
  if (whole + fraction == 0 || (text[i] != 'e' && text[i] != 'E')) return {};
  ++i;
  if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
  return digits() != 0 && i == text.size() ? iri::kXsdDouble : std::string_view();
}

// Between """ and """: line breaks and single quotes stand as they are.
void append_long_string(std::string& text, std::string_view value) {
  std::string piece;
  text.append("\"\"\"");
  for (std::size_t i = 0; i < value.size();) {
    const std::size_t end = std::min(value.find_first_of("\n\"", i), value.size());
    piece.clear();
    append_ntriples(piece, std::string(1, kStringByte).append(value.substr(i, end - i)));
    text.append(piece, 1, piece.size() - 2);
    if (end < value.size()) {
      if (value[end] == '"' && (end + 1 == value.size() || value[end + 1] == '"')) text.push_back('\\');
      text.push_back(value[end]);
    }
    i = end + 1;
  }
  text.append("\"\"\"");
}

}  // namespace

void TurtleNames::add_prefix(std::string_view label, std::string_view iri) {
  if (!is_plain_name(label, true) || !term_problem(std::string(1, kIriByte).append(iri)).empty()) return;
  if (!by_label_.emplace(label, prefixes_.size()).second) return;
  by_iri_.emplace(iri, prefixes_.size());
  prefixes_.push_back({std::string(label), std::string(iri)});
  if (std::find(lengths_.begin(), lengths_.end(), iri.size()) != lengths_.end()) return;
  lengths_.push_back(iri.size());
  std::sort(lengths_.begin(), lengths_.end(), std::greater<>());
}

void TurtleNames::declare_used(std::string& text) {
  std::vector<Prefix*> wanted;
  for (Prefix& prefix : prefixes_)
    if (prefix.used && !prefix.declared) wanted.push_back(&prefix);
  std::sort(wanted.begin(), wanted.end(),
            [](const Prefix* a, const Prefix* b) { return a->label < b->label; });
  for (Prefix* prefix : wanted) {
    prefix->declared = true;
    text.append("PREFIX ").append(prefix->label).append(": ");
    append_ntriples(text, std::string(1, kIriByte).append(prefix->iri));
    text.push_back('\n');
  }
}

void TurtleNames::append(std::string& text, std::string_view bytes) {
  const TermParts parts = split_term(bytes);
  if (parts.kind == kIriByte) {
    append_iri(text, parts.text);
    return;
  }
  if (parts.kind == kDatatypeByte) {
    const bool boolean = parts.extra == iri::kXsdBoolean && (parts.text == "true" || parts.text == "false");
    if (boolean || number_type(parts.text) == parts.extra) {
      text.append(parts.text);
      return;
    }
  }
  if (parts.text.find('\n') != std::string_view::npos)
    append_long_string(text, parts.text);
  else
    append_ntriples(text, std::string(1, kStringByte).append(parts.text));
  if (parts.kind == kLanguageByte) text.append("@").append(parts.extra);
  if (parts.kind == kDatatypeByte) {
    text.append("^^");
    append_iri(text, parts.extra);
  }
}

void TurtleNames::append_iri(std::string& text, std::string_view iri) {
  for (const std::size_t length : lengths_) {
    if (length > iri.size()) continue;
    const auto found = by_iri_.find(iri.substr(0, length));
    if (found == by_iri_.end() || !is_plain_name(iri.substr(length), false)) continue;
    Prefix& prefix = prefixes_[found->second];
    prefix.used = true;
    text.append(prefix.label).append(":").append(iri.substr(length));
    return;
  }
  append_ntriples(text, std::string(1, kIriByte).append(iri));
}

}  // namespace dossier::io
