// Answers as people read them: tables that fit, labels, colours; and the formats for programs.
//
// Purpose: the one way in which the shell and `dossier query` write a result. Rows are read in pieces; of each
// piece the labels are looked up at once. Invariants: when the query is stopped on the way, the rows until then
// are written and counted. Thread-safety: main thread only.
#pragma once

#include <cstdint>
#include <ostream>

#include "engine/dossier.h"
#include "engine/io/result_writer.h"
#include "engine/io/table_layout.h"
#include "shell/answer_mode.h"
#include "shell/answer_rows.h"
#include "shell/labels.h"

namespace dossier::shell {

struct AnswerStyle {
  AnswerMode mode;
  TableStyle table;               // its shape is that of the mode
  Prefixes prefixes;              // shorten IRIs
  LabelFinder* labels = nullptr;  // null: IRIs are shown as they are
  bool beside = false;            // the label beside the IRI, not instead of it
};

struct WrittenAnswer {
  std::uint64_t rows = 0;
  bool whole = false;
};

// `1 row`, `1,234 triples`.
std::string counted_rows(Result::Kind kind, std::uint64_t rows);

// Writes the result. `kept` (may be null) gets the first rows, as many as are worth keeping.
void write_answer(Result& result, std::ostream& out, const AnswerStyle& style, WrittenAnswer& written,
                  AnswerRows* kept);

// One row, a value a line, every value whole.
void write_row(const AnswerRows& rows, std::size_t row, std::ostream& out, const AnswerStyle& style);

}  // namespace dossier::shell
