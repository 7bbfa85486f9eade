// What the readers of results share: where they stand in the text, terms from their parts, rows from their
// cells.
//
// Purpose: the formats differ in their brackets, not in what a term or a row may be; the rules are here once,
// and so is the wording of their errors. Invariants: RowBuilder calls the sink as result_reader.h promises.
// Thread-safety: none; one reader owns them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/io/result_reader.h"

namespace dossier {

// A problem without its place; the reader adds that.
class ResultProblem : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

[[noreturn]] void throw_result_error(const ResultReadOptions& options, std::uint64_t line,
                                     std::uint64_t column, const std::string& what);

// Characters of a source with their place. Columns count code points.
class CharSource {
 public:
  explicit CharSource(ByteSource& source) : source_(source), buffer_(std::size_t{64} << 10) {}
  CharSource(const CharSource&) = delete;
  CharSource& operator=(const CharSource&) = delete;

  bool at_end() { return next_ == end_ && !fill(); }
  char peek() { return at_end() ? '\0' : buffer_[next_]; }
  char take() {
    const char c = peek();
    if (next_ == end_) return c;
    ++next_;
    ++taken_;
    if (c == '\n') {
      ++line_;
      column_ = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
      ++column_;
    }
    return c;
  }
  std::uint64_t taken() const { return taken_; }
  std::uint64_t line() const { return line_; }
  std::uint64_t column() const { return column_; }  // of the character that comes next

 private:
  bool fill();

  ByteSource& source_;
  std::vector<char> buffer_;
  std::size_t next_ = 0;
  std::size_t end_ = 0;
  bool ended_ = false;
  std::uint64_t taken_ = 0;
  std::uint64_t line_ = 1;
  std::uint64_t column_ = 1;
};

// A term of which the parts arrive one by one.
struct TermDraft {
  enum class Kind : std::uint8_t { none, iri, blank, literal, triple };
  Kind kind = Kind::none;
  bool has_text = false;
  std::string text;
  std::string datatype;
  std::string language;
  std::string direction;
  std::array<std::optional<Term>, 3> parts;  // of a triple term

  // Throws ResultProblem when the parts make no term.
  Term finish();
};

class RowBuilder {
 public:
  RowBuilder(const ResultReadOptions& options, ResultSink& sink) : options_(options), sink_(sink) {}

  // Each throws ResultProblem.
  void add_variable(std::string name);
  void end_head();  // the names are complete; rows that were held are handed on
  void set(std::string_view variable, Term term);
  void end_row();
  void boolean(bool value);
  void finish();  // at the end of the text

  std::size_t width() const { return names_.size(); }

 private:
  using NamedCell = std::pair<std::string, Term>;

  const ResultReadOptions& options_;
  ResultSink& sink_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::size_t> columns_;
  bool has_head_ = false;
  bool has_answer_ = false;
  bool has_rows_ = false;
  ResultRow cells_;
  std::vector<NamedCell> named_;  // the present row, as long as there is no head
  std::vector<std::vector<NamedCell>> held_;
  std::size_t held_bytes_ = 0;
};

void read_json_results(ByteSource& source, const ResultReadOptions& options, ResultSink& sink);
void read_xml_results(ByteSource& source, const ResultReadOptions& options, ResultSink& sink);

}  // namespace dossier
