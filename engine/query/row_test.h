// What the operators that read a pattern from the index have in common.
//
// Purpose: the checks of a pattern that the range of a scan cannot express, and names for explain.
// Thread-safety: one query's thread.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "engine/query/pattern_scan.h"

namespace dossier {

// What a row of a permutation must satisfy beyond the range, and where its columns go.
struct RowTest {
  struct Equal {
    int column;
    Id id;
  };
  struct Same {
    int column;
    int other;
  };
  std::vector<Equal> equal;
  std::vector<Same> same;
  const GraphFilter* graph = nullptr;  // null: no check
  int graph_column = -1;
  bool drop_repeats = false;
  std::array<int, 3> triple_columns{};
  std::array<Id, 3> last{};
  bool has_last = false;

  bool pass(const RowBlock& block, std::size_t row) {
    for (const auto& test : equal)
      if (block.columns[test.column][row] != test.id) return false;
    for (const auto& test : same)
      if (block.columns[test.column][row] != block.columns[test.other][row]) return false;
    if (graph != nullptr && !pass_graph(block.columns[graph_column][row])) return false;
    if (drop_repeats) {
      const std::array<Id, 3> triple{block.columns[triple_columns[0]][row],
                                     block.columns[triple_columns[1]][row],
                                     block.columns[triple_columns[2]][row]};
      if (has_last && triple == last) return false;
      last = triple;
      has_last = true;
    }
    return true;
  }
  bool pass_graph(Id id) const {
    switch (graph->kind) {
      case GraphFilter::Kind::any:
        return true;
      case GraphFilter::Kind::exact:
        return id == graph->graphs[0];
      case GraphFilter::Kind::among:
        return std::binary_search(graph->graphs.begin(), graph->graphs.end(), id);
      case GraphFilter::Kind::named:
        return id != kDefaultGraph;
      case GraphFilter::Kind::merged:
        return graph->all || std::binary_search(graph->graphs.begin(), graph->graphs.end(), id);
    }
    return false;
  }
  // Pieces of a scan mostly lie in one graph.
  bool pass_all(const Id* graphs, std::size_t rows) const {
    std::uint64_t other = 0;
    for (std::size_t row = 0; row < rows; ++row) other |= graphs[row].bits ^ graphs[0].bits;
    return other == 0 && pass_graph(graphs[0]);
  }
  bool trivial() const { return only_graph() && graph == nullptr; }
  // At most the graph is to be looked at.
  bool only_graph() const { return equal.empty() && same.empty() && !drop_repeats; }
};

// Columns that the checks need are added to `mask`.
RowTest make_test(const ResolvedPattern& pattern, const AccessPath& path, ColumnMask& mask);

// Column of a permutation that holds a position.
std::array<int, 4> columns_of_positions(Permutation permutation);
// The first position with the variable; -1: there is none.
int position_of(const ResolvedPattern& pattern, Variable variable);

// For explain.
const char* permutation_name(Permutation permutation);
std::string pattern_text(const ResolvedPattern& pattern, const VariableTable& names, QueryContext& context);

}  // namespace dossier
