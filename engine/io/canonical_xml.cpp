#include "engine/io/canonical_xml.h"

#include <algorithm>

#include "engine/io/rdfxml_syntax.h"
#include "engine/io/xml_text.h"

namespace dossier::io {
namespace {

void append_name(std::string& out, const XmlName& name) {
  if (!name.prefix.empty()) out.append(name.prefix).push_back(':');
  out.append(name.local);
}

}  // namespace

void CanonicalXml::clear() {
  text_.clear();
  declared_.clear();
  marks_.clear();
}

void CanonicalXml::declare(std::string_view prefix, std::string_view iri) {
  if (iri == kXmlNamespace) return;
  const auto found = std::find_if(declared_.rbegin(), declared_.rend(),
                                  [prefix](const auto& entry) { return entry.first == prefix; });
  if (found == declared_.rend() ? iri.empty() : found->second == iri) return;
  declared_.emplace_back(prefix, iri);
}

void CanonicalXml::start(const XmlName& name, std::span<const XmlAttribute> attributes) {
  const std::size_t mark = declared_.size();
  marks_.push_back(mark);
  declare(name.prefix, name.space);
  std::vector<const XmlAttribute*> sorted;
  for (const XmlAttribute& attribute : attributes) {
    sorted.push_back(&attribute);
    if (!attribute.name.prefix.empty()) declare(attribute.name.prefix, attribute.name.space);
  }
  std::sort(declared_.begin() + static_cast<std::ptrdiff_t>(mark), declared_.end());
  std::sort(sorted.begin(), sorted.end(), [](const XmlAttribute* a, const XmlAttribute* b) {
    return std::pair(a->name.space, a->name.local) < std::pair(b->name.space, b->name.local);
  });
  text_.push_back('<');
  append_name(text_, name);
  for (std::size_t i = mark; i < declared_.size(); ++i) {
    const auto& [prefix, iri] = declared_[i];
    text_.append(" xmlns");
    if (!prefix.empty()) text_.append(":").append(prefix);
    text_.append("=\"");
    append_xml_attribute(text_, iri);
    text_.push_back('"');
  }
  for (const XmlAttribute* attribute : sorted) {
    text_.push_back(' ');
    append_name(text_, attribute->name);
    text_.append("=\"");
    append_xml_attribute(text_, attribute->value);
    text_.push_back('"');
  }
  text_.push_back('>');
}

void CanonicalXml::end(const XmlName& name) {
  text_.append("</");
  append_name(text_, name);
  text_.push_back('>');
  declared_.resize(marks_.back());
  marks_.pop_back();
}

void CanonicalXml::characters(std::string_view text) {
  append_xml_content(text_, text);
}

void CanonicalXml::comment(std::string_view text) {
  text_.append("<!--").append(text).append("-->");
}

void CanonicalXml::instruction(std::string_view target, std::string_view data) {
  text_.append("<?").append(target);
  if (!data.empty()) text_.append(" ").append(data);
  text_.append("?>");
}

}  // namespace dossier::io
