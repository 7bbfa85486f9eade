// The product of a graph and a path expression, as the searches for paths walk it.
//
// Purpose: from a node and a state, the edges that lead on, each once. The automaton is made deterministic as
// it is walked: a state is the set of all places of the expression where the walk may stand, so a sequence of
// edges has one run and a path is met once, however many ways the expression matches it. Invariants: an edge
// is an asserted triple of the scope, once however many graphs hold it; walked backwards it is the same edge;
// a loop that the expression may take either way is one step. Steps ascend by edge. Memory is reserved from
// the query's budget; cancellation is checked once a scanned block. Thread-safety: one thread.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "engine/model/numeric.h"
#include "engine/path/reach.h"

namespace dossier {

struct PathEdge {
  Id subject;
  Id predicate;
  Id object;
  friend auto operator<=>(const PathEdge&, const PathEdge&) = default;
};

// Where the edges come from.
class EdgeSource {
 public:
  virtual ~EdgeSource() = default;
  // Appends the edges with this label that leave the node, or with `backwards` those that enter it.
  virtual void read(Id node, const PathLabel& label, bool backwards, std::vector<PathEdge>& edges) = 0;
  // What the automaton reads of an edge.
  virtual Id letter(const PathEdge& edge) const { return edge.predicate; }
  // A value that never decreases along a path (ASC). An edge without one stands in no path.
  virtual bool ordered() const { return false; }
  virtual Id value(const PathEdge&) const { return kUnbound; }
  virtual bool may_follow(Id, Id) { return true; }
  // Precondition: the edges have costs.
  virtual const Number& cost(const PathEdge&) const = 0;
  virtual bool exact_costs() const { return true; }  // their sums do not depend on an order
  // How many edges `read` gives for a node, by statistics: for choosing where to go on.
  virtual double expected(const PathLabel& label, bool backwards) const = 0;
  // The same of one node, where that is known without reading them.
  virtual std::optional<double> known(Id /*node*/, const PathLabel&, bool /*backwards*/) const { return {}; }
  virtual bool in_memory() const { return true; }
  std::uint64_t edges() const { return work_.edges; }  // touched so far
  const SearchWork& work() const { return work_; }
  void add_level(std::size_t places) { work_.add_level(places); }  // of a breadth-first search

 protected:
  SearchWork work_;
};

class PathProduct {
 public:
  using State = std::uint32_t;
  static constexpr State kStart = 0;
  struct Step {
    PathEdge edge;
    Id node;
    State state = 0;
  };

  // `inverse`: paths are walked from their ends to their starts.
  PathProduct(QueryContext& context, const PathAutomaton& automaton, EdgeSource& source, bool inverse);

  bool accepts(State state) const { return states_[state].accepting; }
  // The states of the automaton that it stands for, ascending.
  const std::vector<std::uint32_t>& members(State state) const { return states_[state].members; }
  double expected(Id node, State state) const;  // edges that `steps` reads
  bool ordered() const { return source_.ordered(); }
  // Where edges are ordered: steps come with those first that leave the most, and not by edge. For searches
  // that may take any path.
  void prefer_values() { by_value_ = source_.ordered(); }
  // Where edges are ordered: the state without the value that the next edge must not fall short of.
  State base(State state) const { return states_[state].base; }
  // Does every edge that may follow the second state's value also follow the first's?
  bool covers(State a, State b) const;
  void steps(Id node, State state, std::vector<Step>& out);

 private:
  static constexpr State kNone = 0xFFFFFFFF;
  struct StateData {
    std::vector<std::uint32_t> members;
    std::vector<std::uint32_t> labels;  // of the transitions that leave it
    bool accepting = false;
    double expected = 0;
    Id value;        // of the last edge, where edges are ordered
    State base = 0;  // the same without it
  };
  struct Letter {
    State state;
    Id predicate;
    std::uint8_t ways;  // bit 0: along the edge, bit 1: against it
    friend bool operator==(const Letter&, const Letter&) = default;
  };
  struct LetterHash {
    std::size_t operator()(const Letter& letter) const {
      return hash_id(Id{letter.predicate.bits * 31 + letter.state * 4 + letter.ways});
    }
  };

  State intern(std::vector<std::uint32_t> members, Id value = kUnbound);
  State follow(const Letter& letter);
  State with_value(State state, State next, const PathEdge& edge);

  const PathAutomaton& automaton_;
  EdgeSource& source_;
  bool inverse_;
  bool by_value_ = false;
  std::vector<StateData> states_;
  std::map<std::pair<std::vector<std::uint32_t>, Id>, State> numbers_;
  std::unordered_map<Letter, State, LetterHash> follows_;
  std::vector<PathEdge> read_;
  Reservation memory_;
};

// A map from places of a product to numbers.
class PlaceMap {
 public:
  // The number of the place, `initial` when it is new.
  std::uint64_t& at(Id node, std::uint32_t state, std::uint64_t initial, bool* added = nullptr);
  const std::uint64_t* find(Id node, std::uint32_t state) const;
  std::size_t memory() const { return slots_.size() * sizeof(Slot); }
  void clear();

 private:
  struct Slot {
    Id node;
    std::uint32_t state = 0;
    bool used = false;
    std::uint64_t value = 0;
  };
  std::size_t place(Id node, std::uint32_t state) const;
  std::vector<Slot> slots_;
  std::size_t size_ = 0;
};

// How often a search has gone on from each place, as often at most as there are paths to take.
//
// Invariants: walks come in the order in which paths are taken. Where edges are ordered, a walk is passed
// over when so many have come to the node in the same state with values that let it go on no less: whatever
// follows it, follows them.
class Entries {
 public:
  Entries(const PathProduct& product, std::uint64_t most) : product_(product), most_(most) {}
  void clear();
  // Counts a walk to the place; false: it need not be gone on from.
  bool enter(Id node, PathProduct::State state);
  bool full(Id node, PathProduct::State state) const;
  std::size_t memory() const;

 private:
  void thin(std::vector<PathProduct::State>& entered) const;
  bool covered(const std::vector<PathProduct::State>& entered, PathProduct::State state) const;

  const PathProduct& product_;
  std::uint64_t most_;
  PlaceMap places_;  // how often; where edges are ordered, which of `ordered_`
  std::vector<std::vector<PathProduct::State>> ordered_;
  std::size_t states_ = 0;  // in them
};

// How many steps lead at least from a place to the end of a path, by breadth-first search from that end.
class DistanceToEnd {
 public:
  static constexpr std::uint64_t kFar = 0xFFFFFFFFFFFFFFFF;
  DistanceToEnd(QueryContext& context, const PathAutomaton& automaton, EdgeSource& source);

  void begin(Id end);
  // Knows all places at most so far away; `whole`: nothing is further.
  void extend(std::uint64_t steps);
  // Goes one step on, but stops at a place that is `met`; true: there was one. Others may be missing then, so
  // there is no going on.
  using Met = std::function<bool(Id node, std::uint32_t state)>;
  bool extend_until(const Met& met);
  std::uint64_t known() const { return known_; }  // places so far away
  bool whole() const { return level_.empty(); }
  double expected() const { return expected_; }  // edges to be read for one step more
  // Of any of these states; kFar: none is known to lead there.
  std::uint64_t of(Id node, const std::vector<std::uint32_t>& states) const;

 private:
  struct Place {
    Id node;
    std::uint32_t state;
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  QueryContext& context_;
  const PathAutomaton& automaton_;
  EdgeSource& source_;
  bool step(const Met& met);
  // Adds a place; false: it is known.
  bool enter(std::vector<Place>& level, Id node, std::uint32_t state, std::uint64_t distance);

  PlaceMap distances_;
  std::vector<Place> level_;  // the newest
  double expected_to(Id node, std::uint32_t state) const;
  std::vector<double> expected_of_;  // edges that lead to a state, a node
  double expected_ = 0;
  std::uint64_t known_ = 0;
  Reservation memory_;
};

}  // namespace dossier
