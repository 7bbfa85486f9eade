#include "engine/store/pending.h"

#include <algorithm>

#include "engine/model/term.h"

namespace dossier {

Values permute(Relation relation, const Values& row) {
  if (relation == kHashes) return row;
  const auto& order = kColumnOrder[relation];
  return {row[order[0]], row[order[1]], row[order[2]], row[order[3]]};
}

const std::vector<PendingRow>& PendingRun::sorted(Relation relation) const {
  const std::lock_guard lock(mutex_);
  auto& made = sorted_[relation];
  if (made == nullptr) {
    made = std::make_unique<std::vector<PendingRow>>();
    made->reserve(rows_.size());
    const bool named_only = relation == relation_of(Permutation::gspo);
    for (const PendingRow& row : rows_) {
      if (named_only && row.row[3] == kDefaultGraph.bits) continue;
      made->push_back({permute(relation, row.row), row.present, row.was});
    }
    std::sort(made->begin(), made->end(),
              [](const PendingRow& a, const PendingRow& b) { return a.row < b.row; });
  }
  return *made;
}

namespace {

// Both sorted; where both have a row, the newer one stands.
std::vector<PendingRow> merge_runs(std::vector<PendingRow>::const_iterator older,
                                   std::vector<PendingRow>::const_iterator older_end,
                                   std::vector<PendingRow>::const_iterator newer,
                                   std::vector<PendingRow>::const_iterator newer_end) {
  std::vector<PendingRow> merged;
  merged.reserve(static_cast<std::size_t>((older_end - older) + (newer_end - newer)));
  while (older != older_end && newer != newer_end) {
    if (older->row < newer->row) {
      merged.push_back(*older++);
    } else {
      if (older->row == newer->row) ++older;
      merged.push_back(*newer++);
    }
  }
  merged.insert(merged.end(), older, older_end);
  merged.insert(merged.end(), newer, newer_end);
  return merged;
}

}  // namespace

void add_run(PendingRuns& runs, std::vector<PendingRow> rows) {
  if (rows.empty()) return;
  runs.push_back(std::make_shared<PendingRun>(std::move(rows)));
  while (runs.size() > 1 && runs[runs.size() - 2]->rows().size() <= 2 * runs.back()->rows().size()) {
    // Any one order serves for the merge; the first permutation of each kind keeps the order of the kind's
    // columns.
    const auto by_row = [](const std::vector<PendingRow>& unsorted) {
      std::vector<PendingRow> result = unsorted;
      std::sort(result.begin(), result.end(),
                [](const PendingRow& a, const PendingRow& b) { return a.row < b.row; });
      return result;
    };
    const auto older = by_row(runs[runs.size() - 2]->rows());
    const auto newer = by_row(runs.back()->rows());
    runs.pop_back();
    runs.back() =
        std::make_shared<PendingRun>(merge_runs(older.begin(), older.end(), newer.begin(), newer.end()));
  }
}

PendingTerms::PendingTerms(const PendingTerms& other, std::uint64_t next_counter) : first_(other.first_) {
  const std::shared_lock lock(other.mutex_);
  terms_.assign(other.terms_.begin(),
                other.terms_.begin() + static_cast<std::ptrdiff_t>(next_counter - first_));
  for (const auto& entry : other.by_hash_)
    if (entry.second.payload() < next_counter) by_hash_.insert(entry);
}

std::uint64_t PendingTerms::next_counter() const {
  const std::shared_lock lock(mutex_);
  return first_ + terms_.size();
}

Id PendingTerms::add(Tag tag, std::string_view bytes, std::uint64_t hash) {
  const std::lock_guard lock(mutex_);
  const Id id = Id::make(tag, first_ + terms_.size());
  terms_.emplace_back(bytes);
  if (!bytes.empty()) by_hash_.emplace(hash, id);
  return id;
}

Id PendingTerms::find(std::string_view bytes, std::uint64_t hash) const {
  const std::shared_lock lock(mutex_);
  const auto [first, last] = by_hash_.equal_range(hash);
  for (auto entry = first; entry != last; ++entry) {
    if (equal_term_bytes(terms_[entry->second.payload() - first_], bytes)) return entry->second;
  }
  return kUnbound;
}

std::string PendingTerms::bytes(std::uint64_t counter) const {
  const std::shared_lock lock(mutex_);
  return terms_[counter - first_];
}

std::vector<PendingRow> PendingState::rows(Relation relation, const Bounds& bounds) const {
  std::vector<PendingRow> result;
  for (const auto& run : runs[static_cast<std::size_t>(kind_of(relation))]) {
    const auto& sorted = run->sorted(relation);
    const auto first =
        std::lower_bound(sorted.begin(), sorted.end(), bounds.lower,
                         [](const PendingRow& row, const Values& lower) { return row.row < lower; });
    const auto last = std::partition_point(first, sorted.end(),
                                           [&](const PendingRow& row) { return bounds.before_end(row.row); });
    if (first == last) continue;
    if (result.empty()) {
      result.assign(first, last);
    } else {
      result = merge_runs(result.begin(), result.end(), first, last);
    }
  }
  return result;
}

}  // namespace dossier
