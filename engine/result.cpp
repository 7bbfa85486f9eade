#include <algorithm>
#include <ostream>

#include "engine/io/result_writer.h"
#include "engine/session_core.h"

namespace dossier {
bool Result::State::fetch() {
  next_row = 0;
  batch.rows = 0;
  if (ended) return false;
  if (!execution->next(batch) || batch.rows == 0) {
    ended = true;
    batch.rows = 0;
    return false;
  }
  return true;
}

Result::Result(std::unique_ptr<State> state) : state_(std::move(state)) {}
Result::Result(Result&&) noexcept = default;
Result& Result::operator=(Result&&) noexcept = default;
Result::~Result() = default;

Result::Kind Result::kind() const {
  switch (state_->execution->kind()) {
    case Execution::Kind::boolean:
      return Kind::boolean;
    case Execution::Kind::triples:
      return Kind::triples;
    default:
      return Kind::solutions;
  }
}

const std::vector<std::string>& Result::variables() const {
  return state_->execution->variables();
}

bool Result::boolean() const {
  if (kind() != Kind::boolean)
    throw QueryError("only ASK has the answer true or false; read rows with next()");
  if (!state_->answer) state_->answer = state_->execution->boolean();
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
  const std::size_t columns = execution->variables().size();
  if (column >= columns)
    throw QueryError("there is no column " + std::to_string(column) + "; the result has " +
                     std::to_string(columns));
  if (next_row == 0)
    throw QueryError("there is no current row; call next() first, and only while it gives true");
  return batch.columns[column][next_row - 1];
}

std::size_t Result::State::column(std::string_view variable) const {
  if (variable.starts_with('?') || variable.starts_with('$')) variable.remove_prefix(1);
  const auto& names = execution->variables();
  const auto at = std::find(names.begin(), names.end(), variable);
  if (at == names.end()) throw QueryError("the result has no variable ?" + std::string(variable));
  return static_cast<std::size_t>(at - names.begin());
}

std::optional<Term> Result::get(std::size_t column) const {
  const Id id = state_->cell(column);
  if (!id.is_bound()) return std::nullopt;
  return state_->context->terms().term(id);
}

std::optional<Term> Result::get(std::string_view variable) const {
  return get(state_->column(variable));
}

std::vector<std::vector<std::optional<Term>>> Result::batch(std::size_t limit) {
  State& state = *state_;
  if (kind() == Kind::boolean) throw QueryError("ASK has no rows; read its answer with boolean()");
  LocalTerms& terms = state.context->terms();
  const std::size_t width = variables().size();
  std::vector<std::vector<std::optional<Term>>> rows;
  std::vector<Id> ids;
  std::string bytes;
  std::vector<std::size_t> ends;
  while (rows.size() < limit) {
    if (state.next_row >= state.batch.rows && !state.fetch()) break;
    const std::size_t count = std::min(limit - rows.size(), state.batch.rows - state.next_row);
    ids.clear();
    bytes.clear();
    ends.clear();
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t column = 0; column < width; ++column)
        ids.push_back(state.batch.columns[column][state.next_row + i]);
    terms.decode(ids, bytes, ends);
    std::size_t cell = 0;
    for (std::size_t i = 0; i < count; ++i) {
      auto& row = rows.emplace_back(width);
      for (std::size_t column = 0; column < width; ++column, ++cell) {
        if (!ids[cell].is_bound()) continue;
        const std::size_t begin = cell == 0 ? 0 : ends[cell - 1];
        // Only triple terms have no bytes.
        row[column] = ends[cell] == begin
                          ? terms.term(ids[cell])
                          : term_from_bytes(std::string_view(bytes).substr(begin, ends[cell] - begin));
      }
    }
    state.next_row += count;
  }
  return rows;
}

std::optional<PlanStep> Result::plan() const {
  return state_->execution->plan();
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
  for (const auto& own : state.prefixes) {
    std::erase_if(all, [&own](const auto& given) { return given.first == own.first; });
    all.push_back(own);
  }

  std::uint64_t rows = 0;
  LocalTerms& terms = state.context->terms();
  const auto writer = what == Kind::solutions ? make_solution_writer(out, format, variables(), terms, all,
                                                                     state.execution->paths())
                                              : make_triple_writer(out, format, terms, all);
  std::vector<const Id*> columns(variables().size());
  while (state.next_row < state.batch.rows || state.fetch()) {
    const std::size_t count = state.batch.rows - state.next_row;
    for (std::size_t i = 0; i < columns.size(); ++i)
      columns[i] = state.batch.columns[i].data() + state.next_row;
    writer->write(columns, count);
    rows += count;
    state.next_row = state.batch.rows;
  }
  writer->finish();
  return rows;
}

}  // namespace dossier
