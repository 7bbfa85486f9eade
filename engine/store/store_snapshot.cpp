#include "engine/store/store_snapshot.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "engine/store/relation.h"

namespace dossier {
namespace {

// Scans of more rows than this leave the block cache alone.
constexpr std::uint64_t kLongScanRows = 4'000'000;
constexpr std::size_t kEstimateBlocks = 8;
// Ranges of so few rows are cut by reading them: exact, and cheaper than asking for sizes.
constexpr std::uint64_t kSplitByRows = 4096;
constexpr int kMaxTripleDepth = 10'000;

bool is_unbounded(const ScanRange& range) {
  return range.low == kMinId && range.high == kMaxId;
}

}  // namespace

StoreSnapshot::StoreSnapshot(std::shared_ptr<const Version> version, std::uint64_t hash_seed,
                             std::shared_ptr<const PendingState> pending)
    : version_(std::move(version)), seed_(hash_seed), pending_(std::move(pending)) {}

std::unique_ptr<RowCursor> StoreSnapshot::scan(const ScanRange& range, ColumnMask columns,
                                               ScanCounters* counters) const {
  const bool long_scan = range.prefix_length == 0 && is_unbounded(range) && totals().quads > kLongScanRows;
  return std::make_unique<RelationCursor>(version_, pending_, relation_of(range.permutation),
                                          bounds_of(range), columns, long_scan, counters);
}

// ---- counts

std::uint64_t StoreSnapshot::number(const std::string& key) const {
  std::string record;
  if (!version_->kv().get(version_->state(), Family::meta, key, record) || record.size() < 8) return 0;
  return load_little_endian(record.data());
}

std::optional<std::uint64_t> StoreSnapshot::known_count(const ScanRange& range) const {
  if (range.prefix_length == 0 && is_unbounded(range)) {
    switch (range.permutation) {
      case Permutation::spog:
      case Permutation::posg:
      case Permutation::ospg:
      case Permutation::psog:
        return totals().quads;
      case Permutation::gspo:
        return totals().named_quads;
      default:
        return totals().triple_terms;
    }
  }
  if (range.prefix_length != 1 || !is_unbounded(range)) return std::nullopt;
  if (range.permutation == Permutation::posg || range.permutation == Permutation::psog) {
    return predicate(range.prefix[0]).triples;
  }
  if (range.permutation == Permutation::gspo)
    return range.prefix[0] == kDefaultGraph ? 0 : quads(range.prefix[0]);
  return std::nullopt;
}

std::uint64_t StoreSnapshot::count(const ScanRange& range) const {
  if (const auto known = known_count(range)) return *known;
  return count_rows(*version_, pending_.get(), relation_of(range.permutation), bounds_of(range), 0).rows;
}

std::uint64_t StoreSnapshot::estimate(const ScanRange& range) const {
  if (const auto known = known_count(range)) return *known;
  return count_rows(*version_, pending_.get(), relation_of(range.permutation), bounds_of(range),
                    kEstimateBlocks)
      .rows;
}

std::vector<Id> StoreSnapshot::split(const ScanRange& range, std::size_t parts) const {
  if (range.prefix_length > 3 || parts < 2) return {};
  const auto column = static_cast<std::size_t>(range.prefix_length);
  std::vector<Id> cuts;
  const auto add = [&](Id id) {
    if (id > range.low && id <= range.high && (cuts.empty() || id > cuts.back())) cuts.push_back(id);
  };
  const std::uint64_t rows = estimate(range);
  if (rows > kSplitByRows) {
    for (const Id id :
         split_blocks(*version_, relation_of(range.permutation), bounds_of(range), column, parts))
      add(id);
    return cuts;
  }
  const auto cursor = scan(range, 1U << column, nullptr);
  std::uint64_t seen = 0;
  for (RowBlock block; cursor->next(block);)
    for (std::size_t row = 0; row < block.rows; ++row, ++seen)
      if (seen * parts / std::max<std::uint64_t>(rows, 1) > cuts.size()) add(block.columns[column][row]);
  return cuts;
}

// ---- statistics

std::uint64_t StoreSnapshot::quads(Id graph) const {
  if (graph == kDefaultGraph) return totals().quads - totals().named_quads;
  auto count = static_cast<std::int64_t>(number(graph_key(graph)));
  if (pending_ != nullptr) {
    for (auto change = pending_->counts.lower_bound({graph, kMinId});
         change != pending_->counts.end() && change->first.first == graph; ++change) {
      count += change->second;
    }
  }
  return static_cast<std::uint64_t>(std::max<std::int64_t>(count, 0));
}

std::uint64_t StoreSnapshot::quads(Id graph, Id predicate) const {
  if (graph == kDefaultGraph) {
    const PredicateStatistics statistics = this->predicate(predicate);
    return statistics.triples - statistics.named;
  }
  auto count = static_cast<std::int64_t>(number(graph_predicate_key(graph, predicate)));
  if (pending_ != nullptr) {
    const auto change = pending_->counts.find({graph, predicate});
    if (change != pending_->counts.end()) count += change->second;
  }
  return static_cast<std::uint64_t>(std::max<std::int64_t>(count, 0));
}

PredicateStatistics StoreSnapshot::predicate(Id predicate) const {
  PredicateStatistics statistics = version_->predicates().get(predicate, [&] {
    std::string record;
    const bool known =
        version_->kv().get(version_->state(), Family::meta, predicate_key(predicate), record);
    return known ? read_predicate_record(record) : PredicateStatistics{};
  });
  if (pending_ != nullptr) {
    for (const auto& [key, change] : pending_->counts) {
      if (key.second != predicate) continue;
      statistics.triples += static_cast<std::uint64_t>(change);
      if (key.first != kDefaultGraph) statistics.named += static_cast<std::uint64_t>(change);
    }
    const std::uint64_t least = statistics.triples > 0 ? 1 : 0;
    statistics.distinct_subjects = std::clamp(statistics.distinct_subjects, least, statistics.triples);
    statistics.distinct_objects = std::clamp(statistics.distinct_objects, least, statistics.triples);
  }
  return statistics;
}

std::vector<Id> StoreSnapshot::listed(char prefix) const {
  std::vector<Id> ids;
  const std::string lower(1, prefix);
  const std::string upper(1, static_cast<char>(prefix + 1));
  const auto cursor = version_->kv().cursor(version_->state(), Family::meta, lower, upper);
  for (cursor->seek(lower); cursor->valid(); cursor->next()) {
    if (cursor->key().size() == 9) ids.push_back(Id{load_big_endian(cursor->key().data() + 1)});
  }
  return ids;
}

std::vector<Id> StoreSnapshot::predicates() const {
  std::vector<Id> ids = listed(kPredicatePrefix);
  if (pending_ == nullptr || pending_->counts.empty()) return ids;
  std::set<Id> all(ids.begin(), ids.end());
  for (const auto& [key, change] : pending_->counts) all.insert(key.second);
  ids.clear();
  for (const Id id : all) {
    if (predicate(id).triples > 0) ids.push_back(id);
  }
  return ids;
}

std::vector<Id> StoreSnapshot::named_graphs() const {
  std::vector<Id> ids = listed(kGraphPrefix);
  if (pending_ == nullptr || pending_->counts.empty()) return ids;
  std::set<Id> all(ids.begin(), ids.end());
  for (const auto& [key, change] : pending_->counts) {
    if (key.first != kDefaultGraph) all.insert(key.first);
  }
  ids.clear();
  for (const Id id : all) {
    if (quads(id) > 0) ids.push_back(id);
  }
  return ids;
}

std::optional<Unchanged> StoreSnapshot::unchanged(std::span<const Id> graphs,
                                                  std::span<const Id> predicates) const {
  if (pending_ != nullptr || version_->changes() == nullptr) return std::nullopt;
  // A change after this commit says nothing of what was before it.
  const std::uint64_t sequence = totals().sequence;
  return Unchanged{version_->changes(), std::min(version_->changes()->of(graphs, predicates), sequence),
                   sequence};
}

// ---- dictionary

Id StoreSnapshot::find_blank(std::string_view label) const {
  std::uint64_t counter = 0;
  if (label.size() < 2 || label[0] != 'b' || label[1] == '0') return kUnbound;
  const char* last = label.data() + label.size();
  const auto [end, error] = std::from_chars(label.data() + 1, last, counter);
  if (error != std::errc() || end != last) return kUnbound;
  if (counter < kFirstCounter || counter >= totals().next_counter) return kUnbound;
  // Blank nodes and triple terms have no bytes; what is neither stands in the relation of triple terms.
  std::string bytes;
  if (pending_ != nullptr && counter >= pending_->terms->first_counter()) {
    bytes = pending_->terms->bytes(counter);
  } else {
    bytes = version_->dictionary().entry(*version_, counter);
  }
  if (!bytes.empty()) return kUnbound;
  ScanRange range;
  range.permutation = Permutation::ispo;
  range.prefix[0] = Id::make(Tag::triple, counter);
  range.prefix_length = 1;
  return count(range) > 0 ? kUnbound : Id::make(Tag::blank, counter);
}

Id StoreSnapshot::find_stored(std::string_view bytes, std::uint64_t hash) const {
  if (const Id id = version_->dictionary().recent(*version_, bytes, hash); id.is_bound()) return id;
  StoredTermBlock near;
  const auto is_it = [&](Id id) {
    if (id.tag() != Tag::iri && id.tag() != Tag::literal) return false;
    if (!version_->dictionary().equal(*version_, id.payload(), bytes, near)) return false;
    version_->dictionary().remember(bytes, hash, id);
    return true;
  };

  Bounds bounds;
  bounds.lower = {hash, 0, 0, 0};
  bounds.end = {hash + 1, 0, 0, 0};
  bounds.end_length = 1;
  const Totals& stored = version_->totals();
  const std::uint64_t in_overlay = stored.overlay_rows[kHashes];
  const HashBuckets buckets(stored.hashed_terms - in_overlay);
  const std::array<std::uint64_t, 2> key{buckets.first_key(hash), 0};
  if (const auto block = version_->kv().pin(version_->state(), Family::hashes, block_key(key))) {
    const BlockReader reader(block->bytes(), 2);
    std::size_t row = reader.lower_bound({bounds.lower.data(), 1}, 1);
    for (; row < reader.rows() && reader.at(0, row) == hash; ++row)
      if (const Id id{reader.at(1, row)}; is_it(id)) return id;
    if (row < reader.rows()) {
      // All rows of the hash were in this block, and the overlay takes none away: a term, once there, stays.
      if (in_overlay == 0) return kUnbound;
      for (OverlayStream overlay(*version_, nullptr, kHashes, bounds); overlay.valid(); overlay.next())
        if (const Id id{overlay.row()[1]}; is_it(id)) return id;
      return kUnbound;
    }
  }
  RelationCursor cursor(version_, nullptr, kHashes, bounds, kAllColumns, false, nullptr);
  RowBlock rows;
  while (cursor.next(rows)) {
    for (std::size_t i = 0; i < rows.rows; ++i)
      if (const Id id = rows.columns[1][i]; is_it(id)) return id;
  }
  return kUnbound;
}

void StoreSnapshot::each_label_record(
    const std::function<bool(std::string_view key, std::string_view value)>& take) const {
  const std::string lower(1, kLabelPrefix);
  const std::string upper(1, static_cast<char>(kLabelPrefix + 1));
  const auto cursor = version_->kv().cursor(version_->state(), Family::meta, lower, upper);
  for (cursor->seek(lower); cursor->valid(); cursor->next())
    if (!take(cursor->key(), cursor->value())) break;
}

Id StoreSnapshot::find(std::string_view bytes) const {
  if (bytes.empty()) return kUnbound;
  if (bytes[0] == kBlankByte) return find_blank(bytes.substr(1));
  if (const Id id = inline_id(bytes); id.is_bound()) return id;
  const std::uint64_t hash = hash_key(hash_term_bytes(bytes, seed_));
  if (pending_ != nullptr) {
    if (const Id id = pending_->terms->find(bytes, hash); id.is_bound()) return id;
  }
  return find_stored(bytes, hash);
}

void StoreSnapshot::find(std::span<const std::string_view> terms, std::span<Id> ids) const {
  struct Wanted {
    std::uint64_t key;  // first the hash, then the number of a term with this hash
    std::size_t index;
  };
  std::vector<Wanted> wanted;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const std::string_view bytes = terms[i];
    ids[i] = kUnbound;
    if (bytes.empty()) continue;
    if (bytes[0] == kBlankByte) {
      ids[i] = find_blank(bytes.substr(1));
      continue;
    }
    if (ids[i] = inline_id(bytes); ids[i].is_bound()) continue;
    const std::uint64_t hash = hash_key(hash_term_bytes(bytes, seed_));
    if (pending_ != nullptr && (ids[i] = pending_->terms->find(bytes, hash)).is_bound()) continue;
    wanted.push_back({hash, i});
  }
  if (wanted.empty()) return;
  const auto by_key = [](const Wanted& a, const Wanted& b) { return a.key < b.key; };
  std::sort(wanted.begin(), wanted.end(), by_key);

  std::vector<Wanted> candidates;
  Bounds bounds;
  bounds.lower = {wanted.front().key, 0, 0, 0};
  // When most blocks hold a wanted term, they are read one after the other.
  const bool dense = wanted.size() >= version_->totals().hashed_terms / kTermsPerBlock;
  RelationCursor cursor(version_, nullptr, kHashes, bounds, kAllColumns, dense, nullptr);
  std::size_t next = 0;
  RowBlock rows;
  while (next < wanted.size() && cursor.next(rows)) {
    const Id* const hashes = rows.columns[0];
    for (std::size_t row = 0; row < rows.rows && next < wanted.size();) {
      const std::uint64_t hash = hashes[row].bits;
      if (hash < wanted[next].key) {
        row = static_cast<std::size_t>(
            std::lower_bound(hashes + row, hashes + rows.rows, Id{wanted[next].key}) - hashes);
      } else if (hash > wanted[next].key) {
        ++next;
      } else {
        const Id id = rows.columns[1][row++];
        if (id.tag() != Tag::iri && id.tag() != Tag::literal) continue;
        // Equal terms may be asked for several times.
        for (std::size_t same = next; same < wanted.size() && wanted[same].key == hash; ++same)
          candidates.push_back({id.bits, wanted[same].index});
      }
    }
    if (next < wanted.size() && hashes[rows.rows - 1].bits < wanted[next].key)
      cursor.seek({Id{wanted[next].key}, kMinId, kMinId, kMinId}, 1);
  }
  std::sort(candidates.begin(), candidates.end(),
            [](const Wanted& a, const Wanted& b) { return Id{a.key}.payload() < Id{b.key}.payload(); });
  if (dense) {
    TermWalk walk(*version_);
    for (const auto& [key, index] : candidates)
      if (walk.equal(Id{key}.payload(), terms[index])) ids[index] = Id{key};
    return;
  }
  StoredTermBlock near;
  for (const auto& [key, index] : candidates)
    if (version_->dictionary().equal(*version_, Id{key}.payload(), terms[index], near)) ids[index] = Id{key};
}

Id StoreSnapshot::find_triple(Id subject, Id predicate, Id object) const {
  ScanRange range;
  range.permutation = Permutation::spoi;
  range.prefix = {subject, predicate, object, kUnbound};
  range.prefix_length = 3;
  const auto cursor = scan(range, 1U << 3, nullptr);
  RowBlock rows;
  return cursor->next(rows) ? rows.columns[3][0] : kUnbound;
}

std::array<Id, 3> StoreSnapshot::triple(Id id) const {
  ScanRange range;
  range.permutation = Permutation::ispo;
  range.prefix[0] = id;
  range.prefix_length = 1;
  const auto cursor = scan(range, kAllColumns, nullptr);
  RowBlock rows;
  if (!cursor->next(rows)) {
    throw CorruptionError("the triple term of number " + std::to_string(id.payload()) +
                          " is not in its relation; run `dossier check`");
  }
  return {rows.columns[1][0], rows.columns[2][0], rows.columns[3][0]};
}

void StoreSnapshot::append_other(Id id, std::string& out) const {
  if (id.is_inline()) {
    append_inline_bytes(out, id);
  } else if (id.tag() == Tag::blank) {
    out += kBlankByte;
    out += stored_label(id);
  } else if (id.tag() == Tag::iri || id.tag() == Tag::literal) {
    out += pending_->terms->bytes(id.payload());
  }
}

std::uint64_t StoreSnapshot::committed_end() const {
  return pending_ == nullptr ? ~std::uint64_t{0} : pending_->terms->first_counter();
}

void StoreSnapshot::decode(std::span<const Id> ids, std::string& bytes,
                           std::vector<std::size_t>& offsets) const {
  const auto other = [this](Id id, std::string& out) { append_other(id, out); };
  version_->dictionary().decode(*version_, ids, committed_end(), other, bytes, offsets);
}

bool StoreSnapshot::decode_ascending(std::span<const Id> ids, unsigned threads, std::size_t most,
                                     std::string& bytes, std::vector<std::size_t>& offsets) const {
  const auto other = [this](Id id, std::string& out) { append_other(id, out); };
  return version_->dictionary().decode_ascending(*version_, ids, committed_end(), other, threads, most, bytes,
                                                 offsets);
}

TermHash StoreSnapshot::hash(Id id) const {
  if (id.tag() != Tag::triple) return hash_term_bytes(Snapshot::decode(id), seed_);
  // Nested terms are hashed inside out, without recursion: components have smaller counters than what holds
  // them.
  std::vector<std::pair<Id, int>> stack{{id, 0}};
  std::vector<TermHash> done;
  while (!stack.empty()) {
    auto& [top, step] = stack.back();
    if (top.tag() != Tag::triple) {
      done.push_back(hash_term_bytes(Snapshot::decode(top), seed_));
      stack.pop_back();
    } else if (step < 3) {
      if (stack.size() > kMaxTripleDepth) throw CorruptionError("triple terms hold each other in a ring");
      const Id part = triple(top)[static_cast<std::size_t>(step++)];
      stack.emplace_back(part, 0);
    } else {
      const std::size_t at = done.size() - 3;
      const TermHash hash = hash_triple_term(done[at], done[at + 1], done[at + 2], seed_);
      done.resize(at);
      done.push_back(hash);
      stack.pop_back();
    }
  }
  return done.back();
}

}  // namespace dossier
