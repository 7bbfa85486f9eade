// RDF/XML, RDF 1.1 and the additions of RDF 1.2: triple terms (rdf:parseType="Triple"), annotations
// (rdf:annotation, rdf:annotationNodeID) and base direction (its:dir), the first and the last where
// rdf:version is 1.2 or later.
//
// Purpose: documents of any length in bounded memory: a triple is handed on as soon as its object is known;
// what is kept is one frame an open element (at most XmlParser::kMaxElements) and the text of the innermost
// property. Invariants: a batch may be handed on between two events; the terms of the open frames then move
// to the next one. rdf:parseType="Literal" gives exclusive canonical XML with comments. An rdf:ID stands once
// a document; that is checked for the first kMostIds of them. With skip_bad an element that has an error in
// its names or attributes (a bad IRI, for one) is left out with all it holds, one with an error in its
// contents stays with what was read before; but text that is no well-formed XML cannot be resumed and is an
// error all the same. Thread-safety: none; readers are independent. Sources: RDF 1.1 XML Syntax, RDF 1.2 XML
// Syntax, Exclusive XML Canonicalization 1.0.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "engine/io/canonical_xml.h"
#include "engine/io/lexer.h"
#include "engine/io/rdf_reader.h"
#include "engine/io/xml_parser.h"

namespace dossier::io {

class RdfXmlReader final : private XmlHandler {
 public:
  static constexpr std::size_t kMostIds = std::size_t{1} << 20;

  RdfXmlReader(ByteSource& source, const ReadOptions& options, const BatchSink& sink);
  ReadReport read();

 private:
  using Index = QuadBatch::Index;
  static constexpr Index kNone = QuadBatch::kNone;

  enum class Kind : std::uint8_t {
    document,    // outside of the outermost element
    nodes,       // rdf:RDF: holds node elements
    node,        // holds property elements; so does a property of parseType Resource
    property,    // holds text or one node element
    empty,       // a property whose object is said by its attributes
    collection,  // of parseType Collection: holds node elements
    literal,     // of parseType Literal: holds XML
    triple,      // of parseType Triple: holds one node element with one triple
  };

  // The terms of a frame, all of which move to the next batch.
  enum Slot : std::uint8_t {
    kSubject,    // of a node: the node; of a property: the node it belongs to
    kPredicate,  // of a property
    kObject,
    kTail,          // of a collection: the last node of the list
    kReifier,       // of a property: rdf:annotation
    kStatement,     // of a property: rdf:ID
    kInnerSubject,  // of a triple: what it holds
    kInnerPredicate,
    kInnerObject,
    kSlots,
  };

  struct Frame {
    Kind kind = Kind::document;
    std::array<Index, kSlots> terms{};
    std::size_t base_at = 0;      // the frame whose `base` holds here
    std::size_t language_at = 0;  // the frame whose `language` holds here
    std::string base;
    std::string language;
    std::string datatype;
    Direction direction = Direction::none;
    bool version_12 = false;
    bool has_object = false;          // of a property, a triple: its element was seen
    bool failed = false;              // something in it was left out
    std::uint64_t members = 0;        // rdf:li so far
    std::uint64_t triples = 0;        // of a triple: held so far
    std::size_t outer_triple_at = 0;  // of a triple: the triple around it; 0: none
  };

  // What the attributes of an element say, those of the XML and RDF syntax told apart from properties.
  struct Attributes {
    std::optional<std::string_view> id, about, node_id, resource, datatype, parse_type, annotation,
        annotation_node_id;
    std::vector<XmlAttribute> properties;
  };

  void start_element(const XmlName& name, std::span<const XmlAttribute> attributes) override;
  void end_element(const XmlName& name) override;
  void text(std::string_view piece) override;
  void comment(std::string_view text) override;
  void instruction(std::string_view target, std::string_view data) override;
  void declare_prefix(std::string_view prefix, std::string_view iri) override;

  void open(const XmlName& name, std::span<const XmlAttribute> attributes);
  void open_child_of(Kind parent, const XmlName& name);
  void open_node(const XmlName& name);
  void open_property(const XmlName& name);
  void open_parsed(std::string_view type);
  void close();
  void read_attributes(std::span<const XmlAttribute> attributes);
  void inherit(const XmlAttribute& attribute);
  void take_rdf_attribute(const XmlAttribute& attribute);
  void state_attributes(Index subject);
  void state(Frame& property);
  [[noreturn]] void refuse_text(Kind where) const;
  void check_literal_size();
  void add_member(Frame& collection, Index member);

  Frame& top() { return frames_[depth_]; }
  Frame& parent() { return frames_[depth_ - 1]; }
  void push();

  // Runs a part of the reading; what it added is taken back when it fails.
  template <typename Call>
  bool attempt(Call call);
  [[noreturn]] void fail(std::string message) const { throw SyntaxFault{nullptr, std::move(message)}; }
  void refuse(std::string_view name, const std::optional<std::string_view>& attribute,
              std::string_view where) const;

  // Terms of the batch.
  Index known(std::string_view iri);
  Index named(std::string_view iri);
  Index resolved(std::string_view reference, std::string_view attribute);
  Index identified(std::string_view id);
  Index blank(std::string_view label, std::string_view attribute);
  Index fresh_blank();
  Index literal(std::string_view lexical, std::string_view datatype);
  std::string resolve(std::string_view reference, std::string_view attribute);

  void add_row(Index subject, Index predicate, Index object);
  void hand_on();

  const ReadOptions& options_;
  const BatchSink& sink_;
  XmlParser parser_;
  QuadBatch batch_;
  QuadBatch carried_;
  ReadReport report_;
  std::vector<Frame> frames_;  // those beyond depth_ are kept for their buffers
  std::size_t depth_ = 0;
  std::size_t skipped_ = 0;    // open elements of what is left out
  std::size_t triple_at_ = 0;  // the innermost frame of a triple; 0: none
  Attributes attributes_;
  std::string text_;
  std::string scratch_;
  CanonicalXml literal_;
  std::uint64_t blanks_ = 0;
  struct HashOfHash {
    std::size_t operator()(const TermHash& hash) const { return hash.low; }
  };
  std::unordered_set<TermHash, HashOfHash> ids_;
  std::unordered_map<std::string, std::string>
      odd_labels_;  // rdf:nodeIDs that are no labels elsewhere -> theirs
  std::unordered_map<std::string, std::size_t> prefixes_;  // label -> place in report_.prefixes
};

ReadReport read_rdfxml(ByteSource& source, const ReadOptions& options, const BatchSink& sink);

}  // namespace dossier::io
