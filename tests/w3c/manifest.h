// The tests that the manifests of the W3C suites list.
//
// Purpose: every file named *manifest*.ttl below a root is read as Turtle, and each entry of its mf:entries
// becomes one W3cTest; so a new manifest is found without being named anywhere. IRIs below the site of a
// suite stand for files below its root. Errors: std::runtime_error names the manifest and what it lacks.
// Thread-safety: values.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/dossier.h"

namespace dossier::w3c {

namespace fs = std::filesystem;

// A tree of manifests.
struct Suite {
  explicit Suite(fs::path folder, std::string of_site = "https://w3c.github.io/rdf-tests/",
                 std::string of_folders = "")
      : root(std::move(folder)), site(std::move(of_site)), prefix(std::move(of_folders)) {}
  fs::path root;
  std::string site;
  std::string prefix;  // of the folders of its tests
};

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
  // What it runs on when a CONSTRUCT makes it: written as a media type and read again.
  struct MadeData {
    NamedFile query;
    std::string media_type;
  };
  std::optional<MadeData> made_data;
  std::optional<NamedFile> result;
  std::vector<NamedFile> result_data;  // of an update: the dataset afterwards

  std::string id() const { return folder + "/" + name; }
};

std::string read_file(const fs::path& path);

// Of one manifest.
std::vector<W3cTest> read_manifest(const Suite& suite, const fs::path& manifest);
// Of all manifests of the suite, in the order of their paths.
std::vector<W3cTest> read_suite(const Suite& suite);

}  // namespace dossier::w3c
