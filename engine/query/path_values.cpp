#include "engine/query/path_values.h"

#include <algorithm>
#include <map>

namespace dossier {
namespace {

using Kind = Algebra::Kind;

bool is_variable(const grammar::Expression& expression) {
  return expression.kind == grammar::Expression::Kind::term &&
         std::holds_alternative<grammar::Var>(expression.value);
}

class Uses {
 public:
  void collect(const Algebra& node) {
    switch (node.kind) {
      case Kind::pattern:
        give(node.pattern.subject);
        give(node.pattern.predicate);
        give(node.pattern.object);
        give(node.pattern.id);
        give(node.pattern.graph);
        break;
      case Kind::path:
      case Kind::path_search:
        give(node.subject);
        give(node.object);
        give(node.graph);
        for (Variable output : node.variables) ++givers_[output];
        for (std::size_t i = 0; i < node.variables.size(); ++i)
          if (i != 1) paths_.insert(node.variables[i]);  // the other one is the length
        barred_.insert(node.via.begin(), node.via.end());
        break;
      case Kind::values:
        for (Variable variable : node.variables) ++givers_[variable];
        break;
      case Kind::extend:
      case Kind::graph:
        ++givers_[node.variable];
        break;
      case Kind::unfold:
        for (Variable variable : node.variables) ++givers_[variable];
        if (is_variable(*node.expression.expression)) unfolds_.push_back(&node);
        break;
      case Kind::group:
        for (const AggregateItem& item : node.aggregates) {
          ++givers_[item.output];
          const ScopedExpression scoped{item.expression, node.scope, node.graph, nullptr};
          const auto& arguments = item.expression->arguments;
          if (!std::all_of(arguments.begin(), arguments.end(), is_variable)) bar(scoped);
          bar_exists(scoped);
        }
        break;
      default:
        break;
    }
    for (const ScopedExpression& condition : node.conditions) bar_exists(condition);
    bar_exists(node.expression);
    for (const auto& order : node.orders) bar_exists(order.expression);
    for (const AlgebraPtr& input : node.inputs) collect(*input);
  }

  VariableSet result() {
    VariableSet set;
    for (Variable path : paths_)
      if (fits(path)) set.insert(path);
    // An element may be unfolded in turn, so the nodes above come later: as many rounds as there are nodes.
    for (bool more = true; more;) {
      more = false;
      for (const Algebra* node : unfolds_) {
        const VariableSet read = expression_variables(node->expression);
        const bool of_path = read.size() == 1 && set.count(*read.begin()) != 0;
        if (of_path && fits(node->variables[0])) more = set.insert(node->variables[0]).second || more;
      }
    }
    return set;
  }

 private:
  bool fits(Variable variable) { return givers_[variable] == 1 && barred_.count(variable) == 0; }
  void give(const Slot& slot) {
    if (slot.is_variable) ++givers_[slot.variable];
  }
  void give(const GraphRef& graph) {
    if (graph.kind == GraphRef::Kind::variable) ++givers_[graph.variable];
  }
  void bar(const ScopedExpression& expression) { barred_.merge(expression_variables(expression)); }
  void bar_exists(const ScopedExpression& expression) {
    if (expression.expression != nullptr && contains_exists(*expression.expression)) bar(expression);
  }

  std::map<Variable, int> givers_;
  VariableSet paths_;
  VariableSet barred_;
  std::vector<const Algebra*> unfolds_;
};

}  // namespace

VariableSet unsettled_variables(const Algebra& root) {
  Uses uses;
  uses.collect(root);
  return uses.result();
}

}  // namespace dossier
