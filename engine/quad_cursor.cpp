// Session::match: quads of a pattern, straight from a permutation.
#include <algorithm>

#include "engine/quad_cursor.h"
#include "engine/session_core.h"

namespace dossier {
namespace {

constexpr QuadOrder kPosg{Permutation::posg, {2, 0, 1, 3}};
constexpr QuadOrder kOspg{Permutation::ospg, {1, 2, 0, 3}};
constexpr QuadOrder kPsog{Permutation::psog, {1, 0, 2, 3}};
constexpr QuadOrder kGspo{Permutation::gspo, {1, 2, 3, 0}};

// The permutation that has the most of the bound columns in front.
QuadOrder choose_order(bool s, bool p, bool o, bool named_graph) {
  if (named_graph && !o && (s || !p)) return kGspo;
  if (s) return o && !p ? kOspg : kSpogOrder;
  if (p) return o ? kPosg : kPsog;
  return o ? kOspg : kSpogOrder;
}

constexpr std::size_t kDecodedRows = 256;

}  // namespace

bool QuadCursor::State::fill() {
  rows.clear();
  next_row = 0;
  while (cursor && rows.size() < kDecodedRows) {
    if (block_row == block.rows) {
      block_row = 0;
      block.rows = 0;
      if (!cursor->next(block)) {
        cursor.reset();
        break;
      }
    }
    Row row{};
    for (std::size_t i = 0; i < 4; ++i)
      row[i] = block.columns[static_cast<std::size_t>(order.column[i])][block_row];
    ++block_row;
    bool passes = true;
    for (std::size_t i = 0; i < 4; ++i) passes = passes && (!wanted[i].is_bound() || wanted[i] == row[i]);
    if (passes) rows.push_back(row);
  }
  ids.clear();
  for (const Row& row : rows)
    for (const Id id : row)
      if (id != kDefaultGraph) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  // Triple terms have no bytes of their own; they come one by one, after the rest of the ids.
  const auto triples =
      std::stable_partition(ids.begin(), ids.end(), [](Id id) { return id.tag() != Tag::triple; });
  const auto simple = static_cast<std::size_t>(triples - ids.begin());
  bytes.clear();
  ends.clear();
  terms.clear();
  snapshot->decode(std::span(ids).first(simple), bytes, ends);
  for (std::size_t i = 0; i < simple; ++i) {
    const std::size_t begin = i == 0 ? 0 : ends[i - 1];
    terms.push_back(term_from_bytes(std::string_view(bytes).substr(begin, ends[i] - begin)));
  }
  for (std::size_t i = simple; i < ids.size(); ++i) terms.push_back(snapshot->term(ids[i]));
  return !rows.empty();
}

QuadCursor Session::match(const QuadPattern& pattern) {
  auto state = std::make_unique<QuadCursor::State>();
  state->owner = state_->core;
  state->snapshot = state_->core->snapshot();
  const std::array<const std::optional<Term>*, 4> given = {&pattern.subject, &pattern.predicate,
                                                           &pattern.object, &pattern.graph};
  for (std::size_t i = 0; i < 4; ++i) {
    if (!*given[i]) continue;
    state->wanted[i] = find_term(*state->snapshot, **given[i]);
    if (!state->wanted[i].is_bound())
      return QuadCursor(std::move(state));  // a term that the store lacks: no rows
  }
  if (!pattern.graph && !pattern.any_graph) state->wanted[3] = kDefaultGraph;
  const auto bound = [&](std::size_t i) { return given[i]->has_value(); };
  state->order = choose_order(bound(0), bound(1), bound(2), bound(3));

  ScanRange range;
  range.permutation = state->order.permutation;
  // The bound columns at the front of the permutation are its prefix; the rest is filtered.
  for (int column = 0; column < 4; ++column) {
    const auto at = std::find(state->order.column.begin(), state->order.column.end(), column);
    const Id id = state->wanted[static_cast<std::size_t>(at - state->order.column.begin())];
    if (!id.is_bound()) break;
    range.prefix[static_cast<std::size_t>(range.prefix_length++)] = id;
  }
  state->cursor = state->snapshot->scan(range, kAllColumns);
  return QuadCursor(std::move(state));
}

QuadCursor::QuadCursor(std::unique_ptr<State> state) : state_(std::move(state)) {}
QuadCursor::QuadCursor(QuadCursor&&) noexcept = default;
QuadCursor& QuadCursor::operator=(QuadCursor&&) noexcept = default;
QuadCursor::~QuadCursor() = default;

bool QuadCursor::next() {
  State& state = *state_;
  if (state.next_row == state.rows.size() && !state.fill()) return false;
  const Row& row = state.rows[state.next_row++];
  const auto term = [&](Id id) -> const Term& {
    const bool triple = id.tag() == Tag::triple;
    const auto middle = std::partition_point(state.ids.begin(), state.ids.end(),
                                             [](Id other) { return other.tag() != Tag::triple; });
    const auto at = triple ? std::lower_bound(middle, state.ids.end(), id)
                           : std::lower_bound(state.ids.begin(), middle, id);
    return state.terms[static_cast<std::size_t>(at - state.ids.begin())];
  };
  state.quad.subject = term(row[0]);
  state.quad.predicate = term(row[1]);
  state.quad.object = term(row[2]);
  if (row[3] == kDefaultGraph) {
    state.quad.graph.reset();
  } else {
    state.quad.graph = term(row[3]);
  }
  return true;
}

const Quad& QuadCursor::quad() const {
  return state_->quad;
}

}  // namespace dossier
