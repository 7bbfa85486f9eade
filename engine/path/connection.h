// How two nodes are connected: the shortest paths between them that pass no node of very many links.
//
// Purpose: what people ask of a graph that they do not know: any predicate, in either direction, and nothing
// by way of what is connected with everything. Breadth-first from both ends, the smaller level first, through
// the index: a level is read in the order of ids, so that what lies together is read together, and a node is
// given up once it has too many links. The paths of one length are then read off, entering only what leads to
// the end. Invariants: a path has no node twice; paths come by length, then by their edges one after the
// other, each by the ids of its subject, predicate and object; literals and triple terms are no nodes; a
// triple that a reifier claims and no graph of the snapshot holds is an edge, too. The two ends may have as
// many links as they like. Memory is reserved from the query's budget; cancellation and deadline are checked
// in every loop. Thread-safety: one thread.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "engine/path/product.h"
#include "engine/path/search.h"

namespace dossier {

class ConnectionSearch {
 public:
  struct Limits {
    std::uint64_t paths = 3;
    std::uint32_t most_links = 6;  // of a path; at most 31
    std::uint64_t hub_links = 0;   // a node with more is passed by no path; 0: none is a hub
    std::vector<Id> excluded;      // predicates
  };
  ConnectionSearch(QueryContext& context, Limits limits);

  // Finds them, shortest first, into `paths`, which are right also when it throws LimitError.
  void find(Id from, Id to, std::vector<FoundPath>& paths);
  // All paths of up to so many links have been found, or as many as were wanted.
  std::uint32_t searched() const { return searched_; }
  std::vector<Id> hubs() const;  // that were met

 private:
  static constexpr std::uint32_t kFar = 0xFFFFFFFF;
  struct Link {
    PathEdge edge;
    std::uint32_t other;  // of places_
    friend bool operator==(const Link&, const Link&) = default;
  };
  struct Place {
    Id node;
    std::array<std::uint32_t, 2> distance{kFar, kFar};  // from the start, from the end
    std::uint32_t leads_on = 0;  // bit i: as node i of a path it may come to the end; of the length at hand
    enum class State : std::uint8_t { fresh, read, hub } state = State::fresh;
    std::size_t first = 0;  // of links_
    std::uint32_t links = 0;
  };
  struct Cursors;

  std::uint32_t place(Id node);
  bool is_end(std::uint32_t number) const { return number <= 1; }
  void read(std::vector<std::uint32_t> numbers);
  void read_claims(Cursors& cursors, Id node, std::uint64_t most);
  void expand(std::size_t side);
  void mark(std::uint32_t length);
  bool may_stand(std::uint32_t number, std::uint32_t position, std::uint32_t length) const;
  void walk(std::uint32_t length, std::vector<FoundPath>& paths);
  void account();

  QueryContext& context_;
  Limits limits_;
  Id reifies_;  // kUnbound: there are no claims
  PlaceMap numbers_;
  std::vector<Place> places_;  // 0: the start, 1: the end
  std::vector<Link> links_;
  std::vector<PathEdge> edges_;  // of the node at hand
  std::array<std::vector<std::uint32_t>, 2> levels_;
  std::array<std::uint32_t, 2> depths_{};  // all nodes so near are known; kFar: all that can be reached
  std::uint32_t marked_to_ = 0;            // positions that have marks
  std::uint32_t searched_ = 0;
  Reservation memory_;
};

}  // namespace dossier
