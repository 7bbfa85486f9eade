// Values of literals: numbers of any size, durations, comparison, arithmetic of dates.
#include "engine/model/value.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace dossier {
namespace {

Number number(std::string_view text, NumericKind kind = NumericKind::decimal) {
  const auto value = Number::parse(text, kind);
  EXPECT_TRUE(value) << text;
  return value.value_or(Number());
}

std::string text(const Number& n) {
  std::string out;
  n.append(out);
  return out;
}

std::string bytes_of(std::string_view lexical, std::string_view name) {
  std::string bytes;
  append_literal_bytes(bytes, lexical, std::string(iri::kXsd) + std::string(name));
  return bytes;
}

Temporal moment(std::string_view lexical, TemporalKind kind) {
  Temporal value;
  EXPECT_TRUE(parse_temporal(lexical, kind, value)) << lexical;
  return value;
}

Duration span(std::string_view lexical, DurationKind kind = DurationKind::duration) {
  Duration value;
  EXPECT_TRUE(parse_duration(lexical, kind, value)) << lexical;
  return value;
}

TEST(Numbers, LargeIntegersAreExact) {
  const Number big = number("123456789012345678901234567890", NumericKind::integer);
  EXPECT_EQ(text(add(big, Number::integer(1))), "123456789012345678901234567891");
  EXPECT_EQ(text(multiply(Number::integer(INT64_MAX), Number::integer(INT64_MAX))),
            "85070591730234615847396907784232501249");
  EXPECT_EQ(text(subtract(Number::integer(INT64_MIN), Number::integer(1))), "-9223372036854775809");
  EXPECT_EQ(text(subtract(add(Number::integer(INT64_MAX), Number::integer(5)), Number::integer(5))),
            "9223372036854775807");
  EXPECT_EQ(text(Number::integer(INT64_MIN).negated()), "9223372036854775808");
  EXPECT_EQ(compare(big, Number::integer(5)), 1);
}

TEST(Numbers, Decimals) {
  EXPECT_EQ(text(add(number("0.1"), number("0.2"))), "0.3");
  EXPECT_EQ(text(multiply(number("-1.5"), number("2"))), "-3");
  EXPECT_EQ(text(*divide(Number::integer(1), Number::integer(3))), "0.333333333333333333");
  EXPECT_EQ(text(*divide(Number::integer(6), Number::integer(3))), "2");
  EXPECT_EQ(divide(Number::integer(6), Number::integer(3))->datatype(), iri::kXsdDecimal);
  EXPECT_FALSE(divide(Number::integer(6), Number::integer(0)));
  EXPECT_EQ(text(*divide(Number::real(1), Number::integer(0))), "INF");
  EXPECT_EQ(text(number("-0.05")), "-0.05");
  EXPECT_EQ(compare(number("1.50"), number("1.5")), 0);
  EXPECT_EQ(compare(number("0.1"), Number::real(0.1)), 0);
}

TEST(Numbers, Rounding) {
  for (const auto& [in, ceil, floor, round] :
       std::vector<std::array<std::string, 4>>{{"2.5", "3", "2", "3"},
                                               {"-2.5", "-2", "-3", "-2"},
                                               {"2.4999", "3", "2", "2"},
                                               {"-0.5", "0", "-1", "0"},
                                               {"7", "7", "7", "7"}}) {
    EXPECT_EQ(text(number(in).ceil()), ceil) << in;
    EXPECT_EQ(text(number(in).floor()), floor) << in;
    EXPECT_EQ(text(number(in).round()), round) << in;
  }
  EXPECT_EQ(text(Number::real(2.5).round()), "3.0E0");
  EXPECT_EQ(text(Number::real(-2.5).round()), "-2.0E0");
}

TEST(Numbers, Conversions) {
  EXPECT_EQ(text(*Number::real(1.5e20).convert(NumericKind::integer)), "150000000000000000000");
  EXPECT_EQ(text(*Number::real(-1.9).convert(NumericKind::integer)), "-1");
  EXPECT_EQ(text(*Number::real(0.1).convert(NumericKind::decimal)), "0.1");
  EXPECT_EQ(text(*Number::real(1.25e-7).convert(NumericKind::decimal)), "0.000000125");
  EXPECT_FALSE(Number::real(HUGE_VAL).convert(NumericKind::integer));
  EXPECT_EQ(text(*number("-1.9").convert(NumericKind::integer)), "-1");
  EXPECT_EQ(text(*number("0.1").convert(NumericKind::float_)), "1.0E-1");
}

TEST(Numbers, LexicalSpaces) {
  EXPECT_FALSE(Number::parse("1.0", NumericKind::integer));
  EXPECT_FALSE(Number::parse("1e0", NumericKind::decimal));
  EXPECT_FALSE(Number::parse("", NumericKind::decimal));
  EXPECT_FALSE(Number::parse(".", NumericKind::decimal));
  EXPECT_EQ(text(number(".5")), "0.5");
  EXPECT_EQ(text(number("5.")), "5");
  EXPECT_EQ(text(number("+005")), "5");
  EXPECT_FALSE(parse_number("300", std::string(iri::kXsd) + "byte"));
  EXPECT_TRUE(parse_number("18446744073709551615", std::string(iri::kXsd) + "unsignedLong"));
  EXPECT_FALSE(parse_number("18446744073709551616", std::string(iri::kXsd) + "unsignedLong"));
  EXPECT_FALSE(parse_number("0", std::string(iri::kXsd) + "positiveInteger"));
}

RC_GTEST_PROP(Numbers, SumsUndoDifferences, (std::int64_t a, std::int64_t b)) {
  const int x = *rc::gen::inRange(0, 10);
  const int y = *rc::gen::inRange(0, 10);
  const Number p = Number::decimal(a, x);
  const Number q = Number::decimal(b, y);
  RC_ASSERT(compare(subtract(add(p, q), q), p) == 0);
  if (!q.is_zero()) RC_ASSERT(compare(*divide(multiply(p, q), q), p) == 0);
}

RC_GTEST_PROP(Numbers, TextComesBack, (std::int64_t a)) {
  const Number n = Number::decimal(a, *rc::gen::inRange(0, 18));
  RC_ASSERT(compare(*Number::parse(text(n), NumericKind::decimal), n) == 0);
  const double real = n.to_double();
  RC_ASSERT(Number::parse(text(Number::real(real)), NumericKind::double_)->to_double() == real);
}

TEST(Durations, TextComesBack) {
  for (const char* lexical : {"P1Y2M3DT4H5M6.7S", "-P1D", "PT0.001S", "P14M", "PT36H"}) {
    std::string out;
    append_duration(out, span(lexical), DurationKind::duration);
    EXPECT_EQ(span(out), span(lexical)) << out;
  }
  std::string zero;
  append_duration(zero, {}, DurationKind::day_time);
  EXPECT_EQ(zero, "PT0S");
  Duration value;
  for (const char* lexical : {"", "P", "PT", "P1DT", "P1M1Y", "P1S", "PT1D", "P1.5D", "1D", "P-1D"})
    EXPECT_FALSE(parse_duration(lexical, DurationKind::duration, value)) << lexical;
  EXPECT_FALSE(parse_duration("P1D", DurationKind::year_month, value));
  EXPECT_FALSE(parse_duration("P1M", DurationKind::day_time, value));
}

TEST(Dates, Arithmetic) {
  std::string out;
  append_temporal(out, *add(moment("2024-01-31", TemporalKind::date), span("P1M"), false));
  EXPECT_EQ(out, "2024-02-29");
  out.clear();
  append_temporal(out,
                  *add(moment("2025-06-13T12:00:00+02:00", TemporalKind::date_time), span("PT30H"), true));
  EXPECT_EQ(out, "2025-06-12T06:00:00+02:00");
  const auto days =
      difference(moment("2025-03-01", TemporalKind::date), moment("2024-03-01", TemporalKind::date));
  EXPECT_EQ(days->seconds, 365 * 86400);
  EXPECT_FALSE(add(moment("2024", TemporalKind::year), span("P1Y"), false));
}

RC_GTEST_PROP(Dates, DurationsAreUndone, ()) {
  const Instant instant{*rc::gen::inRange<std::int64_t>(-100'000'000'000, 200'000'000'000),
                        *rc::gen::inRange<std::int64_t>(0, kAttosPerSecond)};
  const int zone = *rc::gen::element(kNoZone, 0, 330, -300, 840);
  const Temporal start = temporal_at(instant, TemporalKind::date_time, zone);
  const int sign = *rc::gen::element(-1, 1);
  const Duration span{0, sign * *rc::gen::inRange<std::int64_t>(0, 10'000'000'000),
                      sign * *rc::gen::inRange<std::int64_t>(0, kAttosPerSecond)};
  const auto end = add(start, span, false);
  RC_ASSERT(end.has_value());
  RC_ASSERT(*difference(*end, start) == span);
  RC_ASSERT(instant_of(*add(*end, span, true)) == instant);
  std::string text;
  append_temporal(text, *end);
  Temporal again;
  RC_ASSERT(parse_temporal(text, TemporalKind::date_time, again));
  RC_ASSERT(instant_of(again) == instant_of(*end));
}

TEST(Values, EqualityKnowsItsLimits) {
  const auto same = [](std::string_view a, std::string_view x, std::string_view b, std::string_view y) {
    const std::string p = bytes_of(a, x);
    const std::string q = bytes_of(b, y);
    return equal(value_of_bytes(p), value_of_bytes(q));
  };
  EXPECT_EQ(same("1", "integer", "1.0", "decimal"), true);
  EXPECT_EQ(same("01", "integer", "1", "byte"), true);
  EXPECT_EQ(same("1", "integer", "1", "string"), false);
  EXPECT_EQ(same("x", "integer", "1", "integer"), std::nullopt);
  EXPECT_EQ(same("a", "unknown", "b", "unknown"), std::nullopt);
  EXPECT_EQ(same("a", "unknown", "a", "unknown"), true);
  EXPECT_EQ(same("2025-06-13T12:00:00Z", "dateTime", "2025-06-13T14:00:00+02:00", "dateTime"), true);
  EXPECT_EQ(same("2025-06-13T24:00:00Z", "dateTime", "2025-06-14T00:00:00Z", "dateTime"), true);
  EXPECT_EQ(same("P1Y", "duration", "P12M", "yearMonthDuration"), true);
  EXPECT_EQ(same("P1D", "duration", "PT24H", "dayTimeDuration"), true);
  EXPECT_EQ(same("NaN", "double", "NaN", "double"), false);
  EXPECT_EQ(same("true", "boolean", "1", "boolean"), true);
}

}  // namespace
}  // namespace dossier
