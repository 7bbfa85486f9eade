#include "engine/io/lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "grammar/iri.h"

namespace dossier::io {
namespace {

constexpr std::uint32_t kLargestCodePoint = 0x10FFFF;
constexpr std::size_t kLongestSubtag = 8;  // RFC 5646

// Bytes that an IRI may hold and that need no closer look: ASCII but for controls, space and <>"{}|^`\.
constexpr std::array<bool, 256> make_plain_iri_bytes() {
  std::array<bool, 256> plain{};
  for (int c = 0x21; c < 0x7F; ++c) plain[static_cast<std::size_t>(c)] = true;
  for (const char c : {'<', '>', '"', '{', '}', '|', '^', '`', '\\'})
    plain[static_cast<unsigned char>(c)] = false;
  return plain;
}
constexpr std::array<bool, 256> kPlainIriByte = make_plain_iri_bytes();

bool is_alpha(int c) {
  return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}
bool is_digit(int c) {
  return c >= '0' && c <= '9';
}
int hex_value(int c) {
  if (is_digit(c)) return c - '0';
  if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') return (c | 0x20) - 'a' + 10;
  return -1;
}

// Appends the character of an escape sequence, at the backslash.
void scan_string_escape(Scanner& scanner, std::string& out) {
  static constexpr std::string_view kLetters = "tbnrf\"'\\";
  static constexpr std::string_view kValues = "\t\b\n\r\f\"'\\";
  const int c = scanner.peek(1);
  if (c == 'u' || c == 'U') {
    append_utf8(out, scanner.scan_unicode_escape());
    return;
  }
  const std::size_t which = c < 0 ? std::string_view::npos : kLetters.find(static_cast<char>(c));
  if (which == std::string_view::npos)
    scanner.fail(fmt::format(R"(expected one of \t \b \n \r \f \" \' \\ \u \U, {})", describe(c)));
  out.push_back(kValues[which]);
  scanner.at += 2;
}

std::string literal_problem(const TermParts& parts) {
  if (!is_valid_utf8(parts.text)) return "the literal is not valid UTF-8";
  if (parts.kind != kDatatypeByte) return {};
  if (parts.extra == iri::kRdfLangString)
    return "a literal of datatype rdf:langString is written with its language tag, \"...\"@en";
  if (parts.extra == iri::kRdfDirLangString)
    return "a literal of datatype rdf:dirLangString is written with language tag and direction, "
           "\"...\"@en--ltr";
  if (auto problem = grammar::iri_problem(parts.extra)) return "datatype: " + *problem;
  return {};
}

}  // namespace

// ---- UTF-8

CodePoint decode_utf8(const char* at, const char* end) {
  const auto size = static_cast<std::size_t>(end - at);
  if (size == 0) return {};
  const auto byte = [at](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(at[i]));
  };
  const std::uint32_t first = byte(0);
  if (first < 0x80) return {first, 1};
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  if (first >= 0xC2 && first <= 0xDF && size >= 2 && tail(1))
    return {(first & 0x1FU) << 6U | (byte(1) & 0x3FU), 2};
  if (first >= 0xE0 && first <= 0xEF && size >= 3 && tail(1) && tail(2)) {
    const std::uint32_t value = (first & 0x0FU) << 12U | (byte(1) & 0x3FU) << 6U | (byte(2) & 0x3FU);
    if (value < 0x800 || (value >= 0xD800 && value <= 0xDFFF)) return {};
    return {value, 3};
  }
  if (first >= 0xF0 && first <= 0xF4 && size >= 4 && tail(1) && tail(2) && tail(3)) {
    const std::uint32_t value =
        (first & 0x07U) << 18U | (byte(1) & 0x3FU) << 12U | (byte(2) & 0x3FU) << 6U | (byte(3) & 0x3FU);
    if (value < 0x10000 || value > kLargestCodePoint) return {};
    return {value, 4};
  }
  return {};
}

void append_utf8(std::string& out, std::uint32_t c) {
  const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0U | c >> 6U);
    put(0x80U | (c & 0x3FU));
  } else if (c < 0x10000) {
    put(0xE0U | c >> 12U);
    put(0x80U | (c >> 6U & 0x3FU));
    put(0x80U | (c & 0x3FU));
  } else {
    put(0xF0U | c >> 18U);
    put(0x80U | (c >> 12U & 0x3FU));
    put(0x80U | (c >> 6U & 0x3FU));
    put(0x80U | (c & 0x3FU));
  }
}

bool is_valid_utf8(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    while (end - at >= 8) {  // eight bytes of ASCII at a time
      std::uint64_t word = 0;
      std::memcpy(&word, at, sizeof word);
      if ((word & 0x8080808080808080ULL) != 0) break;
      at += 8;
    }
    if (at == end) break;
    const CodePoint c = decode_utf8(at, end);
    if (c.length == 0) return false;
    at += c.length;
  }
  return true;
}

bool is_name_start(std::uint32_t c) {
  if (c < 0x80) return is_alpha(static_cast<int>(c));
  return (c >= 0xC0 && c <= 0x2FF && c != 0xD7 && c != 0xF7) || (c >= 0x370 && c <= 0x1FFF && c != 0x37E) ||
         c == 0x200C || c == 0x200D || (c >= 0x2070 && c <= 0x218F) || (c >= 0x2C00 && c <= 0x2FEF) ||
         (c >= 0x3001 && c <= 0xD7FF) || (c >= 0xF900 && c <= 0xFDCF) || (c >= 0xFDF0 && c <= 0xFFFD) ||
         (c >= 0x10000 && c <= 0xEFFFF);
}

bool is_name_character(std::uint32_t c) {
  if (c < 0x80) return is_alpha(static_cast<int>(c)) || is_digit(static_cast<int>(c)) || c == '_' || c == '-';
  return is_name_start(c) || c == 0xB7 || (c >= 0x300 && c <= 0x36F) || c == 0x203F || c == 0x2040;
}

// ---- tokens

std::string describe(int byte) {
  if (byte < 0) return "but the text ends here";
  if (byte == '\n' || byte == '\r') return "but the line ends here";
  if (byte < 0x20 || byte == 0x7F) return fmt::format("found the control character U+{:04X}", byte);
  if (byte >= 0x80) return "found a character outside ASCII";
  return fmt::format("found '{}'", static_cast<char>(byte));
}

bool Scanner::starts_with(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (peek(i) != static_cast<unsigned char>(text[i])) return false;
  return true;
}

void Scanner::expected(std::string_view what) {
  fail(fmt::format("expected {}, {}", what, describe(peek())));
}

std::uint32_t Scanner::scan_unicode_escape() {
  const bool longer = peek(1) == 'U';
  if (!longer && peek(1) != 'u') fail("expected an escape \\u with 4 or \\U with 8 hexadecimal digits");
  const std::size_t digits = longer ? 8 : 4;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const int digit = hex_value(peek(2 + i));
    if (digit < 0)
      fail(fmt::format("expected {} hexadecimal digits after \\{}, {}", digits, longer ? 'U' : 'u',
                       describe(peek(2 + i))));
    value = value << 4U | static_cast<std::uint32_t>(digit);
  }
  if (value >= 0xD800 && value <= 0xDFFF)
    fail(
        fmt::format("\\u{:04X} is a surrogate, which is no character; write characters beyond U+FFFF as \\U "
                    "with 8 digits",
                    value));
  if (value > kLargestCodePoint) fail("an escape beyond \\U0010FFFF is no character");
  at += 2 + digits;
  return value;
}

void Scanner::scan_iri(std::string& out) {
  const char* const open = at++;
  for (;;) {
    const char* from = at;
    while (at < end &&
           (kPlainIriByte[static_cast<unsigned char>(*at)] || static_cast<unsigned char>(*at) >= 0x80))
      ++at;
    out.append(from, at);
    const int c = peek();
    if (c == '>') {
      ++at;
      return;
    }
    if (c == '\\') {
      const char* const escape = at;
      const std::uint32_t value = scan_unicode_escape();
      if (value < 0x80 && !kPlainIriByte[value])
        throw SyntaxFault{
            escape, fmt::format("an IRI must not contain the character U+{:04X}, not even escaped", value)};
      append_utf8(out, value);
      continue;
    }
    if (c < 0 || c == '\n' || c == '\r')
      throw SyntaxFault{open, "expected '>' at the end of the IRI that begins here"};
    if (c == ' ') fail("an IRI must not contain a space");
    fail(fmt::format("an IRI must not contain this character: {}", describe(c)));
  }
}

void Scanner::scan_string(std::string& out, bool turtle) {
  const char* const open = at;
  const char quote = *at;
  const auto is_quote = [&](std::size_t ahead) { return peek(ahead) == static_cast<unsigned char>(quote); };
  const bool longer = turtle && is_quote(1) && is_quote(2);
  at += longer ? 3 : 1;
  for (;;) {
    const char* from = at;
    if (longer)
      while (at < end && *at != quote && *at != '\\') ++at;
    else
      while (at < end && *at != quote && *at != '\\' && *at != '\n' && *at != '\r') ++at;
    out.append(from, at);
    const int c = peek();
    if (c == '\\') {
      scan_string_escape(*this, out);
    } else if (c < 0) {
      throw SyntaxFault{open, fmt::format("expected {} at the end of the string that begins here",
                                          longer ? std::string(3, quote) : std::string(1, quote))};
    } else if (c != static_cast<unsigned char>(quote)) {
      throw SyntaxFault{
          open, fmt::format("the string that begins here is not closed on its line: expected {}{}", quote,
                            turtle ? "; a string of several lines stands between \"\"\" and \"\"\"" : "")};
    } else if (!longer) {
      ++at;
      return;
    } else if (is_quote(1) && is_quote(2)) {
      at += 3;
      return;
    } else {
      out.push_back(quote);
      ++at;
    }
  }
}

Scanner::Language Scanner::scan_language() {
  const char* const open = at++;
  const char* const from = at;
  const auto subtag = [&](bool first) {
    const char* const start = at;
    while (is_alpha(peek()) || (!first && is_digit(peek()))) ++at;
    if (at == start) expected(first ? "a language tag such as @en" : "a part of a language tag");
    if (static_cast<std::size_t>(at - start) > kLongestSubtag)
      throw SyntaxFault{open, "a part of a language tag has at most 8 characters"};
  };
  subtag(true);
  while (peek() == '-' && peek(1) != '-') {
    ++at;
    subtag(false);
  }
  Language language{{from, static_cast<std::size_t>(at - from)}, Direction::none};
  if (peek() == '-') {
    at += 2;
    const char* const start = at;
    while (is_alpha(peek())) ++at;
    const std::string_view direction(start, static_cast<std::size_t>(at - start));
    if (direction == "ltr") {
      language.direction = Direction::ltr;
    } else if (direction == "rtl") {
      language.direction = Direction::rtl;
    } else {
      throw SyntaxFault{start, "expected the base direction ltr or rtl after --"};
    }
  }
  return language;
}

Scanner::Number Scanner::scan_number() {
  const char* const from = at;
  const auto digits = [&](std::size_t ahead) {
    std::size_t count = 0;
    while (is_digit(peek(ahead + count))) ++count;
    return count;
  };
  // Length of an exponent that begins `ahead` places on; 0 when there is none.
  const auto exponent = [&](std::size_t ahead) -> std::size_t {
    if ((peek(ahead) | 0x20) != 'e') return 0;
    const int sign = peek(ahead + 1);
    const std::size_t head = sign == '+' || sign == '-' ? 2 : 1;
    const std::size_t count = digits(ahead + head);
    return count == 0 ? 0 : head + count;
  };
  const int sign = peek();
  std::size_t length = sign == '+' || sign == '-' ? 1 : 0;
  const std::size_t whole = digits(length);
  length += whole;
  std::string_view type = iri::kXsdInteger;
  if (peek(length) == '.') {
    const std::size_t fraction = digits(length + 1);
    const std::size_t power = whole + fraction == 0 ? 0 : exponent(length + 1 + fraction);
    if (fraction != 0 || power != 0) {
      length += 1 + fraction + power;
      type = power != 0 ? iri::kXsdDouble : iri::kXsdDecimal;
    }
  } else if (whole != 0) {
    if (const std::size_t power = exponent(length); power != 0) {
      length += power;
      type = iri::kXsdDouble;
    }
  }
  if (whole == 0 && type == iri::kXsdInteger) {
    if (sign == '.') fail("expected an object, found '.'");
    at += length;
    expected("the digits of a number");
  }
  at += length;
  return {{from, length}, type};
}

std::string_view Scanner::scan_name_rest() {
  const char* const from = at;
  const char* last = at;  // after the last character that is no dot
  for (;;) {
    const int c = peek();
    if (c == '.') {
      ++at;
      continue;
    }
    if (c < 0) break;
    if (c < 0x80) {
      if (!is_name_character(static_cast<std::uint32_t>(c))) break;
      last = ++at;
      continue;
    }
    if (end - at < 4) touched_end = true;
    const CodePoint decoded = decode_utf8(at, end);
    if (decoded.length == 0 || !is_name_character(decoded.value)) break;
    at += decoded.length;
    last = at;
  }
  at = last;
  return {from, static_cast<std::size_t>(last - from)};
}

std::string_view Scanner::scan_blank_label() {
  at += 2;
  const char* const from = at;
  if (end - at < 4) touched_end = true;
  const CodePoint first = decode_utf8(at, end);
  const bool starts = first.length != 0 && (is_name_start(first.value) || first.value == '_' ||
                                            (first.value < 0x80 && is_digit(static_cast<int>(first.value))));
  if (!starts) expected("a blank node label after _:");
  at += first.length;
  scan_name_rest();
  return {from, static_cast<std::size_t>(at - from)};
}

// ---- checks and reports

std::string term_problem(std::string_view bytes) {
  const TermParts parts = split_term(bytes);
  if (parts.kind == kBlankByte) return {};  // checked while it was scanned
  if (parts.kind != kIriByte) return literal_problem(parts);
  const bool plain = std::all_of(parts.text.begin(), parts.text.end(),
                                 [](char c) { return kPlainIriByte[static_cast<unsigned char>(c)]; });
  if (plain && grammar::is_absolute_iri(parts.text)) return {};
  return grammar::iri_problem(parts.text).value_or("");
}

std::uint64_t column_of(const char* line_start, const char* at) {
  return 1 + static_cast<std::uint64_t>(std::count_if(
                 line_start, at, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

void report_fault(const ReadOptions& options, ReadReport& report, std::uint64_t line, std::uint64_t column,
                  const std::string& message) {
  constexpr std::size_t kShown = 10;
  if (!options.skip_bad)
    throw DataError(fmt::format("{}:{}:{}: {}", options.name, line, column, message), options.name, line,
                    column);
  ++report.bad;
  if (report.first_bad.size() < kShown) report.first_bad.push_back({line, column, message});
}

}  // namespace dossier::io
