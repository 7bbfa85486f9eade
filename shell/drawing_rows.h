// Where the parts of a drawing that hang together stand: in rows beside each other, not in one long column.
//
// Purpose: dot puts every part at the left edge; an invisible link from the end of a part to the start of the
// next one puts them in a row. Rows are as deep as the deepest part. Thread-safety: free functions.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "shell/drawing.h"

namespace dossier::shell {

// The most things that a rank of a part has.
std::size_t widest_rank(const Drawing& drawing);

// The invisible links. With `by_kind` only things without any link are put in rows, each with its own kind,
// as boxes around kinds hold the rest together.
std::vector<std::pair<std::size_t, std::size_t>> links_of_rows(const Drawing& drawing, bool by_kind);

}  // namespace dossier::shell
