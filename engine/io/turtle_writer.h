// Turtle and TriG out: see rdf_writer.h.
//
// Purpose: groups quads that follow each other with `;` and `,`, and shortens IRIs, numbers and booleans
// where the short form reads back as the same term. Invariants: a prefix, once written, keeps its IRI to the
// end of the document. Thread-safety: none.
#pragma once

#include <unordered_map>

#include "engine/io/rdf_writer.h"

namespace dossier::io {

class TurtleWriter final : public RdfWriter {
 public:
  TurtleWriter(std::ostream& out, bool trig) : RdfWriter(out), trig_(trig) { name_known_iris(); }
  void finish() override;
  void add_prefix(std::string_view label, std::string_view iri) override;

 private:
  void write_texts(const Texts& texts) override;
  void append_simple(std::string& text, std::string_view bytes) const override;
  void name_known_iris();
  void append_iri(std::string& text, std::string_view iri) const;
  bool append_short_literal(std::string& text, std::string_view lexical, std::string_view datatype) const;
  bool continues_annotation(const Texts& texts);
  bool reifies_last(const Texts& texts) const;
  void append_pair(const Texts& texts);
  void end_annotation();
  void end_subject();
  void end_graph();

  bool trig_;
  bool subject_open_ = false;
  bool graph_open_ = false;
  // The last quad outside of annotations.
  std::string subject_;
  std::string predicate_;
  std::string object_;
  std::string graph_;
  std::string reifier_;           // the one just written after that quad; empty: none
  bool annotation_open_ = false;  // its `{|` is written
  std::string annotation_predicate_;
  std::string type_;  // how rdf:type and rdf:reifies look with the prefixes so far
  std::string reifies_;
  std::unordered_map<std::string, std::string> labels_;      // IRI of the namespace -> label
  std::unordered_map<std::string, std::string> namespaces_;  // label -> IRI
  std::vector<std::size_t> lengths_;                         // of the namespaces, each once, longest first
};

}  // namespace dossier::io
