// Writers of RDF text: N-Triples, N-Quads, Turtle, TriG.
//
// Purpose: a stream of quads to text, in the order in which they come, in bounded memory. Turtle and TriG
// shorten IRIs with the declared prefixes and join what stands next to each other: quads of one graph,
// subject, predicate. Invariants: what is written is read back as the same quads. Labels that the readers
// made for `[]` and the like get a form that is legal and clashes with no label of the file. Each term of a
// batch is turned into text once. Errors: QueryError for a quad of a named graph in N-Triples or Turtle. The
// stream's state is the caller's to check. Thread-safety: none.
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
  std::vector<std::pair<std::string, std::string>> prefixes;  // label without ':' -> IRI; ttl and trig
  bool canonical =
      false;  // nt and nq: language tags in lower case; the order of the lines stays the caller's
};

class RdfWriter {
 public:
  virtual ~RdfWriter() = default;
  RdfWriter(const RdfWriter&) = delete;
  RdfWriter& operator=(const RdfWriter&) = delete;

  void write(const Quad& quad);
  void write(const QuadBatch& batch);
  // Ends what is open and hands everything to the stream. Must be called last, once.
  virtual void finish();
  // A prefix that may be used from here on. A label that is known keeps its IRI.
  virtual void add_prefix(std::string_view label, std::string_view iri);
  // Put before every blank label from here on, to keep the labels of several files apart.
  void set_label_prefix(std::string_view prefix) { label_prefix_ = prefix; }
  std::uint64_t quads() const { return quads_; }

 protected:
  // The texts of a quad, valid during the call; `graph` is empty for the default graph.
  struct Texts {
    std::string_view subject;
    std::string_view predicate;
    std::string_view object;
    std::string_view graph;
  };

  explicit RdfWriter(std::ostream& out) : out_(out) {}
  virtual void write_texts(const Texts& texts) = 0;
  virtual void append_simple(std::string& text, std::string_view bytes) const;  // no blank node
  void flush_when_full();

  std::string buffer_;  // on its way to the stream

 private:
  void append(std::string& text, const Term& term);
  void append_bytes(std::string& text, std::string_view bytes);
  void render(const QuadBatch& batch);
  std::string_view rendered(QuadBatch::Index index) const {
    return std::string_view(rendered_).substr(ends_[index], ends_[index + 1] - ends_[index]);
  }
  void write_row(const Texts& texts);

  std::ostream& out_;
  std::string rendered_;           // the terms of the batch or quad at hand, one after the other
  std::vector<std::size_t> ends_;  // where they end; the first is 0
  std::string bytes_;
  std::string label_prefix_;
  std::uint64_t quads_ = 0;
};

// `format` is one of nt, nq, ttl, trig; QueryError otherwise.
std::unique_ptr<RdfWriter> make_rdf_writer(std::ostream& out, Format format, WriterOptions options = {});

}  // namespace dossier
