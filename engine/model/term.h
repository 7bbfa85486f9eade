// Terms as bytes, and their inline ids.
//
// Purpose: the one byte form of a simple term (IRI, blank node, literal) that the readers write, the dictionary stores
// and hashes, and the writers read. Triple terms have no byte form of their own: they are three ids (or three indices of
// a QuadBatch); see store/dictionary.h.
//   'I' iri                                  IRI
//   'B' label                                blank node, only on the way in: a label of one file or one update
//   'S' lexical                              xsd:string
//   'L' tag ["--ltr"|"--rtl"] NUL lexical    language-tagged string
//   'D' datatype NUL lexical                 any other literal
// All text is UTF-8. Language tags compare and hash without regard to case (RDF 1.2 Concepts section 3.3); the first
// spelling that arrived is kept.
// Frozen: this form is on disk. Thread-safety: free functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/dossier.h"
#include "engine/model/id.h"

namespace dossier {

inline constexpr char kIriByte = 'I';
inline constexpr char kBlankByte = 'B';
inline constexpr char kStringByte = 'S';
inline constexpr char kLanguageByte = 'L';
inline constexpr char kDatatypeByte = 'D';

// A view of the parts of term bytes. `extra` is the datatype IRI ('D'), or language and direction ('L').
struct TermParts {
  char kind = 0;
  std::string_view text;
  std::string_view extra;
};
TermParts split_term(std::string_view bytes);

// Appends the bytes of a simple term. Precondition: `term` is no triple term.
void append_term_bytes(std::string& out, const Term& term);
// The bytes of a literal; xsd:string takes the short form.
void append_literal_bytes(std::string& out, std::string_view lexical, std::string_view datatype);
void append_language_bytes(std::string& out, std::string_view lexical, std::string_view language,
                           Direction direction = Direction::none);
Term term_from_bytes(std::string_view bytes);
TermView view_of_bytes(std::string_view bytes);  // for as long as the bytes

struct TermHash {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend bool operator==(TermHash, TermHash) = default;
};
// XXH3 of 128 bits, seeded for each store so that nobody can prepare collisions; language tags hash in lower case.
TermHash hash_term_bytes(std::string_view bytes, std::uint64_t seed);
TermHash hash_triple_term(TermHash s, TermHash p, TermHash o, std::uint64_t seed);
// The same but for the case of ASCII letters, as language tags compare.
bool equal_ignoring_case(std::string_view a, std::string_view b);
// The same term? (bytes equal, but for the case of a language tag)
bool equal_term_bytes(std::string_view a, std::string_view b);

// The inline id of these bytes, or kUnbound when the term belongs in the dictionary.
Id inline_id(std::string_view bytes);
// The label of a stored blank node, without `_:`.
inline std::string stored_label(Id blank) {
  return "b" + std::to_string(blank.payload());
}
// Appends the bytes of an inline id. Precondition: id.is_inline().
void append_inline_bytes(std::string& out, Id id);
// The same in two parts. Precondition: inline.
void append_inline_lexical(std::string& out, Id id);
std::string_view inline_datatype(Id id);

// N-Triples form of term bytes, escaped as canonical N-Triples (RDF 1.2 N-Triples section 3); blank labels as `_:label`.
void append_ntriples(std::string& out, std::string_view bytes);

namespace iri {
inline constexpr std::string_view kXsd = "http://www.w3.org/2001/XMLSchema#";
inline constexpr std::string_view kXsdString = "http://www.w3.org/2001/XMLSchema#string";
inline constexpr std::string_view kXsdInteger = "http://www.w3.org/2001/XMLSchema#integer";
inline constexpr std::string_view kXsdDecimal = "http://www.w3.org/2001/XMLSchema#decimal";
inline constexpr std::string_view kXsdDouble = "http://www.w3.org/2001/XMLSchema#double";
inline constexpr std::string_view kXsdFloat = "http://www.w3.org/2001/XMLSchema#float";
inline constexpr std::string_view kXsdBoolean = "http://www.w3.org/2001/XMLSchema#boolean";
inline constexpr std::string_view kXsdDate = "http://www.w3.org/2001/XMLSchema#date";
inline constexpr std::string_view kXsdDateTime = "http://www.w3.org/2001/XMLSchema#dateTime";
inline constexpr std::string_view kXsdDateTimeStamp = "http://www.w3.org/2001/XMLSchema#dateTimeStamp";
inline constexpr std::string_view kRdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
inline constexpr std::string_view kRdfType = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
inline constexpr std::string_view kRdfFirst = "http://www.w3.org/1999/02/22-rdf-syntax-ns#first";
inline constexpr std::string_view kRdfRest = "http://www.w3.org/1999/02/22-rdf-syntax-ns#rest";
inline constexpr std::string_view kRdfNil = "http://www.w3.org/1999/02/22-rdf-syntax-ns#nil";
inline constexpr std::string_view kRdfReifies = "http://www.w3.org/1999/02/22-rdf-syntax-ns#reifies";
inline constexpr std::string_view kRdfsLabel = "http://www.w3.org/2000/01/rdf-schema#label";
inline constexpr std::string_view kRdfLangString = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString";
inline constexpr std::string_view kRdfDirLangString = "http://www.w3.org/1999/02/22-rdf-syntax-ns#dirLangString";
}  // namespace iri

}  // namespace dossier
