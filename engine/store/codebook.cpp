#include "engine/store/codebook.h"

#include <zdict.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "engine/dossier.h"
#include "engine/store/format.h"
#include "engine/store/kv.h"
#include "engine/store/term_block.h"

namespace dossier {
namespace {

// Every frame of ZSTD begins with these; blocks leave them out.
constexpr std::array<char, 4> kMagic = {'\x28', '\xB5', '\x2F', '\xFD'};
constexpr std::size_t kUsualGroup = 4096;  // bytes, packed
constexpr std::size_t kMostIdle = 16;

// Measured with 20 M triples, 246 MB of terms: 112K give 85 MB, 256K 80, 512K 78. Beyond, a codebook leaves
// the cache of a core.
constexpr std::size_t kMostCodebook = std::size_t{256} << 10;
constexpr std::size_t kLeastCodebook = std::size_t{4} << 10;
constexpr std::size_t kMostSample = std::size_t{2} << 20;
constexpr std::size_t kLeastSample = std::size_t{64} << 10;
// ZSTD takes at least 70 ms to choose what occurs often. Of fewer terms groups stand in the codebook as they are, which packs
// them 4 percent less.
constexpr std::uint64_t kTrainedFrom = std::uint64_t{64} << 20;
constexpr std::size_t kLeastTotal = std::size_t{256} << 10;
// Levels above pack 1 to 4 percent better, and take from 1.2 times (4) to 4 times (6) as long.
constexpr int kLevel = 3;
// What a codebook saves at least, in its own bytes.
constexpr std::uint64_t kLeastSaving = 4;
// What RocksDB leaves of terms that are not packed, with LZ4: one part in so many.
constexpr std::uint64_t kUnpackedShare = 2;

template <typename T>
T* made(T* pointer) {
  if (pointer == nullptr) throw std::bad_alloc();
  return pointer;
}

// A codebook of some of the groups, in the room of `out`; an error as that of ZDICT_trainFromBuffer.
std::size_t of_pieces(const std::string& groups, const std::vector<std::size_t>& sizes, std::string& out) {
  std::string pieces;
  const std::size_t step = groups.size() / out.size() + 1;
  for (std::size_t i = 0, at = 0; i < sizes.size(); at += sizes[i++])
    if (i % step == 0 && pieces.size() < out.size()) pieces.append(groups, at, sizes[i]);
  ZDICT_params_t parameters{};
  parameters.compressionLevel = kLevel;
  return ZDICT_finalizeDictionary(out.data(), out.size(), pieces.data(), std::min(pieces.size(), out.size()),
                                  groups.data(), sizes.data(), static_cast<unsigned>(sizes.size()),
                                  parameters);
}

}  // namespace

Codebook::Codebook(std::uint64_t number, std::string bytes)
    : number_(number),
      bytes_(std::move(bytes)),
      digested_(ZDICT_getDictID(bytes_.data(), bytes_.size()) == 0
                    ? nullptr  // ZSTD would take any bytes, as text
                    : ZSTD_createDDict(bytes_.data(), bytes_.size())) {
  if (digested_ == nullptr)
    throw CorruptionError("the codebook " + std::to_string(number) +
                          " of the dictionary is damaged; restore the store from a backup");
}

Codebook::~Codebook() {
  for (ZSTD_DCtx* context : idle_) ZSTD_freeDCtx(context);
  ZSTD_freeDDict(digested_);
}

bool Codebook::unpack(std::string_view packed, char* out, std::size_t size) const {
  std::array<char, kMagic.size() + kUsualGroup> usual;
  std::string large;
  char* frame = usual.data();
  if (packed.size() > kUsualGroup) {
    large.resize(kMagic.size() + packed.size());
    frame = large.data();
  }
  std::memcpy(frame, kMagic.data(), kMagic.size());
  std::memcpy(frame + kMagic.size(), packed.data(), packed.size());
  ZSTD_DCtx* context = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      context = idle_.back();
      idle_.pop_back();
    }
  }
  if (context == nullptr) context = made(ZSTD_createDCtx());
  const std::size_t written =
      ZSTD_decompress_usingDDict(context, out, size, frame, kMagic.size() + packed.size(), digested_);
  {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kMostIdle) {
      idle_.push_back(context);
      context = nullptr;
    }
  }
  ZSTD_freeDCtx(context);
  return written == size;
}

Packer::Packer(std::shared_ptr<const Codebook> codebook)
    : codebook_(std::move(codebook)),
      context_(made(ZSTD_createCCtx())),
      digested_(ZSTD_createCDict(codebook_->bytes().data(), codebook_->bytes().size(), kLevel)) {
  if (digested_ == nullptr) {
    ZSTD_freeCCtx(context_);
    throw std::bad_alloc();
  }
  // What the block says already.
  ZSTD_CCtx_setParameter(context_, ZSTD_c_contentSizeFlag, 0);
  ZSTD_CCtx_setParameter(context_, ZSTD_c_dictIDFlag, 0);
  ZSTD_CCtx_refCDict(context_, digested_);
}

Packer::~Packer() {
  ZSTD_freeCCtx(context_);
  ZSTD_freeCDict(digested_);
}

std::string_view Packer::pack(std::string_view plain) {
  packed_.resize(std::max(packed_.size(), ZSTD_compressBound(plain.size())));
  const std::size_t size =
      ZSTD_compress2(context_, packed_.data(), packed_.size(), plain.data(), plain.size());
  if (ZSTD_isError(size)) throw std::bad_alloc();  // there is room enough, so nothing else can fail
  if (size - kMagic.size() >= plain.size()) return {};
  return std::string_view(packed_).substr(kMagic.size(), size - kMagic.size());
}

std::shared_ptr<const Codebook> Codebooks::get(const KeyValueStore& kv, std::uint64_t number) {
  {
    const std::shared_lock lock(mutex_);
    if (const auto known = known_.find(number); known != known_.end()) return known->second;
  }
  const auto read = [&](Family family, const std::string& key) -> std::shared_ptr<const Codebook> {
    std::string bytes;
    if (!kv.get(nullptr, family, key, bytes)) return nullptr;
    return std::make_shared<const Codebook>(number, std::move(bytes));
  };
  std::shared_ptr<const Codebook> codebook;
  try {
    codebook = read(Family::terms, codebook_key(number));
  } catch (const Error&) {
    // There is another copy.
  }
  if (codebook == nullptr) codebook = read(Family::meta, codebook_record_key(number));
  if (codebook == nullptr)
    throw CorruptionError("the dictionary has lost its codebook " + std::to_string(number) +
                          "; restore the store from a backup");
  const std::lock_guard lock(mutex_);
  return known_.emplace(number, std::move(codebook)).first->second;
}

const Codebook* Codebooks::of(const KeyValueStore& kv, std::string_view block) {
  const std::uint64_t number = codebook_of_block(block);
  return number == 0 ? nullptr : get(kv, number).get();
}

std::shared_ptr<const Codebook> Codebooks::newest(const KeyValueStore& kv) {
  const auto cursor = kv.cursor(nullptr, Family::meta);
  cursor->seek_for_prev(codebook_record_key(~std::uint64_t{0}));
  if (!cursor->valid()) return nullptr;
  const std::string_view key = cursor->key();
  if (key.size() != 9 || key[0] != kCodebookPrefix) return nullptr;
  return get(kv, load_big_endian(key.data() + 1));
}

TermSample::TermSample(std::uint64_t total)
    : total_(total),
      wanted_(total < kLeastTotal ? 0 : std::clamp<std::uint64_t>(total / 64, kLeastSample, kMostSample)) {}

void TermSample::add(std::string_view group) {
  bytes_ += group;
  sizes_.push_back(group.size());
}

std::shared_ptr<const Codebook> TermSample::better(std::shared_ptr<const Codebook> now,
                                                   std::uint64_t number) const {
  if (wanted_ == 0 || sizes_.size() < 16) return now;
  std::string bytes(std::clamp<std::uint64_t>(total_ / 100, kLeastCodebook, kMostCodebook), '\0');
  // Every fourth group judges what the others made.
  std::string training;
  std::vector<std::size_t> sizes;
  std::vector<std::string_view> judges;
  for (std::size_t i = 0, at = 0; i < sizes_.size(); at += sizes_[i++]) {
    const std::string_view group = std::string_view(bytes_).substr(at, sizes_[i]);
    if (i % 4 == 3) {
      judges.push_back(group);
    } else {
      training += group;
      sizes.push_back(group.size());
    }
  }
  const std::size_t size = total_ >= kTrainedFrom
                               ? ZDICT_trainFromBuffer(bytes.data(), bytes.size(), training.data(),
                                                       sizes.data(), static_cast<unsigned>(sizes.size()))
                               : of_pieces(training, sizes, bytes);
  if (ZDICT_isError(size) != 0) return now;  // too few, or too much of the same
  bytes.resize(size);
  const auto codebook = std::make_shared<const Codebook>(number, std::move(bytes));

  std::uint64_t plain = 0;
  for (const std::string_view group : judges) plain += group.size();
  const auto packed_by = [&](const std::shared_ptr<const Codebook>& by) {
    Packer packer(by);
    std::uint64_t packed = 0;
    for (const std::string_view group : judges) {
      const std::size_t one = packer.pack(group).size();
      packed += one != 0 ? one : group.size();
    }
    return packed;
  };
  const std::uint64_t before = now == nullptr ? plain / kUnpackedShare : packed_by(now);
  const std::uint64_t after = packed_by(codebook);
  if (after >= before) return now;
  const double share = static_cast<double>(before - after) / static_cast<double>(plain);
  const auto saved = static_cast<std::uint64_t>(share * static_cast<double>(total_));
  return saved >= kLeastSaving * codebook->bytes().size() ? codebook : now;
}

}  // namespace dossier
