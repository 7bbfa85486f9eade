#include "shell/local_name.h"

namespace dossier::shell {
namespace {

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') return (c | 0x20) - 'a' + 10;
  return -1;
}

}  // namespace

std::string_view local_name(std::string_view iri) {
  if (iri.ends_with('>')) iri.remove_suffix(1);
  const std::size_t at = iri.find_last_of("#/:");
  return at == std::string_view::npos ? iri : iri.substr(at + 1);
}

std::string readable(std::string_view local) {
  std::string out;
  for (std::size_t i = 0; i < local.size(); ++i) {
    const char c = local[i];
    const bool upper = c >= 'A' && c <= 'Z';
    const bool after_lower = i > 0 && local[i - 1] >= 'a' && local[i - 1] <= 'z';
    if (c == '%' && i + 2 < local.size() && hex(local[i + 1]) >= 0 && hex(local[i + 2]) >= 0) {
      out += static_cast<char>(hex(local[i + 1]) * 16 + hex(local[i + 2]));
      i += 2;
    } else if (c == '_' || (c == '-' && i > 0 && i + 1 < local.size())) {
      out += ' ';
    } else if (upper && after_lower) {
      out += ' ';
      out += static_cast<char>(c | 0x20);
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace dossier::shell
