// A batch of solutions: a column of ids a variable.
//
// Purpose: the unit that operators pass. Column i belongs to variable i of the operator's schema; kUnbound is
// no value. Invariants: every column holds at least `rows` ids; rows <= kBatchRows. Thread-safety: none; one
// owner.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/model/id.h"

namespace dossier {

inline constexpr std::size_t kBatchRows = 2048;

using Variable = std::uint32_t;                        // number of a variable in the query's table of names
inline constexpr Variable kNoVariable = ~Variable{0};  // of a column that has none: an operator's own
// The column that says, as a plain number, how many equal rows a row stands for. Operators hand it out only
// to parents that asked for it: those that count.
inline constexpr Variable kWeight = kNoVariable - 1;
using Schema = std::vector<Variable>;  // columns of an operator's output

// Room for the ids of a column. What has not been written has no value: a query of a few rows would spend
// more on zeroes than on its rows.
class IdColumn {
 public:
  std::size_t size() const { return size_; }
  Id* data() { return ids_.get(); }
  const Id* data() const { return ids_.get(); }
  Id* begin() { return data(); }
  const Id* begin() const { return data(); }
  Id* end() { return data() + size_; }
  const Id* end() const { return data() + size_; }
  Id& operator[](std::size_t row) { return data()[row]; }
  const Id& operator[](std::size_t row) const { return data()[row]; }
  void resize(std::size_t size) {
    if (size > room_) {
      std::unique_ptr<Id[], Free> larger(static_cast<Id*>(::operator new(size * sizeof(Id))));
      std::copy_n(data(), size_, larger.get());
      ids_ = std::move(larger);
      room_ = size;
    }
    size_ = size;
  }

 private:
  struct Free {
    void operator()(Id* ids) const { ::operator delete(ids); }
  };
  std::unique_ptr<Id[], Free> ids_;
  std::size_t size_ = 0;
  std::size_t room_ = 0;
};

struct Batch {
  std::vector<IdColumn> columns;
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
