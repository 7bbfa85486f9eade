// Groups and query forms, with the static rules about scopes and aggregates.
#include <algorithm>
#include <cassert>
#include <charconv>
#include <utility>

#include "grammar/builder.h"

namespace dossier::grammar {
namespace {

void merge(VariableSet& into, VariableSet&& from) {
  if (from.size() > into.size()) into.swap(from);
  into.insert(std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

// ---- groups

void Builder::open_group() {
  GroupFrame frame;
  frame.pattern.at = {at_};
  frame.bgp = ++next_bgp_;
  frame.aggregates_allowed = std::exchange(aggregates_allowed_, false);
  frame.in_aggregate = std::exchange(in_aggregate_, false);
  frame.modifier = std::exchange(modifier_, false);
  groups_.push_back(std::move(frame));
}

void Builder::close_group() {
  GroupFrame frame = std::move(groups_.back());
  groups_.pop_back();
  aggregates_allowed_ = frame.aggregates_allowed;
  in_aggregate_ = frame.in_aggregate;
  modifier_ = frame.modifier;
  const int height = frame.height + 1;
  note_height(height);
  closed_.push_back({std::move(frame.pattern), std::move(frame.visible), height});
}

GroupPattern Builder::take_group(bool visible) {
  ClosedGroup group = std::move(closed_.back());
  closed_.pop_back();
  if (visible) merge(groups_.back().visible, std::move(group.visible));
  return std::move(group.pattern);
}

// All but filters end the basic graph pattern.
void Builder::add_element(PatternElement element) {
  GroupFrame& group = groups_.back();
  if (!std::holds_alternative<Filter>(element)) {
    group.block.reset();
    group.bgp = ++next_bgp_;
  }
  group.pattern.elements.push_back(std::move(element));
}

void Builder::see(const Var& variable) {
  groups_.back().visible.insert(variable.name);
}

void Builder::open_branches() {
  unions_.emplace_back();
  add_branch();
}

void Builder::add_branch() {
  unions_.back().branches.push_back(take_group(true));
}

void Builder::finish_union() {
  UnionPattern pattern = std::move(unions_.back());
  unions_.pop_back();
  add_element(std::move(pattern));
}

void Builder::finish_optional() {
  add_element(OptionalPattern{take_group(true)});
}
void Builder::finish_minus() {
  add_element(MinusPattern{take_group(false)});
}

void Builder::finish_graph() {
  GroupPattern pattern = take_group(true);
  VarOrIri graph = pop_var_or_iri();
  if (const auto* variable = std::get_if<Var>(&graph)) see(*variable);
  add_element(GraphPattern{std::move(graph), std::move(pattern)});
}

void Builder::open_service() {
  services_.push_back({false, at_});
}
void Builder::service_silent() {
  services_.back().silent = true;
}

void Builder::finish_service() {
  const ServiceFrame frame = services_.back();
  services_.pop_back();
  GroupPattern pattern = take_group(true);
  VarOrIri endpoint = pop_var_or_iri();
  if (const auto* variable = std::get_if<Var>(&endpoint)) see(*variable);
  add_element(ServicePattern{frame.silent, std::move(endpoint), std::move(pattern), {frame.at}});
}

void Builder::finish_filter() {
  add_element(Filter{pop_expression()});
}

void Builder::finish_bind() {
  Var variable = pop_var();
  Expression expression = pop_expression();
  assign("BIND", variable);
  add_element(Bind{std::move(expression), std::move(variable)});
}

void Builder::assign(const char* keyword, const Var& variable) {
  if (groups_.back().visible.contains(variable.name)) {
    fail(variable.at.offset, std::string(keyword) + " cannot assign ?" + variable.name +
                                 ": it is already used earlier in this group");
  }
  see(variable);
}

void Builder::finish_unfold() {
  Var first = pop_var();
  Expression expression = pop_expression();
  assign("UNFOLD", first);
  add_element(Unfold{std::move(expression), std::move(first), std::nullopt});
}

void Builder::finish_unfold_pair() {
  Var second = pop_var();
  Var first = pop_var();
  Expression expression = pop_expression();
  if (first.name == second.name)
    fail(second.at.offset, "UNFOLD assigns ?" + first.name + " twice", "two different variables");
  assign("UNFOLD", first);
  assign("UNFOLD", second);
  add_element(Unfold{std::move(expression), std::move(first), std::move(second)});
}

// ---- VALUES

void Builder::open_values() {
  values_ = {};
  values_.at = {at_};
  single_value_ = false;
}

void Builder::values_variable() {
  Var variable = pop_var();
  for (const Var& other : values_.variables) {
    if (other.name == variable.name) fail(variable.at.offset, "VALUES lists ?" + variable.name + " twice");
  }
  values_.variables.push_back(std::move(variable));
}

void Builder::values_single() {
  single_value_ = true;
  values_variable();
}

void Builder::values_term() {
  if (single_value_) values_.rows.emplace_back();
  values_.rows.back().emplace_back(pop_term());
}

void Builder::values_undef() {
  if (single_value_) values_.rows.emplace_back();
  values_.rows.back().emplace_back(std::nullopt);
}

void Builder::open_row() {
  values_.rows.emplace_back();
  values_.rows.back().reserve(values_.variables.size());
  starts_.push_back(at_);
}

void Builder::close_row() {
  const std::uint32_t at = starts_.back();
  starts_.pop_back();
  const std::size_t given = values_.rows.back().size();
  const std::size_t wanted = values_.variables.size();
  if (given != wanted) {
    fail(at,
         "this row of VALUES has " + std::to_string(given) + (given == 1 ? " value" : " values") + " for " +
             std::to_string(wanted) + (wanted == 1 ? " variable" : " variables"),
         "one value or UNDEF for each variable");
  }
}

void Builder::finish_inline_values() {
  for (const Var& variable : values_.variables) see(variable);
  add_element(std::move(values_));
}

// ---- the parts of a query

void Builder::open_query() {
  queries_.emplace_back();
  queries_.back().at = at_;
}

Builder::QueryFrame Builder::take_frame() {
  QueryFrame frame = std::move(queries_.back());
  queries_.pop_back();
  return frame;
}

void Builder::select_distinct() {
  queries_.back().select.distinct = true;
}
void Builder::select_reduced() {
  queries_.back().select.reduced = true;
}

void Builder::select_star() {
  queries_.back().select.star = true;
  queries_.back().at = at_;
}

void Builder::select_variable() {
  queries_.back().select.projections.push_back({std::nullopt, pop_var()});
}

void Builder::select_expression() {
  Var variable = pop_var();
  queries_.back().select.projections.push_back({pop_expression(), std::move(variable)});
}

void Builder::select_where() {
  queries_.back().visible = std::move(closed_.back().visible);
  queries_.back().select.where = take_group(false);
}

void Builder::allow_aggregates() {
  aggregates_allowed_ = true;
}

void Builder::allow_aggregates_in_modifier() {
  aggregates_allowed_ = true;
  modifier_ = true;
}

void Builder::forbid_aggregates() {
  aggregates_allowed_ = false;
  modifier_ = false;
}

void Builder::group_by() {
  queries_.back().select.modifier.group_by.push_back({pop_expression(), std::nullopt});
}

void Builder::group_by_as() {
  Var variable = pop_var();
  QueryFrame& frame = queries_.back();
  bool taken = frame.visible.contains(variable.name);
  for (const GroupCondition& other : frame.select.modifier.group_by) {
    taken = taken || (other.variable && other.variable->name == variable.name);
  }
  if (taken) fail(variable.at.offset, "GROUP BY cannot assign ?" + variable.name + ": it is already in use");
  frame.select.modifier.group_by.back().variable = std::move(variable);
}

void Builder::having() {
  queries_.back().select.modifier.having.push_back(pop_expression());
}
void Builder::order_by() {
  queries_.back().select.modifier.order_by.push_back({pop_expression(), false});
}
void Builder::order_by_descending() {
  queries_.back().select.modifier.order_by.push_back({pop_expression(), true});
}

namespace {

// Numbers beyond 64 bits mean "all", and no store holds as many rows.
std::uint64_t saturated(const std::string& digits) {
  std::uint64_t value = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return result.ec == std::errc() ? value : UINT64_MAX;
}

}  // namespace

void Builder::limit() {
  queries_.back().select.modifier.limit = saturated(lexical_);
}
void Builder::offset() {
  queries_.back().select.modifier.offset = saturated(lexical_);
}
void Builder::query_values() {
  queries_.back().select.values = std::move(values_);
}
void Builder::from() {
  dataset_.default_graphs.push_back(pop_iri());
}
void Builder::from_named() {
  dataset_.named_graphs.push_back(pop_iri());
}
void Builder::describe_star() {
  queries_.back().describe_star = true;
}
void Builder::describe_term() {
  queries_.back().resources.push_back(pop_var_or_iri());
}
void Builder::optional_where() {
  queries_.back().where = take_group(false);
}

void Builder::open_template() {
  begin_quads(nullptr, nullptr);
}

void Builder::close_template() {
  sink_ = Sink::where;
}

void Builder::construct_short() {
  GroupPattern& where = queries_.back().select.where;
  if (!quads_.back().triples.empty()) where.elements.emplace_back(TriplesBlock{quads_.back().triples});
}

// ---- the static rules of SELECT (section 18.2.4.4 and notes 11 to 17)

// Variables outside aggregates must be among `allowed`; patterns of EXISTS are left out.
void Builder::check_variables(const Expression& expression, const VariableSet& allowed) const {
  if (expression.kind == Expression::Kind::aggregate) return;
  if (expression.kind == Expression::Kind::term) {
    VariableSet used;
    see_variables(expression.value, used);
    for (const std::string& name : used) {
      if (!allowed.contains(name)) {
        fail(expression.at.offset,
             "?" + name + " is not grouped: outside an aggregate only the variables of GROUP BY have a value",
             "a variable of GROUP BY, or an aggregate such as SAMPLE(?" + name + ")");
      }
    }
    return;
  }
  for (const Expression& argument : expression.arguments) check_variables(argument, allowed);
}

void Builder::check_select(const QueryFrame& frame) const {
  const SelectQuery& select = frame.select;
  const bool grouped = !select.modifier.group_by.empty() || frame.aggregates;
  if (select.star) {
    if (!select.modifier.group_by.empty())
      fail(frame.at, "SELECT * cannot stand in a query with GROUP BY", "the variables by name");
    if (frame.aggregates_in_modifier) {
      fail(frame.at, "SELECT * cannot stand in a query with an aggregate in HAVING or ORDER BY",
           "the variables by name");
    }
    return;
  }
  VariableSet scope;  // what `AS` may not assign again, and, when grouped, all that may be used
  if (grouped) {
    for (const GroupCondition& condition : select.modifier.group_by) {
      if (condition.variable) {
        scope.insert(condition.variable->name);
      } else if (condition.expression.kind == Expression::Kind::term) {
        see_variables(condition.expression.value, scope);
      }
    }
  } else {
    scope = frame.visible;
  }
  VariableSet projected;
  for (const Projection& item : select.projections) {
    const std::string& name = item.variable.name;
    if (!item.expression) {
      if (grouped && !scope.contains(name)) {
        fail(item.variable.at.offset,
             "?" + name + " is not grouped: SELECT may name only the variables of GROUP BY, or aggregates",
             "a variable of GROUP BY, or an aggregate such as (SAMPLE(?" + name + ") AS ?a)");
      }
      projected.insert(name);
      continue;
    }
    if (grouped) check_variables(*item.expression, scope);
    if (scope.contains(name) || projected.contains(name)) {
      fail(item.variable.at.offset,
           "AS cannot assign ?" + name + ": it is already in use; choose another name");
    }
    scope.insert(name);
    projected.insert(name);
  }
}

// ---- query forms

void Builder::finish_subselect() {
  QueryFrame frame = take_frame();
  check_select(frame);
  VariableSet visible;
  if (frame.select.star) {
    visible = std::move(frame.visible);
    if (frame.select.values) {
      for (const Var& variable : frame.select.values->variables) visible.insert(variable.name);
    }
  } else {
    for (const Projection& item : frame.select.projections) visible.insert(item.variable.name);
  }
  merge(groups_.back().visible, std::move(visible));
  add_element(SubSelect{std::make_shared<const SelectQuery>(std::move(frame.select))});
}

void Builder::finish_query(decltype(Query::form) form) {
  query_ = Query{prologue_, std::move(dataset_), std::move(form)};
}

void Builder::finish_select() {
  QueryFrame frame = take_frame();
  check_select(frame);
  finish_query(std::move(frame.select));
}

void Builder::finish_construct() {
  SelectQuery parts = take_frame().select;
  finish_query(ConstructQuery{std::move(quads_.back().triples), std::move(parts.where),
                              std::move(parts.modifier), std::move(parts.values)});
}

void Builder::finish_describe() {
  QueryFrame frame = take_frame();
  finish_query(DescribeQuery{frame.describe_star, std::move(frame.resources), std::move(frame.where),
                             std::move(frame.select.modifier), std::move(frame.select.values)});
}

void Builder::finish_ask() {
  SelectQuery parts = take_frame().select;
  finish_query(AskQuery{std::move(parts.where), std::move(parts.modifier), std::move(parts.values)});
}

Query Builder::take_query() {
  assert(settled());
  return std::move(*query_);
}

}  // namespace dossier::grammar
