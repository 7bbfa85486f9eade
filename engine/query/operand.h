// The parts of which compiled expressions are built.
//
// Purpose: constants, the columns that an operand gives, and the texts of a column of terms. Invariants: what
// an operand gives stays valid until it is evaluated again. A string that only another function or a
// comparison reads is handed on as text: it becomes no term, so it is neither looked up in the store nor
// kept. Thread-safety: as the expressions, one thread.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/query/batch.h"
#include "engine/query/context.h"
#include "engine/query/expression.h"

namespace dossier {

struct Function;

using Node = std::unique_ptr<ScalarExpression>;

class Constant final : public ScalarExpression {
 public:
  explicit Constant(Id value) : value_(value) {}
  Id value() const { return value_; }
  void evaluate(QueryContext&, const Batch& input, std::span<Id> out) override {
    std::fill_n(out.begin(), input.rows, value_);
  }

 private:
  Id value_;
};

inline const Constant* as_constant(const Node& node) {
  return dynamic_cast<const Constant*>(node.get());
}

// The term bytes of a column. Runs of equal ids (constants above all) are decoded once.
class Texts {
 public:
  template <typename Wanted>
  void load(QueryContext& context, std::span<const Id> ids, const Wanted& wanted) {
    clear();
    distinct_.clear();
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const Id id = wanted(i) ? ids[i] : kUnbound;
      if (distinct_.empty() || distinct_.back() != id) distinct_.push_back(id);
      place_.push_back(static_cast<std::uint32_t>(distinct_.size() - 1));
    }
    context.terms().decode(distinct_, bytes_, ends_);
  }

  // Row by row instead: the text of the next row is what is appended to `bytes` before `end_row`.
  void clear() {
    place_.clear();
    bytes_.clear();
    ends_.clear();
  }
  std::string& bytes() { return bytes_; }
  void end_row() {
    place_.push_back(static_cast<std::uint32_t>(ends_.size()));
    ends_.push_back(bytes_.size());
  }

  std::string_view operator[](std::size_t row) const {
    const std::size_t place = place_[row];
    const std::size_t from = place == 0 ? 0 : ends_[place - 1];
    return std::string_view(bytes_).substr(from, ends_[place] - from);
  }

 private:
  std::vector<Id> distinct_;
  std::vector<std::uint32_t> place_;
  std::string bytes_;
  std::vector<std::size_t> ends_;
};

// An expression that can give the term bytes of strings instead of ids.
class TextExpression : public ScalarExpression {
 public:
  // Empty bytes are an error.
  virtual void evaluate_text(QueryContext& context, const Batch& input, Texts& out) = 0;
};

class Operand {
 public:
  explicit Operand(Node node) : node_(std::move(node)), text_(dynamic_cast<TextExpression*>(node_.get())) {}
  std::span<const Id> evaluate(QueryContext& context, const Batch& input) {
    if (values_.size() < input.rows) values_.resize(std::max(input.rows, kBatchRows));
    const std::span<Id> out(values_.data(), input.rows);
    node_->evaluate(context, input, out);
    return out;
  }
  bool is_constant() const { return as_constant(node_) != nullptr; }
  bool gives_text() const { return text_ != nullptr; }
  // Precondition: gives_text().
  void evaluate_text(QueryContext& context, const Batch& input, Texts& out) {
    text_->evaluate_text(context, input, out);
  }

 private:
  Node node_;
  TextExpression* text_;
  std::vector<Id> values_;
};

// The call of a built-in function (call.cpp).
Node make_call(QueryContext& context, const Function& function, std::vector<Node> arguments);

}  // namespace dossier
