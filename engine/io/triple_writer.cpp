// Triples and quads given as columns of ids, as RDF text.
#include <ostream>

#include "engine/io/decoded_cells.h"
#include "engine/io/quad_batch.h"
#include "engine/io/rdf_writer.h"
#include "engine/io/result_writer.h"

namespace dossier {
namespace {

class TripleWriter : public SolutionWriter {
 public:
  TripleWriter(std::ostream& out, Format format, LocalTerms& terms, const Prefixes& prefixes)
      : writer_(make_rdf_writer(out, format, {prefixes, false})), terms_(terms) {}

  void write(std::span<const Id* const> columns, std::size_t rows) override {
    cells_.decode(terms_, columns, rows);
    const std::size_t width = columns.size();
    for (std::size_t row = 0; row < rows; ++row) {
      const bool named = width > 3 && columns[3][row] != kDefaultGraph;
      const auto subject = add(cells_.at(row, 0));
      const auto predicate = add(cells_.at(row, 1));
      const auto object = add(cells_.at(row, 2));
      batch_.add_row(subject, predicate, object, named ? add(cells_.at(row, 3)) : QuadBatch::kDefault);
    }
    writer_->write(batch_);
    batch_.clear();
  }

  void finish() override { writer_->finish(); }

 private:
  QuadBatch::Index add(DecodedCells::Entry entry) {
    if (!cells_.is_triple(entry)) return batch_.add_term(cells_.bytes(entry));
    const auto subject = add(cells_.part(entry, 0));
    const auto predicate = add(cells_.part(entry, 1));
    return batch_.add_triple(subject, predicate, add(cells_.part(entry, 2)));
  }

  std::unique_ptr<RdfWriter> writer_;
  LocalTerms& terms_;
  DecodedCells cells_;
  QuadBatch batch_;
};

}  // namespace

std::unique_ptr<SolutionWriter> make_triple_writer(std::ostream& out, Format format, LocalTerms& terms,
                                                   const Prefixes& prefixes) {
  if (format == Format::table)
    return make_solution_writer(out, format, {"subject", "predicate", "object"}, terms, prefixes);
  return std::make_unique<TripleWriter>(out, format, terms, prefixes);
}

}  // namespace dossier
