// What commits changed, as far as this process has seen it.
//
// Purpose: the log of a store says how many quads a commit added and removed, not which. A ChangeRecord listens while the shell
// is open and keeps the quads of small commits, within a bound; `show_changes` prints them and says where there are none.
// Thread-safety: ChangeRecord from all threads; the rest from the main thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/dossier.h"

namespace dossier::shell {

class Explorer;

class ChangeRecord {
 public:
  struct Changes {
    std::vector<Quad> added;
    std::vector<Quad> removed;
  };
  explicit ChangeRecord(Store& store);
  // Nothing: the commit was made before, by another process, or was too large.
  std::optional<Changes> of(std::uint64_t commit) const;

 private:
  void take(const ChangeSet& set);

  mutable std::mutex mutex_;
  std::map<std::uint64_t, Changes> commits_;
  std::size_t quads_ = 0;
  Subscription subscription_;
};

void show_changes(Explorer& explorer, std::uint64_t first, std::uint64_t last);

}  // namespace dossier::shell
