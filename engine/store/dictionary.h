// The dictionary's caches: decoded blocks, and the ids of terms looked up lately. They serve all snapshots of
// a store.
//
// Purpose: id -> term bytes in batches: a block is read and decoded once for all ids in it. Term bytes -> id:
// predicates and other terms in use are found without the relation `hashes`; a term that is looked up once is
// compared with one entry of its block, and no block is decoded for it. Invariants: the term of a counter
// never changes once committed, so what is cached is good for every snapshot that has the counter;
// uncommitted terms are never cached. Holds at most `bytes` of decoded blocks and kRecentTerms terms of up to
// kRecentBytes. Thread-safety: all threads.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/id.h"
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

// A block as it is stored, kept between look-ups of near terms.
class StoredTermBlock {
 public:
  bool holds(std::uint64_t counter) const {
    return counter >= first_ && counter - first_ < TermBlockCursor(bytes()).terms();
  }
  // Reads the block of the counter; throws CorruptionError when there is none.
  void read(const Version& version, std::uint64_t counter);
  std::uint64_t first() const { return first_; }
  std::string_view bytes() const { return value_ != nullptr ? value_->bytes() : copy_; }

 private:
  std::uint64_t first_ = ~std::uint64_t{0};
  std::unique_ptr<PinnedValue> value_;
  std::string copy_;  // where a cursor found it
};

// Compares terms in the order of their counters: a block after the other, each decoded once at most, past the
// caches. For so many terms that most blocks hold one of them. Thread-safety: one thread.
class TermWalk {
 public:
  explicit TermWalk(const Version& version);
  // Whether the term of the counter has these bytes. Counters ascend; throws CorruptionError when there is no
  // block.
  bool equal(std::uint64_t counter, std::string_view bytes);

 private:
  bool holds(std::uint64_t counter) const {
    return block_ && counter >= first_ && counter - first_ < block_->terms();
  }
  void read();

  std::unique_ptr<KeyValueCursor> cursor_;
  std::uint64_t first_ = 0;
  std::optional<TermBlockCursor> block_;
};

class Dictionary {
 public:
  explicit Dictionary(std::size_t bytes) : limit_(bytes) {}
  // The block that holds the counter; throws CorruptionError when none does.
  TermBlockAt block(const Version& version, std::uint64_t counter);
  // Whether the term of the counter has these bytes. `near` is reused when it holds the counter.
  bool equal(const Version& version, std::uint64_t counter, std::string_view bytes, StoredTermBlock& near);

  // The committed id of the term, when it was looked up lately; `key` is its hash_key.
  Id recent(const Version& version, std::string_view bytes, std::uint64_t key) const;
  void remember(std::string_view bytes, std::uint64_t key, Id id);

 private:
  static constexpr std::size_t kRecentTerms = 4096;
  static constexpr std::size_t kRecentBytes = 256;
  struct Slot {
    std::uint64_t first = 0;  // counter of the first term
    std::shared_ptr<const TermBlock> block;
    bool used = false;  // since the hand passed
  };
  struct Recent {
    Id id = kUnbound;
    std::string bytes;
  };
  TermBlockAt cached(std::uint64_t counter);
  std::size_t* slot_of(std::uint64_t first);  // of the block that begins there; null: there is none
  void make_room();

  std::size_t limit_;
  mutable std::mutex recent_mutex_;
  std::array<Recent, kRecentTerms> recent_;  // by the low bits of the key
  std::mutex mutex_;
  std::size_t held_ = 0;
  // The clock (second chance) of the blocks. Full ones begin at even distances, so their first counter is
  // known without a search; small ones of commits are few and begin anywhere.
  std::vector<Slot> slots_;
  std::size_t hand_ = 0;
  boost::unordered_flat_map<std::uint64_t, std::size_t> even_;  // first counter -> slot
  std::map<std::uint64_t, std::size_t> uneven_;
};

}  // namespace dossier
