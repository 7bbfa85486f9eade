// Names that a search folded because no index had them, kept for the next search.
//
// Purpose: a store that is open read-only, or has no index of names, pays for folding once in a process. Invariants: blocks
// (labels/label_blocks.h) belong to one store in one state of its dictionary; those of another are forgotten. What does not fit
// the bound is not kept. Thread-safety: all threads.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace dossier {

class FoldedLabels {
 public:
  using Blocks = std::vector<std::shared_ptr<const std::string>>;

  Blocks get(const std::shared_ptr<const void>& store) const {
    const std::lock_guard lock(mutex_);
    return store_.lock() == store ? blocks_ : Blocks();
  }
  void add(const std::shared_ptr<const void>& store, Blocks blocks) {
    const std::lock_guard lock(mutex_);
    if (store_.lock() != store) {
      store_ = store;
      blocks_.clear();
      bytes_ = 0;
    }
    for (auto& block : blocks) {
      if (bytes_ + block->size() > kMostBytes) return;
      bytes_ += block->size();
      blocks_.push_back(std::move(block));
    }
  }

 private:
  static constexpr std::size_t kMostBytes = std::size_t{64} << 20;
  mutable std::mutex mutex_;
  std::weak_ptr<const void> store_;
  Blocks blocks_;
  std::size_t bytes_ = 0;
};

}  // namespace dossier
