// The arithmetic operators of SPARQL on ids: numbers, and dates with durations.
#include "engine/query/comparison.h"

namespace dossier {
namespace {

Id on_numbers(QueryContext& context, Arithmetic operation, const Number& a, const Number& b) {
  switch (operation) {
    case Arithmetic::add:
      return intern_number(context, add(a, b));
    case Arithmetic::subtract:
      return intern_number(context, subtract(a, b));
    case Arithmetic::multiply:
      return intern_number(context, multiply(a, b));
    case Arithmetic::divide:
      if (const auto quotient = divide(a, b)) return intern_number(context, *quotient);
      return kUnbound;
  }
  return kUnbound;
}

bool add_durations(const Duration& a, const Duration& b, std::int64_t sign, Duration& out) {
  out.months = a.months + sign * b.months;
  out.seconds = a.seconds + sign * b.seconds;
  out.attos = a.attos + sign * b.attos;
  const auto carry = [&](std::int64_t by) {
    out.attos -= by * kAttosPerSecond;
    out.seconds += by;
  };
  if (out.attos >= kAttosPerSecond) carry(1);
  if (out.attos <= -kAttosPerSecond) carry(-1);
  if (out.seconds > 0 && out.attos < 0) carry(-1);
  if (out.seconds < 0 && out.attos > 0) carry(1);
  const bool positive = out.months > 0 || out.seconds > 0 || out.attos > 0;
  const bool negative = out.months < 0 || out.seconds < 0 || out.attos < 0;
  return !(positive && negative);
}

DurationKind common_kind(DurationKind a, DurationKind b) {
  return a == b ? a : DurationKind::duration;
}

// What a duration of months alone or seconds alone measures.
Number amount_of(const Duration& value, DurationKind kind) {
  if (kind == DurationKind::year_month) return Number::integer(value.months);
  return add(Number::decimal(value.seconds, 0), Number::decimal(value.attos, 18));
}

// The duration of this many months (rounded to whole ones) or seconds.
Id intern_amount(QueryContext& context, const Number& amount, DurationKind kind) {
  const auto whole_of = [](const Number& number, std::int64_t& out) {
    const auto whole = number.convert(NumericKind::integer);
    const auto small = whole ? whole->to_int64() : std::nullopt;
    if (small) out = *small;
    return small.has_value();
  };
  Duration result;
  if (kind == DurationKind::year_month) {
    if (!whole_of(amount.round(), result.months)) return kUnbound;
  } else {
    if (!whole_of(amount, result.seconds)) return kUnbound;
    const Number rest = subtract(amount, Number::integer(result.seconds));
    if (!whole_of(multiply(rest, Number::integer(kAttosPerSecond)), result.attos)) return kUnbound;
  }
  return intern_duration(context, result, kind);
}

// A duration times or by a number, or by a duration of its kind. xsd:duration itself, of months and seconds,
// has no multiples.
Id on_amounts(QueryContext& context, Arithmetic operation, const Value& a, const Value& b) {
  const bool divides = operation == Arithmetic::divide;
  if (a.kind == ValueKind::number && !divides) return on_amounts(context, operation, b, a);
  if (a.kind != ValueKind::duration || a.duration_kind == DurationKind::duration) return kUnbound;
  const Number amount = amount_of(a.duration, a.duration_kind);
  if (b.kind == ValueKind::duration && divides && b.duration_kind == a.duration_kind) {
    const auto ratio = divide(amount, amount_of(b.duration, b.duration_kind));
    return ratio ? intern_number(context, *ratio) : kUnbound;
  }
  if (b.kind != ValueKind::number) return kUnbound;
  const auto factor = b.number.convert(NumericKind::decimal);  // not NaN, not infinite
  const auto result = !factor ? std::nullopt : divides ? divide(amount, *factor) : multiply(amount, *factor);
  return result ? intern_amount(context, *result, a.duration_kind) : kUnbound;
}

Id on_times(QueryContext& context, Arithmetic operation, const Value& a, const Value& b) {
  if (operation == Arithmetic::multiply || operation == Arithmetic::divide)
    return on_amounts(context, operation, a, b);
  const bool negative = operation == Arithmetic::subtract;
  if (a.kind == ValueKind::temporal && b.kind == ValueKind::temporal) {
    if (!negative) return kUnbound;
    const auto span = difference(a.temporal, b.temporal);
    return span ? intern_duration(context, *span, DurationKind::day_time) : kUnbound;
  }
  const bool swapped = a.kind == ValueKind::duration && b.kind == ValueKind::temporal;
  if ((a.kind == ValueKind::temporal && b.kind == ValueKind::duration) || (swapped && !negative)) {
    const auto moved = swapped ? add(b.temporal, a.duration, false) : add(a.temporal, b.duration, negative);
    return moved ? intern_temporal(context, *moved) : kUnbound;
  }
  if (a.kind == ValueKind::duration && b.kind == ValueKind::duration) {
    Duration sum;
    if (!add_durations(a.duration, b.duration, negative ? -1 : 1, sum)) return kUnbound;
    return intern_duration(context, sum, common_kind(a.duration_kind, b.duration_kind));
  }
  return kUnbound;
}

}  // namespace

Id arithmetic(QueryContext& context, Arithmetic operation, Id a, Id b) {
  if (a.tag() == Tag::integer && b.tag() == Tag::integer && operation != Arithmetic::divide) {
    const std::int64_t x = integer_of(a);
    const std::int64_t y = integer_of(b);
    std::int64_t result = 0;
    bool overflow = false;
    if (operation == Arithmetic::add)
      result = x + y;
    else if (operation == Arithmetic::subtract)
      result = x - y;
    else
      overflow = __builtin_mul_overflow(x, y, &result);
    if (!overflow)
      if (const Id id = inline_integer(result); id.is_bound()) return id;
  }
  if (!a.is_bound() || !b.is_bound()) return kUnbound;
  if (is_inline_number(a) && is_inline_number(b))
    return on_numbers(context, operation, Number::of_inline(a), Number::of_inline(b));
  LocalTerms& terms = context.terms();
  if (terms.kind(a) != TermKind::literal || terms.kind(b) != TermKind::literal) return kUnbound;
  const Value left = value_of(context, a);  // numbers and times are used below, no text
  const Value right = value_of(context, b);
  if (left.kind == ValueKind::number && right.kind == ValueKind::number)
    return on_numbers(context, operation, left.number, right.number);
  return on_times(context, operation, left, right);
}

Id negate(QueryContext& context, Id a) {
  if (!a.is_bound() || context.terms().kind(a) != TermKind::literal) return kUnbound;
  const Value value = value_of(context, a);
  return value.kind == ValueKind::number ? intern_number(context, value.number.negated()) : kUnbound;
}

}  // namespace dossier
