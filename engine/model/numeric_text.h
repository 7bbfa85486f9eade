// Text of floating-point numbers as XML Schema writes it.
//
// Purpose: strict parsing of the lexical space of xsd:double and xsd:float, and their canonical forms
// (`1.5E0`, `INF`). Thread-safety: free functions. Source: XML Schema 1.1 part 2, sections 3.3.4 and 3.3.5;
// shortest digits that read back as the same value.
#pragma once

#include <string>
#include <string_view>

namespace dossier {

// False when `text` is not of the lexical space; values out of range become an infinity or zero.
bool parse_double(std::string_view text, double& out);
bool parse_float(std::string_view text, float& out);
void append_double(std::string& out, double value);
void append_float(std::string& out, float value);

}  // namespace dossier
