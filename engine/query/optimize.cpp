#include "engine/query/optimize.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/model/date_time.h"

namespace dossier {
namespace {

using Kind = Algebra::Kind;
using E = grammar::Expression::Kind;

// Runs `rewrite` on every node, inputs first.
template <typename Rewrite>
bool everywhere(AlgebraPtr& node, Rewrite&& rewrite) {
  bool changed = false;
  for (auto& input : node->inputs) changed |= everywhere(input, rewrite);
  return rewrite(node) || changed;
}

// ---- joins of joins are one join; units vanish; filters of filters are one filter

bool flatten(AlgebraPtr& root, Translator&) {
  return everywhere(root, [](AlgebraPtr& node) {
    if (node->kind == Kind::join) {
      bool changed = false;
      std::vector<AlgebraPtr> inputs;
      for (auto& input : node->inputs) {
        if (input->kind == Kind::unit) {
          changed = true;
        } else if (input->kind == Kind::join) {
          changed = true;
          for (auto& inner : input->inputs) inputs.push_back(std::move(inner));
        } else {
          inputs.push_back(std::move(input));
        }
      }
      node->inputs = std::move(inputs);
      if (node->inputs.empty()) {
        node = make_algebra(Kind::unit);
      } else if (node->inputs.size() == 1) {
        AlgebraPtr only = std::move(node->inputs[0]);
        node = std::move(only);
        changed = true;
      }
      return changed;
    }
    if (node->kind == Kind::filter && node->inputs[0]->kind == Kind::filter) {
      AlgebraPtr inner = std::move(node->inputs[0]);
      inner->conditions.insert(inner->conditions.end(), node->conditions.begin(), node->conditions.end());
      node = std::move(inner);
      return true;
    }
    return false;
  });
}

// ---- FILTER(a && b) is FILTER(a) FILTER(b)

bool split_conjunctions(AlgebraPtr& root, Translator&) {
  return everywhere(root, [](AlgebraPtr& node) {
    bool changed = false;
    for (std::size_t i = 0; i < node->conditions.size();) {
      const grammar::Expression* expression = node->conditions[i].expression;
      if (expression->kind != E::logical_and) {
        ++i;
        continue;
      }
      ScopedExpression part = node->conditions[i];
      part.expression = &expression->arguments[0];
      node->conditions[i].expression = &expression->arguments[1];
      node->conditions.insert(node->conditions.begin() + static_cast<std::ptrdiff_t>(i), part);
      changed = true;
    }
    return changed;
  });
}

// ---- GRAPH ?g { patterns } gives every pattern the graph as its fourth position

// Is matching each pattern with ?g as its graph, and joining on it, the same as matching graph by graph?
bool graph_is_a_position(const Algebra& node, Variable graph, bool& has_pattern) {
  switch (node.kind) {
    case Kind::pattern:
      if (!node.pattern.on_terms) {
        if (node.pattern.graph.kind != GraphRef::Kind::variable || node.pattern.graph.variable != graph)
          return false;
        has_pattern = true;
      }
      return true;
    case Kind::join: {
      for (const auto& input : node.inputs)
        if (!graph_is_a_position(*input, graph, has_pattern)) return false;
      return true;
    }
    case Kind::filter:
      for (const auto& condition : node.conditions)
        if (contains_exists(*condition.expression)) return false;
      return graph_is_a_position(*node.inputs[0], graph, has_pattern);
    default:
      return false;
  }
}

bool graph_to_positions(AlgebraPtr& root, Translator&) {
  return everywhere(root, [](AlgebraPtr& node) {
    if (node->kind != Kind::graph) return false;
    bool has_pattern = false;
    if (!graph_is_a_position(*node->inputs[0], node->variable, has_pattern) || !has_pattern) return false;
    AlgebraPtr input = std::move(node->inputs[0]);
    node = std::move(input);
    return true;
  });
}

// ---- FILTER(?x = <iri>), sameTerm(?x, <iri>), ?x IN (<iri>, ...) joins the IRIs

const grammar::Var* as_variable(const grammar::Expression& expression) {
  return expression.kind == E::term ? std::get_if<grammar::Var>(&expression.value) : nullptr;
}
const grammar::Iri* as_iri(const grammar::Expression& expression) {
  return expression.kind == E::term ? std::get_if<grammar::Iri>(&expression.value) : nullptr;
}

bool equality_to_values(AlgebraPtr& root, Translator& translator) {
  return everywhere(root, [&](AlgebraPtr& node) {
    if (node->kind != Kind::filter) return false;
    const VariableSet certain = certain_variables(*node->inputs[0]);
    for (std::size_t i = 0; i < node->conditions.size(); ++i) {
      const ScopedExpression& condition = node->conditions[i];
      const grammar::Expression& expression = *condition.expression;
      const bool pair =
          expression.kind == E::equal || (expression.kind == E::call && expression.name == "SAMETERM");
      if ((!pair && expression.kind != E::in) || expression.arguments.empty()) continue;
      const grammar::Var* variable = as_variable(expression.arguments[0]);
      std::vector<const grammar::Iri*> iris;
      bool constant = true;
      for (std::size_t k = 1; k < expression.arguments.size(); ++k) {
        iris.push_back(as_iri(expression.arguments[k]));
        constant = constant && iris.back() != nullptr;
      }
      if (pair && variable == nullptr && expression.arguments.size() == 2) {
        variable = as_variable(expression.arguments[1]);
        iris = {as_iri(expression.arguments[0])};
        constant = iris[0] != nullptr;
      }
      if (variable == nullptr || !constant || iris.empty()) continue;
      const auto found = condition.scope->find(variable->name);
      if (found == condition.scope->end() || certain.count(found->second) == 0) continue;
      auto values = make_algebra(Kind::values);
      values->variables = {found->second};
      std::set<Id> ids;
      for (const auto* value : iris) ids.insert(translator.iri(value->value));
      for (Id id : ids) values->rows.push_back({id});
      node->conditions.erase(node->conditions.begin() + static_cast<std::ptrdiff_t>(i));
      AlgebraPtr input = std::move(node->inputs[0]);
      if (input->kind == Kind::join)
        add_input(*input, std::move(values));
      else
        input = make_algebra(Kind::join, std::move(input), std::move(values));
      if (node->conditions.empty())
        node = std::move(input);
      else
        node->inputs[0] = std::move(input);
      return true;
    }
    return false;
  });
}

bool equalities_to_values(AlgebraPtr& root, Translator& translator) {
  bool changed = false;
  while (equality_to_values(root, translator)) changed = true;
  return changed;
}

// ---- ranges

Id tag_low(Tag tag) {
  return Id::make(tag, 0);
}
Id tag_high(Tag tag) {
  return Id::make(tag, Id::kPayloadMask);
}

// The value of an inline number, as a double near it.
bool numeric_value(Id id, double& value) {
  constexpr double kIntegerBias = 576460752303423488.0;  // 2^59
  switch (id.tag()) {
    case Tag::integer:
      value = static_cast<double>(static_cast<std::int64_t>(id.payload()) - (std::int64_t{1} << 59));
      return std::abs(value) < kIntegerBias;
    case Tag::decimal:
      value =
          static_cast<double>(static_cast<std::int64_t>(id.payload() >> 4) - (std::int64_t{1} << 55)) / 1e8;
      return true;
    default:
      return false;
  }
}

Id integer_bound(double value, bool low) {
  // One more on each side: the constant may stand between doubles.
  const double bound =
      low ? std::floor(value) - 1 - std::abs(value) * 1e-15 : std::ceil(value) + 1 + std::abs(value) * 1e-15;
  if (bound <= -5.7e17) return low ? tag_low(Tag::integer) : tag_low(Tag::integer);
  if (bound >= 5.7e17) return tag_high(Tag::integer);
  return Id::make(Tag::integer,
                  static_cast<std::uint64_t>(static_cast<std::int64_t>(bound) + (std::int64_t{1} << 59)));
}

Id decimal_bound(double value, bool low) {
  const double scaled = value * 1e8;
  const double slack = 2 + std::abs(scaled) * 1e-14;
  const double bound = low ? std::floor(scaled - slack) : std::ceil(scaled + slack);
  if (bound <= -3.6e16) return tag_low(Tag::decimal);
  if (bound >= 3.6e16) return tag_high(Tag::decimal);
  const auto biased = static_cast<std::uint64_t>(static_cast<std::int64_t>(bound) + (std::int64_t{1} << 55));
  return Id::make(Tag::decimal, (biased << 4) | (low ? 0 : 15));
}

// A bound below or above the values that are near a date or time: without a zone they compare with a zone of
// 14 hours to either side.
Id temporal_bound(Id id, bool low) {
  const std::uint64_t day =
      id.tag() == Tag::date ? std::uint64_t{840} << 11 : (std::uint64_t{840} * 60000) << 13;
  const std::uint64_t slack = 2 * day;
  const std::uint64_t payload = id.payload();
  if (low) return Id::make(id.tag(), payload > slack ? payload - slack : 0);
  return Id::make(id.tag(), Id::kPayloadMask - payload > slack ? payload + slack : Id::kPayloadMask);
}

Id new_year(TemporalKind kind, std::int64_t year) {
  Temporal value;
  value.kind = kind;
  value.year = year;
  value.month = value.day = 1;
  return temporal_id(value);
}

}  // namespace

std::vector<IdInterval> comparison_ranges(E comparison, Id constant) {
  const bool above = comparison == E::greater || comparison == E::greater_equal || comparison == E::equal;
  const bool below = comparison == E::less || comparison == E::less_equal || comparison == E::equal;
  if (!above && !below) return {};
  // Literals of the dictionary: numbers and dates that have no inline id.
  std::vector<IdInterval> ranges{{tag_low(Tag::literal), tag_high(Tag::literal)}};
  double value = 0;
  if (numeric_value(constant, value)) {
    ranges.push_back({above ? integer_bound(value, true) : tag_low(Tag::integer),
                      below ? integer_bound(value, false) : tag_high(Tag::integer)});
    ranges.push_back({above ? decimal_bound(value, true) : tag_low(Tag::decimal),
                      below ? decimal_bound(value, false) : tag_high(Tag::decimal)});
    ranges.push_back({tag_low(Tag::double_), tag_high(Tag::double_)});
    return ranges;
  }
  if (constant.tag() == Tag::date || constant.tag() == Tag::date_time) {
    ranges.push_back({above ? temporal_bound(constant, true) : tag_low(constant.tag()),
                      below ? temporal_bound(constant, false) : tag_high(constant.tag())});
    return ranges;
  }
  return {};
}

std::vector<IdInterval> year_ranges(E comparison, Id constant) {
  const bool above = comparison == E::greater || comparison == E::greater_equal || comparison == E::equal;
  const bool below = comparison == E::less || comparison == E::less_equal || comparison == E::equal;
  double value = 0;
  if ((!above && !below) || constant.tag() != Tag::integer || !numeric_value(constant, value)) return {};
  constexpr double kLast = 4000;  // inline ids of dateTimes end in the year 4459
  if (value < 1 || value > kLast) return {};
  const auto year = static_cast<std::int64_t>(value);
  std::vector<IdInterval> ranges{{tag_low(Tag::literal), tag_high(Tag::literal)}};
  for (const TemporalKind kind : {TemporalKind::date, TemporalKind::date_time}) {
    const Id first = new_year(kind, comparison == E::greater ? year + 1 : year);
    const Id end = new_year(kind, comparison == E::less ? year : year + 1);
    ranges.push_back({above ? temporal_bound(first, true) : tag_low(first.tag()),
                      below ? temporal_bound(end, false) : tag_high(end.tag())});
  }
  ranges.push_back({tag_low(Tag::gregorian), tag_high(Tag::gregorian)});
  return ranges;
}

ValueRanges value_ranges(const grammar::Expression& condition, Translator& translator) {
  if (condition.arguments.size() != 2) return {};
  E comparison = condition.kind;
  const auto* value = &condition.arguments[0];
  const auto* bound = &condition.arguments[1];
  if (std::holds_alternative<grammar::Literal>(value->value)) {
    std::swap(value, bound);
    if (comparison == E::less)
      comparison = E::greater;
    else if (comparison == E::less_equal)
      comparison = E::greater_equal;
    else if (comparison == E::greater)
      comparison = E::less;
    else if (comparison == E::greater_equal)
      comparison = E::less_equal;
  }
  const bool of_year = value->kind == E::call && value->name == "YEAR" && value->arguments.size() == 1;
  if (of_year) value = &value->arguments[0];
  const auto* variable = std::get_if<grammar::Var>(&value->value);
  const auto* literal = std::get_if<grammar::Literal>(&bound->value);
  if (variable == nullptr || literal == nullptr || value->kind != E::term || bound->kind != E::term)
    return {};
  const bool compares = comparison == E::less || comparison == E::less_equal || comparison == E::greater ||
                        comparison == E::greater_equal || comparison == E::equal;
  if (!compares) return {};
  const Id constant = translator.constant(*literal);
  return {variable->name,
          of_year ? year_ranges(comparison, constant) : comparison_ranges(comparison, constant)};
}

const std::vector<RewritePass>& rewrite_passes() {
  static const std::vector<RewritePass> passes = {
      {"flatten joins and filters", flatten},
      {"graph variables become positions", graph_to_positions},
      {"split conjunctions", split_conjunctions},
      {"equality with IRIs becomes values", equalities_to_values},
      {"flatten again", flatten},
  };
  return passes;
}

std::vector<std::string> optimize(AlgebraPtr& root, Translator& translator) {
  std::vector<std::string> changed;
  for (const RewritePass& pass : rewrite_passes())
    if (pass.run(root, translator)) changed.push_back(pass.name);
  return changed;
}

}  // namespace dossier
