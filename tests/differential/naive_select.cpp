// Groups, aggregates and solution modifiers: SPARQL 1.2 sections 18.2.4 and 18.5; the query forms of
// section 16.
#include <algorithm>
#include <utility>

#include "tests/differential/naive.h"

namespace dossier::differential {
namespace {

const std::string* group_variable(const grammar::GroupCondition& condition) {
  if (condition.variable) return &condition.variable->name;
  if (condition.expression.kind != grammar::Expression::Kind::term) return nullptr;
  const auto* var = std::get_if<grammar::Var>(&condition.expression.value);
  return var != nullptr ? &var->name : nullptr;
}

bool is_grouped(const grammar::SolutionModifier& modifier,
                const std::vector<grammar::Projection>& projections) {
  return !modifier.group_by.empty() ||
         std::any_of(modifier.having.begin(), modifier.having.end(), has_aggregate) ||
         std::any_of(modifier.order_by.begin(), modifier.order_by.end(),
                     [](const auto& order) { return has_aggregate(order.expression); }) ||
         std::any_of(projections.begin(), projections.end(), [](const auto& projection) {
           return projection.expression && has_aggregate(*projection.expression);
         });
}

Solution projected(const Solution& row, const std::vector<std::string>& variables) {
  Solution result;
  for (const std::string& name : variables)
    if (const auto found = row.find(name); found != row.end()) result.insert(*found);
  return result;
}

}  // namespace

bool has_aggregate(const grammar::Expression& expression) {
  return expression.kind == grammar::Expression::Kind::aggregate ||
         std::any_of(expression.arguments.begin(), expression.arguments.end(), has_aggregate);
}

bool strictly_before(const std::vector<NodePtr>& a, const std::vector<NodePtr>& b,
                     const std::vector<bool>& descending) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto sign = order(a[i], b[i]);
    if (!sign) return false;
    if (*sign != 0) return (*sign < 0) != descending[i];
  }
  return false;
}

namespace {

void visible_in_term(const grammar::Term& term, std::set<std::string>& out) {
  if (const auto* var = std::get_if<grammar::Var>(&term)) out.insert(var->name);
  if (const auto* triple = std::get_if<grammar::Box<grammar::TripleTerm>>(&term)) {
    visible_in_term((*triple)->subject, out);
    visible_in_term((*triple)->predicate, out);
    visible_in_term((*triple)->object, out);
  }
}

void visible_in_select(const grammar::SelectQuery& query, std::set<std::string>& out) {
  for (const auto& projection : query.projections) out.insert(projection.variable.name);
  if (!query.star) return;
  visible_variables(query.where, out);
  if (query.values)
    for (const auto& var : query.values->variables) out.insert(var.name);
}

}  // namespace

void visible_variables(const grammar::GroupPattern& pattern, std::set<std::string>& out) {
  for (const auto& element : pattern.elements) {
    if (const auto* block = std::get_if<grammar::TriplesBlock>(&element)) {
      for (const auto& triple : block->triples) {
        visible_in_term(triple.subject, out);
        if (const auto* var = std::get_if<grammar::Var>(&triple.verb)) out.insert(var->name);
        visible_in_term(triple.object, out);
      }
    } else if (const auto* branches = std::get_if<grammar::UnionPattern>(&element)) {
      for (const auto& branch : branches->branches) visible_variables(branch, out);
    } else if (const auto* optional = std::get_if<grammar::OptionalPattern>(&element)) {
      visible_variables(*optional->pattern, out);
    } else if (const auto* named = std::get_if<grammar::GraphPattern>(&element)) {
      if (const auto* var = std::get_if<grammar::Var>(&named->graph)) out.insert(var->name);
      visible_variables(*named->pattern, out);
    } else if (const auto* bind = std::get_if<grammar::Bind>(&element)) {
      out.insert(bind->variable.name);
    } else if (const auto* data = std::get_if<grammar::InlineData>(&element)) {
      for (const auto& var : data->variables) out.insert(var.name);
    } else if (const auto* sub = std::get_if<grammar::SubSelect>(&element)) {
      visible_in_select(*sub->query, out);
    }
  }
}

// One row a group, with the keys that have a variable; `groups` holds the rows of each.
Solutions Evaluator::grouped(Solutions rows, const grammar::SolutionModifier& modifier, const Graph& graph,
                             std::vector<Solutions>& groups) {
  for (const auto& condition : modifier.group_by)
    if (condition.variable)
      rows = extend(std::move(rows), condition.variable->name, condition.expression, {&graph, nullptr});
  std::map<std::string, std::size_t> places;
  Solutions keys;
  if (modifier.group_by.empty()) {
    keys.emplace_back();
    groups.push_back(std::move(rows));
    return keys;
  }
  for (const Solution& row : rows) {
    std::string key;
    Solution named;
    for (const auto& condition : modifier.group_by) {
      const std::string* name = group_variable(condition);
      NodePtr value;
      if (name == nullptr)
        value = evaluate(condition.expression, row, {&graph, nullptr});
      else if (const auto found = row.find(*name); found != row.end())
        value = named[*name] = found->second;
      key += (value ? value->key : "-") + "\n";
    }
    const auto [at, added] = places.try_emplace(key, groups.size());
    if (added) {
      groups.emplace_back();
      keys.push_back(std::move(named));
    }
    groups[at->second].push_back(row);
  }
  return keys;
}

NodePtr Evaluator::aggregate(const grammar::Expression& expression, const Scene& scene) {
  const std::string& name = expression.name;
  const Solutions& rows = *scene.group;
  if (expression.arguments.empty()) {  // COUNT(*)
    quirk(expression.distinct, "peer: COUNT(DISTINCT *)");
    std::set<std::string> distinct;
    for (const Solution& row : rows) distinct.insert(solution_key(row));
    return node_of(
        integer_number(static_cast<std::int64_t>(expression.distinct ? distinct.size() : rows.size())));
  }
  std::vector<NodePtr> list;
  std::set<std::string> seen;
  for (const Solution& row : rows) {
    NodePtr value = evaluate(expression.arguments[0], row, {scene.graph, nullptr});
    if (expression.distinct && !seen.insert(value ? value->key : "-").second) continue;
    list.push_back(std::move(value));
  }
  const bool has_error = std::any_of(list.begin(), list.end(), [](const NodePtr& value) { return !value; });
  if (name == "COUNT")
    return node_of(integer_number(
        std::count_if(list.begin(), list.end(), [](const NodePtr& value) { return value != nullptr; })));
  if (name == "SUM" || name == "AVG") {
    Numeric sum = integer_number(0);
    bool inexact = false;
    for (const NodePtr& value : list) {
      const auto number = numeric(value);
      if (!number) return nullptr;
      inexact = inexact || number->type > Numeric::Type::decimal;
      sum = *arithmetic(Operation::add, sum, *number);
    }
    // The order of the additions shows in the last bits.
    if (inexact && list.size() > 1 &&
        sum.value - static_cast<double>(static_cast<std::int64_t>(sum.value * 64)) / 64 != 0 &&
        sum.value == sum.value)
      throw Unspecified("the order of a sum of doubles");
    if (name == "SUM") return node_of(sum);
    if (list.empty()) return node_of(integer_number(0));
    const auto quotient =
        arithmetic(Operation::divide, sum, integer_number(static_cast<std::int64_t>(list.size())));
    return quotient ? node_of(*quotient) : nullptr;
  }
  if (name == "MIN" || name == "MAX") {
    if (list.empty()) return nullptr;
    if (has_error) {
      // An error sorts as unbound, before all: MIN of it is no value, of MAX the specification says the same
      // order.
      throw Unspecified("MIN or MAX of an error");
    }
    const int wanted = name == "MIN" ? -1 : 1;
    for (const NodePtr& candidate : list)
      if (std::all_of(list.begin(), list.end(), [&](const NodePtr& other) {
            const auto sign = order(candidate, other);
            return sign && (*sign == 0 || *sign == wanted);
          }))
        return candidate;
    throw Unspecified("MIN or MAX of terms without an order");
  }
  if (name == "SAMPLE") {
    if (list.empty()) return nullptr;
    for (const NodePtr& value : list)
      if (!same(value, list[0])) throw Unspecified("SAMPLE of different values");
    return list[0];
  }
  if (name == "GROUP_CONCAT") {
    quirk(list.empty(), "peer: GROUP_CONCAT of nothing");
    const std::string separator = expression.separator.value_or(" ");
    std::string text;
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (!list[i] || list[i]->kind != TermKind::literal) return nullptr;
      // CONCAT takes strings; other literals pass by their text in all implementations.
      if (!is_string(list[i])) throw Unspecified("GROUP_CONCAT of what is no string");
      if (list[i]->text != list[0]->text) throw Unspecified("the order of GROUP_CONCAT");
      if (i > 0) text += separator;
      text += list[i]->text;
    }
    return string_node(text);
  }
  throw Unspecified("the aggregate " + name);
}

Answer Evaluator::select(const grammar::SelectQuery& query, const Graph& graph, const Solution& context) {
  Answer answer;
  const grammar::SolutionModifier& modifier = query.modifier;
  Solutions rows = group(query.where, graph, context);
  std::vector<Solutions> groups;
  const bool is_group = is_grouped(modifier, query.projections);
  if (is_group) rows = grouped(std::move(rows), modifier, graph, groups);
  struct Row {
    Solution solution;
    const Solutions* group;
    std::vector<NodePtr> keys;
  };
  std::vector<Row> all;
  std::vector<const grammar::Expression*> having;
  for (const auto& condition : modifier.having) having.push_back(&condition);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Solutions* members = is_group ? &groups[i] : nullptr;
    if (!passes(having, rows[i], {&graph, members})) continue;
    const Solutions joined = query.values ? join({rows[i]}, values(*query.values)) : Solutions{rows[i]};
    for (const Solution& row : joined) all.push_back({row, members, {}});
  }
  if (query.star) {
    std::set<std::string> visible;
    visible_variables(query.where, visible);
    if (query.values)
      for (const auto& var : query.values->variables) visible.insert(var.name);
    answer.variables.assign(visible.begin(), visible.end());
  }
  // A set (PV of section 18.2.4.4).
  for (const auto& projection : query.projections)
    if (std::find(answer.variables.begin(), answer.variables.end(), projection.variable.name) ==
        answer.variables.end())
      answer.variables.push_back(projection.variable.name);
  for (Row& row : all) {
    for (const auto& projection : query.projections) {
      quirk(query.values && projection.expression, "peer: VALUES after a query with expressions");
      if (projection.expression)
        row.solution =
            extend({row.solution}, projection.variable.name, *projection.expression, {&graph, row.group})[0];
    }
    for (const auto& condition : modifier.order_by)
      row.keys.push_back(evaluate(condition.expression, row.solution, {&graph, row.group}));
    row.solution = projected(row.solution, answer.variables);
  }
  for (const auto& condition : modifier.order_by) answer.descending.push_back(condition.descending);
  std::map<std::string, std::vector<NodePtr>> seen;
  for (Row& row : all) {
    if (query.distinct) {
      const auto [at, added] = seen.try_emplace(solution_key(row.solution), row.keys);
      // Which of the equal rows stays decides where it stands.
      if (!added && !std::equal(row.keys.begin(), row.keys.end(), at->second.begin(), same))
        throw Unspecified("DISTINCT of rows with different places");
      if (!added) continue;
    }
    answer.rows.push_back(std::move(row.solution));
    answer.order_keys.push_back(std::move(row.keys));
  }
  answer.reduced = query.reduced && !query.distinct;
  answer.limit = modifier.limit;
  answer.offset = modifier.offset.value_or(0);
  return answer;
}

Solutions Evaluator::sub_select(const grammar::SelectQuery& query, const Graph& graph,
                                const Solution& context) {
  const Answer answer = select(query, graph, context);
  if (answer.reduced) throw Unspecified("REDUCED inside of a query");
  const std::size_t size = answer.rows.size();
  if (!answer.limit && answer.offset == 0) return answer.rows;
  // A slice is fixed only where each row's place is: so many rows are strictly before it, the rest strictly
  // after, but for equal ones.
  const std::size_t from = std::min<std::size_t>(answer.offset, size);
  const std::size_t to = answer.limit ? std::min<std::size_t>(size, from + *answer.limit) : size;
  if (from == to) return {};
  if (from == 0 && to == size) return answer.rows;
  std::vector<std::size_t> places(size);
  for (std::size_t i = 0; i < size; ++i) {
    std::size_t before = 0;
    for (std::size_t j = 0; j < size; ++j) {
      if (i == j) continue;
      work();
      const bool less = strictly_before(answer.order_keys[j], answer.order_keys[i], answer.descending);
      const bool more = strictly_before(answer.order_keys[i], answer.order_keys[j], answer.descending);
      if (!less && !more) {
        if (solution_key(answer.rows[i]) != solution_key(answer.rows[j]))
          throw Unspecified("a slice among ties");
        if (j < i) ++before;
      } else if (less) {
        ++before;
      }
    }
    places[i] = before;
  }
  Solutions result;
  for (std::size_t i = 0; i < size; ++i)
    if (places[i] >= from && places[i] < to) result.push_back(answer.rows[i]);
  return result;
}

Solutions Evaluator::pattern_solutions(const grammar::GroupPattern& where,
                                       const grammar::SolutionModifier& modifier,
                                       const std::optional<grammar::InlineData>& data) {
  if (modifier.limit || modifier.offset || is_grouped(modifier, {}) || !modifier.having.empty())
    throw Unspecified("modifiers of CONSTRUCT, ASK or DESCRIBE");
  Solutions rows = group(where, dataset_.default_graph, {});
  return data ? join(rows, values(*data)) : rows;
}

void Evaluator::construct(const grammar::ConstructQuery& query, Answer& answer) {
  answer.kind = Answer::Kind::triples;
  for (const Solution& row : pattern_solutions(query.where, query.modifier, query.values)) {
    Solution with_blanks = row;
    const std::uint64_t number = fresh_++;
    const auto made = [&](const auto& self, const grammar::Term& at) -> NodePtr {
      if (const auto* blank = std::get_if<grammar::BlankNode>(&at))
        return blank_node("made-" + std::to_string(number) + "-" + blank->label);
      if (const auto* triple = std::get_if<grammar::Box<grammar::TripleTerm>>(&at)) {
        NodePtr s = self(self, (*triple)->subject);
        NodePtr p = self(self, (*triple)->predicate);
        NodePtr o = self(self, (*triple)->object);
        if (!s || !p || !o || s->kind == TermKind::literal || s->kind == TermKind::triple ||
            p->kind != TermKind::iri)
          return nullptr;
        return triple_node(std::move(s), std::move(p), std::move(o));
      }
      return term(at, with_blanks);
    };
    for (const grammar::TriplePattern& pattern : query.construct) {
      const NodePtr s = made(made, pattern.subject);
      const NodePtr o = made(made, pattern.object);
      NodePtr p;
      if (const auto* var = std::get_if<grammar::Var>(&pattern.verb))
        p = made(made, grammar::Term(*var));
      else if (const auto* iri = std::get_if<grammar::Iri>(&pattern.verb))
        p = iri_node(iri->value);
      if (!s || !p || !o || s->kind == TermKind::literal || s->kind == TermKind::triple ||
          p->kind != TermKind::iri)
        continue;
      answer.triples.push_back({s, p, o});
    }
  }
}

void Evaluator::describe(const grammar::DescribeQuery& query, Answer& answer) {
  quirk(true, "peer: DESCRIBE");
  answer.kind = Answer::Kind::description;
  Solutions rows{{}};
  if (query.where) rows = pattern_solutions(*query.where, query.modifier, query.values);
  std::map<std::string, NodePtr> found;
  for (const auto& resource : query.resources) {
    if (const auto* iri = std::get_if<grammar::Iri>(&resource)) {
      found["<" + iri->value + ">"] = iri_node(iri->value);
      continue;
    }
    for (const Solution& row : rows)
      if (const auto at = row.find(std::get<grammar::Var>(resource).name); at != row.end())
        found[at->second->key] = at->second;
  }
  for (auto& [key, node] : found) answer.described.push_back(node);
  answer.triples = dataset_.default_graph;
}

Answer Evaluator::answer(const grammar::Query& query) {
  use_dataset(query.dataset);
  work_ = 0;
  Answer answer;
  if (const auto* form = std::get_if<grammar::SelectQuery>(&query.form)) {
    answer = select(*form, dataset_.default_graph, {});
  } else if (const auto* ask = std::get_if<grammar::AskQuery>(&query.form)) {
    answer.kind = Answer::Kind::boolean;
    answer.boolean = !pattern_solutions(ask->where, ask->modifier, ask->values).empty();
  } else if (const auto* made = std::get_if<grammar::ConstructQuery>(&query.form)) {
    construct(*made, answer);
  } else {
    describe(std::get<grammar::DescribeQuery>(query.form), answer);
  }
  return answer;
}

}  // namespace dossier::differential
