// q_error: how far the planner's estimates of joins are from the truth.
//
//   build/release/tests/q_error DB [--newer] [--only TEXT] [--worst N] [--all]
//
// Purpose: answers each query of compare.queries and compares, for each join of its plan that ran to its end, the rows
// that were estimated with those that came: the greater over the smaller, neither below one. Prints median, 95th percentile
// and the worst; --all every join. Plans that a step makes on the way for the rows at hand do not count. Nothing here fails
// a build. Thread-safety: one thread.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "engine/dossier.h"
#include "tests/bench/compare_queries.h"
#include "tests/bench/measure.h"

namespace {

using namespace dossier;
using namespace dossier::bench;

struct Join {
  double error = 1;
  std::string text;
};

struct Options {
  std::string store;
  std::string only;
  std::size_t worst = 10;
  bool newer = false;
};

void collect(const PlanStep& step, const std::string& query, std::vector<Join>& joins) {
  if (step.ended && step.name.find("join") != std::string::npos) {
    const double estimated = std::max(1.0, step.estimated_rows);
    const double rows = std::max(1.0, static_cast<double>(step.rows));
    joins.push_back({std::max(estimated / rows, rows / estimated),
                     fmt::format("{}: {} {}, estimated {:.0f}, came {}", query, step.name, step.details,
                                 step.estimated_rows, step.rows)});
  }
  for (const PlanStep& input : step.inputs) collect(input, query, joins);
}

void measure(const Options& options) {
  OpenOptions open;
  open.read_only = true;
  Store store = Store::open(options.store, open);
  Session session = store.session();
  std::vector<Join> joins;
  for (const NamedQuery& query :
       read_compare_queries(DOSSIER_SOURCE_DIR "/tests/bench/compare.queries", options.only)) {
    if (query.newer != options.newer) continue;
    QueryOptions limits;
    limits.memory_bytes = std::size_t{4} << 30;
    limits.timeout = std::chrono::seconds{60};
    try {
      Result result = session.query(query.text, limits);
      if (result.kind() == Result::Kind::boolean)
        result.boolean();
      else
        while (result.next()) {
        }
      if (const auto plan = result.plan()) collect(*plan, query.name, joins);
    } catch (const Error& error) {
      fmt::print(stderr, "{}: {}\n", query.name, error.what());
    }
  }
  if (joins.empty()) {
    fmt::print("no join ran to its end\n");
    return;
  }
  std::stable_sort(joins.begin(), joins.end(), [](const Join& a, const Join& b) { return a.error > b.error; });
  const auto quantile = [&](double part) {
    return joins[static_cast<std::size_t>((1 - part) * static_cast<double>(joins.size() - 1) + 0.5)].error;
  };
  fmt::print("q-error of {} joins: median {:.2f}, 90 % {:.2f}, 95 % {:.2f}, worst {:.2f}\n", joins.size(),
             quantile(0.5), quantile(0.9), quantile(0.95), joins[0].error);
  for (std::size_t i = 0; i < std::min(options.worst, joins.size()); ++i)
    fmt::print("  {:>8.2f}  {}\n", joins[i].error, joins[i].text);
}

}  // namespace

int main(int count, char** words) {
  Options options;
  bool understood = count >= 2;
  for (int i = 2; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--newer")
      options.newer = true;
    else if (word == "--all")
      options.worst = ~std::size_t{0};
    else if (word == "--only" && i + 1 < count)
      options.only = words[++i];
    else if (word == "--worst" && i + 1 < count)
      options.worst = static_cast<std::size_t>(std::max(0, std::atoi(words[++i])));
    else
      understood = false;
  }
  if (!understood) {
    fmt::print(stderr, "q_error DB [--newer] [--only TEXT] [--worst N] [--all]\n");
    return 2;
  }
  options.store = words[1];
  try {
    measure(options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
  return 0;
}
