// EXISTS and NOT EXISTS.
//
// The pattern is evaluated for the outer solution (SPARQL 1.2 section 18.6): it is part of every group of the
// pattern, those of sub-SELECTs that hide its names too, so its values stand for its variables everywhere.
// Where that is the same as a join on the shared variables, the distinct keys of a batch become the seed of
// one plan: a semi-join. When the keys have cost as much as evaluating the whole pattern once would, that
// is done. Elsewhere each distinct key runs a plan of its own with its values as constants, up to the first
// row. Answers are remembered by key.
#include <algorithm>

#include "engine/query/match_merge.h"
#include "engine/query/optimize.h"
#include "engine/query/plan.h"

namespace dossier {
namespace {

using Kind = Algebra::Kind;

bool subset(const VariableSet& a, const VariableSet& b) {
  return std::includes(b.begin(), b.end(), a.begin(), a.end());
}

VariableSet intersection(const VariableSet& a, const VariableSet& b) {
  VariableSet result;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::inserter(result, result.begin()));
  return result;
}

// Does replacing `outer` by constants in the node give the rows that a join on them gives?
bool substitution_is_join(const Algebra& node, const VariableSet& outer) {
  const VariableSet here = intersection(outer, mentioned_variables(node));
  if (here.empty()) return true;
  if (!subset(here, certain_variables(node))) return false;
  const auto conditions_fit = [&](const VariableSet& bound) {
    return std::all_of(node.conditions.begin(), node.conditions.end(),
                       [&](const ScopedExpression& condition) {
                         return subset(intersection(outer, expression_variables(condition)), bound);
                       });
  };
  switch (node.kind) {
    case Kind::pattern:
    case Kind::path:
    case Kind::path_search:
    case Kind::values:
    case Kind::unit:
    case Kind::nothing:
      return true;
    case Kind::join:
    case Kind::union_:
      return std::all_of(node.inputs.begin(), node.inputs.end(),
                         [&](const auto& input) { return substitution_is_join(*input, outer); });
    case Kind::filter:
      return conditions_fit(certain_variables(*node.inputs[0])) &&
             substitution_is_join(*node.inputs[0], outer);
    case Kind::extend:
      return here.count(node.variable) == 0 &&
             subset(intersection(outer, expression_variables(node.expression)),
                    certain_variables(*node.inputs[0])) &&
             substitution_is_join(*node.inputs[0], outer);
    case Kind::unfold:
      return intersection(here, {node.variables.begin(), node.variables.end()}).empty() &&
             subset(intersection(outer, expression_variables(node.expression)),
                    certain_variables(*node.inputs[0])) &&
             substitution_is_join(*node.inputs[0], outer);
    case Kind::left_join:
      return subset(here, certain_variables(*node.inputs[0])) &&
             substitution_is_join(*node.inputs[0], outer) && substitution_is_join(*node.inputs[1], outer) &&
             conditions_fit(certain_variables(*node.inputs[0]));
    case Kind::project:
    case Kind::distinct:
      return substitution_is_join(*node.inputs[0], outer);
    default:
      return false;
  }
}

// Nanoseconds: below that, planning the whole pattern costs more than it could save.
constexpr double kWorthComparing = 5e5;
constexpr double kSureShare = 0.1;  // of the cost of the whole, spent before it is preferred by what is expected
constexpr double kRowCost = 20;     // of what no join group has told the cost of

double cost_of(const Operator& plan) {
  if (plan.estimated_cost() > 0) return plan.estimated_cost();
  double cost = plan.estimated_rows() * kRowCost;
  for (const Operator* child : plan.children()) cost += cost_of(*child);
  return cost;
}

class Exists final : public ScalarExpression {
 public:
  // `whole`: the answer depends on whether the solution binds anything, and not only on what the pattern
  // mentions. `rows`: about how many solutions will come; 0: that is not known.
  Exists(Planner& planner, const Algebra& pattern, const Schema& schema, const Bindings& bindings,
         bool negated, bool whole, double rows)
      : planner_(planner), pattern_(pattern), bindings_(bindings), negated_(negated), expected_(rows) {
    VariableSet mentioned = mentioned_variables(pattern);
    VariableSet outer_names;
    for (const auto& [hidden, outer] : planner.translator().aliases()) {
      if (mentioned.count(hidden) == 0) continue;
      aliases_.emplace_back(hidden, outer);
      outer_names.insert(outer);
    }
    name_hidden(bindings_);
    mentioned.insert(outer_names.begin(), outer_names.end());
    bool hides_key = false;
    for (std::size_t i = 0; i < schema.size(); ++i) {
      if (schema[i] == kNoVariable) continue;
      const bool counts = whole && planner.names().name(schema[i])[0] != '.';
      if ((mentioned.count(schema[i]) == 0 && !counts) || bindings.count(schema[i]) != 0) continue;
      hides_key |= outer_names.count(schema[i]) != 0;
      keys_.push_back(schema[i]);
      columns_.push_back(i);
    }
    const VariableSet outer(keys_.begin(), keys_.end());
    by_join_ = !keys_.empty() && !hides_key && !whole && substitution_is_join(pattern, outer);
    known_ = std::make_unique<TupleSet>(planner.context(), keys_.size(), "exists");
  }

  void evaluate(QueryContext& context, const Batch& input, std::span<Id> out) override {
    std::vector<Id> tuple(std::max<std::size_t>(1, keys_.size()));
    std::vector<std::uint32_t> numbers(input.rows);
    const std::size_t first_new = known_->size();
    for (std::size_t row = 0; row < input.rows; ++row) {
      for (std::size_t i = 0; i < columns_.size(); ++i) tuple[i] = input.columns[columns_[i]][row];
      bool added = false;
      numbers[row] = known_->insert(tuple.data(), added);
    }
    answers_.resize(known_->size(), 0);
    answer(context, first_new);
    for (std::size_t row = 0; row < input.rows; ++row)
      out[row] = Id::make(Tag::boolean, (answers_[numbers[row]] != 0) != negated_ ? 1 : 0);
  }

 private:
  void answer(QueryContext& context, std::size_t first_new) {
    if (first_new == known_->size()) return;
    std::vector<std::uint32_t> complete;
    for (auto number = static_cast<std::uint32_t>(first_new); number < known_->size(); ++number) {
      const Id* tuple = known_->tuple(number);
      const bool bound = std::all_of(tuple, tuple + keys_.size(), [](Id id) { return id.is_bound(); });
      if (by_join_ && bound) {
        complete.push_back(number);
      } else {
        context.check();
        answers_[number] = run_one(tuple) ? 1 : 0;
      }
    }
    if (complete.empty()) return;
    const VariableSet required(keys_.begin(), keys_.end());
    OperatorPtr plan;
    if (whole_ == nullptr) {
      auto rows = std::make_shared<RowTable>(context, keys_.size(), "exists");
      for (std::uint32_t number : complete) rows->append_ids(known_->tuple(number));
      const SeedRows seed{keys_, rows};
      plan = planner_.plan(pattern_, required, bindings_, &seed);
      // Once the keys have cost as much as the whole pattern does, that is evaluated instead: whatever comes,
      // no more than twice the cheaper of both is paid. Sooner, where the keys that are still expected would cost
      // more than that; not at once, since a LIMIT may stand above.
      spent_ += cost_of(*plan);
      if (spent_ > kWorthComparing) {
        if (whole_plan_ == nullptr) whole_plan_ = planner_.plan(pattern_, required, bindings_);
        const double whole = cost_of(*whole_plan_);
        const double all = spent_ / static_cast<double>(known_->size()) * expected_;
        if (spent_ > (all > whole ? whole * kSureShare : whole)) {
          whole_ = std::make_unique<TupleSet>(context, keys_.size(), "exists");
          collect(*whole_plan_, *whole_);
          whole_plan_.reset();
        }
      }
    }
    if (whole_ != nullptr) {
      for (std::uint32_t number : complete)
        answers_[number] = whole_->contains(known_->tuple(number)) ? 1 : 0;
      return;
    }
    TupleSet found(context, keys_.size(), "exists");
    collect(*plan, found);
    for (std::uint32_t number : complete) answers_[number] = found.contains(known_->tuple(number)) ? 1 : 0;
  }

  void collect(Operator& plan, TupleSet& set) const {
    std::vector<std::size_t> columns;
    for (Variable key : keys_) columns.push_back(static_cast<std::size_t>(plan.column(key)));
    std::vector<Id> tuple(keys_.size());
    Batch batch;
    while (plan.next(batch))
      for (std::size_t row = 0; row < batch.rows; ++row) {
        for (std::size_t i = 0; i < columns.size(); ++i) tuple[i] = batch.columns[columns[i]][row];
        bool added = false;
        set.insert(tuple.data(), added);
      }
  }

  bool run_one(const Id* tuple) const {
    Bindings bindings = bindings_;
    for (std::size_t i = 0; i < keys_.size(); ++i)
      if (tuple[i].is_bound()) {
        bindings[keys_[i]] = tuple[i];
        bindings.in_solution |= planner_.names().name(keys_[i])[0] != '.';
      }
    name_hidden(bindings);
    const OperatorPtr plan = planner_.plan(pattern_, {}, bindings);
    Batch batch;
    return plan->next(batch);
  }

  // A hidden variable has the value of its namesake.
  void name_hidden(Bindings& bindings) const {
    for (const auto& [hidden, outer] : aliases_)
      if (const auto bound = bindings.find(outer); bound != bindings.end()) bindings[hidden] = bound->second;
  }

  Planner& planner_;
  const Algebra& pattern_;
  Bindings bindings_;
  bool negated_;
  double expected_;  // solutions; 0: not known
  std::vector<std::pair<Variable, Variable>> aliases_;
  Schema keys_;
  std::vector<std::size_t> columns_;
  bool by_join_ = false;
  std::unique_ptr<TupleSet> known_;
  std::vector<std::uint8_t> answers_;
  std::unique_ptr<TupleSet> whole_;
  OperatorPtr whole_plan_;  // until it is run
  double spent_ = 0;        // on plans for keys
};

}  // namespace

const Algebra& Planner::exists_pattern(const grammar::Expression& expression,
                                       const ScopedExpression& scoped) {
  for (const ExistsPattern& known : exists_patterns_)
    if (known.expression == &expression && known.scope == scoped.scope && known.graph == scoped.graph)
      return *known.pattern;
  AlgebraPtr translated = translator_.exists(*expression.pattern, scoped.scope, scoped.graph);
  optimize(translated, translator_);
  const Algebra& pattern = own(std::move(translated));
  exists_patterns_.push_back({&expression, scoped.scope, scoped.graph, &pattern});
  return pattern;
}

OperatorPtr Planner::merge_exists(OperatorPtr& input, const ScopedExpression& exists,
                                  const VariableSet& certain, const Bindings& bindings) {
  const grammar::Expression& expression = *exists.expression;
  if (input->sorted_by().empty() || contains_minus(*expression.pattern)) return nullptr;
  const Algebra& pattern = exists_pattern(expression, exists);
  const VariableSet mentioned = mentioned_variables(pattern);
  for (const auto& [hidden, outer] : translator_.aliases())
    if (mentioned.count(hidden) != 0) return nullptr;
  const Variable key = input->sorted_by()[0];
  for (Variable variable : input->schema())
    if (variable != key && mentioned.count(variable) != 0) return nullptr;
  if (mentioned.count(key) == 0 || certain.count(key) == 0 || !substitution_is_join(pattern, {key}))
    return nullptr;
  OperatorPtr found = plan_sorted(pattern, {key}, bindings, key);
  if (found == nullptr) found = plan(pattern, {key}, bindings);
  if (!merge_pays(*input, *found, key)) return nullptr;
  const bool negated = expression.kind == grammar::Expression::Kind::not_exists;
  const double rows = input->estimated_rows() / 2;
  OperatorPtr merged = make_match_merge(context_, std::move(input), std::move(found), key,
                                        negated ? MatchKind::minus : MatchKind::semi);
  merged->set_estimated_rows(rows);
  return merged;
}

std::unique_ptr<ScalarExpression> make_exists(Planner& planner, const grammar::Expression& expression,
                                              const ScopedExpression& scoped, const Schema& schema,
                                              const Bindings& bindings, double rows) {
  const Algebra& pattern = planner.exists_pattern(expression, scoped);
  return std::make_unique<Exists>(planner, pattern, schema, bindings,
                                  expression.kind == grammar::Expression::Kind::not_exists,
                                  contains_minus(*expression.pattern), rows);
}

}  // namespace dossier
