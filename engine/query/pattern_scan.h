// Quad patterns on the storage: which permutation, which rows, and the scans over them.
//
// Purpose: turns a pattern with some positions fixed into a ScanRange plus the checks that the range cannot
// express, and gives two operators: IndexScan reads the rows of a pattern; IndexJoin (index_join.cpp) extends
// each row of its input by the rows that match it, by seeks through one cursor in key order. Graphs: the
// default graph is the rows whose graph column is the default graph (no check when the store has no others);
// a merge of graphs drops repeated rows, which are neighbours in every permutation; a graph variable takes
// named graphs only. Thread-safety: one query's thread.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/query/operator.h"

namespace dossier {

// Positions of a pattern: 0 subject, 1 predicate, 2 object, 3 graph (triples) or the id of the triple term.
using Positions = std::array<Slot, 4>;

// An inclusive range of ids of one position, derived from a filter: a superset of what the filter lets
// through.
struct IdRange {
  Id low;
  Id high;
};

struct GraphFilter {
  enum class Kind : std::uint8_t { any, exact, among, named, merged };
  Kind kind =
      Kind::any;  // any: no check; exact: `graphs[0]`; among: a sorted list, no repeats dropped; named: all
                  // but the default graph; merged: `graphs` (empty: all) with repeated triples dropped
  std::vector<Id> graphs;
  bool all = false;  // merged: every graph
};

struct ResolvedPattern {
  bool on_terms = false;
  bool impossible =
      false;  // no row can match: a constant is not in the store, or the graph is not in the dataset
  Positions positions;
  GraphFilter graph;
  std::vector<IdRange> object_ranges;  // ascending, disjoint; empty: no restriction
};

// Applies bindings and the dataset to a pattern.
ResolvedPattern resolve_pattern(const QuadPatternNode& node, const Bindings& bindings,
                                const DatasetSpec& dataset, const Snapshot& snapshot);

// The order of positions in a permutation, as indices into Positions.
std::array<int, 4> permutation_order(Permutation permutation);

// One way to read a pattern.
struct AccessPath {
  Permutation permutation = Permutation::spog;
  int prefix_length = 0;              // leading columns that are fixed
  std::vector<int> sorted_positions;  // positions behind the prefix, in order
};
// Those with a constant that a scan can be led by.
std::array<bool, 4> fixed_positions(const ResolvedPattern& pattern);
// All sensible ways, given which positions are fixed (constants, or bound by the input of an index join).
std::vector<AccessPath> access_paths(const ResolvedPattern& pattern, const std::array<bool, 4>& fixed);

ScanRange scan_range(const ResolvedPattern& pattern, const AccessPath& path);

// `columns`: the variables to hand out (a subset of the pattern's).
OperatorPtr make_index_scan(QueryContext& context, const ResolvedPattern& pattern, const AccessPath& path,
                            const Schema& columns);
// Extends the rows of `input`; positions whose variable the input has are looked up. `columns`: new variables
// to hand out; `wanted`: those of the input that the parent needs, kWeight among them when it takes weights.
OperatorPtr make_index_join(QueryContext& context, OperatorPtr input, const ResolvedPattern& pattern,
                            const Schema& columns, const Schema& wanted);
// The number of rows of the pattern when that is known without reading them, else nothing.
std::optional<std::uint64_t> exact_count(const Snapshot& snapshot, const ResolvedPattern& pattern);

}  // namespace dossier
