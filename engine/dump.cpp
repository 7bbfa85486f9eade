// Store::dump: the default graph first, then graph by graph, so that TriG need not open a graph twice.
#include <array>
#include <limits>
#include <ostream>

#include "engine/io/rdf_reader.h"
#include "engine/io/result_writer.h"
#include "engine/session_core.h"

namespace dossier {
namespace {

// Writes the rows of a scan; `order` are the columns of subject, predicate, object and graph in its
// permutation. With a width of 3 the name of the graph is left out.
std::uint64_t write_rows(const Snapshot& snapshot, const ScanRange& range,
                         const std::array<std::size_t, 4>& order, std::size_t width, bool default_graph_alone,
                         SolutionWriter& writer) {
  std::uint64_t written = 0;
  const auto cursor = snapshot.scan(range, kAllColumns);
  std::array<std::vector<Id>, 4> kept;
  RowBlock block;
  while (cursor->next(block)) {
    std::array<const Id*, 4> columns{};
    for (std::size_t i = 0; i < 4; ++i) columns[i] = block.columns[order[i]];
    std::size_t rows = block.rows;
    if (default_graph_alone) {
      for (auto& column : kept) column.clear();
      for (std::size_t row = 0; row < block.rows; ++row) {
        if (columns[3][row] != kDefaultGraph) continue;
        for (std::size_t i = 0; i < 4; ++i) kept[i].push_back(columns[i][row]);
      }
      rows = kept[0].size();
      for (std::size_t i = 0; i < 4; ++i) columns[i] = kept[i].data();
    }
    if (rows > 0) writer.write(std::span(columns).first(width), rows);
    written += rows;
  }
  return written;
}

}  // namespace

std::uint64_t Store::dump(std::ostream& out, Format format, const std::optional<Term>& graph) {
  const auto snapshot = state_->database->snapshot();
  const std::uint64_t in_default = snapshot->quads(kDefaultGraph);
  const bool one_graph_format = format == Format::nt || format == Format::ttl || format == Format::rdfxml;
  if (!is_rdf_format(format))
    throw QueryError("a store is dumped as nq, trig, nt, ttl or rdfxml, not as " + std::string(format_name(format)));
  if (one_graph_format && !graph && in_default != snapshot->quads())
    throw QueryError("the store has named graphs, which " + std::string(format_name(format)) +
                     " cannot hold; use nq or trig, or choose one graph");

  // No term is computed here, so the budget is never asked.
  MemoryBudget budget(std::numeric_limits<std::size_t>::max());
  LocalTerms terms(*snapshot, budget);
  const auto writer = make_triple_writer(out, format, terms, prefixes());
  std::uint64_t written = 0;
  ScanRange named;
  named.permutation = Permutation::gspo;
  if (graph) {
    const Id id = find_term(*snapshot, *graph);
    named.prefix[0] = id;
    named.prefix_length = 1;
    // In a format of one graph the rows stand without its name.
    if (id.is_bound())
      written = write_rows(*snapshot, named, {1, 2, 3, 0}, one_graph_format ? 3 : 4, false, *writer);
  } else {
    if (in_default > 0)
      written = write_rows(*snapshot, {}, {0, 1, 2, 3}, 4, in_default != snapshot->quads(), *writer);
    if (in_default != snapshot->quads())
      written += write_rows(*snapshot, named, {1, 2, 3, 0}, 4, false, *writer);
  }
  writer->finish();
  return written;
}

}  // namespace dossier
