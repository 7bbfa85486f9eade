// AST to algebra, by SPARQL 18.2.
//
// Purpose: settles scope, the active graph, the order of filters and BIND, the joins of aggregates. Links,
// sequences, alternatives and inverses of paths become joins and unions; what needs a search stays a path
// node, and so does a sequence from a constant when nobody asks how many ways lead to a node. Invariants: the
// tree of the query outlives the algebra. Thread-safety: one Translator, one query.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/query/algebra.h"
#include "engine/query/context.h"

namespace dossier {

struct Translated {
  AlgebraPtr root;
  std::vector<Variable> variables;  // projected, in order
  std::vector<std::string> names;
};

class Translator {
 public:
  Translator(QueryContext& context, VariableTable& table) : context_(context), table_(table) {}

  Translated select(const grammar::SelectQuery& query, const std::shared_ptr<Scope>& scope, GraphRef graph);
  // WHERE and modifiers of CONSTRUCT, DESCRIBE and ASK, nothing projected away.
  AlgebraPtr pattern(const grammar::GroupPattern& where, const grammar::SolutionModifier& modifier,
                     const std::optional<grammar::InlineData>& values, const std::shared_ptr<Scope>& scope);
  AlgebraPtr group(const grammar::GroupPattern& group, const std::shared_ptr<Scope>& scope, GraphRef graph);
  // The pattern of EXISTS in an expression of this scope.
  AlgebraPtr exists(const grammar::GroupPattern& group, const std::shared_ptr<Scope>& scope, GraphRef graph);
  // A variable that a sub-SELECT in EXISTS hides, and the one of the same name in the solution EXISTS is
  // asked for.
  using Aliases = std::map<Variable, Variable>;
  const Aliases& aliases() const { return aliases_; }

  Variable variable(const std::string& name, Scope& scope);
  // A variable that has its value from outside of the query.
  Variable parameter(const std::string& name, Scope& scope) {
    return parameters_[name] = variable(name, scope);
  }
  // The id of a constant term; triple terms without variables too.
  Id constant(const grammar::Term& term);
  Id iri(const std::string& iri);

 private:
  struct Parts {
    AlgebraPtr node;
    std::vector<ScopedExpression> filters;
  };
  Parts group_parts(const grammar::GroupPattern& group, const std::shared_ptr<Scope>& scope, GraphRef graph);
  Slot slot(const grammar::Term& term, Scope& scope, Algebra& joined);
  void triple(const grammar::TriplePattern& pattern, Scope& scope, GraphRef graph, Algebra& joined);
  AlgebraPtr path(const Slot& subject, const grammar::Path& path, const Slot& object, GraphRef graph);
  void via(const grammar::PathSearch::Via& step, Algebra& node);
  AlgebraPtr negated(const Slot& subject, const grammar::Path& path, const Slot& object, GraphRef graph);
  AlgebraPtr inline_data(const grammar::InlineData& data, Scope& scope);
  AlgebraPtr graph_pattern(const grammar::GraphPattern& pattern, const std::shared_ptr<Scope>& scope);
  AlgebraPtr modifiers(AlgebraPtr node, const grammar::SolutionModifier& modifier,
                       const std::vector<grammar::Projection>* projections,
                       const std::shared_ptr<Scope>& scope, GraphRef graph);
  AlgebraPtr slice(AlgebraPtr node, const grammar::SolutionModifier& modifier);
  Variable fresh(const char* what);

  QueryContext& context_;
  VariableTable& table_;
  unsigned fresh_ = 0;
  bool repeats_matter_ = true;  // how often a solution of the group comes
  Scope parameters_;
  std::shared_ptr<const Scope> asked_for_;  // the scope of the EXISTS that is being translated
  Aliases aliases_;
};

}  // namespace dossier
