#include "engine/query/cycles.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

namespace dossier {
namespace {

constexpr double kHold = 4;   // a row of a pattern into the adjacencies of both directions
constexpr double kEnter = 4;  // intersecting, beside a step for each element of the shortest list

// How many nodes a variable may take for each way to bind those before it, and how many are looked at.
struct Growth {
  bool connected = false;
  double looked = 0;
  double taken = 0;
};

Growth growth(const std::vector<EdgePattern>& patterns, const std::vector<std::size_t>& members,
              Variable next, const std::set<Variable>& bound) {
  Growth growth;
  std::vector<std::pair<double, double>> lists;  // length, and among how many nodes
  for (const std::size_t member : members) {
    const EdgePattern& pattern = patterns[member];
    if (pattern.object == next && bound.count(pattern.subject) != 0)
      lists.emplace_back(pattern.rows / pattern.subjects, pattern.objects);
    else if (pattern.subject == next && bound.count(pattern.object) != 0)
      lists.emplace_back(pattern.rows / pattern.objects, pattern.subjects);
  }
  if (lists.empty()) return growth;
  std::sort(lists.begin(), lists.end());
  growth.connected = true;
  growth.looked = growth.taken = lists[0].first;
  for (std::size_t i = 1; i < lists.size(); ++i)
    growth.taken *= std::min(1.0, lists[i].first / std::max(1.0, lists[i].second));
  return growth;
}

void arrange(const std::vector<EdgePattern>& patterns, const std::set<Variable>& variables, Cycle& cycle) {
  double held = 0;
  for (const std::size_t member : cycle.patterns) held += kHold * patterns[member].rows;
  bool first = true;
  for (const Variable start : variables) {
    double ways = 0;
    for (const std::size_t member : cycle.patterns) {
      const EdgePattern& pattern = patterns[member];
      if (pattern.subject != start && pattern.object != start) continue;
      const double nodes = pattern.subject == start ? pattern.subjects : pattern.objects;
      ways = ways == 0 ? nodes : std::min(ways, nodes);
    }
    double cost = held + ways;
    Schema order{start};
    std::set<Variable> bound{start};
    while (order.size() < variables.size()) {
      Variable best = 0;
      Growth least;
      for (const Variable next : variables) {
        if (bound.count(next) != 0) continue;
        const Growth grown = growth(patterns, cycle.patterns, next, bound);
        if (!grown.connected || (least.connected && least.taken <= grown.taken)) continue;
        best = next;
        least = grown;
      }
      cost += ways * (kEnter + least.looked);
      ways *= least.taken;
      order.push_back(best);
      bound.insert(best);
    }
    if (!first && cost >= cycle.cost) continue;
    first = false;
    cycle.cost = cost;
    cycle.rows = ways;
    cycle.order = std::move(order);
  }
}

}  // namespace

std::vector<Cycle> find_cycles(const std::vector<EdgePattern>& patterns) {
  std::map<Variable, std::set<Variable>> neighbours;
  for (const EdgePattern& pattern : patterns) {
    neighbours[pattern.subject].insert(pattern.object);
    neighbours[pattern.object].insert(pattern.subject);
  }
  for (bool taken = true; taken;) {
    taken = false;
    for (auto& [variable, around] : neighbours) {
      if (around.size() != 1) continue;
      neighbours[*around.begin()].erase(variable);
      around.clear();
      taken = true;
    }
  }
  std::vector<Cycle> cycles;
  std::set<Variable> seen;
  for (const auto& [start, around] : neighbours) {
    if (around.empty() || !seen.insert(start).second) continue;
    std::set<Variable> variables{start};
    for (std::vector<Variable> open{start}; !open.empty();) {
      const Variable variable = open.back();
      open.pop_back();
      for (const Variable next : neighbours[variable])
        if (seen.insert(next).second) {
          variables.insert(next);
          open.push_back(next);
        }
    }
    Cycle cycle;
    for (std::size_t i = 0; i < patterns.size(); ++i)
      if (variables.count(patterns[i].subject) != 0 && variables.count(patterns[i].object) != 0)
        cycle.patterns.push_back(i);
    arrange(patterns, variables, cycle);
    cycles.push_back(std::move(cycle));
  }
  return cycles;
}

double rows_bound(const JoinOrder& order, const std::vector<JoinInput>& inputs) {
  struct Side {
    double rows = 0;
    std::set<Variable> variables;
    std::set<Variable> keys;  // each value of them in one row
  };
  const auto of_input = [&](std::size_t index) {
    const JoinInput& input = inputs[index];
    Side side{input.rows, {input.variables.begin(), input.variables.end()}, {}};
    for (const Variable variable : input.certain)
      if (input.distinct_of(variable) >= input.rows) side.keys.insert(variable);
    return side;
  };
  double most = 0;
  std::vector<Side> sides;
  for (const JoinStep& step : order.steps) {
    if (step.kind == JoinStep::Kind::scan) {
      sides.push_back(of_input(step.input));
      continue;
    }
    const Side& left = sides[step.left];
    const bool two = step.kind == JoinStep::Kind::merge || step.kind == JoinStep::Kind::table;
    const Side right = two ? sides[step.right] : of_input(step.input);
    const auto joins_by_key = [](const Side& side, const Side& other) {
      return std::any_of(side.keys.begin(), side.keys.end(),
                         [&](Variable key) { return other.variables.contains(key); });
    };
    Side joined{std::numeric_limits<double>::infinity(), left.variables, {}};
    joined.variables.insert(right.variables.begin(), right.variables.end());
    for (const auto& [keyed, other] : {std::pair(&right, &left), std::pair(&left, &right)}) {
      if (!joins_by_key(*keyed, *other)) continue;
      joined.rows = std::min(joined.rows, other->rows);
      joined.keys.insert(other->keys.begin(), other->keys.end());
    }
    most = std::max(most, joined.rows);
    sides.push_back(std::move(joined));
  }
  return most;
}

}  // namespace dossier
