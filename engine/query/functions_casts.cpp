// The constructor functions of XML Schema: xsd:integer(?x) and its kin. The name of the call is the target.
#include "engine/query/functions.h"

namespace dossier::functions {
namespace {

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t from = text.find_first_not_of(kSpace);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kSpace) - from + 1);
}

Id number_id(FunctionCall& call, const Number& number) {
  if (!in_range(number, call.name)) return kUnbound;
  if (number.datatype() == call.name) return intern_number(call.context, number);
  std::string text;  // a type derived from xsd:integer
  number.append(text);
  return intern_literal(call.context, text, call.name);
}

// Values that are no NaN, infinity or zero are true.
Id to_boolean(FunctionCall& call, const Value& value) {
  bool result = false;
  switch (value.kind) {
    case ValueKind::boolean:
      return inline_boolean(value.boolean);
    case ValueKind::number:
      return inline_boolean(!value.number.is_zero() && !value.number.is_nan());
    case ValueKind::string:
      return parse_boolean(trim(split_term(call[0].bytes).text), result) ? inline_boolean(result) : kUnbound;
    default:
      return kUnbound;
  }
}

Id to_number(FunctionCall& call, const Value& value, NumericKind kind) {
  switch (value.kind) {
    case ValueKind::boolean: {
      const auto number = Number::integer(value.boolean ? 1 : 0).convert(kind);
      return number ? number_id(call, *number) : kUnbound;
    }
    case ValueKind::number: {
      const auto number = value.number.convert(kind);
      return number ? number_id(call, *number) : kUnbound;
    }
    case ValueKind::string: {
      const auto number = Number::parse(trim(split_term(call[0].bytes).text), kind);
      return number ? number_id(call, *number) : kUnbound;
    }
    default:
      return kUnbound;
  }
}

// dateTime to every other kind, date to dateTime and the Gregorian ones.
bool convert_temporal(Temporal& value, TemporalKind kind) {
  if (value.kind == kind) return true;
  const bool from_moment = value.kind == TemporalKind::date_time;
  if (!from_moment && (value.kind != TemporalKind::date || kind == TemporalKind::time)) return false;
  value.kind = kind;
  return true;
}

Id to_temporal(FunctionCall& call, const Value& value, TemporalKind kind) {
  Temporal result;
  if (value.kind == ValueKind::temporal) {
    result = value.temporal;
    if (!convert_temporal(result, kind)) return kUnbound;
  } else if (value.kind != ValueKind::string ||
             !parse_temporal(trim(split_term(call[0].bytes).text), kind, result)) {
    return kUnbound;
  }
  if (call.name == iri::kXsdDateTimeStamp && !result.has_zone()) return kUnbound;
  std::string text;
  append_temporal(text, result);
  return intern_literal(call.context, text, call.name);
}

Id to_duration(FunctionCall& call, const Value& value, DurationKind kind) {
  Duration result;
  if (value.kind == ValueKind::duration) {
    result = value.duration;
    if (kind == DurationKind::year_month) result.seconds = result.attos = 0;
    if (kind == DurationKind::day_time) result.months = 0;
  } else if (value.kind != ValueKind::string ||
             !parse_duration(trim(split_term(call[0].bytes).text), kind, result)) {
    return kUnbound;
  }
  return intern_duration(call.context, result, kind);
}

// fn:string of a float or double: as a decimal between 1e-6 and 1e6, else with an exponent.
std::string text_of_real(const Number& number) {
  std::string text;
  const double size = number.abs().to_double();
  if (number.is_zero() || !(size >= 1e-6 && size < 1e6)) {
    if (number.is_zero()) return text;
    number.append(text);
    return text;
  }
  number.convert(NumericKind::decimal)->append(text);
  return text;
}

Id to_string(FunctionCall& call, const Value& value) {
  const TermParts parts = split_term(call[0].bytes);
  if (parts.kind == 0 || parts.kind == kBlankByte || value.kind == ValueKind::ill_typed) return kUnbound;
  std::string text;
  switch (value.kind) {
    case ValueKind::number:
      if (!value.number.is_exact())
        text =
            value.number.is_zero() ? (parts.text.starts_with('-') ? "-0" : "0") : text_of_real(value.number);
      else
        value.number.append(text);
      break;
    case ValueKind::boolean:
      text = value.boolean ? "true" : "false";
      break;
    case ValueKind::temporal:
      append_temporal(text, value.temporal);
      break;
    case ValueKind::duration:
      append_duration(text, value.duration, value.duration_kind);
      break;
    default:
      text = parts.text;
      break;
  }
  return intern_string(call.context, text);
}

}  // namespace

Id cast(FunctionCall& call) {
  if (call[0].bytes.empty() && !has_inline_value(call[0].id)) return kUnbound;  // a triple term
  const Value value = read_value(call[0]);
  if (call.name == iri::kXsdString) return to_string(call, value);
  if (call.name == iri::kXsdBoolean) return to_boolean(call, value);
  if (const auto kind = numeric_kind(call.name)) return to_number(call, value, *kind);
  if (const auto kind = temporal_kind(call.name)) return to_temporal(call, value, *kind);
  if (const auto kind = duration_kind(call.name)) return to_duration(call, value, *kind);
  return kUnbound;
}

}  // namespace dossier::functions
