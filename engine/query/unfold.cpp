#include "engine/query/unfold.h"

#include "engine/model/inline.h"
#include "engine/query/composite_values.h"

namespace dossier {
namespace {

constexpr double kGuessedElements = 4;  // of a list, for the estimate

Schema with_outputs(Schema schema, const Schema& outputs) {
  schema.insert(schema.end(), outputs.begin(), outputs.end());
  return schema;
}

class Unfold final : public Operator {
 public:
  Unfold(QueryContext& context, OperatorPtr input, const Schema& outputs, CompiledExpression expression,
         bool composites)
      : Operator(context, with_outputs(input->schema(), outputs)),
        width_(input->schema().size()),
        pair_(outputs.size() == 2),
        composites_(composites),
        expression_(std::move(expression)) {
    set_sorted_by(input->sorted_by());
    set_estimated_rows(input->estimated_rows() * kGuessedElements);
    add_child(std::move(input));
  }
  std::string name() const override { return "unfold"; }
  std::string details(const VariableTable& names) const override {
    return "as " + variable_list(
                       Schema(schema().begin() + static_cast<std::ptrdiff_t>(width_), schema().end()), names);
  }

 protected:
  bool produce(Batch& batch) override {
    while (batch.rows < kBatchRows) {
      if (row_ == input_.rows) {
        // What is there already goes out before more work is begun.
        if (batch.rows != 0) return true;
        if (!child().next(input_)) return false;
        values_.resize(kBatchRows);
        expression_.evaluate(context(), input_, std::span(values_).first(input_.rows));
        row_ = 0;
        begin();
        continue;
      }
      if (value_ == nullptr) {
        put(batch, kUnbound, kUnbound);
      } else if (element_ < value_->size()) {
        if (value_->is_list())
          put(batch, handed_out(value_->element(context(), element_)),
              inline_integer(static_cast<std::int64_t>(element_) + 1));
        else
          put(batch, value_->key(context(), element_), pair_ ? value_->value(context(), element_) : kUnbound);
        if (++element_ < value_->size()) continue;
      }
      ++row_;
      begin();
    }
    return true;
  }

 private:
  void begin() {
    value_ = row_ < input_.rows ? composite_of(context(), values_[row_]) : nullptr;
    element_ = 0;
  }

  Id handed_out(Id element) { return composites_ ? element : context().terms().settle(element); }

  void put(Batch& batch, Id first, Id second) {
    for (std::size_t i = 0; i < width_; ++i) batch.columns[i][batch.rows] = input_.columns[i][row_];
    batch.columns[width_][batch.rows] = first;
    if (pair_) batch.columns[width_ + 1][batch.rows] = second;
    ++batch.rows;
  }

  std::size_t width_;
  bool pair_;
  bool composites_;
  CompiledExpression expression_;
  Batch input_;
  std::vector<Id> values_;
  std::size_t row_ = 0;
  CompositePtr value_;  // of the present row; null when it is neither list nor map
  std::size_t element_ = 0;
};

}  // namespace

OperatorPtr make_unfold(QueryContext& context, OperatorPtr input, Schema outputs,
                        CompiledExpression expression, bool composites) {
  return std::make_unique<Unfold>(context, std::move(input), outputs, std::move(expression), composites);
}

}  // namespace dossier
