// The nodes from which paths set out when nobody names them.
//
// Purpose: read from the index piece by piece, as they are asked for, so that a query that needs few of them
// reads few. Invariants: ascending, each once; all nodes of the scope when the path may have no step, else
// those with a first edge. Cancellation is checked once a scanned block. Thread-safety: one thread.
#pragma once

#include <vector>

#include "engine/path/reach.h"

namespace dossier {

class PathStarts {
 public:
  PathStarts(QueryContext& context, const PathAutomaton& automaton, GraphScope scope);

  void begin();
  bool next(Id& node);

 private:
  // A scan whose rows ascend by their nodes.
  struct Source {
    ScanRange range;
    std::size_t node = 0;  // columns
    std::size_t predicate = 0;
    std::vector<Id> excluded;  // predicates
  };
  void fill();
  bool scan(const Source& source);

  QueryContext& context_;
  GraphScope scope_;
  std::vector<Source> sources_;
  std::vector<Id> piece_;
  std::size_t at_ = 0;
  std::size_t most_ = 0;  // nodes of a source in the next piece
  Id from_;               // where it begins
  bool whole_ = false;    // there is none after this piece
  Reservation memory_;
};

}  // namespace dossier
