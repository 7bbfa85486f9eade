// The dictionary's caches: decoded blocks, and the ids of terms looked up lately. They serve all snapshots of
// a store.
//
// Purpose: id -> term bytes in batches: a block is read and decoded once for all ids in it, and the memory of
// several terms is fetched at the same time (20 ns a term at random, most of it waiting for memory). Term
// bytes -> id: predicates and other terms in use are found without the relation `hashes`; a term that is
// looked up once is compared with one entry of its block, and no block is decoded for it. Invariants: the
// term of a counter never changes once committed, so what is cached is good for every snapshot that has the
// counter; uncommitted terms are never cached. Holds at most `bytes` of decoded blocks and kRecentTerms terms
// of up to kRecentBytes. Thread-safety: all threads.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/id.h"
#include "engine/store/codebook.h"
#include "engine/store/term_block.h"
#include "engine/store/version.h"

namespace dossier {

// A block as it is stored, kept between look-ups of near terms.
class StoredTermBlock {
 public:
  bool holds(std::uint64_t counter) const {
    return counter >= first_ && counter - first_ < terms_of_block(bytes());
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

  const Version& version_;
  std::unique_ptr<KeyValueCursor> cursor_;
  std::uint64_t first_ = 0;
  std::optional<TermBlockCursor> block_;
};

class Dictionary {
 public:
  explicit Dictionary(std::size_t bytes) : limit_(bytes) {}
  // Appends the bytes of each id; `ends` gets where they end. An id that is none of an IRI or a literal, or
  // is not less than `end`, is left to `other`, which appends what it has. Throws CorruptionError when a term
  // is missing.
  using Other = std::function<void(Id id, std::string& bytes)>;
  void decode(const Version& version, std::span<const Id> ids, std::uint64_t end, const Other& other,
              std::string& bytes, std::vector<std::size_t>& ends);
  // The same for ids whose payloads ascend: blocks are read one after the other, and what the cache has no room for goes past
  // it. See Snapshot::decode_ascending.
  bool decode_ascending(const Version& version, std::span<const Id> ids, std::uint64_t end, const Other& other,
                        unsigned threads, std::size_t most, std::string& bytes, std::vector<std::size_t>& ends);
  // The bytes of a counter's entry, empty for a blank node or a triple term.
  std::string entry(const Version& version, std::uint64_t counter);
  // Whether the term of the counter has these bytes. `near` is reused when it holds the counter.
  bool equal(const Version& version, std::uint64_t counter, std::string_view bytes, StoredTermBlock& near);

  Codebooks& codebooks() { return codebooks_; }

  // The committed id of the term, when it was looked up lately; `key` is its hash_key.
  Id recent(const Version& version, std::string_view bytes, std::uint64_t key) const;
  void remember(std::string_view bytes, std::uint64_t key, Id id);

 private:
  static constexpr std::size_t kRecentTerms = 4096;
  static constexpr std::size_t kRecentBytes = 256;
  static constexpr std::size_t kPageSlots = 64;
  struct Slot {
    TermBlock block;
    std::atomic<bool> used = false;  // since the hand passed
  };
  // Slots of full blocks that follow each other.
  struct Page {
    std::array<Slot, kPageSlots> slots;
    std::size_t held = 0;
  };
  struct Recent {
    Id id = kUnbound;
    std::string bytes;
  };
  // A term in a block; no block: it is not cached.
  struct Place {
    const TermBlock* block;
    std::size_t index;
  };
  static constexpr Place kNowhere = {nullptr, 0};
  struct Held {
    std::uint64_t first;
    TermBlock block;
  };
  void decode_piece(const Version& version, std::span<const Id> ids, std::uint64_t end, const Other& other,
                    std::string& bytes, std::vector<std::size_t>& ends);
  Place find(std::uint64_t counter);   // under the lock, shared or not
  Slot* slot_of(std::uint64_t first);  // under the lock; null: there is none
  Held load(const Version& version, std::uint64_t counter);
  void keep(std::uint64_t first, const TermBlock& block);  // under the lock
  bool decode_part(const Version& version, std::span<const Id> ids, std::uint64_t end, const Other& other,
                   std::size_t most, std::string& bytes, std::vector<std::size_t>& ends);
  void make_room();

  std::size_t limit_;
  Codebooks codebooks_;
  mutable std::mutex recent_mutex_;
  std::array<Recent, kRecentTerms> recent_;  // by the low bits of the key
  // Shared: reads blocks that are there. Alone: adds and drops some.
  std::shared_mutex mutex_;
  std::size_t held_ = 0;
  // Full blocks begin at even distances, so the slot of one follows from its first counter; small ones of
  // commits are few and begin anywhere.
  std::vector<std::unique_ptr<Page>> pages_;
  std::map<std::uint64_t, Slot> uneven_;
  // The clock (second chance): the first counters of the blocks that are there.
  std::vector<std::uint64_t> clock_;
  std::size_t hand_ = 0;
};

}  // namespace dossier
