// The order of ORDER BY over all terms.
#include <algorithm>
#include <array>
#include <charconv>

#include "engine/query/comparison.h"
#include "engine/query/composite_values.h"

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

constexpr int kDurationRank = 20;
constexpr int kCompositeRank = 24;

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
      return kDurationRank;
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

// By the nearest double, then exact numbers (by their exact value) before inexact ones; NaN before all. This
// keeps the order transitive, which promotion pair by pair would not.
int order_numbers(const Number& a, const Number& b) {
  if (a.is_nan() || b.is_nan()) return static_cast<int>(b.is_nan()) - static_cast<int>(a.is_nan());
  const double x = a.to_double();
  const double y = b.to_double();
  if (x != y) return x < y ? -1 : 1;
  if (a.is_exact() != b.is_exact()) return a.is_exact() ? -1 : 1;
  return a.is_exact() ? compare(a, b).value_or(0) : 0;
}

// By value, for lists: 1, 1.0 and 1.0E0 are one place. The same order as above but for an inexact number: it
// stands at the shortest decimal that gives it, so that 0.1 and 0.1E0 are equal, as they are for `=`, and the
// order is still transitive.
int order_number_values(const Number& a, const Number& b) {
  if (a.is_nan() || b.is_nan()) return static_cast<int>(b.is_nan()) - static_cast<int>(a.is_nan());
  const double x = a.to_double();
  const double y = b.to_double();
  if (x != y) return x < y ? -1 : 1;
  if (a.is_exact() == b.is_exact()) return a.is_exact() ? compare(a, b).value_or(0) : 0;
  std::array<char, 400> text;  // the longest has 309 digits before the point, or 324 behind it
  const auto end = std::to_chars(text.data(), text.data() + text.size(), x, std::chars_format::fixed).ptr;
  const auto shortest =
      Number::parse({text.data(), static_cast<std::size_t>(end - text.data())}, NumericKind::decimal);
  if (!shortest) return a.is_exact() ? -1 : 1;  // an integer that is infinite as a double
  return sign(a.is_exact() ? compare(a, *shortest).value_or(0) : compare(*shortest, b).value_or(0));
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

// Equal values: by text, then by kind, datatype or language, so that the order is total.
int order_bytes(std::string_view a, std::string_view b) {
  const TermParts x = split_term(a);
  const TermParts y = split_term(b);
  if (const int order = sign(x.text.compare(y.text)); order != 0) return order;
  if (x.kind != y.kind) return x.kind < y.kind ? -1 : 1;
  return sign(x.extra.compare(y.extra));
}

// A distinct term of `order_ranks`: what its place depends on, read once.
struct OrderKey {
  Id id;
  int rank = 0;
  int literal = 0;
  std::string_view bytes;
  std::uint32_t value = 0;  // of a number, a time or a duration that is not inline
};

Value value_of_key(const OrderKey& key, const std::vector<Value>& values) {
  return key.id.is_inline() ? value_of_inline(key.id) : values[key.value];
}

bool has_value(int literal) {
  return literal <= kDurationRank;
}

int compare_keys(QueryContext& context, const OrderKey& a, const OrderKey& b,
                 const std::vector<Value>& values) {
  if (a.rank != b.rank) return a.rank < b.rank ? -1 : 1;
  if (a.rank == 1) return a.id < b.id ? -1 : a.id > b.id;
  if (a.rank == 2) return sign(a.bytes.compare(b.bytes));
  if (a.rank != 3) return compare_order(context, a.id, b.id);
  if (a.literal != b.literal) return a.literal < b.literal ? -1 : 1;
  if (has_value(a.literal)) {
    const InlineOrder order = compare_inline(a.id, b.id);
    if (order == InlineOrder::less) return -1;
    if (order == InlineOrder::greater) return 1;
    if (const int by_value = order_literals(value_of_key(a, values), value_of_key(b, values)); by_value != 0)
      return by_value;
  }
  if (a.literal == kCompositeRank)
    if (const int by_value = order_composites(context, a.id, b.id, 0); by_value != 0) return by_value;
  return order_bytes(a.bytes, b.bytes);
}

// Whether the order of these inline ids, which ascend, is that of ORDER BY: they are of one tag, and what stands behind
// the value, such as the zone, is the same in all or (the written digits of decimals, the length of strings) ordered as
// the text is.
bool ordered_by_bits(std::span<const Id> ids) {
  if (ids.empty() || ids.front().tag() != ids.back().tag()) return false;
  std::uint64_t same = 0;
  switch (ids.front().tag()) {
    case Tag::integer:
    case Tag::double_:
    case Tag::boolean:
    case Tag::decimal:
    case Tag::string:
      return true;
    case Tag::date:
      same = 0x7FF;
      break;
    case Tag::date_time:
    case Tag::time:
      same = 0x1FFF;
      break;
    default:
      return false;
  }
  return std::all_of(ids.begin(), ids.end(),
                     [&](Id id) { return (id.bits & same) == (ids.front().bits & same); });
}

}  // namespace

std::vector<std::uint32_t> order_ranks(QueryContext& context, std::span<const Id> ids) {
  LocalTerms& terms = context.terms();
  Reservation reservation(context.budget(), "sort");
  reservation.add(ids.size() * sizeof(Id));
  std::vector<Id> distinct(ids.begin(), ids.end());
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  std::vector<std::uint32_t> ranks(ids.size());
  const auto number = [&](Id id) {
    return static_cast<std::uint32_t>(std::lower_bound(distinct.begin(), distinct.end(), id) -
                                      distinct.begin());
  };
  if (ordered_by_bits(distinct)) {
    for (std::size_t i = 0; i < ids.size(); ++i) ranks[i] = number(ids[i]);
    return ranks;
  }
  reservation.add(distinct.size() * (sizeof(OrderKey) + 3 * sizeof(std::size_t)));

  std::string bytes;
  std::vector<std::size_t> ends;
  ends.reserve(distinct.size());
  for (std::size_t from = 0; from < distinct.size(); from += kBatchRows) {
    context.check();
    const std::size_t before = bytes.capacity();
    terms.decode(std::span<const Id>(distinct).subspan(from, std::min(kBatchRows, distinct.size() - from)),
                 bytes, ends);
    reservation.add(bytes.capacity() - before);
  }
  std::vector<OrderKey> keys(distinct.size());
  std::vector<Value> values;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    OrderKey& key = keys[i];
    const std::size_t from = i == 0 ? 0 : ends[i - 1];
    key.id = distinct[i];
    key.bytes = std::string_view(bytes).substr(from, ends[i] - from);
    key.rank = rank(terms, key.id);
    if (key.rank != 3) continue;
    if (cdt::kind_of(key.bytes)) {
      key.literal = kCompositeRank;
      continue;
    }
    const Value value = value_of_bytes(key.bytes);
    key.literal = literal_rank(value);
    if (!has_value(key.literal) || key.id.is_inline()) continue;
    key.value = static_cast<std::uint32_t>(values.size());
    reservation.add(sizeof(Value));
    values.push_back(value);
  }
  std::vector<std::uint32_t> order(keys.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::uint32_t>(i);
  std::uint64_t steps = 0;
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    if ((++steps & 0xFFFF) == 0) context.check();
    return compare_keys(context, keys[a], keys[b], values) < 0;
  });
  std::vector<std::uint32_t> place(keys.size());
  for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = static_cast<std::uint32_t>(i);
  for (std::size_t i = 0; i < ids.size(); ++i) ranks[i] = place[number(ids[i])];
  return ranks;
}

namespace {

// `by_value`: terms that differ and have equal values are equal.
int compare_terms(QueryContext& context, Id a, Id b, bool by_value, int depth) {
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
      if (const int order = compare_terms(context, p[i], q[i], by_value, depth + 1); order != 0) return order;
    return 0;
  }
  if (x == 1) return a < b ? -1 : 1;
  const std::string left_bytes(terms.bytes(a));
  const std::string_view right_bytes = terms.bytes(b);
  if (x == 2) return sign(left_bytes.compare(right_bytes));
  const bool left_composite = cdt::kind_of(left_bytes).has_value();
  const bool right_composite = cdt::kind_of(right_bytes).has_value();
  if (left_composite != right_composite) return left_composite ? 1 : -1;
  if (left_composite) {
    if (depth <= kMaxCompared)
      if (const int order = order_composites(context, a, b, depth); order != 0) return order;
    // Ill-formed ones have no value.
    if (by_value && composite_of(context, a) != nullptr && depth <= kMaxCompared) return 0;
    return order_bytes(left_bytes, terms.bytes(b));
  }
  const Value left = value_of_bytes(left_bytes);
  const Value right = value_of_bytes(right_bytes);
  if (by_value && left.kind == ValueKind::number && right.kind == ValueKind::number)
    return order_number_values(left.number, right.number);
  if (const int order = order_literals(left, right); order != 0) return order;
  if (by_value && has_value(literal_rank(left))) return 0;
  return order_bytes(left_bytes, right_bytes);
}

}  // namespace

int compare_order(QueryContext& context, Id a, Id b) {
  return compare_terms(context, a, b, false, 0);
}

int compare_order_values(QueryContext& context, Id a, Id b, int depth) {
  return compare_terms(context, a, b, true, depth);
}

}  // namespace dossier
