#include "engine/query/pattern_scan.h"

#include <algorithm>
#include <numeric>

namespace dossier {
namespace {

const char* permutation_name(Permutation permutation) {
  switch (permutation) {
    case Permutation::spog:
      return "spog";
    case Permutation::posg:
      return "posg";
    case Permutation::ospg:
      return "ospg";
    case Permutation::psog:
      return "psog";
    case Permutation::gspo:
      return "gspo";
    case Permutation::ispo:
      return "ispo";
    case Permutation::spoi:
      return "spoi";
    case Permutation::posi:
      return "posi";
    case Permutation::ospi:
      return "ospi";
  }
  return "";
}

// What a row of a permutation must satisfy beyond the range, and where its columns go.
struct RowTest {
  struct Equal {
    int column;
    Id id;
  };
  struct Same {
    int column;
    int other;
  };
  std::vector<Equal> equal;
  std::vector<Same> same;
  const GraphFilter* graph = nullptr;  // null: no check
  int graph_column = -1;
  bool drop_repeats = false;
  std::array<int, 3> triple_columns{};
  std::array<Id, 3> last{};
  bool has_last = false;

  bool pass(const RowBlock& block, std::size_t row) {
    for (const auto& test : equal)
      if (block.columns[test.column][row] != test.id) return false;
    for (const auto& test : same)
      if (block.columns[test.column][row] != block.columns[test.other][row]) return false;
    if (graph != nullptr && !pass_graph(block.columns[graph_column][row])) return false;
    if (drop_repeats) {
      const std::array<Id, 3> triple{block.columns[triple_columns[0]][row],
                                     block.columns[triple_columns[1]][row],
                                     block.columns[triple_columns[2]][row]};
      if (has_last && triple == last) return false;
      last = triple;
      has_last = true;
    }
    return true;
  }
  bool pass_graph(Id id) const {
    switch (graph->kind) {
      case GraphFilter::Kind::any:
        return true;
      case GraphFilter::Kind::exact:
        return id == graph->graphs[0];
      case GraphFilter::Kind::among:
        return std::binary_search(graph->graphs.begin(), graph->graphs.end(), id);
      case GraphFilter::Kind::named:
        return id != kDefaultGraph;
      case GraphFilter::Kind::merged:
        return graph->all || std::binary_search(graph->graphs.begin(), graph->graphs.end(), id);
    }
    return false;
  }
  // Pieces of a scan mostly lie in one graph.
  bool pass_all(const Id* graphs, std::size_t rows) const {
    std::uint64_t other = 0;
    for (std::size_t row = 0; row < rows; ++row) other |= graphs[row].bits ^ graphs[0].bits;
    return other == 0 && pass_graph(graphs[0]);
  }
  bool trivial() const { return only_graph() && graph == nullptr; }
  // At most the graph is to be looked at.
  bool only_graph() const { return equal.empty() && same.empty() && !drop_repeats; }
};

// Column of a permutation that holds a position.
std::array<int, 4> columns_of_positions(Permutation permutation) {
  const auto order = permutation_order(permutation);
  std::array<int, 4> columns{};
  for (int i = 0; i < 4; ++i) columns[order[i]] = i;
  return columns;
}

RowTest make_test(const ResolvedPattern& pattern, const AccessPath& path, ColumnMask& mask) {
  RowTest test;
  const auto column = columns_of_positions(path.permutation);
  const auto need = [&](int c) { mask |= 1U << c; };
  for (int i = 0; i < (pattern.on_terms ? 4 : 3); ++i) {
    const Slot& slot = pattern.positions[i];
    if (!slot.is_variable && column[i] >= path.prefix_length) {
      test.equal.push_back({column[i], slot.id});
      need(column[i]);
    }
  }
  for (int i = 0; i < 4; ++i)
    for (int j = i + 1; j < 4; ++j) {
      const Slot& a = pattern.positions[i];
      const Slot& b = pattern.positions[j];
      if (!a.is_variable || !b.is_variable || a.variable != b.variable) continue;
      test.same.push_back({column[i], column[j]});
      need(column[i]);
      need(column[j]);
      break;
    }
  if (!pattern.on_terms) {
    const auto kind = pattern.graph.kind;
    const bool in_prefix = kind == GraphFilter::Kind::exact && column[3] < path.prefix_length;
    const bool only_named = kind == GraphFilter::Kind::named && path.permutation == Permutation::gspo;
    if (kind != GraphFilter::Kind::any && !in_prefix && !only_named) {
      const bool no_check = kind == GraphFilter::Kind::merged && pattern.graph.all;
      if (!no_check) {
        test.graph = &pattern.graph;
        test.graph_column = column[3];
        need(column[3]);
      }
    }
    if (kind == GraphFilter::Kind::merged) {
      test.drop_repeats = true;
      for (int i = 0; i < 3; ++i) {
        test.triple_columns[i] = column[i];
        need(column[i]);
      }
    }
  }
  return test;
}

std::string pattern_text(const ResolvedPattern& pattern, const VariableTable& names, QueryContext& context) {
  const auto slot = [&](const Slot& s) {
    if (s.is_variable) return "?" + names.name(s.variable);
    if (s.id == kDefaultGraph) return std::string("default");
    std::string text = context.terms().term(s.id).to_string();
    if (text.size() > 60) text = text.substr(0, 57) + "...";
    return text;
  };
  std::string text = pattern.on_terms ? slot(pattern.positions[3]) + " = <<( " : "";
  text += slot(pattern.positions[0]) + " " + slot(pattern.positions[1]) + " " + slot(pattern.positions[2]);
  if (pattern.on_terms) text += " )>>";
  if (!pattern.on_terms &&
      (pattern.positions[3].is_variable ||
       (pattern.graph.kind == GraphFilter::Kind::exact && pattern.graph.graphs[0] != kDefaultGraph)))
    text += " in " + slot(pattern.positions[3]);
  return text;
}

int position_of(const ResolvedPattern& pattern, Variable variable) {
  for (int i = 0; i < 4; ++i)
    if (pattern.positions[i].is_variable && pattern.positions[i].variable == variable) return i;
  return -1;
}

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

 private:
  // The next piece straight into the batch, without the rows of other graphs. False: the cursor is at its end.
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
  std::vector<Id> graphs_;  // of the piece, when nobody else wants them
  std::vector<ScanRange> ranges_;
  std::size_t next_range_ = 0;
  std::unique_ptr<RowCursor> cursor_;
  std::size_t narrowed_ = 0;  // the column of useless_
  IdRun useless_;
};

class IndexJoin final : public Operator {
 public:
  IndexJoin(QueryContext& context, OperatorPtr input, const ResolvedPattern& pattern, const Schema& columns,
            const Schema& wanted)
      : Operator(context, joined_schema(*input, columns, wanted)),
        pattern_(pattern),
        columns_(columns),
        width_(columns.size()),
        reservation_(context.budget(), "index join") {
    std::array<bool, 4> fixed = fixed_positions(pattern);
    std::array<int, 4> source{};  // column of the input, or -1
    for (int i = 0; i < 4; ++i) {
      source[i] = pattern.positions[i].is_variable ? input->column(pattern.positions[i].variable) : -1;
      if (source[i] >= 0) fixed[i] = true;
    }
    auto paths = access_paths(pattern, fixed);
    path_ = *std::max_element(paths.begin(), paths.end(), [](const AccessPath& a, const AccessPath& b) {
      return a.prefix_length < b.prefix_length;
    });
    const auto order = permutation_order(path_.permutation);
    const auto column = columns_of_positions(path_.permutation);
    key_length_ = path_.prefix_length;
    constants_ = 0;
    bool leading = true;
    Schema key_variables;
    for (int i = 0; i < key_length_; ++i) {
      const Slot& slot = pattern.positions[order[i]];
      key_source_[i] = source[order[i]];
      mask_ |= 1U << i;
      if (key_source_[i] < 0) {
        key_[i] = slot.id;
        if (leading) constants_ = i + 1;
      } else {
        leading = false;
        key_variables.push_back(slot.variable);
      }
    }
    test_ = make_test(pattern_, path_, mask_);
    // A bound position behind the key is compared row by row.
    for (int i = 0; i < 4; ++i)
      if (source[i] >= 0 && column[i] >= key_length_) {
        checks_.push_back({column[i], source[i]});
        mask_ |= 1U << column[i];
      }
    for (Variable variable : columns) {
      outputs_.push_back(column[position_of(pattern, variable)]);
      mask_ |= 1U << outputs_.back();
      output_places_.push_back(static_cast<std::size_t>(this->column(variable)));
    }
    for (const Check& check : checks_) outputs_.push_back(check.column);
    matches_.resize(outputs_.size());
    for (std::size_t i = 0; i < schema().size(); ++i)
      if (const int from = input->column(schema()[i]); from >= 0)
        moves_.push_back({static_cast<std::size_t>(from), i});
    counts_ = outputs_.empty() && this->column(kWeight) >= 0;
    if (counts_) weight_ = static_cast<std::size_t>(this->column(kWeight));
    input_weighted_ = input->column(kWeight) >= 0;
    const Schema& sorted = input->sorted_by();
    input_sorted_ = sorted.size() >= key_variables.size() &&
                    std::equal(key_variables.begin(), key_variables.end(), sorted.begin());
    if (input_sorted_) {
      Schema kept;
      for (Variable variable : sorted) {
        if (this->column(variable) < 0) break;
        kept.push_back(variable);
      }
      set_sorted_by(std::move(kept));
    }
    keep_batch(*input);
    add_child(std::move(input));
  }

  Variable leading() const override { return child().leading(); }
  std::vector<KeyRange> ranges(std::size_t parts) override { return child().ranges(parts); }
  bool prepare() override { return child().prepare(); }
  OperatorPtr copy(QueryContext& thread, const KeyRange& range) const override {
    return std::make_unique<IndexJoin>(thread, child().copy(thread, range), pattern_, columns_, schema());
  }
  void narrow(Variable variable, const IdRun& useless) override { child().narrow(variable, useless); }

  std::string name() const override { return "index join"; }
  std::string details(const VariableTable& names) const override {
    return std::string(permutation_name(path_.permutation)) + " [" +
           pattern_text(pattern_, names, const_cast<IndexJoin*>(this)->context()) + "]";
  }

 protected:
  bool produce(Batch& batch) override {
    if (pattern_.impossible) return false;
    while (batch.rows < kBatchRows) {
      if (match_ == found_) {
        // The next row of the input; rows with the key of the row before use its matches again.
        if (position_ == order_.size()) {
          if (batch.rows != 0) return true;
          if (!fetch()) return false;
          continue;
        }
        current_ = order_[position_++];
        find_matches(current_);
        match_ = 0;
        if (counts_ && found_ != 0) emit_count(batch);
        continue;
      }
      const std::size_t count = std::min(kBatchRows - batch.rows, found_ - match_);
      if (checks_.empty())
        emit(batch, match_, count);
      else
        for (std::size_t i = match_; i < match_ + count; ++i)
          if (passes(i)) emit(batch, i, 1);
      match_ += count;
    }
    return true;
  }

 private:
  struct Check {
    int column;
    int source;
  };
  struct Move {
    std::size_t from;
    std::size_t to;
  };
  // A parent that takes weights gets one where nothing else is new.
  static Schema joined_schema(const Operator& input, const Schema& columns, const Schema& wanted) {
    const auto needs = [&](Variable variable) {
      return std::find(wanted.begin(), wanted.end(), variable) != wanted.end();
    };
    Schema schema;
    for (Variable variable : input.schema())
      if (variable == kWeight || needs(variable)) schema.push_back(variable);
    schema.insert(schema.end(), columns.begin(), columns.end());
    if (columns.empty() && needs(kWeight) && input.column(kWeight) < 0) schema.push_back(kWeight);
    return schema;
  }

  bool passes(std::size_t match) const {
    for (std::size_t c = 0; c < checks_.size(); ++c)
      if (matches_[width_ + c][match] != input_.columns[checks_[c].source][current_]) return false;
    return true;
  }

  void emit(Batch& batch, std::size_t match, std::size_t count) {
    for (const Move& move : moves_)
      std::fill_n(batch.columns[move.to].data() + batch.rows, count, input_.columns[move.from][current_]);
    for (std::size_t c = 0; c < width_; ++c)
      std::copy_n(matches_[c].data() + match, count, batch.columns[output_places_[c]].data() + batch.rows);
    if (weight_ && !input_weighted_) std::fill_n(batch.columns[*weight_].data() + batch.rows, count, Id{1});
    batch.rows += count;
  }

  // One row for all matches.
  void emit_count(Batch& batch) {
    for (const Move& move : moves_) batch.columns[move.to][batch.rows] = input_.columns[move.from][current_];
    Id& weight = batch.columns[*weight_][batch.rows++];
    weight.bits = found_ * (input_weighted_ ? weight.bits : 1);
    match_ = found_;
  }

  Row key_of(std::uint32_t row) const {
    Row key = key_;
    for (int i = 0; i < key_length_; ++i)
      if (key_source_[i] >= 0) key[i] = input_.columns[key_source_[i]][row];
    return key;
  }

  bool fetch() {
    if (!child().next(input_)) return false;
    order_.resize(input_.rows);
    std::iota(order_.begin(), order_.end(), 0U);
    position_ = 0;
    const auto less = [&](std::uint32_t a, std::uint32_t b) {
      for (int i = constants_; i < key_length_; ++i) {
        if (key_source_[i] < 0) continue;
        const auto& column = input_.columns[key_source_[i]];
        if (column[a] != column[b]) return column[a] < column[b];
      }
      return false;
    };
    if (!input_sorted_ && !std::is_sorted(order_.begin(), order_.end(), less))
      std::stable_sort(order_.begin(), order_.end(), less);
    if (!input_sorted_ || cursor_ == nullptr) {
      ScanRange range;
      range.permutation = path_.permutation;
      range.prefix = key_;
      range.prefix_length = constants_;
      cursor_ = context().snapshot().scan(range, mask_, &scan_counters_);
      block_ = {};
      row_ = 0;
      has_key_ = false;
      ended_ = false;
    }
    return true;
  }

  int compare(const Row& key, std::size_t row) const {
    for (int i = constants_; i < key_length_; ++i) {
      const Id id = block_.columns[i][row];
      if (id != key[i]) return id < key[i] ? -1 : 1;
    }
    return 0;
  }

  // Stands the cursor on the first row that is not less than `key`; false when there is none.
  bool advance(const Row& key) {
    if (ended_) return false;
    // Near keys lie in the rows at hand: steps that double, then halving.
    std::size_t low = row_;
    std::size_t high = row_;
    for (std::size_t step = 1; high < block_.rows && compare(key, high) < 0; step *= 2) {
      low = high + 1;
      high += step;
    }
    high = std::min(high, block_.rows);
    while (low < high) {
      const std::size_t middle = low + (high - low) / 2;
      if (compare(key, middle) < 0)
        low = middle + 1;
      else
        high = middle;
    }
    row_ = low;
    if (row_ < block_.rows) return true;
    cursor_->seek(key, key_length_);
    return refill();
  }

  bool refill() {
    row_ = 0;
    block_ = {};
    if (!cursor_->next(block_)) ended_ = true;
    return !ended_;
  }

  void find_matches(std::uint32_t row) {
    const Row key = key_of(row);
    if (has_key_ && std::equal(key.begin(), key.begin() + key_length_, last_key_.begin())) return;
    last_key_ = key;
    has_key_ = true;
    for (auto& column : matches_) column.clear();
    found_ = 0;
    test_.has_last = false;
    if (!advance(key)) return;
    for (;;) {
      const std::size_t end = run_end(key);
      if (test_.trivial()) {
        take(row_, end);
      } else {
        for (std::size_t at = row_; at < end; ++at)
          if (test_.pass(block_, at)) take(at, at + 1);
      }
      row_ = end;
      if (row_ < block_.rows) return;
      context().check();
      std::size_t bytes = 0;
      for (const auto& column : matches_) bytes += column.capacity() * sizeof(Id);
      reservation_.resize(bytes);
      if (!refill()) return;
    }
  }

  // The end of the rows of the block that have the key, from row_ on.
  std::size_t run_end(const Row& key) const {
    std::size_t end = block_.rows;
    for (int i = constants_; i < key_length_; ++i) {
      const Id* const column = block_.columns[i];
      std::size_t at = row_;
      while (at < end && column[at] == key[i]) ++at;
      end = at;
    }
    return end;
  }

  void take(std::size_t from, std::size_t to) {
    for (std::size_t c = 0; c < outputs_.size(); ++c)
      matches_[c].insert(matches_[c].end(), block_.columns[outputs_[c]] + from,
                         block_.columns[outputs_[c]] + to);
    found_ += to - from;
  }

  ResolvedPattern pattern_;
  Schema columns_;  // new ones
  std::size_t width_;
  AccessPath path_;
  RowTest test_;
  ColumnMask mask_ = 0;
  int key_length_ = 0;
  int constants_ = 0;  // leading columns of the key that are the same for all rows
  Row key_{};
  std::array<int, 4> key_source_{-1, -1, -1, -1};
  std::vector<int>
      outputs_;  // columns of the permutation that a match keeps: the new ones, then those of checks
  std::vector<std::size_t> output_places_;
  std::vector<Check> checks_;
  std::vector<Move> moves_;  // of the input
  bool counts_ = false;      // a row and the number of its matches, in place of the matches
  std::optional<std::size_t> weight_;
  bool input_weighted_ = false;
  bool input_sorted_ = false;

  Batch input_;
  std::vector<std::uint32_t> order_;
  std::size_t position_ = 0;
  std::uint32_t current_ = 0;
  std::unique_ptr<RowCursor> cursor_;
  RowBlock block_;
  std::size_t row_ = 0;
  bool ended_ = false;
  bool has_key_ = false;
  Row last_key_{};
  std::vector<std::vector<Id>> matches_;  // of the key at hand, by outputs_
  std::size_t found_ = 0;
  std::size_t match_ = 0;
  Reservation reservation_;
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

OperatorPtr make_index_join(QueryContext& context, OperatorPtr input, const ResolvedPattern& pattern,
                            const Schema& columns, const Schema& wanted) {
  return std::make_unique<IndexJoin>(context, std::move(input), pattern, columns, wanted);
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
