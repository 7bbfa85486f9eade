// Streaming readers of RDF text: N-Triples, N-Quads, Turtle, TriG, RDF/XML, with the RDF 1.2 syntax; and of tables.
//
// Purpose: bytes to QuadBatches. Reads plain, gzip and zstd input block by block in bounded memory; a term
// longer than `max_term_bytes` is an error of that statement. Invariants: a statement that has an error adds
// no row; rows come in the order of the text; blank-node labels are the file's own (the consumer renames
// them); labels made for `[]` and the like cannot be written in a file. Errors: DataError with file, line and
// column; or, with skip_bad, the statement is left out, counted, and the first few reported (N-Triples and
// N-Quads go on at the next line, Turtle and TriG after the next `.` that ends a statement, RDF/XML after the
// element, CSV and TSV at the next row; see rdfxml_reader.h, table_reader.h). Thread-safety:
// one reader, one thread; readers are independent. Sources: RDF 1.2 N-Triples, N-Quads, Turtle, TriG; RFC
// 3986 for the base.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/dossier.h"
#include "engine/io/quad_batch.h"

namespace dossier {

struct ReadOptions {
  std::string name;             // of the file, for messages
  std::string base;             // base IRI
  std::uint64_t hash_seed = 0;  // of the batches
  bool skip_bad = false;
  std::size_t max_term_bytes = std::size_t{64} << 20;
  std::size_t batch_rows = 65536;                  // a batch is handed on at this many rows,
  std::size_t batch_bytes = std::size_t{8} << 20;  // or this many bytes
  // Called at each declaration of a prefix, before the rows that use it are handed on.
  std::function<void(std::string_view label, std::string_view iri)> on_prefix;
  const TableOptions* table = nullptr;  // of csv and tsv
};

struct BadStatement {
  std::uint64_t line = 0;
  std::uint64_t column = 0;
  std::string message;
};

struct ReadReport {
  std::uint64_t quads = 0;
  std::uint64_t bad = 0;
  std::vector<BadStatement> first_bad;  // at most ten
  std::vector<std::pair<std::string, std::string>>
      prefixes;  // declared in the file: label without ':' -> IRI
};

// Where bytes come from: a file (decompressed by its magic bytes), standard input, or memory.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Reads up to `size` bytes into `data`; 0 at the end. Throws DataError (a truncated gzip, for one).
  virtual std::size_t read(char* data, std::size_t size) = 0;
  // Bytes of the underlying file consumed so far, and in all (0: not known); for progress.
  virtual std::uint64_t consumed() const = 0;
  virtual std::uint64_t total() const = 0;
  virtual bool compressed() const = 0;
};
std::unique_ptr<ByteSource> open_source(const std::string& path);  // "-" is standard input
std::unique_ptr<ByteSource> memory_source(std::string_view text);

// Takes a filled batch; may swap it for an empty one of its own. Called in the reading thread.
using BatchSink = std::function<void(QuadBatch&)>;

// Holds RDF: nt, nq, ttl, trig, rdfxml.
bool is_rdf_format(Format format);
// Can be read: RDF, or a table (csv, tsv).
bool is_input_format(Format format);

// Format of a path by its extension, a compression suffix (.gz, .zst) left aside; nothing when it says none.
std::optional<Format> format_of_path(std::string_view path);

// Reads all of `source`. `format` is one of nt, nq, ttl, trig, rdfxml, csv, tsv.
ReadReport read_rdf(ByteSource& source, Format format, const ReadOptions& options, const BatchSink& sink);

// Reads a piece of N-Triples or N-Quads text that begins and ends at line boundaries: the unit of parallel
// parsing. `first_line` numbers its first line. Adds to `batch` (and to `report`) without calling a sink.
void read_lines(std::string_view text, Format format, std::uint64_t first_line, const ReadOptions& options,
                QuadBatch& batch, ReadReport& report);

// One term in Turtle syntax without prefixes (`<iri>`, "x"@en, 5, true, `<<( s p o )>>`, `_:label`). Throws
// ParseError.
Term parse_term(std::string_view text);

}  // namespace dossier
