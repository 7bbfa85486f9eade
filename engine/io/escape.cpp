#include "engine/io/escape.h"

#include <cstdint>

#include "engine/model/term.h"

namespace dossier {
namespace {

// A vector of the compiler, which both g++ and clang know on every machine.
using Bytes = unsigned char __attribute__((vector_size(16)));

Bytes load(const char* at) {
  Bytes bytes;
  std::memcpy(&bytes, at, sizeof bytes);
  return bytes;
}

bool any(Bytes mask) {
  std::uint64_t halves[2];
  std::memcpy(halves, &mask, sizeof halves);
  return (halves[0] | halves[1]) != 0;
}

// Whether `special` marks none of the characters.
template <typename Special>
bool is_plain(std::string_view text, const Special& special) {
  if (text.size() < sizeof(Bytes)) {
    char padded[sizeof(Bytes)];
    std::memset(padded, 'a', sizeof padded);
    for (std::size_t i = 0; i < text.size(); ++i) padded[i] = text[i];
    return !any(special(load(padded)));
  }
  Bytes found = special(load(text.data() + text.size() - sizeof(Bytes)));
  for (std::size_t at = 0; at + sizeof(Bytes) <= text.size(); at += sizeof(Bytes))
    found |= special(load(text.data() + at));
  return !any(found);
}

Bytes special_in_json(Bytes c) {
  return Bytes((c < 0x20) | (c == '"') | (c == '\\'));
}

// 0xEF begins the two noncharacters that are escaped, and much else that is not.
Bytes special_in_string(Bytes c) {
  return Bytes((c < 0x20) | (c == '"') | (c == '\\') | (c == 0x7F) | (c == 0xEF));
}

// Up to the blank; the quotation mark; < and >; the backslash and ^; the grave accent; { | and }.
Bytes special_in_iri(Bytes c) {
  const Bytes even = c & 0xFD;
  return Bytes((c <= 0x20) | (c == '"') | (even == '<') | (even == '\\') | (c == '`') | (c - '{' < 3));
}

}  // namespace

void append_ntriples(TextBuffer& out, std::string_view bytes) {
  const TermParts parts = split_term(bytes);
  if (parts.kind == kIriByte && is_plain(parts.text, special_in_iri)) {
    out += '<';
    out += parts.text;
    out += '>';
    return;
  }
  const bool literal = parts.kind != kIriByte && parts.kind != kBlankByte;
  if (literal && is_plain(parts.text, special_in_string) &&
      (parts.kind != kDatatypeByte || is_plain(parts.extra, special_in_iri))) {
    out += '"';
    out += parts.text;
    out += '"';
    if (parts.kind == kLanguageByte) {
      out += '@';
      out += parts.extra;
    } else if (parts.kind == kDatatypeByte) {
      out += "^^<";
      out += parts.extra;
      out += '>';
    }
    return;
  }
  std::string text;
  append_ntriples(text, bytes);
  out += text;
}

void append_json_string(TextBuffer& out, std::string_view value) {
  out += '"';
  if (is_plain(value, special_in_json)) {
    out += value;
    out += '"';
    return;
  }
  for (const char c : value) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          constexpr std::string_view kHex = "0123456789abcdef";
          out += "\\u00";
          out += kHex[static_cast<unsigned char>(c) >> 4];
          out += kHex[static_cast<unsigned char>(c) & 15];
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

}  // namespace dossier
