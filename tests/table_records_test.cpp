// Records of CSV and TSV text: fields, line ends, quotes, places of errors, where pieces may be cut.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/io/table_records.h"

namespace dossier::io {
namespace {

// Records as "[a|b][c]", errors as "!line:column message!".
std::string read(std::string_view text, TableShape shape = {}, std::size_t most_fields = 100) {
  TableRecords records(text, shape, {}, most_fields);
  std::string out;
  for (;;) {
    try {
      if (!records.next()) return out;
      out += '[';
      for (const TableField& field : records.fields()) {
        if (&field != records.fields().data()) out += '|';
        out += field.text;
      }
      out += ']';
    } catch (const SyntaxFault& fault) {
      const auto where = records.position(fault.at);
      out +=
          "!" + std::to_string(where.line) + ":" + std::to_string(where.column) + " " + fault.message + "!";
    }
  }
}

TEST(TableRecords, ReadsFieldsAsRfc4180HasThem) {
  EXPECT_EQ(read("a,b\r\nc,d\r\n"), "[a|b][c|d]");
  EXPECT_EQ(read("a,b\nc,d"), "[a|b][c|d]");
  EXPECT_EQ(read("a,b\rc,d\r"), "[a|b][c|d]");
  EXPECT_EQ(read("\"a,\r\n\"\"b\"\"\",c\n"), "[a,\r\n\"b\"|c]");
  EXPECT_EQ(read("\"\",\"\"\"\",\n,,"), "[|\"|][||]");
  EXPECT_EQ(read("5\" pipe,a \"b\" c\n"), "[5\" pipe|a \"b\" c]")
      << "a quotation mark that begins no field is a character";
  EXPECT_EQ(read("a\n\n\r\nb\n"), "[a][b]") << "blank lines are no rows";
  EXPECT_EQ(read("a;\"b;c\"\n", {';', true}), "[a|b;c]");
  EXPECT_EQ(read("a\t\"b\"@en\n", {'\t', false}), "[a|\"b\"@en]");
  EXPECT_EQ(read(""), "");
}

TEST(TableRecords, SaysWhereAnErrorIsAndGoesOn) {
  EXPECT_EQ(read("a,b\n\"c\"d,e\nf,g\n"),
            "[a|b]!2:4 expected ',' or the end of the line after the closing quotation mark, found 'd'; a "
            "quotation mark within "
            "a quoted field is written twice![f|g]");
  EXPECT_EQ(
      read("a\nb,\"c\nd\ne\n"),
      "[a]!2:3 the quotation mark that begins this field is not closed before the end of the text![d][e]");
  EXPECT_EQ(read("\xE6\x9D\x8E,\"x\ny\"z\n"),
            "!2:3 expected ',' or the end of the line after the closing quotation mark, found 'z'; a "
            "quotation mark within a "
            "quoted field is written twice!");
}

TEST(TableRecords, CountsRowsAsASpreadsheetDoes) {
  const std::string text = "h\n\"a\nb\"\n\nc\n";
  TableRecords records(text, {}, {}, 10);
  ASSERT_TRUE(records.next());
  ASSERT_TRUE(records.next());
  EXPECT_EQ(records.row(), 2u);
  EXPECT_EQ(records.line(), 2u);
  ASSERT_TRUE(records.next());
  EXPECT_EQ(records.row(), 4u);
  EXPECT_EQ(records.line(), 5u);
}

TEST(TableRecords, KeepsNoMoreFieldsThanAskedFor) {
  const std::string text(100000, ',');
  TableRecords records(text, {}, {}, 10);
  ASSERT_TRUE(records.next());
  EXPECT_EQ(records.fields().size(), 10u);
  EXPECT_EQ(records.count(), 100001u);
}

// Wherever a text is cut, the pieces have the records of the whole, at the same lines and rows.
RC_GTEST_PROP(TableRecords, PiecesHaveTheRecordsOfTheWhole, ()) {
  const auto text = *rc::gen::container<std::string>(rc::gen::element('a', ',', '"', '\n', '\r', 'b'));
  const auto list = [](std::string_view piece, TablePlace place, std::string& out) {
    TableRecords records(piece, {}, place, 100);
    for (;;) {
      try {
        if (!records.next()) return;
        out += std::to_string(records.line()) + "/" + std::to_string(records.row());
        for (const TableField& field : records.fields()) out += "|" + std::string(field.text);
        out += '\n';
      } catch (const SyntaxFault& fault) {
        out += "!" + fault.message.substr(0, 8) + "\n";
      }
    }
  };
  std::string whole;
  list(text, {}, whole);
  const auto at = *rc::gen::inRange<std::size_t>(0, text.size() + 1);
  TablePlace behind;
  const std::size_t cut = whole_records(std::string_view(text).substr(0, at), {}, behind);
  RC_ASSERT(cut <= at);
  std::string parts;
  list(std::string_view(text).substr(0, cut), {}, parts);
  list(std::string_view(text).substr(cut), behind, parts);
  RC_ASSERT(parts == whole);
}

// Any bytes: no crash, and each error leaves at least a line behind.
RC_GTEST_PROP(TableRecords, AnyBytesEnd, ()) {
  const auto text = *rc::gen::arbitrary<std::string>();
  for (const char separator : {',', '\t', ';', '"'}) read(text, {separator, separator != '"'});
}

}  // namespace
}  // namespace dossier::io
