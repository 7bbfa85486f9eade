// The shell on a terminal: GNU Readline, history, prompts.
//
// Purpose: reads lines for a Shell until it quits. Statements of several lines are one entry of the history,
// which is kept in $XDG_STATE_HOME/dossier/history. Ctrl-C drops the text that is being typed, or cancels
// what runs; Ctrl-D leaves. Thread-safety: main thread only; Readline has global state, so there is one at a
// time.
#pragma once

#include <string>

#include "shell/shell.h"

namespace dossier::shell {

// `history` is the file; empty: none is read or written.
void run_terminal(Shell& shell, const std::string& history);

// $XDG_STATE_HOME/dossier/history and $XDG_CONFIG_HOME/dossier/rc, with the defaults of the XDG base
// directories; empty when there is no home.
std::string history_path();
std::string rc_path();

}  // namespace dossier::shell
