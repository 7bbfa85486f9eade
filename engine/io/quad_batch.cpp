#include "engine/io/quad_batch.h"

#include <cstring>
#include <limits>

namespace dossier {
namespace {

constexpr std::size_t kFirstSlots = 1024;
constexpr std::uint64_t kIndexMask = 0xFFFFFFFF;

// The upper half of a hash word, kept in the slot so that most mismatches cost no second cache line.
std::uint64_t tag_of(TermHash hash) {
  return hash.low & ~kIndexMask;
}

}  // namespace

QuadBatch::QuadBatch(std::uint64_t hash_seed) : seed_(hash_seed), slots_(kFirstSlots) {}

QuadBatch::Index QuadBatch::find(TermHash hash, std::string_view bytes) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = hash.low & mask; slots_[i] != 0; i = (i + 1) & mask) {
    if ((slots_[i] & ~kIndexMask) != tag_of(hash)) continue;
    const auto index = static_cast<Index>((slots_[i] & kIndexMask) - 1);
    const Entry& entry = entries_[index];
    if (entry.hash == hash && !entry.is_triple && equal_term_bytes(this->bytes(index), bytes)) return index;
  }
  return kNone;
}

QuadBatch::Index QuadBatch::insert(TermHash hash, std::string_view bytes) {
  if (arena_.size() + bytes.size() > std::numeric_limits<std::uint32_t>::max())
    throw LimitError(LimitError::Reason::size, "a batch of quads holds at most 4 GiB of terms");
  Entry entry;
  entry.hash = hash;
  entry.inline_id = inline_id(bytes);
  entry.offset = static_cast<std::uint32_t>(arena_.size());
  entry.length = static_cast<std::uint32_t>(bytes.size());
  arena_.insert(arena_.end(), bytes.begin(), bytes.end());
  return add_entry(entry);
}

QuadBatch::Index QuadBatch::add_term(std::string_view bytes) {
  const TermHash key = hash(bytes);
  const Index found = find(key, bytes);
  return found != kNone ? found : insert(key, bytes);
}

QuadBatch::Index QuadBatch::add_triple(Index subject, Index predicate, Index object) {
  Entry entry;
  entry.hash =
      hash_triple_term(entries_[subject].hash, entries_[predicate].hash, entries_[object].hash, seed_);
  entry.inline_id = kUnbound;
  entry.offset = static_cast<std::uint32_t>(arena_.size());
  entry.triple = {subject, predicate, object};
  entry.is_triple = true;
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = entry.hash.low & mask; slots_[i] != 0; i = (i + 1) & mask) {
    const auto index = static_cast<Index>((slots_[i] & kIndexMask) - 1);
    if (entries_[index].is_triple && entries_[index].triple == entry.triple) return index;
  }
  return add_entry(entry);
}

QuadBatch::Index QuadBatch::add_from(const QuadBatch& other, Index index) {
  const Entry& entry = other.entries_[index];
  if (!entry.is_triple) return add_term(other.bytes(index));
  const Index subject = add_from(other, entry.triple[0]);
  const Index predicate = add_from(other, entry.triple[1]);
  return add_triple(subject, predicate, add_from(other, entry.triple[2]));
}

QuadBatch::Index QuadBatch::add_entry(const Entry& entry) {
  // Grown at one half: probes stay short, and the table is small beside the entries.
  if ((entries_.size() + 1) * 2 > slots_.size()) grow();
  const auto index = static_cast<Index>(entries_.size());
  entries_.push_back(entry);
  place(index);
  return index;
}

void QuadBatch::place(Index index) {
  const TermHash hash = entries_[index].hash;
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = hash.low & mask;
  while (slots_[i] != 0) i = (i + 1) & mask;
  slots_[i] = tag_of(hash) | (index + std::uint64_t{1});
}

void QuadBatch::grow() {
  slots_.assign(slots_.size() * 2, 0);
  for (std::size_t i = 0; i < entries_.size(); ++i) place(static_cast<Index>(i));
}

std::size_t QuadBatch::find_slot(Index index) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = entries_[index].hash.low & mask;
  while ((slots_[i] & kIndexMask) != index + std::uint64_t{1}) i = (i + 1) & mask;
  return i;
}

// Taking entries back in the reverse of the order in which they came leaves no hole in a probe sequence.
void QuadBatch::truncate(std::size_t terms, std::size_t rows) {
  if (rows_.size() > rows) rows_.resize(rows);
  while (entries_.size() > terms) {
    slots_[find_slot(static_cast<Index>(entries_.size() - 1))] = 0;
    arena_.resize(entries_.back().offset);
    entries_.pop_back();
  }
}

std::size_t QuadBatch::memory() const {
  return arena_.capacity() + entries_.capacity() * sizeof(Entry) + slots_.capacity() * sizeof slots_[0] +
         rows_.capacity() * sizeof(Row);
}

std::size_t QuadBatch::size_bytes() const {
  return arena_.size() + entries_.size() * sizeof(Entry) + rows_.size() * sizeof(Row);
}

void QuadBatch::clear() {
  arena_.clear();
  entries_.clear();
  rows_.clear();
  std::memset(slots_.data(), 0, slots_.size() * sizeof slots_[0]);
}

}  // namespace dossier
