// What a filter costs and leaves, when nothing but its form is known.
//
// Purpose: guesses for the order of joins; where a plan is dear they are replaced by what a sample says
// (join_sample.h). Thread-safety: free functions.
#pragma once

#include "grammar/ast.h"

namespace dossier {

double guessed_selectivity(const grammar::Expression& condition);
// Comparisons of variables and constants with one another, and what is made of them: no text is made for
// these.
bool decided_by_ids(const grammar::Expression& expression);

}  // namespace dossier
