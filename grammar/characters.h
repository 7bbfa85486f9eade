// Characters of the tokens: UTF-8 and the name classes of the grammar.
//
// Purpose: shared by the scanner and the error report.
// Invariants: `decode` reads well-formed UTF-8 only; `invalid_utf8` is asked first.
// Thread-safety: free functions.
// Source: SPARQL 1.2 Query Language rules 180 to 194 (PN_CHARS_BASE and the like); RFC 3629.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace dossier::grammar {

// Length of the well-formed sequence at `at`; 0 when it is overlong, a surrogate, beyond U+10FFFF or cut off.
std::size_t utf8_length(std::string_view text, std::size_t at);
// How many bytes from `at` on are ASCII.
std::size_t ascii_length(std::string_view text, std::size_t at);

// The code point at `first`, which is moved behind it; 0 at the end.
std::uint32_t decode(char const*& first, char const* last);

void append_utf8(std::string& out, std::uint32_t code_point);

bool is_name_base(std::uint32_t c);           // PN_CHARS_BASE
bool is_name_start(std::uint32_t c);          // PN_CHARS_U
bool is_variable_character(std::uint32_t c);  // of VARNAME, behind the first
bool is_name_character(std::uint32_t c);      // PN_CHARS

inline bool is_digit(std::uint32_t c) {
  return c >= '0' && c <= '9';
}
inline bool is_letter(std::uint32_t c) {
  return (c | 0x20U) >= 'a' && (c | 0x20U) <= 'z';
}
inline int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace dossier::grammar
