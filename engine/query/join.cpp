#include "engine/query/join.h"

#include <algorithm>
#include <utility>

namespace dossier {

Schema join_schema(const Schema& left, const Schema& right) {
  Schema schema = left;
  for (Variable variable : right)
    if (std::find(left.begin(), left.end(), variable) == left.end()) schema.push_back(variable);
  return schema;
}

namespace {

// Rows of the left that are looked up together; a seeded plan is made for each.
constexpr std::size_t kChunkRows = 32768;
// A look-up of one key costs about as much as reading this many rows in order.
constexpr double kLookupCost = 20;

class TableJoin final : public Operator {
 public:
  TableJoin(QueryContext& context, OperatorPtr left, OperatorPtr right, TableJoinSpec spec)
      : Operator(context, spec.kind == JoinKind::minus ? left->schema()
                                                       : join_schema(left->schema(), right->schema())),
        spec_(std::move(spec)),
        left_width_(left->schema().size()),
        table_(std::make_unique<RowTable>(context, right->schema().size(), "join")),
        index_(context, "join"),
        chunk_(context, left->schema().size(), "join") {
    for (Variable key : spec_.keys) {
      left_keys_.push_back(left->column(key));
      right_keys_.push_back(right->column(key));
    }
    for (Variable variable : spec_.loose) {
      left_loose_.push_back(left->column(variable));
      right_loose_.push_back(right->column(variable));
    }
    for (std::size_t i = left_width_; i < schema().size(); ++i)
      right_new_.push_back(right->column(schema()[i]));
    if (spec_.loose.empty() && spec_.conditions.empty()) set_sorted_by(left->sorted_by());
    right_schema_ = right->schema();
    keep_batch(*left);
    add_child(std::move(left));
    add_child(std::move(right));
  }

  std::string name() const override {
    switch (spec_.kind) {
      case JoinKind::inner:
        return "join";
      case JoinKind::left:
        return "left join";
      case JoinKind::minus:
        return "minus";
    }
    return "join";
  }
  std::string details(const VariableTable& names) const override {
    std::string text = "on " + (spec_.keys.empty() ? "nothing" : variable_list(spec_.keys, names));
    if (!spec_.loose.empty()) text += ", if bound " + variable_list(spec_.loose, names);
    if (lookups_ != 0) text += ", right side looked up in " + std::to_string(lookups_) + " chunks";
    return text;
  }

 protected:
  bool produce(Batch& batch) override {
    if (!decided_) decide();
    if (spec_.kind == JoinKind::inner && !seeded_ && table_->rows() == 0) return false;
    while (batch.rows < kBatchRows) {
      if (row_ == left_.rows) {
        // A left join's rows without a partner follow at the end of their batch when there is a condition.
        if (flush_unmatched(batch)) return true;
        if (batch.rows != 0 && spec_.conditions.empty()) return true;
        if (!next_left()) return batch.rows != 0;
        continue;
      }
      if (!spec_.conditions.empty())
        probe_with_condition(batch);
      else
        probe(batch);
      if (!spec_.conditions.empty() && batch.rows != 0) return true;
    }
    return true;
  }

 private:
  // Chooses the way to the right side: after one chunk of the left its size is known, or known to be large.
  void decide() {
    decided_ = true;
    double right_rows = std::max(child(1).estimated_rows(), 1.0);
    if (spec_.right && !spec_.seed_keys.empty() && right_rows > 256) {
      const bool more = fill_chunk();
      const double left_rows =
          more ? std::max(child(0).estimated_rows(), 2.0 * kChunkRows) : static_cast<double>(chunk_.rows());
      seeded_ = left_rows * kLookupCost < right_rows * 2;
    }
    if (seeded_) {
      look_up_chunk();
      return;
    }
    Batch batch;
    if (chunk_.rows() == 0 && !left_ended_) {
      // No left row, no work on the right.
      left_ended_ = !child(0).next(left_);
      if (left_ended_) {
        left_.rows = 0;
        return;
      }
      have_batch_ = true;
      matched_.assign(left_.rows, 0);
    }
    while (child(1).next(batch)) table_->append(batch);
    index_.build(*table_, right_keys_);
  }

  bool fill_chunk() {
    Batch batch;
    while (chunk_.rows() < kChunkRows) {
      if (!child(0).next(batch)) {
        left_ended_ = true;
        return false;
      }
      chunk_.append(batch);
    }
    return true;
  }

  void look_up_chunk() {
    chunk_position_ = 0;
    table_->clear();
    if (chunk_.rows() == 0) return;
    ++lookups_;
    TupleSet distinct(context(), spec_.seed_keys.size(), "join");
    std::vector<int> columns;
    for (Variable key : spec_.seed_keys) columns.push_back(child(0).column(key));
    std::vector<Id> tuple(columns.size());
    auto seed = std::make_shared<RowTable>(context(), columns.size(), "join");
    for (std::size_t row = 0; row < chunk_.rows(); ++row) {
      for (std::size_t i = 0; i < columns.size(); ++i)
        tuple[i] = chunk_.at(static_cast<std::size_t>(columns[i]), row);
      bool added = false;
      distinct.insert(tuple.data(), added);
      if (added) seed->append_ids(tuple.data());
    }
    OperatorPtr right = spec_.right(spec_.seed_keys, seed);
    const OperatorPtr aligned = make_project(context(), std::move(right), right_schema_);
    Batch batch;
    while (aligned->next(batch)) table_->append(batch);
    index_.build(*table_, right_keys_);
  }

  bool next_left() {
    row_ = 0;
    candidate_ = RowIndex::kNone;
    probing_ = false;
    left_.rows = 0;
    for (;;) {
      if (chunk_position_ < chunk_.rows()) {
        const std::size_t count = std::min(kBatchRows, chunk_.rows() - chunk_position_);
        left_.reset(left_width_);
        chunk_.copy(chunk_position_, count, left_);
        chunk_position_ += count;
        break;
      }
      chunk_.clear();
      chunk_position_ = 0;
      if (left_ended_) return false;
      if (!seeded_) {
        if (!child(0).next(left_)) {
          left_.rows = 0;
          left_ended_ = true;
          return false;
        }
        break;
      }
      fill_chunk();
      look_up_chunk();
    }
    have_batch_ = true;
    matched_.assign(left_.rows, 0);
    return true;
  }

  std::uint64_t left_hash(std::size_t row) const {
    std::uint64_t hash = 0;
    for (int column : left_keys_)
      hash = combine_hash(hash, left_.columns[static_cast<std::size_t>(column)][row]);
    return hash;
  }

  bool compatible(std::size_t row, std::uint32_t candidate) const {
    for (std::size_t i = 0; i < left_keys_.size(); ++i)
      if (left_.columns[static_cast<std::size_t>(left_keys_[i])][row] !=
          table_->at(static_cast<std::size_t>(right_keys_[i]), candidate))
        return false;
    bool overlap = !left_keys_.empty() || spec_.takes_disjoint;
    for (std::size_t i = 0; i < left_loose_.size(); ++i) {
      const Id a = left_.columns[static_cast<std::size_t>(left_loose_[i])][row];
      const Id b = table_->at(static_cast<std::size_t>(right_loose_[i]), candidate);
      if (!a.is_bound() || !b.is_bound()) continue;
      if (a != b) return false;
      overlap = true;
    }
    return spec_.kind != JoinKind::minus || overlap;
  }

  void emit(Batch& batch, std::size_t row, std::uint32_t candidate) const {
    const std::size_t at = batch.rows++;
    for (std::size_t i = 0; i < left_width_; ++i) batch.columns[i][at] = left_.columns[i][row];
    for (std::size_t i = 0; i < right_new_.size(); ++i)
      batch.columns[left_width_ + i][at] = table_->at(static_cast<std::size_t>(right_new_[i]), candidate);
    for (std::size_t i = 0; i < left_loose_.size(); ++i) {
      Id& value = batch.columns[static_cast<std::size_t>(left_loose_[i])][at];
      if (!value.is_bound()) value = table_->at(static_cast<std::size_t>(right_loose_[i]), candidate);
    }
  }

  void emit_left(Batch& batch, std::size_t row) const {
    const std::size_t at = batch.rows++;
    for (std::size_t i = 0; i < left_width_; ++i) batch.columns[i][at] = left_.columns[i][row];
    if (spec_.kind != JoinKind::minus)
      for (std::size_t i = 0; i < right_new_.size(); ++i) batch.columns[left_width_ + i][at] = kUnbound;
  }

  // Goes to the next candidate that is compatible with row_; kNone at the end of them.
  void seek_candidate() {
    candidate_ = probing_ ? index_.following(candidate_) : index_.first(left_hash(row_));
    probing_ = true;
    while (candidate_ != RowIndex::kNone && !compatible(row_, candidate_)) {
      if ((++steps_ & 0xFFFF) == 0) context().check();
      candidate_ = index_.following(candidate_);
    }
  }

  void leave_row() {
    ++row_;
    probing_ = false;
  }

  void probe(Batch& batch) {
    while (row_ < left_.rows && batch.rows < kBatchRows) {
      seek_candidate();
      if (spec_.kind == JoinKind::minus) {
        if (candidate_ == RowIndex::kNone) emit_left(batch, row_);
        leave_row();
      } else if (candidate_ == RowIndex::kNone) {
        if (spec_.kind == JoinKind::left && matched_[row_] == 0) emit_left(batch, row_);
        leave_row();
      } else {
        matched_[row_] = 1;
        emit(batch, row_, candidate_);
      }
    }
  }

  void probe_with_condition(Batch& batch) {
    owners_.clear();
    while (row_ < left_.rows && batch.rows < kBatchRows) {
      seek_candidate();
      if (candidate_ == RowIndex::kNone) {
        leave_row();
        continue;
      }
      emit(batch, row_, candidate_);
      owners_.push_back(static_cast<std::uint32_t>(row_));
    }
    if (batch.rows == 0) return;
    // A column of row numbers travels with the candidates, so that it says who is left.
    batch.columns.emplace_back(kBatchRows);
    for (std::size_t i = 0; i < owners_.size(); ++i) batch.columns.back()[i] = Id{owners_[i]};
    for (auto& condition : spec_.conditions)
      if (batch.rows != 0) condition.filter(context(), batch);
    for (std::size_t i = 0; i < batch.rows; ++i) matched_[batch.columns.back()[i].bits] = 1;
    batch.columns.pop_back();
  }

  bool flush_unmatched(Batch& batch) {
    if (spec_.kind != JoinKind::left || spec_.conditions.empty() || !have_batch_) return false;
    have_batch_ = false;
    for (std::size_t row = 0; row < left_.rows; ++row)
      if (matched_[row] == 0) emit_left(batch, row);
    return batch.rows != 0;
  }

  TableJoinSpec spec_;
  std::size_t left_width_;
  Schema right_schema_;
  std::vector<int> left_keys_, right_keys_, left_loose_, right_loose_, right_new_;
  std::unique_ptr<RowTable> table_;
  RowIndex index_;
  RowTable chunk_;
  std::size_t chunk_position_ = 0;
  bool decided_ = false;
  bool seeded_ = false;
  bool left_ended_ = false;
  bool have_batch_ = false;
  std::uint64_t lookups_ = 0;
  std::uint64_t steps_ = 0;
  Batch left_;
  std::size_t row_ = 0;
  bool probing_ = false;
  std::uint32_t candidate_ = RowIndex::kNone;
  std::vector<std::uint8_t> matched_;
  std::vector<std::uint32_t> owners_;
};

class MergeJoin final : public Operator {
 public:
  MergeJoin(QueryContext& context, OperatorPtr left, OperatorPtr right, Variable key)
      : Operator(context, join_schema(left->schema(), right->schema())),
        key_(key),
        left_width_(left->schema().size()),
        group_(context, right->schema().size(), "merge join") {
    left_key_ = static_cast<std::size_t>(left->column(key));
    right_key_ = static_cast<std::size_t>(right->column(key));
    for (Variable variable : right->schema())
      if (variable != key && left->column(variable) >= 0)
        checks_.push_back({static_cast<std::size_t>(left->column(variable)),
                           static_cast<std::size_t>(right->column(variable))});
    for (std::size_t i = left_width_; i < schema().size(); ++i)
      right_new_.push_back(static_cast<std::size_t>(right->column(schema()[i])));
    set_sorted_by(left->sorted_by());
    keep_batch(*left);
    keep_batch(*right);
    add_child(std::move(left));
    add_child(std::move(right));
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
        continue;
      }
      const Id key = left_.columns[left_key_][left_row_];
      if (group_.rows() != 0 && group_key_ == key) {
        emit(batch);
        continue;
      }
      if (!find_group(key)) return batch.rows != 0;
    }
    return true;
  }

 private:
  static std::size_t lower_bound(const std::vector<Id>& column, std::size_t from, std::size_t to, Id key) {
    return static_cast<std::size_t>(std::lower_bound(column.begin() + static_cast<std::ptrdiff_t>(from),
                                                     column.begin() + static_cast<std::ptrdiff_t>(to), key) -
                                    column.begin());
  }

  // Brings the right side to `key`, or the left side to the next key of the right; false: no more matches.
  bool find_group(Id key) {
    for (;;) {
      if (right_row_ == right_.rows) {
        right_row_ = 0;
        if (right_ended_ || !child(1).next(right_)) {
          right_.rows = 0;
          right_ended_ = true;
          return false;
        }
      }
      right_row_ = lower_bound(right_.columns[right_key_], right_row_, right_.rows, key);
      if (right_row_ < right_.rows) break;
    }
    const Id found = right_.columns[right_key_][right_row_];
    if (found != key) {
      left_row_ = lower_bound(left_.columns[left_key_], left_row_, left_.rows, found);
      return true;
    }
    group_.clear();
    group_key_ = key;
    group_row_ = 0;
    for (;;) {
      while (right_row_ < right_.rows && right_.columns[right_key_][right_row_] == key)
        group_.append_row(right_, right_row_++);
      if (right_row_ < right_.rows) return true;
      right_row_ = 0;
      if (!child(1).next(right_)) {
        right_.rows = 0;
        right_ended_ = true;
        return true;
      }
    }
  }

  void emit(Batch& batch) {
    while (group_row_ < group_.rows() && batch.rows < kBatchRows) {
      const std::size_t right = group_row_++;
      const bool same = std::all_of(checks_.begin(), checks_.end(), [&](const auto& check) {
        return left_.columns[check.first][left_row_] == group_.at(check.second, right);
      });
      if (!same) continue;
      const std::size_t at = batch.rows++;
      for (std::size_t i = 0; i < left_width_; ++i) batch.columns[i][at] = left_.columns[i][left_row_];
      for (std::size_t i = 0; i < right_new_.size(); ++i)
        batch.columns[left_width_ + i][at] = group_.at(right_new_[i], right);
    }
    if (group_row_ == group_.rows()) {
      ++left_row_;
      group_row_ = 0;
    }
  }

  Variable key_;
  std::size_t left_width_;
  std::size_t left_key_ = 0;
  std::size_t right_key_ = 0;
  std::vector<std::pair<std::size_t, std::size_t>> checks_;
  std::vector<std::size_t> right_new_;
  Batch left_;
  Batch right_;
  std::size_t left_row_ = 0;
  std::size_t right_row_ = 0;
  bool right_ended_ = false;
  RowTable group_;
  Id group_key_;
  std::size_t group_row_ = 0;
};

}  // namespace

OperatorPtr make_table_join(QueryContext& context, OperatorPtr left, OperatorPtr right, TableJoinSpec spec) {
  return std::make_unique<TableJoin>(context, std::move(left), std::move(right), std::move(spec));
}

OperatorPtr make_merge_join(QueryContext& context, OperatorPtr left, OperatorPtr right, Variable key) {
  return std::make_unique<MergeJoin>(context, std::move(left), std::move(right), key);
}

}  // namespace dossier
