#include "engine/io/convert.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <sstream>

#include "engine/io/file_iri.h"
#include "engine/io/rdf_reader.h"
#include "engine/io/rdf_writer.h"

namespace dossier {
namespace {

constexpr std::size_t kShown = 10;

Format format_of(const std::string& file, const ConvertOptions& options) {
  if (options.from) return *options.from;
  if (const auto format = format_of_path(file)) return *format;
  throw DataError(fmt::format("{}: the name does not tell the format; say --from nt, nq, ttl, trig, rdfxml, csv or tsv", file),
                  file);
}

// Reads the files into the writer, one after the other.
ConvertReport copy(const std::vector<std::string>& files, RdfWriter& writer, const ConvertOptions& options) {
  ConvertReport report;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files.size() > 1) writer.set_label_prefix(fmt::format("f{}_", i + 1));
    const Format format = format_of(files[i], options);
    const auto source = open_source(files[i]);
    ReadOptions read;
    read.name = files[i] == "-" ? "standard input" : files[i];
    read.base = options.base.empty() ? file_iri(files[i]) : options.base;
    read.skip_bad = options.skip_bad;
    read.table = &options.table;
    read.on_prefix = [&writer](std::string_view label, std::string_view iri) {
      writer.add_prefix(label, iri);
    };
    const ReadReport done =
        read_rdf(*source, format, read, [&writer](QuadBatch& batch) { writer.write(batch); });
    report.quads += done.quads;
    report.bad += done.bad;
    for (const BadStatement& bad : done.first_bad)
      if (report.first_bad.size() < kShown)
        report.first_bad.push_back(fmt::format("{}:{}:{}: {}", read.name, bad.line, bad.column, bad.message));
  }
  return report;
}

// The lines of `text`, sorted by code points (which for UTF-8 is the order of the bytes), each once.
void write_sorted(const std::string& text, std::ostream& out) {
  std::vector<std::string_view> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at) + 1;
    lines.emplace_back(text.data() + at, end - at);
    at = end;
  }
  std::sort(lines.begin(), lines.end());
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  for (const std::string_view line : lines) out.write(line.data(), static_cast<std::streamsize>(line.size()));
  out.flush();
}

}  // namespace

ConvertReport convert(const std::vector<std::string>& files, std::ostream& out,
                      const ConvertOptions& options) {
  WriterOptions writer_options;
  writer_options.canonical = options.canonical;
  if (!options.canonical) {
    const auto writer = make_rdf_writer(out, options.to, writer_options);
    ConvertReport report = copy(files, *writer, options);
    writer->finish();
    return report;
  }
  if (options.to != Format::nt && options.to != Format::nq)
    throw QueryError("the canonical form is one of N-Triples or N-Quads: write nt or nq");
  std::ostringstream text;
  const auto writer = make_rdf_writer(text, options.to, writer_options);
  ConvertReport report = copy(files, *writer, options);
  writer->finish();
  write_sorted(std::move(text).str(), out);
  return report;
}

}  // namespace dossier
