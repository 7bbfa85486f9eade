#include "engine/path/adjacency.h"

#include <algorithm>
#include <new>
#include <utility>

#include "engine/dossier.h"

namespace dossier {

bool GraphScope::contains(Id graph) const {
  return all || std::binary_search(graphs.begin(), graphs.end(), graph);
}

bool holds_whole_store(const Snapshot& snapshot, const GraphScope& scope) {
  if (scope.all) return true;
  std::uint64_t inside = 0;
  for (Id graph : scope.graphs) inside += snapshot.quads(graph);
  return inside == snapshot.quads();
}

// ---- AdjacencyNodes

AdjacencyNodes::AdjacencyNodes(std::vector<Id> sorted) : ids_(std::move(sorted)) {
  // Marks of a part take at most as much as so many bits a node; a wider one is searched by halving.
  constexpr std::uint64_t kWidest = 128;
  std::uint32_t begin = 0;
  while (begin < size()) {
    const Tag tag = ids_[begin].tag();
    std::uint32_t end = begin;
    while (end < size() && ids_[end].tag() == tag) ++end;
    Part& part = parts_[static_cast<std::size_t>(tag)];
    part.begin = begin;
    part.end = end;
    part.least = ids_[begin].payload();
    const std::uint64_t range = ids_[end - 1].payload() - part.least + 1;
    if (range / kWidest <= end - begin) {
      part.words.resize(static_cast<std::size_t>((range + 63) / 64));
      for (std::uint32_t node = begin; node < end; ++node) {
        const std::uint64_t place = ids_[node].payload() - part.least;
        part.words[place / 64].marks |= std::uint64_t{1} << (place % 64);
      }
      std::uint32_t before = begin;
      for (Word& word : part.words) {
        word.before = before;
        before += static_cast<std::uint32_t>(__builtin_popcountll(word.marks));
      }
    }
    begin = end;
  }
}

std::uint32_t AdjacencyNodes::search(const Part& part, Id id) const {
  if (!part.words.empty()) return kNone;
  const auto begin = ids_.begin() + part.begin;
  const auto end = ids_.begin() + part.end;
  const auto found = std::lower_bound(begin, end, id);
  return found == end || *found != id ? kNone : static_cast<std::uint32_t>(found - ids_.begin());
}

std::size_t AdjacencyNodes::bytes() const {
  std::size_t bytes = sizeof *this + ids_.capacity() * sizeof(Id);
  for (const Part& part : parts_) bytes += part.words.size() * sizeof(Word);
  return bytes;
}

// ---- Adjacency

std::size_t Adjacency::bytes() const {
  return sizeof *this + nodes_->bytes() + predicates_.capacity() * sizeof(Id) +
         (offsets_.capacity() + targets_.capacity() + target_predicates_.capacity()) * sizeof(std::uint32_t);
}

std::uint32_t Adjacency::find_predicate(Id predicate) const {
  const auto found = std::lower_bound(predicates_.begin(), predicates_.end(), predicate);
  return found == predicates_.end() || *found != predicate
             ? AdjacencyNodes::kNone
             : static_cast<std::uint32_t>(found - predicates_.begin());
}

std::span<const std::uint32_t> Adjacency::targets(std::uint32_t node, std::uint32_t predicate) const {
  if (target_predicates_.empty()) return predicate == 0 ? targets(node) : std::span<const std::uint32_t>();
  const auto all = target_predicates(node);
  const auto [begin, end] = std::equal_range(all.begin(), all.end(), predicate);
  return targets(node).subspan(static_cast<std::size_t>(begin - all.begin()),
                               static_cast<std::size_t>(end - begin));
}

// ---- making one

class AdjacencyBuilder {
 public:
  AdjacencyBuilder(QueryContext& context, const AdjacencyKey& key, Reservation& memory)
      : context_(context),
        key_(key),
        memory_(memory),
        whole_store_(holds_whole_store(context.snapshot(), key.scope)) {
    most_bytes_ =
        (context.budget().limit() - std::min(context.budget().used(), context.budget().limit())) / 2;
  }

  // `nodes`: those of the other direction, where they are known.
  std::shared_ptr<const Adjacency> build(std::shared_ptr<const AdjacencyNodes> nodes) {
    result_ = std::make_shared<Adjacency>();
    result_->predicates_ = key_.any ? context_.snapshot().predicates() : key_.predicates;
    std::erase_if(result_->predicates_, [&](Id predicate) { return most_edges(predicate) == 0; });
    result_->nodes_ = nodes != nullptr ? std::move(nodes) : number_nodes();
    read_edges();
    return result_;
  }

 private:
  static constexpr std::uint64_t kMostEdges = AdjacencyNodes::kNone - 1;

  std::uint64_t most_edges(Id predicate) const {
    const Snapshot& snapshot = context_.snapshot();
    if (key_.scope.all) return snapshot.predicate(predicate).triples;
    std::uint64_t edges = 0;
    for (Id graph : key_.scope.graphs) edges += snapshot.quads(graph, predicate);
    return edges;
  }

  static void refuse() {
    throw LimitError(LimitError::Reason::memory, "the graph has too many edges to be held in memory");
  }
  static void require_numbers(std::uint64_t count) {
    if (count > kMostEdges) refuse();
  }
  // The search itself needs room, too: half of what is left is for it.
  void hold(std::size_t bytes) {
    if (bytes > most_bytes_) refuse();
    memory_.resize(bytes);
  }

  static bool same_throughout(const Id* ids, std::size_t count) {
    std::uint64_t other = 0;
    for (std::size_t i = 0; i < count; ++i) other |= ids[i].bits ^ ids[0].bits;
    return other == 0;
  }

  // Calls `take(block, row)` for the rows of the range that lie in the scope.
  template <typename Take>
  void each_row(const ScanRange& range, ColumnMask columns, Take&& take) {
    const auto cursor =
        context_.snapshot().scan(range, columns | (whole_store_ ? 0U : 0b1000U), &context_.counters());
    for (RowBlock block; cursor->next(block);) {
      context_.check();
      // Blocks mostly lie in one graph.
      const bool one_graph = whole_store_ || same_throughout(block.columns[3], block.rows);
      if (one_graph && !whole_store_ && !key_.scope.contains(block.columns[3][0])) continue;
      for (std::size_t row = 0; row < block.rows; ++row)
        if (one_graph || key_.scope.contains(block.columns[3][row])) take(block, row);
    }
  }

  // The values of a column by which the range is sorted, each once.
  void collect(const ScanRange& range, std::size_t column, std::vector<Id>& ids) {
    Id last;
    each_row(range, ColumnMask{1} << column, [&](const RowBlock& block, std::size_t row) {
      const Id id = block.columns[column][row];
      if (id == last) return;
      last = id;
      if (ids.size() == ids.capacity()) {
        const std::size_t room = std::max<std::size_t>(ids.capacity() * 2, 1024);
        hold(room * sizeof(Id));
        ids.reserve(room);
      }
      ids.push_back(id);
    });
  }

  std::shared_ptr<const AdjacencyNodes> number_nodes() {
    std::vector<Id> ids;
    if (key_.any) {
      collect({Permutation::spog, {}, 0}, 0, ids);
      collect({Permutation::ospg, {}, 0}, 0, ids);
    } else {
      for (Id predicate : result_->predicates_)
        for (Permutation permutation : {Permutation::psog, Permutation::posg})
          collect({permutation, {predicate}, 1}, 1, ids);
    }
    merge_runs(ids);
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    ids.shrink_to_fit();
    require_numbers(ids.size());
    return std::make_shared<const AdjacencyNodes>(std::move(ids));
  }

  // Sorts what consists of few ascending runs.
  void merge_runs(std::vector<Id>& ids) {
    std::vector<std::size_t> bounds{0};
    for (std::size_t i = 1; i < ids.size(); ++i)
      if (ids[i] < ids[i - 1]) bounds.push_back(i);
    bounds.push_back(ids.size());
    hold((ids.capacity() + ids.size()) * sizeof(Id));  // merging takes as much again
    while (bounds.size() > 2) {
      context_.check();
      std::vector<std::size_t> merged{0};
      for (std::size_t i = 0; i + 1 < bounds.size(); i += 2) {
        const auto at = [&](std::size_t bound) {
          return ids.begin() + static_cast<std::ptrdiff_t>(bounds[std::min(bound, bounds.size() - 1)]);
        };
        std::inplace_merge(at(i), at(i + 1), at(i + 2));
        merged.push_back(static_cast<std::size_t>(at(i + 2) - ids.begin()));
      }
      bounds.swap(merged);
    }
  }

  // Predicate by predicate, each sorted by source: one predicate's rows are the adjacency's, several are
  // brought together by counting.
  void read_edges() {
    Adjacency& out = *result_;
    const AdjacencyNodes& nodes = *out.nodes_;
    const std::size_t size = nodes.size();
    std::uint64_t most = 0;
    for (Id predicate : out.predicates_) most += most_edges(predicate);
    require_numbers(most);
    const bool several = out.predicates_.size() > 1;
    hold(out.bytes() + (size * 2 + most * (several ? 4 : 1)) * sizeof(std::uint32_t));
    out.offsets_.assign(size + 1, 0);
    std::vector<std::uint32_t> sources;
    std::vector<std::uint32_t> targets;
    std::vector<std::size_t> ends;  // of the predicates in `targets`
    targets.reserve(static_cast<std::size_t>(most));
    if (several) sources.reserve(static_cast<std::size_t>(most));
    const Permutation permutation = key_.backwards ? Permutation::posg : Permutation::psog;
    for (Id predicate : out.predicates_) {
      std::uint32_t source = 0;
      Id last_source;
      Id last_target;
      each_row({permutation, {predicate}, 1}, 0b0110, [&](const RowBlock& block, std::size_t row) {
        const Id from = block.columns[1][row];
        const Id to = block.columns[2][row];
        if (from != last_source) {
          last_source = from;
          while (nodes.id(source) < from) ++source;
        } else if (to == last_target) {
          return;  // the same triple in another graph
        }
        last_target = to;
        ++out.offsets_[source + 1];
        targets.push_back(nodes.find(to));
        if (several) sources.push_back(source);
      });
      ends.push_back(targets.size());
    }
    for (std::size_t node = 0; node < size; ++node) out.offsets_[node + 1] += out.offsets_[node];
    if (several) {
      arrange(sources, targets, ends);
    } else {
      if (targets.capacity() > targets.size() + targets.size() / 8) targets.shrink_to_fit();
      out.targets_ = std::move(targets);
    }
    memory_.resize(out.bytes());
  }

  void arrange(const std::vector<std::uint32_t>& sources, const std::vector<std::uint32_t>& targets,
               const std::vector<std::size_t>& ends) {
    Adjacency& out = *result_;
    std::vector<std::uint32_t> next(out.offsets_.begin(), out.offsets_.end() - 1);
    out.targets_.resize(targets.size());
    out.target_predicates_.resize(targets.size());
    std::uint32_t predicate = 0;
    for (std::size_t edge = 0; edge < targets.size(); ++edge) {
      if ((edge & 0xFFFF) == 0) context_.check();
      while (edge == ends[predicate]) ++predicate;
      const std::uint32_t place = next[sources[edge]]++;
      out.targets_[place] = targets[edge];
      out.target_predicates_[place] = predicate;
    }
  }

  QueryContext& context_;
  const AdjacencyKey& key_;
  Reservation& memory_;
  bool whole_store_;
  std::size_t most_bytes_ = 0;
  std::shared_ptr<Adjacency> result_;
};

// ---- AdjacencyCache

std::shared_ptr<const Adjacency> AdjacencyCache::find(const AdjacencyKey& key, const Unchanged& state) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end() || !found->second.state.meets(state)) return nullptr;
  Entry& entry = found->second;
  // The edges are the same over both stretches of commits.
  entry.state.first = std::min(entry.state.first, state.first);
  entry.state.last = std::max(entry.state.last, state.last);
  entry.used = ++calls_;
  return entry.adjacency;
}

bool AdjacencyCache::keep(const AdjacencyKey& key, const Unchanged& state,
                          std::shared_ptr<const Adjacency>& adjacency) {
  const std::lock_guard lock(mutex_);
  if (const auto found = entries_.find(key); found != entries_.end()) {
    if (found->second.state.meets(state)) {
      adjacency = found->second.adjacency;
      return true;
    }
    // A reader of an old commit does not take the place of what newer ones read.
    if (found->second.state.store == state.store && state.last < found->second.state.first) return false;
    drop(found);
  }
  const std::size_t bytes = adjacency->bytes();
  if (bytes > most_bytes_) return false;
  while (bytes_ + bytes > most_bytes_)
    drop(std::min_element(entries_.begin(), entries_.end(),
                          [](const auto& a, const auto& b) { return a.second.used < b.second.used; }));
  entries_[key] = {state, adjacency, ++calls_};
  ++changes_;
  bytes_ += bytes;
  return true;
}

std::uint64_t AdjacencyCache::spend(const AdjacencyKey& key, std::uint64_t nanoseconds) {
  const std::lock_guard lock(mutex_);
  const auto found = spent_.find(key);
  if (found != spent_.end()) return found->second += nanoseconds;
  if (nanoseconds == 0) return 0;
  if (spent_.size() == kMostAccounts)
    spent_.erase(std::min_element(spent_.begin(), spent_.end(),
                                  [](const auto& a, const auto& b) { return a.second < b.second; }));
  spent_.emplace(key, nanoseconds);
  return nanoseconds;
}

void AdjacencyCache::settle(const AdjacencyKey& key) {
  const std::lock_guard lock(mutex_);
  spent_.erase(key);
}

void AdjacencyCache::drop(Entries::iterator entry) {
  bytes_ -= entry->second.adjacency->bytes();
  entries_.erase(entry);
  ++changes_;
}

std::size_t AdjacencyCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

// ---- AdjacencyUse

AdjacencyUse::AdjacencyUse(QueryContext& context, AdjacencyKey key)
    : context_(context), key_(std::move(key)), memory_(context.budget(), "adjacency") {
  // No graphs at all would mean all of them to `unchanged`; such a search reads nothing.
  if (context.adjacencies() != nullptr && (key_.scope.all || !key_.scope.graphs.empty()))
    state_ = context.snapshot().unchanged(key_.scope.graphs, key_.predicates);
}

AdjacencyUse::~AdjacencyUse() {
  try {
    account();
  } catch (const std::bad_alloc&) {
    // What is not told makes later queries wait longer, no more.
  }
}

std::uint64_t AdjacencyUse::rows() {
  if (rows_) return *rows_;
  const Snapshot& snapshot = context_.snapshot();
  rows_ = key_.any ? snapshot.quads() : 0;
  for (Id predicate : key_.predicates) *rows_ += snapshot.predicate(predicate).triples;
  return *rows_;
}

std::uint64_t AdjacencyUse::account() {
  const std::uint64_t more = std::exchange(untold_, 0);
  spent_ += more;
  // What the cache cannot keep is made for one query alone.
  const bool kept = state_ && rows() * sizeof(std::uint32_t) <= context_.adjacencies()->most_bytes();
  return kept ? context_.adjacencies()->spend(key_, more) : spent_;
}

std::uint64_t AdjacencyUse::worthwhile() {
  return (EdgeCosts::kBuild + rows() * EdgeCosts::kBuildRow) / 2;
}

const Adjacency* AdjacencyUse::standing() {
  if (adjacency_ == nullptr && state_) adjacency_ = context_.adjacencies()->find(key_, *state_);
  return adjacency_.get();
}

const Adjacency* AdjacencyUse::build() {
  if (too_large_ || standing() != nullptr) return adjacency_.get();
  try {
    std::shared_ptr<const AdjacencyNodes> nodes;
    if (state_) {
      context_.adjacencies()->settle(key_);
      AdjacencyKey other = key_;
      other.backwards = !other.backwards;
      if (const auto found = context_.adjacencies()->find(other, *state_)) nodes = found->shared_nodes();
    }
    adjacency_ = AdjacencyBuilder(context_, key_, memory_).build(std::move(nodes));
  } catch (const LimitError& error) {
    if (error.reason() != LimitError::Reason::memory) throw;
    too_large_ = true;
    memory_.resize(0);
    return nullptr;
  }
  if (state_ && context_.adjacencies()->keep(key_, *state_, adjacency_)) memory_.resize(0);
  return adjacency_.get();
}

}  // namespace dossier
