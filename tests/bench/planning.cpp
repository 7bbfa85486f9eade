// planning: how long queries take before their first row, and small ones to their last.
//
//   build/release/tests/planning_bench DB [--only TEXT] [--rounds 200]
//
// Purpose: for each query of compare.queries (of RDF 1.1, unless DB holds reifiers: --newer) prints in
// microseconds the time to parse, to parse and plan, to answer it whole, terms as text included, and to answer it
// again by a plan that was kept (OpenOptions::kept_plans): the least of so many rounds in one process, which other
// work on the machine disturbs least. Queries that take long are answered once. Nothing here fails a build. Thread-safety: one thread.
#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "engine/dossier.h"
#include "tests/bench/compare_queries.h"
#include "tests/bench/measure.h"

namespace {

using namespace dossier;
using namespace dossier::bench;

// The least time of up to `rounds` calls, in microseconds; stops after half a second.
template <typename Call>
double least(int rounds, Call&& call) {
  double best = 1e300;
  const Timer all;
  for (int round = 0; round < rounds && (round == 0 || all.seconds() < 0.5); ++round) {
    const Timer timer;
    call();
    best = std::min(best, timer.seconds() * 1e6);
  }
  return best;
}

void measure(const std::string& store_path, const std::string& only, int rounds, bool newer) {
  OpenOptions open;
  open.read_only = true;
  Store keeping = Store::open(store_path, open);
  Session again = keeping.session();
  open.kept_plans = 0;
  Store store = Store::open(store_path, open);
  Session session = store.session();
  const auto answer = [](Session& by, const std::string& text) {
    Result result = by.query(text);
    if (result.kind() == Result::Kind::boolean)
      result.boolean();
    else
      while (!result.batch(2048).empty()) {
      }
  };
  fmt::print("{:<28} {:>9} {:>9} {:>11} {:>11}\n", "microseconds", "parse", "and plan", "whole", "again");
  for (const CompareQuery& query : read_compare_queries("compare.queries", only)) {
    if (newer && query.newer.empty()) continue;
    const std::string& text = newer ? query.newer : query.text;
    const double parse = least(rounds, [&] { check_syntax(text); });
    const double plan = least(rounds, [&] { session.query(text); });
    const double whole = least(rounds, [&] { answer(session, text); });
    answer(again, text);
    const double kept = least(rounds, [&] { answer(again, text); });
    fmt::print("{:<28} {:>9.1f} {:>9.1f} {:>11.1f} {:>11.1f}\n", query.name, parse, plan, whole, kept);
  }
}

}  // namespace

int main(int count, char** words) {
  std::string only;
  int rounds = 200;
  bool newer = false;
  for (int i = 2; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--newer")
      newer = true;
    else if (word == "--only" && i + 1 < count)
      only = words[++i];
    else if (word == "--rounds" && i + 1 < count)
      rounds = std::max(1, std::atoi(words[++i]));
    else
      count = 0;
  }
  if (count < 2) {
    fmt::print(stderr, "planning_bench DB [--only TEXT] [--rounds N] [--newer]\n");
    return 2;
  }
  try {
    measure(words[1], only, rounds, newer);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
  return 0;
}
