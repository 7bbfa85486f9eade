// Links and paths drawn for people to read: a link a line.
//
// Purpose: the one form that links have, in tables of paths and wherever a command shows a statement. A path is lines such as `:chen ─:appointedTo→ :head` and, walked against its direction,
// `:head ←:appointedTo─ :chen`; what else a step of VIA says of its link stands behind it in brackets.
// Invariants: a line holds no line break of a term. Of the values of VIA a triple term between the two nodes
// is the link itself; without one the IRIs are its labels. Thread-safety: free functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/io/term_display.h"

namespace dossier {

// A link whose terms are texts already.
struct LinkText {
  std::string from, to;
  std::vector<std::string> labels;
  bool backwards = false;                                 // against its direction
  std::vector<std::pair<std::string, std::string>> notes;  // name (may be empty), value
};
// `─label→`, or `←label─`.
std::string link_arrow(std::string_view label, bool backwards);
void append_link(std::string& out, const LinkText& link);

// Appends the lines, with a line break between them; of a path without an edge its node.
void draw_path(std::string& out, const Path& path, const TermDisplay& display);

// The path that a list (term bytes) stands for, read from its text: triple terms, or the maps of VIA. Nothing:
// it is no list of links of which each begins where the one before ends. `start`: the node that the path sets
// out from; nothing: not known, then the subject of the first triple term if that fits.
std::optional<Path> path_of_list(std::string_view bytes, const PathStep& step,
                                 const std::optional<Term>& start);

}  // namespace dossier
