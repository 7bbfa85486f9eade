#include "engine/io/cell_format.h"

#include <fmt/format.h>
#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>

#include "engine/io/lexer.h"
#include "engine/model/date_time.h"
#include "engine/model/numeric.h"
#include "engine/model/numeric_text.h"
#include "engine/model/term.h"

namespace dossier::io {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

constexpr std::array<std::string_view, 3> kSpaces = {" ", "\xC2\xA0",
                                                     "\xE2\x80\xAF"};  // no-break, narrow no-break

// The types that are derived from xsd:integer.
constexpr std::array<std::string_view, 13> kIntegers = {"integer",
                                                        "int",
                                                        "long",
                                                        "short",
                                                        "byte",
                                                        "unsignedInt",
                                                        "unsignedLong",
                                                        "unsignedShort",
                                                        "unsignedByte",
                                                        "nonNegativeInteger",
                                                        "positiveInteger",
                                                        "nonPositiveInteger",
                                                        "negativeInteger"};

std::string_view xsd_name(std::string_view datatype) {
  return datatype.starts_with(iri::kXsd) ? datatype.substr(iri::kXsd.size()) : std::string_view();
}
bool is_integer_type(std::string_view name) {
  return std::find(kIntegers.begin(), kIntegers.end(), name) != kIntegers.end();
}

// RFC 3987: ucschar.
bool is_iri_character(std::uint32_t c) {
  if (c < 0x10000)
    return (c >= 0xA0 && c <= 0xD7FF) || (c >= 0xF900 && c <= 0xFDCF) || (c >= 0xFDF0 && c <= 0xFFEF);
  return c < 0xF0000 && (c & 0xFFFF) <= 0xFFFD && !(c >= 0xE0000 && c < 0xE1000);
}

constexpr std::array<bool, 128> make_unreserved(std::string_view others) {
  std::array<bool, 128> plain{};
  for (int c = 0; c < 128; ++c)
    plain[static_cast<std::size_t>(c)] = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
  for (const char c : others) plain[static_cast<unsigned char>(c)] = true;
  return plain;
}
constexpr auto kUnreserved = make_unreserved("-._~");
constexpr auto kReserved = make_unreserved("-._~:/?#[]@!$&'()*+,;=%");

}  // namespace

// ---- numbers

bool NumberPattern::looks_like_one(std::string_view format) {
  return format.starts_with('1') && format.find("234") != std::string_view::npos;
}

NumberPattern::NumberPattern(std::string_view pattern) : text_(pattern) {
  const auto fault = [&] {
    return FormatFault{fmt::format(
        "{} does not say how numbers are written; write one of 1,234.5 1.234,5 1 234,5 1234,5 1,234 1.234",
        text_)};
  };
  std::string_view rest = pattern.substr(1);
  const auto digits = rest.find("234");
  group_ = rest.substr(0, digits);
  rest.remove_prefix(digits + 3);
  if (std::find(kSpaces.begin(), kSpaces.end(), group_) != kSpaces.end()) group_ = " ";
  if (!group_.empty() && group_ != " " && group_ != "," && group_ != "." && group_ != "'" &&
      group_ != "\xE2\x80\x99")
    throw fault();
  if (rest.empty()) return;
  decimal_ = rest.front();
  if ((decimal_ != '.' && decimal_ != ',') || group_ == std::string_view(&decimal_, 1) || rest.size() < 2 ||
      !std::all_of(rest.begin() + 1, rest.end(), is_digit))
    throw fault();
}

std::string_view NumberPattern::datatype() const {
  return decimal_ == 0 ? iri::kXsdInteger : iri::kXsdDecimal;
}

bool NumberPattern::read(std::string_view cell, std::string& number) const {
  const std::size_t start = number.size();
  const auto take_back = [&] {
    number.resize(start);
    return false;
  };
  if (cell.starts_with('+') || cell.starts_with('-')) {
    if (cell.front() == '-') number += '-';
    cell.remove_prefix(1);
  } else if (cell.starts_with("\xE2\x88\x92")) {  // the minus sign
    number += '-';
    cell.remove_prefix(3);
  }
  std::size_t in_group = 0;  // digits since the last separator
  bool grouped = false;
  while (!cell.empty() && cell.front() != decimal_) {
    if (is_digit(cell.front())) {
      number += cell.front();
      cell.remove_prefix(1);
      ++in_group;
      continue;
    }
    std::size_t size = 0;
    if (group_ == " ") {
      for (const std::string_view space : kSpaces)
        if (cell.starts_with(space)) size = space.size();
    } else if (!group_.empty() && cell.starts_with(group_)) {
      size = group_.size();
    }
    // A group has three digits (two in India); the first may have fewer.
    if (size == 0 || in_group == 0 || in_group > 3 || (grouped && in_group < 2)) return take_back();
    cell.remove_prefix(size);
    in_group = 0;
    grouped = true;
  }
  if (in_group == 0 || (grouped && in_group != 3)) return take_back();
  if (cell.empty()) return true;
  cell.remove_prefix(1);
  if (cell.empty() || !std::all_of(cell.begin(), cell.end(), is_digit)) return take_back();
  number.append(".").append(cell);
  return true;
}

// ---- datatypes

std::string_view iso_datatype(std::string_view text) {
  for (const TemporalKind kind :
       {TemporalKind::date, TemporalKind::year, TemporalKind::year_month, TemporalKind::date_time,
        TemporalKind::month_day, TemporalKind::month, TemporalKind::time}) {
    Temporal value;
    if (parse_temporal(text, kind, value)) return temporal_datatype(kind);
  }
  return {};
}

bool is_lexical(std::string_view text, std::string_view datatype) {
  if (const auto kind = temporal_kind(datatype)) {
    Temporal value;
    return parse_temporal(text, *kind, value) && (datatype != iri::kXsdDateTimeStamp || value.has_zone());
  }
  const std::string_view name = xsd_name(datatype);
  if (name.empty()) return true;
  if (is_integer_type(name)) return Number::parse(text, NumericKind::integer).has_value();
  if (name == "decimal") return Number::parse(text, NumericKind::decimal).has_value();
  double real = 0;
  float single = 0;
  if (name == "double") return parse_double(text, real);
  if (name == "float") return parse_float(text, single);
  if (name == "boolean") return text == "true" || text == "false" || text == "1" || text == "0";
  return true;
}

std::string expected_of(std::string_view datatype) {
  constexpr std::array<std::string_view, 8> kExamples = {
      "2025-06-13T10:30:00", "2025-06-13", "10:30:00", "2025", "2025-06", "--06", "--06-13", "---13"};
  const std::string_view name = xsd_name(datatype);
  std::string_view what = "a value";
  if (const auto kind = temporal_kind(datatype))
    what = kExamples[static_cast<std::size_t>(*kind)];
  else if (is_integer_type(name))
    what = "a whole number";
  else if (name == "boolean")
    what = "true or false";
  else if (name == "decimal" || name == "double" || name == "float")
    what = "a number as 1234.5";
  return fmt::format("{} (xsd:{})", what, name);
}

std::vector<std::string_view> formats_like(std::string_view datatype, std::string_view text) {
  const std::string_view name = xsd_name(datatype);
  const auto has = [&](std::string_view characters) {
    return text.find_first_of(characters) != std::string_view::npos;
  };
  const bool letters =
      std::any_of(text.begin(), text.end(), [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; });
  if (temporal_kind(datatype)) {
    if (!iso_datatype(text).empty()) return {"date"};
    if (letters) return {"d MMMM yyyy"};
    if (has("/")) return {"dd/MM/yyyy", "MM/dd/yyyy"};
    if (has(".")) return {"dd.MM.yyyy"};
  }
  if (name == "boolean") return {"boolean yes/no"};
  if (letters) return {};
  if (is_integer_type(name) && has(",' ")) return {"1,234"};
  if ((name == "decimal" || name == "double" || name == "float") && has(",' ")) return {"1.234,5", "1,234.5"};
  return {};
}

// ---- IRIs

void append_slug(std::string& out, std::string_view text) {
  const std::size_t start = out.size();
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* const composed = icu::Normalizer2::getNFCInstance(status);
  icu::UnicodeString folded = icu::UnicodeString::fromUTF8({text.data(), static_cast<int>(text.size())});
  folded.toLower(icu::Locale::getRoot());
  if (U_SUCCESS(status) != 0) folded = composed->normalize(folded, status);
  bool gap = false;
  for (std::int32_t i = 0; i < folded.length(); i = folded.moveIndex32(i, 1)) {
    const UChar32 c = folded.char32At(i);
    const auto category = U_GET_GC_MASK(c);
    const bool kept = (category & (U_GC_L_MASK | U_GC_N_MASK | U_GC_M_MASK)) != 0;
    if (!kept) {
      if (c != '\'' && c != 0x2019) gap = true;  // O'Neill: oneill
      continue;
    }
    if (gap && out.size() > start) out += '-';
    gap = false;
    append_utf8(out, static_cast<std::uint32_t>(c));
  }
}

void append_iri_text(std::string& out, std::string_view text, bool reserved) {
  const auto& plain = reserved ? kReserved : kUnreserved;
  const auto encode = [&](std::string_view bytes) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    for (const char c : bytes) {
      out += '%';
      out += kHex[static_cast<unsigned char>(c) >> 4U];
      out += kHex[static_cast<unsigned char>(c) & 15U];
    }
  };
  const auto is_hex = [](char c) { return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); };
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    const auto byte = static_cast<unsigned char>(*at);
    if (byte < 0x80) {
      const bool stands = plain[byte] && (byte != '%' || (end - at > 2 && is_hex(at[1]) && is_hex(at[2])));
      if (stands)
        out += *at;
      else
        encode({at, 1});
      ++at;
      continue;
    }
    const CodePoint c = decode_utf8(at, end);
    const std::size_t size = std::max(c.length, 1U);
    if (c.length != 0 && is_iri_character(c.value))
      out.append(at, size);
    else
      encode({at, size});
    at += size;
  }
}

std::string shortened(std::string_view text) {
  constexpr std::size_t kShown = 60;
  std::size_t size = std::min(text.size(), kShown);
  while (size < text.size() && size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
  return fmt::format("{}{}", text.substr(0, size), size < text.size() ? "..." : "");
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace dossier::io
