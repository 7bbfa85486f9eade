#include "shell/answer.h"

#include <fmt/format.h>

#include <set>
#include <string>
#include <vector>

#include "engine/io/path_drawing.h"
#include "engine/io/term_display.h"
#include "engine/model/term.h"
#include "shell/console.h"

namespace dossier::shell {
namespace {

using Cell = AnswerRows::Cell;
using Row = std::vector<Cell>;
using Kind = TableLayout::Kind;

constexpr std::size_t kPieceRows = 1000;
constexpr std::size_t kKeptRows = 10'000;
constexpr std::size_t kKeptBytes = std::size_t{8} << 20;

bool is_date(std::string_view datatype) {
  if (!datatype.starts_with(iri::kXsd)) return false;
  const std::string_view name = datatype.substr(iri::kXsd.size());
  return name.starts_with("date") || name.starts_with("g") || name == "time";
}

void add_iris(const Term& term, std::set<std::string>& iris) {
  if (term.is_iri()) iris.emplace(term.value());
  if (!term.is_triple()) return;
  add_iris(term.subject(), iris);
  add_iris(term.predicate(), iris);
  add_iris(term.object(), iris);
}

void add_iris(const Cell& cell, std::set<std::string>& iris) {
  if (!cell.path) {
    if (cell.term) add_iris(*cell.term, iris);
    return;
  }
  for (const Term& node : cell.path->nodes) add_iris(node, iris);
  for (const auto& edge : cell.path->edges) {
    if (edge.triple) add_iris(*edge.triple, iris);
    for (const auto& value : edge.values) add_iris(value.second, iris);
  }
}

class AnswerPrinter {
 public:
  AnswerPrinter(const std::vector<std::string>& variables, std::ostream& out, const AnswerStyle& style)
      : out_(out), style_(style), display_(style.prefixes), layout_(variables, layout_style(style)) {}

  void print(const std::vector<Row>& rows) {
    if (style_.labels != nullptr) {
      std::set<std::string> iris;
      for (const Row& row : rows)
        for (const Cell& cell : row) add_iris(cell, iris);
      look_up(iris);
    }
    for (const Row& row : rows) {
      for (const Cell& cell : row) add(cell);
      layout_.end_row();
    }
    print_held();
  }
  void print_whole(const Row& row) {
    if (style_.labels != nullptr) {
      std::set<std::string> iris;
      for (const Cell& cell : row) add_iris(cell, iris);
      look_up(iris);
    }
    for (const Cell& cell : row) add_whole(cell);
    layout_.end_row();
    print_held();
  }

 private:
  void look_up(const std::set<std::string>& iris) {
    try {
      style_.labels->look_up(iris);
    } catch (const LimitError&) {
      // Stopped: the rows are shown with what is known.
    }
    display_.show_labels(&style_.labels->labels(), style_.beside);
  }
  void print_held() {
    text_.clear();
    layout_.print(text_);
    out_.write(text_.data(), static_cast<std::streamsize>(text_.size()));
  }

  static TableStyle layout_style(const AnswerStyle& style) {
    TableStyle table = style.table;
    table.shape = style.mode.shape;
    table.held_rows = kPieceRows;
    return table;
  }

  Kind kind_of(const Term& term, bool number) const {
    switch (term.kind()) {
      case TermKind::iri:
        return Kind::iri;
      case TermKind::blank:
        return Kind::blank;
      case TermKind::triple:
        return Kind::triple;
      case TermKind::literal:
        break;
    }
    return number ? Kind::number : is_date(term.datatype()) ? Kind::date : Kind::text;
  }

  void add(const Cell& cell) {
    if (!cell.term) return layout_.end_cell(Kind::none);
    if (cell.path && !cell.path->edges.empty()) {
      draw_path(layout_.cell(), *cell.path, display_);
      return layout_.end_cell(Kind::path);
    }
    const bool number = display_.append(layout_.cell(), *cell.term);
    layout_.end_cell(kind_of(*cell.term, number));
  }

  // The line breaks of a text are kept, and an IRI stands in full behind its short form.
  void add_whole(const Cell& cell) {
    if (!cell.term || cell.term->is_triple() || cell.path) return add(cell);
    std::string& text = layout_.cell();
    if (cell.term->is_iri()) {
      const std::size_t begin = text.size();
      display_.append(text, *cell.term);
      const std::string full = cell.term->to_string();
      if (text.compare(begin, std::string::npos, full) != 0) text += "  " + full;
      return layout_.end_cell(Kind::iri);
    }
    if (cell.term->value().find('\n') == std::string_view::npos) return add(cell);
    std::string_view rest = cell.term->value();
    for (;;) {
      const std::size_t end = rest.find('\n');
      display_.append(text, Term::literal(rest.substr(0, end)));
      if (end == std::string_view::npos) break;
      text += '\n';
      rest.remove_prefix(end + 1);
    }
    if (!cell.term->language().empty()) text.append("@").append(cell.term->language());
    layout_.end_cell(Kind::text);
  }

  std::ostream& out_;
  const AnswerStyle& style_;
  TermDisplay display_;
  TableLayout layout_;
  std::string text_;
};

// The first rows of an answer, as long as they are small.
class Keeper {
 public:
  explicit Keeper(AnswerRows* rows) : rows_(rows) {}
  void add(const std::vector<Row>& piece) {
    if (rows_ == nullptr) return;
    for (const Row& row : piece) {
      bytes_ += row_bytes(row);
      full_ = full_ || rows_->rows.size() == kKeptRows || bytes_ > kKeptBytes;
      if (full_) return;
      rows_->rows.push_back(row);
    }
  }
  void end() {
    if (rows_ != nullptr) rows_->whole = !full_;
  }

 private:
  AnswerRows* rows_;
  std::size_t bytes_ = 0;
  bool full_ = false;
};

}  // namespace

std::string counted_rows(Result::Kind kind, std::uint64_t rows) {
  return fmt::format("{} {}{}", with_commas(rows), kind == Result::Kind::triples ? "triple" : "row",
                     rows == 1 ? "" : "s");
}

void write_answer(Result& result, std::ostream& out, const AnswerStyle& style, WrittenAnswer& written,
                  AnswerRows* kept) {
  if (style.mode.format != Format::table || result.kind() == Result::Kind::boolean) {
    try {
      written.rows = result.write(out, style.mode.format, style.prefixes);
    } catch (const LimitError&) {
      written.rows = result.rows();
      throw;
    }
    written.whole = true;
    return;
  }
  if (kept != nullptr) {
    kept->kind = result.kind();
    kept->variables = result.variables();
  }
  AnswerPrinter printer(result.variables(), out, style);
  Keeper keeper(kept);
  RowReader reader(result);
  std::vector<Row> piece;
  const auto print = [&] {
    keeper.add(piece);
    printer.print(piece);
    written.rows += piece.size();
    piece.clear();
  };
  try {
    for (Row row; reader.next(row);) {
      piece.push_back(std::move(row));
      if (piece.size() == kPieceRows) print();
    }
  } catch (const LimitError&) {
    if (!piece.empty()) print();
    throw;
  }
  if (!piece.empty() || written.rows == 0) print();
  keeper.end();
  written.whole = true;
}

void write_row(const AnswerRows& rows, std::size_t row, std::ostream& out, const AnswerStyle& style) {
  AnswerStyle whole = style;
  whole.mode = {Format::table, TableShape::lines};
  whole.table.first_number = row + 1;
  AnswerPrinter printer(rows.variables, out, whole);
  printer.print_whole(rows.rows[row]);
}

}  // namespace dossier::shell
