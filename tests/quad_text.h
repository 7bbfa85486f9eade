// Quads as lines of N-Quads, for tests. Thread-safety: free functions.
#pragma once

#include <string>
#include <vector>

#include "engine/dossier.h"

namespace dossier::test {

// Without the end of the line.
inline std::string nquads_line(const Quad& quad) {
  std::string line =
      quad.subject.to_string() + ' ' + quad.predicate.to_string() + ' ' + quad.object.to_string();
  if (quad.graph) line += ' ' + quad.graph->to_string();
  return line + " .";
}

inline std::string nquads_of(const std::vector<Quad>& quads) {
  std::string text;
  for (const Quad& quad : quads) text += nquads_line(quad) + '\n';
  return text;
}

}  // namespace dossier::test
