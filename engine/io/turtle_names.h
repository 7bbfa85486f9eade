// How terms look in Turtle and TriG: prefixed names, short numbers and booleans, long strings.
//
// Purpose: the text of one term, and which prefixes those texts have used. Invariants: a text reads back as
// the same term; a prefix, once known, keeps its IRI; a name is written with the longest namespace that
// leaves a local name without escapes. Thread-safety: none.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace dossier::io {

class TurtleNames {
 public:
  // Left aside when the label or the IRI is not well-formed, or the label is known.
  void add_prefix(std::string_view label, std::string_view iri);
  // The text of a simple term that is no blank node.
  void append(std::string& text, std::string_view bytes);
  // PREFIX lines for what was used and not yet declared, in the order of the labels.
  void declare_used(std::string& text);

 private:
  struct Prefix {
    std::string label;
    std::string iri;
    bool used = false;
    bool declared = false;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  void append_iri(std::string& text, std::string_view iri);

  std::vector<Prefix> prefixes_;
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> by_label_;
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> by_iri_;  // the first of several
  std::vector<std::size_t> lengths_;  // of the IRIs, each once, longest first
};

}  // namespace dossier::io
