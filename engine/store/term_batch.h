// The terms of many quads, interned together.
//
// Purpose: an insertion of many quads names its terms first, so that the store looks them up sorted and reads
// each block of its dictionary once. Equal terms share a number, by which their id is asked later.
// Invariants: `id` is asked after `intern`, and nothing is added then. Terms are IRIs and literals as bytes
// (model/term.h); blank nodes and triple terms are few, and no matter of look-ups by bytes. Thread-safety:
// one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/id.h"
#include "engine/store/transaction.h"

namespace dossier {

class TermBatch {
 public:
  using Number = std::uint32_t;

  Number add(std::string_view bytes);
  void intern(WriteTransaction& transaction);
  Id id(Number number) const { return ids_[number]; }

 private:
  struct Slot {
    std::uint32_t hash = 0;
    Number next = 0;  // the number + 1; 0: free
  };
  std::string_view bytes(Number number) const {
    const std::size_t begin = number == 0 ? 0 : ends_[number - 1];
    return std::string_view(bytes_).substr(begin, ends_[number] - begin);
  }
  void grow();

  std::string bytes_;  // of all terms
  std::vector<std::size_t> ends_;
  std::vector<Slot> slots_;  // open addressing, at most half full
  std::vector<Id> ids_;
};

}  // namespace dossier
