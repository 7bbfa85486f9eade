#include "engine/store/term_scan.h"

#include <algorithm>
#include <memory>

#include "engine/store/dictionary.h"
#include "engine/store/term_block.h"

namespace dossier {
namespace {

// The counter behind the last term of the present commit; when a load is just adding its files, of that load.
std::uint64_t present_end(const KeyValueStore& kv) {
  Totals totals;
  const auto state = kv.snapshot();
  const auto cursor = kv.cursor(state.get(), Family::meta);
  cursor->seek_for_prev(commit_key(~std::uint64_t{0}));
  return cursor->valid() && Totals::read(cursor->value(), totals) ? totals.next_counter : 0;
}

}  // namespace

void each_term(const Version& version, const std::function<void(std::uint64_t, std::string_view)>& visit,
               const std::function<void(const std::string&)>& fault) {
  const std::uint64_t end = version.totals().next_counter;
  std::uint64_t next = kFirstCounter;   // the counter expected
  std::uint64_t again = kFirstCounter;  // where reading goes on after damage to the files
  const auto cursor = version.kv().cursor(version.state(), Family::terms, {}, {}, true);
  bool seek = true;
  for (;;) {
    try {
      if (seek) {
        cursor->seek(terms_key(again));
      } else {
        cursor->next();
      }
      seek = false;
    } catch (const CorruptionError& error) {
      if (again <= next) fault("the term " + std::to_string(next) + " and some after it: " + error.what());
      // A block of the files holds several of the dictionary's: the next one that is whole is looked for.
      again = std::max(again, next) + kTermsPerBlock;
      if (again >= end) return;
      seek = true;
      continue;
    }
    if (!cursor->valid()) return;
    if (cursor->key().size() != 8) {
      fault("a block has a key of a wrong length");
      continue;
    }
    const std::uint64_t first = load_big_endian(cursor->key().data());
    if (first >= end) {
      // A load may have added them since (KeyValueStore::ingest), behind terms of commits that this version does not see.
      if (first < present_end(version.kv())) return;
      fault("there are terms from number " + std::to_string(first) +
            " on, but the record of the commit says " + std::to_string(end - 1) + " is the last");
      return;
    }
    if (first > next)
      fault("the terms " + std::to_string(next) + " to " + std::to_string(first - 1) + " are missing");
    if (first < next) fault("two blocks overlap at the term " + std::to_string(first));
    try {
      const TermBlock block(cursor->value(),
                            version.dictionary().codebooks().of(version.kv(), cursor->value()));
      if (block.terms() == 0) fault("the block of the term " + std::to_string(first) + " is empty");
      const std::size_t known = next > first ? std::min<std::size_t>(next - first, block.terms()) : 0;
      for (std::size_t i = known; i < block.terms(); ++i) visit(first + i, block.term(i));
      next = std::max(next, first + block.terms());
    } catch (const CorruptionError& error) {
      fault("the block of the term " + std::to_string(first) + ": " + error.what());
      next = std::max(next, first);
    }
  }
}

}  // namespace dossier
