// Bulk load: RDF files into a store, fast, in bounded memory, all or nothing.
//
// Purpose: the way in for anything larger than a few thousand quads. Stages: read and parse in parallel
// (load_feed), intern (chunk), number (bulk_dictionary), sort (row_sort), merge (spill), encode
// (relation_writer), one atomic ingest. A load whose chunk fits in its memory spills nothing. Invariants: ids
// depend on the text alone, not on threads or memory; a failed, cancelled or killed load leaves the store as
// it was. Thread-safety: a load takes the writer's place for its whole time; readers go on reading.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/dossier.h"

namespace dossier {

class Database;

struct LoadSource {
  std::string path;                      // of a file, or "-"; of a text in memory: its name in messages
  std::optional<std::string_view> text;  // RDF text in memory, read in place of a file
  std::optional<std::string> base;       // in place of LoadOptions::base
  std::optional<Term> graph;             // in place of LoadOptions::graph
};

// Throws DataError, StorageError, LimitError, QueryError (a format that cannot be read).
LoadReport load(Database& database, const std::vector<LoadSource>& sources, const LoadOptions& options = {});

}  // namespace dossier
