// The result that a test expects, from its file.
//
// Purpose: SPARQL results in JSON, XML, CSV and TSV by the engine's readers; and the vocabulary of the first
// suites, where a result is a graph (rs:ResultSet) in Turtle or RDF/XML. Errors: DataError,
// std::runtime_error. Thread-safety: free functions.
#pragma once

#include <filesystem>
#include <optional>

#include "engine/io/result_reader.h"
#include "tests/w3c/manifest.h"

namespace dossier::w3c {

struct ExpectedResult {
  ResultTable table;
  bool ordered = false;          // the rows are numbered (rs:index)
  std::optional<Format> format;  // of a result format; none: a graph of the rs vocabulary
};

// The format of SPARQL results that a file's extension names.
std::optional<Format> result_format(const std::filesystem::path& path);

// The quads of an RDF file.
std::vector<Quad> read_quads(const NamedFile& file);

// Nothing: the file is a graph, but no rs:ResultSet (the result of CONSTRUCT or DESCRIBE).
std::optional<ExpectedResult> read_expected_result(const NamedFile& file);

}  // namespace dossier::w3c
