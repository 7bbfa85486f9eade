#include "engine/query/join_order.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

namespace dossier {

SortedVariables shared(const SortedVariables& a, const SortedVariables& b) {
  SortedVariables result;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(result));
  return result;
}

namespace {

using TreePtr = std::shared_ptr<const JoinTree>;

constexpr double kSeek = 20;     // a look-up at a place of its own
constexpr double kNearSeek = 4;  // look-ups in ascending order
constexpr double kBuild = 6;     // a row into a hash table
constexpr double kProbe = 3;
constexpr double kPathStart = 200;  // starting a search

SortedVariables merged(const SortedVariables& a, const SortedVariables& b) {
  SortedVariables result;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(result));
  return result;
}

bool includes(const SortedVariables& set, Variable variable) {
  return std::binary_search(set.begin(), set.end(), variable);
}

double distinct_of(const std::map<Variable, double>& distinct, Variable variable, double rows) {
  const auto it = distinct.find(variable);
  return std::max(1.0, it == distinct.end() ? rows : std::min(it->second, rows));
}

TreePtr leaf(const std::vector<JoinInput>& inputs, std::size_t index, std::size_t scan) {
  const JoinInput& input = inputs[index];
  auto tree = std::make_shared<JoinTree>();
  tree->input = index;
  tree->scan = scan;
  tree->used.assign(inputs.size(), false);
  tree->used[index] = true;
  tree->rows = input.rows;
  tree->variables = input.variables;
  tree->certain = input.certain;
  tree->distinct = input.distinct;
  if (input.kind == JoinInput::Kind::pattern) {
    tree->cost = input.scans[scan].cost;
    tree->sorted = input.scans[scan].sorted;
  } else if (input.kind == JoinInput::Kind::path) {
    tree->cost = input.has_constant_end ? input.cost : input.cost * 1000 + 1e6;
  } else {
    tree->cost = input.cost;
  }
  return tree;
}

// What every join of `left` with input `index` has in common.
JoinTree joined(const TreePtr& left, const JoinInput& input, std::size_t index, const SortedVariables& keys) {
  JoinTree tree;
  tree.left = left;
  tree.input = index;
  tree.used = left->used;
  tree.used[index] = true;
  std::vector<double> factors;
  for (Variable key : keys)
    factors.push_back(
        std::max(distinct_of(left->distinct, key, left->rows), distinct_of(input.distinct, key, input.rows)));
  // Keys are rarely independent: each further one counts less.
  std::sort(factors.rbegin(), factors.rend());
  double rows = left->rows * input.rows;
  double exponent = 1;
  for (double factor : factors) {
    rows /= std::pow(factor, exponent);
    exponent /= 2;
  }
  tree.rows = std::max(rows, 1e-3);
  tree.variables = merged(left->variables, input.variables);
  tree.certain = merged(left->certain, input.certain);
  tree.distinct = left->distinct;
  for (const auto& [variable, count] : input.distinct) {
    auto [it, added] = tree.distinct.try_emplace(variable, count);
    if (!added) it->second = std::min(it->second, count);
  }
  return tree;
}

// All ways to join `left` with input `index`.
template <typename Sink>
void join_candidates(const std::vector<JoinInput>& inputs, const TreePtr& left, std::size_t index,
                     Sink&& sink) {
  const JoinInput& input = inputs[index];
  const SortedVariables keys = shared(left->variables, input.variables);
  const SortedVariables safe = shared(left->certain, input.certain);
  const JoinTree base = joined(left, input, index, keys);
  const bool all_safe = safe.size() == keys.size();
  const auto add = [&](JoinTree tree) { sink(std::make_shared<const JoinTree>(std::move(tree))); };

  if (input.kind == JoinInput::Kind::pattern) {
    if (!keys.empty() && all_safe) {
      JoinTree tree = base;
      tree.kind = JoinTree::Kind::index;
      const bool sorted = !left->sorted.empty() && includes(keys, left->sorted[0]);
      // No look-up touches more than the whole relation.
      tree.cost = left->cost + left->rows * (sorted ? kNearSeek : kSeek) + tree.rows;
      if (sorted && keys.size() == 1) tree.sorted = left->sorted;
      add(std::move(tree));
    }
    for (std::size_t scan = 0; scan < input.scans.size(); ++scan) {
      const auto& way = input.scans[scan];
      if (!keys.empty() && all_safe && !left->sorted.empty() && !way.sorted.empty() &&
          left->sorted[0] == way.sorted[0]) {
        JoinTree tree = base;
        tree.kind = JoinTree::Kind::merge;
        tree.scan = scan;
        tree.key = way.sorted[0];
        tree.cost = left->cost + way.cost + left->rows + tree.rows;
        tree.sorted = left->sorted;
        add(std::move(tree));
      }
    }
    // Streaming the pattern and keeping the tree: the order of the scan survives.
    for (std::size_t scan = 0; scan < input.scans.size(); ++scan) {
      JoinTree tree = base;
      tree.kind = JoinTree::Kind::table_flipped;
      tree.scan = scan;
      tree.cost = left->cost + input.scans[scan].cost + left->rows * kBuild + input.rows * kProbe + tree.rows;
      if (all_safe) tree.sorted = input.scans[scan].sorted;
      if (keys.empty()) tree.cost += tree.rows;
      add(std::move(tree));
    }
  }
  if (input.kind == JoinInput::Kind::path) {
    const bool subject = input.subject && includes(left->certain, *input.subject);
    const bool object = input.object && includes(left->certain, *input.object);
    if ((subject || object) && all_safe) {
      JoinTree tree = base;
      tree.kind = JoinTree::Kind::path;
      const double starts =
          std::min(left->rows, subject ? distinct_of(left->distinct, *input.subject, left->rows)
                                       : distinct_of(left->distinct, *input.object, left->rows));
      const double search = input.has_constant_end || (subject && object) ? input.cost / 2 : input.cost;
      tree.cost = left->cost + left->rows + starts * (kPathStart + search) + tree.rows;
      add(std::move(tree));
    }
  }
  const TreePtr right = leaf(inputs, index, 0);
  JoinTree tree = base;
  tree.kind = JoinTree::Kind::table;
  tree.cost = left->cost + right->cost + input.rows * kBuild + left->rows * kProbe + tree.rows;
  if (keys.empty()) tree.cost += tree.rows;
  if (all_safe) tree.sorted = left->sorted;
  add(std::move(tree));
}

// The best trees of one subset, one for each leading variable of their order.
struct Candidates {
  std::map<std::int64_t, TreePtr> by_order;
  void add(const TreePtr& tree) {
    const std::int64_t order = tree->sorted.empty() ? -1 : static_cast<std::int64_t>(tree->sorted[0]);
    auto [it, added] = by_order.try_emplace(order, tree);
    if (!added && tree->cost < it->second->cost) it->second = tree;
  }
  TreePtr best() const {
    TreePtr result;
    for (const auto& [order, tree] : by_order)
      if (!result || tree->cost < result->cost) result = tree;
    return result;
  }
};

bool connected(const JoinTree& tree, const JoinInput& input) {
  return !shared(tree.variables, input.variables).empty();
}

void add_leaves(const std::vector<JoinInput>& inputs, std::size_t index, Candidates& candidates) {
  const std::size_t ways = inputs[index].kind == JoinInput::Kind::pattern ? inputs[index].scans.size() : 1;
  for (std::size_t scan = 0; scan < ways; ++scan) candidates.add(leaf(inputs, index, scan));
}

TreePtr exact_order(const std::vector<JoinInput>& inputs) {
  const std::size_t count = inputs.size();
  std::vector<Candidates> table(std::size_t{1} << count);
  for (std::size_t i = 0; i < count; ++i) add_leaves(inputs, i, table[std::size_t{1} << i]);
  for (std::size_t subset = 1; subset < table.size(); ++subset) {
    for (const auto& [order, tree] : table[subset].by_order) {
      bool any_connected = false;
      for (std::size_t i = 0; i < count; ++i)
        any_connected = any_connected || ((subset >> i & 1) == 0 && connected(*tree, inputs[i]));
      for (std::size_t i = 0; i < count; ++i) {
        if ((subset >> i & 1) != 0) continue;
        // A product is made when nothing else is left, or when both sides are tiny.
        if (any_connected && !connected(*tree, inputs[i]) && tree->rows * inputs[i].rows > 100) continue;
        join_candidates(inputs, tree, i,
                        [&](const TreePtr& next) { table[subset | std::size_t{1} << i].add(next); });
      }
    }
  }
  return table.back().best();
}

TreePtr greedy_order(const std::vector<JoinInput>& inputs) {
  TreePtr tree;
  {
    Candidates start;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      Candidates one;
      add_leaves(inputs, i, one);
      const TreePtr candidate = one.best();
      if (!tree || candidate->rows + candidate->cost < tree->rows + tree->cost) tree = candidate;
    }
  }
  for (std::size_t step = 1; step < inputs.size(); ++step) {
    Candidates best;
    for (const bool cross : {false, true}) {
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (tree->used[i] || (!cross && !connected(*tree, inputs[i]))) continue;
        join_candidates(inputs, tree, i, [&](const TreePtr& next) { best.add(next); });
      }
      if (!best.by_order.empty()) break;
    }
    TreePtr chosen;
    for (const auto& [order, candidate] : best.by_order)
      if (!chosen || candidate->cost + candidate->rows < chosen->cost + chosen->rows) chosen = candidate;
    tree = chosen;
  }
  return tree;
}

}  // namespace

std::shared_ptr<const JoinTree> order_joins(const std::vector<JoinInput>& inputs) {
  return inputs.size() <= kExactInputs ? exact_order(inputs) : greedy_order(inputs);
}

}  // namespace dossier
