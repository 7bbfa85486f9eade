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

// True when `text` can stand behind `prefix:` and be read there.
bool is_local(std::string_view text) {
  if (text.empty()) return true;
  if (text.front() == '-' || text.front() == '.' || text.back() == '.') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_ascii_alnum(c) || c == '_' || c == '-' || c == '.' || c == ':' || is_escaped(c) ||
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

// Control characters (C0, DEL, C1) as escapes of Turtle.
void append_visible(std::string& out, std::string_view value) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto c = static_cast<unsigned char>(value[i]);
    const bool c1 = c == 0xC2 && i + 1 < value.size() && static_cast<unsigned char>(value[i + 1]) < 0xA0;
    if (c >= 0x20 && c != 0x7F && !c1) {
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

void TermDisplay::append_iri(std::string& out, std::string_view iri) const {
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
