// How long Tab takes: `build/release/tests/completion_bench DB`, DB a store of data/generate (or any other).
//
// For each beginning of a statement: the first time, when nothing is kept of the commit, and the median of
// ten more, with the number of what was offered then and at the last.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "shell/complete.h"

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

}  // namespace

int main(int count, char** words) {
  using namespace dossier;
  if (count != 2) {
    fmt::print(stderr, "usage: completion_bench DB\n");
    return 2;
  }
  OpenOptions open;
  open.read_only = true;
  Store store = Store::open(words[1], open);
  shell::Output out;
  shell::ShellContext context(store, out, {});
  context.declare("o", "https://office-holders.example/terms#");
  const std::vector<std::string> beginnings = {
      "",
      ".",
      "SEL",
      "SELECT * { ?s ",
      "SELECT * { ?s a ",
      "SELECT * { ?s a o:Person ; ",
      "SELECT * { ?s a o:Person ; o:holdsPost ?post . ?post ",
      "SELECT * { ?s o:isAcquaintedWith ?t . ?t a o:Person ; o:holdsPost [ o:appointedBy ?b ] ; ",
      "SELECT * { ?s o:leftOfficeOn ?d ; o:numberOfPages ?n ; ",
      "SELECT * { ?s o:holdsPost ",
      "SELECT * { ?s rdfs:label \"Chen",
      "SELECT * { \"Chen Yu",
      "SELECT * { \"Qxy",
      ".describe \"陈玉",
      "SELECT * { ?s a o:Person FILTER(",
  };
  const auto offers = [](const shell::Completions& found) { return found.candidates.size() + found.left_out; };
  fmt::print("{:>9} {:>6} {:>9} {:>6}  text\n", "first ms", "offers", "again ms", "offers");
  for (const std::string& text : beginnings) {
    shell::Vocabulary vocabulary(context);
    shell::Completer completer(context, vocabulary);
    const auto start = Clock::now();
    const shell::Completions found = completer.complete({}, text, {});
    const double first = milliseconds_since(start);
    std::vector<double> again(10);
    std::size_t last = 0;
    for (double& time : again) {
      const auto begin = Clock::now();
      last = offers(completer.complete({}, text, {}));
      time = milliseconds_since(begin);
    }
    std::sort(again.begin(), again.end());
    fmt::print("{:9.2f} {:6} {:9.2f} {:6}  {}\n", first, offers(found), again[again.size() / 2], last, text);
  }
}
