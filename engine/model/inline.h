// Values straight in ids: reading and making inline numbers without text.
//
// Purpose: comparisons and arithmetic on inline ids, a few instructions each.
// Invariants: the makers give the id of the canonical form, or kUnbound when the value does not fit (it then
// belongs to the dictionary or to LocalTerms, as text). Thread-safety: free functions. The layout is that of
// model/id.h.
#pragma once

#include <bit>
#include <cstdint>

#include "engine/model/id.h"

namespace dossier {

inline constexpr std::int64_t kInlineIntegerBias = std::int64_t{1} << 59;
inline constexpr std::int64_t kInlineDecimalBias = std::int64_t{1} << 55;
inline constexpr int kInlineDecimalDigits = 8;
inline constexpr std::int64_t kInlineDecimalUnit = 100'000'000;

inline Id inline_integer(std::int64_t value) {
  if (value < -kInlineIntegerBias || value >= kInlineIntegerBias) return kUnbound;
  return Id::make(Tag::integer, static_cast<std::uint64_t>(value + kInlineIntegerBias));
}
inline std::int64_t integer_of(Id id) {
  return static_cast<std::int64_t>(id.payload()) - kInlineIntegerBias;
}

// In units of 10^-8.
inline std::int64_t decimal_units_of(Id id) {
  return static_cast<std::int64_t>(id.payload() >> 4) - kInlineDecimalBias;
}
// `units` in 10^-8 with `digits` (0 to 8) of them written.
inline Id inline_decimal(std::int64_t units, int digits) {
  if (units < -kInlineDecimalBias || units >= kInlineDecimalBias) return kUnbound;
  return Id::make(Tag::decimal, static_cast<std::uint64_t>(units + kInlineDecimalBias) << 4 |
                                    static_cast<unsigned>(digits));
}

inline Id inline_double(double value) {
  const auto raw = std::bit_cast<std::uint64_t>(value);
  const std::uint64_t sign = std::uint64_t{1} << 63;
  // Bits that would be dropped, NaN, and minus zero.
  if ((raw & 0xF) != 0 || value != value || raw == sign) return kUnbound;
  return Id::make(Tag::double_, ((raw & sign) != 0 ? ~raw : raw | sign) >> 4);
}
inline double double_of(Id id) {
  const std::uint64_t sign = std::uint64_t{1} << 63;
  const std::uint64_t shifted = id.payload() << 4;
  return std::bit_cast<double>((shifted & sign) != 0 ? shifted ^ sign : ~(shifted | 0xF));
}

inline Id inline_boolean(bool value) {
  return Id::make(Tag::boolean, value ? 1 : 0);
}

}  // namespace dossier
