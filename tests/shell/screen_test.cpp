// The tests' own screen: what xterm shows for the same bytes.
#include "tests/shell/screen.h"

#include <gtest/gtest.h>

namespace dossier::testing {
namespace {

std::string shown(const Screen& screen) {
  std::string text;
  for (std::size_t row = 0; row < screen.rows(); ++row) text += screen.line(row) + "\n";
  return text.substr(0, text.find_last_not_of('\n') + 1);
}

TEST(Screen, WrapsAtTheEdgeOnceMoreIsWritten) {
  Screen screen(5, 3);
  screen.write("abcde");
  EXPECT_EQ(screen.cursor_row(), 0U);
  screen.write("\r\nf");
  EXPECT_EQ(shown(screen), "abcde\nf");
  screen.write("\033[H\033[2Jabcdefg");
  EXPECT_EQ(shown(screen), "abcde\nfg");
  EXPECT_EQ(screen.cursor_column(), 2U);
}

TEST(Screen, WideAndCombiningCharacters) {
  Screen screen(5, 3);
  screen.write("陈玉煌");  // the third does not fit
  EXPECT_EQ(shown(screen), "陈玉\n煌");
  EXPECT_EQ(screen.cursor_column(), 2U);
  screen.write("e\xCC\x81!");
  EXPECT_EQ(screen.line(1), "煌e\xCC\x81!");
  EXPECT_EQ(screen.cursor_column(), 4U);
  screen.write("\033[1;2Hx");  // over the second half of a wide one
  EXPECT_EQ(screen.line(0), " x玉");
}

TEST(Screen, PiecesOfCharactersAndSequences) {
  Screen screen(10, 2);
  const std::string bytes = "陈\033[1;31mred\033[0m";
  for (const char byte : bytes) screen.write(std::string_view(&byte, 1));
  EXPECT_EQ(screen.styled_line(0), "陈‹1;31›red");
  screen.write("\033[7z");
  EXPECT_EQ(screen.unknown().size(), 1U);
}

TEST(Screen, InsertsDeletesAndErases) {
  Screen screen(8, 3);
  screen.write("abcdef\033[3D\033[2P");
  EXPECT_EQ(shown(screen), "abcf");
  screen.write("\033[2@xy");
  EXPECT_EQ(shown(screen), "abcxyf");
  screen.write("\r\033[K");
  EXPECT_EQ(shown(screen), "");
  screen.write("1\r\n2\r\n3\033[2H\033[L");
  EXPECT_EQ(shown(screen), "1\n\n2");
  screen.write("\033[1H\033[2M");
  EXPECT_EQ(shown(screen), "2");
}

TEST(Screen, ScrollsWithinItsRegion) {
  Screen screen(4, 4);
  screen.write("a\r\nb\r\nc\r\nd\033[2;3r\033[3;1H\nx");
  EXPECT_EQ(shown(screen), "a\nc\nx\nd");
  screen.write("\033[2;1H\033Mz");
  EXPECT_EQ(shown(screen), "a\nz\nc\nd");
}

TEST(Screen, TheAlternateScreenLeavesTheMainOneAsItWas) {
  Screen screen(6, 2);
  screen.write("main\033[?1049hpager\033[?1049l!");
  EXPECT_EQ(shown(screen), "main!");
}

}  // namespace
}  // namespace dossier::testing
