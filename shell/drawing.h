// An answer as a drawing: things, and the statements between them.
//
// Purpose: what `.draw` makes a picture of. Triples, paths, triple terms and rows with IRIs become nodes and
// links; reifiers are no nodes but notes of the link that they speak of, their dates before their sources;
// literals stand with their subject; names are what people call a thing. Invariants: a link's ends are nodes;
// at most `most_nodes` nodes, the first of the answer. Thread-safety: main thread only.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "shell/context.h"

namespace dossier::shell {

struct DrawnNode {
  Term term;
  std::string name;
  std::string kind;  // what it is, as one word or two; empty: not known
  std::vector<std::pair<std::string, std::string>> values;  // of literals: property, text
};

struct DrawnStatement {
  std::string name;                // of the predicate
  std::vector<std::string> notes;  // a claim each: "2025-06-13, Daily NK"
  bool asserted = true;            // false: only claimed
};

// All statements from one node to another.
struct DrawnLink {
  std::size_t from = 0;
  std::size_t to = 0;
  std::vector<DrawnStatement> statements;
  bool against = false;  // a path goes along it from its end to its start: drawn the way of the path, the
                         // arrow at its start

  std::size_t first() const { return against ? to : from; }
  std::size_t second() const { return against ? from : to; }
};

struct Drawing {
  std::vector<DrawnNode> nodes;
  std::vector<DrawnLink> links;
  bool whole = true;  // false: there was more than fits
};

Drawing draw_answer(ShellContext& context, const AnswerRows& rows, std::size_t most_nodes);

}  // namespace dossier::shell
