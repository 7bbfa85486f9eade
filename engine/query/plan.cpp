#include "engine/query/plan.h"

#include <algorithm>

#include "engine/query/group.h"
#include "engine/query/match_merge.h"
#include "engine/query/optimize.h"
#include "engine/query/path_operator.h"
#include "engine/query/unfold.h"

namespace dossier {
namespace {

using Kind = Algebra::Kind;

VariableSet operator|(VariableSet a, const VariableSet& b) {
  a.insert(b.begin(), b.end());
  return a;
}

VariableSet without(VariableSet set, const Bindings& bindings) {
  std::erase_if(set, [&](Variable v) { return bindings.count(v) != 0; });
  return set;
}

VariableSet conditions_variables(const std::vector<ScopedExpression>& conditions) {
  VariableSet set;
  for (const auto& condition : conditions) set.merge(expression_variables(condition));
  return set;
}

bool contains(const VariableSet& set, Variable variable) {
  return set.count(variable) != 0;
}

// Shared variables of a join, those that are bound on both sides first.
void shared_variables(const Operator& left, const Operator& right, const VariableSet& certain_left,
                      const VariableSet& certain_right, Schema& keys, Schema& loose) {
  for (Variable variable : left.schema()) {
    if (right.column(variable) < 0) continue;
    (contains(certain_left, variable) && contains(certain_right, variable) ? keys : loose)
        .push_back(variable);
  }
}

// Do all aggregates of the group count, or not care how often a value comes?
bool takes_weights(const Algebra& group) {
  return std::all_of(group.aggregates.begin(), group.aggregates.end(), [](const auto& item) {
    const grammar::Expression& aggregate = *item.expression;
    const bool whole_row = aggregate.arguments.empty() && aggregate.distinct;
    return !whole_row && (aggregate.name == "COUNT" || aggregate.name == "MIN" || aggregate.name == "MAX" ||
                          aggregate.name == "SAMPLE");
  });
}

}  // namespace

CompiledExpression Planner::compile(const ScopedExpression& scoped, const Schema& schema,
                                    const Bindings& bindings, std::uint32_t solutions, double rows) {
  return compile_in(context_, scoped, schema, bindings, solutions, rows);
}

ConditionsFactory Planner::compile_again(std::vector<ScopedExpression> expressions, const Schema& schema,
                                         const Bindings& bindings) {
  for (const auto& expression : expressions)
    if (contains_exists(*expression.expression)) return nullptr;
  for (const auto& [variable, id] : bindings)
    if (id.is_local()) return nullptr;
  return [this, expressions = std::move(expressions), schema, bindings](QueryContext& thread) {
    std::vector<CompiledExpression> compiled;
    for (const auto& expression : expressions)
      compiled.push_back(compile_in(thread, expression, schema, bindings, 0, 0));
    return compiled;
  };
}

CompiledExpression Planner::compile_in(QueryContext& context, const ScopedExpression& scoped,
                                       const Schema& schema, const Bindings& bindings,
                                       std::uint32_t solutions, double rows) {
  std::vector<Id> constants;
  const auto column_of = [&](Variable variable) {
    if (const auto bound = bindings.find(variable); bound != bindings.end()) {
      constants.push_back(bound->second);
      return static_cast<int>(schema.size() + constants.size() - 1);
    }
    const auto it = std::find(schema.begin(), schema.end(), variable);
    return it == schema.end() ? -1 : static_cast<int>(it - schema.begin());
  };
  ExpressionEnvironment environment;
  environment.solutions = solutions != 0 ? solutions : ++solutions_;
  environment.column = [&](const std::string& name) {
    const auto variable = visible_variable(*scoped.scope, name);
    return variable ? column_of(*variable) : -1;
  };
  environment.exists = [&](const grammar::Expression& expression) {
    return make_exists(*this, expression, scoped, schema, bindings, rows);
  };
  environment.aggregate = [&](const grammar::Expression& expression) {
    if (scoped.aggregates)
      for (const auto& item : *scoped.aggregates)
        if (same_expression(*item.expression, expression)) return column_of(item.output);
    return -1;
  };
  auto compiled = compile_expression(*scoped.expression, environment, context);
  return {std::move(compiled), std::move(constants)};
}

// Can rows be restricted to the seed's below this node, and not only by a join above it?
bool Planner::takes_seed(const Algebra& node, const Schema& variables) const {
  const auto all_in = [&](const VariableSet& set) {
    return std::all_of(variables.begin(), variables.end(), [&](Variable v) { return contains(set, v); });
  };
  switch (node.kind) {
    case Kind::unit:
    case Kind::pattern:
    case Kind::path:
    case Kind::path_search:
    case Kind::values:
    case Kind::join:
    case Kind::filter:
      return true;
    case Kind::union_:
      return all_in(certain_variables(node));
    case Kind::extend:
    case Kind::unfold:
    case Kind::left_join:
    case Kind::project:
      return all_in(certain_variables(*node.inputs[0])) &&
             (node.kind != Kind::project ||
              all_in(VariableSet(node.variables.begin(), node.variables.end())));
    default:
      return false;
  }
}

OperatorPtr Planner::join_seed(OperatorPtr node, const SeedRows& seed, const VariableSet& certain) {
  TableJoinSpec spec;
  OperatorPtr rows = make_seed(context_, seed.schema, seed.rows);
  const VariableSet seed_certain(seed.schema.begin(), seed.schema.end());
  shared_variables(*node, *rows, certain, seed_certain, spec.keys, spec.loose);
  return make_table_join(context_, std::move(node), std::move(rows), std::move(spec));
}

OperatorPtr Planner::plan(const Algebra& node, const VariableSet& required, const Bindings& bindings,
                          const SeedRows* seed) {
  context_.check();
  if (seed != nullptr && !takes_seed(node, seed->schema)) {
    VariableSet wanted = required;
    wanted.insert(seed->schema.begin(), seed->schema.end());
    return join_seed(plan(node, wanted, bindings), *seed, certain_variables(node));
  }
  const bool group = node.kind == Kind::pattern || node.kind == Kind::path ||
                     node.kind == Kind::path_search || node.kind == Kind::join || node.kind == Kind::filter;
  if (!group && contains(required, kWeight)) {
    VariableSet wanted = required;
    wanted.erase(kWeight);
    return plan(node, wanted, bindings, seed);
  }
  switch (node.kind) {
    case Kind::unit:
      if (seed != nullptr) return make_seed(context_, seed->schema, seed->rows);
      return make_values(context_, {}, {{}});
    case Kind::nothing:
      return make_values(context_, {}, {});
    case Kind::pattern:
    case Kind::path:
    case Kind::path_search:
    case Kind::join:
    case Kind::filter:
      return plan_join_group(*this, node, required, bindings, seed);
    case Kind::values: {
      OperatorPtr rows = plan_values(node, bindings);
      return seed != nullptr ? join_seed(std::move(rows), *seed, certain_variables(node)) : std::move(rows);
    }
    case Kind::left_join:
    case Kind::minus:
      return plan_left_join(node, required, bindings, seed);
    case Kind::union_:
      return plan_union(node, required, bindings, seed);
    case Kind::extend:
      return plan_extend(node, required, bindings, seed);
    case Kind::unfold:
      return plan_unfold(node, required, bindings, seed);
    case Kind::graph:
      return plan_graph(node, required, bindings);
    case Kind::project:
      return plan_project(node, required, bindings, std::nullopt, seed);
    case Kind::distinct: {
      OperatorPtr input = plan(*node.inputs[0], possible_variables(*node.inputs[0]), bindings);
      return make_distinct(context_, std::move(input), node.reduced);
    }
    case Kind::group:
      return plan_group(node, bindings);
    case Kind::order:
      return plan_order(node, required, bindings, std::nullopt);
    case Kind::slice:
      return plan_slice(node, required, bindings);
  }
  throw QueryError("the planner met an unknown node");
}

OperatorPtr Planner::plan_values(const Algebra& node, const Bindings& bindings) {
  Schema schema;
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < node.variables.size(); ++i)
    if (bindings.count(node.variables[i]) == 0) {
      kept.push_back(i);
      schema.push_back(node.variables[i]);
    }
  std::vector<std::vector<Id>> rows;
  for (const auto& row : node.rows) {
    bool fits = true;
    for (std::size_t i = 0; i < node.variables.size(); ++i)
      if (const auto bound = bindings.find(node.variables[i]); bound != bindings.end())
        fits = fits && (!row[i].is_bound() || row[i] == bound->second);
    if (!fits) continue;
    std::vector<Id> ids;
    for (std::size_t i : kept) ids.push_back(row[i]);
    rows.push_back(std::move(ids));
  }
  return make_values(context_, std::move(schema), std::move(rows));
}

OperatorPtr Planner::plan_union(const Algebra& node, const VariableSet& required, const Bindings& bindings,
                                const SeedRows* seed) {
  Schema schema;
  for (Variable variable : without(possible_variables(node), bindings))
    if (contains(required, variable)) schema.push_back(variable);
  std::vector<OperatorPtr> inputs;
  for (const auto& input : node.inputs) inputs.push_back(plan(*input, required, bindings, seed));
  return make_union(context_, std::move(schema), std::move(inputs));
}

OperatorPtr Planner::plan_extend(const Algebra& node, const VariableSet& required, const Bindings& bindings,
                                 const SeedRows* seed) {
  const auto bound = bindings.find(node.variable);
  if (!contains(required, node.variable) && bound == bindings.end())
    return plan(*node.inputs[0], required, bindings, seed);
  OperatorPtr input = plan(*node.inputs[0], required | expression_variables(node.expression), bindings, seed);
  if (bound == bindings.end()) {
    const std::uint32_t solutions = input->solutions() != 0 ? input->solutions() : ++solutions_;
    OperatorPtr result;
    if (node.constant) {
      result = make_constant(context_, std::move(input), node.variable, *node.constant);
    } else {
      CompiledExpression expression = compile(node.expression, input->schema(), bindings, solutions);
      result = make_extend(context_, std::move(input), node.variable, std::move(expression));
    }
    result->set_solutions(solutions);
    return result;
  }
  // The variable is fixed from outside: only rows that compute this very value stay.
  const Variable value = table_.add(".bound");
  CompiledExpression expression = compile(node.expression, input->schema(), bindings);
  input = make_extend(context_, std::move(input), value, std::move(expression));
  TableJoinSpec spec;
  spec.keys = {value};
  return make_table_join(context_, std::move(input), make_values(context_, {value}, {{bound->second}}),
                         std::move(spec));
}

OperatorPtr Planner::plan_unfold(const Algebra& node, const VariableSet& required, const Bindings& bindings,
                                 const SeedRows* seed) {
  OperatorPtr input = plan(*node.inputs[0], required | expression_variables(node.expression), bindings, seed);
  CompiledExpression expression = compile(node.expression, input->schema(), bindings);
  // A variable that is fixed from outside gets another name, and joins what it is fixed to.
  Schema outputs = node.variables;
  Schema fixed;
  std::vector<Id> values;
  for (Variable& output : outputs)
    if (const auto bound = bindings.find(output); bound != bindings.end()) {
      output = table_.add(".bound");
      fixed.push_back(output);
      values.push_back(bound->second);
    }
  const bool composites = may_hold_composites(outputs[0]);
  input = make_unfold(context_, std::move(input), std::move(outputs), std::move(expression), composites);
  if (fixed.empty()) return input;
  TableJoinSpec spec;
  spec.loose = fixed;  // null leaves the variable unbound, which fits
  return make_table_join(context_, std::move(input), make_values(context_, fixed, {values}), std::move(spec));
}

OperatorPtr Planner::plan_left_join(const Algebra& node, const VariableSet& required,
                                    const Bindings& bindings, const SeedRows* seed) {
  const Algebra& left_node = *node.inputs[0];
  const Algebra& right_node = *node.inputs[1];
  const bool minus = node.kind == Kind::minus;
  const VariableSet conditions = conditions_variables(node.conditions);
  const VariableSet left_possible = possible_variables(left_node);
  const VariableSet right_possible = possible_variables(right_node);
  const VariableSet left_required = required | conditions | right_possible;
  VariableSet right_required;
  for (Variable variable : right_possible)
    if (contains(left_possible, variable) ||
        (!minus && (contains(required, variable) || contains(conditions, variable))))
      right_required.insert(variable);
  // Two sides that share one variable, and are sorted by it, are merged.
  VariableSet shared;
  for (Variable variable : without(right_possible, bindings))
    if (contains(left_possible, variable)) shared.insert(variable);
  OperatorPtr left, right;
  if (shared.size() == 1 && node.conditions.empty()) {
    right = plan_sorted(right_node, right_required, bindings, *shared.begin());
    if (right == nullptr) right = plan(right_node, right_required, bindings);
    if (seed == nullptr && !right->sorted_by().empty() && right->sorted_by()[0] == *shared.begin())
      left = plan_sorted(left_node, left_required, bindings, *shared.begin());
  } else {
    right = plan(right_node, right_required, bindings);
  }
  if (left == nullptr) left = plan(left_node, left_required, bindings, seed);
  const double left_rows = left->estimated_rows();

  TableJoinSpec spec;
  spec.kind = minus ? JoinKind::minus : JoinKind::left;
  shared_variables(*left, *right, certain_variables(left_node), certain_variables(right_node), spec.keys,
                   spec.loose);
  spec.takes_disjoint = minus && bindings.in_solution;
  if (minus && spec.keys.empty() && spec.loose.empty() && !spec.takes_disjoint) return left;
  if (spec.keys.size() == 1 && spec.loose.empty() && !spec.takes_disjoint && node.conditions.empty() &&
      merge_pays(*left, *right, spec.keys[0])) {
    OperatorPtr join = make_match_merge(context_, std::move(left), std::move(right), spec.keys[0],
                                        minus ? MatchKind::minus : MatchKind::left);
    join->set_estimated_rows(left_rows);
    return join;
  }
  spec.seed_keys = spec.keys;
  spec.right = [this, &right_node, right_required, bindings](const Schema& schema,
                                                             const std::shared_ptr<const RowTable>& rows) {
    const SeedRows seed_rows{schema, rows};
    return plan(right_node, right_required, bindings, &seed_rows);
  };
  if (!node.conditions.empty()) {
    Schema schema = join_schema(left->schema(), right->schema());
    schema.push_back(kNoVariable);  // the join's own column of row numbers
    for (const auto& condition : node.conditions)
      spec.conditions.push_back(compile(condition, schema, bindings));
  }
  OperatorPtr join = make_table_join(context_, std::move(left), std::move(right), std::move(spec));
  join->set_estimated_rows(left_rows);
  return join;
}

OperatorPtr Planner::plan_sorted(const Algebra& node, const VariableSet& required, const Bindings& bindings,
                                 Variable key) {
  const VariableSet variables = without(possible_variables(node), bindings);
  if (node.kind != Kind::pattern || !contains(variables, key)) return nullptr;
  const ResolvedPattern pattern = resolve_pattern(node.pattern, bindings, dataset_, context_.snapshot());
  Schema columns;
  for (Variable variable : variables)
    if (contains(required, variable)) columns.push_back(variable);
  for (const AccessPath& path : access_paths(pattern, fixed_positions(pattern))) {
    OperatorPtr scan = make_index_scan(context_, pattern, path, columns);
    if (scan->sorted_by().empty() || scan->sorted_by()[0] != key) continue;
    scan->set_estimated_rows(estimates_.estimate(pattern).rows);
    return scan;
  }
  return nullptr;
}

OperatorPtr Planner::plan_graph(const Algebra& node, const VariableSet& required, const Bindings& bindings) {
  const Algebra& inner = *node.inputs[0];
  if (const auto bound = bindings.find(node.variable); bound != bindings.end()) {
    const auto named = context_.snapshot().named_graphs();
    const auto& graphs = dataset_.explicit_named ? dataset_.named_graphs : named;
    if (!std::binary_search(graphs.begin(), graphs.end(), bound->second))
      return make_values(context_, {}, {});
    return plan(inner, required, bindings);
  }
  Schema schema;
  for (Variable variable : without(possible_variables(inner), bindings))
    if (contains(required, variable) && variable != node.variable) schema.push_back(variable);
  schema.push_back(node.variable);
  const auto graphs = dataset_.explicit_named ? dataset_.named_graphs : context_.snapshot().named_graphs();
  return make_graph_loop(context_, std::move(schema), node.variable, graphs,
                         [this, &inner, required, bindings, &node](Id graph) {
                           Bindings fixed = bindings;
                           fixed[node.variable] = graph;
                           return plan(inner, required, fixed);
                         });
}

GraphScope Planner::scope_of(GraphRef graph, const Bindings& bindings) const {
  GraphScope scope;
  if (graph.kind == GraphRef::Kind::variable) graph = {GraphRef::Kind::fixed, bindings.at(graph.variable), 0};
  if (graph.kind == GraphRef::Kind::fixed) {
    const bool known = !dataset_.explicit_named || std::binary_search(dataset_.named_graphs.begin(),
                                                                      dataset_.named_graphs.end(), graph.id);
    if (known) scope.graphs = {graph.id};
  } else if (dataset_.explicit_default) {
    scope.graphs = dataset_.default_graphs;
  } else if (dataset_.union_default) {
    scope.all = true;
  } else {
    scope.graphs = {kDefaultGraph};
  }
  return scope;
}

PathAutomaton Planner::automaton_of(const grammar::Path& path) {
  return build_automaton(path, [&](const std::string& name) {
    const Id id = translator_.iri(name);
    return id.is_local() ? kUnbound : id;
  });
}

// The number of pairs that a path connects, both ends free; null: the group asks for something else.
OperatorPtr Planner::plan_path_count(const Algebra& node, const Bindings& bindings) {
  const Algebra& path = *node.inputs[0];
  if (!node.variables.empty() || node.aggregates.size() != 1 || path.kind != Kind::path) return nullptr;
  const auto free = [&](const Slot& slot) { return slot.is_variable && bindings.count(slot.variable) == 0; };
  if (!free(path.subject) || !free(path.object) || path.subject.variable == path.object.variable)
    return nullptr;
  if (path.graph.kind == GraphRef::Kind::variable && bindings.count(path.graph.variable) == 0) return nullptr;
  const grammar::Expression& aggregate = *node.aggregates[0].expression;
  if (aggregate.name != "COUNT") return nullptr;
  if (aggregate.arguments.empty()) {
    // Pairs differ, so DISTINCT takes none away; but it looks at what has a name alone.
    if (aggregate.distinct)
      for (const Slot* slot : {&path.subject, &path.object})
        if (table_.name(slot->variable)[0] == '.') return nullptr;
  } else {
    const grammar::Expression& argument = aggregate.arguments[0];
    const auto* var = argument.kind == grammar::Expression::Kind::term
                          ? std::get_if<grammar::Var>(&argument.value)
                          : nullptr;
    const auto found = var == nullptr ? node.scope->end() : node.scope->find(var->name);
    if (aggregate.distinct || found == node.scope->end() ||
        (found->second != path.subject.variable && found->second != path.object.variable))
      return nullptr;
  }
  return make_path_count(context_, node.aggregates[0].output, automaton_of(*path.path),
                         scope_of(path.graph, bindings));
}

OperatorPtr Planner::plan_group(const Algebra& node, const Bindings& bindings) {
  using E = grammar::Expression::Kind;
  if (OperatorPtr count = plan_path_count(node, bindings)) return count;
  const Algebra& input_node = *node.inputs[0];
  // COUNT of a single pattern without keys: the store knows it.
  if (node.variables.empty() && node.aggregates.size() == 1 && input_node.kind == Kind::pattern) {
    const grammar::Expression& aggregate = *node.aggregates[0].expression;
    bool all_rows = aggregate.name == "COUNT" && !aggregate.distinct;
    if (all_rows && !aggregate.arguments.empty()) {
      const auto* var = aggregate.arguments[0].kind == E::term
                            ? std::get_if<grammar::Var>(&aggregate.arguments[0].value)
                            : nullptr;
      const auto found = var == nullptr ? node.scope->end() : node.scope->find(var->name);
      all_rows = found != node.scope->end() && contains(certain_variables(input_node), found->second);
    }
    if (all_rows) {
      const ResolvedPattern pattern =
          resolve_pattern(input_node.pattern, bindings, dataset_, context_.snapshot());
      if (const auto count = exact_count(context_.snapshot(), pattern)) {
        std::string bytes;
        append_literal_bytes(bytes, std::to_string(*count), iri::kXsdInteger);
        return make_known_count(context_, node.aggregates[0].output, context_.terms().intern(bytes),
                                "from the statistics");
      }
    }
  }
  VariableSet required(node.variables.begin(), node.variables.end());
  for (const auto& item : node.aggregates) {
    for (const auto& argument : item.expression->arguments)
      required.merge(expression_variables({&argument, node.scope, node.graph, nullptr}));
    // COUNT(DISTINCT *): what a user can name, no blank nodes.
    if (item.expression->arguments.empty() && item.expression->distinct)
      for (Variable variable : possible_variables(input_node))
        if (table_.name(variable)[0] != '.') required.insert(variable);
  }
  if (takes_weights(node)) required.insert(kWeight);
  // In the order of its only key a pattern gives a group as a run of rows.
  OperatorPtr input;
  if (node.variables.size() == 1 && bindings.count(node.variables[0]) == 0) {
    input = plan_sorted(input_node, required, bindings, node.variables[0]);
    if (input != nullptr && contains(required, kWeight) && input->schema().size() == 1)
      input = make_count_repeats(context_, std::move(input), input->schema());
  }
  if (input == nullptr) input = plan(input_node, required, bindings);
  if (std::any_of(node.aggregates.begin(), node.aggregates.end(), [](const auto& item) {
        return item.expression->arguments.empty() && item.expression->distinct;
      })) {
    Schema visible;
    for (Variable variable : input->schema())
      if (contains(required, variable)) visible.push_back(variable);
    input = make_project(context_, std::move(input), visible);
  }
  Schema keys;
  for (Variable variable : node.variables)
    if (bindings.count(variable) == 0) keys.push_back(variable);
  if (keys.empty() && !node.variables.empty()) {
    // All keys are fixed from outside: still no group without a row.
    keys.push_back(table_.add(".fixed"));
    input = make_constant(context_, std::move(input), keys[0], kDefaultGraph);
  }
  std::vector<AggregatePlan> plans;
  for (const auto& item : node.aggregates) {
    AggregatePlan plan_item{item.expression, item.output, {}, false};
    for (const auto& argument : item.expression->arguments)
      plan_item.arguments.push_back(
          compile({&argument, node.scope, node.graph, nullptr}, input->schema(), bindings));
    if (item.expression->arguments.empty()) plan_item.whole_row = item.expression->distinct;
    if (item.expression->arguments.size() == 1 && item.expression->arguments[0].kind == E::term)
      if (const auto* var = std::get_if<grammar::Var>(&item.expression->arguments[0].value))
        if (const auto found = node.scope->find(var->name);
            found != node.scope->end() && input->column(found->second) >= 0)
          plan_item.column = found->second;
    plans.push_back(std::move(plan_item));
  }
  return make_group(context_, std::move(input), std::move(keys), std::move(plans));
}

OperatorPtr Planner::plan_order(const Algebra& node, const VariableSet& required, const Bindings& bindings,
                                std::optional<std::uint64_t> limit) {
  VariableSet wanted = required;
  for (const auto& order : node.orders) wanted.merge(expression_variables(order.expression));
  OperatorPtr input = plan(*node.inputs[0], wanted, bindings);
  std::vector<SortKey> keys;
  for (const auto& order : node.orders) {
    const grammar::Expression& expression = *order.expression.expression;
    const auto* var = expression.kind == grammar::Expression::Kind::term
                          ? std::get_if<grammar::Var>(&expression.value)
                          : nullptr;
    if (var != nullptr) {
      const auto found = order.expression.scope->find(var->name);
      // A variable that nothing binds, or a constant, orders nothing.
      if (found != order.expression.scope->end() && input->column(found->second) >= 0)
        keys.push_back({found->second, order.descending});
      continue;
    }
    const Variable value = table_.add(".order");
    CompiledExpression compiled = compile(order.expression, input->schema(), bindings);
    input = make_extend(context_, std::move(input), value, std::move(compiled));
    keys.push_back({value, order.descending});
  }
  return make_sort(context_, std::move(input), std::move(keys), limit);
}

OperatorPtr Planner::plan_project(const Algebra& node, const VariableSet& required, const Bindings& bindings,
                                  std::optional<std::uint64_t> limit, const SeedRows* seed) {
  VariableSet wanted;
  Schema schema;
  for (Variable variable : node.variables)
    if (contains(required, variable) && bindings.count(variable) == 0 && wanted.insert(variable).second)
      schema.push_back(variable);
  const Algebra& below = *node.inputs[0];
  OperatorPtr input = limit && below.kind == Kind::order ? plan_order(below, wanted, bindings, limit)
                                                         : plan(below, wanted, bindings, seed);
  if (input->schema() == schema) return input;
  return make_project(context_, std::move(input), std::move(schema));
}

OperatorPtr Planner::plan_slice(const Algebra& node, const VariableSet& required, const Bindings& bindings) {
  std::optional<std::uint64_t> limit;
  if (node.limit && *node.limit < (std::uint64_t{1} << 24) && node.offset < (std::uint64_t{1} << 24))
    limit = *node.limit + node.offset;
  const Algebra& below = *node.inputs[0];
  OperatorPtr input;
  if (below.kind == Kind::project)
    input = plan_project(below, required, bindings, limit, nullptr);
  else if (below.kind == Kind::order)
    input = plan_order(below, required, bindings, limit);
  else
    input = plan(below, required, bindings);
  return make_slice(context_, std::move(input), node.offset, node.limit);
}

}  // namespace dossier
