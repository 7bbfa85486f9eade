// What the exploring commands share: queries by their text, and the names of things.
//
// Purpose: an Explorer lives for one command. It asks all graphs (the union of the default and the named ones), knows what
// people call a thing, and finds out what is said about a statement. Thread-safety: main thread only.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/io/term_display.h"
#include "shell/context.h"

namespace dossier::shell {

using TermRow = std::vector<std::optional<Term>>;
using TermRows = std::vector<TermRow>;
using Bindings = std::vector<std::pair<std::string, Term>>;

inline constexpr std::string_view kRdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
Term rdf_type();
Term rdf_reifies();

// A claim about a statement: what is said of its reifier, but for rdf:reifies and its type.
struct Claim {
  Term reifier;
  std::vector<std::pair<Term, Term>> said;  // predicate, value
};

class Explorer {
 public:
  explicit Explorer(ShellContext& context);

  ShellContext& context() { return context_; }

  // `x` of the bindings is ?x of the text. With a time-out: LimitError when that is over; 0: none.
  TermRows select(const std::string& text, const Bindings& bindings = {},
                  std::chrono::milliseconds timeout = std::chrono::milliseconds{0});
  // The first column of the first row as a number; 0 without one.
  std::uint64_t count(const std::string& text, const Bindings& bindings = {});
  // Quads that the term stands in, as subject or object.
  std::uint64_t degree(const Term& term);
  bool asserted(const Term& subject, const Term& predicate, const Term& object);
  std::vector<Claim> claims(const Term& subject, const Term& predicate, const Term& object, std::size_t limit = 20);
  const QueryOptions& options() const { return options_; }

  // What people call it: its label in the language of `.lang`, else its IRI, shortened; a literal's text; one line.
  std::string name(const Term& term);
  std::optional<std::string> label(const Term& term);
  // A statement by these names: `subject ─predicate→ object`, or `object ←predicate─ subject`.
  std::string link(const Term& triple, bool backwards = false);
  // By prefixes, without looking for a label.
  std::string shortened(const Term& term) const;
  // But for owl:Thing and the like, which tell nothing.
  std::vector<Term> classes(const Term& term);
  // The names of its classes, `, ` between them; empty: none is said.
  std::string types(const Term& term);

 private:
  ShellContext& context_;
  QueryOptions options_;
  TermDisplay display_;
};

}  // namespace dossier::shell
