// The tests that the manifests of the W3C suites list.
//
// Purpose: every file named *manifest*.ttl below a root is read as Turtle, and each entry of its mf:entries
// becomes one W3cTest; so a new manifest is found without being named anywhere. IRIs below
// https://w3c.github.io/rdf-tests/ stand for files below the root. Errors: std::runtime_error names the
// manifest and what it lacks. Thread-safety: values.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/dossier.h"

namespace dossier::w3c {

namespace fs = std::filesystem;

struct NamedFile {
  std::string graph;  // IRI; empty: the default graph
  std::string iri;    // of the file, the base it is read with
  fs::path path;
};

struct W3cTest {
  std::string folder;    // below the root: sparql/sparql11/aggregates
  std::string name;      // unique in its folder: the fragment of its IRI
  std::string type;      // local name of its class: QueryEvaluationTest
  std::string approval;  // local name; empty when the manifest does not say
  std::string title;
  bool lax_cardinality = false;  // each row at least once, at most as often as in the result

  NamedFile action;             // the query, update or document
  std::vector<NamedFile> data;  // what it runs on
  std::optional<NamedFile> result;
  std::vector<NamedFile> result_data;  // of an update: the dataset afterwards

  std::string id() const { return folder + "/" + name; }
};

std::string read_file(const fs::path& path);

// Of one manifest.
std::vector<W3cTest> read_manifest(const fs::path& root, const fs::path& manifest);
// Of all manifests below the root, in the order of their paths.
std::vector<W3cTest> read_suites(const fs::path& root);

}  // namespace dossier::w3c
