#include "engine/query/group.h"

#include <algorithm>

#include "engine/query/comparison.h"

namespace dossier {
namespace {

Schema group_schema(const Schema& keys, const std::vector<AggregatePlan>& aggregates) {
  Schema schema = keys;
  for (const auto& plan : aggregates) schema.push_back(plan.output);
  return schema;
}

class Group final : public Operator {
 public:
  Group(QueryContext& context, OperatorPtr input, Schema keys, std::vector<AggregatePlan> aggregates)
      : Operator(context, group_schema(keys, aggregates)),
        keys_(keys.size()),
        plans_(std::move(aggregates)),
        groups_(context, keys.size(), "group", input->estimated_rows()) {
    for (Variable key : keys) key_columns_.push_back(input->column(key));
    for (const auto& plan : plans_) {
      if (plan.whole_row)
        rows_seen_.push_back(std::make_unique<TupleSet>(context, input->schema().size() + 1, "group"));
      else
        rows_seen_.push_back(nullptr);
      aggregates_.push_back(plan.whole_row ? nullptr : make_aggregate(*plan.expression, context));
    }
    if (input->column(kWeight) >= 0) weight_ = static_cast<std::size_t>(input->column(kWeight));
    const Schema& sorted = input->sorted_by();
    sorted_ = !keys.empty() && sorted.size() >= keys.size() &&
              std::is_permutation(keys.begin(), keys.end(), sorted.begin());
    set_estimated_rows(keys.empty() ? 1 : std::max(1.0, input->estimated_rows() / 4));
    add_child(std::move(input));
  }
  std::string name() const override { return sorted_ ? "sorted group" : "hash group"; }
  std::string details(const VariableTable& names) const override {
    return "by " + (keys_ == 0 ? std::string("nothing")
                               : variable_list(Schema(schema().begin(),
                                                      schema().begin() + static_cast<std::ptrdiff_t>(keys_)),
                                               names));
  }

 protected:
  bool produce(Batch& batch) override {
    if (!done_) read_all();
    if (position_ == count_) return false;
    for (; position_ < count_ && batch.rows < kBatchRows; ++position_, ++batch.rows) {
      for (std::size_t i = 0; i < keys_; ++i) batch.columns[i][batch.rows] = groups_.at(position_, i);
      for (std::size_t i = 0; i < plans_.size(); ++i)
        batch.columns[keys_ + i][batch.rows] =
            aggregates_[i] ? context().terms().settle(aggregates_[i]->result(context(), position_))
                           : count_of_rows(i, position_);
    }
    return true;
  }

 private:
  Id count_of_rows(std::size_t aggregate, std::uint32_t group) {
    std::string bytes;
    const auto& counts = row_counts_[aggregate];
    append_literal_bytes(bytes, std::to_string(group < counts.size() ? counts[group] : 0), iri::kXsdInteger);
    return context().terms().intern(bytes);
  }

  void read_all() {
    done_ = true;
    row_counts_.resize(plans_.size());
    Batch batch;
    std::vector<Id> row;
    std::vector<std::uint32_t> numbers(kBatchRows);
    std::vector<const Id*> keys(keys_);
    const std::vector<Id> unbound(kBatchRows);
    std::vector<std::vector<Id>> values;  // of the arguments of one aggregate
    std::vector<std::span<const Id>> columns;
    if (keys_ == 0) {
      count_ = 1;
      for (auto& aggregate : aggregates_)
        if (aggregate) aggregate->resize(1);
    }
    while (child().next(batch)) {
      if (keys_ != 0) {
        for (std::size_t k = 0; k < keys_; ++k)
          keys[k] = key_columns_[k] < 0 ? unbound.data()
                                        : batch.columns[static_cast<std::size_t>(key_columns_[k])].data();
        groups_.insert(keys, batch.rows, numbers.data());
        count_ = static_cast<std::uint32_t>(groups_.size());
        for (auto& aggregate : aggregates_)
          if (aggregate) aggregate->resize(count_);
      } else {
        std::fill_n(numbers.begin(), batch.rows, 0U);
      }
      for (std::size_t a = 0; a < plans_.size(); ++a) {
        const auto groups = std::span<const std::uint32_t>(numbers).first(batch.rows);
        if (plans_[a].whole_row) {
          auto& counts = row_counts_[a];
          counts.resize(count_);
          row.resize(child().schema().size() + 1);
          for (std::size_t i = 0; i < batch.rows; ++i) {
            row[0] = Id{numbers[i]};
            for (std::size_t c = 0; c + 1 < row.size(); ++c) row[c + 1] = batch.columns[c][i];
            bool added = false;
            rows_seen_[a]->insert(row.data(), added);
            if (added) ++counts[numbers[i]];
          }
          continue;
        }
        auto& arguments = plans_[a].arguments;
        if (values.size() < arguments.size()) values.resize(arguments.size(), std::vector<Id>(kBatchRows));
        columns.clear();
        for (std::size_t i = 0; i < arguments.size(); ++i) {
          const auto column = std::span(values[i]).first(batch.rows);
          arguments[i].evaluate(context(), batch, column);
          columns.push_back(column);
        }
        if (weight_)
          aggregates_[a]->add_weighted(context(), groups,
                                       columns.empty() ? std::span<const Id>() : columns[0],
                                       std::span<const Id>(batch.columns[*weight_]).first(batch.rows));
        else
          aggregates_[a]->add_columns(context(), groups, columns);
      }
    }
  }

  std::size_t keys_;
  std::vector<AggregatePlan> plans_;
  std::vector<int> key_columns_;
  std::vector<std::unique_ptr<Aggregate>> aggregates_;
  std::vector<std::unique_ptr<TupleSet>> rows_seen_;
  std::vector<std::vector<std::uint64_t>> row_counts_;
  TupleSet groups_;
  bool sorted_ = false;
  bool done_ = false;
  std::uint32_t count_ = 0;
  std::optional<std::size_t> weight_;  // the input's column
  std::uint32_t position_ = 0;
};

class Sort final : public Operator {
 public:
  Sort(QueryContext& context, OperatorPtr input, std::vector<SortKey> keys,
       std::optional<std::uint64_t> limit)
      : Operator(context, input->schema()),
        keys_(std::move(keys)),
        limit_(limit),
        rows_(std::make_unique<RowTable>(context, input->schema().size(), "sort")),
        reservation_(context.budget(), "sort") {
    for (const SortKey& key : keys_) columns_.push_back(input->column(key.variable));
    set_estimated_rows(limit ? std::min(input->estimated_rows(), static_cast<double>(*limit))
                             : input->estimated_rows());
    add_child(std::move(input));
  }
  std::string name() const override { return limit_ ? "top-k" : "sort"; }
  std::string details(const VariableTable& names) const override {
    std::string text = "by";
    for (const SortKey& key : keys_)
      text += " ?" + names.name(key.variable) + (key.descending ? " descending" : "");
    if (limit_) text += ", limit " + std::to_string(*limit_);
    return text;
  }

 protected:
  bool produce(Batch& batch) override {
    if (!done_) read_all();
    if (position_ == order_.size()) return false;
    for (; position_ < order_.size() && batch.rows < kBatchRows; ++position_, ++batch.rows)
      for (std::size_t i = 0; i < schema().size(); ++i)
        batch.columns[i][batch.rows] = rows_->at(i, order_[position_]);
    return true;
  }

 private:
  // The cut of top-k: rows that come after it never make it.
  static constexpr std::size_t kSlack = 4096;

  // By the first `keys` of them.
  int compare(std::uint32_t a, std::uint32_t b, std::size_t keys) {
    if ((++comparisons_ & 0xFFFF) == 0) context().check();
    for (std::size_t i = 0; i < keys; ++i) {
      if (columns_[i] < 0) continue;
      const std::uint32_t x = ranks_[i][a];
      const std::uint32_t y = ranks_[i][b];
      if (x != y) return (x < y) != keys_[i].descending ? -1 : 1;
    }
    return 0;
  }

  // The text of each distinct term is read once; the sort itself compares numbers. With a limit only the rows
  // that the first keys leave a chance are ranked by the next one, so `order_` may lose rows here.
  void rank_keys() {
    ranks_.assign(keys_.size(), {});
    Reservation column(context().budget(), "sort");
    column.resize(rows_->rows() * sizeof(Id));
    std::vector<Id> ids;
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      if (columns_[i] < 0) continue;
      ids.clear();
      for (const std::uint32_t row : order_)
        ids.push_back(rows_->at(static_cast<std::size_t>(columns_[i]), row));
      const std::vector<std::uint32_t> ranks = order_ranks(context(), ids);
      ranks_[i].resize(rows_->rows());
      for (std::size_t place = 0; place < order_.size(); ++place) ranks_[i][order_[place]] = ranks[place];
      if (i + 1 < keys_.size()) drop_behind(i);
    }
  }

  // Rows that come after the last wanted one by the keys up to this one.
  void drop_behind(std::size_t key) {
    if (!limit_ || *limit_ == 0 || *limit_ >= order_.size()) return;
    const auto before = [&](std::uint32_t a, std::uint32_t b) { return compare(a, b, key + 1) < 0; };
    const auto last = order_.begin() + static_cast<std::ptrdiff_t>(*limit_ - 1);
    std::nth_element(order_.begin(), last, order_.end(), before);
    const std::uint32_t worst = *last;
    std::erase_if(order_, [&](std::uint32_t row) { return before(worst, row); });
  }

  void sort_rows() {
    reservation_.resize(rows_->rows() * sizeof(std::uint32_t) * (2 + keys_.size()));
    order_.resize(rows_->rows());
    for (std::size_t i = 0; i < order_.size(); ++i) order_[i] = static_cast<std::uint32_t>(i);
    rank_keys();
    const auto less = [this](std::uint32_t a, std::uint32_t b) {
      const int order = compare(a, b, keys_.size());
      return order != 0 ? order < 0 : a < b;
    };
    if (limit_ && *limit_ < order_.size()) {
      std::partial_sort(order_.begin(), order_.begin() + static_cast<std::ptrdiff_t>(*limit_), order_.end(),
                        less);
      order_.resize(static_cast<std::size_t>(*limit_));
    } else {
      std::sort(order_.begin(), order_.end(), less);
    }
    ranks_.clear();
  }

  // Keeps the best rows only, in order: a row's place in the table stays its place in the input among equals.
  void cut() {
    sort_rows();
    std::vector<std::uint32_t> kept = order_;
    auto table = std::make_unique<RowTable>(context(), schema().size(), "sort");
    std::vector<Id> row(schema().size());
    for (std::uint32_t index : kept) {
      for (std::size_t i = 0; i < row.size(); ++i) row[i] = rows_->at(i, index);
      table->append_ids(row.data());
    }
    rows_ = std::move(table);
    const auto first = std::find_if(columns_.begin(), columns_.end(), [](int column) { return column >= 0; });
    if (first == columns_.end()) return;
    first_key_ = static_cast<std::size_t>(first - columns_.begin());
    worst_ = rows_->at(static_cast<std::size_t>(*first), rows_->rows() - 1);
  }

  // Drops rows that come after the last kept one, as far as ids alone decide that.
  void drop_hopeless(Batch& batch) const {
    if (!worst_.is_inline()) return;
    const InlineOrder behind = keys_[first_key_].descending ? InlineOrder::less : InlineOrder::greater;
    const auto column = static_cast<std::size_t>(columns_[first_key_]);
    std::size_t kept = 0;
    for (std::size_t row = 0; row < batch.rows; ++row) {
      if (compare_inline(batch.columns[column][row], worst_) == behind) continue;
      if (kept != row)
        for (std::size_t i = 0; i < schema().size(); ++i) batch.columns[i][kept] = batch.columns[i][row];
      ++kept;
    }
    batch.rows = kept;
  }

  void read_all() {
    done_ = true;
    if (limit_ && *limit_ == 0) return;
    Batch batch;
    while (child().next(batch)) {
      drop_hopeless(batch);
      rows_->append(batch);
      if (limit_ && rows_->rows() > *limit_ * 2 + kSlack) cut();
    }
    sort_rows();
  }

  std::vector<SortKey> keys_;
  std::optional<std::uint64_t> limit_;
  std::vector<int> columns_;
  Id worst_;  // the first key that counts of the last row kept by a cut
  std::size_t first_key_ = 0;
  std::unique_ptr<RowTable> rows_;
  std::vector<std::uint32_t> order_;
  std::vector<std::vector<std::uint32_t>> ranks_;  // of each key's column, while sorting
  std::size_t position_ = 0;
  bool done_ = false;
  std::uint64_t comparisons_ = 0;
  Reservation reservation_;
};

}  // namespace

OperatorPtr make_group(QueryContext& context, OperatorPtr input, Schema keys,
                       std::vector<AggregatePlan> aggregates) {
  return std::make_unique<Group>(context, std::move(input), std::move(keys), std::move(aggregates));
}

OperatorPtr make_sort(QueryContext& context, OperatorPtr input, std::vector<SortKey> keys,
                      std::optional<std::uint64_t> limit) {
  return std::make_unique<Sort>(context, std::move(input), std::move(keys), limit);
}

}  // namespace dossier
