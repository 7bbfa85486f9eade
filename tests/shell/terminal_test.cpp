// What sessions cannot show: Ctrl-C while the terminal is behind with what it shows.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "tests/program.h"
#include "tests/shell/terminal.h"

namespace dossier::testing {
namespace {

using namespace std::chrono_literals;

// The row that a line of the answer begins with; 0: it is none.
unsigned long row_of(const std::string& line) {
  char* end = nullptr;
  const unsigned long number = std::strtoul(line.c_str(), &end, 10);
  return end != line.c_str() && end[0] == ' ' && end[1] == ' ' ? number : 0;
}

// A terminal drops what it has not shown when Ctrl-C comes, unless it is told not to: rows would be missing
// between the first and those that are written when the query has noticed, and a line cut in its middle.
TEST(TerminalTest, CtrlCLeavesNoGapInATable) {
  TemporaryFolder folder;
  TerminalOptions options;
  options.arguments = {"--no-history"};
  options.folder = folder.path().string();
  options.environment = {{"PAGER", ""}};
  options.columns = 40;
  options.rows = 20'000;  // all of it stays to be seen
  Terminal terminal(options);
  ASSERT_TRUE(terminal.wait_for_reader(20s));
  std::string numbers;
  for (int i = 0; i < 60; ++i) numbers += (i > 0 ? ", " : " ") + std::to_string(i);
  terminal.send("INSERT DATA { <http://e/a> <http://e/p>" + numbers + " }\r");
  ASSERT_TRUE(terminal.wait_for_reader(20s));
  terminal.send(".pager off\r");
  ASSERT_TRUE(terminal.wait_for_reader(20s));
  terminal.send("SELECT ?a ?b ?c { ?s ?p ?a, ?b, ?c, ?d, ?e }\r");
  const auto stopped = [&] {
    const std::size_t row = terminal.screen().cursor_row();
    for (std::size_t i = row > 5 ? row - 5 : 0; i < row; ++i)
      if (terminal.screen().line(i).find("until it was stopped") != std::string::npos) return true;
    return false;
  };
  ASSERT_TRUE(terminal.wait([&] { return row_of(terminal.screen().line(400)) > 0; }, 20s));
  std::this_thread::sleep_for(500ms);  // nobody reads: what is written waits in the terminal
  terminal.send("\003");
  std::this_thread::sleep_for(200ms);
  ASSERT_TRUE(terminal.wait(stopped, 20s));
  unsigned long last = 0;
  for (std::size_t i = 0; i < terminal.screen().cursor_row(); ++i) {
    const std::string line = terminal.screen().line(i);
    if (line.find("until it was stopped") != std::string::npos) break;
    const unsigned long row = row_of(line);
    EXPECT_EQ(line.find('^'), std::string::npos) << line;
    if (last > 0) {
      ASSERT_EQ(row, last + 1) << "line " << i << ": " << line;
    }
    last = row;
  }
  EXPECT_GT(last, 400u);
  terminal.send(".quit\r");
  EXPECT_EQ(terminal.wait_for_end(20s), 0);
}

}  // namespace
}  // namespace dossier::testing
