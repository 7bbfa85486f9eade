#include "engine/store/check_dictionary.h"

#include <algorithm>
#include <string>

#include "engine/store/relation.h"
#include "engine/store/term_scan.h"
#include "engine/store/triple_hashes.h"

namespace dossier {
namespace {

constexpr std::size_t kMostAlike = 32;  // terms of one key that are compared with each other
constexpr std::size_t kDecodedTogether = 16'384;

std::uint64_t mix(std::uint64_t key, std::uint64_t id) {
  return hash_id(Id{hash_id(Id{key + 1}) * 0x9E3779B97F4A7C15ULL + id});
}

}  // namespace

const char* fault_of_bytes(std::string_view bytes) {
  switch (bytes[0]) {
    case kIriByte:
    case kStringByte:
      break;
    case kLanguageByte:
    case kDatatypeByte:
      if (bytes.find('\0') == std::string_view::npos) return "its bytes are no term";
      break;
    default:
      return "its bytes are no term";
  }
  return inline_id(bytes).is_bound() ? "it is a value that is never stored in the dictionary" : nullptr;
}

DictionaryCheck::DictionaryCheck(const std::shared_ptr<const Version>& version, std::uint64_t seed,
                                 Findings& findings, CheckProgress& progress)
    : version_(version), snapshot_(version, seed), seed_(seed), findings_(findings), progress_(progress) {}

void DictionaryCheck::run() {
  complete_ &= guarded(findings_, "dictionary: its terms", [this] { read_terms(); });
  complete_ &= guarded(findings_, "ispo", [this] { read_triples(); });
  guarded(findings_, "hashes", [this] { read_hashes(); });
  if (complete_ && expected_ != found_) guarded(findings_, "hashes", [this] { find_wrong_keys(); });
}

void DictionaryCheck::read_terms() {
  const std::uint64_t end = version_->totals().next_counter;
  each_term(
      *version_,
      [&](std::uint64_t counter, std::string_view bytes) {
        // What is not visited is lost.
        entries_.resize(counter - kFirstCounter, kLostEntry);
        Tag tag = Tag::special;
        if (!bytes.empty()) {
          tag = bytes[0] == kIriByte ? Tag::iri : Tag::literal;
          if (const char* fault = fault_of_bytes(bytes))
            findings_.add("dictionary: a wrong term",
                          "of the number " + std::to_string(counter) + ": " + fault);
          expected_ += mix(hash_key(hash_term_bytes(bytes, seed_)), Id::make(tag, counter).bits);
        }
        entries_.push_back(static_cast<std::uint8_t>(tag));
        progress_.add(1);
      },
      [&](const std::string& what) { findings_.add("dictionary: terms are damaged", what); });
  if (entries_.size() != end - kFirstCounter)
    findings_.add("dictionary: it ends with the term " + std::to_string(entries_.size()) +
                  ", the record of the commit says " + std::to_string(end - 1));
  entries_.resize(end - kFirstCounter, kLostEntry);
  complete_ &= std::find(entries_.begin(), entries_.end(), kLostEntry) == entries_.end();
}

std::uint8_t* DictionaryCheck::entry(Id id) {
  const std::uint64_t index = id.payload() - kFirstCounter;
  return index < entries_.size() ? &entries_[index] : nullptr;
}

const char* fault_of_entry(const std::vector<std::uint8_t>& entries, Id id) {
  if (id == kDefaultGraph) return nullptr;
  if (id.is_local() || id.tag() == Tag{15} || id.tag() == Tag::special) return "is no id that is stored";
  if (!id.in_dictionary()) return nullptr;
  const std::uint64_t index = id.payload() - kFirstCounter;
  if (index >= entries.size()) return "has a number that the dictionary lacks";
  const std::uint8_t tag = entries[index] & kEntryTag;
  if (tag == kLostEntry) return "is lost in the dictionary";
  if (tag == static_cast<std::uint8_t>(id.tag()) ||
      (tag == static_cast<std::uint8_t>(Tag::special) && id.tag() == Tag::blank))
    return nullptr;
  return "is of another kind in the dictionary";
}

void DictionaryCheck::read_triples() {
  std::uint64_t last = 0;
  each_row(version_, relation_of(Permutation::ispo), [&](const Values& row) {
    const Id id{row[0]};
    if (row[0] == last) findings_.add("ispo: a triple term stands for two triples", findings_.show(id));
    last = row[0];
    std::uint8_t* const found = id.tag() == Tag::triple ? entry(id) : nullptr;
    if (found == nullptr) {
      findings_.add("ispo: a triple term that the dictionary lacks",
                    "number " + std::to_string(id.payload()));
    } else if ((*found & kEntryTag) == static_cast<std::uint8_t>(Tag::special)) {
      *found = static_cast<std::uint8_t>(Tag::triple);
    } else if ((*found & kEntryTag) != static_cast<std::uint8_t>(Tag::triple) &&
               (*found & kEntryTag) != kLostEntry) {
      findings_.add("ispo: a triple term whose number is that of another term",
                    "number " + std::to_string(id.payload()));
    }
    progress_.add(1);
  });
  each_triple_hash(
      version_, seed_,
      [this](const Values& row) {
        for (std::size_t c = 1; c < 4; ++c) {
          const char* const fault = fault_of(Id{row[c]});
          if (fault == nullptr && Id{row[c]} != kDefaultGraph) continue;
          findings_.add(
              "ispo: a component of a triple term " + std::string(fault == nullptr ? "is none" : fault),
              "the triple term " + std::to_string(Id{row[0]}.payload()) + ", the component " +
                  std::to_string(Id{row[c]}.payload()));
          complete_ = false;
          return false;
        }
        return true;
      },
      [this](const Values& row, const TermHash* hash) {
        if (hash == nullptr) {
          complete_ = false;
          findings_.add("ispo: the components of a triple term cannot be read",
                        std::to_string(Id{row[0]}.payload()));
        } else {
          expected_ += mix(hash_key(*hash), row[0]);
        }
      });
  Values before{};
  each_row(version_, relation_of(Permutation::spoi), [&](const Values& row) {
    if (std::equal(row.begin(), row.begin() + 3, before.begin()))
      findings_.add(
          "dictionary: a triple term is there twice",
          "number " + std::to_string(Id{before[3]}.payload()) + " and " + findings_.show_triple(row));
    before = row;
  });
}

void DictionaryCheck::read_hashes() {
  std::uint64_t rows = 0;
  std::uint64_t key = 0;
  std::vector<Id> alike;
  each_row(version_, kHashes, [&](const Values& row) {
    const Id id{row[1]};
    ++rows;
    if (alike.empty() || row[0] != key) {
      compare_alike(alike);
      alike.clear();
      key = row[0];
    }
    if (alike.size() < kMostAlike) alike.push_back(id);
    found_ += mix(row[0], row[1]);
    std::uint8_t* const found = id.in_dictionary() && id.tag() != Tag::blank ? entry(id) : nullptr;
    const bool known = found != nullptr && (*found & kEntryTag) != kLostEntry;
    if (found == nullptr) {
      findings_.add("hashes: a hash of no term",
                    "number " + std::to_string(id.payload()) + " is not in the dictionary");
    } else if (known && (*found & kEntryTag) != static_cast<std::uint8_t>(id.tag())) {
      findings_.add("hashes: a hash of no term", "number " + std::to_string(id.payload()) +
                                                     " is of another kind in the dictionary, or empty there");
    } else if ((*found & kHashed) != 0) {
      findings_.add("hashes: a term has two hashes", findings_.show(id));
    }
    if (found != nullptr) *found |= kHashed;
    progress_.add(1);
  });
  compare_alike(alike);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const std::uint8_t tag = entries_[i] & kEntryTag;
    if ((entries_[i] & kHashed) != 0 || tag == static_cast<std::uint8_t>(Tag::special) || tag == kLostEntry)
      continue;
    findings_.add("hashes: a term without hash cannot be found by its text",
                  findings_.show(Id::make(static_cast<Tag>(tag), kFirstCounter + i)));
  }
  if (rows != version_->totals().hashed_terms)
    findings_.add("hashes: " + std::to_string(rows) + " rows, the record of the commit says " +
                  std::to_string(version_->totals().hashed_terms));
}

void DictionaryCheck::compare_alike(const std::vector<Id>& ids) {
  for (std::size_t a = 0; a < ids.size(); ++a) {
    for (std::size_t b = a + 1; b < ids.size(); ++b) {
      // Triple terms are compared in the order of their components.
      if (ids[a].tag() != ids[b].tag() || ids[a].tag() == Tag::triple || ids[a] == ids[b]) continue;
      if (fault_of(ids[a]) != nullptr || fault_of(ids[b]) != nullptr) continue;
      if (equal_term_bytes(snapshot_.decode(ids[a]), snapshot_.decode(ids[b])))
        findings_.add("dictionary: a term is there twice",
                      "number " + std::to_string(ids[a].payload()) + " and " + findings_.show(ids[b]));
    }
  }
}

// The sums tell that a key is wrong, this tells which.
void DictionaryCheck::find_wrong_keys() {
  std::vector<Values> rows;
  std::vector<Id> ids;
  std::string bytes;
  std::vector<std::size_t> ends;
  const auto compare = [&] {
    ids.clear();
    bytes.clear();
    ends.clear();
    for (const Values& row : rows) ids.push_back(Id{row[1]});
    snapshot_.decode(ids, bytes, ends);
    std::size_t start = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::string_view term = std::string_view(bytes).substr(start, ends[i] - start);
      start = ends[i];
      const TermHash hash =
          ids[i].tag() == Tag::triple ? snapshot_.hash(ids[i]) : hash_term_bytes(term, seed_);
      if (hash_key(hash) != rows[i][0])
        findings_.add("hashes: a hash is not that of its term", findings_.show(ids[i]));
    }
    rows.clear();
  };
  each_row(version_, kHashes, [&](const Values& row) {
    if (!Id{row[1]}.in_dictionary() || Id{row[1]}.tag() == Tag::blank || fault_of(Id{row[1]}) != nullptr)
      return;
    rows.push_back(row);
    if (rows.size() == kDecodedTogether) compare();
  });
  compare();
}

}  // namespace dossier
