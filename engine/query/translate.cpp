#include "engine/query/translate.h"

#include <algorithm>
#include <utility>

#include "engine/dossier.h"
#include "engine/model/term.h"
#include "engine/query/composite_values.h"

namespace dossier {
namespace {

using Kind = Algebra::Kind;
using grammar::Box;

// Has this no solution where the graph has no triple?
bool needs_triples(const Algebra& node) {
  const auto input_needs = [](const auto& input) { return needs_triples(*input); };
  switch (node.kind) {
    case Algebra::Kind::nothing:
    case Algebra::Kind::pattern:
      return true;
    case Algebra::Kind::join:
      return std::any_of(node.inputs.begin(), node.inputs.end(), input_needs);
    case Algebra::Kind::union_:
      return std::all_of(node.inputs.begin(), node.inputs.end(), input_needs);
    case Algebra::Kind::left_join:
    case Algebra::Kind::minus:
    case Algebra::Kind::filter:
    case Algebra::Kind::extend:
    case Algebra::Kind::unfold:
    case Algebra::Kind::project:
    case Algebra::Kind::distinct:
    case Algebra::Kind::order:
    case Algebra::Kind::slice:
      return needs_triples(*node.inputs[0]);
    default:
      return false;
  }
}

AlgebraPtr join(AlgebraPtr left, AlgebraPtr right) {
  if (left->kind == Kind::unit) return right;
  if (right->kind == Kind::unit) return left;
  if (left->kind == Kind::join) {
    add_input(*left, std::move(right));
    return left;
  }
  return make_algebra(Kind::join, std::move(left), std::move(right));
}

AlgebraPtr filter(AlgebraPtr node, std::vector<ScopedExpression> conditions) {
  if (conditions.empty()) return node;
  auto result = make_algebra(Kind::filter, std::move(node));
  result->conditions = std::move(conditions);
  return result;
}

void collect_aggregates(const grammar::Expression& expression,
                        std::vector<const grammar::Expression*>& found) {
  if (expression.kind == grammar::Expression::Kind::aggregate) {
    const bool known = std::any_of(found.begin(), found.end(),
                                   [&](const auto* other) { return same_expression(*other, expression); });
    if (!known) found.push_back(&expression);
    return;
  }
  for (const auto& argument : expression.arguments) collect_aggregates(argument, found);
}

// So many steps of a sequence come to the same nodes by many ways.
constexpr std::size_t kManySteps = 3;

// Is a step of the path more than a link in either direction?
bool branches(const grammar::Path& path) {
  using P = grammar::Path::Kind;
  switch (path.kind) {
    case P::link:
      return false;
    case P::inverse:
    case P::sequence:
      return std::any_of(path.parts.begin(), path.parts.end(), branches);
    default:
      return true;
  }
}

// Are the answers the same however often a solution of the WHERE clause comes? Only where that is plain to
// see: triples and filters, of which distinct rows of variables are asked, or aggregates that do not count
// repeats.
bool answers_by_set(const grammar::SelectQuery& query) {
  for (const auto& element : query.where.elements)
    if (!std::holds_alternative<grammar::TriplesBlock>(element) &&
        !std::holds_alternative<grammar::Filter>(element))
      return false;
  std::vector<const grammar::Expression*> aggregates;
  for (const auto& projection : query.projections)
    if (projection.expression) collect_aggregates(*projection.expression, aggregates);
  for (const auto& having : query.modifier.having) collect_aggregates(having, aggregates);
  for (const auto& order : query.modifier.order_by) collect_aggregates(order.expression, aggregates);
  const auto plain = [](const grammar::Projection& projection) { return !projection.expression; };
  if (aggregates.empty())
    return query.distinct && query.modifier.group_by.empty() &&
           std::all_of(query.projections.begin(), query.projections.end(), plain);
  return std::all_of(aggregates.begin(), aggregates.end(), [](const grammar::Expression* aggregate) {
    const std::string& name = aggregate->name;
    return name == "MIN" || name == "MAX" ||
           (aggregate->distinct && (name == "COUNT" || name == "SUM" || name == "AVG"));
  });
}

}  // namespace

Variable Translator::fresh(const char* what) {
  return table_.add("." + std::string(what) + std::to_string(fresh_++));
}

Variable Translator::variable(const std::string& name, Scope& scope) {
  auto [it, added] = scope.try_emplace(name, 0);
  if (!added) return it->second;
  it->second = table_.add(name);
  if (scope.context)
    if (const auto outer = visible_variable(*scope.context, name)) aliases_[it->second] = *outer;
  return it->second;
}

Id Translator::iri(const std::string& iri) {
  std::string bytes(1, kIriByte);
  bytes += iri;
  return context_.terms().intern(bytes);
}

Id Translator::constant(const grammar::Term& term) {
  if (const auto* value = std::get_if<grammar::Iri>(&term)) return iri(value->value);
  if (const auto* value = std::get_if<grammar::Literal>(&term)) {
    std::string bytes;
    if (value->language.empty())
      append_literal_bytes(bytes, value->lexical, value->datatype);
    else
      append_language_bytes(bytes, value->lexical, value->language, static_cast<Direction>(value->direction));
    return intern_text_literal(context_, bytes);
  }
  if (const auto* value = std::get_if<Box<grammar::TripleTerm>>(&term))
    return context_.terms().intern_triple(constant((*value)->subject), constant((*value)->predicate),
                                          constant((*value)->object));
  throw QueryError("a variable or blank node stands where only a constant term may stand");
}

Slot Translator::slot(const grammar::Term& term, Scope& scope, Algebra& joined) {
  if (const auto* var = std::get_if<grammar::Var>(&term)) return Slot::of(variable(var->name, scope));
  if (const auto* blank = std::get_if<grammar::BlankNode>(&term))
    return Slot::of(variable("._:" + blank->label, scope));
  if (const auto* triple = std::get_if<Box<grammar::TripleTerm>>(&term)) {
    const Slot s = slot((*triple)->subject, scope, joined);
    const Slot p = slot((*triple)->predicate, scope, joined);
    const Slot o = slot((*triple)->object, scope, joined);
    if (!s.is_variable && !p.is_variable && !o.is_variable)
      return Slot::constant(context_.terms().intern_triple(s.id, p.id, o.id));
    auto node = make_algebra(Kind::pattern);
    node->pattern.on_terms = true;
    node->pattern.subject = s;
    node->pattern.predicate = p;
    node->pattern.object = o;
    node->pattern.id = Slot::of(fresh("triple"));
    const Slot id = node->pattern.id;
    add_input(joined, std::move(node));
    return id;
  }
  return Slot::constant(constant(term));
}

// A negated set counts every triple that it lets through, so it is a pattern and a filter and not a search.
AlgebraPtr Translator::negated(const Slot& subject, const grammar::Path& path_ast, const Slot& object,
                               GraphRef graph) {
  AlgebraPtr branches = make_algebra(Kind::union_);
  const bool any_inverse = std::any_of(path_ast.excluded.begin(), path_ast.excluded.end(),
                                       [](const auto& step) { return step.inverse; });
  const bool any_forward = !any_inverse || std::any_of(path_ast.excluded.begin(), path_ast.excluded.end(),
                                                       [](const auto& step) { return !step.inverse; });
  for (const bool inverse : {false, true}) {
    if (inverse ? !any_inverse : !any_forward) continue;
    auto node = make_algebra(Kind::pattern);
    const Variable predicate = fresh("predicate");
    node->pattern.subject = inverse ? object : subject;
    node->pattern.predicate = Slot::of(predicate);
    node->pattern.object = inverse ? subject : object;
    node->pattern.graph = graph;
    grammar::Expression condition;
    condition.kind = grammar::Expression::Kind::not_in;
    grammar::Expression variable;
    variable.value = grammar::Var{table_.name(predicate), path_ast.at};
    condition.arguments.push_back(variable);
    for (const auto& step : path_ast.excluded) {
      if (step.inverse != inverse) continue;
      grammar::Expression iri;
      iri.value = step.iri;
      condition.arguments.push_back(std::move(iri));
    }
    if (condition.arguments.size() > 1) {
      auto scope = std::make_shared<Scope>();
      (*scope)[table_.name(predicate)] = predicate;
      node = filter(std::move(node), {{table_.own(std::move(condition)), scope, graph, nullptr}});
    }
    add_input(*branches, std::move(node));
  }
  if (branches->inputs.size() == 1) return std::move(branches->inputs[0]);
  return branches;
}

AlgebraPtr Translator::path(const Slot& subject, const grammar::Path& path_ast, const Slot& object,
                            GraphRef graph) {
  using P = grammar::Path::Kind;
  switch (path_ast.kind) {
    case P::link: {
      auto node = make_algebra(Kind::pattern);
      node->pattern.subject = subject;
      node->pattern.predicate = Slot::constant(iri(path_ast.iri.value));
      node->pattern.object = object;
      node->pattern.graph = graph;
      return node;
    }
    case P::inverse:
      return path(object, path_ast.parts[0], subject, graph);
    case P::sequence: {
      // Joined step by step, a solution comes once for each way; a search comes to each node once.
      if (!repeats_matter_ && (!subject.is_variable || !object.is_variable) &&
          (branches(path_ast) || path_ast.parts.size() >= kManySteps))
        break;
      AlgebraPtr result = make_algebra(Kind::unit);
      Slot from = subject;
      for (std::size_t i = 0; i < path_ast.parts.size(); ++i) {
        const Slot to = i + 1 == path_ast.parts.size() ? object : Slot::of(fresh("step"));
        result = join(std::move(result), path(from, path_ast.parts[i], to, graph));
        from = to;
      }
      return result;
    }
    case P::alternative: {
      auto node = make_algebra(Kind::union_);
      for (const auto& part : path_ast.parts) add_input(*node, path(subject, part, object, graph));
      return node;
    }
    case P::repeat:
      break;
    case P::negated:
      return negated(subject, path_ast, object, graph);
  }
  auto node = make_algebra(Kind::path);
  node->subject = subject;
  node->object = object;
  node->path = &path_ast;
  node->graph = graph;
  return node;
}

// The pattern of a step has variables of its own; only parameters are what they are outside.
void Translator::via(const grammar::PathSearch::Via& step, Algebra& node) {
  const auto scope = std::make_shared<Scope>(parameters_);
  add_input(node, group(*step.pattern, scope, node.graph));
  std::vector<std::string> names{step.from.name, step.to.name};
  names_in_scope(*step.pattern, names);
  for (const std::string& name : names) node.via.push_back(variable(name, *scope));
}

void Translator::triple(const grammar::TriplePattern& pattern, Scope& scope, GraphRef graph,
                        Algebra& joined) {
  const Slot subject = slot(pattern.subject, scope, joined);
  // SELECT * names variables in the order of the text.
  if (const auto* var = std::get_if<grammar::Var>(&pattern.verb)) variable(var->name, scope);
  const auto* search = std::get_if<Box<grammar::PathSearch>>(&pattern.verb);
  std::vector<Variable> outputs;
  if (search != nullptr)
    for (const auto& output : (*search)->outputs) outputs.push_back(variable(output.name, scope));
  const Slot object = slot(pattern.object, scope, joined);
  if (search != nullptr) {
    auto node = make_algebra(Kind::path_search);
    node->subject = subject;
    node->object = object;
    node->search = &**search;
    node->graph = graph;
    node->variables = std::move(outputs);
    if ((*search)->via) via(*(*search)->via, *node);
    add_input(joined, std::move(node));
    return;
  }
  if (const auto* steps = std::get_if<Box<grammar::Path>>(&pattern.verb)) {
    AlgebraPtr node = path(subject, **steps, object, graph);
    if (node->kind == Kind::join)
      for (auto& input : node->inputs) add_input(joined, std::move(input));
    else
      add_input(joined, std::move(node));
    return;
  }
  auto node = make_algebra(Kind::pattern);
  node->pattern.subject = subject;
  if (const auto* var = std::get_if<grammar::Var>(&pattern.verb))
    node->pattern.predicate = Slot::of(variable(var->name, scope));
  else
    node->pattern.predicate = Slot::constant(iri(std::get<grammar::Iri>(pattern.verb).value));
  node->pattern.object = object;
  node->pattern.graph = graph;
  add_input(joined, std::move(node));
}

AlgebraPtr Translator::inline_data(const grammar::InlineData& data, Scope& scope) {
  auto node = make_algebra(Kind::values);
  for (const auto& var : data.variables) node->variables.push_back(variable(var.name, scope));
  for (const auto& row : data.rows) {
    std::vector<Id> ids;
    for (const auto& term : row) ids.push_back(term ? constant(*term) : kUnbound);
    node->rows.push_back(std::move(ids));
  }
  return node;
}

AlgebraPtr Translator::graph_pattern(const grammar::GraphPattern& pattern,
                                     const std::shared_ptr<Scope>& scope) {
  GraphRef graph;
  if (const auto* value = std::get_if<grammar::Iri>(&pattern.graph)) {
    graph.kind = GraphRef::Kind::fixed;
    graph.id = iri(value->value);
    AlgebraPtr inner = group(*pattern.pattern, scope, graph);
    if (needs_triples(*inner)) return inner;
    // A group that has solutions without a triple (an empty one, OPTIONAL alone, VALUES) has them only if the
    // graph is there.
    auto named = make_algebra(Kind::graph, make_algebra(Kind::unit));
    named->variable = fresh("graph");
    auto values = make_algebra(Kind::values);
    values->variables = {named->variable};
    values->rows = {{graph.id}};
    return join(join(std::move(values), std::move(named)), std::move(inner));
  }
  const std::string& name = std::get<grammar::Var>(pattern.graph).name;
  const Variable outer = variable(name, *scope);
  graph.kind = GraphRef::Kind::variable;
  const bool mentioned = mentions(*pattern.pattern, name);
  graph.variable = mentioned ? fresh("graph") : outer;
  auto node = make_algebra(Kind::graph, group(*pattern.pattern, scope, graph));
  node->variable = graph.variable;
  if (!mentioned) return node;
  // The group does not see the variable as bound: the graph is joined with it when the group is done.
  auto graphs = make_algebra(Kind::graph, make_algebra(Kind::unit));
  graphs->variable = graph.variable;
  grammar::Expression expression;
  expression.value = grammar::Var{table_.name(graph.variable), {}};
  auto own_scope = std::make_shared<Scope>();
  (*own_scope)[table_.name(graph.variable)] = graph.variable;
  auto named = make_algebra(Kind::extend, std::move(graphs));
  named->variable = outer;
  named->expression = {table_.own(std::move(expression)), own_scope, {}, nullptr};
  return join(std::move(node), std::move(named));
}

Translator::Parts Translator::group_parts(const grammar::GroupPattern& group_ast,
                                          const std::shared_ptr<Scope>& scope, GraphRef graph) {
  context_.check();
  Parts parts{make_algebra(Kind::unit), {}};
  for (const auto& element : group_ast.elements) {
    if (const auto* block = std::get_if<grammar::TriplesBlock>(&element)) {
      Algebra joined(Kind::join);
      for (const auto& pattern : block->triples) triple(pattern, *scope, graph, joined);
      for (auto& input : joined.inputs) parts.node = join(std::move(parts.node), std::move(input));
    } else if (const auto* branches = std::get_if<grammar::UnionPattern>(&element)) {
      if (branches->branches.size() == 1) {
        parts.node = join(std::move(parts.node), group(branches->branches[0], scope, graph));
        continue;
      }
      auto node = make_algebra(Kind::union_);
      for (const auto& branch : branches->branches) add_input(*node, group(branch, scope, graph));
      parts.node = join(std::move(parts.node), std::move(node));
    } else if (const auto* optional = std::get_if<grammar::OptionalPattern>(&element)) {
      // The filters of the optional group itself, and only those, see the left side: they are the condition.
      Parts right = group_parts(*optional->pattern, scope, graph);
      parts.node = make_algebra(Kind::left_join, std::move(parts.node), std::move(right.node));
      parts.node->conditions = std::move(right.filters);
    } else if (const auto* minus = std::get_if<grammar::MinusPattern>(&element)) {
      parts.node = make_algebra(Kind::minus, std::move(parts.node), group(*minus->pattern, scope, graph));
    } else if (const auto* named = std::get_if<grammar::GraphPattern>(&element)) {
      parts.node = join(std::move(parts.node), graph_pattern(*named, scope));
    } else if (const auto* service = std::get_if<grammar::ServicePattern>(&element)) {
      if (!service->silent)
        throw QueryError(
            "SERVICE cannot be evaluated: this store does not ask other endpoints (SERVICE SILENT gives one "
            "empty solution)");
    } else if (const auto* condition = std::get_if<grammar::Filter>(&element)) {
      parts.filters.push_back({&condition->condition, scope, graph, nullptr});
    } else if (const auto* bind = std::get_if<grammar::Bind>(&element)) {
      parts.node = make_algebra(Kind::extend, std::move(parts.node));
      parts.node->variable = variable(bind->variable.name, *scope);
      parts.node->expression = {&bind->expression, scope, graph, nullptr};
    } else if (const auto* unfold = std::get_if<grammar::Unfold>(&element)) {
      parts.node = make_algebra(Kind::unfold, std::move(parts.node));
      parts.node->expression = {&unfold->expression, scope, graph, nullptr};
      parts.node->variables = {variable(unfold->first.name, *scope)};
      if (unfold->second) parts.node->variables.push_back(variable(unfold->second->name, *scope));
    } else if (const auto* data = std::get_if<grammar::InlineData>(&element)) {
      parts.node = join(std::move(parts.node), inline_data(*data, *scope));
    } else if (const auto* sub = std::get_if<grammar::SubSelect>(&element)) {
      std::shared_ptr<Scope> inner = scope;
      if (!sub->query->star) {
        inner = std::make_shared<Scope>();
        inner->context = asked_for_ == scope ? scope : scope->context;
        for (const auto& projection : sub->query->projections)
          (*inner)[projection.variable.name] = variable(projection.variable.name, *scope);
      }
      parts.node = join(std::move(parts.node), select(*sub->query, inner, graph).root);
    }
  }
  return parts;
}

AlgebraPtr Translator::group(const grammar::GroupPattern& group_ast, const std::shared_ptr<Scope>& scope,
                             GraphRef graph) {
  Parts parts = group_parts(group_ast, scope, graph);
  return filter(std::move(parts.node), std::move(parts.filters));
}

AlgebraPtr Translator::exists(const grammar::GroupPattern& group_ast, const std::shared_ptr<Scope>& scope,
                              GraphRef graph) {
  const auto outer = std::exchange(asked_for_, scope);
  const bool outer_repeats = std::exchange(repeats_matter_, true);
  AlgebraPtr node = group(group_ast, scope, graph);
  repeats_matter_ = outer_repeats;
  asked_for_ = outer;
  return node;
}

AlgebraPtr Translator::modifiers(AlgebraPtr node, const grammar::SolutionModifier& modifier,
                                 const std::vector<grammar::Projection>* projections,
                                 const std::shared_ptr<Scope>& scope, GraphRef graph) {
  std::vector<const grammar::Expression*> found;
  if (projections != nullptr)
    for (const auto& projection : *projections)
      if (projection.expression) collect_aggregates(*projection.expression, found);
  for (const auto& having : modifier.having) collect_aggregates(having, found);
  for (const auto& order : modifier.order_by) collect_aggregates(order.expression, found);

  std::shared_ptr<const AggregateList> aggregates;
  if (!found.empty() || !modifier.group_by.empty()) {
    std::vector<Variable> keys;
    for (const auto& condition : modifier.group_by) {
      const auto* var = condition.expression.kind == grammar::Expression::Kind::term
                            ? std::get_if<grammar::Var>(&condition.expression.value)
                            : nullptr;
      if (var != nullptr && !condition.variable) {
        keys.push_back(variable(var->name, *scope));
        continue;
      }
      node = make_algebra(Kind::extend, std::move(node));
      node->variable = condition.variable ? variable(condition.variable->name, *scope) : fresh("key");
      node->expression = {&condition.expression, scope, graph, nullptr};
      keys.push_back(node->variable);
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    node = make_algebra(Kind::group, std::move(node));
    node->variables = std::move(keys);
    node->scope = scope;
    node->graph = graph;
    for (const auto* expression : found) node->aggregates.push_back({expression, fresh("aggregate")});
    aggregates = std::make_shared<AggregateList>(node->aggregates);
  }
  std::vector<ScopedExpression> having;
  for (const auto& condition : modifier.having) having.push_back({&condition, scope, graph, aggregates});
  node = filter(std::move(node), std::move(having));
  return node;
}

Translated Translator::select(const grammar::SelectQuery& query, const std::shared_ptr<Scope>& scope,
                              GraphRef graph) {
  const bool outer = std::exchange(repeats_matter_, !answers_by_set(query));
  AlgebraPtr node = group(query.where, scope, graph);
  repeats_matter_ = outer;
  node = modifiers(std::move(node), query.modifier, &query.projections, scope, graph);
  std::shared_ptr<const AggregateList> aggregates;
  for (const Algebra* below = node.get(); below != nullptr;
       below = below->kind == Kind::filter ? below->inputs[0].get() : nullptr)
    if (below->kind == Kind::group && below->scope == scope) {
      aggregates = std::make_shared<AggregateList>(below->aggregates);
      break;
    }
  if (query.values) node = join(std::move(node), inline_data(*query.values, *scope));

  Translated result;
  if (query.star) {
    std::vector<std::string> names;
    names_in_scope(query, names);
    for (const std::string& name : names) result.variables.push_back(variable(name, *scope));
  }
  for (const auto& projection : query.projections) {
    const Variable v = variable(projection.variable.name, *scope);
    // A set: a name that is there twice is one column.
    if (std::find(result.variables.begin(), result.variables.end(), v) == result.variables.end())
      result.variables.push_back(v);
    if (!projection.expression) continue;
    node = make_algebra(Kind::extend, std::move(node));
    node->variable = v;
    node->expression = {&*projection.expression, scope, graph, aggregates};
  }
  for (Variable v : result.variables) result.names.push_back(table_.name(v));

  if (!query.modifier.order_by.empty()) {
    node = make_algebra(Kind::order, std::move(node));
    for (const auto& order : query.modifier.order_by)
      node->orders.push_back({{&order.expression, scope, graph, aggregates}, order.descending});
  }
  node = make_algebra(Kind::project, std::move(node));
  node->variables = result.variables;
  if (query.distinct || query.reduced) {
    node = make_algebra(Kind::distinct, std::move(node));
    node->reduced = query.reduced && !query.distinct;
  }
  result.root = slice(std::move(node), query.modifier);
  return result;
}

AlgebraPtr Translator::slice(AlgebraPtr node, const grammar::SolutionModifier& modifier) {
  if (!modifier.limit && modifier.offset.value_or(0) == 0) return node;
  node = make_algebra(Kind::slice, std::move(node));
  node->limit = modifier.limit;
  node->offset = modifier.offset.value_or(0);
  return node;
}

AlgebraPtr Translator::pattern(const grammar::GroupPattern& where, const grammar::SolutionModifier& modifier,
                               const std::optional<grammar::InlineData>& values,
                               const std::shared_ptr<Scope>& scope) {
  AlgebraPtr node = modifiers(group(where, scope, {}), modifier, nullptr, scope, {});
  if (values) node = join(std::move(node), inline_data(*values, *scope));
  if (!modifier.order_by.empty()) {
    node = make_algebra(Kind::order, std::move(node));
    for (const auto& order : modifier.order_by)
      node->orders.push_back({{&order.expression, scope, {}, nullptr}, order.descending});
  }
  return slice(std::move(node), modifier);
}

}  // namespace dossier
