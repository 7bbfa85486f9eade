#include "engine/store/database.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <random>

#include "engine/store/backup.h"
#include "engine/store/block.h"
#include "engine/store/check.h"
#include "engine/store/compaction.h"
#include "engine/store/fold.h"
#include "engine/store/stage_progress.h"
#include "engine/store/store_snapshot.h"
#include "engine/store/version.h"

namespace dossier {
namespace {

// Of the cache, this share holds decoded blocks of the dictionary, the rest RocksDB's blocks.
constexpr std::size_t kDictionaryShare = 2;
// Of a compaction, between two calls of its progress: a millisecond's work.
constexpr std::uint64_t kProgressRows = 65'536;

void put_first_block(KeyValueBatch& batch, Relation relation) {
  const std::array<const std::uint64_t*, 4> columns{};
  std::string bytes;
  encode_block({columns.data(), columns_of(relation)}, 0, bytes);
  batch.put(family_of(relation), first_block_key(relation), bytes);
}

}  // namespace

WriterPlace::WriterPlace(Database& database, const std::atomic<bool>* cancelled) : database_(database) {
  database_.acquire_writer(cancelled);
}
WriterPlace::~WriterPlace() {
  database_.release_writer();
}

void number_commit(Totals& totals, std::uint64_t inserted, std::uint64_t erased) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  ++totals.sequence;
  totals.time =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
  totals.inserted = inserted;
  totals.erased = erased;
  totals.erased_since += erased;
}

void Listening::call(const CommittedChange& change) {
  const std::lock_guard lock(mutex_);
  if (listener_) listener_(change);
}
void Listening::end() {
  const std::lock_guard lock(mutex_);
  listener_ = nullptr;
}

std::unique_ptr<Database> Database::open(const std::string& path, const OpenOptions& options) {
  KeyValueOptions wanted;
  wanted.create = options.create;
  wanted.read_only = options.read_only;
  wanted.cache_bytes = options.cache_bytes - options.cache_bytes / kDictionaryShare;
  wanted.write_buffer_bytes = options.write_buffer_bytes;
  return std::make_unique<Database>(KeyValueStore::open(path, wanted), path, options);
}

Database::Database(std::shared_ptr<KeyValueStore> kv, std::string path, const OpenOptions& options)
    : path_(std::move(path)), options_(options), kv_(std::move(kv)) {
  std::string record;
  if (!options_.read_only && !kv_->get(nullptr, Family::meta, kFormatKey, record)) initialise();
  seed_ = read_seed(*kv_);
  reload(new_dictionary());
  durable_ = totals().sequence;
}

std::uint64_t Database::read_seed(const KeyValueStore& kv) const {
  std::string record;
  if (!kv.get(nullptr, Family::meta, kFormatKey, record)) {
    throw StorageError(StorageError::Reason::not_a_store,
                       "the store " + path_ + " was never finished; open it for writing once");
  }
  if (record != format_record() && record != format_record(kFormatWithoutLabels)) {
    const bool ours = record.starts_with(kFormatMagic) && record.size() == kFormatMagic.size() + 8;
    throw version_error(
        path_, ours ? std::to_string(load_little_endian(record.data() + kFormatMagic.size())) : "unknown");
  }
  if (!kv.get(nullptr, Family::meta, kSeedKey, record) || record.size() != 8) {
    throw CorruptionError("the store " + path_ + " has lost its hash seed; restore it from a backup");
  }
  return load_little_endian(record.data());
}

std::shared_ptr<Dictionary> Database::new_dictionary() const {
  return std::make_shared<Dictionary>(options_.cache_bytes / kDictionaryShare);
}

Database::~Database() {
  if (options_.read_only || options_.durability == Durability::sync) return;
  try {
    kv_->sync();
  } catch (const Error&) {
    // Nobody is left to tell; `Store::sync` before closing tells.
  }
}

void Database::initialise() {
  std::random_device device;
  const std::uint64_t seed = (static_cast<std::uint64_t>(device()) << 32) | device();
  const auto batch = kv_->batch();
  batch->put(Family::meta, kFormatKey, format_record());
  batch->put(Family::meta, kSeedKey, number_record(seed));
  Totals totals;
  number_commit(totals, 0, 0);
  totals.sequence = 0;
  batch->put(Family::meta, commit_key(0), totals.record());
  for (Relation relation = 0; relation < kRelations; ++relation) put_first_block(*batch, relation);
  kv_->write(*batch, true);
}

std::shared_ptr<const Version> Database::read_version(std::shared_ptr<const KeyValueStore> kv,
                                                      std::shared_ptr<Dictionary> dictionary,
                                                      std::shared_ptr<LastChanges> changes) const {
  auto state = kv->snapshot();
  Totals totals;
  const auto cursor = kv->cursor(state.get(), Family::meta);
  cursor->seek_for_prev(commit_key(~std::uint64_t{0}));
  if (!cursor->valid() || !Totals::read(cursor->value(), totals) ||
      cursor->key() != commit_key(totals.sequence)) {
    throw CorruptionError("the store " + path_ + " has lost its totals; restore it from a backup");
  }
  auto base = std::make_shared<const Base>(kv, state);
  if (changes == nullptr) changes = std::make_shared<LastChanges>(totals.sequence);
  return std::make_shared<const Version>(std::move(kv), std::move(state), std::move(base),
                                         std::move(dictionary), totals, std::move(changes));
}

void Database::reload(std::shared_ptr<Dictionary> dictionary) {
  const auto before = version();
  auto next = read_version(kv_, std::move(dictionary), before == nullptr ? nullptr : before->changes());
  // A fold moves rows and changes none; a load does.
  if (before != nullptr && next->totals().sequence != before->totals().sequence)
    next->changes()->add_all(next->totals().sequence);
  recent_records_.clear();
  const std::lock_guard lock(state_mutex_);
  version_.swap(next);
}

bool Database::refresh() {
  if (!options_.read_only) return false;
  // A transaction (whose rows are rolled back) reads the state that it began with through this object.
  const WriterPlace place(*this, nullptr);
  std::shared_ptr<KeyValueStore> kv = kv_->reopen();
  if (kv == nullptr) return false;
  const std::uint64_t seed = read_seed(*kv);
  // An id of the old state may be that of another term now, so no cached term is taken over.
  auto next = read_version(kv, new_dictionary(), nullptr);
  // The seed tells a store that was put in the place of the old one.
  const bool other = seed != seed_ || next->totals().sequence != totals().sequence;
  recent_records_.clear();
  const std::lock_guard lock(state_mutex_);
  kv_.swap(kv);
  seed_ = seed;
  version_.swap(next);
  return other;
}

std::shared_ptr<const Version> Database::version() const {
  const std::lock_guard lock(state_mutex_);
  return version_;
}

Totals Database::totals() const {
  return version()->totals();
}

std::shared_ptr<const Snapshot> Database::snapshot_of(std::shared_ptr<const Version> version) const {
  return std::make_shared<StoreSnapshot>(std::move(version), seed_);
}
std::shared_ptr<const Snapshot> Database::snapshot() const {
  const std::lock_guard lock(state_mutex_);
  return snapshot_of(version_);
}

std::vector<Totals> Database::log(std::size_t limit, std::uint64_t before) const {
  std::vector<Totals> commits;
  const auto now = version();
  const std::uint64_t newest = now->totals().sequence;
  const auto cursor = now->kv().cursor(now->state(), Family::meta, std::string(1, kCommitPrefix));
  for (cursor->seek_for_prev(commit_key(before == 0 ? newest : before - 1));
       cursor->valid() && commits.size() < limit; cursor->previous()) {
    Totals totals;
    if (!Totals::read(cursor->value(), totals))
      throw CorruptionError("the store " + path_ + " has a damaged record of a commit; run `dossier check`");
    if (totals.sequence == 0) break;
    commits.push_back(totals);
  }
  return commits;
}

// ---- writing

void Database::acquire_writer(const std::atomic<bool>* cancelled) {
  // The pauses in which a cancelled wait is noticed.
  constexpr std::chrono::milliseconds kSlice{20};
  std::unique_lock lock(writer_mutex_);
  if (writer_taken_ && writer_thread_ == std::this_thread::get_id()) {
    throw StorageError(
        StorageError::Reason::in_use,
        "the store " + path_ + " has an open transaction of this thread; commit it or roll it back");
  }
  auto left = options_.writer_wait;
  while (writer_taken_) {
    if (left.count() <= 0) {
      const auto waited = std::chrono::duration<double>(options_.writer_wait).count();
      throw StorageError(StorageError::Reason::in_use,
                         fmt::format("the store {} is being written by another session; waited {} s for it "
                                     "(OpenOptions::writer_wait); try again later",
                                     path_, waited));
    }
    if (cancelled != nullptr && cancelled->load())
      throw LimitError(LimitError::Reason::cancelled, "cancelled while waiting for another session's write");
    const auto slice = std::min(left, kSlice);
    writer_free_.wait_for(lock, slice, [this] { return !writer_taken_; });
    left -= slice;
  }
  writer_taken_ = true;
  writer_thread_ = std::this_thread::get_id();
  lock.unlock();
  try {
    require_no_failure();
  } catch (...) {
    release_writer();
    throw;
  }
}

void Database::release_writer() {
  {
    const std::lock_guard lock(writer_mutex_);
    writer_taken_ = false;
  }
  writer_free_.notify_one();
}

std::unique_ptr<WriterPlace> Database::writer_place(const std::atomic<bool>* cancelled) {
  require_writable();
  return std::make_unique<WriterPlace>(*this, cancelled);
}
std::unique_ptr<WriteTransaction> Database::begin(const std::atomic<bool>* cancelled) {
  return WriteTransaction::begin(*this, cancelled);
}

void Database::require_writable() const {
  if (!options_.read_only) return;
  throw StorageError(StorageError::Reason::read_only,
                     "the store " + path_ + " is open read-only; open it for writing");
}

template <typename F>
void Database::guarded_write(F&& write) {
  try {
    write();
  } catch (const Error& error) {
    const std::lock_guard lock(failure_mutex_);
    if (failure_.empty()) failure_ = error.what();
    throw;
  }
}

void Database::require_no_failure() {
  const std::lock_guard lock(failure_mutex_);
  if (failure_.empty()) return;
  throw StorageError(StorageError::Reason::io, "the store " + path_ +
                                                   " takes no writes since one failed; reading goes on, "
                                                   "open the store anew to write. It failed with: " +
                                                   failure_);
}

void Database::write(const WriterPlace&, KeyValueBatch& batch, const Totals& totals,
                     std::span<const std::pair<Id, Id>> changed) {
  require_writable();
  guarded_write([&] { kv_->write(batch, options_.durability == Durability::sync); });
  const auto before = version();
  before->changes()->add(totals.sequence, changed);
  auto next = std::make_shared<const Version>(kv_, kv_->snapshot(), before->base(),
                                              before->shared_dictionary(), totals, before->changes());
  const std::lock_guard lock(state_mutex_);
  version_.swap(next);
}

void Database::ingest(const WriterPlace&, const IngestFiles& files, std::shared_ptr<Dictionary> dictionary) {
  guarded_write([&] {
    kv_->ingest(files);
    // When the new state cannot be read now, no write may go on from the old one.
    reload(std::move(dictionary));
  });
}

void Database::ingest(const WriterPlace& place, const IngestFiles& files) {
  ingest(place, files, version()->shared_dictionary());
}

void Database::sync() {
  require_writable();
  const std::uint64_t sequence = totals().sequence;
  guarded_write([&] { kv_->sync(); });
  const std::lock_guard lock(sync_mutex_);
  durable_ = std::max(durable_, sequence);
}

void Database::wait_until_durable(std::uint64_t sequence) {
  if (options_.durability != Durability::group) return;
  std::unique_lock lock(sync_mutex_);
  while (durable_ < sequence) {
    if (syncing_) {
      synced_.wait(lock);
      continue;
    }
    // This thread syncs for all that have committed until now.
    syncing_ = true;
    lock.unlock();
    std::exception_ptr failed;
    try {
      sync();
    } catch (...) {
      failed = std::current_exception();
    }
    lock.lock();
    syncing_ = false;
    synced_.notify_all();
    if (failed) std::rethrow_exception(failed);
  }
}

std::shared_ptr<Listening> Database::listen(ChangeListener listener) {
  auto listening = std::make_shared<Listening>(std::move(listener));
  const std::lock_guard lock(listeners_mutex_);
  std::erase_if(listeners_, [](const auto& other) { return other.expired(); });
  listeners_.push_back(listening);
  return listening;
}

bool Database::has_listeners() const {
  const std::lock_guard lock(listeners_mutex_);
  return std::any_of(listeners_.begin(), listeners_.end(),
                     [](const auto& other) { return !other.expired(); });
}

void Database::announce(const WriterPlace&, const std::shared_ptr<const Version>& before,
                        const std::vector<Row>* inserted, const std::vector<Row>* erased) {
  std::vector<std::shared_ptr<Listening>> listeners;
  {
    const std::lock_guard lock(listeners_mutex_);
    for (const auto& listener : listeners_)
      if (auto held = listener.lock()) listeners.push_back(std::move(held));
  }
  if (listeners.empty()) return;
  const CommittedChange change{totals(), snapshot_of(before), snapshot(), inserted, erased};
  std::exception_ptr thrown;
  for (const auto& listener : listeners) {
    try {
      listener->call(change);
    } catch (...) {
      if (!thrown) thrown = std::current_exception();
    }
  }
  if (thrown) std::rethrow_exception(thrown);
}

void Database::fold(const WriterPlace& place, StageProgress& progress) {
  const RunFiles run_files(*kv_, "fold");
  const auto write = [&] {
    const auto before = version();
    Totals totals = before->totals();
    return write_fold(*before, totals, run_files, progress);
  };
  const IngestFiles files = write();
  if (files.empty()) return;
  const auto bytes = [&](Family family) {
    return kv_->approximate_bytes(family, {}, std::string(40, '\xff'));
  };
  std::vector<std::uint64_t> before;
  for (const auto& [family, paths] : files) before.push_back(bytes(family));
  ingest(place, files);
  guarded_write([&] {
    // A log is kept as long as any family has something in memory that it alone holds.
    kv_->flush();
    // A look-up must not step over the marks of a hundred thousand erased keys.
    kv_->compact(Family::overlay);
    // What was replaced is given back at once where it is much of the family.
    for (std::size_t i = 0; i < files.size(); ++i) {
      const Family family = files[i].first;
      if (family != Family::overlay && bytes(family) > before[i] + before[i] / 2) kv_->compact(family);
    }
  });
}

void Database::fold(const WriterPlace& place) {
  const ProgressCallback nobody;
  StageProgress progress(nobody, {});
  fold(place, progress);
}

void Database::fold_if_due(const WriterPlace& place, const ProgressCallback& callback) {
  const Totals now = totals();
  const bool compacts = wants_compaction(now);
  if (!compacts && !wants_fold(now)) return;
  StageProgress progress(callback, {});
  try {
    fold(place, progress);
    if (compacts) drop_unused(place, progress);
  } catch (const Error&) {
    // Cancelled or failed: the commits stand and the overlay is as good as before; the next one tries again. Damage shows when it
    // is read.
  }
}

void Database::drop_unused(const WriterPlace& place, StageProgress& progress) {
  const RunFiles run_files(*kv_, "compact");
  const auto write = [&] {
    const auto before = version();
    Totals totals = before->totals();
    return write_compaction(*before, totals, run_files, progress);
  };
  const IngestFiles files = write();
  // Terms of older snapshots are no longer those of the store.
  ingest(place, files, new_dictionary());
  guarded_write([&] {
    for (const auto& [family, paths] : files) kv_->compact(family);
  });
}

void Database::compact(const ProgressCallback& callback) {
  // What is cancelled has written files that nobody sees, or is finished.
  StageProgress progress(callback, "the compaction was cancelled; what it did until then stands", kProgressRows);
  const auto place = writer_place();
  // Before the base becomes a new one: what the old blocks of names took is given back only when no base holds them.
  labels_.complete(*place, true, [&](std::uint64_t done, std::uint64_t total) {
    progress.show(Stage::writing, done, total);
  });
  fold(*place, progress);
  drop_unused(*place, progress);
  const auto now = version();
  Totals totals = now->totals();
  const auto batch = kv_->batch();
  recount_distinct(*now, totals, *batch, progress);
  write(*place, *batch, totals, {});
  recent_records_.clear();
  progress.begin(Stage::writing, kFamilies);
  for (std::size_t family = 0; family < kFamilies; ++family) {
    guarded_write([&] { kv_->compact(static_cast<Family>(family)); });
    progress.show(Stage::writing, family + 1, kFamilies);
  }
  progress.end();
}

// ---- whole-store work

std::vector<std::string> Database::check(const ProgressCallback& progress) const {
  std::unique_lock lock(state_mutex_);
  const auto now = version_;
  const std::uint64_t seed = seed_;
  lock.unlock();
  return check_store(now, seed, progress);
}

std::vector<std::pair<std::string, std::string>> Database::prefixes() const {
  std::vector<std::pair<std::string, std::string>> result;
  const auto now = version();
  const std::string lower(1, kNamespacePrefix);
  const std::string upper(1, static_cast<char>(kNamespacePrefix + 1));
  const auto cursor = now->kv().cursor(now->state(), Family::meta, lower, upper);
  for (cursor->seek(lower); cursor->valid(); cursor->next()) {
    result.emplace_back(cursor->key().substr(1), cursor->value());
  }
  return result;
}

void Database::backup(const std::string& directory, const ProgressCallback& progress) const {
  const auto now = version();
  back_up(now->kv(), *now, path_, directory, progress);
}

StoreStatistics Database::statistics() const {
  const auto state = snapshot();
  StoreStatistics result;
  result.quads = state->quads();
  result.terms = state->terms();
  result.triple_terms = state->triple_terms();
  result.distinct_subjects = state->distinct_subjects();
  result.distinct_objects = state->distinct_objects();
  result.sequence = state->sequence();
  result.disk_bytes = version()->kv().disk_bytes();
  for (const Id id : state->predicates()) {
    const PredicateStatistics numbers = state->predicate(id);
    result.by_predicate.push_back(
        {state->term(id), numbers.triples, numbers.distinct_subjects, numbers.distinct_objects});
  }
  std::stable_sort(result.by_predicate.begin(), result.by_predicate.end(),
                   [](const auto& a, const auto& b) { return a.triples > b.triples; });
  result.predicates = result.by_predicate.size();
  result.by_graph.push_back({std::nullopt, state->quads(kDefaultGraph)});
  for (const Id id : state->named_graphs()) result.by_graph.push_back({state->term(id), state->quads(id)});
  result.named_graphs = result.by_graph.size() - 1;
  return result;
}

}  // namespace dossier
