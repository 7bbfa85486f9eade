#include "engine/io/result_reader.h"

#include "engine/io/result_rows.h"

namespace dossier {
namespace {

// CSV and TSV: lines of fields.
class FieldReader {
 public:
  FieldReader(ByteSource& source, const ResultReadOptions& options, ResultSink& sink)
      : chars_(source), options_(options), sink_(sink) {}

  void read_csv() {
    std::vector<Field> fields;
    if (!csv_record(fields)) fail("the text is empty; expected a line of variable names");
    head(fields, false);
    while (csv_record(fields)) {
      start_row(fields);
      for (std::size_t i = 0; i < width_; ++i) {
        const std::string& text = fields[i].text;
        if (text.empty()) continue;
        cells_[i] =
            text.size() > 2 && text.starts_with("_:") ? Term::blank(text.substr(2)) : Term::literal(text);
      }
      sink_.row(cells_);
    }
  }

  void read_tsv() {
    std::vector<Field> fields;
    if (!tsv_record(fields)) fail("the text is empty; expected a line of variables");
    // Not of the standard, but what the writer gives for ASK; no header of variables looks like this.
    if (fields.size() == 1 && (fields[0].text == "true" || fields[0].text == "false")) {
      sink_.boolean(fields[0].text == "true");
      if (tsv_record(fields)) fail_at(fields[0], "expected the end of the text after the answer");
      return;
    }
    head(fields, true);
    while (tsv_record(fields)) {
      start_row(fields);
      for (std::size_t i = 0; i < width_; ++i)
        if (!fields[i].text.empty()) cells_[i] = term(fields[i]);
      sink_.row(cells_);
    }
  }

 private:
  struct Field {
    std::string text;
    std::uint64_t line = 1;
    std::uint64_t column = 1;
  };

  [[noreturn]] void fail(const std::string& what) {
    throw_result_error(options_, chars_.line(), chars_.column(), what);
  }
  [[noreturn]] void fail_at(const Field& field, const std::string& what) {
    throw_result_error(options_, field.line, field.column, what);
  }

  void head(const std::vector<Field>& fields, bool marked) {
    RowBuilder rows(options_, sink_);
    if (fields.size() > 1 || !fields[0].text.empty())
      for (const Field& field : fields) {
        std::string name = field.text;
        const bool has_mark = name.starts_with('?') || name.starts_with('$');
        if (marked && !has_mark) fail_at(field, "expected a variable with its `?`, found \"" + name + "\"");
        if (has_mark) name.erase(0, 1);
        try {
          rows.add_variable(std::move(name));
        } catch (const ResultProblem& problem) {
          fail_at(field, problem.what());
        }
      }
    rows.end_head();
    width_ = rows.width();
  }

  void start_row(const std::vector<Field>& fields) {
    const bool empty = width_ == 0 && fields.size() == 1 && fields[0].text.empty();
    if (fields.size() != width_ && !empty)
      fail_at(fields[0], "the row has " + std::to_string(fields.size()) + " fields; the head has " +
                             std::to_string(width_));
    cells_.assign(width_, std::nullopt);
  }

  Term term(const Field& field) {
    try {
      return parse_term(field.text);
    } catch (const ParseError& error) {
      // `line:column: what` and a caret, both of the cell alone.
      std::string report = error.what();
      report = report.substr(0, report.find('\n'));
      throw_result_error(options_, field.line, field.column + error.column() - 1,
                         report.substr(report.find(": ") + 2));
    }
  }

  Field start_field() const { return {"", chars_.line(), chars_.column()}; }
  void append(Field& field, char c) {
    if (field.text.size() >= options_.max_term_bytes) fail("the field is too long");
    field.text += c;
  }
  // Takes an end of line, LF or CR LF.
  bool take_line_end() {
    if (chars_.peek() == '\r') chars_.take();
    return chars_.peek() == '\n' && chars_.take() == '\n';
  }

  bool tsv_record(std::vector<Field>& fields) {
    fields.clear();
    if (chars_.at_end()) return false;
    fields.push_back(start_field());
    while (!chars_.at_end()) {
      const char c = chars_.take();
      if (c == '\n') break;
      if (c == '\t')
        fields.push_back(start_field());
      else if (c != '\r' || chars_.peek() != '\n')
        append(fields.back(), c);
    }
    return true;
  }

  bool csv_record(std::vector<Field>& fields) {
    fields.clear();
    if (chars_.at_end()) return false;
    while (true) {
      fields.push_back(start_field());
      csv_field(fields.back());
      if (chars_.at_end() || take_line_end()) return true;
      if (chars_.take() != ',') fail_at(fields.back(), "expected `,` or the end of the line after the field");
    }
  }

  void csv_field(Field& field) {
    if (chars_.peek() != '"') {
      while (!chars_.at_end() && chars_.peek() != ',' && chars_.peek() != '\n' && chars_.peek() != '\r')
        append(field, chars_.take());
      return;
    }
    chars_.take();
    while (true) {
      if (chars_.at_end()) fail_at(field, "the quotation mark that begins here is not closed");
      const char c = chars_.take();
      if (c != '"')
        append(field, c);
      else if (chars_.peek() == '"')
        append(field, chars_.take());
      else
        return;
    }
  }

  CharSource chars_;
  const ResultReadOptions& options_;
  ResultSink& sink_;
  std::size_t width_ = 0;
  ResultRow cells_;
};

class TableSink : public ResultSink {
 public:
  explicit TableSink(ResultTable& table) : table_(table) {}
  void variables(const std::vector<std::string>& names) override { table_.variables = names; }
  void row(ResultRow& cells) override { table_.rows.push_back(std::move(cells)); }
  void boolean(bool value) override { table_.boolean = value; }

 private:
  ResultTable& table_;
};

}  // namespace

void read_results(ByteSource& source, Format format, const ResultReadOptions& options, ResultSink& sink) {
  switch (format) {
    case Format::json:
      return read_json_results(source, options, sink);
    case Format::xml:
      return read_xml_results(source, options, sink);
    case Format::csv:
      return FieldReader(source, options, sink).read_csv();
    case Format::tsv:
      return FieldReader(source, options, sink).read_tsv();
    default:
      throw QueryError("results are not read from " + std::string(format_name(format)) +
                       "; use json, xml, csv or tsv");
  }
}

ResultTable read_results(std::string_view text, Format format, const ResultReadOptions& options) {
  ResultTable table;
  TableSink sink(table);
  const auto source = memory_source(text);
  read_results(*source, format, options, sink);
  return table;
}

}  // namespace dossier
