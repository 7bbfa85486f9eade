// compare: one benchmark for Dossier and its peers: the same graph, the same queries, in one run.
//
//   tests/bench/compare [--size 20M] [--rounds 7] [--directory DIR] [--only TEXT]      beside Virtuoso 7 and
//   Apache Jena TDB2 compare_bench [...] [--peer NAME COMMAND... ;]... beside those that are given
//
// Purpose: loads the graph of data/generate into each, asks each query of each in turn for so many rounds
// after one that warms up, checks that the answers agree (row_sum.h), and prints the medians, the ratio to
// the fastest peer and the geometric means of these. A peer's failure or time-out (60 s) is shown as such and
// left out of the means. Dossier runs in this process, TDB2 inside one JVM, Virtuoso behind its own protocol,
// whose round trip for an empty statement is taken off. Every engine hands out every cell of every row.
// Nothing here fails a build. Thread-safety: one thread.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <sstream>

#include "engine/dossier.h"
#include "tests/bench/measure.h"
#include "tests/bench/row_sum.h"
#include "tests/pipe_program.h"

namespace {

using namespace dossier;
using namespace dossier::bench;

namespace fs = std::filesystem;

constexpr const char* kPrefixes =
    "PREFIX t: <https://office-holders.example/terms#> PREFIX person: "
    "<https://office-holders.example/item/person/> "
    "PREFIX place: <https://office-holders.example/item/place/> PREFIX rdfs: "
    "<http://www.w3.org/2000/01/rdf-schema#> "
    "PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> PREFIX xsd: "
    "<http://www.w3.org/2001/XMLSchema#>\n";
constexpr std::string_view kNewer = ", RDF 1.2";
constexpr std::string_view kPaths = " [paths]";
constexpr std::chrono::seconds kTimeout{60};
constexpr int kPersons = 1000;

struct Options {
  std::string size = "20M";
  int rounds = 7;
  fs::path directory = "compare.tmp";
  std::string only;
  std::vector<std::pair<std::string, std::vector<std::string>>> peers;
};

struct Query {
  std::string name;
  std::string text;
  bool paths = false;
  bool newer = false;  // the same question as the one before, for the graph of RDF 1.2
};

struct Answer {
  double seconds = 0;
  std::uint64_t rows = 0;
  std::uint64_t sum = 0;
  std::string failure;
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual Answer load(const fs::path& file) = 0;
  virtual Answer ask(const std::string& query) = 0;
  virtual double overhead() { return 0; }  // of asking at all
};

class Dossier final : public Engine {
 public:
  explicit Dossier(const fs::path& directory) : directory_(directory) {}
  Answer load(const fs::path& file) override {
    fs::remove_all(directory_);
    const Timer timer;
    {
      Store store = Store::open(directory_.string());
      store.load({file.string()});
    }
    Answer answer;
    answer.seconds = timer.seconds();
    store_.emplace(Store::open(directory_.string()));
    session_.emplace(store_->session());
    return answer;
  }
  Answer ask(const std::string& query) override {
    Answer answer;
    const Timer timer;
    RowSum sum;
    try {
      QueryOptions options;
      options.timeout = kTimeout;
      options.memory_bytes = std::size_t{4} << 30;
      Result result = session_->query(query, options);
      if (result.kind() == Result::Kind::boolean) {
        sum.number(result.boolean() ? 1 : 0);
        sum.end_row();
      } else {
        for (auto rows = result.batch(kRows); !rows.empty(); rows = result.batch(kRows))
          for (const auto& row : rows) {
            for (const auto& term : row) cell(sum, term);
            sum.end_row();
          }
      }
    } catch (const Error& error) {
      answer.failure = error.what();
    }
    answer.seconds = timer.seconds();
    answer.rows = sum.rows();
    answer.sum = sum.sum();
    return answer;
  }
  std::uint64_t quads() const { return store_->statistics().quads; }

 private:
  static constexpr std::size_t kRows = 2048;
  static void cell(RowSum& sum, const std::optional<Term>& term) {
    if (!term)
      sum.cell("");
    else if (term->kind() == TermKind::blank)
      sum.cell("_");
    else if (term->kind() == TermKind::literal)
      sum.literal(std::string(term->value()));
    else
      sum.cell(term->value());
  }

  fs::path directory_;
  std::optional<Store> store_;
  std::optional<Session> session_;
};

class Peer final : public Engine {
 public:
  Peer(const std::vector<std::string>& command, fs::path directory)
      : program_(command), file_(std::move(directory) / "query.rq") {}
  Answer load(const fs::path& file) override { return say("LOAD " + fs::absolute(file).string()); }
  Answer ask(const std::string& query) override {
    std::ofstream(file_) << query;
    return say("QUERY " + fs::absolute(file_).string());
  }
  double overhead() override {
    std::vector<double> seconds;
    for (int i = 0; i < 51; ++i) seconds.push_back(say("EMPTY").seconds);
    std::nth_element(seconds.begin(), seconds.begin() + 25, seconds.end());
    return seconds[25];
  }

 private:
  Answer say(const std::string& line) {
    Answer answer;
    program_.write(line + "\n");
    std::istringstream reply(program_.read_line());
    std::string word;
    reply >> word;
    if (word == "ok")
      reply >> answer.seconds >> answer.rows >> answer.sum;
    else
      std::getline(reply, answer.failure);
    return answer;
  }

  test::PipeProgram program_;
  fs::path file_;
};

std::vector<Query> read_queries(const Options& options) {
  std::ifstream file(DOSSIER_SOURCE_DIR "/tests/bench/compare.queries");
  std::string persons;
  for (int i = 0; i < kPersons; ++i) persons += fmt::format("person:{} ", i * 37);
  std::vector<Query> queries;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("--- ")) {
      Query& query = queries.emplace_back();
      query.name = line.substr(4);
      query.newer = query.name.ends_with(kNewer);
      query.paths = query.name.ends_with(kPaths);
      if (query.paths) query.name.resize(query.name.size() - kPaths.size());
      query.text = kPrefixes;
    } else if (!queries.empty()) {
      if (const std::size_t at = line.find("$PERSONS"); at != std::string::npos) line.replace(at, 8, persons);
      queries.back().text += line + "\n";
    }
  }
  std::erase_if(queries,
                [&](const Query& query) { return query.name.find(options.only) == std::string::npos; });
  return queries;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

std::string shown(const std::optional<double>& seconds, const std::string& failure) {
  return seconds ? fmt::format("{:.1f}", *seconds * 1000) : failure.substr(0, 40);
}

// Asks one query of some engines, in turn.
struct Row {
  std::vector<std::optional<double>> seconds;
  std::vector<std::string> failures;
  std::vector<Answer> answers;
};

Row ask_all(const std::vector<Engine*>& engines, const std::vector<double>& overheads, const Query& query,
            int rounds) {
  Row row;
  std::vector<std::vector<double>> times(engines.size());
  for (Engine* const engine : engines) row.answers.push_back(engine->ask(query.text));
  for (int round = 0; round < rounds; ++round)
    for (std::size_t i = 0; i < engines.size(); ++i) {
      // One long answer is enough of what takes longer than all others together.
      if (!row.answers[i].failure.empty() || (round > 0 && times[i][0] > 10)) continue;
      times[i].push_back(engines[i]->ask(query.text).seconds - overheads[i]);
    }
  for (std::size_t i = 0; i < engines.size(); ++i) {
    row.failures.push_back(row.answers[i].failure);
    row.seconds.push_back(times[i].empty() ? std::nullopt : std::optional(std::max(1e-6, median(times[i]))));
  }
  return row;
}

struct Mean {
  double logarithms = 0;
  int count = 0;
  void add(double ratio) {
    logarithms += std::log(ratio);
    ++count;
  }
  std::string text() const {
    return count == 0 ? "none" : fmt::format("{:.1f} over {} queries", std::exp(logarithms / count), count);
  }
};

void run_all(const Options& options) {
  fs::create_directories(options.directory);
  const auto make = [&](const std::string& reification) {
    const fs::path file = options.directory / (reification + "-" + options.size + ".nt");
    if (!fs::exists(file)) {
      run({DOSSIER_GENERATE, "--size", options.size, "--reification", reification}, file.string() + ".part");
      fs::rename(file.string() + ".part", file);
    }
    warm(file.string());
    return file;
  };
  const fs::path plain = make("statement");
  const fs::path newer = make("rdf12");

  std::vector<std::unique_ptr<Engine>> owned;
  std::vector<std::string> names{"Dossier"};
  owned.push_back(std::make_unique<Dossier>(options.directory / "dossier"));
  for (const auto& [name, command] : options.peers) {
    names.push_back(name);
    owned.push_back(std::make_unique<Peer>(command, options.directory));
  }
  Dossier twelve(options.directory / "dossier12");
  twelve.load(newer);
  std::vector<Engine*> engines;
  std::vector<double> overheads;
  fmt::print("| | {} |\n|---|", fmt::join(names, " | "));
  for (std::size_t i = 0; i < names.size(); ++i) fmt::print("---|");
  fmt::print("\n| load, s |");
  for (const auto& engine : owned) {
    const Answer loaded = engine->load(plain);
    fmt::print(" {} |", loaded.failure.empty() ? fmt::format("{:.1f}", loaded.seconds) : loaded.failure);
    std::fflush(stdout);
    engines.push_back(engine.get());
  }
  for (Engine* const engine : engines) overheads.push_back(engine->overhead());
  fmt::print(
      "\n\n{} quads; {} rounds; ms, medians\n\n| query | rows | {} | fastest peer / Dossier |\n|---|---|",
      static_cast<Dossier*>(engines[0])->quads(), options.rounds, fmt::join(names, " | "));
  for (std::size_t i = 0; i <= names.size(); ++i) fmt::print("---|");
  fmt::print("\n");

  Mean plain_queries, path_queries;
  int slower = 0, much_slower = 0, compared = 0;
  Row before;
  for (const Query& query : read_queries(options)) {
    const Row row = query.newer ? ask_all({&twelve}, {0}, query, options.rounds)
                                : ask_all(engines, overheads, query, options.rounds);
    std::string note;
    std::optional<double> fastest;
    for (std::size_t i = 1; i < row.seconds.size(); ++i) {
      if (!row.seconds[i]) continue;
      if (row.answers[i].rows != row.answers[0].rows || row.answers[i].sum != row.answers[0].sum)
        note += fmt::format(" {} answers otherwise ({} rows)", names[i], row.answers[i].rows);
      if (!fastest || *row.seconds[i] < *fastest) fastest = row.seconds[i];
    }
    if (query.newer && !before.answers.empty() &&
        (before.answers[0].rows != row.answers[0].rows || before.answers[0].sum != row.answers[0].sum))
      note += " not the answer of RDF 1.1";
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < names.size(); ++i)
      cells.push_back(i < row.seconds.size() ? shown(row.seconds[i], row.failures[i]) : "");
    std::string ratio;
    if (fastest && row.seconds[0]) {
      (query.paths ? path_queries : plain_queries).add(*fastest / *row.seconds[0]);
      ratio = fmt::format("{:.1f}", *fastest / *row.seconds[0]);
      ++compared;
      slower += *row.seconds[0] > 1.1 * *fastest + 0.001;
      much_slower += *row.seconds[0] > 2 * *fastest;
    }
    fmt::print("| {} | {} | {} | {}{} |\n", query.name, row.answers[0].rows, fmt::join(cells, " | "), ratio,
               note);
    std::fflush(stdout);
    if (!query.newer) before = row;
  }
  fmt::print("\ngeometric mean of (fastest peer / Dossier): {} without paths, {} with paths\n",
             plain_queries.text(), path_queries.text());
  fmt::print("slower than 1.1 times the fastest peer and a millisecond: {} of {}; than 2 times: {}\n", slower,
             compared, much_slower);
}

Options read_options(int count, char** words) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const auto value = [&]() -> std::string {
      if (i + 1 == count) throw std::runtime_error(word + " needs a value");
      return words[++i];
    };
    if (word == "--size") {
      options.size = value();
    } else if (word == "--rounds") {
      options.rounds = std::max(1, std::atoi(value().c_str()));
    } else if (word == "--directory") {
      options.directory = value();
    } else if (word == "--only") {
      options.only = value();
    } else if (word == "--peer") {
      auto& peer = options.peers.emplace_back();
      peer.first = value();
      for (++i; i < count && std::string_view(words[i]) != ";"; ++i) peer.second.emplace_back(words[i]);
    } else {
      throw std::runtime_error(
          "compare_bench [--size 20M] [--rounds 7] [--directory DIR] [--only TEXT] "
          "[--peer NAME COMMAND... ;]...");
    }
  }
  return options;
}

}  // namespace

int main(int count, char** words) {
  try {
    run_all(read_options(count, words));
  } catch (const std::exception& error) {
    fmt::print(stderr, "compare_bench: {}\n", error.what());
    return 1;
  }
}
