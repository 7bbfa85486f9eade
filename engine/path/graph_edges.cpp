#include "engine/path/graph_edges.h"

#include <algorithm>

namespace dossier {
namespace {

constexpr std::uint64_t kLookUp = EdgeCosts::kScan + EdgeCosts::kSeek;  // of a node's edges in the index
constexpr std::uint64_t kLook = 50'000;  // work between two looks at what other queries keep, in nanoseconds

}  // namespace

GraphEdges::GraphEdges(QueryContext& context, const PathAutomaton& automaton, GraphScope scope)
    : context_(context), scope_(std::move(scope)), adjacencies_(context, automaton, scope_) {
  for (const bool backwards : {false, true}) {
    const bool ahead = std::any_of(automaton.labels.begin(), automaton.labels.end(),
                                   [&](const PathLabel& label) { return label.inverse == backwards; });
    ways_[backwards ? 1 : 0].directions = {ahead, !ahead};
  }
}

bool GraphEdges::in_memory() const {
  return ways_[0].adjacency != nullptr || ways_[1].adjacency != nullptr;
}

const Adjacency* GraphEdges::adjacency(bool backwards) {
  Way& way = ways_[backwards ? 1 : 0];
  if (way.adjacency != nullptr || way.refused) return way.adjacency;
  if (way.work < way.next_look) return nullptr;
  way.next_look = way.work + kLook;
  if (!adjacencies_.stand(way.directions)) {
    if (!adjacencies_.worthwhile(way.directions)) return nullptr;
    way.refused = !adjacencies_.build(way.directions);
    if (way.refused) return nullptr;
  }
  way.adjacency = adjacencies_.get(way.directions, backwards);
  return way.adjacency;
}

void GraphEdges::read(Id node, const PathLabel& label, bool backwards, std::vector<PathEdge>& edges) {
  if (node.is_local() || (label.kind == PathLabel::Kind::link && !label.predicate.is_bound())) return;
  if (const Adjacency* memory = adjacency(backwards))
    read_memory(*memory, node, label, backwards, edges);
  else
    read_index(node, label, backwards, edges);
}

void GraphEdges::read_memory(const Adjacency& adjacency, Id node, const PathLabel& label, bool backwards,
                             std::vector<PathEdge>& edges) {
  const AdjacencyNodes& nodes = adjacency.nodes();
  const std::uint32_t number = nodes.find(node);
  if (number == AdjacencyNodes::kNone) return;
  const auto add = [&](Id predicate, std::uint32_t other) {
    const Id end = nodes.id(other);
    edges.push_back(backwards ? PathEdge{end, predicate, node} : PathEdge{node, predicate, end});
  };
  if (label.kind == PathLabel::Kind::link) {
    const std::uint32_t place = adjacency.find_predicate(label.predicate);
    if (place == AdjacencyNodes::kNone) return;
    const auto targets = adjacency.targets(number, place);
    work_.edges += targets.size();
    for (std::uint32_t other : targets) add(label.predicate, other);
    return;
  }
  const auto targets = adjacency.targets(number);
  const auto predicates = adjacency.target_predicates(number);
  work_.edges += targets.size();
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const Id predicate = adjacency.predicates()[predicates.empty() ? 0 : predicates[i]];
    if (!std::binary_search(label.excluded.begin(), label.excluded.end(), predicate))
      add(predicate, targets[i]);
  }
}

void GraphEdges::read_index(Id node, const PathLabel& label, bool backwards, std::vector<PathEdge>& edges) {
  const bool link = label.kind == PathLabel::Kind::link;
  // Where subject, predicate and object stand: link p s o / p o s; any s p o / o s p.
  ScanRange range;
  std::size_t subject = 0, predicate = 1, object = 2;
  if (link) {
    range.permutation = backwards ? Permutation::posg : Permutation::psog;
    range.prefix = {label.predicate, node};
    range.prefix_length = 2;
    predicate = 0;
    subject = backwards ? 2 : 1;
    object = backwards ? 1 : 2;
  } else {
    range.permutation = backwards ? Permutation::ospg : Permutation::spog;
    range.prefix = {node};
    range.prefix_length = 1;
    if (backwards) {
      object = 0;
      subject = 1;
      predicate = 2;
    }
  }
  std::uint64_t work = kLookUp;
  const auto cursor = context_.snapshot().scan(range, kAllColumns, &context_.counters());
  for (RowBlock block; cursor->next(block);) {
    context_.check();
    work_.edges += block.rows;
    work += block.rows * EdgeCosts::kRow;
    for (std::size_t row = 0; row < block.rows; ++row) {
      const PathEdge edge{block.columns[subject][row], block.columns[predicate][row],
                          block.columns[object][row]};
      if (scope_.contains(block.columns[3][row]) &&
          !std::binary_search(label.excluded.begin(), label.excluded.end(), edge.predicate))
        edges.push_back(edge);
    }
  }
  Way& way = ways_[backwards ? 1 : 0];
  way.work += work;
  adjacencies_.spend(way.directions, work);
}

std::optional<double> GraphEdges::known(Id node, const PathLabel& label, bool backwards) const {
  const Adjacency* const memory = ways_[backwards ? 1 : 0].adjacency;
  if (memory == nullptr) return std::nullopt;
  const std::uint32_t number = memory->nodes().find(node);
  if (number == AdjacencyNodes::kNone) return 0;
  if (label.kind == PathLabel::Kind::any) return memory->degree(number);
  const std::uint32_t place = memory->find_predicate(label.predicate);
  return place == AdjacencyNodes::kNone ? 0 : static_cast<double>(memory->targets(number, place).size());
}

double GraphEdges::expected(const PathLabel& label, bool backwards) const {
  const Snapshot& snapshot = context_.snapshot();
  const auto mean = [](std::uint64_t edges, std::uint64_t nodes) {
    return static_cast<double>(edges) / static_cast<double>(std::max<std::uint64_t>(nodes, 1));
  };
  if (label.kind == PathLabel::Kind::any)
    return mean(snapshot.quads(), backwards ? snapshot.distinct_objects() : snapshot.distinct_subjects());
  if (!label.predicate.is_bound()) return 0;
  const PredicateStatistics those = snapshot.predicate(label.predicate);
  return mean(those.triples, backwards ? those.distinct_objects : those.distinct_subjects);
}

}  // namespace dossier
