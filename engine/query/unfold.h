// UNFOLD: a row for each element of a list, or each entry of a map.
//
// Purpose: the operator of the SPARQL-CDTs draft. Of a list: the element (unbound for null) and its position
// from 1; of a map: the key and the value. Anything else leaves the row as it is, the variables unbound.
// Invariants: an element becomes an id when its row is made, so LIMIT stops the work. Thread-safety: one
// query's thread.
#pragma once

#include "engine/query/row_operators.h"

namespace dossier {

// `outputs` are one or two new columns. `composites`: the elements need not be settled (query/path_values.h).
OperatorPtr make_unfold(QueryContext& context, OperatorPtr input, Schema outputs,
                        CompiledExpression expression, bool composites);

}  // namespace dossier
