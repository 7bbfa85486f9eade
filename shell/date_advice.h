// Dates that are compared as something else.
//
// Purpose: finds the two mistakes that people make with dates in a condition: `?day > 2014-06-01`, which
// subtracts, and `?day > "2014-06-01"`, which compares with a text. Both are legal and leave no row.
// Thread-safety: a free function.
#pragma once

#include <string>

#include "grammar/ast.h"

namespace dossier::shell {

// Empty: there is none.
std::string date_advice(const grammar::Query& query);

}  // namespace dossier::shell
