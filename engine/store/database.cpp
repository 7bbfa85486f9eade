#include "engine/store/database.h"

#include <algorithm>
#include <array>
#include <random>

#include "engine/store/block.h"
#include "engine/store/check.h"
#include "engine/store/fold.h"
#include "engine/store/store_snapshot.h"
#include "engine/store/version.h"

namespace dossier {
namespace {

// Of the cache, this share holds decoded blocks of the dictionary, the rest RocksDB's blocks.
constexpr std::size_t kDictionaryShare = 4;

void put_first_block(KeyValueBatch& batch, Relation relation) {
  const std::array<const std::uint64_t*, 4> columns{};
  std::string bytes;
  encode_block({columns.data(), columns_of(relation)}, 0, bytes);
  batch.put(family_of(relation), first_block_key(relation), bytes);
}

}  // namespace

WriterPlace::WriterPlace(Database& database) : database_(database) {
  database_.acquire_writer();
}
WriterPlace::~WriterPlace() {
  database_.release_writer();
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
    : kv_(std::move(kv)),
      path_(std::move(path)),
      options_(options),
      dictionary_(std::make_shared<Dictionary>(options.cache_bytes / kDictionaryShare)) {
  std::string record;
  if (!kv_->get(nullptr, Family::meta, kFormatKey, record)) {
    if (options_.read_only) {
      throw StorageError(StorageError::Reason::not_a_store,
                         "the store " + path_ + " was never finished; open it for writing once");
    }
    initialise();
    kv_->get(nullptr, Family::meta, kFormatKey, record);
  }
  if (record != format_record()) {
    const bool ours = record.starts_with(kFormatMagic) && record.size() == kFormatMagic.size() + 8;
    throw version_error(
        path_, ours ? std::to_string(load_little_endian(record.data() + kFormatMagic.size())) : "unknown");
  }
  if (!kv_->get(nullptr, Family::meta, kSeedKey, record) || record.size() != 8) {
    throw CorruptionError("the store " + path_ + " has lost its hash seed; restore it from a backup");
  }
  seed_ = load_little_endian(record.data());
  reload();
}

Database::~Database() = default;

void Database::initialise() {
  std::random_device device;
  const std::uint64_t seed = (static_cast<std::uint64_t>(device()) << 32) | device();
  const auto batch = kv_->batch();
  batch->put(Family::meta, kFormatKey, format_record());
  batch->put(Family::meta, kSeedKey, number_record(seed));
  batch->put(Family::meta, kTotalsKey, Totals{}.record());
  for (Relation relation = 0; relation < kRelations; ++relation) put_first_block(*batch, relation);
  kv_->write(*batch, true);
}

void Database::reload() {
  std::string record;
  Totals totals;
  if (!kv_->get(nullptr, Family::meta, kTotalsKey, record) || !Totals::read(record, totals)) {
    throw CorruptionError("the store " + path_ + " has lost its totals; restore it from a backup");
  }
  auto state = kv_->snapshot();
  auto base = std::make_shared<const Base>(kv_, state);
  auto next = std::make_shared<const Version>(kv_, std::move(state), std::move(base), totals);
  recent_records_.clear();
  const std::lock_guard lock(state_mutex_);
  version_.swap(next);
}

std::shared_ptr<const Version> Database::version() const {
  const std::lock_guard lock(state_mutex_);
  return version_;
}

Totals Database::totals() const {
  return version()->totals();
}

std::shared_ptr<const Snapshot> Database::snapshot() const {
  return std::make_shared<StoreSnapshot>(version(), dictionary_, seed_);
}

// ---- writing

void Database::acquire_writer() {
  std::unique_lock lock(writer_mutex_);
  if (writer_taken_ && writer_thread_ == std::this_thread::get_id()) {
    throw StorageError(
        StorageError::Reason::in_use,
        "the store " + path_ + " has an open transaction of this thread; commit it or roll it back");
  }
  writer_free_.wait(lock, [this] { return !writer_taken_; });
  writer_taken_ = true;
  writer_thread_ = std::this_thread::get_id();
}

void Database::release_writer() {
  {
    const std::lock_guard lock(writer_mutex_);
    writer_taken_ = false;
  }
  writer_free_.notify_one();
}

std::unique_ptr<WriterPlace> Database::writer_place() {
  require_writable();
  return std::make_unique<WriterPlace>(*this);
}
std::unique_ptr<WriteTransaction> Database::begin() {
  return WriteTransaction::begin(*this);
}

void Database::require_writable() const {
  if (!options_.read_only) return;
  throw StorageError(StorageError::Reason::read_only,
                     "the store " + path_ + " is open read-only; open it for writing");
}

void Database::write(const WriterPlace&, KeyValueBatch& batch, const Totals& totals) {
  require_writable();
  kv_->write(batch, options_.sync);
  auto next = std::make_shared<const Version>(kv_, kv_->snapshot(), version()->base(), totals);
  const std::lock_guard lock(state_mutex_);
  version_.swap(next);
}

void Database::ingest(const WriterPlace&, const IngestFiles& files) {
  kv_->ingest(files);
  reload();
}

void Database::fold(const WriterPlace& place) {
  const auto before = version();
  Totals totals = before->totals();
  const IngestFiles files = write_fold(*before, totals);
  if (files.empty()) return;
  ingest(place, files);
  // A look-up must not step over the marks of a hundred thousand erased keys.
  kv_->compact(Family::overlay);
}

void Database::compact() {
  const auto place = writer_place();
  fold(*place);
  const auto now = version();
  Totals totals = now->totals();
  const auto batch = kv_->batch();
  recount_distinct(*now, totals, *batch);
  write(*place, *batch, totals);
  recent_records_.clear();
  kv_->compact();
}

// ---- whole-store work

std::vector<std::string> Database::check() const {
  return check_store(version(), dictionary_, seed_);
}

std::vector<std::pair<std::string, std::string>> Database::prefixes() const {
  std::vector<std::pair<std::string, std::string>> result;
  const auto now = version();
  const std::string lower(1, kNamespacePrefix);
  const std::string upper(1, static_cast<char>(kNamespacePrefix + 1));
  const auto cursor = kv_->cursor(now->state(), Family::meta, lower, upper);
  for (cursor->seek(lower); cursor->valid(); cursor->next()) {
    result.emplace_back(cursor->key().substr(1), cursor->value());
  }
  return result;
}

void Database::checkpoint(const std::string& directory) {
  kv_->checkpoint(directory);
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
  result.disk_bytes = kv_->disk_bytes();
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
