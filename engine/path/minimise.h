// Fewer states for the same words.
//
// Purpose: a search walks pairs of nodes and states, so each state less is a graph less to walk. Drops what
// no path can use (predicates that the store lacks, states that no word comes through) and merges states from
// which the same transitions lead to the same merged states (bisimilar ones): `(a|b)*` has one state, and
// `(a|b){1,50}` fifty-one. Invariants: the same words are accepted; state 0 stays the start, which may be
// entered from then on. The time grows with the transitions and the logarithm of the states. Thread-safety: a
// free function. Source: R. Paige and R. E. Tarjan, Three partition refinement algorithms (1987): of what a
// class falls into, the largest part keeps its name.
#pragma once

#include "engine/path/automaton.h"

namespace dossier {

void minimise(PathAutomaton& automaton);

}  // namespace dossier
