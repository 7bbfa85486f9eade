#include "engine/query/join.h"

#include <algorithm>
#include <utility>

namespace dossier {

Schema join_schema(const Schema& left, const Schema& right, const Schema* wanted) {
  Schema schema = left;
  for (Variable variable : right)
    if (std::find(left.begin(), left.end(), variable) == left.end()) schema.push_back(variable);
  if (wanted != nullptr)
    std::erase_if(schema, [&](Variable variable) {
      return variable != kWeight && std::find(wanted->begin(), wanted->end(), variable) == wanted->end();
    });
  return schema;
}

namespace {

// Rows of the left that are looked up together; a seeded plan is made for each.
constexpr std::size_t kChunkRows = 32768;
// A look-up of one key costs about as much as reading this many rows in order.
constexpr double kLookupCost = 20;

// What the left rows are looked up in. Copies of a join share it.
struct RightSide {
  RightSide(QueryContext& context, const TableJoinSpec& spec, const Operator& right)
      : table(context, right.schema().size(), "join"),
        index(context, "join"),
        keys(context, spec.keys.size(), "join", right.estimated_rows()),
        counted(context.budget(), "join") {}
  RowTable table;
  RowIndex index;
  TupleSet keys;  // where they are only counted
  std::vector<std::uint64_t> counts;
  Reservation counted;
};

class TableJoin final : public Operator {
 public:
  TableJoin(QueryContext& context, OperatorPtr left, OperatorPtr right, TableJoinSpec spec)
      : Operator(context, schema_of(*left, *right, spec)),
        spec_(std::move(spec)),
        counts_(counts(*left, *right, spec_)),
        left_width_(left->schema().size()),
        right_(std::make_shared<RightSide>(context, spec_, *right)),
        chunk_(context, left->schema().size(), "join") {
    for (Variable key : spec_.keys) {
      left_keys_.push_back(left->column(key));
      right_keys_.push_back(right->column(key));
    }
    for (Variable variable : spec_.loose) {
      left_loose_.push_back(left->column(variable));
      right_loose_.push_back(right->column(variable));
    }
    for (std::size_t i = 0; i < schema().size(); ++i) {
      if (const int column = left->column(schema()[i]); column >= 0)
        left_moves_.push_back({static_cast<std::size_t>(column), i});
      else if (!counts_ || schema()[i] != kWeight)
        right_moves_.push_back({static_cast<std::size_t>(right->column(schema()[i])), i});
    }
    if (spec_.kind != JoinKind::minus && column(kWeight) >= 0) {
      weight_ = static_cast<std::size_t>(column(kWeight));
      left_weighted_ = left->column(kWeight) >= 0;
      if (right->column(kWeight) >= 0) right_weight_ = static_cast<std::size_t>(right->column(kWeight));
    }
    if (spec_.loose.empty() && spec_.conditions.empty()) {
      set_sorted_as(*left);
    }
    right_schema_ = right->schema();
    keep_batch(*left);
    add_child(std::move(left));
    add_child(std::move(right));
  }

  // A copy: its left side is its own, the right side stands.
  TableJoin(QueryContext& context, OperatorPtr left, const TableJoin& original)
      : Operator(context, original.schema()),
        counts_(original.counts_),
        left_width_(original.left_width_),
        left_keys_(original.left_keys_),
        left_loose_(original.left_loose_),
        right_loose_(original.right_loose_),
        left_moves_(original.left_moves_),
        right_moves_(original.right_moves_),
        weight_(original.weight_),
        right_weight_(original.right_weight_),
        left_weighted_(original.left_weighted_),
        right_(original.right_),
        chunk_(context, left_width_, "join"),
        decided_(true) {
    spec_.kind = original.spec_.kind;
    spec_.takes_disjoint = original.spec_.takes_disjoint;
    keep_batch(*left);
    add_child(std::move(left));
  }

  Variable leading() const override { return spec_.conditions.empty() ? child(0).leading() : kNoVariable; }
  std::vector<KeyRange> ranges(std::size_t parts) override { return child(0).ranges(parts); }
  bool prepare() override {
    if (!child(0).prepare() || looks_up(child(0).estimated_rows())) return false;
    decided_ = true;
    build_right();
    // Expressions in a thread would not know a term that the query has made.
    const RowTable& table = right_->table;
    for (std::size_t c = 0; c < table.width(); ++c)
      for (const Id id : table.column(c))
        if (id.is_local()) return false;
    return true;
  }
  OperatorPtr copy(QueryContext& thread, const KeyRange& range) const override {
    return std::make_unique<TableJoin>(thread, child(0).copy(thread, range), *this);
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
    if (spec_.kind == JoinKind::inner && !seeded_ && right_->table.rows() == 0 && right_->keys.size() == 0)
      return false;
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
  bool restart() override {
    if (lookups_ != 0) return false;
    right_ = std::make_shared<RightSide>(context(), spec_, child(1));
    chunk_.clear();
    chunk_position_ = 0;
    decided_ = seeded_ = left_ended_ = have_batch_ = false;
    left_.rows = 0;
    row_ = candidate_ = 0;
    return true;
  }

 private:
  // Chooses the way to the right side: after one chunk of the left its size is known, or known to be large.
  void decide() {
    decided_ = true;
    if (may_look_up()) {
      const bool more = fill_chunk();
      seeded_ = looks_up(more ? std::max(child(0).estimated_rows(), 2.0 * kChunkRows)
                              : static_cast<double>(chunk_.rows()));
    }
    if (seeded_) {
      look_up_chunk();
      return;
    }
    if (chunk_.rows() == 0 && !left_ended_) {
      // No left row, no work on the right.
      left_ended_ = !child(0).next(left_);
      if (left_ended_) {
        left_.rows = 0;
        return;
      }
      have_batch_ = true;
    }
    build_right();
    if (have_batch_) begin_batch();
  }

  bool may_look_up() const {
    return spec_.right && !spec_.seed_keys.empty() && child(1).estimated_rows() > 256;
  }
  bool looks_up(double left_rows) const {
    return may_look_up() && left_rows * kLookupCost < child(1).estimated_rows() * 2;
  }

  void build_right() {
    Batch batch;
    if (counts_) {
      while (child(1).next(batch)) count_right(batch);
      return;
    }
    while (child(1).next(batch)) right_->table.append(batch);
    right_->index.build(right_->table, right_keys_);
  }

  // The right side adds no column: how often each key comes is all there is to know.
  void count_right(const Batch& batch) {
    gather(batch, right_keys_);
    numbers_.resize(kBatchRows);
    right_->keys.insert(key_columns_, batch.rows, numbers_.data());
    std::vector<std::uint64_t>& counts = right_->counts;
    if (counts.size() < right_->keys.size()) {
      const std::size_t size = std::max(right_->keys.size(), counts.size() * 2);
      right_->counted.resize(size * sizeof(std::uint64_t));
      counts.resize(size);
    }
    for (std::size_t row = 0; row < batch.rows; ++row)
      counts[numbers_[row]] += right_weight_ ? batch.columns[*right_weight_][row].bits : 1;
  }

  void gather(const Batch& batch, const std::vector<int>& columns) {
    key_columns_.clear();
    for (const int column : columns)
      key_columns_.push_back(batch.columns[static_cast<std::size_t>(column)].data());
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
    right_->table.clear();
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
    while (aligned->next(batch)) right_->table.append(batch);
    right_->index.build(right_->table, right_keys_);
  }

  bool next_left() {
    row_ = 0;
    candidate_ = 0;
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
    begin_batch();
    return true;
  }

  void begin_batch() {
    have_batch_ = true;
    matched_.assign(left_.rows, 0);
    gather(left_, left_keys_);
    numbers_.resize(kBatchRows);
    if (counts_)
      right_->keys.find(key_columns_, left_.rows, numbers_.data());
    else
      right_->index.find(key_columns_, left_.rows, numbers_.data());
  }

  std::span<const std::uint32_t> candidates(std::size_t row) const {
    return numbers_[row] == RowIndex::kNone ? std::span<const std::uint32_t>()
                                            : right_->index.rows(numbers_[row]);
  }

  // Of rows with the same key: do the columns agree that may be unbound?
  bool compatible(std::size_t row, std::uint32_t candidate) const {
    if (left_loose_.empty())
      return spec_.kind != JoinKind::minus || !left_keys_.empty() || spec_.takes_disjoint;
    bool overlap = !left_keys_.empty() || spec_.takes_disjoint;
    for (std::size_t i = 0; i < left_loose_.size(); ++i) {
      const Id a = left_.columns[static_cast<std::size_t>(left_loose_[i])][row];
      const Id b = right_->table.at(static_cast<std::size_t>(right_loose_[i]), candidate);
      if (!a.is_bound() || !b.is_bound()) continue;
      if (a != b) return false;
      overlap = true;
    }
    return spec_.kind != JoinKind::minus || overlap;
  }

  // The next candidate of row_ that is compatible with it; kNone at the end of them.
  std::uint32_t next_candidate() {
    const std::span<const std::uint32_t> all = candidates(row_);
    while (candidate_ < all.size()) {
      if ((++steps_ & 0xFFFF) == 0) context().check();
      const std::uint32_t candidate = all[candidate_++];
      if (compatible(row_, candidate)) return candidate;
    }
    return RowIndex::kNone;
  }

  void leave_row() {
    ++row_;
    candidate_ = 0;
  }

  // Appends the pairs of rows found, column by column; a right row of kNone is a left row without a partner.
  void emit(Batch& batch) {
    const std::size_t pairs = left_pairs_.size();
    for (const Move& move : left_moves_) {
      const Id* const from = left_.columns[move.from].data();
      Id* const to = batch.columns[move.to].data() + batch.rows;
      for (std::size_t i = 0; i < pairs; ++i) to[i] = from[left_pairs_[i]];
    }
    if (spec_.kind != JoinKind::minus) {
      for (const Move& move : right_moves_) {
        const Id* const from = right_->table.column(move.from).data();
        const Id none = schema()[move.to] == kWeight ? Id{1} : kUnbound;
        Id* const to = batch.columns[move.to].data() + batch.rows;
        for (std::size_t i = 0; i < pairs; ++i)
          to[i] = right_pairs_[i] == RowIndex::kNone ? none : from[right_pairs_[i]];
      }
      if (left_weighted_ && right_weight_ && !counts_) {
        const Id* const from = right_->table.column(*right_weight_).data();
        Id* const to = batch.columns[*weight_].data() + batch.rows;
        for (std::size_t i = 0; i < pairs; ++i)
          if (right_pairs_[i] != RowIndex::kNone) to[i].bits *= from[right_pairs_[i]].bits;
      }
      for (std::size_t l = 0; l < left_loose_.size(); ++l) {
        const Id* const from = right_->table.column(static_cast<std::size_t>(right_loose_[l])).data();
        Id* const to = batch.columns[static_cast<std::size_t>(left_loose_[l])].data() + batch.rows;
        for (std::size_t i = 0; i < pairs; ++i)
          if (!to[i].is_bound() && right_pairs_[i] != RowIndex::kNone) to[i] = from[right_pairs_[i]];
      }
    }
    batch.rows += pairs;
    left_pairs_.clear();
    right_pairs_.clear();
  }

  void add_pair(std::size_t left, std::uint32_t right) {
    left_pairs_.push_back(static_cast<std::uint32_t>(left));
    right_pairs_.push_back(right);
  }

  // Precondition: nothing of left_ was handed out, and there is room for all of it.
  void probe_counts(Batch& batch) {
    const std::size_t first = batch.rows;
    for (; row_ < left_.rows && batch.rows + left_pairs_.size() < kBatchRows; ++row_)
      if (numbers_[row_] != TupleSet::kNone || spec_.kind == JoinKind::left) add_pair(row_, RowIndex::kNone);
    factors_.clear();
    for (const std::uint32_t row : left_pairs_)
      factors_.push_back(numbers_[row] == TupleSet::kNone ? 1 : right_->counts[numbers_[row]]);
    emit(batch);
    Id* const weights = batch.columns[*weight_].data() + first;
    for (std::size_t i = 0; i < factors_.size(); ++i)
      weights[i].bits = factors_[i] * (left_weighted_ ? weights[i].bits : 1);
  }

  void probe(Batch& batch) {
    if (counts_) {
      probe_counts(batch);
      return;
    }
    while (row_ < left_.rows && batch.rows + left_pairs_.size() < kBatchRows) {
      const std::uint32_t candidate = next_candidate();
      if (spec_.kind == JoinKind::minus) {
        if (candidate == RowIndex::kNone) add_pair(row_, candidate);
        leave_row();
      } else if (candidate == RowIndex::kNone) {
        if (spec_.kind == JoinKind::left && matched_[row_] == 0) add_pair(row_, candidate);
        leave_row();
      } else {
        matched_[row_] = 1;
        add_pair(row_, candidate);
      }
    }
    emit(batch);
  }

  void probe_with_condition(Batch& batch) {
    owners_.clear();
    while (row_ < left_.rows && left_pairs_.size() < kBatchRows) {
      const std::uint32_t candidate = next_candidate();
      if (candidate == RowIndex::kNone) {
        leave_row();
        continue;
      }
      add_pair(row_, candidate);
      owners_.push_back(static_cast<std::uint32_t>(row_));
    }
    emit(batch);
    if (batch.rows == 0) return;
    // A column of row numbers travels with the candidates, so that it says who is left.
    batch.columns.emplace_back().resize(kBatchRows);
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
      if (matched_[row] == 0) add_pair(row, RowIndex::kNone);
    emit(batch);
    return batch.rows != 0;
  }

  struct Move {
    std::size_t from;
    std::size_t to;
  };

  static bool counts(const Operator& left, const Operator& right, const TableJoinSpec& spec) {
    if (!spec.wanted || spec.kind == JoinKind::minus || spec.right) return false;
    const auto wanted = [&](Variable variable) {
      return std::find(spec.wanted->begin(), spec.wanted->end(), variable) != spec.wanted->end();
    };
    return wanted(kWeight) &&
           std::none_of(right.schema().begin(), right.schema().end(), [&](Variable variable) {
             return variable != kWeight && left.column(variable) < 0 && wanted(variable);
           });
  }
  static Schema schema_of(const Operator& left, const Operator& right, const TableJoinSpec& spec) {
    if (spec.kind == JoinKind::minus) return left.schema();
    Schema schema = join_schema(left.schema(), right.schema(), spec.wanted ? &*spec.wanted : nullptr);
    if (counts(left, right, spec) && std::find(schema.begin(), schema.end(), kWeight) == schema.end())
      schema.push_back(kWeight);
    return schema;
  }

  TableJoinSpec spec_;
  bool counts_;  // keys_ and their counts take the place of table_ and index_
  std::size_t left_width_;
  Schema right_schema_;
  std::vector<int> left_keys_, right_keys_, left_loose_, right_loose_;
  std::vector<Move> left_moves_, right_moves_;
  std::optional<std::size_t> weight_;        // of the result
  std::optional<std::size_t> right_weight_;  // of the right side
  bool left_weighted_ = false;
  std::shared_ptr<RightSide> right_;
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
  std::size_t candidate_ = 0;           // the next of row_'s
  std::vector<const Id*> key_columns_;  // of the batch at hand
  std::vector<std::uint32_t> numbers_;  // of the keys of its rows
  std::vector<std::uint32_t> left_pairs_;
  std::vector<std::uint32_t> right_pairs_;
  std::vector<std::uint64_t> factors_;
  std::vector<std::uint8_t> matched_;
  std::vector<std::uint32_t> owners_;
};

}  // namespace

OperatorPtr make_table_join(QueryContext& context, OperatorPtr left, OperatorPtr right, TableJoinSpec spec) {
  return std::make_unique<TableJoin>(context, std::move(left), std::move(right), std::move(spec));
}

}  // namespace dossier
