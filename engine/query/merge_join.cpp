// Merge joins, and counting of neighbours.
#include <algorithm>
#include <array>
#include <utility>

#include "engine/query/gallop.h"
#include "engine/query/join.h"

namespace dossier {
namespace {

class MergeJoin final : public Operator {
 public:
  MergeJoin(QueryContext& context, OperatorPtr left, OperatorPtr right, Variable key, const Schema& wanted)
      : Operator(context, join_schema(left->schema(), right->schema(), &wanted)),
        key_(key),
        group_(context, right->schema().size(), "merge join") {
    left_key_ = static_cast<std::size_t>(left->column(key));
    right_key_ = static_cast<std::size_t>(right->column(key));
    for (Variable variable : right->schema())
      if (variable != key && variable != kWeight && left->column(variable) >= 0)
        checks_.push_back({static_cast<std::size_t>(left->column(variable)),
                           static_cast<std::size_t>(right->column(variable))});
    for (std::size_t i = 0; i < schema().size(); ++i) {
      const int from_left = left->column(schema()[i]);
      if (from_left >= 0)
        left_columns_.push_back({static_cast<std::size_t>(from_left), i});
      else
        right_columns_.push_back({static_cast<std::size_t>(right->column(schema()[i])), i});
    }
    if (left->column(kWeight) >= 0 && right->column(kWeight) >= 0)
      right_weight_ = {static_cast<std::size_t>(right->column(kWeight)),
                       static_cast<std::size_t>(column(kWeight))};
    set_sorted_as(*left);
    keep_batch(*left);
    keep_batch(*right);
    add_child(std::move(left));
    add_child(std::move(right));
  }
  Variable leading() const override {
    return child(0).leading() == key_ && child(1).leading() == key_ ? key_ : kNoVariable;
  }
  // By the side with more rows.
  std::vector<KeyRange> ranges(std::size_t parts) override {
    const std::size_t larger = child(0).estimated_rows() >= child(1).estimated_rows() ? 0 : 1;
    return child(larger).ranges(parts);
  }
  bool prepare() override { return child(0).prepare() && child(1).prepare(); }
  OperatorPtr copy(QueryContext& thread, const KeyRange& range) const override {
    return std::make_unique<MergeJoin>(thread, child(0).copy(thread, range), child(1).copy(thread, range),
                                       key_, schema());
  }

  std::string name() const override { return "merge join"; }
  std::string details(const VariableTable& names) const override { return "on ?" + names.name(key_); }

 protected:
  bool produce(Batch& batch) override {
    while (batch.rows < kBatchRows) {
      if (left_row_ == left_.rows) {
        left_row_ = 0;
        if (!child(0).next(left_)) {
          left_.rows = 0;
          return batch.rows != 0;
        }
      }
      if (group_.rows() != 0 && group_key_ == left_.columns[left_key_][left_row_]) {
        join_group(batch);
        continue;
      }
      if (right_row_ == right_.rows) {
        right_row_ = 0;
        if (right_ended_ || !child(1).next(right_)) {
          right_.rows = 0;
          right_ended_ = true;
          return batch.rows != 0;
        }
      }
      join_batches(batch);
    }
    return true;
  }
  bool restart() override {
    left_.rows = right_.rows = 0;
    left_row_ = right_row_ = run_position_ = 0;
    right_ended_ = false;
    group_.clear();
    group_row_ = 0;
    return true;
  }

 private:
  struct Move {
    std::size_t from;
    std::size_t to;
  };
  static constexpr std::size_t kWorthCopying = 16;

  // Joins what is left of the two batches. A run of the right that reaches the end of its batch may go on in
  // the next one, and so becomes the group.
  void join_batches(Batch& batch) {
    const Id* const left_keys = left_.columns[left_key_].data();
    const Id* const right_keys = right_.columns[right_key_].data();
    const auto right_column = [this](std::size_t column) { return right_.columns[column].data(); };
    std::size_t room = kBatchRows - batch.rows;
    std::size_t left = left_row_;
    std::size_t right = right_row_;
    std::size_t pairs = 0;
    while (left < left_.rows && right < right_.rows && pairs < room) {
      const Id key = left_keys[left];
      if (right_keys[right] < key) {
        right = gallop(right_keys, right, right_.rows, key);
        continue;
      }
      if (key < right_keys[right]) {
        left = gallop(left_keys, left, left_.rows, right_keys[right]);
        continue;
      }
      std::size_t end = right + 1;
      while (end < right_.rows && right_keys[end] == key) ++end;
      if (end == right_.rows) break;
      if (checks_.empty() && run_position_ == 0) {
        std::size_t left_end = left + 1;
        while (left_end < left_.rows && left_keys[left_end] == key) ++left_end;
        if (left_end == left + 1 && end == right + 1 && left_end < left_.rows) {
          const std::size_t rows =
              even_rows(left_keys + left, right_keys + right,
                        std::min({left_.rows - left, right_.rows - right, room - pairs + 1}));
          if (rows >= kWorthCopying) {
            emit(batch, pairs, right_column);
            copy(batch, left, right, rows);
            pairs = 0;
            room = kBatchRows - batch.rows;
          } else {
            for (std::size_t i = 0; i < rows; ++i, ++pairs) {
              left_pairs_[pairs] = static_cast<std::uint32_t>(left + i);
              right_pairs_[pairs] = static_cast<std::uint32_t>(right + i);
            }
          }
          left += rows;
          right += rows;
          continue;
        }
        if ((left_end - left) * (end - right) <= room - pairs) {
          pairs = pair_runs(left, left_end, right, end, pairs);
          left = left_end;
          if (left < left_.rows) right = end;
          continue;
        }
      }
      do {
        std::size_t at = right + run_position_;
        if (checks_.empty()) {
          // No test a pair, so that the loop is two stores.
          const std::size_t count = std::min(end - at, room - pairs);
          for (std::size_t i = 0; i < count; ++i) {
            left_pairs_[pairs + i] = static_cast<std::uint32_t>(left);
            right_pairs_[pairs + i] = static_cast<std::uint32_t>(at + i);
          }
          pairs += count;
          at += count;
        } else {
          for (; at < end && pairs < room; ++at)
            if (same(left, right_, at)) {
              left_pairs_[pairs] = static_cast<std::uint32_t>(left);
              right_pairs_[pairs++] = static_cast<std::uint32_t>(at);
            }
        }
        run_position_ = at < end ? at - right : 0;
        if (run_position_ != 0) break;
        ++left;
      } while (left < left_.rows && left_keys[left] == key && pairs < room);
      // The next row of the left, or of its next batch, may have the key, too.
      if (left < left_.rows && left_keys[left] != key) right = end;
    }
    emit(batch, pairs, right_column);
    left_row_ = left;
    right_row_ = right;
    if (left < left_.rows && right < right_.rows && batch.rows < kBatchRows &&
        left_keys[left] == right_keys[right])
      read_group(left_keys[left]);
  }

  // How many rows stand side by side: with the same key, which only the one row has on either side. The last
  // of `count` rows may go on behind them, so it is not counted.
  static std::size_t even_rows(const Id* left, const Id* right, std::size_t count) {
    std::size_t rows = 0;
    while (rows + 1 < count && left[rows] == right[rows] && left[rows + 1] != left[rows] &&
           right[rows + 1] != right[rows])
      ++rows;
    return rows;
  }

  // Rows that stand side by side.
  void copy(Batch& batch, std::size_t left, std::size_t right, std::size_t rows) {
    for (const Move& move : left_columns_)
      std::copy_n(left_.columns[move.from].data() + left, rows, batch.columns[move.to].data() + batch.rows);
    for (const Move& move : right_columns_)
      std::copy_n(right_.columns[move.from].data() + right, rows, batch.columns[move.to].data() + batch.rows);
    if (right_weight_) {
      const Id* const from = right_.columns[right_weight_->from].data() + right;
      Id* const to = batch.columns[right_weight_->to].data() + batch.rows;
      for (std::size_t i = 0; i < rows; ++i) to[i].bits *= from[i].bits;
    }
    batch.rows += rows;
  }

  // Every row of a run with every one of the other: the runs are mostly short, so there is no test but for
  // their ends.
  std::size_t pair_runs(std::size_t left, std::size_t left_end, std::size_t right, std::size_t right_end,
                        std::size_t pairs) {
    for (; left < left_end; ++left) {
      for (std::size_t at = right; at < right_end; ++at, ++pairs) {
        left_pairs_[pairs] = static_cast<std::uint32_t>(left);
        right_pairs_[pairs] = static_cast<std::uint32_t>(at);
      }
    }
    return pairs;
  }

  // Takes the run of the key at right_row_, which reaches the end of the batch, and what follows of it.
  void read_group(Id key) {
    group_.clear();
    group_key_ = key;
    group_row_ = 0;
    for (;;) {
      const IdColumn& keys = right_.columns[right_key_];
      std::size_t end = right_row_;
      while (end < right_.rows && keys[end] == key) ++end;
      group_.append_rows(right_, right_row_, end - right_row_);
      right_row_ = end;
      if (end < right_.rows) return;
      right_row_ = 0;
      if (!child(1).next(right_)) {
        right_.rows = 0;
        right_ended_ = true;
        return;
      }
    }
  }

  void join_group(Batch& batch) {
    const std::size_t room = kBatchRows - batch.rows;
    const Id* const left_keys = left_.columns[left_key_].data();
    std::size_t pairs = 0;
    while (left_row_ < left_.rows && left_keys[left_row_] == group_key_ && pairs < room) {
      for (; group_row_ < group_.rows() && pairs < room; ++group_row_)
        if (same(left_row_, group_, group_row_)) {
          left_pairs_[pairs] = static_cast<std::uint32_t>(left_row_);
          right_pairs_[pairs++] = static_cast<std::uint32_t>(group_row_);
        }
      if ((++steps_ & 0xFF) == 0) context().check();
      if (group_row_ < group_.rows()) break;
      ++left_row_;
      group_row_ = 0;
    }
    emit(batch, pairs, [this](std::size_t column) { return group_.column(column).data(); });
  }

  static Id value(const Batch& batch, std::size_t column, std::size_t row) {
    return batch.columns[column][row];
  }
  static Id value(const RowTable& table, std::size_t column, std::size_t row) {
    return table.at(column, row);
  }

  template <typename Rows>
  bool same(std::size_t left, const Rows& rows, std::size_t right) const {
    for (const auto& [a, b] : checks_)
      if (left_.columns[a][left] != value(rows, b, right)) return false;
    return true;
  }

  template <typename RightColumn>
  void emit(Batch& batch, std::size_t pairs, RightColumn&& right_column) {
    for (const Move& move : left_columns_) {
      const Id* const from = left_.columns[move.from].data();
      Id* const to = batch.columns[move.to].data() + batch.rows;
      for (std::size_t i = 0; i < pairs; ++i) to[i] = from[left_pairs_[i]];
    }
    for (const Move& move : right_columns_) {
      const Id* const from = right_column(move.from);
      Id* const to = batch.columns[move.to].data() + batch.rows;
      for (std::size_t i = 0; i < pairs; ++i) to[i] = from[right_pairs_[i]];
    }
    if (right_weight_) {
      const Id* const from = right_column(right_weight_->from);
      Id* const to = batch.columns[right_weight_->to].data() + batch.rows;
      for (std::size_t i = 0; i < pairs; ++i) to[i].bits *= from[right_pairs_[i]].bits;
    }
    batch.rows += pairs;
  }

  Variable key_;
  std::size_t left_key_ = 0;
  std::size_t right_key_ = 0;
  std::vector<std::pair<std::size_t, std::size_t>> checks_;
  std::vector<Move> left_columns_;
  std::vector<Move> right_columns_;
  std::optional<Move> right_weight_;  // to be multiplied with the left's
  Batch left_;
  Batch right_;
  std::size_t left_row_ = 0;
  std::size_t right_row_ = 0;
  std::size_t run_position_ = 0;  // of the right's run, for left_row_
  bool right_ended_ = false;
  RowTable group_;
  Id group_key_;
  std::size_t group_row_ = 0;
  std::uint64_t steps_ = 0;
  std::array<std::uint32_t, kBatchRows> left_pairs_;
  std::array<std::uint32_t, kBatchRows> right_pairs_;
};

class CountRepeats final : public Operator {
 public:
  CountRepeats(QueryContext& context, OperatorPtr input, const Schema& columns)
      : Operator(context, with_weight(columns)), width_(columns.size()), last_(columns.size()) {
    for (Variable variable : columns) sources_.push_back(static_cast<std::size_t>(input->column(variable)));
    if (input->column(kWeight) >= 0) weight_ = static_cast<std::size_t>(input->column(kWeight));
    set_sorted_as(*input);
    set_estimated_rows(input->estimated_rows());
    keep_batch(*input);
    add_child(std::move(input));
  }
  Variable leading() const override { return child().leading(); }
  std::vector<KeyRange> ranges(std::size_t parts) override { return child().ranges(parts); }
  bool prepare() override { return child().prepare(); }
  OperatorPtr copy(QueryContext& thread, const KeyRange& range) const override {
    const Schema columns(schema().begin(), schema().end() - 1);
    return std::make_unique<CountRepeats>(thread, child().copy(thread, range), columns);
  }

  std::string name() const override { return "count repeats"; }
  std::string details(const VariableTable& names) const override {
    return "of " + variable_list(schema(), names);
  }

 protected:
  // A row is handed out once another follows it, so the last one of a batch waits for the next.
  bool produce(Batch& batch) override {
    if (!child().next(input_)) {
      if (count_ == 0) return false;
      put(batch);
      count_ = 0;
      return true;
    }
    std::size_t row = 0;
    while (row < input_.rows) {
      const std::size_t end = run_end(row);
      std::uint64_t count = end - row;
      if (weight_) {
        count = 0;
        for (std::size_t i = row; i < end; ++i) count += input_.columns[*weight_][i].bits;
      }
      if (row > 0 || count_ == 0 || !goes_on()) {
        if (count_ != 0) put(batch);
        for (std::size_t c = 0; c < width_; ++c) last_[c] = input_.columns[sources_[c]][row];
        count_ = 0;
      }
      count_ += count;
      row = end;
    }
    return true;
  }
  bool restart() override {
    count_ = 0;
    return true;
  }

 private:
  static Schema with_weight(Schema columns) {
    columns.push_back(kWeight);
    return columns;
  }

  std::size_t run_end(std::size_t row) const {
    std::size_t end = input_.rows;
    for (const std::size_t source : sources_) {
      const IdColumn& column = input_.columns[source];
      std::size_t at = row + 1;
      while (at < end && column[at] == column[row]) ++at;
      end = at;
    }
    return end;
  }

  bool goes_on() const {
    for (std::size_t c = 0; c < width_; ++c)
      if (input_.columns[sources_[c]][0] != last_[c]) return false;
    return true;
  }

  void put(Batch& batch) {
    for (std::size_t c = 0; c < width_; ++c) batch.columns[c][batch.rows] = last_[c];
    batch.columns[width_][batch.rows++] = Id{count_};
  }

  std::size_t width_;
  std::vector<std::size_t> sources_;
  std::optional<std::size_t> weight_;
  std::vector<Id> last_;     // the row that waits
  std::uint64_t count_ = 0;  // of it; 0: none
  Batch input_;
};

}  // namespace

OperatorPtr make_merge_join(QueryContext& context, OperatorPtr left, OperatorPtr right, Variable key,
                            const Schema& wanted) {
  return std::make_unique<MergeJoin>(context, std::move(left), std::move(right), key, wanted);
}

OperatorPtr make_count_repeats(QueryContext& context, OperatorPtr input, const Schema& columns) {
  return std::make_unique<CountRepeats>(context, std::move(input), columns);
}

}  // namespace dossier
