// The base IRI of a file that is read without one.
//
// Purpose: `file:` IRIs for relative IRIs in the file (RFC 8089). Thread-safety: a free function.
#pragma once

#include <string>

namespace dossier {

// "file:///home/chen/my%20graph.ttl"; for "-", standard input, the IRI of the working directory.
std::string file_iri(const std::string& path);

}  // namespace dossier
