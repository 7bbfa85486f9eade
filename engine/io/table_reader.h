// Tables to quads: CSV and TSV read through a map.
//
// Purpose: opens a table (byte order mark, header line, the map compiled for its columns), cuts it into
// pieces of whole records, and reads a piece; so one thread may read all, or many a piece each. Invariants:
// quads come in the order of the text; memory is that of a piece, and of a field of `max_term_bytes`. Errors:
// DataError with line and column of the text, and in its words the row as a spreadsheet counts and the
// column's name; of the map: with its own line and column. With skip_bad a bad row is left out and counted.
// Thread-safety: `next_piece` in one thread at a time, `read_piece` in any.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/io/rdf_reader.h"
#include "engine/io/table_map.h"
#include "engine/io/table_records.h"

namespace dossier::io {

class TableReader {
 public:
  // `format` is csv or tsv. Reads the header.
  TableReader(ByteSource& source, Format format, const ReadOptions& options);

  // Fills `text` with records, the first of which begins at `place`; false: they are the last.
  bool next_piece(std::string& text, TablePlace& place);
  // Adds to `batch` and `report`; with a sink, hands the batch on whenever it is full.
  void read_piece(std::string_view text, TablePlace place, QuadBatch& batch, ReadReport& report,
                  const BatchSink* sink) const;
  const std::vector<std::pair<std::string, std::string>>& prefixes() const { return map_.prefixes; }

 private:
  struct Header {
    std::vector<std::string> cells;
    std::vector<TableRecords::Position> positions;
  };
  Header read_header();
  void compile(const Header& header);
  void require_text(const TableRecords& records) const;

  ByteSource& source_;
  const ReadOptions& options_;
  TableOptions table_;
  TableShape shape_;
  TableMap map_;
  std::vector<std::string> columns_;
  std::string rest_;    // read, and not yet given out
  bool ended_ = false;  // the source is
  TablePlace place_;    // of the next piece
  std::size_t piece_bytes_;
  std::size_t longest_;  // of a record
};

// `next_piece` and `read_piece` until the end.
ReadReport read_table(ByteSource& source, Format format, const ReadOptions& options, const BatchSink& sink);

}  // namespace dossier::io
