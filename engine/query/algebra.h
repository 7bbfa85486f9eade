// The algebra of SPARQL: what a query means, before anybody decides how to run it.
//
// Purpose: the tree between the AST and the plan. `translate` builds it by SPARQL 18.2, `optimize` rewrites
// it, the planner reads it. Names are numbers here: a sub-SELECT's hidden variables get numbers of their own,
// so scope is settled once. Invariants: `expression` pointers refer to the tree that the Execution owns;
// constants are ids (stored, inline or local). Thread-safety: values of one query. Source: SPARQL 1.2 Query
// Language section 18.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/model/id.h"
#include "engine/query/batch.h"
#include "grammar/ast.h"

namespace dossier {

using VariableSet = std::set<Variable>;
// Variables that a parameter or an outer solution has fixed.
struct Bindings : std::map<Variable, Id> {
  // EXISTS asks for a solution that binds something. It is part of every group of the pattern, so the two
  // sides of a MINUS there always have a variable in common.
  bool in_solution = false;
};

// The names of all variables of a query, and the expressions that are not in its text; blank nodes of
// patterns and inner helpers have names that start with a dot.
class VariableTable {
 public:
  Variable add(std::string name) {
    names_.push_back(std::move(name));
    return static_cast<Variable>(names_.size() - 1);
  }
  const std::string& name(Variable variable) const { return names_[variable]; }
  std::size_t size() const { return names_.size(); }
  // Keeps an expression that translation made.
  const grammar::Expression* own(grammar::Expression expression) {
    owned_.push_back(std::make_unique<grammar::Expression>(std::move(expression)));
    return owned_.back().get();
  }

 private:
  std::vector<std::string> names_;
  std::vector<std::unique_ptr<grammar::Expression>> owned_;
};

// Which variable a name means in one SELECT. A SELECT inside EXISTS also sees the solution that EXISTS is
// asked for, under names that it hides itself: `context` is the scope of that solution.
struct Scope : std::map<std::string, Variable> {
  std::shared_ptr<const Scope> context;
};
// The variable of a name here or in the solutions around; nothing when none has it.
std::optional<Variable> visible_variable(const Scope& scope, const std::string& name);

// A position of a pattern: a constant or a variable.
struct Slot {
  bool is_variable = false;
  Variable variable = 0;
  Id id;
  static Slot constant(Id id) { return {false, 0, id}; }
  static Slot of(Variable variable) { return {true, variable, {}}; }
};

// The graph that patterns are matched against.
struct GraphRef {
  enum class Kind : std::uint8_t { default_graph, fixed, variable };
  Kind kind = Kind::default_graph;
  Id id;
  Variable variable = 0;
  friend bool operator==(const GraphRef&, const GraphRef&) = default;
};

// What FROM and FROM NAMED, or the options, say.
struct DatasetSpec {
  bool explicit_default =
      false;  // FROM or FROM NAMED were given: the default graph is the merge of `default_graphs`
  std::vector<Id> default_graphs;  // sorted
  bool union_default = false;      // the default graph is the union of all graphs
  bool explicit_named = false;
  std::vector<Id> named_graphs;  // sorted
};

// A triple pattern, or a pattern on the relation of triple terms (`id` is the term itself).
struct QuadPatternNode {
  bool on_terms = false;
  Slot subject, predicate, object;
  Slot id;         // on_terms only
  GraphRef graph;  // triples only
};

struct AggregateItem {
  const grammar::Expression* expression = nullptr;
  Variable output = 0;
};
using AggregateList = std::vector<AggregateItem>;

// An expression with the scope its names are looked up in and the graph that EXISTS in it matches.
struct ScopedExpression {
  const grammar::Expression* expression = nullptr;
  std::shared_ptr<Scope> scope;
  GraphRef graph;
  std::shared_ptr<const AggregateList>
      aggregates;  // those whose values the grouping below has left; may be null
};

struct Algebra {
  enum class Kind : std::uint8_t {
    unit,       // one empty solution
    nothing,    // no solution
    pattern,    // pattern
    path,       // subject, path, object, graph
    path_search,  // subject, search, object, graph, variables (path, length, nodes); VIA: inputs[0], via
    join,       // inputs, two or more
    left_join,  // inputs[0], inputs[1], conditions
    minus,      // inputs[0], inputs[1]
    union_,     // inputs
    filter,     // inputs[0], conditions (all must hold)
    extend,     // inputs[0], variable, expression or constant
    unfold,     // inputs[0], expression, variables (one or two)
    values,     // variables, rows
    graph,      // inputs[0] for each named graph, variable
    project,    // inputs[0], variables
    distinct,   // inputs[0]; `reduced` when duplicates may stay
    group,      // inputs[0], variables (the keys), aggregates
    order,      // inputs[0], orders
    slice,      // inputs[0], limit, offset
  };
  struct OrderItem {
    ScopedExpression expression;
    bool descending = false;
  };

  Kind kind = Kind::unit;
  std::size_t depth = 1;  // of the tree that begins here
  std::vector<std::unique_ptr<Algebra>> inputs;
  QuadPatternNode pattern;
  Slot subject, object;
  const grammar::Path* path = nullptr;
  const grammar::PathSearch* search = nullptr;
  std::vector<Variable> via;  // that are visible in the pattern of VIA: the ends of the step first
  GraphRef graph;
  std::vector<ScopedExpression> conditions;
  Variable variable = 0;
  ScopedExpression expression;
  std::optional<Id> constant;
  std::vector<Variable> variables;
  std::vector<std::vector<Id>> rows;
  AggregateList aggregates;
  std::shared_ptr<Scope> scope;  // group: of the aggregates' arguments
  std::vector<OrderItem> orders;
  std::optional<std::uint64_t> limit;
  std::uint64_t offset = 0;
  bool reduced = false;

  explicit Algebra(Kind k) : kind(k) {}
};
using AlgebraPtr = std::unique_ptr<Algebra>;

// A tree of more than kMaxPlanDepth nodes, one below the other, is a LimitError (size).
inline constexpr std::size_t kMaxPlanDepth = 1000;  // some 1 KB of stack each, 4 KB under AddressSanitizer
[[noreturn]] void too_deep();
AlgebraPtr make_algebra(Algebra::Kind kind);
AlgebraPtr make_algebra(Algebra::Kind kind, AlgebraPtr input);
AlgebraPtr make_algebra(Algebra::Kind kind, AlgebraPtr left, AlgebraPtr right);
void add_input(Algebra& node, AlgebraPtr input);

// Variables that a solution of the node may bind, and those that every solution binds.
VariableSet possible_variables(const Algebra& node);
VariableSet certain_variables(const Algebra& node);
// Every variable that the node mentions in patterns and expressions, those inside EXISTS included.
VariableSet mentioned_variables(const Algebra& node);
VariableSet expression_variables(const ScopedExpression& expression);
// The names in scope after the group (SPARQL 18.2.1), in the order of the text: what SELECT * projects, bound
// or not.
void names_in_scope(const grammar::GroupPattern& group, std::vector<std::string>& names);
void names_in_scope(const grammar::SelectQuery& query, std::vector<std::string>& names);
// Does the group mention the variable, EXISTS and nested groups included?
bool mentions(const grammar::GroupPattern& group, const std::string& name);
bool contains_exists(const grammar::Expression& expression);
bool contains_minus(const grammar::GroupPattern& group);
bool contains_minus(const grammar::Expression& expression);  // in a pattern of EXISTS
bool contains_aggregate(const grammar::Expression& expression);
// The same expression, source positions aside.
bool same_expression(const grammar::Expression& a, const grammar::Expression& b);
bool same_term(const grammar::Term& a, const grammar::Term& b);

}  // namespace dossier
