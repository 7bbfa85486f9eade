// What the cells of a table say: numbers in the form that a map names, values of a datatype, names fit for
// IRIs.
//
// Purpose: the text of a cell to the lexical form of a literal or to a piece of an IRI; and words for what
// was expected of a cell that does not fit. Nothing is guessed: a number with separators needs its form.
// Invariants: what is given back is of the lexical space of its datatype. Errors: a form that cannot be one
// throws FormatFault. Thread-safety: constant values and free functions. Sources: XML Schema 1.1 part 2; RFC
// 3986 section 2.3 and RFC 3987 section 2.2 for the characters that an IRI takes as they are.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/io/date_pattern.h"

namespace dossier::io {

// "1,234.5", "1.234,5", "1 234,5", "1234,5": which sign groups digits and which begins the fraction.
class NumberPattern {
 public:
  static bool looks_like_one(std::string_view format);

  explicit NumberPattern(std::string_view pattern);
  // Appends the number as XML Schema writes it; false when `cell` is not written so.
  bool read(std::string_view cell, std::string& number) const;
  const std::string& text() const { return text_; }
  std::string_view datatype() const;  // xsd:decimal, or xsd:integer for a form without a fraction

 private:
  std::string text_;
  std::string group_;  // empty: none; a space stands for all kinds of spaces
  char decimal_ = 0;   // 0: none
};

// The datatype of an ISO 8601 date, time or part of one, by its form: 2025, 2025-06, 2025-06-13,
// 2025-06-13T10:00:00,
// --06-13, --06. Empty when it is none.
std::string_view iso_datatype(std::string_view text);

// Is `text` of the lexical space of the datatype? True for datatypes that are not known here.
bool is_lexical(std::string_view text, std::string_view datatype);
// What is expected of a cell of this datatype: "2025-06-13 (xsd:date)".
std::string expected_of(std::string_view datatype);
// Formats that may have been meant by a cell that is not of this datatype: "dd.MM.yyyy".
std::vector<std::string_view> formats_like(std::string_view datatype, std::string_view text);

// Letters and digits of any script in lower case, all else as one hyphen: "Chen Yuhuang" -> "chen-yuhuang".
void append_slug(std::string& out, std::string_view text);
// Percent-encodes all but unreserved characters; with `reserved`, those that are the syntax of IRIs stand,
// too.
void append_iri_text(std::string& out, std::string_view text, bool reserved);

// The beginning of a text that is too long for a message.
std::string shortened(std::string_view text);

std::string_view trim(std::string_view text);  // ASCII white space at both ends

}  // namespace dossier::io
