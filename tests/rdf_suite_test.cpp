// The W3C suites of N-Triples, N-Quads, Turtle, TriG and RDF/XML, RDF 1.1 and 1.2: every test that a manifest lists is
// run and must pass; there are no exceptions.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/isomorphism.h"
#include "tests/rdf_text.h"

namespace dossier {
namespace {

using test::read_quads;

constexpr std::string_view kManifest = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#";
constexpr std::string_view kRdfTest = "http://www.w3.org/ns/rdftest#";

struct Folder {
  std::string path;  // below rdf-tests/rdf
  Format format;
  std::size_t tests;  // listed in its manifest
};

void PrintTo(const Folder& folder, std::ostream* out) {
  *out << folder.path;
}

std::string shared_folder() {
  const char* shared = std::getenv("DOSSIER_SHARED");
  return shared == nullptr ? "" : shared;
}

std::string file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

// The graph of a manifest: subject -> predicate -> objects.
using Manifest = std::map<std::string, std::map<std::string, std::vector<Term>>>;

std::string node_key(const Term& term) {
  return term.to_string();
}

const Term* value_of(const Manifest& manifest, const std::string& subject, std::string_view predicate) {
  const auto node = manifest.find(subject);
  if (node == manifest.end()) return nullptr;
  const auto values = node->second.find(std::string(predicate));
  return values == node->second.end() ? nullptr : &values->second.front();
}

std::string name_in(std::string_view space, std::string_view name) {
  return std::string(space).append(name);
}

std::vector<Term> entries_of(const Manifest& manifest) {
  std::vector<Term> entries;
  for (const auto& [subject, values] : manifest) {
    const Term* list = value_of(manifest, subject, name_in(kManifest, "entries"));
    while (list != nullptr && list->value() != iri::kRdfNil) {
      const std::string node = node_key(*list);
      const Term* first = value_of(manifest, node, iri::kRdfFirst);
      if (first == nullptr) break;
      entries.push_back(*first);
      list = value_of(manifest, node, iri::kRdfRest);
    }
  }
  return entries;
}

std::string canonical(const std::string& text, Format format, const std::string& base) {
  std::ostringstream out;
  const auto writer = make_rdf_writer(out, format, {{}, true});
  for (const Quad& quad : read_quads(text, format, base)) writer->write(quad);
  writer->finish();
  return std::move(out).str();
}

std::vector<std::string> sorted_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  return lines;
}

// What went wrong; empty when the test passed.
std::string run(const std::string& type, const std::string& action, const std::string& result,
                const std::string& base, Format format) {
  const std::string text = file_text(action);
  std::vector<Quad> quads;
  try {
    quads = read_quads(text, format, base);
  } catch (const DataError& error) {
    return type.find("Negative") == std::string::npos ? error.what() : "";
  }
  if (type.find("Negative") != std::string::npos) return "was read without an error";
  if (type.find("C14N") != std::string::npos) {
    const std::string got = canonical(text, format, base);
    return sorted_lines(got) == sorted_lines(file_text(result)) ? "" : "canonical form differs: " + got;
  }
  if (type.ends_with("Eval")) {
    const std::vector<Quad> expected = read_quads(file_text(result), Format::nq, base);
    if (!test::isomorphic(quads, expected)) return "the quads differ from those of " + result;
  }
  // What was read can be written and read again, in each format that holds it.
  const bool named =
      std::any_of(quads.begin(), quads.end(), [](const Quad& quad) { return quad.graph.has_value(); });
  for (const Format to : {Format::nq, Format::trig, Format::nt, Format::ttl}) {
    if (named && (to == Format::nt || to == Format::ttl)) continue;
    std::ostringstream out;
    const auto writer =
        make_rdf_writer(out, to, {{{"", "http://example/"}, {"ex", "http://www.w3.org/2013/"}}, false});
    for (const Quad& quad : quads) writer->write(quad);
    writer->finish();
    try {
      if (!test::isomorphic(quads, read_quads(out.str(), to, "")))
        return "written and read again it differs:\n" + out.str();
    } catch (const DataError& error) {
      return std::string("cannot be read again: ") + error.what() + "\n" + out.str();
    }
  }
  return "";
}

class RdfSuite : public testing::TestWithParam<Folder> {};

TEST_P(RdfSuite, EveryListedTest) {
  const Folder& folder = GetParam();
  const std::string root = shared_folder() + "/rdf-tests/rdf/";
  const std::string directory = root + folder.path + "/";
  if (shared_folder().empty() || !std::filesystem::exists(directory + "manifest.ttl")) {
    const char* required = std::getenv("DOSSIER_REQUIRE_SUITES");
    if (required != nullptr && std::string_view(required) == "1")
      FAIL() << "the suite is missing: " << directory;
    GTEST_SKIP() << "the W3C suite is not here; set DOSSIER_SHARED to a folder that holds rdf-tests";
  }
  const std::string base = "https://w3c.github.io/rdf-tests/rdf/" + folder.path + "/";
  Manifest manifest;
  for (const Quad& quad :
       read_quads(file_text(directory + "manifest.ttl"), Format::ttl, base + "manifest.ttl"))
    manifest[node_key(quad.subject)][std::string(quad.predicate.value())].push_back(quad.object);

  std::size_t count = 0;
  for (const Term& entry : entries_of(manifest)) {
    ++count;
    const std::string node = node_key(entry);
    const Term* name = value_of(manifest, node, name_in(kManifest, "name"));
    const Term* type = value_of(manifest, node, iri::kRdfType);
    const Term* action = value_of(manifest, node, name_in(kManifest, "action"));
    const Term* result = value_of(manifest, node, name_in(kManifest, "result"));
    ASSERT_TRUE(name != nullptr && type != nullptr && action != nullptr) << node;
    ASSERT_TRUE(type->value().starts_with(kRdfTest)) << node;
    const auto local = [&](const Term& iri) {
      return directory + std::string(iri.value().substr(base.size()));
    };
    const std::string problem =
        run(std::string(type->value()), local(*action), result != nullptr ? local(*result) : "",
            std::string(action->value()), folder.format);
    EXPECT_EQ(problem, "") << folder.path << " " << name->value();
  }
  EXPECT_EQ(count, folder.tests);
}

INSTANTIATE_TEST_SUITE_P(W3c, RdfSuite,
                         testing::Values(Folder{"rdf11/rdf-n-triples", Format::nt, 70},
                                         Folder{"rdf11/rdf-n-quads", Format::nq, 87},
                                         Folder{"rdf11/rdf-turtle", Format::ttl, 313},
                                         Folder{"rdf11/rdf-trig", Format::trig, 356},
                                         Folder{"rdf11/rdf-xml", Format::rdfxml, 166},
                                         Folder{"rdf12/rdf-n-triples/syntax", Format::nt, 29},
                                         Folder{"rdf12/rdf-n-triples/c14n", Format::nt, 41},
                                         Folder{"rdf12/rdf-n-quads/syntax", Format::nq, 27},
                                         Folder{"rdf12/rdf-n-quads/c14n", Format::nq, 41},
                                         Folder{"rdf12/rdf-turtle/syntax", Format::ttl, 74},
                                         Folder{"rdf12/rdf-turtle/eval", Format::ttl, 29},
                                         Folder{"rdf12/rdf-trig/syntax", Format::trig, 35},
                                         Folder{"rdf12/rdf-trig/eval", Format::trig, 25},
                                         Folder{"rdf12/rdf-xml/eval", Format::rdfxml, 31}),
                         [](const auto& folder) {
                           std::string name = folder.param.path;
                           std::replace_if(
                               name.begin(), name.end(), [](char c) { return c == '/' || c == '-'; }, '_');
                           return name;
                         });

}  // namespace
}  // namespace dossier
