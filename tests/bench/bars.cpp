// bars: the five bars of the store, each beside its baseline, measured in one run and printed as a table.
//
//   bars [--size 20M] [--bars 12345] [--directory DIR] [--keep]
//
// Purpose: 1 load, 2 scan, 3 counts, 4 commits, 5 dated events. Ratios between two ways in one run are what
// counts; the times are this machine's. Nothing here fails a build. --bars picks some; the store is loaded for
// any of them. Needs serdi (Debian package serdi) for
// the first bar and DOSSIER_SHARED for the fifth; without them these rows are left out, and it says so. DIR
// (default: bars.tmp in the current folder) takes some 15 GB at 20M; it is removed at the end but for --keep.
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "engine/dossier.h"
#include "engine/query/context.h"
#include "engine/query/query.h"
#include "engine/store/database.h"
#include "engine/store/format.h"
#include "grammar/parse.h"
#include "tests/bench/measure.h"

namespace {

using namespace dossier;
using namespace dossier::bench;

struct Options {
  std::uint64_t size = 20'000'000;
  std::string bars = "12345";
  std::filesystem::path directory = "bars.tmp";
  bool keep = false;
};

// `statement` writes 1.166 triples where `rdf12` writes one: asked for less, it gives a file of the same
// length.
constexpr double kStatementTriples = 1.166;

constexpr std::string_view kTerms = "https://office-holders.example/terms#";
constexpr std::string_view kPerson = "https://office-holders.example/item/person/";

std::string triples_per_second(double triples, double seconds) {
  return fmt::format("{:.2f} s, {:.2f} M triples/s", seconds, triples / seconds / 1e6);
}

std::string megabytes(std::size_t bytes) {
  return fmt::format("{:.0f} MB", static_cast<double>(bytes) / (1 << 20));
}

void require(const rocksdb::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.ToString());
}

// The smallest time of three runs.
double best_of_three(const std::function<void()>& work) {
  double best = 1e9;
  for (int i = 0; i < 3; ++i) {
    const Timer timer;
    work();
    best = std::min(best, timer.seconds());
  }
  return best;
}

// Xor of all columns, so that no work can be left out.
std::uint64_t scan_all(const Snapshot& snapshot, ScanCounters* counters = nullptr) {
  const auto cursor = snapshot.scan({}, kAllColumns, counters);
  std::uint64_t seen = 0;
  for (RowBlock block; cursor->next(block);)
    for (std::size_t column = 0; column < 4; ++column)
      for (std::size_t row = 0; row < block.rows; ++row) seen ^= block.columns[column][row].bits;
  return seen;
}

double scan_seconds(const Database& database) {
  const auto snapshot = database.snapshot();
  std::uint64_t seen = 0;
  const double seconds = best_of_three([&] { seen += scan_all(*snapshot); });
  if (seen == 1) fmt::print(stderr, " ");  // the sum is used
  return seconds;
}

struct Answer {
  std::uint64_t rows = 0;
  double seconds = 0;
  ScanCounters work;
};

// Runs a query on ids; what the storage did for it is counted.
Answer ask(const Database& database, const std::string& text) {
  const Timer timer;
  QueryContext context(database.snapshot(), QueryLimits{}, nullptr);
  const auto execution = execute(grammar::parse_query(text), context);
  Answer answer;
  for (Batch batch; execution->next(batch);) answer.rows += batch.rows;
  answer.seconds = timer.seconds();
  answer.work = context.counters();
  // The operators count by themselves; analyze shows it.
  const std::string plan = execution->explain(true);
  const auto sum = [&](std::string_view word) {
    std::uint64_t total = 0;
    for (std::size_t at = plan.find(word); at != std::string::npos; at = plan.find(word, at + 1))
      total += std::strtoull(plan.c_str() + at + word.size(), nullptr, 10);
    return total;
  };
  answer.work.rows += sum("scanned ");
  answer.work.blocks += sum("blocks ");
  return answer;
}

class Bars {
 public:
  explicit Bars(Options options) : options_(std::move(options)) {
    std::filesystem::create_directories(options_.directory);
  }
  ~Bars() {
    std::error_code ignored;
    if (!options_.keep) std::filesystem::remove_all(options_.directory, ignored);
  }

  void run_all() {
    load_store();
    attempt("1", [this] { loads(); });
    attempt("2", [this] { scan(); });
    attempt("3", [this] { counts(); });
    attempt("4", [this] { commits(); });
    attempt("5", [this] { events(); });
    table_.print();
  }

 private:
  // A bar that fails leaves the others standing.
  void attempt(std::string_view bar, const std::function<void()>& measure) {
    if (options_.bars.find(bar) == std::string::npos) return;
    try {
      measure();
    } catch (const std::exception& error) {
      table_.add(fmt::format("{} failed", bar), error.what(), "", "", "", false);
    }
  }
  std::string path(const std::string& name) const { return (options_.directory / name).string(); }

  // ---- bar 1

  void load_store() {
    fmt::print(stderr, "generating a file of about {} triples\n", options_.size);
    const auto size = static_cast<double>(options_.size) / kStatementTriples;
    run({DOSSIER_GENERATE, "--size", fmt::format("{}", static_cast<std::uint64_t>(size)), "--reification",
         "statement"},
        path("statement.nt"));
    warm(path("statement.nt"));
    load_ = load_into("store", path("statement.nt"), "2G");
    triples_ = count_of("store");
  }

  void loads() {
    const std::string statement = path("statement.nt");
    const std::string reified = path("rdf12.nt");
    run({DOSSIER_GENERATE, "--size", fmt::format("{}", options_.size)}, reified);
    warm(statement);
    const bool has_serdi = std::system("command -v serdi >/dev/null") == 0;
    if (!has_serdi)
      fmt::print(stderr, "serdi is not installed: the load has no baseline, and Turtle is left out\n");
    const auto beside_serdi = [&](const std::string& bar, const Child& load, const std::string& file,
                                  double triples, const std::string& target, double bound) {
      if (!has_serdi) return;
      const Child serdi = run({"serdi", "-i", "ntriples", "-o", "ntriples", file});
      add(bar, triples_per_second(triples, load.seconds), fmt::format("serdi {:.2f} s", serdi.seconds),
          load.seconds / serdi.seconds, target, bound, false);
    };
    const Child& large = load_;
    const auto triples = static_cast<double>(triples_);
    beside_serdi("1 load of N-Triples", large, statement, triples, "at most 0.5", 0.5);
    const Child single = load_into("single", statement, "2G", "1");
    std::filesystem::remove_all(path("single"));
    beside_serdi("1 the same in one thread", single, statement, triples, "at most 0.9", 0.9);
    const Child small = load_into("small", statement, "512M");
    std::filesystem::remove_all(path("small"));
    memory_row("1 peak memory, --memory 2G", large, std::size_t{2} << 30);
    memory_row("1 peak memory, --memory 512M", small, std::size_t{512} << 20);
    disk_row("1 bytes on disk a triple", "store", "at most 22", 22);
    if (has_serdi) {
      const std::string turtle = path("statement.ttl");
      run({"serdi", "-i", "ntriples", "-o", "turtle", statement}, turtle);
      const Child load = load_into("turtle", turtle, "2G");
      std::filesystem::remove_all(path("turtle"));
      std::filesystem::remove(turtle);
      add("1 load of Turtle, a triple", triples_per_second(triples, load.seconds), "N-Triples",
          load.seconds / large.seconds, "at most 1.5", 1.5, false);
    }

    const std::string mixed = path("shuffled.nt");
    run({"shuf", statement}, mixed);
    std::filesystem::remove(statement);
    const Child shuffled = load_into("shuffled", mixed, "2G");
    beside_serdi("1 load of shuffled lines", shuffled, mixed, triples, "at most 0.5", 0.5);
    std::filesystem::remove(mixed);
    disk_row("1 bytes on disk a triple, shuffled", "shuffled", "at most 27", 27);
    std::filesystem::remove_all(path("shuffled"));

    warm(reified);
    const Child twelve = load_into("twelve", reified, "2G");
    const auto reified_triples = static_cast<double>(count_of("twelve"));
    std::filesystem::remove_all(path("twelve"));
    std::filesystem::remove(reified);
    const double per_triple = (twelve.seconds / reified_triples) / (large.seconds / triples);
    add("1 load of RDF 1.2, a triple", triples_per_second(reified_triples, twelve.seconds), "RDF 1.1 file",
        per_triple, "at most 1.3", 1.3, false);
  }

  Child load_into(const std::string& store, const std::string& file, const std::string& memory,
                  const std::string& threads = "2") {
    std::filesystem::remove_all(path(store));
    return run({DOSSIER_PROGRAM, "load", path(store), file, "--memory", memory, "--threads", threads});
  }

  void disk_row(const std::string& bar, const std::string& store, const std::string& target, double bound) {
    const double each = static_cast<double>(directory_bytes(path(store))) / static_cast<double>(triples_);
    table_.add(bar, fmt::format("{:.1f}", each), fmt::format("{} triples", triples_), "", target,
               each <= bound);
  }

  std::uint64_t count_of(const std::string& store) {
    OpenOptions read_only;
    read_only.read_only = true;
    return Store::open(path(store), read_only).statistics().quads;
  }

  void memory_row(const std::string& bar, const Child& child, std::size_t limit) {
    const double share = static_cast<double>(child.peak_bytes) / static_cast<double>(limit);
    add(bar, megabytes(child.peak_bytes), megabytes(limit), share, "at most 1.1", 1.1, false);
  }

  // ---- bar 2

  void scan() {
    const auto database = Database::open(path("store"), OpenOptions{});
    const double ours = scan_seconds(*database);
    const double theirs = scan_of_keys(*database);
    const auto triples = static_cast<double>(triples_);
    add("2 full scan of SPO", fmt::format("{:.1f} ns a row", ours / triples * 1e9),
        fmt::format("RocksDB iterator, {:.0f} ns a key of 24 bytes", theirs / triples * 1e9), theirs / ours,
        "at least 20", 20, true);
  }

  // The same triples as keys of 24 bytes in a RocksDB of its own, and an iterator over all of them.
  double scan_of_keys(const Database& database) {
    rocksdb::Options options;
    options.create_if_missing = true;
    options.compression = rocksdb::kLZ4Compression;
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = rocksdb::NewLRUCache(std::size_t{1} << 30);
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), options);
    require(writer.Open(path("keys.sst")));
    const auto cursor = database.snapshot()->scan({}, 0b0111);
    std::string key, last;
    for (RowBlock block; cursor->next(block);)
      for (std::size_t row = 0; row < block.rows; ++row) {
        key.clear();
        for (std::size_t column = 0; column < 3; ++column)
          append_big_endian(key, block.columns[column][row].bits);
        if (key == last) continue;
        require(writer.Put(key, {}));
        last = key;
      }
    require(writer.Finish());
    rocksdb::DB* opened = nullptr;
    require(rocksdb::DB::Open(options, path("keys"), &opened));
    const std::unique_ptr<rocksdb::DB> keys(opened);
    rocksdb::IngestExternalFileOptions move;
    move.move_files = true;
    require(keys->IngestExternalFile({path("keys.sst")}, move));
    std::uint64_t seen = 0;
    const double seconds = best_of_three([&] {
      const std::unique_ptr<rocksdb::Iterator> iterator(keys->NewIterator(rocksdb::ReadOptions()));
      for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next())
        for (std::size_t column = 0; column < 3; ++column)
          seen ^= load_big_endian(iterator->key().data() + 8 * column);
    });
    if (seen == 1) fmt::print(stderr, " ");
    return seconds;
  }

  // ---- bar 3

  void counts() {
    const auto database = Database::open(path("store"), OpenOptions{});
    ScanCounters full;
    scan_all(*database->snapshot(), &full);
    const std::string prefix = fmt::format("PREFIX t: <{}> SELECT (COUNT(*) AS ?n) ", kTerms);
    const std::pair<std::string_view, std::string_view> queries[] = {
        {"all triples", "{ ?s ?p ?o }"},
        {"one predicate", "{ ?s t:holdsPost ?o }"},
        {"one predicate and object", "{ ?s a t:Person }"}};
    for (const auto& [what, pattern] : queries) {
      const Answer answer = ask(*database, prefix + std::string(pattern));
      table_.add(fmt::format("3 count of {}", what),
                 fmt::format("{} rows, {} blocks, {:.2f} ms", answer.work.rows, answer.work.blocks,
                             answer.seconds * 1e3),
                 fmt::format("full scan: {} blocks", full.blocks), "", "no full scan",
                 answer.work.blocks <= 8);
    }
  }

  // ---- bar 4

  void commits() {
    constexpr int kCommits = 10'000;
    constexpr int kRows = 100'000;
    const double bare = bare_commits(kCommits);
    const double fresh = scan_seconds(*Database::open(path("store"), OpenOptions{}));
    double single = 0;
    double large = 0;
    {
      OpenOptions no_sync;
      no_sync.durability = Durability::none;
      Store store = Store::open(path("store"), no_sync);
      Session session = store.session();
      const std::uint64_t persons = persons_of(session);
      const auto one_by_one = random_quads(persons, kCommits, 1);
      const Timer each;
      for (const Quad& quad : one_by_one) session.insert(quad);
      single = each.seconds();
      const auto together = random_quads(persons, kRows, 2);
      const Timer all;
      session.insert(together);
      large = all.seconds();
    }
    add("4 commits of one triple, no fsync", fmt::format("{:.0f} a second", kCommits / single),
        fmt::format("RocksDB, six puts a batch: {:.0f} a second", kCommits / bare), bare / single,
        "at least 0.3", 0.3, true);
    add("4 a commit of 100,000 random triples", fmt::format("{:.2f} s", large),
        fmt::format("load of the store: {:.2f} s", load_.seconds), large / load_.seconds, "at most 0.15",
        0.15, false);
    const auto database = Database::open(path("store"), OpenOptions{});
    const double after = scan_seconds(*database);
    add("4 scan after the commits", fmt::format("{:.3f} s", after),
        fmt::format("fresh: {:.3f} s", fresh), after / fresh, "at most 2", 2, false);
    database->compact();
    const double compacted = scan_seconds(*database);
    // "Back to it": within what two measurements of the same thing differ here.
    add("4 scan after compact", fmt::format("{:.3f} s", compacted),
        fmt::format("fresh: {:.3f} s", fresh), compacted / fresh, "at most 1.15", 1.15, false);
  }

  static std::uint64_t persons_of(Session& session) {
    Result result = session.query(fmt::format("SELECT (COUNT(*) AS ?n) {{ ?person a <{}Person> }}", kTerms));
    if (!result.next()) throw std::runtime_error("the store has no persons");
    return static_cast<std::uint64_t>(result.get(0).value().as_integer().value());
  }

  // Random acquaintances between persons of the store.
  static std::vector<Quad> random_quads(std::uint64_t persons, int rows, std::uint64_t seed) {
    const Term knows = Term::iri(fmt::format("{}isAcquaintedWith", kTerms));
    std::uint64_t state = seed * 0x9e3779b97f4a7c15ULL;
    const auto person = [&] {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      return Term::iri(fmt::format("{}{}", kPerson, (state >> 20) % persons));
    };
    std::vector<Quad> quads;
    for (int i = 0; i < rows; ++i) {
      Quad& quad = quads.emplace_back();
      quad.subject = person();
      quad.predicate = knows;
      quad.object = person();
    }
    return quads;
  }

  double bare_commits(int commits) {
    rocksdb::Options options;
    options.create_if_missing = true;
    rocksdb::DB* opened = nullptr;
    require(rocksdb::DB::Open(options, path("bare"), &opened));
    const std::unique_ptr<rocksdb::DB> store(opened);
    std::uint64_t state = 1;
    const Timer timer;
    for (int i = 0; i < commits; ++i) {
      rocksdb::WriteBatch batch;
      for (int k = 0; k < 6; ++k) {
        std::string key(1, static_cast<char>(k));
        for (int column = 0; column < 4; ++column)
          append_big_endian(key, state = state * 6364136223846793005ULL + 1442695040888963407ULL);
        require(batch.Put(key, "+"));
      }
      require(store->Write(rocksdb::WriteOptions(), &batch));
    }
    return timer.seconds();
  }

  // ---- bar 5

  void events() {
    const char* shared = std::getenv("DOSSIER_SHARED");
    const std::string file = std::string(shared == nullptr ? "" : shared) + "/data/icews14.ttl.gz";
    if (shared == nullptr || !std::filesystem::exists(file)) {
      fmt::print(stderr, "DOSSIER_SHARED/data/icews14.ttl.gz is not there: the fifth bar is left out\n");
      return;
    }
    const Child loaded = load_into("icews", file, "1G");
    const auto database = Database::open(path("icews"), OpenOptions{});
    const Answer answer =
        ask(*database, R"(PREFIX ev: <http://icews.example/> PREFIX e: <http://icews.example/entity/>
      PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
      SELECT ?relation ?date { e:China ?relation e:Japan {| ev:date ?date |}
        FILTER (?date >= "2014-11-01"^^xsd:date && ?date <= "2014-11-30"^^xsd:date) })");
    // Three patterns: the fact, what the reifier reifies, its date.
    const std::uint64_t limit = 4 * 3 + 2 * answer.rows;
    table_.add(
        "5 ICEWS: events of two actors in a month",
        fmt::format("{} rows, {} blocks, {:.2f} ms", answer.rows, answer.work.blocks, answer.seconds * 1e3),
        fmt::format("loaded in {:.2f} s", loaded.seconds), "", fmt::format("at most {} blocks", limit),
        answer.work.blocks <= limit);
  }

  void add(const std::string& bar, const std::string& measured, const std::string& compared, double ratio,
           const std::string& target, double bound, bool at_least) {
    table_.add(bar, measured, compared, fmt::format("{:.2f}", ratio), target,
               at_least ? ratio >= bound : ratio <= bound);
  }

  Options options_;
  Table table_;
  Child load_;
  std::uint64_t triples_ = 0;
};

Options parse_arguments(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--keep") {
      options.keep = true;
    } else if ((name == "--size" || name == "--directory" || name == "--bars") && i + 1 < argc) {
      const std::string value = argv[++i];
      if (name == "--bars") {
        options.bars = value;
        continue;
      }
      if (name == "--directory") {
        options.directory = value;
        continue;
      }
      char* end = nullptr;
      options.size = std::strtoull(value.c_str(), &end, 10);
      if (*end == 'K') options.size *= 1'000;
      if (*end == 'M') options.size *= 1'000'000;
    } else {
      throw std::runtime_error("usage: bars [--size 20M] [--bars 12345] [--directory DIR] [--keep]");
    }
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) try {
  Bars(parse_arguments(argc, argv)).run_all();
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "bars: {}\n", error.what());
  return 1;
}
