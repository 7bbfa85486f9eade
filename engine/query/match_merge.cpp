#include "engine/query/match_merge.h"

#include <algorithm>
#include <array>

#include "engine/query/gallop.h"

namespace dossier {
namespace {

class MatchMerge final : public Operator {
 public:
  MatchMerge(QueryContext& context, OperatorPtr left, OperatorPtr right, Variable key, MatchKind kind)
      : Operator(context, schema_of(*left, *right, kind)),
        kind_(kind),
        key_(key),
        left_width_(left->schema().size()),
        run_(context, right->schema().size(), "merge") {
    left_key_ = static_cast<std::size_t>(left->column(key));
    right_key_ = static_cast<std::size_t>(right->column(key));
    for (std::size_t i = left_width_; i < schema().size(); ++i)
      right_new_.push_back(static_cast<std::size_t>(right->column(schema()[i])));
    set_sorted_by(left->sorted_by());
    keep_batch(*left);
    keep_batch(*right);
    add_child(std::move(left));
    add_child(std::move(right));
  }
  std::string name() const override {
    switch (kind_) {
      case MatchKind::left:
        return "left merge join";
      case MatchKind::minus:
        return "merge minus";
      case MatchKind::semi:
        break;
    }
    return "merge exists";
  }
  std::string details(const VariableTable& names) const override { return "on ?" + names.name(key_); }

 protected:
  bool produce(Batch& batch) override {
    while (batch.rows + pairs_ < kBatchRows) {
      if (left_row_ == left_.rows) {
        flush(batch);
        left_row_ = 0;
        if (!child(0).next(left_)) {
          left_.rows = 0;
          break;
        }
      }
      const Id key = left_.columns[left_key_][left_row_];
      if (run_.rows() != 0 && run_key_ == key) {
        flush(batch);
        emit_run(batch);
        continue;
      }
      if (right_row_ == right_.rows && !right_ended_) {
        flush(batch);
        next_right();
        continue;
      }
      match(batch, key);
    }
    flush(batch);
    return batch.rows != 0;
  }
  bool restart() override {
    left_.rows = right_.rows = 0;
    left_row_ = right_row_ = 0;
    right_ended_ = false;
    pairs_ = 0;
    run_.clear();
    run_position_ = 0;
    run_whole_ = false;
    return true;
  }

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  static Schema schema_of(const Operator& left, const Operator& right, MatchKind kind) {
    Schema schema = left.schema();
    if (kind == MatchKind::left)
      for (Variable variable : right.schema())
        if (left.column(variable) < 0) schema.push_back(variable);
    return schema;
  }

  void next_right() {
    right_row_ = 0;
    if (child(1).next(right_)) return;
    right_.rows = 0;
    right_ended_ = true;
  }

  // Takes rows of the left from one with this key on, as far as the two batches go.
  void match(const Batch& batch, Id key) {
    const Id* const right_keys = right_.rows == 0 ? nullptr : right_.columns[right_key_].data();
    if (!right_ended_) {
      right_row_ = gallop(right_keys, right_row_, right_.rows, key);
      if (right_row_ == right_.rows) return;
    }
    const std::size_t room = kBatchRows - batch.rows;
    const Id* const left_keys = left_.columns[left_key_].data();
    if (right_ended_ || key < right_keys[right_row_]) {
      const std::size_t end =
          right_ended_ ? left_.rows : gallop(left_keys, left_row_, left_.rows, right_keys[right_row_]);
      if (kind_ == MatchKind::semi)
        left_row_ = end;
      else
        while (left_row_ < end && pairs_ < room) add_pair(left_row_++, kNone);
      return;
    }
    if (kind_ != MatchKind::left) {
      if (kind_ == MatchKind::semi) add_pair(left_row_, kNone);
      ++left_row_;
      return;
    }
    std::size_t end = right_row_ + 1;
    while (end < right_.rows && right_keys[end] == key) ++end;
    if (end == right_.rows) {
      keep_run(key);
      return;
    }
    std::size_t at = right_row_ + run_position_;
    while (at < end && pairs_ < room) add_pair(left_row_, static_cast<std::uint32_t>(at++));
    if (at < end) {
      run_position_ = at - right_row_;
    } else {
      run_position_ = 0;
      ++left_row_;
    }
  }

  void add_pair(std::size_t left, std::uint32_t right) {
    left_pairs_[pairs_] = static_cast<std::uint32_t>(left);
    right_pairs_[pairs_++] = right;
  }

  // A run that reaches the end of its batch may go on in the next one. No pair refers to the batch but those
  // of rows before this run, which are still to be handed out: so it is copied, and the batch replaced only
  // later.
  void keep_run(Id key) {
    run_.clear();
    run_key_ = key;
    while (right_row_ < right_.rows) run_.append_row(right_, right_row_++);
    run_whole_ = false;
  }

  // The rest of the run from the next batches. No pair is waiting.
  void complete_run() {
    run_whole_ = true;
    while (!right_ended_) {
      next_right();
      while (right_row_ < right_.rows && right_.columns[right_key_][right_row_] == run_key_)
        run_.append_row(right_, right_row_++);
      if (right_row_ < right_.rows) return;
    }
  }

  // The row of the left beside the rows of the kept run.
  void emit_run(Batch& batch) {
    if (!run_whole_) complete_run();
    const std::size_t count = std::min(run_.rows() - run_position_, kBatchRows - batch.rows);
    for (std::size_t i = 0; i < left_width_; ++i)
      std::fill_n(batch.columns[i].begin() + static_cast<std::ptrdiff_t>(batch.rows), count,
                  left_.columns[i][left_row_]);
    for (std::size_t i = 0; i < right_new_.size(); ++i)
      std::copy_n(run_.column(right_new_[i]).begin() + static_cast<std::ptrdiff_t>(run_position_), count,
                  batch.columns[left_width_ + i].begin() + static_cast<std::ptrdiff_t>(batch.rows));
    batch.rows += count;
    run_position_ += count;
    if (run_position_ < run_.rows()) return;
    run_position_ = 0;
    ++left_row_;
  }

  // Copies the rows of the pairs, column by column.
  void flush(Batch& batch) {
    if (pairs_ == 0) return;
    for (std::size_t i = 0; i < left_width_; ++i) {
      const Id* const from = left_.columns[i].data();
      Id* const to = batch.columns[i].data() + batch.rows;
      for (std::size_t pair = 0; pair < pairs_; ++pair) to[pair] = from[left_pairs_[pair]];
    }
    for (std::size_t i = 0; i < right_new_.size(); ++i) {
      const Id* const from = right_.columns.empty() ? nullptr : right_.columns[right_new_[i]].data();
      Id* const to = batch.columns[left_width_ + i].data() + batch.rows;
      for (std::size_t pair = 0; pair < pairs_; ++pair)
        to[pair] = right_pairs_[pair] == kNone ? kUnbound : from[right_pairs_[pair]];
    }
    batch.rows += pairs_;
    pairs_ = 0;
  }

  MatchKind kind_;
  Variable key_;
  std::size_t left_width_;
  std::size_t left_key_ = 0;
  std::size_t right_key_ = 0;
  std::vector<std::size_t> right_new_;
  Batch left_;
  Batch right_;
  std::size_t left_row_ = 0;
  std::size_t right_row_ = 0;
  bool right_ended_ = false;
  // Rows found, by their places in the two batches; the right's is kNone where it has none.
  std::array<std::uint32_t, kBatchRows> left_pairs_;
  std::array<std::uint32_t, kBatchRows> right_pairs_;
  std::size_t pairs_ = 0;
  RowTable run_;
  Id run_key_;
  bool run_whole_ = true;
  std::size_t run_position_ = 0;  // the next of the run, kept or not
};

}  // namespace

bool merge_pays(const Operator& left, const Operator& right, Variable key) {
  constexpr double kLookUp = 20;  // rows that are read in order in the time of a look-up
  return !left.sorted_by().empty() && left.sorted_by()[0] == key && !right.sorted_by().empty() &&
         right.sorted_by()[0] == key && left.estimated_rows() * kLookUp >= right.estimated_rows();
}

OperatorPtr make_match_merge(QueryContext& context, OperatorPtr left, OperatorPtr right, Variable key,
                             MatchKind kind) {
  return std::make_unique<MatchMerge>(context, std::move(left), std::move(right), key, kind);
}

}  // namespace dossier
