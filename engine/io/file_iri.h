// Files by their IRIs (RFC 8089).
//
// Purpose: the base IRI of a file that is read without one, and the file that LOAD names. Thread-safety: free
// functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dossier {

// "file:///home/chen/my%20graph.ttl"; for "-", standard input, the IRI of the working directory.
std::string file_iri(const std::string& path);

// The path of `file:///a/b`, `file:/a/b`, `file://localhost/a/b`, or `file:b` (from the working directory); a
// fragment is left aside. Nothing for any other IRI.
std::optional<std::string> path_of_file_iri(std::string_view iri);

}  // namespace dossier
