#include "engine/cdt/labels.h"

#include <limits>
#include <unordered_set>

#include "engine/cdt/scan.h"

namespace dossier::cdt {
namespace {

// Lists quoted in lists quoted in lists.
constexpr int kMaxQuoted = 100;

// The labels, and the quoted lists and maps, of a text.
class Finder final : public ScanObserver {
 public:
  struct Place {
    Element where;
    std::string text;  // the label, or the term bytes of the quoted literal
    bool quoted = false;
  };
  void blank(const Element& element, std::string_view label) override {
    places.push_back({element, std::string(label), false});
  }
  void quoted(const Element& element, std::string_view bytes) override {
    places.push_back({element, std::string(bytes), true});
  }
  std::vector<Place> places;
};

// Nothing is found in what is ill-formed.
std::vector<Finder::Place> find_places(std::string_view text, Kind kind) {
  // Inside a quoted list a label may be hidden behind escapes.
  if (text.find("_:") == std::string_view::npos && text.find('\\') == std::string_view::npos) return {};
  if (text.size() > std::numeric_limits<std::uint32_t>::max()) return {};
  Finder finder;
  try {
    Scan(text, finder).whole(kind);
  } catch (const io::SyntaxFault&) {
    return {};
  }
  // A map with a key twice is ill-formed as well, which no scan sees.
  Composite map;
  if (kind == Kind::map && !finder.places.empty() && !parse(text, kind, map)) return {};
  return std::move(finder.places);
}

std::string_view rename(std::string& storage, std::string_view bytes, const Rename& new_label, int quoted) {
  const auto kind = kind_of(bytes);
  if (!kind || quoted > kMaxQuoted) return bytes;
  const std::string_view text = split_term(bytes).text;
  std::size_t from = 0;  // of what is still to be copied
  const auto replace = [&](const Element& where) {
    if (from == 0) storage.assign(bytes.substr(0, bytes.size() - text.size()));
    storage.append(text.substr(from, where.offset - from));
    from = std::size_t{where.offset} + where.length;
  };
  std::string inner;
  for (const Finder::Place& place : find_places(text, *kind)) {
    if (place.quoted) {
      const std::string_view renamed = rename(inner, place.text, new_label, quoted + 1);
      if (renamed.data() == place.text.data()) continue;
      replace(place.where);
      append_ntriples(storage, renamed);
    } else if (const std::string label = new_label(place.text); label != place.text) {
      replace(place.where);
      storage.append("_:").append(label);
    }
  }
  if (from == 0) return bytes;
  storage.append(text.substr(from));
  return storage;
}

}  // namespace

std::string_view rename_labels(std::string& storage, std::string_view bytes, const Rename& new_label) {
  return rename(storage, bytes, new_label, 0);
}

std::vector<std::string> labels(std::string_view bytes) {
  std::vector<std::string> found;
  if (!kind_of(bytes)) return found;  // most terms, so at once
  std::unordered_set<std::string> seen;
  std::string storage;
  rename(
      storage, bytes,
      [&](std::string_view label) {
        if (seen.emplace(label).second) found.emplace_back(label);
        return std::string(label);
      },
      0);
  return found;
}

}  // namespace dossier::cdt
