// Expressions: SPARQL 1.2 section 17. Null is an error.
#include <algorithm>
#include <utility>

#include "tests/differential/naive.h"

namespace dossier::differential {
namespace {

using Kind = grammar::Expression::Kind;

bool is_ill_typed(const NodePtr& node) {
  return node && node->kind == TermKind::literal && literal_kind(node) == LiteralKind::ill_typed;
}

bool is_text(const NodePtr& node) {
  return is_string(node) || is_tagged(node);
}

NodePtr like(const NodePtr& model, const std::string& text) {
  return is_tagged(model) ? tagged_node(text, model->language, model->direction) : string_node(text);
}

// Section 17.4.3.1.2
bool compatible_arguments(const NodePtr& a, const NodePtr& b) {
  if (!is_text(a) || !is_text(b)) return false;
  if (is_string(b)) return true;
  return is_tagged(a) && a->language == b->language && a->direction == b->direction;
}

std::vector<std::string> code_points(const std::string& text) {
  std::vector<std::string> result;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) result.emplace_back();
    result.back() += c;
  }
  return result;
}

// The generator has no letters with case beyond ASCII and these.
std::string changed_case(const std::string& text, bool upper) {
  std::string result;
  for (std::string point : code_points(text)) {
    if (point.size() == 1) {
      const char c = point[0];
      if (upper && c >= 'a' && c <= 'z') point[0] = static_cast<char>(c - 'a' + 'A');
      if (!upper && c >= 'A' && c <= 'Z') point[0] = static_cast<char>(c - 'A' + 'a');
    } else if (point == "\u00e9" || point == "\u00c9") {
      point = upper ? "\u00c9" : "\u00e9";
    }
    result += point;
  }
  return result;
}

// Of the generator's patterns: `.` and `^` alone, the rest is taken by itself.
bool simple_match(const std::vector<std::string>& text, std::vector<std::string> pattern, bool ignore_case) {
  const bool anchored = !pattern.empty() && pattern[0] == "^";
  if (anchored) pattern.erase(pattern.begin());
  for (const std::string& point : pattern)
    if (point.find_first_of("\\*+?()[]{}|^$") != std::string::npos) throw Unspecified("a regular expression");
  for (std::size_t start = 0; start + pattern.size() <= text.size(); ++start) {
    bool fits = true;
    for (std::size_t i = 0; i < pattern.size() && fits; ++i) {
      const std::string& c = text[start + i];
      fits = pattern[i] == "." ? c != "\n"
             : ignore_case     ? changed_case(c, false) == changed_case(pattern[i], false)
                               : c == pattern[i];
    }
    if (fits) return true;
    if (anchored) return false;
  }
  return false;
}

bool contains_minus(const grammar::GroupPattern& group) {
  return std::any_of(group.elements.begin(), group.elements.end(), [](const auto& element) {
    if (std::holds_alternative<grammar::MinusPattern>(element)) return true;
    if (const auto* branches = std::get_if<grammar::UnionPattern>(&element))
      return std::any_of(branches->branches.begin(), branches->branches.end(), contains_minus);
    if (const auto* optional = std::get_if<grammar::OptionalPattern>(&element))
      return contains_minus(*optional->pattern);
    if (const auto* named = std::get_if<grammar::GraphPattern>(&element))
      return contains_minus(*named->pattern);
    if (const auto* sub = std::get_if<grammar::SubSelect>(&element)) return contains_minus(sub->query->where);
    return false;
  });
}

std::string trimmed(const std::string& text) {
  const std::size_t from = text.find_first_not_of(" \t\r\n");
  if (from == std::string::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1);
}

NodePtr cast(const std::string& type, const NodePtr& value) {
  if (!value) return nullptr;
  if (type == "string") {
    if (value->kind == TermKind::iri) return string_node(value->text);
    if (value->kind != TermKind::literal) return nullptr;
    const LiteralKind kind = literal_kind(value);
    if (kind == LiteralKind::string) return value;
    if (kind == LiteralKind::boolean) return string_node(*boolean_value(value) ? "true" : "false");
    const auto number = numeric(value);
    if (number && number->type <= Numeric::Type::decimal) return string_node(node_of(*number)->text);
    throw Unspecified("a cast to string");
  }
  if (value->kind != TermKind::literal) return nullptr;
  const LiteralKind kind = literal_kind(value);
  if (kind != LiteralKind::string && kind != LiteralKind::number && kind != LiteralKind::boolean)
    return nullptr;
  const std::string text = trimmed(value->text);
  const auto number = numeric(value);
  const auto truth = boolean_value(value);
  if (type == "boolean") {
    if (truth) return boolean_node(*truth);
    if (number) return boolean_node(*effective_boolean(value));
    if (text == "true" || text == "1") return boolean_node(true);
    if (text == "false" || text == "0") return boolean_node(false);
    return nullptr;
  }
  Numeric::Type wanted = Numeric::Type::integer;
  if (type == "decimal")
    wanted = Numeric::Type::decimal;
  else if (type == "double")
    wanted = Numeric::Type::real;
  else if (type == "float")
    wanted = Numeric::Type::single;
  else if (type != "integer")
    throw Unspecified("a cast to " + type);
  if (truth) return node_of(*parse_numeric(*truth ? "1" : "0", wanted));
  if (!number) {
    const auto parsed = parse_numeric(text, wanted);
    return parsed ? node_of(*parsed) : nullptr;
  }
  Numeric result = *number;
  if (wanted >= Numeric::Type::single) {
    result.value = as_double(*number);
    if (wanted == Numeric::Type::single) result.value = static_cast<float>(result.value);
    result.type = wanted;
    return node_of(result);
  }
  if (number->type > Numeric::Type::decimal) {
    const double v = number->value;
    if (v != v || v - v != 0) return nullptr;  // NaN, INF
    if (v * 64 != static_cast<double>(static_cast<std::int64_t>(v * 64)))
      throw Unspecified("a double as a decimal");
    result.scale = 6;
    result.coefficient = static_cast<std::int64_t>(v * 64) * 15625;
    while (result.scale > 0 && result.coefficient % 10 == 0) {
      result.coefficient /= 10;
      --result.scale;
    }
  }
  result.type = wanted;
  if (wanted == Numeric::Type::integer) {
    const bool negative = result.coefficient < 0;
    result = rounded(result, negative ? Rounding::ceil : Rounding::floor);
  }
  return node_of(result);
}

}  // namespace

Verdict Evaluator::truth(const NodePtr& term) const {
  quirk(is_tagged(term), "peer: the truth of a tagged string");
  quirk(term && term->kind != TermKind::literal, "peer: the truth of what is no literal");
  quirk(term && term->kind == TermKind::literal && literal_kind(term) > LiteralKind::number,
        "peer: the truth of other datatypes");
  return effective_boolean(term);
}

NodePtr Evaluator::term(const grammar::Term& at, const Solution& row) {
  if (const auto* var = std::get_if<grammar::Var>(&at)) {
    const auto found = row.find(var->name);
    return found == row.end() ? nullptr : found->second;
  }
  if (const auto* iri = std::get_if<grammar::Iri>(&at)) return iri_node(iri->value);
  if (const auto* literal = std::get_if<grammar::Literal>(&at)) return node_of(*literal);
  if (std::holds_alternative<grammar::BlankNode>(at)) return nullptr;
  const grammar::TripleTerm& triple = *std::get<grammar::Box<grammar::TripleTerm>>(at);
  NodePtr s = term(triple.subject, row);
  NodePtr p = term(triple.predicate, row);
  NodePtr o = term(triple.object, row);
  if (!s || !p || !o || s->kind == TermKind::literal || s->kind == TermKind::triple ||
      p->kind != TermKind::iri)
    return nullptr;
  return triple_node(std::move(s), std::move(p), std::move(o));
}

NodePtr Evaluator::evaluate(const grammar::Expression& e, const Solution& row, const Scene& scene) {
  work();
  const auto argument = [&](std::size_t i) { return evaluate(e.arguments.at(i), row, scene); };
  switch (e.kind) {
    case Kind::term:
      return term(e.value, row);
    case Kind::logical_or:
    case Kind::logical_and: {
      const bool decisive = e.kind == Kind::logical_or;
      bool failed = false;
      bool decided = false;
      for (std::size_t i = 0; i < e.arguments.size(); ++i) {
        const Verdict part = truth(argument(i));
        if (!part)
          failed = true;
        else if (*part == decisive)
          decided = true;
      }
      if (decided) return boolean_node(decisive);
      return failed ? nullptr : boolean_node(!decisive);
    }
    case Kind::logical_not: {
      const Verdict part = truth(argument(0));
      return part ? boolean_node(!*part) : nullptr;
    }
    case Kind::equal:
    case Kind::not_equal: {
      const NodePtr x = argument(0);
      const NodePtr y = argument(1);
      quirk(is_nan(x) && is_nan(y), "peer: NaN = NaN");
      const Verdict part = equal(x, y);
      return part ? boolean_node(*part == (e.kind == Kind::equal)) : nullptr;
    }
    case Kind::less:
    case Kind::greater:
    case Kind::less_equal:
    case Kind::greater_equal: {
      const NodePtr x = argument(0);
      const NodePtr y = argument(1);
      quirk(is_tagged(x) && is_tagged(y), "peer: < of tagged strings");
      quirk(is_ill_typed(x) || is_ill_typed(y), "peer: < of ill-typed literals");
      const auto found = compare(x, y);
      if (!found) return nullptr;
      quirk(!found->comparable, "peer: < with NaN");
      if (!found->comparable) return boolean_node(false);
      const int sign = found->sign;
      return boolean_node(e.kind == Kind::less         ? sign < 0
                          : e.kind == Kind::greater    ? sign > 0
                          : e.kind == Kind::less_equal ? sign <= 0
                                                       : sign >= 0);
    }
    case Kind::add:
    case Kind::subtract:
    case Kind::multiply:
    case Kind::divide: {
      const NodePtr x = argument(0);
      const NodePtr y = argument(1);
      const auto a = numeric(x);
      const auto b = numeric(y);
      if (moment(x) || moment(y)) throw Unspecified("arithmetic on dates");
      if (!a || !b) return nullptr;
      const Operation operation = e.kind == Kind::add        ? Operation::add
                                  : e.kind == Kind::subtract ? Operation::subtract
                                  : e.kind == Kind::multiply ? Operation::multiply
                                                             : Operation::divide;
      const auto result = arithmetic(operation, *a, *b);
      return result ? node_of(*result) : nullptr;
    }
    case Kind::unary_plus:
    case Kind::unary_minus: {
      const NodePtr x = argument(0);
      const auto number = numeric(x);
      if (!number) return nullptr;
      if (e.kind == Kind::unary_minus) return node_of(differential::negated(*number));
      if (node_of(*number)->key != x->key) throw Unspecified("the form of +x");
      return x;
    }
    case Kind::in:
    case Kind::not_in: {
      bool found = false;
      bool failed = false;
      const NodePtr value = argument(0);
      // 17.4.1.9 says what an empty list gives, and that an error of an operand is one.
      if (!value && e.arguments.size() == 1) throw Unspecified("an error in an empty list");
      for (std::size_t i = 1; i < e.arguments.size(); ++i) {
        const NodePtr item = argument(i);
        const Verdict part = equal(value, item);
        quirk(is_nan(value) && is_nan(item), "peer: NaN = NaN");
        if (!part)
          failed = true;
        else if (*part)
          found = true;
      }
      return failed && !found ? nullptr : boolean_node(found == (e.kind == Kind::in));
    }
    case Kind::exists:
    case Kind::not_exists:
      quirk(contains_minus(*e.pattern), "peer: MINUS inside of EXISTS");
      return boolean_node(!group(*e.pattern, *scene.graph, row).empty() == (e.kind == Kind::exists));
    case Kind::aggregate:
      if (scene.group == nullptr) throw Unspecified("an aggregate without a group");
      return aggregate(e, scene);
    case Kind::call:
    case Kind::function:
      return call(e, row, scene);
  }
  return nullptr;
}

NodePtr Evaluator::call(const grammar::Expression& e, const Solution& row, const Scene& scene) {
  const std::string& name = e.name;
  if (name == "BOUND")
    return boolean_node(row.count(std::get<grammar::Var>(e.arguments.at(0).value).name) != 0);
  if (name == "IF") {
    const Verdict condition = truth(evaluate(e.arguments.at(0), row, scene));
    return condition ? evaluate(e.arguments.at(*condition ? 1 : 2), row, scene) : nullptr;
  }
  if (name == "COALESCE") {
    for (const auto& argument : e.arguments)
      if (NodePtr value = evaluate(argument, row, scene)) return value;
    return nullptr;
  }
  std::vector<NodePtr> a;
  for (const auto& argument : e.arguments) {
    a.push_back(evaluate(argument, row, scene));
  }
  if (std::any_of(a.begin(), a.end(), [](const NodePtr& value) { return !value; })) return nullptr;
  if (e.kind == Kind::function) {
    if (!name.starts_with(kXsdNamespace)) throw Unspecified("the function " + name);
    quirk(is_ill_typed(a.at(0)), "peer: a cast of an ill-typed literal");
    NodePtr result = cast(name.substr(kXsdNamespace.size()), a.at(0));
    quirk(result && is_string(result) && result->text != a[0]->text, "peer: the form of a cast to string");
    return result;
  }
  const auto is = [&](TermKind kind) { return boolean_node(a.at(0)->kind == kind); };
  if (name == "SAMETERM") return boolean_node(same(a.at(0), a.at(1)));
  if (name == "ISIRI" || name == "ISURI") return is(TermKind::iri);
  if (name == "ISBLANK") return is(TermKind::blank);
  if (name == "ISLITERAL") return is(TermKind::literal);
  if (name == "ISTRIPLE") return is(TermKind::triple);
  if (name == "ISNUMERIC") return boolean_node(numeric(a.at(0)).has_value());
  if (name == "HASLANG") return boolean_node(is_tagged(a.at(0)));
  if (name == "HASLANGDIR") return boolean_node(is_tagged(a.at(0)) && a[0]->direction != Direction::none);
  if (name == "TRIPLE") {
    if (a.at(0)->kind == TermKind::literal || a[0]->kind == TermKind::triple ||
        a.at(1)->kind != TermKind::iri)
      return nullptr;
    return triple_node(a[0], a[1], a.at(2));
  }
  if (name == "SUBJECT") return a.at(0)->subject;
  if (name == "PREDICATE") return a.at(0)->predicate;
  if (name == "OBJECT") return a.at(0)->object;
  if (name == "STR") {
    quirk(a.at(0)->kind == TermKind::blank, "peer: STR of a blank node");
    if (a.at(0)->kind == TermKind::blank || a[0]->kind == TermKind::triple) return nullptr;
    return string_node(a[0]->text);
  }
  if (name == "IRI" || name == "URI") {
    if (a.at(0)->kind == TermKind::iri) return a[0];
    if (!is_string(a[0])) return nullptr;
    throw Unspecified("IRI of a string");
  }
  if (name == "CONCAT" && a.empty()) return string_node("");
  if (a.empty() || a[0]->kind != TermKind::literal) return nullptr;
  if (name == "LANG") return string_node(a[0]->language);
  if (name == "LANGDIR")
    return string_node(a[0]->direction == Direction::ltr   ? "ltr"
                       : a[0]->direction == Direction::rtl ? "rtl"
                                                           : "");
  if (name == "DATATYPE") return iri_node(a[0]->datatype);
  if (name == "LANGMATCHES") {
    if (!is_string(a[0]) || !is_string(a.at(1))) return nullptr;
    const std::string tag = changed_case(a[0]->text, false);
    const std::string range = changed_case(a[1]->text, false);
    if (range == "*") return boolean_node(!tag.empty());
    return boolean_node(tag == range || (!range.empty() && tag.starts_with(range + "-")));
  }
  if (name == "STRDT") {
    if (!is_string(a[0]) || a.at(1)->kind != TermKind::iri) return nullptr;
    return literal_node(a[0]->text, a[1]->text);
  }
  if (name == "STRLANG") {
    if (!is_string(a[0]) || !is_string(a.at(1))) return nullptr;
    if (a[1]->text != "en" && a[1]->text != "EN" && a[1]->text != "de") throw Unspecified("a language tag");
    return tagged_node(a[0]->text, a[1]->text);
  }
  if (name == "ABS" || name == "CEIL" || name == "FLOOR" || name == "ROUND") {
    auto number = numeric(a[0]);
    if (!number) return nullptr;
    quirk(number->value - number->value != 0, "peer: rounding of NaN and infinity");
    if (name == "ABS") {
      if (number->coefficient < 0) number->coefficient = -number->coefficient;
      if (number->value < 0) number->value = -number->value;
      if (number->value == 0) number->value = 0;
      return node_of(*number);
    }
    return node_of(rounded(*number, name == "CEIL"    ? Rounding::ceil
                                    : name == "FLOOR" ? Rounding::floor
                                                      : Rounding::round));
  }
  if (name == "YEAR" || name == "MONTH" || name == "DAY" || name == "TZ" || name == "HOURS") {
    const auto m = moment(a[0]);
    if (!m) return nullptr;
    if (name == "TZ") return string_node(m->zone_text);
    if (name == "HOURS") return m->has_time ? node_of(integer_number(m->hour)) : nullptr;
    return node_of(integer_number(name == "YEAR" ? m->year : name == "MONTH" ? m->month : m->day));
  }
  // Strings
  if (name == "CONCAT") {
    std::string text;
    bool alike = true;
    for (const NodePtr& part : a) {
      if (!is_text(part)) return nullptr;
      text += part->text;
      alike = alike && part->language == a[0]->language && part->direction == a[0]->direction;
    }
    return alike ? like(a[0], text) : string_node(text);
  }
  if (!is_text(a[0])) return nullptr;
  if (name == "STRLEN")
    return node_of(integer_number(static_cast<std::int64_t>(code_points(a[0]->text).size())));
  if (name == "UCASE" || name == "LCASE") return like(a[0], changed_case(a[0]->text, name == "UCASE"));
  if (name == "SUBSTR") {
    const auto points = code_points(a[0]->text);
    const auto start = numeric(a.at(1));
    if (!start) return nullptr;
    const double from = as_double(rounded(*start, Rounding::round));
    quirk(from < 1, "peer: SUBSTR from before the first character");
    double to = 1e9;
    if (a.size() == 3) {
      const auto length = numeric(a[2]);
      if (!length) return nullptr;
      to = from + as_double(rounded(*length, Rounding::round));
    }
    std::string text;
    for (std::size_t i = 0; i < points.size(); ++i) {
      const auto place = static_cast<double>(i + 1);
      if (place >= from && place < to) text += points[i];
    }
    return like(a[0], text);
  }
  if (name == "CONTAINS" || name == "STRSTARTS" || name == "STRENDS" || name == "STRBEFORE" ||
      name == "STRAFTER") {
    if (!compatible_arguments(a[0], a.at(1))) return nullptr;
    const std::string& text = a[0]->text;
    const std::string& part = a[1]->text;
    if (name == "STRSTARTS") return boolean_node(text.starts_with(part));
    if (name == "STRENDS") return boolean_node(text.ends_with(part));
    const std::size_t at = text.find(part);
    if (name == "CONTAINS") return boolean_node(at != std::string::npos);
    if (at == std::string::npos) return string_node("");
    return like(a[0], name == "STRBEFORE" ? text.substr(0, at) : text.substr(at + part.size()));
  }
  if (name == "REGEX") {
    if (!is_string(a.at(1)) || (a.size() > 2 && !is_string(a[2]))) return nullptr;
    return boolean_node(
        simple_match(code_points(a[0]->text), code_points(a[1]->text), a.size() > 2 && a[2]->text == "i"));
  }
  throw Unspecified("the function " + name);
}

}  // namespace dossier::differential
