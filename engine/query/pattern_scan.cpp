#include "engine/query/pattern_scan.h"

#include <algorithm>

#include "engine/query/row_test.h"

namespace dossier {
namespace {

class IndexScan final : public Operator {
 public:
  IndexScan(QueryContext& context, const ResolvedPattern& pattern, const AccessPath& path,
            const Schema& columns)
      : Operator(context, columns), pattern_(pattern), path_(path) {
    test_ = make_test(pattern_, path_, mask_);
    const auto column = columns_of_positions(path.permutation);
    for (Variable variable : columns) {
      outputs_.push_back(column[position_of(pattern, variable)]);
      mask_ |= 1U << outputs_.back();
    }
    Schema sorted;
    for (int position : path.sorted_positions) {
      const Slot& slot = pattern.positions[position];
      if (!slot.is_variable) continue;
      if (this->column(slot.variable) < 0) break;
      if (std::find(sorted.begin(), sorted.end(), slot.variable) == sorted.end())
        sorted.push_back(slot.variable);
    }
    set_sorted_by(std::move(sorted));
    ScanRange range = scan_range(pattern, path);
    const auto order = permutation_order(path.permutation);
    if (!pattern.object_ranges.empty() && path.prefix_length < 4 && order[path.prefix_length] == 2) {
      for (const IdRange& ids : pattern.object_ranges) {
        range.low = ids.low;
        range.high = ids.high;
        ranges_.push_back(range);
      }
    } else {
      ranges_.push_back(range);
    }
  }

  Variable leading() const override {
    if (pattern_.impossible || path_.prefix_length > 3) return kNoVariable;
    const int position = permutation_order(path_.permutation)[path_.prefix_length];
    // Triples that are dropped as repeats of their neighbours stay together.
    if (test_.drop_repeats && position == 3) return kNoVariable;
    const Slot& slot = pattern_.positions[position];
    return slot.is_variable ? slot.variable : kNoVariable;
  }
  std::vector<KeyRange> ranges(std::size_t parts) override {
    // The planner has counted; to count once more takes longer than a small scan.
    if (estimated_rows() > 0 && estimated_rows() * 8 < static_cast<double>(context().parallel_rows()))
      return {};
    double rows = 0;
    for (const ScanRange& range : ranges_) rows += static_cast<double>(context().snapshot().estimate(range));
    if (rows < static_cast<double>(context().parallel_rows())) return {};
    ScanRange whole = ranges_.front();
    whole.high = ranges_.back().high;
    std::vector<KeyRange> result(1);
    for (const Id cut : context().snapshot().split(whole, parts)) {
      result.back().high = Id{cut.bits - 1};
      result.push_back({cut, kMaxId});
    }
    return result;
  }
  OperatorPtr copy(QueryContext& thread, const KeyRange& range) const override {
    auto scan = std::make_unique<IndexScan>(thread, pattern_, path_, schema());
    for (ScanRange& part : scan->ranges_) {
      part.low = std::max(part.low, range.low);
      part.high = std::min(part.high, range.high);
    }
    std::erase_if(scan->ranges_, [](const ScanRange& part) { return part.low > part.high; });
    return scan;
  }
  void narrow(Variable variable, const IdRun& useless) override {
    if (const int place = column(variable); place >= 0) {
      narrowed_ = static_cast<std::size_t>(outputs_[static_cast<std::size_t>(place)]);
      useless_ = useless;
      if (cursor_ != nullptr) cursor_->narrow(narrowed_, useless_);
    }
  }

  std::string name() const override { return "index scan"; }
  std::string details(const VariableTable& names) const override {
    std::string text = std::string(permutation_name(path_.permutation)) + " [" +
                       pattern_text(pattern_, names, const_cast<IndexScan*>(this)->context()) + "]";
    if (ranges_.size() != 1 || ranges_[0].low != kMinId || ranges_[0].high != kMaxId)
      text += " in " + std::to_string(ranges_.size()) + (ranges_.size() == 1 ? " range" : " ranges");
    return text;
  }

 protected:
  bool produce(Batch& batch) override {
    if (pattern_.impossible) return false;
    for (;;) {
      if (cursor_ == nullptr) {
        if (next_range_ == ranges_.size()) return false;
        cursor_ = context().snapshot().scan(ranges_[next_range_++], mask_, &scan_counters_);
        cursor_->narrow(narrowed_, useless_);
      }
      if (test_.only_graph()) {
        if (read_piece(batch)) return true;
        cursor_.reset();
        continue;
      }
      RowBlock block;
      if (!cursor_->next(block)) {
        cursor_.reset();
        continue;
      }
      std::size_t count = 0;
      for (std::size_t row = 0; row < block.rows; ++row) {
        if (!test_.pass(block, row)) continue;
        for (std::size_t i = 0; i < outputs_.size(); ++i)
          batch.columns[i][count] = block.columns[outputs_[i]][row];
        ++count;
      }
      batch.rows = count;
      return true;
    }
  }

  bool restart() override {
    cursor_.reset();
    test_.has_last = false;
    next_range_ = 0;
    narrowed_ = 0;
    useless_ = {};
    return true;
  }

 private:
  // The next piece straight into the batch, without the rows of other graphs. False: the cursor is at its
  // end.
  bool read_piece(Batch& batch) {
    std::array<Id*, 4> columns{};
    for (std::size_t i = 0; i < outputs_.size(); ++i) columns[outputs_[i]] = batch.columns[i].data();
    const Id* graphs = nullptr;
    if (test_.graph != nullptr) {
      Id*& column = columns[test_.graph_column];
      if (column == nullptr) {
        graphs_.resize(kScanRows);
        column = graphs_.data();
      }
      graphs = column;
    }
    batch.rows = cursor_->next_into(columns);
    if (batch.rows == 0) return false;
    if (graphs == nullptr || test_.pass_all(graphs, batch.rows)) return true;
    std::size_t count = 0;
    for (std::size_t row = 0; row < batch.rows; ++row) {
      if (!test_.pass_graph(graphs[row])) continue;
      for (std::size_t i = 0; i < outputs_.size(); ++i) batch.columns[i][count] = batch.columns[i][row];
      ++count;
    }
    batch.rows = count;
    return true;
  }

  ResolvedPattern pattern_;
  AccessPath path_;
  RowTest test_;
  ColumnMask mask_ = 0;
  std::vector<int> outputs_;
  IdColumn graphs_;  // of the piece, when nobody else wants them
  std::vector<ScanRange> ranges_;
  std::size_t next_range_ = 0;
  std::unique_ptr<RowCursor> cursor_;
  std::size_t narrowed_ = 0;  // the column of useless_
  IdRun useless_;
};

}  // namespace

std::array<int, 4> permutation_order(Permutation permutation) {
  switch (permutation) {
    case Permutation::spog:
    case Permutation::spoi:
      return {0, 1, 2, 3};
    case Permutation::posg:
    case Permutation::posi:
      return {1, 2, 0, 3};
    case Permutation::ospg:
    case Permutation::ospi:
      return {2, 0, 1, 3};
    case Permutation::psog:
      return {1, 0, 2, 3};
    case Permutation::gspo:
    case Permutation::ispo:
      return {3, 0, 1, 2};
  }
  return {0, 1, 2, 3};
}

ResolvedPattern resolve_pattern(const QuadPatternNode& node, const Bindings& bindings,
                                const DatasetSpec& dataset, const Snapshot& snapshot) {
  ResolvedPattern result;
  result.on_terms = node.on_terms;
  const auto resolve = [&](Slot slot) {
    if (slot.is_variable)
      if (const auto it = bindings.find(slot.variable); it != bindings.end())
        slot = Slot::constant(it->second);
    if (!slot.is_variable && (slot.id.is_local() || !slot.id.is_bound())) result.impossible = true;
    return slot;
  };
  result.positions = {resolve(node.subject), resolve(node.predicate), resolve(node.object),
                      Slot::constant(kDefaultGraph)};
  if (node.on_terms) {
    result.positions[3] = resolve(node.id);
    return result;
  }
  GraphRef graph = node.graph;
  if (graph.kind == GraphRef::Kind::variable)
    if (const auto it = bindings.find(graph.variable); it != bindings.end())
      graph = {GraphRef::Kind::fixed, it->second, 0};
  GraphFilter& filter = result.graph;
  using F = GraphFilter::Kind;
  switch (graph.kind) {
    case GraphRef::Kind::default_graph:
      if (dataset.explicit_default) {
        filter.graphs = dataset.default_graphs;
        std::erase_if(filter.graphs, [](Id id) { return id.is_local(); });
        if (filter.graphs.empty()) result.impossible = true;
        filter.kind = filter.graphs.size() == 1 ? F::exact : F::merged;
      } else if (dataset.union_default) {
        filter.kind = snapshot.quads(kDefaultGraph) == snapshot.quads() ? F::any : F::merged;
        filter.all = true;
      } else {
        filter.kind = snapshot.quads(kDefaultGraph) == snapshot.quads() ? F::any : F::exact;
        filter.graphs = {kDefaultGraph};
      }
      break;
    case GraphRef::Kind::fixed:
      if (graph.id.is_local() || graph.id == kDefaultGraph ||
          (dataset.explicit_named &&
           !std::binary_search(dataset.named_graphs.begin(), dataset.named_graphs.end(), graph.id)))
        result.impossible = true;
      filter.kind = F::exact;
      filter.graphs = {graph.id};
      break;
    case GraphRef::Kind::variable:
      result.positions[3] = Slot::of(graph.variable);
      filter.kind = F::named;
      if (dataset.explicit_named) {
        filter.kind = F::among;
        filter.graphs = dataset.named_graphs;
      }
      break;
  }
  if (filter.kind == F::exact && !filter.graphs.empty())
    result.positions[3] = Slot::constant(filter.graphs[0]);
  return result;
}

std::array<bool, 4> fixed_positions(const ResolvedPattern& pattern) {
  std::array<bool, 4> fixed{};
  for (std::size_t i = 0; i < 4; ++i) fixed[i] = !pattern.positions[i].is_variable;
  if (!pattern.on_terms && pattern.graph.kind != GraphFilter::Kind::exact) fixed[3] = false;
  return fixed;
}

std::vector<AccessPath> access_paths(const ResolvedPattern& pattern, const std::array<bool, 4>& fixed) {
  std::vector<Permutation> candidates;
  if (pattern.on_terms) {
    candidates = {Permutation::ispo, Permutation::spoi, Permutation::posi, Permutation::ospi};
  } else {
    // PSO before SPO: with both known the rows of one predicate stand closer together, so many look-ups touch
    // half the blocks.
    candidates = {Permutation::psog, Permutation::spog, Permutation::posg, Permutation::ospg};
    const bool named =
        pattern.graph.kind == GraphFilter::Kind::named ||
        (pattern.graph.kind == GraphFilter::Kind::exact && pattern.graph.graphs[0] != kDefaultGraph);
    if (named) candidates.push_back(Permutation::gspo);
  }
  std::vector<AccessPath> paths;
  int longest = 0;
  for (Permutation permutation : candidates) {
    AccessPath path;
    path.permutation = permutation;
    const auto order = permutation_order(permutation);
    while (path.prefix_length < 4 && fixed[order[path.prefix_length]]) ++path.prefix_length;
    for (int i = path.prefix_length; i < 4; ++i) path.sorted_positions.push_back(order[i]);
    longest = std::max(longest, path.prefix_length);
    paths.push_back(std::move(path));
  }
  // A shorter prefix reads more rows than it must, but for the one led by the graph, which only the counts
  // can judge.
  std::erase_if(paths, [&](const AccessPath& path) {
    return path.prefix_length < longest && (path.permutation != Permutation::gspo || path.prefix_length == 0);
  });
  return paths;
}

ScanRange scan_range(const ResolvedPattern& pattern, const AccessPath& path) {
  ScanRange range;
  range.permutation = path.permutation;
  range.prefix_length = path.prefix_length;
  const auto order = permutation_order(path.permutation);
  for (int i = 0; i < path.prefix_length; ++i) range.prefix[i] = pattern.positions[order[i]].id;
  return range;
}

OperatorPtr make_index_scan(QueryContext& context, const ResolvedPattern& pattern, const AccessPath& path,
                            const Schema& columns) {
  return std::make_unique<IndexScan>(context, pattern, path, columns);
}

std::optional<std::uint64_t> exact_count(const Snapshot& snapshot, const ResolvedPattern& pattern) {
  if (pattern.impossible) return 0;
  if (!pattern.object_ranges.empty()) return std::nullopt;
  for (int i = 0; i < 4; ++i)
    for (int j = i + 1; j < 4; ++j)
      if (pattern.positions[i].is_variable && pattern.positions[j].is_variable &&
          pattern.positions[i].variable == pattern.positions[j].variable)
        return std::nullopt;
  const bool exact = !pattern.on_terms && pattern.graph.kind == GraphFilter::Kind::exact;
  const bool any = pattern.on_terms || pattern.graph.kind == GraphFilter::Kind::any;
  if (!exact && !any) return std::nullopt;
  std::array<bool, 4> fixed = fixed_positions(pattern);
  const Slot& predicate = pattern.positions[1];
  if (exact && !fixed[0] && !fixed[2]) {
    const Id graph = pattern.graph.graphs[0];
    return predicate.is_variable ? snapshot.quads(graph) : snapshot.quads(graph, predicate.id);
  }
  const auto wanted = std::count(fixed.begin(), fixed.end(), true);
  for (const AccessPath& path : access_paths(pattern, fixed))
    if (path.prefix_length == wanted) return snapshot.count(scan_range(pattern, path));
  return std::nullopt;
}

}  // namespace dossier
