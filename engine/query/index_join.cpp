#include <algorithm>
#include <numeric>
#include <optional>

#include "engine/query/edge_look_up.h"
#include "engine/query/row_test.h"

namespace dossier {
namespace {

// Looks the keys up in the index, in their order, through one cursor; in memory once the edges stand there.
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
    source_ = source;
    keep_batch(*input);
    add_child(std::move(input));
  }

  ~IndexJoin() override { tell(); }

  Variable leading() const override { return child().leading(); }
  std::vector<KeyRange> ranges(std::size_t parts) override { return child().ranges(parts); }
  bool prepare() override {
    in_memory_ = edges().ready(true);
    return child().prepare();
  }
  OperatorPtr copy(QueryContext& thread, const KeyRange& range) const override {
    auto join =
        std::make_unique<IndexJoin>(thread, child().copy(thread, range), pattern_, columns_, schema());
    join->makes_edges_ = false;
    return join;
  }
  void narrow(Variable variable, const IdRun& useless) override { child().narrow(variable, useless); }

  std::string name() const override { return "index join"; }
  std::string details(const VariableTable& names) const override {
    return std::string(permutation_name(path_.permutation)) + " [" +
           pattern_text(pattern_, names, const_cast<IndexJoin*>(this)->context()) + "]" +
           (in_memory_ ? ", in memory" : "");
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
        if (in_memory_)
          found_ = edges_->find(current_);
        else
          find_matches(current_);
        match_ = 0;
        if (counts_ && found_ != 0) emit_count(batch);
        continue;
      }
      const std::size_t count = std::min(kBatchRows - batch.rows, found_ - match_);
      if (in_memory_ || checks_.empty())
        emit(batch, match_, count);
      else
        for (std::size_t i = match_; i < match_ + count; ++i)
          if (passes(i)) emit(batch, i, 1);
      match_ += count;
    }
    return true;
  }

  bool restart() override {
    tell();
    looked_up_ = told_ = 0;
    edges_.reset();
    in_memory_ = false;
    order_.clear();
    position_ = 0;
    cursor_.reset();
    block_ = {};
    row_ = 0;
    ended_ = has_key_ = false;
    test_.has_last = false;
    matches_.assign(outputs_.size(), {});
    found_ = match_ = 0;
    reservation_.resize(0);
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
    for (std::size_t c = 0; c < width_; ++c) {
      Id* const column = batch.columns[output_places_[c]].data() + batch.rows;
      if (in_memory_)
        edges_->give(match, count, column);
      else
        std::copy_n(matches_[c].data() + match, count, column);
    }
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
    tell();
    if (!child().next(input_)) return false;
    order_.resize(input_.rows);
    std::iota(order_.begin(), order_.end(), 0U);
    position_ = 0;
    in_memory_ = edges().ready(makes_edges_);
    if (in_memory_) {
      edges_->begin(input_);
      return true;
    }
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

  EdgeLookUp& edges() {
    if (!edges_) edges_.emplace(context(), pattern_, source_);
    return *edges_;
  }

  // Of what was spent in the index.
  void tell() {
    if (!edges_ || in_memory_) return;
    const std::uint64_t work = scan_counters_.seeks * EdgeCosts::kSeek +
                               scan_counters_.rows * EdgeCosts::kRow + looked_up_ * EdgeCosts::kKey;
    edges_->spend(work - told_);
    told_ = work;
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
    ++looked_up_;
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
  bool makes_edges_ = true;                    // not in a copy: it would make what its siblings make
  std::array<int, 4> source_{-1, -1, -1, -1};  // columns of the input, by position

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
  std::optional<EdgeLookUp> edges_;
  bool in_memory_ = false;
  std::uint64_t looked_up_ = 0;  // keys, in the index
  std::uint64_t told_ = 0;       // to edges_, of work there, in nanoseconds
  Reservation reservation_;
};

}  // namespace

OperatorPtr make_index_join(QueryContext& context, OperatorPtr input, const ResolvedPattern& pattern,
                            const Schema& columns, const Schema& wanted) {
  return std::make_unique<IndexJoin>(context, std::move(input), pattern, columns, wanted);
}

}  // namespace dossier
