// Calls of built-in functions, a batch of rows at a time.
#include "engine/query/functions.h"
#include "engine/query/operand.h"

namespace dossier {
namespace {

// The columns of the arguments, and the body for each row.
class Rows {
 public:
  Rows(const Function& function, std::vector<Node> arguments)
      : function_(function), values_(arguments.size()), texts_(arguments.size()), row_(arguments.size()) {
    for (Node& argument : arguments) operands_.emplace_back(std::move(argument));
  }

  // `text`: where the body writes its strings; null: they become terms. `take(i, result)` gets each row's.
  template <typename Take>
  void evaluate(QueryContext& context, const Batch& input, std::string* text, const Take& take) {
    complete_.assign(input.rows, true);
    for (std::size_t c = 0; c < operands_.size(); ++c) {
      values_[c] = {};
      if (is_text(c)) {
        operands_[c].evaluate_text(context, input, texts_[c]);
        for (std::size_t i = 0; i < input.rows; ++i)
          if (texts_[c][i].empty()) complete_[i] = false;
        continue;
      }
      values_[c] = operands_[c].evaluate(context, input);
      for (std::size_t i = 0; i < input.rows && !function_.errors; ++i)
        if (!values_[c][i].is_bound()) complete_[i] = false;
    }
    for (std::size_t c = 0; c < operands_.size() && function_.needs != Needs::ids; ++c)
      if (!is_text(c))
        texts_[c].load(context, values_[c], [&](std::size_t i) {
          return complete_[i] && (function_.needs == Needs::text || !has_inline_value(values_[c][i]));
        });
    FunctionCall call{context, row_, state_, function_.name, text};
    for (std::size_t i = 0; i < input.rows; ++i) {
      if (!complete_[i]) {
        take(i, kUnbound);
        continue;
      }
      for (std::size_t c = 0; c < operands_.size(); ++c)
        row_[c] = {is_text(c) ? kUnbound : values_[c][i],
                   function_.needs != Needs::ids ? texts_[c][i] : std::string_view{}};
      take(i, function_.body(call));
    }
  }

 private:
  bool is_text(std::size_t argument) const {
    return function_.needs == Needs::text && operands_[argument].gives_text();
  }

  const Function& function_;
  std::vector<Operand> operands_;
  std::vector<std::span<const Id>> values_;
  std::vector<bool> complete_;
  std::vector<Texts> texts_;
  std::vector<Argument> row_;
  std::unique_ptr<FunctionState> state_;
};

class Call final : public ScalarExpression {
 public:
  Call(const Function& function, std::vector<Node> arguments) : rows_(function, std::move(arguments)) {}
  void evaluate(QueryContext& context, const Batch& input, std::span<Id> out) override {
    rows_.evaluate(context, input, nullptr, [&](std::size_t i, Id result) { out[i] = result; });
  }

 private:
  Rows rows_;
};

class StringCall final : public TextExpression {
 public:
  StringCall(const Function& function, std::vector<Node> arguments, QueryContext& context)
      : rows_(function, std::move(arguments)), memory_(context.budget(), function.name.data()) {}
  void evaluate(QueryContext& context, const Batch& input, std::span<Id> out) override {
    rows_.evaluate(context, input, nullptr, [&](std::size_t i, Id result) { out[i] = result; });
  }
  void evaluate_text(QueryContext& context, const Batch& input, Texts& out) override {
    out.clear();
    rows_.evaluate(context, input, &out.bytes(), [&](std::size_t, Id) {
      if (out.bytes().size() > reserved_) {  // rarely: counting is dearer than most texts
        reserved_ = out.bytes().size() + kReservedStep;
        memory_.resize(reserved_);
      }
      out.end_row();
    });
  }

 private:
  static constexpr std::size_t kReservedStep = std::size_t{4} << 10;
  Rows rows_;
  Reservation memory_;  // of the texts of a batch
  std::size_t reserved_ = 0;
};

}  // namespace

Node make_call(QueryContext& context, const Function& function, std::vector<Node> arguments) {
  if (function.gives == Gives::string)
    return std::make_unique<StringCall>(function, std::move(arguments), context);
  return std::make_unique<Call>(function, std::move(arguments));
}

}  // namespace dossier
