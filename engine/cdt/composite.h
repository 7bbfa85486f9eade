// The text of lists and maps: literals of datatype cdt:List and cdt:Map.
//
// Purpose: reads the lexical form into its elements as they stand in the text, gives the term of an element
// when it is asked for, and writes the one form that constructed values have. Nothing here knows ids or
// queries; the draft and what is added to it: README.md beside this file. Invariants: `parse` is linear in
// the text and nests no deeper than kMaxDepth, so that any text is safe; a literal that is no list or map
// (deeper ones included) is ill-formed. What `append_element_text` writes, `parse` reads back as the same
// term. Thread-safety: values and free functions. Source: SPARQL-CDTs draft, sections on cdt:List and
// cdt:Map.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/term.h"

namespace dossier::cdt {

inline constexpr std::string_view kNamespace = "http://w3id.org/awslabs/neptune/SPARQL-CDTs/";
inline constexpr std::string_view kListIri = "http://w3id.org/awslabs/neptune/SPARQL-CDTs/List";
inline constexpr std::string_view kMapIri = "http://w3id.org/awslabs/neptune/SPARQL-CDTs/Map";

// Deepest nesting of lists, maps and triple terms written into one another. A list inside a quoted literal
// counts anew.
inline constexpr int kMaxDepth = 1000;

enum class Kind : std::uint8_t { list, map };
// The kind of a literal given as term bytes; nothing for any other term. Says nothing of its being
// well-formed.
std::optional<Kind> kind_of(std::string_view bytes);
constexpr std::string_view datatype_of(Kind kind) {
  return kind == Kind::list ? kListIri : kMapIri;
}

// One element as it stands in the text.
struct Element {
  enum class Kind : std::uint8_t {
    null,
    iri,
    blank,
    literal,
    integer,
    decimal,
    real,
    boolean,
    list,
    map,
    triple
  };
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
  Kind kind = Kind::null;
};

struct Composite {
  struct Key {
    TermHash hash;
    std::uint32_t entry = 0;
  };

  Kind kind = Kind::list;
  int depth = 1;                  // levels of lists, maps and triple terms, this one included
  std::vector<Element> elements;  // of a map: key, value, key, value
  std::vector<Key> keys;          // of a map: sorted by hash

  std::size_t size() const { return kind == Kind::list ? elements.size() : elements.size() / 2; }
};

// Told before memory for more elements is taken: how many bytes. It may throw.
using Grow = std::function<void(std::size_t)>;
// False: the text is no list, or no map.
bool parse(std::string_view text, Kind kind, Composite& out, const Grow& grow = {});

// Appends the term bytes of an element that is neither null nor a triple term.
void append_element_bytes(std::string& out, std::string_view text, const Element& element);
struct TripleElements {
  Element subject, predicate, object;
};
TripleElements triple_elements(std::string_view text, const Element& triple);
// The entry of a map whose key is the term with these bytes.
std::optional<std::uint32_t> find_key(const Composite& map, std::string_view text, std::string_view key);

// Appends the one form in which a simple term stands in a constructed list or map: absolute IRIs, double
// quotes, full literals but for canonical integers, decimals, doubles and booleans; a list or map as it is,
// unless its text has space around it, is ill-formed, or would stand deeper than kMaxDepth below the `levels`
// around it: then quoted as well.
void append_element_text(std::string& out, std::string_view bytes, int levels);
// The same for the key of a map, which is never a list or a map but as a quoted literal.
void append_key_text(std::string& out, std::string_view bytes);

}  // namespace dossier::cdt
