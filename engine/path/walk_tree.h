// Walks from one start that share their beginnings: each is an edge behind another walk.
//
// Purpose: what a breadth-first search keeps to write its paths down. Invariants: walk 0 has no edge; walks
// are numbered in the order in which they were added. The owner reserves the memory. Thread-safety: one
// thread.
#pragma once

#include <algorithm>
#include <vector>

#include "engine/path/search.h"

namespace dossier {

class WalkTree {
 public:
  struct Walk {
    PathEdge edge;  // the last
    Id node;
    PathProduct::State state = 0;
    std::size_t before = 0;
  };

  void begin(Id start) { walks_.assign(1, {{}, start, PathProduct::kStart, 0}); }
  std::size_t add(std::size_t before, const PathProduct::Step& step) {
    walks_.push_back({step.edge, step.node, step.state, before});
    return walks_.size() - 1;
  }
  const Walk& operator[](std::size_t number) const { return walks_[number]; }
  std::size_t size() const { return walks_.size(); }
  std::size_t memory() const { return walks_.capacity() * sizeof(Walk); }
  void release() { walks_ = {}; }

  // Of two walks of one length: is the first less by its edges?
  bool earlier(std::size_t a, std::size_t b) const {
    bool less = false;
    for (; a != b; a = walks_[a].before, b = walks_[b].before)
      if (const auto order = walks_[a].edge <=> walks_[b].edge; order != 0) less = order < 0;
    return less;
  }
  void write(std::size_t number, FoundPath& path) const {
    path.start = walks_[0].node;
    path.end = walks_[number].node;
    path.edges.clear();
    for (; number != 0; number = walks_[number].before) path.edges.push_back(walks_[number].edge);
    std::reverse(path.edges.begin(), path.edges.end());
  }

 private:
  std::vector<Walk> walks_;
};

}  // namespace dossier
