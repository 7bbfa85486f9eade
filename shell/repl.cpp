#include "shell/repl.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "grammar/nesting.h"
#include "shell/line_editor.h"
#include "shell/verbs.h"
#include "shell/warm_up.h"
#include "shell/words.h"

namespace dossier::shell {
namespace {

constexpr std::string_view kPrompt = "dossier> ";
constexpr std::string_view kInTransaction = "dossier*> ";

std::string xdg_path(const char* variable, const char* below_home, const char* name) {
  const char* place = std::getenv(variable);
  if (place != nullptr && *place == '/') return std::string(place) + "/dossier/" + name;
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') return {};
  return std::string(home) + "/" + below_home + "/dossier/" + name;
}

class Repl {
 public:
  Repl(Shell& shell, const std::string& history)
      : shell_(shell),
        editor_(history),
        completer_(shell.context(), shell.vocabulary()),
        warm_up_(shell.context().store) {
    editor_.set_completer([this](std::string_view before, std::string_view behind) {
      return completer_.complete(shell_.text(), before, behind);
    });
    editor_.when_idle([this] { warm_up_.start(); });
  }

  void run() {
    // Between two statements, and in commands that cannot be cancelled, Ctrl-C does nothing rather than end
    // the shell.
    const Interrupt interrupt;
    while (!shell_.quit()) {
      const LineEditor::Entry entry = editor_.read(prompt(), begun());
      switch (entry.end) {
        case LineEditor::Entry::End::interrupted:
          shell_.forget();
          break;
        case LineEditor::Entry::End::closed:
          std::fputs("\n", stdout);
          std::fflush(stdout);
          return;
        case LineEditor::Entry::End::taken_back: {
          editor_.wipe_statement();
          std::string text = shell_.text();
          if (!entry.text.empty()) text += "\n" + entry.text;
          const std::size_t end = text.size();
          editor_.begin_with(std::move(text), end);
          shell_.forget();
          break;
        }
        case LineEditor::Entry::End::entered:
          take(entry.text);
          break;
      }
    }
  }

 private:
  bool begun() const { return shell_.state() == Shell::State::incomplete; }

  std::string prompt() const {
    const std::string_view first = shell_.in_transaction() ? kInTransaction : kPrompt;
    return begun() ? continuation_prompt(shell_.text(), first.size()) : std::string(first);
  }

  void take(const std::string& entry) {
    if (begun() && trimmed(entry).empty() && !LineEditor::more_waits() &&
        grammar::nesting(shell_.text()).inside != grammar::Nesting::Inside::long_string) {
      editor_.remember(shell_.text());
      if (shell_.run() != kDone) offer_mended();
      return;
    }
    std::string text = entry;
    if (!begun()) {
      if (const auto longer = shell_.continued(entry)) text = *longer;
    }
    std::string_view rest = text;
    const int code =
        shell_.run_lines(rest, [this](const std::string& statement) { editor_.remember(statement); });
    if (code == kDone) return;
    if (trimmed(rest).empty()) return offer_mended();
    // A paste: what comes behind a failure was written for its success.
    if (!editor_.last().ends_with(trimmed(rest))) editor_.remember(std::string(trimmed(rest)));
    fmt::print(stderr, "dossier: nothing behind it was run; Up recalls it\n");
  }

  // What was probably meant is in the line already.
  void offer_mended() {
    const auto mended = shell_.take_mended();
    if (!mended) return;
    fmt::print(stderr, "dossier: {}; Ctrl-C drops it\n",
               mended->cursor == mended->text.size()
                   ? "mended below, Enter runs it"
                   : "mended below but for the IRI, which is yours to write");
    editor_.begin_with(mended->text, mended->cursor);
  }

  Shell& shell_;
  LineEditor editor_;
  Completer completer_;
  WarmUp warm_up_;
};

}  // namespace

std::string history_path() {
  return xdg_path("XDG_STATE_HOME", ".local/state", "history");
}
std::string rc_path() {
  return xdg_path("XDG_CONFIG_HOME", ".config", "rc");
}

std::string continuation_prompt(std::string_view text, std::size_t width) {
  const grammar::Nesting open = grammar::nesting(text);
  std::string shown;
  if (open.inside == grammar::Nesting::Inside::long_string) {
    shown = std::string(3, open.quote) + "> ";
  } else if (open.open.empty()) {
    shown = "... ";
  } else {
    // The innermost are those that are closed next.
    const std::size_t room = width - 2;
    const std::size_t kept = std::min(open.open.size(), room);
    for (std::size_t i = open.open.size() - kept; i < open.open.size(); ++i) shown += open.open[i].kind;
    shown += "> ";
  }
  return std::string(width - shown.size(), ' ') + shown;
}

void run_terminal(Shell& shell, const std::string& history) {
  Repl(shell, history).run();
}

}  // namespace dossier::shell
