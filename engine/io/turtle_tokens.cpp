// The tokens of Turtle that make terms: IRIs, prefixed names, labels, literals, numbers.
#include <fmt/format.h>

#include "engine/io/turtle_reader.h"
#include "grammar/iri.h"

namespace dossier::io {
namespace {

bool is_hex(int c) {
  return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

// The label of a prefix, up to but without its colon.
std::string_view scan_prefix(Scanner& scanner) {
  const char* const from = scanner.at;
  if (scanner.peek() == ':') return {};
  if (scanner.end - scanner.at < 4) scanner.touched_end = true;
  const CodePoint first = decode_utf8(scanner.at, scanner.end);
  if (first.length == 0 || !is_name_start(first.value)) return {};
  scanner.at += first.length;
  scanner.scan_name_rest();
  return {from, static_cast<std::size_t>(scanner.at - from)};
}

// PN_LOCAL: appends the name, its backslashes taken away. Dots at the end belong to what follows.
void scan_local(Scanner& scanner, std::string& out) {
  constexpr std::string_view kEscaped = "_~.-!$&'()*+,;=/?#@%";
  const char* last = scanner.at;
  std::size_t kept = out.size();
  for (bool first = true;; first = false) {
    const int c = scanner.peek();
    if (c < 0) break;
    if (c == '.') {
      if (first) break;
      out.push_back('.');
      ++scanner.at;
      continue;
    }
    if (c == '%') {
      if (!is_hex(scanner.peek(1)) || !is_hex(scanner.peek(2)))
        scanner.fail("expected two hexadecimal digits after '%' in a name");
      out.append(scanner.at, 3);
      scanner.at += 3;
    } else if (c == '\\') {
      const int escaped = scanner.peek(1);
      if (escaped < 0 || kEscaped.find(static_cast<char>(escaped)) == std::string_view::npos)
        scanner.fail(
            fmt::format("expected one of {} after the backslash in a name, {}", kEscaped, describe(escaped)));
      out.push_back(static_cast<char>(escaped));
      scanner.at += 2;
    } else if (c < 0x80) {
      const bool fits =
          c == ':' || (is_name_character(static_cast<std::uint32_t>(c)) && !(first && c == '-'));
      if (!fits) break;
      out.push_back(static_cast<char>(c));
      ++scanner.at;
    } else {
      if (scanner.end - scanner.at < 4) scanner.touched_end = true;
      const CodePoint decoded = decode_utf8(scanner.at, scanner.end);
      if (decoded.length == 0) scanner.fail("the name is not valid UTF-8");
      if (!(first ? is_name_start(decoded.value) : is_name_character(decoded.value))) break;
      out.append(scanner.at, decoded.length);
      scanner.at += decoded.length;
    }
    last = scanner.at;
    kept = out.size();
  }
  scanner.at = last;
  out.resize(kept);
}

}  // namespace

QuadBatch::Index TurtleReader::add() {
  if (scratch_.size() > options_.max_term_bytes)
    window_.fail(fmt::format("the term before this place is longer than {} bytes", options_.max_term_bytes));
  return add_checked(batch_, scratch_, window_.at());
}

QuadBatch::Index TurtleReader::known(std::string_view iri) {
  scratch_.assign(1, kIriByte);
  scratch_ += iri;
  return batch_.add_term(scratch_);
}

// The sign '#' begins a comment, so no label in a file has it.
QuadBatch::Index TurtleReader::fresh_blank() {
  scratch_ = fmt::format("{}#{}", kBlankByte, blanks_++);
  return batch_.add_term(scratch_);
}

std::string_view TurtleReader::peek_word() {
  return window_.token([](Scanner& scanner) -> std::string_view {
    const char* const start = scanner.at;
    const std::string_view name = scan_prefix(scanner);
    const bool is_prefix = scanner.peek() == ':';
    scanner.at = start;
    return is_prefix ? std::string_view() : name;
  });
}

std::string TurtleReader::prefix_label() {
  return window_.token([](Scanner& scanner) {
    const std::string_view label = scan_prefix(scanner);
    if (scanner.peek() != ':') scanner.expected("a prefix that ends with ':'");
    ++scanner.at;
    return std::string(label);
  });
}

std::string TurtleReader::iri_reference() {
  const char* start = nullptr;
  window_.token([&](Scanner& scanner) {
    lexical_.clear();
    start = scanner.at;
    scanner.scan_iri(lexical_);
    return true;
  });
  scratch_.assign(1, kIriByte);
  scratch_ += grammar::resolve_iri(base_, lexical_);
  if (std::string problem = term_problem(scratch_); !problem.empty())
    throw SyntaxFault{start, std::move(problem)};
  return scratch_.substr(1);
}

QuadBatch::Index TurtleReader::iri() {
  if (window_.look() != '<') return prefixed_name();
  const char* start = nullptr;
  window_.token([&](Scanner& scanner) {
    scratch_.assign(1, kIriByte);
    start = scanner.at;
    scanner.scan_iri(scratch_);
    return true;
  });
  const std::string_view text = std::string_view(scratch_).substr(1);
  if (!grammar::is_absolute_iri(text) && !base_.empty()) {
    lexical_ = grammar::resolve_iri(base_, text);
    scratch_.resize(1);
    scratch_ += lexical_;
  }
  return add_checked(batch_, scratch_, start);
}

QuadBatch::Index TurtleReader::prefixed_name() {
  const char* start = nullptr;
  window_.token([&](Scanner& scanner) {
    start = scanner.at;
    prefix_ = scan_prefix(scanner);
    if (scanner.peek() != ':') {
      scanner.at = start;
      scanner.fail(
          prefix_.empty()
              ? "expected a name with a prefix, as in ex:name"
              : fmt::format("'{}' is no keyword that can stand here, and a name needs a prefix and ':'",
                            prefix_));
    }
    ++scanner.at;
    lexical_.clear();
    scan_local(scanner, lexical_);
    return true;
  });
  const auto found = prefixes_.find(prefix_);
  if (found == prefixes_.end())
    throw SyntaxFault{start, fmt::format("the prefix {}: is not declared", prefix_)};
  scratch_.assign(1, kIriByte);
  scratch_ += report_.prefixes[found->second].second;
  scratch_ += lexical_;
  if (scratch_.size() > options_.max_term_bytes) add();
  return add_checked(batch_, scratch_, start);
}

QuadBatch::Index TurtleReader::word() {
  const bool value = peek_word() == "true";
  window_.advance(value ? 4 : 5);
  scratch_.clear();
  append_literal_bytes(scratch_, value ? "true" : "false", iri::kXsdBoolean);
  return add();
}

QuadBatch::Index TurtleReader::blank_label() {
  window_.token([&](Scanner& scanner) {
    if (!scanner.starts_with("_:")) scanner.expected("a blank node, as in _:b1");
    scratch_.assign(1, kBlankByte);
    scratch_ += scanner.scan_blank_label();
    return true;
  });
  return add();
}

QuadBatch::Index TurtleReader::literal() {
  window_.token([&](Scanner& scanner) {
    const char* const start = scanner.at;
    lexical_.clear();
    scanner.scan_string(lexical_, true);
    if (lexical_.size() > options_.max_term_bytes)
      throw SyntaxFault{start, fmt::format("the literal is longer than {} bytes", options_.max_term_bytes)};
    return true;
  });
  window_.skip_space();
  if (window_.look() == '@') {
    window_.token([&](Scanner& scanner) {
      const Scanner::Language language = scanner.scan_language();
      scratch_.clear();
      append_language_bytes(scratch_, lexical_, language.tag, language.direction);
      return true;
    });
    return add();
  }
  scratch_.clear();
  if (window_.look() == '^' && window_.look(1) == '^') {
    window_.advance(2);
    window_.skip_space();
    if (!at_iri_or_name()) window_.expected("the IRI of a datatype");
    // The datatype goes through the same tokens as any IRI, which use the buffers of this function.
    const std::string lexical = std::move(lexical_);
    const std::size_t terms = batch_.entries().size();
    const Index index = iri();
    const std::string datatype(batch_.bytes(index).substr(1));
    // A datatype is no term of the batch unless something else uses it.
    if (batch_.entries().size() > terms) batch_.truncate(terms, batch_.rows().size());
    scratch_.clear();
    append_literal_bytes(scratch_, lexical, datatype);
    return add();
  }
  append_literal_bytes(scratch_, lexical_, {});
  return add();
}

QuadBatch::Index TurtleReader::number() {
  std::string_view type;
  window_.token([&](Scanner& scanner) {
    const Scanner::Number number = scanner.scan_number();
    lexical_.assign(number.text);
    type = number.datatype;
    return true;
  });
  scratch_.clear();
  append_literal_bytes(scratch_, lexical_, type);
  return add();
}

}  // namespace dossier::io
