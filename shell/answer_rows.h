// Rows of an answer as values.
//
// Purpose: what is shown, kept for `.expand` and `.why`, and drawn, is read from a result here, paths
// included. Thread-safety: none; one owner.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "engine/dossier.h"

namespace dossier::shell {

struct AnswerRows {
  struct Cell {
    std::optional<Term> term;  // nothing: unbound
    std::optional<Path> path;  // a path search gave it
  };
  Result::Kind kind = Result::Kind::solutions;
  std::vector<std::string> variables;
  std::vector<std::vector<Cell>> rows;
  bool whole = false;  // the answer has no more rows
};

class RowReader {
 public:
  // Precondition: the result is that of no ASK. It outlives this.
  explicit RowReader(Result& result)
      : result_(result), paths_(result.variables().size(), result.kind() == Result::Kind::solutions) {}
  // False at the end.
  bool next(std::vector<AnswerRows::Cell>& row);

 private:
  Result& result_;
  // A column that holds a term which is no path is not asked again: asking costs an exception.
  std::vector<bool> paths_;
};

// Bytes that a row takes in memory, about.
std::size_t row_bytes(const std::vector<AnswerRows::Cell>& row);

}  // namespace dossier::shell
