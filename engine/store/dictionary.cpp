#include "engine/store/dictionary.h"

#include <iterator>
#include <string>

#include "engine/dossier.h"
#include "engine/model/term.h"

namespace dossier {

namespace {

[[noreturn]] void no_term(std::uint64_t counter) {
  throw CorruptionError("the dictionary has no term of number " + std::to_string(counter) +
                        "; restore the store from a backup");
}

// Where the block of the counter begins when it is a full one.
std::uint64_t even_first(std::uint64_t counter) {
  return counter - (counter - kFirstCounter) % kTermsPerBlock;
}

}  // namespace

void StoredTermBlock::read(const Version& version, std::uint64_t counter) {
  // Full blocks begin at kFirstCounter plus a multiple of their terms, so most are found by their exact key,
  // which reads one block of the file; stepping back to a key may read two.
  first_ = even_first(counter);
  value_ = version.kv().pin(version.state(), Family::terms, terms_key(first_));
  if (value_ != nullptr && holds(counter)) return;
  value_.reset();
  const PooledCursor cursor = version.terms();
  cursor->seek_for_prev(terms_key(counter));
  if (cursor->valid() && cursor->key().size() == 8) {
    first_ = load_big_endian(cursor->key().data());
    copy_ = cursor->value();
    if (holds(counter)) return;
  }
  no_term(counter);
}

TermWalk::TermWalk(const Version& version)
    : cursor_(version.kv().cursor(version.state(), Family::terms, {}, {}, true)) {}

void TermWalk::read() {
  block_.reset();
  if (!cursor_->valid() || cursor_->key().size() != 8) return;
  first_ = load_big_endian(cursor_->key().data());
  block_.emplace(cursor_->value());
}

bool TermWalk::equal(std::uint64_t counter, std::string_view bytes) {
  if (!holds(counter) && block_) {
    cursor_->next();
    read();
  }
  if (!holds(counter)) {
    cursor_->seek_for_prev(terms_key(counter));
    read();
  }
  if (!holds(counter)) no_term(counter);
  return equal_term_bytes(block_->term(counter - first_), bytes);
}

TermBlockAt Dictionary::cached(std::uint64_t counter) {
  const std::lock_guard lock(mutex_);
  const auto take = [&](std::size_t place) -> TermBlockAt {
    Slot& slot = slots_[place];
    if (counter - slot.first >= slot.block->terms()) return {};
    slot.used = true;
    return {slot.first, slot.block};
  };
  if (const auto found = even_.find(even_first(counter)); found != even_.end())
    if (TermBlockAt at = take(found->second); at.block != nullptr) return at;
  const auto after = uneven_.upper_bound(counter);
  return after == uneven_.begin() ? TermBlockAt{} : take(std::prev(after)->second);
}

bool Dictionary::equal(const Version& version, std::uint64_t counter, std::string_view bytes,
                       StoredTermBlock& near) {
  if (!near.holds(counter)) {
    if (const TermBlockAt at = cached(counter); at.holds(counter))
      return equal_term_bytes(at.block->term(counter - at.first), bytes);
    near.read(version, counter);
  }
  return equal_term_bytes(TermBlockCursor(near.bytes()).term(counter - near.first()), bytes);
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
  stored.read(version, counter);
  const TermBlockAt result{stored.first(), std::make_shared<TermBlock>(stored.bytes())};
  const std::lock_guard lock(mutex_);
  held_ += result.block->memory();
  if (std::size_t* const place = slot_of(result.first)) {
    // A small block of a commit may stand here; the merged one holds more.
    Slot& slot = slots_[*place];
    held_ -= slot.block->memory();
    slot.block = result.block;
  } else {
    (even_first(result.first) == result.first ? even_[result.first] : uneven_[result.first]) = slots_.size();
    slots_.push_back({result.first, result.block, false});
  }
  make_room();
  return result;
}

std::size_t* Dictionary::slot_of(std::uint64_t first) {
  if (even_first(first) == first) {
    const auto found = even_.find(first);
    return found == even_.end() ? nullptr : &found->second;
  }
  const auto found = uneven_.find(first);
  return found == uneven_.end() ? nullptr : &found->second;
}

// The hand goes round and drops what was not used since it passed; the last slot takes the place of a dropped
// one.
void Dictionary::make_room() {
  while (held_ > limit_ && slots_.size() > 1) {
    if (hand_ >= slots_.size()) hand_ = 0;
    Slot& slot = slots_[hand_];
    if (slot.used) {
      slot.used = false;
      ++hand_;
      continue;
    }
    held_ -= slot.block->memory();
    if (even_.erase(slot.first) == 0) uneven_.erase(slot.first);
    if (hand_ + 1 < slots_.size()) {
      slot = std::move(slots_.back());
      *slot_of(slot.first) = hand_;
    }
    slots_.pop_back();
  }
}

}  // namespace dossier
