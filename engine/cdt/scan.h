// The recursive descent over the text of a list or a map, with what it finds handed to an observer.
//
// Purpose: one grammar for `parse` (composite.h) and for the renaming of blank nodes (labels.h).
// Invariants: nests at most kMaxDepth deep; a fault is the exception io::SyntaxFault, which does not leave
// this folder. Thread-safety: values.
#pragma once

#include <string>
#include <string_view>

#include "engine/cdt/composite.h"
#include "engine/io/lexer.h"

namespace dossier::cdt {

class ScanObserver {
 public:
  virtual ~ScanObserver() = default;
  // An element, key or value of the outermost list or map.
  virtual void element(const Element&) {}
  // A blank node label or a quoted literal of datatype cdt:List or cdt:Map, anywhere. `bytes` is its term.
  virtual void blank(const Element&, std::string_view /*label*/) {}
  virtual void quoted(const Element&, std::string_view /*bytes*/) {}
};

class Scan {
 public:
  Scan(std::string_view text, ScanObserver& observer)
      : begin_(text.data()), scanner_{text.data(), text.data() + text.size()}, observer_(observer) {}
  // The whole text, white space around it aside. Throws io::SyntaxFault.
  void whole(Kind kind);
  // The three parts of the triple term that the text is.
  TripleElements triple();
  // The term bytes of the quoted literal, or of the IRI, that the text is.
  const std::string& literal_bytes();
  const std::string& iri_bytes();
  int depth() const { return deepest_; }

 private:
  enum class Place : std::uint8_t { value, key, subject, predicate, object };
  void space();
  bool take(char c);
  void list(int depth);
  void map(int depth);
  TripleElements triple(int depth);
  Element term(Place place, int depth);
  Element finish(Element::Kind kind, const char* from) const;
  bool word(std::string_view text);
  void iri();
  void literal();
  void enter(int depth);

  const char* begin_;
  io::Scanner scanner_;
  ScanObserver& observer_;
  std::string scratch_;
  int deepest_ = 0;
};

}  // namespace dossier::cdt
