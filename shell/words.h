// The words of a line of input.
//
// Purpose: what statements and dot commands alike take apart by hand, before the grammar sees it.
// Thread-safety: free functions.
#pragma once

#include <string>
#include <string_view>

namespace dossier::shell {

// Without blanks and line breaks at both ends.
std::string_view trimmed(std::string_view text);
// Takes the first word off `text`, and the blanks behind it; quotes hold a word with blanks together.
std::string take_word(std::string_view& text);
// Takes the letters that the text begins with, in capitals.
std::string take_upper(std::string_view& text);
// SQL has taught people to end a query with a semicolon.
std::string_view without_semicolon(std::string_view text);

}  // namespace dossier::shell
