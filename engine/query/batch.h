// A batch of solutions: a column of ids a variable.
//
// Purpose: the unit that operators pass. Column i belongs to variable i of the operator's schema; kUnbound is
// no value. Invariants: every column holds at least `rows` ids; rows <= kBatchRows. Thread-safety: none; one
// owner.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/model/id.h"

namespace dossier {

inline constexpr std::size_t kBatchRows = 2048;

using Variable = std::uint32_t;        // number of a variable in the query's table of names
inline constexpr Variable kNoVariable = ~Variable{0};  // of a column that has none: an operator's own
// The column that says, as a plain number, how many equal rows a row stands for. Operators hand it out only to
// parents that asked for it: those that count.
inline constexpr Variable kWeight = kNoVariable - 1;
using Schema = std::vector<Variable>;  // columns of an operator's output

struct Batch {
  std::vector<std::vector<Id>> columns;
  std::size_t rows = 0;

  // Makes room for kBatchRows in each of `width` columns; keeps buffers.
  void reset(std::size_t width) {
    columns.resize(width);
    for (auto& column : columns)
      if (column.size() < kBatchRows) column.resize(kBatchRows);
    rows = 0;
  }
};

}  // namespace dossier
