// Readers of SPARQL results: JSON, XML, CSV, TSV.
//
// Purpose: what a SPARQL service answers (and what the writers of result_writer.h write) comes back as terms,
// row by row, in bounded memory: a row is handed on as soon as it is complete. Triple terms and base
// directions are read as the SPARQL 1.2 drafts write them. CSV keeps no kinds of terms: a field is a string,
// `_:label` a blank node, an empty one unbound; of TSV an empty cell is unbound. In JSON the rows may stand
// before the head; then they are held until the names of the variables are known. Bounds: nesting, bytes of
// one term, bytes held. Errors: DataError with line and column, from 1. Invariants: `variables` comes once
// and before the first row; a row has as many cells as there are variables; after an error nothing more is
// called. Thread-safety: free functions; a sink belongs to its caller. Sources: SPARQL 1.2 Query Results JSON
// Format, XML Format, CSV and TSV Formats.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/dossier.h"
#include "engine/io/rdf_reader.h"

namespace dossier {

using ResultRow = std::vector<std::optional<Term>>;

class ResultSink {
 public:
  virtual ~ResultSink() = default;
  virtual void variables(const std::vector<std::string>& names) = 0;
  virtual void row(ResultRow& cells) = 0;  // may be moved from
  virtual void boolean(bool value) = 0;
};

struct ResultReadOptions {
  std::string name = "results";                         // for messages
  std::size_t max_depth = 256;                          // of triple terms in triple terms
  std::size_t max_term_bytes = std::size_t{64} << 20;   // of one value, name or line
  std::size_t max_held_bytes = std::size_t{256} << 20;  // of JSON rows that stand before their head
};

// `format` is one of json, xml, csv, tsv.
void read_results(ByteSource& source, Format format, const ResultReadOptions& options, ResultSink& sink);

// All of a result, for those who want it whole.
struct ResultTable {
  std::optional<bool> boolean;  // ASK; then there are no variables and no rows
  std::vector<std::string> variables;
  std::vector<ResultRow> rows;
};
ResultTable read_results(std::string_view text, Format format, const ResultReadOptions& options = {});

}  // namespace dossier
