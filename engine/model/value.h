// The values that literals stand for, and how SPARQL compares them.
//
// Purpose: term bytes to a value; equality and order of values, with "does not compare" as a result of its
// own; durations. Invariants: `text` and `extra` of a Value view the bytes it was read from. A literal of a
// known datatype whose text is not of its lexical space is ill_typed; a datatype that is not known makes it
// `unknown`. Thread-safety: values and free functions. Source: SPARQL 1.2 section 17.3, XPath Functions and
// Operators 3.1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/model/date_time.h"
#include "engine/model/numeric.h"
#include "engine/model/term.h"

namespace dossier {

// Months, and seconds with attoseconds of the same sign.
struct Duration {
  std::int64_t months = 0;
  std::int64_t seconds = 0;
  std::int64_t attos = 0;
  friend bool operator==(const Duration&, const Duration&) = default;
};
enum class DurationKind : std::uint8_t { duration, year_month, day_time };
std::optional<DurationKind> duration_kind(std::string_view datatype);
bool parse_duration(std::string_view text, DurationKind kind, Duration& out);
void append_duration(std::string& out, const Duration& value, DurationKind kind);
std::string_view duration_datatype(DurationKind kind);

enum class ValueKind : std::uint8_t {
  iri,
  blank,
  string,
  language,
  boolean,
  number,
  temporal,
  duration,
  ill_typed,
  unknown,
};

struct Value {
  ValueKind kind = ValueKind::unknown;
  bool boolean = false;
  DurationKind duration_kind = DurationKind::duration;
  std::string_view text;
  std::string_view extra;  // datatype, or language and direction
  Number number;
  Temporal temporal;
  Duration duration;
};

// The numeric kind of a datatype; the types derived from xsd:integer count as integer.
std::optional<NumericKind> numeric_kind(std::string_view datatype);
// A number of a datatype, inside the range of a derived type; nothing when the text is not of its lexical
// space.
std::optional<Number> parse_number(std::string_view text, std::string_view datatype);
bool in_range(const Number& integer, std::string_view datatype);
bool parse_boolean(std::string_view text, bool& out);

// Simple terms only.
Value value_of_bytes(std::string_view bytes);
// Any inline id; strings have neither text nor extra.
Value value_of_inline(Id id);

// `=`: nothing is an error.
std::optional<bool> equal(const Value& a, const Value& b);
// `<` and the like: negative, zero, positive; nothing where they do not compare (NaN compares with nothing).
std::optional<int> compare(const Value& a, const Value& b);

// Temporal and duration arithmetic; nothing where it is not defined or out of range.
std::optional<Temporal> add(const Temporal& a, const Duration& b, bool negative);
std::optional<Duration> difference(const Temporal& a, const Temporal& b);

}  // namespace dossier
