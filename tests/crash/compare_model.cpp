#include "tests/crash/compare_model.h"

#include <set>
#include <unordered_map>

#include "engine/session_core.h"

namespace dossier::test {
namespace {

void compare_statistics(const Snapshot& snapshot, const QuadModel& model, const std::string& whose) {
  const std::string default_graph;
  std::map<std::string, std::uint64_t> by_graph;
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> by_predicate;  // all, in named graphs
  std::map<std::pair<std::string, std::string>, std::uint64_t> by_both;
  std::map<std::string, Term> terms;
  for (const auto& [key, quad] : model) {
    const std::string g = quad.graph ? key_of(*quad.graph) : default_graph;
    const std::string p = key_of(quad.predicate);
    terms.emplace(p, quad.predicate);
    if (quad.graph) terms.emplace(g, *quad.graph);
    ++by_graph[g];
    ++by_predicate[p].first;
    by_predicate[p].second += quad.graph.has_value();
    ++by_both[{g, p}];
  }
  require_equal(snapshot.quads(), model.size(), whose + ": quads");
  const std::size_t named = by_graph.size() - by_graph.count(default_graph);
  require_equal(snapshot.named_graphs().size(), named, whose + ": named graphs");
  require_equal(snapshot.predicates().size(), by_predicate.size(), whose + ": predicates");
  const auto id = [&](const std::string& key) {
    return key.empty() ? kDefaultGraph : find_term(snapshot, terms.at(key));
  };
  for (const auto& [g, count] : by_graph)
    require_equal(snapshot.quads(id(g)), count, whose + ": quads of the graph " + g);
  for (const auto& [p, count] : by_predicate) {
    const PredicateStatistics numbers = snapshot.predicate(id(p));
    require_equal(numbers.triples, count.first, whose + ": quads of " + p);
    require_equal(numbers.named, count.second, whose + ": quads of " + p + " in named graphs");
  }
  for (const auto& [both, count] : by_both)
    require_equal(snapshot.quads(id(both.first), id(both.second)), count,
                  whose + ": quads of " + both.second + " in " + both.first);
}

}  // namespace

void compare_snapshot(const Snapshot& snapshot, const QuadModel& model, const std::string& whose) {
  std::unordered_map<std::uint64_t, std::string> keys;
  const auto key = [&](Id id) -> const std::string& {
    auto [place, added] = keys.try_emplace(id.bits);
    if (added) place->second = key_of(snapshot.term(id));
    return place->second;
  };
  for (int p = 0; p < static_cast<int>(kPermutations); ++p) {
    ScanRange range;
    range.permutation = static_cast<Permutation>(p);
    const bool of_quads = range.permutation <= Permutation::gspo;
    const auto& order = kColumnOrder[static_cast<std::size_t>(p)];
    const auto cursor = snapshot.scan(range, kAllColumns);
    std::set<std::string> found;
    Row last{};
    std::uint64_t rows = 0;
    for (RowBlock block; cursor->next(block);) {
      for (std::size_t i = 0; i < block.rows; ++i, ++rows) {
        Row row;
        Row quad;
        for (std::size_t c = 0; c < 4; ++c) quad[order[c]] = row[c] = block.columns[c][i];
        if (rows > 0 && !(last < row)) differ(fmt::format("{}: permutation {} is not sorted", whose, p));
        last = row;
        std::string text = key(quad[0]) + " " + key(quad[1]) + " " + key(quad[2]);
        if (!of_quads) {
          if (key(quad[3]) != "<<( " + text + " )>>") differ(whose + ": a triple term is not its row");
        } else if (quad[3] != kDefaultGraph) {
          text += " " + key(quad[3]);
        }
        found.insert(std::move(text));
      }
    }
    require_equal(snapshot.count(range), rows, fmt::format("{}: count of permutation {}", whose, p));
    if (!of_quads) {
      require_equal(rows, snapshot.triple_terms(), fmt::format("{}: rows of permutation {}", whose, p));
      continue;
    }
    // A term with two ids would be two rows of one text.
    require_equal(found.size(), rows, fmt::format("{}: different rows of permutation {}", whose, p));
    auto expected = model.begin();
    for (const std::string& line : found) {
      while (expected != model.end() && p == static_cast<int>(Permutation::gspo) && !expected->second.graph)
        ++expected;
      if (expected == model.end() || expected->first != line)
        differ(fmt::format("{}: permutation {} has {}, expected {}", whose, p, line,
                           expected == model.end() ? "no more" : expected->first));
      ++expected;
    }
    for (; expected != model.end(); ++expected)
      if (p != static_cast<int>(Permutation::gspo) || expected->second.graph)
        differ(fmt::format("{}: permutation {} lacks {}", whose, p, expected->first));
  }
  compare_statistics(snapshot, model, whose);
}

}  // namespace dossier::test
