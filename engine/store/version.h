// One commit as readers hold it: the state of the key-value store, and cursors ready for use.
//
// Purpose: blocks change only by a fold or a load, everything else with each commit. So the cursors over
// blocks belong to a Base that many commits share, and a commit costs a snapshot of the key-value store and
// nothing more. Invariants: a Base and a Version never change but for their pools; the blocks a Base shows
// together with the overlay a Version shows are one commit. Thread-safety: all threads.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/store/format.h"
#include "engine/store/kv.h"
#include "engine/store/last_changes.h"
#include "engine/store/snapshot.h"

namespace dossier {

class Dictionary;

// Cursors over one family that were used and can be used again; making one costs more than a look-up.
class CursorPool {
 public:
  std::unique_ptr<KeyValueCursor> take() {
    const std::lock_guard lock(mutex_);
    if (cursors_.empty()) return nullptr;
    auto cursor = std::move(cursors_.back());
    cursors_.pop_back();
    return cursor;
  }
  void give(std::unique_ptr<KeyValueCursor> cursor) {
    const std::lock_guard lock(mutex_);
    if (cursors_.size() < kMost) cursors_.push_back(std::move(cursor));
  }

 private:
  static constexpr std::size_t kMost = 16;
  std::mutex mutex_;
  std::vector<std::unique_ptr<KeyValueCursor>> cursors_;
};

// A cursor that goes back to its pool; without a pool it ends with its holder.
class PooledCursor {
 public:
  PooledCursor(CursorPool* pool, std::unique_ptr<KeyValueCursor> cursor)
      : pool_(pool), cursor_(std::move(cursor)) {}
  PooledCursor(PooledCursor&& other) noexcept = default;
  PooledCursor& operator=(PooledCursor&&) = delete;
  ~PooledCursor() {
    if (cursor_ != nullptr && pool_ != nullptr) pool_->give(std::move(cursor_));
  }
  KeyValueCursor* operator->() const { return cursor_.get(); }

 private:
  CursorPool* pool_;
  std::unique_ptr<KeyValueCursor> cursor_;
};

// The blocks of the packed relations between two folds.
class Base {
 public:
  Base(std::shared_ptr<const KeyValueStore> kv, std::shared_ptr<const KeyValueSnapshot> state)
      : kv_(std::move(kv)), state_(std::move(state)) {}
  PooledCursor blocks(Relation relation) const {
    auto cursor = pools_[relation].take();
    if (cursor == nullptr) cursor = kv_->cursor(state_.get(), family_of(relation));
    return {&pools_[relation], std::move(cursor)};
  }
  // For a long scan: reads ahead and leaves the cache alone. It does not go to the pool of short ones.
  PooledCursor long_scan(Relation relation) const {
    return {nullptr, kv_->cursor(state_.get(), family_of(relation), {}, {}, true)};
  }
  const KeyValueStore& kv() const { return *kv_; }

 private:
  std::shared_ptr<const KeyValueStore> kv_;
  std::shared_ptr<const KeyValueSnapshot> state_;
  mutable std::array<CursorPool, kRelations> pools_;
};

// Statistics of predicates that were read once: every plan asks for those of its patterns.
class PredicateCache {
 public:
  template <typename Read>
  PredicateStatistics get(Id predicate, const Read& read) {
    {
      const std::lock_guard lock(mutex_);
      if (const auto known = known_.find(predicate.bits); known != known_.end()) return known->second;
    }
    const PredicateStatistics statistics = read();
    const std::lock_guard lock(mutex_);
    if (known_.size() < kMost) known_.emplace(predicate.bits, statistics);
    return statistics;
  }

 private:
  static constexpr std::size_t kMost = 10'000;
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, PredicateStatistics> known_;
};

class Version {
 public:
  Version(std::shared_ptr<const KeyValueStore> kv, std::shared_ptr<const KeyValueSnapshot> state,
          std::shared_ptr<const Base> base, std::shared_ptr<Dictionary> dictionary, const Totals& totals,
          std::shared_ptr<LastChanges> changes = nullptr)
      : kv_(std::move(kv)),
        state_(std::move(state)),
        base_(std::move(base)),
        dictionary_(std::move(dictionary)),
        totals_(totals),
        changes_(std::move(changes)) {}
  const KeyValueStore& kv() const { return *kv_; }
  const KeyValueSnapshot* state() const { return state_.get(); }
  const std::shared_ptr<const Base>& base() const { return base_; }
  // The caches of terms, shared by all commits with the same terms for the same counters.
  Dictionary& dictionary() const { return *dictionary_; }
  const std::shared_ptr<Dictionary>& shared_dictionary() const { return dictionary_; }
  const Totals& totals() const { return totals_; }
  // Shared by all commits of an open store; null when nothing is to be kept across commits.
  const std::shared_ptr<LastChanges>& changes() const { return changes_; }
  PredicateCache& predicates() const { return predicates_; }
  PooledCursor overlay() const { return take(overlay_, Family::overlay); }
  PooledCursor terms() const { return take(terms_, Family::terms); }

 private:
  PooledCursor take(CursorPool& pool, Family family) const {
    auto cursor = pool.take();
    if (cursor == nullptr) cursor = kv_->cursor(state_.get(), family);
    return {&pool, std::move(cursor)};
  }

  std::shared_ptr<const KeyValueStore> kv_;
  std::shared_ptr<const KeyValueSnapshot> state_;
  std::shared_ptr<const Base> base_;
  std::shared_ptr<Dictionary> dictionary_;
  Totals totals_;
  std::shared_ptr<LastChanges> changes_;
  mutable PredicateCache predicates_;
  mutable CursorPool overlay_;
  mutable CursorPool terms_;
};

}  // namespace dossier
