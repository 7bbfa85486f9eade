// The `dot` program of Graphviz, when it is there.
//
// Purpose: DOT text to SVG or PNG. The program is started, not linked: Dossier works without it. Errors:
// InputError that names the package when it is missing, or says what it reported. Thread-safety: free
// functions.
#pragma once

#include <string>

#include "shell/drawing_dot.h"

namespace dossier::shell {

bool has_graphviz();
// `format` is svg or png; returns the bytes of the picture.
std::string render(const DotDrawing& drawing, const std::string& format);

}  // namespace dossier::shell
