// Writers of SPARQL results: table, JSON, XML, CSV, TSV.
//
// Purpose: columns of ids in, text out. A batch is decoded at once (LocalTerms::decode), cells are formatted
// into one reused buffer, so a row costs no allocation. All but `table` stream; the table holds back its
// first rows to know how wide the columns are, prints later rows with those widths, and lets a cell that is
// wider stick out. Invariants: `finish` or `break_off` is called once, after the last `write`; the output is
// complete only after `finish`. Thread-safety: none; a writer belongs to the thread of its query. Sources: SPARQL 1.2 Query Results
// JSON Format, XML Format, CSV and TSV Formats.
#pragma once

#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/dossier.h"
#include "engine/model/id.h"
#include "engine/query/local_terms.h"

namespace dossier {

using Prefixes = std::vector<std::pair<std::string, std::string>>;  // label without ':' -> IRI

class SolutionWriter {
 public:
  virtual ~SolutionWriter() = default;
  // Row i is columns[0][i], columns[1][i] ..., in the order of the variables.
  virtual void write(std::span<const Id* const> columns, std::size_t rows) = 0;
  virtual void finish() = 0;
  // Instead of `finish`, when the result breaks off: rows that were held back go out.
  virtual void break_off() {}
};

bool holds_solutions(Format format);
bool holds_boolean(Format format);
bool holds_triples(Format format);

// How the edges of a path name their ends: the keys of maps (VIA), both empty for triple terms. And where the
// path begins: a constant, or the value of a column; neither when the result does not show it.
struct PathStep {
  std::string from, to;
  Id start;
  std::optional<std::size_t> start_column;
};
using PathColumns = std::vector<std::optional<PathStep>>;  // of which columns the values are paths

// Precondition: holds_solutions(format). `prefixes` shorten the IRIs of a table, `paths` are drawn in it.
std::unique_ptr<SolutionWriter> make_solution_writer(std::ostream& out, Format format,
                                                     const std::vector<std::string>& variables,
                                                     LocalTerms& terms, const Prefixes& prefixes = {},
                                                     const PathColumns& paths = {});
// The same for the triples of CONSTRUCT and DESCRIBE, columns subject, predicate, object, and the graph when
// there is a fourth. Precondition: holds_triples(format).
std::unique_ptr<SolutionWriter> make_triple_writer(std::ostream& out, Format format, LocalTerms& terms,
                                                   const Prefixes& prefixes = {});
// Precondition: holds_boolean(format).
void write_boolean(std::ostream& out, Format format, bool value);

}  // namespace dossier
