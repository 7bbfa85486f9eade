#include "engine/io/path_drawing.h"

#include <utility>
#include <vector>

#include "engine/cdt/composite.h"
#include "engine/model/term.h"

namespace dossier {
namespace {

using cdt::Composite;
using cdt::Element;

struct Link {
  Element from, to;
  std::vector<Element> labels;
  bool against = false;                            // walked from the object to the subject
  std::vector<std::pair<Element, Element>> notes;  // what else a map says: key, value
};

class Drawing {
 public:
  Drawing(std::string_view text, const PathStep& step, std::string_view start, const TermDisplay& display)
      : text_(text), step_(step), start_(start), display_(display) {}

  bool read() {
    Composite list;
    if (!cdt::parse(text_, cdt::Kind::list, list) || list.elements.empty()) return false;
    return step_.from.empty() ? read_triples(list) : read_maps(list);
  }

  void append(std::string& out) const {
    for (std::size_t i = 0; i < links_.size(); ++i) {
      if (i > 0) out += '\n';
      append(out, links_[i]);
    }
  }

 private:
  std::string_view piece(const Element& element) const {
    return text_.substr(element.offset, element.length);
  }
  // A constructed list has one text for a term.
  bool same(const Element& a, const Element& b) const { return piece(a) == piece(b); }

  bool read_triples(const Composite& list) {
    std::vector<cdt::TripleElements> edges;
    for (const Element& element : list.elements) {
      if (element.kind != Element::Kind::triple) return false;
      edges.push_back(cdt::triple_elements(text_, element));
    }
    const cdt::TripleElements& first = edges.front();
    if (piece(first.object) == start_ && piece(first.subject) != start_) return walk(edges, first.object);
    return walk(edges, first.subject) || walk(edges, first.object);
  }

  bool walk(const std::vector<cdt::TripleElements>& edges, Element at) {
    links_.clear();
    for (const auto& edge : edges) {
      const bool along = same(edge.subject, at);
      if (!along && !same(edge.object, at)) return false;
      const Element to = along ? edge.object : edge.subject;
      links_.push_back({at, to, {edge.predicate}, !along, {}});
      at = to;
    }
    return true;
  }

  bool read_maps(const Composite& list) {
    for (const Element& element : list.elements) {
      Composite map;
      if (element.kind != Element::Kind::map || !cdt::parse(piece(element), cdt::Kind::map, map))
        return false;
      for (Element& part : map.elements) part.offset += element.offset;
      Link link;
      if (!read_map(map, link)) return false;
      if (!links_.empty() && !same(links_.back().to, link.from)) return false;
      links_.push_back(std::move(link));
    }
    return true;
  }

  // A triple term between the two ends is the link itself; without one the IRIs are its labels.
  bool read_map(const Composite& map, Link& link) {
    bool has_from = false, has_to = false, has_triple = false;
    std::vector<std::pair<Element, Element>> rest;
    for (std::size_t i = 0; i + 1 < map.elements.size(); i += 2) {
      const std::string key = plain_key(map.elements[i]);
      const Element& value = map.elements[i + 1];
      if (key == step_.from) {
        link.from = value;
        has_from = true;
      } else if (key == step_.to) {
        link.to = value;
        has_to = true;
      } else {
        rest.emplace_back(map.elements[i], value);
      }
    }
    if (!has_from || !has_to) return false;
    for (const auto& [key, value] : rest) {
      if (value.kind == Element::Kind::triple && !has_triple) {
        const auto edge = cdt::triple_elements(text_, value);
        const bool along = same(edge.subject, link.from) && same(edge.object, link.to);
        if (along || (same(edge.subject, link.to) && same(edge.object, link.from))) {
          has_triple = true;
          link.against = !along;
          link.labels = {edge.predicate};
          continue;
        }
      }
      link.notes.emplace_back(key, value);
    }
    if (has_triple) return true;
    std::vector<std::pair<Element, Element>> notes;
    for (const auto& note : link.notes) {
      if (note.second.kind == Element::Kind::iri)
        link.labels.push_back(note.second);
      else
        notes.push_back(note);
    }
    link.notes = std::move(notes);
    return true;
  }

  std::string plain_key(const Element& key) const {
    std::string bytes;
    cdt::append_element_bytes(bytes, text_, key);
    return std::string(split_term(bytes).text);
  }

  void append(std::string& out, const Link& link) const {
    append_term(out, link.from);
    out += link.against ? " ←" : " ─";
    for (std::size_t i = 0; i < link.labels.size(); ++i) {
      if (i > 0) out += ", ";
      append_term(out, link.labels[i]);
    }
    out += link.against ? "─ " : "→ ";
    append_term(out, link.to);
    for (std::size_t i = 0; i < link.notes.size(); ++i) {
      out += i == 0 ? "  [" : ", ";
      append_term(out, link.notes[i].first);
      out += ' ';
      append_term(out, link.notes[i].second);
    }
    if (!link.notes.empty()) out += ']';
  }

  void append_term(std::string& out, const Element& element) const {
    if (element.kind == Element::Kind::null) {
      out += "null";
    } else if (element.kind == Element::Kind::triple) {
      const auto parts = cdt::triple_elements(text_, element);
      out += "<<( ";
      for (const Element* part : {&parts.subject, &parts.predicate, &parts.object}) {
        append_term(out, *part);
        out += ' ';
      }
      out += ")>>";
    } else {
      std::string bytes;
      cdt::append_element_bytes(bytes, text_, element);
      display_.append(out, bytes);
    }
  }

  std::string_view text_;
  const PathStep& step_;
  std::string_view start_;
  const TermDisplay& display_;
  std::vector<Link> links_;
};

}  // namespace

bool draw_path(std::string& out, std::string_view bytes, const PathStep& step, std::string_view start,
               const TermDisplay& display) {
  if (cdt::kind_of(bytes) != cdt::Kind::list) return false;
  Drawing drawing(split_term(bytes).text, step, start, display);
  if (!drawing.read()) return false;
  drawing.append(out);
  return true;
}

}  // namespace dossier
