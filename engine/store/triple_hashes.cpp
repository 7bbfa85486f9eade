#include "engine/store/triple_hashes.h"

#include <algorithm>
#include <string>
#include <vector>

#include "engine/store/relation.h"
#include "engine/store/store_snapshot.h"

namespace dossier {
namespace {

constexpr std::size_t kBatchRows = 65'536;

class TripleHasher {
 public:
  TripleHasher(const std::shared_ptr<const Version>& version, std::uint64_t seed,
               const std::function<void(const Values&, const TermHash*)>& visit)
      : snapshot_(version, seed), seed_(seed), visit_(visit) {}

  void add(const Values& row) {
    rows_.push_back(row);
    if (rows_.size() == kBatchRows) flush();
  }

  void flush() {
    components_.clear();
    for (const Values& row : rows_) {
      for (std::size_t c = 1; c < 4; ++c)
        if (const Id id{row[c]}; id.tag() != Tag::triple) components_.push_back(id);
    }
    std::sort(components_.begin(), components_.end());
    components_.erase(std::unique(components_.begin(), components_.end()), components_.end());
    const bool together = hash_components();
    for (const Values& row : rows_) {
      std::array<TermHash, 3> parts;
      try {
        for (std::size_t c = 0; c < 3; ++c)
          parts[c] = together ? hash_of(Id{row[c + 1]}) : snapshot_.hash(Id{row[c + 1]});
        const TermHash hash = hash_triple_term(parts[0], parts[1], parts[2], seed_);
        visit_(row, &hash);
      } catch (const CorruptionError&) {
        visit_(row, nullptr);
      }
    }
    rows_.clear();
  }

 private:
  // False when one of them cannot be decoded: then each row goes its own way.
  bool hash_components() {
    std::string bytes;
    std::vector<std::size_t> ends;
    try {
      snapshot_.decode(components_, bytes, ends);
    } catch (const CorruptionError&) {
      return false;
    }
    hashes_.clear();
    std::size_t start = 0;
    for (const std::size_t end : ends) {
      hashes_.push_back(hash_term_bytes(std::string_view(bytes).substr(start, end - start), seed_));
      start = end;
    }
    return true;
  }

  TermHash hash_of(Id id) const {
    if (id.tag() == Tag::triple) return snapshot_.hash(id);
    const auto found = std::lower_bound(components_.begin(), components_.end(), id);
    return hashes_[static_cast<std::size_t>(found - components_.begin())];
  }

  StoreSnapshot snapshot_;
  std::uint64_t seed_;
  const std::function<void(const Values&, const TermHash*)>& visit_;
  std::vector<Values> rows_;
  std::vector<Id> components_;  // sorted, each once
  std::vector<TermHash> hashes_;
};

}  // namespace

void each_triple_hash(const std::shared_ptr<const Version>& version, std::uint64_t seed,
                      const std::function<bool(const Values&)>& wanted,
                      const std::function<void(const Values&, const TermHash*)>& visit) {
  TripleHasher hasher(version, seed, visit);
  each_row(version, relation_of(Permutation::ispo), [&](const Values& row) {
    if (wanted(row)) hasher.add(row);
  });
  hasher.flush();
}

}  // namespace dossier
