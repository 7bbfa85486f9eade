// The log of commits as the public API shows it. Thread-safety: free functions.
#pragma once

#include "engine/dossier.h"
#include "engine/store/format.h"

namespace dossier {

Commit commit_of(const Totals& totals);

}  // namespace dossier
