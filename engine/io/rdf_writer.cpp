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
        throw QueryError(
            fmt::format("N-Triples cannot hold the named graph {}; write nq or trig", texts.graph));
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
  rendered_.clear();
  append(rendered_, quad.subject);
  const std::size_t subject = rendered_.size();
  append(rendered_, quad.predicate);
  const std::size_t predicate = rendered_.size();
  append(rendered_, quad.object);
  const std::size_t object = rendered_.size();
  if (quad.graph) append(rendered_, *quad.graph);
  const std::string_view all = rendered_;
  write_row({all.substr(0, subject), all.substr(subject, predicate - subject),
             all.substr(predicate, object - predicate), all.substr(object)});
}

void RdfWriter::write(const QuadBatch& batch) {
  render(batch);
  for (const QuadBatch::Row& row : batch.rows())
    write_row({rendered(row[0]), rendered(row[1]), rendered(row[2]),
               row[3] == QuadBatch::kDefault ? std::string_view() : rendered(row[3])});
}

void RdfWriter::write_row(const Texts& texts) {
  write_texts(texts);
  ++quads_;
  flush_when_full();
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

void RdfWriter::render(const QuadBatch& batch) {
  rendered_.clear();
  ends_.assign(1, 0);
  for (QuadBatch::Index i = 0; i < batch.entries().size(); ++i) {
    const QuadBatch::Entry& entry = batch.entries()[i];
    if (!entry.is_triple) {
      append_bytes(rendered_, batch.bytes(i));
    } else {  // its components stand before it
      rendered_.append("<<( ");
      for (const QuadBatch::Index part : entry.triple) {
        rendered_.append(rendered_, ends_[part], ends_[part + 1] - ends_[part]);
        rendered_.push_back(' ');
      }
      rendered_.append(")>>");
    }
    ends_.push_back(rendered_.size());
  }
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
