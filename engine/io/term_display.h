// How terms look to a person: in tables and drawn paths.
//
// Purpose: IRIs shortened by prefixes, plain literals without quotes and types, control characters made
// visible (a literal cannot drive the terminal). Invariants: what is appended holds no line break.
// Thread-safety: a value; const members from any thread.
#pragma once

#include <string>
#include <string_view>

#include "engine/io/result_writer.h"

namespace dossier {

class TermDisplay {
 public:
  explicit TermDisplay(Prefixes prefixes);

  // Appends a simple term, given as term bytes; true: it is a number.
  bool append(std::string& out, std::string_view bytes) const;

 private:
  void append_iri(std::string& out, std::string_view iri) const;

  Prefixes prefixes_;  // the longest namespace first, so that the most specific one is taken
};

}  // namespace dossier
