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
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/store/snapshot.h"

namespace dossier {

class Database;
class WriterPlace;

// Those that a transaction declares: label -> IRI. Copied at each declaration, so that a savepoint costs
// nothing.
using TransactionPrefixes = std::map<std::string, std::string>;

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
  // Bytes that its rows and terms take until its end, and while they are written: an estimate.
  std::size_t memory() const;
  std::uint64_t hash_seed() const;

  // A state to come back to while the transaction goes on. They nest: the inner one ends first. One that is
  // open costs 32 bytes a changed row. `undo` takes the time that the rows since then took, and copies the
  // terms of the transaction when some are newer; ids of those are given out again.
  struct Savepoint {
    std::size_t rows = 0;
    std::size_t hashes = 0;
    std::size_t triples = 0;
    std::uint64_t next_counter = 0;
    std::shared_ptr<const TransactionPrefixes> prefixes;
  };
  Savepoint savepoint();
  void undo(const Savepoint& savepoint);  // ends it; nothing written since then is left
  void keep(const Savepoint& savepoint);  // ends it

  // The transaction is over, also when it throws. `progress` may cancel it until it is written, and then ends the fold that may
  // follow.
  void commit(const ProgressCallback& progress = {});
  void rollback();  // likewise

  struct State;
  explicit WriteTransaction(std::unique_ptr<State> state);

 private:
  std::unique_ptr<State> state_;
};

}  // namespace dossier
