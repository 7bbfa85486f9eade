#include "engine/io/file_iri.h"

#include <filesystem>
#include <string_view>

namespace dossier {

std::string file_iri(const std::string& path) {
  std::error_code ignored;
  const std::string absolute = path == "-"
                                   ? std::filesystem::current_path(ignored).string() + "/"
                                   : std::filesystem::absolute(path, ignored).lexically_normal().string();
  // Characters that no IRI may hold, and those that would end the path.
  constexpr std::string_view kEscaped = "<>\"{}|\\^`%#?";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string iri = "file://";
  for (const char c : absolute) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > ' ' && byte != 0x7F && kEscaped.find(c) == std::string_view::npos) {
      iri += c;
      continue;
    }
    iri += '%';
    iri += kHex[byte >> 4];
    iri += kHex[byte & 15];
  }
  return iri;
}

}  // namespace dossier
