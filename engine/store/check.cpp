#include "engine/store/check.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "engine/store/relation.h"
#include "engine/store/store_snapshot.h"
#include "engine/store/term_block.h"

namespace dossier {
namespace {

constexpr std::size_t kMostFindings = 100;

std::string name_of(Relation relation) {
  return std::string(kFamilyNames[static_cast<std::size_t>(family_of(relation))]);
}

// A sum over rows that does not depend on their order: equal sums and counts mean equal sets.
struct Fingerprint {
  std::uint64_t rows = 0;
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  void add(const Values& row) {
    std::uint64_t hash = 0;
    for (const std::uint64_t value : row) hash = hash_id(Id{hash * 0x9E3779B97F4A7C15ULL + value + 1});
    ++rows;
    first += hash;
    second += hash_id(Id{hash ^ 0xD6E8FEB86659FD93ULL});
  }
  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

std::string show(const Values& row, std::size_t width) {
  std::string text = "(";
  for (std::size_t c = 0; c < width; ++c) text += (c > 0 ? ", " : "") + std::to_string(row[c]);
  return text + ")";
}

class Checker {
 public:
  Checker(std::shared_ptr<const Version> version, std::uint64_t seed, const ProgressCallback& progress)
      : version_(version), snapshot_(version, seed), seed_(seed), progress_(progress) {}

  std::vector<std::string> run() {
    const auto guarded = [this](const char* what, auto&& part) {
      try {
        part();
      } catch (const LimitError&) {
        throw;
      } catch (const Error& error) {
        add(std::string(what) + ": " + error.what());
      }
    };
    for (Relation relation = 0; relation < kRelations; ++relation) {
      guarded("blocks", [&] { check_blocks(relation); });
      guarded("overlay", [&] { check_overlay(relation); });
    }
    guarded("files", [&] {
      for (std::string& finding : version_->kv().verify([this](std::uint64_t done, std::uint64_t total) {
             if (progress_ && !progress_({Stage::checking, done, total, 0}))
               throw LimitError(LimitError::Reason::cancelled, "the check was cancelled");
           }))
        add(std::move(finding));
    });
    guarded("dictionary", [&] { check_dictionary(); });
    guarded("rows", [&] {
      for (Relation relation = 0; relation < kPermutations; ++relation) check_rows(relation);
    });
    guarded("permutations", [&] { compare(); });
    guarded("statistics", [&] { check_statistics(); });
    guarded("commits", [&] { check_log(); });
    return std::move(findings_);
  }

 private:
  void add(std::string finding) {
    if (findings_.size() < kMostFindings) findings_.push_back(std::move(finding));
    if (findings_.size() == kMostFindings) findings_.emplace_back("more findings are left out");
  }

  void check_blocks(Relation relation) {
    const std::size_t width = columns_of(relation);
    const PooledCursor blocks = version_->base()->long_scan(relation);
    std::array<std::vector<std::uint64_t>, 4> columns;
    bool first = true;
    Values last{};
    bool any = false;
    for (blocks->seek({}); blocks->valid(); blocks->next()) {
      const Values key = block_lower_bound(blocks->key(), width);
      const std::string where = name_of(relation) + ", block " + show(key, width);
      if (first && key != Values{}) add(where + ": the first block of the relation is missing");
      try {
        const BlockReader reader(blocks->value(), width);
        if (reader.rows() == 0 && !first) add(where + ": an empty block");
        for (std::size_t c = 0; c < width; ++c) {
          columns[c].resize(reader.rows());
          reader.decode(c, 0, reader.rows(), columns[c].data());
        }
        if (any && key <= last) add(where + ": a row of the block before belongs here");
        for (std::size_t i = 0; i < reader.rows(); ++i) {
          Values row{};
          for (std::size_t c = 0; c < width; ++c) row[c] = columns[c][i];
          if (row < key) add(where + ": row " + std::to_string(i) + " is less than the block's key");
          if (any && row <= last) add(where + ": row " + std::to_string(i) + " does not ascend");
          last = row;
          any = true;
        }
      } catch (const CorruptionError& error) {
        add(where + ": " + error.what());
      }
      first = false;
    }
    if (first) add(name_of(relation) + ": the first block of the relation is missing");
  }

  void check_overlay(Relation relation) {
    const std::size_t width = columns_of(relation);
    const std::uint64_t stated = version_->totals().overlay_rows[relation];
    std::uint64_t found = 0;
    BlockProbe probe(*version_->base(), relation);
    const std::string lower(1, static_cast<char>(relation));
    const std::string upper(1, static_cast<char>(relation + 1));
    const auto cursor = version_->kv().cursor(version_->state(), Family::overlay, lower, upper);
    for (cursor->seek(lower); cursor->valid(); cursor->next()) {
      const Values row = block_lower_bound(cursor->key().substr(1), width);
      ++found;
      const bool erased = cursor->value() == kErased;
      if (!erased && cursor->value() != kInserted) add(name_of(relation) + ", overlay: a wrong value");
      if (probe.contains(row) != erased) {
        add(name_of(relation) + ", overlay: the row " + show(row, width) +
            (erased ? " is erased, but in no block" : " is inserted, but in a block already"));
      }
    }
    if (found != stated) {
      add(name_of(relation) + ", overlay: " + std::to_string(found) + " rows, the totals say " +
          std::to_string(stated));
    }
  }

  template <typename F>
  void each_row(Relation relation, F&& take) const {
    RelationCursor cursor(version_, nullptr, relation, Bounds{}, kAllColumns, true, nullptr);
    const std::size_t width = columns_of(relation);
    RowBlock rows;
    while (cursor.next(rows)) {
      for (std::size_t i = 0; i < rows.rows; ++i) {
        Values row{};
        for (std::size_t c = 0; c < width; ++c) row[c] = rows.columns[c][i].bits;
        take(row);
      }
    }
  }

  // Ids of the dictionary in rows must be entries of their kind; a kind is a tag, or 0 for "no bytes".
  void check_id(Id id, Relation relation) {
    if (id.is_local() || id.tag() == Tag{15} || (id.tag() == Tag::special && id != kDefaultGraph)) {
      add(name_of(relation) + ": " + std::to_string(id.bits) + " is no id that can be stored");
      return;
    }
    if (!id.in_dictionary()) return;
    const std::uint64_t index = id.payload() - kFirstCounter;
    if (index >= tags_.size()) {
      add(name_of(relation) + ": the dictionary has no term of number " + std::to_string(id.payload()));
      return;
    }
    const Tag tag = tags_[index];
    if (tag == id.tag()) return;
    if (tag == Tag::special && id.tag() == Tag::blank) {
      return;
    }
    add(name_of(relation) + ": the term of number " + std::to_string(id.payload()) + " is of another kind");
  }

  // The row in the order (s, p, o, g) or (s, p, o, i).
  static Values canonical(Relation relation, const Values& row) {
    Values result{};
    for (std::size_t c = 0; c < 4; ++c) result[kColumnOrder[relation][c]] = row[c];
    return result;
  }

  void check_rows(Relation relation) {
    const bool is_spog = relation == relation_of(Permutation::spog);
    const bool triples = kind_of(relation) == RowKind::triples;
    each_row(relation, [&](const Values& row) {
      const Values all = canonical(relation, row);
      prints_[relation].add(all);
      if (relation == relation_of(Permutation::gspo) && all[3] == kDefaultGraph.bits) {
        add("gspo: a row of the default graph");
      }
      if (triples && relation != relation_of(Permutation::ispo)) return;
      if (!is_spog && !triples) return;
      for (std::size_t c = 0; c < 4; ++c) check_id(Id{all[c]}, relation);
      if (triples) return;
      if (all[3] != kDefaultGraph.bits) named_.add(all);
      ++counts_[{Id{all[3]}, Id{all[1]}}];
    });
  }

  void compare() {
    const Totals& totals = version_->totals();
    const auto same = [&](Permutation a, Permutation b) {
      if (prints_[relation_of(a)] == prints_[relation_of(b)]) return;
      add("the rows of " + name_of(relation_of(a)) + " (" + std::to_string(prints_[relation_of(a)].rows) +
          ") and " + name_of(relation_of(b)) + " (" + std::to_string(prints_[relation_of(b)].rows) +
          ") differ");
      find_difference(a, b);
      find_difference(b, a);
    };
    same(Permutation::spog, Permutation::posg);
    same(Permutation::spog, Permutation::ospg);
    same(Permutation::spog, Permutation::psog);
    same(Permutation::ispo, Permutation::spoi);
    same(Permutation::ispo, Permutation::posi);
    same(Permutation::ispo, Permutation::ospi);
    if (!(named_ == prints_[relation_of(Permutation::gspo)])) {
      add("gspo does not hold the " + std::to_string(named_.rows) +
          " rows of named graphs that spog has, but " +
          std::to_string(prints_[relation_of(Permutation::gspo)].rows));
    }
    const auto number = [&](const char* what, std::uint64_t found, std::uint64_t stated) {
      if (found != stated) {
        add(std::string(what) + ": " + std::to_string(found) + ", the totals say " + std::to_string(stated));
      }
    };
    number("quads", prints_[relation_of(Permutation::spog)].rows, totals.quads);
    number("quads of named graphs", named_.rows, totals.named_quads);
    number("triple terms", prints_[relation_of(Permutation::ispo)].rows, totals.triple_terms);
  }

  // Names the first row of `a` that `b` lacks.
  void find_difference(Permutation a, Permutation b) {
    bool found = false;
    each_row(relation_of(a), [&](const Values& row) {
      if (found) return;
      const Values wanted = permute(relation_of(b), canonical(relation_of(a), row));
      Bounds bounds;
      bounds.lower = bounds.end = wanted;
      bounds.end_length = 4;
      if (++bounds.end[3] == 0) bounds.end_length = 0;
      if (count_rows(*version_, nullptr, relation_of(b), bounds, 0).rows > 0) return;
      found = true;
      add(name_of(relation_of(b)) + " lacks the row " + show(canonical(relation_of(a), row), 4) + " of " +
          name_of(relation_of(a)));
    });
  }

  void check_dictionary() {
    const Totals& totals = version_->totals();
    std::uint64_t next = kFirstCounter;
    Fingerprint expected;
    const PooledCursor cursor = version_->terms();
    for (cursor->seek({}); cursor->valid(); cursor->next()) {
      if (cursor->key().size() != 8) {
        add("dictionary: a key of a wrong length");
        continue;
      }
      const std::uint64_t first = load_big_endian(cursor->key().data());
      if (first != next) add("dictionary: a gap or an overlap at term " + std::to_string(first));
      const TermBlock block(cursor->value());
      for (std::size_t i = 0; i < block.terms(); ++i) {
        const std::string_view bytes = block.term(i);
        Tag tag = Tag::special;
        if (!bytes.empty()) {
          tag = bytes[0] == kIriByte ? Tag::iri : Tag::literal;
          expected.add({hash_key(hash_term_bytes(bytes, seed_)), Id::make(tag, first + i).bits, 0, 0});
        }
        tags_.push_back(tag);
      }
      next = first + block.terms();
    }
    if (next != totals.next_counter) {
      add("dictionary: it ends at term " + std::to_string(next) + ", the totals say " +
          std::to_string(totals.next_counter));
    }
    each_row(relation_of(Permutation::ispo), [&](const Values& row) {
      const Id id{row[0]};
      const std::uint64_t index = id.payload() - kFirstCounter;
      if (id.tag() != Tag::triple || index >= tags_.size() || tags_[index] != Tag::special) {
        add("ispo: the triple term " + std::to_string(id.payload()) + " is no empty entry of the dictionary");
        return;
      }
      tags_[index] = Tag::triple;
      if (snapshot_.find_triple(Id{row[1]}, Id{row[2]}, Id{row[3]}) != id) {
        add("spoi: the triple term " + std::to_string(id.payload()) +
            " is not found by its components, or twice there");
      }
      expected.add({hash_key(snapshot_.hash(id)), id.bits, 0, 0});
    });
    Fingerprint hashes;
    Values last{};
    each_row(kHashes, [&](const Values& row) {
      hashes.add(row);
      if (hashes.rows > 1 && row[0] == last[0]) {
        const Id a{last[1]};
        const Id b{row[1]};
        if (a.tag() == b.tag() && a.tag() != Tag::triple &&
            equal_term_bytes(snapshot_.decode(a), snapshot_.decode(b))) {
          add("dictionary: the terms " + std::to_string(a.payload()) + " and " + std::to_string(b.payload()) +
              " are the same");
        }
      }
      last = row;
    });
    if (!(hashes == expected)) {
      add("hashes: " + std::to_string(hashes.rows) + " rows that are not those of the dictionary's " +
          std::to_string(expected.rows) + " terms");
    }
    if (hashes.rows != totals.hashed_terms) {
      add("hashes: " + std::to_string(hashes.rows) + " rows, the totals say " +
          std::to_string(totals.hashed_terms));
    }
  }

  void check_statistics() {
    std::map<std::string, std::uint64_t> expected;
    std::map<std::string, std::uint64_t> named;  // of predicates, those in named graphs
    for (const auto& [key, count] : counts_) {
      expected[predicate_key(key.second)] += count;
      if (key.first == kDefaultGraph) continue;
      expected[graph_predicate_key(key.first, key.second)] += count;
      expected[graph_key(key.first)] += count;
      named[predicate_key(key.second)] += count;
    }
    const auto cursor = version_->kv().cursor(version_->state(), Family::meta);
    for (const char prefix : {kGraphPredicatePrefix, kPredicatePrefix, kGraphPrefix}) {
      for (cursor->seek(std::string(1, prefix)); cursor->valid() && cursor->key()[0] == prefix;
           cursor->next()) {
        const std::string key(cursor->key());
        const std::uint64_t stated =
            cursor->value().size() < 8 ? 0 : load_little_endian(cursor->value().data());
        const auto found = expected.find(key);
        const std::uint64_t counted = found == expected.end() ? 0 : found->second;
        if (stated != counted)
          add("statistics: " + describe(key) + " has " + std::to_string(counted) +
              " quads, the record says " + std::to_string(stated));
        if (prefix == kPredicatePrefix) {
          if (cursor->value().size() != predicate_record({}).size())
            add("statistics: " + describe(key) + ": a damaged record");
          if (const std::uint64_t says = read_predicate_record(cursor->value()).named; says != named[key])
            add("statistics: " + describe(key) + " has " + std::to_string(named[key]) +
                " quads in named graphs, the record says " + std::to_string(says));
        }
        if (found != expected.end()) expected.erase(found);
      }
    }
    for (const auto& [key, count] : expected) {
      add("statistics: " + describe(key) + " has " + std::to_string(count) + " quads, but no record");
    }
  }

  // The log of commits ends with the present one and has no gap.
  void check_log() {
    const auto cursor = version_->kv().cursor(version_->state(), Family::meta);
    std::optional<std::uint64_t> last;
    for (cursor->seek(std::string(1, kCommitPrefix)); cursor->valid() && cursor->key()[0] == kCommitPrefix;
         cursor->next()) {
      Totals totals;
      if (!Totals::read(cursor->value(), totals) || cursor->key() != commit_key(totals.sequence)) {
        add("commits: a damaged record after that of commit " + (last ? std::to_string(*last) : "none"));
        continue;
      }
      if (last && totals.sequence != *last + 1)
        add("commits: no record between those of " + std::to_string(*last) + " and " +
            std::to_string(totals.sequence));
      last = totals.sequence;
    }
    if (last != version_->totals().sequence)
      add("commits: the log does not end with the present one, " + std::to_string(version_->totals().sequence));
  }

  static std::string describe(const std::string& key) {
    const auto id = [&](std::size_t at) {
      return key.size() >= at + 8 ? std::to_string(load_big_endian(key.data() + at)) : std::string("?");
    };
    if (key[0] == kGraphPredicatePrefix) return "the predicate " + id(9) + " in the graph " + id(1);
    return (key[0] == kGraphPrefix ? "the graph " : "the predicate ") + id(1);
  }

  std::shared_ptr<const Version> version_;
  StoreSnapshot snapshot_;
  std::uint64_t seed_;
  const ProgressCallback& progress_;
  std::vector<std::string> findings_;
  std::vector<Tag> tags_;  // of each entry; special: no bytes and no triple term, that is, a blank node
  std::array<Fingerprint, kPermutations> prints_;
  Fingerprint named_;
  std::map<std::pair<Id, Id>, std::uint64_t> counts_;
};

}  // namespace

std::vector<std::string> check_store(const std::shared_ptr<const Version>& version, std::uint64_t hash_seed,
                                     const ProgressCallback& progress) {
  return Checker(version, hash_seed, progress).run();
}

}  // namespace dossier
