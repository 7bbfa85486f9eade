#include "engine/io/turtle_writer.h"

#include <algorithm>
#include <functional>

#include "engine/io/lexer.h"

namespace dossier::io {
namespace {

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
  name_known_iris();
  buffer_.append("PREFIX ").append(label).append(": <").append(iri).append(">\n");
}

void TurtleWriter::finish() {
  end_subject();
  end_graph();
  RdfWriter::finish();
}

void TurtleWriter::name_known_iris() {
  type_.clear();
  append_iri(type_, iri::kRdfType);
  reifies_.clear();
  append_iri(reifies_, iri::kRdfReifies);
}

void TurtleWriter::end_annotation() {
  if (annotation_open_) buffer_.append(" |}");
  annotation_open_ = false;
  reifier_.clear();
}

void TurtleWriter::end_subject() {
  end_annotation();
  if (subject_open_) buffer_.append(" .\n");
  subject_open_ = false;
}

void TurtleWriter::end_graph() {
  if (graph_open_) buffer_.append("}\n");
  graph_open_ = false;
}

void TurtleWriter::append_pair(const Texts& texts) {
  buffer_.append(texts.predicate == type_ ? std::string_view("a") : texts.predicate)
      .append(" ")
      .append(texts.object);
}

// `<<( s p o )>>` with the last quad's s, p and o?
bool TurtleWriter::reifies_last(const Texts& texts) const {
  if (texts.predicate != reifies_) return false;
  std::string_view rest = texts.object;
  const auto takes = [&rest](std::string_view part) {
    if (!rest.starts_with(part)) return false;
    rest.remove_prefix(part.size());
    return true;
  };
  return takes("<<( ") && takes(subject_) && takes(" ") && takes(predicate_) && takes(" ") &&
         takes(object_) && rest == " )>>";
}

// Writes the quad when it belongs to an annotation of the last one.
bool TurtleWriter::continues_annotation(const Texts& texts) {
  if (!subject_open_) return false;
  if (reifies_last(texts)) {
    end_annotation();
    reifier_ = texts.subject;
    buffer_.append(" ~ ").append(reifier_);
    return true;
  }
  if (reifier_.empty() || texts.subject != reifier_) return false;
  if (annotation_open_ && texts.predicate == annotation_predicate_) {
    buffer_.append(" , ").append(texts.object);
  } else {
    buffer_.append(annotation_open_ ? " ; " : " {| ");
    append_pair(texts);
  }
  annotation_open_ = true;
  annotation_predicate_ = texts.predicate;
  return true;
}

void TurtleWriter::write_texts(const Texts& texts) {
  if (!texts.graph.empty() && !trig_)
    throw QueryError("Turtle cannot hold the named graph " + std::string(texts.graph) + "; write nq or trig");
  if (texts.graph != graph_ || (!texts.graph.empty() && !graph_open_)) {
    end_subject();
    end_graph();
    if (!texts.graph.empty()) {
      buffer_.append(texts.graph).append(" {\n");
      graph_open_ = true;
    }
    graph_ = texts.graph;
  }
  if (continues_annotation(texts)) return;
  end_annotation();
  if (subject_open_ && texts.subject == subject_ && texts.predicate == predicate_) {
    buffer_.append(" , ").append(texts.object);
  } else {
    if (subject_open_ && texts.subject == subject_) {
      buffer_.append(" ;\n").append(kIndent);
    } else {
      end_subject();
      buffer_.append(texts.subject).append(" ");
      subject_open_ = true;
    }
    append_pair(texts);
  }
  subject_ = texts.subject;
  predicate_ = texts.predicate;
  object_ = texts.object;
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
