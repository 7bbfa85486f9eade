// Regular expressions of XPath in the syntax of RE2.
//
// Purpose: REGEX and REPLACE take the language of XPath and XQuery Functions and Operators 3.1 section 5.6
// (that of XML Schema with anchors, reluctant quantifiers and groups), while RE2 runs in time linear in the
// text. Character classes
// (\i, \c, \w, \p{IsGreek}, [a-z-[aeiou]]) are computed as sets of code points and written out as ranges.
// What linear time cannot give, back-references, makes a pattern invalid, as does a quantity above 1000. One
// difference stays: with flag m, ^ also matches behind a newline that ends the text.
// Thread-safety: free functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dossier {

struct RegexFlags {
  bool dot_all = false;      // s
  bool lines = false;        // m
  bool ignore_case = false;  // i
  bool extended = false;     // x: white space outside of character classes does not count
  bool quoted = false;       // q: the pattern stands for itself
};

// Nothing: a flag that does not exist.
std::optional<RegexFlags> parse_regex_flags(std::string_view text);
// Nothing: the pattern is no regular expression of XPath. Groups keep their numbers.
std::optional<std::string> translate_regex(std::string_view pattern, const RegexFlags& flags);

}  // namespace dossier
