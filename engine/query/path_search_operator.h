// Paths as values, as an operator.
//
// Purpose: extends each row of its input by the paths that a search finds between its ends: ends that are
// constants or that the input binds are where the search begins, free ones are what it gives. Rows with the
// same ends share one search. Invariants: a row for each path and row of the input; a variable of AS that has
// a value already (of the input, or from outside) keeps only the paths of this value. Paths are searched on
// demand. Only those values that somebody reads are made, and where nobody reads any of them and one path is
// asked for, the search only asks what can be reached. The pattern of VIA is evaluated once, when the first
// search begins. Thread-safety: one query's thread.
#pragma once

#include "engine/path/search.h"
#include "engine/path/via.h"
#include "engine/query/operator.h"

namespace dossier {

struct PathSearchSpec {
  const grammar::PathSearch* search = nullptr;
  Slot subject;
  Slot object;
  std::vector<Slot> outputs;     // the path, its length, its nodes
  std::vector<bool> composites;  // which of them need not be settled (query/path_values.h)
  // VIA: the solutions of its pattern, and what gives each visible variable, the ends of the step first.
  OperatorPtr via;
  std::vector<Slot> via_columns;
  std::vector<std::string> via_names;
};

// `columns`: the new variables to hand out. `input` binds its shared variables in every row.
OperatorPtr make_path_search(QueryContext& context, OperatorPtr input, PathSearchSpec spec,
                             PathAutomaton automaton, GraphScope scope, const Schema& columns);

}  // namespace dossier
