// What a sample of rows says about the sizes of joins.
//
// Purpose: counts by predicate take all subjects of a predicate for alike and predicates for independent.
// Where a plan is dear enough to pay for it, some rows of its first pattern, spread over the index, are
// followed through the joins and filters in the plan's order; what grows otherwise than estimated becomes a
// correction (join_order.h). Nothing is drawn at random: the same store and inputs give the same corrections.
// Bounded: kSampleRows rows an input, kSampleFound found. Thread-safety: one query's
// thread.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "engine/query/join_order.h"
#include "engine/query/row_operators.h"

namespace dossier {

inline constexpr std::size_t kSampleRows = 64;
inline constexpr std::size_t kSampleClosing = 256;  // rows that are asked whether they close a cycle
inline constexpr std::size_t kSampleFound = 4096;

struct SampledJoins {
  const std::vector<JoinInput>& inputs;
  const std::vector<ResolvedPattern>& patterns;  // of the inputs that are patterns
  const std::vector<JoinFilter>& filters;
  // A filter, for rows of this schema, which has all of its variables that inputs bind.
  std::function<CompiledExpression(std::size_t filter, const Schema& schema)> compile;
};

// Follows the order through so many inputs at most, and adds what it finds to the corrections that the order
// was made with.
void sample_joins(QueryContext& context, const SampledJoins& joins, const JoinOrder& order,
                  std::size_t most_inputs, std::vector<Correction>& corrections);

}  // namespace dossier
