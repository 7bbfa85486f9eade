// What people call things, and what the store says about statements, for drawings.
//
// Purpose: names from labels, in the language of the user where there are several, else made readable from
// the IRI; kinds; and the claims about a statement in few words, dates before sources. Invariants: reads
// only; each thing is looked up once. Thread-safety: main thread only.
#pragma once

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "shell/context.h"

namespace dossier::shell {

class Names {
 public:
  explicit Names(ShellContext& context);

  const std::string& name(const Term& term);
  std::vector<std::string> types(const Term& term);
  bool is_label(const Term& predicate) const;
  bool is_type(const Term& predicate) const;
  bool is_reifies(const Term& predicate) const;

  bool is_asserted(const Term& subject, const Term& predicate, const Term& object);
  bool is_claimed(const Term& subject, const Term& predicate, const Term& object);  // by a reifier
  // A claim each, the first few: "2025-06-13, Daily NK".
  std::vector<std::string> notes(const Term& subject, const Term& predicate, const Term& object);
  // What is said of a reifier, in few words; empty when it is nothing that dates or vouches.
  std::string note(const std::vector<std::pair<Term, Term>>& said);
  // The statements that a term reifies.
  std::vector<Term> reified_by(const Term& term);
  std::vector<Term> predicates_between(const Term& subject, const Term& object);
  std::vector<std::pair<Term, Term>> statements_of(const Term& subject,
                                                   std::size_t limit);  // predicate, object

 private:
  std::string find_name(const Term& term);

  Session& session_;
  std::string language_;
  std::unordered_map<std::string, std::string> names_;
};

}  // namespace dossier::shell
