// Decoded blocks of the dictionary, cached for all snapshots of a store.
//
// Purpose: id -> term bytes in batches: a block is read and decoded once for all ids in it.
// Invariants: the term of a counter never changes once committed, so a cached block is good for every
// snapshot; blocks of uncommitted terms are never cached. The cache holds at most `bytes` of decoded blocks.
// Thread-safety: all threads.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>

#include "engine/store/term_block.h"
#include "engine/store/version.h"

namespace dossier {

struct TermBlockAt {
  std::uint64_t first = 0;
  std::shared_ptr<const TermBlock> block;
  bool holds(std::uint64_t counter) const {
    return block != nullptr && counter >= first && counter - first < block->terms();
  }
};

class Dictionary {
 public:
  explicit Dictionary(std::size_t bytes) : limit_(bytes) {}
  // The block that holds the counter; throws CorruptionError when none does.
  TermBlockAt block(const Version& version, std::uint64_t counter);

 private:
  struct Held {
    std::shared_ptr<const TermBlock> block;
    std::list<std::uint64_t>::iterator place;
  };
  std::size_t limit_;
  std::mutex mutex_;
  std::size_t held_ = 0;
  std::map<std::uint64_t, Held> blocks_;  // by the counter of the first term
  std::list<std::uint64_t> order_;        // used last first
};

}  // namespace dossier
