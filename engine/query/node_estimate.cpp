#include "engine/query/node_estimate.h"

#include <algorithm>
#include <cmath>

namespace dossier {
namespace {

using Kind = Algebra::Kind;

constexpr std::uint32_t kShortRepeat = 4;  // times that a path is repeated, each counted

}  // namespace

double unknown_reach(const Snapshot& snapshot) {
  return std::sqrt(static_cast<double>(snapshot.quads())) + 1;
}

double path_reach(Planner& planner, const grammar::Path& path, bool from_object) {
  const Snapshot& snapshot = planner.context().snapshot();
  using P = grammar::Path::Kind;
  const auto of = [&](const grammar::Path& part) { return path_reach(planner, part, from_object); };
  switch (path.kind) {
    case P::link: {
      const Id id = planner.translator().iri(path.iri.value);
      if (id.is_local()) return 0;
      const PredicateStatistics statistics = snapshot.predicate(id);
      const std::uint64_t nodes = from_object ? statistics.distinct_objects : statistics.distinct_subjects;
      return static_cast<double>(statistics.triples) / static_cast<double>(std::max<std::uint64_t>(1, nodes));
    }
    case P::inverse:
      return path_reach(planner, path.parts[0], !from_object);
    case P::sequence: {
      double reach = 1;
      for (const grammar::Path& part : path.parts) reach *= of(part);
      return std::min(reach, static_cast<double>(snapshot.quads()));
    }
    case P::alternative: {
      double reach = 0;
      for (const grammar::Path& part : path.parts) reach += of(part);
      return reach;
    }
    case P::repeat: {
      if (path.max > kShortRepeat) return unknown_reach(snapshot);
      const double step = of(path.parts[0]);
      double reach = 0;
      for (std::uint32_t k = path.min; k <= path.max; ++k) reach += std::pow(step, static_cast<double>(k));
      return std::min(reach, unknown_reach(snapshot));
    }
    case P::negated: {
      const std::uint64_t nodes = from_object ? snapshot.distinct_objects() : snapshot.distinct_subjects();
      return static_cast<double>(snapshot.quads()) / static_cast<double>(std::max<std::uint64_t>(1, nodes));
    }
  }
  return unknown_reach(snapshot);
}

double distinct_in(Planner& planner, const Bindings& bindings, const Algebra& node, Variable variable,
                   double rows) {
  const VariableSet variables = possible_variables(node);
  if (variables.count(variable) == 0) return 0;
  switch (node.kind) {
    case Kind::pattern: {
      const ResolvedPattern pattern =
          resolve_pattern(node.pattern, bindings, planner.dataset(), planner.context().snapshot());
      const PatternEstimate estimate = planner.estimates().estimate(pattern);
      for (std::size_t i = 0; i < 4; ++i)
        if (pattern.positions[i].is_variable && pattern.positions[i].variable == variable)
          return std::min(rows, estimate.distinct[i]);
      return rows;
    }
    case Kind::union_: {
      double sum = 0;
      for (const auto& input : node.inputs) sum += distinct_in(planner, bindings, *input, variable, rows);
      return std::min(rows, sum);
    }
    case Kind::join: {
      double least = rows;
      for (const auto& input : node.inputs)
        if (const double distinct = distinct_in(planner, bindings, *input, variable, rows); distinct > 0)
          least = std::min(least, distinct);
      return least;
    }
    case Kind::filter:
    case Kind::extend:
    case Kind::left_join:
    case Kind::minus:
    case Kind::project:
    case Kind::distinct:
      if (const double distinct = distinct_in(planner, bindings, *node.inputs[0], variable, rows);
          distinct > 0)
        return distinct;
      return rows;
    default:
      return rows;
  }
}

}  // namespace dossier
