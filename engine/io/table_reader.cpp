#include "engine/io/table_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "engine/io/table_rows.h"

namespace dossier::io {
namespace {

constexpr std::size_t kMostColumns = 65536;
constexpr std::size_t kRecordSlack = 4096;

[[noreturn]] void fail(const std::string& file, std::uint64_t line, std::uint64_t column,
                       const std::string& message) {
  throw DataError(fmt::format("{}:{}:{}: {}", file, line, column, message), file, line, column);
}

bool is_bad_text(std::string_view text) {
  return text.find('\0') != std::string_view::npos || !is_valid_utf8(text);
}

// The first byte that is no text; the end when there is none.
const char* first_bad(const char* at, const char* end) {
  while (at < end && *at != '\0') {
    const CodePoint c = decode_utf8(at, end);
    if (c.length == 0) break;
    at += c.length;
  }
  return at;
}

}  // namespace

TableReader::TableReader(ByteSource& source, Format format, const ReadOptions& options)
    : source_(source),
      options_(options),
      piece_bytes_(options.batch_bytes),
      longest_(options.max_term_bytes + kRecordSlack) {
  if (options.table != nullptr) table_ = *options.table;
  shape_.separator = table_.separator != 0 ? table_.separator : format == Format::tsv ? '\t' : ',';
  compile(read_header());
}

TableReader::Header TableReader::read_header() {
  std::string text;
  TablePlace place;
  next_piece(text, place);
  const std::string& name = options_.name;
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
    fail(name, 1, 1, "the file is UTF-16; tables are read as UTF-8: iconv -f UTF-16 -t UTF-8 makes it so");
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  // The results of a query as TSV: their head has variables, their cells have terms, quotation marks and all.
  const std::string_view first_line = std::string_view(text).substr(0, text.find_first_of("\r\n"));
  if (shape_.separator == '\t' && first_line.starts_with('?')) {
    shape_.quotes = false;
    map_.terms_in_cells = true;
    for (std::size_t at = 0; (at = first_line.find('\t', at)) != std::string_view::npos; ++at)
      if (first_line.substr(at + 1, 1) != "?") shape_.quotes = !(map_.terms_in_cells = false);
  }
  TableRecords records(text, shape_, place, kMostColumns);
  Header header;
  try {
    if (!records.next()) fail(name, 1, 1, "the table is empty; expected a header line");
    require_text(records);
  } catch (const SyntaxFault& fault) {
    const auto where = records.position(fault.at);
    fail(name, where.line, where.column, fault.message);
  }
  if (records.count() > kMostColumns)
    fail(name, 1, 1,
         fmt::format("a table has at most {} columns, and this has {}", kMostColumns, records.count()));
  for (const TableField& field : records.fields()) {
    header.cells.emplace_back(trim(field.text));
    header.positions.push_back(records.position(field.at));
  }
  // What follows the header goes first into the next piece; without a header, all of it does.
  std::size_t used = 0;
  if (table_.header) {
    used = static_cast<std::size_t>(records.rest() - text.data());
    place = {records.position(records.rest()).line, records.row() + 1};
  }
  rest_.insert(0, text, used, text.size() - used);
  place_ = place;
  return header;
}

void TableReader::compile(const Header& header) {
  MapContext context;
  context.terms_in_cells = map_.terms_in_cells;
  context.base = options_.base;
  context.prefixes = table_.prefixes;
  context.columns = header.cells;
  context.numbered = !table_.header;
  if (!table_.header)
    for (std::size_t i = 0; i < context.columns.size(); ++i) context.columns[i] = std::to_string(i + 1);
  columns_ = context.columns;
  try {
    if (!trim(table_.map).empty()) map_ = compile_map(mark_places(table_.map), context);
  } catch (const TemplateFault& fault) {
    fail(table_.map_name, fault.position.line, fault.position.column, fault.message);
  }
  if (!map_.triples.empty()) return;
  // The map has prefixes at most: the header says the rest.
  try {
    const auto from_header = table_.header ? template_of_header(header.cells) : std::nullopt;
    if (!from_header) {
      const std::string no_map =
          trim(table_.map).empty() ? "" : fmt::format("; and {} holds no triples", table_.map_name);
      if (!table_.header)
        fail(options_.name, 1, 1,
             "a table without a header needs a map, whose places have numbers: {1}, {2}" + no_map);
      fail(options_.name, 1, 1,
           fmt::format("the header has no properties (rdfs:label@en, ex:born^^xsd:date), so a map must say "
                       "what the columns "
                       "mean{}; to begin with:\n\n{}",
                       no_map, starting_template(header.cells)));
    }
    for (const auto& prefix : map_.prefixes) context.prefixes.push_back(prefix);
    context.numbered = true;
    map_ = compile_map(mark_places(*from_header), context);
  } catch (const TemplateFault& fault) {
    const std::size_t column = std::clamp<std::size_t>(fault.position.line, 1, header.cells.size()) - 1;
    fail(options_.name, header.positions[column].line, header.positions[column].column,
         fmt::format("the header's column {}, {}: {}", column + 1, shortened(header.cells[column]),
                     fault.message));
  }
}

bool TableReader::next_piece(std::string& text, TablePlace& place) {
  text.swap(rest_);
  rest_.clear();
  place = place_;
  std::size_t size = text.size();
  std::size_t wanted = std::max(piece_bytes_, size + piece_bytes_ / 2);
  for (;;) {
    text.resize(wanted);
    while (size < wanted && !ended_) {
      const std::size_t got = source_.read(text.data() + size, wanted - size);
      size += got;
      ended_ = got == 0;
    }
    text.resize(size);
    if (ended_) {
      place_ = place;
      return false;
    }
    TablePlace behind = place;
    std::size_t cut = whole_records(text, shape_, behind);
    // A record that is too long is cut at a line: its quotation mark was never closed.
    if (cut == 0 && size > longest_) {
      cut = text.rfind('\n') + 1;
      if (cut == 0)
        fail(options_.name, place.line, 1,
             fmt::format("row {}: the row is longer than {} bytes", place.row, longest_));
      behind = {place.line + static_cast<std::uint64_t>(std::count(
                                 text.begin(), text.begin() + static_cast<std::ptrdiff_t>(cut), '\n')),
                place.row + 1};
    }
    if (cut != 0) {
      rest_.assign(text, cut, size - cut);
      text.resize(cut);
      place_ = behind;
      return true;
    }
    wanted = 2 * size;
  }
}

void TableReader::require_text(const TableRecords& records) const {
  const char* const start = records.fields().front().at;
  const char* const bad = first_bad(start, records.rest());
  if (bad == records.rest()) return;
  std::size_t column = 0;
  while (column + 1 < records.fields().size() && records.fields()[column + 1].at <= bad) ++column;
  const std::string where = column < columns_.size() ? fmt::format("row {}, column \"{}\": ", records.row(),
                                                                   shortened(columns_[column]))
                                                     : fmt::format("row {}: ", records.row());
  if (*bad == '\0')
    throw SyntaxFault{
        bad, where + "found a NUL byte, which no text holds; is the file UTF-16, or no table at all?"};
  throw SyntaxFault{
      bad,
      fmt::format("{}the byte 0x{:02X} is not valid UTF-8; if the file is Latin-1, iconv -f LATIN1 -t UTF-8 "
                  "makes it so",
                  where, static_cast<unsigned char>(*bad))};
}

void TableReader::read_piece(std::string_view text, TablePlace place, QuadBatch& batch, ReadReport& report,
                             const BatchSink* sink) const {
  const bool look_closer = is_bad_text(text);
  TableRecords records(text, shape_, place, columns_.size() + 1);
  TableRows rows(map_, columns_.size(), batch);
  for (;;) {
    try {
      if (!records.next()) break;
      if (look_closer) require_text(records);
      report.quads += rows.add(records);
    } catch (const SyntaxFault& fault) {
      const auto where = records.position(fault.at);
      const std::string row = fault.message.starts_with("row ") ? "" : fmt::format("row {}: ", records.row());
      report_fault(options_, report, where.line, where.column, row + fault.message);
    }
    if (sink != nullptr &&
        (batch.rows().size() >= options_.batch_rows || batch.size_bytes() >= options_.batch_bytes)) {
      (*sink)(batch);
      batch.clear();
      rows.forget();
    }
  }
}

ReadReport read_table(ByteSource& source, Format format, const ReadOptions& options, const BatchSink& sink) {
  TableReader reader(source, format, options);
  ReadReport report;
  report.prefixes = reader.prefixes();
  if (options.on_prefix)
    for (const auto& [label, iri] : report.prefixes) options.on_prefix(label, iri);
  QuadBatch batch(options.hash_seed);
  std::string text;
  TablePlace place;
  for (bool more = true; more;) {
    more = reader.next_piece(text, place);
    reader.read_piece(text, place, batch, report, &sink);
    if (!batch.rows().empty()) {
      sink(batch);
      batch.clear();
    }
  }
  return report;
}

}  // namespace dossier::io
