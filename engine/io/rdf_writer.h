// Writers of RDF text: N-Triples, N-Quads, Turtle, TriG, RDF/XML.
//
// Purpose: quads to text, in bounded memory. N-Triples and N-Quads come out line by line in the order of the
// quads; Turtle and TriG are sorted and grouped for people to read (turtle_writer.h), RDF/XML joins what
// stands next to each other (rdfxml_writer.h). Invariants: what is written is read back as the same quads.
// Labels that the readers made for `[]` and the like get a form that is legal and clashes with no label of
// the file. Errors: QueryError for a quad that the format cannot hold, one of a named graph in N-Triples,
// Turtle or RDF/XML for instance. The stream's state is the caller's to check. Thread-safety: none.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/dossier.h"
#include "engine/io/quad_batch.h"

namespace dossier {

struct WriterOptions {
  // label without ':' -> IRI; used by ttl, trig and rdfxml
  std::vector<std::pair<std::string, std::string>> prefixes;
  // nt and nq: language tags in lower case; the order of the lines stays the caller's
  bool canonical = false;
};

class RdfWriter {
 public:
  virtual ~RdfWriter() = default;
  RdfWriter(const RdfWriter&) = delete;
  RdfWriter& operator=(const RdfWriter&) = delete;

  void write(const Quad& quad);  // gathered: an error may come later
  void write(const QuadBatch& batch);
  // Ends what is open and hands everything to the stream. Must be called last, once.
  void finish();
  // A prefix that may be used from here on. A label that is known keeps its IRI.
  virtual void add_prefix(std::string_view label, std::string_view iri);
  // Put before every blank label from here on, to keep the labels of several files apart.
  void set_label_prefix(std::string_view prefix);
  std::uint64_t quads() const { return quads_ + gathered_.rows().size(); }

 protected:
  explicit RdfWriter(std::ostream& out) : out_(out) {}
  virtual void write_rows(const QuadBatch& batch) = 0;
  virtual void end_document() {}
  // Appends the label to write for a blank node, without `_:`.
  virtual void append_label(std::string& text, std::string_view label) const;
  // A term that is no blank node; labels inside a list or map become those that their nodes are written with.
  std::string_view with_labels(std::string& storage, std::string_view bytes) const;
  // N-Triples form of a simple term.
  void append_simple(std::string& text, std::string_view bytes) const;
  void flush_when_full();

  std::string buffer_;  // on its way to the stream

 private:
  void write_gathered();
  QuadBatch::Index gather(const Term& term);

  std::ostream& out_;
  QuadBatch gathered_;  // quads that came one by one
  std::string bytes_;
  std::string label_prefix_;
  std::uint64_t quads_ = 0;
};

// `format` is one of nt, nq, ttl, trig, rdfxml; QueryError otherwise.
std::unique_ptr<RdfWriter> make_rdf_writer(std::ostream& out, Format format, WriterOptions options = {});

}  // namespace dossier
