#include "tests/paths/naive_paths.h"

#include <algorithm>
#include <set>

namespace dossier::paths {
namespace {

using grammar::Path;
using Mode = grammar::PathSearch::Mode;
using Selector = grammar::PathSearch::Selector;

constexpr std::size_t kMostWalks = 1000;  // of one length from one node
constexpr std::size_t kLongestWalk = 10;

// Does the step of the walk go along its edge, or against it? A loop does both.
bool goes(const Walk& walk, std::size_t step, bool against) {
  const Edge& edge = walk.edges[step];
  return walk.nodes[step] == (against ? edge.object : edge.subject) &&
         walk.nodes[step + 1] == (against ? edge.subject : edge.object);
}

// The places in the walk where a match that begins at `from` may end.
std::set<std::size_t> ends(const Path& path, const Walk& walk, std::size_t from, bool inverse) {
  std::set<std::size_t> result;
  const auto after = [&](const Path& part, const std::set<std::size_t>& starts) {
    std::set<std::size_t> all;
    for (std::size_t start : starts) all.merge(ends(part, walk, start, inverse));
    return all;
  };
  switch (path.kind) {
    case Path::Kind::link:
      if (from < walk.edges.size() && walk.edges[from].predicate == path.iri.value &&
          goes(walk, from, inverse))
        result.insert(from + 1);
      break;
    case Path::Kind::inverse:
      return ends(path.parts[0], walk, from, !inverse);
    case Path::Kind::sequence: {
      std::set<std::size_t> reached{from};
      for (std::size_t i = 0; i < path.parts.size(); ++i)
        reached = after(path.parts[inverse ? path.parts.size() - 1 - i : i], reached);
      return reached;
    }
    case Path::Kind::alternative:
      for (const auto& part : path.parts) result.merge(ends(part, walk, from, inverse));
      break;
    case Path::Kind::repeat: {
      std::set<std::size_t> reached{from};
      // More rounds than edges reach nothing new.
      const std::uint64_t most = std::min<std::uint64_t>(path.max, path.min + walk.edges.size() + 1);
      for (std::uint64_t round = 0; round <= most; ++round) {
        if (round >= path.min) result.insert(reached.begin(), reached.end());
        reached = after(path.parts[0], reached);
      }
      break;
    }
    case Path::Kind::negated: {
      if (from >= walk.edges.size()) break;
      const bool has_inverse = std::any_of(path.excluded.begin(), path.excluded.end(),
                                           [](const auto& step) { return step.inverse; });
      const bool has_forward = !has_inverse || std::any_of(path.excluded.begin(), path.excluded.end(),
                                                           [](const auto& step) { return !step.inverse; });
      for (const bool against : {false, true}) {
        const bool named = std::any_of(path.excluded.begin(), path.excluded.end(), [&](const auto& step) {
          return step.inverse == against && step.iri.value == walk.edges[from].predicate;
        });
        if ((against ? has_inverse : has_forward) && !named && goes(walk, from, against != inverse))
          result.insert(from + 1);
      }
      break;
    }
  }
  return result;
}

template <typename T>
bool distinct(std::vector<T> values) {
  std::sort(values.begin(), values.end());
  return std::adjacent_find(values.begin(), values.end()) == values.end();
}

}  // namespace

bool matches(const Path& path, const Walk& walk) {
  return ends(path, walk, 0, false).count(walk.edges.size()) != 0;
}

bool allows(Mode mode, const Walk& walk) {
  switch (mode) {
    case Mode::walk:
      return true;
    case Mode::trail:
      return distinct(walk.edges);
    case Mode::acyclic:
      return distinct(walk.nodes);
    case Mode::simple: {
      std::vector<std::string> nodes = walk.nodes;
      if (nodes.size() > 1 && nodes.front() == nodes.back()) nodes.pop_back();
      return distinct(nodes);
    }
  }
  return false;
}

std::uint64_t longest(const Path& path) {
  std::uint64_t length = 0;
  switch (path.kind) {
    case Path::Kind::link:
    case Path::Kind::negated:
      return 1;
    case Path::Kind::inverse:
      return longest(path.parts[0]);
    case Path::Kind::sequence:
      for (const auto& part : path.parts) length += longest(part);
      break;
    case Path::Kind::alternative:
      for (const auto& part : path.parts) length = std::max(length, longest(part));
      break;
    case Path::Kind::repeat:
      if (path.max == 0) return 0;
      length = path.max == Path::kUnbounded ? Path::kUnbounded : path.max * longest(path.parts[0]);
      break;
  }
  return std::min<std::uint64_t>(length, Path::kUnbounded);
}

Walks walks(const std::vector<Edge>& graph, const std::string& start, Mode mode) {
  Walks result;
  std::vector<Walk> level{{{start}, {}}};
  for (;; ++result.length) {
    result.all.insert(result.all.end(), level.begin(), level.end());
    std::vector<Walk> next;
    for (const Walk& walk : level)
      for (const Edge& edge : graph) {
        if (edge.subject != walk.nodes.back() && edge.object != walk.nodes.back()) continue;
        Walk longer = walk;
        longer.edges.push_back(edge);
        longer.nodes.push_back(edge.subject == walk.nodes.back() ? edge.object : edge.subject);
        if (allows(mode, longer)) next.push_back(std::move(longer));
      }
    if (next.empty()) result.whole = true;
    if (next.empty() || (mode == Mode::walk && (next.size() > kMostWalks || result.length == kLongestWalk)))
      return result;
    level = std::move(next);
  }
}

std::vector<Walk> select(const grammar::PathSearch& search, const std::vector<Walk>& between) {
  std::set<std::size_t> lengths;
  std::vector<Walk> taken;
  for (const Walk& walk : between) {
    lengths.insert(walk.edges.size());
    const bool takes = search.selector == Selector::all || search.selector == Selector::any ||
                       (search.selector == Selector::any_shortest && lengths.size() == 1) ||
                       ((search.selector == Selector::shortest || search.selector == Selector::cheapest) &&
                        taken.size() < search.count) ||
                       (search.selector == Selector::groups && lengths.size() <= search.count);
    if (takes) taken.push_back(walk);
  }
  return taken;
}

}  // namespace dossier::paths
