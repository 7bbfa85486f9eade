// Several chunks of a load made one: see bulk_dictionary.h.
#include <algorithm>
#include <cstring>

#include "engine/store/bulk_dictionary.h"

namespace dossier {
namespace {

// What identifies a term across chunks: its kind, then its bytes (blank nodes: with their file), or the
// hashes of the components of a triple term.
void append_identity(const Chunk& chunk, const ChunkEntry& entry, std::string& out) {
  out.assign(1, static_cast<char>(entry.kind));
  if (entry.kind != LocalKind::triple) {
    out += chunk.bytes(entry);
    return;
  }
  const LocalRow& row = chunk.triples()[entry.value];
  for (int i = 0; i < 3; ++i) {
    const TermHash& hash = chunk.entries()[row[i]].hash;
    out.append(reinterpret_cast<const char*>(&hash), sizeof hash);
  }
}

bool same_identity(const std::string& a, const std::string& b) {
  if (a == b) return true;
  return a[0] == b[0] && a[0] == static_cast<char>(LocalKind::literal) &&
         equal_term_bytes(std::string_view(a).substr(1), std::string_view(b).substr(1));
}

struct HashRecord {
  TermHash hash;
  Local local = 0;
  std::string identity;

  bool read(SpillReader& file) {
    if (file.at_end()) return false;
    hash = file.get<TermHash>();
    local = file.get<Local>();
    identity.resize(file.get<std::uint32_t>());
    file.read(identity.data(), identity.size());
    return true;
  }
};

template <class T>
void write_array(SpillWriter& file, const PageArray<T>& array) {
  file.put(static_cast<std::uint64_t>(array.size()));
  file.write(array.data(), array.size() * sizeof(T));
}

template <class T>
void read_array(SpillReader& file, PageArray<T>& array) {
  array.resize(file.get<std::uint64_t>());
  file.read(array.data(), array.size() * sizeof(T));
}

}  // namespace

void Chunk::save(SpillWriter& file) const {
  write_array(file, entries_);
  write_array(file, arena_);
  write_array(file, triples_);
  write_array(file, rows_);
}

void Chunk::restore(SpillReader& file) {
  slots_.release();
  read_array(file, entries_);
  read_array(file, arena_);
  read_array(file, triples_);
  read_array(file, rows_);
}

SpilledChunk::SpilledChunk(Chunk& chunk, SpillDirectory& spill)
    : hash_file_(spill.new_file()), data_file_(spill.new_file()) {
  chunk.release_table();
  SpillWriter data(data_file_);
  chunk.save(data);
  data.close();
  chunk.rows().release();
  const auto& entries = chunk.entries();
  PageArray<HashPair> order;
  for (std::size_t local = 0; local < entries.size(); ++local) {
    if (entries[local].kind != LocalKind::inlined) order.push_back({hash_key(entries[local].hash), local});
  }
  sort_pairs(order);
  SpillWriter hashes(hash_file_);
  std::string identity;
  // In the order of hashes each term is anywhere in memory: its entry is asked for beforehand, and then its bytes.
  constexpr std::size_t kFar = 32;
  constexpr std::size_t kNear = 16;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i + kFar < order.size()) __builtin_prefetch(&entries[order[i + kFar].id]);
    if (i + kNear < order.size()) {
      const ChunkEntry& near = entries[order[i + kNear].id];
      if (near.kind != LocalKind::triple) __builtin_prefetch(chunk.bytes(near).data());
    }
    const HashPair& pair = order[i];
    const ChunkEntry& entry = entries[pair.id];
    append_identity(chunk, entry, identity);
    hashes.put(entry.hash);
    hashes.put(static_cast<Local>(pair.id));
    hashes.put(static_cast<std::uint32_t>(identity.size()));
    hashes.write(identity.data(), identity.size());
  }
  hashes.close();
}

void SpilledChunk::load(Chunk& chunk) const {
  SpillReader data(data_file_);
  chunk.restore(data);
}

void SpilledChunk::remove() const {
  SpillDirectory::remove(data_file_);
}

ChunkLinks::ChunkLinks(const std::vector<SpilledChunk>& chunks, SpillDirectory& spill) : spill_(spill) {
  constexpr std::size_t kBuffer = std::size_t{64} << 10;
  std::vector<std::unique_ptr<SpillReader>> files;
  std::vector<std::unique_ptr<SpillWriter>> links;
  std::vector<HashRecord> heads(chunks.size());
  std::vector<std::uint32_t> heap;
  const auto after = [&](std::uint32_t a, std::uint32_t b) {
    const std::uint64_t key_a = hash_key(heads[a].hash);
    const std::uint64_t key_b = hash_key(heads[b].hash);
    return key_a != key_b ? key_a > key_b : a > b;
  };
  for (std::uint32_t chunk = 0; chunk < chunks.size(); ++chunk) {
    files.push_back(std::make_unique<SpillReader>(chunks[chunk].hash_file(), kBuffer));
    links_.push_back(spill.new_file());
    links.push_back(std::make_unique<SpillWriter>(links_.back()));
    ids_.push_back(spill.new_file());
    if (heads[chunk].read(*files[chunk])) heap.push_back(chunk);
  }
  std::make_heap(heap.begin(), heap.end(), after);
  // The different terms of the key at hand, at their first places; almost always one. Records stay for the memory they have.
  std::vector<std::pair<HashRecord, std::uint32_t>> group(1);
  std::size_t alike = 0;
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), after);
    const std::uint32_t chunk = heap.back();
    HashRecord& head = heads[chunk];
    if (alike > 0 && hash_key(group.front().first.hash) != hash_key(head.hash)) alike = 0;
    const auto end = group.begin() + static_cast<std::ptrdiff_t>(alike);
    const auto first = std::find_if(group.begin(), end, [&](const auto& seen) {
      return seen.second != chunk && seen.first.hash == head.hash &&
             same_identity(seen.first.identity, head.identity);
    });
    if (first != end) {
      links[chunk]->put(Link{first->second, first->first.local, head.local});
    } else {
      if (alike == group.size()) group.emplace_back();
      std::swap(group[alike].first, head);
      group[alike++].second = chunk;
    }
    if (head.read(*files[chunk])) {
      std::push_heap(heap.begin(), heap.end(), after);
    } else {
      heap.pop_back();
    }
  }
  for (auto& file : links) file->close();
  for (const SpilledChunk& chunk : chunks) SpillDirectory::remove(chunk.hash_file());
}

void ChunkLinks::resolve(std::size_t number, PageArray<std::uint64_t>& ids) const {
  PageArray<Link> links;
  {
    SpillReader file(links_[number]);
    while (!file.at_end()) links.push_back(file.get<Link>());
  }
  SpillDirectory::remove(links_[number]);
  std::sort(links.begin(), links.end(), [](const Link& a, const Link& b) {
    return a.chunk != b.chunk ? a.chunk < b.chunk : a.there < b.there;
  });
  for (std::size_t at = 0; at < links.size();) {
    const std::uint32_t chunk = links[at].chunk;
    SpillReader file(ids_[chunk]);
    std::uint64_t id = 0;
    for (Local next = 0; at < links.size() && links[at].chunk == chunk; ++at) {
      for (; next <= links[at].there; ++next) id = file.get<std::uint64_t>();
      ids[links[at].here] = id;
    }
  }
}

void ChunkLinks::keep(std::size_t number, const PageArray<std::uint64_t>& ids) {
  SpillWriter file(ids_[number]);
  file.write(ids.data(), ids.size() * sizeof(std::uint64_t));
  file.close();
}

}  // namespace dossier
