#include "engine/query/row_operators.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace dossier {

void CompiledExpression::push(Batch& batch) {
  columns_.resize(constants_.size());
  if (filled_ < batch.rows) {
    for (std::size_t i = 0; i < constants_.size(); ++i) {
      columns_[i].resize(kBatchRows);
      std::fill(columns_[i].begin() + filled_, columns_[i].begin() + batch.rows, constants_[i]);
    }
    filled_ = batch.rows;
  }
  for (auto& column : columns_) batch.columns.push_back(std::move(column));
}

void CompiledExpression::pop(Batch& batch) {
  const std::size_t width = batch.columns.size() - columns_.size();
  for (std::size_t i = 0; i < columns_.size(); ++i) columns_[i] = std::move(batch.columns[width + i]);
  batch.columns.resize(width);
}

void CompiledExpression::evaluate(QueryContext& context, Batch& batch, std::span<Id> out) {
  push(batch);
  expression_->evaluate(context, batch, out);
  pop(batch);
}

void CompiledExpression::filter(QueryContext& context, Batch& batch) {
  push(batch);
  filter_batch(context, *expression_, batch);
  pop(batch);
}

namespace {

class Values final : public Operator {
 public:
  Values(QueryContext& context, Schema schema, std::vector<std::vector<Id>> rows)
      : Operator(context, std::move(schema)), rows_(std::move(rows)) {
    set_estimated_rows(static_cast<double>(rows_.size()));
  }
  std::string name() const override { return "values"; }
  std::string details(const VariableTable& names) const override { return variable_list(schema(), names); }

 protected:
  bool produce(Batch& batch) override {
    if (position_ == rows_.size()) return false;
    for (; position_ < rows_.size() && batch.rows < kBatchRows; ++position_, ++batch.rows)
      for (std::size_t i = 0; i < schema().size(); ++i) batch.columns[i][batch.rows] = rows_[position_][i];
    return true;
  }
  bool restart() override {
    position_ = 0;
    return true;
  }

 private:
  std::vector<std::vector<Id>> rows_;
  std::size_t position_ = 0;
};

class Seed final : public Operator {
 public:
  Seed(QueryContext& context, Schema schema, std::shared_ptr<const RowTable> rows)
      : Operator(context, std::move(schema)), rows_(std::move(rows)) {
    set_estimated_rows(static_cast<double>(rows_->rows()));
  }
  std::string name() const override { return "seed"; }
  std::string details(const VariableTable& names) const override { return variable_list(schema(), names); }

 protected:
  bool produce(Batch& batch) override {
    if (position_ == rows_->rows()) return false;
    const std::size_t count = std::min(kBatchRows, rows_->rows() - position_);
    rows_->copy(position_, count, batch);
    position_ += count;
    return true;
  }

 private:
  std::shared_ptr<const RowTable> rows_;
  std::size_t position_ = 0;
};

void copy_columns(const Operator& input, const Schema& schema, Batch& from, Batch& to) {
  for (std::size_t i = 0; i < schema.size(); ++i) {
    const int column = input.column(schema[i]);
    if (column >= 0)
      std::copy_n(from.columns[static_cast<std::size_t>(column)].begin(), from.rows, to.columns[i].begin());
    else
      std::fill_n(to.columns[i].begin(), from.rows, kUnbound);
  }
  to.rows = from.rows;
}

class Union final : public Operator {
 public:
  Union(QueryContext& context, Schema schema, std::vector<OperatorPtr> inputs)
      : Operator(context, std::move(schema)), count_(inputs.size()) {
    double estimate = 0;
    for (auto& input : inputs) {
      estimate += input->estimated_rows();
      add_child(std::move(input));
    }
    set_estimated_rows(estimate);
  }
  std::string name() const override { return "union"; }

 protected:
  bool produce(Batch& batch) override {
    for (; current_ < count_; ++current_)
      if (child(current_).next(input_)) {
        copy_columns(child(current_), schema(), input_, batch);
        return true;
      }
    return false;
  }
  bool restart() override {
    current_ = 0;
    return true;
  }

 private:
  std::size_t count_;
  std::size_t current_ = 0;
  Batch input_;
};

class FilterRows final : public Operator {
 public:
  FilterRows(QueryContext& context, OperatorPtr input, std::vector<CompiledExpression> conditions,
             std::string text, ConditionsFactory again)
      : Operator(context, input->schema()),
        conditions_(std::move(conditions)),
        text_(std::move(text)),
        again_(std::move(again)) {
    set_sorted_by(input->sorted_by());
    set_estimated_rows(input->estimated_rows() * 0.3);
    add_child(std::move(input));
  }
  Variable leading() const override { return again_ == nullptr ? kNoVariable : child().leading(); }
  std::vector<KeyRange> ranges(std::size_t parts) override { return child().ranges(parts); }
  bool prepare() override { return child().prepare(); }
  OperatorPtr copy(QueryContext& thread, const KeyRange& range) const override {
    return std::make_unique<FilterRows>(thread, child().copy(thread, range), again_(thread), text_, again_);
  }
  void narrow(Variable variable, const IdRun& useless) override { child().narrow(variable, useless); }

  std::string name() const override { return "filter"; }
  std::string details(const VariableTable&) const override { return text_; }

 protected:
  bool produce(Batch& batch) override {
    if (!child().next(batch)) return false;
    for (auto& condition : conditions_)
      if (batch.rows != 0) condition.filter(context(), batch);
    return true;
  }
  bool restart() override { return true; }

 private:
  std::vector<CompiledExpression> conditions_;
  std::string text_;
  ConditionsFactory again_;
};

Schema with(Schema schema, Variable variable) {
  schema.push_back(variable);
  return schema;
}

class Extend final : public Operator {
 public:
  Extend(QueryContext& context, OperatorPtr input, Variable variable,
         std::optional<CompiledExpression> expression, Id value)
      : Operator(context, with(input->schema(), variable)),
        expression_(std::move(expression)),
        value_(value) {
    set_sorted_by(input->sorted_by());
    set_estimated_rows(input->estimated_rows());
    add_child(std::move(input));
  }
  std::string name() const override { return "extend"; }
  std::string details(const VariableTable& names) const override { return "?" + names.name(schema().back()); }

 protected:
  bool produce(Batch& batch) override {
    if (!child().next(batch)) return false;
    if (expression_) {
      values_.resize(kBatchRows);
      expression_->evaluate(context(), batch, std::span<Id>(values_).first(batch.rows));
      for (std::size_t row = 0; row < batch.rows; ++row)
        values_[row] = context().terms().settle(values_[row]);
    } else {
      values_.resize(kBatchRows);
      std::fill_n(values_.data(), batch.rows, value_);
    }
    batch.columns.resize(schema().size());
    std::swap(batch.columns.back(), values_);
    return true;
  }
  bool restart() override { return true; }

 private:
  std::optional<CompiledExpression> expression_;
  Id value_;
  IdColumn values_;
};

class Project final : public Operator {
 public:
  Project(QueryContext& context, OperatorPtr input, Schema schema) : Operator(context, std::move(schema)) {
    set_sorted_as(*input);
    set_estimated_rows(input->estimated_rows());
    keep_batch(*input);
    add_child(std::move(input));
  }
  Variable leading() const override { return child().leading(); }
  std::vector<KeyRange> ranges(std::size_t parts) override { return child().ranges(parts); }
  bool prepare() override { return child().prepare(); }
  OperatorPtr copy(QueryContext& thread, const KeyRange& range) const override {
    return std::make_unique<Project>(thread, child().copy(thread, range), schema());
  }

  std::string name() const override { return "project"; }
  std::string details(const VariableTable& names) const override { return variable_list(schema(), names); }

 protected:
  bool produce(Batch& batch) override {
    if (!child().next(input_)) return false;
    copy_columns(child(), schema(), input_, batch);
    return true;
  }
  bool restart() override { return true; }

 private:
  Batch input_;
};

class Distinct final : public Operator {
 public:
  Distinct(QueryContext& context, OperatorPtr input, bool reduced)
      : Operator(context, input->schema()),
        seen_(std::in_place, context, input->schema().size(), "distinct", input->estimated_rows()) {
    // Rows that are sorted by every column repeat next to each other: no table is needed. REDUCED may keep
    // repeats, so it is content with that always.
    neighbours_ = reduced || input->sorted_by().size() == input->schema().size();
    set_sorted_by(input->sorted_by());
    set_estimated_rows(input->estimated_rows());
    add_child(std::move(input));
  }
  std::string name() const override { return neighbours_ ? "distinct neighbours" : "distinct"; }

 protected:
  bool produce(Batch& batch) override {
    if (!child().next(batch)) return false;
    kept_.clear();
    if (neighbours_)
      find_runs(batch);
    else
      find_new(batch);
    for (std::size_t i = 0; i < schema().size(); ++i) {
      Id* const column = batch.columns[i].data();
      for (std::size_t row = 0; row < kept_.size(); ++row) column[row] = column[kept_[row]];
    }
    batch.rows = kept_.size();
    return true;
  }
  bool restart() override {
    seen_.emplace(context(), schema().size(), "distinct", child().estimated_rows());
    has_last_ = false;
    return true;
  }

 private:
  void find_new(const Batch& batch) {
    columns_.clear();
    for (std::size_t i = 0; i < schema().size(); ++i) columns_.push_back(batch.columns[i].data());
    numbers_.resize(kBatchRows);
    std::size_t known = seen_->size();
    seen_->insert(columns_, batch.rows, numbers_.data());
    for (std::size_t row = 0; row < batch.rows; ++row) {
      if (numbers_[row] != known) continue;
      kept_.push_back(static_cast<std::uint32_t>(row));
      ++known;
    }
  }

  void find_runs(const Batch& batch) {
    const auto repeats = [&](std::size_t row) {
      for (std::size_t i = 0; i < schema().size(); ++i)
        if (batch.columns[i][row] != (row == 0 ? last_[i] : batch.columns[i][row - 1])) return false;
      return true;
    };
    for (std::size_t row = 0; row < batch.rows; ++row)
      if ((row == 0 && !has_last_) || !repeats(row)) kept_.push_back(static_cast<std::uint32_t>(row));
    has_last_ = true;
    last_.resize(schema().size());
    for (std::size_t i = 0; i < schema().size(); ++i) last_[i] = batch.columns[i][batch.rows - 1];
  }

  std::optional<TupleSet> seen_;
  bool neighbours_ = false;
  std::vector<const Id*> columns_;
  std::vector<std::uint32_t> numbers_;
  std::vector<std::uint32_t> kept_;  // rows
  bool has_last_ = false;
  std::vector<Id> last_;
};

class Slice final : public Operator {
 public:
  Slice(QueryContext& context, OperatorPtr input, std::uint64_t offset, std::optional<std::uint64_t> limit)
      : Operator(context, input->schema()), skip_(offset), limit_(limit), left_(limit.value_or(0)) {
    set_sorted_by(input->sorted_by());
    set_estimated_rows(limit ? std::min(input->estimated_rows(), static_cast<double>(*limit))
                             : input->estimated_rows());
    add_child(std::move(input));
  }
  std::string name() const override { return "slice"; }
  std::string details(const VariableTable&) const override {
    return (limit_ ? "limit " + std::to_string(*limit_) : std::string("no limit")) +
           (skip_ != 0 ? " offset " + std::to_string(skip_) : "");
  }

 protected:
  bool produce(Batch& batch) override {
    if (limit_ && left_ == 0) return false;
    if (!child().next(batch)) return false;
    if (skipped_ < skip_) {
      const std::size_t drop =
          static_cast<std::size_t>(std::min<std::uint64_t>(skip_ - skipped_, batch.rows));
      skipped_ += drop;
      for (auto& column : batch.columns)
        std::copy(column.begin() + static_cast<std::ptrdiff_t>(drop),
                  column.begin() + static_cast<std::ptrdiff_t>(batch.rows), column.begin());
      batch.rows -= drop;
    }
    if (limit_) {
      batch.rows = static_cast<std::size_t>(std::min<std::uint64_t>(batch.rows, left_));
      left_ -= batch.rows;
    }
    return true;
  }
  bool restart() override {
    left_ = limit_.value_or(0);
    skipped_ = 0;
    return true;
  }

 private:
  std::uint64_t skip_;
  std::optional<std::uint64_t> limit_;
  std::uint64_t left_;
  std::uint64_t skipped_ = 0;
};

class GraphLoop final : public Operator {
 public:
  GraphLoop(QueryContext& context, Schema schema, Variable variable, std::vector<Id> graphs,
            GraphPlanFactory factory)
      : Operator(context, std::move(schema)),
        variable_(variable),
        graphs_(std::move(graphs)),
        factory_(std::move(factory)) {
    set_estimated_rows(static_cast<double>(graphs_.size()));
  }
  std::string name() const override { return "graph loop"; }
  std::string details(const VariableTable& names) const override {
    return "?" + names.name(variable_) + " over " + std::to_string(graphs_.size()) + " graphs";
  }

 protected:
  bool produce(Batch& batch) override {
    for (;;) {
      if (plan_ == nullptr) {
        if (position_ == graphs_.size()) return false;
        plan_ = factory_(graphs_[position_]);
      }
      if (plan_->next(input_)) {
        copy_columns(*plan_, schema(), input_, batch);
        std::fill_n(batch.columns[static_cast<std::size_t>(column(variable_))].begin(), batch.rows,
                    graphs_[position_]);
        return true;
      }
      plan_.reset();
      ++position_;
    }
  }

 private:
  Variable variable_;
  std::vector<Id> graphs_;
  GraphPlanFactory factory_;
  std::size_t position_ = 0;
  OperatorPtr plan_;
  Batch input_;
};

class KnownCount final : public Operator {
 public:
  KnownCount(QueryContext& context, Variable variable, Id value, std::string what)
      : Operator(context, {variable}), value_(value), what_(std::move(what)) {
    set_estimated_rows(1);
  }
  std::string name() const override { return "known count"; }
  std::string details(const VariableTable&) const override { return what_; }

 protected:
  bool produce(Batch& batch) override {
    if (done_) return false;
    done_ = true;
    batch.columns[0][0] = value_;
    batch.rows = 1;
    return true;
  }
  bool restart() override {
    done_ = false;
    return true;
  }

 private:
  Id value_;
  std::string what_;
  bool done_ = false;
};

}  // namespace

OperatorPtr make_values(QueryContext& context, Schema schema, std::vector<std::vector<Id>> rows) {
  return std::make_unique<Values>(context, std::move(schema), std::move(rows));
}
OperatorPtr make_seed(QueryContext& context, Schema schema, std::shared_ptr<const RowTable> rows) {
  return std::make_unique<Seed>(context, std::move(schema), std::move(rows));
}
OperatorPtr make_union(QueryContext& context, Schema schema, std::vector<OperatorPtr> inputs) {
  return std::make_unique<Union>(context, std::move(schema), std::move(inputs));
}
OperatorPtr make_filter(QueryContext& context, OperatorPtr input, std::vector<CompiledExpression> conditions,
                        std::string text, ConditionsFactory again) {
  return std::make_unique<FilterRows>(context, std::move(input), std::move(conditions), std::move(text),
                                      std::move(again));
}
OperatorPtr make_extend(QueryContext& context, OperatorPtr input, Variable variable,
                        CompiledExpression expression) {
  return std::make_unique<Extend>(context, std::move(input), variable, std::move(expression), kUnbound);
}
OperatorPtr make_constant(QueryContext& context, OperatorPtr input, Variable variable, Id value) {
  return std::make_unique<Extend>(context, std::move(input), variable, std::nullopt, value);
}
OperatorPtr make_project(QueryContext& context, OperatorPtr input, Schema schema) {
  return std::make_unique<Project>(context, std::move(input), std::move(schema));
}
OperatorPtr make_distinct(QueryContext& context, OperatorPtr input, bool reduced) {
  return std::make_unique<Distinct>(context, std::move(input), reduced);
}
OperatorPtr make_slice(QueryContext& context, OperatorPtr input, std::uint64_t offset,
                       std::optional<std::uint64_t> limit) {
  return std::make_unique<Slice>(context, std::move(input), offset, limit);
}
OperatorPtr make_graph_loop(QueryContext& context, Schema schema, Variable variable, std::vector<Id> graphs,
                            GraphPlanFactory factory) {
  return std::make_unique<GraphLoop>(context, std::move(schema), variable, std::move(graphs),
                                     std::move(factory));
}
OperatorPtr make_known_count(QueryContext& context, Variable variable, Id value, std::string what) {
  return std::make_unique<KnownCount>(context, variable, value, std::move(what));
}

}  // namespace dossier
