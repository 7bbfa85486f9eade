#include "engine/store/backup.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <system_error>
#include <vector>

#include "engine/store/database.h"
#include "engine/store/format.h"
#include "engine/store/kv.h"
#include "engine/store/new_directory.h"
#include "engine/store/relation_writer.h"
#include "engine/store/stage_progress.h"
#include "engine/store/version.h"

namespace dossier {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

// Caches of a store that is read or written once from end to end.
KeyValueOptions small_options() {
  KeyValueOptions options;
  options.cache_bytes = std::size_t{16} << 20;
  options.write_buffer_bytes = std::size_t{4} << 20;
  return options;
}

[[noreturn]] void fail(const std::string& what, const std::error_code& error) {
  throw StorageError(StorageError::Reason::io, what + ": " + error.message());
}

// ---- through the interface of key-value stores

void copy_keys(const Version& version, const std::string& to, StageProgress& progress) {
  const KeyValueStore& from = version.kv();
  // Terms of loads that came later may be seen (KeyValueStore::ingest); a commit to the copy would take their places.
  const std::string end_of_terms = terms_key(version.totals().next_counter);
  const auto target = KeyValueStore::open(to, small_options());
  const RunFiles files(*target, "copy");
  IngestFiles runs;
  progress.begin(Stage::copying, from.disk_bytes());
  for (std::size_t i = 0; i < kFamilies; ++i) {
    const auto family = static_cast<Family>(i);
    FamilyWriter writer(files, family);
    const auto cursor = from.cursor(version.state(), family, {},
                                    family == Family::terms ? std::string_view(end_of_terms) : std::string_view(), true);
    std::uint64_t bytes = 0;
    for (cursor->seek({}); cursor->valid(); cursor->next()) {
      writer.put(cursor->key(), cursor->value());
      bytes += cursor->key().size() + cursor->value().size();
      if (bytes < kPieceBytes) continue;
      progress.add(bytes);
      bytes = 0;
    }
    progress.add(bytes);
    runs.push_back(writer.finish());
  }
  target->ingest(runs);
}

// ---- file by file

// Removes a directory when it goes.
class Scratch {
 public:
  explicit Scratch(std::string path) : path_(std::move(path)) {}
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

 private:
  std::string path_;
};

void copy_file(const fs::path& from, const fs::path& to, StageProgress& progress) {
  std::ifstream in(from, std::ios::binary);
  std::ofstream out(to, std::ios::binary);
  std::vector<char> buffer(kPieceBytes);
  while (in && out) {
    in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    out.write(buffer.data(), in.gcount());
    progress.add(static_cast<std::uint64_t>(in.gcount()));
  }
  const bool read = in.eof();
  out.close();
  if (!read) fail("cannot read " + from.string(), std::error_code(errno, std::generic_category()));
  if (!out) fail("cannot write " + to.string(), std::error_code(errno, std::generic_category()));
}

void copy_files(const std::string& from, const std::string& to, StageProgress& progress) {
  std::error_code error;
  std::uint64_t total = 0;
  std::vector<fs::path> files;
  for (fs::directory_iterator entry(from, error), end; !error && entry != end; entry.increment(error)) {
    files.push_back(entry->path());
    total += entry->file_size(error);
  }
  if (!error) fs::create_directory(to, error);
  if (error) fail("cannot copy " + from + " to " + to, error);
  progress.begin(Stage::copying, total);
  for (const fs::path& file : files) copy_file(file, to / file.filename(), progress);
}

void require_outside(const std::string& inner, const std::string& outer, const std::string& message) {
  const std::string settled = settled_path(inner);
  const std::string root = settled_path(outer);
  if (settled == root || settled.starts_with(root + "/"))
    throw StorageError(StorageError::Reason::io, message);
}

}  // namespace

void settle_copy(const std::string& path,
                 const std::function<void(std::uint64_t done, std::uint64_t total)>& tick) {
  {
    KeyValueOptions options = small_options();
    options.create = false;
    const auto kv = KeyValueStore::open(path, options);
    kv->flush();
    const auto damage = kv->verify(tick);
    if (!damage.empty()) throw CorruptionError("the copy is damaged: " + damage.front());
  }
  std::error_code error;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with("LOG") || name == "LOCK" || entry->is_directory())
      fs::remove_all(entry->path(), error);
  }
  if (error) fail("cannot tidy up " + path, error);
}

void back_up(const KeyValueStore& kv, const Version& version, const std::string& path,
             const std::string& directory, const ProgressCallback& callback) {
  if (path != ":memory:")
    require_outside(
        directory, path,
        "the backup " + directory + " would lie in the store " + path + "; choose a directory outside of it");
  StageProgress progress(callback, "the backup was cancelled; nothing was made");
  NewDirectory made(directory, "a backup");
  const std::string links = kv.temporary_directory() + "/backup-" +
                            std::to_string(std::hash<std::string>()(settled_path(directory)));
  if (kv.checkpoint(links)) {
    const Scratch scratch(links);
    copy_files(links, made.work(), progress);
  } else {
    copy_keys(version, made.work(), progress);
  }
  settle_copy(made.work(), [&](std::uint64_t done, std::uint64_t total) { progress.show(Stage::checking, done, total); });
  made.publish();
  progress.end();
}

void restore_backup(const std::string& directory, const std::string& path, const ProgressCallback& callback) {
  if (path == ":memory:")
    throw StorageError(StorageError::Reason::io, "a store is restored into a directory, not into :memory:");
  require_outside(
      path, directory,
      "the store " + path + " would lie in the backup " + directory + "; choose a directory outside of it");
  OpenOptions options;
  options.create = false;
  options.read_only = true;
  options.cache_bytes = small_options().cache_bytes;
  const auto backup = Database::open(directory, options);  // checks what it is
  const auto version = backup->version();
  StageProgress progress(callback, "the restoring was cancelled; nothing was made");
  NewDirectory made(path, "a restored store");
  copy_keys(*version, made.work(), progress);
  settle_copy(made.work(), [&](std::uint64_t done, std::uint64_t total) { progress.show(Stage::checking, done, total); });
  made.publish();
  progress.end();
}

}  // namespace dossier
