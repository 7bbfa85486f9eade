#include "engine/query/algebra.h"

#include <algorithm>

#include "engine/dossier.h"

namespace dossier {
namespace {

using Kind = Algebra::Kind;

void add_slot(VariableSet& set, const Slot& slot) {
  if (slot.is_variable) set.insert(slot.variable);
}
void add_graph(VariableSet& set, const GraphRef& graph) {
  if (graph.kind == GraphRef::Kind::variable) set.insert(graph.variable);
}

void add_leaf(VariableSet& set, const Algebra& node) {
  if (node.kind == Kind::pattern) {
    add_slot(set, node.pattern.subject);
    add_slot(set, node.pattern.predicate);
    add_slot(set, node.pattern.object);
    if (node.pattern.on_terms)
      add_slot(set, node.pattern.id);
    else
      add_graph(set, node.pattern.graph);
  } else if (node.kind == Kind::path || node.kind == Kind::path_search) {
    add_slot(set, node.subject);
    add_slot(set, node.object);
    add_graph(set, node.graph);
    set.insert(node.variables.begin(), node.variables.end());
  }
}

void names_of_term(const grammar::Term& term, std::set<std::string>& names) {
  if (const auto* var = std::get_if<grammar::Var>(&term)) names.insert(var->name);
  if (const auto* triple = std::get_if<grammar::Box<grammar::TripleTerm>>(&term)) {
    names_of_term((*triple)->subject, names);
    names_of_term((*triple)->predicate, names);
    names_of_term((*triple)->object, names);
  }
}

void names_of_expression(const grammar::Expression& expression, std::set<std::string>& names);

// With `hidden`, also the names that a sub-SELECT does not project.
void names_of_group(const grammar::GroupPattern& group, std::set<std::string>& names, bool hidden = false);

struct ElementNames {
  std::set<std::string>& names;
  bool hidden = false;
  void var_or_iri(const grammar::VarOrIri& value) const {
    if (const auto* var = std::get_if<grammar::Var>(&value)) names.insert(var->name);
  }
  void operator()(const grammar::TriplesBlock& block) const {
    for (const auto& triple : block.triples) {
      names_of_term(triple.subject, names);
      names_of_term(triple.object, names);
      if (const auto* var = std::get_if<grammar::Var>(&triple.verb)) names.insert(var->name);
      if (const auto* search = std::get_if<grammar::Box<grammar::PathSearch>>(&triple.verb))
        for (const auto& output : (*search)->outputs) names.insert(output.name);
    }
  }
  void operator()(const grammar::UnionPattern& pattern) const {
    for (const auto& branch : pattern.branches) names_of_group(branch, names, hidden);
  }
  void operator()(const grammar::OptionalPattern& pattern) const {
    names_of_group(*pattern.pattern, names, hidden);
  }
  void operator()(const grammar::MinusPattern& pattern) const {
    names_of_group(*pattern.pattern, names, hidden);
  }
  void operator()(const grammar::GraphPattern& pattern) const {
    var_or_iri(pattern.graph);
    names_of_group(*pattern.pattern, names, hidden);
  }
  void operator()(const grammar::ServicePattern& pattern) const {
    var_or_iri(pattern.endpoint);
    names_of_group(*pattern.pattern, names, hidden);
  }
  void operator()(const grammar::Filter& filter) const { names_of_expression(filter.condition, names); }
  void operator()(const grammar::Bind& bind) const {
    names.insert(bind.variable.name);
    names_of_expression(bind.expression, names);
  }
  void operator()(const grammar::Unfold& unfold) const {
    names.insert(unfold.first.name);
    if (unfold.second) names.insert(unfold.second->name);
    names_of_expression(unfold.expression, names);
  }
  void operator()(const grammar::InlineData& data) const {
    for (const auto& var : data.variables) names.insert(var.name);
  }
  void operator()(const grammar::SubSelect& select) const {
    // Only what it projects is visible outside; with * that is everything it names.
    const grammar::SelectQuery& query = *select.query;
    if (query.star || hidden) names_of_group(query.where, names, hidden);
    for (const auto& projection : query.projections) names.insert(projection.variable.name);
    if (!hidden) return;
    for (const auto& projection : query.projections)
      if (projection.expression) names_of_expression(*projection.expression, names);
    for (const auto& condition : query.modifier.group_by) names_of_expression(condition.expression, names);
    for (const auto& condition : query.modifier.having) names_of_expression(condition, names);
    for (const auto& order : query.modifier.order_by) names_of_expression(order.expression, names);
  }
};

void names_of_group(const grammar::GroupPattern& group, std::set<std::string>& names, bool hidden) {
  for (const auto& element : group.elements) std::visit(ElementNames{names, hidden}, element);
}

void names_of_expression(const grammar::Expression& expression, std::set<std::string>& names) {
  if (expression.kind == grammar::Expression::Kind::term) names_of_term(expression.value, names);
  for (const auto& argument : expression.arguments) names_of_expression(argument, names);
  // The solution that EXISTS is asked for is seen in all of its pattern.
  if (expression.pattern) names_of_group(*expression.pattern, names, true);
}

struct ElementHasMinus {
  bool operator()(const grammar::MinusPattern&) const { return true; }
  bool operator()(const grammar::TriplesBlock&) const { return false; }
  bool operator()(const grammar::InlineData&) const { return false; }
  bool operator()(const grammar::UnionPattern& pattern) const {
    return std::any_of(pattern.branches.begin(), pattern.branches.end(),
                       [](const auto& branch) { return contains_minus(branch); });
  }
  bool operator()(const grammar::OptionalPattern& pattern) const { return contains_minus(*pattern.pattern); }
  bool operator()(const grammar::GraphPattern& pattern) const { return contains_minus(*pattern.pattern); }
  bool operator()(const grammar::ServicePattern& pattern) const { return contains_minus(*pattern.pattern); }
  bool operator()(const grammar::Filter& filter) const { return contains_minus(filter.condition); }
  bool operator()(const grammar::Bind& bind) const { return contains_minus(bind.expression); }
  bool operator()(const grammar::Unfold& unfold) const { return contains_minus(unfold.expression); }
  bool operator()(const grammar::SubSelect& select) const {
    const grammar::SelectQuery& query = *select.query;
    const auto in = [](const grammar::Expression& expression) { return contains_minus(expression); };
    return contains_minus(query.where) ||
           std::any_of(query.projections.begin(), query.projections.end(),
                       [&](const auto& item) { return item.expression && in(*item.expression); }) ||
           std::any_of(query.modifier.group_by.begin(), query.modifier.group_by.end(),
                       [&](const auto& item) { return in(item.expression); }) ||
           std::any_of(query.modifier.having.begin(), query.modifier.having.end(), in) ||
           std::any_of(query.modifier.order_by.begin(), query.modifier.order_by.end(),
                       [&](const auto& item) { return in(item.expression); });
  }
};

}  // namespace

void too_deep() {
  throw LimitError(LimitError::Reason::size,
                   "the query has more than " + std::to_string(kMaxPlanDepth) +
                       " parts of which each needs the one before (BIND, OPTIONAL, MINUS, joins); split it");
}

AlgebraPtr make_algebra(Kind kind) {
  return std::make_unique<Algebra>(kind);
}
AlgebraPtr make_algebra(Kind kind, AlgebraPtr input) {
  auto node = make_algebra(kind);
  add_input(*node, std::move(input));
  return node;
}
AlgebraPtr make_algebra(Kind kind, AlgebraPtr left, AlgebraPtr right) {
  auto node = make_algebra(kind, std::move(left));
  add_input(*node, std::move(right));
  return node;
}
void add_input(Algebra& node, AlgebraPtr input) {
  node.depth = std::max(node.depth, input->depth + 1);
  if (node.depth > kMaxPlanDepth) too_deep();
  node.inputs.push_back(std::move(input));
}

VariableSet possible_variables(const Algebra& node) {
  VariableSet set;
  switch (node.kind) {
    case Kind::pattern:
    case Kind::path:
    case Kind::path_search:
      add_leaf(set, node);
      break;
    case Kind::values:
      set.insert(node.variables.begin(), node.variables.end());
      break;
    case Kind::minus:
      return possible_variables(*node.inputs[0]);
    case Kind::project: {
      const VariableSet inner = possible_variables(*node.inputs[0]);
      for (Variable variable : node.variables)
        if (inner.count(variable) != 0) set.insert(variable);
      break;
    }
    case Kind::group:
      set.insert(node.variables.begin(), node.variables.end());
      for (const auto& item : node.aggregates) set.insert(item.output);
      break;
    default:
      for (const auto& input : node.inputs) set.merge(possible_variables(*input));
      if (node.kind == Kind::extend || node.kind == Kind::graph) set.insert(node.variable);
      if (node.kind == Kind::unfold) set.insert(node.variables.begin(), node.variables.end());
  }
  return set;
}

VariableSet certain_variables(const Algebra& node) {
  VariableSet set;
  switch (node.kind) {
    case Kind::pattern:
    case Kind::path:
    case Kind::path_search:
      add_leaf(set, node);
      break;
    case Kind::join:
      for (const auto& input : node.inputs) set.merge(certain_variables(*input));
      break;
    case Kind::union_: {
      if (node.inputs.empty()) break;
      set = certain_variables(*node.inputs[0]);
      for (std::size_t i = 1; i < node.inputs.size(); ++i) {
        const VariableSet other = certain_variables(*node.inputs[i]);
        std::erase_if(set, [&](Variable v) { return other.count(v) == 0; });
      }
      break;
    }
    case Kind::values:
      for (std::size_t i = 0; i < node.variables.size(); ++i)
        if (std::all_of(node.rows.begin(), node.rows.end(),
                        [&](const auto& row) { return row[i].is_bound(); }))
          set.insert(node.variables[i]);
      break;
    case Kind::project: {
      const VariableSet inner = certain_variables(*node.inputs[0]);
      for (Variable variable : node.variables)
        if (inner.count(variable) != 0) set.insert(variable);
      break;
    }
    case Kind::group: {
      const VariableSet inner = certain_variables(*node.inputs[0]);
      for (Variable variable : node.variables)
        if (inner.count(variable) != 0) set.insert(variable);
      break;
    }
    case Kind::extend:
      set = certain_variables(*node.inputs[0]);
      if (node.constant && node.constant->is_bound()) set.insert(node.variable);
      break;
    case Kind::graph:
      set = certain_variables(*node.inputs[0]);
      set.insert(node.variable);
      break;
    default:
      if (!node.inputs.empty()) set = certain_variables(*node.inputs[0]);
  }
  return set;
}

VariableSet expression_variables(const ScopedExpression& expression) {
  VariableSet set;
  if (expression.expression == nullptr) return set;
  std::set<std::string> names;
  names_of_expression(*expression.expression, names);
  for (const auto& name : names)
    if (const auto variable = visible_variable(*expression.scope, name)) set.insert(*variable);
  // Whether a solution binds anything at all counts for a MINUS in EXISTS.
  if (contains_minus(*expression.expression))
    for (const auto& [name, variable] : *expression.scope) set.insert(variable);
  if (contains_exists(*expression.expression)) add_graph(set, expression.graph);
  if (expression.aggregates)
    for (const auto& item : *expression.aggregates) set.insert(item.output);
  return set;
}

VariableSet mentioned_variables(const Algebra& node) {
  VariableSet set;
  add_leaf(set, node);
  if (node.kind == Kind::extend || node.kind == Kind::graph) set.insert(node.variable);
  set.insert(node.variables.begin(), node.variables.end());
  for (const auto& condition : node.conditions) set.merge(expression_variables(condition));
  set.merge(expression_variables(node.expression));
  for (const auto& order : node.orders) set.merge(expression_variables(order.expression));
  for (const auto& item : node.aggregates) {
    set.insert(item.output);
    set.merge(expression_variables({item.expression, node.scope, node.graph, nullptr}));
  }
  for (const auto& input : node.inputs) set.merge(mentioned_variables(*input));
  return set;
}

std::optional<Variable> visible_variable(const Scope& scope, const std::string& name) {
  for (const Scope* here = &scope; here != nullptr; here = here->context.get())
    if (const auto found = here->find(name); found != here->end()) return found->second;
  return std::nullopt;
}

bool contains_minus(const grammar::GroupPattern& group) {
  return std::any_of(group.elements.begin(), group.elements.end(),
                     [](const auto& element) { return std::visit(ElementHasMinus{}, element); });
}

bool contains_minus(const grammar::Expression& expression) {
  return (expression.pattern && contains_minus(*expression.pattern)) ||
         std::any_of(expression.arguments.begin(), expression.arguments.end(),
                     [](const auto& argument) { return contains_minus(argument); });
}

namespace {

void add_name(const std::string& name, std::vector<std::string>& names) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

void add_term_names(const grammar::Term& term, std::vector<std::string>& names) {
  if (const auto* var = std::get_if<grammar::Var>(&term)) add_name(var->name, names);
  const auto* triple = std::get_if<grammar::Box<grammar::TripleTerm>>(&term);
  if (triple == nullptr) return;
  add_term_names((*triple)->subject, names);
  add_term_names((*triple)->predicate, names);
  add_term_names((*triple)->object, names);
}

}  // namespace

void names_in_scope(const grammar::SelectQuery& query, std::vector<std::string>& names) {
  if (query.star) {
    names_in_scope(query.where, names);
    if (query.values)
      for (const auto& var : query.values->variables) add_name(var.name, names);
  }
  for (const auto& projection : query.projections) add_name(projection.variable.name, names);
}

void names_in_scope(const grammar::GroupPattern& group, std::vector<std::string>& names) {
  for (const auto& element : group.elements) {
    if (const auto* block = std::get_if<grammar::TriplesBlock>(&element)) {
      for (const auto& triple : block->triples) {
        add_term_names(triple.subject, names);
        if (const auto* var = std::get_if<grammar::Var>(&triple.verb)) add_name(var->name, names);
        if (const auto* search = std::get_if<grammar::Box<grammar::PathSearch>>(&triple.verb))
          for (const auto& output : (*search)->outputs) add_name(output.name, names);
        add_term_names(triple.object, names);
      }
    } else if (const auto* branches = std::get_if<grammar::UnionPattern>(&element)) {
      for (const auto& branch : branches->branches) names_in_scope(branch, names);
    } else if (const auto* optional = std::get_if<grammar::OptionalPattern>(&element)) {
      names_in_scope(*optional->pattern, names);
    } else if (const auto* named = std::get_if<grammar::GraphPattern>(&element)) {
      if (const auto* var = std::get_if<grammar::Var>(&named->graph)) add_name(var->name, names);
      names_in_scope(*named->pattern, names);
    } else if (const auto* service = std::get_if<grammar::ServicePattern>(&element)) {
      if (const auto* var = std::get_if<grammar::Var>(&service->endpoint)) add_name(var->name, names);
      names_in_scope(*service->pattern, names);
    } else if (const auto* bind = std::get_if<grammar::Bind>(&element)) {
      add_name(bind->variable.name, names);
    } else if (const auto* unfold = std::get_if<grammar::Unfold>(&element)) {
      add_name(unfold->first.name, names);
      if (unfold->second) add_name(unfold->second->name, names);
    } else if (const auto* data = std::get_if<grammar::InlineData>(&element)) {
      for (const auto& var : data->variables) add_name(var.name, names);
    } else if (const auto* sub = std::get_if<grammar::SubSelect>(&element)) {
      names_in_scope(*sub->query, names);
    }
  }
}

bool mentions(const grammar::GroupPattern& group, const std::string& name) {
  std::set<std::string> names;
  names_of_group(group, names);
  return names.count(name) != 0;
}

bool contains_exists(const grammar::Expression& expression) {
  using K = grammar::Expression::Kind;
  return expression.kind == K::exists || expression.kind == K::not_exists ||
         std::any_of(expression.arguments.begin(), expression.arguments.end(), contains_exists);
}

bool contains_aggregate(const grammar::Expression& expression) {
  return expression.kind == grammar::Expression::Kind::aggregate ||
         std::any_of(expression.arguments.begin(), expression.arguments.end(), contains_aggregate);
}

bool same_term(const grammar::Term& a, const grammar::Term& b) {
  if (a.index() != b.index()) return false;
  if (const auto* x = std::get_if<grammar::Var>(&a)) return x->name == std::get<grammar::Var>(b).name;
  if (const auto* x = std::get_if<grammar::Iri>(&a)) return x->value == std::get<grammar::Iri>(b).value;
  if (const auto* x = std::get_if<grammar::BlankNode>(&a))
    return x->label == std::get<grammar::BlankNode>(b).label;
  if (const auto* x = std::get_if<grammar::Literal>(&a)) {
    const auto& y = std::get<grammar::Literal>(b);
    return x->lexical == y.lexical && x->datatype == y.datatype && x->language == y.language &&
           x->direction == y.direction;
  }
  const auto& x = *std::get<grammar::Box<grammar::TripleTerm>>(a);
  const auto& y = *std::get<grammar::Box<grammar::TripleTerm>>(b);
  return same_term(x.subject, y.subject) && same_term(x.predicate, y.predicate) &&
         same_term(x.object, y.object);
}

bool same_expression(const grammar::Expression& a, const grammar::Expression& b) {
  if (&a == &b) return true;
  if (a.kind != b.kind || a.name != b.name || a.distinct != b.distinct || a.separator != b.separator ||
      a.descending != b.descending || a.pattern != b.pattern || a.arguments.size() != b.arguments.size())
    return false;
  if (a.kind == grammar::Expression::Kind::term && !same_term(a.value, b.value)) return false;
  for (std::size_t i = 0; i < a.arguments.size(); ++i)
    if (!same_expression(a.arguments[i], b.arguments[i])) return false;
  return true;
}

}  // namespace dossier
