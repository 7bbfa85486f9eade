// A batch of quads on their way in: distinct terms once, rows as indices.
//
// Purpose: what every RDF reader fills and every consumer (loader, converter, update) takes. A batch is
// filled by one thread and handed on whole; the work a term costs (hash, inline id) is done once for each
// distinct term of the batch, in the thread that reads. Invariants: a triple term's components have smaller
// indices than it has; `terms` has no two equal entries. Thread-safety: none; one owner at a time.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/model/term.h"

namespace dossier {

class QuadBatch {
 public:
  using Index = std::uint32_t;
  static constexpr Index kDefault = 0xFFFFFFFF;  // the graph column of a row of the default graph

  struct Entry {
    TermHash hash;
    Id inline_id;              // kUnbound: the term belongs in the dictionary
    std::uint32_t offset = 0;  // of the bytes in the arena; triple terms: unused
    std::uint32_t length = 0;
    std::array<Index, 3> triple{};  // the components of a triple term
    bool is_triple = false;
  };
  using Row = std::array<Index, 4>;  // subject, predicate, object, graph

  explicit QuadBatch(std::uint64_t hash_seed = 0);

  // The index of a simple term given as term bytes (model/term.h); added when new.
  Index add_term(std::string_view bytes);
  // The same in two steps, so that a reader checks only what is new: find gives kNone for a term not yet
  // there.
  static constexpr Index kNone = 0xFFFFFFFE;
  TermHash hash(std::string_view bytes) const { return hash_term_bytes(bytes, seed_); }
  Index find(TermHash hash, std::string_view bytes) const;
  Index insert(TermHash hash, std::string_view bytes);  // precondition: find gave kNone
  // The index of a triple term.
  Index add_triple(Index subject, Index predicate, Index object);
  // The index of a term of another batch, which has the same seed.
  Index add_from(const QuadBatch& other, Index index);
  void add_row(Index subject, Index predicate, Index object, Index graph = kDefault) {
    rows_.push_back({subject, predicate, object, graph});
  }

  const std::vector<Entry>& entries() const { return entries_; }
  const std::vector<Row>& rows() const { return rows_; }
  std::string_view bytes(Index index) const {
    return {arena_.data() + entries_[index].offset, entries_[index].length};
  }
  std::size_t memory() const;      // bytes held
  std::size_t size_bytes() const;  // bytes of the contents, buffers kept for later left aside
  void clear();                    // keeps the buffers
  // Takes back all terms and rows added since there were `terms` and `rows` of them.
  void truncate(std::size_t terms, std::size_t rows);

 private:
  std::size_t find_slot(Index index) const;
  Index add_entry(const Entry& entry);
  void place(Index index);
  void grow();

  std::uint64_t seed_;
  std::vector<char> arena_;
  std::vector<Entry> entries_;
  std::vector<std::uint64_t>
      slots_;  // open addressing: upper half of the hash's low word, then entry index + 1
  std::vector<Row> rows_;
};

}  // namespace dossier
