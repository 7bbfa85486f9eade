// The cross-check of a store.
//
// Purpose: everything that is written twice is compared: the permutations with each other, overlay and block
// invariants, the dictionary with the hashes and with the ids in the rows, statistics with a recount, and the
// bytes of all files with their checksums. Reads the whole store, each relation twice. What it cannot see:
// rows that are missing in all permutations and in the counts alike, and estimates (distinct subjects and
// objects) that are off. Thread-safety: one thread, on a Version of its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/dossier.h"
#include "engine/store/version.h"

namespace dossier {

// What is wrong and where, a sentence each; empty when the store is sound.
std::vector<std::string> check_store(const std::shared_ptr<const Version>& version, std::uint64_t hash_seed,
                                     const ProgressCallback& progress = {});

}  // namespace dossier
