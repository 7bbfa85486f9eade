#include "engine/cdt/scan.h"

namespace dossier::cdt {

void Scan::space() {
  while (scanner_.at < scanner_.end &&
         (*scanner_.at == ' ' || *scanner_.at == '\t' || *scanner_.at == '\n' || *scanner_.at == '\r'))
    ++scanner_.at;
}

bool Scan::take(char c) {
  if (scanner_.peek() != static_cast<unsigned char>(c)) return false;
  ++scanner_.at;
  return true;
}

bool Scan::word(std::string_view text) {
  if (!scanner_.starts_with(text)) return false;
  scanner_.at += text.size();
  return true;
}

void Scan::enter(int depth) {
  if (depth > kMaxDepth) scanner_.fail("lists, maps and triple terms are nested too deep");
  if (depth > deepest_) deepest_ = depth;
}

Element Scan::finish(Element::Kind kind, const char* from) const {
  return {static_cast<std::uint32_t>(from - begin_), static_cast<std::uint32_t>(scanner_.at - from), kind};
}

void Scan::whole(Kind kind) {
  space();
  if (kind == Kind::list)
    list(1);
  else
    map(1);
  space();
  if (scanner_.at != scanner_.end) scanner_.expected("the end of the literal");
}

void Scan::list(int depth) {
  enter(depth);
  if (!take('[')) scanner_.expected("'['");
  space();
  if (take(']')) return;
  for (;;) {
    const Element element = term(Place::value, depth);
    if (depth == 1) observer_.element(element);
    space();
    if (take(']')) return;
    if (!take(',')) scanner_.expected("',' or ']'");
    space();
  }
}

void Scan::map(int depth) {
  enter(depth);
  if (!take('{')) scanner_.expected("'{'");
  space();
  if (take('}')) return;
  for (;;) {
    const Element key = term(Place::key, depth);
    if (depth == 1) observer_.element(key);
    space();
    if (!take(':')) scanner_.expected("':'");
    space();
    const Element value = term(Place::value, depth);
    if (depth == 1) observer_.element(value);
    space();
    if (take('}')) return;
    if (!take(',')) scanner_.expected("',' or '}'");
    space();
  }
}

TripleElements Scan::triple(int depth) {
  enter(depth);
  if (!word("<<(")) scanner_.expected("'<<('");
  TripleElements parts;
  space();
  parts.subject = term(Place::subject, depth);
  space();
  parts.predicate = term(Place::predicate, depth);
  space();
  parts.object = term(Place::object, depth);
  space();
  if (!word(")>>")) scanner_.expected("')>>'");
  return parts;
}

TripleElements Scan::triple() {
  const TripleElements parts = triple(1);
  if (scanner_.at != scanner_.end) scanner_.expected("the end of the triple term");
  return parts;
}

const std::string& Scan::literal_bytes() {
  literal();
  return scratch_;
}

const std::string& Scan::iri_bytes() {
  iri();
  return scratch_;
}

Element Scan::term(Place place, int depth) {
  const char* const from = scanner_.at;
  const bool resource_only = place == Place::subject || place == Place::predicate;
  const int c = scanner_.peek();
  if (c == '<' && scanner_.peek(1) == '<') {
    if (place != Place::value && place != Place::object) scanner_.fail("a triple term cannot stand here");
    triple(depth + 1);
    return finish(Element::Kind::triple, from);
  }
  if (c == '<') {
    iri();
    return finish(Element::Kind::iri, from);
  }
  if (c == '_' && place != Place::key && place != Place::predicate) {
    if (scanner_.peek(1) != ':') scanner_.expected("a blank node");
    const std::string_view label = scanner_.scan_blank_label();
    const Element element = finish(Element::Kind::blank, from);
    observer_.blank(element, label);
    return element;
  }
  if (resource_only) scanner_.expected("an IRI");
  if (c == '"' || c == '\'') {
    literal();
    const Element element = finish(Element::Kind::literal, from);
    if (kind_of(scratch_)) observer_.quoted(element, scratch_);
    return element;
  }
  if (c == '+' || c == '-' || c == '.' || (c >= '0' && c <= '9')) {
    const std::string_view datatype = scanner_.scan_number().datatype;
    return finish(datatype == iri::kXsdInteger   ? Element::Kind::integer
                  : datatype == iri::kXsdDecimal ? Element::Kind::decimal
                                                 : Element::Kind::real,
                  from);
  }
  if (word("true") || word("false")) return finish(Element::Kind::boolean, from);
  if (place != Place::key && c == '[') {
    list(depth + 1);
    return finish(Element::Kind::list, from);
  }
  if (place != Place::key && c == '{') {
    map(depth + 1);
    return finish(Element::Kind::map, from);
  }
  if (place == Place::value && word("null")) return finish(Element::Kind::null, from);
  scanner_.expected("a term");
}

// Leaves the IRI's term in `scratch_`.
void Scan::iri() {
  const char* const from = scanner_.at;
  scratch_.assign(1, kIriByte);
  scanner_.scan_iri(scratch_);
  if (std::string problem = io::term_problem(scratch_); !problem.empty())
    throw io::SyntaxFault{from, std::move(problem)};
}

// Leaves the literal's term in `scratch_`.
void Scan::literal() {
  const char* const from = scanner_.at;
  std::string lexical;
  scanner_.scan_string(lexical, true);
  const char* const end = scanner_.at;
  space();
  const int next = scanner_.peek();
  if (next == '@') {
    const io::Scanner::Language language = scanner_.scan_language();
    scratch_.clear();
    append_language_bytes(scratch_, lexical, language.tag, language.direction);
  } else if (next == '^') {
    if (!word("^^")) scanner_.expected("'^^'");
    space();
    if (scanner_.peek() != '<') scanner_.expected("the IRI of a datatype");
    iri();
    const std::string datatype = scratch_.substr(1);
    scratch_.clear();
    append_literal_bytes(scratch_, lexical, datatype);
    if (std::string problem = io::term_problem(scratch_); !problem.empty())
      throw io::SyntaxFault{from, std::move(problem)};
  } else {
    scanner_.at = end;  // the space belongs to what follows
    scratch_.clear();
    append_literal_bytes(scratch_, lexical, {});
  }
}

}  // namespace dossier::cdt
