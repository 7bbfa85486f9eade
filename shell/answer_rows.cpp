#include "shell/answer_rows.h"

#include "engine/cdt/composite.h"

namespace dossier::shell {

bool RowReader::next(std::vector<AnswerRows::Cell>& row) {
  if (!result_.next()) return false;
  row.clear();
  row.resize(paths_.size());
  for (std::size_t column = 0; column < row.size(); ++column) {
    row[column].term = result_.get(column);
    if (!paths_[column] || !row[column].term) continue;
    try {
      if (row[column].term->datatype() == cdt::kListIri) row[column].path = result_.path(column);
    } catch (const QueryError&) {
      paths_[column] = false;
    }
  }
  return true;
}

std::size_t row_bytes(const std::vector<AnswerRows::Cell>& row) {
  std::size_t bytes = row.size() * sizeof(AnswerRows::Cell);
  for (const auto& cell : row) {
    if (cell.term) bytes += cell.term->value().size() + (cell.term->is_triple() ? 4 * sizeof(Term) : 0);
    if (cell.path) bytes += 2 * cell.term->value().size() + cell.path->edges.size() * sizeof(Path::Edge);
  }
  return bytes;
}

}  // namespace dossier::shell
