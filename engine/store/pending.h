// What a transaction has written and not committed, as its snapshots see it.
//
// Purpose: sorted runs of changed rows, newest last, that the cursors merge over blocks and overlay, and the
// new terms. A run is sorted for a relation when a scan of that relation first asks for it; runs are merged
// by doubling, so that a transaction of many small updates does not sort everything again for each.
// Invariants: a PendingRun never changes (but for the lazy sorting). Thread-safety: all threads.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/store/format.h"

namespace dossier {

using Values = std::array<std::uint64_t, 4>;  // a row of a packed relation; `hashes` uses the first two

struct PendingRow {
  Values row{};
  bool present = false;  // is it there in the transaction?
  bool was = false;      // was it there in the commit that the transaction began with?
};

// Rows from `lower` on and before `end` (its first `end_length` columns; 0: no end).
struct Bounds {
  Values lower{};
  Values end{};
  std::size_t end_length = 0;
  bool before_end(const Values& row) const {
    for (std::size_t i = 0; i < end_length; ++i) {
      if (row[i] != end[i]) return row[i] < end[i];
    }
    return end_length == 0;
  }
};

// What the rows of a run are: (s, p, o, g), (s, p, o, i) of triple terms, or (hash, id).
enum class RowKind : std::uint8_t { quads, triples, hashes };
inline constexpr std::size_t kRowKinds = 3;
constexpr RowKind kind_of(Relation relation) {
  if (relation == kHashes) return RowKind::hashes;
  return relation >= relation_of(Permutation::ispo) ? RowKind::triples : RowKind::quads;
}
// The row in the order of the relation.
Values permute(Relation relation, const Values& row);

class PendingRun {
 public:
  explicit PendingRun(std::vector<PendingRow> rows) : rows_(std::move(rows)) {}
  const std::vector<PendingRow>& rows() const { return rows_; }  // in the order of their kind, any sorting
  const std::vector<PendingRow>& sorted(Relation relation) const;

 private:
  std::vector<PendingRow> rows_;
  mutable std::mutex mutex_;
  mutable std::array<std::unique_ptr<std::vector<PendingRow>>, kRelations> sorted_;
};
using PendingRuns = std::vector<std::shared_ptr<const PendingRun>>;
// Adds a newer run; merges runs of like size.
void add_run(PendingRuns& runs, std::vector<PendingRow> rows);

class PendingTerms {
 public:
  explicit PendingTerms(std::uint64_t first_counter) : first_(first_counter) {}
  // The terms of `other` before `next_counter`.
  PendingTerms(const PendingTerms& other, std::uint64_t next_counter);
  std::uint64_t first_counter() const { return first_; }
  std::uint64_t next_counter() const;
  // Adds the next entry; `bytes` empty: a blank node or a triple term, which find does not see.
  Id add(Tag tag, std::string_view bytes, std::uint64_t hash);
  Id find(std::string_view bytes, std::uint64_t hash) const;
  // Precondition: first_counter() <= counter < next_counter().
  std::string bytes(std::uint64_t counter) const;

 private:
  std::uint64_t first_;
  mutable std::shared_mutex mutex_;
  std::deque<std::string> terms_;
  std::unordered_multimap<std::uint64_t, Id> by_hash_;
};

struct PendingState {
  std::array<PendingRuns, kRowKinds> runs;
  std::shared_ptr<const PendingTerms> terms;
  std::map<std::pair<Id, Id>, std::int64_t> counts;  // (graph, predicate) -> change
  Totals totals;
  // The changed rows of a range, sorted, the newest of each.
  std::vector<PendingRow> rows(Relation relation, const Bounds& bounds) const;
};

}  // namespace dossier
