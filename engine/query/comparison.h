// Comparing ids by value without text, and reading values of ids.
//
// Purpose: the fast part of `=` and `<`: pairs of inline ids that the layout of the id alone decides; and the
// one way from an id to its Value. Invariants: `compare_inline` decides only what the value comparison would
// decide in the same way. Thread-safety: free functions; the views of a Value last until the next use of the
// context's terms.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/model/id_run.h"
#include "engine/model/inline.h"
#include "engine/model/value.h"
#include "engine/query/expression.h"

namespace dossier {

enum class InlineOrder : std::int8_t { less = -1, equal = 0, greater = 1, different = 2, unknown = 3 };
template <typename T>
constexpr InlineOrder order_between(T x, T y) {
  return x < y ? InlineOrder::less : y < x ? InlineOrder::greater : InlineOrder::equal;
}

constexpr bool is_inline_number(Id id) {
  return id.tag() == Tag::integer || id.tag() == Tag::decimal || id.tag() == Tag::double_;
}

// Whether both times have a zone or both have none; if not, their order may be in doubt (model/value.cpp).
constexpr bool same_zoning(Id a, Id b, int shift) {
  return ((a.payload() >> shift & 0x7FF) == 0) == ((b.payload() >> shift & 0x7FF) == 0);
}

// Ids that `compare_inline` puts above the inline id (below it, unless `above`) and that their bits alone
// tell; there may be more. Bits below the value, such as the zone, do not count.
inline IdRun inline_beyond(Id id, bool above) {
  int ignored = 0;
  std::uint64_t zone_mask = 0;
  switch (id.tag()) {
    case Tag::integer:
    case Tag::double_:
    case Tag::boolean:
      break;
    case Tag::string:
    case Tag::decimal:
      ignored = 4;
      break;
    case Tag::date:
      ignored = 11;
      zone_mask = 0x7FF;
      break;
    case Tag::date_time:
    case Tag::time:
      ignored = 13;
      zone_mask = 0x7FF << 2;
      break;
    default:
      return {};
  }
  const std::uint64_t first = id.bits >> ignored << ignored;
  const std::uint64_t last = first | ((std::uint64_t{1} << ignored) - 1);
  const std::uint64_t least = Id::make(id.tag(), 0).bits;
  const std::uint64_t most = Id::make(id.tag(), Id::kPayloadMask).bits;
  if (above ? last == most : first == least) return {};
  const std::uint64_t low = above ? last + 1 : least;
  const std::uint64_t high = above ? most : first - 1;
  return {low, high - low, zone_mask, id.bits & zone_mask};
}

// `different`: known to be unequal, but without an order. `unknown`: the values must be looked at.
inline InlineOrder compare_inline(Id a, Id b) {
  if (!a.is_inline() || !b.is_inline()) return InlineOrder::unknown;
  if (a.tag() == b.tag()) {
    std::uint64_t x = a.payload();
    std::uint64_t y = b.payload();
    switch (a.tag()) {
      case Tag::integer:
      case Tag::double_:
      case Tag::boolean:
        break;
      case Tag::string:
      case Tag::decimal:  // without the written form
        x >>= 4;
        y >>= 4;
        break;
      case Tag::date:
        if (!same_zoning(a, b, 0)) return InlineOrder::unknown;
        x >>= 11;
        y >>= 11;
        break;
      case Tag::gregorian:
        if (x >> 57 != y >> 57) return InlineOrder::different;  // the kind
        if (!same_zoning(a, b, 0)) return InlineOrder::unknown;
        x >>= 11;
        y >>= 11;
        break;
      default:  // dateTime and time: zone and digits
        if (!same_zoning(a, b, 2)) return InlineOrder::unknown;
        x >>= 13;
        y >>= 13;
        break;
    }
    return order_between(x, y);
  }
  if (!is_inline_number(a) || !is_inline_number(b)) return InlineOrder::different;
  if (a.tag() == Tag::double_ || b.tag() == Tag::double_) {
    const auto real = [](Id id) {
      if (id.tag() == Tag::double_) return double_of(id);
      if (id.tag() == Tag::integer) return static_cast<double>(integer_of(id));
      return Number::of_inline(id).to_double();
    };
    const double x = real(a);
    const double y = real(b);
    return order_between(x, y);
  }
  const auto units = [](Id id) {
    return id.tag() == Tag::integer ? static_cast<__int128>(integer_of(id)) * kInlineDecimalUnit
                                    : static_cast<__int128>(decimal_units_of(id));
  };
  const __int128 x = units(a);
  const __int128 y = units(b);
  return order_between(x, y);
}

// As those of expression.h, for terms within terms: `depth` bounds the nesting.
Truth equal_values(QueryContext& context, Id a, Id b, int depth);
Truth less_values(QueryContext& context, Id a, Id b, int depth);
// The order of compare_order, but terms with equal values are equal: what decides within a list or a map.
int compare_order_values(QueryContext& context, Id a, Id b, int depth);

// The value of a simple term; strings have their text. Precondition: bound, no triple term.
Value value_of(QueryContext& context, Id id);
// The id of a number in canonical form.
Id intern_number(QueryContext& context, const Number& number);
Id intern_literal(QueryContext& context, std::string_view lexical, std::string_view datatype);
Id intern_string(QueryContext& context, std::string_view lexical);
Id intern_temporal(QueryContext& context, const Temporal& value);
Id intern_duration(QueryContext& context, const Duration& value, DurationKind kind);

constexpr Id truth_id(Truth truth) {
  return truth == Truth::error ? kUnbound : Id::make(Tag::boolean, truth == Truth::yes ? 1 : 0);
}
constexpr Truth truth_of(bool value) {
  return value ? Truth::yes : Truth::no;
}

// +, -, *, / on two ids; kUnbound is an error.
enum class Arithmetic : std::uint8_t { add, subtract, multiply, divide };
Id arithmetic(QueryContext& context, Arithmetic operation, Id a, Id b);
Id negate(QueryContext& context, Id a);

}  // namespace dossier
