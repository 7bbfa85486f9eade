#include "engine/io/rdf_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "engine/cdt/labels.h"
#include "engine/io/rdfxml_writer.h"
#include "engine/io/turtle_writer.h"

namespace dossier {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{128} << 10;
constexpr std::size_t kGatheredRows = 1024;

// Labels made by the readers are `#` and a number (no file can hold them); they are written as kMade and the
// number. A label of a file that looks like that gets one more x, so two labels never become one.
constexpr std::string_view kMade = "anon";

class LineWriter final : public RdfWriter {
 public:
  LineWriter(std::ostream& out, bool quads, bool canonical)
      : RdfWriter(out), quads_(quads), canonical_(canonical) {}

 private:
  void write_rows(const QuadBatch& batch) override {
    render(batch);
    for (const QuadBatch::Row& row : batch.rows()) {
      buffer_.append(text(row[0])).append(" ").append(text(row[1])).append(" ").append(text(row[2]));
      if (row[3] != QuadBatch::kDefault) {
        if (!quads_)
          throw QueryError(
              fmt::format("N-Triples cannot hold the named graph {}; write nq or trig", text(row[3])));
        buffer_.append(" ").append(text(row[3]));
      }
      buffer_.append(" .\n");
      flush_when_full();
    }
  }

  // Each term of the batch is turned into text once.
  void render(const QuadBatch& batch) {
    rendered_.clear();
    ends_.assign(1, 0);
    for (QuadBatch::Index i = 0; i < batch.entries().size(); ++i) {
      const QuadBatch::Entry& entry = batch.entries()[i];
      if (!entry.is_triple) {
        append_term(batch.bytes(i));
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

  void append_term(std::string_view bytes) {
    const std::size_t from = rendered_.size();
    append_simple(rendered_, bytes);
    if (!canonical_ || bytes[0] != kLanguageByte) return;
    // The tag is what follows the last quote.
    const std::size_t tag = std::max(from, rendered_.rfind('"'));
    std::transform(rendered_.begin() + static_cast<std::ptrdiff_t>(tag), rendered_.end(),
                   rendered_.begin() + static_cast<std::ptrdiff_t>(tag),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  }

  std::string_view text(QuadBatch::Index index) const {
    return std::string_view(rendered_).substr(ends_[index], ends_[index + 1] - ends_[index]);
  }

  bool quads_;
  bool canonical_;
  std::string rendered_;           // the terms of the batch at hand, one after the other
  std::vector<std::size_t> ends_;  // where they end; the first is 0
};

}  // namespace

void RdfWriter::write(const Quad& quad) {
  const auto subject = gather(quad.subject);
  const auto predicate = gather(quad.predicate);
  const auto object = gather(quad.object);
  gathered_.add_row(subject, predicate, object, quad.graph ? gather(*quad.graph) : QuadBatch::kDefault);
  if (gathered_.rows().size() >= kGatheredRows || gathered_.size_bytes() >= kBufferBytes) write_gathered();
}

QuadBatch::Index RdfWriter::gather(const Term& term) {
  if (term.is_triple()) {
    const auto subject = gather(term.subject());
    const auto predicate = gather(term.predicate());
    return gathered_.add_triple(subject, predicate, gather(term.object()));
  }
  bytes_.clear();
  append_term_bytes(bytes_, term);
  return gathered_.add_term(bytes_);
}

void RdfWriter::write_gathered() {
  if (gathered_.rows().empty()) return;
  write_rows(gathered_);
  quads_ += gathered_.rows().size();
  gathered_.clear();
}

void RdfWriter::write(const QuadBatch& batch) {
  write_gathered();
  write_rows(batch);
  quads_ += batch.rows().size();
}

void RdfWriter::finish() {
  write_gathered();
  end_document();
  out_.write(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  buffer_.clear();
  out_.flush();
}

void RdfWriter::add_prefix(std::string_view, std::string_view) {}

void RdfWriter::set_label_prefix(std::string_view prefix) {
  write_gathered();
  label_prefix_ = prefix;
}

void RdfWriter::flush_when_full() {
  if (buffer_.size() < kBufferBytes) return;
  out_.write(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  buffer_.clear();
}

void RdfWriter::append_label(std::string& text, std::string_view label) const {
  text.append(label_prefix_);
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

void RdfWriter::append_simple(std::string& text, std::string_view bytes) const {
  if (bytes[0] == kBlankByte) {
    text.append("_:");
    append_label(text, bytes.substr(1));
  } else {
    std::string storage;
    append_ntriples(text, with_labels(storage, bytes));
  }
}

std::string_view RdfWriter::with_labels(std::string& storage, std::string_view bytes) const {
  return cdt::rename_labels(storage, bytes, [this](std::string_view label) {
    std::string written;
    append_label(written, label);
    return written;
  });
}

std::unique_ptr<RdfWriter> make_rdf_writer(std::ostream& out, Format format, WriterOptions options) {
  std::unique_ptr<RdfWriter> writer;
  switch (format) {
    case Format::nt:
    case Format::nq:
      return std::make_unique<LineWriter>(out, format == Format::nq, options.canonical);
    case Format::ttl:
    case Format::trig:
      writer = std::make_unique<io::TurtleWriter>(out, format == Format::trig);
      break;
    case Format::rdfxml:
      writer = std::make_unique<io::RdfXmlWriter>(out);
      break;
    default:
      throw QueryError(fmt::format(
          "the format {} cannot hold RDF quads; use one of nt, nq, ttl, trig, rdfxml", format_name(format)));
  }
  for (const auto& [label, iri] : options.prefixes) writer->add_prefix(label, iri);
  return writer;
}

}  // namespace dossier
