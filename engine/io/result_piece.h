// Rows of several batches of a result that are written together.
//
// Purpose: terms that stand anywhere in the dictionary are read by block, so the more rows are written at once, the fewer times
// each block is unpacked. Rows in the order of the dictionary gain nothing and are not held back. Thread-safety: none.
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "engine/io/result_writer.h"
#include "engine/model/id.h"
#include "engine/query/batch.h"
#include "engine/query/local_terms.h"

namespace dossier {

class ResultPiece {
 public:
  // `memory`: what the query may take; a piece takes a fraction of it.
  ResultPiece(std::size_t width, std::size_t memory);
  // The rows of a batch from `from` on.
  void add(const Batch& batch, std::size_t from);
  // Whether it does not pay to wait for more rows. Nobody who waits for rows waits for much longer than they take to be found, and
  // the first are shown as soon as they are there.
  bool is_full() const;
  // Writes what there is; empty afterwards.
  void write(SolutionWriter& writer, LocalTerms& terms);

 private:
  static constexpr std::size_t kMostCells = std::size_t{1} << 22;
  static constexpr std::size_t kCellBytes = 32;   // without the text
  static constexpr std::size_t kMemoryShare = 8;  // of what the query may take, one part in so many
  static constexpr std::size_t kLookEvery = 8;    // batches
  static constexpr std::chrono::milliseconds kMostWait{50};

  std::vector<std::vector<Id>> columns_;
  std::size_t most_rows_;
  std::size_t rows_ = 0;
  std::size_t batches_ = 0;
  bool scattered_ = false;
  std::chrono::steady_clock::time_point begin_;  // when the first of the rows came
};

}  // namespace dossier
