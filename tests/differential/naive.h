// A naive evaluator of SPARQL: nested loops straight from the specification, the judge of the differential
// test.
//
// Purpose: an answer that can be believed because it is slow and plain. It takes the grammar's tree and
// nothing of the engine: its own reading of the translation to the algebra (SPARQL 1.2 section 18.2.2, each
// group starting from the context solution, so that EXISTS is as section 18.6 says), its own property paths
// (section 18.5: ALP), its own expressions (section 17) on values of its own (value.h). Terms of the tree are
// trusted: what the grammar does with the sugar of triples is tested elsewhere. Invariants: where the
// specification leaves an answer open (SAMPLE of different values, a slice among ties, ...) Unspecified is
// thrown. Work is bounded: beyond kMostWork steps it throws Unspecified too. Thread-safety: an Evaluator
// belongs to one thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "grammar/ast.h"
#include "tests/differential/value.h"

namespace dossier::differential {

struct Triple {
  NodePtr subject, predicate, object;
};
using Graph = std::vector<Triple>;  // no triple twice
using Solution = std::map<std::string, NodePtr>;
using Solutions = std::vector<Solution>;

struct QuadNode {
  Triple triple;
  NodePtr graph;  // null: the default graph
};

struct Answer {
  enum class Kind { solutions, boolean, triples, description, failed };
  Kind kind = Kind::solutions;
  std::vector<std::string> variables;
  Solutions rows;  // of SELECT: in order, before the slice
  bool boolean = false;
  Graph triples;                   // CONSTRUCT
  std::vector<NodePtr> described;  // DESCRIBE
  std::string failure;             // of a peer: its message
  // How the rows may be cut and ordered.
  bool reduced = false;
  std::vector<std::vector<NodePtr>> order_keys;  // beside rows
  std::vector<bool> descending;
  std::optional<std::uint64_t> limit;
  std::uint64_t offset = 0;
};

class Evaluator {
 public:
  struct Options {
    bool union_default_graph = false;
    bool quirks =
        false;  // throw Unspecified where the peer is known to depart from the specification: README.md
  };
  Evaluator(const std::vector<QuadNode>& quads, const Options& options);

  Answer answer(const grammar::Query& query);

 private:
  static constexpr std::uint64_t kMostWork = 400'000;
  static constexpr std::size_t kMostRows = 3'000;

  struct Dataset {
    Graph default_graph;
    std::map<std::string, std::pair<NodePtr, Graph>> named;  // by the key of the name
  };
  // What an expression sees besides its solution.
  struct Scene {
    const Graph* graph = nullptr;
    const Solutions* group = nullptr;  // of aggregates; null: there is no group
  };

  void use_dataset(const grammar::Dataset& dataset);
  // `reason` says where the peer departs.
  void quirk(bool met, const char* reason) const {
    if (met && options_.quirks) throw Unspecified(reason);
  }
  void work(std::size_t steps = 1);

  // naive.cpp: groups
  Solutions group(const grammar::GroupPattern& pattern, const Graph& graph, const Solution& context);
  Solutions group_without_filters(const grammar::GroupPattern& pattern, const Graph& graph,
                                  const Solution& context, std::vector<const grammar::Expression*>& filters);
  Solutions graph_pattern(const grammar::GraphPattern& pattern, const Solution& context);
  Solutions basic(const std::vector<const grammar::TriplePattern*>& triples, const Graph& graph);
  Solutions join(const Solutions& left, const Solutions& right);
  Solutions left_join(const Solutions& left, const Solutions& right,
                      const std::vector<const grammar::Expression*>& filters, const Graph& graph);
  Solutions minus(const Solutions& left, const Solutions& right);
  Solutions extend(Solutions rows, const std::string& variable, const grammar::Expression& expression,
                   const Scene& scene);
  bool passes(const std::vector<const grammar::Expression*>& filters, const Solution& row,
              const Scene& scene);
  static Solutions values(const grammar::InlineData& data);
  bool match(const grammar::Term& pattern, const NodePtr& node, Solution& row);

  // naive_path.cpp
  struct End {
    std::string variable;  // empty: the term
    NodePtr term;
  };
  Solutions path(const End& x, const grammar::Path& path, const End& y, const Graph& graph);
  Solutions negated(const End& x, const std::vector<grammar::NegatedStep>& excluded, bool inverse,
                    const End& y, const Graph& graph);
  Solutions repeated(const End& x, const grammar::Path& path, const End& y, const Graph& graph);
  std::vector<NodePtr> reachable(const NodePtr& from, const grammar::Path& step, bool backwards,
                                 const Graph& graph);
  void closure(const NodePtr& from, const grammar::Path& step, bool backwards, const Graph& graph,
               std::map<std::string, NodePtr>& seen);
  static std::vector<NodePtr> nodes(const Graph& graph);
  static bool is_node(const NodePtr& node, const Graph& graph);  // null is none that is missing

  // naive_select.cpp: modifiers
  struct Selected {
    std::vector<std::string> variables;
    Solutions rows;  // whole solutions, ordered, before projection
    std::vector<std::vector<NodePtr>> order_keys;
  };
  Solutions sub_select(const grammar::SelectQuery& query, const Graph& graph, const Solution& context);
  Answer select(const grammar::SelectQuery& query, const Graph& graph, const Solution& context);
  Solutions grouped(Solutions rows, const grammar::SolutionModifier& modifier, const Graph& graph,
                    std::vector<Solutions>& groups);
  NodePtr aggregate(const grammar::Expression& expression, const Scene& scene);
  void construct(const grammar::ConstructQuery& query, Answer& answer);
  void describe(const grammar::DescribeQuery& query, Answer& answer);
  Solutions pattern_solutions(const grammar::GroupPattern& where, const grammar::SolutionModifier& modifier,
                              const std::optional<grammar::InlineData>& data);

  // naive_expression.cpp
  Verdict truth(const NodePtr& term) const;  // the effective boolean value
  NodePtr evaluate(const grammar::Expression& expression, const Solution& row, const Scene& scene);
  NodePtr call(const grammar::Expression& expression, const Solution& row, const Scene& scene);
  NodePtr term(const grammar::Term& term, const Solution& row);

  std::vector<QuadNode> quads_;
  Options options_;
  Dataset dataset_;
  std::uint64_t work_ = 0;
  std::uint64_t fresh_ = 0;
};

// Compatible (SPARQL 1.2 section 18.3): the same term wherever both are bound.
bool compatible(const Solution& a, const Solution& b);
Solution merge(const Solution& a, const Solution& b);
// A text that is equal exactly for equal solutions.
std::string solution_key(const Solution& solution);

// Variables in scope (section 18.2.1), for SELECT *.
void visible_variables(const grammar::GroupPattern& pattern, std::set<std::string>& out);
bool has_aggregate(const grammar::Expression& expression);

// Does the order of ORDER BY put `a` strictly before `b`?
bool strictly_before(const std::vector<NodePtr>& a, const std::vector<NodePtr>& b,
                     const std::vector<bool>& descending);

}  // namespace dossier::differential
