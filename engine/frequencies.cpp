// What occurs in a store, and how often: read from the indexes by seeks whose number is bounded.
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "engine/session_core.h"

namespace dossier {
namespace {

// Rows of a subject that are read one by one; behind them the cursor seeks the next predicate.
constexpr std::size_t kReadRows = 64;
// Nodes that are looked at for one place of the index, so that a sample is spread and the places are few.
constexpr std::size_t kNodesOfAPlace = 8;

Id next_id(Id id) {
  return Id{id.bits + 1};
}

ScanRange range_of(Permutation permutation, std::initializer_list<Id> prefix) {
  ScanRange range;
  range.permutation = permutation;
  for (const Id id : prefix) range.prefix[static_cast<std::size_t>(range.prefix_length++)] = id;
  return range;
}

// The values of the first free column of a range, each once, until `take` says false.
template <typename Take>
void each_value(const Snapshot& snapshot, const ScanRange& range, Take take) {
  const auto column = static_cast<std::size_t>(range.prefix_length);
  const auto cursor = snapshot.scan(range, (2U << column) - 1);
  std::optional<Id> current;
  std::size_t read = 0;
  for (RowBlock block; cursor->next(block);) {
    const Id* const values = block.columns[column];
    std::size_t i = 0;
    for (; i < block.rows && read < kReadRows; ++i) {
      if (current == values[i]) {
        ++read;
        continue;
      }
      current = values[i];
      read = 0;
      if (!take(*current)) return;
    }
    if (read < kReadRows) continue;
    read = 0;
    if (current == kMaxId) return;
    Row behind = range.prefix;
    behind[column] = next_id(*current);
    cursor->seek(behind, range.prefix_length + 1);
  }
}

std::vector<Frequency> by_number(const Snapshot& snapshot,
                                 const std::unordered_map<std::uint64_t, std::uint64_t>& found) {
  std::vector<Frequency> result;
  for (const auto& [bits, quads] : found) result.push_back({snapshot.term(Id{bits}), quads});
  std::sort(result.begin(), result.end(), [](const Frequency& a, const Frequency& b) {
    return a.quads != b.quads ? a.quads > b.quads : a.term.value() < b.term.value();
  });
  return result;
}

// A link with the ids of its terms.
struct IdLink {
  Id predicate;
  Id other;  // kUnbound: any
  bool incoming = false;

  ScanRange nodes() const {
    const auto index = [&](Permutation with_other, Permutation without) {
      return other.is_bound() ? range_of(with_other, {predicate, other}) : range_of(without, {predicate});
    };
    return incoming ? index(Permutation::psog, Permutation::posg)
                    : index(Permutation::posg, Permutation::psog);
  }
  bool holds(const Snapshot& snapshot, Id node) const {
    ScanRange range = incoming ? range_of(Permutation::posg, {predicate, node})
                               : range_of(Permutation::psog, {predicate, node});
    if (other.is_bound()) range.prefix[static_cast<std::size_t>(range.prefix_length++)] = other;
    RowBlock block;
    return snapshot.scan(range, 0)->next(block);
  }
};

// Up to `limit` nodes that have all of the links, from places all over the index.
std::vector<Id> sample_nodes(const Snapshot& snapshot, std::span<const IdLink> links, std::size_t limit) {
  const IdLink& rarest = *std::min_element(links.begin(), links.end(), [&](const IdLink& a, const IdLink& b) {
    return snapshot.estimate(a.nodes()) < snapshot.estimate(b.nodes());
  });
  const ScanRange range = rarest.nodes();
  std::vector<Id> places = snapshot.split(range, std::max<std::size_t>(2, limit / kNodesOfAPlace));
  places.insert(places.begin(), kMinId);
  // Where the index cannot be cut so often, more is taken of each place; where the links are seldom together,
  // the tries end.
  const std::size_t of_a_place = std::max(kNodesOfAPlace, limit / places.size() + 1);
  std::vector<Id> nodes;
  std::unordered_set<std::uint64_t> seen;
  for (const Id place : places) {
    ScanRange piece = range;
    piece.low = place;
    std::size_t tries = 0;
    each_value(snapshot, piece, [&](Id node) {
      if (seen.insert(node.bits).second && std::all_of(links.begin(), links.end(), [&](const IdLink& link) {
            return link.holds(snapshot, node);
          }))
        nodes.push_back(node);
      return ++tries < of_a_place && nodes.size() < limit;
    });
    if (nodes.size() >= limit) break;
  }
  return nodes;
}

}  // namespace

std::vector<Frequency> Session::objects_of(const Term& predicate, std::size_t limit) {
  const auto snapshot = state_->core->snapshot();
  const Id id = find_term(*snapshot, predicate);
  if (!id.is_bound()) return {};
  const ScanRange range = range_of(Permutation::posg, {id});
  std::unordered_map<std::uint64_t, std::uint64_t> found;
  each_value(*snapshot, range, [&](Id object) {
    found.emplace(object.bits, 0);
    return found.size() < limit;
  });
  // Where there are more, those with many quads are met at the places that cut the index into equal parts.
  if (found.size() == limit)
    for (const Id object : snapshot->split(range, limit)) found.emplace(object.bits, 0);
  for (auto& [bits, quads] : found) quads = snapshot->count(range_of(Permutation::posg, {id, Id{bits}}));
  // A place between two objects is no term.
  std::erase_if(found, [](const auto& object) { return object.second == 0; });
  std::vector<Frequency> result = by_number(*snapshot, found);
  if (result.size() > limit) result.resize(limit);
  return result;
}

std::vector<Frequency> Session::predicates_of(std::span<const NodeLink> links, std::size_t sample) {
  const auto snapshot = state_->core->snapshot();
  std::vector<IdLink> ids;
  for (const NodeLink& link : links) {
    IdLink& one = ids.emplace_back(IdLink{find_term(*snapshot, link.predicate), kUnbound, link.incoming});
    if (!one.predicate.is_bound()) return {};
    if (!link.other) continue;
    one.other = find_term(*snapshot, *link.other);
    if (!one.other.is_bound()) return {};
  }
  if (ids.empty()) return {};
  std::unordered_map<std::uint64_t, std::uint64_t> found;
  for (const Id node : sample_nodes(*snapshot, ids, sample))
    each_value(*snapshot, range_of(Permutation::spog, {node}), [&](Id predicate) {
      ++found[predicate.bits];
      return true;
    });
  return by_number(*snapshot, found);
}

std::vector<Frequency> Session::predicates_of(const Term& subject) {
  const auto snapshot = state_->core->snapshot();
  const Id id = find_term(*snapshot, subject);
  if (!id.is_bound()) return {};
  std::unordered_map<std::uint64_t, std::uint64_t> found;
  each_value(*snapshot, range_of(Permutation::spog, {id}), [&](Id predicate) {
    found[predicate.bits] = snapshot->count(range_of(Permutation::spog, {id, predicate}));
    return true;
  });
  return by_number(*snapshot, found);
}

std::uint64_t Session::count(const QuadPattern& pattern) {
  const auto snapshot = state_->core->snapshot();
  const auto id = [&](const std::optional<Term>& term) {
    return term ? find_term(*snapshot, *term) : kUnbound;
  };
  const Id s = id(pattern.subject);
  const Id p = id(pattern.predicate);
  const Id o = id(pattern.object);
  if ((pattern.subject && !s.is_bound()) || (pattern.predicate && !p.is_bound()) ||
      (pattern.object && !o.is_bound()))
    return 0;
  if (s.is_bound() && p.is_bound() && o.is_bound())
    return snapshot->count(range_of(Permutation::spog, {s, p, o}));
  if (s.is_bound() && o.is_bound()) return snapshot->count(range_of(Permutation::ospg, {o, s}));
  if (s.is_bound() && p.is_bound()) return snapshot->count(range_of(Permutation::spog, {s, p}));
  if (p.is_bound() && o.is_bound()) return snapshot->count(range_of(Permutation::posg, {p, o}));
  if (s.is_bound()) return snapshot->count(range_of(Permutation::spog, {s}));
  if (p.is_bound()) return snapshot->count(range_of(Permutation::psog, {p}));
  if (o.is_bound()) return snapshot->count(range_of(Permutation::ospg, {o}));
  return snapshot->quads();
}

}  // namespace dossier
