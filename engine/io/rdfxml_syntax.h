// Names with a meaning of their own in RDF/XML: shared by its reader and its writer.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace dossier::io {

inline constexpr std::string_view kXmlNamespace = "http://www.w3.org/XML/1998/namespace";
inline constexpr std::string_view kItsNamespace = "http://www.w3.org/2005/11/its";

// Names of the RDF namespace that stand for syntax: no element but rdf:RDF and rdf:Description has one, and
// no property.
inline constexpr std::array<std::string_view, 14> kRdfSyntaxNames{
    "RDF",         "ID",        "about",           "parseType", "resource",   "nodeID",           "datatype",
    "Description", "aboutEach", "aboutEachPrefix", "bagID",     "annotation", "annotationNodeID", "version"};

inline bool is_rdf_syntax_name(std::string_view local) {
  return std::find(kRdfSyntaxNames.begin(), kRdfSyntaxNames.end(), local) != kRdfSyntaxNames.end();
}

// Such names and prefixes belong to XML itself.
inline bool begins_with_xml(std::string_view name) {
  return name.size() >= 3 && (name[0] | 0x20) == 'x' && (name[1] | 0x20) == 'm' && (name[2] | 0x20) == 'l';
}

}  // namespace dossier::io
