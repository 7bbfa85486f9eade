// The store against a model: random inserts, erases, commits, rollbacks, folds and reopenings, with the
// cross-check of all permutations after each; isolation of snapshots; errors of opening.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>

#include "engine/store/block.h"
#include "engine/store/database.h"
#include "engine/store/relation.h"
#include "engine/store/store_snapshot.h"
#include "tests/crash/memory_kv.h"

namespace dossier {
namespace {

namespace fs = std::filesystem;

class StorageTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "dossier-storage-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    path_ = directory_ + "/db";
  }
  void TearDown() override {
    std::error_code ignored;
    fs::permissions(path_, fs::perms::owner_all, ignored);
    fs::remove_all(directory_, ignored);
  }
  static OpenOptions quick() {
    OpenOptions options;
    options.durability = Durability::none;
    return options;
  }
  std::string directory_;
  std::string path_;
};

std::string iri(std::uint64_t number) {
  return "Ihttp://example.org/" + std::to_string(number);
}
Id integer(std::uint64_t value) {
  return Id::make(Tag::integer, (std::uint64_t{1} << 59) + value);
}

std::vector<Row> rows_of(const Snapshot& snapshot, const ScanRange& range, ScanCounters* counters = nullptr) {
  std::vector<Row> rows;
  const auto cursor = snapshot.scan(range, kAllColumns, counters);
  RowBlock block;
  while (cursor->next(block)) {
    for (std::size_t i = 0; i < block.rows; ++i) {
      rows.push_back({block.columns[0][i], block.columns[1][i], block.columns[2][i], block.columns[3][i]});
    }
  }
  return rows;
}

std::vector<Row> expected_rows(const std::set<Row>& model, const ScanRange& range) {
  std::vector<Row> rows;
  for (const Row& quad : model) {
    if (range.permutation == Permutation::gspo && quad[3] == kDefaultGraph) continue;
    const Row row = permute(range.permutation, quad);
    bool in = std::equal(row.begin(), row.begin() + range.prefix_length, range.prefix.begin());
    if (in && range.prefix_length < 4) {
      in = row[range.prefix_length] >= range.low && row[range.prefix_length] <= range.high;
    }
    if (in) rows.push_back(row);
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

// The same, read into columns of the caller's.
std::vector<Row> rows_into(const Snapshot& snapshot, const ScanRange& range) {
  std::vector<Row> rows;
  std::array<std::vector<Id>, 4> columns;
  for (auto& column : columns) column.resize(kScanRows);
  const auto cursor = snapshot.scan(range, kAllColumns);
  const std::array<Id*, 4> into{columns[0].data(), columns[1].data(), columns[2].data(), columns[3].data()};
  while (const std::size_t count = cursor->next_into(into))
    for (std::size_t i = 0; i < count; ++i)
      rows.push_back({columns[0][i], columns[1][i], columns[2][i], columns[3][i]});
  return rows;
}

void expect_sound(const Database& database) {
  for (const std::string& finding : database.check()) ADD_FAILURE() << finding;
}

void expect_same(const Snapshot& snapshot, const std::set<Row>& model, std::mt19937_64& random) {
  EXPECT_EQ(snapshot.quads(), model.size());
  std::map<Id, std::uint64_t> graphs;
  std::map<Id, std::uint64_t> predicates;
  for (const Row& row : model) {
    ++graphs[row[3]];
    ++predicates[row[1]];
  }
  for (const auto& [graph, count] : graphs) EXPECT_EQ(snapshot.quads(graph), count);
  std::vector<Id> ids;
  for (const auto& [predicate, count] : predicates) {
    EXPECT_EQ(snapshot.predicate(predicate).triples, count);
    ids.push_back(predicate);
  }
  EXPECT_EQ(snapshot.predicates(), ids);
  for (int p = 0; p <= static_cast<int>(Permutation::gspo); ++p) {
    ScanRange range;
    range.permutation = static_cast<Permutation>(p);
    ASSERT_EQ(rows_of(snapshot, range), expected_rows(model, range)) << p;
    ASSERT_EQ(rows_into(snapshot, range), expected_rows(model, range)) << p;
    EXPECT_EQ(snapshot.count(range), expected_rows(model, range).size());
    for (int i = 0; i < 6 && !model.empty(); ++i) {
      auto some = model.begin();
      std::advance(some, random() % model.size());
      range.prefix = permute(range.permutation, *some);
      range.prefix_length = static_cast<int>(random() % 5);
      range.low = kMinId;
      range.high = kMaxId;
      if (range.prefix_length < 4 && random() % 2 == 0) range.low = range.prefix[range.prefix_length];
      if (range.prefix_length < 4 && random() % 2 == 0) range.high = range.prefix[range.prefix_length];
      const auto expected = expected_rows(model, range);
      ASSERT_EQ(rows_of(snapshot, range), expected) << p << ' ' << range.prefix_length;
      ASSERT_EQ(rows_into(snapshot, range), expected) << p << ' ' << range.prefix_length;
      EXPECT_EQ(snapshot.count(range), expected.size()) << p << ' ' << range.prefix_length;
      EXPECT_EQ(snapshot.estimate(range), expected.size());  // few blocks, so it is exact
    }
  }
}

// Seeks forward through a scan as a leapfrog join would.
void expect_seeks(const Snapshot& snapshot, const std::set<Row>& model, std::mt19937_64& random) {
  ScanRange range;
  range.permutation = Permutation::posg;
  const auto expected = expected_rows(model, range);
  const auto cursor = snapshot.scan(range, kAllColumns);
  std::size_t at = 0;  // the first row of the last block: a seek does not go before it
  while (at < expected.size()) {
    const std::size_t wanted = std::min(expected.size() - 1, at + random() % 40);
    const int length = static_cast<int>(1 + random() % 4);
    Row row = expected[wanted];
    if (random() % 3 == 0) ++row[length - 1].bits;
    const auto less = [length](const Row& a, const Row& b) {
      return std::lexicographical_compare(a.begin(), a.begin() + length, b.begin(), b.begin() + length);
    };
    auto found = std::lower_bound(expected.begin(), expected.end(), row, less);
    found = std::max(found, expected.begin() + static_cast<std::ptrdiff_t>(at));
    cursor->seek(row, length);
    RowBlock block;
    if (found == expected.end()) {
      ASSERT_FALSE(cursor->next(block));
      return;
    }
    ASSERT_TRUE(cursor->next(block));
    const Row got{block.columns[0][0], block.columns[1][0], block.columns[2][0], block.columns[3][0]};
    ASSERT_EQ(got, *found);
    at = static_cast<std::size_t>(found - expected.begin());
    if (at + 1 == expected.size()) return;
  }
}

// Where the rows are: RocksDB in memory, RocksDB on disk, the tests' own key-value store.
enum class Place { memory, disk, own };

class ModelTest : public StorageTest, public testing::WithParamInterface<Place> {
 protected:
  // A store in memory is new each time.
  std::unique_ptr<Database> open() {
    if (GetParam() == Place::own) return std::make_unique<Database>(own_, "own", quick());
    return Database::open(GetParam() == Place::memory ? ":memory:" : path_, quick());
  }

 private:
  std::shared_ptr<KeyValueStore> own_ = test::make_memory_kv();
};

TEST_P(ModelTest, FollowsTheModel) {
  std::mt19937_64 random(11 + static_cast<unsigned>(GetParam()));
  auto database = open();
  std::set<Row> model;
  std::map<std::string, Id> known;
  for (int round = 0; round < 40; ++round) {
    auto transaction = database->begin();
    std::set<Row> next = model;
    auto names = known;
    const auto term = [&](std::uint64_t number) {
      const std::string bytes = iri(number);
      const Id id = transaction->intern(bytes);
      const auto [place, added] = names.emplace(bytes, id);
      EXPECT_EQ(place->second, id);
      return id;
    };
    const int changes = round % 10 == 0 ? 3000 : static_cast<int>(random() % 60);
    for (int i = 0; i < changes; ++i) {
      Row quad{term(random() % 300), term(1000 + random() % 7),
               random() % 2 == 0 ? term(random() % 300) : integer(random() % 500),
               random() % 3 == 0 ? term(2000 + random() % 3) : kDefaultGraph};
      if (random() % 3 == 0 && !next.empty()) {
        auto some = next.lower_bound(quad);
        if (some != next.end()) quad = *some;
        EXPECT_EQ(transaction->erase(quad), next.erase(quad) > 0);
      } else {
        EXPECT_EQ(transaction->insert(quad), next.insert(quad).second);
      }
      if (i % 700 == 699) expect_same(*transaction->snapshot(), next, random);
    }
    auto before = database->snapshot();
    auto inside = transaction->snapshot();
    expect_same(*inside, next, random);
    expect_seeks(*inside, next, random);
    for (const auto& [bytes, id] : names) {
      ASSERT_EQ(inside->find(bytes), id);
      ASSERT_EQ(inside->decode(id), bytes);
    }
    if (random() % 4 == 0) {
      transaction->rollback();
    } else {
      transaction->commit();
      if (next != model) known = names;  // terms alone are no commit
      expect_same(*before, model, random);
      model = next;
    }
    expect_same(*inside, next, random);
    transaction.reset();
    before.reset();  // a snapshot keeps the store open
    inside.reset();
    if (round % 7 == 3) {
      const auto old = database->snapshot();
      database->fold(*database->writer_place());
      expect_same(*old, model, random);
    }
    if (round % 20 == 19) database->compact();
    if (GetParam() != Place::memory && round % 9 == 8) {
      database.reset();
      database = open();
    }
    const auto now = database->snapshot();
    expect_same(*now, model, random);
    expect_seeks(*now, model, random);
    for (const auto& [bytes, id] : known) ASSERT_EQ(now->find(bytes), id);
    expect_sound(*database);
    if (HasFailure()) return;
  }
}
INSTANTIATE_TEST_SUITE_P(Places, ModelTest, testing::Values(Place::memory, Place::disk, Place::own));

TEST_F(StorageTest, FoldSplitsAndDeletesBlocks) {
  auto database = Database::open(":memory:", quick());
  auto transaction = database->begin();
  const Id predicate = transaction->intern(iri(1));
  std::vector<Row> rows;
  for (std::uint64_t i = 0; i < 120'000; ++i) {
    rows.push_back({Id::make(Tag::integer, i * 7919 % 120'000), predicate, integer(i), kDefaultGraph});
  }
  EXPECT_EQ(transaction->insert(rows), rows.size());
  transaction->commit();  // more rows than the overlay is to hold: it folds
  EXPECT_EQ(database->totals().overlay_rows[0], 0U);
  expect_sound(*database);

  ScanCounters counters;
  ScanRange range;
  EXPECT_EQ(rows_of(*database->snapshot(), range, &counters).size(), rows.size());
  EXPECT_GE(counters.blocks, rows.size() / (2 * block_rows(0)));
  EXPECT_LE(counters.blocks, rows.size() / block_rows(0) + 2);
  EXPECT_EQ(counters.seeks, 1U);
  range.prefix[0] = Id::make(Tag::integer, 77'777);
  range.prefix_length = 1;
  counters = {};
  EXPECT_EQ(rows_of(*database->snapshot(), range, &counters).size(), 1U);
  EXPECT_LE(counters.blocks, 2U);

  // An estimate of a large range reads few blocks and is near.
  range.prefix_length = 0;
  range.low = Id::make(Tag::integer, 20'000);
  range.high = Id::make(Tag::integer, 99'999);
  EXPECT_EQ(database->snapshot()->count(range), 80'000U);
  EXPECT_NEAR(static_cast<double>(database->snapshot()->estimate(range)), 80'000.0, 40'000.0);

  transaction = database->begin();
  EXPECT_EQ(transaction->erase(std::span<const Row>(rows).first(119'990)), 119'990U);
  transaction->commit();
  database->compact();
  expect_sound(*database);
  EXPECT_EQ(rows_of(*database->snapshot(), ScanRange{}).size(), 10U);
  counters = {};
  rows_of(*database->snapshot(), ScanRange{}, &counters);
  EXPECT_LE(counters.blocks, 11U);
}

// Many terms are looked up sorted: block after block when most blocks hold one of them, else each block by
// its key.
TEST_F(StorageTest, ManyTermsAreFoundAsOneByOne) {
  constexpr std::uint64_t kTerms = 40'000;
  auto database = Database::open(path_, quick());
  const auto names = [](std::uint64_t step, std::uint64_t end) {
    std::vector<std::string> bytes;
    for (std::uint64_t i = 1; i <= end; i += step) bytes.push_back(iri(i));
    return bytes;
  };
  const auto intern = [](WriteTransaction& transaction, const std::vector<std::string>& bytes) {
    const std::vector<std::string_view> views(bytes.begin(), bytes.end());
    return transaction.intern(views);
  };
  auto transaction = database->begin();
  const std::vector<std::string> all = names(1, kTerms);
  const std::vector<Id> ids = intern(*transaction, all);
  std::vector<Row> rows;
  for (const Id id : ids) rows.push_back({id, ids[0], ids[0], kDefaultGraph});
  transaction->insert(rows);
  transaction->commit();
  database->compact();

  for (const std::uint64_t step : {std::uint64_t{2}, std::uint64_t{130}}) {
    // Half of them, then too few for each block to hold one; every second name is unknown.
    std::vector<std::string> wanted = names(step, kTerms);
    const std::size_t known = wanted.size();
    for (std::size_t i = 0; i < known; ++i) wanted.push_back(iri(kTerms + 1 + i));
    transaction = database->begin();
    const std::vector<Id> found = intern(*transaction, wanted);
    for (std::size_t i = 0; i < known; ++i) ASSERT_EQ(found[i], ids[i * step]) << wanted[i];
    for (std::size_t i = known; i < wanted.size(); ++i) {
      ASSERT_TRUE(std::find(ids.begin(), ids.end(), found[i]) == ids.end()) << wanted[i];
      ASSERT_EQ(found[i], transaction->intern(wanted[i]));
    }
    transaction->rollback();
  }
}

TEST_F(StorageTest, TripleTermsAndBlankNodes) {
  auto database = Database::open(path_, quick());
  auto transaction = database->begin();
  const Id s = transaction->intern(iri(1));
  const Id p = transaction->intern(iri(2));
  const Id blank = transaction->fresh_blank();
  const Id inner = transaction->intern_triple(s, p, blank);
  const Id outer = transaction->intern_triple(s, p, inner);
  EXPECT_EQ(transaction->intern_triple(s, p, inner), outer);
  const std::string label = transaction->snapshot()->decode(blank);
  EXPECT_EQ(transaction->intern(label), blank);
  EXPECT_THROW(transaction->intern("Bb999"), QueryError);
  EXPECT_THROW(transaction->intern("Bx"), QueryError);
  transaction->insert(Row{blank, p, outer, kDefaultGraph});
  EXPECT_EQ(transaction->snapshot()->find_triple(s, p, inner), outer);
  transaction->declare_prefix("ex", "http://example.org/");
  transaction->commit();
  expect_sound(*database);

  transaction = database->begin();
  EXPECT_EQ(transaction->intern_triple(s, p, blank), inner);
  EXPECT_EQ(transaction->intern(label), blank);
  transaction.reset();
  for (const bool folded : {false, true}) {
    if (folded) database->compact();
    const auto snapshot = database->snapshot();
    EXPECT_EQ(snapshot->find(label), blank);
    EXPECT_EQ(snapshot->find("Bb" + std::to_string(s.payload())), kUnbound);
    EXPECT_EQ(snapshot->find("Bb" + std::to_string(inner.payload())), kUnbound);
    EXPECT_EQ(snapshot->find_triple(s, p, blank), inner);
    EXPECT_EQ(snapshot->triple(outer), (std::array<Id, 3>{s, p, inner}));
    EXPECT_EQ(snapshot->triple_terms(), 2U);
    ScanRange range;
    range.permutation = Permutation::ospi;
    EXPECT_EQ(snapshot->count(range), 2U);
    EXPECT_EQ(rows_of(*snapshot, range).size(), 2U);
    expect_sound(*database);
  }
  database.reset();
  database = Database::open(path_, quick());
  EXPECT_EQ(database->prefixes(),
            (std::vector<std::pair<std::string, std::string>>{{"ex", "http://example.org/"}}));
}

TEST_F(StorageTest, DecodesInAnyOrder) {
  auto database = Database::open(":memory:", quick());
  auto transaction = database->begin();
  std::vector<Id> ids;
  std::vector<std::string> texts;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    texts.push_back(i % 3 == 0 ? "Slong literal number " + std::to_string(i) : iri(i));
    ids.push_back(transaction->intern(texts.back()));
  }
  for (const Id id : ids) transaction->insert(Row{ids[1], ids[2], id, kDefaultGraph});
  std::mt19937_64 random(3);
  const auto expect_decoded = [&](const Snapshot& snapshot) {
    std::vector<Id> wanted;
    std::vector<std::string> expected;
    for (int i = 0; i < 2000; ++i) {
      const std::size_t at = random() % ids.size();
      wanted.push_back(ids[at]);
      expected.push_back(texts[at]);
    }
    std::string bytes;
    std::vector<std::size_t> offsets;
    snapshot.decode(wanted, bytes, offsets);
    ASSERT_EQ(offsets.size(), wanted.size());
    std::size_t begin = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      ASSERT_EQ(bytes.substr(begin, offsets[i] - begin), expected[i]);
      begin = offsets[i];
    }
  };
  expect_decoded(*transaction->snapshot());
  transaction->commit();
  expect_decoded(*database->snapshot());
  database->compact();
  expect_decoded(*database->snapshot());
}

template <typename F>
StorageError::Reason reason_of(F&& open, std::string* message = nullptr) {
  try {
    open();
  } catch (const StorageError& error) {
    if (message != nullptr) *message = error.what();
    return error.reason();
  }
  ADD_FAILURE() << "no StorageError";
  return StorageError::Reason::io;
}

TEST_F(StorageTest, ErrorsOfOpening) {
  OpenOptions reading;
  reading.read_only = true;
  OpenOptions existing;
  existing.create = false;
  const auto open = [&](const std::string& path, const OpenOptions& options) {
    return [path, options] { Database::open(path, options); };
  };
  EXPECT_EQ(reason_of(open(path_, reading)), StorageError::Reason::missing);
  EXPECT_EQ(reason_of(open(path_, existing)), StorageError::Reason::missing);
  fs::create_directories(path_);
  std::ofstream(path_ + "/notes.txt") << "mine";
  EXPECT_EQ(reason_of(open(path_, reading)), StorageError::Reason::not_a_store);
  EXPECT_EQ(reason_of(open(path_, quick())), StorageError::Reason::not_a_store);
  EXPECT_EQ(reason_of(open(path_ + "/notes.txt", quick())), StorageError::Reason::not_a_store);
  EXPECT_TRUE(fs::exists(path_ + "/notes.txt"));
  fs::remove_all(path_);

  {
    auto database = Database::open(path_, quick());
    auto transaction = database->begin();
    const Id id = transaction->intern(iri(1));
    transaction->insert(Row{id, id, id, kDefaultGraph});
    EXPECT_EQ(reason_of([&] { database->begin(); }), StorageError::Reason::in_use);
    transaction->commit();
    std::string message;
    EXPECT_EQ(reason_of(open(path_, quick()), &message), StorageError::Reason::in_use);
    EXPECT_NE(message.find("this process"), std::string::npos) << message;
    const pid_t child = fork();
    if (child == 0) {
      // The child's copy of the parent's store is never used; only a fresh opening.
      try {
        Database::open(path_, quick());
      } catch (const StorageError& error) {
        const bool names = std::string(error.what()).find(std::to_string(getppid())) != std::string::npos;
        _exit(error.reason() == StorageError::Reason::in_use && names ? 0 : 2);
      } catch (...) {
      }
      _exit(1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && (WEXITSTATUS(status) == 0)) << status;

    // Beside the writer another may read.
    const auto reader = Database::open(path_, reading);
    EXPECT_EQ(reader->snapshot()->quads(), 1U);
    // It may take rows for its own reading, but none is ever written.
    auto temporary = reader->begin();
    temporary->insert(Row{integer(1), integer(2), integer(3), kDefaultGraph});
    EXPECT_EQ(temporary->snapshot()->quads(), 2U);
    EXPECT_EQ(reason_of([&] { temporary->commit(); }), StorageError::Reason::read_only);
    expect_sound(*reader);
  }

  std::ofstream(path_ + "/tmp/litter") << "left behind";
  {
    auto database = Database::open(path_, quick());
    EXPECT_FALSE(fs::exists(path_ + "/tmp/litter"));
    const auto batch = database->kv().batch();
    std::string record(kFormatMagic);
    append_little_endian(record, 77);
    batch->put(Family::meta, kFormatKey, record);
    database->kv().write(*batch, true);
  }
  std::string message;
  EXPECT_EQ(reason_of(open(path_, reading), &message), StorageError::Reason::version);
  EXPECT_NE(message.find("77"), std::string::npos) << message;
  EXPECT_NE(message.find("version " + std::to_string(kFormatVersion)), std::string::npos) << message;
}

TEST_F(StorageTest, ReadsInAReadOnlyDirectory) {
  if (geteuid() == 0) {
    // Root may write everywhere, so only the reading is shown.
    Database::open(path_, quick());
  } else {
    Database::open(path_, quick());
    fs::permissions(path_, fs::perms::owner_read | fs::perms::owner_exec);
    EXPECT_EQ(reason_of([&] { Database::open(path_, quick()); }), StorageError::Reason::read_only);
  }
  const auto files = std::distance(fs::directory_iterator(path_), fs::directory_iterator());
  OpenOptions reading;
  reading.read_only = true;
  EXPECT_EQ(Database::open(path_, reading)->snapshot()->quads(), 0U);
  EXPECT_EQ(std::distance(fs::directory_iterator(path_), fs::directory_iterator()), files);
}

TEST_F(StorageTest, DamageIsFound) {
  auto database = Database::open(path_, quick());
  auto transaction = database->begin();
  for (std::uint64_t i = 0; i < 500; ++i) {
    const Id id = transaction->intern(iri(i));
    transaction->insert(Row{id, transaction->intern(iri(7)), integer(i), kDefaultGraph});
  }
  transaction->commit();
  database->compact();
  expect_sound(*database);
  const auto put = [&](Family family, const std::string& key, const std::string& value) {
    const auto batch = database->kv().batch();
    batch->put(family, key, value);
    database->kv().write(*batch, false);
    database.reset();
    database = Database::open(path_, quick());
  };
  std::string good;
  ASSERT_TRUE(database->kv().get(nullptr, Family::spog, first_block_key(0), good));

  std::string bad = good;
  bad[8] = static_cast<char>(bad[8] ^ 1);
  put(Family::spog, first_block_key(0), bad);
  EXPECT_THROW(rows_of(*database->snapshot(), ScanRange{}), CorruptionError);
  EXPECT_FALSE(database->check().empty());

  put(Family::spog, first_block_key(0), good);
  expect_sound(*database);

  // A row in one permutation alone.
  std::string overlay = overlay_key(1, Values{1, 2, 3, 4});
  put(Family::overlay, overlay, "+");
  EXPECT_FALSE(database->check().empty());
}

// A row of hashes that names a term far beyond the last one.
TEST_F(StorageTest, CompactionStaysInsideTheDictionaryOfADamagedStore) {
  auto database = Database::open(path_, quick());
  const std::uint64_t key = 5;
  const std::uint64_t wild = Id::make(Tag::iri, std::uint64_t{1} << 40).bits;
  const std::array<const std::uint64_t*, 2> columns{&key, &wild};
  std::string block;
  encode_block(columns, 1, block);
  const auto batch = database->kv().batch();
  batch->put(Family::hashes, first_block_key(kHashes), block);
  database->kv().write(*batch, false);
  database.reset();
  database = Database::open(path_, quick());
  EXPECT_FALSE(database->check().empty());
  database->compact();
  EXPECT_FALSE(database->check().empty());
}

TEST_F(StorageTest, BackupOpens) {
  for (const std::string& path : {path_, std::string(":memory:")}) {
    auto database = Database::open(path, quick());
    auto transaction = database->begin();
    const Id id = transaction->intern(iri(5));
    transaction->insert(Row{id, id, integer(3), kDefaultGraph});
    transaction->commit();
    const std::string copy = directory_ + "/copy" + std::to_string(path.size());
    database->backup(copy, {});
    OpenOptions reading;
    reading.read_only = true;
    const auto opened = Database::open(copy, reading);
    EXPECT_EQ(opened->snapshot()->quads(), 1U);
    EXPECT_EQ(opened->snapshot()->find(iri(5)), id);
    expect_sound(*opened);
    EXPECT_THROW(database->backup(copy, {}), StorageError);
  }
}

}  // namespace
}  // namespace dossier
