// The values of literals for the naive evaluator: numbers, booleans, dates; `=`, `<` and ORDER BY on terms.
//
// Purpose: SPARQL 1.2 section 17.3 and 15.1 read as they are written, without the engine's model: exact
// numbers are 128-bit integers with a scale, which the small numbers of the generator never leave. Where the
// specification leaves the answer open, Unspecified is thrown and the query is not compared. Thread-safety:
// free functions.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>

#include "tests/differential/term.h"

namespace dossier::differential {

// The specification does not fix the answer (or it is too large to compute by nested loops).
class Unspecified : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Numeric {
  enum class Type { integer, decimal, single, real };
  Type type = Type::integer;
  __int128 coefficient = 0;  // integer and decimal: coefficient / 10^scale, scale as small as it can be
  int scale = 0;
  double value = 0;  // single and real
};

enum class LiteralKind { string, tagged, boolean, number, date_time, date, ill_typed, unknown };
LiteralKind literal_kind(const NodePtr& literal);
std::optional<Numeric> numeric(const NodePtr& node);
std::optional<bool> boolean_value(const NodePtr& node);
bool is_nan(const NodePtr& node);

NodePtr node_of(const Numeric& number);  // canonical form
enum class Operation { add, subtract, multiply, divide };
// Null: division of exact numbers by zero.
std::optional<Numeric> arithmetic(Operation operation, const Numeric& a, const Numeric& b);
Numeric negated(const Numeric& number);
enum class Rounding { ceil, floor, round };
Numeric rounded(const Numeric& number, Rounding how);
std::optional<Numeric> parse_numeric(std::string_view text, Numeric::Type type);
double as_double(const Numeric& number);
Numeric integer_number(std::int64_t value);

struct Moment {
  bool has_time = false;
  std::int64_t year = 0;
  int month = 1, day = 1, hour = 0, minute = 0, milliseconds = 0;
  std::optional<int> zone;  // minutes
  std::string zone_text;
};
std::optional<Moment> moment(const NodePtr& node);

// Three-valued: null is an error.
using Verdict = std::optional<bool>;
Verdict effective_boolean(const NodePtr& term);
Verdict equal(const NodePtr& a, const NodePtr& b);
// Negative, zero, positive; `kIncomparable` numbers (NaN) compare as false; null is an error.
struct Ordering {
  bool comparable = true;  // false: NaN is among them
  int sign = 0;
};
std::optional<Ordering> compare(const NodePtr& a, const NodePtr& b);
// The order of ORDER BY as far as the specification fixes it: negative, zero (the same term), positive, or
// nothing.
std::optional<int> order(const NodePtr& a, const NodePtr& b);

}  // namespace dossier::differential
