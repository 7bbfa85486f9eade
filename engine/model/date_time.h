// Dates and times of XML Schema: parsing, the time line, comparison, text.
//
// Purpose: one value type for xsd:dateTime, date, time and the five Gregorian types; the inline ids,
// comparisons, casts and accessor functions all stand on it. Invariants: the calendar is the proleptic
// Gregorian one with a year 0 (XSD 1.1); years have at most 11 digits; a fraction of a second keeps 18
// digits, the rest is cut off. Components that a kind lacks have those of 1972-12-31T00:00:00. Thread-safety:
// values and free functions. Source: XML Schema 1.1 part 2, sections 3.3.7 to 3.3.14 and appendix E.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/model/id.h"

namespace dossier {

// The order is part of the format of gregorian ids: kind - year.
enum class TemporalKind : std::uint8_t { date_time, date, time, year, year_month, month, month_day, day };

inline constexpr int kNoZone = -100000;
inline constexpr std::int64_t kAttosPerSecond = 1'000'000'000'000'000'000;

struct Temporal {
  TemporalKind kind = TemporalKind::date_time;
  std::int64_t year = 1972;
  int month = 12;
  int day = 31;
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::int64_t attos = 0;   // of the second
  int zone = kNoZone;       // minutes east of UTC
  int fraction_digits = 0;  // as written
  bool plain = true;        // append_temporal gives back the text it was parsed from

  bool has_zone() const { return zone != kNoZone; }
};

// A point on the time line: seconds since 0000-01-01T00:00:00Z, and attoseconds.
struct Instant {
  std::int64_t seconds = 0;
  std::int64_t attos = 0;
  friend auto operator<=>(const Instant&, const Instant&) = default;
};

inline constexpr std::int64_t kUnixEpochDays = 719528;  // 1970-01-01 in days since 0000-01-01

std::int64_t days_from_date(std::int64_t year, int month, int day);  // since 0000-01-01
void date_from_days(std::int64_t days, std::int64_t& year, int& month, int& day);
int days_in_month(std::int64_t year, int month);

// The kind of a datatype IRI (dateTimeStamp counts as dateTime); nothing for other datatypes.
std::optional<TemporalKind> temporal_kind(std::string_view datatype);
std::string_view temporal_datatype(TemporalKind kind);

// Strict: no surrounding white space. False when `text` is not of the lexical space.
bool parse_temporal(std::string_view text, TemporalKind kind, Temporal& out);
void append_temporal(std::string& out, const Temporal& value);

// With no zone of its own the value is taken to be in `implicit_zone` (minutes).
Instant instant_of(const Temporal& value, int implicit_zone = 0);
// The local time at `instant` in the zone (kNoZone: as UTC, without a zone).
Temporal temporal_at(Instant instant, TemporalKind kind, int zone);

// The inline id of a value whose `plain` holds, kUnbound when it does not fit. `inline_temporal` is the
// inverse.
Id temporal_id(const Temporal& value);
Temporal inline_temporal(Id id);

}  // namespace dossier
