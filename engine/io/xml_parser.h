// XML 1.0 with namespaces, as a stream of events: libexpat behind a small interface.
//
// Purpose: what the readers of XML formats share: decoding (UTF-8, UTF-16, ISO-8859-1, US-ASCII),
// well-formedness, names with their namespaces, positions and limits. Invariants: memory is bounded by the
// longest tag, comment or the like (`max_token_bytes`; text comes in pieces) and the nesting (kMaxElements);
// what entities expand to is at most a hundred times the document, so that no small file blows up; nothing
// outside the document is ever read, and a reference to an entity that is declared outside is an error, never
// a gap. Errors: XmlFault with line and column, after which the parser is of no use: XML cannot be resumed. A
// handler may throw; the exception leaves `parse`. Thread-safety: none; parsers are independent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engine/io/rdf_reader.h"

namespace dossier::io {

struct XmlName {
  std::string_view space;  // the IRI of the namespace; empty: none
  std::string_view local;
  std::string_view prefix;
};

struct XmlAttribute {
  XmlName name;
  std::string_view value;
};

// Views hold during the call.
class XmlHandler {
 public:
  virtual ~XmlHandler() = default;
  virtual void start_element(const XmlName& name, std::span<const XmlAttribute> attributes) = 0;
  virtual void end_element(const XmlName& name) = 0;
  virtual void text(std::string_view piece) = 0;
  virtual void comment(std::string_view) {}
  virtual void instruction(std::string_view /*target*/, std::string_view /*data*/) {}
  // A declaration on the element that starts next. An empty prefix: the default namespace.
  virtual void declare_prefix(std::string_view /*prefix*/, std::string_view /*iri*/) {}
};

struct XmlFault {
  std::uint64_t line;
  std::uint64_t column;
  std::string message;
};

class XmlParser {
 public:
  static constexpr std::size_t kMaxElements = 1024;  // one within the other

  XmlParser(ByteSource& source, XmlHandler& handler, std::size_t max_token_bytes = std::size_t{64} << 20);
  ~XmlParser();
  XmlParser(const XmlParser&) = delete;
  XmlParser& operator=(const XmlParser&) = delete;

  void parse();
  // Of the event that is being handled; from 1, columns in characters.
  std::uint64_t line() const;
  std::uint64_t column() const;

  struct State;

 private:
  std::unique_ptr<State> state_;
};

// Can the parser read an element of this name (without a colon)?
bool is_xml_name(std::string_view name);
// The first character that XML 1.0 cannot hold, as "U+0001"; empty when there is none. `text` is UTF-8.
std::string xml_text_problem(std::string_view text);

}  // namespace dossier::io
