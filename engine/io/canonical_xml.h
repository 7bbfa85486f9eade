// Exclusive canonical XML, with comments, written from events.
//
// Purpose: the lexical form of rdf:XMLLiteral. Invariants: a namespace is declared where an element or
// attribute uses it and no element around it, within the literal, has declared it so. Thread-safety: none.
// Source: Exclusive XML Canonicalization 1.0 with an empty list of inclusive prefixes.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/io/xml_parser.h"

namespace dossier::io {

class CanonicalXml {
 public:
  void clear();
  void drop_text() { text_.clear(); }  // what follows is still matched
  void start(const XmlName& name, std::span<const XmlAttribute> attributes);
  void end(const XmlName& name);
  void characters(std::string_view text);
  void comment(std::string_view text);
  void instruction(std::string_view target, std::string_view data);
  bool at_top() const { return marks_.empty(); }  // no element is open
  std::string_view text() const { return text_; }

 private:
  void declare(std::string_view prefix, std::string_view iri);

  std::string text_;
  std::vector<std::pair<std::string, std::string>> declared_;  // prefix -> IRI, inner ones last
  std::vector<std::size_t> marks_;                             // of declared_, where each open element began
};

}  // namespace dossier::io
