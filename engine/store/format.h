// What stands on disk: families, keys, records, version.
//
// Purpose: the one place of every constant that a file depends on.
//
// Families
//   meta        small records, see "Meta keys"
//   spog ... ospi, hashes
//               packed relations: key = the columns of the block's lower bound, 8 bytes big-endian each;
//               value = encode_block (store/block.h). The first block of a relation has the key of all zeros,
//               exists from creation and is never deleted. A block holds the rows from its key up to the next
//               key; no row of a block is less than its key. gspo holds rows of named graphs only. The
//               relation `hashes` has two columns: hash_key of the term and its id in the dictionary; triple
//               terms (hash_triple_term over the hashes of their components, a blank node's being that of its
//               stored label, an inline term's that of its bytes) are in it, blank nodes are not.
//   terms       key = counter of the first term, 8 bytes big-endian; value = up to kTermsPerBlock terms in
//               the order of their counters (store/term_block.h). Blank nodes and triple terms have empty
//               entries. Counters are dense: from kFirstCounter to Totals::next_counter, without gaps.
//               Before all blocks stand the codebooks (store/codebook.h): key = 8 zero bytes, the number
//               of the codebook, 8 bytes big-endian.
//   overlay     key = relation number (1 byte) and the columns of the row, 8 bytes big-endian each; value "+"
//               or "-". It is the exact difference to the blocks: a "+" row is in no block, a "-" row is in
//               one.
//
// Meta keys (g, p: ids, 8 bytes big-endian; numbers in values: 8 bytes little-endian)
//   a           "dossier" and the format version (8 bytes)
//   b           hash seed
//   c g p       quads of the named graph with the predicate (exact; never zero)
//   d p         PredicateStatistics of the predicate, in the order of its members (never zero triples)
//   g g         quads of the named graph (exact; never zero)
//   k n         the codebook of number n, as in `terms`
//               What the default graph has follows from d and t: a commit to it writes no third count.
//   l n         Totals: what the store is after commit number n. The last one tells the present state; the
//   others
//               are the log, kKeptCommits of them at least. 0 is the store as it was made.
//   f           settings of the label index (labels/label_index.h); none: there is no index
//   f n         block number n of the label index (labels/label_blocks.h)
//   p prefix    the IRI of a prefix of a loaded file
// Frozen: a change of anything here raises kFormatVersion. Thread-safety: constants and free functions.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "engine/model/id.h"
#include "engine/model/term.h"
#include "engine/store/snapshot.h"
#include "engine/store/varint.h"

namespace dossier {

inline constexpr std::uint64_t kFormatVersion = 6;
// Lacks the label index and is else the same. It is read as it is; making an index makes it the present one.
inline constexpr std::uint64_t kFormatWithoutLabels = 5;
inline constexpr std::string_view kFormatMagic = "dossier";

enum class Family : std::uint8_t {
  meta = 0,
  spog = 1,  // the relations: 1 + number
  posg = 2,
  ospg = 3,
  psog = 4,
  gspo = 5,
  ispo = 6,
  spoi = 7,
  posi = 8,
  ospi = 9,
  hashes = 10,
  terms = 11,
  overlay = 12,
};
inline constexpr std::size_t kFamilies = 13;
inline constexpr std::array<std::string_view, kFamilies> kFamilyNames = {
    "meta", "spog", "posg", "ospg",   "psog",  "gspo",   "ispo",
    "spoi", "posi", "ospi", "hashes", "terms", "overlay"};

// A packed relation: the nine permutations by their numbers, and `hashes`.
using Relation = std::uint8_t;
inline constexpr Relation kHashes = kPermutations;
inline constexpr std::size_t kRelations = kPermutations + 1;
constexpr Relation relation_of(Permutation permutation) {
  return static_cast<Relation>(permutation);
}
constexpr Family family_of(Relation relation) {
  return static_cast<Family>(relation + 1);
}
constexpr std::size_t columns_of(Relation relation) {
  return relation == kHashes ? 2 : 4;
}

// Column i of a permutation's row is column kColumnOrder[permutation][i] of (s, p, o, g), or of (s, p, o, i)
// for the triple terms.
inline constexpr std::array<std::array<std::uint8_t, 4>, kPermutations> kColumnOrder = {{
    {0, 1, 2, 3},
    {1, 2, 0, 3},
    {2, 0, 1, 3},
    {1, 0, 2, 3},
    {3, 0, 1, 2},
    {3, 0, 1, 2},
    {0, 1, 2, 3},
    {1, 2, 0, 3},
    {2, 0, 1, 3},
}};
constexpr Row permute(Permutation permutation, const Row& spog) {
  const auto& order = kColumnOrder[static_cast<std::size_t>(permutation)];
  return {spog[order[0]], spog[order[1]], spog[order[2]], spog[order[3]]};
}

inline constexpr std::size_t kTermsPerBlock = 64;

// What the relation `hashes` keeps of a term's hash: of a thousand million terms one in a thousand meets another's
// key, and that is three bytes a term less than 64 bits. Equal keys are told apart by the bytes of their terms.
inline constexpr int kHashKeyBits = 40;
constexpr std::uint64_t hash_key(const TermHash& hash) {
  return hash.low >> (64 - kHashKeyBits);
}
inline constexpr std::uint64_t kFirstCounter = 1;

// ---- numbers in keys and values

inline void append_big_endian(std::string& out, std::uint64_t value) {
  value = __builtin_bswap64(value);
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}
inline std::uint64_t load_big_endian(const char* bytes) {
  std::uint64_t value;
  std::memcpy(&value, bytes, sizeof value);
  return __builtin_bswap64(value);
}
inline void append_little_endian(std::string& out, std::uint64_t value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}
inline std::uint64_t load_little_endian(const char* bytes) {
  std::uint64_t value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

// ---- keys

// The key of a block, or of its upper bound: `row` has columns_of(relation) columns.
inline std::string block_key(std::span<const std::uint64_t> row) {
  std::string key;
  key.reserve(row.size() * 8);
  for (const std::uint64_t value : row) append_big_endian(key, value);
  return key;
}
inline std::string first_block_key(Relation relation) {
  return std::string(columns_of(relation) * 8, '\0');
}

inline std::string overlay_key(Relation relation, std::span<const std::uint64_t> row) {
  std::string key;
  key.reserve(1 + row.size() * 8);
  key.push_back(static_cast<char>(relation));
  for (const std::uint64_t value : row) append_big_endian(key, value);
  return key;
}
inline constexpr std::string_view kInserted = "+";
inline constexpr std::string_view kErased = "-";

inline std::string terms_key(std::uint64_t counter) {
  std::string key;
  append_big_endian(key, counter);
  return key;
}

inline std::string codebook_key(std::uint64_t number) {
  std::string key = terms_key(0);
  append_big_endian(key, number);
  return key;
}
// Where the blocks begin.
inline std::string first_terms_key() {
  return terms_key(kFirstCounter);
}

inline constexpr std::string_view kFormatKey = "a";
inline constexpr std::string_view kSeedKey = "b";
inline constexpr char kGraphPredicatePrefix = 'c';
inline constexpr char kPredicatePrefix = 'd';
inline constexpr char kLabelPrefix = 'f';
inline constexpr std::string_view kLabelSettingsKey = "f";
inline constexpr char kGraphPrefix = 'g';
inline constexpr char kCodebookPrefix = 'k';
inline constexpr char kCommitPrefix = 'l';
inline constexpr char kNamespacePrefix = 'p';

inline std::string graph_predicate_key(Id graph, Id predicate) {
  std::string key(1, kGraphPredicatePrefix);
  append_big_endian(key, graph.bits);
  append_big_endian(key, predicate.bits);
  return key;
}
inline std::string predicate_key(Id predicate) {
  std::string key(1, kPredicatePrefix);
  append_big_endian(key, predicate.bits);
  return key;
}
inline std::string graph_key(Id graph) {
  std::string key(1, kGraphPrefix);
  append_big_endian(key, graph.bits);
  return key;
}
inline std::string codebook_record_key(std::uint64_t number) {
  std::string key(1, kCodebookPrefix);
  append_big_endian(key, number);
  return key;
}
inline std::string label_key(std::uint64_t number) {
  std::string key(1, kLabelPrefix);
  append_big_endian(key, number);
  return key;
}
inline std::string commit_key(std::uint64_t sequence) {
  std::string key(1, kCommitPrefix);
  append_big_endian(key, sequence);
  return key;
}
inline std::string namespace_key(std::string_view prefix) {
  std::string key(1, kNamespacePrefix);
  key += prefix;
  return key;
}

// ---- records

inline std::string format_record(std::uint64_t version = kFormatVersion) {
  std::string record(kFormatMagic);
  append_little_endian(record, version);
  return record;
}
inline std::string number_record(std::uint64_t value) {
  std::string record;
  append_little_endian(record, value);
  return record;
}
inline std::string predicate_record(const PredicateStatistics& statistics) {
  std::string record;
  append_little_endian(record, statistics.triples);
  append_little_endian(record, statistics.named);
  append_little_endian(record, statistics.distinct_subjects);
  append_little_endian(record, statistics.distinct_objects);
  return record;
}
// All zero for a record of another length, as of a predicate without one.
inline PredicateStatistics read_predicate_record(std::string_view record) {
  if (record.size() != 4 * 8) return {};
  const auto number = [&](std::size_t index) { return load_little_endian(record.data() + 8 * index); };
  return {number(0), number(1), number(2), number(3)};
}

// So many commits the log keeps; a fold drops those before.
inline constexpr std::uint64_t kKeptCommits = 1'000'000;

// What a store is in a few numbers after a commit, and what that commit did: one record, written with it.
struct Totals {
  std::uint64_t sequence = 0;  // number of the commit
  std::uint64_t time = 0;      // of the commit, in milliseconds since 1970 UTC
  std::uint64_t inserted = 0;  // quads of the commit
  std::uint64_t erased = 0;
  std::uint64_t next_counter = kFirstCounter;
  std::uint64_t quads = 0;              // rows of spog
  std::uint64_t named_quads = 0;        // rows of gspo
  std::uint64_t triple_terms = 0;       // rows of ispo
  std::uint64_t hashed_terms = 0;       // rows of hashes
  std::uint64_t distinct_subjects = 0;  // estimates
  std::uint64_t distinct_objects = 0;
  std::uint64_t dropped_terms = 0;  // entries of the dictionary that were emptied, for no quad used them
  std::uint64_t erased_since = 0;   // quads erased since unused terms were looked for
  std::uint64_t merged_counter = kFirstCounter;  // the small blocks of terms that commits write begin here
  std::array<std::uint64_t, kRelations> overlay_rows{};  // rows of the overlay by relation

  std::string record() const {
    std::string out;
    each(*this, [&](std::uint64_t value) { append_varint(out, value); });
    return out;
  }
  // False when the record is not one of these numbers alone.
  static bool read(std::string_view record, Totals& out) {
    std::size_t at = 0;
    bool good = true;
    each(out, [&](std::uint64_t& value) { good = good && read_varint(record, at, value); });
    return good && at == record.size();
  }

 private:
  template <typename Self, typename F>
  static void each(Self& totals, F&& take) {
    for (auto* value : {&totals.sequence, &totals.time, &totals.inserted, &totals.erased,
                        &totals.next_counter, &totals.quads, &totals.named_quads, &totals.triple_terms,
                        &totals.hashed_terms, &totals.distinct_subjects, &totals.distinct_objects,
                        &totals.dropped_terms, &totals.erased_since, &totals.merged_counter})
      take(*value);
    for (auto& value : totals.overlay_rows) take(value);
  }
};

}  // namespace dossier
