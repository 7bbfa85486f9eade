// The queries of `compare`, for the other programs that ask them.
//
// Purpose: reads tests/bench/compare.queries. Thread-safety: free function.
#pragma once

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace dossier::bench {

struct NamedQuery {
  std::string name;
  std::string text;
  bool paths = false;
  bool newer = false;  // for the graph of RDF 1.2
};

inline std::vector<NamedQuery> read_compare_queries(const std::string& file, std::string_view only = {}) {
  constexpr const char* kPrefixes =
      "PREFIX t: <https://office-holders.example/terms#> PREFIX person: "
      "<https://office-holders.example/item/person/> PREFIX place: <https://office-holders.example/item/place/> "
      "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX rdf: "
      "<http://www.w3.org/1999/02/22-rdf-syntax-ns#> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n";
  constexpr std::string_view kNewer = ", RDF 1.2";
  constexpr std::string_view kPaths = " [paths]";
  std::string persons;
  for (int i = 0; i < 1000; ++i) persons += "person:" + std::to_string(i * 37) + ' ';
  std::ifstream input(file);
  std::vector<NamedQuery> queries;
  for (std::string line; std::getline(input, line);) {
    if (line.starts_with("--- ")) {
      NamedQuery& query = queries.emplace_back();
      query.name = line.substr(4);
      query.newer = query.name.ends_with(kNewer);
      query.paths = query.name.ends_with(kPaths);
      if (query.paths) query.name.resize(query.name.size() - kPaths.size());
      query.text = kPrefixes;
    } else if (!queries.empty()) {
      if (const std::size_t at = line.find("$PERSONS"); at != std::string::npos) line.replace(at, 8, persons);
      queries.back().text += line + "\n";
    }
  }
  std::erase_if(queries, [&](const NamedQuery& query) { return query.name.find(only) == std::string::npos; });
  return queries;
}

}  // namespace dossier::bench
