#include "engine/store/dictionary.h"

#include <string>

#include "engine/dossier.h"
#include "engine/model/term.h"

namespace dossier {

namespace {

// Reads the block of the counter into `block`; throws CorruptionError when there is none.
void read_block(const Version& version, std::uint64_t counter, StoredTermBlock& block) {
  // Full blocks begin at kFirstCounter plus a multiple of their terms, so most are found by their exact key,
  // which reads one block of the file; stepping back to a key may read two.
  block.first = counter - (counter - kFirstCounter) % kTermsPerBlock;
  const bool there = version.kv().get(version.state(), Family::terms, terms_key(block.first), block.bytes);
  if (there && block.holds(counter)) return;
  const PooledCursor cursor = version.terms();
  cursor->seek_for_prev(terms_key(counter));
  if (cursor->valid() && cursor->key().size() == 8) {
    block.first = load_big_endian(cursor->key().data());
    block.bytes = cursor->value();
    if (block.holds(counter)) return;
  }
  throw CorruptionError("the dictionary has no term of number " + std::to_string(counter) +
                        "; restore the store from a backup");
}

}  // namespace

TermBlockAt Dictionary::cached(std::uint64_t counter) {
  const std::lock_guard lock(mutex_);
  auto found = blocks_.upper_bound(counter);
  if (found == blocks_.begin()) return {};
  --found;
  if (counter - found->first >= found->second.block->terms()) return {};
  order_.splice(order_.begin(), order_, found->second.place);
  return {found->first, found->second.block};
}

bool Dictionary::equal(const Version& version, std::uint64_t counter, std::string_view bytes,
                       StoredTermBlock& near) {
  if (!near.holds(counter)) {
    if (const TermBlockAt at = cached(counter); at.holds(counter))
      return equal_term_bytes(at.block->term(counter - at.first), bytes);
    read_block(version, counter, near);
  }
  return equal_term_bytes(TermBlock::term_of(near.bytes, counter - near.first), bytes);
}

Id Dictionary::recent(const Version& version, std::string_view bytes, std::uint64_t key) const {
  const std::lock_guard lock(recent_mutex_);
  const Recent& recent = recent_[key % kRecentTerms];
  if (!recent.id.is_bound() || recent.id.payload() >= version.totals().next_counter) return kUnbound;
  return equal_term_bytes(recent.bytes, bytes) ? recent.id : kUnbound;
}

void Dictionary::remember(std::string_view bytes, std::uint64_t key, Id id) {
  if (bytes.size() > kRecentBytes) return;
  const std::lock_guard lock(recent_mutex_);
  recent_[key % kRecentTerms] = {id, std::string(bytes)};
}

TermBlockAt Dictionary::block(const Version& version, std::uint64_t counter) {
  if (TermBlockAt at = cached(counter); at.holds(counter)) return at;
  StoredTermBlock stored;
  read_block(version, counter, stored);
  const TermBlockAt result{stored.first, std::make_shared<TermBlock>(stored.bytes)};
  const std::lock_guard lock(mutex_);
  const auto [place, added] = blocks_.try_emplace(result.first);
  if (!added) {
    // A small block of a commit may stand here; the merged one holds more.
    held_ -= place->second.block->memory();
    order_.erase(place->second.place);
  }
  order_.push_front(result.first);
  place->second = {result.block, order_.begin()};
  held_ += result.block->memory();
  while (held_ > limit_ && order_.size() > 1) {
    const auto oldest = blocks_.find(order_.back());
    held_ -= oldest->second.block->memory();
    blocks_.erase(oldest);
    order_.pop_back();
  }
  return result;
}

}  // namespace dossier
