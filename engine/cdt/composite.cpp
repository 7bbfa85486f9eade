#include "engine/cdt/composite.h"

#include <algorithm>
#include <limits>

#include "engine/cdt/scan.h"
#include "engine/model/numeric_text.h"

namespace dossier::cdt {
namespace {

class Collector final : public ScanObserver {
 public:
  Collector(Composite& out, const Grow& grow) : out_(out), grow_(grow) {}
  void element(const Element& element) override {
    std::vector<Element>& elements = out_.elements;
    if (elements.size() == elements.capacity()) {
      constexpr std::size_t kFirst = 16;
      const std::size_t more = std::max(kFirst, elements.capacity());
      if (grow_) grow_(more * sizeof(Element));
      elements.reserve(elements.capacity() + more);
    }
    elements.push_back(element);
  }

 private:
  Composite& out_;
  const Grow& grow_;
};

std::string_view slice(std::string_view text, const Element& element) {
  return text.substr(element.offset, element.length);
}

// False when a key is there twice.
bool index_keys(Composite& map, std::string_view text, const Grow& grow) {
  if (grow) grow(map.size() * sizeof(Composite::Key));
  map.keys.reserve(map.size());
  std::string bytes;
  for (std::uint32_t entry = 0; entry < map.size(); ++entry) {
    bytes.clear();
    append_element_bytes(bytes, text, map.elements[2 * std::size_t{entry}]);
    map.keys.push_back({hash_term_bytes(bytes, 0), entry});
  }
  const auto before = [](const Composite::Key& a, const Composite::Key& b) {
    return a.hash.low != b.hash.low ? a.hash.low < b.hash.low : a.hash.high < b.hash.high;
  };
  std::sort(map.keys.begin(), map.keys.end(), before);
  std::string other;
  for (std::size_t i = 1; i < map.keys.size(); ++i) {
    // Among equal hashes, which are equal terms but for a wonder, all pairs are looked at.
    for (std::size_t j = i; j-- > 0 && map.keys[j].hash == map.keys[i].hash;) {
      bytes.clear();
      other.clear();
      append_element_bytes(bytes, text, map.elements[2 * std::size_t{map.keys[i].entry}]);
      append_element_bytes(other, text, map.elements[2 * std::size_t{map.keys[j].entry}]);
      if (equal_term_bytes(bytes, other)) return false;
    }
  }
  return true;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}
// Without a sign, without zeros in front.
bool is_canonical_whole(std::string_view text) {
  return all_digits(text) && (text.size() == 1 || text[0] != '0');
}

bool is_canonical_integer(std::string_view text) {
  const bool minus = text.starts_with('-');
  if (minus) text.remove_prefix(1);
  return is_canonical_whole(text) && !(minus && text == "0");
}

// With a point and a digit on each side of it: without a point it would be read as an integer.
bool is_canonical_decimal(std::string_view text) {
  const bool minus = text.starts_with('-');
  if (minus) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos) return false;
  const std::string_view fraction = text.substr(point + 1);
  if (!is_canonical_whole(text.substr(0, point)) || !all_digits(fraction)) return false;
  if (fraction.size() > 1 && fraction.back() == '0') return false;
  return !(minus && text == "0.0");
}

// With an exponent: INF and NaN have no short form.
bool is_canonical_double(std::string_view text) {
  double value = 0;
  if (text.find('E') == std::string_view::npos || !parse_double(text, value)) return false;
  std::string canonical;
  append_double(canonical, value);
  return canonical == text;
}

bool has_short_form(std::string_view datatype, std::string_view text) {
  if (datatype == iri::kXsdInteger) return is_canonical_integer(text);
  if (datatype == iri::kXsdDecimal) return is_canonical_decimal(text);
  if (datatype == iri::kXsdDouble) return is_canonical_double(text);
  return datatype == iri::kXsdBoolean && (text == "true" || text == "false");
}

// Can the text stand in another list or map as it is?
bool can_nest(std::string_view text, Kind kind, int levels) {
  if (text.empty() || (text.front() != '[' && text.front() != '{') ||
      (text.back() != ']' && text.back() != '}'))
    return false;
  ScanObserver nobody;
  try {
    Scan scan(text, nobody);
    scan.whole(kind);
    return levels + scan.depth() <= kMaxDepth;
  } catch (const io::SyntaxFault&) {
    return false;
  }
}

}  // namespace

std::optional<Kind> kind_of(std::string_view bytes) {
  if (bytes.size() < kMapIri.size() + 2 || bytes[0] != kDatatypeByte) return {};
  const std::string_view datatype = bytes.substr(1, bytes.find('\0', kMapIri.size() + 1) - 1);
  if (datatype == kListIri) return Kind::list;
  if (datatype == kMapIri) return Kind::map;
  return {};
}

bool parse(std::string_view text, Kind kind, Composite& out, const Grow& grow) {
  if (text.size() > std::numeric_limits<std::uint32_t>::max()) return false;
  out = {};
  out.kind = kind;
  Collector collector(out, grow);
  try {
    Scan scan(text, collector);
    scan.whole(kind);
    out.depth = scan.depth();
  } catch (const io::SyntaxFault&) {
    return false;
  }
  return kind == Kind::list || index_keys(out, text, grow);
}

void append_element_bytes(std::string& out, std::string_view text, const Element& element) {
  using E = Element::Kind;
  const std::string_view token = slice(text, element);
  ScanObserver nobody;
  switch (element.kind) {
    case E::iri:
      out += Scan(token, nobody).iri_bytes();
      return;
    case E::literal:
      out += Scan(token, nobody).literal_bytes();
      return;
    case E::blank:
      out.push_back(kBlankByte);
      out += token.substr(2);
      return;
    case E::integer:
      return append_literal_bytes(out, token, iri::kXsdInteger);
    case E::decimal:
      return append_literal_bytes(out, token, iri::kXsdDecimal);
    case E::real:
      return append_literal_bytes(out, token, iri::kXsdDouble);
    case E::boolean:
      return append_literal_bytes(out, token, iri::kXsdBoolean);
    case E::list:
      return append_literal_bytes(out, token, kListIri);
    case E::map:
      return append_literal_bytes(out, token, kMapIri);
    case E::null:
    case E::triple:
      return;
  }
}

TripleElements triple_elements(std::string_view text, const Element& triple) {
  ScanObserver nobody;
  TripleElements parts = Scan(slice(text, triple), nobody).triple();
  for (Element* part : {&parts.subject, &parts.predicate, &parts.object}) part->offset += triple.offset;
  return parts;
}

std::optional<std::uint32_t> find_key(const Composite& map, std::string_view text, std::string_view key) {
  const TermHash hash = hash_term_bytes(key, 0);
  auto at =
      std::lower_bound(map.keys.begin(), map.keys.end(), hash.low,
                       [](const Composite::Key& entry, std::uint64_t low) { return entry.hash.low < low; });
  std::string bytes;
  for (; at != map.keys.end() && at->hash.low == hash.low; ++at) {
    bytes.clear();
    append_element_bytes(bytes, text, map.elements[2 * std::size_t{at->entry}]);
    if (equal_term_bytes(bytes, key)) return at->entry;
  }
  return {};
}

void append_element_text(std::string& out, std::string_view bytes, int levels) {
  const TermParts parts = split_term(bytes);
  if (parts.kind == kDatatypeByte) {
    const auto kind = kind_of(bytes);
    if (kind ? can_nest(parts.text, *kind, levels) : has_short_form(parts.extra, parts.text)) {
      out += parts.text;
      return;
    }
  }
  append_ntriples(out, bytes);
}

void append_key_text(std::string& out, std::string_view bytes) {
  if (kind_of(bytes))
    append_ntriples(out, bytes);
  else
    append_element_text(out, bytes, 1);
}

}  // namespace dossier::cdt
