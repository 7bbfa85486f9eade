#include "engine/query/template.h"

#include <algorithm>

#include "engine/cdt/labels.h"

namespace dossier {

QuadTemplate::QuadTemplate(QueryContext& context, Translator& translator, const Scope& scope,
                           const Schema& schema, const Bindings& bindings, Id default_graph)
    : context_(context),
      translator_(translator),
      scope_(scope),
      schema_(schema),
      bindings_(bindings),
      default_graph_(default_graph) {}

QuadTemplate::Value QuadTemplate::variable(const std::string& name) {
  Value result;
  const auto found = scope_.find(name);
  if (found == scope_.end()) return result;
  if (const auto bound = bindings_.find(found->second); bound != bindings_.end()) {
    result.kind = Value::Kind::constant;
    result.id = bound->second;
  } else if (const auto it = std::find(schema_.begin(), schema_.end(), found->second); it != schema_.end()) {
    result.kind = Value::Kind::column;
    result.index = static_cast<std::size_t>(it - schema_.begin());
  }
  return result;
}

QuadTemplate::Value QuadTemplate::value(const grammar::Term& term) {
  if (const auto* var = std::get_if<grammar::Var>(&term)) return variable(var->name);
  Value result;
  if (const auto* blank = std::get_if<grammar::BlankNode>(&term)) {
    result.kind = Value::Kind::blank;
    result.index = blank_numbers_.try_emplace(blank->label, blank_numbers_.size()).first->second;
    return result;
  }
  if (const auto* triple = std::get_if<grammar::Box<grammar::TripleTerm>>(&term)) {
    result.kind = Value::Kind::triple;
    result.parts = {value((*triple)->subject), value((*triple)->predicate), value((*triple)->object)};
    return result;
  }
  if (const auto* literal = std::get_if<grammar::Literal>(&term)) {
    append_literal_bytes(result.bytes, literal->lexical, literal->datatype);
    result.labels = cdt::labels(result.bytes);
    if (!result.labels.empty()) {
      // Inside a list a label is the same blank node as in the rest of the template.
      result.kind = Value::Kind::composite;
      for (const std::string& label : result.labels)
        result.parts.push_back(value(grammar::Term(grammar::BlankNode{label, {}})));
      return result;
    }
  }
  result.kind = Value::Kind::constant;
  result.id = translator_.constant(term);
  return result;
}

void QuadTemplate::add(const std::vector<grammar::TriplePattern>& triples,
                       const std::optional<grammar::VarOrIri>& graph) {
  for (const auto& triple : triples) {
    std::array<Value, 4> quad;
    quad[0] = value(triple.subject);
    if (const auto* var = std::get_if<grammar::Var>(&triple.verb))
      quad[1] = variable(var->name);
    else if (const auto* iri = std::get_if<grammar::Iri>(&triple.verb))
      quad[1] = value(grammar::Term(*iri));
    quad[2] = value(triple.object);
    if (!graph) {
      quad[3].kind = Value::Kind::constant;
      quad[3].id = default_graph_;
    } else if (const auto* var = std::get_if<grammar::Var>(&*graph)) {
      quad[3] = variable(var->name);
    } else {
      quad[3] = value(grammar::Term(std::get<grammar::Iri>(*graph)));
    }
    quads_.push_back(std::move(quad));
  }
}

Id QuadTemplate::resolve(const Value& value, const Batch& batch, std::size_t row) {
  switch (value.kind) {
    case Value::Kind::constant:
      return value.id;
    case Value::Kind::column:
      return context_.terms().settle(batch.columns[value.index][row]);
    case Value::Kind::blank: {
      Id& id = blanks_[value.index];
      if (!id.is_bound()) id = context_.terms().fresh_blank();
      return id;
    }
    case Value::Kind::triple: {
      const Id s = resolve(value.parts[0], batch, row);
      const Id p = resolve(value.parts[1], batch, row);
      const Id o = resolve(value.parts[2], batch, row);
      if (!is_subject(s) || !is_iri(p) || !o.is_bound()) return kUnbound;
      return context_.terms().intern_triple(s, p, o);
    }
    case Value::Kind::composite: {
      std::string storage;
      const auto renamed = [&](std::string_view label) {
        const auto place = std::find(value.labels.begin(), value.labels.end(), label) - value.labels.begin();
        const Id blank = resolve(value.parts[static_cast<std::size_t>(place)], batch, row);
        return std::string(context_.terms().bytes(blank).substr(1));
      };
      return context_.terms().intern(cdt::rename_labels(storage, value.bytes, renamed));
    }
    case Value::Kind::unbound:
      return kUnbound;
  }
  return kUnbound;
}

bool QuadTemplate::is_subject(Id id) {
  if (!id.is_bound()) return false;
  const TermKind kind = context_.terms().kind(id);
  return kind == TermKind::iri || kind == TermKind::blank;
}

bool QuadTemplate::is_iri(Id id) {
  return id.is_bound() && context_.terms().kind(id) == TermKind::iri;
}

void QuadTemplate::fill(const Batch& batch, std::size_t row, const std::function<void(const Row&)>& quad) {
  blanks_.assign(blank_numbers_.size(), kUnbound);
  for (const auto& values : quads_) {
    const Row ids{resolve(values[0], batch, row), resolve(values[1], batch, row),
                  resolve(values[2], batch, row), resolve(values[3], batch, row)};
    if (!is_subject(ids[0]) || !is_iri(ids[1]) || !ids[2].is_bound()) continue;
    if (ids[3] != kDefaultGraph && !is_subject(ids[3])) continue;
    quad(ids);
  }
}

}  // namespace dossier
