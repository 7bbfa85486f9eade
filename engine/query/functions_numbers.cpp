// Functions on numbers, dates and times.
#include <openssl/rand.h>

#include "engine/query/functions.h"

namespace dossier::functions {
namespace {

template <typename Change>
Id change_number(FunctionCall& call, const Change& change) {
  const Value value = read_value(call[0]);
  return value.kind == ValueKind::number ? intern_number(call.context, change(value.number)) : kUnbound;
}

bool has_date(TemporalKind kind) {
  return kind == TemporalKind::date_time || kind == TemporalKind::date;
}
bool has_clock(TemporalKind kind) {
  return kind == TemporalKind::date_time || kind == TemporalKind::time;
}

bool read_temporal(FunctionCall& call, Temporal& out) {
  const Value value = read_value(call[0]);
  if (value.kind != ValueKind::temporal) return false;
  out = value.temporal;
  return true;
}

}  // namespace

Id abs(FunctionCall& call) {
  return change_number(call, [](const Number& n) { return n.abs(); });
}
Id ceil(FunctionCall& call) {
  return change_number(call, [](const Number& n) { return n.ceil(); });
}
Id floor(FunctionCall& call) {
  return change_number(call, [](const Number& n) { return n.floor(); });
}
Id round(FunctionCall& call) {
  return change_number(call, [](const Number& n) { return n.round(); });
}

// 0 <= RAND() < 1, of 48 random bits: every value is inline.
Id rand(FunctionCall& call) {
  std::uint64_t bits = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&bits), sizeof bits) != 1)
    throw QueryError("the system gives no random numbers");
  return intern_number(call.context, Number::real(static_cast<double>(bits >> 16) / 281474976710656.0));
}

Id now(FunctionCall& call) {
  const std::int64_t millis = call.context.now().time_since_epoch().count();
  const std::int64_t seconds = millis >= 0 ? millis / 1000 : (millis - 999) / 1000;
  const Instant instant{seconds + kUnixEpochDays * 86400,
                        (millis - seconds * 1000) * (kAttosPerSecond / 1000)};
  return intern_temporal(call.context, temporal_at(instant, TemporalKind::date_time, 0));
}

Id year(FunctionCall& call) {
  Temporal value;
  if (!read_temporal(call, value)) return kUnbound;
  const bool known =
      has_date(value.kind) || value.kind == TemporalKind::year || value.kind == TemporalKind::year_month;
  return known ? inline_integer(value.year) : kUnbound;
}

Id month(FunctionCall& call) {
  Temporal value;
  if (!read_temporal(call, value)) return kUnbound;
  const bool known = has_date(value.kind) || value.kind == TemporalKind::year_month ||
                     value.kind == TemporalKind::month || value.kind == TemporalKind::month_day;
  return known ? inline_integer(value.month) : kUnbound;
}

Id day(FunctionCall& call) {
  Temporal value;
  if (!read_temporal(call, value)) return kUnbound;
  const bool known =
      has_date(value.kind) || value.kind == TemporalKind::month_day || value.kind == TemporalKind::day;
  return known ? inline_integer(value.day) : kUnbound;
}

Id hours(FunctionCall& call) {
  Temporal value;
  return read_temporal(call, value) && has_clock(value.kind) ? inline_integer(value.hour) : kUnbound;
}

Id minutes(FunctionCall& call) {
  Temporal value;
  return read_temporal(call, value) && has_clock(value.kind) ? inline_integer(value.minute) : kUnbound;
}

Id seconds(FunctionCall& call) {
  Temporal value;
  if (!read_temporal(call, value) || !has_clock(value.kind)) return kUnbound;
  const Number whole = Number::decimal(value.second, 0);
  if (value.attos == 0) return intern_number(call.context, whole);
  return intern_number(call.context, add(whole, Number::decimal(value.attos, 18)));
}

Id timezone(FunctionCall& call) {
  Temporal value;
  if (!read_temporal(call, value) || !value.has_zone()) return kUnbound;
  return intern_duration(call.context, {0, value.zone * std::int64_t{60}, 0}, DurationKind::day_time);
}

// As written: `Z`, `+00:00`, `-05:00`, or the empty string.
Id tz(FunctionCall& call) {
  Temporal value;
  if (!read_temporal(call, value)) return kUnbound;
  if (!value.has_zone()) return call.string({});
  const std::string_view text = split_term(call[0].bytes).text;
  return call.string(text.ends_with('Z') ? text.substr(text.size() - 1) : text.substr(text.size() - 6));
}

}  // namespace dossier::functions
