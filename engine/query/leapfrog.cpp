#include "engine/query/leapfrog.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <span>

#include "engine/dossier.h"
#include "engine/query/gallop.h"

namespace dossier {
namespace {

using Nodes = std::span<const std::uint32_t>;

// Appends what both hold. Precondition: `few` is not the longer one.
void intersect(Nodes few, Nodes many, std::vector<std::uint32_t>& out) {
  constexpr std::size_t kSparse = 16;  // from then on leaping is cheaper than walking
  std::size_t place = 0;
  if (many.size() / kSparse >= few.size()) {
    for (const std::uint32_t node : few) {
      place = gallop(many.data(), place, many.size(), node);
      if (place == many.size()) return;
      if (many[place] == node) out.push_back(node);
    }
    return;
  }
  std::size_t i = 0;
  while (i < few.size() && place < many.size()) {
    const std::uint32_t a = few[i];
    const std::uint32_t b = many[place];
    if (a == b) out.push_back(a);
    i += a <= b;
    place += b <= a;
  }
}

// A list that is intersected with many others, as a bitmap: then an element of another list costs a look at a
// bit and no mispredicted branch (0.7 ns beside some 8 ns where both are walked).
class MarkedNodes {
 public:
  bool holds(Nodes nodes) const { return nodes.data() == nodes_.data() && nodes.size() == nodes_.size(); }
  // `count`: of all nodes. The list has to stay where it is.
  void mark(Nodes nodes, std::size_t count) {
    bits_.resize(count / 64 + 1);
    for (const std::uint32_t node : nodes_) bits_[node / 64] = 0;
    for (const std::uint32_t node : nodes) bits_[node / 64] |= std::uint64_t{1} << node % 64;
    nodes_ = nodes;
  }
  // Those of `nodes` that are marked, in place of what `out` holds.
  void intersect(Nodes nodes, std::vector<std::uint32_t>& out) const {
    out.resize(nodes.size());
    std::size_t found = 0;
    for (const std::uint32_t node : nodes) {
      out[found] = node;
      found += bits_[node / 64] >> node % 64 & 1;
    }
    out.resize(found);
  }
  std::size_t bytes() const { return bits_.capacity() * sizeof(std::uint64_t); }

 private:
  Nodes nodes_;
  std::vector<std::uint64_t> bits_;
};

class LeapfrogJoin final : public Operator {
 public:
  LeapfrogJoin(QueryContext& context, GraphScope scope, const Schema& order,
               std::vector<LeapfrogPattern> patterns, const Schema& columns)
      : Operator(context, columns),
        order_(order),
        patterns_(std::move(patterns)),
        levels_(order.size()),
        reservation_(context.budget(), "leapfrog join") {
    AdjacencyKey key;
    key.scope = std::move(scope);
    for (const LeapfrogPattern& pattern : patterns_) key.predicates.push_back(pattern.predicate);
    std::sort(key.predicates.begin(), key.predicates.end());
    key.predicates.erase(std::unique(key.predicates.begin(), key.predicates.end()), key.predicates.end());
    ahead_.emplace(context, key);
    key.backwards = true;
    back_.emplace(context, key);
    for (const Variable variable : columns)
      outputs_.push_back(
          static_cast<std::size_t>(std::find(order.begin(), order.end(), variable) - order.begin()));
    Schema sorted;
    for (const Variable variable : order) {
      if (std::find(columns.begin(), columns.end(), variable) == columns.end()) break;
      sorted.push_back(variable);
    }
    set_sorted_by(std::move(sorted));
  }

  // For a thread: the nodes of the first variable within a range, on the edges that `whole` holds.
  LeapfrogJoin(QueryContext& context, const LeapfrogJoin& whole, const KeyRange& range)
      : Operator(context, whole.schema()),
        order_(whole.order_),
        patterns_(whole.patterns_),
        forward_(whole.forward_),
        backward_(whole.backward_),
        levels_(whole.order_.size()),
        outputs_(whole.outputs_),
        starts_(whole.starts_),
        intersected_(whole.intersected_),
        reservation_(context.budget(), "leapfrog join") {
    set_sorted_by(whole.sorted_by());
    arrange();
    const AdjacencyNodes& nodes = forward_->nodes();
    const auto first = std::lower_bound(starts_->begin(), starts_->end(), range.low,
                                        [&](std::uint32_t node, Id id) { return nodes.id(node) < id; });
    const auto last = std::upper_bound(first, starts_->end(), range.high,
                                       [&](Id id, std::uint32_t node) { return id < nodes.id(node); });
    levels_[0].nodes = {first, last};
  }
  Variable leading() const override { return order_[0]; }
  // By the lists of the nodes that the first variable may take.
  std::vector<KeyRange> ranges(std::size_t parts) override {
    begin();
    std::size_t work = 0;
    for (const std::uint32_t node : levels_[0].nodes) work += work_from(node);
    if (work < context().parallel_rows()) return {};
    std::vector<KeyRange> result;
    std::size_t taken = work;
    for (const std::uint32_t node : levels_[0].nodes) {
      const Id id = forward_->nodes().id(node);
      if (taken >= work / parts) {
        if (!result.empty()) result.back().high = Id{id.bits - 1};
        result.push_back({result.empty() ? kMinId : id, kMaxId});
        taken = 0;
      }
      taken += work_from(node);
    }
    return result;
  }
  OperatorPtr copy(QueryContext& thread, const KeyRange& range) const override {
    return std::make_unique<LeapfrogJoin>(thread, *this, range);
  }

  std::string name() const override { return "leapfrog join"; }
  std::string details(const VariableTable& names) const override {
    std::string text = std::to_string(patterns_.size()) + " patterns in the order";
    for (const Variable variable : order_) text += " ?" + names.name(variable);
    if (forward_ != nullptr)
      text += ", " + std::to_string(forward_->edges()) + " edges, intersected " +
              std::to_string(intersected_->load() + looks_);
    return text;
  }

 protected:
  bool produce(Batch& batch) override {
    begin();
    const std::size_t last = order_.size() - 1;
    while (depth_ >= 0) {
      const auto depth = static_cast<std::size_t>(depth_);
      Level& level = levels_[depth];
      if (level.place == level.nodes.size()) {
        --depth_;
        continue;
      }
      if (depth == last) {
        emit(batch, level);
        if (batch.rows == kBatchRows) return true;
        continue;
      }
      bound(depth, level.nodes[level.place++]);
      enter(depth + 1);
    }
    tell_looks();
    return batch.rows != 0;
  }

 private:
  void tell_looks() {
    *intersected_ += looks_;
    looks_ = 0;
  }

  // The nodes that a variable may take, given those before it.
  struct Level {
    std::vector<std::pair<std::size_t, bool>> neighbours;  // pattern, whether it leads to this variable
    Nodes nodes;
    std::size_t place = 0;  // the next
    std::uint32_t node = 0;
    std::vector<std::uint32_t> own;    // where `nodes` are an intersection
    std::vector<std::uint32_t> other;  // between two of them
    std::vector<Nodes> lists;
    MarkedNodes marked;
  };

  // Brings the edges into memory, once.
  void begin() {
    if (forward_ != nullptr) return;
    forward_ = ahead_->build();
    backward_ = forward_ == nullptr ? nullptr : back_->build();
    if (backward_ == nullptr)
      throw LimitError(
          LimitError::Reason::memory,
          "a join of patterns in a circle holds their edges in memory, and they have no room in the "
          "query's memory budget; raise it");
    arrange();
    auto starts = std::make_shared<std::vector<std::uint32_t>>();
    if (std::find(predicates_.begin(), predicates_.end(), AdjacencyNodes::kNone) == predicates_.end())
      for (std::uint32_t node = 0; node < forward_->nodes().size(); ++node)
        if (may_begin(node)) starts->push_back(node);
    starts_ = std::move(starts);
    levels_[0].nodes = *starts_;
    account();
  }

  // Gives each variable the patterns between it and those before it.
  void arrange() {
    for (std::size_t i = 0; i < patterns_.size(); ++i) {
      const LeapfrogPattern& pattern = patterns_[i];
      predicates_.push_back(forward_->find_predicate(pattern.predicate));
      levels_[std::max(pattern.subject, pattern.object)].neighbours.emplace_back(
          i, pattern.subject < pattern.object);
    }
  }

  // How much there is to look at when the first variable is this node, as far as its own lists tell.
  std::size_t work_from(std::uint32_t node) const {
    std::size_t work = 1;
    for (std::size_t i = 0; i < patterns_.size(); ++i) {
      if (patterns_[i].subject == 0) work += forward_->targets(node, predicates_[i]).size();
      if (patterns_[i].object == 0) work += backward_->targets(node, predicates_[i]).size();
    }
    return work;
  }

  // Has the node an edge of each pattern that the first variable stands in?
  bool may_begin(std::uint32_t node) const {
    for (std::size_t i = 0; i < patterns_.size(); ++i) {
      if (patterns_[i].subject == 0 && forward_->targets(node, predicates_[i]).empty()) return false;
      if (patterns_[i].object == 0 && backward_->targets(node, predicates_[i]).empty()) return false;
    }
    return true;
  }

  void bound(std::size_t depth, std::uint32_t node) { levels_[depth].node = node; }

  void enter(std::size_t depth) {
    Level& level = levels_[depth];
    level.lists.clear();
    for (const auto& [pattern, forwards] : level.neighbours) {
      const LeapfrogPattern& which = patterns_[pattern];
      const std::uint32_t from = levels_[forwards ? which.subject : which.object].node;
      level.lists.push_back((forwards ? forward_ : backward_)->targets(from, predicates_[pattern]));
      if (level.lists.back().empty()) return;
    }
    std::sort(level.lists.begin(), level.lists.end(), [](Nodes a, Nodes b) { return a.size() < b.size(); });
    level.nodes = level.lists[0];
    for (std::size_t i = 1; i < level.lists.size() && !level.nodes.empty(); ++i) {
      level.other.clear();
      if (i > 1 || !intersect_marked(depth)) intersect(level.nodes, level.lists[i], level.other);
      level.own.swap(level.other);
      level.nodes = level.own;
    }
    looks_ += level.lists[0].size() + 1;
    if (looks_ >= kCheck) {
      tell_looks();
      context().check();
      account();
    }
    level.place = 0;
    depth_ = static_cast<int>(depth);
  }

  // Intersects the two shortest lists of the level when one of them stays while the variable before runs
  // through its nodes, and the other is not much longer.
  bool intersect_marked(std::size_t depth) {
    constexpr std::size_t kLonger = 16;  // the staying list leaps through the other one, else
    constexpr std::size_t kShorter =
        64;  // the other one leaps through the staying list, unless it is marked already
    Level& level = levels_[depth];
    for (const auto& [pattern, forwards] : level.neighbours) {
      const LeapfrogPattern& which = patterns_[pattern];
      const std::size_t from = forwards ? which.subject : which.object;
      if (from + 1 == depth) continue;
      const Nodes stays =
          (forwards ? forward_ : backward_)->targets(levels_[from].node, predicates_[pattern]);
      for (const std::size_t at : {0, 1}) {
        if (level.lists[at].data() != stays.data()) continue;
        const Nodes other = level.lists[1 - at];
        if (other.size() > kLonger * stays.size()) return false;
        if (!level.marked.holds(stays)) {
          if (other.size() * kShorter < stays.size()) return false;
          level.marked.mark(stays, forward_->nodes().size());
        }
        level.marked.intersect(other, level.other);
        return true;
      }
    }
    return false;
  }

  void emit(Batch& batch, Level& level) {
    const std::size_t count = std::min(kBatchRows - batch.rows, level.nodes.size() - level.place);
    const AdjacencyNodes& nodes = forward_->nodes();
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      Id* const column = batch.columns[i].data() + batch.rows;
      if (outputs_[i] + 1 == levels_.size())
        for (std::size_t row = 0; row < count; ++row) column[row] = nodes.id(level.nodes[level.place + row]);
      else
        std::fill_n(column, count, nodes.id(levels_[outputs_[i]].node));
    }
    level.place += count;
    batch.rows += count;
  }

  void account() {
    std::size_t bytes = ahead_ && starts_ != nullptr ? starts_->capacity() * sizeof(std::uint32_t) : 0;
    for (const Level& level : levels_)
      bytes += (level.own.capacity() + level.other.capacity()) * sizeof(std::uint32_t) + level.marked.bytes();
    reservation_.resize(bytes);
  }

  static constexpr std::uint64_t kCheck = 1 << 16;

  Schema order_;
  std::vector<LeapfrogPattern> patterns_;
  std::optional<AdjacencyUse> ahead_;
  std::optional<AdjacencyUse> back_;
  const Adjacency* forward_ = nullptr;
  const Adjacency* backward_ = nullptr;
  std::vector<std::uint32_t> predicates_;  // of the patterns, as the adjacencies number them
  std::vector<Level> levels_;
  std::vector<std::size_t> outputs_;                          // places in the order, by column
  std::shared_ptr<const std::vector<std::uint32_t>> starts_;  // nodes that the first variable may take
  int depth_ = 0;
  std::uint64_t looks_ = 0;  // not told yet
  std::shared_ptr<std::atomic<std::uint64_t>> intersected_ =
      std::make_shared<std::atomic<std::uint64_t>>(0);  // by all
  Reservation reservation_;
};

}  // namespace

OperatorPtr make_leapfrog_join(QueryContext& context, GraphScope scope, const Schema& order,
                               std::vector<LeapfrogPattern> patterns, const Schema& columns) {
  return std::make_unique<LeapfrogJoin>(context, std::move(scope), order, std::move(patterns), columns);
}

}  // namespace dossier
