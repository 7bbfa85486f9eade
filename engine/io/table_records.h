// The records of CSV and TSV text: fields, their places, and where a piece of text may be cut.
//
// Purpose: RFC 4180 with what tables have besides: any one-character separator, LF, CR LF or CR at the end of
// a record, line breaks and doubled quotes in quoted fields, a quotation mark within a field that does not
// begin with one as an ordinary character. Invariants: a record that has an error is left behind whole; where
// a quote is never closed, the next record begins on the next line. A field's text holds until the next call
// of `next`. Memory is bounded by the text given and by `most_fields`. Errors: SyntaxFault, whose place
// `position` tells. Thread-safety: none; independent objects.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "engine/io/lexer.h"

namespace dossier::io {

struct TableShape {
  char separator = ',';
  bool quotes = true;  // false: the results of a query as TSV, where a quotation mark belongs to the term
};

struct TableField {
  std::string_view text;     // its quotes taken away
  const char* at = nullptr;  // where it begins, its quote included
};

// Where a record begins: its line, and its row as a spreadsheet counts, the header being 1.
struct TablePlace {
  std::uint64_t line = 1;
  std::uint64_t row = 1;
};

// The bytes of the whole records at the start of `text`; 0 when it has none. Moves `place` behind them.
std::size_t whole_records(std::string_view text, TableShape shape, TablePlace& place);

class TableRecords {
 public:
  // `text` begins at the start of a record.
  TableRecords(std::string_view text, TableShape shape, TablePlace place, std::size_t most_fields);

  // Goes to the next record that is no blank line; false at the end.
  bool next();
  const std::vector<TableField>& fields() const { return fields_; }
  std::size_t count() const { return count_; }  // of the fields, those beyond `most_fields` included
  std::uint64_t row() const { return place_.row; }
  std::uint64_t line() const { return place_.line; }  // no two records begin on the same
  struct Position {
    std::uint64_t line = 1;
    std::uint64_t column = 1;
  };
  Position position(const char* at) const;    // of a place in the current record
  const char* rest() const { return next_; }  // behind the current record

 private:
  void read_record();
  const char* read_quoted(const char* at);

  TableShape shape_;
  TablePlace place_;  // of the current record
  std::size_t most_fields_;
  const char* start_;  // of the current record
  const char* next_;
  const char* end_;
  bool first_ = true;
  std::vector<TableField> fields_;
  std::size_t count_ = 0;
  std::deque<std::string> unescaped_;
  std::size_t used_ = 0;  // of unescaped_
};

}  // namespace dossier::io
