// What the terms of a store have in common, kept once: what ZSTD calls a dictionary. Here it is a codebook,
// for the dictionary is that of the terms.
//
// Purpose: sixteen terms, packed with a codebook of other terms, take as little space as thousands together
// would, and are unpacked alone in a microsecond. RocksDB's own compression can do neither: it unpacks a
// block of the file at a time, and digests the dictionary of the file anew for each. A store has few
// codebooks: whoever writes many terms makes one of a sample of them, and keeps it when it saves several
// times what it takes. Each stands twice, in `terms` before the blocks and in `meta`: without it the terms
// would be lost. Invariants: a codebook never changes, its number is given once, and it is never removed.
// Thread-safety: Codebook and Codebooks, all threads; Packer and TermSample, one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

struct ZSTD_CCtx_s;
struct ZSTD_CDict_s;
struct ZSTD_DCtx_s;
struct ZSTD_DDict_s;

namespace dossier {

class KeyValueStore;

class Codebook {
 public:
  // Throws CorruptionError when the bytes are no codebook.
  Codebook(std::uint64_t number, std::string bytes);
  ~Codebook();
  Codebook(const Codebook&) = delete;
  Codebook& operator=(const Codebook&) = delete;
  std::uint64_t number() const { return number_; }
  std::string_view bytes() const { return bytes_; }
  // Fills `out`; false when `packed` is damaged or does not give just `size` bytes.
  bool unpack(std::string_view packed, char* out, std::size_t size) const;

 private:
  std::uint64_t number_;
  std::string bytes_;
  ZSTD_DDict_s* digested_;
  // Contexts for unpacking that nobody uses at the moment.
  mutable std::mutex mutex_;
  mutable std::vector<ZSTD_DCtx_s*> idle_;
};

class Packer {
 public:
  explicit Packer(std::shared_ptr<const Codebook> codebook);
  ~Packer();
  Packer(const Packer&) = delete;
  Packer& operator=(const Packer&) = delete;
  const Codebook& codebook() const { return *codebook_; }
  // Valid until the next call. Empty: packed, the bytes would not be fewer.
  std::string_view pack(std::string_view plain);

 private:
  std::shared_ptr<const Codebook> codebook_;
  ZSTD_CCtx_s* context_;
  ZSTD_CDict_s* digested_;
  std::string packed_;
};

// The codebooks of a store that were asked for.
class Codebooks {
 public:
  // Throws CorruptionError when the store has lost it, or CorruptionError and StorageError of reading.
  std::shared_ptr<const Codebook> get(const KeyValueStore& kv, std::uint64_t number);
  // That of a block of terms, for as long as this object lives; null: the block has none.
  const Codebook* of(const KeyValueStore& kv, std::string_view block);
  // The one made last; null: there is none.
  std::shared_ptr<const Codebook> newest(const KeyValueStore& kv);

 private:
  std::shared_mutex mutex_;
  std::map<std::uint64_t, std::shared_ptr<const Codebook>> known_;
};

// Some of the groups of terms that are to be written, as they stand in blocks (store/term_block.h).
class TermSample {
 public:
  // Of about `total` bytes that are to be written.
  explicit TermSample(std::uint64_t total);
  std::uint64_t total() const { return total_; }
  // So many bytes are enough; 0: too few terms for a codebook.
  std::size_t wanted() const { return wanted_; }
  bool full() const { return bytes_.size() >= wanted_; }
  void add(std::string_view group);
  // A new codebook of this number when it saves several times what it takes, compared with `now`; else `now`,
  // which may be null.
  std::shared_ptr<const Codebook> better(std::shared_ptr<const Codebook> now, std::uint64_t number) const;

 private:
  std::uint64_t total_;
  std::size_t wanted_;
  std::string bytes_;
  std::vector<std::size_t> sizes_;  // of the groups
};

}  // namespace dossier
