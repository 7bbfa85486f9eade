#include "engine/path/connection.h"

#include <algorithm>

namespace dossier {
namespace {

constexpr ColumnMask kTriple = 0b111;
constexpr ColumnMask kTripleTerm = 0b1111;

bool is_node(Id id) {
  return id.tag() == Tag::iri || id.tag() == Tag::blank;
}

// The rows of ascending nodes, by one cursor.
class NodeRows {
 public:
  NodeRows(QueryContext& context, Permutation permutation, ColumnMask columns)
      : context_(context), cursor_(context.snapshot().scan({permutation}, columns, &context.counters())) {}

  // Calls `take(columns, row)` for up to `most` rows of the node; the number of them.
  template <typename Take>
  std::uint64_t each(Id node, std::uint64_t most, Take&& take) {
    std::uint64_t seen = 0;
    cursor_->seek({node}, 1);
    for (RowBlock block; cursor_->next(block);) {
      context_.check();
      for (std::size_t row = 0; row < block.rows; ++row) {
        if (block.columns[0][row] != node || seen == most) return seen;
        ++seen;
        take(block.columns, row);
      }
    }
    return seen;
  }

 private:
  QueryContext& context_;
  std::unique_ptr<RowCursor> cursor_;
};

}  // namespace

struct ConnectionSearch::Cursors {
  NodeRows out;
  NodeRows in;
  std::optional<NodeRows> claims_out;
  std::optional<NodeRows> claims_in;
};

ConnectionSearch::ConnectionSearch(QueryContext& context, Limits limits)
    : context_(context), limits_(std::move(limits)), memory_(context.budget(), "the search for connections") {
  const Snapshot& snapshot = context.snapshot();
  if (snapshot.triple_terms() > 0)
    reifies_ = snapshot.find(kIriByte + std::string("http://www.w3.org/1999/02/22-rdf-syntax-ns#reifies"));
  std::sort(limits_.excluded.begin(), limits_.excluded.end());
}

std::uint32_t ConnectionSearch::place(Id node) {
  bool added = false;
  const auto number = static_cast<std::uint32_t>(numbers_.at(node, 0, places_.size(), &added));
  if (added) places_.emplace_back().node = node;
  return number;
}

void ConnectionSearch::account() {
  memory_.resize(numbers_.memory() + places_.capacity() * sizeof(Place) + links_.capacity() * sizeof(Link) +
                 (levels_[0].capacity() + levels_[1].capacity()) * sizeof(std::uint32_t));
}

// Those of the numbers that have not been read.
void ConnectionSearch::read(std::vector<std::uint32_t> numbers) {
  std::erase_if(numbers, [&](std::uint32_t number) { return places_[number].state != Place::State::fresh; });
  if (numbers.empty()) return;
  std::sort(numbers.begin(), numbers.end(),
            [&](std::uint32_t a, std::uint32_t b) { return places_[a].node < places_[b].node; });
  Cursors cursors{{context_, Permutation::spog, kTriple}, {context_, Permutation::ospg, kTriple}, {}, {}};
  if (reifies_.is_bound()) {
    cursors.claims_out.emplace(context_, Permutation::spoi, kTripleTerm);
    cursors.claims_in.emplace(context_, Permutation::ospi, kTripleTerm);
  }
  for (const std::uint32_t number : numbers) {
    const Id node = places_[number].node;
    const std::uint64_t most = limits_.hub_links == 0 || is_end(number) ? UINT64_MAX : limits_.hub_links + 1;
    edges_.clear();
    const auto add = [&](Id subject, Id predicate, Id object) {
      if (is_node(subject) && is_node(object) && subject != object &&
          !std::binary_search(limits_.excluded.begin(), limits_.excluded.end(), predicate))
        edges_.push_back({subject, predicate, object});
    };
    std::uint64_t rows = cursors.out.each(
        node, most, [&](const auto& columns, std::size_t i) { add(node, columns[1][i], columns[2][i]); });
    if (rows < most)
      rows += cursors.in.each(node, most - rows, [&](const auto& columns, std::size_t i) {
        add(columns[1][i], columns[2][i], node);
      });
    if (rows >= most) {
      places_[number].state = Place::State::hub;
      continue;
    }
    std::sort(edges_.begin(), edges_.end());
    if (reifies_.is_bound()) read_claims(cursors, node, most);
    edges_.erase(std::unique(edges_.begin(), edges_.end()), edges_.end());
    const std::size_t first = links_.size();
    for (const PathEdge& edge : edges_)
      links_.push_back({edge, place(edge.subject == node ? edge.object : edge.subject)});
    Place& at = places_[number];
    at.state = Place::State::read;
    at.first = first;
    at.links = static_cast<std::uint32_t>(links_.size() - first);
    if ((number & 0xFF) == 0) account();
  }
  account();
}

// Adds the claims about the node that no graph holds. `edges_` are the sorted ones that some graph does.
void ConnectionSearch::read_claims(Cursors& cursors, Id node, std::uint64_t most) {
  const std::size_t asserted = edges_.size();
  const auto add = [&](const PathEdge& edge, Id term) {
    if (!is_node(edge.subject) || !is_node(edge.object) || edge.subject == edge.object ||
        std::binary_search(limits_.excluded.begin(), limits_.excluded.end(), edge.predicate) ||
        std::binary_search(edges_.begin(), edges_.begin() + static_cast<std::ptrdiff_t>(asserted), edge))
      return;
    // A triple term may stand somewhere else than behind a reifier.
    const auto reifiers = context_.snapshot().scan({Permutation::posg, {reifies_, term}, 2}, 0b100);
    if (RowBlock block; reifiers->next(block)) edges_.push_back(edge);
  };
  cursors.claims_out->each(node, most, [&](const auto& columns, std::size_t i) {
    add({node, columns[1][i], columns[2][i]}, columns[3][i]);
  });
  cursors.claims_in->each(node, most, [&](const auto& columns, std::size_t i) {
    add({columns[1][i], columns[2][i], node}, columns[3][i]);
  });
  std::sort(edges_.begin(), edges_.end());
}

// One step more from the start (0) or from the end (1).
void ConnectionSearch::expand(std::size_t side) {
  const std::vector<std::uint32_t> level = std::move(levels_[side]);
  levels_[side].clear();
  read(level);
  const std::uint32_t distance = ++depths_[side];
  for (const std::uint32_t number : level) {
    const Place at = places_[number];
    for (std::size_t i = at.first; i < at.first + at.links; ++i) {
      const std::uint32_t other = links_[i].other;
      if (places_[other].distance[side] != kFar) continue;
      places_[other].distance[side] = distance;
      if (!is_end(other)) levels_[side].push_back(other);
    }
  }
  if (levels_[side].empty()) depths_[side] = kFar;
}

// Beyond what the search from the end knows, a node leads on when one that it is linked with does.
void ConnectionSearch::mark(std::uint32_t length) {
  marked_to_ = depths_[1] >= length ? 0 : length - depths_[1];
  if (marked_to_ == 0) return;
  for (Place& at : places_) {
    const bool leads_on = at.distance[0] <= marked_to_ && at.distance[1] <= length - marked_to_;
    at.leads_on = leads_on ? std::uint32_t{1} << marked_to_ : 0;
  }
  for (std::uint32_t position = marked_to_; position-- > 0;) {
    context_.check();
    const std::uint32_t next = std::uint32_t{1} << (position + 1);
    for (Place& at : places_) {
      if (at.distance[0] > position || at.state != Place::State::read) continue;
      for (std::size_t i = at.first; i < at.first + at.links; ++i)
        if ((places_[links_[i].other].leads_on & next) != 0) {
          at.leads_on |= next >> 1;
          break;
        }
    }
  }
}

bool ConnectionSearch::may_stand(std::uint32_t number, std::uint32_t position, std::uint32_t length) const {
  if (is_end(number)) return number == 0 ? position == 0 : position == length;
  if (position == length) return false;
  if (position <= marked_to_) return (places_[number].leads_on >> position & 1) != 0;
  return places_[number].distance[1] <= length - position;
}

// The paths of this length, depth first.
void ConnectionSearch::walk(std::uint32_t length, std::vector<FoundPath>& paths) {
  struct Step {
    std::uint32_t number;
    std::uint32_t next = 0;  // of its links
  };
  std::vector<Step> steps{{0}};
  std::uint64_t looked_at = 0;
  while (!steps.empty() && paths.size() < limits_.paths) {
    if ((++looked_at & 0xFFF) == 0) context_.check();
    Step& step = steps.back();
    if (places_[step.number].state == Place::State::fresh) read({step.number});
    const Place& at = places_[step.number];
    if (step.next == at.links) {
      steps.pop_back();
      continue;
    }
    const std::uint32_t other = links_[at.first + step.next++].other;
    const auto position = static_cast<std::uint32_t>(steps.size());
    if (!may_stand(other, position, length) ||
        std::any_of(steps.begin(), steps.end(), [&](const Step& before) { return before.number == other; }))
      continue;
    if (position < length) {
      steps.push_back({other});
      continue;
    }
    FoundPath& path = paths.emplace_back();
    path.start = places_[0].node;
    path.end = places_[1].node;
    for (const Step& taken : steps)
      path.edges.push_back(links_[places_[taken.number].first + taken.next - 1].edge);
  }
}

void ConnectionSearch::find(Id from, Id to, std::vector<FoundPath>& paths) {
  place(from);
  place(to);
  for (const std::uint32_t side : {0U, 1U}) {
    places_[side].distance[side] = 0;
    levels_[side] = {side};
  }
  for (std::uint32_t length = 1; length <= limits_.most_links && paths.size() < limits_.paths; ++length) {
    while (depths_[0] != kFar && depths_[1] != kFar && depths_[0] + depths_[1] < length)
      expand(levels_[0].size() <= levels_[1].size() ? 0 : 1);
    // Nobody knows the other: what one of them can reach has been read to its end.
    if ((depths_[0] == kFar && places_[1].distance[0] == kFar) ||
        (depths_[1] == kFar && places_[0].distance[1] == kFar)) {
      searched_ = limits_.most_links;
      return;
    }
    mark(length);
    walk(length, paths);
    searched_ = length;
  }
}

std::vector<Id> ConnectionSearch::hubs() const {
  std::vector<Id> hubs;
  for (const Place& at : places_)
    if (at.state == Place::State::hub) hubs.push_back(at.node);
  return hubs;
}

}  // namespace dossier
