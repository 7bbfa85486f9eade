#include "engine/query/selectivity.h"

#include <algorithm>

namespace dossier {
namespace {

constexpr double kEqual = 0.1;
constexpr double kUnequal = 0.9;
constexpr double kCompared = 0.4;
constexpr double kText = 0.2;  // CONTAINS, REGEX and the like
constexpr double kLikely = 0.9;
constexpr double kUnknown = 0.5;

}  // namespace

double guessed_selectivity(const grammar::Expression& condition) {
  using E = grammar::Expression::Kind;
  const auto& arguments = condition.arguments;
  switch (condition.kind) {
    case E::logical_and:
      return guessed_selectivity(arguments[0]) * guessed_selectivity(arguments[1]);
    case E::logical_or: {
      const double a = guessed_selectivity(arguments[0]);
      const double b = guessed_selectivity(arguments[1]);
      return a + b - a * b;
    }
    case E::logical_not:
      return 1 - guessed_selectivity(arguments[0]);
    case E::equal:
      return kEqual;
    case E::not_equal:
      return kUnequal;
    case E::less:
    case E::less_equal:
    case E::greater:
    case E::greater_equal:
      return kCompared;
    case E::in:
      return std::min(kLikely, kEqual * static_cast<double>(arguments.size() - 1));
    case E::not_in:
      return 1 - std::min(kLikely, kEqual * static_cast<double>(arguments.size() - 1));
    case E::call:
      if (condition.name == "SAMETERM") return kEqual;
      if (condition.name == "CONTAINS" || condition.name == "REGEX" || condition.name == "STRSTARTS" ||
          condition.name == "STRENDS" || condition.name == "LANGMATCHES")
        return kText;
      if (condition.name == "BOUND" || condition.name.starts_with("IS")) return kLikely;
      return kUnknown;
    default:
      return kUnknown;
  }
}

bool decided_by_ids(const grammar::Expression& expression) {
  using E = grammar::Expression::Kind;
  switch (expression.kind) {
    case E::term:
      return true;
    case E::less:
    case E::less_equal:
    case E::greater:
    case E::greater_equal:
    case E::equal:
    case E::not_equal:
    case E::logical_and:
    case E::logical_or:
    case E::logical_not:
      return std::all_of(expression.arguments.begin(), expression.arguments.end(), decided_by_ids);
    default:
      return false;
  }
}

}  // namespace dossier
