// Property paths as SPARQL 1.2 section 18.4 defines them.
#include <algorithm>
#include <utility>

#include "tests/differential/naive.h"

namespace dossier::differential {
namespace {

// Binds the two ends; false when they are one variable with two values.
bool bind_end(const std::string& variable, const NodePtr& wanted, const NodePtr& node, Solution& row) {
  if (variable.empty()) return same(wanted, node);
  const auto [at, added] = row.try_emplace(variable, node);
  return added || same(at->second, node);
}

// {n,m} but for those that ?, * and + write.
bool counted(const grammar::Path& path) {
  return path.min > 1 || (path.max != grammar::Path::kUnbounded && (path.min != 0 || path.max != 1));
}

}  // namespace

std::vector<NodePtr> Evaluator::nodes(const Graph& graph) {
  std::map<std::string, NodePtr> found;
  for (const Triple& triple : graph) {
    found[triple.subject->key] = triple.subject;
    found[triple.object->key] = triple.object;
  }
  std::vector<NodePtr> result;
  for (auto& [key, node] : found) result.push_back(node);
  return result;
}

bool Evaluator::is_node(const NodePtr& node, const Graph& graph) {
  const auto all = nodes(graph);
  return !node ||
         std::any_of(all.begin(), all.end(), [&](const NodePtr& other) { return same(node, other); });
}

Solutions Evaluator::path(const End& x, const grammar::Path& path_ast, const End& y, const Graph& graph) {
  using Kind = grammar::Path::Kind;
  switch (path_ast.kind) {
    case Kind::link: {
      Solutions rows;
      for (const Triple& triple : graph) {
        work();
        Solution row;
        if (triple.predicate->text == path_ast.iri.value &&
            bind_end(x.variable, x.term, triple.subject, row) &&
            bind_end(y.variable, y.term, triple.object, row))
          rows.push_back(std::move(row));
      }
      return rows;
    }
    case Kind::inverse:
      return path(y, path_ast.parts[0], x, graph);
    case Kind::sequence: {
      quirk(!is_node(x.term, graph) || !is_node(y.term, graph),
            "peer: a path from a term that is in no triple");
      Solutions rows{{}};
      End from = x;
      std::vector<std::string> between;
      for (std::size_t i = 0; i < path_ast.parts.size(); ++i) {
        End to = y;
        if (i + 1 < path_ast.parts.size()) {
          to = {"step " + std::to_string(fresh_++), nullptr};
          between.push_back(to.variable);
        }
        rows = join(rows, path(from, path_ast.parts[i], to, graph));
        from = std::move(to);
      }
      for (Solution& row : rows)
        for (const std::string& variable : between) row.erase(variable);
      return rows;
    }
    case Kind::alternative: {
      Solutions rows;
      for (const auto& part : path_ast.parts) {
        Solutions some = path(x, part, y, graph);
        rows.insert(rows.end(), some.begin(), some.end());
      }
      return rows;
    }
    case Kind::negated: {
      const bool inverse = std::any_of(path_ast.excluded.begin(), path_ast.excluded.end(),
                                       [](const auto& step) { return step.inverse; });
      const bool forward = !inverse || std::any_of(path_ast.excluded.begin(), path_ast.excluded.end(),
                                                   [](const auto& step) { return !step.inverse; });
      Solutions rows;
      if (forward) rows = negated(x, path_ast.excluded, false, y, graph);
      if (inverse) {
        Solutions some = negated(y, path_ast.excluded, true, x, graph);
        rows.insert(rows.end(), some.begin(), some.end());
      }
      return rows;
    }
    case Kind::repeat: {
      quirk(counted(path_ast), "peer: a counted path");
      return repeated(x, path_ast, y, graph);
    }
  }
  return {};
}

Solutions Evaluator::negated(const End& x, const std::vector<grammar::NegatedStep>& excluded, bool inverse,
                             const End& y, const Graph& graph) {
  Solutions rows;
  for (const Triple& triple : graph) {
    work();
    const bool out = std::any_of(excluded.begin(), excluded.end(), [&](const auto& step) {
      return step.inverse == inverse && step.iri.value == triple.predicate->text;
    });
    Solution row;
    if (!out && bind_end(x.variable, x.term, triple.subject, row) &&
        bind_end(y.variable, y.term, triple.object, row))
      rows.push_back(std::move(row));
  }
  return rows;
}

// The terms that one match of the step leads to.
std::vector<NodePtr> Evaluator::reachable(const NodePtr& from, const grammar::Path& step, bool backwards,
                                          const Graph& graph) {
  const std::string variable = "reached " + std::to_string(fresh_++);
  const End start{"", from};
  const End end{variable, nullptr};
  const Solutions rows = backwards ? path(end, step, start, graph) : path(start, step, end, graph);
  std::map<std::string, NodePtr> distinct;
  for (const Solution& row : rows) distinct[row.at(variable)->key] = row.at(variable);
  std::vector<NodePtr> result;
  for (auto& [key, node] : distinct) result.push_back(node);
  return result;
}

// ALP_recurse
void Evaluator::closure(const NodePtr& from, const grammar::Path& step, bool backwards, const Graph& graph,
                        std::map<std::string, NodePtr>& seen) {
  work();
  if (!seen.emplace(from->key, from).second) return;
  for (const NodePtr& node : reachable(from, step, backwards, graph))
    closure(node, step, backwards, graph, seen);
}

// Every node that the step leads to in as many matches as may be.
Solutions Evaluator::repeated(const End& x, const grammar::Path& path_ast, const End& y, const Graph& graph) {
  const grammar::Path& step = path_ast.parts[0];
  const auto reached = [&](const NodePtr& from, bool backwards) {
    std::map<std::string, NodePtr> seen;
    std::map<std::string, NodePtr> level{{from->key, from}};
    for (std::uint32_t matches = 0; !level.empty(); ++matches) {
      if (matches == path_ast.min && path_ast.max == grammar::Path::kUnbounded) {
        for (const auto& [key, node] : level) closure(node, step, backwards, graph, seen);
        break;
      }
      if (matches >= path_ast.min) seen.insert(level.begin(), level.end());
      if (matches == path_ast.max) break;
      std::map<std::string, NodePtr> next;
      for (const auto& [key, node] : level)
        for (const NodePtr& end : reachable(node, step, backwards, graph)) next[end->key] = end;
      level = std::move(next);
    }
    return seen;
  };
  Solutions rows;
  if (!x.variable.empty() && !y.variable.empty()) {
    for (const NodePtr& from : nodes(graph))
      for (const auto& [key, to] : reached(from, false)) {
        Solution row{{x.variable, from}};
        if (bind_end(y.variable, nullptr, to, row)) rows.push_back(std::move(row));
      }
    return rows;
  }
  const bool backwards = x.term == nullptr;
  const End& other = backwards ? x : y;
  for (const auto& [key, to] : reached(backwards ? y.term : x.term, backwards)) {
    Solution row;
    if (bind_end(other.variable, other.term, to, row)) rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace dossier::differential
