// Rows of a table into a batch of quads, as a map says.
//
// Purpose: the loop of an import: a record's cells to the terms of a map's patterns. What a row shares with
// the row before, and what is the same in all rows, costs no look-up. Invariants: a row that has an error
// adds no quad. Errors: SyntaxFault at the cell, its message with row and column. Thread-safety: none; a map
// may be shared.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/io/quad_batch.h"
#include "engine/io/table_map.h"
#include "engine/io/table_records.h"

namespace dossier::io {

class TableRows {
 public:
  TableRows(const TableMap& map, std::size_t columns, QuadBatch& batch);

  // Adds what the current record says; returns the number of quads.
  std::uint64_t add(const TableRecords& records);
  // To be called when the batch was cleared.
  void forget();

 private:
  using Index = QuadBatch::Index;
  struct CellValue {
    std::string_view text;  // trimmed; empty: nothing stands there
    std::string_view raw;   // as it stands
    const TableField* field = nullptr;
    std::vector<std::string_view> parts;  // of a cell of several values
    std::uint32_t part = 0;               // which of them is meant
    std::string value;                    // of a cell that holds a term
  };
  struct Seen {
    std::string text;  // of the one cell that the term depends on, in the row before
    Index index = QuadBatch::kNone;
  };

  void read_cells(const TableRecords& records);
  void read_cell(const TableCell& cell, const TableField& field, CellValue& value);
  void find_present();
  void add_triple(const TriplePattern& triple, std::size_t split);
  Index term(std::uint32_t number);
  Index make_term(std::uint32_t number, const TermPattern& pattern);
  Index make_iri(const TermPattern& pattern);
  Index make_blank(const TermPattern& pattern);
  Index make_literal(const TermPattern& pattern);
  Index whole_term(const TableValue& value);
  Index prefixed_name(const TableValue& value);
  Index add_term(const Term& term);
  // What a place stands for; a datatype when its format gives one.
  std::string_view convert(const TableValue& value, bool keep_space, std::string_view& datatype);
  // False: the pieces have a place whose characters are still to be checked.
  bool append_iri(std::string& out, const std::vector<TermPattern::Piece>& pieces);
  const TableValue& value_of(const TermPattern::Piece& piece) const {
    return map_.values[static_cast<std::size_t>(piece.value)];
  }
  std::string_view text_of(const TableValue& value) const;
  [[noreturn]] void fail(const TableValue& value, const std::string& message) const;
  [[noreturn]] void expected(const TableValue& value, const std::string& what) const;

  const TableMap& map_;
  std::size_t columns_;
  QuadBatch& batch_;
  std::uint64_t row_ = 0;   // of the table
  std::uint64_t line_ = 0;  // on which it begins
  std::uint64_t turn_ = 0;  // counts the rows
  std::vector<CellValue> cells_;
  std::vector<char> present_;            // of the triples
  std::vector<Index> known_;             // of the terms
  std::vector<std::uint64_t> known_in_;  // the turn for which it is; kAlways: for this batch
  std::vector<Seen> seen_;               // of the terms
  std::string scratch_;
  std::string lexical_;
  std::string extra_;
  std::string converted_;
};

}  // namespace dossier::io
