// Are two collections of rows of terms the same but for the labels of their blank nodes? For tests.
//
// Purpose: graphs and datasets (sets of quads), solutions (multisets of rows, or sequences: put the place
// into a column). Blank nodes get colours by the rows they stand in, refined until they settle; where several
// share a colour, one of them is fixed and tried against each of its likes, and a mapping that results is
// checked term by term, so a hash that collides cannot make a wrong answer right. Blank nodes inside triple
// terms count like any other. Bounded: std::runtime_error when the rows are too symmetrical to decide.
// Language tags compare without regard to case. Thread-safety: free functions.
#pragma once

#include <optional>
#include <vector>

#include "engine/dossier.h"

namespace dossier::test {

using TermRow = std::vector<std::optional<Term>>;

bool same_rows(const std::vector<TermRow>& a, const std::vector<TermRow>& b);
// As sets.
bool isomorphic(const std::vector<Quad>& a, const std::vector<Quad>& b);

}  // namespace dossier::test
