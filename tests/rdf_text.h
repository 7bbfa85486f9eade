// RDF text to Term quads, for tests.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/io/rdf_reader.h"
#include "engine/io/rdf_writer.h"

namespace dossier::test {

inline Term term_of(const QuadBatch& batch, QuadBatch::Index index) {
  const QuadBatch::Entry& entry = batch.entries()[index];
  if (!entry.is_triple) return term_from_bytes(batch.bytes(index));
  return Term::triple(term_of(batch, entry.triple[0]), term_of(batch, entry.triple[1]),
                      term_of(batch, entry.triple[2]));
}

// A sink that appends to `quads`.
inline BatchSink collect_into(std::vector<Quad>& quads) {
  return [&quads](QuadBatch& batch) {
    for (const QuadBatch::Row& row : batch.rows()) {
      Quad quad{term_of(batch, row[0]), term_of(batch, row[1]), term_of(batch, row[2]), std::nullopt};
      if (row[3] != QuadBatch::kDefault) quad.graph = term_of(batch, row[3]);
      quads.push_back(std::move(quad));
    }
  };
}

inline std::vector<Quad> read_quads(std::string_view text, Format format, const std::string& base = "") {
  std::vector<Quad> quads;
  ReadOptions options;
  options.name = "text";
  options.base = base;
  const auto source = memory_source(text);
  read_rdf(*source, format, options, collect_into(quads));
  return quads;
}

}  // namespace dossier::test
