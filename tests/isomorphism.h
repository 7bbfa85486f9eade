// Graph isomorphism for tests: two sets of quads, the same but for the labels of their blank nodes?
//
// Purpose: evaluation tests of RDF syntaxes. Blank nodes get colours by the quads they stand in, refined
// until they settle; where several share a colour, one of them is fixed and tried against each of its likes
// (backtracking). Thread-safety: free functions.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/dossier.h"

namespace dossier::test {

namespace detail {

using Colours = std::map<std::string, std::string>;  // blank label -> colour

inline std::string hash_text(const std::string& text) {
  return std::to_string(std::hash<std::string>{}(text));
}

inline std::string key(const Term& term, const Colours& colours, const std::string& self) {
  if (term.is_blank()) {
    const std::string label(term.value());
    return label == self ? "self" : "_" + colours.at(label);
  }
  if (term.is_triple())
    return "(" + key(term.subject(), colours, self) + " " + key(term.predicate(), colours, self) + " " +
           key(term.object(), colours, self) + ")";
  if (term.is_literal() && !term.language().empty()) {
    std::string tag(term.language());
    std::transform(tag.begin(), tag.end(), tag.begin(), [](unsigned char c) { return std::tolower(c); });
    return Term::tagged(term.value(), tag, term.direction()).to_string();
  }
  return term.to_string();
}

inline std::string key(const Quad& quad, const Colours& colours, const std::string& self) {
  return key(quad.subject, colours, self) + " " + key(quad.predicate, colours, self) + " " +
         key(quad.object, colours, self) + " " + (quad.graph ? key(*quad.graph, colours, self) : "");
}

inline void collect(const Term& term, std::set<std::string>& labels) {
  if (term.is_blank()) labels.insert(std::string(term.value()));
  if (!term.is_triple()) return;
  collect(term.subject(), labels);
  collect(term.predicate(), labels);
  collect(term.object(), labels);
}

inline std::set<std::string> blanks(const Quad& quad) {
  std::set<std::string> labels;
  for (const Term* term : {&quad.subject, &quad.predicate, &quad.object}) collect(*term, labels);
  if (quad.graph) collect(*quad.graph, labels);
  return labels;
}

inline std::size_t distinct(const Colours& colours) {
  std::set<std::string> seen;
  for (const auto& [label, colour] : colours) seen.insert(colour);
  return seen.size();
}

inline void refine(const std::vector<Quad>& quads, Colours& colours) {
  for (std::size_t before = 0, now = distinct(colours); now != before;) {
    std::map<std::string, std::vector<std::string>> lines;
    for (const Quad& quad : quads)
      for (const std::string& label : blanks(quad)) lines[label].push_back(key(quad, colours, label));
    Colours next;
    for (auto& [label, texts] : lines) {
      std::sort(texts.begin(), texts.end());
      std::string all = colours.at(label);
      for (const std::string& text : texts) all += "|" + text;
      next[label] = hash_text(all);
    }
    colours = std::move(next);
    before = now;
    now = distinct(colours);
  }
}

inline std::vector<std::string> lines(const std::vector<Quad>& quads, const Colours& colours) {
  std::vector<std::string> result;
  for (const Quad& quad : quads) result.push_back(key(quad, colours, ""));
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

inline bool match(const std::vector<Quad>& a, Colours in_a, const std::vector<Quad>& b, Colours in_b) {
  refine(a, in_a);
  refine(b, in_b);
  if (lines(a, in_a) != lines(b, in_b)) return false;
  std::map<std::string, std::vector<std::string>> classes;
  for (const auto& [label, colour] : in_a) classes[colour].push_back(label);
  for (const auto& [colour, labels] : classes) {
    if (labels.size() == 1) continue;
    Colours fixed_a = in_a;
    fixed_a[labels.front()] += "*";
    for (const auto& [label, other] : in_b) {
      if (other != colour) continue;
      Colours fixed_b = in_b;
      fixed_b[label] += "*";
      if (match(a, fixed_a, b, fixed_b)) return true;
    }
    return false;
  }
  return true;
}

inline Colours first_colours(const std::vector<Quad>& quads) {
  Colours colours;
  for (const Quad& quad : quads)
    for (const std::string& label : blanks(quad)) colours[label] = "0";
  return colours;
}

}  // namespace detail

inline bool isomorphic(const std::vector<Quad>& a, const std::vector<Quad>& b) {
  return detail::match(a, detail::first_colours(a), b, detail::first_colours(b));
}

}  // namespace dossier::test
