// Joins: merge join, and the one join operator for everything else.
//
// Purpose: MergeJoin takes two inputs sorted by the same variable. TableJoin keeps the right side in a hash
// table and streams the left; it does inner join, left join with a condition, and MINUS. It has two ways to
// get its right side, decided when the first rows of the left are seen: the whole right once, or, when the
// left is small against it, for each chunk of the left only the rows that match its keys (the keys become a
// seed of the right side's plan). Unbound values: columns that every solution binds on both sides are the
// hash key; other shared columns are compared row by row, an unbound value being compatible with any.
// Both find pairs of rows first and then copy column by column, those alone that somebody above needs. A
// parent that counts gets weights (batch.h): a side that adds no column is counted instead of joined row by
// row, and weights of both sides are multiplied. Thread-safety: one query's thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "engine/query/row_operators.h"

namespace dossier {

// Plans the right side; with a seed only its rows that join one of the seed's.
using RightFactory =
    std::function<OperatorPtr(const Schema& seed_schema, const std::shared_ptr<const RowTable>& seed)>;

enum class JoinKind : std::uint8_t { inner, left, minus };

struct TableJoinSpec {
  JoinKind kind = JoinKind::inner;
  Schema keys;                  // shared, bound on both sides in every solution
  Schema loose;                 // shared, perhaps unbound
  bool takes_disjoint = false;  // minus: rows of the right that share no bound variable take away too
  RightFactory right;           // null: the right side is always built whole
  Schema seed_keys;             // those of `keys` that a seed may restrict
  // Left joins: compiled against left schema + new columns of the right.
  std::vector<CompiledExpression> conditions;
  // The columns that the parent needs, in any order, kWeight among them when it takes weights; nothing: all.
  // Only without `loose` and `conditions`.
  std::optional<Schema> wanted;
};

// The schema of a join: the left's columns, then the right's new ones. With `wanted` those of them, and the
// weight.
Schema join_schema(const Schema& left, const Schema& right, const Schema* wanted = nullptr);

OperatorPtr make_table_join(QueryContext& context, OperatorPtr left, OperatorPtr right, TableJoinSpec spec);
// Both inputs are sorted by `key` first, and bind it and all shared variables in every solution.
// `wanted`: the columns that the parent needs, as in TableJoinSpec.
OperatorPtr make_merge_join(QueryContext& context, OperatorPtr left, OperatorPtr right, Variable key,
                            const Schema& wanted);
// Of these columns alone: neighbours that are equal become one row with a weight.
OperatorPtr make_count_repeats(QueryContext& context, OperatorPtr input, const Schema& columns);

}  // namespace dossier
