// The triples of some graphs, as the edges that path searches walk.
//
// Purpose: reads the index until queries have spent about as much there as holding the edges in memory would
// cost, and from then on an Adjacency; at once where one stands. Each direction has its own. Invariants: the
// same edges either way, but that the index gives one for each graph that holds it. Edges that have no room
// in memory stay in the index. Thread-safety: one thread.
#pragma once

#include <array>

#include "engine/path/product.h"
#include "engine/path/reach.h"

namespace dossier {

class GraphEdges final : public EdgeSource {
 public:
  GraphEdges(QueryContext& context, const PathAutomaton& automaton, GraphScope scope);
  void read(Id node, const PathLabel& label, bool backwards, std::vector<PathEdge>& edges) override;
  const Number& cost(const PathEdge&) const override { return one_; }
  double expected(const PathLabel& label, bool backwards) const override;
  std::optional<double> known(Id node, const PathLabel& label, bool backwards) const override;
  bool in_memory() const override;

 private:
  struct Way {
    Directions directions;  // of the searches that read it
    const Adjacency* adjacency = nullptr;
    bool refused = false;
    std::uint64_t work = 0;  // in the index, in nanoseconds, by rule of thumb
    std::uint64_t next_look = 0;
  };
  const Adjacency* adjacency(bool backwards);
  void read_index(Id node, const PathLabel& label, bool backwards, std::vector<PathEdge>& edges);
  void read_memory(const Adjacency& adjacency, Id node, const PathLabel& label, bool backwards,
                   std::vector<PathEdge>& edges);

  QueryContext& context_;
  GraphScope scope_;
  PathEdges adjacencies_;
  std::array<Way, 2> ways_;  // along the edges, against them
  Number one_ = Number::integer(1);
};

}  // namespace dossier
