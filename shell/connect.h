// `.connect`: how two things are connected.
//
// Purpose: the shortest connections over any predicate in either direction, drawn a link a line with what is said about each
// link. Left out are what connects everything with everything and so tells nothing: predicates of the vocabulary (rdf:type,
// rdfs:label ...), those that lead to literals, those that describe claims, and things with very many links; what was left out
// is told. Claims that nobody asserts are links, too, and marked (Session::connections). Invariants: time and memory
// are bounded; no transaction is needed. Thread-safety: main thread only.
#pragma once

#include "shell/explorer.h"

namespace dossier::shell {

struct ConnectOptions {
  std::size_t paths = 3;
  std::size_t most_links = 6;   // of a path
  std::uint64_t hub = 1000;     // things with more links are no way; 0: all are
  bool strict = false;         // no way through a hub, even where there is no other
  bool everything = false;      // leaves no predicate out but those that lead to literals
};
void connect(Explorer& explorer, const Term& from, const Term& to, const ConnectOptions& options);

}  // namespace dossier::shell
