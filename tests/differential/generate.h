// Random small graphs and random queries on them.
//
// Purpose: a seed gives one dataset of RDF 1.2 (named graphs, blank nodes, triple terms, reifiers, literals
// whose values meet in several forms) and queries whose terms come from the same few, so that patterns match,
// joins meet and comparisons are close. Queries are texts whose tokens are parted by spaces (shrink.h works
// on them). The sequence of a seed is the same on every platform. `rdf11` keeps to what RDF 1.1 and
// SPARQL 1.1 have, for peers that know no more. Thread-safety: one thread.
#pragma once

#include <string>
#include <vector>

#include "engine/dossier.h"
#include "tests/differential/random.h"

namespace dossier::differential {

// The terms of one seed.
struct Pool {
  std::vector<Term> resources;  // IRIs
  std::vector<Term> blanks;
  std::vector<Term> predicates;
  std::vector<Term> literals;
  std::vector<Term> graphs;  // names of graphs that are IRIs
};

struct GenerateOptions {
  bool rdf11 = false;
};

Pool generate_pool(Random& random, const GenerateOptions& options);
std::vector<Quad> generate_quads(Random& random, const Pool& pool, const GenerateOptions& options);
// Most triple patterns are made of quads that are there, with variables that stand for one term each
// throughout, so that there mostly is a solution. May break a rule of scopes; the caller parses it and asks
// for another then.
std::string generate_query(Random& random, const Pool& pool, const std::vector<Quad>& quads,
                           const GenerateOptions& options);

}  // namespace dossier::differential
