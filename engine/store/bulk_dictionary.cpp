#include "engine/store/bulk_dictionary.h"

#include <algorithm>

#include "engine/store/block.h"
#include "engine/store/dictionary.h"

namespace dossier {
namespace {

constexpr std::size_t kVerifyGroup = 4096;

Tag tag_of(LocalKind kind) {
  switch (kind) {
    case LocalKind::iri:
      return Tag::iri;
    case LocalKind::blank:
      return Tag::blank;
    case LocalKind::triple:
      return Tag::triple;
    default:
      return Tag::literal;
  }
}

// Calls `hit(index, id)` for every row (key, id) of `hashes` whose key is that of wanted[index]. `wanted` is
// sorted.
template <class Hit>
void find_hashes(const KeyValueStore& kv, const PageArray<HashPair>& wanted, const Hit& hit) {
  const auto cursor = kv.cursor(nullptr, family_of(kHashes));
  std::array<std::uint64_t, kMaxBlockRows> keys;
  std::size_t rows = 0;
  std::string block;
  std::uint64_t upper = 0;  // first column of the next block's key
  bool bounded = true;
  std::size_t row = 0;
  const auto take_block = [&] {
    block = cursor->value();
    const BlockReader reader(block, 2);
    rows = reader.rows();
    if (rows > kMaxBlockRows) throw CorruptionError("a block of hashes is too large");
    reader.decode(0, 0, rows, keys.data());
    row = 0;
    cursor->next();
    bounded = cursor->valid();
    if (bounded) upper = load_big_endian(cursor->key().data());
  };
  const auto seek = [&](std::uint64_t key) {
    const std::array<std::uint64_t, 2> lower = {key, 0};
    cursor->seek_for_prev(block_key(lower));
    if (!cursor->valid()) throw CorruptionError("the relation hashes lacks its first block");
    take_block();
  };
  for (std::size_t index = 0; index < wanted.size(); ++index) {
    const std::uint64_t key = wanted[index].key;
    const bool again = index != 0 && wanted[index - 1].key == key;
    if (index == 0 || again || (bounded && key > upper)) seek(key);
    for (;;) {
      row = static_cast<std::size_t>(std::lower_bound(keys.begin() + static_cast<std::ptrdiff_t>(row),
                                                      keys.begin() + static_cast<std::ptrdiff_t>(rows), key) -
                                     keys.begin());
      for (; row < rows && keys[row] == key; ++row) hit(index, BlockReader(block, 2).at(1, row));
      if (!bounded || key < upper) break;
      take_block();  // rows of one key may go on in the next block
    }
  }
}

}  // namespace

BulkDictionary::BulkDictionary(const Database& database, const RunFiles& files, const Totals& before)
    : database_(database),
      snapshot_(database.snapshot()),
      store_has_terms_(before.hashed_terms != 0),
      next_counter_(before.next_counter),
      first_new_(before.next_counter),
      terms_(files, database.version()->dictionary().codebooks().newest(database.kv()), before.next_counter) {
}

void BulkDictionary::number(const Chunk& chunk, PageArray<std::uint64_t>& ids) {
  first_new_ = next_counter_;
  const auto& entries = chunk.entries();
  ids.resize(entries.size());
  for (std::size_t local = 0; local < entries.size(); ++local) {
    if (entries[local].kind == LocalKind::inlined) ids[local] = entries[local].value;
  }
  if (store_has_terms_) find_in_store(chunk, ids);
  for (std::size_t local = 0; local < entries.size(); ++local) {
    if (ids[local] == 0) ids[local] = Id::make(tag_of(entries[local].kind), next_counter_++).bits;
  }
}

void BulkDictionary::find_in_store(const Chunk& chunk, PageArray<std::uint64_t>& ids) {
  const auto& entries = chunk.entries();
  PageArray<HashPair> wanted;
  for (std::size_t local = 0; local < entries.size(); ++local) {
    if (ids[local] == 0 && !entries[local].has_blank)
      wanted.push_back({hash_key(entries[local].hash), local});
  }
  sort_pairs(wanted);
  std::vector<std::pair<Local, Id>> terms;
  std::vector<std::pair<Local, Id>> triples;
  std::vector<Id> group;
  std::string bytes;
  std::vector<std::size_t> ends;
  const auto verify = [&] {
    group.clear();
    bytes.clear();
    ends.clear();
    for (const auto& [local, id] : terms) group.push_back(id);
    snapshot_->decode(group, bytes, ends);
    std::size_t start = 0;
    for (std::size_t i = 0; i < terms.size(); ++i) {
      const std::string_view have = std::string_view(bytes).substr(start, ends[i] - start);
      const ChunkEntry& entry = entries[terms[i].first];
      if (tag_of(entry.kind) == terms[i].second.tag() && equal_term_bytes(have, chunk.bytes(entry))) {
        ids[terms[i].first] = terms[i].second.bits;
      }
      start = ends[i];
    }
    terms.clear();
  };
  find_hashes(database_.kv(), wanted, [&](std::size_t index, std::uint64_t bits) {
    const auto local = static_cast<Local>(wanted[index].id);
    const Id id{bits};
    if ((id.tag() == Tag::triple) != (entries[local].kind == LocalKind::triple)) return;
    (id.tag() == Tag::triple ? triples : terms).emplace_back(local, id);
    if (terms.size() >= kVerifyGroup) verify();
  });
  if (!terms.empty()) verify();
  // Components come before what holds them, so a triple term finds theirs settled.
  std::sort(triples.begin(), triples.end());
  for (const auto& [local, id] : triples) {
    const LocalRow& row = chunk.triples()[entries[local].value];
    const std::array<Id, 3> have = snapshot_->triple(id);
    if (have[0].bits == ids[row[0]] && have[1].bits == ids[row[1]] && have[2].bits == ids[row[2]])
      ids[local] = id.bits;
  }
}

void BulkDictionary::write_terms(Chunk& chunk, const PageArray<std::uint64_t>& ids) {
  show_sample(chunk, ids);
  const auto& entries = chunk.entries();
  for (std::size_t local = 0; local < entries.size(); ++local) {
    if (!is_new(ids[local])) continue;
    const ChunkEntry& entry = entries[local];
    const bool has_bytes = entry.kind == LocalKind::iri || entry.kind == LocalKind::literal;
    if (entry.kind == LocalKind::composite)
      terms_.add(chunk.stored_bytes(entry, {ids.data(), ids.size()}));
    else
      terms_.add(has_bytes ? chunk.bytes(entry) : std::string_view());
  }
}

// Groups of terms from all over the chunk.
void BulkDictionary::show_sample(const Chunk& chunk, const PageArray<std::uint64_t>& ids) {
  const auto& entries = chunk.entries();
  const auto has_new_bytes = [&](std::size_t local) {
    return is_new(ids[local]) &&
           (entries[local].kind == LocalKind::iri || entries[local].kind == LocalKind::literal);
  };
  std::uint64_t total = 0;
  std::uint64_t terms = 0;
  for (std::size_t local = 0; local < entries.size(); ++local) {
    if (!has_new_bytes(local)) continue;
    total += entries[local].length;
    ++terms;
  }
  TermSample sample(total);
  if (sample.wanted() == 0) return;
  // One group of so many is taken.
  const std::uint64_t step = std::max<std::uint64_t>(1, total / sample.wanted());
  TermBlockBuilder group;
  std::uint64_t seen = 0;
  for (std::size_t local = 0; local < entries.size() && !sample.full(); ++local) {
    if (!has_new_bytes(local) || seen++ / kTermsPerGroup % step != 0) continue;
    group.add(chunk.bytes(entries[local]));
    if (group.terms() < kTermsPerGroup) continue;
    sample.add(group.group(0));
    group.clear();
  }
  terms_.consider(sample);
}

std::pair<Family, std::vector<std::string>> BulkDictionary::finish_terms(
    std::map<std::string, std::string>& records) {
  return terms_.finish(records);
}

PageArray<HashPair> BulkDictionary::new_hashes(Chunk& chunk, const PageArray<std::uint64_t>& ids) const {
  auto& entries = chunk.entries();
  PageArray<HashPair> pairs;
  std::string label;
  for (std::size_t local = 0; local < entries.size(); ++local) {
    ChunkEntry& entry = entries[local];
    if (entry.kind == LocalKind::blank) {
      // From here on its name is the one the store gives it.
      label = kBlankByte;
      label += 'b';
      label += std::to_string(Id{ids[local]}.payload());
      entry.hash = hash_term_bytes(label, database_.hash_seed());
      continue;
    }
    if (entry.kind == LocalKind::composite)
      entry.hash =
          hash_term_bytes(chunk.stored_bytes(entry, {ids.data(), ids.size()}), database_.hash_seed());
    if (entry.kind == LocalKind::triple && entry.has_blank) {
      const LocalRow& row = chunk.triples()[entry.value];
      entry.hash = hash_triple_term(entries[row[0]].hash, entries[row[1]].hash, entries[row[2]].hash,
                                    database_.hash_seed());
    }
    if (is_new(ids[local])) pairs.push_back({hash_key(entry.hash), ids[local]});
  }
  sort_pairs(pairs);
  return pairs;
}

PageArray<LocalRow> BulkDictionary::new_triples(const Chunk& chunk,
                                                const PageArray<std::uint64_t>& ids) const {
  PageArray<LocalRow> rows;
  for (const LocalRow& row : chunk.triples()) {
    if (is_new(ids[row[3]])) rows.push_back(row);
  }
  return rows;
}

}  // namespace dossier
