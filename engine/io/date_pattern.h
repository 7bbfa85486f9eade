// Dates as people write them: 13.06.2025, 06/13/2025, 13. Juni 2025.
//
// Purpose: a pattern that says how the dates of a column are written, compiled once, and the ISO 8601 form of
// a cell that is written so. Nothing is guessed: the century of a year of two digits stands in the pattern
// (20yy). Invariants: what `read` gives is of the lexical space of `datatype`. Errors: a pattern that cannot
// be one throws FormatFault. Thread-safety: constant after construction. Source: the letters are those of
// Unicode TR 35 (D and Y may stand for d and y); the names of months come from ICU, in English or the
// language behind an @.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dossier::io {

// A format that cannot be understood; the text says what to write.
struct FormatFault {
  std::string message;
};

// Of an ISO 8601 date whose day its month does not have, what it has: `2014-02 has 28 days`; else empty.
std::string missing_day(std::string_view iso);

class DatePattern {
 public:
  // Whether a format is a pattern of dates: it has a y, M, d or H, and no letters that a pattern cannot have.
  static bool looks_like_one(std::string_view format);

  explicit DatePattern(std::string_view pattern);
  // Appends the ISO 8601 form; false when `cell` is not written so, or is no day of the calendar.
  // `problem` (may be null) then says so where only the day is missing in its month.
  bool read(std::string_view cell, std::string& iso, std::string* problem = nullptr) const;
  const std::string& text() const { return text_; }
  // By the parts of a date that the pattern has: xsd:date, dateTime, gYearMonth, gYear, gMonthDay, gMonth,
  // time.
  std::string_view datatype() const { return datatype_; }

 private:
  enum class Field : std::uint8_t {
    literal,
    space,
    year,
    short_year,
    month,
    month_name,
    day,
    hour,
    half_hour,
    half,
    minute,
    second,
    fraction,
    zone,
    weekday
  };
  using Names = std::vector<std::pair<std::string, int>>;
  struct Part {
    Field field;
    int least = 0;  // digits
    int most = 0;
    std::string text = {};  // of a literal; the century of a short year
  };
  struct Values;

  void add_letters(char letter, int count);
  void add_literal(char c);
  void find_names(const std::string& language);
  void set_datatype();
  bool has(Field field) const;
  bool read_part(const Part& part, std::string_view& rest, Values& values) const;

  std::string text_;
  std::string_view datatype_;
  std::vector<Part> parts_;
  bool folded_ = false;  // cells are compared in lower case
  Names months_;         // in lower case
  Names weekdays_;
  Names halves_;  // of the day
};

}  // namespace dossier::io
