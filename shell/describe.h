// `.describe`: what goes out of a thing and comes in.
//
// Purpose: statements about a thing grouped by predicate, with names, dates and sources; claims that nobody asserts among
// them, marked. Thread-safety: main thread only.
#pragma once

#include "shell/explorer.h"

namespace dossier::shell {

// With a predicate: all statements with it, else the first few of each.
void describe(Explorer& explorer, const Term& term, const std::optional<Term>& predicate);

}  // namespace dossier::shell
