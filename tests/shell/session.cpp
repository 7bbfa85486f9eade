#include "tests/shell/session.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <regex>
#include <span>
#include <stdexcept>

#include "tests/program.h"
#include "tests/shell/terminal.h"

namespace dossier::testing {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kCursor = "‸";

struct Key {
  std::string_view name;
  std::string_view bytes;
};
// As xterm sends them.
constexpr auto kKeys = std::to_array<Key>({{"Enter", "\r"},
                                           {"Tab", "\t"},
                                           {"Shift-Tab", "\033[Z"},
                                           {"Esc", "\033"},
                                           {"Space", " "},
                                           {"Backspace", "\177"},
                                           {"Delete", "\033[3~"},
                                           {"Up", "\033[A"},
                                           {"Down", "\033[B"},
                                           {"Right", "\033[C"},
                                           {"Left", "\033[D"},
                                           {"Home", "\033[H"},
                                           {"End", "\033[F"},
                                           {"PageUp", "\033[5~"},
                                           {"PageDown", "\033[6~"}});

// Enter, Ctrl-R, Alt-b; any other word is itself.
std::string key_bytes(const std::string& word) {
  if (word.starts_with("Alt-") && word.size() > 4) return "\033" + key_bytes(word.substr(4));
  if (word.starts_with("Ctrl-") && word.size() == 6)
    return word[5] == '?' ? "\177" : std::string(1, static_cast<char>(word[5] & 0x1F));
  const auto known =
      std::find_if(kKeys.begin(), kKeys.end(), [&](const Key& key) { return key.name == word; });
  return known == kKeys.end() ? word : std::string(known->bytes);
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == ' ') {
      ++i;
      continue;
    }
    const bool quoted = text[i] == '\'';
    if (quoted) ++i;
    const std::size_t end = std::min(text.find(quoted ? '\'' : ' ', i), text.size());
    words.push_back(text.substr(i, end - i));
    i = end + 1;
  }
  return words;
}

std::size_t number_of(const std::string& word) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size())
    throw std::runtime_error("'" + word + "' is no number");
  return number;
}

// A line that the screen must show.
struct Wanted {
  enum class Kind { text, pattern, any_lines };
  Kind kind = Kind::text;
  std::string text;
  std::regex pattern;
};

std::vector<Wanted> wanted_lines(const SessionStep& step) {
  std::vector<Wanted> wanted;
  for (const std::string& line : step.lines) {
    Wanted& one = wanted.emplace_back();
    one.text = line.size() > 2 ? line.substr(2) : "";
    if (line.starts_with("...")) {
      one.kind = Wanted::Kind::any_lines;
    } else if (line.starts_with('/')) {
      one.kind = Wanted::Kind::pattern;
      one.pattern = std::regex(one.text);
    } else {
      // Blanks at the end of a line of the screen cannot be told from none.
      one.text.erase(one.text.find_last_not_of(' ') + 1);
    }
  }
  return wanted;
}

// Whether all of `shown` is what is wanted.
bool matches(std::span<const Wanted> wanted, std::span<const std::string> shown) {
  if (wanted.empty()) return shown.empty();
  const Wanted& first = wanted.front();
  if (first.kind == Wanted::Kind::any_lines) {
    for (std::size_t skipped = 0; skipped <= shown.size(); ++skipped)
      if (matches(wanted.subspan(1), shown.subspan(skipped))) return true;
    return false;
  }
  if (shown.empty()) return false;
  const bool same = first.kind == Wanted::Kind::text ? first.text == shown.front()
                                                     : std::regex_match(shown.front(), first.pattern);
  return same && matches(wanted.subspan(1), shown.subspan(1));
}

class Player {
 public:
  Player(const SessionFile& session, const SessionOptions& options) : session_(session), options_(options) {
    terminal_options_.folder = folder_.path().string();
    std::filesystem::create_directory_symlink(std::filesystem::path(DOSSIER_SOURCE_DIR) / "data",
                                              folder_.path() / "data");
  }

  void play() {
    for (const SessionStep& step : session_.steps) {
      if (options_.show) std::printf("---- %s %s\n", step.name.c_str(), step.argument.c_str());
      try {
        run(step);
      } catch (const std::exception& error) {
        throw std::runtime_error(session_.path + ":" + std::to_string(step.line) + ": " + error.what() +
                                 (terminal_ ? "\nThe screen:\n" + drawn() : ""));
      }
      if (options_.show && terminal_) std::fputs(drawn().c_str(), stdout);
    }
  }

 private:
  void run(const SessionStep& step) {
    const std::string& argument = step.argument;
    if (step.name == "terminal" || step.name == "resize") {
      const auto size = words_of(argument);
      if (size.size() != 2) throw std::runtime_error("columns and rows follow");
      terminal_options_.columns = number_of(size[0]);
      terminal_options_.rows = number_of(size[1]);
      if (step.name == "resize") terminal().resize(terminal_options_.columns, terminal_options_.rows);
    } else if (step.name == "environment") {
      const std::size_t equals = argument.find('=');
      if (equals == std::string::npos) throw std::runtime_error("NAME=VALUE follows");
      terminal_options_.environment.emplace_back(argument.substr(0, equals), argument.substr(equals + 1));
    } else if (step.name == "file") {
      const std::filesystem::path path = folder_.path() / argument;
      std::filesystem::create_directories(path.parent_path());
      const std::string text = text_of(step);
      std::ofstream(path, std::ios::binary) << text << '\n';
      if (text.starts_with("#!"))
        std::filesystem::permissions(path, std::filesystem::perms::owner_all,
                                     std::filesystem::perm_options::add);
    } else if (step.name == "many") {
      write_many(step);
    } else if (step.name == "holds") {
      check_file(step);
    } else if (step.name == "program") {
      run_to_end(argument);
    } else if (step.name == "start") {
      terminal_.reset();
      terminal_options_.arguments = words_of(argument);
      terminal_ = std::make_unique<Terminal>(terminal_options_);
    } else if (step.name == ">" || step.name == "type") {
      wait_for_reader();
      terminal().send(argument + (step.name == ">" ? "\r" : ""));
    } else if (step.name == "keys") {
      // Ctrl-C may meet a query that runs.
      if (!argument.starts_with("Ctrl-C")) wait_for_reader();
      for (const std::string& word : words_of(argument)) {
        terminal().send(key_bytes(word));
        // A Tab that more keys follow at once is one of a paste.
        if (word == "Tab") wait_for_reader();
      }
    } else if (step.name == "paste") {
      wait_for_reader();
      terminal().paste(text_of(step));
    } else if (step.name == "ready") {
      wait_for_reader();
    } else if (step.name == "screen" || step.name == "styles") {
      expect(step);
    } else if (step.name == "pause") {
      const milliseconds time(number_of(argument));
      terminal().wait([] { return false; }, time);
    } else if (step.name == "exit") {
      const int code = terminal().wait_for_end(options_.patience);
      if (code == -1000) throw std::runtime_error("the program has not ended");
      if (code != static_cast<int>(number_of(argument)))
        throw std::runtime_error("the program ended with " + std::to_string(code));
    } else {
      throw std::runtime_error("there is no step '" + step.name + "'");
    }
  }

  Terminal& terminal() {
    if (!terminal_) throw std::runtime_error("nothing has been started");
    return *terminal_;
  }

  void wait_for_reader() {
    if (!terminal().wait_for_reader(options_.patience))
      throw std::runtime_error("the program does not read keys");
  }

  void run_to_end(const std::string& arguments) {
    const std::filesystem::path before = std::filesystem::current_path();
    std::filesystem::current_path(folder_.path());
    const Outcome outcome = run_program(words_of(arguments));
    std::filesystem::current_path(before);
    if (outcome.code != 0)
      throw std::runtime_error("exit code " + std::to_string(outcome.code) + "\n" + outcome.out +
                               outcome.err);
  }

  static std::string text_of(const SessionStep& step) {
    std::string text;
    for (std::size_t i = 0; i < step.lines.size(); ++i) {
      if (i > 0) text += '\n';
      if (step.lines[i].size() > 2) text += step.lines[i].substr(2);
    }
    return text;
  }

  // The lines of the screen down to the last that is not blank.
  std::vector<std::string> shown(bool cursor, bool styles) {
    const Screen& screen = terminal().screen();
    std::vector<std::string> lines;
    for (std::size_t row = 0; row < screen.rows(); ++row) {
      std::string line = styles ? screen.styled_line(row) : screen.line(row);
      if (cursor && row == screen.cursor_row()) {
        const std::size_t at = screen.cursor_offset();
        if (line.size() < at) line.resize(at, ' ');
        line.insert(at, kCursor);
      }
      lines.push_back(std::move(line));
    }
    while (!lines.empty() && lines.back().empty()) lines.pop_back();
    return lines;
  }

  void expect(const SessionStep& step) {
    const std::vector<Wanted> wanted = wanted_lines(step);
    const bool cursor = std::any_of(wanted.begin(), wanted.end(), [](const Wanted& one) {
      return one.text.find(kCursor) != std::string::npos;
    });
    const bool styles = step.name == "styles";
    if (cursor && styles) throw std::runtime_error("styles and the cursor are asked for apart");
    const auto met = [&] { return matches(wanted, shown(cursor, styles)); };
    if (!terminal().wait(met, options_.patience))
      throw std::runtime_error("the screen is another" +
                               (styles ? "; with styles:\n" + joined(shown(false, true)) : std::string()));
  }

  void write_many(const SessionStep& step) {
    const std::size_t blank = step.argument.find(' ');
    if (blank == std::string::npos) throw std::runtime_error("COUNT NAME follows");
    const std::uint64_t count = number_of(step.argument.substr(0, blank));
    const std::string text = text_of(step) + '\n';
    std::ofstream out(folder_.path() / step.argument.substr(blank + 1), std::ios::binary);
    for (std::uint64_t i = 0; i < count; ++i) {
      std::size_t from = 0;
      for (std::size_t at = 0; (at = text.find("{}", from)) != std::string::npos; from = at + 2)
        out << std::string_view(text).substr(from, at - from) << i;
      out << std::string_view(text).substr(from);
    }
  }

  // Line ends of CSV, which are two characters, count as one.
  void check_file(const SessionStep& step) {
    std::ifstream in(folder_.path() / step.argument, std::ios::binary);
    if (!in) throw std::runtime_error("there is no file " + step.argument);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) {
      if (line.ends_with('\r')) line.pop_back();
      lines.push_back(line);
    }
    if (!matches(wanted_lines(step), lines))
      throw std::runtime_error(step.argument + " holds something else:\n" + joined(lines));
  }

  static std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += "| " + line + "\n";
    return text;
  }

  // As a `screen` step would be written.
  std::string drawn() {
    std::string text = joined(shown(true, false));
    for (const std::string& sequence : terminal().screen().unknown())
      text += "not known to the tests' screen: " + sequence + "\n";
    return text;
  }

  const SessionFile& session_;
  const SessionOptions& options_;
  TemporaryFolder folder_;
  TerminalOptions terminal_options_;
  std::unique_ptr<Terminal> terminal_;
};

}  // namespace

SessionFile read_session(const std::string& path) {
  SessionFile session;
  session.path = path;
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path);
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty() || line.starts_with('#')) continue;
    if (line.starts_with('|') || line.starts_with('/') || line == "...") {
      if (session.steps.empty())
        throw std::runtime_error(path + ":" + std::to_string(number) + ": no step is above this line");
      session.steps.back().lines.push_back(line);
      continue;
    }
    const std::size_t blank = std::min(line.find(' '), line.size());
    SessionStep& step = session.steps.emplace_back();
    step.name = line.substr(0, blank);
    step.argument = blank < line.size() ? line.substr(blank + 1) : "";
    step.line = number;
  }
  return session;
}

void play_session(const SessionFile& session, const SessionOptions& options) {
  Player(session, options).play();
}

}  // namespace dossier::testing
