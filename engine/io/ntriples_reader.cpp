#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "engine/io/line_reader.h"

namespace dossier::io {
namespace {

const char* find_byte(const char* from, const char* end, char byte) {
  const void* found = from < end ? std::memchr(from, byte, static_cast<std::size_t>(end - from)) : nullptr;
  return found == nullptr ? end : static_cast<const char*>(found);
}

void skip_blanks(const char*& at, const char* eol) {
  while (at < eol && (*at == ' ' || *at == '\t')) ++at;
}

[[noreturn]] void expected(const char* at, const char* eol, std::string_view what) {
  Scanner{at, eol}.expected(what);
}

// True when `seen` stands at `at` and what follows it cannot belong to it: the texts kept are IRIs with their
// brackets.
template <typename Seen>
bool stands_here(const Seen& seen, const char* at, const char* eol) {
  return seen.text != nullptr && static_cast<std::size_t>(eol - at) >= seen.size &&
         std::memcmp(at, seen.text, seen.size) == 0;
}

}  // namespace

void LineReader::read(std::string_view text, const BatchSink* sink) {
  forget();  // what was seen lay in the piece before
  const char* at = text.data();
  const char* const end = at + text.size();
  if (line_ == 1 && text.starts_with("\xEF\xBB\xBF")) at += 3;
  const char* line_start = at;
  while (at < end) {
    const char* const newline = find_byte(at, end, '\n');
    while (at < newline) {
      skip_blanks(at, newline);
      if (at == newline) break;
      if (*at == '\r') {  // of \r\n, or an end of line of its own
        ++at;
        continue;
      }
      if (*at == '#') {
        at = find_byte(at, newline, '\r');
        continue;
      }
      const std::size_t terms = batch_.entries().size();
      const std::size_t rows = batch_.rows().size();
      try {
        statement(at, newline);
      } catch (const SyntaxFault& fault) {
        report_fault(options_, report_, line_, column_of(line_start, fault.at), fault.message);
        batch_.truncate(terms, rows);
        forget();
        at = find_byte(at, newline, '\r');
      }
      if (sink != nullptr &&
          (batch_.rows().size() >= options_.batch_rows || batch_.size_bytes() >= options_.batch_bytes))
        hand_on(*sink);
    }
    if (newline == end) break;
    at = newline + 1;
    line_start = at;
    ++line_;
  }
}

void LineReader::hand_on(const BatchSink& sink) {
  sink(batch_);
  batch_.clear();
  forget();
}

void LineReader::forget() {
  subject_ = {};
  graph_ = {};
  predicates_.fill({});
}

void LineReader::statement(const char*& at, const char* eol) {
  if (*at == 'V') {
    Scanner scanner{at, eol};
    if (scanner.starts_with("VERSION")) {
      directive(scanner);
      at = scanner.at;
      return;
    }
  }
  const Index s = subject(at, eol);
  skip_blanks(at, eol);
  const Index p = predicate(at, eol);
  skip_blanks(at, eol);
  const Index o = object(at, eol, 0);
  skip_blanks(at, eol);
  Index g = QuadBatch::kDefault;
  if (quads_ && at < eol && *at != '.') {
    if (*at == '<' && stands_here(graph_, at, eol)) {
      g = graph_.index;
      at += graph_.size;
    } else if (*at == '<') {
      const char* const from = at;
      g = iri(at, eol);
      graph_ = {from, static_cast<std::size_t>(at - from), g};
    } else if (*at == '_') {
      g = blank(at, eol);
    } else {
      expected(at, eol, "a graph name (an IRI or a blank node) or '.'");
    }
    skip_blanks(at, eol);
  }
  if (at == eol || *at != '.')
    expected(at, eol, quads_ ? "'.' at the end of the quad" : "'.' at the end of the triple");
  ++at;
  end_of_statement(at, eol);
  batch_.add_row(s, p, o, g);
  ++report_.quads;
}

// After a statement only a comment may stand on the line.
void LineReader::end_of_statement(const char* at, const char* eol) {
  skip_blanks(at, eol);
  if (at < eol && *at != '\r' && *at != '#')
    expected(at, eol, "the end of the line or a comment after the statement");
}

// VERSION "1.2": the versions ask nothing of a reader that knows them all.
void LineReader::directive(Scanner& scanner) {
  scanner.at += std::string_view("VERSION").size();
  skip_blanks(scanner.at, scanner.end);
  if (scanner.peek() != '"') scanner.expected("a version in quotes, as in VERSION \"1.2\"");
  scratch_.clear();
  scanner.scan_string(scratch_, false);
  end_of_statement(scanner.at, scanner.end);
}

QuadBatch::Index LineReader::subject(const char*& at, const char* eol) {
  if (*at == '_') return blank(at, eol);
  if (*at != '<') expected(at, eol, "a subject (an IRI or a blank node)");
  if (stands_here(subject_, at, eol)) {
    at += subject_.size;
    return subject_.index;
  }
  const char* const from = at;
  const Index index = iri(at, eol);
  subject_ = {from, static_cast<std::size_t>(at - from), index};
  return index;
}

QuadBatch::Index LineReader::predicate(const char*& at, const char* eol) {
  if (at == eol || *at != '<') expected(at, eol, "a predicate (an IRI)");
  const char* const from = at;
  const char* const close = find_byte(at, eol, '>');
  // The last characters and the length tell the predicates of most data apart.
  std::size_t slot = static_cast<std::size_t>(close - from);
  if (slot >= 4) {
    std::uint32_t tail = 0;
    std::memcpy(&tail, close - 4, sizeof tail);
    slot += (tail * 0x9E3779B1U) >> 24U;
  }
  Seen& seen = predicates_[slot % kPredicates];
  if (stands_here(seen, at, eol)) {
    at += seen.size;
    return seen.index;
  }
  const Index index = iri(at, eol);
  seen = {from, static_cast<std::size_t>(at - from), index};
  return index;
}

QuadBatch::Index LineReader::object(const char*& at, const char* eol, int depth) {
  if (at < eol) {
    if (*at == '"') return literal(at, eol);
    if (*at == '_') return blank(at, eol);
    if (*at == '<' && eol - at > 2 && at[1] == '<' && at[2] == '(') return triple_term(at, eol, depth);
    if (*at == '<' && eol - at > 1 && at[1] == '<')
      throw SyntaxFault{
          at, "a reified triple << ... >> belongs to Turtle; here a triple term <<( ... )>> may stand"};
    if (*at == '<') return iri(at, eol);
  }
  expected(at, eol, "an object (an IRI, a blank node, a literal or a triple term)");
}

QuadBatch::Index LineReader::add(const char* token) {
  if (scratch_.size() > options_.max_term_bytes)
    throw SyntaxFault{token, fmt::format("the term is longer than {} bytes", options_.max_term_bytes)};
  return add_checked(batch_, scratch_, token);
}

// The text between the brackets goes to the batch as it stands: a backslash or a character that no IRI has
// can only be in a term that the batch has not seen, so only such a term is looked at again.
QuadBatch::Index LineReader::iri(const char*& at, const char* eol) {
  const char* const close = find_byte(at + 1, eol, '>');
  if (close == eol) return slow_iri(at, eol);
  scratch_.assign(at, close);
  scratch_[0] = kIriByte;
  const TermHash hash = batch_.hash(scratch_);
  if (const Index found = batch_.find(hash, scratch_); found != QuadBatch::kNone) {
    at = close + 1;
    return found;
  }
  if (scratch_.size() > options_.max_term_bytes || !term_problem(scratch_).empty()) return slow_iri(at, eol);
  at = close + 1;
  return batch_.insert(hash, scratch_);
}

QuadBatch::Index LineReader::slow_iri(const char*& at, const char* eol) {
  const char* const from = at;
  Scanner scanner{at, eol};
  scratch_.assign(1, kIriByte);
  scanner.scan_iri(scratch_);
  const Index index = add(from);
  at = scanner.at;
  return index;
}

QuadBatch::Index LineReader::blank(const char*& at, const char* eol) {
  const char* const from = at;
  Scanner scanner{at, eol};
  if (!scanner.starts_with("_:")) scanner.expected("a blank node, as in _:b1");
  const std::string_view label = scanner.scan_blank_label();
  scratch_.assign(1, kBlankByte);
  scratch_ += label;
  const Index index = add(from);
  at = scanner.at;
  return index;
}

QuadBatch::Index LineReader::literal(const char*& at, const char* eol) {
  const char* const from = at;
  Scanner scanner{at, eol};
  // The lexical form: a view of the text, or of `decoded` when it has escapes.
  std::string decoded;
  std::string_view lexical;
  const char* const close = find_byte(at + 1, eol, '"');
  const auto raw = static_cast<std::size_t>(close - (at + 1));
  const bool plain =
      close != eol && std::memchr(at + 1, '\\', raw) == nullptr && std::memchr(at + 1, '\r', raw) == nullptr;
  if (plain) {
    lexical = {at + 1, raw};
    scanner.at = close + 1;
  } else {
    scanner.scan_string(decoded, false);
    lexical = decoded;
  }
  skip_blanks(scanner.at, eol);
  const int next = scanner.peek();
  scratch_.clear();
  if (next == '@') {
    const Scanner::Language language = scanner.scan_language();
    append_language_bytes(scratch_, lexical, language.tag, language.direction);
  } else if (next == '^') {
    if (scanner.peek(1) != '^') scanner.fail("expected ^^ before a datatype");
    scanner.at += 2;
    skip_blanks(scanner.at, eol);
    if (scanner.peek() != '<') scanner.expected("the IRI of a datatype");
    const char* const datatype = scanner.at;
    const char* const end = find_byte(datatype, eol, '>');
    if (end != eol && std::memchr(datatype, '\\', static_cast<std::size_t>(end - datatype)) == nullptr) {
      append_literal_bytes(scratch_, lexical, {datatype + 1, static_cast<std::size_t>(end - datatype - 1)});
      // An empty datatype would read as none.
      if (end == datatype + 1) throw SyntaxFault{datatype, "the IRI is empty"};
      scanner.at = end + 1;
    } else {
      std::string type;
      scanner.scan_iri(type);
      if (type.empty()) throw SyntaxFault{datatype, "the IRI is empty"};
      append_literal_bytes(scratch_, lexical, type);
    }
  } else {
    append_literal_bytes(scratch_, lexical, {});
  }
  const Index index = add(from);
  at = scanner.at;
  return index;
}

QuadBatch::Index LineReader::triple_term(const char*& at, const char* eol, int depth) {
  if (depth >= kMaxDepth)
    throw SyntaxFault{at, fmt::format("triple terms are nested more than {} deep", kMaxDepth)};
  at += 3;
  skip_blanks(at, eol);
  Index s = 0;
  if (at < eol && *at == '_') {
    s = blank(at, eol);
  } else if (at < eol && *at == '<' && !(eol - at > 1 && at[1] == '<')) {
    s = iri(at, eol);
  } else {
    expected(at, eol, "the subject of a triple term (an IRI or a blank node)");
  }
  skip_blanks(at, eol);
  const Index p = predicate(at, eol);
  skip_blanks(at, eol);
  const Index o = object(at, eol, depth + 1);
  skip_blanks(at, eol);
  Scanner scanner{at, eol};
  if (!scanner.starts_with(")>>")) scanner.expected("')>>' at the end of the triple term");
  at += 3;
  return batch_.add_triple(s, p, o);
}

}  // namespace dossier::io

namespace dossier {

void read_lines(std::string_view text, Format format, std::uint64_t first_line, const ReadOptions& options,
                QuadBatch& batch, ReadReport& report) {
  io::LineReader(format == Format::nq, first_line, options, batch, report).read(text, nullptr);
}

}  // namespace dossier
