// The order in which a search between two ends goes on.
//
// Purpose: best first, by the steps that a way over a place takes at least: those from the start to it, and
// those from it to the end as far as a search from that end knows them. Both searches grow in turn, whichever
// has the fewer edges to read next; where the other has been, only what leads to the end is gone on from.
// Invariants: a level is of places of one distance from the start, and they come in the order in which they
// were added, but where the level is `mixed`; totals never fall, and of one total the levels come from the
// start on. So a place comes with a walk only when all shorter walks to it have come, and equally long ones
// come in the same level. Where `one` walk is wanted, whichever, the searches stop where they meet, and
// totals alone are in order. Memory is reserved from the query's budget. Thread-safety: one thread.
#pragma once

#include <map>
#include <vector>

#include "engine/path/product.h"

namespace dossier {

class Frontier {
 public:
  struct Item {
    Id node;
    PathProduct::State state = 0;
    std::size_t number = 0;  // the caller's
  };
  struct Level {
    std::uint64_t length = 0;  // steps from the start
    std::uint64_t total = 0;   // least steps from start to end
    bool mixed = false;        // added in several turns
    std::vector<Item> items;
  };

  Frontier(QueryContext& context, const PathAutomaton& automaton, EdgeSource& source,
           const PathProduct& product, bool one);

  void begin(Id end);
  // A place that can be reached by so many steps from the start. True: the shortest way to the end leads over
  // it.
  bool add(std::uint64_t length, const Item& item);
  // The next places to go on from; false: there is no other way to the end.
  bool next(Level& level);

 private:
  struct Waiting {
    std::vector<Item> items;
    double expected = 0;  // edges that lead on from them
    std::uint64_t turn = 0;
    bool mixed = false;
  };
  void put(Waiting& waiting, const Item& item);
  void look_back();
  void look_back_until_met();
  void account();

  QueryContext& context_;
  EdgeSource& source_;
  const PathProduct& product_;
  DistanceToEnd distance_;
  // By total and length; those whose way to the end is not known yet by length alone.
  std::map<std::pair<std::uint64_t, std::uint64_t>, Waiting> known_;
  std::map<std::uint64_t, Waiting> unknown_;
  bool one_;
  PlaceMap meeting_;
  std::uint64_t total_ = 0;
  std::uint64_t turn_ = 0;
  std::size_t items_ = 0;
  // Of the level given last, from which its edges have been read since.
  std::size_t given_ = 0;
  std::uint64_t edges_ = 0;   // read until then
  double edges_a_place_ = 0;  // that lead on from a place: those of the last level
  Reservation memory_;
};

}  // namespace dossier
