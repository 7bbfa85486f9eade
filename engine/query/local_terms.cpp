#include "engine/query/local_terms.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <deque>
#include <map>

#include "engine/query/context.h"

namespace dossier {
namespace {

constexpr std::size_t kArenaChunk = std::size_t{64} << 10;
constexpr std::size_t kCacheSlots = 8192;  // a power of two
constexpr std::size_t kFirstSlots = 256;   // a power of two
constexpr std::size_t kMapNode = 96;       // bytes
constexpr std::uint64_t kSeed = 0x646f7373696572ULL;

}  // namespace

// Every term ever interned here, with the id it got: inline ids are never in the table, stored ids are (so
// that a term that comes again costs no look-up in the store), local ids index `locals`.
struct LocalTerms::Table {
  struct Entry {
    TermHash hash;
    Id id;
    std::string_view bytes;  // in the arena; empty for a triple term and for a composite
    std::array<Id, 3> triple{};
  };
  struct LocalComposite {
    cdt::Kind kind;
    std::vector<Id> elements;
    Id settled;  // kUnbound: not yet
  };

  explicit Table(MemoryBudget& budget)
      : reservation(budget, "computed terms"), slots(kFirstSlots, 0) {}

  std::string_view keep(std::string_view bytes) {
    if (bytes.size() > kArenaChunk / 4) {
      reservation.add(bytes.size());
      chunks.push_back(std::make_unique_for_overwrite<char[]>(bytes.size()));
      char* const place = chunks.back().get();
      std::memcpy(place, bytes.data(), bytes.size());
      return {place, bytes.size()};
    }
    if (bytes.size() > room) {
      reservation.add(kArenaChunk);
      chunks.push_back(std::make_unique_for_overwrite<char[]>(kArenaChunk));
      next = chunks.back().get();
      room = kArenaChunk;
    }
    char* const place = next;
    std::memcpy(place, bytes.data(), bytes.size());
    next += bytes.size();
    room -= bytes.size();
    return {place, bytes.size()};
  }

  template <typename Same>
  std::size_t find_slot(TermHash hash, const Same& same) const {
    const std::size_t mask = slots.size() - 1;
    for (std::size_t at = hash.low & mask;; at = (at + 1) & mask) {
      if (slots[at] == 0) return at;
      const Entry& entry = entries[slots[at] - 1];
      if (entry.hash == hash && same(entry)) return at;
    }
  }

  void add(std::size_t slot, Entry entry) {
    reservation.add(sizeof(Entry) + 2 * sizeof(std::uint32_t));
    entries.push_back(entry);
    slots[slot] = static_cast<std::uint32_t>(entries.size());
    if (entries.size() * 2 < slots.size()) return;
    std::vector<std::uint32_t> wider(slots.size() * 2, 0);
    const std::size_t mask = wider.size() - 1;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      std::size_t at = entries[i].hash.low & mask;
      while (wider[at] != 0) at = (at + 1) & mask;
      wider[at] = static_cast<std::uint32_t>(i + 1);
    }
    slots = std::move(wider);
  }

  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  struct Local {
    std::string_view bytes;  // a composite: empty until it has been read
    std::array<Id, 3> triple{};
    bool is_triple = false;
    std::uint32_t composite = kNone;
  };
  Id new_local(const Local& local) {
    reservation.add(sizeof(Local));
    locals.push_back(local);
    return Id::make(Tag::local, locals.size() - 1);
  }
  const Local& local(Id id) const { return locals[id.payload()]; }

  struct CacheSlot {
    Id id;
    std::string bytes;
  };

  Reservation reservation;
  std::vector<std::unique_ptr<char[]>> chunks;
  char* next = nullptr;
  std::size_t room = 0;
  std::vector<Entry> entries;
  std::vector<std::uint32_t> slots;  // entry + 1
  std::vector<Local> locals;
  std::deque<LocalComposite> composites;
  std::uint64_t composite_texts = 0;
  std::vector<Id> blanks;  // by the number in their label
  std::map<std::pair<Id, std::uint64_t>, Id> labelled;
  std::map<std::string, Id, std::less<>> named;  // labels from outside
  std::map<std::string, Id, std::less<>> in_text;
  std::vector<CacheSlot> cache;  // empty until it is used: most small queries have no need of it
  CacheSlot& cached(Id id) {
    if (cache.empty()) cache.resize(kCacheSlots);
    return cache[hash_id(id) & (kCacheSlots - 1)];
  }
  std::string scratch;
  std::vector<Id> wanted;
  std::string fetched;
  std::vector<std::size_t> ends;
};

LocalTerms::LocalTerms(const Snapshot& snapshot, MemoryBudget& budget, unsigned threads)
    : snapshot_(snapshot), threads_(threads), table_(std::make_unique<Table>(budget)) {}
LocalTerms::~LocalTerms() = default;

Id LocalTerms::intern(std::string_view bytes) {
  if (!bytes.empty() && bytes[0] == kBlankByte) return blank(bytes.substr(1));
  if (const Id id = inline_id(bytes); id.is_bound()) return id;
  const TermHash hash = hash_term_bytes(bytes, kSeed);
  const std::size_t slot = table_->find_slot(
      hash, [&](const Table::Entry& entry) { return equal_term_bytes(entry.bytes, bytes); });
  if (table_->slots[slot] != 0) return table_->entries[table_->slots[slot] - 1].id;
  Id id = snapshot_.find(bytes);
  const std::string_view kept = table_->keep(bytes);
  if (!id.is_bound()) id = table_->new_local({kept, {}, false});
  table_->add(slot, {hash, id, kept, {}});
  return id;
}

Id LocalTerms::intern_triple(Id subject, Id predicate, Id object) {
  object = settle(object);
  const std::array<Id, 3> parts{subject, predicate, object};
  const auto hash_of = [](Id id) { return TermHash{hash_id(id), id.bits}; };
  const TermHash hash = hash_triple_term(hash_of(subject), hash_of(predicate), hash_of(object), kSeed);
  const std::size_t slot = table_->find_slot(
      hash, [&](const Table::Entry& entry) { return entry.bytes.empty() && entry.triple == parts; });
  if (table_->slots[slot] != 0) return table_->entries[table_->slots[slot] - 1].id;
  // The store cannot hold a triple term whose parts it lacks.
  Id id = subject.is_local() || predicate.is_local() || object.is_local()
              ? kUnbound
              : snapshot_.find_triple(subject, predicate, object);
  if (!id.is_bound()) id = table_->new_local({{}, parts, true});
  table_->add(slot, {hash, id, {}, parts});
  return id;
}

Id LocalTerms::intern(const Term& term) {
  if (term.is_triple()) {
    const Id subject = intern(term.subject());
    const Id predicate = intern(term.predicate());
    const Id object = intern(term.object());
    return intern_triple(subject, predicate, object);
  }
  std::string bytes;
  append_term_bytes(bytes, term);
  return intern(bytes);
}

// ---- composites

Id LocalTerms::intern_composite(cdt::Kind kind, std::span<const Id> elements) {
  TermHash hash{kSeed + static_cast<std::uint64_t>(kind), elements.size()};
  for (Id id : elements) {
    hash.low = hash_id(Id{hash.low * 31 + id.bits});
    hash.high = hash_id(Id{hash.high * 37 + ~id.bits});
  }
  Table& table = *table_;
  const std::size_t slot = table.find_slot(hash, [&](const Table::Entry& entry) {
    if (!entry.bytes.empty() || !entry.id.is_local()) return false;
    const std::uint32_t number = table.local(entry.id).composite;
    return number != Table::kNone && table.composites[number].kind == kind &&
           std::equal(elements.begin(), elements.end(), table.composites[number].elements.begin(),
                      table.composites[number].elements.end());
  });
  if (table.slots[slot] != 0) return table.entries[table.slots[slot] - 1].id;
  table.reservation.add(sizeof(Table::LocalComposite) + elements.size() * sizeof(Id));
  Table::Local local;
  local.composite = static_cast<std::uint32_t>(table.composites.size());
  table.composites.push_back({kind, {elements.begin(), elements.end()}, kUnbound});
  const Id id = table.new_local(local);
  // No triple term has this one's parts.
  table.add(slot, {hash, id, {}, {}});
  return id;
}

std::optional<LocalTerms::Composite> LocalTerms::composite(Id id) const {
  if (!id.is_local()) return std::nullopt;
  const std::uint32_t number = table_->local(id).composite;
  if (number == Table::kNone) return std::nullopt;
  const Table::LocalComposite& composite = table_->composites[number];
  return Composite{composite.kind, composite.elements};
}

std::size_t LocalTerms::made() const {
  return table_->locals.size();
}

void LocalTerms::forget_stored() {
  piece_.clear();
  table_->cache = {};
}

std::uint64_t LocalTerms::composite_texts() const {
  return table_->composite_texts;
}

Id LocalTerms::settle_local(Id id) {
  Table& table = *table_;
  const std::uint32_t number = table.local(id).composite;
  if (number == Table::kNone) return id;
  if (table.composites[number].settled.is_bound()) return table.composites[number].settled;
  const std::string_view text = bytes(id);
  const TermHash hash = hash_term_bytes(text, kSeed);
  const std::size_t slot =
      table.find_slot(hash, [&](const Table::Entry& entry) { return equal_term_bytes(entry.bytes, text); });
  Id settled = id;
  if (table.slots[slot] != 0) {
    settled = table.entries[table.slots[slot] - 1].id;
  } else {
    if (const Id stored = snapshot_.find(text); stored.is_bound()) settled = stored;
    table.add(slot, {hash, settled, text, {}});
  }
  table.composites[number].settled = settled;
  return settled;
}

bool LocalTerms::append_element(std::string& text, Id id, int levels) {
  if (!id.is_bound()) {
    text += "null";
    return true;
  }
  if (kind(id) != TermKind::triple) {
    cdt::append_element_text(text, bytes(id), levels);
    return true;
  }
  if (levels >= cdt::kMaxDepth) return false;
  text += "<<( ";
  for (const Id part : triple(id)) {
    if (!append_element(text, part, levels + 1)) return false;
    text += ' ';
  }
  text += ")>>";
  return true;
}

bool LocalTerms::fits(Id id, int levels) const {
  for (; id.is_bound() && kind(id) == TermKind::triple; ++levels) {
    if (levels >= cdt::kMaxDepth) return false;
    id = triple(id)[2];  // the only part that may be a triple term itself
  }
  return true;
}

// The stored terms that the text of a composite needs.
void LocalTerms::gather_leaves(Id id, std::vector<Id>& leaves) const {
  if (!id.is_bound()) return;
  if (const auto inner = composite(id)) {
    if (table_->local(id).bytes.empty())
      for (Id element : inner->elements) gather_leaves(element, leaves);
  } else if (kind(id) == TermKind::triple) {
    for (Id part : triple(id)) gather_leaves(part, leaves);
  } else if (id.in_dictionary()) {
    leaves.push_back(id);
  }
}

// Makes the texts of those of the terms that are composites; what they need of the store is read together.
void LocalTerms::make_texts(std::span<const Id> ids) {
  constexpr std::size_t kTogether = 1024;
  Table& table = *table_;
  std::vector<Id> leaves;
  std::size_t from = 0;
  std::string text;
  std::string whole;
  for (std::size_t at = 0; at < ids.size(); ++at) {
    gather_leaves(ids[at], leaves);
    if (leaves.size() < kTogether && at + 1 < ids.size()) continue;
    std::sort(leaves.begin(), leaves.end());
    prefetch(leaves);
    leaves.clear();
    for (; from <= at; ++from) {
      const auto composite = this->composite(ids[from]);
      if (!composite || !table.local(ids[from]).bytes.empty()) continue;
      const bool is_list = composite->kind == cdt::Kind::list;
      text = is_list ? '[' : '{';
      for (std::size_t i = 0; i < composite->elements.size(); ++i) {
        const Id element = composite->elements[i];
        if (i > 0) text += is_list || i % 2 == 0 ? ", " : ": ";
        if (!is_list && i % 2 == 0)
          cdt::append_key_text(text, bytes(element));
        else
          append_element(text, element, 1);
      }
      text += is_list ? ']' : '}';
      whole.clear();
      append_literal_bytes(whole, text, cdt::datatype_of(composite->kind));
      table.locals[ids[from].payload()].bytes = table.keep(whole);
      ++table.composite_texts;
    }
  }
}

// Labels of stored blank nodes are "b" and a number, so these never meet them.
Id LocalTerms::fresh_blank() {
  std::string bytes(1, kBlankByte);
  bytes.append("c").append(std::to_string(table_->blanks.size()));
  table_->reservation.add(sizeof(Id));
  table_->blanks.push_back(table_->new_local({table_->keep(bytes), {}, false}));
  return table_->blanks.back();
}

Id LocalTerms::blank(std::string_view label) {
  if (label == "c0" || (label.starts_with('c') && !label.starts_with("c0"))) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(label.data() + 1, label.data() + label.size(), number);
    if (error == std::errc() && end == label.data() + label.size() && number < table_->blanks.size())
      return table_->blanks[number];
  }
  const std::string bytes = std::string(1, kBlankByte).append(label);
  if (const Id id = snapshot_.find(bytes); id.is_bound()) return id;
  const auto found = table_->named.find(label);
  if (found != table_->named.end()) return found->second;
  table_->reservation.add(kMapNode + label.size());
  // It keeps its label, unless a node of the store or of the query may have that one day.
  const bool numbered = label.size() > 1 && (label[0] == 'b' || label[0] == 'c') &&
                        label.find_first_not_of("0123456789", 1) == std::string_view::npos;
  const Id id = numbered ? fresh_blank() : table_->new_local({table_->keep(bytes), {}, false});
  table_->named.emplace(label, id);
  return id;
}

Id LocalTerms::text_blank(std::string_view label) {
  const auto found = table_->in_text.find(label);
  if (found != table_->in_text.end()) return found->second;
  table_->reservation.add(kMapNode + label.size());
  return table_->in_text.emplace(label, fresh_blank()).first->second;
}

Id LocalTerms::labelled_blank(Id label, std::uint64_t row) {
  const auto [place, added] = table_->labelled.try_emplace({label, row});
  if (added) {
    table_->reservation.add(kMapNode);
    place->second = fresh_blank();
  }
  return place->second;
}

TermKind LocalTerms::kind(Id id) const {
  switch (id.tag()) {
    case Tag::iri:
      return TermKind::iri;
    case Tag::blank:
      return TermKind::blank;
    case Tag::triple:
      return TermKind::triple;
    case Tag::local: {
      const Table::Local& local = table_->local(id);
      if (local.is_triple) return TermKind::triple;
      if (local.composite != Table::kNone) return TermKind::literal;
      if (local.bytes[0] == kIriByte) return TermKind::iri;
      return local.bytes[0] == kBlankByte ? TermKind::blank : TermKind::literal;
    }
    default:
      return TermKind::literal;
  }
}

std::array<Id, 3> LocalTerms::triple(Id id) const {
  return id.is_local() ? table_->local(id).triple : snapshot_.triple(id);
}

void LocalTerms::decode(std::span<const Id> ids, std::string& bytes, std::vector<std::size_t>& offsets) {
  Table& table = *table_;
  const auto is_local = [](Id id) { return id.is_local(); };
  auto from = ids.begin();
  auto local = std::find_if(from, ids.end(), is_local);
  if (local != ids.end()) {
    std::vector<Id> composites;
    for (const Id id : ids)
      if (id.is_local() && table.local(id).composite != Table::kNone) composites.push_back(id);
    if (!composites.empty()) make_texts(composites);
  }
  // The stored ones between two computed ones are decoded together.
  for (;;) {
    if (from != local) decode_stored({from, local}, bytes, offsets);
    if (local == ids.end()) return;
    bytes.append(table.local(*local).bytes);
    offsets.push_back(bytes.size());
    from = local + 1;
    local = std::find_if(from, ids.end(), is_local);
  }
}

void LocalTerms::decode_stored(std::span<const Id> ids, std::string& bytes,
                               std::vector<std::size_t>& offsets) const {
  if (piece_.empty())
    snapshot_.decode(ids, bytes, offsets);
  else
    piece_.decode(snapshot_, ids, bytes, offsets);
}

std::size_t LocalTerms::keep_terms_of(std::span<const Id* const> columns, std::size_t rows) {
  return piece_.fill(snapshot_, columns, rows, threads_);
}

void LocalTerms::prefetch(std::span<const Id> ids) {
  Table& table = *table_;
  table.wanted.clear();
  for (const Id id : ids)
    if (id.in_dictionary() && id.tag() != Tag::triple && id.tag() != Tag::blank &&
        table.cached(id).id != id &&
        (table.wanted.empty() || table.wanted.back() != id))
      table.wanted.push_back(id);
  if (table.wanted.size() < 2) return;
  table.fetched.clear();
  table.ends.clear();
  snapshot_.decode(table.wanted, table.fetched, table.ends);
  std::size_t from = 0;
  for (std::size_t i = 0; i < table.wanted.size(); ++i) {
    Table::CacheSlot& slot = table.cached(table.wanted[i]);
    slot.id = table.wanted[i];
    slot.bytes.assign(table.fetched, from, table.ends[i] - from);
    from = table.ends[i];
  }
}

std::string_view LocalTerms::bytes(Id id) {
  Table& table = *table_;
  if (id.is_local()) {
    if (table.local(id).composite != Table::kNone && table.local(id).bytes.empty())
      make_texts(std::span<const Id>(&id, 1));
    return table.local(id).bytes;
  }
  if (id.is_inline()) {
    table.scratch.clear();
    append_inline_bytes(table.scratch, id);
    return table.scratch;
  }
  if (!id.in_dictionary() || id.tag() == Tag::triple) return {};
  if (id.tag() == Tag::blank) {
    table.scratch.assign("Bb").append(std::to_string(id.payload()));
    return table.scratch;
  }
  Table::CacheSlot& slot = table.cached(id);
  if (slot.id != id) {
    slot.bytes.clear();
    table.ends.clear();
    snapshot_.decode(std::span<const Id>(&id, 1), slot.bytes, table.ends);
    slot.id = id;
  }
  return slot.bytes;
}

Term LocalTerms::term(Id id) {
  if (kind(id) == TermKind::triple) {
    const std::array<Id, 3> parts = triple(id);
    return Term::triple(term(parts[0]), term(parts[1]), term(parts[2]));
  }
  return term_from_bytes(bytes(id));
}

}  // namespace dossier
