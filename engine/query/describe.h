// DESCRIBE: what the store says about a resource.
//
// Purpose: the concise bounded description with RDF 1.2's reifiers: all triples whose subject is the
// resource; of blank nodes found as objects, theirs too; of every triple found, its reifiers with their
// descriptions. Thread-safety: one query's thread.
#pragma once

#include <deque>

#include "engine/query/operator.h"
#include "engine/query/plan.h"

namespace dossier {

class Describer {
 public:
  explicit Describer(Planner& planner);
  void add(Id resource);
  // Appends more triples to `triples` (three columns); false when there are none left.
  bool next(RowTable& triples);

 private:
  void scan(const QuadPatternNode& pattern, const Schema& columns,
            const std::function<void(const Batch&, std::size_t)>& row);

  Planner& planner_;
  Variable first_;
  Variable second_;
  Id reifies_;
  TupleSet seen_;
  std::deque<Id> waiting_;
};

}  // namespace dossier
