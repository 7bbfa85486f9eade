#include "engine/io/result_rows.h"

#include <algorithm>

namespace dossier {
namespace {

bool is_language_tag(std::string_view tag) {
  std::size_t length = 0;
  bool first = true;
  for (const char c : tag) {
    if (c == '-') {
      if (length == 0) return false;
      length = 0;
      first = false;
      continue;
    }
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && (first || c < '0' || c > '9')) return false;
    ++length;
  }
  return length > 0;
}

std::size_t cell_bytes(const std::string& name, const Term& term) {
  std::size_t bytes = sizeof(std::pair<std::string, Term>) + name.size();
  if (term.is_triple())
    for (const Term* part : {&term.subject(), &term.predicate(), &term.object()})
      bytes += cell_bytes(std::string(), *part);
  return bytes + term.value().size() + term.datatype().size();
}

}  // namespace

void throw_result_error(const ResultReadOptions& options, std::uint64_t line, std::uint64_t column,
                        const std::string& what) {
  throw DataError(options.name + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + what,
                  options.name, line, column);
}

bool CharSource::fill() {
  if (ended_) return false;
  next_ = 0;
  end_ = source_.read(buffer_.data(), buffer_.size());
  ended_ = end_ == 0;
  return !ended_;
}

Term TermDraft::finish() {
  if (kind == Kind::triple) {
    constexpr std::array<const char*, 3> kNames = {"subject", "predicate", "object"};
    for (std::size_t i = 0; i < 3; ++i)
      if (!parts[i]) throw ResultProblem(std::string("the triple term has no ") + kNames[i]);
    if (!parts[0]->is_iri() && !parts[0]->is_blank())
      throw ResultProblem("the subject of a triple term is an IRI or a blank node, not " +
                          parts[0]->to_string());
    if (!parts[1]->is_iri())
      throw ResultProblem("the predicate of a triple term is an IRI, not " + parts[1]->to_string());
    return Term::triple(std::move(*parts[0]), std::move(*parts[1]), std::move(*parts[2]));
  }
  if (kind == Kind::none) throw ResultProblem("the term has no type; expected uri, literal, bnode or triple");
  if (!has_text) throw ResultProblem("the term has no value");
  if (kind == Kind::iri) return Term::iri(text);
  if (kind == Kind::blank) {
    if (text.empty()) throw ResultProblem("the label of a blank node is empty");
    return Term::blank(text);
  }
  if (!language.empty()) {
    if (!is_language_tag(language)) throw ResultProblem("\"" + language + "\" is no language tag");
    if (direction.empty()) return Term::tagged(text, language);
    if (direction != "ltr" && direction != "rtl")
      throw ResultProblem("the direction of a literal is ltr or rtl, not \"" + direction + "\"");
    return Term::tagged(text, language, direction == "ltr" ? Direction::ltr : Direction::rtl);
  }
  if (!direction.empty()) throw ResultProblem("a literal with a direction has a language tag too");
  return datatype.empty() ? Term::literal(text) : Term::typed(text, datatype);
}

void RowBuilder::add_variable(std::string name) {
  if (name.empty()) throw ResultProblem("the name of a variable is empty");
  if (!columns_.emplace(name, names_.size()).second)
    throw ResultProblem("the variable \"" + name + "\" is named twice");
  names_.push_back(std::move(name));
}

void RowBuilder::end_head() {
  if (has_head_) throw ResultProblem("there is a second list of variables");
  has_head_ = true;
  if (has_answer_) return;
  sink_.variables(names_);
  cells_.assign(names_.size(), std::nullopt);
  for (auto& row : held_) {
    for (auto& [name, term] : row) set(name, std::move(term));
    end_row();
  }
  held_.clear();
}

void RowBuilder::set(std::string_view variable, Term term) {
  if (!has_head_) {
    const auto same = [&](const NamedCell& cell) { return cell.first == variable; };
    if (std::any_of(named_.begin(), named_.end(), same))
      throw ResultProblem("the row binds \"" + std::string(variable) + "\" twice");
    named_.emplace_back(std::string(variable), std::move(term));
    return;
  }
  const auto column = columns_.find(std::string(variable));
  if (column == columns_.end())
    throw ResultProblem("the row binds \"" + std::string(variable) + "\", which the head does not name");
  if (cells_[column->second]) throw ResultProblem("the row binds \"" + std::string(variable) + "\" twice");
  cells_[column->second] = std::move(term);
}

void RowBuilder::end_row() {
  if (has_answer_) throw ResultProblem("a result is either true or false, or has rows, not both");
  has_rows_ = true;
  if (!has_head_) {
    for (const auto& [name, term] : named_) held_bytes_ += cell_bytes(name, term);
    if (held_bytes_ > options_.max_held_bytes)
      throw ResultProblem(
          "the rows stand before the head that names their variables, and are too many to hold");
    held_.push_back(std::move(named_));
    named_.clear();
    return;
  }
  sink_.row(cells_);
  cells_.assign(names_.size(), std::nullopt);
}

void RowBuilder::boolean(bool value) {
  if (has_answer_) throw ResultProblem("there is a second answer");
  if (has_rows_) throw ResultProblem("a result is either true or false, or has rows, not both");
  has_answer_ = true;
  sink_.boolean(value);
}

void RowBuilder::finish() {
  if (!has_answer_ && !has_head_) throw ResultProblem("the text ends without the names of the variables");
}

}  // namespace dossier
