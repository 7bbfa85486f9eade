#include "engine/store/compaction.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "engine/store/dictionary.h"
#include "engine/store/fold.h"
#include "engine/store/relation.h"
#include "engine/store/term_block.h"

namespace dossier {
namespace {

// A version for cursors that do not outlive this call.
std::shared_ptr<const Version> borrowed(const Version& version) {
  return {std::shared_ptr<const Version>(), &version};
}

// Which counters of the dictionary the quads use, by themselves or inside of triple terms.
class UsedTerms {
 public:
  UsedTerms(const Version& version, StageProgress& progress)
      : progress_(progress), end_(version.totals().next_counter), bits_((end_ + 63) / 64) {
    mark_quads(version);
    if (version.totals().triple_terms > 0) mark_triple_terms(version);
  }

  // A number that was never given out, as a damaged block may have, is not.
  bool used(std::uint64_t counter) const {
    return counter < end_ && (bits_[counter / 64] >> (counter % 64) & 1) != 0;
  }
  std::uint64_t blank_nodes() const { return blank_nodes_; }

 private:
  // True when the term was not marked yet.
  bool mark(Id id) {
    if (!id.in_dictionary() || id.payload() >= end_) return false;
    std::uint64_t& word = bits_[id.payload() / 64];
    const std::uint64_t bit = std::uint64_t{1} << (id.payload() % 64);
    if ((word & bit) != 0) return false;
    word |= bit;
    blank_nodes_ += id.tag() == Tag::blank;
    return true;
  }

  void mark_quads(const Version& version) {
    RelationCursor cursor(borrowed(version), nullptr, relation_of(Permutation::spog), Bounds{}, kAllColumns,
                          true, nullptr);
    RowBlock rows;
    while (cursor.next(rows)) {
      progress_.add(rows.rows);
      for (const Id* column : rows.columns) {
        Id last = kUnbound;  // values come in runs
        for (std::size_t i = 0; i < rows.rows; ++i) {
          if (column[i] == last) continue;
          last = column[i];
          mark(last);
        }
      }
    }
  }

  template <typename F>
  void each_triple_term(const Version& version, F&& take) const {
    RelationCursor cursor(borrowed(version), nullptr, relation_of(Permutation::ispo), Bounds{}, kAllColumns,
                          true, nullptr);
    RowBlock rows;
    while (cursor.next(rows)) {
      progress_.add(rows.rows);
      for (std::size_t i = 0; i < rows.rows; ++i)
        take(rows.columns[0][i], std::array{rows.columns[1][i], rows.columns[2][i], rows.columns[3][i]});
    }
  }

  void mark_triple_terms(const Version& version) {
    // First the triple terms inside of others, however deep, then what all of them are made of.
    struct Inside {
      Id outer;
      Id inner;
    };
    std::vector<Inside> nested;  // by the outer term
    each_triple_term(version, [&](Id id, const std::array<Id, 3>& parts) {
      for (const Id part : parts)
        if (part.tag() == Tag::triple) nested.push_back({id, part});
    });
    std::vector<Id> reached;
    for (const Inside& pair : nested)
      if (used(pair.outer.payload())) reached.push_back(pair.outer);
    while (!reached.empty()) {
      const Id outer = reached.back();
      reached.pop_back();
      auto pair = std::lower_bound(nested.begin(), nested.end(), outer,
                                   [](const Inside& a, Id id) { return a.outer < id; });
      for (; pair != nested.end() && pair->outer == outer; ++pair)
        if (mark(pair->inner)) reached.push_back(pair->inner);
    }
    each_triple_term(version, [&](Id id, const std::array<Id, 3>& parts) {
      if (!used(id.payload())) return;
      for (const Id part : parts) mark(part);
    });
  }

  StageProgress& progress_;
  std::uint64_t end_;
  std::vector<std::uint64_t> bits_;
  std::uint64_t blank_nodes_ = 0;
};

// The rows of a relation, those left out that `keep` refuses.
class KeptRows final : public RowStream {
 public:
  KeptRows(const Version& version, Relation relation, std::function<bool(const RowBlock&, std::size_t)> keep,
           StageProgress& progress)
      : progress_(progress),
        columns_(columns_of(relation)),
        keep_(std::move(keep)),
        cursor_(borrowed(version), nullptr, relation, Bounds{}, kAllColumns, true, nullptr) {}
  bool next(RowPiece& piece) override {
    std::size_t count = 0;
    while (count < kStreamRows) {
      if (at_ == block_.rows) {
        at_ = block_.rows = 0;
        if (!cursor_.next(block_)) break;
        progress_.add(block_.rows);
      }
      if (!keep_ || keep_(block_, at_)) {
        for (std::size_t c = 0; c < columns_; ++c) buffer_->columns[c][count] = block_.columns[c][at_].bits;
        ++count;
      }
      ++at_;
    }
    piece = buffer_->piece(count);
    return count > 0;
  }

 private:
  StageProgress& progress_;
  std::size_t columns_;
  std::function<bool(const RowBlock&, std::size_t)> keep_;
  RelationCursor cursor_;
  RowBlock block_;
  std::size_t at_ = 0;
  std::unique_ptr<RowBuffer> buffer_ = std::make_unique<RowBuffer>();
};

// Whether packing the relation anew would save a quarter of its blocks.
bool is_thin(const Version& version, Relation relation) {
  const PooledCursor blocks = version.base()->long_scan(relation);
  std::uint64_t count = 0;
  std::uint64_t rows = 0;
  for (blocks->seek({}); blocks->valid(); blocks->next()) {
    ++count;
    rows += BlockReader(blocks->value(), columns_of(relation)).rows();
  }
  const std::uint64_t needed = rows / block_rows(relation) + 1;
  return count > needed + needed / 3;
}

class Compaction {
 public:
  Compaction(const Version& version, Totals& totals, const RunFiles& run_files, StageProgress& progress)
      : version_(version),
        totals_(totals),
        run_files_(run_files),
        progress_(progress),
        used_(version, progress) {}

  IngestFiles run() {
    empty_terms();
    for (Relation relation = 0; relation < kRelations; ++relation) pack(relation);
    totals_.erased_since = 0;
    FamilyWriter meta(run_files_, Family::meta);
    meta.put(commit_key(totals_.sequence), totals_.record());
    add(meta.finish());
    return std::move(files_);
  }

 private:
  void add(std::pair<Family, std::vector<std::string>> files) {
    if (!files.second.empty()) files_.push_back(std::move(files));
  }

  bool any_unused(std::uint64_t first, std::uint64_t end) const {
    for (std::uint64_t counter = first; counter < end; ++counter)
      if (!used_.used(counter)) return true;
    return false;
  }

  // Empties the entries of unused terms.
  void empty_terms() {
    FamilyWriter writer(run_files_, Family::terms);
    TermBlockBuilder builder;
    Codebooks& codebooks = version_.dictionary().codebooks();
    std::unique_ptr<Packer> packer;
    if (auto codebook = codebooks.newest(version_.kv()))
      packer = std::make_unique<Packer>(std::move(codebook));
    const auto cursor = version_.kv().cursor(version_.state(), Family::terms, {}, {}, true);
    for (cursor->seek(first_terms_key()); cursor->valid(); cursor->next()) {
      const std::uint64_t first = load_big_endian(cursor->key().data());
      TermBlockCursor block(cursor->value(), codebooks.of(version_.kv(), cursor->value()));
      const std::size_t terms = block.terms();
      if (first + terms > totals_.next_counter)
        throw CorruptionError("the dictionary goes on beyond the last term; run `dossier check`");
      if (!any_unused(first, first + terms)) continue;
      builder.clear();
      bool emptied = false;
      for (std::size_t i = 0; i < terms; ++i) {
        const std::string_view bytes = block.term(i);
        const bool keep = used_.used(first + i);
        emptied = emptied || (!keep && !bytes.empty());
        builder.add(keep ? bytes : std::string_view());
      }
      if (emptied) writer.put(cursor->key(), builder.block(packer.get()));
    }
    add(writer.finish());
  }

  void pack(Relation relation) {
    std::function<bool(const RowBlock&, std::size_t)> keep;
    std::uint64_t rows = 0;
    if (relation == kHashes) {
      keep = [this](const RowBlock& block, std::size_t row) {
        return used_.used(block.columns[1][row].payload());
      };
      rows = totals_.hashed_terms = count(relation, keep);
      // What has no hash is a blank node or was dropped.
      totals_.dropped_terms =
          totals_.next_counter - kFirstCounter - totals_.hashed_terms - used_.blank_nodes();
    } else if (kind_of(relation) == RowKind::triples) {
      const std::size_t id = static_cast<std::size_t>(
          std::find(kColumnOrder[relation].begin(), kColumnOrder[relation].end(), 3) -
          kColumnOrder[relation].begin());
      keep = [this, id](const RowBlock& block, std::size_t row) {
        return used_.used(block.columns[id][row].payload());
      };
      if (relation == relation_of(Permutation::ispo)) totals_.triple_terms = count(relation, keep);
      rows = totals_.triple_terms;
    }
    const Totals& before = version_.totals();
    const bool fewer =
        relation == kHashes ? rows != before.hashed_terms : keep && rows != before.triple_terms;
    // The blocks of `hashes` are as many as their buckets, so they thin out only when terms go.
    if (!fewer && (relation == kHashes || !is_thin(version_, relation))) return;
    RelationWriter writer(run_files_, relation, OldRows::replace, rows, nullptr, nullptr);
    KeptRows kept(version_, relation, fewer ? keep : nullptr, progress_);
    writer.write(kept);
    add(writer.finish());
  }

  std::uint64_t count(Relation relation,
                      const std::function<bool(const RowBlock&, std::size_t)>& keep) const {
    KeptRows kept(version_, relation, keep, progress_);
    std::uint64_t rows = 0;
    for (RowPiece piece; kept.next(piece);) rows += piece.rows;
    return rows;
  }

  const Version& version_;
  Totals& totals_;
  const RunFiles& run_files_;
  StageProgress& progress_;
  UsedTerms used_;
  IngestFiles files_;
};

}  // namespace

bool wants_compaction(const Totals& totals) {
  return totals.erased_since > std::max(fold_rows(totals.quads), totals.quads / 2);
}

IngestFiles write_compaction(const Version& version, Totals& totals, const RunFiles& run_files,
                             StageProgress& progress) {
  // Each relation is read once, more often where terms go.
  progress.begin(Stage::packing, 2 * version.totals().quads + 4 * version.totals().triple_terms + version.totals().hashed_terms);
  return Compaction(version, totals, run_files, progress).run();
}

}  // namespace dossier
