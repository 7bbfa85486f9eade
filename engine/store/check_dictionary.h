// The part of the cross-check that looks at the dictionary, its hashes and the relation of triple terms.
//
// Purpose: every entry must be a term as it would be written today, found by its hash and by no other
// entry's; every hash must be that of an entry. What kind each entry is then tells whether ids in rows are
// right. Memory: a byte a term. Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/store/findings.h"
#include "engine/store/version.h"

namespace dossier {

// What a dictionary holds, by the counter of an entry from kFirstCounter on: its tag (`special` for one
// without bytes that is no triple term: a blank node, or a term that was dropped), or kLostEntry; other bits
// are the owner's.
inline constexpr std::uint8_t kEntryTag = 0x0F;
inline constexpr std::uint8_t kLostEntry = 0x0F;
// Can the id stand in a row? Null: yes; else why not, as "has a number that the dictionary lacks".
const char* fault_of_entry(const std::vector<std::uint8_t>& entries, Id id);
// What is wrong with the bytes of an entry, which are some; null: nothing.
const char* fault_of_bytes(std::string_view bytes);

class DictionaryCheck {
 public:
  DictionaryCheck(const std::shared_ptr<const Version>& version, std::uint64_t seed, Findings& findings,
                  CheckProgress& progress);
  void run();

  const char* fault_of(Id id) const { return fault_of_entry(entries_, id); }

 private:
  static constexpr std::uint8_t kHashed = 0x10;
  void read_terms();
  void read_triples();
  void read_hashes();
  // Equal terms have equal keys: the ids of one key.
  void compare_alike(const std::vector<Id>& ids);
  void find_wrong_keys();
  std::uint8_t* entry(Id id);

  const std::shared_ptr<const Version>& version_;
  StoreSnapshot snapshot_;
  std::uint64_t seed_;
  Findings& findings_;
  CheckProgress& progress_;
  std::vector<std::uint8_t> entries_;
  // Sums over (key, id), over the entries and over the rows of `hashes`.
  std::uint64_t expected_ = 0;
  std::uint64_t found_ = 0;
  bool complete_ = true;  // every entry could be read
};

}  // namespace dossier
