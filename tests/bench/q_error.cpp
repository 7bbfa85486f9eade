// q_error: how far the planner's estimates of joins are from the truth.
//
//   build/release/tests/q_error DB [--newer | --debian] [--only TEXT] [--worst N] [--all]
//
// Purpose: answers each query of compare.queries and compares, for each join of its plan that ran to its end,
// the rows that were estimated with those that came: the greater over the smaller, neither below one. Prints
// median, 95th percentile and the worst; --all every join. Plans that a step makes on the way for the rows at
// hand do not count. Nothing here fails a build. Thread-safety: one thread.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "engine/dossier.h"
#include "tests/bench/compare_queries.h"
#include "tests/bench/measure.h"
#include "tests/bench/q_errors.h"

namespace {

using namespace dossier;
using namespace dossier::bench;

struct Options {
  std::string store;
  std::string only;
  std::size_t worst = 10;
  bool newer = false;
  std::string file = "compare.queries";
};

void measure(const Options& options) {
  OpenOptions open;
  open.read_only = true;
  Store store = Store::open(options.store, open);
  Session session = store.session();
  std::vector<JoinError> joins;
  for (const CompareQuery& query : read_compare_queries(options.file, options.only)) {
    if (options.newer && query.newer.empty()) continue;
    QueryOptions limits;
    limits.memory_bytes = std::size_t{4} << 30;
    limits.timeout = std::chrono::seconds{60};
    try {
      Result result = session.query(options.newer ? query.newer : query.text, limits);
      if (result.kind() == Result::Kind::boolean)
        result.boolean();
      else
        while (result.next()) {
        }
      if (const auto plan = result.plan()) collect_errors(*plan, query.name, joins);
    } catch (const Error& error) {
      fmt::print(stderr, "{}: {}\n", query.name, error.what());
    }
  }
  fmt::print("{}\n", summary(joins));
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
    else if (word == "--debian")
      options.file = "compare_debian.queries";
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
    fmt::print(stderr, "q_error DB [--newer | --debian] [--only TEXT] [--worst N] [--all]\n");
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
