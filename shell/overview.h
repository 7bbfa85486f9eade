// `.overview`: a graph that somebody else made, in a screen.
//
// Purpose: classes, predicates with what they typically lead from and to, the time it speaks of, languages, graphs, sources.
// Invariants: counts of predicates and graphs are those of the statistics; what would take a scan is taken from a sample or cut
// off by time, and marked "about". Thread-safety: main thread only.
#pragma once

#include "shell/explorer.h"

namespace dossier::shell {

void overview(Explorer& explorer);

}  // namespace dossier::shell
