#include "tests/w3c/manifest.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <stdexcept>

#include "tests/rdf_text.h"

namespace dossier::w3c {
namespace {

constexpr std::string_view kManifest = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#";
constexpr std::string_view kQuery = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#";
constexpr std::string_view kUpdate = "http://www.w3.org/2009/sparql/tests/test-update#";
constexpr std::string_view kDawg = "http://www.w3.org/2001/sw/DataAccess/tests/test-dawg#";
constexpr std::string_view kRdfTest = "http://www.w3.org/ns/rdftest#";
constexpr std::string_view kRdfs = "http://www.w3.org/2000/01/rdf-schema#";

std::string name_in(std::string_view space, std::string_view name) {
  return std::string(space).append(name);
}

std::string local_name(std::string_view iri) {
  return std::string(iri.substr(iri.find_last_of("#/") + 1));
}

class Graph {
 public:
  explicit Graph(const std::vector<Quad>& quads) {
    for (const Quad& quad : quads)
      nodes_[quad.subject.to_string()][std::string(quad.predicate.value())].push_back(quad.object);
  }

  std::vector<Term> values(const Term& subject, const std::string& predicate) const {
    const auto node = nodes_.find(subject.to_string());
    if (node == nodes_.end()) return {};
    const auto found = node->second.find(predicate);
    return found == node->second.end() ? std::vector<Term>() : found->second;
  }
  std::optional<Term> value(const Term& subject, const std::string& predicate) const {
    const auto all = values(subject, predicate);
    return all.empty() ? std::nullopt : std::optional(all.front());
  }
  // What the lists under mf:entries hold.
  std::vector<Term> entries() const {
    std::vector<Term> result;
    for (const auto& [subject, values] : nodes_) {
      const auto lists = values.find(name_in(kManifest, "entries"));
      if (lists == values.end()) continue;
      for (std::optional<Term> list = lists->second.front(); list && list->value() != iri::kRdfNil;
           list = value(*list, std::string(iri::kRdfRest)))
        if (const auto first = value(*list, std::string(iri::kRdfFirst))) result.push_back(*first);
    }
    return result;
  }

 private:
  std::map<std::string, std::map<std::string, std::vector<Term>>> nodes_;
};

class ManifestReader {
 public:
  ManifestReader(const Suite& suite, const fs::path& manifest)
      : suite_(suite),
        path_(manifest),
        folder_(suite.prefix + fs::relative(manifest.parent_path(), suite.root).generic_string()) {}

  std::vector<W3cTest> read() {
    const std::string base = name_in(suite_.site, fs::relative(path_, suite_.root).generic_string());
    const Graph graph(test::read_quads(read_file(path_), Format::ttl, base));
    std::vector<W3cTest> tests;
    for (const Term& entry : graph.entries()) tests.push_back(test_of(graph, entry));
    return tests;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error(path_.string() + ": " + what);
  }

  NamedFile file(const Term& iri, std::string graph = "") const {
    if (!iri.is_iri() || !iri.value().starts_with(suite_.site))
      fail(iri.to_string() + " is no file of the suites");
    return {std::move(graph), std::string(iri.value()), suite_.root / iri.value().substr(suite_.site.size())};
  }

  // Default and named graphs of an action or a result.
  void add_dataset(const Graph& graph, const Term& node, std::string_view space,
                   std::vector<NamedFile>& files) const {
    for (const Term& data : graph.values(node, name_in(space, "data"))) files.push_back(file(data));
    for (const Term& data : graph.values(node, name_in(space, "graphData"))) {
      if (data.is_iri()) {
        files.push_back(file(data, std::string(data.value())));
        continue;
      }
      const auto where = graph.value(data, name_in(space, "graph"));
      const auto label = graph.value(data, name_in(kRdfs, "label"));
      if (!where) fail("a graph without a file");
      files.push_back(file(*where, std::string((label ? *label : *where).value())));
    }
  }

  W3cTest test_of(const Graph& graph, const Term& entry) const {
    W3cTest test;
    test.folder = folder_;
    const auto of = [&](std::string_view name) { return graph.value(entry, name_in(kManifest, name)); };
    if (const auto title = of("name")) test.title = title->value();
    test.name = entry.is_blank() ? test.title : local_name(entry.value());
    // Two manifests of one folder may use one fragment.
    if (path_.stem() != "manifest") test.name = path_.stem().string() + "." + test.name;
    for (const Term& type : graph.values(entry, std::string(iri::kRdfType)))
      if (type.value().starts_with(kManifest) || type.value().starts_with(kRdfTest))
        test.type = local_name(type.value());
    if (test.type.empty()) test.type = "QueryEvaluationTest";  // the default of the first suites
    for (const std::string_view space : {kDawg, kRdfTest})
      if (const auto approval = graph.value(entry, name_in(space, "approval")))
        test.approval = local_name(approval->value());
    if (const auto cardinality = of("resultCardinality"))
      test.lax_cardinality = cardinality->value().ends_with("LaxCardinality");

    const auto action = of("action");
    const auto result = of("result");
    if (!action) return test;  // of a protocol; nothing that could run
    if (action->is_iri()) {
      test.action = file(*action);
    } else if (const auto query = graph.value(*action, name_in(kQuery, "query"))) {
      test.action = file(*query);
      add_dataset(graph, *action, kQuery, test.data);
      if (const auto made = graph.value(*action, name_in(kQuery, "constructDataFile"))) {
        const auto construct = graph.value(*made, name_in(kQuery, "query"));
        const auto media_type = graph.value(*made, name_in(kQuery, "format"));
        if (!construct || !media_type) fail("data to be made without a query or a format");
        test.made_data = {file(*construct), std::string(media_type->value())};
      }
    } else if (const auto request = graph.value(*action, name_in(kUpdate, "request"))) {
      test.action = file(*request);
      add_dataset(graph, *action, kUpdate, test.data);
    }
    if (!result) return test;
    if (result->is_iri())
      test.result = file(*result);
    else
      add_dataset(graph, *result, kUpdate, test.result_data);
    return test;
  }

  const Suite& suite_;
  const fs::path& path_;
  std::string folder_;
};

}  // namespace

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<W3cTest> read_manifest(const Suite& suite, const fs::path& manifest) {
  return ManifestReader(suite, manifest).read();
}

std::vector<W3cTest> read_suite(const Suite& suite) {
  std::vector<fs::path> manifests;
  for (const auto& entry : fs::recursive_directory_iterator(suite.root)) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() == ".ttl" && name.find("manifest") != std::string::npos)
      manifests.push_back(entry.path());
  }
  std::sort(manifests.begin(), manifests.end());
  std::vector<W3cTest> tests;
  std::set<std::string> ids;
  for (const fs::path& manifest : manifests)
    for (W3cTest& test : read_manifest(suite, manifest))
      if (ids.insert(test.id()).second) tests.push_back(std::move(test));
  return tests;
}

}  // namespace dossier::w3c
