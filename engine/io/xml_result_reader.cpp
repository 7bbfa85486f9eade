// SPARQL results in XML, by the events of XmlParser.
#include <algorithm>
#include <iterator>
#include <span>

#include "engine/io/result_rows.h"
#include "engine/io/xml_parser.h"

namespace dossier {
namespace {

constexpr std::string_view kResults = "http://www.w3.org/2005/sparql-results#";
constexpr std::string_view kXml = "http://www.w3.org/XML/1998/namespace";
constexpr std::string_view kIts = "http://www.w3.org/2005/11/its";

using Attributes = std::span<const io::XmlAttribute>;

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

class ResultHandler final : public io::XmlHandler {
 public:
  ResultHandler(ByteSource& source, const ResultReadOptions& options, ResultSink& sink)
      : options_(options), rows_(options, sink), parser_(source, *this, options.max_term_bytes) {}

  void read() {
    try {
      parser_.parse();
      rows_.finish();
    } catch (const io::XmlFault& fault) {
      throw_result_error(options_, fault.line, fault.column, fault.message);
    } catch (const ResultProblem& problem) {
      throw_result_error(options_, parser_.line(), parser_.column(), problem.what());
    }
  }

  void start_element(const io::XmlName& name, Attributes attributes) override {
    placed([&] { start(name, attributes); });
  }
  void end_element(const io::XmlName&) override {
    placed([&] { end(); });
  }
  void text(std::string_view piece) override {
    placed([&] { add_text(piece); });
  }

 private:
  // The parser knows the place of an event as long as the event goes on.
  template <typename Action>
  void placed(Action action) {
    try {
      action();
    } catch (const ResultProblem& problem) {
      throw io::XmlFault{parser_.line(), parser_.column(), problem.what()};
    }
  }

  static std::string_view attribute(Attributes attributes, std::string_view space, std::string_view local) {
    for (const auto& [name, value] : attributes)
      if (name.space == space && name.local == local) return value;
    return {};
  }

  Element here() const { return open_.empty() ? Element::document : open_.back(); }

  void start(const io::XmlName& name, Attributes attributes) {
    const Element parent = here();
    const Element rule = is_part(parent) ? Element::binding : parent;
    const Step* const found = std::find_if(std::begin(kSteps), std::end(kSteps), [&](const Step& step) {
      return step.parent == rule && name.space == kResults && name.local == step.name;
    });
    if (found == std::end(kSteps)) fail_start(name, rule);
    if (open_.size() >= 8 + 2 * options_.max_depth) throw ResultProblem("the text is nested too deeply");
    open_.push_back(found->element);
    text_.clear();
    switch (found->element) {
      case Element::variable:
        rows_.add_variable(std::string(attribute(attributes, {}, "name")));
        break;
      case Element::results:
        if (!has_head_) throw ResultProblem("found <results> before <head>");
        rows_.end_head();
        break;
      case Element::binding:
        variable_ = attribute(attributes, {}, "name");
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
        term.datatype = attribute(attributes, {}, "datatype");
        term.language = attribute(attributes, kXml, "lang");
        term.direction = attribute(attributes, kIts, "dir");
        break;
      }
      default:
        break;
    }
  }

  void add_text(std::string_view piece) {
    if (holds_text(here())) {
      if (text_.size() + piece.size() > options_.max_term_bytes) throw ResultProblem("the value is too long");
      text_ += piece;
    } else if (piece.find_first_not_of(" \t\r\n") != std::string_view::npos) {
      throw ResultProblem("found text where only elements belong");
    }
  }

  [[noreturn]] static void fail_start(const io::XmlName& name, Element rule) {
    std::string expected;
    for (const Step& step : kSteps)
      if (step.parent == rule) expected += (expected.empty() ? "<" : ", <") + std::string(step.name) + ">";
    throw ResultProblem("found <" + std::string(name.local) + ">" +
                        (name.space == kResults ? "" : " of another namespace") + ", expected " +
                        (expected.empty() ? "the end of the element" : expected));
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

  const ResultReadOptions& options_;
  RowBuilder rows_;
  io::XmlParser parser_;
  std::vector<Element> open_;
  std::vector<TermDraft> terms_;
  std::optional<Term> value_;  // the term that ended last, not yet placed
  std::string variable_;
  std::string text_;
  bool has_head_ = false;
};

}  // namespace

void read_xml_results(ByteSource& source, const ResultReadOptions& options, ResultSink& sink) {
  ResultHandler(source, options, sink).read();
}

}  // namespace dossier
