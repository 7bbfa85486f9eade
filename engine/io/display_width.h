// How wide text is on a terminal.
//
// Purpose: columns that UTF-8 text takes, counted by grapheme clusters (what a reader takes for one
// character): 2 for wide East Asian characters and emoji, also those of several code points, 0 for what
// combines with the character before it. Shortening never cuts a cluster. Invariants: the width of a text is
// the sum of the widths of its clusters. Thread-safety: free functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dossier {

std::size_t display_width(std::string_view text);

// Appends the text; when it is wider than `width` its beginning and its end, with … for what stands between
// them. What is appended is at most `width` wide.
void append_elided(std::string& out, std::string_view text, std::size_t width);

}  // namespace dossier
