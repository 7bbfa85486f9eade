// Operators that work row by row: values, union, filter, extend, project, distinct, slice, and the loop over
// named graphs.
//
// Purpose: the small operators of a plan (contract in operator.h), and CompiledExpression, which ties an
// expression to the columns of an operator and to the variables that are fixed from outside. Thread-safety:
// one query's thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/query/expression.h"
#include "engine/query/operator.h"

namespace dossier {

// An expression compiled against a schema. Variables fixed by bindings are columns behind the schema's,
// filled for the time of the evaluation.
class CompiledExpression {
 public:
  CompiledExpression(std::unique_ptr<ScalarExpression> expression, std::vector<Id> constants)
      : expression_(std::move(expression)), constants_(std::move(constants)) {}
  // `batch` has the schema's columns; it is as before when the call returns.
  void evaluate(QueryContext& context, Batch& batch, std::span<Id> out);
  // Keeps the rows for which the expression is true.
  void filter(QueryContext& context, Batch& batch);

 private:
  void push(Batch& batch);
  void pop(Batch& batch);
  std::unique_ptr<ScalarExpression> expression_;
  std::vector<Id> constants_;
  std::vector<IdColumn> columns_;  // of the constants
  std::size_t filled_ = 0;         // their rows that are written
};

// Rows kept elsewhere (a seed) or owned.
OperatorPtr make_values(QueryContext& context, Schema schema, std::vector<std::vector<Id>> rows);
OperatorPtr make_seed(QueryContext& context, Schema schema, std::shared_ptr<const RowTable> rows);
// The inputs one after another; a variable that an input lacks is unbound.
OperatorPtr make_union(QueryContext& context, Schema schema, std::vector<OperatorPtr> inputs);
// `again` compiles the conditions for a thread; null: they cannot be.
using ConditionsFactory = std::function<std::vector<CompiledExpression>(QueryContext& thread)>;
OperatorPtr make_filter(QueryContext& context, OperatorPtr input, std::vector<CompiledExpression> conditions,
                        std::string text, ConditionsFactory again = nullptr);
// Adds a column: the value of the expression, or a constant.
OperatorPtr make_extend(QueryContext& context, OperatorPtr input, Variable variable,
                        CompiledExpression expression);
OperatorPtr make_constant(QueryContext& context, OperatorPtr input, Variable variable, Id value);
// Exactly these columns, in this order; one that the input lacks is unbound.
OperatorPtr make_project(QueryContext& context, OperatorPtr input, Schema schema);
OperatorPtr make_distinct(QueryContext& context, OperatorPtr input, bool reduced);
OperatorPtr make_slice(QueryContext& context, OperatorPtr input, std::uint64_t offset,
                       std::optional<std::uint64_t> limit);
// Runs the plan of `factory` for each graph and adds the graph as `variable`.
using GraphPlanFactory = std::function<OperatorPtr(Id graph)>;
OperatorPtr make_graph_loop(QueryContext& context, Schema schema, Variable variable, std::vector<Id> graphs,
                            GraphPlanFactory factory);
// One row: a number that was known without reading rows.
OperatorPtr make_known_count(QueryContext& context, Variable variable, Id value, std::string what);

}  // namespace dossier
