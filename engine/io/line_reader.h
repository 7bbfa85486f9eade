// N-Triples and N-Quads, RDF 1.2: the hot loop of the loader.
//
// Purpose: lines of text to rows of a batch. A term that was on the line before, or a predicate seen lately,
// is found by comparing its text, without hashing; the others are hashed once, and only a term new to the
// batch is checked. Invariants: a statement with an error adds no row and no term. Thread-safety: none;
// independent readers may run side by side.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "engine/io/lexer.h"
#include "engine/io/quad_batch.h"
#include "engine/io/rdf_reader.h"

namespace dossier::io {

class LineReader {
 public:
  LineReader(bool quads, std::uint64_t first_line, const ReadOptions& options, QuadBatch& batch,
             ReadReport& report)
      : quads_(quads), line_(first_line), options_(options), batch_(batch), report_(report) {}

  // Reads a piece that begins and ends at line boundaries. With a sink, hands the batch on whenever it is
  // full.
  void read(std::string_view text, const BatchSink* sink);
  std::uint64_t line() const { return line_; }  // of what follows the last piece

 private:
  using Index = QuadBatch::Index;
  // A token as it stands in the text, and the term it gave.
  struct Seen {
    const char* text = nullptr;
    std::size_t size = 0;
    Index index = 0;
  };

  void statement(const char*& at, const char* eol);
  void directive(Scanner& scanner);
  Index subject(const char*& at, const char* eol);
  Index predicate(const char*& at, const char* eol);
  Index object(const char*& at, const char* eol, int depth);
  Index iri(const char*& at, const char* eol);
  Index blank(const char*& at, const char* eol);
  Index literal(const char*& at, const char* eol);
  Index triple_term(const char*& at, const char* eol, int depth);
  Index slow_iri(const char*& at, const char* eol);
  Index add(const char* token);  // the term in scratch_
  void end_of_statement(const char* at, const char* eol);
  void hand_on(const BatchSink& sink);
  void forget();

  bool quads_;
  std::uint64_t line_;
  const ReadOptions& options_;
  QuadBatch& batch_;
  ReadReport& report_;
  std::string scratch_;
  Seen subject_;
  Seen graph_;
  static constexpr std::size_t kPredicates = 64;
  std::array<Seen, kPredicates> predicates_{};
};

}  // namespace dossier::io
