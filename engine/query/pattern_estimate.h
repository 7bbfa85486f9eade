// How many rows a pattern has, and how many values in each of its places.
//
// Purpose: the sizes that the order of joins is chosen by. Counts by predicate come from the statistics,
// those of a constant subject or object and of ranges from the blocks of the index, each range once a query.
// Thread-safety: one query's thread.
#pragma once

#include <array>
#include <unordered_map>
#include <vector>

#include "engine/query/pattern_scan.h"

namespace dossier {

struct PatternEstimate {
  double rows = 0;
  double spread = 0;                 // rows of its predicate, or of all: those that look-ups fall among
  std::array<double, 4> distinct{};  // of the positions that are variables, in those rows
  std::vector<AccessPath> paths;     // the sensible ways to read it
  std::vector<double> reads;         // rows that each of them reads
};

class PatternEstimates {
 public:
  explicit PatternEstimates(const Snapshot& snapshot) : snapshot_(snapshot) {}
  PatternEstimate estimate(const ResolvedPattern& pattern);

 private:
  // A range by the positions that are fixed, whatever permutation reads it.
  struct Range {
    std::array<Id, 4> fixed{};
    Id low, high;
    unsigned mask = 0;
    friend bool operator==(const Range&, const Range&) = default;
  };
  struct Hash {
    std::size_t operator()(const Range& range) const;
  };
  double rows(const ScanRange& range);

  const Snapshot& snapshot_;
  std::unordered_map<Range, double, Hash> known_;
};

// Values that are left of `distinct` among `all` rows when `rows` of them are taken without regard to the
// value.
double distinct_among(double distinct, double all, double rows);

}  // namespace dossier
