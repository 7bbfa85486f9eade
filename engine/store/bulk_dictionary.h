// Ids for the terms of a load, and the dictionary they go into.
//
// Purpose: the number stage of the loader. Terms of a chunk that the store has keep their ids (looked up
// sorted by hash along the relation `hashes`, verified by their bytes or components); the others get the next
// counters in the order of arrival. Several chunks are made one by `ChunkLinks`: a merge over their terms,
// sorted by hash, says for each term that an earlier chunk has, where it stands there. Thread-safety: one
// owner at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/store/chunk.h"
#include "engine/store/database.h"
#include "engine/store/page_array.h"
#include "engine/store/relation_writer.h"
#include "engine/store/row_sort.h"
#include "engine/store/spill.h"
#include "engine/store/terms_writer.h"

namespace dossier {

class BulkDictionary {
 public:
  BulkDictionary(const Database& database, const RunFiles& files, const Totals& before);

  // Fills the ids of a chunk; those that are not 0 already (found in an earlier chunk) stay.
  void number(const Chunk& chunk, PageArray<std::uint64_t>& ids);

  // ---- for the chunk numbered last; `ids` are its ids
  // Writes the new terms, in the order of their counters.
  void write_terms(Chunk& chunk, const PageArray<std::uint64_t>& ids);
  // The rows of `hashes` for its new terms, sorted. Rewrites the hashes of the chunk's blank nodes and what
  // holds them.
  PageArray<HashPair> new_hashes(Chunk& chunk, const PageArray<std::uint64_t>& ids) const;
  // The rows of the new triple terms.
  PageArray<LocalRow> new_triples(const Chunk& chunk, const PageArray<std::uint64_t>& ids) const;

  std::uint64_t next_counter() const { return next_counter_; }
  // As TermsWriter::full_until.
  std::uint64_t full_until() const { return terms_.full_until(); }
  // The files of the terms; `records` gets what belongs into meta.
  std::pair<Family, std::vector<std::string>> finish_terms(std::map<std::string, std::string>& records);

 private:
  bool is_new(std::uint64_t id) const { return Id{id}.in_dictionary() && Id{id}.payload() >= first_new_; }
  void find_in_store(const Chunk& chunk, PageArray<std::uint64_t>& ids);
  void show_sample(const Chunk& chunk, const PageArray<std::uint64_t>& ids);

  const Database& database_;
  std::shared_ptr<const Snapshot> snapshot_;
  bool store_has_terms_;
  std::uint64_t next_counter_;
  std::uint64_t first_new_;  // counter of the first new term of the chunk numbered last
  TermsWriter terms_;
};

// A chunk on disk, and how to have it back.
class SpilledChunk {
 public:
  SpilledChunk(Chunk& chunk, SpillDirectory& spill);  // writes the chunk, which may be cleared afterwards
  void load(Chunk& chunk) const;
  const std::string& hash_file() const { return hash_file_; }
  void remove() const;

 private:
  std::string hash_file_;  // terms sorted by TermHash::low
  std::string data_file_;  // the arrays of the chunk
};

class ChunkLinks {
 public:
  // Merges the hash files of all chunks (and removes them).
  ChunkLinks(const std::vector<SpilledChunk>& chunks, SpillDirectory& spill);
  // Sets the ids of the terms of chunk `number` that earlier chunks have.
  void resolve(std::size_t number, PageArray<std::uint64_t>& ids) const;
  // Keeps the ids of chunk `number` for later chunks.
  void keep(std::size_t number, const PageArray<std::uint64_t>& ids);

 private:
  struct Link {
    std::uint32_t chunk;
    Local there;
    Local here;
  };
  SpillDirectory& spill_;
  std::vector<std::string> links_;
  std::vector<std::string> ids_;
};

}  // namespace dossier
