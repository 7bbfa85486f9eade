// Text as XML writes it.
//
// Purpose: the one place that escapes. What comes out is both well-formed and canonical (Canonical
// XML 1.1, 2.3): element content escapes & < > and CR; attribute values & < " and white space other than
// blanks, which a reader would make blanks of. What XML 1.0 cannot hold (most control characters, U+FFFE,
// U+FFFF) becomes U+FFFD; a writer that must not lose it looks for it first. Precondition: UTF-8.
// Thread-safety: functions only.
#pragma once

#include <string>
#include <string_view>

namespace dossier::io {

void append_xml_content(std::string& out, std::string_view text);
void append_xml_attribute(std::string& out, std::string_view value);

}  // namespace dossier::io
