// A drawing in the language of Graphviz.
//
// Purpose: names, kinds as colours with a legend, dates and sources on the links, in a layout that fits the
// number of nodes: in ranks and with a box around each kind while they are few, by springs when they are
// many. Invariants: the text is valid DOT whatever names hold; long names are wrapped, many statements
// between two things cut with their number told. Thread-safety: free functions.
#pragma once

#include <string>

#include "shell/drawing.h"

namespace dossier::shell {

struct DotDrawing {
  std::string text;
  std::string layout;  // the program of Graphviz that lays it out: dot, sfdp
};

DotDrawing dot_of(const Drawing& drawing);

}  // namespace dossier::shell
