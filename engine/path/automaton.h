// A property path as an automaton over edges of the graph.
//
// Purpose: what the path searches walk. Built by Glushkov's construction (a state for each place of an edge in the
// expression, and a start; no empty transitions), then made smaller (path/minimise.h). Invariants: state 0 is the start,
// which may be entered again; every other state lies on a way from the start to an accepting one; transitions are sorted by
// label and target without repetition; every label has edges to follow. Errors: LimitError (size) when the expression would
// need more than kMaxStates states (bounded repetitions) or kMaxTransitions (repeated alternatives, each after each).
// Thread-safety: a value. Source: V. M. Glushkov, The abstract theory of automata (1961); SPARQL 1.2 Query Language
// section 9.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/model/id.h"
#include "grammar/ast.h"

namespace dossier {

// One kind of edge that a transition may follow.
struct PathLabel {
  enum class Kind : std::uint8_t {
    link,  // edges of `predicate`
    any,   // edges of every predicate but `excluded`
  };
  Kind kind = Kind::link;
  bool inverse = false;      // from object to subject
  Id predicate;
  std::vector<Id> excluded;  // sorted
  friend bool operator==(const PathLabel&, const PathLabel&) = default;
};

struct PathAutomaton {
  static constexpr std::size_t kMaxStates = 100'000;  // beside the start
  static constexpr std::size_t kMaxTransitions = 1'000'000;

  struct Transition {
    std::uint32_t label = 0;
    std::uint32_t state = 0;  // the target; in `reverse` the source
    friend auto operator<=>(const Transition&, const Transition&) = default;
  };

  std::vector<PathLabel> labels;
  std::vector<std::vector<Transition>> forward;  // by source state
  std::vector<std::vector<Transition>> reverse;  // by target state
  std::vector<bool> accepting;                   // by state

  std::size_t states() const { return accepting.size(); }
  bool accepts_empty() const { return accepting[0]; }
  void index();  // makes `reverse` from `forward`, and both as the invariants say
};

// `resolve` gives the id of a predicate's IRI, kUnbound when the store lacks it: then no edge has it.
PathAutomaton build_automaton(const grammar::Path& path,
                              const std::function<Id(const std::string& iri)>& resolve);

}  // namespace dossier
