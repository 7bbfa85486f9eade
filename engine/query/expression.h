// Expressions of SPARQL over batches of ids.
//
// Purpose: compile an expression of the algebra against a schema once, then evaluate it a batch at a time.
// Values stay ids wherever the value is inline; a term is decoded only when a function needs its text.
// Invariants: an error is the value kUnbound, never a C++ exception (LimitError alone passes); evaluation has
// no effect but on the context's LocalTerms. Thread-safety: a compiled expression belongs to one query and
// one thread. Source: SPARQL 1.2 Query Language section 17.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/query/batch.h"
#include "engine/query/context.h"
#include "grammar/ast.h"

namespace dossier {

class ScalarExpression {
 public:
  virtual ~ScalarExpression() = default;
  // out[i] for each row i of `input`; kUnbound is an error (or an unbound variable).
  virtual void evaluate(QueryContext& context, const Batch& input, std::span<Id> out) = 0;
};

// How the compiler finds what lies outside of expressions.
struct ExpressionEnvironment {
  // The column of a variable in the input, or -1 when it is never bound there.
  std::function<int(const std::string& name)> column;
  // EXISTS { pattern }: an expression that gives true or false for each row. The planner supplies it.
  std::function<std::unique_ptr<ScalarExpression>(const grammar::Expression&)> exists;
  // Aggregates: the column in which grouping has left the value of this aggregate, or -1.
  std::function<int(const grammar::Expression&)> aggregate;
  // BNODE(label) gives one blank node for a label and solution: expressions of the same number see the same
  // solutions in the same order.
  std::uint32_t solutions = 0;
};

// Throws QueryError for a function that does not exist or takes another number of arguments ("did you mean").
std::unique_ptr<ScalarExpression> compile_expression(const grammar::Expression& expression,
                                                     const ExpressionEnvironment& environment,
                                                     QueryContext& context);

// The effective boolean value of each row (SPARQL 17.2.2).
enum class Truth : std::uint8_t { no, yes, error };
Truth effective_boolean_of_term(QueryContext& context, Id value);
inline Truth effective_boolean(QueryContext& context, Id value) {
  if (value.tag() == Tag::boolean) return value.payload() != 0 ? Truth::yes : Truth::no;
  return value.is_bound() ? effective_boolean_of_term(context, value) : Truth::error;
}

// Keeps the rows of `batch` for which the expression is true (compacts all columns in place).
void filter_batch(QueryContext& context, ScalarExpression& expression, Batch& batch);

// The order of ORDER BY over all terms, total: unbound, blank nodes, IRIs, literals (values where they
// compare, then kind, lexical form, datatype, language), triple terms. Negative, zero, positive.
int compare_order(QueryContext& context, Id a, Id b);
// The place of each id in this order among all of them, equal for equal ids only: what sorting many rows
// should compare, since the text of each distinct term is read once. Charges the budget while it works.
std::vector<std::uint32_t> order_ranks(QueryContext& context, std::span<const Id> ids);
// SPARQL `=` and `<` on values; error where they do not compare.
Truth equal_values(QueryContext& context, Id a, Id b);
Truth less_values(QueryContext& context, Id a, Id b);

// One aggregate over the rows of many groups.
class Aggregate {
 public:
  virtual ~Aggregate() = default;
  virtual void resize(std::size_t groups) = 0;  // groups are numbered from 0; new ones are empty
  // Adds values[i] to group groups[i]. For COUNT(*) the values are not read. kUnbound is an error.
  virtual void add(QueryContext& context, std::span<const std::uint32_t> groups,
                   std::span<const Id> values) = 0;
  // The same for rows that stand for several equal ones. The aggregates that do not count take each for one.
  virtual void add_weighted(QueryContext& context, std::span<const std::uint32_t> groups,
                            std::span<const Id> values, std::span<const Id> /*weights*/) {
    add(context, groups, values);
  }
  // All arguments, each a column; the aggregates of one argument, or none, need no more than `add`.
  virtual void add_columns(QueryContext& context, std::span<const std::uint32_t> groups,
                           std::span<const std::span<const Id>> columns) {
    add(context, groups, columns.empty() ? std::span<const Id>() : columns[0]);
  }
  virtual Id result(QueryContext& context, std::uint32_t group) = 0;
  // May the aggregate of several threads be merged, in any order of their rows?
  virtual bool mergeable() const { return false; }
  // Takes in what another of its kind has seen; its group i is groups[i] here.
  virtual void merge(QueryContext& /*context*/, Aggregate& /*other*/, std::span<const std::uint32_t> /*groups*/) {}
};
// `aggregate` is an expression of kind aggregate; DISTINCT is its business.
std::unique_ptr<Aggregate> make_aggregate(const grammar::Expression& aggregate, QueryContext& context);

}  // namespace dossier
