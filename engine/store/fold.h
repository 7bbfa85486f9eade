// The fold: overlay rows go into the blocks, small blocks of terms become full ones.
//
// Purpose: keeps look-ups and scans fast as commits pile up. Only blocks that changed are written; a block
// that grew past kMaxBlockRows is split, an empty one is deleted (but the first). Everything goes into files
// for one atomic ingest, so memory stays bounded by the largest run of overlay rows within one block.
// Thread-safety: the holder of the writer's place.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/store/database.h"
#include "engine/store/relation_writer.h"
#include "engine/store/stage_progress.h"
#include "engine/store/version.h"

namespace dossier {

// When the overlay has so many rows, it is folded after a commit: a fold costs some tens of milliseconds, and
// a tenth of a millisecond for each block that it writes anew.
constexpr std::uint64_t fold_rows(std::uint64_t quads) {
  return std::max({std::uint64_t{16'384}, std::min(std::uint64_t{100'000}, quads / 4), quads / 16});
}

bool wants_fold(const Totals& totals);

// Writes the files of a fold and changes `totals` to what the store has after it. Nothing to do: no files.
IngestFiles write_fold(const Version& version, Totals& totals, const RunFiles& run_files,
                       StageProgress& progress);

// Distinct subjects and objects counted exactly by four scans, into totals and the records of the predicates.
void recount_distinct(const Version& version, Totals& totals, KeyValueBatch& batch, StageProgress& progress);

}  // namespace dossier
