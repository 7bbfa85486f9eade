#include "engine/query/pattern_estimate.h"

#include <algorithm>
#include <cmath>

namespace dossier {
namespace {

constexpr std::size_t kMostKnown = 4096;  // EXISTS asks with new constants again and again
constexpr double kSameValue = 0.1;        // rows whose two places hold the same value
constexpr double kFewRows = 1000;         // of which each may have a predicate or graph of its own

bool is_ranged(const ResolvedPattern& pattern, const AccessPath& path) {
  return !pattern.object_ranges.empty() && path.prefix_length < 4 &&
         permutation_order(path.permutation)[static_cast<std::size_t>(path.prefix_length)] == 2;
}

}  // namespace

double distinct_among(double distinct, double all, double rows) {
  if (rows >= all || distinct <= 1) return std::min(distinct, rows);
  return std::min(rows, distinct * (1 - std::pow(1 - rows / all, all / distinct)));
}

std::size_t PatternEstimates::Hash::operator()(const Range& range) const {
  std::uint64_t hash = range.mask;
  for (const Id id : range.fixed) hash = hash_id(Id{hash * 31 + id.bits});
  return hash_id(Id{hash_id(Id{hash * 31 + range.low.bits}) * 31 + range.high.bits});
}

double PatternEstimates::rows(const ScanRange& range) {
  Range key{{}, range.low, range.high, 0};
  const auto order = permutation_order(range.permutation);
  const auto prefix = static_cast<std::size_t>(range.prefix_length);
  for (std::size_t i = 0; i < prefix; ++i) {
    key.fixed[static_cast<std::size_t>(order[i])] = range.prefix[i];
    key.mask |= 1U << order[i];
  }
  // The relation of triple terms and the one of named graphs have rows of their own.
  if (range.permutation >= Permutation::ispo) key.mask |= 1U << 4;
  if (range.permutation == Permutation::gspo) key.mask |= 1U << 5;
  if (const auto known = known_.find(key); known != known_.end()) return known->second;
  const auto count = static_cast<double>(snapshot_.estimate(range));
  if (known_.size() < kMostKnown) known_.emplace(key, count);
  return count;
}

PatternEstimate PatternEstimates::estimate(const ResolvedPattern& pattern) {
  PatternEstimate result;
  result.paths = access_paths(pattern, fixed_positions(pattern));
  if (pattern.impossible) {
    result.reads.assign(result.paths.size(), 0);
    result.distinct.fill(1);
    return result;
  }
  double whole = -1;  // without regard to ranges
  double best = -1;
  for (const AccessPath& path : result.paths) {
    ScanRange range = scan_range(pattern, path);
    double reads = 0;
    if (is_ranged(pattern, path)) {
      for (const IdRange& ids : pattern.object_ranges) {
        range.low = ids.low;
        range.high = ids.high;
        reads += rows(range);
      }
    } else {
      reads = rows(range);
      whole = whole < 0 ? reads : std::min(whole, reads);
    }
    best = best < 0 ? reads : std::min(best, reads);
    result.reads.push_back(reads);
  }
  const Slot& predicate = pattern.positions[1];
  if (!pattern.on_terms && pattern.graph.kind == GraphFilter::Kind::exact) {
    const Id graph = pattern.graph.graphs[0];
    const auto bound = predicate.is_variable ? snapshot_.quads(graph) : snapshot_.quads(graph, predicate.id);
    best = std::min(best, static_cast<double>(bound));
  }
  result.rows = std::max(best, 0.0);
  whole = std::max(whole, result.rows);

  double subjects = 0;
  double objects = 0;
  double all = whole;
  if (pattern.on_terms) {
    const double terms = static_cast<double>(std::max<std::uint64_t>(1, snapshot_.triple_terms()));
    subjects = objects = std::pow(terms, 0.8);
    all = terms;
  } else if (!predicate.is_variable) {
    const PredicateStatistics statistics = snapshot_.predicate(predicate.id);
    subjects = static_cast<double>(statistics.distinct_subjects);
    objects = static_cast<double>(statistics.distinct_objects);
    all = static_cast<double>(statistics.triples);
  } else {
    subjects = static_cast<double>(snapshot_.distinct_subjects());
    objects = static_cast<double>(snapshot_.distinct_objects());
    all = static_cast<double>(snapshot_.quads());
  }
  result.spread = all;
  // A range takes some objects with all their rows, other rows are taken from all.
  const bool ranged = !pattern.object_ranges.empty();
  result.distinct[0] = distinct_among(subjects, all, result.rows);
  result.distinct[2] =
      ranged && all > 0 ? objects * result.rows / all : distinct_among(objects, all, result.rows);
  // A triple is there once.
  if (!predicate.is_variable && !pattern.positions[2].is_variable) result.distinct[0] = result.rows;
  if (!predicate.is_variable && !pattern.positions[0].is_variable) result.distinct[2] = result.rows;
  // Listing the predicates or graphs costs more than to look up a few rows.
  result.distinct[1] = !predicate.is_variable || result.rows <= kFewRows
                           ? result.rows
                           : static_cast<double>(snapshot_.predicates().size());
  result.distinct[3] = pattern.on_terms || !pattern.positions[3].is_variable || result.rows <= kFewRows
                           ? result.rows
                           : static_cast<double>(snapshot_.named_graphs().size());

  for (std::size_t i = 0; i + 1 < 4; ++i)
    for (std::size_t j = i + 1; j < 4; ++j)
      if (pattern.positions[i].is_variable && pattern.positions[j].is_variable &&
          pattern.positions[i].variable == pattern.positions[j].variable)
        result.rows = std::max(1.0, result.rows * kSameValue);
  for (double& distinct : result.distinct) distinct = std::clamp(distinct, 1.0, std::max(1.0, result.rows));
  return result;
}

}  // namespace dossier
