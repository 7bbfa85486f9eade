#include "engine/io/file_iri.h"

#include <algorithm>
#include <charconv>
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

std::optional<std::string> path_of_file_iri(std::string_view iri) {
  constexpr std::string_view kScheme = "file:";
  const auto starts_with = [&](std::string_view words) {
    return iri.size() >= words.size() &&
           std::equal(words.begin(), words.end(), iri.begin(),
                      [](char word, char c) { return word == (c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); });
  };
  if (!starts_with(kScheme)) return std::nullopt;
  iri = iri.substr(kScheme.size(), iri.find('#') - kScheme.size());
  if (starts_with("//")) {
    iri.remove_prefix(2);
    if (starts_with("localhost/")) iri.remove_prefix(std::string_view("localhost").size());
    if (!iri.starts_with('/')) return std::nullopt;  // of another machine
  }
  if (iri.empty() || iri.find('?') != std::string_view::npos) return std::nullopt;
  std::string path;
  for (std::size_t i = 0; i < iri.size(); ++i) {
    if (iri[i] != '%') {
      path += iri[i];
      continue;
    }
    unsigned byte = 0;
    const char* const digits = iri.data() + i + 1;
    if (i + 2 >= iri.size() || std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2 || byte == 0)
      return std::nullopt;
    path += static_cast<char>(byte);
    i += 2;
  }
  return path;
}

}  // namespace dossier
