// IRI references: resolution against a base and the check of their characters.
//
// Purpose: one implementation for queries (BASE, relative IRIs) and for the RDF readers.
// Thread-safety: free functions.
// Source: RFC 3986 sections 3, 5.2 and 5.3; RFC 3987 for the characters.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dossier::grammar {

// True when `iri` has a scheme (RFC 3986 section 3.1), so needs no base.
bool is_absolute_iri(std::string_view iri);

// `reference` resolved against `base`; `reference` unchanged when it is absolute or `base` is empty.
std::string resolve_iri(std::string_view base, std::string_view reference);

// What is wrong with the characters or the shape of an absolute IRI, in words; nothing when it is well-formed.
std::optional<std::string> iri_problem(std::string_view iri);

}  // namespace dossier::grammar
