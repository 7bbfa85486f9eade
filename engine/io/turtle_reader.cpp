#include "engine/io/turtle_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "grammar/iri.h"

namespace dossier::io {
namespace {

// With skip_bad a statement is kept together up to this many batches.
constexpr std::size_t kBatchesOfOneStatement = 16;

bool equal_ignoring_case(std::string_view a, std::string_view lower) {
  return std::equal(a.begin(), a.end(), lower.begin(), lower.end(),
                    [](char x, char y) { return (x >= 'A' && x <= 'Z' ? x - 'A' + 'a' : x) == y; });
}

}  // namespace

class TurtleReader::Level {
 public:
  explicit Level(TurtleReader& reader) : reader_(reader) {
    if (reader.depth_ >= kMaxDepth)
      reader.window_.fail(
          fmt::format("collections, property lists and triples are nested more than {} deep", kMaxDepth));
    ++reader_.depth_;
  }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;
  ~Level() { --reader_.depth_; }

 private:
  TurtleReader& reader_;
};

TurtleReader::TurtleReader(ByteSource& source, bool trig, const ReadOptions& options, const BatchSink& sink,
                           std::size_t window_bytes)
    : window_(source, window_bytes, options.max_term_bytes),
      trig_(trig),
      options_(options),
      sink_(sink),
      batch_(options.hash_seed),
      carried_(options.hash_seed),
      base_(options.base) {}

ReadReport TurtleReader::read() {
  for (;;) {
    statement_terms_ = batch_.entries().size();
    statement_rows_ = batch_.rows().size();
    try {
      window_.skip_space();
      if (window_.look() < 0) {
        if (!in_graph_) break;
        in_graph_ = false;
        window_.expected("'}' at the end of the graph");
      }
      statement();
    } catch (const SyntaxFault& fault) {
      recover(fault);
    }
    if (full(1)) hand_on();
  }
  if (!batch_.rows().empty()) sink_(batch_);
  return std::move(report_);
}

void TurtleReader::recover(const SyntaxFault& fault) {
  const TextWindow::Position where = window_.position(fault.at);
  report_fault(options_, report_, where.line, where.column, fault.message);
  report_.quads -= batch_.rows().size() - statement_rows_;
  batch_.truncate(statement_terms_, statement_rows_);
  window_.skip_statement(in_graph_);
}

// ---- statements

void TurtleReader::statement() {
  if (!in_graph_ && directive()) return;
  if (trig_) {
    if (in_graph_ && window_.look() == '}') {
      window_.advance(1);
      in_graph_ = false;
      graph_ = QuadBatch::kDefault;
      return;
    }
    if (!in_graph_ && window_.look() == '{') {
      open_graph(QuadBatch::kDefault);
      return;
    }
    if (!in_graph_ && equal_ignoring_case(peek_word(), "graph")) {
      window_.advance(std::string_view("graph").size());
      window_.skip_space();
      open_graph(iri_or_blank("the name of the graph (an IRI or a blank node)"));
      return;
    }
  }
  triples(trig_ && !in_graph_);
}

void TurtleReader::open_graph(Index label) {
  window_.skip_space();
  if (window_.look() != '{' || window_.look(1) == '|') window_.expected("'{' at the start of the graph");
  window_.advance(1);
  in_graph_ = true;
  graph_ = label;
}

bool TurtleReader::directive() {
  if (window_.look() == '@') {
    at_directive();
    return true;
  }
  const std::string_view word = peek_word();
  if (equal_ignoring_case(word, "prefix")) {
    window_.advance(word.size());
    prefix_directive(false);
  } else if (equal_ignoring_case(word, "base")) {
    window_.advance(word.size());
    base_directive(false);
  } else if (equal_ignoring_case(word, "version")) {
    window_.advance(word.size());
    version_directive(false);
  } else {
    return false;
  }
  return true;
}

void TurtleReader::at_directive() {
  // Not peek_word: `@prefix:<iri>.` needs no space before the colon.
  const auto word = window_.token([](Scanner& scanner) {
    const char* const start = scanner.at++;
    const std::string_view letters = scanner.scan_name_rest();
    scanner.at = start;
    return std::string(letters);
  });
  if (word == "prefix") {
    window_.advance(1 + word.size());
    prefix_directive(true);
  } else if (word == "base") {
    window_.advance(1 + word.size());
    base_directive(true);
  } else if (word == "version") {
    window_.advance(1 + word.size());
    version_directive(true);
  } else {
    window_.fail("expected @prefix, @base or @version");
  }
}

void TurtleReader::prefix_directive(bool with_dot) {
  window_.skip_space();
  std::string label = prefix_label();
  window_.skip_space();
  if (window_.look() != '<') window_.expected("the IRI of the prefix, in <>");
  std::string iri = iri_reference();
  if (with_dot) dot("@prefix");
  if (options_.on_prefix) options_.on_prefix(label, iri);
  const auto [place, is_new] = prefixes_.emplace(label, report_.prefixes.size());
  if (is_new)
    report_.prefixes.emplace_back(std::move(label), std::move(iri));
  else
    report_.prefixes[place->second].second = std::move(iri);
}

void TurtleReader::base_directive(bool with_dot) {
  window_.skip_space();
  if (window_.look() != '<') window_.expected("the base IRI, in <>");
  std::string iri = iri_reference();
  if (with_dot) dot("@base");
  base_ = std::move(iri);
}

void TurtleReader::version_directive(bool with_dot) {
  window_.skip_space();
  const int quote = window_.look();
  if (quote != '"' && quote != '\'') window_.expected("a version in quotes, as in \"1.2\"");
  if (window_.look(1) == quote && window_.look(2) == quote)
    window_.fail("a version stands in single quotes ' or \" only");
  window_.token([&](Scanner& scanner) {
    lexical_.clear();
    scanner.scan_string(lexical_, true);
    return true;
  });
  if (with_dot) dot("@version");
}

void TurtleReader::dot(std::string_view after) {
  window_.skip_space();
  if (window_.look() != '.') window_.expected(fmt::format("'.' at the end of {}", after));
  window_.advance(1);
}

void TurtleReader::triples(bool may_name_graph) {
  const int c = window_.look();
  if (c == '<' && window_.look(1) == '<') {
    if (window_.look(2) == '(')
      window_.fail("a triple term <<( ... )>> cannot be a subject; a reified triple << ... >> can");
    const Held subject(*this, reified_triple());
    window_.skip_space();
    if (window_.look() != '.' && window_.look() != '}') predicate_object_list(subject);
  } else if (c == '(') {
    const Held subject(*this, collection());
    window_.skip_space();
    predicate_object_list(subject);
  } else if (c == '[' && !at_anon()) {
    const Held subject(*this, blank_or_property_list());
    window_.skip_space();
    if (window_.look() != '.' && window_.look() != '}') predicate_object_list(subject);
  } else {
    const Held subject(
        *this, c == '[' ? fresh_blank() : iri_or_blank("a subject (an IRI, a blank node or a collection)"));
    window_.skip_space();
    if (may_name_graph && window_.look() == '{' && window_.look(1) != '|') {
      open_graph(subject);
      return;
    }
    predicate_object_list(subject);
  }
  end_of_triples();
}

void TurtleReader::end_of_triples() {
  window_.skip_space();
  if (window_.look() == '.') {
    window_.advance(1);
  } else if (!in_graph_) {
    window_.expected("',', ';' or '.' after the object");
  } else if (window_.look() != '}') {
    window_.expected("',', ';', '.' or '}' after the object");
  }
}

void TurtleReader::predicate_object_list(const Held& subject) {
  for (;;) {
    {
      const Held predicate(*this, verb());
      object_list(subject, predicate);
    }
    window_.skip_space();
    if (window_.look() != ';') return;
    while (window_.look() == ';') {
      window_.advance(1);
      window_.skip_space();
    }
    const int c = window_.look();
    if (c < 0 || c == '.' || c == ']' || c == '}' || c == '|') return;
  }
}

void TurtleReader::object_list(const Held& subject, const Held& predicate) {
  for (;;) {
    window_.skip_space();
    {
      const Held value(*this, object());
      add_row(subject, predicate, value);
      annotations(subject, predicate, value);
    }
    window_.skip_space();
    if (window_.look() != ',') return;
    window_.advance(1);
  }
}

void TurtleReader::annotations(const Held& subject, const Held& predicate, const Held& object) {
  bool named = false;  // a reifier stands right before
  Held current(*this, object);
  for (;;) {
    window_.skip_space();
    const int c = window_.look();
    if (c == '~') {
      window_.advance(1);
      current.set(reifier());
      reify(current, subject, predicate, object);
      named = true;
    } else if (c == '{' && window_.look(1) == '|') {
      const Level level(*this);
      window_.advance(2);
      if (!named) {
        current.set(fresh_blank());
        reify(current, subject, predicate, object);
      }
      window_.skip_space();
      predicate_object_list(current);
      window_.skip_space();
      if (!window_.looks_at("|}")) window_.expected("'|}' at the end of the annotation");
      window_.advance(2);
      named = false;
    } else {
      return;
    }
  }
}

// ---- rows and batches

void TurtleReader::reify(const Held& reifier, Index subject, Index predicate, Index object) {
  const Index reified = batch_.add_triple(subject, predicate, object);
  add_row(reifier, known(iri::kRdfReifies), reified);
}

void TurtleReader::add_row(Index subject, Index predicate, Index object) {
  batch_.add_row(subject, predicate, object, graph_);
  ++report_.quads;
  if (full(options_.skip_bad ? kBatchesOfOneStatement : 1)) hand_on();
}

bool TurtleReader::full(std::size_t times) const {
  return batch_.rows().size() >= options_.batch_rows * times ||
         batch_.size_bytes() >= options_.batch_bytes * times;
}

void TurtleReader::hand_on() {
  carried_.clear();
  if (graph_ != QuadBatch::kDefault) graph_ = carried_.add_from(batch_, graph_);
  for (Index& index : held_) index = carried_.add_from(batch_, index);
  sink_(batch_);
  batch_.clear();
  if (graph_ != QuadBatch::kDefault) graph_ = batch_.add_from(carried_, graph_);
  statement_terms_ = batch_.entries().size();  // the graph outlives a bad statement, the others do not
  statement_rows_ = 0;
  for (Index& index : held_) index = batch_.add_from(carried_, index);
}

// ---- terms

QuadBatch::Index TurtleReader::verb() {
  if (peek_word() == "a") {
    window_.advance(1);
    return known(iri::kRdfType);
  }
  if (!at_iri_or_name()) window_.expected("a predicate (an IRI or 'a')");
  return iri();
}

QuadBatch::Index TurtleReader::object() {
  const int c = window_.look();
  if (c == '[') return blank_or_property_list();
  if (c == '(') return collection();
  if (c == '<' && window_.look(1) == '<' && window_.look(2) != '(') return reified_triple();
  return simple_object();
}

QuadBatch::Index TurtleReader::simple_object() {
  const int c = window_.look();
  if (c == '<' && window_.look(1) == '<') {
    if (window_.look(2) == '(') return triple_term();
    window_.fail("a reified triple << ... >> cannot stand here; a triple term <<( ... )>> can");
  }
  if (c == '"' || c == '\'') return literal();
  if ((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.') return number();
  if (const std::string_view name = peek_word(); name == "true" || name == "false") return word();
  return iri_or_blank("an object (an IRI, a blank node, a literal or a triple term)");
}

QuadBatch::Index TurtleReader::iri_or_blank(std::string_view what) {
  if (window_.look() == '_') return blank_label();
  if (window_.look() == '[') {
    if (!at_anon()) window_.fail("only an empty [] can stand here, no property list");
    return fresh_blank();
  }
  if (!at_iri_or_name()) window_.expected(what);
  return iri();
}

bool TurtleReader::at_iri_or_name() {
  const int c = window_.look();
  if (c == '<') return window_.look(1) != '<';
  if (c == ':' || c >= 0x80) return true;
  return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

bool TurtleReader::at_anon() {
  return window_.token([](Scanner& scanner) {
    const char* const start = scanner.at++;
    while (scanner.peek() == ' ' || scanner.peek() == '\t' || scanner.peek() == '\n' ||
           scanner.peek() == '\r')
      ++scanner.at;
    if (scanner.peek() == ']') {
      ++scanner.at;
      return true;
    }
    scanner.at = start;
    return false;
  });
}

QuadBatch::Index TurtleReader::blank_or_property_list() {
  if (at_anon()) return fresh_blank();
  window_.advance(1);
  return property_list();
}

QuadBatch::Index TurtleReader::property_list() {
  const Level level(*this);
  const Held node(*this, fresh_blank());
  window_.skip_space();
  // `[ # nothing ]`: an empty list with a comment in it.
  if (window_.look() != ']') predicate_object_list(node);
  window_.skip_space();
  if (window_.look() != ']') window_.expected("']' at the end of the property list");
  window_.advance(1);
  return node;
}

QuadBatch::Index TurtleReader::collection() {
  const Level level(*this);
  window_.advance(1);
  window_.skip_space();
  if (window_.look() == ')') {
    window_.advance(1);
    return known(iri::kRdfNil);
  }
  const Held first(*this, fresh_blank());
  Held last(*this, first);
  for (;;) {
    {
      const Held member(*this, object());
      add_row(last, known(iri::kRdfFirst), member);
    }
    window_.skip_space();
    if (window_.look() < 0) window_.expected("an object or ')'");
    if (window_.look() == ')') break;
    const Held next(*this, fresh_blank());
    add_row(last, known(iri::kRdfRest), next);
    last.set(next);
  }
  window_.advance(1);
  add_row(last, known(iri::kRdfRest), known(iri::kRdfNil));
  return first;
}

QuadBatch::Index TurtleReader::reified_triple() {
  const Level level(*this);
  window_.advance(2);
  window_.skip_space();
  const bool nested = window_.look() == '<' && window_.look(1) == '<' && window_.look(2) != '(';
  const Held subject(*this, nested
                                ? reified_triple()
                                : iri_or_blank("the subject of a reified triple (an IRI or a blank node)"));
  window_.skip_space();
  const Held predicate(*this, verb());
  window_.skip_space();
  const bool nested_object = window_.look() == '<' && window_.look(1) == '<' && window_.look(2) != '(';
  const Held value(*this, nested_object ? reified_triple() : simple_object());
  window_.skip_space();
  Held node(*this, subject);
  if (window_.look() == '~') {
    window_.advance(1);
    node.set(reifier());
    window_.skip_space();
  } else {
    node.set(fresh_blank());
  }
  if (!window_.looks_at(">>")) window_.expected("'>>' at the end of the reified triple");
  window_.advance(2);
  reify(node, subject, predicate, value);
  return node;
}

QuadBatch::Index TurtleReader::triple_term() {
  const Level level(*this);
  window_.advance(3);
  window_.skip_space();
  const Held subject(*this, iri_or_blank("the subject of a triple term (an IRI or a blank node)"));
  window_.skip_space();
  const Held predicate(*this, verb());
  window_.skip_space();
  const Held value(*this, simple_object());
  window_.skip_space();
  if (!window_.looks_at(")>>")) window_.expected("')>>' at the end of the triple term");
  window_.advance(3);
  return batch_.add_triple(subject, predicate, value);
}

QuadBatch::Index TurtleReader::reifier() {
  window_.skip_space();
  const int c = window_.look();
  if (c == '_' || c == '[' || at_iri_or_name()) return iri_or_blank("a reifier (an IRI or a blank node)");
  return fresh_blank();
}

Term TurtleReader::term(Index index) const {
  const QuadBatch::Entry& entry = batch_.entries()[index];
  if (!entry.is_triple) return term_from_bytes(batch_.bytes(index));
  return Term::triple(term(entry.triple[0]), term(entry.triple[1]), term(entry.triple[2]));
}

Term TurtleReader::read_term() {
  window_.skip_space();
  if (window_.look() == '[') window_.expected("a term; a blank node is written with a label, _:b1");
  const Index index = simple_object();
  window_.skip_space();
  if (window_.look() >= 0) window_.expected("the end of the text after the term");
  return term(index);
}

ReadReport read_turtle(ByteSource& source, bool trig, const ReadOptions& options, const BatchSink& sink) {
  return TurtleReader(source, trig, options, sink).read();
}

}  // namespace dossier::io

namespace dossier {

Term parse_term(std::string_view text) {
  const auto source = memory_source(text);
  const ReadOptions options;
  const BatchSink sink;
  io::TurtleReader reader(*source, false, options, sink, std::max<std::size_t>(64, text.size() + 1));
  try {
    return reader.read_term();
  } catch (const io::SyntaxFault& fault) {
    const auto where = reader.position(fault);
    std::string_view line = text;
    for (std::uint64_t i = 1; i < where.line; ++i) line.remove_prefix(line.find('\n') + 1);
    line = line.substr(0, line.find('\n'));
    throw ParseError(fmt::format("{}:{}: {}\n  {}\n  {}^", where.line, where.column, fault.message, line,
                                 std::string(where.column - 1, ' ')),
                     where.line, where.column, reader.at_end(fault));
  }
}

}  // namespace dossier
