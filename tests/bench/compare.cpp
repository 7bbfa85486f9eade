// compare: one benchmark for Dossier and its peers: the same graphs, the same queries, in one run.
//
//   tests/bench/compare [--size 20M] [--rounds 7] [--directory DIR] [--only TEXT,...] [--keep]
//       beside Virtuoso 7, Apache Jena TDB2 and Kuzu
//   compare_bench [...] [--peer NAME COMMAND... ;]... [--cypher COMMAND... ;]
//       beside those that are given
//
// Purpose: loads two graphs into each, asks each query of each in turn for so many rounds after one that
// warms up and checks that the answers agree (row_sum.h), and prints the medians, the ratio to the fastest
// RDF peer and to Kuzu, and the geometric means of these. The graphs: that of data/generate, with the package
// graph of data/debian beside it as a named graph; and the package graph alone. A peer's failure, its
// time-out (60 s) and an answer that is not Dossier's are shown as such and left out of the means; path
// queries count where two peers answer. Dossier runs in this process, TDB2 inside one JVM, Kuzu inside node,
// Virtuoso behind its own protocol, whose round trip for an empty statement, timed beside each query, is taken
// off. Every engine hands
// out every cell of every row. Short queries are asked several times in a row, by all. --keep asks stores of
// an earlier run in the same DIR instead of loading. Nothing here fails a build. Thread-safety: one thread.
#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>

#include "engine/dossier.h"
#include "tests/bench/compare_engine.h"
#include "tests/bench/compare_queries.h"
#include "tests/bench/measure.h"

namespace {

using namespace dossier;
using namespace dossier::bench;

namespace fs = std::filesystem;

constexpr const char* kDebianGraph = "urn:debian";
// An engine that takes longer than this many seconds, and this many times what the fastest takes, is asked
// once: more would tell nothing, and take hours.
constexpr double kLong = 1;
constexpr double kFarBehind = 5;
constexpr double kInRow = 0.02;  // seconds of asking at a time
constexpr int kMostInRow = 100;

struct Options {
  std::string size = "20M";
  int rounds = 7;
  fs::path directory = "compare.tmp";
  std::string only;
  bool keep = false;
  std::vector<std::pair<std::string, std::vector<std::string>>> peers;
  std::vector<std::string> cypher;
};

// ---- asking

struct Cell {
  std::optional<double> seconds;
  std::string failure;
  Answer answer;
  bool once = false;  // not a median
};

// Asks one query of some engines, in turn.
struct Asked {
  Engine* engine;
  std::string text;
};

std::vector<Cell> ask_all(const std::vector<Asked>& asked, const std::string& format, int rounds) {
  const auto one = [&](const Asked& of, Look look) {
    return format.empty() ? of.engine->ask(of.text, look) : of.engine->write(of.text, format);
  };
  std::vector<Cell> cells(asked.size());
  std::vector<std::vector<double>> times(asked.size());
  for (std::size_t i = 0; i < asked.size(); ++i) {
    cells[i].answer = one(asked[i], Look::sum);
    cells[i].failure = cells[i].answer.failure;
  }
  for (int round = 0; round < rounds; ++round) {
    double fastest = INFINITY;
    for (const auto& engine_times : times)
      if (!engine_times.empty()) fastest = std::min(fastest, engine_times[0]);
    for (std::size_t i = 0; i < asked.size(); ++i) {
      if (!cells[i].failure.empty()) continue;
      if (round > 0 && times[i][0] > kLong && times[i][0] > kFarBehind * fastest) {
        cells[i].once = true;
        continue;
      }
      // Short ones several times in a row: else what is timed is how cold the others have left the machine. What asking itself
      // takes is looked at beside them, for it changes as an engine gets warm.
      const double overhead = asked[i].engine->overhead();
      double spent = 0;
      int count = 0;
      while (cells[i].failure.empty() && count < kMostInRow && (count == 0 || spent < kInRow)) {
        const Answer answer = one(asked[i], Look::pass);
        cells[i].failure = answer.failure;
        spent += std::max(1e-6, answer.seconds - overhead);
        ++count;
      }
      times[i].push_back(spent / count);
    }
  }
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (times[i].empty() || !cells[i].failure.empty()) continue;
    std::sort(times[i].begin(), times[i].end());
    cells[i].seconds = times[i][times[i].size() / 2];
  }
  return cells;
}

class Mean {
 public:
  void add(double ratio) {
    logarithms_ += std::log(ratio);
    ++count_;
  }
  std::string text() const {
    return count_ == 0 ? "none"
                       : fmt::format("{:.1f} over {} queries", std::exp(logarithms_ / count_), count_);
  }

 private:
  double logarithms_ = 0;
  int count_ = 0;
};

std::string shown(const Cell& cell) {
  if (!cell.seconds) return cell.failure.substr(0, 60);
  return fmt::format("{:.2f}{}", *cell.seconds * 1000, cell.once ? " (once)" : "");
}

// ---- one graph

struct Graph {
  std::string name;
  std::string queries;
  fs::path plain;                 // RDF 1.1
  std::optional<fs::path> newer;  // the same facts with reifiers
  std::optional<fs::path> named;  // beside it
};

class Comparison {
 public:
  explicit Comparison(Options options) : options_(std::move(options)) {}

  void run(const Graph& graph) {
    directory_ = options_.directory / (graph.name + "-" + options_.size);
    fs::create_directories(directory_);
    fmt::print(
        "\n## {}\n\n| engine | load, s | of Dossier's | bytes a triple | peak memory, MB "
        "|\n|---|---|---|---|---|\n",
        graph.name);
    dossier_load_ = 0;
    dossier_ = loaded("Dossier", graph, {});
    if (dossier_ == nullptr) throw std::runtime_error("Dossier cannot load " + graph.plain.string());
    if (graph.newer) newer_ = loaded("Dossier, RDF 1.2", Graph{graph.name, "", *graph.newer, {}, {}}, {});
    peers_.clear();
    for (const auto& [name, command] : options_.peers) {
      auto engine = loaded(name, graph, command);
      if (engine == nullptr) continue;
      peers_.push_back({name, std::move(engine)});
    }
    kuzu_.reset();
    if (!options_.cypher.empty()) load_kuzu(graph);
    ask(graph);
    dossier_.reset();
    newer_.reset();
    peers_.clear();
    kuzu_.reset();
  }

  void conclude() {
    fmt::print(
        "\ngeometric mean of (fastest RDF peer / Dossier): {}; over path queries that two peers answer: {}\n",
        plain_mean_.text(), path_mean_.text());
    fmt::print("geometric mean of (Kuzu / Dossier): {}\n", kuzu_mean_.text());
    fmt::print("slower than 1.1 times the fastest RDF peer and a millisecond: {} of {}; than 2 times: {}\n",
               slower_, compared_, much_slower_);
    fmt::print("{}\n", summary(join_errors_));
    for (std::size_t i = 0; i < std::min<std::size_t>(10, join_errors_.size()); ++i)
      fmt::print("  {:.1f}  {}\n", join_errors_[i].error, join_errors_[i].text);
    fmt::print("load, fastest peer / Dossier: {}\n", fmt::join(load_ratios_, ", "));
  }

 private:
  struct Named {
    std::string name;
    std::unique_ptr<Engine> engine;
  };

  // The engine with the graph in it; a line of the table of loads. No command: Dossier. Nothing when it
  // failed.
  std::unique_ptr<Engine> loaded(const std::string& name, const Graph& graph,
                                 const std::vector<std::string>& command) {
    const fs::path directory = directory_ / name;
    const fs::path mark = directory_ / (name + ".loaded");
    const bool kept = options_.keep && fs::exists(mark);
    if (!kept) fs::remove_all(directory);
    fs::remove(mark);
    fs::create_directories(directory);
    auto engine = command.empty() ? make_dossier(directory / "store", join_errors_)
                                  : make_peer(name, command, directory);
    if (!kept) {
      Answer answer = engine->load(graph.plain);
      const std::uint64_t bytes = disk_blocks(directory);
      const std::uint64_t memory = engine->peak_bytes();
      if (graph.named && answer.failure.empty()) {
        const double seconds = answer.seconds;
        answer = engine->load_named(*graph.named, kDebianGraph);
        answer.seconds = seconds;
      }
      print_load(name, answer, graph.plain, bytes, memory);
      if (!answer.failure.empty()) return nullptr;
    }
    std::ofstream(mark) << name;
    return engine;
  }

  void print_load(const std::string& name, const Answer& answer, const fs::path& file, std::uint64_t bytes,
                  std::uint64_t memory) {
    if (!answer.failure.empty()) {
      fmt::print("| {} | {} | | | |\n", name, answer.failure);
      return;
    }
    if (dossier_load_ == 0)
      dossier_load_ = answer.seconds;
    else if (!name.starts_with("Dossier"))
      load_ratio_ = std::min(load_ratio_, answer.seconds / dossier_load_);
    fmt::print("| {} | {:.1f} | {:.1f} | {:.1f} | {} |\n", name, answer.seconds,
               answer.seconds / dossier_load_, static_cast<double>(bytes) / static_cast<double>(lines(file)),
               memory >> 20);
    std::fflush(stdout);
  }

  std::uint64_t lines(const fs::path& file) {
    std::uint64_t& count = lines_[file];
    if (count == 0) {
      std::ifstream in(file);
      count = static_cast<std::uint64_t>(
          std::count(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>(), '\n'));
    }
    return count;
  }

  // Kuzu copies tables, which Dossier writes for it.
  void load_kuzu(const Graph& graph) {
    const fs::path directory = directory_ / "Kuzu";
    const fs::path mark = directory_ / "Kuzu.loaded";
    const bool kept = options_.keep && fs::exists(mark);
    if (!kept) fs::remove_all(directory);
    fs::create_directories(directory);
    kuzu_ = make_peer("Kuzu", options_.cypher, directory);
    if (kept) return;
    const fs::path tables = directory_ / "tables";
    fs::create_directories(tables);
    std::ofstream statements(tables / "load");
    {
      Store store = Store::open((directory_ / "Dossier" / "store").string());
      Session session = store.session();
      for (const auto& [head, query] : compare_sections("compare.kuzu")) {
        const std::size_t blank = head.find(' ');
        if (head.substr(0, blank) != graph.name) continue;
        const std::string table = head.substr(blank + 1);
        const std::size_t from = table.find("TABLE ") + 6;
        const std::string name = table.substr(from, table.find('(') - from);
        const fs::path file = tables / (name + ".csv");
        std::ofstream out(file);
        session.query(kComparePrefixes + query).write(out, Format::csv);
        statements << "CREATE " << table << "\nCOPY " << name << " FROM \"" << fs::absolute(file).string()
                   << "\" (HEADER=true)\n";
      }
    }
    statements.close();
    const Answer answer = kuzu_->load(tables / "load");
    if (!answer.failure.empty()) throw std::runtime_error("Kuzu: " + answer.failure);
    fmt::print("| Kuzu (the tables it is asked about) | {:.1f} | {:.1f} | | {} |\n", answer.seconds,
               answer.seconds / dossier_load_, kuzu_->peak_bytes() >> 20);
    std::ofstream(mark) << "Kuzu";
  }

  void ask(const Graph& graph) {
    if (std::isfinite(load_ratio_)) load_ratios_.push_back(fmt::format("{:.1f}", load_ratio_));
    load_ratio_ = INFINITY;
    std::vector<std::string> names{"Dossier"};
    if (graph.newer) names.push_back("RDF 1.2");
    for (const auto& peer : peers_) names.push_back(peer.name);
    if (kuzu_ != nullptr) names.push_back("Kuzu");
    fmt::print(
        "\n{} rounds; ms, medians\n\n| query | rows | {} | fastest RDF peer / Dossier |{}\n|---|---|---|",
        options_.rounds, fmt::join(names, " | "), kuzu_ != nullptr ? " Kuzu / Dossier |" : "");
    for (std::size_t i = 0; i < names.size() + (kuzu_ != nullptr ? 1 : 0); ++i) fmt::print("---|");
    fmt::print("\n");
    for (const CompareQuery& query : read_compare_queries(graph.queries, options_.only))
      row(query, graph.newer.has_value());
  }

  void row(const CompareQuery& query, bool with_newer) {
    std::vector<Asked> asked{{dossier_.get(), query.text}};
    std::vector<std::size_t> columns{0};
    std::size_t column = 1;
    const auto add = [&](bool wanted, Engine* engine, const std::string& text) {
      if (wanted) {
        asked.push_back({engine, text});
        columns.push_back(column);
      }
      ++column;
    };
    if (with_newer) add(!query.newer.empty(), newer_.get(), query.newer);
    const std::size_t first_peer = column;
    for (const auto& peer : peers_) add(!query.own, peer.engine.get(), query.text);
    const std::size_t kuzu_column = column;
    if (kuzu_ != nullptr) add(!query.cypher.empty(), kuzu_.get(), query.cypher);

    std::vector<Cell> cells = ask_all(asked, query.format, options_.rounds);
    std::vector<std::string> texts(column);
    std::optional<double> fastest, kuzu;
    int peers_that_answer = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      Cell& cell = cells[i];
      texts[columns[i]] = shown(cell);
      if (i == 0 || !cell.seconds) continue;
      const bool told = query.format.empty() || cell.answer.rows != 0;
      if (told && !cell.answer.same_as(cells[0].answer)) {
        texts[columns[i]] += fmt::format(" (another answer, {} rows)", cell.answer.rows);
        continue;
      }
      if (columns[i] < first_peer) continue;
      if (columns[i] == kuzu_column) {
        kuzu = cell.seconds;
        continue;
      }
      ++peers_that_answer;
      if (!fastest || *cell.seconds < *fastest) fastest = cell.seconds;
    }
    std::string ratio, kuzu_ratio;
    if (const std::optional<double> own = cells[0].seconds; own) {
      if (fastest) {
        ratio = fmt::format("{:.1f}", *fastest / *own);
        if (!query.paths)
          plain_mean_.add(*fastest / *own);
        else if (peers_that_answer >= 2)
          path_mean_.add(*fastest / *own);
        ++compared_;
        slower_ += *own > 1.1 * *fastest + 0.001;
        much_slower_ += *own > 2 * *fastest;
      }
      if (kuzu) {
        kuzu_ratio = fmt::format("{:.1f}", *kuzu / *own);
        kuzu_mean_.add(*kuzu / *own);
      }
    }
    fmt::print("| {} | {} | {} | {} |{}\n", query.name, cells[0].answer.rows, fmt::join(texts, " | "), ratio,
               kuzu_ != nullptr ? " " + kuzu_ratio + " |" : "");
    std::fflush(stdout);
  }

  Options options_;
  fs::path directory_;
  std::unique_ptr<Engine> dossier_, newer_, kuzu_;
  std::vector<Named> peers_;
  std::map<fs::path, std::uint64_t> lines_;
  double dossier_load_ = 0;
  double load_ratio_ = INFINITY;
  std::vector<std::string> load_ratios_;
  std::vector<JoinError> join_errors_;
  Mean plain_mean_, path_mean_, kuzu_mean_;
  int slower_ = 0, much_slower_ = 0, compared_ = 0;
};

void run_all(const Options& options) {
  fs::create_directories(options.directory);
  const auto make = [&](const std::string& name, const std::vector<std::string>& command) {
    const fs::path file = options.directory / name;
    if (!fs::exists(file)) {
      run(command, file.string() + ".part");
      fs::rename(file.string() + ".part", file);
    }
    warm(file.string());
    return file;
  };
  const auto generated = [&](const std::string& reification) {
    return make(fmt::format("{}-{}.nt", reification, options.size),
                {DOSSIER_GENERATE, "--size", options.size, "--reification", reification});
  };
  const fs::path debian = make("debian.nt", {DOSSIER_SOURCE_DIR "/data/debian"});
  Comparison comparison(options);
  comparison.run({"office", "compare.queries", generated("statement"), generated("rdf12"), debian});
  comparison.run({"debian", "compare_debian.queries", debian, {}, {}});
  comparison.conclude();
}

Options read_options(int count, char** words) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const auto value = [&]() -> std::string {
      if (i + 1 == count) throw std::runtime_error(word + " needs a value");
      return words[++i];
    };
    const auto command = [&] {
      std::vector<std::string> parts;
      for (++i; i < count && std::string_view(words[i]) != ";"; ++i) parts.emplace_back(words[i]);
      return parts;
    };
    if (word == "--size") {
      options.size = value();
    } else if (word == "--rounds") {
      options.rounds = std::max(1, std::atoi(value().c_str()));
    } else if (word == "--directory") {
      options.directory = value();
    } else if (word == "--only") {
      options.only = value();
    } else if (word == "--keep") {
      options.keep = true;
    } else if (word == "--peer") {
      const std::string name = value();
      options.peers.emplace_back(name, command());
    } else if (word == "--cypher") {
      options.cypher = command();
    } else {
      throw std::runtime_error(
          "compare_bench [--size 20M] [--rounds 7] [--directory DIR] [--only TEXT,...] [--keep] "
          "[--peer NAME COMMAND... ;]... [--cypher COMMAND... ;]");
    }
  }
  return options;
}

}  // namespace

int main(int count, char** words) {
  std::signal(SIGPIPE, SIG_IGN);  // a peer that has ended is a failure in the table
  try {
    run_all(read_options(count, words));
  } catch (const std::exception& error) {
    fmt::print(stderr, "compare_bench: {}\n", error.what());
    return 1;
  }
}
