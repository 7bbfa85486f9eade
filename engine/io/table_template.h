// Templates of tables: Turtle (or TriG) with `{column}` places.
//
// Purpose: finds the places of a template and puts a mark in the stead of each, so that the reader of Turtle
// reads the rest; and makes a template of a header line whose cells are properties. Where places may stand:
// in an IRI or a prefixed name, in a string, as a whole object, after an @ as language, in a blank node's
// label. A `{` that is followed by white space or `|` is no place. Invariants: a mark is one code point that
// the template itself cannot hold (a language: x-place-N), so columns of messages can be told from those of
// the marked text. Errors: TemplateFault. Thread-safety: free functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/io/text_window.h"

namespace dossier::io {

inline constexpr std::uint32_t kFirstMark = 0xE1000;
inline constexpr std::uint32_t kMostMarks = 0xE000;
inline constexpr std::string_view kWholeIri = "x-place:";  // before the mark of a place that begins an IRI
inline constexpr std::string_view kLanguageMark = "x-place-";  // before the number of a place

// A template, or a header, that cannot be understood.
struct TemplateFault {
  TextWindow::Position position;  // of a header: the line is the number of the column
  std::string message;
};

// A place as it is written.
struct WrittenPlace {
  std::string column;
  std::vector<std::string> formats;  // what stands behind each |
  bool reserved = false;             // {+column}
  bool whole_term = false;           // no quotes, no <>, no prefix around it
  TextWindow::Position position;     // in the template
};

struct Template {
  std::string text;  // marked
  std::vector<WrittenPlace> places;
  std::vector<std::string> prefixes;  // labels that stand in it

  // The place in the template as written of a place in the marked text.
  TextWindow::Position written(TextWindow::Position marked) const;

  struct Shift {
    TextWindow::Position marked;  // right behind a mark
    std::int64_t columns;         // to be added from there to the end of the line
  };
  std::vector<Shift> shifts;
};

Template mark_places(std::string_view text);

// A template from the cells of a header. The first says the subject, `:{}`; the others a property with what
// becomes of the value: `rdfs:label@en`, `v:on^^xsd:date`, `v:post :{}`; within `{| |}` a property of the
// statement before. Its places name columns by number, and each line is a cell. Nothing when no cell is a
// property.
std::optional<std::string> template_of_header(const std::vector<std::string>& cells);

// A template to begin with for a header of plain names.
std::string starting_template(const std::vector<std::string>& cells);

}  // namespace dossier::io
