// commits_bench: commits a second and what a writer costs a reader, each beside its baseline, in one run.
//
//   tests/bench/commits [--rounds 5] [--directory DIR] [--tmpfs DIR]     beside Apache Jena TDB2
//   commits_bench [--rounds 5] [--directory DIR] [--tmpfs DIR]           without it
//
// Purpose: single-triple commits into a store of 100,000 triples: with fsync, beside the disk's own rate
// (append a record of the same size, fdatasync); by 8 threads that share fsyncs; without fsync, beside the
// transactions of TDB2. TDB2 syncs its journal at each commit and has no option against it. So there are two
// comparisons: what each promises by default (sync and sync), and both on a file system in memory (--tmpfs,
// default /dev/shm), where an fsync costs nothing and TDB2's is taken away. Then reads a second beside a
// writer that commits without a pause and beside a thread that only counts. The ways take turns for so many
// rounds; the medians of the rounds are printed, and of their ratios. Nothing here fails a build. Stores lie in DIR (default: commits.tmp in the
// current folder) and are removed at the end.
#include <fcntl.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <thread>

#include "engine/dossier.h"
#include "tests/bench/measure.h"
#include "tests/pipe_program.h"

namespace {

using namespace dossier;
using namespace dossier::bench;

namespace fs = std::filesystem;

constexpr std::uint64_t kPersons = 20'000;
constexpr int kTriples = 100'000;
constexpr int kThreads = 8;

struct Options {
  int rounds = 5;
  fs::path directory = "commits.tmp";
  fs::path tmpfs = "/dev/shm";
  std::vector<std::string> peer;
};

class Acquaintances {
 public:
  explicit Acquaintances(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15ULL) {}
  Term person() {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return Term::iri(fmt::format("http://example.org/person/{}", (state_ >> 20) % kPersons));
  }
  Quad quad() {
    Term subject = person();
    return {std::move(subject), Term::iri("http://example.org/knows"), person(), {}};
  }

 private:
  std::uint64_t state_;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

// How often a second each way went, a figure a round.
class Rates {
 public:
  // Of one round the ways go by turns in several pieces; `round` counts from 0.
  void add(const std::string& way, int round, double count, double seconds) {
    auto& pieces = rates_[way];
    pieces.resize(std::max(pieces.size(), static_cast<std::size_t>(round) + 1));
    pieces[static_cast<std::size_t>(round)].first += count;
    pieces[static_cast<std::size_t>(round)].second += seconds;
  }
  bool has(const std::string& way) const { return rates_.contains(way); }
  std::string text(const std::string& way) const {
    auto values = figures(way);
    std::sort(values.begin(), values.end());
    return fmt::format("{:.0f} a second ({:.0f} to {:.0f})", median(values), values.front(), values.back());
  }
  // The median of the ratios of the rounds: what else the machine does changes from round to round, and both
  // share it.
  double ratio(const std::string& way, const std::string& base) const {
    const auto a = figures(way);
    const auto b = figures(base);
    std::vector<double> ratios;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) ratios.push_back(a[i] / b[i]);
    return median(ratios);
  }

 private:
  std::vector<double> figures(const std::string& way) const {
    std::vector<double> result;
    for (const auto& [count, seconds] : rates_.at(way)) result.push_back(count / seconds);
    return result;
  }
  std::map<std::string, std::vector<std::pair<double, double>>> rates_;
};

// A store that has its triples already, and the file of its log.
class Writer {
 public:
  Writer(const fs::path& directory, Durability durability) : directory_(directory) {
    fs::remove_all(directory);
    OpenOptions options;
    options.durability = durability;
    store_.emplace(Store::open(directory.string(), options));
    Acquaintances acquaintances(7);
    std::vector<Quad> quads;
    for (int i = 0; i < kTriples; ++i) quads.push_back(acquaintances.quad());
    Session session = store_->session();
    session.insert(quads);
    store_->compact();
  }
  Store& store() { return *store_; }

  double seconds(int commits) { return seconds(commits, 1); }
  // So many commits, by several threads together.
  double seconds(int commits, int threads) {
    std::vector<std::thread> others;
    const Timer timer;
    for (int t = 0; t < threads; ++t)
      others.emplace_back([this, commits, threads, seed = ++seed_] {
        Acquaintances acquaintances(seed);
        Session session = store_->session();
        for (int i = 0; i < commits / threads; ++i) session.insert(acquaintances.quad());
      });
    for (std::thread& thread : others) thread.join();
    return timer.seconds();
  }
  std::uint64_t log_bytes() const {
    std::uint64_t bytes = 0;
    for (const auto& entry : fs::directory_iterator(directory_))
      if (entry.path().extension() == ".log") bytes += entry.file_size();
    return bytes;
  }

 private:
  fs::path directory_;
  std::optional<Store> store_;
  std::uint64_t seed_ = 100;
};

double disk_seconds(const fs::path& path, std::size_t record, int times) {
  const std::string bytes(record, 'x');
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file < 0) throw std::runtime_error("cannot make " + path.string());
  const Timer timer;
  for (int i = 0; i < times; ++i)
    if (write(file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) || fdatasync(file) != 0)
      throw std::runtime_error("cannot write " + path.string());
  const double seconds = timer.seconds();
  close(file);
  fs::remove(path);
  return seconds;
}

class Tdb2 {
 public:
  explicit Tdb2(const std::vector<std::string>& command) : program_(command) {}
  void open(const fs::path& directory) {
    fs::create_directories(directory);
    ask(fmt::format("OPEN {} {}", directory.string(), kTriples));
  }
  double seconds(const fs::path& directory, int commits) {
    return ask(fmt::format("RUN {} {}", directory.string(), commits));
  }

 private:
  double ask(const std::string& line) {
    program_.write(line + "\n");
    return std::strtod(program_.read_line().c_str(), nullptr);
  }
  test::PipeProgram program_;
};

class Bench {
 public:
  explicit Bench(const Options& options)
      : options_(options), tmpfs_(options.tmpfs / fmt::format("commits-{}", getpid())) {
    fs::create_directories(options_.directory);
    fs::create_directories(tmpfs_);
  }
  ~Bench() {
    std::error_code ignored;
    fs::remove_all(options_.directory, ignored);
    fs::remove_all(tmpfs_, ignored);
  }

  void run_all() {
    commits();
    readers();
    table_.print();
  }

 private:
  void commits() {
    Writer sync(options_.directory / "sync", Durability::sync);
    Writer group(options_.directory / "group", Durability::group);
    Writer none(options_.directory / "none", Durability::none);
    Writer memory(tmpfs_ / "none", Durability::none);
    std::optional<Tdb2> tdb2;
    const fs::path on_disk = options_.directory / "tdb2";
    const fs::path in_memory = tmpfs_ / "tdb2";
    if (options_.peer.empty()) {
      fmt::print(stderr, "TDB2 is left out; tests/bench/commits runs beside it\n");
    } else {
      tdb2.emplace(options_.peer);
      tdb2->open(on_disk);
      tdb2->open(in_memory);
      tdb2->seconds(in_memory, 20'000);  // the virtual machine compiles what is hot
    }
    constexpr int kPieces = 5;  // of a round
    constexpr int kSynced = 100;
    constexpr int kUnsynced = 4000;
    sync.seconds(50);
    const std::uint64_t before = sync.log_bytes();
    sync.seconds(100);
    const std::size_t record = (sync.log_bytes() - before) / 100;
    for (int piece = 0; piece < options_.rounds * kPieces; ++piece) {
      const int round = piece / kPieces;
      rates_.add("disk", round, kSynced, disk_seconds(options_.directory / "record", record, kSynced));
      rates_.add("sync", round, kSynced, sync.seconds(kSynced));
      rates_.add("group", round, kThreads * kSynced, group.seconds(kThreads * kSynced, kThreads));
      if (tdb2) rates_.add("tdb2", round, kSynced, tdb2->seconds(on_disk, kSynced));
      rates_.add("none", round, kUnsynced, none.seconds(kUnsynced));
      rates_.add("memory", round, kUnsynced, memory.seconds(kUnsynced));
      if (tdb2) rates_.add("tdb2 in memory", round, kUnsynced, tdb2->seconds(in_memory, kUnsynced));
    }
    row("commits of one triple, fsync each", "sync", fmt::format("append {} bytes, fdatasync", record),
        "disk", 0.7);
    row("the same, TDB2 syncs too", "sync", "TDB2", "tdb2", 1);
    row(fmt::format("{} threads, group commit", kThreads), "group", "one thread, fsync each", "sync", 1);
    row("commits of one triple, no fsync", "none", "TDB2, which syncs", "tdb2", 10);
    row("commits on a file system in memory", "memory", "TDB2 there", "tdb2 in memory", 10);
  }

  // ---- a reader beside a writer, and beside a thread that only counts

  void readers() {
    Writer writer(options_.directory / "read", Durability::none);
    Session session = writer.store().session();
    auto prepared = session.prepare("SELECT ?who { ?me <http://example.org/knows> ?who }");
    Acquaintances acquaintances(3);
    const auto look_up = [&] {
      std::uint64_t rows = 0;
      for (Result result = prepared.bind("me", acquaintances.person()).run(); result.next();) ++rows;
      return rows;
    };
    const auto scan = [&] {
      Result result = session.query(
          "SELECT (COUNT(*) AS ?n) { ?a <http://example.org/knows> ?b . ?b <http://example.org/knows> ?a }");
      result.next();
      return std::uint64_t{1};
    };
    reads("look-ups", look_up, writer);
    reads("joins", scan, writer);
    row("look-ups beside a writer", "look-ups beside a writer", "beside a busy loop", "look-ups", 0.8);
    row("joins of all beside a writer", "joins beside a writer", "beside a busy loop", "joins", 0.8);
  }

  void reads(const std::string& what, const std::function<std::uint64_t()>& read, Writer& writer) {
    constexpr double kSeconds = 1.5;
    for (int round = 0; round < options_.rounds; ++round) {
      for (const bool beside_writer : {false, true}) {
        std::atomic<bool> stop{false};
        std::uint64_t written = 0;
        std::thread other([&] {
          Acquaintances acquaintances(1000 + static_cast<std::uint64_t>(round));
          Session session = writer.store().session();
          volatile std::uint64_t counted = 0;
          while (!stop.load(std::memory_order_relaxed)) {
            if (beside_writer) {
              session.insert(acquaintances.quad());
            } else {
              counted = counted + 1;
            }
            ++written;
          }
        });
        std::uint64_t times = 0;
        const Timer timer;
        for (; timer.seconds() < kSeconds; ++times) read();
        const double seconds = timer.seconds();
        stop.store(true);
        other.join();
        rates_.add(what + (beside_writer ? " beside a writer" : ""), round, static_cast<double>(times),
                   seconds);
        if (beside_writer) fmt::print(stderr, "{} beside {} commits\n", times, written);
      }
    }
  }

  void row(const std::string& bar, const std::string& way, const std::string& compared,
           const std::string& base, double bound) {
    if (!rates_.has(base)) return;
    const double ratio = rates_.ratio(way, base);
    table_.add(bar, rates_.text(way), compared + ": " + rates_.text(base), fmt::format("{:.2f}", ratio),
               fmt::format("at least {}", bound), ratio >= bound);
  }

  Options options_;
  fs::path tmpfs_;
  Rates rates_;
  Table table_;
};

Options parse_arguments(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--peer") {
      options.peer.assign(argv + i + 1, argv + argc);
      break;
    }
    if (i + 1 == argc)
      throw std::runtime_error("usage: commits_bench [--rounds N] [--directory DIR] [--tmpfs DIR]");
    const char* const value = argv[++i];
    if (name == "--rounds") {
      options.rounds = std::max(1, std::atoi(value));
    } else if (name == "--directory") {
      options.directory = value;
    } else if (name == "--tmpfs") {
      options.tmpfs = value;
    } else {
      throw std::runtime_error(fmt::format("there is no option {}", name));
    }
  }
  options.directory = fs::absolute(options.directory);
  return options;
}

}  // namespace

int main(int argc, char** argv) try {
  Bench(parse_arguments(argc, argv)).run_all();
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "commits_bench: {}\n", error.what());
  return 1;
}
