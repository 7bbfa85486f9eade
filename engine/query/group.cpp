#include "engine/query/group.h"

#include <algorithm>
#include <optional>

#include "engine/query/comparison.h"
#include "engine/query/parallel.h"

namespace dossier {
namespace {

Schema group_schema(const Schema& keys, const std::vector<AggregatePlan>& aggregates) {
  Schema schema = keys;
  for (const auto& plan : aggregates) schema.push_back(plan.output);
  return schema;
}

// Groups and the states of their aggregates, as one thread fills them.
class Groups {
 public:
  Groups(QueryContext& context, const Operator& input, const Schema& keys,
         const std::vector<AggregatePlan>& plans)
      : keys_(keys.size()), tuples_(context, keys.size(), "group", input.estimated_rows()) {
    for (Variable key : keys) key_columns_.push_back(input.column(key));
    for (const auto& plan : plans) {
      const bool whole = plan.whole_row;
      aggregates_.push_back(whole ? nullptr : make_aggregate(*plan.expression, context));
      rows_seen_.push_back(whole ? std::make_unique<TupleSet>(context, input.schema().size() + 1, "group")
                                 : nullptr);
      columns_.push_back(plan.column == kNoVariable ? -1 : input.column(plan.column));
    }
    row_counts_.resize(plans.size());
    if (input.column(kWeight) >= 0) weight_ = static_cast<std::size_t>(input.column(kWeight));
    if (keys_ == 0) resize(1);
  }

  // Without computed arguments and distinct rows, and with aggregates that may be merged.
  bool mergeable() const {
    for (std::size_t i = 0; i < aggregates_.size(); ++i)
      if (aggregates_[i] == nullptr || !aggregates_[i]->mergeable()) return false;
    return true;
  }

  // `plans` hold the expressions of the arguments; null: there are none but columns.
  void add(QueryContext& context, Batch& batch, std::vector<AggregatePlan>* plans) {
    if (numbers_.size() < batch.rows) numbers_.resize(batch.rows);
    if (keys_ == 0) {
      std::fill_n(numbers_.begin(), batch.rows, 0U);
    } else {
      if (unbound_.size() < batch.rows) unbound_.resize(batch.rows);
      key_data_.clear();
      for (const int column : key_columns_)
        key_data_.push_back(column < 0 ? unbound_.data()
                                       : batch.columns[static_cast<std::size_t>(column)].data());
      tuples_.insert(key_data_, batch.rows, numbers_.data());
      resize(tuples_.size());
    }
    const auto numbers = std::span<const std::uint32_t>(numbers_).first(batch.rows);
    for (std::size_t a = 0; a < aggregates_.size(); ++a) {
      if (aggregates_[a] == nullptr) {
        count_rows(a, batch);
        continue;
      }
      arguments_.clear();
      if (columns_[a] >= 0)
        arguments_.push_back(
            std::span<const Id>(batch.columns[static_cast<std::size_t>(columns_[a])]).first(batch.rows));
      else if (plans != nullptr)
        evaluate(context, batch, (*plans)[a].arguments);
      if (weight_)
        aggregates_[a]->add_weighted(context, numbers,
                                     arguments_.empty() ? std::span<const Id>() : arguments_[0],
                                     std::span<const Id>(batch.columns[*weight_]).first(batch.rows));
      else
        aggregates_[a]->add_columns(context, numbers, arguments_);
    }
  }

  // Takes in the groups of another thread.
  void merge(QueryContext& context, Groups& other) {
    std::vector<std::uint32_t> numbers(other.count_, 0);
    for (std::uint32_t group = 0; keys_ != 0 && group < other.count_; ++group) {
      bool added = false;
      numbers[group] = tuples_.insert(other.tuples_.tuple(group), added);
    }
    if (keys_ != 0) resize(tuples_.size());
    for (std::size_t a = 0; a < aggregates_.size(); ++a) {
      context.check();
      aggregates_[a]->merge(context, *other.aggregates_[a], numbers);
    }
  }

  std::uint32_t count() const { return count_; }
  Id key(std::uint32_t group, std::size_t key) const { return tuples_.at(group, key); }
  Id result(QueryContext& context, std::uint32_t group, std::size_t aggregate) {
    if (aggregates_[aggregate] != nullptr)
      return context.terms().settle(aggregates_[aggregate]->result(context, group));
    std::string bytes;
    const auto& counts = row_counts_[aggregate];
    append_literal_bytes(bytes, std::to_string(group < counts.size() ? counts[group] : 0), iri::kXsdInteger);
    return context.terms().intern(bytes);
  }

 private:
  void resize(std::size_t groups) {
    count_ = static_cast<std::uint32_t>(groups);
    for (auto& aggregate : aggregates_)
      if (aggregate) aggregate->resize(groups);
  }

  void evaluate(QueryContext& context, Batch& batch, std::vector<CompiledExpression>& expressions) {
    if (values_.size() < expressions.size()) values_.resize(expressions.size(), std::vector<Id>(kBatchRows));
    for (std::size_t i = 0; i < expressions.size(); ++i) {
      const auto column = std::span(values_[i]).first(batch.rows);
      expressions[i].evaluate(context, batch, column);
      arguments_.push_back(column);
    }
  }

  // COUNT(DISTINCT *)
  void count_rows(std::size_t aggregate, const Batch& batch) {
    auto& counts = row_counts_[aggregate];
    counts.resize(count_);
    std::vector<Id> row(batch.columns.size() + 1);
    for (std::size_t i = 0; i < batch.rows; ++i) {
      row[0] = Id{numbers_[i]};
      for (std::size_t c = 0; c + 1 < row.size(); ++c) row[c + 1] = batch.columns[c][i];
      bool added = false;
      rows_seen_[aggregate]->insert(row.data(), added);
      if (added) ++counts[numbers_[i]];
    }
  }

  std::size_t keys_;
  std::vector<int> key_columns_;
  std::vector<std::unique_ptr<Aggregate>> aggregates_;
  std::vector<int> columns_;  // of the input, of arguments that are columns
  std::vector<std::unique_ptr<TupleSet>> rows_seen_;
  std::vector<std::vector<std::uint64_t>> row_counts_;
  std::optional<std::size_t> weight_;  // the input's column
  TupleSet tuples_;
  std::uint32_t count_ = 0;
  std::vector<std::uint32_t> numbers_;
  std::vector<const Id*> key_data_;
  std::vector<Id> unbound_;
  std::vector<std::vector<Id>> values_;
  std::vector<std::span<const Id>> arguments_;
};

class Group final : public Operator {
 public:
  Group(QueryContext& context, OperatorPtr input, Schema keys, std::vector<AggregatePlan> aggregates)
      : Operator(context, group_schema(keys, aggregates)),
        keys_(std::move(keys)),
        plans_(std::move(aggregates)),
        groups_(std::in_place, context, *input, keys_, plans_) {
    const Schema& sorted = input->sorted_by();
    sorted_ = !keys_.empty() && sorted.size() >= keys_.size() &&
              std::is_permutation(keys_.begin(), keys_.end(), sorted.begin());
    set_estimated_rows(keys_.empty() ? 1 : std::max(1.0, input->estimated_rows() / 4));
    add_child(std::move(input));
  }
  std::string name() const override { return sorted_ ? "sorted group" : "hash group"; }
  std::string details(const VariableTable& names) const override {
    std::string text = "by " + (keys_.empty() ? std::string("nothing") : variable_list(keys_, names));
    if (workers_ != 0)
      text += ", " + std::to_string(workers_) + " threads, " + std::to_string(ranges_) + " ranges";
    return text;
  }

 protected:
  bool produce(Batch& batch) override {
    if (!done_) read_all();
    if (position_ == groups_->count()) return false;
    for (; position_ < groups_->count() && batch.rows < kBatchRows; ++position_, ++batch.rows) {
      for (std::size_t i = 0; i < keys_.size(); ++i) batch.columns[i][batch.rows] = groups_->key(position_, i);
      for (std::size_t i = 0; i < plans_.size(); ++i)
        batch.columns[keys_.size() + i][batch.rows] = groups_->result(context(), position_, i);
    }
    return true;
  }
  bool restart() override {
    groups_.emplace(context(), child(), keys_, plans_);
    done_ = false;
    workers_ = ranges_ = 0;
    position_ = 0;
    return true;
  }

 private:
  void read_all() {
    done_ = true;
    if (share_out()) return;
    Batch batch;
    while (child().next(batch)) groups_->add(context(), batch, &plans_);
  }

  bool share_out() {
    const bool columns = std::all_of(plans_.begin(), plans_.end(), [](const AggregatePlan& plan) {
      return plan.arguments.empty() || plan.column != kNoVariable;
    });
    if (!columns || !groups_->mergeable()) return false;
    // They outlive the contexts of their threads: what they hold is of the query's budget, and no terms were
    // made.
    std::vector<std::unique_ptr<Groups>> groups;
    std::vector<Batch> batches;
    const bool done = run_parts(
        context(), child(),
        [&](std::size_t workers, std::size_t ranges) {
          workers_ = workers;
          ranges_ = ranges;
          groups.resize(workers);
          batches.resize(workers);
        },
        [&](std::size_t worker, QueryContext& thread, std::size_t, Operator& part) {
          if (groups[worker] == nullptr)
            groups[worker] = std::make_unique<Groups>(thread, part, keys_, plans_);
          while (part.next(batches[worker])) groups[worker]->add(thread, batches[worker], nullptr);
        });
    for (const auto& other : groups)
      if (other != nullptr) groups_->merge(context(), *other);
    return done;
  }

  Schema keys_;
  std::vector<AggregatePlan> plans_;
  std::optional<Groups> groups_;
  bool sorted_ = false;
  bool done_ = false;
  std::size_t workers_ = 0;
  std::size_t ranges_ = 0;
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
  bool restart() override {
    rows_ = std::make_unique<RowTable>(context(), schema().size(), "sort");
    order_ = {};
    reservation_.resize(0);
    worst_ = {};
    position_ = 0;
    done_ = false;
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
    if (worst_.is_inline())
      child().narrow(keys_[first_key_].variable, inline_beyond(worst_, !keys_[first_key_].descending));
  }

  // Drops rows that come after the last kept one, as far as ids alone decide that: nearly all of them, and
  // nearly all of those because their bits lie in one range.
  void drop_hopeless(Batch& batch) {
    if (!worst_.is_inline()) return;
    const bool descending = keys_[first_key_].descending;
    const InlineOrder behind = descending ? InlineOrder::less : InlineOrder::greater;
    const IdRun range = inline_beyond(worst_, !descending);
    const Id* const ids = batch.columns[static_cast<std::size_t>(columns_[first_key_])].data();
    std::size_t candidates = 0;
    for (std::size_t row = 0; row < batch.rows; ++row) {
      candidates_[candidates] = static_cast<std::uint32_t>(row);
      candidates += !range.holds(ids[row]);
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < candidates; ++i)
      if (compare_inline(ids[candidates_[i]], worst_) != behind) candidates_[kept++] = candidates_[i];
    for (std::size_t c = 0; c < schema().size(); ++c) {
      Id* const column = batch.columns[c].data();
      for (std::size_t i = 0; i < kept; ++i) column[i] = column[candidates_[i]];
    }
    batch.rows = kept;
  }

  void read_all() {
    done_ = true;
    if (limit_ && *limit_ == 0) return;
    Batch batch;
    while (child().next(batch)) {
      drop_hopeless(batch);
      if (batch.rows == 0) continue;
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
  std::array<std::uint32_t, kBatchRows> candidates_;
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
