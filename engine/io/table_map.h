// What a row of a table says: a template, compiled against the columns that a table has.
//
// Purpose: the triples of a template as patterns of terms, each in pieces of constant text and places, so
// that a row costs its cells and no parsing. Which triples a row gives: those whose cells are filled; what is
// said of a blank node or a reifier goes with the triple that it belongs to; a blank node of which nothing is
// left to say goes, too. A place with `split` gives its triples once for each value. Blank nodes without a
// place in their label are new for each row. Invariants: constant once compiled, shared by the threads that
// read. Errors: TemplateFault. Thread-safety: constant.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/io/cell_format.h"
#include "engine/io/quad_batch.h"
#include "engine/io/table_template.h"

namespace dossier::io {

// A column as places use it: cells are trimmed, checked for emptiness and split once a row.
struct TableCell {
  std::size_t column = 0;
  std::string name;
  std::string separator;           // of the values within the cell; empty: one value
  std::vector<std::string> nulls;  // texts that stand for an empty cell
  friend bool operator==(const TableCell&, const TableCell&) = default;
};

struct TablePlaceFormat {
  enum class Kind : std::uint8_t { text, slug, term, dates, number, boolean };
  Kind kind = Kind::text;
  bool iso = false;                // dates: ISO 8601 is tried first, typed by its form
  std::vector<DatePattern> dates;  // then these, one after the other
  std::optional<NumberPattern> number;
  std::string yes;
  std::string no;
};

struct TableValue {
  std::size_t cell = 0;
  bool reserved = false;
  bool whole_term = false;
  TablePlaceFormat format;
};

struct TermPattern {
  enum class Kind : std::uint8_t { constant, iri, blank, literal, triple };
  struct Piece {
    std::string text;
    std::int32_t value = -1;  // of TableMap::values; -1: the text
  };
  Kind kind = Kind::constant;
  std::string bytes;                     // of a constant
  std::vector<Piece> text;               // of an IRI, a label, a lexical form
  std::vector<Piece> language;           // of a literal
  std::vector<Piece> datatype;           // of a literal
  bool of_row = false;                   // a blank node that is new for each row
  std::array<std::uint32_t, 3> parts{};  // of a triple term
  std::vector<std::uint32_t> cells;      // that it needs
  std::vector<std::uint32_t> splits;     // of these, those of several values
};

struct TriplePattern {
  std::array<std::uint32_t, 4> terms{};  // the graph may be QuadBatch::kDefault
  std::vector<std::uint32_t> cells;
  std::vector<std::uint32_t> splits;
  std::vector<std::uint32_t> parents;   // of which one must be there
  std::vector<std::uint32_t> children;  // of which one must be there; empty: it needs none
};

struct TableMap {
  std::vector<TableCell> cells;
  std::vector<TableValue> values;
  std::vector<TermPattern> terms;  // the parts of a triple term before it
  std::vector<TriplePattern> triples;
  std::vector<std::uint32_t> order;                           // of the triples: parents before their children
  std::vector<std::pair<std::string, std::string>> prefixes;  // declared in the template, or used in it
  std::vector<std::pair<std::string, std::string>> known_prefixes;  // of names in cells, besides
  bool terms_in_cells = false;  // the results of a query as TSV: a cell is a term in Turtle syntax
};

struct MapContext {
  std::vector<std::string> columns;
  bool numbered = false;  // places name columns by number
  bool terms_in_cells = false;
  std::string base;
  std::vector<std::pair<std::string, std::string>> prefixes;  // that need no declaration
};

// `written` is what mark_places made. A template without a triple gives a map without triples.
TableMap compile_map(const Template& written, const MapContext& context);

}  // namespace dossier::io
