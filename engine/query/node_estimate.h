// Guesses of sizes, for nodes of the algebra that the store has no counts of.
//
// Purpose: how many nodes a path leads to, and how many values a variable takes in the solutions of a node
// that is planned by itself. Thread-safety: one query's thread.
#pragma once

#include "engine/query/plan.h"

namespace dossier {

// Nobody knows how far a path goes that goes on and on; it is taken to reach the square root of the graph.
double unknown_reach(const Snapshot& snapshot);
// Nodes that a path leads to from one node, or to one from its object.
double path_reach(Planner& planner, const grammar::Path& path, bool from_object);
// Values of a variable among `rows` solutions of a node; 0: it is no variable of the node.
double distinct_in(Planner& planner, const Bindings& bindings, const Algebra& node, Variable variable,
                   double rows);

}  // namespace dossier
