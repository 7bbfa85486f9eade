#include "engine/io/table_writer.h"

#include <ostream>

#include "engine/io/decoded_cells.h"
#include "engine/io/path_drawing.h"
#include "engine/io/table_layout.h"
#include "engine/io/term_display.h"

namespace dossier {
namespace {

class TableWriter : public SolutionWriter {
 public:
  TableWriter(std::ostream& out, const std::vector<std::string>& variables, LocalTerms& terms,
              const Prefixes& prefixes, const PathColumns& paths)
      : out_(out), layout_(variables, {}), terms_(terms), display_(prefixes), paths_(paths) {}

  void write(std::span<const Id* const> columns, std::size_t rows) override {
    decoded_.decode(terms_, columns, rows);
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t column = 0; column < columns.size(); ++column) add_cell(columns, row, column);
      layout_.end_row();
      if (layout_.full() && (row + 1 == rows || row % kPrintedRows == 0)) print();
    }
  }

  void finish() override { print(); }
  void break_off() override { print(); }

 private:
  static constexpr std::size_t kPrintedRows = 1024;

  void add_cell(std::span<const Id* const> columns, std::size_t row, std::size_t column) {
    const DecodedCells::Entry entry = decoded_.at(row, column);
    if (!decoded_.is_bound(entry)) return layout_.end_cell(TableLayout::Kind::none);
    if (append_path(columns, row, column)) return layout_.end_cell(TableLayout::Kind::path);
    layout_.end_cell(append_term(entry) ? TableLayout::Kind::number : TableLayout::Kind::text);
  }

  // The only cells of several lines.
  bool append_path(std::span<const Id* const> columns, std::size_t row, std::size_t column) {
    const DecodedCells::Entry entry = decoded_.at(row, column);
    if (column >= paths_.size() || !paths_[column] || decoded_.is_triple(entry)) return false;
    const PathStep& step = *paths_[column];
    const Id start = step.start_column ? columns[*step.start_column][row] : step.start;
    const std::optional<Path> path = path_of_list(
        decoded_.bytes(entry), step, start.is_bound() ? std::optional(terms_.term(start)) : std::nullopt);
    if (path) draw_path(layout_.cell(), *path, display_);
    return path.has_value();
  }

  bool append_term(DecodedCells::Entry entry) {
    std::string& cell = layout_.cell();
    if (!decoded_.is_triple(entry)) return display_.append(cell, decoded_.bytes(entry));
    cell += "<<( ";
    for (std::size_t i = 0; i < 3; ++i) {
      append_term(decoded_.part(entry, i));
      cell += ' ';
    }
    cell += ")>>";
    return false;
  }

  void print() {
    line_.clear();
    layout_.print(line_);
    out_.write(line_.data(), static_cast<std::streamsize>(line_.size()));
  }

  std::ostream& out_;
  TableLayout layout_;
  LocalTerms& terms_;
  TermDisplay display_;
  PathColumns paths_;
  DecodedCells decoded_;
  std::string line_;
};

}  // namespace

std::unique_ptr<SolutionWriter> make_table_writer(std::ostream& out,
                                                  const std::vector<std::string>& variables,
                                                  LocalTerms& terms, const Prefixes& prefixes,
                                                  const PathColumns& paths) {
  return std::make_unique<TableWriter>(out, variables, terms, prefixes, paths);
}

}  // namespace dossier
