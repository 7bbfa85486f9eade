#include "engine/io/turtle_writer.h"

#include <algorithm>
#include <functional>

#include "engine/io/lexer.h"

namespace dossier::io {
namespace {

// The object list of a very popular predicate still breaks into lines.
constexpr std::string_view kIndent = "    ";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// A name that needs no escapes. Dots are legal within a name only.
bool is_plain_name(std::string_view name, bool prefix) {
  const char* at = name.data();
  const char* const end = at + name.size();
  for (bool first = true; at < end; first = false) {
    const CodePoint c = decode_utf8(at, end);
    if (c.length == 0) return false;
    if (first) {
      const bool starts = is_name_start(c.value) || (!prefix && (c.value == '_' || is_digit(*at)));
      if (!starts) return false;
    } else if (!is_name_character(c.value) && (c.value != '.' || at + 1 == end)) {
      return false;
    }
    at += c.length;
  }
  return true;
}

// What the tokens INTEGER, DECIMAL and DOUBLE of Turtle take; the type they give.
std::string_view number_type(std::string_view text) {
  std::size_t i = !text.empty() && (text[0] == '+' || text[0] == '-') ? 1 : 0;
  const auto digits = [&] {
    const std::size_t from = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    return i - from;
  };
  const std::size_t whole = digits();
  if (i == text.size()) return whole != 0 ? iri::kXsdInteger : std::string_view();
  std::size_t fraction = 0;
  const bool has_dot = text[i] == '.';
  if (has_dot) {
    ++i;
    fraction = digits();
  }
  if (i == text.size()) return fraction != 0 ? iri::kXsdDecimal : std::string_view();
  if (whole + fraction == 0 || (text[i] != 'e' && text[i] != 'E')) return {};
  ++i;
  if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
  return digits() != 0 && i == text.size() ? iri::kXsdDouble : std::string_view();
}

}  // namespace

void TurtleWriter::add_prefix(std::string_view label, std::string_view iri) {
  if (!is_plain_name(label, true) || !term_problem(std::string(1, kIriByte).append(iri)).empty()) return;
  if (!namespaces_.emplace(label, iri).second) return;
  end_subject();
  end_graph();
  labels_.emplace(iri, label);
  if (std::find(lengths_.begin(), lengths_.end(), iri.size()) == lengths_.end()) {
    lengths_.push_back(iri.size());
    std::sort(lengths_.begin(), lengths_.end(), std::greater<>());
  }
  buffer_.append("PREFIX ").append(label).append(": <").append(iri).append(">\n");
}

void TurtleWriter::finish() {
  end_subject();
  end_graph();
  RdfWriter::finish();
}

void TurtleWriter::end_subject() {
  if (subject_open_) buffer_.append(" .\n");
  subject_open_ = false;
}

void TurtleWriter::end_graph() {
  if (graph_open_) buffer_.append("}\n");
  graph_open_ = false;
}

void TurtleWriter::write_texts(const Texts& texts) {
  if (!texts.graph.empty() && !trig_)
    throw QueryError("Turtle cannot hold the named graph " + texts.graph + "; write nq or trig");
  if (texts.graph != last_.graph || (!texts.graph.empty() && !graph_open_)) {
    end_subject();
    end_graph();
    if (!texts.graph.empty()) {
      buffer_.append(texts.graph).append(" {\n");
      graph_open_ = true;
    }
  }
  if (subject_open_ && texts.subject == last_.subject && texts.predicate == last_.predicate) {
    buffer_.append(" , ").append(texts.object);
  } else if (subject_open_ && texts.subject == last_.subject) {
    buffer_.append(" ;\n").append(kIndent).append(texts.predicate).append(" ").append(texts.object);
  } else {
    end_subject();
    buffer_.append(texts.subject).append(" ").append(texts.predicate).append(" ").append(texts.object);
    subject_open_ = true;
  }
  last_ = texts;
}

void TurtleWriter::append_simple(std::string& text, std::string_view bytes) const {
  const TermParts parts = split_term(bytes);
  if (parts.kind == kIriByte) {
    append_iri(text, parts.text);
  } else if (parts.kind != kDatatypeByte) {
    append_ntriples(text, bytes);
  } else if (!append_short_literal(text, parts.text, parts.extra)) {
    append_ntriples(text, std::string(1, kStringByte).append(parts.text));
    text.append("^^");
    append_iri(text, parts.extra);
  }
}

bool TurtleWriter::append_short_literal(std::string& text, std::string_view lexical,
                                        std::string_view datatype) const {
  const bool boolean = datatype == iri::kXsdBoolean && (lexical == "true" || lexical == "false");
  if (!boolean && number_type(lexical) != datatype) return false;
  text.append(lexical);
  return true;
}

void TurtleWriter::append_iri(std::string& text, std::string_view iri) const {
  for (const std::size_t length : lengths_) {
    if (length > iri.size()) continue;
    const auto found = labels_.find(std::string(iri.substr(0, length)));
    if (found == labels_.end() || !is_plain_name(iri.substr(length), false)) continue;
    text.append(found->second).append(":").append(iri.substr(length));
    return;
  }
  append_ntriples(text, std::string(1, kIriByte).append(iri));
}

}  // namespace dossier::io
