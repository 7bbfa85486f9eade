#include "engine/io/rdf_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "engine/io/turtle_writer.h"

namespace dossier {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{128} << 10;

// Labels made by the readers are `#` and a number (no file can hold them); they are written as kMade and the
// number. A label of a file that looks like that gets one more x, so two labels never become one.
constexpr std::string_view kMade = "anon";

void append_label(std::string& text, std::string_view label) {
  if (label.starts_with('#')) {
    text.append(kMade).append(label.substr(1));
    return;
  }
  if (label.starts_with(kMade)) {
    const std::string_view rest = label.substr(kMade.size());
    const std::size_t digits = rest.find_first_not_of('x');
    if (digits != std::string_view::npos &&
        rest.find_first_not_of("0123456789", digits) == std::string_view::npos) {
      text.append(kMade).append("x").append(rest);
      return;
    }
  }
  text.append(label);
}

class LineWriter final : public RdfWriter {
 public:
  LineWriter(std::ostream& out, bool quads, bool canonical)
      : RdfWriter(out), quads_(quads), canonical_(canonical) {}

 private:
  void write_texts(const Texts& texts) override {
    buffer_.append(texts.subject).append(" ").append(texts.predicate).append(" ").append(texts.object);
    if (!texts.graph.empty()) {
      if (!quads_)
        throw QueryError("N-Triples cannot hold the named graph " + texts.graph + "; write nq or trig");
      buffer_.append(" ").append(texts.graph);
    }
    buffer_.append(" .\n");
  }

  void append_simple(std::string& text, std::string_view bytes) const override {
    const std::size_t from = text.size();
    append_ntriples(text, bytes);
    if (!canonical_ || bytes[0] != kLanguageByte) return;
    // The tag is what follows the last quote.
    const std::size_t tag = std::max(from, text.rfind('"'));
    std::transform(text.begin() + static_cast<std::ptrdiff_t>(tag), text.end(),
                   text.begin() + static_cast<std::ptrdiff_t>(tag),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  }

  bool quads_;
  bool canonical_;
};

}  // namespace

void RdfWriter::write(const Quad& quad) {
  for (std::string* text : {&texts_.subject, &texts_.predicate, &texts_.object, &texts_.graph}) text->clear();
  append(texts_.subject, quad.subject);
  append(texts_.predicate, quad.predicate);
  append(texts_.object, quad.object);
  if (quad.graph) append(texts_.graph, *quad.graph);
  write_texts(texts_);
  ++quads_;
  flush_when_full();
}

void RdfWriter::write(const QuadBatch& batch) {
  for (const QuadBatch::Row& row : batch.rows()) {
    for (std::string* text : {&texts_.subject, &texts_.predicate, &texts_.object, &texts_.graph})
      text->clear();
    append(texts_.subject, batch, row[0]);
    append(texts_.predicate, batch, row[1]);
    append(texts_.object, batch, row[2]);
    if (row[3] != QuadBatch::kDefault) append(texts_.graph, batch, row[3]);
    write_texts(texts_);
    ++quads_;
    flush_when_full();
  }
}

void RdfWriter::finish() {
  out_.write(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  buffer_.clear();
  out_.flush();
}

void RdfWriter::add_prefix(std::string_view, std::string_view) {}

void RdfWriter::flush_when_full() {
  if (buffer_.size() < kBufferBytes) return;
  out_.write(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  buffer_.clear();
}

void RdfWriter::append_simple(std::string& text, std::string_view bytes) const {
  append_ntriples(text, bytes);
}

void RdfWriter::append_bytes(std::string& text, std::string_view bytes) {
  if (bytes[0] != kBlankByte) {
    append_simple(text, bytes);
    return;
  }
  text.append("_:").append(label_prefix_);
  append_label(text, bytes.substr(1));
}

void RdfWriter::append(std::string& text, const Term& term) {
  if (!term.is_triple()) {
    bytes_.clear();
    append_term_bytes(bytes_, term);
    append_bytes(text, bytes_);
    return;
  }
  text.append("<<( ");
  append(text, term.subject());
  text.push_back(' ');
  append(text, term.predicate());
  text.push_back(' ');
  append(text, term.object());
  text.append(" )>>");
}

void RdfWriter::append(std::string& text, const QuadBatch& batch, QuadBatch::Index index) {
  const QuadBatch::Entry& entry = batch.entries()[index];
  if (!entry.is_triple) {
    append_bytes(text, batch.bytes(index));
    return;
  }
  text.append("<<( ");
  append(text, batch, entry.triple[0]);
  text.push_back(' ');
  append(text, batch, entry.triple[1]);
  text.push_back(' ');
  append(text, batch, entry.triple[2]);
  text.append(" )>>");
}

std::unique_ptr<RdfWriter> make_rdf_writer(std::ostream& out, Format format, WriterOptions options) {
  switch (format) {
    case Format::nt:
    case Format::nq:
      return std::make_unique<LineWriter>(out, format == Format::nq, options.canonical);
    case Format::ttl:
    case Format::trig: {
      auto writer = std::make_unique<io::TurtleWriter>(out, format == Format::trig);
      for (const auto& [label, iri] : options.prefixes) writer->add_prefix(label, iri);
      return writer;
    }
    default:
      throw QueryError(fmt::format("the format {} cannot hold RDF quads; use one of nt, nq, ttl, trig",
                                   format_name(format)));
  }
}

}  // namespace dossier
