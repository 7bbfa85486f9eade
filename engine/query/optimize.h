// Rewrites of the algebra.
//
// Purpose: a visible list of named passes, run in order; each keeps the meaning of the query. What depends on
// sizes (join order, algorithms, ranges of the index) is the planner's. Thread-safety: free functions.
#pragma once

#include <string>
#include <vector>

#include "engine/query/algebra.h"
#include "engine/query/translate.h"

namespace dossier {

struct RewritePass {
  const char* name;
  // Rewrites the tree; true when something changed.
  bool (*run)(AlgebraPtr& root, Translator& translator);
};

const std::vector<RewritePass>& rewrite_passes();
// Runs all passes; returns the names of those that changed something.
std::vector<std::string> optimize(AlgebraPtr& root, Translator& translator);

// Ranges of ids that hold every value for which `value OP constant` may be true, ascending; nothing when the
// comparison says nothing about ids. A superset: the filter itself still decides.
struct IdInterval {
  Id low;
  Id high;
};
std::vector<IdInterval> comparison_ranges(grammar::Expression::Kind comparison, Id constant);
// The same of `YEAR(value) OP constant`.
std::vector<IdInterval> year_ranges(grammar::Expression::Kind comparison, Id constant);
// The same of a condition, whose value is a variable on either side: its name, and no ranges when it is none
// of these.
struct ValueRanges {
  std::string variable;
  std::vector<IdInterval> ranges;
};
ValueRanges value_ranges(const grammar::Expression& condition, Translator& translator);

}  // namespace dossier
