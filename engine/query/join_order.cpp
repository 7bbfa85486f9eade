#include "engine/query/join_order.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "engine/dossier.h"

namespace dossier {

void add_variables(SortedVariables& to, const SortedVariables& more) {
  for (Variable variable : more) {
    const auto at = std::lower_bound(to.begin(), to.end(), variable);
    if (at == to.end() || *at != variable) to.insert(at, variable);
  }
}

namespace {

constexpr double kSeek = 20;     // a look-up at a place of its own
constexpr double kNearSeek = 4;  // look-ups in ascending order
constexpr double kBuild = 6;     // a row into a hash table
constexpr double kProbe = 3;
constexpr double kPair =
    2;  // of rows that a merge join compares; keys that many rows share make more than estimated
constexpr double kPathStart = 200;  // starting a search

const Schema kUnsorted;

bool includes(const SortedVariables& set, Variable variable) {
  return std::binary_search(set.begin(), set.end(), variable);
}

double distinct_of(const std::map<Variable, double>& distinct, Variable variable, double rows) {
  const auto it = distinct.find(variable);
  return std::max(1.0, it == distinct.end() ? rows : std::min(it->second, rows));
}

// What some inputs, joined in whatever order, have in common.
struct Part {
  SortedVariables variables;
  SortedVariables certain;
  std::map<Variable, double> distinct;

  void add(const JoinInput& input) {
    add_variables(variables, input.variables);
    add_variables(certain, input.certain);
    for (const auto& [variable, count] : input.distinct) {
      const auto [it, added] = distinct.try_emplace(variable, count);
      if (!added) it->second = std::min(it->second, count);
    }
  }
  bool connected(const JoinInput& input) const {
    return std::any_of(input.variables.begin(), input.variables.end(),
                       [&](Variable variable) { return includes(variables, variable); });
  }
};

// A way to join the inputs of a part: its last step and the way before it.
struct Way {
  JoinStep step;
  double cost = 0;
  const Schema* sorted = &kUnsorted;  // of an input's scan
  std::shared_ptr<const Way> before;
};
using WayPtr = std::shared_ptr<const Way>;

Way first_way(const std::vector<JoinInput>& inputs, std::size_t index, std::size_t scan) {
  const JoinInput& input = inputs[index];
  Way way;
  way.step = {JoinStep::Kind::first, index, scan, 0, input.rows};
  if (input.kind == JoinInput::Kind::pattern) {
    way.cost = input.scans[scan].cost;
    way.sorted = &input.scans[scan].sorted;
  } else if (input.kind == JoinInput::Kind::path) {
    way.cost = input.has_constant_end ? input.cost : input.cost * 1000 + 1e6;
  } else {
    way.cost = input.cost;
  }
  return way;
}

// Calls `sink` with each way to begin with the input.
template <typename Sink>
void first_ways(const std::vector<JoinInput>& inputs, std::size_t index, Sink&& sink) {
  const std::size_t scans = inputs[index].kind == JoinInput::Kind::pattern ? inputs[index].scans.size() : 1;
  for (std::size_t scan = 0; scan < scans; ++scan) sink(first_way(inputs, index, scan));
}

double joined_rows(const Part& part, const Way& left, const JoinInput& input, const SortedVariables& keys) {
  std::vector<double> factors;
  factors.reserve(keys.size());
  for (Variable key : keys)
    factors.push_back(std::max(distinct_of(part.distinct, key, left.step.rows),
                               distinct_of(input.distinct, key, input.rows)));
  // Keys are rarely independent: each further one counts less.
  std::sort(factors.rbegin(), factors.rend());
  double rows = left.step.rows * input.rows;
  double exponent = 1;
  for (double factor : factors) {
    rows /= std::pow(factor, exponent);
    exponent /= 2;
  }
  return std::max(rows, 1e-3);
}

// Calls `sink` with each way to join `left`, which has joined the inputs of `part`, with input `index`. The
// ways have no `before` yet.
template <typename Sink>
void join_ways(const std::vector<JoinInput>& inputs, const Part& part, const Way& left, std::size_t index,
               Sink&& sink) {
  const JoinInput& input = inputs[index];
  SortedVariables keys;
  bool safe = true;  // both sides always bind all of them
  for (Variable variable : input.variables) {
    if (!includes(part.variables, variable)) continue;
    keys.push_back(variable);
    safe = safe && includes(part.certain, variable) && includes(input.certain, variable);
  }
  const double rows = joined_rows(part, left, input, keys);
  const auto add = [&](JoinStep::Kind kind, std::size_t scan, double cost, const Schema& sorted,
                       Variable key = 0) {
    Way way;
    way.step = {kind, index, scan, key, rows};
    way.cost = left.cost + cost + rows;
    way.sorted = &sorted;
    sink(std::move(way));
  };

  if (input.kind == JoinInput::Kind::pattern) {
    if (!keys.empty() && safe) {
      const bool sorted = !left.sorted->empty() && includes(keys, left.sorted->front());
      add(JoinStep::Kind::index, 0, left.step.rows * (sorted ? kNearSeek : kSeek),
          sorted && keys.size() == 1 ? *left.sorted : kUnsorted);
      for (std::size_t scan = 0; scan < input.scans.size() && !left.sorted->empty(); ++scan) {
        const auto& way = input.scans[scan];
        if (way.sorted.empty() || left.sorted->front() != way.sorted.front()) continue;
        const Variable key = way.sorted.front();
        // Further keys are looked at pair by pair of what agrees in the first.
        const double pairs = keys.size() == 1 ? 0 : joined_rows(part, left, input, {key});
        add(JoinStep::Kind::merge, scan, way.cost + left.step.rows + pairs * kPair, *left.sorted, key);
      }
    }
    // Streaming the pattern and keeping what stands: the order of the scan survives.
    for (std::size_t scan = 0; scan < input.scans.size(); ++scan) {
      const auto& way = input.scans[scan];
      add(JoinStep::Kind::table_flipped, scan,
          way.cost + left.step.rows * kBuild + input.rows * kProbe + (keys.empty() ? rows : 0),
          safe ? way.sorted : kUnsorted);
    }
  }
  if (input.kind == JoinInput::Kind::path && safe) {
    const bool subject = input.subject && includes(part.certain, *input.subject);
    const bool object = input.object && includes(part.certain, *input.object);
    if (subject || object) {
      const double starts =
          std::min(left.step.rows,
                   distinct_of(part.distinct, subject ? *input.subject : *input.object, left.step.rows));
      const double search = input.has_constant_end || (subject && object) ? input.cost / 2 : input.cost;
      add(JoinStep::Kind::path, 0, left.step.rows + starts * (kPathStart + search), kUnsorted);
    }
  }
  const double whole = first_way(inputs, index, 0).cost;
  add(JoinStep::Kind::table, 0,
      whole + input.rows * kBuild + left.step.rows * kProbe + (keys.empty() ? rows : 0),
      safe ? *left.sorted : kUnsorted);
}

// ---- all orders

// The best ways of one subset, one for each leading variable of their order.
class BestWays {
 public:
  void add(const WayPtr& before, Way way) {
    const std::int64_t order = way.sorted->empty() ? -1 : static_cast<std::int64_t>(way.sorted->front());
    WayPtr& best = by_order_[order];
    if (best != nullptr && best->cost <= way.cost) return;
    way.before = before;
    best = std::make_shared<const Way>(std::move(way));
  }
  const std::map<std::int64_t, WayPtr>& all() const { return by_order_; }

 private:
  std::map<std::int64_t, WayPtr> by_order_;
};

JoinOrder exact_order(const std::vector<JoinInput>& inputs, const QueryContext& context) {
  const std::size_t count = inputs.size();
  struct Subset {
    Part part;
    BestWays ways;
  };
  std::vector<Subset> table(std::size_t{1} << count);
  for (std::size_t i = 0; i < count; ++i)
    first_ways(inputs, i, [&](Way way) { table[std::size_t{1} << i].ways.add(nullptr, std::move(way)); });
  for (std::size_t subset = 1; subset < table.size(); ++subset) {
    context.check();
    Part& part = table[subset].part;
    bool any_connected = false;
    for (std::size_t i = 0; i < count; ++i)
      if ((subset >> i & 1) != 0) part.add(inputs[i]);
    for (std::size_t i = 0; i < count; ++i)
      any_connected = any_connected || ((subset >> i & 1) == 0 && part.connected(inputs[i]));
    for (const auto& [order, way] : table[subset].ways.all()) {
      for (std::size_t i = 0; i < count; ++i) {
        if ((subset >> i & 1) != 0) continue;
        // A product is made when nothing else is left, or when both sides are tiny.
        if (any_connected && !part.connected(inputs[i]) && way->step.rows * inputs[i].rows > 100) continue;
        BestWays& next = table[subset | std::size_t{1} << i].ways;
        join_ways(inputs, part, *way, i, [&](Way joined) { next.add(way, std::move(joined)); });
      }
    }
  }
  const Way* best = nullptr;
  for (const auto& [order, way] : table.back().ways.all())
    if (best == nullptr || way->cost < best->cost) best = way.get();
  JoinOrder order;
  order.cost = best->cost;
  for (; best != nullptr; best = best->before.get()) order.steps.push_back(best->step);
  std::reverse(order.steps.begin(), order.steps.end());
  return order;
}

// ---- the next best, again and again

JoinOrder greedy_order(const std::vector<JoinInput>& inputs, const QueryContext& context) {
  std::optional<Way> best;
  const auto take = [&](Way way) {
    if (!best || way.cost + way.step.rows < best->cost + best->step.rows) best = std::move(way);
  };
  for (std::size_t i = 0; i < inputs.size(); ++i) first_ways(inputs, i, take);
  std::vector<bool> used(inputs.size());
  JoinOrder order;
  Part part;
  for (;;) {
    const Way way = *best;
    order.steps.push_back(way.step);
    order.cost = way.cost;
    if (order.steps.size() == inputs.size()) return order;
    used[way.step.input] = true;
    part.add(inputs[way.step.input]);
    context.check();
    best.reset();
    for (const bool product : {false, true}) {
      for (std::size_t i = 0; i < inputs.size(); ++i)
        if (!used[i] && (product || part.connected(inputs[i]))) join_ways(inputs, part, way, i, take);
      if (best) break;
    }
  }
}

}  // namespace

JoinOrder order_joins(const std::vector<JoinInput>& inputs, const QueryContext& context) {
  if (inputs.size() > kMostInputs)
    throw LimitError(LimitError::Reason::size, "a group joins " + std::to_string(inputs.size()) +
                                                   " patterns; at most " + std::to_string(kMostInputs) +
                                                   " are planned: split the query");
  return inputs.size() <= kExactInputs ? exact_order(inputs, context) : greedy_order(inputs, context);
}

}  // namespace dossier
