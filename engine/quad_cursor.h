// What stands behind a QuadCursor: rows of any RowCursor, decoded some hundreds at once.
//
// Purpose: Session::match and the changes of a commit hand out quads by the same way. Thread-safety: one
// thread.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "engine/dossier.h"
#include "engine/store/snapshot.h"

namespace dossier {

// Where subject, predicate, object and graph stand in a permutation.
struct QuadOrder {
  Permutation permutation;
  std::array<int, 4> column;
};
inline constexpr QuadOrder kSpogOrder{Permutation::spog, {0, 1, 2, 3}};

struct QuadCursor::State {
  std::shared_ptr<const void> owner;  // what must live as long as the cursor, if anything
  std::shared_ptr<const Snapshot> snapshot;
  std::unique_ptr<RowCursor> cursor;
  QuadOrder order = kSpogOrder;
  std::array<Id, 4> wanted{};  // kUnbound: any

  RowBlock block;
  std::size_t block_row = 0;
  std::vector<Row> rows;  // (s, p, o, g) that pass, to be decoded together
  std::size_t next_row = 0;
  std::vector<Id> ids;
  std::vector<Term> terms;
  std::string bytes;
  std::vector<std::size_t> ends;
  Quad quad;

  bool fill();
};

}  // namespace dossier
