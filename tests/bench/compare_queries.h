// The queries of `compare`, for the other programs that ask them, too.
//
// Purpose: reads tests/bench/compare.queries and compare_debian.queries, whose heads tell how they are
// written. Thread-safety: free functions.
#pragma once

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dossier::bench {

struct CompareQuery {
  std::string name;
  std::string text;    // SPARQL for the graph of RDF 1.1
  std::string newer;   // the same question for the graph with reifiers; empty: there is none
  std::string cypher;  // and for the tables of Kuzu
  std::string format;  // that the result is written in: tsv, json; empty: it is read
  bool paths = false;
  bool own = false;  // in words that no other RDF store has
};

inline constexpr const char* kComparePrefixes =
    "PREFIX t: <https://office-holders.example/terms#> PREFIX person: "
    "<https://office-holders.example/item/person/> "
    "PREFIX place: <https://office-holders.example/item/place/> PREFIX organisation: "
    "<https://office-holders.example/item/organisation/> PREFIX d: "
    "<https://dossier.example/debian/terms#> "
    "PREFIX package: <https://dossier.example/debian/package/> PREFIX rdfs: "
    "<http://www.w3.org/2000/01/rdf-schema#> "
    "PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> PREFIX xsd: "
    "<http://www.w3.org/2001/XMLSchema#>\n";

// The sections of a file below tests/bench: what stands behind `--- `, and the lines up to the next.
inline std::vector<std::pair<std::string, std::string>> compare_sections(const std::string& name) {
  std::ifstream file(DOSSIER_SOURCE_DIR "/tests/bench/" + name);
  if (!file) throw std::runtime_error("cannot read tests/bench/" + name);
  std::vector<std::pair<std::string, std::string>> sections;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("--- "))
      sections.emplace_back(line.substr(4), "");
    else if (!sections.empty())
      sections.back().second += line + "\n";
  }
  return sections;
}

// Those whose name contains one of the texts of `only`, with commas between them; nothing: all.
inline std::vector<CompareQuery> read_compare_queries(const std::string& file, std::string_view only = {}) {
  const auto take = [](std::string& name, std::string_view suffix) {
    if (!name.ends_with(suffix)) return false;
    name.resize(name.size() - suffix.size());
    return true;
  };
  std::string persons;
  for (int i = 0; i < 1000; ++i) persons += "person:" + std::to_string(i * 37) + ' ';
  std::vector<CompareQuery> queries;
  for (auto& [name, text] : compare_sections(file)) {
    if (const std::size_t at = text.find("$PERSONS"); at != std::string::npos) text.replace(at, 8, persons);
    if (take(name, ", RDF 1.2")) {
      queries.back().newer = kComparePrefixes + text;
      continue;
    }
    if (take(name, ", Cypher")) {
      queries.back().cypher = text;
      continue;
    }
    CompareQuery query;
    query.paths = take(name, " [paths]");
    query.own = take(name, " [own]");
    for (const char* format : {"tsv", "json"})
      if (take(name, std::string(" [") + format + "]")) query.format = format;
    query.name = name;
    query.text = kComparePrefixes + text;
    if (query.own) query.text = "PREFIX cdt: <http://w3id.org/awslabs/neptune/SPARQL-CDTs/> " + query.text;
    queries.push_back(std::move(query));
  }
  if (only.empty()) return queries;
  std::erase_if(queries, [&](const CompareQuery& query) {
    for (std::string_view rest = only; !rest.empty();) {
      const std::string_view text = rest.substr(0, rest.find(','));
      if (query.name.find(text) != std::string::npos) return false;
      rest.remove_prefix(std::min(rest.size(), text.size() + 1));
    }
    return true;
  });
  return queries;
}

}  // namespace dossier::bench
