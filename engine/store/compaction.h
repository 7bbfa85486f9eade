// The compaction: terms that no quad uses are dropped, and relations whose blocks have become thin are packed
// anew.
//
// Purpose: what updates have erased gives its space back. A dropped term's entry in the dictionary becomes
// empty and its row of `hashes` goes, or its rows among the triple terms; its counter is never given out
// again, so that ids stay what they are and blank-node labels hold. Everything goes into files for one atomic
// ingest. Memory: a bit for each counter ever given out, and the triple terms inside of other triple terms.
// Thread-safety: the holder of the writer's place.
#pragma once

#include "engine/store/database.h"
#include "engine/store/relation_writer.h"
#include "engine/store/stage_progress.h"
#include "engine/store/version.h"

namespace dossier {

// When more quads were erased since the last compaction than the store has, a commit does it: so what lies in
// the store unused stays within a share of what is used.
bool wants_compaction(const Totals& totals);

// Writes the files of a compaction and changes `totals` to what the store has after it. Precondition: the
// overlay is empty.
IngestFiles write_compaction(const Version& version, Totals& totals, const RunFiles& run_files,
                             StageProgress& progress);

}  // namespace dossier
