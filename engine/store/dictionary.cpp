#include "engine/store/dictionary.h"

#include <algorithm>
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

constexpr std::size_t kTogether = 256;  // terms decoded under one lock

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
    : version_(version), cursor_(version.kv().cursor(version.state(), Family::terms, {}, {}, true)) {}

void TermWalk::read() {
  block_.reset();
  if (!cursor_->valid() || cursor_->key().size() != 8) return;
  first_ = load_big_endian(cursor_->key().data());
  block_.emplace(cursor_->value(), version_.dictionary().codebooks().of(version_.kv(), cursor_->value()));
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

Dictionary::Slot* Dictionary::slot_of(std::uint64_t first) {
  if (even_first(first) != first) {
    const auto found = uneven_.find(first);
    return found == uneven_.end() ? nullptr : &found->second;
  }
  const std::uint64_t number = (first - kFirstCounter) / kTermsPerBlock;
  if (number / kPageSlots >= pages_.size() || pages_[number / kPageSlots] == nullptr) return nullptr;
  Slot& slot = pages_[number / kPageSlots]->slots[number % kPageSlots];
  return slot.block.exists() ? &slot : nullptr;
}

Dictionary::Place Dictionary::find(std::uint64_t counter) {
  const auto place_in = [&](Slot& slot, std::uint64_t first) -> Place {
    if (counter - first >= slot.block.terms()) return kNowhere;
    if (!slot.used.load(std::memory_order_relaxed)) slot.used.store(true, std::memory_order_relaxed);
    return {&slot.block, counter - first};
  };
  const std::uint64_t first = even_first(counter);
  if (Slot* const slot = slot_of(first))
    if (const Place place = place_in(*slot, first); place.block != nullptr) return place;
  const auto after = uneven_.upper_bound(counter);
  if (after == uneven_.begin()) return kNowhere;
  return place_in(std::prev(after)->second, std::prev(after)->first);
}

Dictionary::Held Dictionary::load(const Version& version, std::uint64_t counter) {
  StoredTermBlock stored;
  stored.read(version, counter);
  const std::uint64_t first = stored.first();
  TermBlock block(stored.bytes(), codebooks_.of(version.kv(), stored.bytes()));
  const std::lock_guard lock(mutex_);
  keep(first, block);
  make_room();
  return {first, std::move(block)};
}

void Dictionary::keep(std::uint64_t first, const TermBlock& block) {
  held_ += block.memory();
  if (Slot* const slot = slot_of(first)) {
    // A small block of a commit may stand here; the merged one holds more.
    held_ -= slot->block.memory();
    slot->block = block;
  } else {
    if (even_first(first) != first) {
      uneven_[first].block = block;
    } else {
      const std::uint64_t number = (first - kFirstCounter) / kTermsPerBlock;
      if (number / kPageSlots >= pages_.size()) pages_.resize(number / kPageSlots + 1);
      std::unique_ptr<Page>& page = pages_[number / kPageSlots];
      if (page == nullptr) {
        page = std::make_unique<Page>();
        held_ += sizeof(Page);
      }
      ++page->held;
      page->slots[number % kPageSlots].block = block;
    }
    clock_.push_back(first);
  }
}

void Dictionary::decode(const Version& version, std::span<const Id> ids, std::uint64_t end,
                        const Other& other, std::string& bytes, std::vector<std::size_t>& ends) {
  ends.reserve(ends.size() + ids.size());
  for (; ids.size() > kTogether; ids = ids.subspan(kTogether))
    decode_piece(version, ids.first(kTogether), end, other, bytes, ends);
  decode_piece(version, ids, end, other, bytes, ends);
}

// Three passes, each of which asks for the memory that the next one reads.
void Dictionary::decode_piece(const Version& version, std::span<const Id> ids, std::uint64_t end,
                              const Other& other, std::string& bytes, std::vector<std::size_t>& ends) {
  std::array<Place, kTogether> places;
  std::vector<Held> held;  // blocks that were read for this piece, in the order of their counters
  std::vector<std::uint64_t> missing;
  std::shared_lock lock(mutex_);
  for (;;) {
    Place near = kNowhere;  // the term found last, of this counter
    std::uint64_t near_counter = 0;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const Id id = ids[i];
      places[i] = kNowhere;
      const std::uint64_t counter = id.payload();
      if ((id.tag() != Tag::iri && id.tag() != Tag::literal) || counter >= end) continue;
      // Near terms, and a term again, are in the same block.
      if (near.block != nullptr && near.index + counter - near_counter < near.block->terms())
        places[i] = {near.block, near.index + counter - near_counter};
      else
        places[i] = find(counter);
      if (places[i].block == nullptr && !held.empty()) {
        auto after =
            std::upper_bound(held.begin(), held.end(), counter,
                             [](std::uint64_t value, const Held& block) { return value < block.first; });
        if (after != held.begin() && counter - (--after)->first < after->block.terms())
          places[i] = {&after->block, counter - after->first};
      }
      if (places[i].block == nullptr) {
        missing.push_back(counter);
      } else {
        __builtin_prefetch(places[i].block->bounds(places[i].index));
        near = places[i];
        near_counter = counter;
      }
    }
    if (missing.empty()) break;
    // What was found may be dropped meanwhile; then it is read, too.
    lock.unlock();
    std::sort(missing.begin(), missing.end());
    for (const std::uint64_t counter : missing)
      if (held.empty() || counter < held.back().first ||
          counter - held.back().first >= held.back().block.terms())
        held.push_back(load(version, counter));
    std::sort(held.begin(), held.end(), [](const Held& a, const Held& b) { return a.first < b.first; });
    missing.clear();
    lock.lock();
  }
  struct Piece {
    const char* text;
    std::size_t size;
  };
  std::array<Piece, kTogether> pieces;  // as `places` not set beforehand: that would cost more than one term
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (places[i].block == nullptr) continue;
    const std::string_view term = places[i].block->term(places[i].index);
    pieces[i] = {term.data(), term.size()};
    __builtin_prefetch(term.data());
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (places[i].block != nullptr)
      bytes.append(pieces[i].text, pieces[i].size);
    else
      other(ids[i], bytes);
    ends.push_back(bytes.size());
  }
}

std::string Dictionary::entry(const Version& version, std::uint64_t counter) {
  {
    const std::shared_lock lock(mutex_);
    if (const Place place = find(counter); place.block != nullptr)
      return std::string(place.block->term(place.index));
  }
  const Held held = load(version, counter);
  return std::string(held.block.term(counter - held.first));
}

bool Dictionary::equal(const Version& version, std::uint64_t counter, std::string_view bytes,
                       StoredTermBlock& near) {
  if (!near.holds(counter)) {
    {
      const std::shared_lock lock(mutex_);
      if (const Place place = find(counter); place.block != nullptr)
        return equal_term_bytes(place.block->term(place.index), bytes);
    }
    near.read(version, counter);
  }
  TermBlockCursor block(near.bytes(), codebooks_.of(version.kv(), near.bytes()));
  return equal_term_bytes(block.term(counter - near.first()), bytes);
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

// The hand goes round and drops what was not used since it passed; the last block takes the place of a
// dropped one.
void Dictionary::make_room() {
  while (held_ > limit_ && clock_.size() > 1) {
    if (hand_ >= clock_.size()) hand_ = 0;
    const std::uint64_t first = clock_[hand_];
    Slot& slot = *slot_of(first);
    if (slot.used.exchange(false, std::memory_order_relaxed)) {
      ++hand_;
      continue;
    }
    held_ -= slot.block.memory();
    slot.block = {};
    if (even_first(first) != first) {
      uneven_.erase(first);
    } else if (std::unique_ptr<Page>& page = pages_[(first - kFirstCounter) / kTermsPerBlock / kPageSlots];
               --page->held == 0) {
      page.reset();
      held_ -= sizeof(Page);
    }
    clock_[hand_] = clock_.back();
    clock_.pop_back();
  }
}

}  // namespace dossier
