// Reads the sources of a load and hands on their batches in the order of the text.
//
// Purpose: the read stage of the loader. N-Triples and N-Quads are cut at line ends, and tables behind rows, into pieces that
// workers parse side by side; Turtle and TriG have one reading thread. Small sources are read in the calling thread
// alone. Invariants: `consume` runs in the calling thread, batch after batch in the order of the text
// whatever the threads are; memory is bounded by the pieces under way (`piece_bytes` of text each and what is
// parsed of it). Thread-safety: one owner.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/dossier.h"
#include "engine/io/quad_batch.h"
#include "engine/io/rdf_reader.h"
#include "engine/store/loader.h"

namespace dossier {

struct FeedOptions {
  std::optional<Format> format;
  std::string base;
  std::uint64_t hash_seed = 0;
  bool skip_bad = false;
  const TableOptions* table = nullptr;  // of csv and tsv
  unsigned threads = 1;
  std::size_t piece_bytes = std::size_t{2} << 20;
};

// `done` and `total` are bytes of the source.
using BatchConsumer = std::function<void(const QuadBatch&, std::uint64_t done, std::uint64_t total)>;

// Adds what was read to `report` (quads, bad, first_bad, prefixes). Throws DataError, QueryError.
void read_source(const LoadSource& source, const FeedOptions& options, LoadReport& report,
                 const BatchConsumer& consume);

}  // namespace dossier
