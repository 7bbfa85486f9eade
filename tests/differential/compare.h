// Two answers to one query: the same as far as the specification fixes them?
//
// Purpose: multisets of solutions; the order of ORDER BY where it is defined; a slice as any cut that the
// order allows; REDUCED; graphs up to blank nodes; DESCRIBE as "nothing that is not there, and what has the
// resource as its subject". `loose` compares computed numbers by value, for peers that write them otherwise.
// Thread-safety: free functions.
#pragma once

#include <string>

#include "tests/differential/naive.h"

namespace dossier::differential {

// What differs, in words; empty when nothing does. `expected` is the naive evaluator's.
std::string difference(const Answer& expected, const Answer& given, bool loose);

std::string to_text(const Answer& answer);
// Of rows `from` to `to` of the sequence.
bool is_sliced(const Answer& answer);

}  // namespace dossier::differential
