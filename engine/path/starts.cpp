#include "engine/path/starts.h"

#include <algorithm>

namespace dossier {
namespace {

constexpr std::size_t kFirstPiece = 4;  // nodes
constexpr std::size_t kMostPiece = 16384;

}  // namespace

PathStarts::PathStarts(QueryContext& context, const PathAutomaton& automaton, GraphScope scope)
    : context_(context), scope_(std::move(scope)), memory_(context.budget(), "path search") {
  if (automaton.accepts_empty()) {
    sources_.push_back({{Permutation::spog, {}, 0}, 0, 1, {}});
    sources_.push_back({{Permutation::ospg, {}, 0}, 0, 2, {}});
    return;
  }
  std::vector<bool> done(automaton.labels.size());
  for (const auto& transition : automaton.forward[0]) {
    if (done[transition.label]) continue;
    done[transition.label] = true;
    const PathLabel& label = automaton.labels[transition.label];
    if (label.kind == PathLabel::Kind::any)
      sources_.push_back({{label.inverse ? Permutation::ospg : Permutation::spog, {}, 0},
                          0,
                          label.inverse ? std::size_t{2} : std::size_t{1},
                          label.excluded});
    else if (label.predicate.is_bound())
      sources_.push_back(
          {{label.inverse ? Permutation::posg : Permutation::psog, {label.predicate}, 1}, 1, 0, {}});
  }
}

void PathStarts::begin() {
  piece_.clear();
  at_ = 0;
  most_ = kFirstPiece;
  from_ = kMinId;
  whole_ = false;
}

bool PathStarts::next(Id& node) {
  while (at_ == piece_.size()) {
    if (whole_) return false;
    fill();
  }
  node = piece_[at_++];
  return true;
}

// The next nodes of every source; those behind the last one of a source that has more wait for the next
// piece.
void PathStarts::fill() {
  piece_.clear();
  at_ = 0;
  whole_ = true;
  Id last = kMaxId;
  for (const Source& source : sources_)
    if (!scan(source)) {
      whole_ = false;
      last = std::min(last, piece_.back());
    }
  std::sort(piece_.begin(), piece_.end());
  piece_.erase(std::unique(piece_.begin(), piece_.end()), piece_.end());
  piece_.erase(std::upper_bound(piece_.begin(), piece_.end(), last), piece_.end());
  from_ = Id{last.bits + 1};
  most_ = std::min(most_ * 4, kMostPiece);
  memory_.resize(piece_.capacity() * sizeof(Id));
}

// False: there are more than were asked for.
bool PathStarts::scan(const Source& source) {
  ScanRange range = source.range;
  range.low = from_;
  const auto cursor = context_.snapshot().scan(range, kAllColumns, &context_.counters());
  const std::size_t first = piece_.size();
  for (RowBlock block; cursor->next(block);) {
    context_.check();
    for (std::size_t row = 0; row < block.rows; ++row) {
      const Id node = block.columns[source.node][row];
      if ((piece_.size() > first && piece_.back() == node) || !scope_.contains(block.columns[3][row]) ||
          std::binary_search(source.excluded.begin(), source.excluded.end(),
                             block.columns[source.predicate][row]))
        continue;
      piece_.push_back(node);
      if (piece_.size() - first == most_) return false;
    }
  }
  return true;
}

}  // namespace dossier
