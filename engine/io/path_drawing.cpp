#include "engine/io/path_drawing.h"

#include <algorithm>

#include "engine/cdt/composite.h"
#include "engine/model/term.h"

namespace dossier {
namespace {

using cdt::Composite;
using cdt::Element;

// ---- reading

class ListReader {
 public:
  ListReader(std::string_view text, const PathStep& step) : text_(text), step_(step) {}

  std::optional<Path> read(const std::optional<Term>& start) const {
    Composite list;
    if (!cdt::parse(text_, cdt::Kind::list, list) || list.elements.empty()) return std::nullopt;
    if (!step_.from.empty()) return read_maps(list);
    std::vector<Term> edges;
    for (const Element& element : list.elements) {
      if (element.kind != Element::Kind::triple) return std::nullopt;
      edges.push_back(term(element));
    }
    const Term& first = edges.front();
    if (start && first.object() == *start && first.subject() != *start) return walk(edges, first.object());
    if (auto path = walk(edges, first.subject())) return path;
    return walk(edges, first.object());
  }

 private:
  Term term(const Element& element) const {
    if (element.kind == Element::Kind::triple) {
      const auto parts = cdt::triple_elements(text_, element);
      return Term::triple(term(parts.subject), term(parts.predicate), term(parts.object));
    }
    std::string bytes;
    cdt::append_element_bytes(bytes, text_, element);
    return term_from_bytes(bytes);
  }

  static std::optional<Path> walk(const std::vector<Term>& edges, const Term& start) {
    Path path;
    path.nodes.push_back(start);
    for (const Term& edge : edges) {
      const bool backwards = edge.subject() != path.nodes.back();
      if (backwards && edge.object() != path.nodes.back()) return std::nullopt;
      path.edges.push_back({edge, backwards, {}});
      path.nodes.push_back(backwards ? edge.subject() : edge.object());
    }
    return path;
  }

  std::optional<Path> read_maps(const Composite& list) const {
    Path path;
    path.from = step_.from;
    path.to = step_.to;
    for (const Element& element : list.elements) {
      Composite map;
      if (element.kind != Element::Kind::map ||
          !cdt::parse(text_.substr(element.offset, element.length), cdt::Kind::map, map))
        return std::nullopt;
      Path::Edge edge;
      std::optional<Term> from, to;
      for (std::size_t i = 0; i + 1 < map.elements.size(); i += 2) {
        Element key = map.elements[i];
        Element value = map.elements[i + 1];
        if (value.kind == Element::Kind::null) continue;
        key.offset += element.offset;
        value.offset += element.offset;
        const std::string name(term(key).value());
        edge.values.emplace_back(name, term(value));
        if (name == step_.from) from = edge.values.back().second;
        if (name == step_.to) to = edge.values.back().second;
      }
      if (!from || !to || (!path.nodes.empty() && path.nodes.back() != *from)) return std::nullopt;
      if (path.nodes.empty()) path.nodes.push_back(*from);
      path.nodes.push_back(*to);
      path.edges.push_back(std::move(edge));
    }
    return path;
  }

  std::string_view text_;
  const PathStep& step_;
};

// ---- drawing

std::string shown(const Term& term, const TermDisplay& display) {
  std::string text;
  display.append(text, term);
  return text;
}

LinkText link_of(const Path& path, std::size_t at, const TermDisplay& display) {
  const Path::Edge& edge = path.edges[at];
  const Term& from = path.nodes[at];
  const Term& to = path.nodes[at + 1];
  LinkText link{shown(from, display), shown(to, display), {}, edge.backwards, {}};
  if (edge.triple) {
    link.labels.push_back(shown(edge.triple->predicate(), display));
    return link;
  }
  const auto along = [&](const Term& t) { return t.subject() == from && t.object() == to; };
  const auto against = [&](const Term& t) { return t.subject() == to && t.object() == from; };
  const auto is_link = [&](const auto& value) {
    return value.second.is_triple() && (along(value.second) || against(value.second));
  };
  const auto triple = std::find_if(edge.values.begin(), edge.values.end(), is_link);
  if (triple != edge.values.end()) {
    link.backwards = !along(triple->second);
    link.labels.push_back(shown(triple->second.predicate(), display));
  }
  for (auto value = edge.values.begin(); value != edge.values.end(); ++value) {
    if (value == triple || value->first == path.from || value->first == path.to) continue;
    if (triple == edge.values.end() && value->second.is_iri()) {
      link.labels.push_back(shown(value->second, display));
    } else {
      link.notes.emplace_back(value->first, shown(value->second, display));
    }
  }
  return link;
}

}  // namespace

std::string link_arrow(std::string_view label, bool backwards) {
  std::string arrow(backwards ? "←" : "─");
  arrow += label;
  arrow += backwards ? "─" : "→";
  return arrow;
}

void append_link(std::string& out, const LinkText& link) {
  std::string label;
  for (std::size_t i = 0; i < link.labels.size(); ++i) label += (i > 0 ? ", " : "") + link.labels[i];
  out += link.from;
  out += ' ';
  out += link_arrow(label, link.backwards);
  out += ' ';
  out += link.to;
  for (std::size_t i = 0; i < link.notes.size(); ++i) {
    const auto& [name, value] = link.notes[i];
    out += i == 0 ? "  [" : ", ";
    out += name;
    if (!name.empty()) out += ' ';
    out += value;
  }
  if (!link.notes.empty()) out += ']';
}

void draw_path(std::string& out, const Path& path, const TermDisplay& display) {
  if (path.edges.empty() && !path.nodes.empty()) display.append(out, path.nodes.front());
  for (std::size_t i = 0; i < path.edges.size(); ++i) {
    if (i > 0) out += '\n';
    append_link(out, link_of(path, i, display));
  }
}

std::optional<Path> path_of_list(std::string_view bytes, const PathStep& step,
                                 const std::optional<Term>& start) {
  if (cdt::kind_of(bytes) != cdt::Kind::list) return std::nullopt;
  return ListReader(split_term(bytes).text, step).read(start);
}

}  // namespace dossier
