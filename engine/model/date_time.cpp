#include "engine/model/date_time.h"

#include <algorithm>
#include <array>

#include "engine/model/term.h"

namespace dossier {
namespace {

constexpr std::int64_t kDaysPerCycle = 146097;  // 400 years
constexpr std::int64_t kSecondsPerDay = 86400;
constexpr int kMaxYearDigits = 11;
constexpr int kMaxZone = 14 * 60;

constexpr std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a / b - (a % b != 0 && (a % b < 0) != (b < 0));
}

constexpr bool is_leap(std::int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

// Days from 0000-01-01 to the first of January of `year`.
constexpr std::int64_t days_before_year(std::int64_t year) {
  return 365 * year + floor_divide(year + 3, 4) - floor_divide(year + 99, 100) +
         floor_divide(year + 399, 400);
}

constexpr std::array<int, 13> kDaysBeforeMonth{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

int days_before_month(std::int64_t year, int month) {
  return kDaysBeforeMonth[month - 1] + (month > 2 && is_leap(year) ? 1 : 0);
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}
  bool done() const { return at_ == end_; }
  bool literal(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  bool peek(char c) const { return at_ != end_ && *at_ == c; }
  bool two_digits(int& value) {
    if (end_ - at_ < 2 || !is_digit(at_[0]) || !is_digit(at_[1])) return false;
    value = (at_[0] - '0') * 10 + (at_[1] - '0');
    at_ += 2;
    return true;
  }
  bool year(std::int64_t& value, bool& plain) {
    const bool negative = literal('-');
    const char* start = at_;
    value = 0;
    while (at_ != end_ && is_digit(*at_)) {
      if (at_ - start >= kMaxYearDigits) return false;
      value = value * 10 + (*at_++ - '0');
    }
    const auto digits = at_ - start;
    if (digits < 4 || (digits > 4 && *start == '0')) return false;
    if (negative && value == 0) plain = false;
    if (negative) value = -value;
    return true;
  }
  bool fraction(std::int64_t& attos, int& digits) {
    const char* start = at_;
    std::int64_t scale = kAttosPerSecond;
    attos = 0;
    while (at_ != end_ && is_digit(*at_)) {
      if (scale > 1) {
        scale /= 10;
        attos += (*at_ - '0') * scale;
      }
      ++at_;
    }
    digits = static_cast<int>(std::min<std::ptrdiff_t>(at_ - start, 1000));
    return digits > 0;
  }
  bool zone(int& minutes, bool& plain) {
    if (done()) return true;
    if (literal('Z')) {
      minutes = 0;
      return done();
    }
    const bool negative = peek('-');
    if (!literal('+') && !literal('-')) return false;
    int h = 0;
    int m = 0;
    if (!two_digits(h) || !literal(':') || !two_digits(m) || !done()) return false;
    if (m > 59 || h * 60 + m > kMaxZone) return false;
    minutes = (negative ? -1 : 1) * (h * 60 + m);
    if (minutes == 0) plain = false;
    return true;
  }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  const char* at_;
  const char* end_;
};

bool scan_clock(Scanner& scanner, Temporal& out) {
  if (!scanner.two_digits(out.hour) || !scanner.literal(':') || !scanner.two_digits(out.minute) ||
      !scanner.literal(':') || !scanner.two_digits(out.second))
    return false;
  if (scanner.literal('.') && !scanner.fraction(out.attos, out.fraction_digits)) return false;
  if (out.minute > 59 || out.second > 59 || out.hour > 24) return false;
  return out.hour < 24 || (out.minute == 0 && out.second == 0 && out.attos == 0);
}

bool scan_month(Scanner& scanner, Temporal& out) {
  return scanner.two_digits(out.month) && out.month >= 1 && out.month <= 12;
}

bool scan_day(Scanner& scanner, Temporal& out, int most) {
  return scanner.two_digits(out.day) && out.day >= 1 && out.day <= most;
}

bool scan_date(Scanner& scanner, Temporal& out) {
  return scanner.year(out.year, out.plain) && scanner.literal('-') && scan_month(scanner, out) &&
         scanner.literal('-') && scan_day(scanner, out, days_in_month(out.year, out.month));
}

void append_padded(std::string& out, std::int64_t value, int width) {
  char buffer[24];
  int at = 24;
  while (value != 0 || 24 - at < width) {
    buffer[--at] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  out.append(buffer + at, 24 - at);
}

void append_year(std::string& out, std::int64_t year) {
  if (year < 0) out.push_back('-');
  append_padded(out, year < 0 ? -year : year, 4);
}

void append_clock(std::string& out, const Temporal& value) {
  append_padded(out, value.hour, 2);
  out.push_back(':');
  append_padded(out, value.minute, 2);
  out.push_back(':');
  append_padded(out, value.second, 2);
  if (value.fraction_digits == 0) return;
  out.push_back('.');
  std::int64_t rest = value.attos;
  std::int64_t scale = kAttosPerSecond;
  for (int i = 0; i < value.fraction_digits && i < 18; ++i) {
    scale /= 10;
    out.push_back(static_cast<char>('0' + rest / scale));
    rest %= scale;
  }
}

// ---- layout of the inline payloads (model/id.h)

constexpr int kZoneBits = 11;
constexpr std::uint64_t kZoneMask = (1U << kZoneBits) - 1;
constexpr int kZoneBias = 842;
constexpr std::int64_t kDateBias = std::int64_t{1} << 48;
constexpr std::int64_t kGregorianBias = std::int64_t{1} << 45;
constexpr std::int64_t kTimeBias = std::int64_t{1} << 40;
constexpr std::int64_t kDateTimeLimit = std::int64_t{1} << 47;
constexpr int kGregorianBits = 46;
constexpr std::int64_t kAttosPerMilli = kAttosPerSecond / 1000;
// 1972-12-31, the day that times of day are put on.
constexpr std::int64_t kReferenceDay = days_before_year(1972) + 365;

std::uint64_t zone_code(const Temporal& value) {
  if (!value.has_zone()) return 0;
  return value.zone == 0 ? 1 : static_cast<std::uint64_t>(value.zone + kZoneBias);
}

int zone_of_code(std::uint64_t code) {
  if (code == 0) return kNoZone;
  return code == 1 ? 0 : static_cast<int>(code) - kZoneBias;
}

}  // namespace

int days_in_month(std::int64_t year, int month) {
  return kDaysBeforeMonth[month] - kDaysBeforeMonth[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

std::int64_t days_from_date(std::int64_t year, int month, int day) {
  return days_before_year(year) + days_before_month(year, month) + day - 1;
}

void date_from_days(std::int64_t days, std::int64_t& year, int& month, int& day) {
  // Counted from the first of March, so that the day of a leap year comes last in its year, its four years (1460 full
  // days before it), its century (36,524) and its cycle.
  constexpr int kDaysToMarch = 60;  // of year 0, a leap year
  const std::int64_t shifted = days - kDaysToMarch;
  const std::int64_t cycle = floor_divide(shifted, kDaysPerCycle);
  const auto rest = static_cast<int>(shifted - cycle * kDaysPerCycle);
  const int y = (rest - rest / 1460 + rest / 36524 - rest / 146096) / 365;
  const int in_year = rest - (365 * y + y / 4 - y / 100);
  // March to July and August to December have 153 days, five months each.
  const int m = (5 * in_year + 2) / 153;
  day = in_year - (153 * m + 2) / 5 + 1;
  month = m < 10 ? m + 3 : m - 9;
  year = cycle * 400 + y + (m < 10 ? 0 : 1);
}

std::optional<TemporalKind> temporal_kind(std::string_view datatype) {
  if (!datatype.starts_with(iri::kXsd)) return {};
  const std::string_view name = datatype.substr(iri::kXsd.size());
  if (name == "dateTime" || name == "dateTimeStamp") return TemporalKind::date_time;
  if (name == "date") return TemporalKind::date;
  if (name == "time") return TemporalKind::time;
  if (name == "gYear") return TemporalKind::year;
  if (name == "gYearMonth") return TemporalKind::year_month;
  if (name == "gMonth") return TemporalKind::month;
  if (name == "gMonthDay") return TemporalKind::month_day;
  if (name == "gDay") return TemporalKind::day;
  return {};
}

std::string_view temporal_datatype(TemporalKind kind) {
  static constexpr std::array<std::string_view, 8> kNames{
      "http://www.w3.org/2001/XMLSchema#dateTime",   "http://www.w3.org/2001/XMLSchema#date",
      "http://www.w3.org/2001/XMLSchema#time",       "http://www.w3.org/2001/XMLSchema#gYear",
      "http://www.w3.org/2001/XMLSchema#gYearMonth", "http://www.w3.org/2001/XMLSchema#gMonth",
      "http://www.w3.org/2001/XMLSchema#gMonthDay",  "http://www.w3.org/2001/XMLSchema#gDay"};
  return kNames[static_cast<std::size_t>(kind)];
}

bool parse_temporal(std::string_view text, TemporalKind kind, Temporal& out) {
  Scanner scanner(text);
  out = Temporal{};
  out.kind = kind;
  switch (kind) {
    case TemporalKind::date_time:
      if (!scan_date(scanner, out) || !scanner.literal('T') || !scan_clock(scanner, out)) return false;
      break;
    case TemporalKind::date:
      if (!scan_date(scanner, out)) return false;
      break;
    case TemporalKind::time:
      if (!scan_clock(scanner, out)) return false;
      break;
    case TemporalKind::year:
      if (!scanner.year(out.year, out.plain)) return false;
      out.month = 1;
      out.day = 1;
      break;
    case TemporalKind::year_month:
      if (!scanner.year(out.year, out.plain) || !scanner.literal('-') || !scan_month(scanner, out))
        return false;
      out.day = 1;
      break;
    case TemporalKind::month:
      if (!scanner.literal('-') || !scanner.literal('-') || !scan_month(scanner, out)) return false;
      out.day = 1;
      break;
    case TemporalKind::month_day:
      if (!scanner.literal('-') || !scanner.literal('-') || !scan_month(scanner, out) ||
          !scanner.literal('-') || !scan_day(scanner, out, days_in_month(1972, out.month)))
        return false;
      break;
    case TemporalKind::day:
      if (!scanner.literal('-') || !scanner.literal('-') || !scanner.literal('-') ||
          !scan_day(scanner, out, 31))
        return false;
      break;
  }
  if (!scanner.zone(out.zone, out.plain)) return false;
  if (out.fraction_digits > 18) out.plain = false;
  if (out.hour == 24) {  // the end of a day is the start of the next
    out.plain = false;
    out.hour = 0;
    if (kind == TemporalKind::date_time)
      date_from_days(days_from_date(out.year, out.month, out.day) + 1, out.year, out.month, out.day);
  }
  return true;
}

void append_temporal(std::string& out, const Temporal& value) {
  switch (value.kind) {
    case TemporalKind::date_time:
    case TemporalKind::date:
      append_year(out, value.year);
      out.push_back('-');
      append_padded(out, value.month, 2);
      out.push_back('-');
      append_padded(out, value.day, 2);
      if (value.kind == TemporalKind::date) break;
      out.push_back('T');
      append_clock(out, value);
      break;
    case TemporalKind::time:
      append_clock(out, value);
      break;
    case TemporalKind::year:
      append_year(out, value.year);
      break;
    case TemporalKind::year_month:
      append_year(out, value.year);
      out.push_back('-');
      append_padded(out, value.month, 2);
      break;
    case TemporalKind::month:
      out.append("--");
      append_padded(out, value.month, 2);
      break;
    case TemporalKind::month_day:
      out.append("--");
      append_padded(out, value.month, 2);
      out.push_back('-');
      append_padded(out, value.day, 2);
      break;
    case TemporalKind::day:
      out.append("---");
      append_padded(out, value.day, 2);
      break;
  }
  if (!value.has_zone()) return;
  if (value.zone == 0) {
    out.push_back('Z');
    return;
  }
  const int minutes = value.zone < 0 ? -value.zone : value.zone;
  out.push_back(value.zone < 0 ? '-' : '+');
  append_padded(out, minutes / 60, 2);
  out.push_back(':');
  append_padded(out, minutes % 60, 2);
}

Instant instant_of(const Temporal& value, int implicit_zone) {
  const std::int64_t zone = value.has_zone() ? value.zone : implicit_zone;
  const std::int64_t days = days_from_date(value.year, value.month, value.day);
  return {days * kSecondsPerDay + value.hour * 3600 + value.minute * 60 + value.second - zone * 60,
          value.attos};
}

Temporal temporal_at(Instant instant, TemporalKind kind, int zone) {
  Temporal value;
  value.kind = kind;
  value.zone = zone;
  const std::int64_t local = instant.seconds + (zone == kNoZone ? 0 : zone * std::int64_t{60});
  const std::int64_t days = floor_divide(local, kSecondsPerDay);
  const int clock = static_cast<int>(local - days * kSecondsPerDay);
  date_from_days(days, value.year, value.month, value.day);
  value.hour = clock / 3600;
  value.minute = clock / 60 % 60;
  value.second = clock % 60;
  value.attos = instant.attos;
  if (instant.attos != 0) {
    value.fraction_digits = 18;
    for (std::int64_t rest = instant.attos; rest % 10 == 0; rest /= 10) --value.fraction_digits;
  }
  return value;
}

Id temporal_id(const Temporal& value) {
  if (!value.plain) return kUnbound;
  const std::uint64_t zone = zone_code(value);
  const Instant instant = instant_of(value);
  switch (value.kind) {
    case TemporalKind::date: {
      const std::int64_t minutes = floor_divide(instant.seconds, 60) + kDateBias;
      if (minutes < 0 || minutes >= 2 * kDateBias) return kUnbound;
      return Id::make(Tag::date, static_cast<std::uint64_t>(minutes) << kZoneBits | zone);
    }
    case TemporalKind::date_time: {
      if (value.fraction_digits > 3) return kUnbound;
      if (instant.seconds < 0 || instant.seconds >= kDateTimeLimit / 1000) return kUnbound;
      const std::uint64_t millis =
          static_cast<std::uint64_t>(instant.seconds * 1000 + instant.attos / kAttosPerMilli);
      return Id::make(Tag::date_time,
                      (millis << kZoneBits | zone) << 2 | static_cast<std::uint64_t>(value.fraction_digits));
    }
    case TemporalKind::time: {
      if (value.fraction_digits > 3) return kUnbound;
      const std::int64_t millis =
          (instant.seconds - kReferenceDay * kSecondsPerDay) * 1000 + instant.attos / kAttosPerMilli;
      return Id::make(Tag::time, (static_cast<std::uint64_t>(millis + kTimeBias) << kZoneBits | zone) << 2 |
                                     static_cast<std::uint64_t>(value.fraction_digits));
    }
    default: {
      const std::int64_t minutes = floor_divide(instant.seconds, 60) + kGregorianBias;
      if (minutes < 0 || minutes >= 2 * kGregorianBias) return kUnbound;
      const auto kind =
          static_cast<std::uint64_t>(value.kind) - static_cast<std::uint64_t>(TemporalKind::year);
      return Id::make(Tag::gregorian,
                      (kind << kGregorianBits | static_cast<std::uint64_t>(minutes)) << kZoneBits | zone);
    }
  }
}

Temporal inline_temporal(Id id) {
  const std::uint64_t payload = id.payload();
  switch (id.tag()) {
    case Tag::date: {
      const auto minutes = static_cast<std::int64_t>(payload >> kZoneBits) - kDateBias;
      return temporal_at({minutes * 60, 0}, TemporalKind::date, zone_of_code(payload & kZoneMask));
    }
    case Tag::date_time:
    case Tag::time: {
      const bool time = id.tag() == Tag::time;
      std::int64_t millis = static_cast<std::int64_t>(payload >> (kZoneBits + 2));
      if (time) millis += kReferenceDay * kSecondsPerDay * 1000 - kTimeBias;
      const std::int64_t seconds = floor_divide(millis, 1000);
      Temporal value = temporal_at({seconds, (millis - seconds * 1000) * kAttosPerMilli},
                                   time ? TemporalKind::time : TemporalKind::date_time,
                                   zone_of_code(payload >> 2 & kZoneMask));
      value.fraction_digits = static_cast<int>(payload & 3);
      if (time) {
        value.year = 1972;
        value.month = 12;
        value.day = 31;
      }
      return value;
    }
    default: {
      const std::uint64_t high = payload >> kZoneBits;
      const auto minutes =
          static_cast<std::int64_t>(high & ((std::uint64_t{1} << kGregorianBits) - 1)) - kGregorianBias;
      const auto kind = static_cast<TemporalKind>((high >> kGregorianBits) +
                                                  static_cast<std::uint64_t>(TemporalKind::year));
      return temporal_at({minutes * 60, 0}, kind, zone_of_code(payload & kZoneMask));
    }
  }
}

}  // namespace dossier
