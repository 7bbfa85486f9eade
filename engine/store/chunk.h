// A chunk of a load in memory: a table of its distinct terms and its rows as indices of that table.
//
// Purpose: the intern stage of the loader. Batches are added in the order of the text, so the local indices
// of a chunk are in order of first arrival and do not depend on threads. Terms are found by their 128-bit
// hash and verified by their bytes; the table is probed for a group of terms at a time with prefetches
// between the steps, as each step is a cache miss. Invariants: index 0 is the default graph; a triple term's
// components have smaller indices; no two entries are equal. Labels of blank nodes are told apart by their
// file. Thread-safety: none.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/io/quad_batch.h"
#include "engine/store/page_array.h"

namespace dossier {

class SpillReader;
class SpillWriter;

using Local = std::uint32_t;
inline constexpr Local kDefaultGraphLocal = 0;
using LocalRow =
    std::array<Local, 4>;  // subject, predicate, object, graph; of a triple term: its components and itself

// `composite`: a list or a map with labels of blank nodes in it (engine/cdt/labels.h). Its bytes hold the
// file behind the kind byte, as those of a blank node do; the local numbers of its blank nodes stand before
// them in the arena.
enum class LocalKind : std::uint8_t { inlined, iri, blank, literal, triple, composite };

struct ChunkEntry {
  TermHash hash;
  std::uint64_t value =
      0;  // the inline id; where the bytes start in the arena; or the place among the triple terms
  std::uint32_t length = 0;  // of the bytes
  LocalKind kind = LocalKind::inlined;
  bool has_blank = false;  // a blank node, or a term that holds one: never in the store before the load
};

class Chunk {
 public:
  explicit Chunk(std::uint64_t hash_seed);

  // Adds the terms and rows of a batch. `graph` (term bytes, or empty) takes the place of the default graph.
  void add(const QuadBatch& batch, std::uint32_t file, std::string_view graph);

  const PageArray<ChunkEntry>& entries() const { return entries_; }
  PageArray<ChunkEntry>& entries() { return entries_; }
  PageArray<LocalRow>& rows() { return rows_; }
  const PageArray<LocalRow>& triples() const { return triples_; }
  std::string_view bytes(const ChunkEntry& entry) const {
    return {arena_.data() + entry.value, entry.length};
  }
  // The term bytes of a composite, with the labels that the store gives: `ids` are those of the chunk's
  // terms.
  std::string stored_bytes(const ChunkEntry& entry, std::span<const std::uint64_t> ids) const;
  std::size_t dictionary_memory() const;
  // What the chunk needs at its worst from here on: with its dictionary, or while its rows are sorted.
  std::size_t peak_memory() const;

  // Gives memory back: the hash table (no add after it), then bytes and entries.
  void release_table() { slots_.release(); }
  void release_terms();
  void clear();
  // All of a chunk but its hash table, to a spill file and back; no add after `restore`.
  void save(SpillWriter& file) const;
  void restore(SpillReader& file);

 private:
  struct Probe {
    TermHash hash;
    std::string_view bytes;
    std::uint64_t value;  // inline id, or place in triples_ of a new triple term
    LocalRow triple;
    std::uint32_t file;
    LocalKind kind;
    bool has_blank;
    Local found;
    std::span<const Local> blanks;  // of a composite, in the order of their labels
  };
  static constexpr std::size_t kGroup = 32;

  // The blank nodes that the labels of a list or map name; they are terms of the chunk before it.
  std::vector<Local> intern_labels(const std::vector<std::string>& labels, std::uint32_t file);
  Probe probe_of(std::string_view bytes, TermHash hash, std::uint32_t file, LocalKind kind) const;
  void intern(std::span<Probe> probes);
  void intern_one(Probe& probe, Local hint, bool hinted);
  bool same(const ChunkEntry& entry, const Probe& probe) const;
  Local append(const Probe& probe);
  void grow();
  static std::uint64_t slot_tag(const TermHash& hash) { return hash.high >> 32 << 32; }

  std::uint64_t seed_;
  PageArray<ChunkEntry> entries_;
  PageArray<char> arena_;
  PageArray<LocalRow> triples_;
  PageArray<LocalRow> rows_;
  PageArray<std::uint64_t> slots_;  // upper half of the hash, entry index + 1
  std::size_t mask_ = 0;
  std::vector<Local> mapping_;  // of the batch being added
};

}  // namespace dossier
