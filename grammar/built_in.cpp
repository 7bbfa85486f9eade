#include "grammar/built_in.h"

#include <algorithm>
#include <array>

namespace dossier::grammar {
namespace {

using Kind = BuiltIn::Kind;

// Sorted by name.
constexpr std::array kBuiltIns{
    BuiltIn{"ABS", Kind::call, 1, 1},
    BuiltIn{"AVG", Kind::aggregate, 1, 1},
    BuiltIn{"BNODE", Kind::call, 0, 1},
    BuiltIn{"BOUND", Kind::bound, 1, 1},
    BuiltIn{"CEIL", Kind::call, 1, 1},
    BuiltIn{"COALESCE", Kind::call, 0, kManyArguments},
    BuiltIn{"CONCAT", Kind::call, 0, kManyArguments},
    BuiltIn{"CONTAINS", Kind::call, 2, 2},
    BuiltIn{"COUNT", Kind::count, 1, 1},
    BuiltIn{"DATATYPE", Kind::call, 1, 1},
    BuiltIn{"DAY", Kind::call, 1, 1},
    BuiltIn{"ENCODE_FOR_URI", Kind::call, 1, 1},
    BuiltIn{"FLOOR", Kind::call, 1, 1},
    BuiltIn{"FOLD", Kind::fold, 1, 2},
    BuiltIn{"GROUP_CONCAT", Kind::group_concat, 1, 1},
    BuiltIn{"HASLANG", Kind::call, 1, 1},
    BuiltIn{"HASLANGDIR", Kind::call, 1, 1},
    BuiltIn{"HOURS", Kind::call, 1, 1},
    BuiltIn{"IF", Kind::call, 3, 3},
    BuiltIn{"IRI", Kind::call, 1, 1},
    BuiltIn{"ISBLANK", Kind::call, 1, 1},
    BuiltIn{"ISIRI", Kind::call, 1, 1},
    BuiltIn{"ISLITERAL", Kind::call, 1, 1},
    BuiltIn{"ISNUMERIC", Kind::call, 1, 1},
    BuiltIn{"ISTRIPLE", Kind::call, 1, 1},
    BuiltIn{"ISURI", Kind::call, 1, 1},
    BuiltIn{"LANG", Kind::call, 1, 1},
    BuiltIn{"LANGDIR", Kind::call, 1, 1},
    BuiltIn{"LANGMATCHES", Kind::call, 2, 2},
    BuiltIn{"LCASE", Kind::call, 1, 1},
    BuiltIn{"MAX", Kind::aggregate, 1, 1},
    BuiltIn{"MD5", Kind::call, 1, 1},
    BuiltIn{"MIN", Kind::aggregate, 1, 1},
    BuiltIn{"MINUTES", Kind::call, 1, 1},
    BuiltIn{"MONTH", Kind::call, 1, 1},
    BuiltIn{"NOW", Kind::call, 0, 0},
    BuiltIn{"OBJECT", Kind::call, 1, 1},
    BuiltIn{"PREDICATE", Kind::call, 1, 1},
    BuiltIn{"RAND", Kind::call, 0, 0},
    BuiltIn{"REGEX", Kind::call, 2, 3},
    BuiltIn{"REPLACE", Kind::call, 3, 4},
    BuiltIn{"ROUND", Kind::call, 1, 1},
    BuiltIn{"SAMETERM", Kind::call, 2, 2},
    BuiltIn{"SAMPLE", Kind::aggregate, 1, 1},
    BuiltIn{"SECONDS", Kind::call, 1, 1},
    BuiltIn{"SHA1", Kind::call, 1, 1},
    BuiltIn{"SHA256", Kind::call, 1, 1},
    BuiltIn{"SHA384", Kind::call, 1, 1},
    BuiltIn{"SHA512", Kind::call, 1, 1},
    BuiltIn{"STR", Kind::call, 1, 1},
    BuiltIn{"STRAFTER", Kind::call, 2, 2},
    BuiltIn{"STRBEFORE", Kind::call, 2, 2},
    BuiltIn{"STRDT", Kind::call, 2, 2},
    BuiltIn{"STRENDS", Kind::call, 2, 2},
    BuiltIn{"STRLANG", Kind::call, 2, 2},
    BuiltIn{"STRLANGDIR", Kind::call, 3, 3},
    BuiltIn{"STRLEN", Kind::call, 1, 1},
    BuiltIn{"STRSTARTS", Kind::call, 2, 2},
    BuiltIn{"STRUUID", Kind::call, 0, 0},
    BuiltIn{"SUBJECT", Kind::call, 1, 1},
    BuiltIn{"SUBSTR", Kind::call, 2, 3},
    BuiltIn{"SUM", Kind::aggregate, 1, 1},
    BuiltIn{"TIMEZONE", Kind::call, 1, 1},
    BuiltIn{"TRIPLE", Kind::call, 3, 3},
    BuiltIn{"TZ", Kind::call, 1, 1},
    BuiltIn{"UCASE", Kind::call, 1, 1},
    BuiltIn{"URI", Kind::call, 1, 1},
    BuiltIn{"UUID", Kind::call, 0, 0},
    BuiltIn{"YEAR", Kind::call, 1, 1},
};

static_assert(std::is_sorted(kBuiltIns.begin(), kBuiltIns.end(),
                             [](const BuiltIn& a, const BuiltIn& b) { return a.name < b.name; }));

}  // namespace

const BuiltIn* find_built_in(std::string_view name) {
  const auto* found =
      std::lower_bound(kBuiltIns.begin(), kBuiltIns.end(), name,
                       [](const BuiltIn& entry, std::string_view key) { return entry.name < key; });
  return found != kBuiltIns.end() && found->name == name ? found : nullptr;
}

std::span<const BuiltIn> all_built_ins() {
  return kBuiltIns;
}

}  // namespace dossier::grammar
