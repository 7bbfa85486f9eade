#include "tests/w3c/result_set.h"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "tests/rdf_text.h"

namespace dossier::w3c {
namespace {

constexpr std::string_view kResultSet = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#";

using Properties = std::map<std::string, std::vector<Term>>;  // local name in rs: -> values

class ResultGraph {
 public:
  explicit ResultGraph(const std::vector<Quad>& quads) {
    for (const Quad& quad : quads) {
      const std::string_view predicate = quad.predicate.value();
      if (predicate == iri::kRdfType && quad.object.value() == std::string(kResultSet) + "ResultSet")
        root_ = quad.subject;
      if (!predicate.starts_with(kResultSet)) continue;
      nodes_[quad.subject.to_string()][std::string(predicate.substr(kResultSet.size()))].push_back(
          quad.object);
    }
  }

  std::optional<ExpectedResult> result() const {
    if (!root_) return std::nullopt;
    ExpectedResult result;
    const Properties& root = node(*root_);
    if (const auto answer = root.find("boolean"); answer != root.end()) {
      result.table.boolean = answer->second.front().as_boolean();
      return result;
    }
    std::map<std::string, std::size_t> columns;
    for (const Term& name : values(root, "resultVariable")) {
      columns.emplace(name.value(), columns.size());
      result.table.variables.emplace_back(name.value());
    }
    std::vector<std::pair<std::int64_t, ResultRow>> rows;
    for (const Term& solution : values(root, "solution")) {
      const Properties& properties = node(solution);
      ResultRow row(columns.size());
      for (const Term& binding : values(properties, "binding")) {
        const Properties& cell = node(binding);
        row[columns.at(std::string(cell.at("variable").front().value()))] = cell.at("value").front();
      }
      std::int64_t place = 0;
      for (const Term& index : values(properties, "index")) {
        place = index.as_integer().value();
        result.ordered = true;
      }
      rows.emplace_back(place, std::move(row));
    }
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [place, row] : rows) result.table.rows.push_back(std::move(row));
    return result;
  }

 private:
  const Properties& node(const Term& term) const {
    static const Properties kNone;
    const auto at = nodes_.find(term.to_string());
    return at == nodes_.end() ? kNone : at->second;
  }
  static std::vector<Term> values(const Properties& properties, const std::string& name) {
    const auto at = properties.find(name);
    return at == properties.end() ? std::vector<Term>() : at->second;
  }

  std::map<std::string, Properties> nodes_;
  std::optional<Term> root_;
};

}  // namespace

std::optional<Format> result_format(const std::filesystem::path& path) {
  const std::string extension = path.extension().string();
  if (extension == ".srx") return Format::xml;
  if (extension == ".srj") return Format::json;
  if (extension == ".csv") return Format::csv;
  if (extension == ".tsv") return Format::tsv;
  return std::nullopt;
}

std::vector<Quad> read_quads(const NamedFile& file) {
  const auto format = format_of_path(file.path.string());
  if (!format) throw std::runtime_error("no RDF format has this extension: " + file.path.string());
  return test::read_quads(read_file(file.path), *format, file.iri);
}

std::optional<ExpectedResult> read_expected_result(const NamedFile& file) {
  if (const auto format = result_format(file.path)) {
    ExpectedResult result;
    result.format = format;
    ResultReadOptions options;
    options.name = file.path.filename().string();
    result.table = read_results(read_file(file.path), *format, options);
    return result;
  }
  return ResultGraph(read_quads(file)).result();
}

}  // namespace dossier::w3c
