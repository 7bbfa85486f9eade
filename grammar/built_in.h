// The built-in functions and aggregates by name.
//
// Purpose: one table for the scanner, the arity check and the did-you-mean of the error report.
// Thread-safety: constant data.
// Source: SPARQL 1.2 Query Language rules 131 to 135.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace dossier::grammar {

struct BuiltIn {
  enum class Kind : std::uint8_t { call, bound, aggregate, count, group_concat, fold };
  std::string_view name;  // in upper case
  Kind kind;
  std::uint8_t min;  // arguments
  std::uint8_t max;
};
inline constexpr std::uint8_t kManyArguments = 255;

// The entry of a name in upper case; null when there is none.
const BuiltIn* find_built_in(std::string_view name);

std::span<const BuiltIn> all_built_ins();

}  // namespace dossier::grammar
