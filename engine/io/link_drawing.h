// A link of a path as a line: `from ─label→ to  [notes]`, against its direction `from ←label─ to`.
//
// Purpose: the one form in which links are drawn, in tables of paths and by commands that follow links. The texts are ready
// for a screen. Thread-safety: free functions.
#pragma once

#include <string>
#include <string_view>

namespace dossier {

struct LinkText {
  std::string from;
  std::string label;
  std::string to;
  bool against = false;  // walked from the object to the subject
  std::string notes;     // empty: none
};

inline std::string link_arrow(std::string_view label, bool against) {
  std::string arrow(against ? "←" : "─");
  arrow += label;
  arrow += against ? "─" : "→";
  return arrow;
}

inline void append_link(std::string& out, const LinkText& link) {
  out += link.from;
  out += ' ';
  out += link_arrow(link.label, link.against);
  out += ' ';
  out += link.to;
  if (!link.notes.empty()) out += "  [" + link.notes + "]";
}

}  // namespace dossier
