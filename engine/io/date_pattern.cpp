#include "engine/io/date_pattern.h"

#include <fmt/format.h>
#include <unicode/dtfmtsym.h>
#include <unicode/locid.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>

#include "engine/model/date_time.h"

namespace dossier::io {
namespace {

constexpr std::string_view kLetters = "yYMdDHhmsSaEXZz";
constexpr int kMostYearDigits = 9;
constexpr int kMostFractionDigits = 18;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}
bool is_space(char c) {
  return c == ' ' || c == '\t';
}

std::string lower(std::string_view text) {
  std::string out;
  icu::UnicodeString::fromUTF8({text.data(), static_cast<int>(text.size())}).foldCase().toUTF8String(out);
  return out;
}

}  // namespace

struct DatePattern::Values {
  std::string_view year;  // digits
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int half = 0;  // 1: after noon
  std::string_view century;
  std::string_view fraction;
  std::string zone;
};

bool DatePattern::looks_like_one(std::string_view format) {
  format = format.substr(0, format.find('@'));
  bool quoted = false;
  bool dated = false;
  for (const char c : format) {
    if (c == '\'') quoted = !quoted;
    if (quoted || !is_letter(c)) continue;
    if (c == 'T') continue;  // between date and time
    if (kLetters.find(c) == std::string_view::npos) return false;
    dated = dated || std::string_view("yYMdDH").find(c) != std::string_view::npos;
  }
  return dated;
}

DatePattern::DatePattern(std::string_view pattern) : text_(pattern) {
  std::string language = "en";
  if (const auto at = pattern.find('@'); at != std::string_view::npos) {
    language = pattern.substr(at + 1);
    pattern = pattern.substr(0, at);
    while (!pattern.empty() && is_space(pattern.back())) pattern.remove_suffix(1);
  }
  for (std::size_t i = 0; i < pattern.size();) {
    const char c = pattern[i];
    if (c == '\'') {
      const auto end = pattern.find('\'', i + 1);
      if (end == std::string_view::npos) throw FormatFault{fmt::format("the ' in {} is not closed", text_)};
      if (end == i + 1) add_literal('\'');
      for (const char quoted : pattern.substr(i + 1, end - i - 1)) add_literal(quoted);
      i = end + 1;
    } else if (is_letter(c) && c != 'T') {
      std::size_t end = i;
      while (end < pattern.size() && pattern[end] == c) ++end;
      add_letters(c, static_cast<int>(end - i));
      i = end;
    } else {
      add_literal(c);
      ++i;
    }
  }
  if (has(Field::month_name) || has(Field::weekday) || has(Field::half)) find_names(language);
  folded_ = !months_.empty() || !weekdays_.empty() || !halves_.empty();
  for (Part& part : parts_) {
    if (part.field != Field::literal) continue;
    std::string folded = lower(part.text);
    folded_ = folded_ || folded != part.text || std::any_of(folded.begin(), folded.end(), is_letter);
    part.text = std::move(folded);
  }
  set_datatype();
}

bool DatePattern::has(Field field) const {
  return std::any_of(parts_.begin(), parts_.end(), [&](const Part& part) { return part.field == field; });
}

void DatePattern::add_literal(char c) {
  if (is_space(c)) {
    if (parts_.empty() || parts_.back().field != Field::space) parts_.push_back({Field::space});
    return;
  }
  if (parts_.empty() || parts_.back().field != Field::literal) parts_.push_back({Field::literal});
  parts_.back().text += c;
}

void DatePattern::add_letters(char letter, int count) {
  const auto number = [&](Field field) { parts_.push_back({field, count >= 2 ? 2 : 1, 2}); };
  switch (letter) {
    case 'y':
    case 'Y':
      if (count == 2) {
        const bool century = !parts_.empty() && parts_.back().field == Field::literal &&
                             parts_.back().text.size() >= 2 && is_digit(parts_.back().text.back()) &&
                             is_digit(*(parts_.back().text.end() - 2));
        if (!century)
          throw FormatFault{
              fmt::format("yy in {} does not say which century; write it before: 20yy for 2000 to 2099, or "
                          "yyyy for four digits",
                          text_)};
        std::string& before = parts_.back().text;
        const std::string digits = before.substr(before.size() - 2);
        before.resize(before.size() - 2);
        if (before.empty()) parts_.pop_back();
        parts_.push_back({Field::short_year, 2, 2, digits});
      } else {
        parts_.push_back({Field::year, count == 1 ? 1 : count, count == 1 ? kMostYearDigits : count});
      }
      return;
    case 'M':
      if (count >= 3)
        parts_.push_back({Field::month_name});
      else
        number(Field::month);
      return;
    case 'd':
    case 'D':
      return number(Field::day);
    case 'H':
      return number(Field::hour);
    case 'h':
      return number(Field::half_hour);
    case 'm':
      if (!has(Field::hour) && !has(Field::half_hour))
        throw FormatFault{fmt::format("m in {} stands for minutes; the month is M, as in dd/MM/yyyy", text_)};
      return number(Field::minute);
    case 's':
      return number(Field::second);
    case 'S':
      parts_.push_back({Field::fraction, 1, kMostFractionDigits});
      return;
    case 'a':
      parts_.push_back({Field::half});
      return;
    case 'E':
      parts_.push_back({Field::weekday});
      return;
    case 'X':
    case 'Z':
    case 'z':
      parts_.push_back({Field::zone});
      return;
    default:
      throw FormatFault{
          fmt::format("{} is no letter of a date; they are y, M, d, H, m, s, and text stands in ''", letter)};
  }
}

void DatePattern::find_names(const std::string& language) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Locale locale = icu::Locale::forLanguageTag(language, status);
  const icu::DateFormatSymbols symbols(locale, status);
  // ICU answers with another language's names where it has none.
  if (U_FAILURE(status) != 0 ||
      std::string_view(symbols.getLocale(ULOC_VALID_LOCALE, status).getLanguage()) != locale.getLanguage())
    throw FormatFault{fmt::format("no names of months are known in the language '{}'", language)};
  using Symbols = icu::DateFormatSymbols;
  const auto add = [](Names& names, const icu::UnicodeString& name, int value) {
    std::string text;
    icu::UnicodeString(name).foldCase().toUTF8String(text);
    while (text.ends_with('.')) text.pop_back();
    if (!text.empty() && !is_digit(text.front())) names.emplace_back(text, value);
  };
  for (const auto width : {Symbols::WIDE, Symbols::ABBREVIATED})
    for (const auto context : {Symbols::FORMAT, Symbols::STANDALONE}) {
      std::int32_t count = 0;
      const icu::UnicodeString* names = symbols.getMonths(count, context, width);
      for (std::int32_t i = 0; i < std::min(count, 12); ++i) add(months_, names[i], i + 1);
      names = symbols.getWeekdays(count, context, width);
      for (std::int32_t i = 1; i < count; ++i) add(weekdays_, names[i], i);
    }
  std::int32_t count = 0;
  const icu::UnicodeString* names = symbols.getAmPmStrings(count);
  for (std::int32_t i = 0; i < count; ++i) add(halves_, names[i], i);
  add(halves_, "am", 0);
  add(halves_, "pm", 1);
  // The longest first, so that no name hides one that it begins.
  for (Names* list : {&months_, &weekdays_, &halves_})
    std::stable_sort(list->begin(), list->end(),
                     [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
  if (months_.empty() && has(Field::month_name))
    throw FormatFault{fmt::format("months have no names in the language '{}'; write M", language)};
}

void DatePattern::set_datatype() {
  const bool year = has(Field::year) || has(Field::short_year);
  const bool month = has(Field::month) || has(Field::month_name);
  const bool day = has(Field::day);
  const bool hour = has(Field::hour) || has(Field::half_hour);
  if (has(Field::half_hour) != has(Field::half))
    throw FormatFault{
        fmt::format("in {}, h (1 to 12) and a (am, pm) belong together; H counts to 23", text_)};
  for (std::size_t i = 0; i < parts_.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (parts_[i].field == parts_[j].field && parts_[i].field != Field::literal &&
          parts_[i].field != Field::space)
        throw FormatFault{fmt::format("the pattern {} says the same part of a date twice", text_)};
  if (hour && !has(Field::minute))
    throw FormatFault{fmt::format("the pattern {} has hours without minutes", text_)};
  if (year && month && day)
    datatype_ = temporal_datatype(hour ? TemporalKind::date_time : TemporalKind::date);
  else if (hour && !year && !month && !day)
    datatype_ = temporal_datatype(TemporalKind::time);
  else if (hour)
    throw FormatFault{
        fmt::format("the pattern {} has a time, so it needs year, month and day, or none of them", text_)};
  else if (year && month)
    datatype_ = temporal_datatype(TemporalKind::year_month);
  else if (year && !day)
    datatype_ = temporal_datatype(TemporalKind::year);
  else if (month && day && !year)
    datatype_ = temporal_datatype(TemporalKind::month_day);
  else if (month && !year)
    datatype_ = temporal_datatype(TemporalKind::month);
  else
    throw FormatFault{fmt::format("the pattern {} is no date: it needs a year, a month or both", text_)};
}

bool DatePattern::read_part(const Part& part, std::string_view& rest, Values& values) const {
  const auto digits = [&](std::string_view& out) {
    std::size_t size = 0;
    while (size < rest.size() && static_cast<int>(size) < part.most && is_digit(rest[size])) ++size;
    out = rest.substr(0, size);
    rest.remove_prefix(size);
    return static_cast<int>(size) >= part.least;
  };
  const auto number = [&](int& out) {
    std::string_view text;
    if (!digits(text)) return false;
    out = 0;
    for (const char c : text) out = out * 10 + (c - '0');
    return true;
  };
  const auto name = [&](const Names& names, int& out) {
    for (const auto& [text, value] : names) {
      if (!rest.starts_with(text)) continue;
      rest.remove_prefix(text.size());
      out = value;
      return true;
    }
    return false;
  };
  int ignored = 0;
  switch (part.field) {
    case Field::literal:
      if (!rest.starts_with(part.text)) return false;
      rest.remove_prefix(part.text.size());
      return true;
    case Field::space: {
      const std::size_t before = rest.size();
      for (;;) {
        if (!rest.empty() && is_space(rest.front()))
          rest.remove_prefix(1);
        else if (rest.starts_with("\xC2\xA0"))  // no-break
          rest.remove_prefix(2);
        else if (rest.starts_with("\xE2\x80\xAF"))  // narrow no-break
          rest.remove_prefix(3);
        else
          break;
      }
      return rest.size() != before;
    }
    case Field::year:
      return digits(values.year);
    case Field::short_year:
      values.century = part.text;
      return digits(values.year);
    case Field::month:
      return number(values.month);
    case Field::month_name:
      return name(months_, values.month);
    case Field::day:
      return number(values.day);
    case Field::hour:
      return number(values.hour);
    case Field::half_hour:
      return number(values.hour) && values.hour >= 1 && values.hour <= 12;
    case Field::half:
      return name(halves_, values.half);
    case Field::minute:
      return number(values.minute);
    case Field::second:
      return number(values.second);
    case Field::fraction:
      return digits(values.fraction);
    case Field::weekday:
      return name(weekdays_, ignored);
    case Field::zone: {
      if (rest.starts_with('Z') || rest.starts_with('z')) {
        rest.remove_prefix(1);
        values.zone = "Z";
        return true;
      }
      if (rest.size() < 5 || (rest[0] != '+' && rest[0] != '-')) return false;
      const std::size_t minutes = rest[3] == ':' ? 4 : 3;
      if (rest.size() < minutes + 2) return false;
      values.zone = fmt::format("{}:{}", rest.substr(0, 3), rest.substr(minutes, 2));
      rest.remove_prefix(minutes + 2);
      return true;
    }
  }
  return false;
}

std::string missing_day(std::string_view iso) {
  int year = 0;
  int month = 0;
  int day = 0;
  const auto number = [&](std::size_t at, std::size_t length, int& out) {
    const char* const end = iso.data() + at + length;
    return std::from_chars(iso.data() + at, end, out).ptr == end;
  };
  if (iso.size() < 10 || iso[4] != '-' || iso[7] != '-' || !number(0, 4, year) || !number(5, 2, month) ||
      !number(8, 2, day) || month < 1 || month > 12)
    return {};
  const int days = days_in_month(year, month);
  return day > days ? fmt::format("{} has {} days", iso.substr(0, 7), days) : std::string();
}

bool DatePattern::read(std::string_view cell, std::string& iso, std::string* problem) const {
  std::string folded;
  if (folded_) {
    folded = lower(cell);
    cell = folded;
  }
  Values values;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (!read_part(parts_[i], cell, values)) return false;
    const bool named = parts_[i].field == Field::month_name || parts_[i].field == Field::weekday ||
                       parts_[i].field == Field::half;
    const bool dot_next = i + 1 < parts_.size() && parts_[i + 1].text.starts_with('.');
    if (named && !dot_next && cell.starts_with('.')) cell.remove_prefix(1);  // of an abbreviation
  }
  if (!cell.empty()) return false;
  if (has(Field::half)) values.hour = values.hour % 12 + 12 * values.half;
  const std::size_t start = iso.size();
  const TemporalKind kind = *temporal_kind(datatype_);
  const auto two = [&](char before, int value) {
    iso += before;
    iso += static_cast<char>('0' + value / 10);
    iso += static_cast<char>('0' + value % 10);
  };
  const bool time_only = kind == TemporalKind::time;
  if (!values.year.empty()) {
    iso.append(values.century);
    for (std::size_t digits = values.century.size() + values.year.size(); digits < 4; ++digits) iso += '0';
    iso.append(values.year);
  } else if (!time_only) {
    iso += '-';
  }
  if (values.month != 0) two('-', values.month);
  if (values.day != 0) two('-', values.day);
  if (time_only || kind == TemporalKind::date_time) {
    two('T', values.hour);
    if (time_only) iso.erase(start, 1);
    two(':', values.minute);
    two(':', values.second);
    if (!values.fraction.empty()) iso.append(".").append(values.fraction);
  }
  iso += values.zone;
  Temporal checked;
  if (parse_temporal(std::string_view(iso).substr(start), kind, checked)) return true;
  if (problem != nullptr) *problem = missing_day(std::string_view(iso).substr(start));
  iso.resize(start);
  return false;
}

}  // namespace dossier::io
