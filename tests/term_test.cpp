// Terms as bytes and as inline ids: what goes in comes back, and ids sort as values do.
#include "engine/model/term.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "engine/model/date_time.h"
#include "engine/model/numeric_text.h"

namespace dossier {
namespace {

std::string typed(std::string_view lexical, std::string_view name) {
  std::string bytes;
  append_literal_bytes(bytes, lexical, std::string(iri::kXsd) + std::string(name));
  return bytes;
}

std::string text_of(Id id) {
  std::string bytes;
  append_inline_bytes(bytes, id);
  return bytes;
}

void expect_inline(std::string_view lexical, std::string_view name) {
  const std::string bytes = typed(lexical, name);
  const Id id = inline_id(bytes);
  EXPECT_TRUE(id.is_bound()) << lexical << ' ' << name;
  if (id.is_bound()) {
    EXPECT_EQ(text_of(id), bytes);
  }
}

void expect_stored(std::string_view lexical, std::string_view name) {
  EXPECT_FALSE(inline_id(typed(lexical, name)).is_bound()) << lexical << ' ' << name;
}

TEST(InlineId, CanonicalFormsAreInline) {
  for (const char* text : {"0", "1", "-1", "42", "576460752303423487", "-576460752303423488"})
    expect_inline(text, "integer");
  for (const char* text : {"0", "0.0", "1.5", "1.50", "-0.5", "123456.12345678", "-360287970.0"})
    expect_inline(text, "decimal");
  for (const char* text : {"0.0E0", "1.5E0", "-1.5E0", "INF", "-INF", "1.0E6", "2.5E-1"})
    expect_inline(text, "double");
  for (const char* text :
       {"2025-06-13", "-0044-03-15", "0000-01-01", "12025-01-01Z", "2000-02-29+05:30", "1582-10-15-14:00"})
    expect_inline(text, "date");
  for (const char* text : {"2025-06-13T12:00:00", "2025-06-13T12:00:00.5Z", "2025-06-13T23:59:59.999-05:00",
                           "2025-06-13T12:00:00.500Z"})
    expect_inline(text, "dateTime");
  for (const char* text : {"12:00:00", "00:00:00.000Z", "23:59:59+14:00", "00:00:00+14:00"})
    expect_inline(text, "time");
  expect_inline("2025", "gYear");
  expect_inline("-0044Z", "gYear");
  expect_inline("2025-06", "gYearMonth");
  expect_inline("--02-29", "gMonthDay");
  expect_inline("--06+01:00", "gMonth");
  expect_inline("---31", "gDay");
  expect_inline("true", "boolean");
  expect_inline("", "string");
  expect_inline("seven77", "string");
  expect_inline("漢字", "string");
}

TEST(InlineId, OtherFormsGoToTheDictionary) {
  for (const char* text :
       {"", "-", "01", "+1", "-0", "1.0", " 1", "576460752303423488", "123456789012345678901234567890"})
    expect_stored(text, "integer");
  for (const char* text : {"-0.0", "1.", ".5", "01.5", "1.123456789", "+1.0", "999999999.0"})
    expect_stored(text, "decimal");
  for (const char* text : {"1", "1.5", "1.0e0", "0.1E0", "NaN", "-0.0E0", "1.0E-1", "inf", "1.00E0"})
    expect_stored(text, "double");
  for (const char* text : {"2025-02-29", "2025-06-13+00:00", "2025-06-13-00:00", "-0000-01-01", "025-01-01",
                           "02025-01-01", "2025-13-01", "2025-6-1", "2025-06-13+14:01", "999999999999-01-01"})
    expect_stored(text, "date");
  for (const char* text :
       {"2025-06-13T24:00:00", "2025-06-13T12:00:00.1234", "9999-01-01T00:00:00", "-0001-01-01T00:00:00",
        "2025-06-13T12:00:60", "2025-06-13T12:00:00.", "2025-06-13"})
    expect_stored(text, "dateTime");
  expect_stored("1", "boolean");
  expect_stored("eight888", "string");
  expect_stored(std::string_view("a\0b", 3), "string");
  expect_stored("1", "int");
}

RC_GTEST_PROP(InlineId, IntegersRoundTripInOrder, (std::int64_t a, std::int64_t b)) {
  const std::string x = typed(std::to_string(a >> 3), "integer");
  const std::string y = typed(std::to_string(b >> 3), "integer");
  const Id i = inline_id(x);
  const Id j = inline_id(y);
  if (i.is_bound()) RC_ASSERT(text_of(i) == x);
  if (i.is_bound() && j.is_bound()) RC_ASSERT((i < j) == ((a >> 3) < (b >> 3)));
}

RC_GTEST_PROP(InlineId, DoublesRoundTripInOrder, ()) {
  const double a = *rc::gen::inRange(-1000000, 1000000) / 64.0;
  const double b = *rc::gen::inRange(-1000000, 1000000) / 64.0;
  std::string x;
  std::string y;
  append_double(x, a);
  append_double(y, b);
  const Id i = inline_id(typed(x, "double"));
  const Id j = inline_id(typed(y, "double"));
  RC_ASSERT(i.is_bound() && j.is_bound());
  RC_ASSERT(text_of(i) == typed(x, "double"));
  RC_ASSERT((i < j) == (a < b));
}

RC_GTEST_PROP(InlineId, AnyTextRoundTrips, ()) {
  const auto text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("0123456789-+.:TZE")));
  for (const char* name :
       {"integer", "decimal", "double", "date", "dateTime", "time", "gYear", "gMonth", "gDay", "string"}) {
    const std::string bytes = typed(text, name);
    const Id id = inline_id(bytes);
    if (id.is_bound()) RC_ASSERT(text_of(id) == bytes);
  }
}

RC_GTEST_PROP(InlineId, DecimalsRoundTripInOrder, ()) {
  const auto make = [] {
    const int whole = *rc::gen::inRange(-100000, 100000);
    const int digits = *rc::gen::inRange(0, 9);
    const auto fraction =
        *rc::gen::container<std::string>(static_cast<std::size_t>(digits), rc::gen::inRange('0', ':'));
    return std::to_string(whole) + (digits == 0 ? "" : "." + fraction);
  };
  const std::string a = make();
  const std::string b = make();
  const Id i = inline_id(typed(a, "decimal"));
  const Id j = inline_id(typed(b, "decimal"));
  RC_ASSERT(i.is_bound() && j.is_bound());
  RC_ASSERT(text_of(i) == typed(a, "decimal"));
  const double x = std::stod(a);
  const double y = std::stod(b);
  if (x < y) RC_ASSERT(i < j);
  if (x > y) RC_ASSERT(i > j);
}

RC_GTEST_PROP(InlineId, DatesRoundTripInOrder, ()) {
  const auto make = [](TemporalKind kind) {
    const std::int64_t seconds = *rc::gen::inRange<std::int64_t>(0, 130'000'000'000);
    const int zone = *rc::gen::oneOf(rc::gen::just(kNoZone), rc::gen::inRange(-840, 841));
    Temporal value = temporal_at({seconds, 0}, kind, zone);
    if (kind == TemporalKind::date) value.hour = value.minute = value.second = 0;
    if (kind == TemporalKind::date_time) {
      value.fraction_digits = *rc::gen::inRange(0, 4);
      if (value.fraction_digits > 0) value.attos = *rc::gen::inRange(0, 10) * (kAttosPerSecond / 10);
    }
    return value;
  };
  for (const TemporalKind kind : {TemporalKind::date, TemporalKind::date_time}) {
    const Temporal a = make(kind);
    const Temporal b = make(kind);
    std::string x;
    std::string y;
    append_temporal(x, a);
    append_temporal(y, b);
    std::string bytes;
    append_literal_bytes(bytes, x, temporal_datatype(kind));
    const Id i = inline_id(bytes);
    if (instant_of(a).seconds < 0 || instant_of(b).seconds < 0) continue;
    RC_ASSERT(i.is_bound());
    RC_ASSERT(text_of(i) == bytes);
    std::string other;
    append_literal_bytes(other, y, temporal_datatype(kind));
    const Id j = inline_id(other);
    if (instant_of(a) < instant_of(b)) RC_ASSERT(i < j);
    if (instant_of(b) < instant_of(a)) RC_ASSERT(j < i);
  }
}

TEST(Calendar, DaysAndDatesAreInverse) {
  EXPECT_EQ(days_from_date(1970, 1, 1), kUnixEpochDays);
  for (std::int64_t days = -800000; days < 800000; days += 17) {
    std::int64_t year = 0;
    int month = 0;
    int day = 0;
    date_from_days(days, year, month, day);
    ASSERT_EQ(days_from_date(year, month, day), days);
    ASSERT_LE(day, days_in_month(year, month));
  }
}

TEST(TermBytes, EveryKindComesBack) {
  for (const Term& term : {Term::iri("http://example.org/a"), Term::blank("b1"), Term::literal("x"),
                           Term::typed("1", iri::kXsdInteger), Term::tagged("chat", "fr"),
                           Term::tagged("x", "ar", Direction::rtl)}) {
    std::string bytes;
    append_term_bytes(bytes, term);
    EXPECT_EQ(term_from_bytes(bytes), term) << term.to_string();
  }
}

TEST(TermBytes, LanguageTagsCompareWithoutCase) {
  std::string a;
  std::string b;
  append_language_bytes(a, "Chat", "fr-BE");
  append_language_bytes(b, "Chat", "FR-be");
  EXPECT_TRUE(equal_term_bytes(a, b));
  EXPECT_EQ(hash_term_bytes(a, 7), hash_term_bytes(b, 7));
  EXPECT_NE(hash_term_bytes(a, 7), hash_term_bytes(a, 8));
  EXPECT_EQ(Term::tagged("Chat", "fr"), Term::tagged("Chat", "FR"));
  EXPECT_FALSE(Term::tagged("chat", "fr") == Term::tagged("Chat", "fr"));
  EXPECT_FALSE(Term::tagged("chat", "fr") == Term::tagged("chat", "fr", Direction::ltr));
}

TEST(TermText, CanonicalNTriples) {
  EXPECT_EQ(Term::literal("a\"b\\c\n\t\r\b\f").to_string(), R"("a\"b\\c\n\t\r\b\f")");
  EXPECT_EQ(Term::literal(std::string("\x01\x7F\xEF\xBF\xBE\xEF\xBF\xBD", 8)).to_string(),
            "\"\\u0001\\u007F\\uFFFE\xEF\xBF\xBD\"");
  EXPECT_EQ(Term::tagged("x", "ar", Direction::rtl).to_string(), "\"x\"@ar--rtl");
  EXPECT_EQ(Term::integer(-5).to_string(), "\"-5\"^^<http://www.w3.org/2001/XMLSchema#integer>");
  EXPECT_EQ(Term::real(0.1).value(), "1.0E-1");
  EXPECT_EQ(Term::triple(Term::iri("s"), Term::iri("p"), Term::boolean(true)).to_string(),
            "<<( <s> <p> \"true\"^^<http://www.w3.org/2001/XMLSchema#boolean> )>>");
}

TEST(TermValues, NumbersAndTimes) {
  EXPECT_EQ(Term::typed("+7", iri::kXsdInteger).as_integer(), 7);
  EXPECT_FALSE(Term::typed("7.0", iri::kXsdInteger).as_integer());
  EXPECT_EQ(Term::typed("7.5", iri::kXsdDecimal).as_double(), 7.5);
  EXPECT_FALSE(Term::typed("7E0", iri::kXsdDecimal).as_double());
  EXPECT_TRUE(std::isinf(*Term::typed("1E999", iri::kXsdDouble).as_double()));
  EXPECT_EQ(Term::typed("1E-999", iri::kXsdDouble).as_double(), 0.0);
  EXPECT_EQ(Term::typed("1", iri::kXsdBoolean).as_boolean(), true);
  EXPECT_EQ(Term::typed("1970-01-01T00:00:01.5Z", iri::kXsdDateTime).as_time()->time_since_epoch().count(),
            1500);
  EXPECT_EQ(Term::typed("1970-01-02", iri::kXsdDate).as_time()->time_since_epoch().count(), 86400000);
}

TEST(Formats, NamesComeBack) {
  EXPECT_EQ(format_from_name("json"), Format::json);
  EXPECT_EQ(format_name(Format::rdfxml), "rdfxml");
  EXPECT_FALSE(format_from_name("doc"));
}

}  // namespace
}  // namespace dossier
