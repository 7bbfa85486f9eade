#include "engine/io/rdf_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "engine/io/line_reader.h"
#include "engine/io/rdfxml_reader.h"
#include "engine/io/table_reader.h"
#include "engine/io/turtle_reader.h"

namespace dossier {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

// The end of the last whole line of `text`; 0 when it holds none.
std::size_t whole_lines(std::string_view text) {
  std::size_t last = text.rfind('\n');
  if (last == std::string_view::npos) last = text.rfind('\r');
  return last == std::string_view::npos ? 0 : last + 1;
}

ReadReport read_line_format(ByteSource& source, Format format, const ReadOptions& options,
                            const BatchSink& sink) {
  ReadReport report;
  QuadBatch batch(options.hash_seed);
  io::LineReader reader(format == Format::nq, 1, options, batch, report);
  // A line holds a few terms; one that is longer than two of the longest is given up, so that memory stays
  // bounded.
  const std::size_t longest_line = 2 * options.max_term_bytes + 4096;
  std::vector<char> buffer(kPieceBytes);
  std::size_t held = 0;
  bool skipping = false;  // within a line that was too long
  for (;;) {
    const std::size_t count = source.read(buffer.data() + held, buffer.size() - held);
    held += count;
    if (skipping) {
      const void* const newline = std::memchr(buffer.data(), '\n', held);
      if (newline == nullptr) {
        held = 0;
        if (count == 0) break;
        continue;
      }
      // Kept from the newline on, so that the reader counts the line.
      held -= static_cast<std::size_t>(static_cast<const char*>(newline) - buffer.data());
      std::memmove(buffer.data(), newline, held);
      skipping = false;
    }
    const std::size_t whole = count == 0 ? held : whole_lines({buffer.data(), held});
    if (whole != 0) {
      reader.read({buffer.data(), whole}, &sink);
      held -= whole;
      std::memmove(buffer.data(), buffer.data() + whole, held);
    }
    if (count == 0) break;
    if (held > longest_line) {
      io::report_fault(options, report, reader.line(), 1,
                       fmt::format("the line is longer than {} bytes; a term has at most {}", longest_line,
                                   options.max_term_bytes));
      held = 0;
      skipping = true;
    } else if (held == buffer.size()) {
      buffer.resize(buffer.size() * 2);
    }
  }
  if (!batch.rows().empty()) sink(batch);
  return report;
}

}  // namespace

bool is_rdf_format(Format format) {
  return format == Format::nt || format == Format::nq || format == Format::ttl || format == Format::trig ||
         format == Format::rdfxml;
}

bool is_input_format(Format format) {
  return is_rdf_format(format) || format == Format::csv || format == Format::tsv;
}

std::optional<Format> format_of_path(std::string_view path) {
  for (const std::string_view suffix : {".gz", ".zst"})
    if (path.ends_with(suffix)) {
      path.remove_suffix(suffix.size());
      break;
    }
  const auto dot = path.rfind('.');
  if (dot == std::string_view::npos || path.find('/', dot) != std::string_view::npos) return std::nullopt;
  std::string extension(path.substr(dot + 1));
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (extension == "nt" || extension == "ntriples") return Format::nt;
  if (extension == "nq" || extension == "nquads") return Format::nq;
  if (extension == "ttl" || extension == "turtle") return Format::ttl;
  if (extension == "trig") return Format::trig;
  if (extension == "rdf" || extension == "rdfxml" || extension == "owl" || extension == "xml")
    return Format::rdfxml;
  if (extension == "csv") return Format::csv;
  if (extension == "tsv" || extension == "tab") return Format::tsv;
  return std::nullopt;
}

ReadReport read_rdf(ByteSource& source, Format format, const ReadOptions& options, const BatchSink& sink) {
  switch (format) {
    case Format::nt:
    case Format::nq:
      return read_line_format(source, format, options, sink);
    case Format::ttl:
    case Format::trig:
      return io::read_turtle(source, format == Format::trig, options, sink);
    case Format::rdfxml:
      return io::read_rdfxml(source, options, sink);
    case Format::csv:
    case Format::tsv:
      return io::read_table(source, format, options, sink);
    default:
      throw DataError(fmt::format("{}: the format {} cannot be read; use one of nt, nq, ttl, trig, rdfxml, csv, tsv",
                                  options.name, format_name(format)),
                      options.name);
  }
}

}  // namespace dossier
