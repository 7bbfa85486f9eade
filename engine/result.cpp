#include <algorithm>
#include <ostream>

#include "engine/io/result_piece.h"
#include "engine/io/result_writer.h"
#include "engine/session_core.h"

namespace dossier {
namespace {

// Runs the query on; one that is past its time says what it was at.
template <typename Run>
bool run_on(Result::State& state, Run run) {
  Execution& execution = *state.planned.execution;
  state.in_doubt = true;
  try {
    const bool more = run(execution);
    state.in_doubt = false;
    return more;
  } catch (const LimitError& error) {
    const std::string step = execution.at_work();
    if (error.reason() != LimitError::Reason::timeout || step.empty()) throw;
    throw LimitError(error.reason(), std::string(error.what()) + "\nat work: " + step);
  }
}

}  // namespace

Result::State::~State() {
  if (plan_key.empty() || in_doubt || planned.execution == nullptr) return;
  try {
    if (!planned.execution->rewind() || planned.context->budget().used() > PlanCache::kMostBytes) return;
    core->store->plans->give(std::move(plan_key), std::move(planned), plan_basis, core->store->plan_basis());
  } catch (...) {
    // A plan that cannot be kept is lost to nobody.
  }
}

bool Result::State::fetch() {
  next_row = 0;
  batch.rows = 0;
  for (DecodedColumn& column : decoded) column.ends.clear();
  if (ended) return false;
  if (!run_on(*this, [this](Execution& execution) { return execution.next(batch); }) || batch.rows == 0) {
    ended = true;
    batch.rows = 0;
    return false;
  }
  fetched_rows += batch.rows;
  return true;
}

Result::Result(std::unique_ptr<State> state) : state_(std::move(state)) {}
Result::Result(Result&&) noexcept = default;
Result& Result::operator=(Result&&) noexcept = default;
Result::~Result() = default;

Result::Kind Result::kind() const {
  switch (state_->planned.execution->kind()) {
    case Execution::Kind::boolean:
      return Kind::boolean;
    case Execution::Kind::triples:
      return Kind::triples;
    default:
      return Kind::solutions;
  }
}

const std::vector<std::string>& Result::variables() const {
  return state_->planned.execution->variables();
}

bool Result::boolean() const {
  if (kind() != Kind::boolean)
    throw QueryError("only ASK has the answer true or false; read rows with next()");
  if (!state_->answer)
    state_->answer = run_on(*state_, [](Execution& execution) { return execution.boolean(); });
  return *state_->answer;
}

bool Result::next() {
  State& state = *state_;
  if (kind() == Kind::boolean) throw QueryError("ASK has no rows; read its answer with boolean()");
  if (state.next_row >= state.batch.rows && !state.fetch()) return false;
  ++state.next_row;
  return true;
}

Id Result::State::cell(std::size_t column) const {
  const std::size_t columns = planned.execution->variables().size();
  if (column >= columns)
    throw QueryError("there is no column " + std::to_string(column) + "; the result has " +
                     std::to_string(columns));
  if (next_row == 0)
    throw QueryError("there is no current row; call next() first, and only while it gives true");
  return batch.columns[column][next_row - 1];
}

std::size_t Result::State::column(std::string_view variable) const {
  if (variable.starts_with('?') || variable.starts_with('$')) variable.remove_prefix(1);
  const auto& names = planned.execution->variables();
  const auto at = std::find(names.begin(), names.end(), variable);
  if (at == names.end()) throw QueryError("the result has no variable ?" + std::string(variable));
  return static_cast<std::size_t>(at - names.begin());
}

// The first rows are decoded a few at a time, and then more and more: who reads one row does not pay for the
// batch.
std::string_view Result::State::bytes(std::size_t column) {
  constexpr std::size_t kFirstRows = 16;
  const std::size_t row = next_row - 1;
  decoded.resize(planned.execution->variables().size());
  DecodedColumn& rows = decoded[column];
  if (row < rows.first || row - rows.first >= rows.ends.size()) {
    const std::size_t count = std::min(std::max(kFirstRows, 4 * rows.ends.size()), batch.rows - row);
    rows.first = row;
    rows.bytes.clear();
    rows.ends.clear();
    planned.context->terms().decode({batch.columns[column].data() + row, count}, rows.bytes, rows.ends);
  }
  const std::size_t at = row - rows.first;
  const std::size_t begin = at == 0 ? 0 : rows.ends[at - 1];
  return std::string_view(rows.bytes).substr(begin, rows.ends[at] - begin);
}

std::optional<TermView> Result::view(std::size_t column) const {
  if (!state_->cell(column).is_bound()) return std::nullopt;
  const std::string_view bytes = state_->bytes(column);
  if (bytes.empty()) return TermView{TermKind::triple, Direction::none, {}, {}, {}};
  return view_of_bytes(bytes);
}

std::optional<TermView> Result::view(std::string_view variable) const {
  return view(state_->column(variable));
}

std::optional<Term> Result::get(std::size_t column) const {
  const Id id = state_->cell(column);
  if (!id.is_bound()) return std::nullopt;
  const std::string_view bytes = state_->bytes(column);
  return bytes.empty() ? state_->planned.context->terms().term(id) : term_from_bytes(bytes);
}

std::optional<Term> Result::get(std::string_view variable) const {
  return get(state_->column(variable));
}

std::vector<std::vector<std::optional<Term>>> Result::batch(std::size_t limit) {
  if (kind() == Kind::boolean) throw QueryError("ASK has no rows; read its answer with boolean()");
  const std::size_t width = variables().size();
  std::vector<std::vector<std::optional<Term>>> rows;
  while (rows.size() < limit && next()) {
    auto& row = rows.emplace_back(width);
    for (std::size_t column = 0; column < width; ++column) row[column] = get(column);
  }
  return rows;
}

std::optional<PlanStep> Result::plan() const {
  return state_->planned.execution->plan();
}

std::uint64_t Result::rows() const {
  return state_->fetched_rows;
}

std::uint64_t Result::write(std::ostream& out, Format format, const Prefixes& prefixes) {
  State& state = *state_;
  const Kind what = kind();
  const bool holds = what == Kind::triples   ? holds_triples(format)
                     : what == Kind::boolean ? holds_boolean(format)
                                             : holds_solutions(format);
  if (!holds)
    throw QueryError("the format " + std::string(format_name(format)) + " cannot hold " +
                     (what == Kind::triples ? "triples; use ttl, nt, nq, trig, rdfxml or table"
                                            : "this result; use table, json, xml, csv or tsv"));
  if (what == Kind::boolean) {
    write_boolean(out, format, boolean());
    return 0;
  }
  // The query's own prefixes come last: where a label means two things, the query's meaning shows.
  Prefixes all = prefixes;
  for (const auto& own : state.planned.prefixes) {
    std::erase_if(all, [&own](const auto& given) { return given.first == own.first; });
    all.push_back(own);
  }

  std::uint64_t rows = 0;
  LocalTerms& terms = state.planned.context->terms();
  const auto writer = what == Kind::solutions ? make_solution_writer(out, format, variables(), terms, all,
                                                                     state.planned.execution->paths())
                                              : make_triple_writer(out, format, terms, all);
  ResultPiece piece(variables().size(), state.planned.context->budget().limit());
  const bool gathers = what == Kind::solutions && format != Format::table;
  const auto fetch = [&] {
    try {
      return state.fetch();
    } catch (const Error&) {
      piece.write(*writer, terms);  // what was found before
      writer->break_off();
      throw;
    }
  };
  while (state.next_row < state.batch.rows || fetch()) {
    piece.add(state.batch, state.next_row);
    rows += state.batch.rows - state.next_row;
    state.next_row = state.batch.rows;
    if (!gathers || piece.is_full()) piece.write(*writer, terms);
  }
  piece.write(*writer, terms);
  writer->finish();
  return rows;
}

}  // namespace dossier
