// What an IRI says by itself, where it has no label.
//
// Purpose: the end of an IRI, and that end as words. Thread-safety: free functions.
#pragma once

#include <string>
#include <string_view>

namespace dossier::shell {

// `http://e/x#name`, `<http://e/x#name>`, `foaf:name` -> `name`; without such a mark all of it.
std::string_view local_name(std::string_view iri);
// `appointedTo` -> `appointed to`, `Boko_Haram` -> `Boko Haram`, `%C3%A9` -> `é`.
std::string readable(std::string_view local);

}  // namespace dossier::shell
