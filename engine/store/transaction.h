// A write transaction: quads put in and taken out by id, new terms, one atomic commit.
//
// Purpose: all writing but loads and folds. Rows wait in memory as the difference to the commit the
// transaction began with; `snapshot` shows that commit together with them. Commit writes all permutations
// (overlay rows), dictionary, triple terms, hashes, statistics and the sequence number in one batch.
// Invariants: one at a time for a store (WriterPlace); what is neither committed nor rolled back is rolled
// back by the destructor. Counters of a transaction that was rolled back are given out again. Thread-safety:
// one thread at a time. The snapshots it gives may be used by several, also after its end; they then still
// show what they showed.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/store/snapshot.h"

namespace dossier {

class Database;
class WriterPlace;

class WriteTransaction {
 public:
  static std::unique_ptr<WriteTransaction> begin(Database& database, const std::atomic<bool>* cancelled);
  ~WriteTransaction();
  WriteTransaction(const WriteTransaction&) = delete;
  WriteTransaction& operator=(const WriteTransaction&) = delete;

  // Rows are (s, p, o, g) with g kDefaultGraph or a named graph's id; all ids stored or inline, never local.
  bool insert(const Row& quad);  // false: it was there already
  bool erase(const Row& quad);   // false: it was not there
  // Many at once, cheaper (sorted look-ups); the number of those that changed something.
  std::uint64_t insert(std::span<const Row> quads);
  std::uint64_t erase(std::span<const Row> quads);

  // The id of a simple term as term bytes; stored when new. A blank node must have a label that the store
  // gave
  // ("b12"), else QueryError: labels of files and queries become fresh_blank.
  Id intern(std::string_view bytes);
  // Many at once, cheaper (sorted look-ups); ids in the order of `terms`. No blank nodes.
  std::vector<Id> intern(std::span<const std::string_view> terms);
  Id intern_triple(Id subject, Id predicate, Id object);
  Id fresh_blank();
  void declare_prefix(std::string_view prefix, std::string_view iri);

  std::shared_ptr<const Snapshot> snapshot();
  bool changed() const;  // is there anything to commit?

  void commit();    // the transaction is over, also when it throws
  void rollback();  // likewise

  struct State;
  explicit WriteTransaction(std::unique_ptr<State> state);

 private:
  std::unique_ptr<State> state_;
};

}  // namespace dossier
