// Paths drawn for people to read: a link a line.
//
// Purpose: the value of a path search (a list of triple terms, or of the maps of VIA) as lines such as
// `:chen ─:appointedTo→ :head` and, walked against its direction, `:head ←:appointedTo─ :chen`; what else a
// map says of a link stands behind it in brackets. Invariants: a line holds no line break of a term. A triple
// term in a map is the link when its ends are those of the step; else the map's IRIs are. Thread-safety: free
// functions.
#pragma once

#include <string>
#include <string_view>

#include "engine/io/term_display.h"

namespace dossier {

// Appends the lines, with a line break between them. False, and nothing appended: the term (term bytes) is no
// list of links of which each begins where the one before ends. `start`: the node that the path sets out
// from, as it stands in a list; empty: not known, then the subject of the first triple term if that fits.
bool draw_path(std::string& out, std::string_view bytes, const PathStep& step, std::string_view start,
               const TermDisplay& display);

}  // namespace dossier
