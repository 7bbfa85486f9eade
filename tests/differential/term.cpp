#include "tests/differential/term.h"

#include <utility>

namespace dossier::differential {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

std::string escaped(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (c == '\n') {
      result += "\\n";
      continue;
    }
    result += c;
  }
  return result + "\"";
}

NodePtr finish(Node node) {
  switch (node.kind) {
    case TermKind::iri:
      node.key = "<" + node.text + ">";
      break;
    case TermKind::blank:
      node.key = "_:" + node.text;
      break;
    case TermKind::literal:
      node.key = escaped(node.text);
      if (!node.language.empty()) {
        node.key += "@" + node.language;
        if (node.direction == Direction::ltr) node.key += "--ltr";
        if (node.direction == Direction::rtl) node.key += "--rtl";
      } else if (node.datatype != std::string(kXsdNamespace) + "string") {
        node.key += "^^<" + node.datatype + ">";
      }
      break;
    case TermKind::triple:
      node.key = "<<( " + node.subject->key + " " + node.predicate->key + " " + node.object->key + " )>>";
      break;
  }
  return std::make_shared<const Node>(std::move(node));
}

}  // namespace

NodePtr iri_node(std::string_view iri) {
  Node node;
  node.text = iri;
  return finish(std::move(node));
}

NodePtr blank_node(std::string_view label) {
  Node node;
  node.kind = TermKind::blank;
  node.text = label;
  return finish(std::move(node));
}

NodePtr literal_node(std::string_view lexical, std::string_view datatype) {
  Node node;
  node.kind = TermKind::literal;
  node.text = lexical;
  node.datatype = datatype;
  return finish(std::move(node));
}

NodePtr xsd_node(std::string_view lexical, std::string_view local_type) {
  return literal_node(lexical, std::string(kXsdNamespace) + std::string(local_type));
}

NodePtr string_node(std::string_view lexical) {
  return xsd_node(lexical, "string");
}

NodePtr tagged_node(std::string_view lexical, std::string_view language, Direction direction) {
  Node node;
  node.kind = TermKind::literal;
  node.text = lexical;
  node.language = lower(language);
  node.direction = direction;
  node.datatype =
      std::string(kRdfNamespace) + (direction == Direction::none ? "langString" : "dirLangString");
  return finish(std::move(node));
}

NodePtr triple_node(NodePtr subject, NodePtr predicate, NodePtr object) {
  Node node;
  node.kind = TermKind::triple;
  node.subject = std::move(subject);
  node.predicate = std::move(predicate);
  node.object = std::move(object);
  return finish(std::move(node));
}

NodePtr boolean_node(bool value) {
  return xsd_node(value ? "true" : "false", "boolean");
}

NodePtr node_of(const Term& term) {
  switch (term.kind()) {
    case TermKind::iri:
      return iri_node(term.value());
    case TermKind::blank:
      return blank_node(term.value());
    case TermKind::literal:
      if (!term.language().empty()) return tagged_node(term.value(), term.language(), term.direction());
      return literal_node(term.value(), term.datatype());
    case TermKind::triple:
      return triple_node(node_of(term.subject()), node_of(term.predicate()), node_of(term.object()));
  }
  return nullptr;
}

NodePtr node_of(const grammar::Literal& literal) {
  if (literal.language.empty()) return literal_node(literal.lexical, literal.datatype);
  return tagged_node(literal.lexical, literal.language, static_cast<Direction>(literal.direction));
}

bool is_string(const NodePtr& node) {
  return node && node->kind == TermKind::literal && node->language.empty() &&
         node->datatype == std::string(kXsdNamespace) + "string";
}

bool is_tagged(const NodePtr& node) {
  return node && node->kind == TermKind::literal && !node->language.empty();
}

}  // namespace dossier::differential
