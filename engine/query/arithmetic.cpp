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

Id on_times(QueryContext& context, Arithmetic operation, const Value& a, const Value& b) {
  if (operation == Arithmetic::multiply || operation == Arithmetic::divide) return kUnbound;
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
