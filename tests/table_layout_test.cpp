// Tables for people: widths, elision, shrinking columns, what stays of a row.
#include "engine/io/table_layout.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "engine/io/display_width.h"
#include "engine/io/term_display.h"

namespace dossier {
namespace {

constexpr const char* kFamily = "👨‍👩‍👧";
constexpr const char* kFlag = "🇰🇷";

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
    lines.push_back(text.substr(begin, end - begin));
  EXPECT_EQ(begin, text.size()) << "the last line has no end";
  return lines;
}

std::string elided(std::string_view text, std::size_t width) {
  std::string out;
  append_elided(out, text, width);
  return out;
}

TEST(DisplayWidthTest, CountsClusters) {
  EXPECT_EQ(display_width("한국어"), 6u);
  EXPECT_EQ(display_width("\u1112\u1161\u11AB"), 2u) << "a syllable of three letters";
  EXPECT_EQ(display_width("中文ab"), 6u);
  EXPECT_EQ(display_width("Ｆｕｌｌ"), 8u);
  EXPECT_EQ(display_width("ｶﾅ"), 2u) << "half-width";
  EXPECT_EQ(display_width("e\u0301\u0323"), 1u);
  EXPECT_EQ(display_width("🙂"), 2u);
  EXPECT_EQ(display_width("👍🏽"), 2u);
  EXPECT_EQ(display_width(kFamily), 2u);
  EXPECT_EQ(display_width(kFlag), 2u);
  EXPECT_EQ(display_width("❤"), 1u);
  EXPECT_EQ(display_width("❤️"), 2u) << "asked for as a picture";
  EXPECT_EQ(display_width("नमस्ते"), display_width("नम") + display_width("स्ते"));
  EXPECT_EQ(display_width("\xFF"), 1u) << "no UTF-8";
}

TEST(ElisionTest, KeepsBothEnds) {
  EXPECT_EQ(elided("abcdefghij", 10), "abcdefghij");
  EXPECT_EQ(elided("abcdefghij", 7), "abc…hij");
  EXPECT_EQ(elided("abcdefghij", 6), "abc…ij");
  EXPECT_EQ(elided("abcdefghij", 1), "…");
  EXPECT_EQ(elided("abcdefghij", 0), "");
  EXPECT_EQ(elided("中文中文中文", 7), "中…中文");
  EXPECT_EQ(elided("中文中文中文", 6), "中…文") << "a wide character does not fit in half a place";
  EXPECT_EQ(elided(std::string("ab") + kFamily + "cd", 5), "ab…cd");
  EXPECT_EQ(elided(std::string(kFlag) + kFlag + kFlag, 5), std::string(kFlag) + "…" + kFlag);
}

RC_GTEST_PROP(ElisionTest, NeverWider, ()) {
  const std::vector<std::string> pieces = {"a", "Z", "中", "한", "e\u0301", kFamily, kFlag, "🙂", "ж", " "};
  std::string text;
  for (const auto i : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 10)))
    text += pieces[static_cast<std::size_t>(i)];
  const auto width = *rc::gen::inRange<std::size_t>(0, 60);
  const std::string out = elided(text, width);
  RC_ASSERT(display_width(out) <= width);
  if (display_width(text) <= width) RC_ASSERT(out == text);
  if (display_width(text) > width && width > 4) RC_ASSERT(display_width(out) + 2 >= width);
}

TEST(ShrinkColumnsTest, TakesFromTheWidest) {
  std::vector<std::size_t> widths = {5, 40, 10, 60};
  EXPECT_TRUE(shrink_columns(widths, 75, 6));
  EXPECT_EQ(widths, (std::vector<std::size_t>{5, 30, 10, 30}));
  widths = {3, 4};
  EXPECT_TRUE(shrink_columns(widths, 10, 6));
  EXPECT_EQ(widths, (std::vector<std::size_t>{3, 4}));
  widths = {20, 20, 20};
  EXPECT_TRUE(shrink_columns(widths, 32, 6));
  EXPECT_EQ(std::accumulate(widths.begin(), widths.end(), std::size_t{0}), 32u) << "no room is left over";
  widths = {20, 20, 20};
  EXPECT_FALSE(shrink_columns(widths, 17, 6));
  EXPECT_EQ(widths, (std::vector<std::size_t>{20, 20, 20}));
}

struct Cell {
  std::string text;
  TableLayout::Kind kind = TableLayout::Kind::text;
};

std::string laid_out(const std::vector<std::string>& names, const std::vector<std::vector<Cell>>& rows,
                     TableStyle style) {
  TableLayout layout(names, style);
  std::string out;
  for (const auto& row : rows) {
    for (const Cell& cell : row) layout.add_cell(cell.text, cell.kind);
    layout.end_row();
    if (layout.full()) layout.print(out);
  }
  layout.print(out);
  return out;
}

TEST(TableLayoutTest, FitsTheTerminal) {
  TableStyle style;
  style.width = 30;
  style.numbered = true;
  const std::string long_iri = "<http://example.org/a/long/name>";
  EXPECT_EQ(laid_out({"who", "n", "post"},
                     {{{"陈玉煌", TableLayout::Kind::text}, {"7", TableLayout::Kind::number}, {long_iri}},
                      {{"한국"}, {"1234", TableLayout::Kind::number}, {"x"}}},
                     style),
            "   who        n  post\n"
            "-  ------  ----  -------------\n"
            "1  陈玉煌     7  <http:…/name>\n"
            "2  한국    1234  x\n");
}

TEST(TableLayoutTest, AValueALineWhenThereIsNoRoom) {
  TableStyle style;
  style.width = 20;
  const std::vector<std::string> names = {"a", "b", "long_name", "d"};
  EXPECT_EQ(laid_out(names, {{{"one"}, {"two"}, {"three and more words"}, {"4444444444"}}}, style),
            "-- row 1\n"
            "a       one\n"
            "b       two\n"
            "lon…me  three …words\n"
            "d       4444444444\n");
}

TEST(TableLayoutTest, LinesAreWhole) {
  TableStyle style;
  style.shape = TableShape::lines;
  style.width = 20;
  EXPECT_EQ(laid_out({"x", "path"},
                     {{{"a text that is longer than the line"}, {"a → b\nb → c", TableLayout::Kind::path}},
                      {{""}, {"中"}}},
                     style),
            "-- row 1\n"
            "x     a text that is longer than the line\n"
            "path  a → b\n"
            "      b → c\n"
            "\n"
            "-- row 2\n"
            "x\n"
            "path  中\n");
}

TEST(TableLayoutTest, Markdown) {
  TableStyle style;
  style.shape = TableShape::markdown;
  EXPECT_EQ(laid_out({"x", "n"},
                     {{{"a|b"}, {"1", TableLayout::Kind::number}},
                      {{"<http://e/x>"}, {"", TableLayout::Kind::none}},
                      {{"a → b\nb → c", TableLayout::Kind::path}, {"20", TableLayout::Kind::number}}},
                     style),
            "| x              |   n |\n"
            "| -------------- | --: |\n"
            "| a\\|b           |   1 |\n"
            "| \\<http://e/x>  |     |\n"
            "| a → b<br>b → c |  20 |\n");
}

TEST(TableLayoutTest, ColoursDoNotMoveColumns) {
  const std::vector<std::vector<Cell>> rows = {
      {{":a", TableLayout::Kind::iri}, {"中文", TableLayout::Kind::text}, {"5", TableLayout::Kind::number}},
      {{"_:b", TableLayout::Kind::blank}, {"x", TableLayout::Kind::text}, {"2014", TableLayout::Kind::date}}};
  TableStyle plain;
  plain.numbered = true;
  TableStyle coloured = plain;
  coloured.colour = true;
  std::string stripped;
  const std::string text = laid_out({"a", "b", "c"}, rows, coloured);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      i = text.find('m', i);
    } else {
      stripped += text[i];
    }
  }
  EXPECT_NE(text, stripped);
  EXPECT_EQ(stripped, laid_out({"a", "b", "c"}, rows, plain));
}

// With the widths of the first rows, later ones included.
RC_GTEST_PROP(TableLayoutTest, NoLineIsWiderThanTheTerminal, ()) {
  const std::vector<std::string> pieces = {"a", "long", "中文", "한", "e\u0301", kFamily, kFlag, ":x", "\n"};
  const auto columns = *rc::gen::inRange<std::size_t>(1, 12);
  TableStyle style;
  style.width = *rc::gen::inRange<std::size_t>(20, 130);
  style.numbered = *rc::gen::arbitrary<bool>();
  style.held_rows = *rc::gen::inRange<std::size_t>(1, 5);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < columns; ++i) names.push_back("v" + std::string(i * i % 17, 'x'));
  const auto count = *rc::gen::inRange<std::size_t>(0, 8);
  std::vector<std::vector<Cell>> rows(count);
  for (auto& row : rows)
    for (std::size_t i = 0; i < columns; ++i) {
      Cell cell;
      const auto parts = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 9));
      const bool path = std::find(parts.begin(), parts.end(), 8) != parts.end();
      cell.kind = path ? TableLayout::Kind::path : TableLayout::Kind::text;
      for (const int part : parts) cell.text += pieces[static_cast<std::size_t>(part)];
      row.push_back(cell);
    }
  for (const std::string& line : lines_of(laid_out(names, rows, style))) {
    RC_ASSERT(display_width(line) <= style.width);
    RC_ASSERT(line.empty() || line.back() != ' ');
  }
}

// A column begins below its name in every line.
RC_GTEST_PROP(TableLayoutTest, ColumnsAlign, ()) {
  const std::vector<std::string> pieces = {"a", "bc", "中", "한국", "e\u0301", kFamily, "🙂"};
  const auto count = *rc::gen::inRange<std::size_t>(1, 8);
  TableStyle style;
  style.width = *rc::gen::inRange<std::size_t>(20, 60);
  std::vector<std::vector<Cell>> rows(count);
  for (auto& row : rows) {
    std::string text = "x";
    for (const auto i : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 7)))
      text += pieces[static_cast<std::size_t>(i)];
    row = {{text}, {"|"}};
  }
  const auto lines = lines_of(laid_out({"first", "|"}, rows, style));
  const std::size_t place = display_width(lines[0].substr(0, lines[0].find('|')));
  for (std::size_t i = 2; i < lines.size(); ++i)
    RC_ASSERT(display_width(lines[i].substr(0, lines[i].find('|'))) == place);
}

TEST(TermDisplayTest, NothingTurnsTheTextAround) {
  const TermDisplay display(Prefixes{});
  std::string out;
  display.append(out, Term::literal("a\u202Eb\u2066c\u2028d\u2030"));
  EXPECT_EQ(out, "a\\u202Eb\\u2066c\\u2028d\u2030");
}

TEST(TermDisplayTest, LabelsInsteadOrBeside) {
  TermDisplay display(Prefixes{{"e", "http://e/"}});
  const Labels labels = {{"http://e/chen", "陈玉煌"}};
  display.show_labels(&labels, false);
  const Term claim = Term::triple(Term::iri("http://e/chen"), Term::iri("http://e/p"), Term::integer(1));
  std::string out;
  display.append(out, claim);
  EXPECT_EQ(out, "<<( 陈玉煌 e:p 1 )>>");
  out.clear();
  display.show_labels(&labels, true);
  display.append(out, claim);
  EXPECT_EQ(out, "<<( 陈玉煌 (e:chen) e:p 1 )>>");
}

}  // namespace
}  // namespace dossier
