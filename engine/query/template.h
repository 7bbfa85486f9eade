// Templates of CONSTRUCT, INSERT and DELETE: triples with variables, filled from solutions.
//
// Purpose: resolves a template against the columns of a plan once, then gives the quads of each row. Triples
// that would be no RDF (an unbound value, a literal or triple term as subject, a predicate that is no IRI)
// are left out, as the specification says. Invariants: blank nodes of a template are new for each solution.
// Thread-safety: one query's thread.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/query/operator.h"
#include "engine/query/translate.h"

namespace dossier {

class QuadTemplate {
 public:
  // `graph` of a block without GRAPH.
  QuadTemplate(QueryContext& context, Translator& translator, const Scope& scope, const Schema& schema,
               const Bindings& bindings, Id default_graph);
  void add(const std::vector<grammar::TriplePattern>& triples,
           const std::optional<grammar::VarOrIri>& graph = {});
  // Calls `quad(row)` with (s, p, o, g) for each quad of solution `row`.
  void fill(const Batch& batch, std::size_t row, const std::function<void(const Row&)>& quad);
  bool empty() const { return quads_.empty(); }

 private:
  struct Value {
    enum class Kind : std::uint8_t { constant, column, blank, triple, composite, unbound };
    Kind kind = Kind::unbound;
    Id id;
    std::size_t index = 0;  // of the column, or of the blank node
    std::vector<Value>
        parts;          // of a triple term; of a list or map: its blank nodes, in the order of `labels`
    std::string bytes;  // of a list or map with labels in it
    std::vector<std::string> labels;
  };
  Value value(const grammar::Term& term);
  Value variable(const std::string& name);
  Id resolve(const Value& value, const Batch& batch, std::size_t row);
  bool is_subject(Id id);
  bool is_iri(Id id);

  QueryContext& context_;
  Translator& translator_;
  const Scope& scope_;
  const Schema& schema_;
  const Bindings& bindings_;
  Id default_graph_;
  std::vector<std::array<Value, 4>> quads_;
  std::map<std::string, std::size_t> blank_numbers_;
  std::vector<Id> blanks_;  // of the present solution
};

}  // namespace dossier
