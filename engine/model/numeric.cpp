#include "engine/model/numeric.h"

#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <limits>

#include "engine/model/inline.h"
#include "engine/model/numeric_text.h"
#include "engine/model/term.h"

namespace dossier {

using BigInteger = boost::multiprecision::cpp_int;

struct Number::Big {
  BigInteger value;
};

namespace {

BigInteger power_of_ten(int exponent) {
  return boost::multiprecision::pow(BigInteger(10), static_cast<unsigned>(exponent));
}

std::int64_t small_power_of_ten(int exponent) {
  std::int64_t power = 1;
  while (exponent-- > 0) power *= 10;
  return power;
}

constexpr int kSmallPowers = 18;  // 10^18 fits an int64

// a * 10^digits, false when it does not fit.
bool scale_up(std::int64_t a, int digits, std::int64_t& out) {
  return digits <= kSmallPowers && !__builtin_mul_overflow(a, small_power_of_ten(digits), &out);
}

double round_half_up(double value) {
  if (!(std::fabs(value) < 4503599627370496.0)) return value;  // whole already, or no number
  const double whole = std::floor(value);
  const double result = value - whole >= 0.5 ? whole + 1 : whole;
  return result == 0 ? std::copysign(0.0, value) : result;
}

}  // namespace

// Exact arithmetic on coefficients, with the private parts of Number.
struct NumberAccess {
  static BigInteger coefficient(const Number& n) { return n.big_ ? n.big_->value : BigInteger(n.small_); }
  static int scale(const Number& n) { return n.scale_; }
  static bool small(const Number& n) { return !n.big_; }
  static std::int64_t small_value(const Number& n) { return n.small_; }

  static Number make(NumericKind kind, BigInteger value, int scale) {
    while (scale > 0 && value % 10 == 0) {
      value /= 10;
      --scale;
    }
    Number n;
    n.kind_ = kind;
    n.scale_ = scale;
    if (value >= std::numeric_limits<std::int64_t>::min() &&
        value <= std::numeric_limits<std::int64_t>::max())
      n.small_ = value.convert_to<std::int64_t>();
    else
      n.big_ = std::make_shared<Number::Big>(Number::Big{std::move(value)});
    return n;
  }
  static Number make_small(NumericKind kind, std::int64_t value, int scale) {
    while (scale > 0 && value % 10 == 0) {
      value /= 10;
      --scale;
    }
    Number n;
    n.kind_ = kind;
    n.scale_ = scale;
    n.small_ = value;
    return n;
  }
  static Number floating(NumericKind kind, double value) {
    Number n;
    n.kind_ = kind;
    n.real_ = kind == NumericKind::float_ ? static_cast<float>(value) : value;
    return n;
  }
  static NumericKind common(const Number& a, const Number& b) { return std::max(a.kind_, b.kind_); }

  // The coefficients of both at the larger scale.
  static int align(const Number& a, const Number& b, BigInteger& x, BigInteger& y) {
    const int scale = std::max(a.scale_, b.scale_);
    x = coefficient(a) * power_of_ten(scale - a.scale_);
    y = coefficient(b) * power_of_ten(scale - b.scale_);
    return scale;
  }
  static bool align_small(const Number& a, const Number& b, std::int64_t& x, std::int64_t& y) {
    if (a.big_ || b.big_) return false;
    const int scale = std::max(a.scale_, b.scale_);
    return scale_up(a.small_, scale - a.scale_, x) && scale_up(b.small_, scale - b.scale_, y);
  }
  // The quotient of the coefficient by 10^scale rounded down, and whether something was left.
  static BigInteger whole(const Number& n, bool& rest, bool& at_least_half) {
    const BigInteger unit = power_of_ten(n.scale_);
    BigInteger quotient;
    BigInteger remainder;
    boost::multiprecision::divide_qr(coefficient(n), unit, quotient, remainder);
    if (remainder < 0) {
      --quotient;
      remainder += unit;
    }
    rest = remainder != 0;
    at_least_half = remainder * 2 >= unit;
    return quotient;
  }
};

using Access = NumberAccess;

Number Number::integer(std::int64_t value) {
  return Access::make_small(NumericKind::integer, value, 0);
}
Number Number::decimal(std::int64_t coefficient, int scale) {
  return Access::make_small(NumericKind::decimal, coefficient, scale);
}
Number Number::single(float value) {
  return Access::floating(NumericKind::float_, value);
}
Number Number::real(double value) {
  return Access::floating(NumericKind::double_, value);
}

std::optional<Number> Number::parse(std::string_view text, NumericKind kind) {
  if (kind == NumericKind::double_) {
    double value = 0;
    if (!parse_double(text, value)) return {};
    return real(value);
  }
  if (kind == NumericKind::float_) {
    float value = 0;
    if (!parse_float(text, value)) return {};
    return single(value);
  }
  bool negative = false;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text.size() > kMaxNumberDigits) return {};
  std::string digits;
  std::int64_t value = 0;
  int count = 0;
  int scale = 0;
  bool point = false;
  for (const char c : text) {
    if (c == '.') {
      if (point || kind == NumericKind::integer) return {};
      point = true;
      continue;
    }
    if (c < '0' || c > '9') return {};
    ++count;
    if (point) ++scale;
    if (count <= kSmallPowers) value = value * 10 + (c - '0');
  }
  if (count == 0) return {};
  if (count <= kSmallPowers) return Access::make_small(kind, negative ? -value : value, scale);
  digits.reserve(text.size());
  for (const char c : text)
    if (c != '.' && (c != '0' || !digits.empty())) digits.push_back(c);
  BigInteger big(digits.empty() ? std::string("0") : digits);
  if (negative) big = -big;
  return Access::make(kind, std::move(big), scale);
}

Number Number::of_inline(Id id) {
  switch (id.tag()) {
    case Tag::integer:
      return integer(integer_of(id));
    case Tag::decimal:
      return decimal(decimal_units_of(id), kInlineDecimalDigits);
    default:
      return real(double_of(id));
  }
}

bool Number::is_zero() const {
  return is_exact() ? !big_ && small_ == 0 : real_ == 0;
}

int Number::sign() const {
  if (!is_exact()) return (real_ > 0) - (real_ < 0);
  if (big_) return big_->value.sign();
  return (small_ > 0) - (small_ < 0);
}

double Number::to_double() const {
  if (!is_exact()) return real_;
  // 2^53 and 10^22 are the limits within which one division of doubles rounds correctly.
  if (!big_ && scale_ <= 22 && small_ >= -(std::int64_t{1} << 53) && small_ <= (std::int64_t{1} << 53)) {
    double unit = 1;
    for (int i = 0; i < scale_; ++i) unit *= 10;
    return static_cast<double>(small_) / unit;
  }
  std::string text;
  append(text);
  double value = 0;
  parse_double(text, value);
  return value;
}

std::optional<std::int64_t> Number::to_int64() const {
  if (kind_ != NumericKind::integer || big_) return {};
  return small_;
}

void Number::append(std::string& out) const {
  if (kind_ == NumericKind::double_) return append_double(out, real_);
  if (kind_ == NumericKind::float_) return append_float(out, static_cast<float>(real_));
  std::string digits;
  if (big_)
    digits = big_->value.str();
  else
    digits = std::to_string(small_);
  if (digits[0] == '-') {
    out.push_back('-');
    digits.erase(0, 1);
  }
  const auto scale = static_cast<std::size_t>(scale_);
  if (scale == 0) {
    out.append(digits);
    return;
  }
  if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
  out.append(digits, 0, digits.size() - scale);
  out.push_back('.');
  out.append(digits, digits.size() - scale, scale);
}

std::string_view Number::datatype() const {
  switch (kind_) {
    case NumericKind::integer:
      return iri::kXsdInteger;
    case NumericKind::decimal:
      return iri::kXsdDecimal;
    case NumericKind::float_:
      return iri::kXsdFloat;
    case NumericKind::double_:
      return iri::kXsdDouble;
  }
  return {};
}

Id Number::inline_id() const {
  if (big_) return kUnbound;
  switch (kind_) {
    case NumericKind::integer:
      return inline_integer(small_);
    case NumericKind::decimal: {
      std::int64_t units = 0;
      if (scale_ > kInlineDecimalDigits || !scale_up(small_, kInlineDecimalDigits - scale_, units))
        return kUnbound;
      return inline_decimal(units, scale_);
    }
    case NumericKind::float_:
      return kUnbound;
    case NumericKind::double_:
      return inline_double(real_);
  }
  return kUnbound;
}

Number Number::negated() const {
  if (!is_exact()) return Access::floating(kind_, -real_);
  if (big_ || small_ == std::numeric_limits<std::int64_t>::min())
    return Access::make(kind_, -Access::coefficient(*this), scale_);
  Number n = *this;
  n.small_ = -small_;
  return n;
}

Number Number::abs() const {
  if (!is_exact()) return Access::floating(kind_, std::fabs(real_));
  return sign() < 0 ? negated() : *this;
}

Number Number::ceil() const {
  if (!is_exact()) return Access::floating(kind_, std::ceil(real_));
  if (scale_ == 0) return *this;
  bool rest = false;
  bool half = false;
  BigInteger whole = Access::whole(*this, rest, half);
  if (rest) ++whole;
  return Access::make(kind_, std::move(whole), 0);
}

Number Number::floor() const {
  if (!is_exact()) return Access::floating(kind_, std::floor(real_));
  if (scale_ == 0) return *this;
  bool rest = false;
  bool half = false;
  return Access::make(kind_, Access::whole(*this, rest, half), 0);
}

Number Number::round() const {
  if (!is_exact()) return Access::floating(kind_, round_half_up(real_));
  if (scale_ == 0) return *this;
  bool rest = false;
  bool half = false;
  BigInteger whole = Access::whole(*this, rest, half);
  if (half) ++whole;
  return Access::make(kind_, std::move(whole), 0);
}

std::optional<Number> Number::convert(NumericKind kind) const {
  if (kind == kind_) return *this;
  if (kind == NumericKind::double_) return real(to_double());
  if (kind == NumericKind::float_) {
    if (kind_ == NumericKind::double_) return single(static_cast<float>(real_));
    std::string text;
    append(text);
    float value = 0;
    parse_float(text, value);
    return single(value);
  }
  if (is_exact()) {
    if (kind == NumericKind::decimal) return Access::make(kind, Access::coefficient(*this), scale_);
    const Number cut = sign() < 0 ? ceil() : floor();
    return Access::make(kind, Access::coefficient(cut), 0);
  }
  if (!std::isfinite(real_)) return {};
  if (kind == NumericKind::integer) {
    const double cut = std::trunc(real_);
    return Access::make(kind, BigInteger(cut), 0);
  }
  // The decimal that the canonical text of the number names.
  std::string text;
  append(text);
  const std::size_t e = text.find('E');
  const auto mantissa = parse(std::string_view(text).substr(0, e), NumericKind::decimal);
  if (!mantissa) return {};
  const int exponent = std::stoi(text.substr(e + 1));
  BigInteger value = Access::coefficient(*mantissa);
  int scale = Access::scale(*mantissa) - exponent;
  if (scale < 0) {
    value *= power_of_ten(-scale);
    scale = 0;
  }
  return Access::make(kind, std::move(value), scale);
}

namespace {

Number floating_operation(NumericKind kind, double a, double b, char operation) {
  // Floats are computed as floats: a double holds the sum, difference, product and quotient of two floats
  // well enough that rounding it once more gives the float result.
  double result = 0;
  switch (operation) {
    case '+':
      result = a + b;
      break;
    case '-':
      result = a - b;
      break;
    case '*':
      result = a * b;
      break;
    default:
      result = a / b;
      break;
  }
  return Access::floating(kind, result);
}

double operand(const Number& n, NumericKind kind) {
  const double value = n.to_double();
  return kind == NumericKind::float_ ? static_cast<float>(value) : value;
}

}  // namespace

Number add(const Number& a, const Number& b) {
  const NumericKind kind = Access::common(a, b);
  if (kind > NumericKind::decimal) return floating_operation(kind, operand(a, kind), operand(b, kind), '+');
  std::int64_t x = 0;
  std::int64_t y = 0;
  std::int64_t sum = 0;
  const int scale = std::max(a.scale_, b.scale_);
  if (Access::align_small(a, b, x, y) && !__builtin_add_overflow(x, y, &sum))
    return Access::make_small(kind, sum, scale);
  BigInteger p;
  BigInteger q;
  Access::align(a, b, p, q);
  return Access::make(kind, p + q, scale);
}

Number subtract(const Number& a, const Number& b) {
  const NumericKind kind = Access::common(a, b);
  if (kind > NumericKind::decimal) return floating_operation(kind, operand(a, kind), operand(b, kind), '-');
  std::int64_t x = 0;
  std::int64_t y = 0;
  std::int64_t difference = 0;
  const int scale = std::max(a.scale_, b.scale_);
  if (Access::align_small(a, b, x, y) && !__builtin_sub_overflow(x, y, &difference))
    return Access::make_small(kind, difference, scale);
  BigInteger p;
  BigInteger q;
  Access::align(a, b, p, q);
  return Access::make(kind, p - q, scale);
}

Number multiply(const Number& a, const Number& b) {
  const NumericKind kind = Access::common(a, b);
  if (kind > NumericKind::decimal) return floating_operation(kind, operand(a, kind), operand(b, kind), '*');
  std::int64_t product = 0;
  if (!a.big_ && !b.big_ && !__builtin_mul_overflow(a.small_, b.small_, &product))
    return Access::make_small(kind, product, a.scale_ + b.scale_);
  return Access::make(kind, Access::coefficient(a) * Access::coefficient(b), a.scale_ + b.scale_);
}

std::optional<Number> divide(const Number& a, const Number& b) {
  NumericKind kind = Access::common(a, b);
  if (kind > NumericKind::decimal) return floating_operation(kind, operand(a, kind), operand(b, kind), '/');
  if (b.is_zero()) return {};
  kind = NumericKind::decimal;  // integers divide to a decimal
  // a/10^s : b/10^t = a*10^(t-s+digits)/b / 10^digits
  BigInteger numerator = Access::coefficient(a);
  BigInteger denominator = Access::coefficient(b);
  const int shift = b.scale_ - a.scale_ + kQuotientDigits;
  if (shift >= 0)
    numerator *= power_of_ten(shift);
  else
    denominator *= power_of_ten(-shift);
  return Access::make(kind, numerator / denominator, kQuotientDigits);
}

std::optional<int> compare(const Number& a, const Number& b) {
  const NumericKind kind = Access::common(a, b);
  if (kind > NumericKind::decimal) {
    const double x = operand(a, kind);
    const double y = operand(b, kind);
    if (x != x || y != y) return {};
    return (x > y) - (x < y);
  }
  std::int64_t x = 0;
  std::int64_t y = 0;
  if (Access::align_small(a, b, x, y)) return (x > y) - (x < y);
  BigInteger p;
  BigInteger q;
  Access::align(a, b, p, q);
  return p.compare(q);
}

}  // namespace dossier
