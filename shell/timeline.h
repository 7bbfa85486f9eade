// `.timeline`: the dated statements about a thing, in their order.
//
// Purpose: dates stand on claims about statements, on things that the statements lead to (an event with a date), and as dates
// of the thing itself; all of them become lines of one list. Invariants: dates without a year come at the end, but where the
// same statement has a date with one. Thread-safety: main thread only.
#pragma once

#include <string_view>

#include "shell/explorer.h"

namespace dossier::shell {

// `from` and `to`: empty, or as much of a date as matters, `2014` or `2014-05`; both inclusive.
void timeline(Explorer& explorer, const Term& term, std::string_view from, std::string_view to);

}  // namespace dossier::shell
