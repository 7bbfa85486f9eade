// Tokens that the readers of RDF text share: IRIs, strings, labels, language tags, escapes; UTF-8.
//
// Purpose: one implementation of the terminals of N-Triples and Turtle (RDF 1.2 Turtle section 6.5), on a
// piece of text in memory. A scan that runs into the end of the piece says so (`touched_end`), so that a
// streaming reader can fetch more and scan the token again. Invariants: a scan that throws leaves `at`
// anywhere within the token; what it has appended is of no use. Thread-safety: values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/dossier.h"
#include "engine/io/quad_batch.h"
#include "engine/io/rdf_reader.h"

namespace dossier::io {

// A statement that cannot be read. Internal to the readers, which turn it into a DataError (or count it).
struct SyntaxFault {
  const char* at;  // in the piece of text that is being read
  std::string message;
};

// Nesting of triple terms, collections, property lists, annotations.
inline constexpr int kMaxDepth = 512;

struct CodePoint {
  std::uint32_t value = 0;
  unsigned length = 0;  // 0: not valid UTF-8
};
CodePoint decode_utf8(const char* at, const char* end);
void append_utf8(std::string& out, std::uint32_t code_point);
bool is_valid_utf8(std::string_view text);
bool is_name_start(std::uint32_t code_point);      // PN_CHARS_BASE
bool is_name_character(std::uint32_t code_point);  // PN_CHARS

struct Scanner {
  const char* at = nullptr;
  const char* end = nullptr;
  bool touched_end = false;

  // The byte `ahead` places on; -1 past the end.
  int peek(std::size_t ahead = 0) {
    if (static_cast<std::size_t>(end - at) > ahead) return static_cast<unsigned char>(at[ahead]);
    touched_end = true;
    return -1;
  }
  bool starts_with(std::string_view text);
  [[noreturn]] void fail(std::string message) const { throw SyntaxFault{at, std::move(message)}; }
  [[noreturn]] void expected(std::string_view what);

  // `<...>`: appends the text between, escapes decoded, characters checked but for UTF-8 and the scheme.
  void scan_iri(std::string& out);
  // A quoted string of either kind of quote, long ones too when `turtle`; appends its value.
  void scan_string(std::string& out, bool turtle);
  // `@en-GB--ltr`, at the `@`.
  struct Language {
    std::string_view tag;
    Direction direction = Direction::none;
  };
  Language scan_language();
  // An integer, a decimal or a double of Turtle, with the datatype that its form says.
  struct Number {
    std::string_view text;
    std::string_view datatype;
  };
  Number scan_number();
  // `_:label`, without its `_:`.
  std::string_view scan_blank_label();
  // The character of an escape, at the backslash.
  std::uint32_t scan_unicode_escape();
  // The name characters and inner dots from here on.
  std::string_view scan_name_rest();
};

// "found 'x'" or "the text ends here".
std::string describe(int byte);

// What is wrong with the bytes of a term; empty when they are sound. IRIs must be absolute.
std::string term_problem(std::string_view bytes);

// The index of a term whose bytes were not checked yet: they are checked when the batch has not seen them
// before.
inline QuadBatch::Index add_checked(QuadBatch& batch, std::string_view bytes, const char* at) {
  const TermHash hash = batch.hash(bytes);
  const QuadBatch::Index found = batch.find(hash, bytes);
  if (found != QuadBatch::kNone) return found;
  if (std::string problem = term_problem(bytes); !problem.empty()) throw SyntaxFault{at, std::move(problem)};
  return batch.insert(hash, bytes);
}

// 1-based column of `at`, in code points, where `line_start` begins its line.
std::uint64_t column_of(const char* line_start, const char* at);

// Counts a bad statement, or throws the DataError when bad ones are not skipped.
void report_fault(const ReadOptions& options, ReadReport& report, std::uint64_t line, std::uint64_t column,
                  const std::string& message);

}  // namespace dossier::io
