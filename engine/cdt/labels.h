// The labels of blank nodes inside lists and maps.
//
// Purpose: a label in a file or in the text of a query is local to it, inside a literal as outside; what the
// store keeps and what a query computes carries the store's labels, or the query's. So every way in renames
// them here. Invariants: only well-formed literals are touched; all else of their text stays as it is, byte
// for byte. Labels in lists and maps that are quoted inside are renamed too. Thread-safety: free functions.
// Source: SPARQL-CDTs draft, importing requirements.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace dossier::cdt {

// The new label of an old one, both without `_:`. Asked again each time a label comes.
using Rename = std::function<std::string(std::string_view label)>;

// The literal with its labels renamed, in `storage`; or `bytes` themselves, when they are no well-formed list
// or map or none of their labels changes. No label is asked for before the literal is known to be
// well-formed.
std::string_view rename_labels(std::string& storage, std::string_view bytes, const Rename& rename);
// The different labels in the order in which they come; none of what is no well-formed list or map.
std::vector<std::string> labels(std::string_view bytes);

}  // namespace dossier::cdt
