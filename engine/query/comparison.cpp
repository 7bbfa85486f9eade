#include "engine/query/comparison.h"

#include "engine/query/composite_values.h"

namespace dossier {
namespace {

constexpr int kMaxDepth = 1000;  // of terms within terms

}  // namespace

Value value_of(QueryContext& context, Id id) {
  if (id.is_inline() && id.tag() != Tag::string) return value_of_inline(id);
  return value_of_bytes(context.terms().bytes(id));
}

Id intern_literal(QueryContext& context, std::string_view lexical, std::string_view datatype) {
  std::string bytes;
  append_literal_bytes(bytes, lexical, datatype);
  return context.terms().intern(bytes);
}

Id intern_string(QueryContext& context, std::string_view lexical) {
  return intern_literal(context, lexical, iri::kXsdString);
}

Id intern_number(QueryContext& context, const Number& number) {
  if (const Id id = number.inline_id(); id.is_bound()) return id;
  std::string text;
  number.append(text);
  return intern_literal(context, text, number.datatype());
}

Id intern_temporal(QueryContext& context, const Temporal& value) {
  std::string text;
  append_temporal(text, value);
  return intern_literal(context, text, temporal_datatype(value.kind));
}

Id intern_duration(QueryContext& context, const Duration& value, DurationKind kind) {
  std::string text;
  append_duration(text, value, kind);
  return intern_literal(context, text, duration_datatype(kind));
}

Truth effective_boolean_of_term(QueryContext& context, Id value) {
  switch (value.tag()) {
    case Tag::string:
      return truth_of((value.payload() & 0xF) != 0);
    case Tag::integer:
      return truth_of(integer_of(value) != 0);
    case Tag::decimal:
      return truth_of(decimal_units_of(value) != 0);
    case Tag::double_:
      return truth_of(double_of(value) != 0);
    case Tag::literal:
    case Tag::local:
      break;
    default:
      return Truth::error;
  }
  if (context.terms().kind(value) != TermKind::literal) return Truth::error;
  const Value literal = value_of(context, value);
  switch (literal.kind) {
    case ValueKind::string:
      return truth_of(!literal.text.empty());
    case ValueKind::boolean:
      return truth_of(literal.boolean);
    case ValueKind::number:
      return truth_of(!literal.number.is_zero() && !literal.number.is_nan());
    default:
      return Truth::error;
  }
}

Truth equal_values(QueryContext& context, Id a, Id b, int depth) {
  if (!a.is_bound() || !b.is_bound()) return Truth::error;
  switch (compare_inline(a, b)) {
    case InlineOrder::equal:
      return Truth::yes;
    case InlineOrder::less:
    case InlineOrder::greater:
    case InlineOrder::different:
      return Truth::no;
    case InlineOrder::unknown:
      break;
  }
  LocalTerms& terms = context.terms();
  const TermKind x = terms.kind(a);
  const TermKind y = terms.kind(b);
  if (x != y) return Truth::no;
  if (x == TermKind::iri || x == TermKind::blank) return truth_of(a == b);
  if (x == TermKind::triple) {
    if (a == b) return Truth::yes;
    if (depth >= kMaxDepth) return Truth::error;
    const std::array<Id, 3> p = terms.triple(a);
    const std::array<Id, 3> q = terms.triple(b);
    Truth result = Truth::yes;
    for (std::size_t i = 0; i < 3; ++i) {
      // Equal terms are the same value here, NaN included.
      const Truth part = p[i] == q[i] ? Truth::yes : equal_values(context, p[i], q[i], depth + 1);
      if (part == Truth::error) return part;
      if (part == Truth::no) result = Truth::no;
    }
    return result;
  }
  if (is_composite(context, a) && is_composite(context, b))
    return equal_composites(context, a, b, depth);
  const std::string text(terms.bytes(a));
  const Value left = value_of_bytes(text);
  if (a == b) return truth_of(!(left.kind == ValueKind::number && left.number.is_nan()));
  const Value right = value_of(context, b);
  const auto result = equal(left, right);
  return result ? truth_of(*result) : Truth::error;
}

Truth equal_values(QueryContext& context, Id a, Id b) {
  return equal_values(context, a, b, 0);
}

Truth less_values(QueryContext& context, Id a, Id b) {
  return less_values(context, a, b, 0);
}

Truth less_values(QueryContext& context, Id a, Id b, int depth) {
  if (!a.is_bound() || !b.is_bound()) return Truth::error;
  switch (compare_inline(a, b)) {
    case InlineOrder::less:
      return Truth::yes;
    case InlineOrder::equal:
    case InlineOrder::greater:
      return Truth::no;
    case InlineOrder::different:
      return Truth::error;
    case InlineOrder::unknown:
      break;
  }
  LocalTerms& terms = context.terms();
  if (terms.kind(a) != TermKind::literal || terms.kind(b) != TermKind::literal) return Truth::error;
  if (is_composite(context, a) && is_composite(context, b))
    return less_composites(context, a, b, depth);
  const std::string text(terms.bytes(a));
  const Value left = value_of_bytes(text);
  const Value right = value_of(context, b);
  const auto order = compare(left, right);
  if (order) return truth_of(*order < 0);
  // NaN is a number that is less than none.
  return left.kind == ValueKind::number && right.kind == ValueKind::number ? Truth::no : Truth::error;
}

}  // namespace dossier
