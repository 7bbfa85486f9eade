// Scans of stores with named graphs: pieces that lie in one graph and pieces that lie in several give the
// rows of the graphs asked for, alone and below groups and top-k.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "engine/dossier.h"

namespace {

using dossier::Result;
using dossier::Session;
using dossier::Store;

constexpr int kRows = 30'000;

// The graph of a row: long stretches of one graph first, then graphs that take turns; 0 is the default graph.
int graph_of(int i) {
  return i < kRows / 2 ? i / 4000 % 3 : i % 3;
}
int value_of(int i) {
  return static_cast<int>(static_cast<std::int64_t>(i) * 7919 % 10'007);
}

class GraphScanTest : public testing::Test {
 protected:
  GraphScanTest() {
    std::string data;
    for (int i = 0; i < kRows; ++i) {
      const std::string row = "<http://e/s" + std::to_string(i) + "> <http://e/v> \"" +
                              std::to_string(value_of(i)) + "\"^^<http://www.w3.org/2001/XMLSchema#integer>";
      const int graph = graph_of(i);
      data += row + (graph == 0 ? std::string() : " <http://e/g" + std::to_string(graph) + ">") + " .\n";
      // Some rows stand in a second graph, too.
      if (i % 10 == 0) data += row + " <http://e/g" + std::to_string(graph == 1 ? 2 : 1) + "> .\n";
    }
    store_.load_text(data, dossier::Format::nq);
  }
  static std::set<int> graphs_of(int i) {
    std::set<int> graphs{graph_of(i)};
    if (i % 10 == 0) graphs.insert(graph_of(i) == 1 ? 2 : 1);
    return graphs;
  }
  std::string first(const std::string& query) {
    Result result = session_.query("PREFIX : <http://e/> " + query);
    return result.next() ? std::string(result.get(0)->value()) : std::string();
  }
  static std::string count(const std::function<int(const std::set<int>&)>& rows) {
    int total = 0;
    for (int i = 0; i < kRows; ++i) total += rows(graphs_of(i));
    return std::to_string(total);
  }
  // The subject with the greatest value, of those the first in the order of their names.
  static std::string best(const std::function<bool(const std::set<int>&)>& taken) {
    std::tuple<int, std::string> best{1, ""};
    for (int i = 0; i < kRows; ++i)
      if (taken(graphs_of(i)))
        best = std::min(best, std::tuple{-value_of(i), "http://e/s" + std::to_string(i)});
    return std::get<1>(best);
  }

  Store store_ = Store::open(":memory:");
  Session session_ = store_.session();
};

TEST_F(GraphScanTest, RowsAreThoseOfTheGraphsAskedFor) {
  const auto in = [](int graph) {
    return [graph](const std::set<int>& graphs) { return static_cast<int>(graphs.count(graph)); };
  };
  // MAX reads the rows; COUNT alone would be told by the statistics.
  EXPECT_EQ(first("SELECT (COUNT(?v) + 0 * MAX(?v) AS ?n) { ?s :v ?v }"), count(in(0)));
  EXPECT_EQ(first("SELECT (COUNT(?v) + 0 * MAX(?v) AS ?n) { GRAPH :g1 { ?s :v ?v } }"), count(in(1)));
  EXPECT_EQ(
      first("SELECT (COUNT(?v) + 0 * MAX(?v) AS ?n) { GRAPH ?g { ?s :v ?v } }"),
      count([](const std::set<int>& graphs) { return static_cast<int>(graphs.size() - graphs.count(0)); }));
  EXPECT_EQ(first("SELECT (COUNT(?v) + 0 * MAX(?v) AS ?n) FROM :g1 FROM :g2 { ?s :v ?v }"),
            count([](const std::set<int>& graphs) { return graphs.count(1) + graphs.count(2) > 0 ? 1 : 0; }));
  EXPECT_EQ(first("SELECT (COUNT(?v) + 0 * MAX(?v) AS ?n) FROM NAMED :g2 { GRAPH ?g { ?s :v ?v } }"),
            count(in(2)));
}

TEST_F(GraphScanTest, GroupsInTheOrderOfTheKeyCountTheirRows) {
  for (const int graph : {0, 2}) {
    std::map<int, int> sizes;
    for (int i = 0; i < kRows; ++i) {
      if (graphs_of(i).count(graph) == 0) continue;
      ++sizes[value_of(i)];
    }
    const std::string pattern = graph == 0 ? "?s :v ?v" : "GRAPH :g2 { ?s :v ?v }";
    for (const std::string counted : {"*", "?s"}) {
      Result result = session_.query("PREFIX : <http://e/> SELECT ?v (COUNT(" + counted + ") AS ?n) { " +
                                     pattern + " } GROUP BY ?v");
      std::map<int, int> found;
      while (result.next())
        found[std::stoi(std::string(result.get(0)->value()))] +=
            std::stoi(std::string(result.get(1)->value()));
      EXPECT_EQ(found, sizes) << graph << ' ' << counted;
    }
  }
}

TEST_F(GraphScanTest, TopKOfAGraphKeepsItsBest) {
  const std::string end = " } ORDER BY DESC(?v) STR(?s) LIMIT 1";
  EXPECT_EQ(first("SELECT ?s { ?s :v ?v" + end),
            best([](const std::set<int>& graphs) { return graphs.count(0) > 0; }));
  EXPECT_EQ(first("SELECT ?s { GRAPH :g1 { ?s :v ?v }" + end),
            best([](const std::set<int>& graphs) { return graphs.count(1) > 0; }));
}

}  // namespace
