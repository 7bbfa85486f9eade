// Planning of one join group: inputs, their sizes, the steps of order_joins turned into operators, filters
// put as low as their variables allow.
#include <algorithm>
#include <cmath>
#include <set>
#include <span>

#include "engine/query/cycles.h"
#include "engine/query/join_order.h"
#include "engine/query/leapfrog.h"
#include "engine/query/optimize.h"
#include "engine/query/path_operator.h"
#include "engine/query/path_search_operator.h"
#include "engine/query/plan.h"

namespace dossier {
namespace {

using Kind = Algebra::Kind;

struct PendingFilter {
  ScopedExpression expression;
  SortedVariables variables;
  bool exists = false;
  bool cheap = false;  // it is decided by ids, most of the time
  bool applied = false;
};

// Comparisons of variables and constants with one another, and what is made of them: no text is made for
// these.
bool decided_by_ids(const grammar::Expression& expression) {
  using E = grammar::Expression::Kind;
  switch (expression.kind) {
    case E::term:
      return true;
    case E::less:
    case E::less_equal:
    case E::greater:
    case E::greater_equal:
    case E::equal:
    case E::not_equal:
    case E::logical_and:
    case E::logical_or:
    case E::logical_not:
      return std::all_of(expression.arguments.begin(), expression.arguments.end(), decided_by_ids);
    default:
      return false;
  }
}

SortedVariables sorted(const VariableSet& set) {
  return {set.begin(), set.end()};
}

// Estimates take all nodes of a predicate for alike. Where they are not, joins pattern by pattern pass
// through far more rows than estimated, and cycles joined at once do not.
constexpr double kSkew = 2;
// A filter that makes text of terms waits when a later join leaves fewer rows by this factor.
constexpr double kShrinks = 2;
constexpr double kEdgeBytes = 24;  // both directions of an edge, while they are made

class JoinGroup {
 public:
  JoinGroup(Planner& planner, const VariableSet& required, const Bindings& bindings, const SeedRows* seed)
      : planner_(planner), required_(required), bindings_(bindings), seed_(seed) {}

  OperatorPtr plan(const Algebra& node) {
    collect(node, true);
    find_ranges();
    for (const Algebra* input : nodes_) needed_by_others(*input);
    describe_inputs();
    OperatorPtr result;
    if (inputs_.empty()) {
      result = make_values(context(), {}, {{}});
    } else {
      JoinOrder order = order_joins(inputs_, context());
      join_cycles(order);
      joined_.assign(inputs_.size(), false);
      for (std::size_t i = 0; i < order.steps.size(); ++i) {
        const JoinStep& step = order.steps[i];
        result = carry_out(step, std::move(result));
        only_joined_ = step.kind == JoinStep::Kind::first ? std::optional(step.input) : std::nullopt;
        joined_[step.input] = true;
        add_variables(certain_, inputs_[step.input].certain);
        const auto later = std::span(order.steps).subspan(i + 1);
        const bool shrinks = std::any_of(later.begin(), later.end(), [&](const JoinStep& next) {
          return next.rows * kShrinks < step.rows;
        });
        result = apply_filters(std::move(result), shrinks ? Filters::cheap : Filters::decided);
      }
    }
    return apply_filters(std::move(result), Filters::all);
  }

 private:
  QueryContext& context() { return planner_.context(); }
  bool bound(Variable variable) const { return bindings_.count(variable) != 0; }

  VariableSet free(VariableSet set) const {
    std::erase_if(set, [&](Variable v) { return bound(v); });
    return set;
  }

  // ---- what is joined

  // `top`: nothing is joined with the node outside of it.
  void collect(const Algebra& node, bool top) {
    if (node.kind == Kind::join) {
      for (const auto& input : node.inputs) collect(*input, false);
    } else if (node.kind == Kind::filter && (top || filter_may_rise(node))) {
      for (const auto& condition : node.conditions) {
        PendingFilter filter;
        filter.expression = condition;
        filter.variables = sorted(free(expression_variables(condition)));
        filter.exists = contains_exists(*condition.expression);
        filter.cheap = decided_by_ids(*condition.expression);
        filters_.push_back(std::move(filter));
      }
      collect(*node.inputs[0], top);
    } else if (node.kind != Kind::unit) {
      nodes_.push_back(&node);
    }
  }

  // A filter above the whole group may always be kept here; one inside of a join only when the others cannot
  // bind what it reads.
  bool filter_may_rise(const Algebra& node) const {
    const VariableSet certain = certain_variables(*node.inputs[0]);
    for (const auto& condition : node.conditions)
      for (Variable variable : free(expression_variables(condition)))
        if (certain.count(variable) == 0) return false;
    return true;
  }

  void needed_by_others(const Algebra& node) {
    for (Variable variable : free(possible_variables(node))) ++uses_[variable];
  }

  // The variables that an input must hand out.
  Schema columns(const VariableSet& variables) const {
    Schema schema;
    for (Variable variable : variables) {
      if (bound(variable)) continue;
      const auto uses = uses_.find(variable);
      const bool joined = uses != uses_.end() && uses->second > 1;
      const bool seeded = seed_ != nullptr && std::find(seed_->schema.begin(), seed_->schema.end(),
                                                        variable) != seed_->schema.end();
      const bool filtered = std::any_of(filters_.begin(), filters_.end(), [&](const PendingFilter& filter) {
        return std::binary_search(filter.variables.begin(), filter.variables.end(), variable);
      });
      if (joined || seeded || filtered || required_.count(variable) != 0) schema.push_back(variable);
    }
    return schema;
  }

  // The columns that are needed once the input of the step has been joined; kWeight when weights are welcome.
  Schema wanted_after(const JoinStep& step) const {
    VariableSet wanted = required_;
    const auto add = [&](const SortedVariables& variables) {
      wanted.insert(variables.begin(), variables.end());
    };
    for (std::size_t i = 0; i < inputs_.size(); ++i)
      if (!joined_[i] && i != step.input) add(inputs_[i].variables);
    for (const PendingFilter& filter : filters_)
      if (!filter.applied) add(filter.variables);
    if (seed_ != nullptr) wanted.insert(seed_->schema.begin(), seed_->schema.end());
    return {wanted.begin(), wanted.end()};
  }

  // ---- ranges: ?v < constant narrows the scans whose object is ?v

  void find_ranges() {
    using E = grammar::Expression::Kind;
    for (const PendingFilter& filter : filters_) {
      const grammar::Expression& expression = *filter.expression.expression;
      if (expression.arguments.size() != 2) continue;
      E comparison = expression.kind;
      if (comparison != E::less && comparison != E::less_equal && comparison != E::greater &&
          comparison != E::greater_equal && comparison != E::equal)
        continue;
      const auto* left = std::get_if<grammar::Var>(&expression.arguments[0].value);
      const auto* right = std::get_if<grammar::Literal>(&expression.arguments[1].value);
      if (left == nullptr || right == nullptr) {
        left = std::get_if<grammar::Var>(&expression.arguments[1].value);
        right = std::get_if<grammar::Literal>(&expression.arguments[0].value);
        if (comparison == E::less)
          comparison = E::greater;
        else if (comparison == E::less_equal)
          comparison = E::greater_equal;
        else if (comparison == E::greater)
          comparison = E::less;
        else if (comparison == E::greater_equal)
          comparison = E::less_equal;
      }
      if (left == nullptr || right == nullptr || expression.arguments[0].kind != E::term ||
          expression.arguments[1].kind != E::term)
        continue;
      const auto found = filter.expression.scope->find(left->name);
      if (found == filter.expression.scope->end()) continue;
      const auto ranges = comparison_ranges(comparison, planner_.translator().constant(*right));
      if (ranges.empty()) continue;
      auto& known = ranges_[found->second];
      if (known.empty()) {
        for (const auto& range : ranges) known.push_back({range.low, range.high});
        continue;
      }
      std::vector<IdRange> both;
      for (const IdRange& a : known)
        for (const auto& b : ranges) {
          const IdRange range{std::max(a.low, b.low), std::min(a.high, b.high)};
          if (range.low <= range.high) both.push_back(range);
        }
      known = both.empty() ? std::vector<IdRange>{{kMaxId, kMaxId}} : std::move(both);
    }
  }

  // ---- sizes

  void describe_inputs() {
    for (const Algebra* node : nodes_) {
      inputs_.emplace_back();
      JoinInput& input = inputs_.back();
      patterns_.emplace_back();
      plans_.emplace_back();
      input.variables = sorted(free(possible_variables(*node)));
      input.certain = sorted(free(certain_variables(*node)));
      if (node->kind == Kind::pattern)
        describe_pattern(*node, input, patterns_.back());
      else if (node->kind == Kind::path || node->kind == Kind::path_search)
        describe_path(*node, input);
      else
        describe_other(*node, input, plans_.back());
    }
    if (seed_ != nullptr) {
      inputs_.emplace_back();
      patterns_.emplace_back();
      nodes_.push_back(nullptr);
      JoinInput& input = inputs_.back();
      input.variables = sorted(VariableSet(seed_->schema.begin(), seed_->schema.end()));
      input.certain = input.variables;
      input.rows = input.cost = static_cast<double>(seed_->rows->rows());
      for (Variable variable : seed_->schema) input.distinct[variable] = input.rows;
      plans_.push_back(make_seed(context(), seed_->schema, seed_->rows));
    }
  }

  void describe_pattern(const Algebra& node, JoinInput& input, ResolvedPattern& pattern) {
    const Snapshot& snapshot = context().snapshot();
    input.kind = JoinInput::Kind::pattern;
    pattern = resolve_pattern(node.pattern, bindings_, planner_.dataset(), snapshot);
    if (pattern.positions[2].is_variable)
      if (const auto ranges = ranges_.find(pattern.positions[2].variable); ranges != ranges_.end())
        pattern.object_ranges = ranges->second;
    input.rows = estimate_pattern(snapshot, pattern);
    for (std::size_t i = 0; i + 1 < 4; ++i)
      for (std::size_t j = i + 1; j < 4; ++j)
        if (pattern.positions[i].is_variable && pattern.positions[j].is_variable &&
            pattern.positions[i].variable == pattern.positions[j].variable)
          input.rows = std::max(1.0, input.rows / 10);

    // Distinct values of each position.
    const double rows = std::max(1.0, input.rows);
    double subjects = 0;
    double objects = 0;
    if (pattern.on_terms) {
      const double terms = static_cast<double>(std::max<std::uint64_t>(1, snapshot.triple_terms()));
      subjects = objects = std::min(rows, std::pow(terms, 0.8));
    } else if (!pattern.positions[1].is_variable && !pattern.impossible) {
      const PredicateStatistics statistics = snapshot.predicate(pattern.positions[1].id);
      subjects = static_cast<double>(statistics.distinct_subjects);
      objects = static_cast<double>(statistics.distinct_objects);
    } else {
      subjects = static_cast<double>(snapshot.distinct_subjects());
      objects = static_cast<double>(snapshot.distinct_objects());
    }
    const std::array<double, 4> distinct{
        subjects, static_cast<double>(std::max<std::size_t>(1, snapshot.predicates().size())), objects,
        pattern.on_terms ? rows : static_cast<double>(snapshot.named_graphs().size() + 1)};
    for (std::size_t i = 0; i < 4; ++i)
      if (pattern.positions[i].is_variable)
        input.distinct[pattern.positions[i].variable] = std::clamp(distinct[i], 1.0, rows);

    std::array<bool, 4> fixed{};
    for (std::size_t i = 0; i < 4; ++i) fixed[i] = !pattern.positions[i].is_variable;
    if (!pattern.on_terms && pattern.graph.kind != GraphFilter::Kind::exact &&
        !pattern.positions[3].is_variable)
      fixed[3] = false;
    const Schema wanted = columns(VariableSet(input.variables.begin(), input.variables.end()));
    for (AccessPath& path : access_paths(pattern, fixed)) {
      JoinInput::Scan scan;
      const auto order = permutation_order(path.permutation);
      const bool ranged =
          !pattern.object_ranges.empty() && path.prefix_length < 4 && order[path.prefix_length] == 2;
      if (pattern.impossible)
        scan.cost = 0;
      else
        scan.cost = ranged ? input.rows : static_cast<double>(snapshot.estimate(scan_range(pattern, path)));
      for (int position : path.sorted_positions) {
        const Slot& slot = pattern.positions[static_cast<std::size_t>(position)];
        if (!slot.is_variable) continue;
        if (std::find(wanted.begin(), wanted.end(), slot.variable) == wanted.end()) break;
        if (std::find(scan.sorted.begin(), scan.sorted.end(), slot.variable) == scan.sorted.end())
          scan.sorted.push_back(slot.variable);
      }
      scan.path = std::move(path);
      input.scans.push_back(std::move(scan));
    }
  }

  void describe_path(const Algebra& node, JoinInput& input) {
    input.kind = JoinInput::Kind::path;
    if (node.subject.is_variable && !bound(node.subject.variable)) input.subject = node.subject.variable;
    if (node.object.is_variable && !bound(node.object.variable)) input.object = node.object.variable;
    input.has_constant_end = !input.subject || !input.object;
    const double quads = static_cast<double>(context().snapshot().quads());
    // Nobody knows how far a path goes; it is taken to reach the square root of the graph.
    input.cost = std::sqrt(quads) + 1;
    input.rows = input.has_constant_end ? input.cost : input.cost * std::sqrt(quads);
    if (!input.subject && !input.object) input.rows = 1;
    for (Variable variable : input.variables) input.distinct[variable] = std::sqrt(quads) + 1;
  }

  void describe_other(const Algebra& node, JoinInput& input, OperatorPtr& plan) {
    const Schema wanted = columns(VariableSet(input.variables.begin(), input.variables.end()));
    plan = planner_.plan(node, VariableSet(wanted.begin(), wanted.end()), bindings_);
    input.rows = std::max(plan->estimated_rows(), 0.0);
    input.cost = input.rows * 4;
    if (node.kind == Kind::values) input.cost = input.rows;
    for (Variable variable : input.variables) input.distinct[variable] = std::max(1.0, input.rows);
  }

  // ---- cycles

  // Puts each cycle of patterns that is better joined at once in the place of its patterns.
  void join_cycles(JoinOrder& order) {
    std::vector<std::size_t> edges;  // inputs
    std::vector<EdgePattern> described;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (!is_edge(i)) continue;
      // A cycle stays within one graph.
      if (!edges.empty() && !(nodes_[edges[0]]->pattern.graph == nodes_[i]->pattern.graph)) continue;
      const JoinInput& input = inputs_[i];
      const Variable subject = patterns_[i].positions[0].variable;
      const Variable object = patterns_[i].positions[2].variable;
      edges.push_back(i);
      described.push_back({subject, object, std::max(1.0, input.rows), input.distinct.at(subject),
                           input.distinct.at(object)});
    }
    if (edges.size() < 3) return;
    for (const Cycle& cycle : find_cycles(described)) {
      double rows = 0;
      for (const std::size_t member : cycle.patterns) rows += described[member].rows;
      if (rows * kEdgeBytes > static_cast<double>(context().budget().limit()) / 2) continue;
      std::vector<JoinInput> inputs;
      std::vector<std::size_t> kept;
      std::set<std::size_t> members;
      for (const std::size_t member : cycle.patterns) members.insert(edges[member]);
      JoinInput whole;
      whole.rows = std::max(1.0, cycle.rows);
      whole.cost = cycle.cost;
      for (std::size_t i = 0; i < inputs_.size(); ++i) {
        if (members.count(i) == 0) {
          kept.push_back(i);
          inputs.push_back(inputs_[i]);
          continue;
        }
        add_variables(whole.variables, inputs_[i].variables);
        add_variables(whole.certain, inputs_[i].certain);
        for (const auto& [variable, count] : inputs_[i].distinct) {
          const auto [at, added] = whole.distinct.try_emplace(variable, count);
          if (!added) at->second = std::min(at->second, count);
        }
      }
      inputs.push_back(whole);
      JoinOrder other = order_joins(inputs, context());
      if (other.cost > order.cost * kSkew) continue;
      order = std::move(other);
      take_cycle(cycle, edges, members, kept, std::move(inputs));
      return;
    }
  }

  bool is_edge(std::size_t index) const {
    const ResolvedPattern& pattern = patterns_[index];
    const Positions& positions = pattern.positions;
    return inputs_[index].kind == JoinInput::Kind::pattern && !pattern.on_terms && !pattern.impossible &&
           positions[0].is_variable && !positions[1].is_variable && positions[2].is_variable &&
           positions[0].variable != positions[2].variable && !positions[3].is_variable &&
           pattern.graph.kind != GraphFilter::Kind::named;
  }

  void take_cycle(const Cycle& cycle, const std::vector<std::size_t>& edges,
                  const std::set<std::size_t>& members, const std::vector<std::size_t>& kept,
                  std::vector<JoinInput> inputs) {
    const auto place = [&](Variable variable) {
      return static_cast<std::size_t>(std::find(cycle.order.begin(), cycle.order.end(), variable) -
                                      cycle.order.begin());
    };
    std::vector<LeapfrogPattern> patterns;
    for (const std::size_t member : members) {
      const Positions& positions = patterns_[member].positions;
      patterns.push_back({place(positions[0].variable), place(positions[2].variable), positions[1].id});
      for (const Variable variable : inputs_[member].variables) --uses_[variable];
    }
    for (const Variable variable : cycle.order) ++uses_[variable];
    OperatorPtr join = make_leapfrog_join(
        context(), planner_.scope_of(nodes_[edges[0]]->pattern.graph, bindings_), cycle.order,
        std::move(patterns), columns(VariableSet(cycle.order.begin(), cycle.order.end())));
    join->set_estimated_rows(cycle.rows);
    std::vector<const Algebra*> nodes;
    std::vector<ResolvedPattern> resolved;
    std::vector<OperatorPtr> plans;
    for (const std::size_t input : kept) {
      nodes.push_back(nodes_[input]);
      resolved.push_back(std::move(patterns_[input]));
      plans.push_back(std::move(plans_[input]));
    }
    nodes.push_back(nullptr);
    resolved.emplace_back();
    plans.push_back(std::move(join));
    nodes_ = std::move(nodes);
    patterns_ = std::move(resolved);
    plans_ = std::move(plans);
    inputs_ = std::move(inputs);
  }

  // ---- operators

  OperatorPtr scan(std::size_t index, std::size_t way) {
    const JoinInput& input = inputs_[index];
    OperatorPtr result =
        make_index_scan(context(), patterns_[index], input.scans[way].path,
                        columns(VariableSet(input.variables.begin(), input.variables.end())));
    result->set_estimated_rows(input.rows);
    return result;
  }

  OperatorPtr input_operator(std::size_t index, std::size_t way) {
    const JoinInput& input = inputs_[index];
    if (input.kind == JoinInput::Kind::pattern) return scan(index, way);
    if (input.kind == JoinInput::Kind::path) {
      OperatorPtr result = path(make_values(context(), {}, {{}}), index);
      result->set_estimated_rows(input.rows);
      return result;
    }
    return std::move(plans_[index]);
  }

  // The graphs that a path or a cycle reads.
  OperatorPtr path(OperatorPtr from, std::size_t index) {
    const Algebra& node = *nodes_[index];
    const auto resolve = [&](Slot slot) {
      if (slot.is_variable && bound(slot.variable)) slot = Slot::constant(bindings_.at(slot.variable));
      return slot;
    };
    GraphScope scope = planner_.scope_of(node.graph, bindings_);
    const grammar::Path& steps = node.search != nullptr ? node.search->path : *node.path;
    PathAutomaton automaton = node.search != nullptr && node.search->via
                                  ? build_automaton(steps, [](const std::string&) { return ViaEdges::kStep; })
                                  : planner_.automaton_of(steps);
    Schema added;
    for (Variable variable :
         columns(VariableSet(inputs_[index].variables.begin(), inputs_[index].variables.end())))
      if (from->column(variable) < 0) added.push_back(variable);
    if (node.search != nullptr) {
      PathSearchSpec spec;
      spec.search = node.search;
      spec.subject = resolve(node.subject);
      spec.object = resolve(node.object);
      for (Variable output : node.variables) {
        spec.outputs.push_back(resolve(Slot::of(output)));
        spec.composites.push_back(planner_.may_hold_composites(output));
      }
      if (node.search->via) {
        Bindings inside = bindings_;  // the pattern stands by itself, also in EXISTS
        inside.in_solution = false;
        const VariableSet visible(node.via.begin(), node.via.end());
        spec.via = planner_.plan(*node.inputs[0], visible, inside);
        for (Variable variable : node.via) {
          spec.via_columns.push_back(resolve(Slot::of(variable)));
          spec.via_names.push_back(planner_.names().name(variable));
        }
      }
      return make_path_search(context(), std::move(from), std::move(spec), std::move(automaton),
                              std::move(scope), added);
    }
    return make_path_join(context(), std::move(from), resolve(node.subject), resolve(node.object),
                          std::move(automaton), std::move(scope), added);
  }

  TableJoinSpec table_spec(const Operator& left, const Operator& right, const SortedVariables& certain_left,
                           const SortedVariables& certain_right, const Schema& wanted) const {
    TableJoinSpec spec;
    for (Variable variable : left.schema()) {
      if (variable == kWeight || right.column(variable) < 0) continue;
      const bool certain = std::binary_search(certain_left.begin(), certain_left.end(), variable) &&
                           std::binary_search(certain_right.begin(), certain_right.end(), variable);
      (certain ? spec.keys : spec.loose).push_back(variable);
    }
    if (spec.loose.empty()) spec.wanted = wanted;
    return spec;
  }

  // Does a value of the variable come in several rows of the input, as far as the statistics tell?
  static bool repeats(const JoinInput& input, Variable key) {
    const auto distinct = input.distinct.find(key);
    return distinct != input.distinct.end() && input.rows > distinct->second * 1.3;
  }

  // The side of a merge join of which only the key is needed becomes a row a key, when its keys repeat.
  OperatorPtr count_repeats(OperatorPtr side, const Operator& other, Variable key, const Schema& wanted,
                            bool repeat) {
    if (!repeat || wanted.empty() || wanted.back() != kWeight) return side;
    for (Variable variable : side->schema())
      if (variable != key && variable != kWeight &&
          (other.column(variable) >= 0 || std::find(wanted.begin(), wanted.end(), variable) != wanted.end()))
        return side;
    const double rows = side->estimated_rows();
    side = make_count_repeats(context(), std::move(side), {key});
    side->set_estimated_rows(rows);
    return side;
  }

  // Joins the input of the step with what stands already.
  OperatorPtr carry_out(const JoinStep& step, OperatorPtr left) {
    const JoinInput& input = inputs_[step.input];
    const Schema wanted = wanted_after(step);
    OperatorPtr result;
    switch (step.kind) {
      case JoinStep::Kind::first:
        result = input_operator(step.input, step.scan);
        break;
      case JoinStep::Kind::index: {
        Schema added;
        for (Variable variable : columns(VariableSet(input.variables.begin(), input.variables.end())))
          if (left->column(variable) < 0) added.push_back(variable);
        result = make_index_join(context(), std::move(left), patterns_[step.input], added, wanted);
        break;
      }
      case JoinStep::Kind::merge: {
        OperatorPtr right = scan(step.input, step.scan);
        const bool left_repeats = only_joined_ && repeats(inputs_[*only_joined_], step.key);
        // The operators have the last word on their order.
        if (!left->sorted_by().empty() && left->sorted_by()[0] == step.key && !right->sorted_by().empty() &&
            right->sorted_by()[0] == step.key) {
          left = count_repeats(std::move(left), *right, step.key, wanted, left_repeats);
          right = count_repeats(std::move(right), *left, step.key, wanted, repeats(input, step.key));
          result = make_merge_join(context(), std::move(left), std::move(right), step.key, wanted);
        } else {
          TableJoinSpec spec = table_spec(*left, *right, certain_, input.certain, wanted);
          result = make_table_join(context(), std::move(left), std::move(right), std::move(spec));
        }
        break;
      }
      case JoinStep::Kind::table_flipped: {
        OperatorPtr right = scan(step.input, step.scan);
        TableJoinSpec spec = table_spec(*right, *left, input.certain, certain_, wanted);
        result = make_table_join(context(), std::move(right), std::move(left), std::move(spec));
        break;
      }
      case JoinStep::Kind::path:
        result = path(std::move(left), step.input);
        break;
      case JoinStep::Kind::table: {
        OperatorPtr right = input_operator(step.input, step.scan);
        TableJoinSpec spec = table_spec(*left, *right, certain_, input.certain, wanted);
        if (const Algebra* node = nodes_[step.input];
            node != nullptr && input.kind == JoinInput::Kind::other) {
          const Schema needed = columns(VariableSet(input.variables.begin(), input.variables.end()));
          spec.seed_keys = spec.keys;
          spec.right = [planner = &planner_, node, required = VariableSet(needed.begin(), needed.end()),
                        bindings = bindings_](const Schema& schema,
                                              const std::shared_ptr<const RowTable>& rows) {
            const SeedRows seed{schema, rows};
            return planner->plan(*node, required, bindings, &seed);
          };
        }
        result = make_table_join(context(), std::move(left), std::move(right), std::move(spec));
        break;
      }
    }
    result->set_estimated_rows(step.rows);
    return result;
  }

  // Which filters are applied: those that what is joined so far decides, of these the cheap ones alone, or
  // all that are left.
  enum class Filters : std::uint8_t { cheap, decided, all };

  OperatorPtr apply_filters(OperatorPtr input, Filters which) {
    std::vector<CompiledExpression> conditions;
    std::vector<ScopedExpression> expressions;
    std::string text;
    for (PendingFilter& filter : filters_) {
      if (filter.applied || (which == Filters::cheap && !filter.cheap) ||
          (which != Filters::all && !decided(filter)))
        continue;
      filter.applied = true;
      expressions.push_back(filter.expression);
      conditions.push_back(planner_.compile(filter.expression, input->schema(), bindings_));
      if (filter.exists) text += text.empty() ? "exists" : " exists";
      for (Variable variable : filter.variables)
        if (!filter.exists) text += (text.empty() ? "on ?" : " ?") + planner_.names().name(variable);
    }
    if (conditions.empty()) return input;
    ConditionsFactory again = planner_.compile_again(std::move(expressions), input->schema(), bindings_);
    return make_filter(context(), std::move(input), std::move(conditions), text, std::move(again));
  }

  bool decided(const PendingFilter& filter) const {
    if (filter.exists) return false;
    for (Variable variable : filter.variables) {
      if (std::binary_search(certain_.begin(), certain_.end(), variable)) continue;
      for (std::size_t i = 0; i < inputs_.size(); ++i)
        if (!joined_[i] &&
            std::binary_search(inputs_[i].variables.begin(), inputs_[i].variables.end(), variable))
          return false;
    }
    return true;
  }

  Planner& planner_;
  const VariableSet& required_;
  const Bindings& bindings_;
  const SeedRows* seed_;
  std::vector<const Algebra*> nodes_;
  std::vector<PendingFilter> filters_;
  std::map<Variable, int> uses_;
  std::map<Variable, std::vector<IdRange>> ranges_;
  std::vector<JoinInput> inputs_;
  std::vector<ResolvedPattern> patterns_;
  std::vector<OperatorPtr> plans_;
  std::vector<bool> joined_;                // inputs that are in the plan
  std::optional<std::size_t> only_joined_;  // the one, when it is the only one
  SortedVariables certain_;                 // that they always bind
};

}  // namespace

OperatorPtr plan_join_group(Planner& planner, const Algebra& node, const VariableSet& required,
                            const Bindings& bindings, const SeedRows* seed) {
  return JoinGroup(planner, required, bindings, seed).plan(node);
}

}  // namespace dossier
