// Help at the moment of failure: what a query asks for that is not there, where an answer became empty, how
// large it will be.
//
// Purpose: judges a query and its plan and writes hints on standard error for a person at a terminal; scripts
// get none. Invariants: hints never fail a statement, and what they read of the store is bounded.
// Thread-safety: main thread only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/ast.h"
#include "shell/vocabulary.h"

namespace dossier::shell {

class Hints {
 public:
  Hints(ShellContext& context, Vocabulary& vocabulary) : context_(context), vocabulary_(vocabulary) {}

  // Before the rows are read: a large answer is told.
  static std::vector<std::string> before(const Result& result);
  // After an answer; `empty`: without a row, or ASK's false. Predicates and classes that are not in the store
  // are told in any case, for OPTIONAL, UNION and COUNT hide that they are not.
  std::vector<std::string> after(const grammar::Query& query, const std::optional<PlanStep>& plan,
                                 bool empty);

 private:
  std::optional<std::string> unknown(const Term& term, bool predicate, bool type);
  std::optional<std::string> unknown_literal(const Term& literal, const std::optional<Term>& predicate);
  std::optional<std::string> named_so(const Term& literal, const Term& predicate);
  std::string did_you_mean(const Term& iri, bool predicate, bool type);
  std::string emptied(const PlanStep& step) const;
  std::string of_predicate(std::string_view pattern) const;
  std::string readable(std::string_view details) const;

  ShellContext& context_;
  Vocabulary& vocabulary_;
};

}  // namespace dossier::shell
