// The terms of many quads, interned together.
//
// Purpose: an insertion of many quads names its terms first, so that the store looks them up sorted and reads
// each block of its dictionary once. Invariants: `id` is asked only of what was added, after `intern`. Terms
// are IRIs and literals as bytes (model/term.h); blank nodes and triple terms are few, and no matter of
// look-ups by bytes. Thread-safety: one thread.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/model/id.h"
#include "engine/store/transaction.h"

namespace dossier {

class TermBatch {
 public:
  void add(const std::string& bytes) {
    if (places_.try_emplace(bytes, terms_.size()).second) terms_.push_back(bytes);
  }
  void intern(WriteTransaction& transaction) { ids_ = transaction.intern(terms_); }
  Id id(const std::string& bytes) const { return ids_[places_.at(bytes)]; }

 private:
  std::unordered_map<std::string, std::size_t> places_;
  std::vector<std::string> terms_;
  std::vector<Id> ids_;
};

}  // namespace dossier
