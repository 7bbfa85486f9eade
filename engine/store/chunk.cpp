#include "engine/store/chunk.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "engine/cdt/composite.h"
#include "engine/cdt/labels.h"

namespace dossier {
namespace {

constexpr std::size_t kFirstSlots = 4096;
// Bytes a row and a term cost while rows are sorted: four buffers of words; ids, ranks, order.
constexpr std::size_t kSortBytesRow = 32;
constexpr std::size_t kSortBytesTerm = 48;

// Blank nodes of different files differ: their hash and their bytes take in the file.
TermHash hash_in_file(TermHash hash, std::uint32_t file) {
  const std::uint64_t mix = (std::uint64_t{file} + 1) * 0x9E3779B97F4A7C15ULL;
  hash.low ^= mix;
  hash.high += mix << 17 | mix >> 47;
  return hash;
}

}  // namespace

Chunk::Chunk(std::uint64_t hash_seed) : seed_(hash_seed) {
  clear();
}

void Chunk::clear() {
  entries_.clear();
  arena_.clear();
  triples_.clear();
  rows_.clear();
  slots_.release();
  slots_.resize(kFirstSlots);
  mask_ = kFirstSlots - 1;
  ChunkEntry graph;
  graph.value = kDefaultGraph.bits;
  entries_.push_back(graph);
}

void Chunk::release_terms() {
  entries_.release();
  arena_.release();
  triples_.release();
}

std::size_t Chunk::dictionary_memory() const {
  return entries_.memory() + arena_.memory() + triples_.memory() + slots_.memory();
}

std::size_t Chunk::peak_memory() const {
  const std::size_t rows = rows_.size() + 2 * triples_.size();
  const std::size_t interning =
      dictionary_memory() + slots_.memory() / 2 + rows_.memory() + rows * sizeof(LocalRow) / 4;
  const std::size_t sorting = entries_.size() * kSortBytesTerm + rows * kSortBytesRow;
  return std::max(interning, sorting);
}

void Chunk::add(const QuadBatch& batch, std::uint32_t file, std::string_view graph) {
  const auto& terms = batch.entries();
  mapping_.resize(terms.size());
  std::array<Probe, kGroup> group;
  std::array<std::uint32_t, kGroup> places;
  std::size_t used = 0;
  const auto flush = [&] {
    intern({group.data(), used});
    for (std::size_t i = 0; i < used; ++i) mapping_[places[i]] = group[i].found;
    used = 0;
  };
  for (std::size_t index = 0; index < terms.size(); ++index) {
    const QuadBatch::Entry& term = terms[index];
    if (term.is_triple && used != 0 &&
        std::max({term.triple[0], term.triple[1], term.triple[2]}) >= places[0]) {
      flush();  // its components must have their places
    }
    Probe& probe = group[used];
    probe.hash = term.hash;
    probe.file = file;
    probe.has_blank = false;
    probe.value = 0;
    probe.bytes = {};
    if (term.is_triple) {
      probe.kind = LocalKind::triple;
      for (int i = 0; i < 3; ++i) {
        probe.triple[i] = mapping_[term.triple[i]];
        probe.has_blank |= entries_[probe.triple[i]].has_blank;
      }
      if (probe.has_blank) {
        probe.hash = hash_triple_term(entries_[probe.triple[0]].hash, entries_[probe.triple[1]].hash,
                                      entries_[probe.triple[2]].hash, seed_);
      }
    } else if (term.inline_id.is_bound()) {
      probe.kind = LocalKind::inlined;
      probe.value = term.inline_id.bits;
    } else {
      probe.bytes = batch.bytes(static_cast<QuadBatch::Index>(index));
      const char kind = probe.bytes.front();
      if (kind == kDatatypeByte && cdt::kind_of(probe.bytes)) {
        const std::vector<std::string> labels = cdt::labels(probe.bytes);
        if (!labels.empty()) {
          // Its blank nodes come before it, so all that waits goes first.
          Probe composite = probe_of(probe.bytes, term.hash, file, LocalKind::composite);
          flush();
          const std::vector<Local> blanks = intern_labels(labels, file);
          composite.blanks = blanks;
          intern({&composite, 1});
          mapping_[index] = composite.found;
          continue;
        }
      }
      probe.kind = kind == kIriByte     ? LocalKind::iri
                   : kind == kBlankByte ? LocalKind::blank
                                        : LocalKind::literal;
      if (probe.kind == LocalKind::blank) {
        probe.has_blank = true;
        probe.hash = hash_in_file(term.hash, file);
      }
    }
    places[used++] = static_cast<std::uint32_t>(index);
    if (used == kGroup) flush();
  }
  flush();

  Local default_graph = kDefaultGraphLocal;
  if (!graph.empty()) {
    Probe probe = probe_of(graph, hash_term_bytes(graph, seed_), file,
                           graph.front() == kBlankByte ? LocalKind::blank : LocalKind::iri);
    intern({&probe, 1});
    default_graph = probe.found;
  }
  LocalRow* out = rows_.extend(batch.rows().size());
  for (const QuadBatch::Row& row : batch.rows()) {
    *out++ = {mapping_[row[0]], mapping_[row[1]], mapping_[row[2]],
              row[3] == QuadBatch::kDefault ? default_graph : mapping_[row[3]]};
  }
}

Chunk::Probe Chunk::probe_of(std::string_view bytes, TermHash hash, std::uint32_t file,
                             LocalKind kind) const {
  Probe probe{};
  probe.bytes = bytes;
  probe.file = file;
  probe.kind = kind;
  probe.has_blank = kind == LocalKind::blank || kind == LocalKind::composite;
  probe.hash = probe.has_blank ? hash_in_file(hash, file) : hash;
  return probe;
}

std::vector<Local> Chunk::intern_labels(const std::vector<std::string>& labels, std::uint32_t file) {
  std::vector<Local> blanks;
  blanks.reserve(labels.size());
  std::string bytes;
  for (const std::string& label : labels) {
    bytes.assign(1, kBlankByte).append(label);
    Probe probe = probe_of(bytes, hash_term_bytes(bytes, seed_), file, LocalKind::blank);
    intern({&probe, 1});
    blanks.push_back(probe.found);
  }
  return blanks;
}

std::string Chunk::stored_bytes(const ChunkEntry& entry, std::span<const std::uint64_t> ids) const {
  const std::string_view have = bytes(entry);
  std::string bytes(1, have[0]);
  bytes += have.substr(1 + sizeof(std::uint32_t));
  std::unordered_map<std::string_view, Local> blanks;
  const std::vector<std::string> labels = cdt::labels(bytes);
  const char* at = have.data() - labels.size() * sizeof(Local);
  for (const std::string& label : labels) {
    Local local;
    std::memcpy(&local, at, sizeof local);
    at += sizeof local;
    blanks.emplace(label, local);
  }
  std::string storage;
  return std::string(cdt::rename_labels(
      storage, bytes, [&](std::string_view label) { return stored_label(Id{ids[blanks.at(label)]}); }));
}

void Chunk::intern(std::span<Probe> probes) {
  if ((entries_.size() + probes.size()) * 5 > (mask_ + 1) * 3) grow();
  for (const Probe& probe : probes) __builtin_prefetch(&slots_[probe.hash.low & mask_]);
  std::array<Local, kGroup> hints;
  std::array<bool, kGroup> hinted;
  for (std::size_t i = 0; i < probes.size(); ++i) {
    const TermHash& hash = probes[i].hash;
    hinted[i] = false;
    for (std::size_t at = hash.low & mask_; slots_[at] != 0; at = (at + 1) & mask_) {
      if ((slots_[at] ^ slot_tag(hash)) >> 32 != 0) continue;
      hints[i] = static_cast<Local>(slots_[at]) - 1;
      hinted[i] = true;
      __builtin_prefetch(&entries_[hints[i]]);
      break;
    }
  }
  for (std::size_t i = 0; i < probes.size(); ++i) {
    if (hinted[i] && !probes[i].bytes.empty()) __builtin_prefetch(arena_.data() + entries_[hints[i]].value);
  }
  for (std::size_t i = 0; i < probes.size(); ++i) intern_one(probes[i], hinted[i] ? hints[i] : 0, hinted[i]);
}

void Chunk::intern_one(Probe& probe, Local hint, bool hinted) {
  if (hinted && same(entries_[hint], probe)) {
    probe.found = hint;
    return;
  }
  std::size_t at = probe.hash.low & mask_;
  for (; slots_[at] != 0; at = (at + 1) & mask_) {
    if ((slots_[at] ^ slot_tag(probe.hash)) >> 32 != 0) continue;
    const Local local = static_cast<Local>(slots_[at]) - 1;
    if (same(entries_[local], probe)) {
      probe.found = local;
      return;
    }
  }
  probe.found = append(probe);
  slots_[at] = slot_tag(probe.hash) | (std::uint64_t{probe.found} + 1);
}

bool Chunk::same(const ChunkEntry& entry, const Probe& probe) const {
  if (!(entry.hash == probe.hash) || entry.kind != probe.kind) return false;
  switch (probe.kind) {
    case LocalKind::inlined:
      return entry.value == probe.value;
    case LocalKind::triple: {
      const LocalRow& triple = triples_[entry.value];
      return triple[0] == probe.triple[0] && triple[1] == probe.triple[1] && triple[2] == probe.triple[2];
    }
    case LocalKind::blank:
    case LocalKind::composite: {
      const std::string_view have = bytes(entry);
      std::uint32_t file;
      std::memcpy(&file, have.data() + 1, sizeof file);
      return file == probe.file && have.substr(1 + sizeof file) == probe.bytes.substr(1);
    }
    default: {
      const std::string_view have = bytes(entry);
      return have == probe.bytes || (have.front() == kLanguageByte && equal_term_bytes(have, probe.bytes));
    }
  }
}

Local Chunk::append(const Probe& probe) {
  const auto local = static_cast<Local>(entries_.size());
  ChunkEntry entry;
  entry.hash = probe.hash;
  entry.kind = probe.kind;
  entry.has_blank = probe.has_blank;
  entry.value = probe.value;
  if (probe.kind == LocalKind::triple) {
    entry.value = triples_.size();
    triples_.push_back({probe.triple[0], probe.triple[1], probe.triple[2], local});
  } else if (probe.kind == LocalKind::blank || probe.kind == LocalKind::composite) {
    const std::size_t blanks = probe.blanks.size() * sizeof(Local);
    entry.value = arena_.size() + blanks;
    entry.length = static_cast<std::uint32_t>(probe.bytes.size() + sizeof probe.file);
    char* out = arena_.extend(blanks + entry.length);
    if (blanks > 0) std::memcpy(out, probe.blanks.data(), blanks);  // the pointer of none may be null
    out += blanks;
    *out = probe.bytes[0];
    std::memcpy(out + 1, &probe.file, sizeof probe.file);
    std::memcpy(out + 1 + sizeof probe.file, probe.bytes.data() + 1, probe.bytes.size() - 1);
  } else if (probe.kind != LocalKind::inlined) {
    entry.value = arena_.size();
    entry.length = static_cast<std::uint32_t>(probe.bytes.size());
    std::memcpy(arena_.extend(entry.length), probe.bytes.data(), probe.bytes.size());
  }
  entries_.push_back(entry);
  return local;
}

void Chunk::grow() {
  const std::size_t size = (mask_ + 1) * 2;
  slots_.release();
  slots_.resize(size);
  mask_ = size - 1;
  for (std::size_t local = 1; local < entries_.size(); ++local) {
    std::size_t at = entries_[local].hash.low & mask_;
    while (slots_[at] != 0) at = (at + 1) & mask_;
    slots_[at] = slot_tag(entries_[local].hash) | (local + 1);
  }
}

}  // namespace dossier
