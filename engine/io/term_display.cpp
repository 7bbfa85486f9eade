#include "engine/io/term_display.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/model/term.h"
#include "engine/model/value.h"

namespace dossier {
namespace {

bool is_ascii_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Stands in a prefixed name behind a backslash. The others that may (such as / and #) make a name hard to
// read.
bool is_escaped(char c) {
  return std::string_view("()',!*+;=&$~").find(c) != std::string_view::npos;
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

// True when `text` can stand behind `prefix:` and be read there.
bool is_local(std::string_view text) {
  if (text.empty()) return true;
  if (text.front() == '-' || text.front() == '.' || text.back() == '.') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool percent_code = c == '%' && i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2]);
    if (!is_ascii_alnum(c) && c != '_' && c != '-' && c != '.' && c != ':' && !is_escaped(c) &&
        !percent_code && static_cast<unsigned char>(c) < 0x80)
      return false;
  }
  return true;
}

// Types whose lexical form says enough to a reader.
bool is_plain_type(std::string_view datatype) {
  if (numeric_kind(datatype)) return true;
  if (!datatype.starts_with(iri::kXsd)) return false;
  constexpr std::array<std::string_view, 9> kNames = {"boolean",    "date",   "dateTime",  "time", "gYear",
                                                      "gYearMonth", "gMonth", "gMonthDay", "gDay"};
  return std::find(kNames.begin(), kNames.end(), datatype.substr(iri::kXsd.size())) != kNames.end();
}

// The code of a line separator (U+2028, U+2029) or of a character that turns the direction of what follows
// (U+202A to U+202E, U+2066 to U+2069), given its UTF-8 bytes; 0: it is none.
unsigned unruly(std::string_view value, std::size_t at) {
  if (value[at] != '\xE2' || at + 2 >= value.size()) return 0;
  const unsigned code = 0x2000U | ((static_cast<unsigned char>(value[at + 1]) & 0x3FU) << 6) |
                        (static_cast<unsigned char>(value[at + 2]) & 0x3FU);
  return (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) ? code : 0;
}

// Control characters (C0, DEL, C1) and what else would move the text around as escapes of Turtle.
void append_visible(std::string& out, std::string_view value) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto c = static_cast<unsigned char>(value[i]);
    const bool c1 = c == 0xC2 && i + 1 < value.size() && static_cast<unsigned char>(value[i + 1]) < 0xA0;
    if (const unsigned turning = unruly(value, i); turning != 0) {
      out += "\\u20";
      out += kHex[(turning >> 4) & 15];
      out += kHex[turning & 15];
      i += 2;
    } else if (c >= 0x20 && c != 0x7F && !c1) {
      out += value[i];
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else {
      const auto code = c1 ? static_cast<unsigned char>(value[++i]) : c;
      out += "\\u00";
      out += kHex[code >> 4];
      out += kHex[code & 15];
    }
  }
}

}  // namespace

TermDisplay::TermDisplay(Prefixes prefixes) : prefixes_(std::move(prefixes)) {
  std::stable_sort(prefixes_.begin(), prefixes_.end(),
                   [](const auto& a, const auto& b) { return a.second.size() > b.second.size(); });
}

bool TermDisplay::append(std::string& out, std::string_view bytes) const {
  const TermParts parts = split_term(bytes);
  switch (parts.kind) {
    case kIriByte:
      append_iri(out, parts.text);
      return false;
    case kBlankByte:
      out += "_:";
      append_visible(out, parts.text);
      return false;
    case kLanguageByte:
      append_visible(out, parts.text);
      out += '@';
      out += parts.extra;
      return false;
    case kDatatypeByte:
      if (is_plain_type(parts.extra)) {
        append_visible(out, parts.text);
        return numeric_kind(parts.extra).has_value();
      }
      out += '"';
      append_visible(out, parts.text);
      out += "\"^^";
      append_iri(out, parts.extra);
      return false;
    default:
      append_visible(out, parts.text);
      return false;
  }
}

bool TermDisplay::append(std::string& out, const Term& term) const {
  if (!term.is_triple()) {
    std::string bytes;
    append_term_bytes(bytes, term);
    return append(out, bytes);
  }
  out += "<<( ";
  for (const Term* part : {&term.subject(), &term.predicate(), &term.object()}) {
    append(out, *part);
    out += ' ';
  }
  out += ")>>";
  return false;
}

void TermDisplay::append_iri(std::string& out, std::string_view iri) const {
  const auto label = labels_ == nullptr ? Labels::const_iterator() : labels_->find(std::string(iri));
  if (labels_ == nullptr || label == labels_->end()) return append_short_iri(out, iri);
  append_visible(out, label->second);
  if (!beside_) return;
  out += " (";
  append_short_iri(out, iri);
  out += ')';
}

void TermDisplay::append_short_iri(std::string& out, std::string_view iri) const {
  for (const auto& [label, space] : prefixes_) {
    if (space.empty() || !iri.starts_with(space) || !is_local(iri.substr(space.size()))) continue;
    out += label;
    out += ':';
    const std::size_t begin = out.size();
    append_visible(out, iri.substr(space.size()));
    for (std::size_t i = begin; i < out.size(); ++i)
      if (is_escaped(out[i])) out.insert(i++, 1, '\\');
    return;
  }
  out += '<';
  append_visible(out, iri);
  out += '>';
}

}  // namespace dossier
