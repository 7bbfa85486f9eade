// paths_bench: searches for property paths beside a plain breadth-first search over compressed sparse rows.
//
//   paths_bench [--edges 5000000] [--rounds 7] [--directory DIR]
//
// Purpose: a store of generated edges of one predicate (an endpoint is drawn so that few nodes have many
// edges), and the same edges in two arrays. Measured in turns, the median of the rounds: a search from one
// node with a count of what it reaches, beside a breadth-first search on the arrays with a bitmap: with the
// edges in memory, with bringing them there, and through the index alone. Then closures with both ends free
// over smaller graphs. Nothing here fails a build. The store lies in DIR (default: paths.tmp in the current
// folder) and is removed at the end.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <numeric>

#include "engine/dossier.h"
#include "engine/path/reach.h"
#include "engine/store/database.h"
#include "engine/store/loader.h"
#include "tests/bench/measure.h"

namespace {

using namespace dossier;
using namespace dossier::bench;
namespace fs = std::filesystem;

struct Options {
  std::uint64_t edges = 5'000'000;
  int rounds = 7;
  fs::path directory = "paths.tmp";
};

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }

 private:
  std::uint64_t state_;
};

using Edge = std::pair<std::uint32_t, std::uint32_t>;

// Some nine edges a node; half of the targets are among the first hundredth of the nodes.
std::vector<Edge> generate(std::uint64_t count) {
  Random random(7);
  const std::uint64_t nodes = std::max<std::uint64_t>(count / 9, 100);
  std::vector<Edge> edges;
  edges.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t target = random.below(2) == 0 ? random.below(nodes) : random.below(nodes / 100);
    edges.emplace_back(random.below(nodes), target);
  }
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  return edges;
}

struct Rows {
  std::vector<std::uint32_t> offsets;
  std::vector<std::uint32_t> targets;
};

Rows rows_of(const std::vector<Edge>& edges) {
  Rows rows;
  std::uint32_t nodes = 0;
  for (const auto& [from, to] : edges) nodes = std::max({nodes, from + 1, to + 1});
  rows.offsets.assign(nodes + 1, 0);
  for (const auto& [from, to] : edges) ++rows.offsets[from + 1];
  std::partial_sum(rows.offsets.begin(), rows.offsets.end(), rows.offsets.begin());
  for (const auto& [from, to] : edges) rows.targets.push_back(to);
  return rows;
}

std::size_t breadth_first(const Rows& rows, std::uint32_t start) {
  std::vector<std::uint64_t> marks(rows.offsets.size() / 64 + 1);
  std::vector<std::uint32_t> queue{start};
  std::size_t at = 0;
  // As `p+` has it: the start counts when it is met again.
  while (at < queue.size()) {
    const std::uint32_t node = queue[at++];
    for (std::uint32_t i = rows.offsets[node]; i < rows.offsets[node + 1]; ++i) {
      const std::uint32_t target = rows.targets[i];
      std::uint64_t& word = marks[target / 64];
      const std::uint64_t bit = std::uint64_t{1} << (target % 64);
      if ((word & bit) != 0) continue;
      word |= bit;
      queue.push_back(target);
    }
  }
  return queue.size() - 1;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

std::uint64_t counted(Session& session, const std::string& text) {
  QueryOptions options;
  options.memory_bytes = std::size_t{4} << 30;
  auto result = session.query("PREFIX : <http://e/> " + text, options);
  result.next();
  return std::stoull(std::string(result.get(0)->value()));
}

std::string ms(double seconds) {
  return fmt::format("{:.1f} ms", seconds * 1e3);
}

class Bench {
 public:
  explicit Bench(const Options& options) : options_(options) {}

  void run() {
    fs::remove_all(options_.directory);
    fs::create_directories(options_.directory);
    one_search();
    closures();
    fs::remove_all(options_.directory);
    table_.print();
  }

 private:
  Store load(const std::string& name, const std::vector<Edge>& edges, const std::string& predicate = "p") {
    const fs::path file = options_.directory / (name + ".nt");
    {
      std::ofstream out(file);
      std::string text;
      for (const auto& [from, to] : edges) {
        fmt::format_to(std::back_inserter(text), "<http://e/{}> <http://e/{}> <http://e/{}> .\n", from,
                       predicate, to);
        if (text.size() > 1'000'000) {
          out << text;
          text.clear();
        }
      }
      out << text;
    }
    Store store = Store::open((options_.directory / name).string());
    store.load({file.string()});
    fs::remove(file);
    return store;
  }

  void one_search() {
    const std::vector<Edge> edges = generate(options_.edges);
    const Rows rows = rows_of(edges);
    const std::uint32_t start = edges[edges.size() / 2].first;
    load("one", edges);
    std::vector<double> plain, standing, building, index;
    std::size_t reached = 0;
    std::uint64_t answer = 0;
    const std::string query = fmt::format("SELECT (COUNT(*) AS ?n) {{ :{} :p+ ?y }}", start);
    for (int round = 0; round < options_.rounds; ++round) {
      {
        const Timer timer;
        reached = breadth_first(rows, start);
        plain.push_back(timer.seconds());
      }
      {
        Store store = Store::open((options_.directory / "one").string());
        Session session = store.session();
        counted(session, "SELECT (COUNT(*) AS ?n) { ?x ?p ?y }");
        const Timer first;
        answer = counted(session, query);
        building.push_back(first.seconds());
        const Timer second;
        counted(session, query);
        standing.push_back(second.seconds());
      }
      OpenOptions open;
      const auto database = Database::open((options_.directory / "one").string(), open);
      QueryContext context(database->snapshot(),
                           {.timeout = {}, .memory_bytes = std::size_t{4} << 30, .threads = 1}, nullptr);
      const Id predicate = context.snapshot().find(kIriByte + std::string("http://e/p"));
      grammar::Path link;
      link.iri.value = "p";
      grammar::Path plus;
      plus.kind = grammar::Path::Kind::repeat;
      plus.parts = {link};
      plus.min = 1;
      plus.max = grammar::Path::kUnbounded;
      const PathAutomaton automaton = build_automaton(plus, [&](const std::string&) { return predicate; });
      const Id from = context.snapshot().find(kIriByte + fmt::format("http://e/{}", start));
      ReachSearch search(context, automaton, {false, {kDefaultGraph}}, ReachSearch::Start::index);
      std::vector<Id> out;
      const Timer timer;
      search.reach(from, false, out);
      index.push_back(timer.seconds());
      if (out.size() != reached || answer != reached)
        throw std::runtime_error(fmt::format("the counts differ: {} {} {}", reached, answer, out.size()));
    }
    fmt::print(stderr, "{} edges, {} nodes, {} reached\n", edges.size(), rows.offsets.size() - 1, reached);
    const double base = median(plain);
    const auto add = [&](const std::string& name, const std::vector<double>& values, double bar) {
      const double ratio = median(values) / base;
      table_.add(name, ms(median(values)), ms(base), fmt::format("{:.2f}", ratio),
                 bar > 0 ? fmt::format("{:.0f}", bar) : "-", bar == 0 || ratio <= bar);
    };
    add("search, edges in memory", standing, 2);
    add("search, bringing them there", building, 6);
    add("search through the index", index, 0);
  }

  // A forest where each node has an edge to one of the few before it: what a hierarchy is like.
  static std::vector<Edge> hierarchy(std::uint32_t nodes) {
    Random random(11);
    std::vector<Edge> edges;
    for (std::uint32_t node = 1; node < nodes; ++node)
      if (random.below(50) != 0) edges.emplace_back(node, static_cast<std::uint32_t>(random.below(node)));
    return edges;
  }
  // Two edges a node, to anywhere: one large component, and many nodes before and behind it.
  static std::vector<Edge> tangle(std::uint32_t nodes) {
    Random random(13);
    std::vector<Edge> edges;
    for (std::uint32_t i = 0; i < 2 * nodes; ++i)
      edges.emplace_back(static_cast<std::uint32_t>(random.below(nodes)),
                         static_cast<std::uint32_t>(random.below(nodes)));
    std::sort(edges.begin(), edges.end());
    edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
    return edges;
  }

  void closures() {
    closure("hierarchy of 40,000", hierarchy(40'000), true);
    closure("tangle of 2,000", tangle(2'000), true);
    closure("tangle of 200,000", tangle(200'000), false);
  }

  // All pairs of `p+`, beside a breadth-first search on the arrays from every node.
  void closure(const std::string& name, const std::vector<Edge>& edges, bool list) {
    const Rows rows = rows_of(edges);
    Store store = load("closure", edges);
    std::vector<double> plain, counts, lists;
    for (int round = 0; round < options_.rounds; ++round) {
      std::uint64_t pairs = 0;
      if (list) {
        const Timer timer;
        for (std::uint32_t node = 0; node + 1 < rows.offsets.size(); ++node)
          pairs += breadth_first(rows, node);
        plain.push_back(timer.seconds());
      }
      Session session = store.session();
      const Timer count;
      const std::uint64_t counted_pairs = counted(session, "SELECT (COUNT(*) AS ?n) { ?x :p+ ?y }");
      counts.push_back(count.seconds());
      if (round == 0) fmt::print(stderr, "{}: {} edges, {} pairs\n", name, edges.size(), counted_pairs);
      if (!list) continue;
      if (counted_pairs != pairs) throw std::runtime_error("the counts of the closure differ");
      // Two counts are made of the pairs, one by one.
      const Timer timer;
      counted(session, "SELECT (COUNT(?y) AS ?n) (COUNT(?x) AS ?m) { ?x :p+ ?y }");
      lists.push_back(timer.seconds());
    }
    const auto add = [&](const std::string& what, const std::vector<double>& values) {
      table_.add(what + ", " + name, ms(median(values)), list ? ms(median(plain)) : "-",
                 list ? fmt::format("{:.2f}", median(values) / median(plain)) : "-", "-", true);
    };
    add("count of all pairs", counts);
    if (list) add("all pairs", lists);
    store = Store::open(":memory:");
    fs::remove_all(options_.directory / "closure");
  }

  Options options_;
  Table table_;
};

}  // namespace

int main(int count, char** arguments) {
  Options options;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string name = arguments[i];
    if (name == "--edges") options.edges = std::strtoull(arguments[i + 1], nullptr, 10);
    if (name == "--rounds") options.rounds = std::atoi(arguments[i + 1]);
    if (name == "--directory") options.directory = arguments[i + 1];
  }
  try {
    Bench(options).run();
  } catch (const std::exception& error) {
    fmt::print(stderr, "paths_bench: {}\n", error.what());
    return 1;
  }
  return 0;
}
