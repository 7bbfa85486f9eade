// FOLD: the lists and maps that a group gives.
//
// Purpose: the aggregate of the SPARQL-CDTs draft, with DISTINCT and with an ORDER BY of its own. One
// argument gives a list (an error is null), two give a map (the last value of a key stands; a key that is an
// error or no IRI and no literal is left out). Invariants: the rows of all groups are kept, counted against
// the budget, and sorted once, when the first result is asked for. Thread-safety: one query's thread.
#pragma once

#include <memory>

#include "engine/query/expression.h"

namespace dossier {

std::unique_ptr<Aggregate> make_fold(const grammar::Expression& aggregate, QueryContext& context);

}  // namespace dossier
