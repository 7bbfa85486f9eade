// The repair of a damaged store.
//
// Purpose: a new store is built beside the old one from what can be read of it, and put in its place in one
// step; the old one keeps its files under another name. The source of the quads is the permutation that most
// of the others agree with (SPO where they are equal), that of the triple terms likewise; hashes, all
// permutations and statistics are made anew. What is lost in the dictionary stays lost: quads with such terms
// are left out and named. Invariants: killed at any moment, the store is the old one or the new one; the old
// one is only read. Memory: the budget, and a byte a term. Thread-safety: free function; it holds the store's
// lock for writing.
#pragma once

#include <string>

#include "engine/dossier.h"

namespace dossier {

RepairReport repair_store(const std::string& path, const RepairOptions& options);

}  // namespace dossier
