// Session::connections against an enumeration of all simple paths.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "engine/dossier.h"

namespace dossier {
namespace {

Term iri(const std::string& name) {
  return Term::iri("http://e/" + name);
}

std::string node_name(int i) {
  return "n" + std::to_string(i);
}

// The paths as lists of triples, `<` before those that are walked backwards.
std::vector<std::vector<std::string>> written(const std::vector<Path>& paths) {
  std::vector<std::vector<std::string>> lists;
  for (const Path& path : paths) {
    auto& list = lists.emplace_back();
    for (std::size_t i = 0; i < path.edges.size(); ++i) {
      const Term& triple = *path.edges[i].triple;
      EXPECT_EQ(path.edges[i].backwards ? triple.object() : triple.subject(), path.nodes[i]);
      EXPECT_EQ(path.edges[i].backwards ? triple.subject() : triple.object(), path.nodes[i + 1]);
      list.push_back((path.edges[i].backwards ? "<" : "") + triple.to_string());
    }
  }
  return lists;
}

class ConnectionsTest : public ::testing::Test {
 protected:
  Store store_ = Store::open(":memory:");
};

TEST_F(ConnectionsTest, AreTheShortestSimplePathsWithoutHubs) {
  std::mt19937 random(7);
  for (int round = 0; round < 60; ++round) {
    Store store = Store::open(":memory:");
    Session session = store.session();
    const int nodes = 5 + static_cast<int>(random() % 9);
    struct Edge {
      int from, to;
      std::string predicate;
    };
    std::vector<Edge> edges;
    std::set<std::tuple<int, std::string, int>> there;
    std::map<int, std::uint64_t> degrees;
    for (int i = 0; i < nodes * 2; ++i) {
      const Edge edge{static_cast<int>(random() % static_cast<unsigned>(nodes)),
                      static_cast<int>(random() % static_cast<unsigned>(nodes)),
                      "p" + std::to_string(random() % 3)};
      if (!there.insert({edge.from, edge.predicate, edge.to}).second) continue;
      const Term subject = iri(node_name(edge.from));
      const Term object = iri(node_name(edge.to));
      if (random() % 4 == 0) {
        // A claim alone; it is no quad of its ends.
        session.insert({iri("claim" + std::to_string(i)),
                        Term::iri("http://www.w3.org/1999/02/22-rdf-syntax-ns#reifies"),
                        Term::triple(subject, iri(edge.predicate), object), std::nullopt});
      } else {
        session.insert({subject, iri(edge.predicate), object,
                        random() % 3 == 0 ? std::optional(iri("graph")) : std::nullopt});
        ++degrees[edge.from];
        ++degrees[edge.to];
      }
      edges.push_back(edge);
    }
    session.insert({iri(node_name(0)), iri("p0"), Term::literal("text"), std::nullopt});
    ConnectionOptions options;
    options.paths = 1 + random() % 12;
    options.most_links = 1 + static_cast<unsigned>(random() % 6);
    options.hub_links = random() % 2 == 0 ? 0 : 4;
    if (random() % 2 == 0) options.excluded = {iri("p2")};

    // All simple paths by length.
    std::map<std::size_t, std::set<std::vector<std::string>>> all;
    std::vector<std::string> walked;
    std::vector<int> on_path{0};
    const std::function<void(int)> go = [&](int at) {
      if (at == 1) {
        all[walked.size()].insert(walked);
        return;
      }
      if (walked.size() == options.most_links) return;
      if (at != 0 && options.hub_links > 0 && degrees[at] > options.hub_links) return;
      for (const Edge& edge : edges) {
        if (edge.from != at && edge.to != at) continue;
        if (edge.predicate == "p2" && !options.excluded.empty()) continue;
        const int next = edge.from == at ? edge.to : edge.from;
        if (std::find(on_path.begin(), on_path.end(), next) != on_path.end()) continue;
        const Term triple =
            Term::triple(iri(node_name(edge.from)), iri(edge.predicate), iri(node_name(edge.to)));
        walked.push_back((edge.from == at ? "" : "<") + triple.to_string());
        on_path.push_back(next);
        go(next);
        walked.pop_back();
        on_path.pop_back();
      }
    };
    go(0);
    std::size_t total = 0;
    for (const auto& [length, paths] : all) total += paths.size();

    const Connections found = session.connections(iri(node_name(0)), iri(node_name(1)), options);
    const auto lists = written(found.paths);
    ASSERT_EQ(lists.size(), std::min<std::size_t>(total, options.paths)) << "round " << round;
    EXPECT_EQ(found.ended, "");
    EXPECT_EQ(std::set(lists.begin(), lists.end()).size(), lists.size()) << "each once";
    std::size_t length = 0;
    std::size_t passed = 0;
    for (const auto& list : lists) {
      EXPECT_GE(list.size(), length) << "by length";
      length = list.size();
      EXPECT_TRUE(all[length].contains(list)) << "round " << round;
      ++passed;
    }
    // None that is shorter than the last was left out.
    std::size_t shorter = 0;
    for (const auto& [size, paths] : all)
      if (size < length) shorter += paths.size();
    EXPECT_LE(shorter, passed);
    for (const Frequency& hub : found.hubs) EXPECT_GT(hub.quads, options.hub_links);
  }
}

TEST_F(ConnectionsTest, HaveEndsThatMayBeHubs) {
  Session session = store_.session();
  for (int i = 0; i < 100; ++i)
    for (const char* const end : {"a", "b"})
      session.insert({iri(end), iri("p"), iri(end + std::to_string(i)), std::nullopt});
  session.insert({iri("a7"), iri("q"), iri("b9"), std::nullopt});
  ConnectionOptions options;
  options.hub_links = 10;
  const Connections found = session.connections(iri("a"), iri("b"), options);
  ASSERT_EQ(found.paths.size(), 1);
  EXPECT_EQ(found.paths[0].edges.size(), 3);
  EXPECT_TRUE(found.hubs.empty());
  EXPECT_TRUE(session.connections(iri("a"), iri("nobody"), options).paths.empty());
}

TEST_F(ConnectionsTest, KeepToTheirMemory) {
  Session session = store_.session();
  std::vector<Quad> quads;
  for (int i = 0; i < 20'000; ++i) quads.push_back({iri("a"), iri("p"), iri(node_name(i)), std::nullopt});
  for (int i = 0; i < 20'000; ++i)
    quads.push_back({iri("b"), iri("p"), iri("m" + std::to_string(i)), std::nullopt});
  session.insert(quads);
  ConnectionOptions options;
  options.memory_bytes = 1 << 20;
  const Connections found = session.connections(iri("a"), iri("b"), options);
  EXPECT_TRUE(found.paths.empty());
  EXPECT_NE(found.ended, "");
}

}  // namespace
}  // namespace dossier
