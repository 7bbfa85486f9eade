// Terms in the syntax of N-Triples and strings in that of JSON, into a TextBuffer.
//
// Purpose: what a result is written with. Nearly all text needs no escape: it is looked through sixteen
// characters at a time and copied as it is; the rest takes the way of model/term.h. Precondition: UTF-8.
// Thread-safety: functions only.
#pragma once

#include <string_view>

#include "engine/io/text_buffer.h"

namespace dossier {

// As append_ntriples of model/term.h.
void append_ntriples(TextBuffer& out, std::string_view bytes);
// With its quotation marks.
void append_json_string(TextBuffer& out, std::string_view value);

}  // namespace dossier
