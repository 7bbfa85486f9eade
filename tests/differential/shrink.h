// From a case that differs to a smaller one that still does.
//
// Purpose: quads are dropped, and balanced runs of the query's tokens, and pairs of brackets around what they
// hold, as long as `differs` says that the rest still differs (it answers false for what does not parse).
// Bounded by a number of tries. Thread-safety: free functions.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/dossier.h"

namespace dossier::differential {

using Differs = std::function<bool(const std::vector<Quad>& quads, const std::string& query)>;

void shrink(std::vector<Quad>& quads, std::string& query, const Differs& differs);

}  // namespace dossier::differential
