// Snapshot over a Version, with or without the pending state of a transaction.
//
// Purpose: the implementation of Snapshot (store/snapshot.h). Thread-safety: all threads.
#pragma once

#include <memory>

#include "engine/store/dictionary.h"
#include "engine/store/pending.h"
#include "engine/store/snapshot.h"
#include "engine/store/version.h"

namespace dossier {

class StoreSnapshot : public Snapshot {
 public:
  // `pending` may be null.
  StoreSnapshot(std::shared_ptr<const Version> version, std::uint64_t hash_seed,
                std::shared_ptr<const PendingState> pending = nullptr);

  std::unique_ptr<RowCursor> scan(const ScanRange& range, ColumnMask columns,
                                  ScanCounters* counters) const override;
  std::uint64_t count(const ScanRange& range) const override;
  std::uint64_t estimate(const ScanRange& range) const override;

  std::vector<Id> split(const ScanRange& range, std::size_t parts) const override;

  std::uint64_t quads() const override { return totals().quads; }
  std::uint64_t quads(Id graph) const override;
  std::uint64_t quads(Id graph, Id predicate) const override;
  PredicateStatistics predicate(Id predicate) const override;
  std::vector<Id> predicates() const override;
  std::vector<Id> named_graphs() const override;
  std::uint64_t distinct_subjects() const override { return totals().distinct_subjects; }
  std::uint64_t distinct_objects() const override { return totals().distinct_objects; }
  std::uint64_t terms() const override {
    return totals().next_counter - kFirstCounter - totals().dropped_terms;
  }
  std::uint64_t triple_terms() const override { return totals().triple_terms; }
  std::uint64_t sequence() const override { return totals().sequence; }
  std::optional<Unchanged> unchanged(std::span<const Id> graphs,
                                     std::span<const Id> predicates) const override;

  void each_label_record(
      const std::function<bool(std::string_view key, std::string_view value)>& take) const override;

  Id find(std::string_view bytes) const override;
  // `find` for many: ids[i] is that of terms[i]. Reads the blocks of the hashes and of the dictionary in
  // their order, each once.
  void find(std::span<const std::string_view> terms, std::span<Id> ids) const;
  Id find_triple(Id subject, Id predicate, Id object) const override;
  std::array<Id, 3> triple(Id id) const override;
  using Snapshot::decode;
  void decode(std::span<const Id> ids, std::string& bytes, std::vector<std::size_t>& offsets) const override;
  bool decode_ascending(std::span<const Id> ids, unsigned threads, std::size_t most, std::string& bytes,
                        std::vector<std::size_t>& offsets) const override;

  // The hash of a stored term, as the relation of hashes has it; triple terms through their components.
  TermHash hash(Id id) const;

 private:
  // The bytes of an id that the committed dictionary does not have.
  void append_other(Id id, std::string& out) const;
  std::uint64_t committed_end() const;  // counters from here on are pending
  const Totals& totals() const { return pending_ != nullptr ? pending_->totals : version_->totals(); }
  std::uint64_t number(const std::string& key) const;
  std::optional<std::uint64_t> known_count(const ScanRange& range) const;
  std::vector<Id> listed(char prefix) const;
  Id find_stored(std::string_view bytes, std::uint64_t hash) const;
  Id find_blank(std::string_view label) const;

  std::shared_ptr<const Version> version_;
  std::uint64_t seed_;
  std::shared_ptr<const PendingState> pending_;
};

}  // namespace dossier
