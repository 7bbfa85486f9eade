// Algebra to operators.
//
// Purpose: chooses join order and algorithms by cost, pushes filters and ranges down, prunes columns that
// nobody needs, and compiles expressions. EXISTS and the right sides of OPTIONAL and MINUS are planned again
// at run time with the outer keys as a seed when that is cheaper, so a plan never pays for rows that the
// outer side does not ask for. Invariants: `required` names the variables that the parent needs; an operator
// may give more, never fewer of those it can bind. Variables in `bindings` are constants and in no schema.
// Lifetime: the Planner outlives its operators. Thread-safety: one query's thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/path/adjacency.h"
#include "engine/path/automaton.h"
#include "engine/query/algebra.h"
#include "engine/query/join.h"
#include "engine/query/path_values.h"
#include "engine/query/pattern_estimate.h"
#include "engine/query/pattern_scan.h"
#include "engine/query/row_operators.h"
#include "engine/query/translate.h"

namespace dossier {

// Rows that the node's solutions are to be joined with.
struct SeedRows {
  Schema schema;
  std::shared_ptr<const RowTable> rows;
};

class Planner {
 public:
  Planner(QueryContext& context, VariableTable& table, DatasetSpec dataset)
      : context_(context),
        table_(table),
        translator_(context, table),
        dataset_(std::move(dataset)),
        estimates_(context.snapshot()) {}

  OperatorPtr plan(const Algebra& node, const VariableSet& required, const Bindings& bindings,
                   const SeedRows* seed = nullptr);
  // `solutions` as Operator::solutions; 0: those of no other expression. `rows`: about how many it will be
  // evaluated for; 0: that is not known.
  CompiledExpression compile(const ScopedExpression& expression, const Schema& schema,
                             const Bindings& bindings, std::uint32_t solutions = 0, double rows = 0);
  // Compiles the expressions for threads; null: they hold an EXISTS, or terms that a thread would not know.
  ConditionsFactory compile_again(std::vector<ScopedExpression> expressions, const Schema& schema,
                                  const Bindings& bindings);

  // Keeps the algebra of the whole query; to be planned from its root.
  const Algebra& own_root(AlgebraPtr root) {
    unsettled_ = unsettled_variables(*root);
    return own(std::move(root));
  }
  // May the variable hold composites (query/path_values.h)?
  bool may_hold_composites(Variable variable) const { return unsettled_.count(variable) != 0; }

  Translator& translator() { return translator_; }
  QueryContext& context() { return context_; }
  const VariableTable& names() const { return table_; }
  const DatasetSpec& dataset() const { return dataset_; }
  PatternEstimates& estimates() { return estimates_; }
  // The graphs that a path in this place walks. Precondition: a graph's variable is in the bindings.
  GraphScope scope_of(GraphRef graph, const Bindings& bindings) const;
  PathAutomaton automaton_of(const grammar::Path& path);
  // The pattern of an EXISTS, translated once however often the expression is compiled.
  const Algebra& exists_pattern(const grammar::Expression& expression, const ScopedExpression& scoped);
  std::size_t owned() const { return owned_.size(); }            // algebras kept so far
  bool has_exists() const { return !exists_patterns_.empty(); }  // in an expression
  // Keeps an algebra that was translated on the way.
  const Algebra& own(AlgebraPtr algebra) {
    owned_.push_back(std::move(algebra));
    return *owned_.back();
  }

  // The rows of `input` for which EXISTS or NOT EXISTS holds, by merging it with the pattern; null, and
  // `input` as it was: that is no join on one variable by which both are sorted, or looking up is cheaper.
  // `certain`: bound in all rows.
  OperatorPtr merge_exists(OperatorPtr& input, const ScopedExpression& exists, const VariableSet& certain,
                           const Bindings& bindings);

 private:
  CompiledExpression compile_in(QueryContext& context, const ScopedExpression& expression,
                                const Schema& schema, const Bindings& bindings, std::uint32_t solutions,
                                double rows);
  // The rows of a single pattern, sorted by `key` first; null: there is no such scan, or the node is
  // something else.
  OperatorPtr plan_sorted(const Algebra& node, const VariableSet& required, const Bindings& bindings,
                          Variable key);
  OperatorPtr plan_union(const Algebra& node, const VariableSet& required, const Bindings& bindings,
                         const SeedRows* seed);
  OperatorPtr plan_extend(const Algebra& node, const VariableSet& required, const Bindings& bindings,
                          const SeedRows* seed);
  OperatorPtr plan_unfold(const Algebra& node, const VariableSet& required, const Bindings& bindings,
                          const SeedRows* seed);
  OperatorPtr plan_values(const Algebra& node, const Bindings& bindings);
  OperatorPtr plan_left_join(const Algebra& node, const VariableSet& required, const Bindings& bindings,
                             const SeedRows* seed);
  OperatorPtr plan_graph(const Algebra& node, const VariableSet& required, const Bindings& bindings);
  OperatorPtr plan_group(const Algebra& node, const Bindings& bindings);
  OperatorPtr plan_path_count(const Algebra& node, const Bindings& bindings);
  OperatorPtr plan_order(const Algebra& node, const VariableSet& required, const Bindings& bindings,
                         std::optional<std::uint64_t> limit);
  OperatorPtr plan_project(const Algebra& node, const VariableSet& required, const Bindings& bindings,
                           std::optional<std::uint64_t> limit, const SeedRows* seed);
  OperatorPtr plan_slice(const Algebra& node, const VariableSet& required, const Bindings& bindings);
  OperatorPtr join_seed(OperatorPtr node, const SeedRows& seed, const VariableSet& certain);
  bool takes_seed(const Algebra& node, const Schema& variables) const;

  QueryContext& context_;
  VariableTable& table_;
  Translator translator_;
  DatasetSpec dataset_;
  PatternEstimates estimates_;
  std::vector<AlgebraPtr> owned_;
  VariableSet unsettled_;
  std::uint32_t solutions_ = 0;  // numbers given out
  struct ExistsPattern {
    const grammar::Expression* expression;
    std::shared_ptr<Scope> scope;
    GraphRef graph;
    const Algebra* pattern;
  };
  std::vector<ExistsPattern> exists_patterns_;
};

// The join group: patterns, paths and other inputs of a join with the filters above them (join_group.cpp).
OperatorPtr plan_join_group(Planner& planner, const Algebra& node, const VariableSet& required,
                            const Bindings& bindings, const SeedRows* seed);

// EXISTS as an expression (exists.cpp); `rows` as in Planner::compile.
std::unique_ptr<ScalarExpression> make_exists(Planner& planner, const grammar::Expression& expression,
                                              const ScopedExpression& scoped, const Schema& schema,
                                              const Bindings& bindings, double rows);

}  // namespace dossier
