// operator_bench: each operator beside a plain loop over arrays of the same columns that does the same.
//
//   operator_bench [--rows 20M] [--rounds 5] [--threads 1] [--only TEXT] [--directory DIR]
//
// Purpose: how far the operators are from the hardware. A graph of so many triples is made, written as
// N-Triples, loaded, and its columns decoded into arrays; then operator and loop run in turn, and the medians
// and their ratio are printed beside the bar. Both give the same sum over what they hand out, or the program
// ends. The loops have no threads, whatever the option says. Nothing here fails a build. Thread-safety: one
// thread.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <memory>
#include <random>
#include <string_view>

#include "engine/model/inline.h"
#include "engine/path/adjacency.h"
#include "engine/query/group.h"
#include "engine/query/join.h"
#include "engine/query/pattern_scan.h"
#include "engine/query/query.h"
#include "engine/store/database.h"
#include "engine/store/loader.h"
#include "grammar/parse.h"
#include "tests/bench/measure.h"

namespace {

using namespace dossier;
using namespace dossier::bench;

struct Options {
  std::uint64_t rows = 20'000'000;
  int rounds = 5;
  unsigned threads = 1;
  std::string only;  // operators whose name holds it
  std::filesystem::path directory = "operators.tmp";
};

// One thread is measured by the time that the processor gave it, which others on the machine leave alone;
// several by the clock on the wall.
class Clock {
 public:
  explicit Clock(unsigned threads) : on_processor_(threads == 1), started_(std::clock()) {}
  double seconds() const {
    return on_processor_ ? static_cast<double>(std::clock() - started_) / CLOCKS_PER_SEC : timer_.seconds();
  }

 private:
  bool on_processor_;
  std::clock_t started_;
  Timer timer_;
};

// The graph: edges between nodes, few of which have many; a number and a group a node, several times.
class Bench {
 public:
  explicit Bench(const Options& options) : options_(options), nodes_(options.rows / 10) {
    std::filesystem::remove_all(options_.directory);
    std::filesystem::create_directories(options_.directory);
    write();
    database_ = Database::open((options_.directory / "store").string(), {});
    LoadOptions load_options;
    load_options.memory_bytes = std::size_t{4} << 30;
    load(*database_, {{(options_.directory / "graph.nt").string(), {}, {}, {}}}, load_options);
    std::filesystem::remove(options_.directory / "graph.nt");
  }
  ~Bench() {
    database_.reset();
    std::filesystem::remove_all(options_.directory);
  }

  void run() {
    std::vector<Id> s, p, o;
    read({Permutation::spog, {}, 0, kMinId, kMaxId}, {0, 1, 2}, {&s, &p, &o});
    measure(
        "scan, three columns", 3, [&](QueryContext& context) { return drain(*scan(context, {}, 0, 1, 2)); },
        [&] {
          std::uint64_t sum = 0;
          for (std::size_t i = 0; i < s.size(); ++i) sum += s[i].bits ^ p[i].bits ^ o[i].bits;
          return sum;
        });
    s = p = o = {};
    joins();
    aggregates();
    graphs();
    std::printf(
        "| operator over %llu rows, %u threads | ms | plain loop, ms | ratio | bar "
        "|\n|---|---|---|---|---|\n",
        static_cast<unsigned long long>(database_->snapshot()->quads()), options_.threads);
    for (const std::string& row : table_) std::printf("%s\n", row.c_str());
  }

 private:
  using OnIds = std::function<std::uint64_t(QueryContext&)>;

  void write() {
    std::FILE* file = std::fopen((options_.directory / "graph.nt").c_str(), "w");
    if (file == nullptr) throw std::runtime_error("cannot write the graph");
    std::mt19937_64 random(1);
    const auto skewed = [&] {
      const double part = std::uniform_real_distribution<double>(0, 1)(random);
      return static_cast<std::uint64_t>(part * part * static_cast<double>(nodes_));
    };
    const auto number = [&](std::uint64_t below) { return random() % below; };
    for (std::uint64_t node = 0; node < nodes_; ++node) {
      for (int i = 0; i < 4; ++i)
        std::fprintf(file, "<http://e/n%llu> <http://e/edge> <http://e/n%llu> .\n",
                     static_cast<unsigned long long>(node), static_cast<unsigned long long>(skewed()));
      for (int i = 0; i < 2; ++i)
        std::fprintf(
            file,
            "<http://e/n%llu> <http://e/number> \"%llu\"^^<http://www.w3.org/2001/XMLSchema#integer> .\n",
            static_cast<unsigned long long>(node), static_cast<unsigned long long>(number(1'000'000'000)));
      for (int i = 0; i < 2; ++i)
        std::fprintf(
            file,
            "<http://e/n%llu> <http://e/weight> \"%llu\"^^<http://www.w3.org/2001/XMLSchema#integer> .\n",
            static_cast<unsigned long long>(node), static_cast<unsigned long long>(number(1'000'000'000)));
      for (int i = 0; i < 2; ++i)
        std::fprintf(file, "<http://e/n%llu> <http://e/group> <http://e/g%llu> .\n",
                     static_cast<unsigned long long>(node),
                     static_cast<unsigned long long>(number(nodes_ / 20)));
    }
    std::fclose(file);
  }

  Id term(const std::string& name) const {
    std::string bytes;
    append_term_bytes(bytes, Term::iri("http://e/" + name));
    return database_->snapshot()->find(bytes);
  }

  // Columns of a range, by their places in the permutation.
  void read(const ScanRange& range, const std::vector<std::size_t>& columns,
            const std::vector<std::vector<Id>*>& out) {
    const auto snapshot = database_->snapshot();
    const auto cursor = snapshot->scan(range, kAllColumns);
    for (RowBlock block; cursor->next(block);)
      for (std::size_t i = 0; i < columns.size(); ++i)
        out[i]->insert(out[i]->end(), block.columns[columns[i]], block.columns[columns[i]] + block.rows);
  }
  ScanRange predicate_range(Permutation permutation, const std::string& predicate) const {
    ScanRange range;
    range.permutation = permutation;
    range.prefix[0] = term(predicate);
    range.prefix_length = 1;
    return range;
  }

  // Variables are handed out in their order; an empty predicate is a variable, too.
  OperatorPtr scan(QueryContext& context, const std::string& predicate, Variable subject, Variable middle,
                   Variable object, Permutation permutation = Permutation::psog) {
    ResolvedPattern pattern;
    pattern.positions = {Slot::of(subject),
                         predicate.empty() ? Slot::of(middle) : Slot::constant(term(predicate)),
                         Slot::of(object), Slot::constant(kDefaultGraph)};
    const std::array<bool, 4> fixed{false, !predicate.empty(), false, false};
    Schema columns{subject, object};
    if (predicate.empty()) {
      columns = {subject, middle, object};
      permutation = Permutation::spog;
    }
    for (const AccessPath& path : access_paths(pattern, fixed))
      if (path.permutation == permutation) {
        OperatorPtr result = make_index_scan(context, pattern, path, columns);
        result->set_estimated_rows(
            static_cast<double>(context.snapshot().estimate(scan_range(pattern, path))));
        return result;
      }
    throw std::runtime_error("no such way to read a pattern");
  }

  static std::uint64_t drain(Operator& root) {
    // As the plain loops read their columns, so that what is measured is the operator.
    std::uint64_t sum = 0;
    const bool three = root.schema().size() == 3;
    for (Batch batch; root.next(batch);) {
      const Id* const a = batch.columns[0].data();
      const Id* const b = batch.columns[1].data();
      if (three) {
        const Id* const c = batch.columns[2].data();
        for (std::size_t row = 0; row < batch.rows; ++row) sum += a[row].bits ^ b[row].bits ^ c[row].bits;
      } else {
        for (std::size_t row = 0; row < batch.rows; ++row) sum += a[row].bits ^ b[row].bits;
      }
    }
    return sum;
  }

  QueryLimits limits() const {
    QueryLimits limits;
    limits.memory_bytes = std::size_t{8} << 30;
    limits.threads = options_.threads;
    return limits;
  }

  void measure(const std::string& name, double bar, const OnIds& ours,
               const std::function<std::uint64_t()>& plain) {
    if (name.find(options_.only) == std::string::npos) return;
    std::array<std::vector<double>, 2> times;
    for (int round = 0; round <= options_.rounds; ++round) {
      std::array<std::uint64_t, 2> sums{};
      std::array<double, 2> seconds{};
      {
        QueryContext context(database_->snapshot(), limits(), nullptr);
        context.share(adjacencies_);
        const Clock clock(options_.threads);
        sums[0] = ours(context);
        seconds[0] = clock.seconds();
      }
      const Clock clock(1);
      sums[1] = plain();
      seconds[1] = clock.seconds();
      if (sums[0] != sums[1]) throw std::runtime_error(fmt::format("{}: {} and {}", name, sums[0], sums[1]));
      for (std::size_t i = 0; i < 2 && round > 0; ++i) times[i].push_back(seconds[i] * 1000);
    }
    for (auto& list : times) std::sort(list.begin(), list.end());
    const auto middle = static_cast<std::size_t>(options_.rounds / 2);
    const double ratio = times[0][middle] / times[1][middle];
    table_.push_back(fmt::format("| {} | {:.1f} | {:.1f} | {:.2f} | {}{} |", name, times[0][middle],
                                 times[1][middle], ratio, bar, ratio <= bar ? "" : ", **missed**"));
    std::fprintf(stderr, "%s\n", table_.back().c_str());
  }

  // Open addressing from an id to a number + 1, as anybody would write it.
  class PlainTable {
   public:
    explicit PlainTable(std::size_t keys) {
      std::size_t size = 64;
      while (size < keys * 2) size *= 2;
      slots_.resize(size);
    }
    std::uint32_t& operator[](Id id) {
      const std::size_t mask = slots_.size() - 1;
      std::size_t at = hash_id(id) & mask;
      while (slots_[at].id.is_bound() && slots_[at].id != id) at = (at + 1) & mask;
      slots_[at].id = id;
      return slots_[at].value;
    }

   private:
    struct Slot {
      Id id;
      std::uint32_t value = 0;
    };
    std::vector<Slot> slots_;
  };

  void joins() {
    std::vector<Id> s, v, t, w;
    read(predicate_range(Permutation::psog, "number"), {1, 2}, {&s, &v});
    read(predicate_range(Permutation::psog, "weight"), {1, 2}, {&t, &w});
    measure(
        "merge join", 3,
        [&](QueryContext& context) {
          return drain(*make_merge_join(context, scan(context, "number", 0, 0, 1),
                                        scan(context, "weight", 0, 0, 2), 0, {0, 1, 2}));
        },
        [&] {
          std::uint64_t sum = 0;
          for (std::size_t i = 0, j = 0; i < s.size() && j < t.size();) {
            if (s[i] < t[j]) {
              ++i;
            } else if (t[j] < s[i]) {
              ++j;
            } else {
              for (std::size_t k = j; k < t.size() && t[k] == s[i]; ++k)
                sum += s[i].bits ^ v[i].bits ^ w[k].bits;
              ++i;
            }
          }
          return sum;
        });
    s = v = {};
    read(predicate_range(Permutation::psog, "edge"), {1, 2}, {&s, &v});
    measure(
        "hash join", 3,
        [&](QueryContext& context) {
          TableJoinSpec spec;
          spec.keys = {1};
          return drain(*make_table_join(context, scan(context, "edge", 0, 0, 1),
                                        scan(context, "weight", 1, 0, 2), std::move(spec)));
        },
        [&] {
          PlainTable heads(t.size());
          std::vector<std::uint32_t> next(t.size());
          for (std::size_t i = 0; i < t.size(); ++i) {
            std::uint32_t& head = heads[t[i]];
            next[i] = head;
            head = static_cast<std::uint32_t>(i + 1);
          }
          std::uint64_t sum = 0;
          for (std::size_t i = 0; i < s.size(); ++i)
            for (std::uint32_t at = heads[v[i]]; at != 0; at = next[at - 1])
              sum += s[i].bits ^ v[i].bits ^ w[at - 1].bits;
          return sum;
        });
  }

  std::uint64_t ask(QueryContext& context, const std::string& text) const {
    const auto execution = execute(grammar::parse_query("PREFIX : <http://e/> " + text), context);
    std::uint64_t sum = 0;
    for (Batch batch; execution->next(batch);)
      for (std::size_t row = 0; row < batch.rows; ++row)
        for (const auto& column : batch.columns) sum += column[row].bits;
    return sum;
  }

  void aggregates() {
    std::vector<Id> s, v;
    read(predicate_range(Permutation::psog, "edge"), {1, 2}, {&s, &v});
    measure(
        "hash aggregation", 3,
        [&](QueryContext& context) {
          return ask(context, "SELECT ?b (COUNT(*) AS ?n) { ?a :edge ?b } GROUP BY ?b");
        },
        [&] {
          PlainTable numbers(nodes_);
          std::vector<Id> keys;
          std::vector<std::int64_t> counts;
          for (const Id id : v) {
            std::uint32_t& number = numbers[id];
            if (number == 0) {
              keys.push_back(id);
              counts.push_back(0);
              number = static_cast<std::uint32_t>(keys.size());
            }
            ++counts[number - 1];
          }
          std::uint64_t sum = 0;
          for (std::size_t i = 0; i < keys.size(); ++i) sum += keys[i].bits + inline_integer(counts[i]).bits;
          return sum;
        });
    s = v = {};
    read(predicate_range(Permutation::psog, "number"), {1, 2}, {&s, &v});
    constexpr std::size_t kBest = 10;
    measure(
        "top-k", 3,
        [&](QueryContext& context) {
          return drain(*make_sort(context, scan(context, "number", 0, 0, 1), {{1, true}, {0, false}}, kBest));
        },
        [&] {
          std::vector<std::pair<Id, Id>> heap;
          const auto before = [](const auto& a, const auto& b) {
            return a.first != b.first ? a.first > b.first : a.second < b.second;
          };
          for (std::size_t i = 0; i < v.size(); ++i) {
            if (heap.size() == kBest && v[i] < heap.front().first) continue;
            heap.emplace_back(v[i], s[i]);
            std::push_heap(heap.begin(), heap.end(), before);
            if (heap.size() <= kBest) continue;
            std::pop_heap(heap.begin(), heap.end(), before);
            heap.pop_back();
          }
          std::uint64_t sum = 0;
          for (const auto& [value, subject] : heap) sum += value.bits ^ subject.bits;
          return sum;
        });
  }

  void graphs() {
    std::vector<Id> s, v;
    read(predicate_range(Permutation::psog, "edge"), {1, 2}, {&s, &v});
    // Dense numbers in the order of the ids, and the edges of each node, sorted.
    std::vector<Id> ids(s);
    ids.insert(ids.end(), v.begin(), v.end());
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    const auto number = [&](Id id) {
      return static_cast<std::uint32_t>(std::lower_bound(ids.begin(), ids.end(), id) - ids.begin());
    };
    std::vector<std::uint32_t> offsets(ids.size() + 1), targets;
    for (std::size_t i = 0; i < s.size(); ++i) {
      ++offsets[number(s[i]) + 1];
      targets.push_back(number(v[i]));
    }
    for (std::size_t i = 1; i < offsets.size(); ++i) offsets[i] += offsets[i - 1];
    const auto edges = [&](std::uint32_t node) {
      return std::span(targets).subspan(offsets[node], offsets[node + 1] - offsets[node]);
    };
    const std::uint32_t start = number(term("n1"));
    measure(
        "breadth-first search", 2,
        [&](QueryContext& context) { return ask(context, "SELECT (COUNT(*) AS ?n) { :n1 :edge+ ?b }"); },
        [&] {
          std::vector<std::uint64_t> seen(ids.size() / 64 + 1);
          std::vector<std::uint32_t> queue{start};
          std::int64_t found = 0;
          for (std::size_t at = 0; at < queue.size(); ++at)
            for (const std::uint32_t target : edges(queue[at])) {
              std::uint64_t& word = seen[target / 64];
              const std::uint64_t bit = std::uint64_t{1} << (target % 64);
              if ((word & bit) != 0) continue;
              word |= bit;
              ++found;
              queue.push_back(target);
            }
          return inline_integer(found).bits;
        });
    measure(
        "triangles", 3,
        [&](QueryContext& context) {
          return ask(context, "SELECT (COUNT(*) AS ?n) { ?a :edge ?b . ?b :edge ?c . ?a :edge ?c }");
        },
        [&] {
          std::int64_t found = 0;
          for (std::uint32_t a = 0; a < ids.size(); ++a)
            for (const std::uint32_t b : edges(a)) {
              const auto x = edges(a);
              const auto y = edges(b);
              for (std::size_t i = 0, j = 0; i < x.size() && j < y.size();) {
                found += x[i] == y[j];
                const bool forward = x[i] <= y[j];
                j += y[j] <= x[i];
                i += forward;
              }
            }
          return inline_integer(found).bits;
        });
  }

  Options options_;
  std::uint64_t nodes_;
  std::unique_ptr<Database> database_;
  AdjacencyCache adjacencies_{std::size_t{2} << 30};
  std::vector<std::string> table_;
};

std::uint64_t number_of(std::string_view text) {
  char* end = nullptr;
  const double value = std::strtod(std::string(text).c_str(), &end);
  const char unit = text.empty() ? ' ' : text.back();
  return static_cast<std::uint64_t>(value * (unit == 'M' ? 1e6 : unit == 'K' ? 1e3 : 1));
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--rows")
      options.rows = number_of(argv[i + 1]);
    else if (name == "--rounds")
      options.rounds = std::max(1, std::atoi(argv[i + 1]));
    else if (name == "--threads")
      options.threads = static_cast<unsigned>(std::max(1, std::atoi(argv[i + 1])));
    else if (name == "--only")
      options.only = argv[i + 1];
    else if (name == "--directory")
      options.directory = argv[i + 1];
  }
  try {
    Bench(options).run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "operator_bench: %s\n", error.what());
    return 1;
  }
  return 0;
}
