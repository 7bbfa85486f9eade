// Session::connections.
#include <algorithm>

#include "engine/path/connection.h"
#include "engine/session_core.h"

namespace dossier {
namespace {

constexpr unsigned kMostLinks = 31;

Path path_of(const Snapshot& snapshot, const FoundPath& found) {
  Path path;
  Id at = found.start;
  path.nodes.push_back(snapshot.term(at));
  for (const PathEdge& edge : found.edges) {
    const bool backwards = edge.subject != at;
    at = backwards ? edge.subject : edge.object;
    Path::Edge& link = path.edges.emplace_back();
    link.triple =
        Term::triple(snapshot.term(edge.subject), snapshot.term(edge.predicate), snapshot.term(edge.object));
    link.backwards = backwards;
    path.nodes.push_back(snapshot.term(at));
  }
  return path;
}

}  // namespace

Connections Session::connections(const Term& from, const Term& to, const ConnectionOptions& options) {
  SessionCore& core = *state_->core;
  core.cancelled.store(false);
  QueryLimits limits;
  limits.timeout = options.timeout;
  limits.memory_bytes = options.memory_bytes;
  QueryContext context(core.snapshot(), limits, &core.cancelled);
  const Snapshot& snapshot = context.snapshot();
  Connections connections;
  const std::array<Id, 2> ends{find_term(snapshot, from), find_term(snapshot, to)};
  if (!ends[0].is_bound() || !ends[1].is_bound() || ends[0] == ends[1]) {
    connections.searched = options.most_links;
    return connections;
  }
  ConnectionSearch::Limits wanted{
      options.paths, std::min(options.most_links, kMostLinks), options.hub_links, {}};
  for (const Term& predicate : options.excluded)
    if (const Id id = find_term(snapshot, predicate); id.is_bound()) wanted.excluded.push_back(id);
  ConnectionSearch search(context, std::move(wanted));
  std::vector<FoundPath> found;
  try {
    search.find(ends[0], ends[1], found);
  } catch (const LimitError& error) {
    if (error.reason() == LimitError::Reason::cancelled) throw;
    connections.ended = error.what();
  }
  connections.searched = search.searched();
  for (const FoundPath& path : found) connections.paths.push_back(path_of(snapshot, path));
  for (const Id hub : search.hubs())
    connections.hubs.push_back({snapshot.term(hub), snapshot.count({Permutation::spog, {hub}, 1}) +
                                                        snapshot.count({Permutation::ospg, {hub}, 1})});
  std::stable_sort(connections.hubs.begin(), connections.hubs.end(),
                   [](const Frequency& a, const Frequency& b) { return a.quads > b.quads; });
  return connections;
}

}  // namespace dossier
