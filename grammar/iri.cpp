#include "grammar/iri.h"

#include <array>
#include <cstddef>

#include "grammar/characters.h"

namespace dossier::grammar {
namespace {

bool is_alpha(unsigned char c) {
  return (c | 0x20U) >= 'a' && (c | 0x20U) <= 'z';
}

bool is_scheme_character(unsigned char c) {
  return is_alpha(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

// Length of the scheme without its colon; npos when the text does not start with one.
std::size_t scheme_length(std::string_view iri) {
  if (iri.empty() || !is_alpha(static_cast<unsigned char>(iri[0]))) return std::string_view::npos;
  for (std::size_t i = 1; i < iri.size(); ++i) {
    if (iri[i] == ':') return i;
    if (!is_scheme_character(static_cast<unsigned char>(iri[i]))) return std::string_view::npos;
  }
  return std::string_view::npos;
}

// The five parts of RFC 3986 appendix B. An absent part differs from an empty one: `//` and `?` alone mean
// something.
struct Parts {
  std::string_view scheme;
  std::optional<std::string_view> authority;
  std::string_view path;
  std::optional<std::string_view> query;
  std::optional<std::string_view> fragment;
};

Parts split(std::string_view iri) {
  Parts parts;
  if (const std::size_t length = scheme_length(iri); length != std::string_view::npos) {
    parts.scheme = iri.substr(0, length);
    iri.remove_prefix(length + 1);
  }
  if (const std::size_t hash = iri.find('#'); hash != std::string_view::npos) {
    parts.fragment = iri.substr(hash + 1);
    iri = iri.substr(0, hash);
  }
  if (const std::size_t mark = iri.find('?'); mark != std::string_view::npos) {
    parts.query = iri.substr(mark + 1);
    iri = iri.substr(0, mark);
  }
  if (iri.substr(0, 2) == "//") {
    const std::size_t end = iri.find('/', 2);
    parts.authority = iri.substr(2, end == std::string_view::npos ? end : end - 2);
    iri = end == std::string_view::npos ? std::string_view() : iri.substr(end);
  }
  parts.path = iri;
  return parts;
}

// RFC 3986 section 5.2.4.
std::string remove_dot_segments(std::string_view input) {
  std::string output;
  output.reserve(input.size());
  const auto drop_last_segment = [&output] {
    const std::size_t slash = output.rfind('/');
    output.resize(slash == std::string::npos ? 0 : slash);
  };
  while (!input.empty()) {
    if (input.substr(0, 3) == "../") {
      input.remove_prefix(3);
    } else if (input.substr(0, 2) == "./" || input.substr(0, 3) == "/./") {
      input.remove_prefix(2);
    } else if (input == "/.") {
      input = "/";
    } else if (input.substr(0, 4) == "/../") {
      input.remove_prefix(3);
      drop_last_segment();
    } else if (input == "/..") {
      input = "/";
      drop_last_segment();
    } else if (input == "." || input == "..") {
      input = {};
    } else {
      const std::size_t end = input.find('/', 1);
      output += input.substr(0, end);
      input = end == std::string_view::npos ? std::string_view() : input.substr(end);
    }
  }
  return output;
}

// RFC 3986 section 5.2.3.
std::string merge(const Parts& base, std::string_view path) {
  std::string merged;
  if (base.authority && base.path.empty()) {
    merged = "/";
  } else if (const std::size_t slash = base.path.rfind('/'); slash != std::string_view::npos) {
    merged = base.path.substr(0, slash + 1);
  }
  merged += path;
  return merged;
}

}  // namespace

bool is_absolute_iri(std::string_view iri) {
  return scheme_length(iri) != std::string_view::npos;
}

std::string resolve_iri(std::string_view base, std::string_view reference) {
  if (base.empty() || is_absolute_iri(reference)) return std::string(reference);
  const Parts from = split(base);
  const Parts to = split(reference);
  std::optional<std::string_view> authority = from.authority;
  std::optional<std::string_view> query = to.query;
  std::string path;
  if (to.authority) {
    authority = to.authority;
    path = remove_dot_segments(to.path);
  } else if (to.path.empty()) {
    path = from.path;
    if (!query) query = from.query;
  } else if (to.path.front() == '/') {
    path = remove_dot_segments(to.path);
  } else {
    path = remove_dot_segments(merge(from, to.path));
  }
  std::string result;
  result.reserve(base.size() + reference.size());
  if (!from.scheme.empty()) result.append(from.scheme).push_back(':');
  if (authority) result.append("//").append(*authority);
  result += path;
  if (query) result.append("?").append(*query);
  if (to.fragment) result.append("#").append(*to.fragment);
  return result;
}

// Percent signs and square brackets are let pass wherever they stand: the IRIREF token of SPARQL and Turtle
// allows them, and real data (DBpedia, Wikidata) holds them.
namespace {

constexpr std::string_view kForbidden = "<>\"{}|^`\\";

// The ASCII characters that may stand in an IRI.
constexpr std::array<bool, 256> kAllowed = [] {
  std::array<bool, 256> allowed{};
  for (std::size_t c = 0x21; c < 0x7F; ++c)
    allowed[c] = kForbidden.find(static_cast<char>(c)) == std::string_view::npos;
  return allowed;
}();

}  // namespace

std::optional<std::string> iri_problem(std::string_view iri) {
  if (iri.empty()) return "the IRI is empty";
  for (std::size_t i = 0; i < iri.size();) {
    const auto c = static_cast<unsigned char>(iri[i]);
    if (kAllowed[c]) {
      ++i;
      continue;
    }
    if (c <= 0x20 || c == 0x7F) {
      if (c == ' ') return "an IRI must not contain a space";
      constexpr std::string_view kHex = "0123456789ABCDEF";
      return std::string("an IRI must not contain the control character U+00") + kHex[c >> 4U] +
             kHex[c & 15U];
    }
    if (kForbidden.find(static_cast<char>(c)) != std::string_view::npos) {
      return std::string("an IRI must not contain the character ") + static_cast<char>(c);
    }
    const std::size_t length = utf8_length(iri, i);
    if (length == 0) return "the IRI is not valid UTF-8";
    i += length;
  }
  if (!is_absolute_iri(iri))
    return "the IRI is relative (it has no scheme) and there is no base to resolve it against";
  return std::nullopt;
}

}  // namespace dossier::grammar
