#include "engine/store/repair.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <vector>

#include "engine/labels/label_index.h"
#include "engine/store/backup.h"
#include "engine/store/block.h"
#include "engine/store/check.h"
#include "engine/store/check_dictionary.h"
#include "engine/store/database.h"
#include "engine/store/findings.h"
#include "engine/store/fingerprint.h"
#include "engine/store/load_statistics.h"
#include "engine/store/new_directory.h"
#include "engine/store/relation_writer.h"
#include "engine/store/row_spool.h"
#include "engine/store/store_snapshot.h"
#include "engine/store/term_scan.h"
#include "engine/store/terms_writer.h"
#include "engine/store/triple_hashes.h"

namespace dossier {
namespace {

namespace fs = std::filesystem;

// Beside the rows that are sorted: caches of the old store and the new, run writers, buffers of streams.
constexpr std::size_t kReserve = std::size_t{192} << 20;
constexpr std::size_t kCacheBytes = std::size_t{32} << 20;  // of each opening
constexpr std::size_t kLeastMemory = std::size_t{4} << 20;
constexpr std::size_t kMostShown = 10;  // quads that are lost
constexpr std::size_t kDictionaryBytes = std::size_t{32} << 20;
constexpr std::uint64_t kTickRows = 65'536;
constexpr std::uint64_t kMostMissing =
    1'000'000;  // terms that a record may say are there behind the last one

constexpr std::array<Permutation, 4> kQuadSources = {Permutation::spog, Permutation::posg, Permutation::ospg,
                                                     Permutation::psog};
constexpr std::array<Permutation, 4> kTripleSources = {Permutation::ispo, Permutation::spoi,
                                                       Permutation::posi, Permutation::ospi};

// A row of a permutation in the order (s, p, o, g) or (s, p, o, i).
Values canonical(Permutation permutation, const Values& row) {
  Values result{};
  for (std::size_t c = 0; c < 4; ++c) result[kColumnOrder[relation_of(permutation)][c]] = row[c];
  return result;
}

std::shared_ptr<const Version> version_of(const std::shared_ptr<const KeyValueStore>& kv,
                                          const Totals& totals) {
  return std::make_shared<const Version>(kv, nullptr, std::make_shared<const Base>(kv, nullptr),
                                         std::make_shared<Dictionary>(kDictionaryBytes), totals);
}

// A name beside the store that nothing has.
std::string free_name(const std::string& path) {
  const std::string base = settled_path(path) + ".damaged";
  std::error_code ignored;
  for (int number = 1;; ++number) {
    std::string name = number == 1 ? base : base + "-" + std::to_string(number);
    if (!fs::exists(fs::symlink_status(name, ignored))) return name;
  }
}

class Repair {
 public:
  Repair(const std::string& path, const RepairOptions& options) : path_(path), options_(options) {
    memory_ = std::max(
        options.memory_bytes > 2 * kReserve ? options.memory_bytes - kReserve : options.memory_bytes / 2,
        kLeastMemory);
  }

  RepairReport run() {
    open();
    if (report_.findings.empty()) return std::move(report_);
    NewDirectory made = NewDirectory::beside(path_, "a repaired store");
    build(made.work());
    settle_copy(made.work(),
                [this](std::uint64_t done, std::uint64_t total) { tell(Stage::checking, done, total); });
    report_.kept = free_name(path_);
    tell(Stage::writing, 1, 1);
    made.exchange(report_.kept);
    if (options_.progress) options_.progress({Stage::done, 1, 1, report_.quads});
    return std::move(report_);
  }

 private:
  void tell(Stage stage, std::uint64_t done, std::uint64_t total) const {
    if (options_.progress && !options_.progress({stage, std::min(done, total), total, report_.quads}))
      throw LimitError(LimitError::Reason::cancelled, "the repair was cancelled; the store is as it was");
  }
  void tick() {
    if (++rows_done_ % kTickRows == 0) tell(Stage::writing, rows_done_, rows_total_);
  }

  // ---- what there is

  void open() {
    KeyValueOptions options;
    options.create = false;
    options.salvage = true;
    options.cache_bytes = kCacheBytes;
    old_kv_ = KeyValueStore::open(path_, options);
    try {
      OpenOptions plain;
      plain.create = false;
      plain.read_only = true;
      plain.cache_bytes = kCacheBytes;
      const auto database = Database::open(path_, plain);
      old_ = database->version();
      seed_ = database->hash_seed();
    } catch (const CorruptionError& error) {
      report_.findings.emplace_back(error.what());
    } catch (const StorageError& error) {
      if (error.reason() != StorageError::Reason::io && error.reason() != StorageError::Reason::not_a_store)
        throw;
      report_.findings.emplace_back(error.what());
    }
    const bool opened = old_ != nullptr;
    if (!opened) {
      old_ = version_of(old_kv_, read_totals());
      std::string record;
      seed_ = read(kSeedKey, record) && record.size() == 8 ? load_little_endian(record.data()) : new_seed();
    }
    for (std::string& finding : check_store(old_, seed_, options_.progress))
      report_.findings.push_back(std::move(finding));
    Totals totals = old_->totals();
    // A table is read for what is in it; what else keeps a store from being opened is its log or its
    // manifest.
    const std::string first = report_.findings.empty() ? std::string() : report_.findings.front();
    const bool table = first.find(".sst") != std::string::npos || first.find(".ldb") != std::string::npos;
    if (!opened && !table)
      lost("the commits after number " + std::to_string(totals.sequence) + ", if there were any: " + first);
    mend_totals(totals);
    old_ = version_of(old_kv_, totals);
  }

  static std::uint64_t new_seed() {
    std::random_device device;
    return (static_cast<std::uint64_t>(device()) << 32) | device();
  }

  // A file that is missing is an error of reading, not of what was read: both are the same here.
  bool read(std::string_view key, std::string& value) const {
    try {
      return old_kv_->get(nullptr, Family::meta, key, value);
    } catch (const Error&) {
      return false;
    }
  }

  // The totals of the last commit whose record can be read; else what the families themselves tell.
  Totals read_totals() {
    Totals totals;
    bool found = false;
    each_record([&](std::string_view key, std::string_view value) {
      Totals record;
      if (!key.starts_with(kCommitPrefix) || !Totals::read(value, record) ||
          key != commit_key(record.sequence))
        return;
      totals = record;
      found = true;
    });
    if (!found) lost("the log of commits is lost; its numbers begin anew");
    mend_totals(totals);
    return totals;
  }

  // Numbers that must not keep anything from being read.
  void mend_totals(Totals& totals) const {
    try {
      const auto cursor = old_kv_->cursor(nullptr, Family::overlay);
      cursor->seek({});
      // Where the record says that a relation has no rows there, they are not read.
      if (cursor->valid()) std::fill(totals.overlay_rows.begin(), totals.overlay_rows.end(), 1);
    } catch (const Error&) {
      std::fill(totals.overlay_rows.begin(), totals.overlay_rows.end(), 1);
    }
    try {
      const auto cursor = old_kv_->cursor(nullptr, Family::terms);
      cursor->seek_for_prev(std::string(9, '\xFF'));
      if (!cursor->valid() || cursor->key().size() != 8) return;
      const std::uint64_t end =
          load_big_endian(cursor->key().data()) + terms_of_block(cursor->value());
      totals.next_counter = std::clamp(totals.next_counter, end, end + kMostMissing);
    } catch (const Error&) {
    }
  }

  // Calls `take(key, value)` for the records of meta that can be read.
  template <typename F>
  void each_record(F&& take) {
    try {
      const auto cursor = old_kv_->cursor(nullptr, Family::meta);
      for (cursor->seek({}); cursor->valid(); cursor->next()) take(cursor->key(), cursor->value());
    } catch (const Error& error) {
      lost(std::string("records of the log of commits or of prefixes: ") + error.what());
    }
  }

  void lost(std::string what) {
    if (std::find(report_.lost.begin(), report_.lost.end(), what) == report_.lost.end())
      report_.lost.push_back(std::move(what));
  }

  // ---- where rows are taken from

  struct Print {
    bool whole = false;
    Fingerprint rows;
  };

  // The permutation that most others agree with; the first of them that can be read wholly.
  Permutation source_of(std::span<const Permutation> permutations, std::uint64_t stated, const char* what) {
    std::array<Print, 4> prints;
    for (std::size_t i = 0; i < permutations.size(); ++i) {
      try {
        Values last{};
        bool ascends = true;
        each_row(old_, relation_of(permutations[i]), [&](const Values& row) {
          ascends = ascends && (prints[i].rows.rows == 0 || last < row);
          last = row;
          prints[i].rows.add(canonical(permutations[i], row));
          tick();
        });
        prints[i].whole = ascends;
      } catch (const CorruptionError&) {
      } catch (const StorageError& error) {
        if (error.reason() != StorageError::Reason::io) throw;
      }
    }
    std::optional<std::size_t> best;
    int best_votes = -1;
    for (std::size_t i = 0; i < permutations.size(); ++i) {
      if (!prints[i].whole) continue;
      int votes = prints[i].rows.rows == stated ? 1 : 0;
      for (const Print& print : prints) votes += print.whole && print.rows == prints[i].rows ? 2 : 0;
      if (votes <= best_votes) continue;
      best = i;
      best_votes = votes;
    }
    if (!best)
      throw CorruptionError("the store " + path_ + " cannot be repaired: none of the permutations of its " +
                            what + " can be read wholly; restore it from a backup, it is as it was");
    return permutations[*best];
  }

  // ---- the new store

  void build(const std::string& work) {
    const Totals& before = old_->totals();
    totals_ = before;
    totals_.quads = totals_.named_quads = totals_.triple_terms = totals_.hashed_terms = 0;
    totals_.distinct_subjects = totals_.distinct_objects = 0;
    totals_.overlay_rows = {};
    // Twice to choose a source, once for each relation.
    rows_total_ = 9 * before.quads + before.named_quads + 8 * before.triple_terms + 2 * before.hashed_terms;
    KeyValueOptions options;
    options.cache_bytes = kCacheBytes;
    options.write_buffer_bytes = std::size_t{8} << 20;
    new_kv_ = KeyValueStore::open(work, options);
    {
      const RunFiles files(*new_kv_, "repair");
      SpillDirectory spill(new_kv_->spill_directory());
      files_ = &files;
      spill_ = &spill;
      write_terms();
      write_triples();
      write_quads();
      new_kv_->ingest(runs_);
      runs_.clear();
      write_hashes();
      new_kv_->ingest(runs_);
      runs_.clear();
      write_records();
      new_kv_->ingest(runs_);
    }
    report_.quads = totals_.quads;
    const auto made = version_of(new_kv_, totals_);
    for (const std::string& finding : check_store(made, seed_, options_.progress))
      lost("not repaired: " + finding);
    new_kv_->flush();
    new_kv_.reset();
  }

  // Terms that are lost or damaged become entries without bytes, which no row uses.
  void write_terms() {
    TermsWriter writer(*files_, nullptr, kFirstCounter);
    if (const auto codebook = old_codebook())
      writer.adopt(std::make_shared<const Codebook>(1, std::string(codebook->bytes())));
    std::uint64_t gone = 0;
    const auto add_lost = [&](std::uint64_t until) {
      for (; entries_.size() < until; ++gone) {
        entries_.push_back(kLostEntry);
        writer.add({});
      }
    };
    try {
      each_term(
          *old_,
          [&](std::uint64_t counter, std::string_view bytes) {
            add_lost(counter - kFirstCounter);
            if (!bytes.empty() && fault_of_bytes(bytes) != nullptr)
              return add_lost(counter - kFirstCounter + 1);
            const Tag tag = bytes.empty() ? Tag::special : bytes[0] == kIriByte ? Tag::iri : Tag::literal;
            totals_.hashed_terms += !bytes.empty();
            entries_.push_back(static_cast<std::uint8_t>(tag));
            writer.add(bytes);
          },
          [](const std::string&) {});
    } catch (const StorageError& error) {
      throw CorruptionError("the store " + path_ +
                            " cannot be repaired, for without its dictionary no quad is known: " +
                            error.what() + "; restore it from a backup, it is as it was");
    }
    add_lost(totals_.next_counter - kFirstCounter);
    if (gone > 0)
      lost(std::to_string(gone) +
           " entries of the dictionary: terms, or blank nodes, whose text cannot be read any more");
    totals_.next_counter = writer.next();
    runs_.push_back(writer.finish(records_));
    totals_.merged_counter = writer.full_until();
  }

  // The one made last that can be read; null: there is none.
  std::shared_ptr<const Codebook> old_codebook() const {
    try {
      return old_->dictionary().codebooks().newest(*old_kv_);
    } catch (const Error&) {
      return nullptr;
    }
  }

  // `hashed`: rows that `hashes` will have.
  std::uint64_t write_relation(Relation relation, RowStream& rows, std::uint64_t hashed = 0) {
    RelationWriter writer(*files_, relation, OldRows::none, hashed, statistics_.observer(relation), {});
    writer.write(rows);
    auto run = writer.finish();
    if (writer.added() == 0) {
      FamilyWriter empty(*files_, family_of(relation));
      const std::array<const std::uint64_t*, 4> columns{};
      std::string bytes;
      encode_block({columns.data(), columns_of(relation)}, 0, bytes);
      empty.put(first_block_key(relation), bytes);
      run = empty.finish();
    }
    runs_.push_back(std::move(run));
    return writer.added();
  }

  void write_triples() {
    const Permutation source = source_of(kTripleSources, old_->totals().triple_terms, "triple terms");
    Findings shown(old_, seed_);
    // In the order of their numbers: what a triple term holds has a smaller one.
    RowSpool by_number(*spill_, 4, memory_);
    each_row(old_, relation_of(source), [&](const Values& row) {
      by_number.add(permute(relation_of(Permutation::ispo), canonical(source, row)));
      tick();
    });
    std::uint64_t gone = 0;
    std::uint64_t kept = 0;
    std::string first;
    const std::string kept_file = spill_->new_file();
    {
      const auto rows = by_number.sorted();
      SpillWriter file(kept_file);
      RowPiece piece;
      while (rows->next(piece)) {
        for (std::size_t i = 0; i < piece.rows; ++i) {
          const Values row{piece.columns[0][i], piece.columns[1][i], piece.columns[2][i],
                           piece.columns[3][i]};
          const Id id{row[0]};
          const std::uint64_t index = id.payload() - kFirstCounter;
          bool good = id.tag() == Tag::triple && index < entries_.size() &&
                      entries_[index] == static_cast<std::uint8_t>(Tag::special);
          for (std::size_t c = 1; c < 4; ++c)
            good = good && Id{row[c]} != kDefaultGraph && fault_of_entry(entries_, Id{row[c]}) == nullptr;
          if (!good) {
            if (gone++ == 0) first = shown.show_triple({row[1], row[2], row[3], row[0]});
            if (index < entries_.size() && entries_[index] == static_cast<std::uint8_t>(Tag::special))
              entries_[index] = kLostEntry;
            continue;
          }
          entries_[index] = static_cast<std::uint8_t>(Tag::triple);
          file.put(row);
          ++kept;
        }
      }
      file.close();
    }
    if (gone > 0)
      lost(std::to_string(gone) + " triple terms, of which something is lost; the first is " + first);
    for (const Permutation permutation : kTripleSources) {
      RowSpool spool(*spill_, 4, memory_);
      SpillReader file(kept_file);
      for (std::uint64_t i = 0; i < kept; ++i) {
        const auto row = file.get<Values>();
        spool.add(permute(relation_of(permutation), {row[1], row[2], row[3], row[0]}));
        tick();
      }
      const auto rows = spool.sorted();
      write_relation(relation_of(permutation), *rows);
    }
    SpillDirectory::remove(kept_file);
    totals_.triple_terms = kept;
    totals_.hashed_terms += kept;
  }

  void write_quads() {
    const Permutation source = source_of(kQuadSources, old_->totals().quads, "quads");
    Findings shown(old_, seed_);
    const auto good = [&](const Values& quad) {
      for (std::size_t c = 0; c < 4; ++c) {
        const Id id{quad[c]};
        if (fault_of_entry(entries_, id) != nullptr || (id == kDefaultGraph && c < 3)) return false;
      }
      return true;
    };
    std::uint64_t gone = 0;
    for (const Permutation permutation :
         {Permutation::spog, Permutation::posg, Permutation::ospg, Permutation::psog, Permutation::gspo}) {
      RowSpool spool(*spill_, 4, memory_);
      each_row(old_, relation_of(source), [&](const Values& row) {
        const Values quad = canonical(source, row);
        tick();
        if (!good(quad)) {
          if (permutation == Permutation::spog && gone++ < kMostShown)
            lost("the quad " + shown.show_quad(quad));
          return;
        }
        if (permutation == Permutation::gspo && quad[3] == kDefaultGraph.bits) return;
        spool.add(permute(relation_of(permutation), quad));
      });
      const auto rows = spool.sorted();
      const std::uint64_t written = write_relation(relation_of(permutation), *rows);
      if (permutation == Permutation::spog) totals_.quads = written;
      if (permutation == Permutation::gspo) totals_.named_quads = written;
    }
    if (gone > kMostShown) lost(std::to_string(gone) + " quads in all, for their terms are lost");
  }

  void write_hashes() {
    const auto made = version_of(new_kv_, totals_);
    RowSpool spool(*spill_, 2, memory_);
    each_term(
        *made,
        [&](std::uint64_t counter, std::string_view bytes) {
          if (bytes.empty()) return;
          const Tag tag = bytes[0] == kIriByte ? Tag::iri : Tag::literal;
          spool.add({hash_key(hash_term_bytes(bytes, seed_)), Id::make(tag, counter).bits, 0, 0});
          tick();
        },
        [](const std::string&) {});
    each_triple_hash(
        made, seed_, [](const Values&) { return true; },
        [&](const Values& row, const TermHash* hash) {
          if (hash != nullptr) spool.add({hash_key(*hash), row[0], 0, 0});
          tick();
        });
    const auto rows = spool.sorted();
    totals_.hashed_terms = write_relation(kHashes, *rows, totals_.hashed_terms);
  }

  void write_records() {
    std::map<std::string, std::string>& records = records_;
    statistics_.finish(*new_kv_, false, totals_, records);
    std::uint64_t last = 0;
    each_record([&](std::string_view key, std::string_view value) {
      if (key.starts_with(kNamespacePrefix)) records[std::string(key)] = value;
      if (!key.starts_with(kCommitPrefix)) return;
      Totals commit;
      if (!Totals::read(value, commit) || key != commit_key(commit.sequence) ||
          commit.sequence > totals_.sequence)
        return;
      // A log has no gaps: of one that has, the part after it is kept.
      if (commit.sequence != last + 1) {
        const auto begin = records.lower_bound(std::string(1, kCommitPrefix));
        const auto end = records.lower_bound(std::string(1, kCommitPrefix + 1));
        if (begin != end) lost("the log of commits before number " + std::to_string(commit.sequence));
        records.erase(begin, end);
      }
      records[std::string(key)] = value;
      last = commit.sequence;
    });
    write_labels(records);
    records[commit_key(totals_.sequence)] = totals_.record();
    records[std::string(kFormatKey)] = format_record();
    records[std::string(kSeedKey)] = number_record(seed_);
    FamilyWriter meta(*files_, Family::meta);
    for (const auto& [key, value] : records) meta.put(key, value);
    runs_.push_back(meta.finish());
  }

  // The label index anew, with the settings of the old one.
  void write_labels(std::map<std::string, std::string>& records) {
    std::string record;
    if (!read(kLabelSettingsKey, record)) return;
    auto settings = LabelSettings::read(record);
    if (!settings) return lost("the settings of the label index; `.labels` makes it anew");
    settings->rules = fold_rules();
    records[std::string(kLabelSettingsKey)] = settings->record();
    std::uint64_t number = 0;
    make_label_blocks(
        StoreSnapshot(version_of(new_kv_, totals_), seed_), *settings,
        [&](const std::string& block) { records[label_key(number++)] = block; },
        [&](std::uint64_t, std::uint64_t) { tick(); });
  }

  std::string path_;
  const RepairOptions& options_;
  std::size_t memory_ = 0;
  RepairReport report_;
  std::shared_ptr<KeyValueStore> old_kv_;  // holds the lock to the end
  std::shared_ptr<const Version> old_;
  std::uint64_t seed_ = 0;
  std::shared_ptr<KeyValueStore> new_kv_;
  const RunFiles* files_ = nullptr;
  SpillDirectory* spill_ = nullptr;
  IngestFiles runs_;
  LoadStatistics statistics_;
  std::map<std::string, std::string> records_;  // of the new meta
  Totals totals_;
  std::vector<std::uint8_t> entries_;  // of the new dictionary, see fault_of_entry
  std::uint64_t rows_done_ = 0;
  std::uint64_t rows_total_ = 0;
};

}  // namespace

RepairReport repair_store(const std::string& path, const RepairOptions& options) {
  if (path == ":memory:")
    throw StorageError(StorageError::Reason::io, ":memory: is always new and sound; repair a store on disk");
  return Repair(path, options).run();
}

}  // namespace dossier
