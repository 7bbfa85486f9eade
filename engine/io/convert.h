// RDF text to RDF text, without a store.
//
// Purpose: `dossier convert`. Quads are written as they are read (Turtle and TriG: window by window), in bounded memory; the canonical form is
// sorted, so it holds all its lines. Thread-safety: a free function.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "engine/dossier.h"

namespace dossier {

struct ConvertOptions {
  std::optional<Format> from;  // default: by each file's extension
  Format to = Format::nq;      // nt, nq, ttl, trig, rdfxml
  std::string base;            // default: the file: IRI of each file
  bool canonical =
      false;  // canonical N-Triples or N-Quads: escapes, lower-case language tags, lines sorted, each once
  bool skip_bad = false;
  TableOptions table;  // of csv and tsv
};

struct ConvertReport {
  std::uint64_t quads = 0;  // read
  std::uint64_t bad = 0;
  std::vector<std::string> first_bad;  // at most ten, as `file:line:column: what`
};

// "-" is standard input. Blank nodes of several files are kept apart. Throws DataError; QueryError when the
// format cannot hold the quads.
ConvertReport convert(const std::vector<std::string>& files, std::ostream& out,
                      const ConvertOptions& options);

}  // namespace dossier
