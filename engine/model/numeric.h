// Numbers of XML Schema: integers and decimals of any size, float, double.
//
// Purpose: the arithmetic and comparison of SPARQL's numeric operators.
// Invariants: an exact number is coefficient * 10^-scale; small coefficients live in an int64, larger ones in
// a big integer behind a shared pointer (never one that fits an int64). Decimals carry no trailing fraction
// zeros after arithmetic. Types are promoted integer -> decimal -> float -> double. Quotients of exact
// numbers have kQuotientDigits fraction digits. Thread-safety: values. Source: XQuery and XPath Functions and
// Operators 3.1 section 4; XML Schema 1.1 part 2.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/model/id.h"

namespace dossier {

enum class NumericKind : std::uint8_t { integer, decimal, float_, double_ };

inline constexpr int kQuotientDigits = 18;
// Longest digit string taken as a number; what is longer is an error of evaluation, not unbounded work.
inline constexpr std::size_t kMaxNumberDigits = 10000;

class Number {
 public:
  Number() = default;
  static Number integer(std::int64_t value);
  static Number decimal(std::int64_t coefficient, int scale);
  static Number single(float value);
  static Number real(double value);
  // Strict lexical forms of xsd:integer, xsd:decimal, xsd:float and xsd:double.
  static std::optional<Number> parse(std::string_view text, NumericKind kind);
  // Precondition: the tag is integer, decimal or double_.
  static Number of_inline(Id id);

  NumericKind kind() const { return kind_; }
  bool is_exact() const { return kind_ <= NumericKind::decimal; }
  bool is_nan() const { return !is_exact() && real_ != real_; }
  bool is_zero() const;
  int sign() const;  // of NaN: 0
  double to_double() const;
  std::optional<std::int64_t> to_int64() const;  // of an integer that fits

  // Canonical lexical form: `3`, `-0.5`, `1.5E0`, `NaN`.
  void append(std::string& out) const;
  std::string_view datatype() const;
  // The inline id of the canonical form, or kUnbound.
  Id inline_id() const;

  Number negated() const;
  Number abs() const;
  Number ceil() const;
  Number floor() const;
  Number round() const;  // halves towards positive infinity
  // As another kind; nothing when the value has no place there (NaN to integer). To integer: the fraction is
  // cut off.
  std::optional<Number> convert(NumericKind kind) const;

  friend Number add(const Number& a, const Number& b);
  friend Number subtract(const Number& a, const Number& b);
  friend Number multiply(const Number& a, const Number& b);
  // Nothing: an exact division by zero.
  friend std::optional<Number> divide(const Number& a, const Number& b);
  // Negative, zero, positive; nothing when one is NaN.
  friend std::optional<int> compare(const Number& a, const Number& b);

  struct Big;

 private:
  friend struct NumberAccess;
  NumericKind kind_ = NumericKind::integer;
  std::int32_t scale_ = 0;
  std::int64_t small_ = 0;
  double real_ = 0;  // float and double
  std::shared_ptr<const Big> big_;
};

Number add(const Number& a, const Number& b);
Number subtract(const Number& a, const Number& b);
Number multiply(const Number& a, const Number& b);
std::optional<Number> divide(const Number& a, const Number& b);
std::optional<int> compare(const Number& a, const Number& b);

}  // namespace dossier
