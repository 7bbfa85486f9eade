#include "engine/store/loader.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "engine/io/rdf_reader.h"
#include "engine/store/block.h"
#include "engine/store/bulk_dictionary.h"
#include "engine/store/chunk.h"
#include "engine/store/database.h"
#include "engine/store/load_feed.h"
#include "engine/store/load_statistics.h"
#include "engine/store/relation_writer.h"
#include "engine/store/row_sort.h"
#include "engine/store/spill.h"
#include "engine/store/stage_progress.h"

namespace dossier {
namespace {

// Memory beside the chunk: pieces under way, the run writers of RocksDB, buffers of streams.
constexpr std::size_t kReserve = std::size_t{96} << 20;
constexpr std::size_t kLeastChunk = std::size_t{64} << 10;
constexpr std::size_t kLeastPiece = std::size_t{16} << 10;
constexpr std::size_t kMostPiece = std::size_t{2} << 20;
// Up to so many rows a load is an ordinary commit: it costs a fraction of a dozen run files and their syncs,
// and of a fold.
constexpr std::size_t kCommitRows = 2000;
// Rows of the overlay that are folded between two calls of the progress.
constexpr std::uint64_t kFoldedRows = 65'536;

// Thrown through the job that is not the one at fault.
struct Stopped {};

class Load {
 public:
  Load(Database& database, const LoadOptions& options)
      : database_(database),
        options_(options),
        place_(database.writer_place()),
        threads_(options.threads != 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency())),
        spill_(database.kv().spill_directory()),
        files_(database.kv(), "load"),
        chunk_(database.hash_seed()) {
    const std::size_t memory = options.memory_bytes;
    chunk_memory_ = std::max(kLeastChunk, memory > 2 * kReserve ? memory - kReserve : memory / 2);
  }

  LoadReport run(const std::vector<LoadSource>& sources) {
    const auto start = std::chrono::steady_clock::now();
    read(sources);
    if (spilled_.empty() && chunk_.rows().size() <= kCommitRows) {
      commit();
    } else {
      write();
    }
    report_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return std::move(report_);
  }

 private:
  void read(const std::vector<LoadSource>& sources) {
    FeedOptions feed;
    feed.format = options_.format;
    feed.base = options_.base;
    feed.hash_seed = database_.hash_seed();
    feed.skip_bad = options_.skip_bad;
    feed.table = &options_.table;
    feed.threads = threads_;
    feed.piece_bytes = std::clamp(options_.memory_bytes / 128, kLeastPiece, kMostPiece);
    std::uint32_t file = 0;
    std::uint64_t before = 0;  // bytes of the files read
    std::uint64_t size = 0;
    for (const LoadSource& source : sources) {
      std::string graph;
      const auto& named = source.graph ? source.graph : options_.graph;
      if (named) {
        if (named->kind() != TermKind::iri && named->kind() != TermKind::blank) {
          throw QueryError("a graph is named by an IRI or a blank node, not by " + named->to_string());
        }
        append_term_bytes(graph, *named);
      }
      read_source(source, feed, report_,
                  [&](const QuadBatch& batch, std::uint64_t done, std::uint64_t total) {
                    chunk_.add(batch, file, graph);
                    rows_read_ += batch.rows().size();
                    size = total;
                    progress(Stage::reading, before + done, sources.size() == 1 ? total : 0);
                    if (chunk_.peak_memory() > chunk_memory_) spill_chunk();
                  });
      before += size;
      ++file;
    }
  }

  void spill_chunk() {
    spilled_.emplace_back(chunk_, spill_);
    chunk_.release_terms();
    chunk_.clear();
  }

  // ---- a few rows: a commit

  void commit() {
    rows_total_ = chunk_.rows().size();
    progress(Stage::writing, 0, rows_total_);
    place_.reset();  // the transaction takes it
    const auto transaction = database_.begin();
    std::vector<Id> ids(chunk_.entries().size());
    std::vector<std::uint64_t> bits(ids.size());  // the same as numbers
    for (std::size_t local = 0; local < ids.size(); bits[local] = ids[local].bits, ++local) {
      const ChunkEntry& entry = chunk_.entries()[local];
      switch (entry.kind) {
        case LocalKind::inlined:
          ids[local] = Id{entry.value};
          break;
        case LocalKind::blank:
          ids[local] = transaction->fresh_blank();
          break;
        case LocalKind::triple: {
          const LocalRow& row = chunk_.triples()[entry.value];
          ids[local] = transaction->intern_triple(ids[row[0]], ids[row[1]], ids[row[2]]);
          break;
        }
        case LocalKind::composite:
          ids[local] = transaction->intern(chunk_.stored_bytes(entry, bits));
          break;
        default:
          ids[local] = transaction->intern(chunk_.bytes(entry));
          break;
      }
    }
    std::vector<Row> rows;
    for (const LocalRow& row : chunk_.rows())
      rows.push_back({ids[row[0]], ids[row[1]], ids[row[2]], ids[row[3]]});
    report_.added = transaction->insert(rows);
    for (const auto& [prefix, iri] : report_.prefixes) transaction->declare_prefix(prefix, iri);
    if (transaction->changed()) transaction->commit();
    if (options_.progress) options_.progress({Stage::done, rows_total_, rows_total_, rows_read_});
  }

  // ---- many: blocks

  void write() {
    const auto& overlay = database_.totals().overlay_rows;
    if (std::any_of(overlay.begin(), overlay.end(), [](std::uint64_t count) { return count != 0; })) {
      StageProgress progress(options_.progress, "the load was cancelled; the store is as it was", kFoldedRows);
      database_.fold(*place_, progress);
    }
    totals_ = database_.totals();
    before_ = totals_;
    chunk_.release_table();
    dictionary_ = std::make_unique<BulkDictionary>(database_, files_, before_);
    rows_total_ = 4 * rows_read_;
    if (spilled_.empty()) {
      write_one();
    } else {
      if (!chunk_.rows().empty() || chunk_.entries().size() > 1) spill_chunk();
      write_several();
    }
    finish();
  }

  // ---- one chunk: sorted rows go straight to the blocks

  void write_one() {
    ChunkIds ids;
    dictionary_->number(chunk_, ids.ids);
    ids.make_order();
    const RowSorter::Emit emit = [this](Permutation permutation, RowStream& rows) {
      write_relation(relation_of(permutation), rows);
    };
    write_chunk(ids, emit, [this](PageArray<HashPair>& pairs) {
      PairStream stream(pairs);
      write_relation(kHashes, stream);
    });
  }

  // The terms of the chunk numbered last go to the dictionary, its sorted rows to `emit` and `emit_hashes`.
  void write_chunk(const ChunkIds& ids, const RowSorter::Emit& emit,
                   const std::function<void(PageArray<HashPair>&)>& emit_hashes) {
    PageArray<LocalRow> triples = dictionary_->new_triples(chunk_, ids.ids);
    std::unique_ptr<RowSorter> sorter;
    side_by_side(
        [&] {
          PageArray<LocalRow> rows = std::move(chunk_.rows());
          if (rows.empty()) return;
          sorter = sort_rows(std::move(rows), ids, false);
          sorter->emit_base(emit);
        },
        [&] {
          dictionary_->write_terms(chunk_, ids.ids);
          PageArray<HashPair> pairs = dictionary_->new_hashes(chunk_, ids.ids);
          chunk_.release_terms();
          new_hashes_ += pairs.size();
          emit_hashes(pairs);
        });
    emit_rest(sorter.get(), emit);
    sorter.reset();
    if (triples.empty()) return;
    sorter = sort_rows(std::move(triples), ids, true);
    sorter->emit_base(emit);
    emit_rest(sorter.get(), emit);
  }

  void emit_rest(RowSorter* sorter, const RowSorter::Emit& emit) {
    if (sorter == nullptr) return;
    side_by_side([&] { sorter->emit_first(emit); }, [&] { sorter->emit_second(emit); });
  }

  // ---- several chunks: sorted rows become runs, and the runs are merged

  void write_several() {
    rows_total_ *= 2;
    ChunkLinks links(spilled_, spill_);
    std::mutex runs_mutex;
    std::array<std::vector<std::string>, kRelations> runs;
    const auto new_run = [&](Relation relation) {
      const std::lock_guard lock(runs_mutex);
      runs[relation].push_back(spill_.new_file());
      return runs[relation].back();
    };
    const RowSorter::Emit emit = [&](Permutation permutation, RowStream& rows) {
      TickedStream ticked(*this, rows);
      spill_run(ticked, 4, new_run(relation_of(permutation)));
    };
    for (std::size_t number = 0; number < spilled_.size(); ++number) {
      spilled_[number].load(chunk_);
      spilled_[number].remove();
      ChunkIds ids;
      ids.ids.resize(chunk_.entries().size());
      links.resolve(number, ids.ids);
      dictionary_->number(chunk_, ids.ids);
      if (number + 1 < spilled_.size()) links.keep(number, ids.ids);
      ids.make_order();
      write_chunk(ids, emit, [&](PageArray<HashPair>& pairs) {
        PairStream stream(pairs);
        if (!pairs.empty()) spill_run(stream, 2, new_run(kHashes));
      });
    }
    std::vector<Relation> spilled_relations;
    for (Relation relation = 0; relation < kRelations; ++relation) {
      if (!runs[relation].empty()) spilled_relations.push_back(relation);
    }
    std::atomic<std::size_t> next{0};
    const auto merge = [&] {
      for (;;) {
        const std::size_t at = next++;
        if (at >= spilled_relations.size()) return;
        const Relation relation = spilled_relations[at];
        {
          std::vector<std::unique_ptr<RowStream>> inputs;
          for (const std::string& path : runs[relation]) {
            inputs.push_back(std::make_unique<RunReader>(path, columns_of(relation)));
          }
          MergeStream merged(std::move(inputs), columns_of(relation));
          write_relation(relation, merged);
        }
        for (const std::string& path : runs[relation]) SpillDirectory::remove(path);
      }
    };
    side_by_side(merge, merge);
  }

  // ---- common

  // Counts rows on their way into a spilled run.
  class TickedStream final : public RowStream {
   public:
    TickedStream(Load& load, RowStream& rows) : load_(load), rows_(rows) {}
    bool next(RowPiece& piece) override {
      if (!rows_.next(piece)) return false;
      load_.tick(Stage::sorting, piece.rows);
      return true;
    }

   private:
    Load& load_;
    RowStream& rows_;
  };

  // Is there anything in the blocks of the relation but its empty first block?
  bool old_rows(Relation relation) const {
    const auto cursor = database_.kv().cursor(nullptr, family_of(relation));
    cursor->seek({});
    if (!cursor->valid()) return false;
    if (BlockReader(cursor->value(), columns_of(relation)).rows() != 0) return true;
    cursor->next();
    return cursor->valid();
  }

  void write_relation(Relation relation, RowStream& rows) {
    const std::uint64_t hashed = relation == kHashes ? before_.hashed_terms + new_hashes_ : 0;
    RelationWriter writer(files_, relation, old_rows(relation) ? OldRows::merge : OldRows::none, hashed, statistics_.observer(relation),
                          [this](std::uint64_t count) { tick(Stage::writing, count); });
    writer.write(rows);
    auto files = writer.finish();
    const std::lock_guard lock(done_mutex_);
    added_[relation] = writer.added();
    done_files_.push_back(std::move(files));
  }

  // Runs both, in two threads when there are; the first exception ends both and is thrown.
  void side_by_side(const std::function<void()>& here, const std::function<void()>& there) {
    if (threads_ < 2) {
      here();
      there();
      return;
    }
    std::exception_ptr thrown;
    std::thread thread([&] {
      try {
        there();
      } catch (const Stopped&) {
      } catch (...) {
        thrown = std::current_exception();
        stopped_ = true;
      }
    });
    std::exception_ptr own;
    try {
      here();
    } catch (const Stopped&) {
    } catch (...) {
      own = std::current_exception();
      stopped_ = true;
    }
    thread.join();
    if (own) std::rethrow_exception(own);
    if (thrown) std::rethrow_exception(thrown);
  }

  void tick(Stage stage, std::uint64_t rows) {
    rows_done_ += rows;
    if (stopped_) throw Stopped();
    if (std::this_thread::get_id() == caller_) progress(stage, rows_done_, rows_total_);
  }

  void progress(Stage stage, std::uint64_t done, std::uint64_t total) {
    if (!options_.progress) return;
    if (!options_.progress({stage, total == 0 ? done : std::min(done, total), total, rows_read_})) {
      throw LimitError(LimitError::Reason::cancelled, "the load was cancelled; the store is as it was");
    }
  }

  void finish() {
    const auto added = [&](Permutation permutation) { return added_[relation_of(permutation)]; };
    report_.added = added(Permutation::spog);
    totals_.quads += report_.added;
    totals_.named_quads += added(Permutation::gspo);
    totals_.triple_terms += added(Permutation::ispo);
    totals_.hashed_terms += added_[kHashes];
    totals_.next_counter = dictionary_->next_counter();
    number_commit(totals_, report_.added, 0);
    std::map<std::string, std::string> records;
    statistics_.finish(database_.kv(), before_.quads != 0, totals_, records);
    done_files_.push_back(dictionary_->finish_terms(records));
    // When the blocks before were full, so are these.
    if (before_.merged_counter == before_.next_counter) totals_.merged_counter = dictionary_->full_until();
    for (const auto& [prefix, iri] : report_.prefixes) records[namespace_key(prefix)] = iri;
    records[commit_key(totals_.sequence)] = totals_.record();
    FamilyWriter meta(files_, Family::meta);
    for (const auto& [key, value] : records) meta.put(key, value);
    done_files_.push_back(meta.finish());
    IngestFiles files;
    for (auto& of_family : done_files_) {
      if (!of_family.second.empty()) files.push_back(std::move(of_family));
    }
    std::sort(files.begin(), files.end());
    progress(Stage::writing, rows_total_, rows_total_);
    const auto before = database_.version();
    database_.ingest(*place_, files);
    complete_labels();
    database_.announce(*place_, before);
    if (options_.progress) options_.progress({Stage::done, rows_total_, rows_total_, rows_read_});
  }

  // The load stands whatever becomes of this: names that are not in the index are folded when somebody searches.
  void complete_labels() {
    try {
      database_.labels().complete(*place_, false, no_label_tick);
    } catch (const Error&) {
    }
  }

  Database& database_;
  const LoadOptions& options_;
  std::unique_ptr<WriterPlace> place_;
  unsigned threads_;
  SpillDirectory spill_;
  RunFiles files_;
  std::size_t chunk_memory_ = 0;
  std::thread::id caller_ = std::this_thread::get_id();

  Chunk chunk_;
  std::vector<SpilledChunk> spilled_;
  std::unique_ptr<BulkDictionary> dictionary_;
  LoadStatistics statistics_;
  Totals before_;
  std::uint64_t new_hashes_ = 0;
  Totals totals_;
  LoadReport report_;
  std::uint64_t rows_read_ = 0;

  std::atomic<bool> stopped_{false};
  std::atomic<std::uint64_t> rows_done_{0};
  std::uint64_t rows_total_ = 0;

  std::mutex done_mutex_;  // of the two below
  std::array<std::uint64_t, kRelations> added_{};
  IngestFiles done_files_;
};

}  // namespace

LoadReport load(Database& database, const std::vector<LoadSource>& sources, const LoadOptions& options) {
  return Load(database, options).run(sources);
}

}  // namespace dossier
