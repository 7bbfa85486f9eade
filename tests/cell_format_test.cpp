// Cells of tables: dates by pattern, numbers by form, slugs, percent-encoding, datatypes.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/io/cell_format.h"
#include "engine/model/term.h"
#include "grammar/iri.h"

namespace dossier::io {
namespace {

// The ISO form, "-" when the cell does not fit, "! what" when the pattern cannot be one.
std::string date(std::string_view pattern, std::string_view cell) {
  try {
    const DatePattern compiled(pattern);
    std::string iso;
    if (!compiled.read(cell, iso)) return iso.empty() ? "-" : "left over: " + iso;
    return iso + " " + std::string(compiled.datatype().substr(iri::kXsd.size()));
  } catch (const FormatFault& fault) {
    return "! " + fault.message;
  }
}

TEST(DatePattern, ReadsNumbers) {
  EXPECT_EQ(date("dd.MM.yyyy", "13.06.2025"), "2025-06-13 date");
  EXPECT_EQ(date("DD.MM.YYYY", "13.06.2025"), "2025-06-13 date");
  EXPECT_EQ(date("d.M.yyyy", "3.6.2025"), "2025-06-03 date");
  EXPECT_EQ(date("d.M.yyyy", "13.06.2025"), "2025-06-13 date");
  EXPECT_EQ(date("dd.MM.yyyy", "3.6.2025"), "-");
  EXPECT_EQ(date("MM/dd/yyyy", "06/13/2025"), "2025-06-13 date");
  EXPECT_EQ(date("dd/MM/yyyy", "06/13/2025"), "-") << "there is no month 13";
  EXPECT_EQ(date("yyyyMMdd", "20250613"), "2025-06-13 date");
  EXPECT_EQ(date("dd.MM.20yy", "13.06.25"), "2025-06-13 date");
  EXPECT_EQ(date("dd.MM.19yy", "13.06.25"), "1925-06-13 date");
  EXPECT_EQ(date("MM.yyyy", "06.2025"), "2025-06 gYearMonth");
  EXPECT_EQ(date("yyyy", "2025"), "2025 gYear");
  EXPECT_EQ(date("d.M.", "13.6."), "--06-13 gMonthDay");
  EXPECT_EQ(date("dd.MM.yyyy HH:mm", "13.06.2025 07:30"), "2025-06-13T07:30:00 dateTime");
  EXPECT_EQ(date("yyyy-MM-ddTHH:mm:ss.SXXX", "2025-06-13T07:30:15.25+02:00"),
            "2025-06-13T07:30:15.25+02:00 dateTime");
  EXPECT_EQ(date("yyyy-MM-dd HH:mmZ", "2025-06-13 07:30+0200"), "2025-06-13T07:30:00+02:00 dateTime");
  EXPECT_EQ(date("HH:mm", "07:30"), "07:30:00 time");
  EXPECT_EQ(date("M/d/yyyy h:mm a", "6/13/2025 12:05 AM"), "2025-06-13T00:05:00 dateTime");
  EXPECT_EQ(date("M/d/yyyy h:mm a", "6/13/2025 1:05 p.m."), "-");
  EXPECT_EQ(date("M/d/yyyy h:mm a", "6/13/2025 1:05 pm"), "2025-06-13T13:05:00 dateTime");
  EXPECT_EQ(date("dd.MM.yyyy", "29.02.2025"), "-");
  EXPECT_EQ(date("dd.MM.yyyy", "29.02.2024"), "2024-02-29 date");
  EXPECT_EQ(date("dd.MM.yyyy", "13.06.2025 "), "-");
  EXPECT_EQ(date("y", "476"), "0476 gYear");
}

TEST(DatePattern, ReadsNamesOfMonths) {
  EXPECT_EQ(date("d MMMM yyyy", "13 June 2025"), "2025-06-13 date");
  EXPECT_EQ(date("d MMM yyyy", "13 JUN 2025"), "2025-06-13 date");
  EXPECT_EQ(date("MMM d, yyyy", "Sept. 3, 2025"), "-") << "ICU's English short form is Sep";
  EXPECT_EQ(date("MMM d, yyyy", "Sep. 3, 2025"), "2025-09-03 date");
  EXPECT_EQ(date("EEEE, MMMM d, yyyy", "Friday, June 13, 2025"), "2025-06-13 date");
  EXPECT_EQ(date("d. MMMM yyyy@de", "13. Juni 2025"), "2025-06-13 date");
  EXPECT_EQ(date("d. MMMM yyyy @ de", "13. Juni 2025"),
            "! no names of months are known in the language ' de'");
  EXPECT_EQ(date("d. MMMM yyyy@de", "1. März 2025"), "2025-03-01 date");
  EXPECT_EQ(date("d MMMM yyyy@ru", "13 июня 2025"), "2025-06-13 date");
  EXPECT_EQ(date("yyyy年M月d日", "2025年6月13日"), "2025-06-13 date");
  EXPECT_EQ(date("d MMMM yyyy", "13 Juni 2025"), "-");
}

TEST(DatePattern, SaysWhatIsWrongWithAPattern) {
  EXPECT_EQ(date("dd.MM.yy", ""),
            "! yy in dd.MM.yy does not say which century; write it before: 20yy for 2000 to 2099, or yyyy "
            "for four digits");
  EXPECT_EQ(date("dd/mm/yyyy", ""), "! m in dd/mm/yyyy stands for minutes; the month is M, as in dd/MM/yyyy");
  EXPECT_EQ(date("dd.yyyy", ""), "! the pattern dd.yyyy is no date: it needs a year, a month or both");
  EXPECT_EQ(date("dd.dd.yyyy", ""), "! the pattern dd.dd.yyyy says the same part of a date twice");
  EXPECT_EQ(date("h:mm", ""), "! in h:mm, h (1 to 12) and a (am, pm) belong together; H counts to 23");
  EXPECT_EQ(date("d. MMMM yyyy@xq", "").substr(0, 32), "! no names of months are known i");
}

TEST(NumberPattern, ReadsTheFormThatItNames) {
  const auto number = [](std::string_view pattern, std::string_view cell) -> std::string {
    std::string out;
    try {
      return NumberPattern(pattern).read(cell, out) ? out : out.empty() ? "-" : "left over: " + out;
    } catch (const FormatFault&) {
      return "!";
    }
  };
  EXPECT_EQ(number("1,234.5", "1,234,567.89"), "1234567.89");
  EXPECT_EQ(number("1,234.5", "12"), "12");
  EXPECT_EQ(number("1,234.5", "1234.5"), "1234.5");
  EXPECT_EQ(number("1,234.5", "1.234,5"), "-");
  EXPECT_EQ(number("1,234.5", "12,34"), "-");
  EXPECT_EQ(number("1.234,5", "-1.234,50"), "-1234.50");
  EXPECT_EQ(number("1 234,5",
                   "1\xC2\xA0"
                   "234,5"),
            "1234.5");
  EXPECT_EQ(number("1'234.5", "1'234.5"), "1234.5");
  EXPECT_EQ(number("1234,5", "1234,5"), "1234.5");
  EXPECT_EQ(number("1,234", "12,345"), "12345");
  EXPECT_EQ(number("1,234", "12.5"), "-");
  EXPECT_EQ(number("1,234.5", "1,23,456.7"), "123456.7") << "India groups by two";
  EXPECT_EQ(number("1,234.5", ","), "-");
  EXPECT_EQ(number("1,234.5", ""), "-");
  EXPECT_EQ(number("1,234,5", "1"), "!");
}

TEST(CellFormat, TypesDatesByTheirForm) {
  const auto name = [](std::string_view text) {
    return std::string(iso_datatype(text)).substr(std::min<std::size_t>(33, iso_datatype(text).size()));
  };
  EXPECT_EQ(name("2025-06-13"), "date");
  EXPECT_EQ(name("2025-06"), "gYearMonth");
  EXPECT_EQ(name("2025"), "gYear");
  EXPECT_EQ(name("--06-13"), "gMonthDay");
  EXPECT_EQ(name("--06"), "gMonth");
  EXPECT_EQ(name("2025-06-13T10:00:00Z"), "dateTime");
  EXPECT_EQ(name("2025-13-01"), "");
}

TEST(CellFormat, SlugsKeepLettersOfAllScripts) {
  const auto slug = [](std::string_view text) {
    std::string out;
    append_slug(out, text);
    return out;
  };
  EXPECT_EQ(slug("Chen Yuhuang"), "chen-yuhuang");
  EXPECT_EQ(slug("  Müller & Söhne, GmbH. "), "müller-söhne-gmbh");
  EXPECT_EQ(slug("O'Neill"), "oneill");
  EXPECT_EQ(slug("吉林省 公安厅"), "吉林省-公安厅");
  EXPECT_EQ(slug("e\xCC\x81"), "é") << "composed";
  EXPECT_EQ(slug("!!"), "");
}

TEST(CellFormat, EncodesWhatAnIriCannotHold) {
  const auto encoded = [](std::string_view text, bool reserved) {
    std::string out;
    append_iri_text(out, text, reserved);
    return out;
  };
  EXPECT_EQ(encoded("a b/c?d#e%f", false), "a%20b%2Fc%3Fd%23e%25f");
  EXPECT_EQ(encoded("a/b?c#d%20e%f g", true), "a/b?c#d%20e%25f%20g");
  EXPECT_EQ(encoded("李 <\"{}>", false), "李%20%3C%22%7B%7D%3E");
}

// Whatever a cell holds, an IRI made of it is one, and different cells make different IRIs.
RC_GTEST_PROP(CellFormat, EncodedTextMakesAnIri, (std::string a, std::string b)) {
  const auto iri_of = [](const std::string& text) {
    std::string iri = "http://example.org/";
    append_iri_text(iri, text, false);
    return iri;
  };
  RC_ASSERT(!grammar::iri_problem(iri_of(a)).has_value());
  RC_ASSERT((iri_of(a) == iri_of(b)) == (a == b));
}

RC_GTEST_PROP(CellFormat, AnyPatternAndCellEnd, ()) {
  const auto letters = rc::gen::container<std::string>(
      rc::gen::element('d', 'M', 'y', '.', '/', ' ', '\'', 'h', 'm', 'a', '@', 'e', '2', '0', '1'));
  date(*letters, *rc::gen::arbitrary<std::string>());
  date(*letters, *letters);
}

}  // namespace
}  // namespace dossier::io
