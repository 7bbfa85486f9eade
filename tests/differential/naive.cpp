#include "tests/differential/naive.h"

#include <algorithm>
#include <utility>

namespace dossier::differential {
namespace {

using grammar::Box;

void add_triple(Graph& graph, const Triple& triple) {
  const bool known = std::any_of(graph.begin(), graph.end(), [&](const Triple& other) {
    return same(other.subject, triple.subject) && same(other.predicate, triple.predicate) &&
           same(other.object, triple.object);
  });
  if (!known) graph.push_back(triple);
}

bool is_blank_variable(const std::string& name) {
  return name.starts_with("_:");
}

}  // namespace

bool compatible(const Solution& a, const Solution& b) {
  return std::all_of(a.begin(), a.end(), [&](const auto& binding) {
    const auto found = b.find(binding.first);
    return found == b.end() || same(found->second, binding.second);
  });
}

Solution merge(const Solution& a, const Solution& b) {
  Solution result = a;
  result.insert(b.begin(), b.end());
  return result;
}

std::string solution_key(const Solution& solution) {
  std::string key;
  for (const auto& [name, node] : solution) key += "?" + name + " " + node->key + "\n";
  return key;
}

Evaluator::Evaluator(const std::vector<QuadNode>& quads, const Options& options)
    : quads_(quads), options_(options) {
  use_dataset({});
}

void Evaluator::use_dataset(const grammar::Dataset& dataset) {
  dataset_ = {};
  if (!dataset.default_graphs.empty() || !dataset.named_graphs.empty()) {
    const auto listed = [](const std::vector<grammar::Iri>& list, const NodePtr& graph) {
      return graph && graph->kind == TermKind::iri &&
             std::any_of(list.begin(), list.end(), [&](const auto& iri) { return iri.value == graph->text; });
    };
    for (const QuadNode& quad : quads_) {
      if (listed(dataset.default_graphs, quad.graph)) add_triple(dataset_.default_graph, quad.triple);
      if (!listed(dataset.named_graphs, quad.graph)) continue;
      auto& named = dataset_.named[quad.graph->key];
      named.first = quad.graph;
      add_triple(named.second, quad.triple);
    }
    for (const grammar::Iri& iri : dataset.named_graphs)
      if (dataset_.named.count("<" + iri.value + ">") == 0)
        throw Unspecified("FROM NAMED of a graph that is not there");
    return;
  }
  for (const QuadNode& quad : quads_) {
    if (!quad.graph || options_.union_default_graph) add_triple(dataset_.default_graph, quad.triple);
    if (!quad.graph) continue;
    auto& named = dataset_.named[quad.graph->key];
    named.first = quad.graph;
    add_triple(named.second, quad.triple);
  }
}

void Evaluator::work(std::size_t steps) {
  work_ += steps;
  if (work_ > kMostWork) throw Unspecified("too much work for nested loops");
}

// ---- groups (section 18.2.2.6)

Solutions Evaluator::group(const grammar::GroupPattern& pattern, const Graph& graph,
                           const Solution& context) {
  std::vector<const grammar::Expression*> filters;
  Solutions rows = group_without_filters(pattern, graph, context, filters);
  if (filters.empty()) return rows;
  Solutions kept;
  for (Solution& row : rows)
    if (passes(filters, row, {&graph, nullptr})) kept.push_back(std::move(row));
  return kept;
}

Solutions Evaluator::group_without_filters(const grammar::GroupPattern& pattern, const Graph& graph,
                                           const Solution& context,
                                           std::vector<const grammar::Expression*>& filters) {
  Solutions rows{context};
  // Triples that only filters part are one basic graph pattern.
  std::vector<const grammar::TriplePattern*> triples;
  const auto finish_triples = [&] {
    if (!triples.empty()) rows = join(rows, basic(triples, graph));
    triples.clear();
  };
  for (const auto& element : pattern.elements) {
    if (const auto* filter = std::get_if<grammar::Filter>(&element)) {
      filters.push_back(&filter->condition);
      continue;
    }
    if (const auto* block = std::get_if<grammar::TriplesBlock>(&element)) {
      for (const auto& triple : block->triples) triples.push_back(&triple);
      continue;
    }
    finish_triples();
    if (const auto* branches = std::get_if<grammar::UnionPattern>(&element)) {
      Solutions all;
      for (const auto& branch : branches->branches) {
        Solutions some = group(branch, graph, context);
        all.insert(all.end(), some.begin(), some.end());
      }
      rows = join(rows, all);
    } else if (const auto* optional = std::get_if<grammar::OptionalPattern>(&element)) {
      std::vector<const grammar::Expression*> conditions;
      const Solutions right = group_without_filters(*optional->pattern, graph, context, conditions);
      rows = left_join(rows, right, conditions, graph);
    } else if (const auto* right = std::get_if<grammar::MinusPattern>(&element)) {
      if (options_.quirks) {
        grammar::GroupPattern before;
        for (const auto& other : pattern.elements) {
          if (&other == &element) break;
          before.elements.push_back(other);
        }
        std::set<std::string> visible;
        visible_variables(before, visible);
        const bool partial = std::any_of(rows.begin(), rows.end(), [&](const Solution& row) {
          return std::any_of(visible.begin(), visible.end(),
                             [&](const auto& name) { return row.count(name) == 0; });
        });
        quirk(partial, "peer: MINUS from rows with unbound variables");
      }
      rows = minus(rows, group(*right->pattern, graph, context));
    } else if (const auto* named = std::get_if<grammar::GraphPattern>(&element)) {
      rows = join(rows, graph_pattern(*named, context));
    } else if (const auto* bind = std::get_if<grammar::Bind>(&element)) {
      rows = extend(std::move(rows), bind->variable.name, bind->expression, {&graph, nullptr});
    } else if (const auto* data = std::get_if<grammar::InlineData>(&element)) {
      rows = join(rows, values(*data));
    } else if (const auto* sub = std::get_if<grammar::SubSelect>(&element)) {
      rows = join(rows, sub_select(*sub->query, graph, context));
    } else {
      throw Unspecified("SERVICE");
    }
  }
  finish_triples();
  return rows;
}

Solutions Evaluator::graph_pattern(const grammar::GraphPattern& pattern, const Solution& context) {
  if (const auto* iri = std::get_if<grammar::Iri>(&pattern.graph)) {
    const auto named = dataset_.named.find("<" + iri->value + ">");
    if (named == dataset_.named.end()) return {};
    return group(*pattern.pattern, named->second.second, context);
  }
  const std::string& variable = std::get<grammar::Var>(pattern.graph).name;
  Solutions all;
  for (const auto& [key, named] : dataset_.named) {
    Solutions some = join(group(*pattern.pattern, named.second, context), {{{variable, named.first}}});
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

// ---- basic graph patterns (section 18.3); blank nodes are variables that leave when the pattern is done

Solutions Evaluator::basic(const std::vector<const grammar::TriplePattern*>& triples, const Graph& graph) {
  Solutions rows{{}};
  for (const grammar::TriplePattern* pattern : triples) {
    if (const auto* steps = std::get_if<Box<grammar::Path>>(&pattern->verb)) {
      const auto end = [&](const grammar::Term& at) -> End {
        if (const auto* var = std::get_if<grammar::Var>(&at)) return {var->name, nullptr};
        if (const auto* blank = std::get_if<grammar::BlankNode>(&at)) return {"_:" + blank->label, nullptr};
        NodePtr node = term(at, {});
        if (!node) throw Unspecified("a triple term with variables at the end of a path");
        return {"", std::move(node)};
      };
      const End x = end(pattern->subject);
      const End y = end(pattern->object);
      quirk((x.term && x.term->kind == TermKind::literal) || (y.term && y.term->kind == TermKind::literal),
            "peer: a literal at the end of a path");
      if (options_.quirks)
        for (const Solution& row : rows)
          for (const End* side : {&x, &y}) {
            const auto found = row.find(side->variable);
            quirk(found != row.end() && !is_node(found->second, graph),
                  "peer: a path from a term that is in no triple");
          }
      rows = join(rows, path(x, **steps, y, graph));
      continue;
    }
    Solutions next;
    for (const Solution& row : rows)
      for (const Triple& triple : graph) {
        work();
        Solution extended = row;
        if (!match(pattern->subject, triple.subject, extended)) continue;
        const bool verb = std::holds_alternative<grammar::Var>(pattern->verb)
                              ? match(std::get<grammar::Var>(pattern->verb), triple.predicate, extended)
                              : std::get<grammar::Iri>(pattern->verb).value == triple.predicate->text;
        if (verb && match(pattern->object, triple.object, extended)) next.push_back(std::move(extended));
      }
    rows = std::move(next);
    if (rows.size() > kMostRows) throw Unspecified("too many rows for nested loops");
  }
  for (Solution& row : rows)
    std::erase_if(row, [](const auto& binding) { return is_blank_variable(binding.first); });
  return rows;
}

bool Evaluator::match(const grammar::Term& pattern, const NodePtr& node, Solution& row) {
  const auto bind = [&](const std::string& name) {
    const auto [at, added] = row.try_emplace(name, node);
    return added || same(at->second, node);
  };
  if (const auto* var = std::get_if<grammar::Var>(&pattern)) return bind(var->name);
  if (const auto* blank = std::get_if<grammar::BlankNode>(&pattern)) return bind("_:" + blank->label);
  if (const auto* triple = std::get_if<Box<grammar::TripleTerm>>(&pattern))
    return node->kind == TermKind::triple && match((*triple)->subject, node->subject, row) &&
           match((*triple)->predicate, node->predicate, row) && match((*triple)->object, node->object, row);
  return same(term(pattern, {}), node);
}

// ---- the operators (section 18.5)

Solutions Evaluator::join(const Solutions& left, const Solutions& right) {
  Solutions result;
  for (const Solution& a : left)
    for (const Solution& b : right) {
      work();
      if (!compatible(a, b)) continue;
      result.push_back(merge(a, b));
      if (result.size() > kMostRows) throw Unspecified("too many rows for nested loops");
    }
  return result;
}

Solutions Evaluator::left_join(const Solutions& left, const Solutions& right,
                               const std::vector<const grammar::Expression*>& filters, const Graph& graph) {
  Solutions result;
  for (const Solution& a : left) {
    bool found = false;
    for (const Solution& b : right) {
      work();
      if (!compatible(a, b)) continue;
      Solution both = merge(a, b);
      if (!passes(filters, both, {&graph, nullptr})) continue;
      found = true;
      result.push_back(std::move(both));
    }
    if (!found) result.push_back(a);
    if (result.size() > kMostRows) throw Unspecified("too many rows for nested loops");
  }
  return result;
}

Solutions Evaluator::minus(const Solutions& left, const Solutions& right) {
  Solutions result;
  for (const Solution& a : left) {
    const bool removed = std::any_of(right.begin(), right.end(), [&](const Solution& b) {
      work();
      const bool disjoint =
          std::none_of(a.begin(), a.end(), [&](const auto& binding) { return b.count(binding.first) != 0; });
      return !disjoint && compatible(a, b);
    });
    if (!removed) result.push_back(a);
  }
  return result;
}

Solutions Evaluator::extend(Solutions rows, const std::string& variable,
                            const grammar::Expression& expression, const Scene& scene) {
  for (Solution& row : rows) {
    if (row.count(variable) != 0) throw Unspecified("Extend of a variable that is bound");
    if (NodePtr value = evaluate(expression, row, scene)) row[variable] = std::move(value);
  }
  return rows;
}

bool Evaluator::passes(const std::vector<const grammar::Expression*>& filters, const Solution& row,
                       const Scene& scene) {
  // All are evaluated, so that what is unspecified shows whatever the order.
  bool result = true;
  for (const grammar::Expression* filter : filters)
    result = (truth(evaluate(*filter, row, scene)) == true) && result;
  return result;
}

Solutions Evaluator::values(const grammar::InlineData& data) {
  Solutions rows;
  for (const auto& cells : data.rows) {
    Solution row;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (!cells[i]) continue;
      // Constants only, so no solution is needed.
      struct Constant {
        NodePtr operator()(const grammar::Var&) const { return nullptr; }
        NodePtr operator()(const grammar::BlankNode&) const { return nullptr; }
        NodePtr operator()(const grammar::Iri& iri) const { return iri_node(iri.value); }
        NodePtr operator()(const grammar::Literal& literal) const { return node_of(literal); }
        NodePtr operator()(const Box<grammar::TripleTerm>& triple) const {
          return triple_node(std::visit(*this, triple->subject), std::visit(*this, triple->predicate),
                             std::visit(*this, triple->object));
        }
      };
      row[data.variables[i].name] = std::visit(Constant{}, *cells[i]);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace dossier::differential
