// Sorting of the rows of a chunk into the order of each relation.
//
// Purpose: rows of local indices become words of dense ranks. A column's ranks number the ids that stand in
// it, in id order, so comparing words compares rows, and a row is mostly one 64-bit word (two when the ranks
// need more bits). One radix sort gives the first order; the others follow by stable passes over one column
// each:
//   spog -> psog by p;  spog -> ospg by o -> posg by p;  spog -> gspo by g (rows of the default graph left
//   out)
// The relation of triple terms, (s, p, o, i), goes the same way: spoi, ospi, posi, ispo.
// Invariants: rows of a sorter are distinct. Thread-safety: after `sort`, `emit` may run in several threads.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "engine/model/id.h"
#include "engine/store/chunk.h"
#include "engine/store/page_array.h"
#include "engine/store/row_stream.h"
#include "engine/store/snapshot.h"

namespace dossier {

// Ids of the terms of a chunk: local index -> id, and the local indices in the order of the ids.
struct ChunkIds {
  PageArray<std::uint64_t> ids;
  PageArray<Local> order;
  void make_order();
};

class RowSorter {
 public:
  using Emit = std::function<void(Permutation, RowStream&)>;

  virtual ~RowSorter() = default;
  virtual std::size_t rows() const = 0;  // distinct rows
  // Hands the stream of each permutation to `emit`, in an order that needs two buffers of words:
  virtual void emit_base(const Emit& emit) = 0;    // spog, or spoi
  virtual void emit_first(const Emit& emit) = 0;   // psog and, with rows of named graphs, gspo; or ispo
  virtual void emit_second(const Emit& emit) = 0;  // ospg, posg; or ospi, posi
};

// Takes the rows (their memory is given back as they are packed), packs and sorts them, drops duplicates.
// `triples`: the rows are of triple terms.
std::unique_ptr<RowSorter> sort_rows(PageArray<LocalRow>&& rows, const ChunkIds& ids, bool triples);

// Sorts pairs by their first, then second number: the rows of `hashes`.
struct HashPair {
  std::uint64_t key = 0;  // hash_key
  std::uint64_t id = 0;
};
void sort_pairs(PageArray<HashPair>& pairs);

class PairStream final : public RowStream {
 public:
  explicit PairStream(const PageArray<HashPair>& pairs) : pairs_(pairs) {}
  bool next(RowPiece& piece) override;

 private:
  const PageArray<HashPair>& pairs_;
  std::size_t at_ = 0;
  RowBuffer buffer_;
};

}  // namespace dossier
