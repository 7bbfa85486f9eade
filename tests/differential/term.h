// Terms of the naive evaluator.
//
// Purpose: RDF terms as immutable nodes with one text form, so that "the same term" is equality of texts.
// Language tags are kept in lower case. Nothing of the engine but the public Term is used, and that only on
// the way in. Thread-safety: immutable values.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/dossier.h"
#include "grammar/ast.h"

namespace dossier::differential {

struct Node;
// Null: unbound, or the error of an expression.
using NodePtr = std::shared_ptr<const Node>;

struct Node {
  TermKind kind = TermKind::iri;
  std::string text;  // IRI, label, lexical form
  std::string datatype;
  std::string language;
  Direction direction = Direction::none;
  NodePtr subject, predicate, object;
  std::string key;  // equal exactly for the same terms
};

inline constexpr std::string_view kXsdNamespace = "http://www.w3.org/2001/XMLSchema#";
inline constexpr std::string_view kRdfNamespace = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";

NodePtr iri_node(std::string_view iri);
NodePtr blank_node(std::string_view label);
NodePtr literal_node(std::string_view lexical, std::string_view datatype);
NodePtr xsd_node(std::string_view lexical, std::string_view local_type);  // "integer", ...
NodePtr string_node(std::string_view lexical);
NodePtr tagged_node(std::string_view lexical, std::string_view language,
                    Direction direction = Direction::none);
NodePtr triple_node(NodePtr subject, NodePtr predicate, NodePtr object);
NodePtr boolean_node(bool value);

NodePtr node_of(const Term& term);
NodePtr node_of(const grammar::Literal& literal);

inline bool same(const NodePtr& a, const NodePtr& b) {
  return a == b || (a && b && a->key == b->key);
}
bool is_string(const NodePtr& node);  // xsd:string
bool is_tagged(const NodePtr& node);

}  // namespace dossier::differential
