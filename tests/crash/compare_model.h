// Is a snapshot of a store just the quads of a model?
//
// Purpose: every permutation row by row and in its order, the rows of the triple terms, the exact statistics.
// What differs is thrown as std::runtime_error and says where. Thread-safety: free functions.
#pragma once

#include <stdexcept>
#include <string>

#include <fmt/format.h>

#include "engine/store/snapshot.h"
#include "tests/crash/quad_model.h"

namespace dossier::test {

[[noreturn]] inline void differ(const std::string& what) {
  throw std::runtime_error(what);
}
template <typename A, typename B>
void require_equal(const A& found, const B& expected, const std::string& what) {
  if (!(found == expected)) differ(fmt::format("{}: found {}, expected {}", what, found, expected));
}

// `whose`: for the message.
void compare_snapshot(const Snapshot& snapshot, const QuadModel& model, const std::string& whose);

}  // namespace dossier::test
