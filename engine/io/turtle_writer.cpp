#include "engine/io/turtle_writer.h"

#include "engine/io/turtle_arrangement.h"
#include "engine/io/turtle_layout.h"

namespace dossier::io {

void TurtleWriter::write_rows(const QuadBatch& batch) {
  taken_.assign(batch.entries().size(), QuadBatch::kNone);
  for (const QuadBatch::Row& row : batch.rows()) {
    const bool named = row[3] != QuadBatch::kDefault;
    if (named && !trig_) {
      std::string graph;
      append_simple(graph, batch.bytes(row[3]));
      throw QueryError("Turtle cannot hold the named graph " + graph + "; write nq or trig");
    }
    const auto subject = take(batch, row[0]);
    const auto predicate = take(batch, row[1]);
    const auto object = take(batch, row[2]);
    window_.add_row(subject, predicate, object, named ? take(batch, row[3]) : QuadBatch::kDefault);
    if (window_.rows().size() < window_rows_ && window_.size_bytes() < window_bytes_) continue;
    write_window(false);
    taken_.assign(batch.entries().size(), QuadBatch::kNone);
  }
}

QuadBatch::Index TurtleWriter::take(const QuadBatch& batch, QuadBatch::Index index) {
  if (taken_[index] != QuadBatch::kNone) return taken_[index];
  const QuadBatch::Entry& entry = batch.entries()[index];
  QuadBatch::Index taken = 0;
  if (entry.is_triple) {
    const auto subject = take(batch, entry.triple[0]);
    const auto predicate = take(batch, entry.triple[1]);
    taken = window_.add_triple(subject, predicate, take(batch, entry.triple[2]));
  } else if (const std::string_view bytes = batch.bytes(index); bytes[0] == kBlankByte) {
    std::string blank(1, kBlankByte);
    append_label(blank, bytes.substr(1));
    taken = window_.add_term(blank);
  } else {
    std::string storage;
    taken = window_.add_term(with_labels(storage, bytes));
  }
  return taken_[index] = taken;
}

void TurtleWriter::write_window(bool whole) {
  std::string body;
  {
    const Arrangement arrangement(window_, whole);
    TurtleLayout(window_, arrangement, names_, body).write();
  }
  const std::size_t before = buffer_.size();
  if (!is_first_ && !body.empty()) buffer_.push_back('\n');
  names_.declare_used(buffer_);
  if (buffer_.size() > before + 1 && !body.empty()) buffer_.push_back('\n');
  is_first_ = false;
  buffer_.append(body);
  flush_when_full();
  window_.clear();
}

void TurtleWriter::end_document() {
  write_window(is_first_);
}

}  // namespace dossier::io
