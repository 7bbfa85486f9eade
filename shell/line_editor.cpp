#include "shell/line_editor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <langinfo.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cwchar>
#include <filesystem>
#include <optional>
#include <utility>

// Readline's headers need <cstdio> before them.
#include <readline/history.h>
#include <readline/readline.h>

#include "shell/console.h"

namespace dossier::shell {
namespace {

constexpr int kHistoryEntries = 10000;
constexpr int kIdle = 250;  // milliseconds without a key

// Readline calls back without an argument, so what it hands over, and what its keys ask for, lies here.
struct Exchange {
  std::optional<std::string> line;
  bool closed = false;
  bool continued = false;
  bool taken_back = false;
  std::string begin_with;
  std::size_t begin_cursor = 0;
  LineEditor::Complete completer;
  Completions completions;
  bool completed = false;  // `completions` are those of the key that was just pressed
  // Rows of the screen that the statement has taken so far; nothing: something else was shown among them.
  std::optional<std::size_t> rows = 0;
  std::function<void()> idle;  // to be done when no key comes
};
Exchange exchange;

// ---- the width of what is shown

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  std::mbstate_t state{};
  while (!text.empty()) {
    wchar_t c = 0;
    const std::size_t bytes = std::mbrtowc(&c, text.data(), text.size(), &state);
    if (bytes == 0 || bytes > text.size()) return width + text.size();
    width += static_cast<std::size_t>(std::max(0, ::wcwidth(c)));
    text.remove_prefix(bytes);
  }
  return width;
}

// Rows that a prompt and an entry take.
std::size_t rows_of(std::string_view prompt, std::string_view text) {
  int rows = 0;
  int columns = 80;
  rl_get_screen_size(&rows, &columns);
  const auto wide = static_cast<std::size_t>(std::max(1, columns));
  std::size_t total = 0;
  std::size_t width = display_width(prompt);
  for (;;) {
    const std::size_t end = text.find('\n');
    width += display_width(text.substr(0, end));
    total += width / wide + 1;
    if (end == std::string_view::npos) return total;
    text.remove_prefix(end + 1);
    width = 0;
  }
}

// ---- keys

void take_line(char* line) {
  rl_callback_handler_remove();
  if (line == nullptr) {
    exchange.closed = true;
    return;
  }
  exchange.line = line;
  std::free(line);
}

int insert_begin() {
  rl_insert_text(exchange.begin_with.c_str());
  exchange.begin_with.clear();
  rl_point = std::min(rl_point, static_cast<int>(exchange.begin_cursor));
  rl_startup_hook = nullptr;
  return 0;
}

std::string_view line_buffer() {
  return {rl_line_buffer, static_cast<std::size_t>(rl_end)};
}

// Where the line of the entry begins that `at` is in, and where it ends.
std::size_t line_begin(std::size_t at) {
  const std::size_t before = at == 0 ? std::string_view::npos : line_buffer().rfind('\n', at - 1);
  return before == std::string_view::npos ? 0 : before + 1;
}
std::size_t line_end(std::size_t at) {
  return std::min(line_buffer().find('\n', at), line_buffer().size());
}

// Keeps the column, counted in characters.
void go_to_column(std::size_t begin, std::size_t column) {
  const std::string_view text = line_buffer();
  const std::size_t end = line_end(begin);
  std::size_t at = begin;
  for (; at < end && column > 0; --column) {
    ++at;
    while (at < end && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) ++at;
  }
  rl_point = static_cast<int>(at);
}

std::size_t column() {
  const auto point = static_cast<std::size_t>(rl_point);
  std::size_t count = 0;
  for (std::size_t i = line_begin(point); i < point; ++i)
    if ((static_cast<unsigned char>(line_buffer()[i]) & 0xC0U) != 0x80U) ++count;
  return count;
}

int up(int count, int key) {
  const auto point = static_cast<std::size_t>(rl_point);
  if (const std::size_t begin = line_begin(point); begin > 0) {
    go_to_column(line_begin(begin - 1), column());
    return 0;
  }
  if (exchange.continued && where_history() == history_length) {
    exchange.taken_back = true;
    rl_point = rl_end;
    rl_redisplay();
    rl_done = 1;
    return 0;
  }
  return rl_get_previous_history(count, key);
}

int down(int count, int key) {
  const auto point = static_cast<std::size_t>(rl_point);
  if (const std::size_t end = line_end(point); end < line_buffer().size()) {
    go_to_column(end + 1, column());
    return 0;
  }
  return rl_get_next_history(count, key);
}

// To the begin or the end of the line; of the entry when the cursor is there already.
int home(int, int) {
  const auto point = static_cast<std::size_t>(rl_point);
  const std::size_t begin = line_begin(point);
  rl_point = static_cast<int>(begin == point ? 0 : begin);
  return 0;
}
int end(int, int) {
  const auto point = static_cast<std::size_t>(rl_point);
  const std::size_t behind = line_end(point);
  rl_point = behind == point ? rl_end : static_cast<int>(behind);
  return 0;
}

int break_line(int, int) {
  rl_insert_text("\n");
  return 0;
}

int tab(int count, int key);

// Takes a key over where it does what Readline gives it by default, so that ~/.inputrc has the last word.
void take_over(rl_command_func_t* usual, rl_command_func_t* ours, std::initializer_list<const char*> keys) {
  for (const Keymap map : {emacs_standard_keymap, vi_insertion_keymap, vi_movement_keymap})
    for (const char* const key : keys)
      if (rl_function_of_keyseq(key, map, nullptr) == usual) rl_bind_keyseq_in_map(key, ours, map);
}

void set_keys() {
  rl_add_defun("dossier-up", up, -1);
  rl_add_defun("dossier-down", down, -1);
  rl_add_defun("dossier-home", home, -1);
  rl_add_defun("dossier-end", end, -1);
  rl_add_defun("dossier-break-line", break_line, -1);
  take_over(rl_get_previous_history, up, {"\033[A", "\033OA", "k"});
  take_over(rl_get_next_history, down, {"\033[B", "\033OB", "j"});
  take_over(rl_beg_of_line, home, {"\033[H", "\033OH", "\033[1~", "\x01"});
  take_over(rl_end_of_line, end, {"\033[F", "\033OF", "\033[4~", "\x05"});
  take_over(rl_complete, tab, {"\t"});
  for (const char* const key : {"\033\r", "\033\n"}) {
    rl_command_func_t* const bound = rl_function_of_keyseq(key, emacs_standard_keymap, nullptr);
    if (bound == nullptr || bound == rl_vi_editing_mode)
      rl_bind_keyseq_in_map(key, break_line, emacs_standard_keymap);
  }
}

// Readline shows bytes as \342\200 when the locale is not one of UTF-8, which the store's texts are.
void use_utf8() {
  std::setlocale(LC_CTYPE, "");
  if (std::string_view(::nl_langinfo(CODESET)) == "UTF-8") return;
  if (std::setlocale(LC_CTYPE, "C.UTF-8") == nullptr) return;
  // Readline reads the variables itself.
  ::setenv("LC_ALL", "C.UTF-8", 1);
}

// ---- completion

void find_completions() {
  const auto point = static_cast<std::size_t>(rl_point);
  exchange.completions = exchange.completer
                             ? exchange.completer(line_buffer().substr(0, point), line_buffer().substr(point))
                             : Completions{};
}

// Readline finds words by characters that break them. The completer knows where the word begins: what stands
// before it is the character, for strings alone do words hold it, and these have a way of their own.
char* word_breaks() {
  static std::string breaks;
  const auto point = static_cast<std::size_t>(rl_point);
  if (!std::exchange(exchange.completed, false)) find_completions();
  const std::size_t begin = std::min(exchange.completions.begin, point);
  const char before = begin == 0 ? '\0' : rl_line_buffer[begin - 1];
  breaks = before == '\0' ? "" : std::string(1, before);
  return breaks.data();
}

std::string common_beginning(const std::vector<Completion>& candidates) {
  std::string common = candidates.front().text;
  for (const Completion& each : candidates) {
    std::size_t same = 0;
    while (same < common.size() && same < each.text.size() && common[same] == each.text[same]) ++same;
    while (same > 0 && same < each.text.size() &&
           (static_cast<unsigned char>(each.text[same]) & 0xC0U) == 0x80U)
      --same;
    common.resize(same);
  }
  return common;
}

char** complete(const char* word, int start, int) {
  rl_attempted_completion_over = 1;
  const Completions& found = exchange.completions;
  if (static_cast<std::size_t>(start) != found.begin || found.names_entities || found.candidates.empty())
    return nullptr;
  const std::string& behind = found.candidates.front().behind;
  rl_completion_append_character = behind.empty() ? '\0' : behind.front();
  rl_completion_suppress_append = behind.empty() ? 1 : 0;
  std::string common = common_beginning(found.candidates);
  // What matches only without regard to case, or in its middle, leaves the word as it was typed.
  if (found.candidates.size() > 1 && common.size() < std::strlen(word)) common = word;
  const std::size_t count = found.candidates.size();
  auto** const matches = static_cast<char**>(std::calloc(count + 2, sizeof(char*)));
  if (matches == nullptr) return nullptr;
  matches[0] = ::strdup(common.c_str());
  if (count > 1)
    for (std::size_t i = 0; i < count; ++i) matches[i + 1] = ::strdup(found.candidates[i].text.c_str());
  return matches;
}

// In columns, the best first and downwards, with their notes; as many as leave the statement on the screen.
void display_matches(char**, int, int) {
  const Completions& found = exchange.completions;
  std::vector<Completion> shown = found.candidates;
  if (found.names_files)
    for (Completion& file : shown) {
      std::string& name = file.text;
      if (const char quote = name.front(); quote == '"' || quote == '\'') {
        name.erase(0, 1);
        if (name.ends_with(quote)) name.pop_back();
      }
      // The folder is in the line already.
      if (const std::size_t slash = name.rfind('/', name.size() - 2);
          name.size() > 1 && slash != std::string::npos)
        name.erase(0, slash + 1);
    }
  int screen_rows = 24;
  int screen_columns = 80;
  rl_get_screen_size(&screen_rows, &screen_columns);
  constexpr std::size_t kGap = 2;
  std::size_t name_width = 0;
  std::size_t note_width = 0;
  for (const Completion& each : shown) {
    name_width = std::max(name_width, display_width(each.text));
    note_width = std::max(note_width, display_width(each.note));
  }
  const std::size_t width = name_width + (note_width > 0 ? note_width + 1 : 0) + kGap;
  const std::size_t columns =
      std::max<std::size_t>(1, (static_cast<std::size_t>(screen_columns) + kGap) / width);
  const auto most = static_cast<std::size_t>(std::max(3, screen_rows - 4));
  const std::size_t rows = std::min((shown.size() + columns - 1) / columns, most);
  const std::size_t fit = std::min(shown.size(), rows * columns);
  std::string text = "\n";
  for (std::size_t row = 0; row < rows; ++row) {
    std::string line;
    for (std::size_t i = row; i < fit; i += rows) {
      const Completion& each = shown[i];
      line += each.text + std::string(name_width - display_width(each.text), ' ');
      if (note_width > 0) line += " " + std::string(note_width - display_width(each.note), ' ') + each.note;
      line += std::string(kGap, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  if (const std::size_t more = shown.size() - fit + found.left_out; more > 0)
    text += fmt::format("... and {} more; type a letter of them\n", with_commas(more));
  std::fputs(text.c_str(), rl_outstream);
  exchange.rows.reset();
  rl_forced_update_display();
}

// Words that Readline would break in two: files, and strings that are begun. What the candidates have in
// common goes on with the word, and one alone takes its place. For a string that is the names, the quotation
// mark stays before them.
void complete_in_place() {
  const Completions& found = exchange.completions;
  if (found.candidates.empty()) {
    rl_ding();
    return;
  }
  const auto replace = [](int begin, const std::string& text) {
    rl_begin_undo_group();
    rl_delete_text(begin, rl_point);
    rl_point = begin;
    rl_insert_text(text.c_str());
    rl_end_undo_group();
  };
  const int begin = static_cast<int>(found.begin) + (found.names_entities ? 1 : 0);
  if (found.candidates.size() == 1) {
    const Completion& only = found.candidates.front();
    return replace(static_cast<int>(found.begin), only.text + only.behind);
  }
  std::vector<Completion> names;
  for (const Completion& each : found.candidates)
    names.push_back({found.names_entities ? each.note : each.text});
  const std::string common = common_beginning(names);
  if (static_cast<int>(common.size()) > rl_point - begin) return replace(begin, common);
  display_matches(nullptr, 0, 0);
}

// A Tab inside of a paste that is not marked as one is a blank of the text.
int tab(int count, int key) {
  if (LineEditor::more_waits()) return rl_insert(1, '\t');
  find_completions();
  if (!exchange.completions.names_entities && !exchange.completions.names_files) {
    exchange.completed = true;
    return rl_complete(count, key);
  }
  complete_in_place();
  return 0;
}

}  // namespace

LineEditor::LineEditor(std::string history) : history_(std::move(history)) {
  use_utf8();
  rl_readline_name = "dossier";
  rl_catch_signals = 0;
  rl_persistent_signal_handlers = 1;  // a change of the window is seen while no key comes
  // Before ~/.inputrc is read, which may set them otherwise.
  rl_variable_bind("show-all-if-ambiguous", "on");
  rl_attempted_completion_function = complete;
  rl_completion_display_matches_hook = display_matches;
  rl_completion_word_break_hook = word_breaks;
  rl_sort_completion_matches = 0;
  rl_initialize();
  set_keys();
  // With time stamps the file keeps the lines of a statement together.
  history_comment_char = '#';
  history_write_timestamps = 1;
  using_history();
  if (history_.empty()) return;
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(history_).parent_path(), ignored);
  const int file = ::open(history_.c_str(), O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) {
    fmt::print(stderr, "dossier: no history is kept: cannot write {}\n", history_);
    history_.clear();
    return;
  }
  ::close(file);
  read_history(history_.c_str());
  stifle_history(kHistoryEntries);
}

LineEditor::~LineEditor() {
  exchange = {};
  if (!history_.empty()) history_truncate_file(history_.c_str(), kHistoryEntries);
}

void LineEditor::set_completer(Complete complete) {
  exchange.completer = std::move(complete);
}

void LineEditor::when_idle(std::function<void()> work) {
  exchange.idle = std::move(work);
}

// Readline's callback interface and poll, so that Ctrl-C is seen between keys and never inside Readline.
LineEditor::Entry LineEditor::read(const std::string& prompt, bool continued) {
  exchange.line.reset();
  exchange.closed = false;
  exchange.taken_back = false;
  exchange.continued = continued;
  if (!exchange.begin_with.empty()) rl_startup_hook = insert_begin;
  // Before the prompt: who sees it may press Ctrl-C at once, and what came before is dropped here.
  const Interrupt interrupt;
  rl_callback_handler_install(prompt.c_str(), take_line);
  while (!exchange.line && !exchange.closed) {
    pollfd waits[2] = {{STDIN_FILENO, POLLIN, 0}, {Interrupt::descriptor(), POLLIN, 0}};
    const int ready = ::poll(waits, 2, exchange.idle ? kIdle : -1);
    if (ready < 0) {
      if (errno != EINTR) return {Entry::End::closed, {}};
      rl_check_signals();  // another size of the window
      continue;
    }
    if (ready == 0) {
      std::exchange(exchange.idle, nullptr)();
      continue;
    }
    if (Interrupt::taken()) {
      const bool empty = rl_end == 0;
      rl_point = rl_end;
      rl_redisplay();
      std::fputs(empty && !continued ? "^C (Ctrl-D or .quit leaves)" : "^C", rl_outstream);
      rl_free_line_state();
      rl_callback_sigcleanup();
      rl_replace_line("", 0);
      rl_callback_handler_remove();
      std::fputs("\n", rl_outstream);
      std::fflush(rl_outstream);
      exchange.rows = 0;
      return {Entry::End::interrupted, {}};
    }
    if ((waits[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0) rl_callback_read_char();
  }
  if (exchange.closed) return {Entry::End::closed, {}};
  if (exchange.rows) *exchange.rows += rows_of(prompt, *exchange.line);
  return {exchange.taken_back ? Entry::End::taken_back : Entry::End::entered, std::move(*exchange.line)};
}

void LineEditor::begin_with(std::string text, std::size_t cursor) {
  exchange.begin_with = std::move(text);
  exchange.begin_cursor = cursor;
}

void LineEditor::wipe_statement() {
  int screen_rows = 24;
  int screen_columns = 80;
  rl_get_screen_size(&screen_rows, &screen_columns);
  if (exchange.rows && *exchange.rows > 1 && *exchange.rows <= static_cast<std::size_t>(screen_rows)) {
    std::fputs(fmt::format("\033[{}A\r\033[J", *exchange.rows - 1).c_str(), rl_outstream);
  } else {
    std::fputs("\n", rl_outstream);
  }
  std::fflush(rl_outstream);
  exchange.rows = 0;
}

void LineEditor::remember(const std::string& statement) {
  exchange.rows = 0;
  if (statement.empty() || statement == last_) return;
  last_ = statement;
  add_history(statement.c_str());
  // At once, so that a crash or a second shell loses nothing.
  if (!history_.empty()) append_history(1, history_.c_str());
}

bool LineEditor::more_waits() {
  pollfd wait{STDIN_FILENO, POLLIN, 0};
  return ::poll(&wait, 1, 0) > 0 && (wait.revents & POLLIN) != 0;
}

}  // namespace dossier::shell
