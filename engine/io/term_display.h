// How terms look to a person: in tables and drawn paths.
//
// Purpose: IRIs shortened by prefixes, plain literals without quotes and types, control characters made
// visible (a literal cannot drive the terminal). Invariants: what is appended holds no line break.
// Thread-safety: a value; const members from any thread.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "engine/io/result_writer.h"

namespace dossier {

using Labels = std::unordered_map<std::string, std::string>;  // IRI -> what people call it

class TermDisplay {
 public:
  explicit TermDisplay(Prefixes prefixes);

  // Appends a simple term, given as term bytes; true: it is a number.
  bool append(std::string& out, std::string_view bytes) const;
  // The same for any term.
  bool append(std::string& out, const Term& term) const;

  // From now on an IRI that `labels` has is shown by its label, with the IRI beside it or without; null: none
  // is. The labels outlive this.
  void show_labels(const Labels* labels, bool beside) {
    labels_ = labels;
    beside_ = beside;
  }

 private:
  void append_iri(std::string& out, std::string_view iri) const;
  void append_short_iri(std::string& out, std::string_view iri) const;

  Prefixes prefixes_;  // the longest namespace first, so that the most specific one is taken
  const Labels* labels_ = nullptr;
  bool beside_ = false;
};

}  // namespace dossier
