// Inline ids: which literals fit into an id, and their text again. The layout is that of model/id.h.
#include <charconv>
#include <cstring>

#include "engine/model/date_time.h"
#include "engine/model/inline.h"
#include "engine/model/numeric_text.h"
#include "engine/model/term.h"

namespace dossier {
namespace {

constexpr std::size_t kInlineStringBytes = 7;
constexpr std::uint64_t kIntegerBias = std::uint64_t{1} << 59;
constexpr std::uint64_t kDecimalBias = std::uint64_t{1} << 55;
constexpr int kDecimalDigits = 8;
constexpr std::uint64_t kDecimalUnit = 100'000'000;
constexpr std::size_t kMaxInlineLexical = 40;  // no inline literal is longer

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

Id string_id(std::string_view text) {
  if (text.size() > kInlineStringBytes) return kUnbound;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c == 0) return kUnbound;
    value = value << 8 | static_cast<unsigned char>(c);
  }
  value <<= 8 * (kInlineStringBytes - text.size());
  return Id::make(Tag::string, value << 4 | text.size());
}

// Canonical digits: no sign, no leading zero.
bool scan_whole(std::string_view text, std::size_t& at, std::uint64_t& value, std::size_t most) {
  const std::size_t start = at;
  value = 0;
  while (at < text.size() && is_digit(text[at])) {
    if (at - start >= most) return false;
    value = value * 10 + static_cast<unsigned>(text[at++] - '0');
  }
  return at > start && (at == start + 1 || text[start] != '0');
}

Id integer_id(std::string_view text) {
  const bool negative = text.starts_with('-');
  std::size_t at = negative;
  std::uint64_t value = 0;
  if (!scan_whole(text, at, value, 18) || at != text.size()) return kUnbound;
  if (negative && value == 0) return kUnbound;
  if (negative ? value > kIntegerBias : value >= kIntegerBias) return kUnbound;
  return Id::make(Tag::integer, negative ? kIntegerBias - value : kIntegerBias + value);
}

Id decimal_id(std::string_view text) {
  const bool negative = text.starts_with('-');
  std::size_t at = negative;
  std::uint64_t value = 0;
  if (!scan_whole(text, at, value, 9)) return kUnbound;
  int digits = 0;
  if (at < text.size()) {
    if (text[at++] != '.') return kUnbound;
    for (; at < text.size() && is_digit(text[at]) && digits < kDecimalDigits; ++at, ++digits)
      value = value * 10 + static_cast<unsigned>(text[at] - '0');
    if (digits == 0 || at != text.size()) return kUnbound;
  }
  for (int i = digits; i < kDecimalDigits; ++i) value *= 10;
  if (negative && value == 0) return kUnbound;
  if (negative ? value > kDecimalBias : value >= kDecimalBias) return kUnbound;
  return Id::make(Tag::decimal, (negative ? kDecimalBias - value : kDecimalBias + value) << 4 |
                                    static_cast<unsigned>(digits));
}

Id double_id(std::string_view text) {
  double value = 0;
  if (!parse_double(text, value)) return kUnbound;
  const Id id = inline_double(value);
  if (!id.is_bound()) return kUnbound;
  std::string canonical;
  append_double(canonical, value);
  if (canonical != text) return kUnbound;
  return id;
}

Id temporal_literal_id(std::string_view text, TemporalKind kind) {
  Temporal value;
  return parse_temporal(text, kind, value) ? temporal_id(value) : kUnbound;
}

Id typed_id(std::string_view name, std::string_view text) {
  switch (name.size()) {
    case 4:
      if (name == "date") return temporal_literal_id(text, TemporalKind::date);
      if (name == "time") return temporal_literal_id(text, TemporalKind::time);
      if (name == "gDay") return temporal_literal_id(text, TemporalKind::day);
      return kUnbound;
    case 5:
      return name == "gYear" ? temporal_literal_id(text, TemporalKind::year) : kUnbound;
    case 6:
      if (name == "double") return double_id(text);
      return name == "gMonth" ? temporal_literal_id(text, TemporalKind::month) : kUnbound;
    case 7:
      if (name == "integer") return integer_id(text);
      if (name == "decimal") return decimal_id(text);
      if (name == "boolean") {
        if (text == "true") return Id::make(Tag::boolean, 1);
        if (text == "false") return Id::make(Tag::boolean, 0);
      }
      return kUnbound;
    case 8:
      return name == "dateTime" ? temporal_literal_id(text, TemporalKind::date_time) : kUnbound;
    case 9:
      return name == "gMonthDay" ? temporal_literal_id(text, TemporalKind::month_day) : kUnbound;
    case 10:
      return name == "gYearMonth" ? temporal_literal_id(text, TemporalKind::year_month) : kUnbound;
    default:
      return kUnbound;
  }
}

void append_unsigned(std::string& out, std::uint64_t value) {
  char buffer[24];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  out.append(buffer, static_cast<std::size_t>(end - buffer));
}

void append_decimal(std::string& out, std::uint64_t payload) {
  const auto digits = static_cast<int>(payload & 0xF);
  const std::uint64_t biased = payload >> 4;
  const bool negative = biased < kDecimalBias;
  const std::uint64_t value = negative ? kDecimalBias - biased : biased - kDecimalBias;
  if (negative) out.push_back('-');
  append_unsigned(out, value / kDecimalUnit);
  if (digits == 0) return;
  out.push_back('.');
  std::uint64_t rest = value % kDecimalUnit;
  std::uint64_t unit = kDecimalUnit;
  for (int i = 0; i < digits; ++i) {
    unit /= 10;
    out.push_back(static_cast<char>('0' + rest / unit));
    rest %= unit;
  }
}

}  // namespace

Id inline_id(std::string_view bytes) {
  if (bytes.empty()) return kUnbound;
  if (bytes[0] == kStringByte) return string_id(bytes.substr(1));
  if (bytes[0] != kDatatypeByte) return kUnbound;
  bytes.remove_prefix(1);
  // "boolean" to "gYearMonth" and a lexical form: long text is rejected by its length alone.
  if (bytes.size() < iri::kXsd.size() + 5 || bytes.size() > iri::kXsd.size() + 11 + kMaxInlineLexical)
    return kUnbound;
  if (std::memcmp(bytes.data(), iri::kXsd.data(), iri::kXsd.size()) != 0) return kUnbound;
  bytes.remove_prefix(iri::kXsd.size());
  const std::size_t end = bytes.find('\0');
  if (end == std::string_view::npos) return kUnbound;
  return typed_id(bytes.substr(0, end), bytes.substr(end + 1));
}

void append_inline_lexical(std::string& out, Id id) {
  const std::uint64_t payload = id.payload();
  switch (id.tag()) {
    case Tag::string:
      for (std::size_t i = 0; i < (payload & 0xF); ++i)
        out.push_back(static_cast<char>(payload >> (52 - 8 * i) & 0xFF));
      return;
    case Tag::integer:
      if (payload < kIntegerBias) out.push_back('-');
      append_unsigned(out, payload < kIntegerBias ? kIntegerBias - payload : payload - kIntegerBias);
      return;
    case Tag::decimal:
      append_decimal(out, payload);
      return;
    case Tag::double_:
      append_double(out, double_of(id));
      return;
    case Tag::boolean:
      out.append(payload != 0 ? "true" : "false");
      return;
    default:
      append_temporal(out, inline_temporal(id));
  }
}

std::string_view inline_datatype(Id id) {
  switch (id.tag()) {
    case Tag::string:
      return iri::kXsdString;
    case Tag::integer:
      return iri::kXsdInteger;
    case Tag::decimal:
      return iri::kXsdDecimal;
    case Tag::double_:
      return iri::kXsdDouble;
    case Tag::boolean:
      return iri::kXsdBoolean;
    case Tag::date:
      return iri::kXsdDate;
    case Tag::date_time:
      return iri::kXsdDateTime;
    default:
      return temporal_datatype(inline_temporal(id).kind);
  }
}

void append_inline_bytes(std::string& out, Id id) {
  if (id.tag() == Tag::string) {
    out.push_back(kStringByte);
  } else {
    out.push_back(kDatatypeByte);
    out.append(inline_datatype(id));
    out.push_back('\0');
  }
  append_inline_lexical(out, id);
}

}  // namespace dossier
