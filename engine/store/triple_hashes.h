// The hashes of stored triple terms, computed in batches.
//
// Purpose: a triple term's hash is made of those of its components (model/term.h); one by one that costs
// three look-ups in the dictionary each. Here the components of many are decoded together. For the
// cross-check and the repair, which need the hashes of all. Thread-safety: free function.
#pragma once

#include <functional>
#include <memory>

#include "engine/model/term.h"
#include "engine/store/pending.h"
#include "engine/store/version.h"

namespace dossier {

// Calls `visit(row, hash)` for the rows (i, s, p, o) of ispo that `wanted` takes, in their order. What cannot
// be hashed since a component is missing is handed on without a hash (null).
void each_triple_hash(const std::shared_ptr<const Version>& version, std::uint64_t seed,
                      const std::function<bool(const Values&)>& wanted,
                      const std::function<void(const Values&, const TermHash*)>& visit);

}  // namespace dossier
