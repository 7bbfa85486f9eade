#include "engine/store/fold.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <utility>
#include <vector>

#include "engine/store/block.h"
#include "engine/store/dictionary.h"
#include "engine/store/relation.h"
#include "engine/store/relation_writer.h"
#include "engine/store/terms_writer.h"

namespace dossier {
namespace {

using Columns = std::array<std::vector<std::uint64_t>, 4>;

std::span<const std::uint64_t> columns_span(const Values& row, std::size_t columns) {
  return {row.data(), columns};
}

// Rows of the next piece of what a block has become, from row `from` on.
std::size_t piece_rows(Relation relation, const HashBuckets& buckets, const Columns& rows, std::size_t from) {
  const std::size_t left = rows[0].size() - from;
  if (left == 0) return 0;
  if (relation == kHashes)
    return std::min(kBlockRows, buckets.rows(std::span<const std::uint64_t>(rows[0]).subspan(from)));
  const std::size_t most = block_rows(relation);
  return left <= 2 * most ? left : left / ((left + most - 1) / most);
}

// The block of `key` with these rows, in as many pieces as it takes.
void write_blocks(Relation relation, const HashBuckets& buckets, const Values& key, const Columns& rows,
                  FamilyWriter& writer) {
  const std::size_t width = columns_of(relation);
  const std::size_t count = rows[0].size();
  if (count == 0 && key != Values{}) {
    writer.erase(block_key(columns_span(key, width)));
    return;
  }
  std::string bytes;
  std::array<const std::uint64_t*, 4> columns{};
  std::size_t from = 0;
  do {
    const std::size_t piece = piece_rows(relation, buckets, rows, from);
    Values piece_key = key;
    for (std::size_t c = 0; c < width; ++c) {
      columns[c] = rows[c].data() + from;
      if (from > 0) piece_key[c] = rows[c][from];
    }
    if (relation == kHashes && from > 0) {
      const std::uint64_t bucket = buckets.first_key(piece_key[0]);
      if (rows[0][from - 1] < bucket) piece_key = {bucket};
    }
    bytes.clear();
    encode_block({columns.data(), width}, piece, bytes);
    writer.put(block_key(columns_span(piece_key, width)), bytes);
    from += piece;
  } while (from < count);
}

void fold_relation(const Version& version, Relation relation, FamilyWriter& writer, StageProgress& progress) {
  const std::size_t width = columns_of(relation);
  const HashBuckets buckets(version.totals().hashed_terms);
  OverlayStream overlay(version, nullptr, relation, Bounds{});
  const PooledCursor blocks = version.base()->blocks(relation);
  Columns old_rows;
  Columns new_rows;
  while (overlay.valid()) {
    blocks->seek_for_prev(block_key(columns_span(overlay.row(), width)));
    if (!blocks->valid())
      throw CorruptionError("a relation lost its first block; restore the store from a backup");
    const Values key = block_lower_bound(blocks->key(), width);
    std::size_t count = 0;
    {
      const BlockReader reader(blocks->value(), width);
      count = reader.rows();
      for (std::size_t c = 0; c < width; ++c) {
        old_rows[c].resize(count);
        reader.decode(c, 0, count, old_rows[c].data());
        new_rows[c].clear();
      }
    }
    blocks->next();
    const bool has_next = blocks->valid();
    const Values next = has_next ? block_lower_bound(blocks->key(), width) : Values{};
    std::size_t at = 0;
    while (at < count || (overlay.valid() && (!has_next || overlay.row() < next))) {
      int order = 1;  // of the overlay's row against the block's
      if (overlay.valid() && (!has_next || overlay.row() < next)) {
        order = at == count ? -1 : 0;
        for (std::size_t c = 0; c < width && order == 0; ++c) {
          const std::uint64_t mine = old_rows[c][at];
          order = overlay.row()[c] < mine ? -1 : (overlay.row()[c] > mine ? 1 : 0);
        }
      }
      if (order > 0) {
        for (std::size_t c = 0; c < width; ++c) new_rows[c].push_back(old_rows[c][at]);
        ++at;
        continue;
      }
      if (overlay.present()) {
        for (std::size_t c = 0; c < width; ++c) new_rows[c].push_back(overlay.row()[c]);
      }
      if (order == 0) ++at;
      overlay.next();
      progress.add(1);
    }
    write_blocks(relation, buckets, key, new_rows, writer);
  }
}

// Calls `take(key, first counter, block)` for the blocks of terms from merged_counter on.
template <typename F>
void each_unmerged(const Version& version, const Totals& totals, F&& take) {
  const PooledCursor cursor = version.terms();
  std::uint64_t next = totals.merged_counter;
  for (cursor->seek(terms_key(next)); cursor->valid(); cursor->next()) {
    const std::uint64_t first = load_big_endian(cursor->key().data());
    if (first != next) throw CorruptionError("the dictionary has a gap before term " + std::to_string(first));
    take(cursor->key(), first, cursor->value());
    next += terms_of_block(cursor->value());
  }
}

// Some of the terms that are to be merged.
TermSample sample_of_unmerged(const Version& version, const Totals& totals) {
  std::uint64_t bytes = 0;
  std::uint64_t terms = 0;
  each_unmerged(version, totals, [&](std::string_view, std::uint64_t, std::string_view block) {
    bytes += block.size();
    terms += terms_of_block(block);
  });
  TermSample sample(bytes);
  if (sample.wanted() == 0) return sample;
  const std::uint64_t step = std::max<std::uint64_t>(1, bytes / sample.wanted());
  TermBlockBuilder group;
  std::uint64_t seen = 0;
  each_unmerged(version, totals, [&](std::string_view, std::uint64_t, std::string_view value) {
    if (sample.full()) return;
    const TermBlock block(value, version.dictionary().codebooks().of(version.kv(), value));
    for (std::size_t i = 0; i < block.terms(); ++i) {
      if (block.term(i).empty() || seen++ / kTermsPerGroup % step != 0) continue;
      group.add(block.term(i));
      if (group.terms() < kTermsPerGroup) continue;
      sample.add(group.group(0));
      group.clear();
    }
  });
  return sample;
}

// Writes full blocks in the places of those from merged_counter on.
void merge_terms(const Version& version, Totals& totals, TermsWriter& writer) {
  writer.consider(sample_of_unmerged(version, totals));
  each_unmerged(version, totals, [&](std::string_view key, std::uint64_t, std::string_view value) {
    if (writer.in_block()) writer.erase(std::string(key));
    const TermBlock block(value, version.dictionary().codebooks().of(version.kv(), value));
    for (std::size_t i = 0; i < block.terms(); ++i) writer.add(block.term(i));
  });
}

void erase_overlay(const Version& version, FamilyWriter& writer) {
  const PooledCursor cursor = version.overlay();
  for (cursor->seek({}); cursor->valid(); cursor->next()) writer.erase(cursor->key());
}

void erase_old_commits(const Version& version, const Totals& totals, FamilyWriter& writer) {
  if (totals.sequence < kKeptCommits) return;
  const auto cursor = version.kv().cursor(version.state(), Family::meta, commit_key(0),
                                          commit_key(totals.sequence - kKeptCommits));
  for (cursor->seek({}); cursor->valid(); cursor->next()) writer.erase(cursor->key());
}

}  // namespace

bool wants_fold(const Totals& totals) {
  const std::uint64_t rows = totals.overlay_rows[relation_of(Permutation::spog)] +
                             totals.overlay_rows[relation_of(Permutation::ispo)] +
                             totals.overlay_rows[kHashes];
  return rows > fold_rows(totals.quads);
}

IngestFiles write_fold(const Version& version, Totals& totals, const RunFiles& run_files,
                       StageProgress& progress) {
  progress.begin(Stage::folding,
                 std::accumulate(totals.overlay_rows.begin(), totals.overlay_rows.end(), std::uint64_t{0}));
  IngestFiles files;
  const auto write = [&](Family family, const auto& fill) {
    FamilyWriter writer(run_files, family);
    fill(writer);
    if (auto written = writer.finish(); !written.second.empty()) files.push_back(std::move(written));
  };
  bool any = false;
  for (Relation relation = 0; relation < kRelations; ++relation) {
    if (totals.overlay_rows[relation] == 0) continue;
    any = true;
    write(family_of(relation), [&](FamilyWriter& writer) { fold_relation(version, relation, writer, progress); });
    totals.overlay_rows[relation] = 0;
  }
  if (any) write(Family::overlay, [&](FamilyWriter& writer) { erase_overlay(version, writer); });
  std::map<std::string, std::string> records;
  if (totals.merged_counter < totals.next_counter) {
    TermsWriter writer(run_files, version.dictionary().codebooks().newest(version.kv()),
                       totals.merged_counter);
    merge_terms(version, totals, writer);
    if (auto written = writer.finish(records); !written.second.empty()) files.push_back(std::move(written));
    totals.merged_counter = writer.full_until();
  }
  if (files.empty()) return files;
  write(Family::meta, [&](FamilyWriter& writer) {
    for (const auto& [key, value] : records) writer.put(key, value);
    erase_old_commits(version, totals, writer);
    writer.put(commit_key(totals.sequence), totals.record());
  });
  return files;
}

void recount_distinct(const Version& version, Totals& totals, KeyValueBatch& batch, StageProgress& progress) {
  progress.begin(Stage::checking, 4 * totals.quads);
  const auto shared = std::shared_ptr<const Version>(std::shared_ptr<const Version>(), &version);
  // Distinct values of column 1 within each value of column 0, and the distinct values of column 0.
  const auto count = [&](Permutation permutation, std::map<std::uint64_t, std::uint64_t>* pairs) {
    RelationCursor cursor(shared, nullptr, relation_of(permutation), Bounds{}, pairs != nullptr ? 3U : 1U,
                          true, nullptr);
    std::uint64_t distinct = 0;
    std::uint64_t last0 = 0;
    std::uint64_t last1 = 0;
    bool first = true;
    std::uint64_t* slot = nullptr;
    RowBlock rows;
    while (cursor.next(rows)) {
      progress.add(rows.rows);
      for (std::size_t i = 0; i < rows.rows; ++i) {
        const std::uint64_t value0 = rows.columns[0][i].bits;
        const bool other = first || value0 != last0;
        if (other) {
          ++distinct;
          last0 = value0;
          if (pairs != nullptr) slot = &(*pairs)[value0];
        }
        if (pairs != nullptr) {
          const std::uint64_t value1 = rows.columns[1][i].bits;
          if (other || value1 != last1) ++*slot;
          last1 = value1;
        }
        first = false;
      }
    }
    return distinct;
  };
  std::map<std::uint64_t, std::uint64_t> subjects;
  std::map<std::uint64_t, std::uint64_t> objects;
  count(Permutation::psog, &subjects);
  count(Permutation::posg, &objects);
  totals.distinct_subjects = count(Permutation::spog, nullptr);
  totals.distinct_objects = count(Permutation::ospg, nullptr);
  for (const auto& [predicate, distinct] : subjects) {
    const std::string key = predicate_key(Id{predicate});
    std::string record;
    if (!version.kv().get(version.state(), Family::meta, key, record)) continue;
    const PredicateStatistics before = read_predicate_record(record);
    batch.put(Family::meta, key,
              predicate_record({before.triples, before.named, distinct, objects[predicate]}));
  }
  batch.put(Family::meta, commit_key(totals.sequence), totals.record());
}

}  // namespace dossier
