#include "engine/store/transaction.h"

#include <algorithm>
#include <exception>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "engine/store/database.h"
#include "engine/store/relation.h"
#include "engine/store/stage_progress.h"
#include "engine/store/store_snapshot.h"

namespace dossier {
namespace {

constexpr std::size_t kMostRecentRecords = 50'000;
constexpr const char* kCancelled = "the commit was cancelled; nothing of it was written";
constexpr std::size_t kTellRows =
    65536;  // of a large commit, between two looks at whether it is still wanted
// From so many terms on they are looked up sorted; fewer share no blocks, and each goes the short way.
constexpr std::size_t kSortedLookUps = 256;
// Where the writer looks whether a row is there. Commits of like predicates find each other's blocks in the
// cache.
constexpr Relation kProbed = relation_of(Permutation::psog);

// What a transaction holds of each, and takes beside it while it commits (batch, write buffer): measured with
// a million of them.
constexpr std::size_t kRowMemory = 640;
constexpr std::size_t kTermMemory = 320;
constexpr std::size_t kTripleMemory = 640;

struct RowHash {
  std::size_t operator()(const Row& row) const {
    std::uint64_t hash = 0;
    for (const Id id : row) hash = hash_id(Id{hash * 0x9E3779B97F4A7C15ULL + id.bits});
    return hash;
  }
};

struct Change {
  bool present = false;
  bool was = false;
  bool in_block = false;
};

Values values_of(const Row& row) {
  return {row[0].bits, row[1].bits, row[2].bits, row[3].bits};
}

// Whether something of this probability is so for a row; the same answer each time.
bool chance(const Row& row, std::uint64_t part, std::uint64_t whole) {
  if (part >= whole) return true;
  return static_cast<double>(RowHash()(row) >> 11) * 0x1.0p-53 * static_cast<double>(whole) <
         static_cast<double>(part);
}

}  // namespace

struct WriteTransaction::State {
  State(Database& owner, std::unique_ptr<WriterPlace> writer)
      : database(owner),
        place(std::move(writer)),
        version(owner.version()),
        committed(version, owner.hash_seed()),
        probe(*version->base(), kProbed),
        first_counter(version->totals().next_counter),
        terms(std::make_shared<PendingTerms>(first_counter)) {}

  bool is_new(Id id) const { return id.in_dictionary() && id.payload() >= first_counter; }

  Change look_up(const Row& quad) {
    Change change;
    // A term that the commit lacks stands in none of its rows.
    if (std::any_of(quad.begin(), quad.end(), [&](Id id) { return is_new(id); })) return change;
    const Values row = dossier::permute(kProbed, values_of(quad));
    change.in_block = change.was = probe.contains(row);
    if (version->totals().overlay_rows[kProbed] > 0 &&
        database.kv().get(version->state(), Family::overlay, overlay_key(kProbed, row), overlay_value)) {
      change.was = overlay_value == kInserted;
    }
    change.present = change.was;
    return change;
  }

  bool set(const Row& quad, bool present) {
    auto found = changes.find(quad);
    if (found == changes.end()) {
      const Change change = look_up(quad);
      if (change.present == present) return false;
      found = changes.emplace(quad, change).first;
    } else if (found->second.present == present) {
      return false;
    }
    toggle(quad, found->second);
    if (savepoints > 0) journal.push_back(quad);
    return true;
  }

  void toggle(const Row& quad, Change& change) {
    change.present = !change.present;
    fresh.push_back(quad);
    const std::int64_t step = change.present ? 1 : -1;
    const auto count = counts.try_emplace({quad[3], quad[1]}).first;
    count->second += step;
    if (count->second == 0) counts.erase(count);
    quad_change += step;
    if (quad[3] != kDefaultGraph) named_change += step;
  }

  std::uint64_t set_all(std::span<const Row> quads, bool present) {
    std::vector<Row> sorted(quads.begin(), quads.end());
    // In the order of the probed permutation: each block of it is read once.
    std::sort(sorted.begin(), sorted.end(), [](const Row& a, const Row& b) {
      return permute(Permutation::psog, a) < permute(Permutation::psog, b);
    });
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    // By doubling: what is reserved exactly is rehashed at every call.
    if (const std::size_t needed = changes.size() + sorted.size();
        static_cast<float>(needed) > changes.max_load_factor() * static_cast<float>(changes.bucket_count()))
      changes.reserve(std::max(needed, 2 * changes.size()));
    std::uint64_t changed = 0;
    for (const Row& quad : sorted) changed += set(quad, present);
    return changed;
  }

  Totals new_totals() const {
    Totals totals = version->totals();
    totals.next_counter = terms->next_counter();
    totals.quads += static_cast<std::uint64_t>(quad_change);
    totals.named_quads += static_cast<std::uint64_t>(named_change);
    totals.triple_terms += triples.size();
    totals.hashed_terms += hashes.size();
    return totals;
  }

  // The id of a simple term that the commit lacks: that of this transaction, given now if it has none.
  Id intern_new(std::string_view bytes) {
    const std::uint64_t hash = hash_key(hash_term_bytes(bytes, database.hash_seed()));
    if (const Id id = terms->find(bytes, hash); id.is_bound()) return id;
    const Id id = terms->add(!bytes.empty() && bytes[0] == kIriByte ? Tag::iri : Tag::literal, bytes, hash);
    text_bytes += bytes.size();
    hashes.push_back({hash, id.bits, 0, 0});
    return id;
  }

  TermHash hash_of(Id id) const {
    if (id.tag() == Tag::triple) {
      const auto found = triple_hashes.find(id);
      if (found != triple_hashes.end()) return found->second;
    }
    if ((id.tag() == Tag::iri || id.tag() == Tag::literal) && is_new(id)) {
      return hash_term_bytes(terms->bytes(id.payload()), database.hash_seed());
    }
    return committed.hash(id);
  }

  std::string record(const std::string& key) {
    auto& recent = database.recent_records();
    const auto found = recent.find(key);
    if (found != recent.end()) return found->second;
    std::string value;
    if (!database.kv().get(nullptr, Family::meta, key, value)) value.clear();
    return value;
  }
  // An empty value erases the record.
  void put_record(KeyValueBatch& batch, const std::string& key, std::string value) {
    if (value.empty()) {
      batch.erase(Family::meta, key);
    } else {
      batch.put(Family::meta, key, value);
    }
    new_records.emplace_back(key, std::move(value));
  }
  void change_count(KeyValueBatch& batch, const std::string& key, std::int64_t change) {
    const std::string old = record(key);
    const std::int64_t count =
        (old.size() < 8 ? 0 : static_cast<std::int64_t>(load_little_endian(old.data()))) + change;
    put_record(batch, key, count <= 0 ? std::string() : number_record(static_cast<std::uint64_t>(count)));
  }

  void write_rows(KeyValueBatch& batch, Totals& totals, const ProgressCallback& callback);
  void write_labels(KeyValueBatch& batch);  // folded texts of new names, when the store keeps an index
  void write_terms(KeyValueBatch& batch);
  void write_statistics(KeyValueBatch& batch, Totals& totals);
  void announce();
  void require_wanted() const {
    if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed))
      throw LimitError(LimitError::Reason::cancelled, kCancelled);
  }

  Database& database;
  const std::atomic<bool>* cancelled = nullptr;
  std::unique_ptr<WriterPlace> place;
  std::shared_ptr<const Version> version;  // the commit it began with
  StoreSnapshot committed;
  BlockProbe probe;
  std::string overlay_value;  // of the row looked up last
  std::uint64_t first_counter;

  std::unordered_map<Row, Change, RowHash> changes;
  std::vector<Row> fresh;      // changed since the last snapshot
  std::vector<Row> journal;    // changed since the first of the open savepoints, once for each change
  std::size_t savepoints = 0;  // that are open
  std::map<std::pair<Id, Id>, std::int64_t> counts;
  std::int64_t quad_change = 0;
  std::int64_t named_change = 0;

  std::shared_ptr<PendingTerms> terms;
  std::size_t text_bytes = 0;   // of terms
  std::vector<Values> hashes;   // (hash, id)
  std::vector<Values> triples;  // (s, p, o, i)
  std::unordered_map<Row, Id, RowHash> triple_ids;
  std::unordered_map<Id, TermHash> triple_hashes;
  std::size_t shown_hashes = 0;  // of hashes and triples, in `runs`
  std::size_t shown_triples = 0;
  std::array<PendingRuns, kRowKinds> runs;
  std::shared_ptr<const PendingState> shown;

  std::shared_ptr<const TransactionPrefixes> prefixes = std::make_shared<TransactionPrefixes>();
  std::vector<std::pair<std::string, std::string>> new_records;
};

WriteTransaction::WriteTransaction(std::unique_ptr<State> state) : state_(std::move(state)) {}
WriteTransaction::~WriteTransaction() = default;

std::unique_ptr<WriteTransaction> WriteTransaction::begin(Database& database,
                                                          const std::atomic<bool>* cancelled) {
  // On a store that is open read-only too: its rows can be read and rolled back; commit refuses.
  auto place = std::make_unique<WriterPlace>(database, cancelled);
  auto state = std::make_unique<State>(database, std::move(place));
  state->cancelled = cancelled;
  return std::make_unique<WriteTransaction>(std::move(state));
}

namespace {

WriteTransaction::State& open_state(const std::unique_ptr<WriteTransaction::State>& state) {
  if (state == nullptr) throw QueryError("the transaction is over; begin another one");
  return *state;
}

}  // namespace

bool WriteTransaction::insert(const Row& quad) {
  return open_state(state_).set(quad, true);
}
bool WriteTransaction::erase(const Row& quad) {
  return open_state(state_).set(quad, false);
}
std::uint64_t WriteTransaction::insert(std::span<const Row> quads) {
  return open_state(state_).set_all(quads, true);
}
std::uint64_t WriteTransaction::erase(std::span<const Row> quads) {
  return open_state(state_).set_all(quads, false);
}

Id WriteTransaction::intern(std::string_view bytes) {
  State& state = open_state(state_);
  if (!bytes.empty() && bytes[0] == kBlankByte) {
    std::uint64_t counter = 0;
    for (const char digit : bytes.substr(std::min<std::size_t>(2, bytes.size()))) {
      counter = counter * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    const Id own = Id::make(Tag::blank, counter & Id::kPayloadMask);
    const bool pending = counter >= state.first_counter && counter < state.terms->next_counter() &&
                         bytes.substr(1) == "b" + std::to_string(counter) &&
                         state.terms->bytes(counter).empty() &&
                         !state.triple_hashes.contains(Id::make(Tag::triple, counter));
    if (pending) return own;
    const Id found = state.committed.find(bytes);
    if (!found.is_bound()) {
      throw QueryError("the store has no blank node with the label " + std::string(bytes.substr(1)));
    }
    return found;
  }
  if (const Id id = inline_id(bytes); id.is_bound()) return id;
  const std::uint64_t hash = hash_key(hash_term_bytes(bytes, state.database.hash_seed()));
  if (const Id id = state.terms->find(bytes, hash); id.is_bound()) return id;
  if (const Id id = state.committed.find(bytes); id.is_bound()) return id;
  return state.intern_new(bytes);
}

std::vector<Id> WriteTransaction::intern(std::span<const std::string_view> terms) {
  State& state = open_state(state_);
  std::vector<Id> ids(terms.size());
  if (terms.size() < kSortedLookUps) {
    for (std::size_t i = 0; i < terms.size(); ++i) ids[i] = intern(terms[i]);
    return ids;
  }
  state.committed.find(terms, ids);
  for (std::size_t i = 0; i < terms.size(); ++i)
    if (!ids[i].is_bound()) ids[i] = state.intern_new(terms[i]);
  return ids;
}

Id WriteTransaction::intern_triple(Id subject, Id predicate, Id object) {
  State& state = open_state(state_);
  const Row key{subject, predicate, object, kUnbound};
  const auto found = state.triple_ids.find(key);
  if (found != state.triple_ids.end()) return found->second;
  if (const Id id = state.committed.find_triple(subject, predicate, object); id.is_bound()) return id;
  const TermHash hash = hash_triple_term(state.hash_of(subject), state.hash_of(predicate),
                                         state.hash_of(object), state.database.hash_seed());
  const Id id = state.terms->add(Tag::triple, {}, hash_key(hash));
  state.hashes.push_back({hash_key(hash), id.bits, 0, 0});
  state.triples.push_back({subject.bits, predicate.bits, object.bits, id.bits});
  state.triple_ids.emplace(key, id);
  state.triple_hashes.emplace(id, hash);
  return id;
}

Id WriteTransaction::fresh_blank() {
  return open_state(state_).terms->add(Tag::blank, {}, 0);
}

void WriteTransaction::declare_prefix(std::string_view prefix, std::string_view iri) {
  State& state = open_state(state_);
  auto prefixes = std::make_shared<TransactionPrefixes>(*state.prefixes);
  (*prefixes)[std::string(prefix)] = iri;
  state.prefixes = std::move(prefixes);
}

std::shared_ptr<const Snapshot> WriteTransaction::snapshot() {
  State& state = open_state(state_);
  const bool same = state.shown != nullptr && state.fresh.empty() &&
                    state.shown_hashes == state.hashes.size() &&
                    state.shown_triples == state.triples.size() &&
                    state.shown->totals.next_counter == state.terms->next_counter();
  if (!same) {
    std::vector<PendingRow> rows;
    std::sort(state.fresh.begin(), state.fresh.end());
    state.fresh.erase(std::unique(state.fresh.begin(), state.fresh.end()), state.fresh.end());
    for (const Row& quad : state.fresh) {
      const Change& change = state.changes.at(quad);
      rows.push_back({values_of(quad), change.present, change.was});
    }
    state.fresh.clear();
    add_run(state.runs[static_cast<std::size_t>(RowKind::quads)], std::move(rows));
    const auto add_new = [](PendingRuns& runs, const std::vector<Values>& all, std::size_t& shown) {
      std::vector<PendingRow> added;
      for (; shown < all.size(); ++shown) added.push_back({all[shown], true, false});
      add_run(runs, std::move(added));
    };
    add_new(state.runs[static_cast<std::size_t>(RowKind::triples)], state.triples, state.shown_triples);
    add_new(state.runs[static_cast<std::size_t>(RowKind::hashes)], state.hashes, state.shown_hashes);
    auto pending = std::make_shared<PendingState>();
    pending->runs = state.runs;
    pending->terms = state.terms;
    pending->counts = state.counts;
    pending->totals = state.new_totals();
    state.shown = std::move(pending);
  }
  return std::make_shared<StoreSnapshot>(state.version, state.database.hash_seed(), state.shown);
}

bool WriteTransaction::changed() const {
  const State& state = open_state(state_);
  if (!state.prefixes->empty()) return true;
  return std::any_of(state.changes.begin(), state.changes.end(),
                     [](const auto& entry) { return entry.second.present != entry.second.was; });
}

std::size_t WriteTransaction::memory() const {
  const State& state = open_state(state_);
  return state.changes.size() * kRowMemory + state.journal.size() * sizeof(Row) +
         state.hashes.size() * kTermMemory + state.triples.size() * kTripleMemory + state.text_bytes;
}

std::uint64_t WriteTransaction::hash_seed() const {
  return open_state(state_).database.hash_seed();
}

WriteTransaction::Savepoint WriteTransaction::savepoint() {
  State& state = open_state(state_);
  ++state.savepoints;
  return {state.journal.size(), state.hashes.size(), state.triples.size(), state.terms->next_counter(),
          state.prefixes};
}

void WriteTransaction::undo(const Savepoint& savepoint) {
  State& state = open_state(state_);
  // What may throw comes first.
  std::shared_ptr<PendingTerms> terms;
  if (state.terms->next_counter() != savepoint.next_counter)
    terms = std::make_shared<PendingTerms>(*state.terms, savepoint.next_counter);
  state.fresh.reserve(state.fresh.size() + state.journal.size() - savepoint.rows);

  // Each entry is one change of a row to its contrary.
  for (std::size_t i = savepoint.rows; i < state.journal.size(); ++i)
    state.toggle(state.journal[i], state.changes.at(state.journal[i]));
  state.journal.resize(savepoint.rows);
  state.prefixes = savepoint.prefixes;
  if (terms != nullptr) {
    // Snapshots that were given out keep the terms that they know.
    state.terms = std::move(terms);
    state.shown.reset();
    for (std::size_t i = savepoint.triples; i < state.triples.size(); ++i) {
      const auto& [s, p, o, id] = state.triples[i];
      state.triple_ids.erase({Id{s}, Id{p}, Id{o}, kUnbound});
      state.triple_hashes.erase(Id{id});
    }
    const auto truncate = [&](std::vector<Values>& all, std::size_t size, std::size_t& shown, RowKind kind) {
      all.resize(size);
      if (shown <= size) return;
      shown = 0;
      state.runs[static_cast<std::size_t>(kind)].clear();
    };
    truncate(state.hashes, savepoint.hashes, state.shown_hashes, RowKind::hashes);
    truncate(state.triples, savepoint.triples, state.shown_triples, RowKind::triples);
  }
  keep(savepoint);
}

void WriteTransaction::keep(const Savepoint&) {
  State& state = open_state(state_);
  if (--state.savepoints == 0) state.journal.clear();
}

void WriteTransaction::State::write_rows(KeyValueBatch& batch, Totals& totals,
                                         const ProgressCallback& callback) {
  StageProgress progress(callback, kCancelled, kTellRows);
  constexpr std::uint64_t kQuadRelations = 5;  // that the rows of the default graph are in, and most rows are
  progress.begin(Stage::writing, kQuadRelations * changes.size() + 3 * triples.size() + hashes.size());
  struct Written {
    Values row{};
    const Change* change = nullptr;  // null: a new row
  };
  std::vector<Written> rows;
  // In the order of keys: RocksDB's write buffer takes ascending keys several times faster.
  const auto write = [&](Relation relation) {
    require_wanted();
    std::sort(rows.begin(), rows.end(), [](const Written& a, const Written& b) { return a.row < b.row; });
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (i % kTellRows == 0) require_wanted();
      const Written& written = rows[i];
      const std::string key = overlay_key(relation, {written.row.data(), columns_of(relation)});
      const bool present = written.change == nullptr || written.change->present;
      if (written.change == nullptr || present != written.change->in_block) {
        batch.put(Family::overlay, key, present ? kInserted : kErased);
        ++totals.overlay_rows[relation];
      } else {
        batch.erase(Family::overlay, key);
        --totals.overlay_rows[relation];
      }
      progress.add(1);
    }
    rows.clear();
  };
  for (Relation relation = 0; relation <= relation_of(Permutation::gspo); ++relation) {
    for (const auto& [quad, change] : changes) {
      if (change.present == change.was) continue;
      if (relation == relation_of(Permutation::gspo) && quad[3] == kDefaultGraph) continue;
      rows.push_back({dossier::permute(relation, values_of(quad)), &change});
    }
    write(relation);
  }
  for (Relation relation = relation_of(Permutation::ispo); relation < kHashes; ++relation) {
    for (const Values& triple : triples) rows.push_back({dossier::permute(relation, triple), nullptr});
    write(relation);
  }
  for (const Values& hash : hashes) rows.push_back({hash, nullptr});
  write(kHashes);
}

void WriteTransaction::State::write_terms(KeyValueBatch& batch) {
  TermBlockBuilder builder;
  const std::uint64_t end = terms->next_counter();
  for (std::uint64_t first = first_counter; first < end; first += kTermsPerBlock) {
    builder.clear();
    for (std::uint64_t counter = first; counter < std::min(end, first + kTermsPerBlock); ++counter) {
      builder.add(terms->bytes(counter));
    }
    batch.put(Family::terms, terms_key(first), builder.block());
  }
}

void WriteTransaction::State::write_labels(KeyValueBatch& batch) {
  LabelIndex& labels = database.labels();
  if (!labels.kept()) return;
  const auto bytes_of = [&](Id id) { return is_new(id) ? terms->bytes(id.payload()) : committed.decode(id); };
  std::vector<Id> literals;
  for (const auto& [quad, change] : changes) {
    const Id predicate = quad[1];
    if (change.present && !change.was && is_literal_id(quad[2]) &&
        labels.is_label(predicate, [&] { return bytes_of(predicate); }))
      literals.push_back(quad[2]);
  }
  std::sort(literals.begin(), literals.end());
  literals.erase(std::unique(literals.begin(), literals.end()), literals.end());
  std::vector<std::pair<Id, std::string>> names;
  names.reserve(literals.size());
  for (const Id id : literals) names.emplace_back(id, bytes_of(id));
  labels.add(batch, names);
}

void WriteTransaction::State::write_statistics(KeyValueBatch& batch, Totals& totals) {
  std::map<Id, std::int64_t> by_graph;
  std::map<Id, std::pair<std::int64_t, std::int64_t>> by_predicate;  // in all graphs, in named ones
  for (const auto& [key, change] : counts) {
    auto& [all, named] = by_predicate[key.second];
    all += change;
    if (key.first == kDefaultGraph) continue;
    named += change;
    by_graph[key.first] += change;
    change_count(batch, graph_predicate_key(key.first, key.second), change);
  }
  for (const auto& [graph, change] : by_graph) {
    if (change != 0) change_count(batch, graph_key(graph), change);
  }

  // Distinct subjects and objects are estimates: a new term is new to its predicate, another is so as often
  // as the predicate's rows were until now. `compact` counts them.
  std::map<Id, PredicateStatistics> statistics;
  const auto statistics_of = [&](Id predicate) -> PredicateStatistics& {
    const auto [entry, added] = statistics.try_emplace(predicate);
    if (added) entry->second = read_predicate_record(record(predicate_key(predicate)));
    return entry->second;
  };
  std::set<std::pair<Id, Id>> new_pairs;  // (predicate or unbound, new term)
  for (const auto& [quad, change] : changes) {
    if (change.present == change.was) continue;
    PredicateStatistics& numbers = statistics_of(quad[1]);
    for (const bool is_subject : {true, false}) {
      const Id term = is_subject ? quad[0] : quad[2];
      std::uint64_t& distinct = is_subject ? numbers.distinct_subjects : numbers.distinct_objects;
      std::uint64_t& everywhere = is_subject ? totals.distinct_subjects : totals.distinct_objects;
      const std::uint64_t rows = std::max(numbers.triples, distinct);
      if (!change.present) {
        if (distinct > 1 && chance(quad, distinct, rows)) --distinct;
        continue;
      }
      if (is_new(term)) {
        // Subjects and objects are told apart by the local tag, which no stored term has.
        const Id mark = is_subject ? term : Id::make(Tag::local, term.payload());
        distinct += new_pairs.emplace(quad[1], mark).second;
        everywhere += new_pairs.emplace(kUnbound, mark).second;
      } else {
        distinct += chance(quad, distinct, rows);
      }
    }
  }
  for (const auto& [predicate, change] : by_predicate) {
    PredicateStatistics& numbers = statistics_of(predicate);
    numbers.triples += static_cast<std::uint64_t>(change.first);
    numbers.named += static_cast<std::uint64_t>(change.second);
  }
  for (auto& [predicate, numbers] : statistics) {
    const std::uint64_t least = numbers.triples > 0 ? 1 : 0;
    numbers.distinct_subjects = std::clamp(numbers.distinct_subjects, least, numbers.triples);
    numbers.distinct_objects = std::clamp(numbers.distinct_objects, least, numbers.triples);
    put_record(batch, predicate_key(predicate),
               numbers.triples > 0 ? predicate_record(numbers) : std::string());
  }
  const std::uint64_t least = totals.quads > 0 ? 1 : 0;
  totals.distinct_subjects = std::clamp(totals.distinct_subjects, least, totals.quads);
  totals.distinct_objects = std::clamp(totals.distinct_objects, least, totals.quads);
}

void WriteTransaction::commit(const ProgressCallback& progress) {
  open_state(state_);
  const bool anything = changed();
  std::unique_ptr<State> state = std::move(state_);
  if (!anything) return;
  Database& database = state->database;
  Totals totals = state->new_totals();
  std::uint64_t inserted = 0;
  std::uint64_t erased = 0;
  std::set<std::pair<Id, Id>> changed;  // (graph, predicate)
  for (const auto& [quad, change] : state->changes) {
    if (change.present == change.was) continue;
    ++(change.present ? inserted : erased);
    changed.emplace(quad[3], quad[1]);
  }
  number_commit(totals, inserted, erased);
  const auto batch = database.kv().batch();
  state->write_rows(*batch, totals, progress);
  state->write_terms(*batch);
  state->write_labels(*batch);
  state->write_statistics(*batch, totals);
  for (const auto& [prefix, iri] : *state->prefixes) batch->put(Family::meta, namespace_key(prefix), iri);
  batch->put(Family::meta, commit_key(totals.sequence), totals.record());
  state->require_wanted();  // from here on it stands
  database.write(*state->place, *batch, totals, std::vector(changed.begin(), changed.end()));
  auto& recent = database.recent_records();
  if (recent.size() > kMostRecentRecords) recent.clear();
  for (auto& [key, value] : state->new_records) recent[key] = std::move(value);
  std::exception_ptr thrown;
  try {
    state->announce();
  } catch (...) {
    thrown = std::current_exception();
  }
  // A fold gives back what no snapshot holds: this transaction's is not needed any more.
  std::unique_ptr<WriterPlace> place = std::move(state->place);
  state.reset();
  database.fold_if_due(*place, progress);
  place.reset();
  database.wait_until_durable(totals.sequence);
  if (thrown) std::rethrow_exception(thrown);
}

void WriteTransaction::State::announce() {
  if (!database.has_listeners()) return;
  std::vector<Row> inserted;
  std::vector<Row> erased;
  for (const auto& [quad, change] : changes)
    if (change.present != change.was) (change.present ? inserted : erased).push_back(quad);
  for (auto* rows : {&inserted, &erased}) std::sort(rows->begin(), rows->end());
  database.announce(*place, version, &inserted, &erased);
}

void WriteTransaction::rollback() {
  open_state(state_);
  state_.reset();
}

}  // namespace dossier
