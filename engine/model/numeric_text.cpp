#include "engine/model/numeric_text.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace dossier {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// [0-9]+(.[0-9]*)? or .[0-9]+, then an exponent or none; the sign is already gone.
bool is_unsigned_real(std::string_view text) {
  std::size_t at = 0;
  std::size_t digits = 0;
  while (at < text.size() && is_digit(text[at])) ++at, ++digits;
  if (at < text.size() && text[at] == '.') {
    ++at;
    while (at < text.size() && is_digit(text[at])) ++at, ++digits;
  }
  if (digits == 0) return false;
  if (at == text.size()) return true;
  if (text[at] != 'e' && text[at] != 'E') return false;
  ++at;
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
  const std::size_t exponent = at;
  while (at < text.size() && is_digit(text[at])) ++at;
  return at == text.size() && at > exponent;
}

double c_parse(const char* text, double) {
  return std::strtod(text, nullptr);
}
float c_parse(const char* text, float) {
  return std::strtof(text, nullptr);
}

template <typename Real>
bool parse_real(std::string_view text, Real& out) {
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
    if (text == "NaN") return false;
  }
  if (text == "INF") {
    out = std::numeric_limits<Real>::infinity();
  } else if (text == "NaN") {
    out = std::numeric_limits<Real>::quiet_NaN();
  } else {
    if (!is_unsigned_real(text)) return false;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    // Out of range: from_chars does not say on which side, strtod does.
    if (error == std::errc::result_out_of_range) out = c_parse(std::string(text).c_str(), Real{});
  }
  if (negative) out = -out;
  return true;
}

template <typename Real>
void append_real(std::string& out, Real value) {
  if (std::isnan(value)) {
    out.append("NaN");
    return;
  }
  if (std::isinf(value)) {
    out.append(value < 0 ? "-INF" : "INF");
    return;
  }
  char buffer[64];
  const auto [end, error] =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  const std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
  const std::size_t e = text.find('e');
  const std::string_view mantissa = text.substr(0, e);
  out.append(mantissa);
  if (mantissa.find('.') == std::string_view::npos) out.append(".0");
  out.push_back('E');
  std::string_view exponent = text.substr(e + 1);
  if (exponent[0] == '-') out.push_back('-');
  exponent.remove_prefix(1);
  while (exponent.size() > 1 && exponent[0] == '0') exponent.remove_prefix(1);
  out.append(exponent);
}

}  // namespace

bool parse_double(std::string_view text, double& out) {
  return parse_real(text, out);
}
bool parse_float(std::string_view text, float& out) {
  return parse_real(text, out);
}
void append_double(std::string& out, double value) {
  append_real(out, value);
}
void append_float(std::string& out, float value) {
  append_real(out, value);
}

}  // namespace dossier
