// RDF/XML out: see rdf_writer.h.
//
// Purpose: triples to XML as they come, in bounded memory: what follows each other with one subject becomes
// one element, named by the subject's first type where that is a name. Namespaces used within the first
// kHeadBytes are declared on rdf:RDF, those that come later where they stand. Terms of RDF 1.2 (triple terms,
// base direction) are written in its syntax, with rdf:version. Invariants: the document is well-formed and
// reads back as the same triples. Errors: QueryError for what RDF/XML cannot hold: quads of named graphs,
// predicates that end in no XML name, and characters that XML 1.0 lacks (control characters other than tab,
// line feed and carriage return; U+FFFE and U+FFFF). Thread-safety: none.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/io/rdf_writer.h"

namespace dossier::io {

class RdfXmlWriter final : public RdfWriter {
 public:
  static constexpr std::size_t kHeadBytes = std::size_t{1} << 20;

  explicit RdfXmlWriter(std::ostream& out, std::size_t head_bytes = kHeadBytes);
  void add_prefix(std::string_view label, std::string_view iri) override;

 private:
  using Index = QuadBatch::Index;
  static constexpr std::size_t kRdfSpace = 0;  // in spaces_
  static constexpr std::size_t kItsSpace = 1;

  // An IRI as the name of an element; not usable: it has no such form.
  struct Name {
    std::size_t space = 0;  // in spaces_
    std::string local;
    bool usable = false;
  };
  struct Space {
    std::string iri;
    std::string label;
    bool used = false;
    bool declared = false;  // on rdf:RDF
  };

  void write_rows(const QuadBatch& batch) override;
  void end_document() override;
  void append_label(std::string& text, std::string_view label) const override;
  std::size_t open_subject(const QuadBatch& batch, std::size_t first, std::size_t end);
  void close_subject();
  void property(const QuadBatch& batch, Index predicate, Index object, int indent);
  void triple(const QuadBatch& batch, const QuadBatch::Entry& entry, int indent);
  void literal(std::string_view bytes);
  void write_head();

  const Name& name_of(std::string_view iri);
  Name split(std::string_view iri);
  std::size_t space_of(std::string_view iri);
  std::string open_name(const Name& name);     // with the declaration of its namespace when rdf:RDF lacks it
  std::string declaration(std::size_t space);  // empty when rdf:RDF has it
  std::string qualified(const Name& name) const;
  void resource(std::string_view iri_attribute, std::string_view node_attribute, std::string_view bytes);
  void attribute(std::string_view name, std::string_view value);
  void version();
  void line(int indent);
  void check_text(std::string_view text) const;

  std::size_t head_bytes_;
  std::string body_;
  bool head_is_out_ = false;
  bool needs_version_ = false;  // a term of RDF 1.2 came before the head was out
  bool version_is_declared_ = false;
  std::string subject_;            // bytes of the open one; empty: none
  std::string subject_end_;        // its end tag
  bool subject_is_empty_ = false;  // its start tag lacks the '>'
  std::vector<Space> spaces_;
  std::unordered_map<std::string, std::size_t> spaces_by_iri_;
  std::unordered_map<std::string, std::size_t> spaces_by_label_;
  std::unordered_map<std::string, Name> names_;
  std::size_t generated_ = 0;
};

}  // namespace dossier::io
