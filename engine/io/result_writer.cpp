#include "engine/io/result_writer.h"

#include <algorithm>
#include <array>
#include <ostream>

#include "engine/io/decoded_cells.h"
#include "engine/io/escape.h"
#include "engine/io/rdf_reader.h"
#include "engine/io/table_writer.h"
#include "engine/io/xml_text.h"
#include "engine/model/term.h"

namespace dossier {
namespace {

constexpr std::size_t kFlushBytes = std::size_t{256} << 10;  // stays in the cache of a core

// What the streaming writers share: the buffer, the decoded cells, and where the text of each term stands in
// the buffer, so that a term that comes again is copied from there.
class StreamingWriter : public SolutionWriter {
 public:
  // `inline_bytes`: see DecodedCells.
  StreamingWriter(std::ostream& out, const std::vector<std::string>& variables, LocalTerms& terms,
                  bool inline_bytes = true)
      : out_(out), variables_(variables), terms_(terms), inline_bytes_(inline_bytes) {}

  void write(std::span<const Id* const> columns, std::size_t rows) override {
    cells_.decode(terms_, columns, rows, inline_bytes_);
    written_.assign(cells_.entries(), {0, 0});
    for (std::size_t row = 0; row < rows; ++row) {
      append_row(row);
      if (text_.size() >= kFlushBytes) flush();
    }
    flush();
  }

 protected:
  using Entry = DecodedCells::Entry;

  virtual void append_row(std::size_t row) = 0;
  virtual void append_term(Entry entry) = 0;
  // The term, made or copied. Precondition: bound.
  void append_cell(Entry entry) {
    Written& written = written_[entry];
    if (written.length > 0 && written.at >= flushed_) {
      text_.repeat(written.at - flushed_, written.length);
      return;
    }
    const std::size_t begin = text_.size();
    append_term(entry);
    written = {flushed_ + begin, text_.size() - begin};
  }
  // The lexical form of a value that stands in its id.
  std::string_view lexical_of(Id id) {
    lexical_.clear();
    append_inline_lexical(lexical_, id);
    return lexical_;
  }
  void flush() {
    out_.write(text_.text().data(), static_cast<std::streamsize>(text_.size()));
    flushed_ += text_.size();
    text_.clear();
  }

  std::ostream& out_;
  std::vector<std::string> variables_;
  LocalTerms& terms_;
  DecodedCells cells_;
  TextBuffer text_;

 private:
  struct Written {
    std::uint64_t at;  // counted from the first byte of all
    std::uint64_t length;
  };
  bool inline_bytes_;
  std::uint64_t flushed_ = 0;
  std::vector<Written> written_;  // of each entry
  std::string lexical_;
};

// Language and direction of the `extra` of a language-tagged literal: "ar--rtl" -> "ar", "rtl".
std::pair<std::string_view, std::string_view> split_language(std::string_view extra) {
  const std::size_t at = extra.find("--");
  if (at == std::string_view::npos) return {extra, {}};
  return {extra.substr(0, at), extra.substr(at + 2)};
}

// ---- TSV and CSV

// True when Turtle reads `text` without quotes as a number of just this datatype.
bool is_bare_number(std::string_view text, std::string_view datatype) {
  const bool integer = datatype == iri::kXsdInteger;
  const bool decimal = datatype == iri::kXsdDecimal;
  const bool real = datatype == iri::kXsdDouble;
  if (!integer && !decimal && !real) return false;
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t begin = i;
    while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
    return i - begin;
  };
  if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
  const std::size_t whole = digits();
  if (integer) return whole > 0 && i == text.size();
  std::size_t fraction = 0;
  if (i < text.size() && text[i] == '.') {
    ++i;
    fraction = digits();
  } else if (decimal) {
    return false;
  }
  if (decimal) return fraction > 0 && i == text.size();
  if (whole + fraction == 0 || i == text.size() || (text[i] != 'e' && text[i] != 'E')) return false;
  ++i;
  if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
  return digits() > 0 && i == text.size();
}

class TsvWriter : public StreamingWriter {
 public:
  TsvWriter(std::ostream& out, const std::vector<std::string>& variables, LocalTerms& terms)
      : StreamingWriter(out, variables, terms, false) {
    for (std::size_t i = 0; i < variables_.size(); ++i) {
      if (i > 0) text_ += '\t';
      text_ += '?';
      text_ += variables_[i];
    }
    text_ += '\n';
  }
  void finish() override { flush(); }

 private:
  void append_row(std::size_t row) override {
    for (std::size_t i = 0; i < variables_.size(); ++i) {
      if (i > 0) text_ += '\t';
      if (const Entry entry = cells_.at(row, i); cells_.is_bound(entry)) append_cell(entry);
    }
    text_ += '\n';
  }

  void append_term(Entry entry) override {
    if (cells_.is_triple(entry)) {
      text_ += "<<( ";
      for (std::size_t i = 0; i < 3; ++i) {
        append_term(cells_.part(entry, i));
        text_ += ' ';
      }
      text_ += ")>>";
      return;
    }
    if (const Id id = cells_.id(entry); DecodedCells::has_value(id)) return append_value(id);
    const std::string_view bytes = cells_.bytes(entry);
    if (bytes.front() == kDatatypeByte) {
      const TermParts parts = split_term(bytes);
      if (is_bare_number(parts.text, parts.extra) ||
          (parts.extra == iri::kXsdBoolean && (parts.text == "true" || parts.text == "false"))) {
        text_ += parts.text;
        return;
      }
    }
    append_ntriples(text_, bytes);
  }

  void append_value(Id id) {
    const std::string_view lexical = lexical_of(id);
    const bool bare = id.tag() == Tag::integer || id.tag() == Tag::boolean ||
                      ((id.tag() == Tag::decimal || id.tag() == Tag::double_) &&
                       is_bare_number(lexical, inline_datatype(id)));
    if (bare) {
      text_ += lexical;
      return;
    }
    text_ += '"';
    text_ += lexical;
    text_ += "\"^^<";
    text_ += inline_datatype(id);
    text_ += '>';
  }
};

class CsvWriter : public StreamingWriter {
 public:
  CsvWriter(std::ostream& out, const std::vector<std::string>& variables, LocalTerms& terms)
      : StreamingWriter(out, variables, terms) {
    for (std::size_t i = 0; i < variables_.size(); ++i) {
      if (i > 0) text_ += ',';
      append_quoted(variables_[i]);
    }
    text_ += "\r\n";
  }
  void finish() override { flush(); }

 private:
  void append_row(std::size_t row) override {
    for (std::size_t i = 0; i < variables_.size(); ++i) {
      if (i > 0) text_ += ',';
      if (const Entry entry = cells_.at(row, i); cells_.is_bound(entry)) append_cell(entry);
    }
    text_ += "\r\n";
  }

  void append_term(Entry entry) override {
    if (cells_.is_triple(entry)) {
      scratch_.clear();
      append_triple(entry);
      append_quoted(scratch_);
      return;
    }
    const TermParts parts = split_term(cells_.bytes(entry));
    if (parts.kind == kBlankByte) text_ += "_:";
    append_quoted(parts.text);
  }

  // As the draft says: the parts as fields of their own would be, literals always in quotation marks;
  // quotation marks inside are doubled once here and once more by the field around.
  void append_triple(Entry entry) {
    scratch_ += "<<(";
    for (std::size_t i = 0; i < 3; ++i) {
      scratch_ += ' ';
      const Entry part = cells_.part(entry, i);
      if (cells_.is_triple(part)) {
        append_triple(part);
        continue;
      }
      const TermParts parts = split_term(cells_.bytes(part));
      if (parts.kind == kIriByte) {
        scratch_ += parts.text;
      } else if (parts.kind == kBlankByte) {
        scratch_ += "_:";
        scratch_ += parts.text;
      } else {
        append_in_marks(scratch_, parts.text);
      }
    }
    scratch_ += " )>>";
  }

  template <typename Out>
  static void append_in_marks(Out& out, std::string_view value) {
    out += '"';
    for (const char c : value) {
      if (c == '"') out += '"';
      out += c;
    }
    out += '"';
  }

  void append_quoted(std::string_view value) {
    if (value.find_first_of("\",\r\n") == std::string_view::npos) {
      text_ += value;
      return;
    }
    append_in_marks(text_, value);
  }

  std::string scratch_;
};

// ---- JSON

class JsonWriter : public StreamingWriter {
 public:
  JsonWriter(std::ostream& out, const std::vector<std::string>& variables, LocalTerms& terms)
      : StreamingWriter(out, variables, terms, false) {
    text_ += R"({"head":{"vars":[)";
    for (std::size_t i = 0; i < variables_.size(); ++i) {
      if (i > 0) text_ += ',';
      append_json_string(text_, variables_[i]);
      TextBuffer name;
      append_json_string(name, variables_[i]);
      names_.push_back(std::string(name.text()) + ':');
    }
    text_ += R"(]},"results":{"bindings":[)";
  }
  void finish() override {
    text_ += "\n]}}\n";
    flush();
  }

 private:
  void append_row(std::size_t row) override {
    text_ += any_ ? ",\n{" : "\n{";
    any_ = true;
    bool first = true;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      const Entry entry = cells_.at(row, i);
      if (!cells_.is_bound(entry)) continue;
      if (!first) text_ += ',';
      first = false;
      text_ += names_[i];
      append_cell(entry);
    }
    text_ += '}';
  }

  void append_term(Entry entry) override {
    if (cells_.is_triple(entry)) {
      constexpr std::array<std::string_view, 3> kNames = {"subject", "predicate", "object"};
      text_ += R"({"type":"triple","value":{)";
      for (std::size_t i = 0; i < 3; ++i) {
        if (i > 0) text_ += ',';
        append_json_string(text_, kNames[i]);
        text_ += ':';
        append_term(cells_.part(entry, i));
      }
      text_ += "}}";
      return;
    }
    if (const Id id = cells_.id(entry); DecodedCells::has_value(id)) {
      text_ += R"({"type":"literal","value":")";
      text_ += lexical_of(id);
      text_ += R"(","datatype":")";
      text_ += inline_datatype(id);
      text_ += R"("})";
      return;
    }
    const TermParts parts = split_term(cells_.bytes(entry));
    text_ += parts.kind == kIriByte     ? std::string_view(R"({"type":"uri","value":)")
             : parts.kind == kBlankByte ? std::string_view(R"({"type":"bnode","value":)")
                                        : std::string_view(R"({"type":"literal","value":)");
    append_json_string(text_, parts.text);
    if (parts.kind == kDatatypeByte) {
      text_ += R"(,"datatype":)";
      append_json_string(text_, parts.extra);
    } else if (parts.kind == kLanguageByte) {
      const auto [language, direction] = split_language(parts.extra);
      text_ += R"(,"xml:lang":)";
      append_json_string(text_, language);
      if (!direction.empty()) {
        text_ += R"(,"its:dir":)";
        append_json_string(text_, direction);
      }
    }
    text_ += '}';
  }

  bool any_ = false;
  std::vector<std::string> names_;  // of the variables, with quotation marks and colon
};

// ---- XML

constexpr std::string_view kXmlHead =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<sparql xmlns=\"http://www.w3.org/2005/sparql-results#\" xmlns:its=\"http://www.w3.org/2005/11/its\" "
    "its:version=\"2.0\">\n";

class XmlWriter : public StreamingWriter {
 public:
  XmlWriter(std::ostream& out, const std::vector<std::string>& variables, LocalTerms& terms)
      : StreamingWriter(out, variables, terms) {
    text_ += kXmlHead;
    text_ += "<head>";
    for (const auto& name : variables_) {
      text_ += "<variable name=\"";
      append_attribute(name);
      text_ += "\"/>";
    }
    text_ += "</head>\n<results>\n";
  }
  void finish() override {
    text_ += "</results>\n</sparql>\n";
    flush();
  }

 private:
  void append_row(std::size_t row) override {
    text_ += "<result>";
    for (std::size_t i = 0; i < variables_.size(); ++i) {
      const Entry entry = cells_.at(row, i);
      if (!cells_.is_bound(entry)) continue;
      text_ += "<binding name=\"";
      append_attribute(variables_[i]);
      text_ += "\">";
      append_cell(entry);
      text_ += "</binding>";
    }
    text_ += "</result>\n";
  }

  void append_attribute(std::string_view value) {
    scratch_.clear();
    io::append_xml_attribute(scratch_, value);
    text_ += scratch_;
  }
  void append_content(std::string_view text) {
    scratch_.clear();
    io::append_xml_content(scratch_, text);
    text_ += scratch_;
  }

  void append_element(std::string_view name, std::string_view content) {
    text_ += '<';
    text_ += name;
    text_ += '>';
    append_content(content);
    text_ += "</";
    text_ += name;
    text_ += '>';
  }

  void append_term(Entry entry) override {
    if (cells_.is_triple(entry)) {
      constexpr std::array<std::string_view, 3> kNames = {"subject", "predicate", "object"};
      text_ += "<triple>";
      for (std::size_t i = 0; i < 3; ++i) {
        text_ += '<';
        text_ += kNames[i];
        text_ += '>';
        append_term(cells_.part(entry, i));
        text_ += "</";
        text_ += kNames[i];
        text_ += '>';
      }
      text_ += "</triple>";
      return;
    }
    const TermParts parts = split_term(cells_.bytes(entry));
    if (parts.kind == kIriByte) return append_element("uri", parts.text);
    if (parts.kind == kBlankByte) return append_element("bnode", parts.text);
    text_ += "<literal";
    if (parts.kind == kDatatypeByte) {
      text_ += " datatype=\"";
      append_attribute(parts.extra);
      text_ += '"';
    } else if (parts.kind == kLanguageByte) {
      const auto [language, direction] = split_language(parts.extra);
      text_ += " xml:lang=\"";
      append_attribute(language);
      text_ += '"';
      if (!direction.empty()) {
        text_ += " its:dir=\"";
        text_ += direction;
        text_ += '"';
      }
    }
    text_ += '>';
    append_content(parts.text);
    text_ += "</literal>";
  }

  std::string scratch_;
};

}  // namespace

bool holds_solutions(Format format) {
  return format == Format::table || format == Format::json || format == Format::xml ||
         format == Format::csv || format == Format::tsv;
}

bool holds_boolean(Format format) {
  return holds_solutions(format);
}

bool holds_triples(Format format) {
  return format == Format::table || is_rdf_format(format);
}

std::unique_ptr<SolutionWriter> make_solution_writer(std::ostream& out, Format format,
                                                     const std::vector<std::string>& variables,
                                                     LocalTerms& terms, const Prefixes& prefixes,
                                                     const PathColumns& paths) {
  switch (format) {
    case Format::json:
      return std::make_unique<JsonWriter>(out, variables, terms);
    case Format::xml:
      return std::make_unique<XmlWriter>(out, variables, terms);
    case Format::csv:
      return std::make_unique<CsvWriter>(out, variables, terms);
    case Format::tsv:
      return std::make_unique<TsvWriter>(out, variables, terms);
    default:
      return make_table_writer(out, variables, terms, prefixes, paths);
  }
}

void write_boolean(std::ostream& out, Format format, bool value) {
  const std::string_view word = value ? "true" : "false";
  switch (format) {
    case Format::json:
      out << R"({"head":{},"boolean":)" << word << "}\n";
      break;
    case Format::xml:
      out << kXmlHead << "<head/>\n<boolean>" << word << "</boolean>\n</sparql>\n";
      break;
    case Format::csv:
      out << word << "\r\n";
      break;
    default:
      out << word << '\n';
  }
}

}  // namespace dossier
