#include "tests/w3c/comparison.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/model/value.h"
#include "tests/isomorphism.h"

namespace dossier::w3c {
namespace {

using test::TermRow;

std::string shown(const std::vector<TermRow>& rows) {
  std::string text;
  for (const TermRow& row : rows) {
    text += "   ";
    for (const auto& cell : row) text += " " + (cell ? cell->to_string() : "-");
    text += "\n";
  }
  return text.empty() ? "    (no rows)\n" : text;
}

std::string difference(const std::string& what, const std::vector<TermRow>& expected,
                       const std::vector<TermRow>& given) {
  return what + "\n  expected:\n" + shown(expected) + "  given:\n" + shown(given);
}

// A number in one spelling for each value of each datatype; any other term as it is.
Term with_plain_numbers(const Term& term) {
  if (term.is_triple())
    return Term::triple(with_plain_numbers(term.subject()), with_plain_numbers(term.predicate()),
                        with_plain_numbers(term.object()));
  if (!term.is_literal() || !numeric_kind(term.datatype())) return term;
  const auto number = parse_number(term.value(), term.datatype());
  if (!number) return term;
  std::string text;
  number->append(text);
  return Term::typed(text, term.datatype());
}

std::vector<TermRow> with_plain_numbers(std::vector<TermRow> rows) {
  for (TermRow& row : rows)
    for (auto& cell : row)
      if (cell) cell = with_plain_numbers(*cell);
  return rows;
}

// The place of a row as a column of its own turns a sequence into a multiset.
std::vector<TermRow> with_places(std::vector<TermRow> rows) {
  for (std::size_t i = 0; i < rows.size(); ++i)
    rows[i].push_back(Term::integer(static_cast<std::int64_t>(i)));
  return rows;
}

std::map<std::string, std::size_t> counts(const std::vector<TermRow>& rows) {
  std::map<std::string, std::size_t> result;
  for (const TermRow& row : rows) ++result[shown({row})];
  return result;
}

std::vector<TermRow> distinct(const std::vector<TermRow>& rows) {
  std::vector<TermRow> result;
  std::set<std::string> seen;
  for (const TermRow& row : rows)
    if (seen.insert(shown({row})).second) result.push_back(row);
  return result;
}

// REDUCED: no row more often than expected, none that is missing altogether.
bool same_but_for_duplicates(const std::vector<TermRow>& expected, const std::vector<TermRow>& given) {
  if (given.size() > expected.size() || !test::same_rows(distinct(expected), distinct(given))) return false;
  const auto most = counts(expected);
  for (const auto& [row, count] : counts(given)) {
    const auto at = most.find(row);
    if (at != most.end() && count > at->second) return false;
  }
  return true;
}

bool same(const std::vector<TermRow>& expected, const std::vector<TermRow>& given, Order order,
          Cardinality cardinality) {
  if (cardinality == Cardinality::lax) return same_but_for_duplicates(expected, given);
  if (order == Order::fixed) return test::same_rows(with_places(expected), with_places(given));
  return test::same_rows(expected, given);
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += " ?" + name;
  return text;
}

}  // namespace

std::string compare_results(const ResultTable& expected, const ResultTable& given, Order order,
                            Cardinality cardinality) {
  const auto word = [](bool value) { return std::string(value ? "true" : "false"); };
  if (expected.boolean || given.boolean) {
    if (!expected.boolean || !given.boolean) return "one is true or false, the other is rows";
    if (*expected.boolean == *given.boolean) return "";
    return "expected " + word(*expected.boolean) + ", given " + word(*given.boolean);
  }
  std::vector<std::size_t> columns;
  for (const std::string& name : expected.variables) {
    const auto at = std::find(given.variables.begin(), given.variables.end(), name);
    if (at != given.variables.end())
      columns.push_back(static_cast<std::size_t>(at - given.variables.begin()));
  }
  if (columns.size() != expected.variables.size() || columns.size() != given.variables.size())
    return "the variables differ: expected" + joined(expected.variables) + ", given" +
           joined(given.variables);
  std::vector<TermRow> rows;
  for (const ResultRow& row : given.rows) {
    TermRow& arranged = rows.emplace_back();
    for (const std::size_t column : columns) arranged.push_back(row[column]);
  }
  if (same(expected.rows, rows, order, cardinality) ||
      same(with_plain_numbers(expected.rows), with_plain_numbers(rows), order, cardinality))
    return "";
  const bool only_order = order == Order::fixed && same(expected.rows, rows, Order::free, cardinality);
  return difference(only_order ? "the order of the rows differs" : "the rows differ", expected.rows, rows);
}

std::string compare_quads(const std::vector<Quad>& expected, const std::vector<Quad>& given) {
  if (test::isomorphic(expected, given)) return "";
  const auto rows = [](const std::vector<Quad>& quads) {
    std::vector<TermRow> result;
    for (const Quad& quad : quads) result.push_back({quad.subject, quad.predicate, quad.object, quad.graph});
    return result;
  };
  return difference("the quads differ", rows(expected), rows(given));
}

}  // namespace dossier::w3c
