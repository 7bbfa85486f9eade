// The shell on a terminal: prompts, what a line does, when a statement ends.
//
// Purpose: reads entries with a LineEditor and gives them to a Shell until it quits. A statement ends where
// it is complete, or at a blank line, which shows what it lacks; the continuation prompt shows what is open.
// A paste runs statement by statement and stops at the first that fails. A line that begins with ORDER BY,
// LIMIT or another clause that nothing begins with goes on with the last query. Ctrl-C drops the text that is
// being typed, or cancels what runs; Ctrl-D leaves. Thread-safety: main thread only.
#pragma once

#include <string>
#include <string_view>

#include "shell/shell.h"

namespace dossier::shell {

// `history` is the file; empty: none is read or written.
void run_terminal(Shell& shell, const std::string& history);

// What stands before the next line of a statement, as wide as `width`: the brackets that are open, `{(> `,
// the quotation mark of an open string, or `... `.
std::string continuation_prompt(std::string_view text, std::size_t width);

// $XDG_STATE_HOME/dossier/history and $XDG_CONFIG_HOME/dossier/rc, with the defaults of the XDG base
// directories; empty when there is no home.
std::string history_path();
std::string rc_path();

}  // namespace dossier::shell
