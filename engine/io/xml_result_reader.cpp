// SPARQL results in XML, by the events of expat, which keeps no recursion. Entities that the document
// declares are refused: no result needs them, and they are how small documents become large.
#include <expat.h>

#include <exception>
#include <memory>

#include "engine/io/result_rows.h"

namespace dossier {
namespace {

// Between the namespace and the local name of what expat reports; no IRI holds it.
constexpr char kSeparator = '\n';
constexpr std::string_view kResults = "http://www.w3.org/2005/sparql-results#\n";
constexpr std::string_view kLanguage = "http://www.w3.org/XML/1998/namespace\nlang";
constexpr std::string_view kDirection = "http://www.w3.org/2005/11/its\ndir";

enum class Element : std::uint8_t {
  document,
  sparql,
  head,
  variable,
  link,
  results,
  boolean,
  result,
  binding,
  uri,
  bnode,
  literal,
  triple,
  subject,
  predicate,
  object
};

struct Step {
  Element parent;
  std::string_view name;
  Element element;
};
// What may stand in what. The terms stand in a binding and in each part of a triple.
constexpr Step kSteps[] = {
    {Element::document, "sparql", Element::sparql},  {Element::sparql, "head", Element::head},
    {Element::head, "variable", Element::variable},  {Element::head, "link", Element::link},
    {Element::sparql, "results", Element::results},  {Element::sparql, "boolean", Element::boolean},
    {Element::results, "result", Element::result},   {Element::result, "binding", Element::binding},
    {Element::binding, "uri", Element::uri},         {Element::binding, "bnode", Element::bnode},
    {Element::binding, "literal", Element::literal}, {Element::binding, "triple", Element::triple},
    {Element::triple, "subject", Element::subject},  {Element::triple, "predicate", Element::predicate},
    {Element::triple, "object", Element::object},
};

bool is_part(Element element) {
  return element == Element::subject || element == Element::predicate || element == Element::object;
}
bool is_term(Element element) {
  return element == Element::uri || element == Element::bnode || element == Element::literal ||
         element == Element::triple;
}
bool holds_text(Element element) {
  return element == Element::uri || element == Element::bnode || element == Element::literal ||
         element == Element::boolean;
}

class XmlHandler {
 public:
  XmlHandler(const ResultReadOptions& options, ResultSink& sink)
      : options_(options), rows_(options, sink), parser_(XML_ParserCreateNS(nullptr, kSeparator)) {
    if (!parser_) throw std::bad_alloc();
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(parser_.get(), on_start, on_end);
    XML_SetCharacterDataHandler(parser_.get(), on_text);
    XML_SetEntityDeclHandler(parser_.get(), on_entity);
  }

  void read(ByteSource& source) {
    bool more = true;
    while (more) {
      constexpr int kBytes = 64 << 10;
      void* const buffer = XML_GetBuffer(parser_.get(), kBytes);
      if (buffer == nullptr) throw std::bad_alloc();
      const std::size_t size = source.read(static_cast<char*>(buffer), kBytes);
      more = size > 0;
      const XML_Status status = XML_ParseBuffer(parser_.get(), static_cast<int>(size), more ? 0 : 1);
      try {
        if (failure_) std::rethrow_exception(failure_);
        if (status != XML_STATUS_OK) throw ResultProblem(XML_ErrorString(XML_GetErrorCode(parser_.get())));
        if (!more) rows_.finish();
      } catch (const ResultProblem& problem) {
        if (!failure_) note_place();
        throw_result_error(options_, line_, column_, problem.what());
      }
    }
  }

 private:
  using Attributes = const XML_Char**;

  // An exception must not pass through expat: it is kept, and the parser stopped.
  template <typename Action>
  static void event(void* data, Action action) {
    auto& self = *static_cast<XmlHandler*>(data);
    if (self.failure_) return;
    try {
      action(self);
    } catch (...) {
      self.failure_ = std::current_exception();
      self.note_place();
      XML_StopParser(self.parser_.get(), XML_FALSE);
    }
  }
  static void on_start(void* data, const XML_Char* name, Attributes attributes) {
    event(data, [&](XmlHandler& self) { self.start(name, attributes); });
  }
  static void on_end(void* data, const XML_Char*) {
    event(data, [](XmlHandler& self) { self.end(); });
  }
  static void on_text(void* data, const XML_Char* text, int length) {
    event(data, [&](XmlHandler& self) { self.text({text, static_cast<std::size_t>(length)}); });
  }
  static void on_entity(void* data, const XML_Char*, int, const XML_Char*, int, const XML_Char*,
                        const XML_Char*, const XML_Char*, const XML_Char*) {
    event(data,
          [](XmlHandler&) { throw ResultProblem("the document declares an entity; results need none"); });
  }

  // Of the event that goes on, or of what expat refused.
  void note_place() {
    line_ = XML_GetCurrentLineNumber(parser_.get());
    column_ = XML_GetCurrentColumnNumber(parser_.get()) + 1;
  }

  static std::string_view attribute(Attributes attributes, std::string_view name) {
    for (; *attributes != nullptr; attributes += 2)
      if (name == attributes[0]) return attributes[1];
    return {};
  }

  Element here() const { return open_.empty() ? Element::document : open_.back(); }

  void start(std::string_view name, Attributes attributes) {
    const Element parent = here();
    const Element rule = is_part(parent) ? Element::binding : parent;
    const Step* found = nullptr;
    std::string expected;
    for (const Step& step : kSteps) {
      if (step.parent != rule) continue;
      expected += expected.empty() ? "<" : ", <";
      expected.append(step.name) += '>';
      if (name.starts_with(kResults) && name.substr(kResults.size()) == step.name) found = &step;
    }
    if (found == nullptr) {
      const std::string local(name.substr(name.find(kSeparator) + 1));
      const bool known = name.starts_with(kResults);
      throw ResultProblem("found <" + local + ">" + (known ? "" : " of another namespace") + ", expected " +
                          (expected.empty() ? "the end of the element" : expected));
    }
    if (open_.size() >= 8 + 2 * options_.max_depth) throw ResultProblem("the text is nested too deeply");
    open_.push_back(found->element);
    text_.clear();
    switch (found->element) {
      case Element::variable:
        rows_.add_variable(std::string(attribute(attributes, "name")));
        break;
      case Element::results:
        if (!has_head_) throw ResultProblem("found <results> before <head>");
        rows_.end_head();
        break;
      case Element::binding:
        variable_ = attribute(attributes, "name");
        value_.reset();
        break;
      case Element::subject:
      case Element::predicate:
      case Element::object:
        value_.reset();
        break;
      case Element::uri:
      case Element::bnode:
      case Element::literal:
      case Element::triple: {
        if (value_) throw ResultProblem("there are two terms where one belongs");
        TermDraft& term = terms_.emplace_back();
        using K = TermDraft::Kind;
        term.kind = found->element == Element::uri       ? K::iri
                    : found->element == Element::bnode   ? K::blank
                    : found->element == Element::literal ? K::literal
                                                         : K::triple;
        if (found->element != Element::literal) break;
        term.datatype = attribute(attributes, "datatype");
        term.language = attribute(attributes, kLanguage);
        term.direction = attribute(attributes, kDirection);
        break;
      }
      default:
        break;
    }
  }

  void end() {
    const Element ended = here();
    open_.pop_back();
    if (is_term(ended)) {
      TermDraft term = std::move(terms_.back());
      terms_.pop_back();
      term.text = std::move(text_);
      term.has_text = true;
      text_.clear();
      value_ = term.finish();
      return;
    }
    if (is_part(ended)) {
      auto& part =
          terms_.back().parts[static_cast<std::size_t>(ended) - static_cast<std::size_t>(Element::subject)];
      if (part) throw ResultProblem("the triple term names a part twice");
      part = take_value();
      return;
    }
    if (ended == Element::binding) rows_.set(variable_, take_value());
    if (ended == Element::result) rows_.end_row();
    if (ended == Element::head) has_head_ = true;
    if (ended == Element::boolean) {
      const std::size_t begin = text_.find_first_not_of(" \t\r\n");
      const std::string word = begin == std::string::npos
                                   ? ""
                                   : text_.substr(begin, text_.find_last_not_of(" \t\r\n") + 1 - begin);
      if (word != "true" && word != "false" && word != "1" && word != "0")
        throw ResultProblem("found \"" + word + "\", expected true or false");
      rows_.boolean(word == "true" || word == "1");
    }
  }

  Term take_value() {
    if (!value_) throw ResultProblem("a term is missing; expected <uri>, <literal>, <bnode> or <triple>");
    Term value = std::move(*value_);
    value_.reset();
    return value;
  }

  void text(std::string_view piece) {
    if (holds_text(here())) {
      if (text_.size() + piece.size() > options_.max_term_bytes) throw ResultProblem("the value is too long");
      text_ += piece;
    } else if (piece.find_first_not_of(" \t\r\n") != std::string_view::npos) {
      throw ResultProblem("found text where only elements belong");
    }
  }

  struct FreeParser {
    void operator()(XML_ParserStruct* parser) const { XML_ParserFree(parser); }
  };

  const ResultReadOptions& options_;
  RowBuilder rows_;
  std::unique_ptr<XML_ParserStruct, FreeParser> parser_;
  std::vector<Element> open_;
  std::vector<TermDraft> terms_;
  std::optional<Term> value_;  // the term that ended last, not yet placed
  std::string variable_;
  std::string text_;
  bool has_head_ = false;
  std::exception_ptr failure_;
  std::uint64_t line_ = 0;
  std::uint64_t column_ = 0;
};

}  // namespace

void read_xml_results(ByteSource& source, const ResultReadOptions& options, ResultSink& sink) {
  XmlHandler(options, sink).read(source);
}

}  // namespace dossier
