// Reading and writing an open store.
#include "engine/store/kv.h"

#include <rocksdb/sst_file_reader.h>
#include <rocksdb/utilities/checkpoint.h>

#include <algorithm>

#include "engine/store/kv_access.h"
#include "engine/store/kv_store.h"

namespace dossier {

namespace {

constexpr const char* kTemporaryName = "tmp";

}  // namespace

bool RocksStore::get(const KeyValueSnapshot* snapshot, Family family, std::string_view key,
                     std::string& value) const {
  const Uncounted uncounted;
  rocksdb::ReadOptions options;
  options.snapshot = native(snapshot);
  rocksdb::PinnableSlice found(&value);
  const auto status = db_->Get(options, handle(family), slice(key), &found);
  if (status.IsNotFound()) return false;
  if (!status.ok()) raise(status, where_);
  if (found.IsPinned()) value.assign(found.data(), found.size());
  return true;
}

std::unique_ptr<PinnedValue> RocksStore::pin(const KeyValueSnapshot* snapshot, Family family,
                                             std::string_view key) const {
  const Uncounted uncounted;
  rocksdb::ReadOptions options;
  options.snapshot = native(snapshot);
  auto found = std::make_unique<RocksPinnedValue>();
  const auto status = db_->Get(options, handle(family), slice(key), &found->value);
  if (status.IsNotFound()) return nullptr;
  if (!status.ok()) raise(status, where_);
  return found;
}

std::vector<std::optional<std::string>> RocksStore::multi_get(const KeyValueSnapshot* snapshot, Family family,
                                                              std::span<const std::string> keys) const {
  rocksdb::ReadOptions options;
  options.snapshot = native(snapshot);
  std::vector<rocksdb::Slice> slices;
  slices.reserve(keys.size());
  for (const std::string& key : keys) slices.push_back(slice(key));
  std::vector<rocksdb::PinnableSlice> found(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  db_->MultiGet(options, handle(family), keys.size(), slices.data(), found.data(), statuses.data());
  std::vector<std::optional<std::string>> values(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (statuses[i].IsNotFound()) continue;
    if (!statuses[i].ok()) raise(statuses[i], where_);
    values[i] = found[i].ToString();
  }
  return values;
}

std::unique_ptr<KeyValueCursor> RocksStore::cursor(const KeyValueSnapshot* snapshot, Family family,
                                                   std::string_view lower, std::string_view upper,
                                                   bool sequential) const {
  rocksdb::ReadOptions options;
  options.snapshot = native(snapshot);
  if (sequential) {
    options.readahead_size = std::size_t{2} << 20;
    options.fill_cache = false;
  }
  return std::make_unique<RocksCursor>(db_.get(), handle(family), options, lower, upper, where_);
}

std::shared_ptr<const KeyValueSnapshot> RocksStore::snapshot() const {
  // What is open read-only stands still by itself.
  if (read_only_) return nullptr;
  const std::lock_guard lock(ingest_mutex_);
  return std::make_shared<RocksSnapshot>(db_.get());
}

std::unique_ptr<KeyValueBatch> RocksStore::batch() const {
  return std::make_unique<RocksBatch>(handles_);
}

void RocksStore::write(KeyValueBatch& batch, bool sync) {
  require_healthy();
  const Uncounted uncounted;
  rocksdb::WriteOptions options;
  options.sync = sync && !in_memory_;
  rocksdb::WriteBatch& native = static_cast<RocksBatch&>(batch).batch();
  // What is written to a log never ends with a zero, so a log that does is one that was torn.
  finish(native.PutLogData(rocksdb::Slice(".")));
  finish(db_->Write(options, &native));
}

void RocksStore::sync() {
  require_healthy();
  if (!in_memory_) finish(db_->SyncWAL());
}

std::unique_ptr<SortedRunWriter> RocksStore::run_writer(Family family, const std::string& path) const {
  const rocksdb::Options options(db_options_, family_options_[static_cast<std::size_t>(family)]);
  return std::make_unique<RocksRunWriter>(options, handle(family), path);
}

void RocksStore::ingest(const std::vector<std::pair<Family, std::vector<std::string>>>& files) {
  require_healthy();
  std::vector<rocksdb::IngestExternalFileArg> args;
  for (const auto& [family, paths] : files) {
    if (paths.empty()) continue;
    rocksdb::IngestExternalFileArg arg;
    arg.column_family = handle(family);
    arg.external_files = paths;
    arg.options.move_files = !in_memory_;  // the memory environment has no hard links
    arg.options.failed_move_fall_back_to_copy = true;
    // Keys of new terms follow all others, and no snapshot asks for them: with their place among the
    // snapshots, RocksDB would write every file of them anew as soon as those that are open now are gone.
    arg.options.snapshot_consistency = family != Family::terms;
    // What cannot be read does not become part of the store; RocksDB itself would end the process by an
    // assertion.
    arg.options.verify_checksums_before_ingest = true;
    args.push_back(std::move(arg));
  }
  if (args.empty()) return;
  {
    const std::lock_guard lock(ingest_mutex_);
    finish(db_->IngestExternalFiles(args));
  }
  for (const auto& [family, paths] : files) {
    for (const std::string& path : paths)
      env_->DeleteFile(path);  // a link or a copy; gone already is as good
  }
}

std::string RocksStore::temporary_directory() const {
  return in_memory_ ? std::string(kMemoryPath) + "-" + kTemporaryName
                    : (std::filesystem::path(path_) / kTemporaryName).string();
}

bool RocksStore::checkpoint(const std::string& directory) const {
  if (in_memory_ || read_only_ || !watcher_->failure().empty()) return false;
  rocksdb::Checkpoint* made = nullptr;
  auto status = rocksdb::Checkpoint::Create(db_.get(), &made);
  const std::unique_ptr<rocksdb::Checkpoint> owner(made);
  if (status.ok()) status = made->CreateCheckpoint(directory);
  if (!status.ok()) raise(status, where_);
  return true;
}

std::vector<std::string> RocksStore::verify(const VerifyTick& tick) const {
  const FilesStay stay(db_.get());
  std::vector<rocksdb::LiveFileMetaData> files;
  db_->GetLiveFilesMetaData(&files);
  std::uint64_t total = 0;
  for (const auto& file : files) total += file.size;
  std::uint64_t done = 0;
  std::vector<std::string> damage;
  for (const auto& file : files) {
    if (tick) tick(done, total);
    done += file.size;
    const auto family = std::find(kFamilyNames.begin(), kFamilyNames.end(), file.column_family_name);
    if (family == kFamilyNames.end()) continue;  // RocksDB's default family
    const auto number = static_cast<std::size_t>(family - kFamilyNames.begin());
    const std::string path = file.db_path + file.name;
    rocksdb::SstFileReader reader(rocksdb::Options(db_options_, family_options_[number]));
    auto status = reader.Open(path);
    rocksdb::ReadOptions options;
    options.readahead_size = std::size_t{2} << 20;
    if (status.ok()) status = reader.VerifyChecksum(options);
    if (status.ok()) continue;
    // A file that the writing process has replaced since is read through the open one, not by its name.
    if (read_only_ && env_->FileExists(path).IsNotFound() &&
        !opened_state_.starts_with(manifest_state(path_) + '\n'))
      continue;
    damage.push_back("the file " + path + " (" + file.column_family_name + "): " + status.ToString());
  }
  return damage;
}

void RocksStore::compact(Family family) {
  require_healthy();
  finish(db_->CompactRange(rocksdb::CompactRangeOptions(), handle(family), nullptr, nullptr));
}

std::uint64_t RocksStore::approximate_bytes(Family family, std::string_view lower,
                                            std::string_view upper) const {
  const rocksdb::Range range(slice(lower), slice(upper));
  rocksdb::SizeApproximationOptions options;
  options.include_memtables = true;
  options.files_size_error_margin = 0.05;
  std::uint64_t bytes = 0;
  const auto status = db_->GetApproximateSizes(options, handle(family), &range, 1, &bytes);
  if (!status.ok()) raise(status, where_);
  return bytes;
}

void RocksStore::flush() {
  if (read_only_) return;
  require_healthy();
  finish(db_->Flush(rocksdb::FlushOptions(), handles_));
}

MemoryFigures RocksStore::memory() const {
  MemoryFigures figures;
  figures.cache_bytes = cache_->GetUsage();
  figures.write_buffer_bytes = buffers_->memory_usage();
  figures.table_reader_bytes = sum(rocksdb::DB::Properties::kEstimateTableReadersMem);
  return figures;
}

void RocksStore::require_writable() const {
  if (read_only_) {
    throw StorageError(StorageError::Reason::read_only,
                       "the store " + where_ + " is open read-only; open it for writing");
  }
}

void RocksStore::require_healthy() const {
  require_writable();
  if (const std::string failure = watcher_->failure(); !failure.empty()) {
    throw StorageError(
        StorageError::Reason::io,
        "the store " + where_ + " takes no writes since one failed: " + failure + "; open the store anew");
  }
}

void RocksStore::finish(const rocksdb::Status& status) const {
  if (status.ok()) return;
  watcher_->fail(status.ToString());
  raise(status, where_);
}

std::uint64_t RocksStore::sum(const std::string& property) const {
  std::uint64_t total = 0;
  for (auto* family : handles_) {
    std::uint64_t value = 0;
    if (db_->GetIntProperty(family, property, &value)) total += value;
  }
  return total;
}

}  // namespace dossier
