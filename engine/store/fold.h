// The fold: overlay rows go into the blocks, small blocks of terms become full ones.
//
// Purpose: keeps look-ups and scans fast as commits pile up. Only blocks that changed are written; a block
// that grew past kMaxBlockRows is split, an empty one is deleted (but the first). Everything goes into files
// for one atomic ingest, so memory stays bounded by the largest run of overlay rows within one block.
// Thread-safety: the holder of the writer's place.
#pragma once

#include "engine/store/database.h"
#include "engine/store/version.h"

namespace dossier {

// When the overlay has so many rows, it is folded after a commit.
inline constexpr std::uint64_t kFoldRows = 100'000;
inline constexpr std::uint64_t kFoldShare = 16;  // or so many-th of the rows, when that is more

bool wants_fold(const Totals& totals);

// Writes the files of a fold and changes `totals` to what the store has after it. Nothing to do: no files.
IngestFiles write_fold(const Version& version, Totals& totals);

// Distinct subjects and objects counted exactly by four scans, into totals and the records of the predicates.
void recount_distinct(const Version& version, Totals& totals, KeyValueBatch& batch);

}  // namespace dossier
