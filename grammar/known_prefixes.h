// Prefixes that everybody knows, with the IRIs in common use.
//
// Purpose: one table for the report of a prefix that is not declared and for queries that leave such
// declarations out, as the endpoints of Wikidata and DBpedia let them (ParseOptions::known_prefixes).
// Thread-safety: constant data.
#pragma once

#include <span>
#include <string_view>

namespace dossier::grammar {

struct KnownPrefix {
  std::string_view label;  // without its colon
  std::string_view iri;
};

std::span<const KnownPrefix> known_prefixes();
// The IRI of a label; empty when nobody knows it.
std::string_view known_prefix(std::string_view label);

}  // namespace dossier::grammar
