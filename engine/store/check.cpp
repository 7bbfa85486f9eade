#include "engine/store/check.h"

#include <algorithm>
#include <array>

#include "engine/labels/label_index.h"
#include "engine/store/check_dictionary.h"
#include "engine/store/check_statistics.h"
#include "engine/store/findings.h"
#include "engine/store/fingerprint.h"
#include "engine/store/relation.h"
#include "engine/store/store_snapshot.h"

namespace dossier {
namespace {

// Bytes of files are some eight times cheaper to read than rows to compare.
constexpr std::uint64_t kBytesAsRow = 8;

std::uint64_t work_of(const Version& version) {
  const Totals& totals = version.totals();
  const std::uint64_t rows =
      4 * totals.quads + totals.named_quads + 5 * totals.triple_terms + totals.hashed_terms;
  return version.kv().disk_bytes() / kBytesAsRow + 2 * rows + totals.next_counter;
}

class Checker {
 public:
  Checker(const std::shared_ptr<const Version>& version, std::uint64_t seed, const ProgressCallback& callback)
      : version_(version),
        seed_(seed),
        findings_(version, seed),
        progress_(callback, work_of(*version)),
        dictionary_(version_, seed, findings_, progress_) {}

  std::vector<std::string> run() {
    check_files();
    guarded(findings_, "meta", [&] { check_records(*version_, findings_); });
    dictionary_.run();
    for (Relation relation = 0; relation < kRelations; ++relation) {
      guarded(findings_, name_of(relation), [&] { check_blocks(relation); });
      guarded(findings_, name_of(relation) + ", overlay", [&] { check_overlay(relation); });
    }
    guarded(findings_, "overlay", [&] { check_overlay_end(); });
    for (Relation relation = 0; relation < kPermutations; ++relation)
      whole_[relation] = guarded(findings_, name_of(relation), [&] { check_rows(relation); });
    compare();
    guarded(findings_, "labels", [&] {
      check_labels(StoreSnapshot(version_, seed_), findings_, [&] { progress_.add(1); });
    });
    return findings_.take();
  }

 private:
  void check_files() {
    std::uint64_t last = 0;
    for (const std::string& damage : version_->kv().verify([&](std::uint64_t done, std::uint64_t) {
           progress_.add((done - last) / kBytesAsRow);
           last = done;
         }))
      findings_.add("files: a checksum is wrong", damage);
  }

  void check_blocks(Relation relation) {
    const std::size_t width = columns_of(relation);
    const PooledCursor blocks = version_->base()->long_scan(relation);
    std::array<std::vector<std::uint64_t>, 4> columns;
    const std::string name = name_of(relation);
    bool first = true;
    Values last{};
    bool any = false;
    for (blocks->seek({}); blocks->valid(); blocks->next()) {
      if (blocks->key().size() != width * 8) {
        findings_.add(name + ": a block has a key of a wrong length");
        continue;
      }
      const Values key = block_lower_bound(blocks->key(), width);
      const std::string where = "the block " + show_row(key, width);
      if (first && key != Values{}) findings_.add(name + ": the first block is missing");
      try {
        const BlockReader reader(blocks->value(), width);
        const std::size_t rows = reader.rows();
        if (rows == 0 && !first) findings_.add(name + ": an empty block", where);
        for (std::size_t c = 0; c < width; ++c) {
          columns[c].resize(rows);
          reader.decode(c, 0, rows, columns[c].data());
        }
        if (any && key <= last)
          findings_.add(name + ": a block has rows of the next one", "the one before " + where);
        for (std::size_t i = 0; i < rows; ++i) {
          Values row{};
          for (std::size_t c = 0; c < width; ++c) row[c] = columns[c][i];
          if (row < key) findings_.add(name + ": a row is less than the key of its block", where);
          if (any && row <= last)
            findings_.add(name + ": rows do not ascend", where + ", row " + std::to_string(i));
          last = row;
          any = true;
        }
        progress_.add(rows);
      } catch (const CorruptionError& error) {
        findings_.add(name + ": a block cannot be read", where + ": " + error.what());
      }
      first = false;
    }
    if (first) findings_.add(name + ": the first block is missing");
  }

  void check_overlay(Relation relation) {
    const std::size_t width = columns_of(relation);
    const std::string name = name_of(relation) + ", overlay";
    const std::uint64_t stated = version_->totals().overlay_rows[relation];
    std::uint64_t found = 0;
    BlockProbe probe(*version_->base(), relation);
    const std::string lower(1, static_cast<char>(relation));
    const std::string upper(1, static_cast<char>(relation + 1));
    const auto cursor = version_->kv().cursor(version_->state(), Family::overlay, lower, upper);
    for (cursor->seek(lower); cursor->valid(); cursor->next()) {
      ++found;
      if (cursor->key().size() != 1 + width * 8) {
        findings_.add(name + ": a key of a wrong length");
        continue;
      }
      const Values row = block_lower_bound(cursor->key().substr(1), width);
      const bool erased = cursor->value() == kErased;
      if (!erased && cursor->value() != kInserted)
        findings_.add(name + ": neither inserted nor erased", show_row(row, width));
      if (probe.contains(row) != erased)
        findings_.add(name + (erased ? ": an erased row that is in no block"
                                     : ": an inserted row that is in a block already"),
                      show_row(row, width));
      progress_.add(1);
    }
    if (found != stated)
      findings_.add(name + ": " + std::to_string(found) + " rows, the record of the commit says " +
                    std::to_string(stated));
  }

  void check_overlay_end() {
    const auto cursor = version_->kv().cursor(version_->state(), Family::overlay);
    for (cursor->seek(std::string(1, static_cast<char>(kRelations))); cursor->valid(); cursor->next())
      findings_.add("overlay: a row of no relation");
  }

  // Rows in the order (s, p, o, g) or (s, p, o, i).
  static Values canonical(Relation relation, const Values& row) {
    Values result{};
    for (std::size_t c = 0; c < 4; ++c) result[kColumnOrder[relation][c]] = row[c];
    return result;
  }

  void check_rows(Relation relation) {
    const auto permutation = static_cast<Permutation>(relation);
    PredicateCounts predicates(*version_, findings_);
    GraphCounts graphs(*version_, findings_);
    each_row(version_, relation, [&](const Values& row) {
      const Values all = canonical(relation, row);
      prints_[relation].add(all);
      switch (permutation) {
        case Permutation::spog:
          for (std::size_t c = 0; c < 4; ++c) {
            const Id id{all[c]};
            const char* fault = dictionary_.fault_of(id);
            if (fault == nullptr && id == kDefaultGraph && c < 3) fault = "is no term";
            if (fault != nullptr)
              findings_.add(std::string("spog: an id ") + fault, findings_.show_quad(all));
          }
          if (all[3] != kDefaultGraph.bits) named_.add(all);
          break;
        case Permutation::psog:
          predicates.add(row);
          break;
        case Permutation::gspo:
          if (row[0] == kDefaultGraph.bits)
            findings_.add("gspo: a row of the default graph", findings_.show_quad(all));
          graphs.add(row);
          break;
        default:
          break;
      }
      progress_.add(1);
    });
    if (permutation == Permutation::psog) predicates.end();
    if (permutation == Permutation::gspo) graphs.end();
  }

  void compare() {
    const Totals& totals = version_->totals();
    for (const Permutation other : {Permutation::posg, Permutation::ospg, Permutation::psog})
      same(Permutation::spog, prints_[relation_of(Permutation::spog)], other, false);
    for (const Permutation other : {Permutation::spoi, Permutation::posi, Permutation::ospi})
      same(Permutation::ispo, prints_[relation_of(Permutation::ispo)], other, false);
    same(Permutation::spog, named_, Permutation::gspo, true);
    const auto number = [&](Permutation permutation, std::uint64_t found, const char* what,
                            std::uint64_t stated) {
      if (whole_[relation_of(permutation)] && found != stated)
        findings_.add(name_of(relation_of(permutation)) + ": " + std::to_string(found) + what +
                      ", the record of the commit says " + std::to_string(stated));
    };
    number(Permutation::spog, prints_[relation_of(Permutation::spog)].rows, " quads", totals.quads);
    number(Permutation::spog, named_.rows, " quads of named graphs", totals.named_quads);
    number(Permutation::ispo, prints_[relation_of(Permutation::ispo)].rows, " triple terms",
           totals.triple_terms);
  }

  void same(Permutation a, const Fingerprint& print, Permutation b, bool named_only) {
    const Fingerprint& other = prints_[relation_of(b)];
    if (!whole_[relation_of(a)] || !whole_[relation_of(b)] || print == other) return;
    findings_.add(name_of(relation_of(b)) + ": its rows are not those of " + name_of(relation_of(a)),
                  std::to_string(other.rows) + " and " + std::to_string(print.rows));
    guarded(findings_, "the permutations", [&] {
      find_difference(a, b, named_only);
      find_difference(b, a, false);
    });
  }

  // Names the first row of `a` that `b` lacks.
  void find_difference(Permutation a, Permutation b, bool named_only) {
    bool found = false;
    each_row(version_, relation_of(a), [&](const Values& row) {
      progress_.add(1);
      if (found) return;
      const Values all = canonical(relation_of(a), row);
      if (named_only && all[3] == kDefaultGraph.bits) return;
      Bounds bounds;
      bounds.lower = bounds.end = permute(relation_of(b), all);
      bounds.end_length = 4;
      if (++bounds.end[3] == 0) bounds.end_length = 0;
      if (count_rows(*version_, nullptr, relation_of(b), bounds, 0).rows > 0) return;
      found = true;
      const bool triples = kind_of(relation_of(a)) == RowKind::triples;
      findings_.add(name_of(relation_of(b)) + ": a row is missing that " + name_of(relation_of(a)) + " has",
                    triples ? findings_.show_triple(all) : findings_.show_quad(all));
    });
  }

  std::shared_ptr<const Version> version_;
  std::uint64_t seed_;
  Findings findings_;
  CheckProgress progress_;
  DictionaryCheck dictionary_;
  std::array<Fingerprint, kPermutations> prints_;
  std::array<bool, kPermutations> whole_{};  // could be read to their ends
  Fingerprint named_;
};

}  // namespace

std::vector<std::string> check_store(const std::shared_ptr<const Version>& version, std::uint64_t hash_seed,
                                     const ProgressCallback& progress) {
  return Checker(version, hash_seed, progress).run();
}

}  // namespace dossier
