// Property paths as operators.
//
// Purpose: PathJoin extends each row of its input by the ends that the path reaches; ends that are constants
// or that the input binds are looked up, so a search starts from what is known. With nothing known it sets
// out from every node from which the path may start, or at which it may end, whichever are fewer. PathCount
// counts the pairs that a path connects. Invariants: each pair of nodes once for a row of the input (SPARQL
// 18.4). Thread-safety: one query's thread.
#pragma once

#include "engine/path/reach.h"
#include "engine/query/operator.h"

namespace dossier {

// `columns`: the new variables to hand out. `input` binds its shared variables in every row.
OperatorPtr make_path_join(QueryContext& context, OperatorPtr input, const Slot& subject, const Slot& object,
                           PathAutomaton automaton, GraphScope scope, const Schema& columns);
// One row: how many pairs of start and end there are.
OperatorPtr make_path_count(QueryContext& context, Variable output, PathAutomaton automaton,
                            GraphScope scope);

}  // namespace dossier
