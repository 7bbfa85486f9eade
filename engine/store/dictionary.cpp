#include "engine/store/dictionary.h"

#include <string>

#include "engine/dossier.h"

namespace dossier {

TermBlockAt Dictionary::block(const Version& version, std::uint64_t counter) {
  {
    const std::lock_guard lock(mutex_);
    auto found = blocks_.upper_bound(counter);
    if (found != blocks_.begin()) {
      --found;
      if (counter - found->first < found->second.block->terms()) {
        order_.splice(order_.begin(), order_, found->second.place);
        return {found->first, found->second.block};
      }
    }
  }
  const PooledCursor cursor = version.terms();
  cursor->seek_for_prev(terms_key(counter));
  TermBlockAt result;
  if (cursor->valid() && cursor->key().size() == 8) {
    result.first = load_big_endian(cursor->key().data());
    result.block = std::make_shared<TermBlock>(cursor->value());
  }
  if (!result.holds(counter)) {
    throw CorruptionError("the dictionary has no term of number " + std::to_string(counter) +
                          "; restore the store from a backup");
  }
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
