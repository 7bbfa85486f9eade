#include "shell/date_advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <variant>

#include "engine/model/term.h"

namespace dossier::shell {
namespace {

using grammar::Expression;
using Kind = Expression::Kind;

// 2014-06-01.
bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c == '-' || std::isdigit(static_cast<unsigned char>(c)) != 0; });
}

// The digits of a whole number, behind its minus or not.
std::optional<std::string> digits(const Expression& expression) {
  if (expression.kind != Kind::term) return std::nullopt;
  const auto* const literal = std::get_if<grammar::Literal>(&expression.value);
  if (literal == nullptr || literal->datatype != iri::kXsdInteger) return std::nullopt;
  std::string text = literal->lexical;
  if (text.starts_with('-')) text.erase(0, 1);
  return text;
}

void add_numbers(const Expression& expression, std::string& text) {
  if (const auto number = digits(expression)) {
    if (!text.empty()) text += '-';
    text += *number;
    return;
  }
  if (expression.kind == Kind::add || expression.kind == Kind::subtract)
    for (const Expression& argument : expression.arguments) add_numbers(argument, text);
}

// What is compared, when it was meant as a date.
std::optional<std::string> meant_date(const Expression& compared) {
  std::string text;
  if (compared.kind == Kind::term) {
    const auto* const literal = std::get_if<grammar::Literal>(&compared.value);
    if (literal != nullptr && literal->datatype == iri::kXsdString) text = literal->lexical;
  } else {
    add_numbers(compared, text);
  }
  return is_date(text) ? std::optional(text) : std::nullopt;
}

std::string of_expression(const Expression& expression) {
  switch (expression.kind) {
    case Kind::equal:
    case Kind::not_equal:
    case Kind::less:
    case Kind::greater:
    case Kind::less_equal:
    case Kind::greater_equal:
      for (const Expression& side : expression.arguments)
        if (const auto date = meant_date(side))
          return fmt::format("a date is written \"{}\"^^xsd:date; {}", *date,
                             side.kind == Kind::term ? fmt::format("\"{}\" is a text", *date)
                                                     : fmt::format("{} subtracts", *date));
      break;
    default:
      break;
  }
  for (const Expression& argument : expression.arguments)
    if (std::string text = of_expression(argument); !text.empty()) return text;
  return {};
}

std::string of_group(const grammar::GroupPattern& group);

struct OfElement {
  std::string operator()(const grammar::Filter& filter) const { return of_expression(filter.condition); }
  std::string operator()(const grammar::GraphPattern& graph) const { return of_group(*graph.pattern); }
  std::string operator()(const grammar::SubSelect& select) const { return of_group(select.query->where); }
  std::string operator()(const grammar::UnionPattern& branches) const {
    for (const auto& branch : branches.branches)
      if (std::string text = of_group(branch); !text.empty()) return text;
    return {};
  }
  template <typename Other>
  std::string operator()(const Other&) const {
    return {};
  }
};

std::string of_group(const grammar::GroupPattern& group) {
  for (const auto& element : group.elements)
    if (std::string text = std::visit(OfElement(), element); !text.empty()) return text;
  return {};
}

}  // namespace

std::string date_advice(const grammar::Query& query) {
  return std::visit(
      [](const auto& form) -> std::string {
        if constexpr (requires { form.where.elements; }) return of_group(form.where);
        return {};
      },
      query.form);
}

}  // namespace dossier::shell
