#include "engine/store/dictionary.h"

#include <string>

#include "engine/dossier.h"
#include "engine/model/term.h"

namespace dossier {

namespace {

[[noreturn]] void no_term(std::uint64_t counter) {
  throw CorruptionError("the dictionary has no term of number " + std::to_string(counter) +
                        "; restore the store from a backup");
}

}  // namespace

void StoredTermBlock::read(const Version& version, std::uint64_t counter) {
  // Full blocks begin at kFirstCounter plus a multiple of their terms, so most are found by their exact key,
  // which reads one block of the file; stepping back to a key may read two.
  first_ = counter - (counter - kFirstCounter) % kTermsPerBlock;
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
