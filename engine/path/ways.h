// Walks that share their parts, kept as the edges between numbered places.
//
// Purpose: a search by levels writes down by which edges each place was reached; the walks to the places
// where a path ends are read off backwards, one by one, so that no branch is hopeless. Invariants: place 0 is
// the start and is reached by no edge; an edge goes from a place with a smaller number of steps, so there are
// no circles. Memory is reserved from the query's budget. Thread-safety: one thread.
#pragma once

#include <vector>

#include "engine/path/search.h"

namespace dossier {

class Ways {
 public:
  explicit Ways(QueryContext& context) : context_(context), memory_(context.budget(), "path search") {}

  void begin(Id start);
  std::size_t add_place(Id node);  // its number
  void add_arrival(std::size_t place, const PathEdge& edge, std::size_t from);
  // Makes `next` give the walks to this place, which are all known.
  void add_end(std::size_t place) { ends_.push_back(place); }
  bool next(FoundPath& path);

 private:
  static constexpr std::size_t kNone = ~std::size_t{0};
  struct Place {
    Id node;
    std::size_t arrival;  // the last of those that lead here
  };
  struct Arrival {
    PathEdge edge;
    std::size_t from;
    std::size_t next;  // another arrival at the same place
  };
  // A place on the way back, and the arrival by which it is to be left next.
  struct Stand {
    std::size_t place;
    std::size_t arrival;
  };
  bool walk_back(FoundPath& path);
  void write(FoundPath& path, std::size_t end) const;

  QueryContext& context_;
  std::vector<Place> places_;
  std::vector<Arrival> arrivals_;
  std::vector<std::size_t> ends_;
  std::size_t end_ = 0;  // the next of them
  std::vector<Stand> trail_;
  std::vector<PathEdge> way_;  // the edges of the trail, from the end on
  std::uint64_t looks_ = 0;
  Reservation memory_;
};

}  // namespace dossier
