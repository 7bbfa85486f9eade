#include "engine/io/xml_text.h"

namespace dossier::io {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

std::string_view control_escape(char c) {
  return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' ? kReplacement : std::string_view();
}

// What stands for `c`; empty when it stands for itself.
std::string_view content_escape(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '\r':
      return "&#xD;";
    default:
      return control_escape(c);
  }
}

std::string_view attribute_escape(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '"':
      return "&quot;";
    case '\t':
      return "&#x9;";
    case '\n':
      return "&#xA;";
    case '\r':
      return "&#xD;";
    default:
      return control_escape(c);
  }
}

template <std::string_view Escape(char)>
void append_escaped(std::string& out, std::string_view text) {
  std::size_t from = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string_view escape = Escape(text[at]);
    std::size_t length = 1;
    if (text[at] == '\xEF' &&
        (text.substr(at, 3) == "\xEF\xBF\xBE" || text.substr(at, 3) == "\xEF\xBF\xBF")) {
      escape = kReplacement;
      length = 3;
    }
    if (escape.empty()) continue;
    out.append(text.substr(from, at - from)).append(escape);
    from = at + length;
    at = from - 1;
  }
  out.append(text.substr(from));
}

}  // namespace

void append_xml_content(std::string& out, std::string_view text) {
  append_escaped<content_escape>(out, text);
}
void append_xml_attribute(std::string& out, std::string_view value) {
  append_escaped<attribute_escape>(out, value);
}

}  // namespace dossier::io
