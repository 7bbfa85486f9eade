// SPARQL results in JSON, by RapidJSON's events; its iterative parser keeps no recursion.
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

#include <exception>

#include "engine/io/result_rows.h"

namespace dossier {
namespace {

// The stream that RapidJSON reads. It ends when one token grows beyond its bound.
class JsonStream {
 public:
  using Ch = char;
  JsonStream(ByteSource& source, std::size_t max_token_bytes) : chars_(source), max_(max_token_bytes) {}

  Ch Peek() { return too_long() ? '\0' : chars_.peek(); }
  Ch Take() { return too_long() ? '\0' : chars_.take(); }
  std::size_t Tell() const { return static_cast<std::size_t>(chars_.taken()); }
  // The interface of streams that are written in place; never called.
  Ch* PutBegin() { return nullptr; }
  void Put(Ch) {}
  std::size_t PutEnd(Ch*) { return 0; }

  void token_done() { token_begin_ = chars_.taken(); }
  bool too_long() const { return chars_.taken() - token_begin_ > max_; }
  bool at_end() { return chars_.at_end(); }
  const CharSource& chars() const { return chars_; }

 private:
  CharSource chars_;
  std::size_t max_;
  std::uint64_t token_begin_ = 0;
};

// Follows the events; a problem is kept, because an exception must not pass through the parser.
class JsonHandler {
 public:
  JsonHandler(JsonStream& stream, const ResultReadOptions& options, ResultSink& sink)
      : stream_(stream), options_(options), rows_(options, sink) {}

  bool Null() {
    return event([&] { scalar("null"); });
  }
  bool Bool(bool value) {
    return event([&] {
      if (skipping()) return;
      if (here() == Place::top && key_ == "boolean") return rows_.boolean(value);
      scalar(value ? "true" : "false");
    });
  }
  bool Int(int) { return number(); }
  bool Uint(unsigned) { return number(); }
  bool Int64(std::int64_t) { return number(); }
  bool Uint64(std::uint64_t) { return number(); }
  bool Double(double) { return number(); }
  bool RawNumber(const char*, rapidjson::SizeType, bool) { return number(); }
  bool String(const char* text, rapidjson::SizeType length, bool) {
    return event([&] { string({text, length}); });
  }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    return event([&] { key_.assign(text, length); });
  }
  bool StartObject() {
    return event([&] { start(true); });
  }
  bool EndObject(rapidjson::SizeType) {
    return event([&] { end(); });
  }
  bool StartArray() {
    return event([&] { start(false); });
  }
  bool EndArray(rapidjson::SizeType) {
    return event([&] { end(); });
  }

  // After the parser: what it stopped at.
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }
  void finish() { rows_.finish(); }

 private:
  enum class Place : std::uint8_t { top, head, vars, results, bindings, row, term, parts, skipped };

  template <typename Action>
  bool event(Action action) {
    try {
      action();
      stream_.token_done();
      return true;
    } catch (...) {
      failure_ = std::current_exception();
      return false;
    }
  }

  Place here() const { return places_.empty() ? Place::skipped : places_.back(); }
  bool skipping() const { return here() == Place::skipped && !places_.empty(); }

  [[noreturn]] static void unexpected(const std::string& what, const char* expected) {
    throw ResultProblem("found " + what + ", expected " + expected);
  }
  // What may stand at the present place, where a value of another kind was found.
  const char* expected() const {
    switch (here()) {
      case Place::head:
        return "an array";
      case Place::vars:
        return "the name of a variable";
      case Place::results:
        return "an array of rows";
      case Place::bindings:
        return "a row, an object";
      case Place::row:
      case Place::parts:
        return "a term, an object";
      case Place::term:
        return key_ == "value" ? "a string, or an object with subject, predicate and object" : "a string";
      case Place::top:
        return key_ == "boolean" ? "true or false" : "an object";
      case Place::skipped:
        break;
    }
    return "an object with \"head\" and \"results\" or \"boolean\"";
  }
  // Members that this format does not define may hold anything.
  bool is_extension() const {
    switch (here()) {
      case Place::top:
        return key_ != "head" && key_ != "results" && key_ != "boolean";
      case Place::head:
        return key_ != "vars";
      case Place::results:
        return key_ != "bindings";
      case Place::term:
        return key_ != "type" && key_ != "value" && key_ != "xml:lang" && key_ != "its:dir" &&
               key_ != "datatype";
      case Place::parts:
        return part() == 3;
      case Place::skipped:
        return !places_.empty();
      default:
        return false;
    }
  }
  std::size_t part() const {
    return key_ == "subject" ? 0 : key_ == "predicate" ? 1 : key_ == "object" ? 2 : 3;
  }

  bool number() {
    return event([&] { scalar("a number"); });
  }
  void scalar(const char* what) {
    if (!is_extension()) unexpected(what, expected());
  }

  void string(std::string_view text) {
    if (here() == Place::vars) return rows_.add_variable(std::string(text));
    if (is_extension()) return;
    if (here() != Place::term) unexpected("a string", expected());
    TermDraft& term = terms_.back().draft;
    if (key_ == "type") {
      using K = TermDraft::Kind;
      term.kind = text == "uri"                                  ? K::iri
                  : text == "bnode"                              ? K::blank
                  : text == "literal" || text == "typed-literal" ? K::literal
                  : text == "triple"                             ? K::triple
                                                                 : K::none;
      if (term.kind == K::none)
        unexpected("the type \"" + std::string(text) + "\"", "uri, literal, bnode or triple");
    } else if (key_ == "value") {
      term.text = text;
      term.has_text = true;
    } else if (key_ == "xml:lang") {
      term.language = text;
    } else if (key_ == "its:dir") {
      term.direction = text;
    } else {
      term.datatype = text;
    }
  }

  void start(bool object) {
    const Place next = is_extension() ? Place::skipped : inner(object);
    if (places_.size() >= 8 + 2 * options_.max_depth) throw ResultProblem("the text is nested too deeply");
    if (next == Place::term) terms_.push_back({{}, key_});
    places_.push_back(next);
  }

  // The place that begins with a `{` or `[` here.
  Place inner(bool object) const {
    const char* const what = object ? "an object" : "an array";
    switch (here()) {
      case Place::skipped:
        if (object) return Place::top;
        break;
      case Place::top:
        if (object && key_ == "head") return Place::head;
        if (object && key_ == "results") return Place::results;
        break;
      case Place::head:
        if (!object) return Place::vars;
        break;
      case Place::results:
        if (!object) return Place::bindings;
        break;
      case Place::bindings:
        if (object) return Place::row;
        break;
      case Place::row:
      case Place::parts:
        if (object) return Place::term;
        break;
      case Place::term:
        if (object && key_ == "value") return Place::parts;
        break;
      case Place::vars:
        break;
    }
    unexpected(what, expected());
  }

  void end() {
    const Place ended = here();
    places_.pop_back();
    if (ended == Place::vars) rows_.end_head();
    if (ended == Place::row) rows_.end_row();
    if (ended == Place::parts) {
      if (terms_.back().draft.has_text) throw ResultProblem("the term has two values");
      terms_.back().has_parts = true;
    }
    if (ended != Place::term) return;
    OpenTerm done = std::move(terms_.back());
    terms_.pop_back();
    if (done.has_parts && done.draft.kind != TermDraft::Kind::triple)
      throw ResultProblem("only a term of type triple has an object as its value");
    Term term = done.draft.finish();
    key_ = done.key;
    if (here() == Place::parts)
      terms_.back().draft.parts[part()] = std::move(term);
    else
      rows_.set(key_, std::move(term));
  }

  struct OpenTerm {
    TermDraft draft;
    std::string key;  // the variable, or the part of a triple term
    bool has_parts = false;
  };

  JsonStream& stream_;
  const ResultReadOptions& options_;
  RowBuilder rows_;
  std::vector<Place> places_;
  std::vector<OpenTerm> terms_;
  std::string key_;
  std::exception_ptr failure_;
};

}  // namespace

void read_json_results(ByteSource& source, const ResultReadOptions& options, ResultSink& sink) {
  JsonStream stream(source, options.max_term_bytes);
  JsonHandler handler(stream, options, sink);
  const auto fail = [&](const std::string& what) {
    throw_result_error(options, stream.chars().line(), stream.chars().column(), what);
  };
  try {
    rapidjson::Reader reader;
    const rapidjson::ParseResult parsed =
        reader.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag |
                     rapidjson::kParseNumbersAsStringsFlag>(stream, handler);
    handler.rethrow();
    if (stream.too_long()) fail("the value is too long");
    if (parsed.IsError()) {
      if (stream.at_end()) fail("the text ends too early; expected the rest of a JSON object");
      fail(rapidjson::GetParseError_En(parsed.Code()));
    }
    handler.finish();
  } catch (const ResultProblem& problem) {
    fail(problem.what());
  }
}

}  // namespace dossier
