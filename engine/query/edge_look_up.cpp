#include "engine/query/edge_look_up.h"

#include <algorithm>

namespace dossier {
namespace {

// The edges that the pattern asks for; nothing where it asks for more than that.
std::optional<AdjacencyKey> key_of(const ResolvedPattern& pattern) {
  if (pattern.on_terms || pattern.impossible || !pattern.object_ranges.empty() ||
      pattern.positions[1].is_variable || pattern.positions[3].is_variable)
    return std::nullopt;
  AdjacencyKey key;
  switch (pattern.graph.kind) {
    case GraphFilter::Kind::any:
      key.scope.all = true;
      break;
    case GraphFilter::Kind::exact:
      key.scope.graphs = pattern.graph.graphs;
      break;
    case GraphFilter::Kind::merged:
      key.scope.all = pattern.graph.all;
      if (!pattern.graph.all) key.scope.graphs = pattern.graph.graphs;
      break;
    case GraphFilter::Kind::among:
    case GraphFilter::Kind::named:
      return std::nullopt;
  }
  key.predicates = {pattern.positions[1].id};
  return key;
}

}  // namespace

EdgesInMemory edges_in_memory(const QueryContext& context, const ResolvedPattern& pattern) {
  AdjacencyCache* const cache = context.adjacencies();
  EdgesInMemory found;
  if (cache == nullptr || cache->bytes() == 0) return found;
  std::optional<AdjacencyKey> key = key_of(pattern);
  if (!key || (!key->scope.all && key->scope.graphs.empty())) return found;
  const auto state = context.snapshot().unchanged(key->scope.graphs, key->predicates);
  if (!state) return found;
  found.from_subject = cache->find(*key, *state) != nullptr;
  key->backwards = true;
  found.from_object = cache->find(*key, *state) != nullptr;
  return found;
}

EdgeLookUp::EdgeLookUp(QueryContext& context, const ResolvedPattern& pattern,
                       const std::array<int, 4>& source) {
  const auto end = [&](std::size_t position) -> std::optional<End> {
    const Slot& slot = pattern.positions[position];
    if (slot.is_variable && source[position] < 0) return std::nullopt;
    return End{source[position], slot.id, {}};
  };
  std::optional<AdjacencyKey> key = key_of(pattern);
  if (!key) return;
  std::optional<End> subject = end(0), object = end(2);
  if (!subject && !object) return;
  key->backwards = !subject;
  from_ = subject ? std::move(*subject) : std::move(*object);
  if (subject) to_ = std::move(object);
  use_.emplace(context, std::move(*key));
}

bool EdgeLookUp::ready(bool make) {
  if (!use_ || edges_ != nullptr) return in_memory();
  edges_ = use_->standing();
  if (edges_ == nullptr && make && use_->account() >= use_->worthwhile()) edges_ = use_->build();
  return in_memory();
}

void EdgeLookUp::begin(const Batch& input) {
  input_ = &input;
  numbered_ = 0;
  found_ = {};
  for (End* end : {&from_, to_ ? &*to_ : nullptr})
    if (end != nullptr && end->nodes.empty()) {
      end->nodes.resize(end->column < 0 ? 1 : kTogether);
      if (end->column < 0) end->nodes[0] = edges_->nodes().find(end->constant);
    }
}

void EdgeLookUp::number(End& end, std::size_t row) {
  if (end.column < 0) return;
  const AdjacencyNodes& nodes = edges_->nodes();
  const Id* const ids = input_->columns[static_cast<std::size_t>(end.column)].data() + row;
  const std::size_t count = std::min(kTogether, input_->rows - row);
  for (std::size_t i = 0; i < count; ++i) end.nodes[i] = nodes.find(ids[i]);
}

std::size_t EdgeLookUp::find(std::size_t row) {
  if (row == numbered_) {
    number(from_, row);
    if (to_) number(*to_, row);
    numbered_ += kTogether;
  }
  const std::uint32_t from = node(from_, row);
  if (from == AdjacencyNodes::kNone) return 0;
  found_ = edges_->targets(from);
  if (!to_) return found_.size();
  return std::binary_search(found_.begin(), found_.end(), node(*to_, row)) ? 1 : 0;
}

void EdgeLookUp::give(std::size_t from, std::size_t count, Id* out) const {
  const AdjacencyNodes& nodes = edges_->nodes();
  for (std::size_t i = 0; i < count; ++i) out[i] = nodes.id(found_[from + i]);
}

}  // namespace dossier
