// Planning of one join group: inputs, their sizes, the steps of order_joins turned into operators, filters
// put as low as their variables allow.
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "engine/query/cycles.h"
#include "engine/query/edge_look_up.h"
#include "engine/query/join_order.h"
#include "engine/query/join_sample.h"
#include "engine/query/leapfrog.h"
#include "engine/query/node_estimate.h"
#include "engine/query/optimize.h"
#include "engine/query/path_operator.h"
#include "engine/query/path_search_operator.h"
#include "engine/query/plan.h"
#include "engine/query/selectivity.h"

namespace dossier {
namespace {

using Kind = Algebra::Kind;

struct PendingFilter {
  ScopedExpression expression;
  SortedVariables variables;
  bool exists = false;
  bool cheap = false;  // it is decided by ids, most of the time
  bool applied = false;
  bool ranged = false;  // a scan keeps to its range
};

bool is_exists(const grammar::Expression& expression) {
  return expression.kind == grammar::Expression::Kind::exists ||
         expression.kind == grammar::Expression::Kind::not_exists;
}

SortedVariables sorted(const VariableSet& set) {
  return {set.begin(), set.end()};
}

// Estimates take all nodes of a predicate for alike. Where they are not, joins pattern by pattern pass
// through far more rows than estimated, and cycles joined at once do not; unless keys keep the rows of the
// former few.
constexpr double kSkew = 5;
// A filter that makes text of terms waits when a later join leaves fewer rows by this factor.
constexpr double kShrinks = 2;
// Nanoseconds: a row of a scan, of a plan below, and a step of a cycle (its unit in cycles.h).
constexpr double kScan = 1.2;
constexpr double kPlanned = 20;
constexpr double kCycleStep = 5;
// What following a sample of rows through one input takes, how much of a plan's cost that may be, and how far
// it goes.
constexpr double kSampleStep = 1e5;
constexpr double kSampleShare = 0.15;
constexpr std::size_t kSampleInputs = 16;
constexpr double kWorthCycle = 1e6;    // a plan that closes cycles is sampled as a whole
constexpr double kWorthAnother = 5e7;  // the order that comes of it is looked at, too
// Orders that are looked at: each one chosen anew likes joins that nobody has looked at yet.
constexpr int kMostSampled = 4;
constexpr double kEdgeBytes = 24;  // both directions of an edge, while they are made

class JoinGroup {
 public:
  JoinGroup(Planner& planner, const VariableSet& required, const Bindings& bindings, const SeedRows* seed)
      : planner_(planner), required_(required), bindings_(bindings), seed_(seed) {}

  OperatorPtr plan(const Algebra& node) {
    collect(node, true);
    forget_written_order();
    find_ranges();
    for (const Algebra* input : nodes_) needed_by_others(*input);
    describe_inputs();
    Built whole;
    double cost = 0;
    if (inputs_.empty()) {
      whole.plan = make_values(context(), {}, {{}});
    } else {
      JoinOrder order = order_joins(inputs_, filters_of_joins(), corrections_, context());
      correct(order);
      join_cycles(order);
      std::vector<Built> built;
      const std::vector<double> least = least_above(order);
      for (std::size_t i = 0; i < order.steps.size(); ++i)
        built.push_back(carry_out(order.steps[i], built, least[i] * kShrinks < order.steps[i].rows));
      whole = std::move(built.back());
      cost = order.cost;
    }
    apply_filters(whole, Filters::all);
    whole.plan->set_estimated_cost(cost);
    return std::move(whole.plan);
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

  // Equal costs are decided by the order of the inputs: it is made of what they say, not of where they are
  // written.
  void forget_written_order() {
    std::vector<std::pair<std::string, const Algebra*>> named;
    for (const Algebra* node : nodes_) {
      std::string text(1, static_cast<char>('a' + static_cast<int>(node->kind)));
      const auto add = [&](const Slot& slot) {
        text += slot.is_variable ? " ?" + planner_.names().name(slot.variable)
                                 : " " + std::to_string(slot.id.bits);
      };
      if (node->kind == Kind::pattern) {
        add(node->pattern.subject);
        add(node->pattern.predicate);
        add(node->pattern.object);
      } else {
        std::vector<std::string> names;
        for (const Variable variable : possible_variables(*node))
          names.push_back(planner_.names().name(variable));
        std::sort(names.begin(), names.end());
        for (const std::string& name : names) text += " ?" + name;
      }
      named.emplace_back(std::move(text), node);
    }
    std::stable_sort(named.begin(), named.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (std::size_t i = 0; i < named.size(); ++i) nodes_[i] = named[i].second;
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

  // ---- ranges: ?v < constant, or YEAR(?v) < constant, narrows the scans whose object is ?v

  void find_ranges() {
    for (PendingFilter& filter : filters_) {
      const auto [name, ranges] = value_ranges(*filter.expression.expression, planner_.translator());
      if (ranges.empty()) continue;
      const auto found = filter.expression.scope->find(name);
      if (found == filter.expression.scope->end()) continue;
      filter.ranged = is_object(found->second);
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

  // Is the variable the object of a pattern, which then reads the range alone?
  bool is_object(Variable variable) const {
    return std::any_of(nodes_.begin(), nodes_.end(), [&](const Algebra* node) {
      return node->kind == Kind::pattern && node->pattern.object.is_variable &&
             node->pattern.object.variable == variable;
    });
  }

  // ---- sizes

  static bool matters(const PendingFilter& filter) { return !filter.ranged && !filter.exists; }

  std::vector<JoinFilter> filters_of_joins() const {
    std::vector<JoinFilter> filters;
    for (const PendingFilter& filter : filters_)
      if (matters(filter))
        filters.push_back({filter.variables, guessed_selectivity(*filter.expression.expression)});
    return filters;
  }

  // Asks a sample of rows whether the sizes that a dear order was chosen by hold, and chooses again.
  void correct(JoinOrder& order) {
    if (seed_ != nullptr || inputs_.size() < 2) return;
    const std::vector<JoinFilter> filters = filters_of_joins();
    std::vector<const PendingFilter*> pending;
    for (const PendingFilter& filter : filters_)
      if (matters(filter)) pending.push_back(&filter);
    const SampledJoins joins{inputs_, patterns_, filters, [&](std::size_t filter, const Schema& schema) {
                               return planner_.compile(pending[filter]->expression, schema, bindings_);
                             }};
    int sampled = 0;
    for (bool again = true; again;) {
      auto most = static_cast<std::size_t>(
          std::min(order.cost * kSampleShare / kSampleStep, static_cast<double>(kSampleInputs)));
      const bool cyclic = order.cost > kWorthCycle && closes_cycle(order);
      if (cyclic) most = kSampleInputs;
      if (most < 2) return;
      again = ++sampled < kMostSampled && (cyclic || (sampled == 1 && order.cost > kWorthAnother));
      const std::size_t known = corrections_.size();
      sample_joins(context(), joins, order, most, corrections_);
      if (corrections_.size() == known) return;
      order = order_joins(inputs_, filters, corrections_, context());
    }
  }

  // Is an input joined on two variables at once? What that leaves is the hardest to tell.
  bool closes_cycle(const JoinOrder& order) const {
    SortedVariables known;
    for (const JoinStep& step : order.steps) {
      if (step.kind == JoinStep::Kind::merge || step.kind == JoinStep::Kind::table) continue;
      const SortedVariables& own = inputs_[step.input].variables;
      const auto shared = std::count_if(own.begin(), own.end(), [&](Variable variable) {
        return std::binary_search(known.begin(), known.end(), variable);
      });
      if (shared > 1) return true;
      add_variables(known, own);
    }
    return false;
  }

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
      for (Variable variable : seed_->schema) input.set_distinct(variable, input.rows);
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
    PatternEstimate estimate = planner_.estimates().estimate(pattern);
    input.rows = estimate.rows;
    input.spread = estimate.spread;
    const EdgesInMemory in_memory = edges_in_memory(context(), pattern);
    input.held = {in_memory.from_subject, in_memory.from_object, {}, {}};
    if (pattern.positions[0].is_variable) input.held.subject = pattern.positions[0].variable;
    if (pattern.positions[2].is_variable) input.held.object = pattern.positions[2].variable;
    for (std::size_t i = 0; i < 4; ++i)
      if (pattern.positions[i].is_variable)
        input.set_distinct(pattern.positions[i].variable, estimate.distinct[i]);
    const Schema wanted = columns(VariableSet(input.variables.begin(), input.variables.end()));
    for (std::size_t i = 0; i < estimate.paths.size(); ++i) {
      AccessPath& path = estimate.paths[i];
      JoinInput::Scan scan;
      scan.cost = estimate.reads[i] * kScan;
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
    const grammar::Path& steps = node.search != nullptr ? node.search->path : *node.path;
    const bool via = node.search != nullptr && node.search->via.has_value();
    input.cost = via ? unknown_reach(context().snapshot())
                     : path_reach(planner_, steps, !input.subject && input.object) + 1;
    const double starts = unknown_reach(context().snapshot());
    input.rows = input.has_constant_end ? input.cost : input.cost * starts;
    if (!input.subject && !input.object) input.rows = 1;
    for (Variable variable : input.variables)
      input.set_distinct(variable, input.has_constant_end ? input.rows : starts);
  }

  void describe_other(const Algebra& node, JoinInput& input, OperatorPtr& plan) {
    const Schema wanted = columns(VariableSet(input.variables.begin(), input.variables.end()));
    plan = planner_.plan(node, VariableSet(wanted.begin(), wanted.end()), bindings_);
    input.rows = std::max(plan->estimated_rows(), 0.0);
    input.cost = input.rows * (node.kind == Kind::values ? kScan : kPlanned);
    for (Variable variable : input.variables)
      input.set_distinct(variable, distinct_in(planner_, bindings_, node, variable, input.rows));
  }

  // ---- cycles

  // Puts each cycle of patterns that is better joined at once in the place of its patterns.
  void join_cycles(JoinOrder& order) {
    std::vector<std::size_t> edges;  // inputs
    std::vector<EdgePattern> described;
    // Numbered as the inputs have them: what the translation numbered them by is the written order.
    std::vector<Variable> variables;
    const auto numbered = [&](Variable variable) {
      const auto at = std::find(variables.begin(), variables.end(), variable);
      const auto number = static_cast<Variable>(at - variables.begin());
      if (at == variables.end()) variables.push_back(variable);
      return number;
    };
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (!is_edge(i)) continue;
      // A cycle stays within one graph.
      if (!edges.empty() && !(nodes_[edges[0]]->pattern.graph == nodes_[i]->pattern.graph)) continue;
      const JoinInput& input = inputs_[i];
      const Variable subject = patterns_[i].positions[0].variable;
      const Variable object = patterns_[i].positions[2].variable;
      edges.push_back(i);
      described.push_back({numbered(subject), numbered(object), std::max(1.0, input.rows),
                           input.distinct_of(subject), input.distinct_of(object)});
    }
    if (edges.size() < 3) return;
    for (Cycle& cycle : find_cycles(described)) {
      for (Variable& variable : cycle.order) variable = variables[variable];
      double rows = 0;
      for (const std::size_t member : cycle.patterns) rows += described[member].rows;
      if (rows * kEdgeBytes > static_cast<double>(context().budget().limit()) / 2) continue;
      std::vector<JoinInput> inputs;
      std::vector<std::size_t> kept;
      std::set<std::size_t> members;
      for (const std::size_t member : cycle.patterns) members.insert(edges[member]);
      JoinInput whole;
      whole.rows =
          std::max(1.0, expected_rows(inputs_, filters_of_joins(), corrections_, in_sequence(members)));
      whole.cost = cycle.cost * kCycleStep;
      for (std::size_t i = 0; i < inputs_.size(); ++i) {
        if (members.count(i) == 0) {
          kept.push_back(i);
          inputs.push_back(inputs_[i]);
          continue;
        }
        add_variables(whole.variables, inputs_[i].variables);
        add_variables(whole.certain, inputs_[i].certain);
        for (const auto& [variable, count] : inputs_[i].distinct) {
          const auto known = std::find_if(whole.distinct.begin(), whole.distinct.end(),
                                          [&v = variable](const auto& other) { return other.first == v; });
          whole.set_distinct(variable,
                             known == whole.distinct.end() ? count : std::min(count, known->second));
        }
      }
      inputs.push_back(whole);
      std::vector<Correction> corrections = corrections_beside(members, kept);
      JoinOrder other = order_joins(inputs, filters_of_joins(), corrections, context());
      if (other.cost > order.cost * (rows_bound(order, inputs_) > rows ? kSkew : 1)) continue;
      corrections_ = std::move(corrections);
      order = std::move(other);
      take_cycle(cycle, edges, members, kept, std::move(inputs));
      return;
    }
  }

  // The inputs of a cycle, each with a variable of one before it.
  std::vector<std::size_t> in_sequence(std::set<std::size_t> members) const {
    std::vector<std::size_t> sequence;
    SortedVariables variables;
    while (!members.empty()) {
      auto next = std::find_if(members.begin(), members.end(), [&](std::size_t member) {
        const SortedVariables& own = inputs_[member].variables;
        return std::any_of(own.begin(), own.end(), [&](Variable variable) {
          return std::binary_search(variables.begin(), variables.end(), variable);
        });
      });
      if (next == members.end()) next = members.begin();
      sequence.push_back(*next);
      add_variables(variables, inputs_[*next].variables);
      members.erase(next);
    }
    return sequence;
  }

  // The corrections for the inputs kept and, behind them, the cycle. What is known of the cycle alone is in
  // its rows.
  std::vector<Correction> corrections_beside(const std::set<std::size_t>& members,
                                             const std::vector<std::size_t>& kept) const {
    std::vector<Correction> result;
    for (const Correction& correction : corrections_) {
      Correction moved{{}, correction.factor};
      bool with_cycle = false;
      for (const std::size_t input : correction.inputs) {
        if (members.count(input) != 0)
          with_cycle = true;
        else
          moved.inputs.push_back(
              static_cast<std::size_t>(std::lower_bound(kept.begin(), kept.end(), input) - kept.begin()));
      }
      if (moved.inputs.empty()) continue;
      if (with_cycle) moved.inputs.push_back(kept.size());
      result.push_back(std::move(moved));
    }
    return result;
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
    join->set_estimated_rows(inputs.back().rows);
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

  // The columns that are needed once these inputs have been joined; kWeight when weights are welcome.
  Schema wanted_after(const std::vector<bool>& joined) const {
    VariableSet wanted = required_;
    const auto add = [&](const SortedVariables& variables) {
      wanted.insert(variables.begin(), variables.end());
    };
    for (std::size_t i = 0; i < inputs_.size(); ++i)
      if (!joined[i]) add(inputs_[i].variables);
    for (const PendingFilter& filter : filters_)
      if (!filter.applied) add(filter.variables);
    if (seed_ != nullptr) wanted.insert(seed_->schema.begin(), seed_->schema.end());
    return {wanted.begin(), wanted.end()};
  }

  // Does a value of the variable come in several rows of what is joined, as far as the statistics tell?
  bool repeats(const std::vector<bool>& joined, Variable key) const {
    if (std::count(joined.begin(), joined.end(), true) != 1) return false;
    const JoinInput& input =
        inputs_[static_cast<std::size_t>(std::find(joined.begin(), joined.end(), true) - joined.begin())];
    return input.rows > input.distinct_of(key) * 1.3;
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

  // The fewest rows of the steps that are made of each one.
  static std::vector<double> least_above(const JoinOrder& order) {
    std::vector<double> least(order.steps.size(), std::numeric_limits<double>::infinity());
    for (std::size_t i = order.steps.size(); i-- > 0;) {
      const JoinStep& step = order.steps[i];
      if (step.kind == JoinStep::Kind::scan) continue;
      const double rows = std::min(least[i], step.rows);
      least[step.left] = rows;
      if (step.kind == JoinStep::Kind::merge || step.kind == JoinStep::Kind::table) least[step.right] = rows;
    }
    return least;
  }

  // What a step has joined.
  struct Built {
    OperatorPtr plan;
    SortedVariables certain;   // variables that it always binds
    std::vector<bool> joined;  // inputs that are in it
    double rows = 0;           // estimated, with the filters that it makes possible
    // The input, when it stands alone and is planned again for rows that it is to be joined with: not
    // filtered yet.
    const Algebra* again = nullptr;
    bool shrinks = false;  // a step above leaves much fewer rows
  };
  // Which filters are applied: those that what is joined decides, of these the cheap ones alone, or all that
  // are left.
  enum class Filters : std::uint8_t { cheap, decided, all };

  Built carry_out(const JoinStep& step, std::vector<Built>& built, bool shrinks) {
    Built result;
    result.shrinks = shrinks;
    result.rows = step.rows;
    if (step.kind == JoinStep::Kind::scan) {
      const JoinInput& input = inputs_[step.input];
      result.plan = input_operator(step.input, step.scan);
      result.certain = input.certain;
      result.joined.assign(inputs_.size(), false);
      result.joined[step.input] = true;
      if (input.kind == JoinInput::Kind::other) result.again = nodes_[step.input];
      result.plan->set_estimated_rows(step.joined);
      if (result.again == nullptr) apply_filters(result);
      return result;
    }
    Built left = std::move(built[step.left]);
    if (left.again != nullptr) apply_filters(left);
    result.certain = left.certain;
    result.joined = left.joined;
    if (step.kind == JoinStep::Kind::index || step.kind == JoinStep::Kind::path) {
      const JoinInput& input = inputs_[step.input];
      result.joined[step.input] = true;
      if (step.kind == JoinStep::Kind::path) {
        result.plan = path(std::move(left.plan), step.input);
      } else {
        Schema added;
        for (Variable variable : columns(VariableSet(input.variables.begin(), input.variables.end())))
          if (left.plan->column(variable) < 0) added.push_back(variable);
        result.plan = make_index_join(context(), std::move(left.plan), patterns_[step.input], added,
                                      wanted_after(result.joined));
      }
      add_variables(result.certain, input.certain);
    } else {
      Built right = std::move(built[step.right]);
      add_variables(result.certain, right.certain);
      for (std::size_t i = 0; i < inputs_.size(); ++i) result.joined[i] = result.joined[i] || right.joined[i];
      const auto sorted = [&](const Built& side) {
        return !side.plan->sorted_by().empty() && side.plan->sorted_by()[0] == step.key;
      };
      // The operators have the last word on their order.
      const Schema wanted = wanted_after(result.joined);
      if (step.kind == JoinStep::Kind::merge && sorted(left) && sorted(right)) {
        left.plan = count_repeats(std::move(left.plan), *right.plan, step.key, wanted,
                                  repeats(left.joined, step.key));
        right.plan = count_repeats(std::move(right.plan), *left.plan, step.key, wanted,
                                   repeats(right.joined, step.key));
        result.plan =
            make_merge_join(context(), std::move(left.plan), std::move(right.plan), step.key, wanted);
      } else {
        result.plan = join_table(std::move(left), std::move(right), wanted);
      }
    }
    result.plan->set_estimated_rows(step.joined);
    apply_filters(result);
    return result;
  }

  OperatorPtr join_table(Built left, Built right, const Schema& wanted) {
    TableJoinSpec spec = table_spec(*left.plan, *right.plan, left.certain, right.certain, wanted);
    if (right.again != nullptr) {
      const SortedVariables variables = sorted(free(possible_variables(*right.again)));
      const Schema needed = columns(VariableSet(variables.begin(), variables.end()));
      spec.seed_keys = spec.keys;
      spec.right = [planner = &planner_, node = right.again,
                    required = VariableSet(needed.begin(), needed.end()),
                    bindings = bindings_](const Schema& schema, const std::shared_ptr<const RowTable>& rows) {
        const SeedRows seed{schema, rows};
        return planner->plan(*node, required, bindings, &seed);
      };
    }
    return make_table_join(context(), std::move(left.plan), std::move(right.plan), std::move(spec));
  }

  void apply_filters(Built& built) {
    apply_filters(built, built.shrinks ? Filters::cheap : Filters::decided);
  }

  void apply_filters(Built& built, Filters which) {
    std::vector<PendingFilter*> chosen;
    for (PendingFilter& filter : filters_) {
      if (filter.applied || (which == Filters::cheap && !filter.cheap) ||
          (which != Filters::all && !decided(filter, built)))
        continue;
      filter.applied = true;
      chosen.push_back(&filter);
    }
    // What is decided row by row comes first, so that less is merged.
    const auto merged = std::stable_partition(chosen.begin(), chosen.end(), [](const PendingFilter* filter) {
      return !is_exists(*filter->expression.expression);
    });
    add_filter(built, {chosen.begin(), merged});
    const VariableSet certain(built.certain.begin(), built.certain.end());
    std::vector<PendingFilter*> left;
    for (auto filter = merged; filter != chosen.end(); ++filter) {
      if (OperatorPtr result = planner_.merge_exists(built.plan, (*filter)->expression, certain, bindings_))
        built.plan = std::move(result);
      else
        left.push_back(*filter);
    }
    add_filter(built, left);
  }

  void add_filter(Built& built, const std::vector<PendingFilter*>& filters) {
    if (filters.empty()) return;
    std::vector<CompiledExpression> conditions;
    std::vector<ScopedExpression> expressions;
    std::string text;
    bool guessed = false;
    for (const PendingFilter* filter : filters) {
      expressions.push_back(filter->expression);
      guessed |= filter->exists;
      conditions.push_back(planner_.compile(filter->expression, built.plan->schema(), bindings_, 0,
                                            built.plan->estimated_rows()));
      if (filter->exists) text += text.empty() ? "exists" : " exists";
      for (Variable variable : filter->variables)
        if (!filter->exists) text += (text.empty() ? "on ?" : " ?") + planner_.names().name(variable);
    }
    ConditionsFactory again = planner_.compile_again(std::move(expressions), built.plan->schema(), bindings_);
    built.plan = make_filter(context(), std::move(built.plan), std::move(conditions), text, std::move(again));
    if (!guessed && !inputs_.empty()) built.plan->set_estimated_rows(built.rows);
  }

  bool decided(const PendingFilter& filter, const Built& built) const {
    if (filter.exists) return false;
    for (Variable variable : filter.variables) {
      if (std::binary_search(built.certain.begin(), built.certain.end(), variable)) continue;
      for (std::size_t i = 0; i < inputs_.size(); ++i)
        if (!built.joined[i] &&
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
  std::vector<Correction> corrections_;
  std::vector<ResolvedPattern> patterns_;
  std::vector<OperatorPtr> plans_;
};

}  // namespace

OperatorPtr plan_join_group(Planner& planner, const Algebra& node, const VariableSet& required,
                            const Bindings& bindings, const SeedRows* seed) {
  return JoinGroup(planner, required, bindings, seed).plan(node);
}

}  // namespace dossier
