// Which variables may hold composites: paths as lists of ids, without a text.
//
// Purpose: the id of a composite tells it from other composites alone (query/local_terms.h). A variable may
// hold composites when nothing but one path search gives it a value, so that its ids are only ever compared
// with each other: in joins, DISTINCT, GROUP BY. So may the element that UNFOLD gives of such a list, when
// nothing else gives that variable a value. What leaves for another variable is settled by the operator that
// hands it over. Variables that an EXISTS mentions (it knows them as constants), that the pattern of a VIA
// shows, or that an aggregate computes with, hold settled terms. Thread-safety: a free function.
#pragma once

#include "engine/query/algebra.h"

namespace dossier {

VariableSet unsettled_variables(const Algebra& root);

}  // namespace dossier
