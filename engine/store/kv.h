// The ordered key-value store below everything: the narrow interface.
//
// Purpose: all that the engine asks of RocksDB, so that a second implementation stays possible. kv*.cpp and headers of theirs alone
// include RocksDB's headers, and turn its Status into exceptions (StorageError, CorruptionError).
// Invariants: keys are ordered by memcmp within a family; a batch is applied wholly or not at all, across families; ingest
// likewise; a snapshot sees one moment of all families.
// Thread-safety: KeyValueStore from all threads; cursors and batches from one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/dossier.h"

namespace dossier {

enum class Family : std::uint8_t;  // store/format.h

// The error of a store whose format is not this program's; it says both versions.
StorageError version_error(const std::string& path, const std::string& found);

class KeyValueSnapshot {
 public:
  virtual ~KeyValueSnapshot() = default;
};

class KeyValueCursor {
 public:
  virtual ~KeyValueCursor() = default;
  virtual bool valid() const = 0;
  virtual void seek(std::string_view key) = 0;           // to the first key >= `key`
  virtual void seek_for_prev(std::string_view key) = 0;  // to the last key <= `key`
  virtual void next() = 0;
  virtual void previous() = 0;
  virtual std::string_view key() const = 0;    // valid until the cursor moves
  virtual std::string_view value() const = 0;  // valid until the cursor moves
};

// A value where it lies, not copied: it keeps its place in the cache as long as it is held.
class PinnedValue {
 public:
  virtual ~PinnedValue() = default;
  virtual std::string_view bytes() const = 0;
};

class KeyValueBatch {
 public:
  virtual ~KeyValueBatch() = default;
  virtual void put(Family family, std::string_view key, std::string_view value) = 0;
  virtual void erase(Family family, std::string_view key) = 0;
  virtual std::size_t bytes() const = 0;
  virtual void clear() = 0;
};

// Writes one file of ascending keys for `ingest`.
class SortedRunWriter {
 public:
  virtual ~SortedRunWriter() = default;
  virtual void put(std::string_view key, std::string_view value) = 0;
  virtual void erase(std::string_view key) = 0;  // takes its place in the order of keys
  virtual std::uint64_t finish() = 0;  // bytes of the file; a writer that got no key must not be finished
  virtual bool empty() const = 0;
};

struct KeyValueOptions {
  bool create = true;
  bool read_only = false;
  // Read-only, for a repair: opens although files are missing or damaged (reading them is the error), shows what the log
  // holds up to its first damage, and keeps writers away as long as it is open.
  bool salvage = false;
  std::size_t cache_bytes = std::size_t{256} << 20;
  std::size_t write_buffer_bytes = std::size_t{64} << 20;
};

struct MemoryFigures {
  std::size_t cache_bytes = 0;
  std::size_t write_buffer_bytes = 0;
  std::size_t table_reader_bytes = 0;
};

class KeyValueStore {
 public:
  // `path` is a directory or ":memory:". Throws StorageError (missing, not_a_store, in_use, io), CorruptionError.
  static std::unique_ptr<KeyValueStore> open(const std::string& path, const KeyValueOptions& options);
  virtual ~KeyValueStore() = default;
  // Of a store that is open read-only: what other processes have written since, opened beside this one with its cache and
  // its budget. Null when nothing was written, and for a store that is open for writing.
  virtual std::unique_ptr<KeyValueStore> reopen() const { return nullptr; }

  // `snapshot` may be null everywhere: the present state.
  virtual bool get(const KeyValueSnapshot* snapshot, Family family, std::string_view key, std::string& value) const = 0;
  // Null when there is none. For large values, of which a part is read.
  virtual std::unique_ptr<PinnedValue> pin(const KeyValueSnapshot* snapshot, Family family,
                                           std::string_view key) const = 0;
  virtual std::vector<std::optional<std::string>> multi_get(const KeyValueSnapshot* snapshot, Family family,
                                                            std::span<const std::string> keys) const = 0;
  // Bounds, when not empty, are [lower, upper). `sequential` asks for read-ahead and keeps a long scan from emptying the cache.
  virtual std::unique_ptr<KeyValueCursor> cursor(const KeyValueSnapshot* snapshot, Family family,
                                                 std::string_view lower = {}, std::string_view upper = {},
                                                 bool sequential = false) const = 0;
  // Null for a store that is open read-only: it stands still. Waits for an `ingest` under way: with it, or without.
  virtual std::shared_ptr<const KeyValueSnapshot> snapshot() const = 0;
  virtual std::unique_ptr<KeyValueBatch> batch() const = 0;
  // After any write that failed, of whatever kind, every one does until the store is opened anew: nobody knows what of it
  // stands on the disk, and nothing may be written on top of that.
  virtual void write(KeyValueBatch& batch, bool sync) = 0;
  // Makes all batches written so far durable.
  virtual void sync() = 0;
  // A writer of a file at `path` (below `temporary_directory()`), for `ingest`.
  virtual std::unique_ptr<SortedRunWriter> run_writer(Family family, const std::string& path) const = 0;
  // All files of all families appear at once, or none; the files are moved into the store. Files of one family must not
  // overlap. A key replaces what the store has. New keys of `terms`, in files without old ones, may be seen by older snapshots.
  virtual void ingest(const std::vector<std::pair<Family, std::vector<std::string>>>& files) = 0;
  // DB/tmp of a store on disk (emptied by opening for writing); for ":memory:" a directory of its memory file system for
  // run files; spill files of the loader go to `spill_directory()`, always on disk, removed at the end.
  virtual std::string temporary_directory() const = 0;
  virtual std::string spill_directory() const = 0;
  // Makes `directory` a copy of the present state that shares the files of this store; false when this kind of opening
  // (read-only, in memory) cannot.
  virtual bool checkpoint(const std::string& directory) const = 0;
  // Reads every block of every file against its checksum: what is damaged and where, a sentence each. `tick` is told the
  // bytes read and those of all files; what it throws ends the reading.
  using VerifyTick = std::function<void(std::uint64_t done, std::uint64_t total)>;
  virtual std::vector<std::string> verify(const VerifyTick& tick) const = 0;
  virtual void compact(Family family) = 0;
  // Bytes of the values and keys in [lower, upper), as well as the files' indexes tell.
  virtual std::uint64_t approximate_bytes(Family family, std::string_view lower, std::string_view upper) const = 0;
  virtual void flush() = 0;
  virtual MemoryFigures memory() const = 0;
  virtual std::uint64_t disk_bytes() const = 0;
};

}  // namespace dossier
