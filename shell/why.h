// `.why`: the statements that gave a row of the last answer, and who says them.
//
// Purpose: the query is asked again with the values of the row; the patterns of its WHERE, with the values that its variables
// then have, are the statements. Of a property path the statements of a shortest one are shown, of an aggregate those of its
// group, the first of them. What a FILTER, MINUS or NOT EXISTS kept away is no statement, so it is not told. Errors: UsageError
// when there is no such row. Thread-safety: main thread only.
#pragma once

#include "shell/explorer.h"

namespace dossier::shell {

void explain_row(Explorer& explorer, std::size_t row);

}  // namespace dossier::shell
