// Turtle and TriG out, for people to read: see rdf_writer.h.
//
// Purpose: gathers quads and writes them in order and grouped (turtle_arrangement.h), with line breaks
// (turtle_layout.h) and the prefixes that are used (turtle_names.h). Memory is bounded by a window of
// kWindowRows quads or kWindowBytes: what fits in one comes out in full dress, the same text for the same
// quads in whatever order they came. More is written window by window in the order of arrival: sorted,
// grouped and annotated within a window, but every blank node with its label and lists as their nodes, since
// nobody knows what else refers to them. Prefixes are declared before the window that uses them first.
// Invariants: what is written is read back as the same quads. Thread-safety: none.
#pragma once

#include "engine/io/rdf_writer.h"
#include "engine/io/turtle_names.h"

namespace dossier::io {

class TurtleWriter final : public RdfWriter {
 public:
  static constexpr std::size_t kWindowRows = std::size_t{1} << 19;
  static constexpr std::size_t kWindowBytes = std::size_t{64} << 20;

  TurtleWriter(std::ostream& out, bool trig, std::size_t window_rows = kWindowRows,
               std::size_t window_bytes = kWindowBytes)
      : RdfWriter(out), trig_(trig), window_rows_(window_rows), window_bytes_(window_bytes) {}
  void add_prefix(std::string_view label, std::string_view iri) override { names_.add_prefix(label, iri); }

 private:
  void write_rows(const QuadBatch& batch) override;
  void end_document() override;
  QuadBatch::Index take(const QuadBatch& batch, QuadBatch::Index index);
  void write_window(bool whole);

  bool trig_;
  std::size_t window_rows_;
  std::size_t window_bytes_;
  bool is_first_ = true;
  TurtleNames names_;
  QuadBatch window_;                     // blank nodes with the labels they are written with
  std::vector<QuadBatch::Index> taken_;  // of the batch at hand: the index in the window
};

}  // namespace dossier::io
