// One fixed state of a store, to read from.
//
// Purpose: what the query engine, the path engine and the writers of dumps see of the storage: sorted scans
// over the permutations and the relation of triple terms, counts, statistics, and the dictionary. Nothing of
// blocks, overlay or RocksDB shows here. Invariants: a snapshot never changes; what it returns refers to one
// commit. Inside a write transaction a snapshot may also hold the transaction's own rows. Thread-safety: a
// Snapshot may be used from several threads; a RowCursor from one.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/id.h"
#include "engine/model/id_run.h"
#include "engine/model/term.h"

namespace dossier {

// Sorted relations of four columns. The letters give the order of the columns on disk and in a RowCursor.
enum class Permutation : std::uint8_t {
  spog,
  posg,
  ospg,
  psog,
  gspo,  // named graphs only
  // triple terms: i is the id of the term
  ispo,
  spoi,
  posi,
  ospi,
};
inline constexpr std::size_t kPermutations = 9;

using Row = std::array<Id, 4>;  // in the order of the permutation

// Which rows: those whose first `prefix_length` columns equal `prefix`, and whose next column lies in [low,
// high]. Both bounds are inclusive. `prefix_length` is 0 to 4; with 4 the bounds mean nothing.
struct ScanRange {
  Permutation permutation = Permutation::spog;
  Row prefix{};
  int prefix_length = 0;
  Id low = kMinId;
  Id high = kMaxId;
};

// Bits of the columns a scan is to decode: bit i is column i of the permutation.
using ColumnMask = unsigned;
inline constexpr ColumnMask kAllColumns = 0xF;

inline constexpr std::size_t kScanRows = 2048;  // most rows RowCursor::next gives at once

// Columns of a piece of a scan. Only those of the mask are valid; they stay valid until the cursor moves.
struct RowBlock {
  std::array<const Id*, 4> columns{};
  std::size_t rows = 0;
};

class RowCursor {
 public:
  virtual ~RowCursor() = default;
  // The next rows, in order; false at the end of the range. `block.rows` is 1 to kScanRows.
  virtual bool next(RowBlock& block) = 0;
  // The same into columns of the caller's, each of which has room for kScanRows ids (null: not wanted), so that nothing is
  // copied on the way; the number of rows, 0 at the end. The cursor must not be sought afterwards.
  virtual std::size_t next_into(const std::array<Id*, 4>& columns) {
    RowBlock block;
    if (!next(block)) return 0;
    for (std::size_t c = 0; c < columns.size(); ++c)
      if (columns[c] != nullptr) std::copy_n(block.columns[c], block.rows, columns[c]);
    return block.rows;
  }
  // Tells that rows whose id in `column` is in the run are of no more use: `next_into` may leave pieces of them out, and need
  // not decode their other columns.
  virtual void narrow(std::size_t /*column*/, const IdRun& /*useless*/) {}
  // Goes forward to the first row that is not less than `row` in its first `length` columns; never back. The
  // rows of the last block that come after it are given again by `next` from that row on. The mask must hold
  // these columns.
  virtual void seek(const Row& row, int length) = 0;
};

// Counters of the work done, for `analyze` and for tests that assert work and not time.
struct ScanCounters {
  std::uint64_t rows = 0;    // handed out
  std::uint64_t blocks = 0;  // decoded
  std::uint64_t seeks = 0;
};

struct PredicateStatistics {
  std::uint64_t triples = 0;            // exact, over all graphs
  std::uint64_t named = 0;              // exact, over the named graphs
  std::uint64_t distinct_subjects = 0;  // estimates
  std::uint64_t distinct_objects = 0;
};

// Commits, the snapshot's among them, over which some triples did not change.
struct Unchanged {
  std::shared_ptr<const void> store;  // commits of different stores have the same numbers
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  bool meets(const Unchanged& other) const {
    return store == other.store && first <= other.last && other.first <= last;
  }
};

class Snapshot {
 public:
  virtual ~Snapshot() = default;

  virtual std::unique_ptr<RowCursor> scan(const ScanRange& range, ColumnMask columns,
                                          ScanCounters* counters = nullptr) const = 0;
  // Exact number of rows: from statistics where they have it, else from block headers and the two edge
  // blocks.
  virtual std::uint64_t count(const ScanRange& range) const = 0;
  // The same, but reads a bounded number of blocks: exact for small ranges, interpolated for large ones.
  virtual std::uint64_t estimate(const ScanRange& range) const = 0;

  // Ids that cut the range by its first free column into some `parts` of about the same number of rows, ascending:
  // each is where a part begins. None: it cannot be cut.
  virtual std::vector<Id> split(const ScanRange& /*range*/, std::size_t /*parts*/) const { return {}; }

  // ---- statistics
  virtual std::uint64_t quads() const = 0;
  virtual std::uint64_t quads(Id graph) const = 0;                // exact
  virtual std::uint64_t quads(Id graph, Id predicate) const = 0;  // exact
  virtual PredicateStatistics predicate(Id predicate) const = 0;
  virtual std::vector<Id> predicates() const = 0;       // those with triples, in id order
  virtual std::vector<Id> named_graphs() const = 0;     // those with triples, in id order
  virtual std::uint64_t distinct_subjects() const = 0;  // estimates
  virtual std::uint64_t distinct_objects() const = 0;
  virtual std::uint64_t terms() const = 0;  // entries of the dictionary
  virtual std::uint64_t triple_terms() const = 0;
  virtual std::uint64_t sequence() const = 0;  // number of the commit
  // Of the triples of these graphs with these predicates (none: of all). Two snapshots have the same ones when what they
  // say here meets. Nothing: that is not known, or the snapshot holds rows that are not committed.
  virtual std::optional<Unchanged> unchanged(std::span<const Id> /*graphs*/,
                                             std::span<const Id> /*predicates*/) const {
    return std::nullopt;
  }

  // The records of the label index (labels/label_index.h), its settings first, until `take` says false. Those of the
  // commit: what a transaction has brought since is not among them.
  virtual void each_label_record(
      const std::function<bool(std::string_view key, std::string_view value)>& /*take*/) const {}

  // ---- dictionary
  // The id of a simple term (model/term.h), inline or stored; kUnbound when the store lacks it. Blank nodes:
  // label "b12" as the store writes it.
  virtual Id find(std::string_view bytes) const = 0;
  virtual Id find_triple(Id subject, Id predicate, Id object) const = 0;
  // The three ids of a triple term. Precondition: tag triple.
  virtual std::array<Id, 3> triple(Id id) const = 0;
  // Appends the bytes of ids of the dictionary or inline ids; triple terms and kUnbound have none, locals are not
  // known here. `offsets` gets one entry an id (the end of its bytes in `bytes`). Ids may come in any order
  // and repeat; blocks of the dictionary are read once.
  virtual void decode(std::span<const Id> ids, std::string& bytes,
                      std::vector<std::size_t>& offsets) const = 0;
  // The same for many ids whose payloads ascend (those that repeat stand together), shared by up to `threads` threads. False:
  // there are more than `most` bytes, and what was appended is of no use.
  virtual bool decode_ascending(std::span<const Id> ids, unsigned threads, std::size_t most, std::string& bytes,
                                std::vector<std::size_t>& offsets) const;
  std::string decode(Id id) const;
  // A whole term, triple terms included.
  Term term(Id id) const;
};

}  // namespace dossier
