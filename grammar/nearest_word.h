// The word that somebody might have meant by another.
//
// Purpose: one "did you mean" for the grammar, the engine and the shell. Thread-safety: free functions.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace dossier::grammar {

// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The candidate that is nearest to `word`; empty when none is near: one slip in a short word, two in a longer
// one.
std::string_view nearest_word(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace dossier::grammar
