// The order of ORDER BY over all terms.
#include "engine/query/comparison.h"

namespace dossier {
namespace {

// unbound, blank nodes, IRIs, literals, triple terms
int rank(LocalTerms& terms, Id id) {
  if (!id.is_bound()) return 0;
  switch (terms.kind(id)) {
    case TermKind::blank:
      return 1;
    case TermKind::iri:
      return 2;
    case TermKind::literal:
      return 3;
    case TermKind::triple:
      return 4;
  }
  return 0;
}

// Groups of literals within which values compare, so that the order stays total and transitive across kinds.
int literal_rank(const Value& value) {
  switch (value.kind) {
    case ValueKind::boolean:
      return 0;
    case ValueKind::number:
      return 1;
    case ValueKind::temporal:
      return 2 + static_cast<int>(value.temporal.kind);
    case ValueKind::duration:
      return 20;
    case ValueKind::string:
      return 21;
    case ValueKind::language:
      return 22;
    default:
      return 23;
  }
}

int sign(int order) {
  return (order > 0) - (order < 0);
}

// Numbers as exact values where both are exact, else as doubles; NaN before all others. Exact numbers compare
// through doubles with inexact ones, as `<` does; ties fall to the caller.
int order_numbers(const Number& a, const Number& b) {
  if (a.is_nan() || b.is_nan()) return static_cast<int>(b.is_nan()) - static_cast<int>(a.is_nan());
  return compare(a, b).value_or(0);
}

int order_literals(const Value& a, const Value& b) {
  const int x = literal_rank(a);
  const int y = literal_rank(b);
  if (x != y) return x < y ? -1 : 1;
  if (a.kind == ValueKind::number) return order_numbers(a.number, b.number);
  if (a.kind == ValueKind::duration) {
    // A total order that agrees with `<` wherever that is defined: a month counts as 30.4375 days.
    constexpr std::int64_t kSecondsPerMonth = 2629800;
    const __int128 p = static_cast<__int128>(a.duration.months) * kSecondsPerMonth + a.duration.seconds;
    const __int128 q = static_cast<__int128>(b.duration.months) * kSecondsPerMonth + b.duration.seconds;
    if (p != q) return p < q ? -1 : 1;
    return (a.duration.attos > b.duration.attos) - (a.duration.attos < b.duration.attos);
  }
  if (a.kind == ValueKind::temporal) {
    // Without a zone as UTC, so that the order is total.
    const auto order = instant_of(a.temporal) <=> instant_of(b.temporal);
    return (order > 0) - (order < 0);
  }
  if (const auto order = compare(a, b)) return *order;
  return 0;
}

// Equal values: by text, then by datatype or language, so that the order is total.
int order_text(const Value& a, const Value& b) {
  if (const int order = sign(a.text.compare(b.text)); order != 0) return order;
  if (a.kind != b.kind) return a.kind < b.kind ? -1 : 1;
  return sign(a.extra.compare(b.extra));
}

}  // namespace

int compare_order(QueryContext& context, Id a, Id b) {
  if (a == b) return 0;
  switch (compare_inline(a, b)) {
    case InlineOrder::less:
      return -1;
    case InlineOrder::greater:
      return 1;
    default:
      break;
  }
  LocalTerms& terms = context.terms();
  const int x = rank(terms, a);
  const int y = rank(terms, b);
  if (x != y) return x < y ? -1 : 1;
  if (x == 4) {
    const std::array<Id, 3> p = terms.triple(a);
    const std::array<Id, 3> q = terms.triple(b);
    for (std::size_t i = 0; i < 3; ++i)
      if (const int order = compare_order(context, p[i], q[i]); order != 0) return order;
    return 0;
  }
  if (x == 1) return a < b ? -1 : 1;
  const std::string left_bytes(terms.bytes(a));
  const std::string_view right_bytes = terms.bytes(b);
  if (x == 2) return sign(left_bytes.compare(right_bytes));
  const Value left = value_of_bytes(left_bytes);
  const Value right = value_of_bytes(right_bytes);
  if (const int order = order_literals(left, right); order != 0) return order;
  return order_text(left, right);
}

}  // namespace dossier
