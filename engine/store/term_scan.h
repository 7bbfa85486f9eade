// A scan of the whole dictionary that goes on behind damage.
//
// Purpose: the cross-check and the repair want every term that can still be read, and to know which cannot.
// Invariants: counters ascend, each is visited once at most; what is not visited is lost. Thread-safety: free
// function.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "engine/store/version.h"

namespace dossier {

// `visit(counter, bytes)`: an entry; empty for blank nodes, triple terms and dropped terms. `fault(what)`:
// damage, a sentence.
void each_term(const Version& version, const std::function<void(std::uint64_t, std::string_view)>& visit,
               const std::function<void(const std::string&)>& fault);

}  // namespace dossier
