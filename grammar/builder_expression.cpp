// Expressions, calls and aggregates; the limits of their height.
#include <algorithm>
#include <utility>

#include "grammar/builder.h"
#include "grammar/built_in.h"

namespace dossier::grammar {

void Builder::push_expression(Expression expression, int height) {
  note_height(height);
  expressions_.push_back({std::move(expression), height});
}

Expression Builder::pop_expression() {
  ExpressionNode node = std::move(expressions_.back());
  expressions_.pop_back();
  note_height(node.height);
  return std::move(node.expression);
}

void Builder::expression_term() {
  Expression expression;
  expression.value = pop_term();
  expression.at = std::visit(
      [](const auto& value) {
        if constexpr (requires { value->at; }) {
          return value->at;
        } else {
          return value.at;
        }
      },
      expression.value);
  push_expression(std::move(expression), 1);
}

void Builder::expression_mark() {
  marks_.push_back(expressions_.size() - 1);
}

// || and && are associative, errors included: a long chain becomes a balanced tree, so its height is a
// logarithm.
Expression Builder::fold_range(Expression::Kind kind, std::size_t from, std::size_t to, int& height) {
  if (to - from == 1) {
    height = expressions_[from].height;
    return std::move(expressions_[from].expression);
  }
  const std::size_t middle = from + (to - from + 1) / 2;
  int left = 0;
  int right = 0;
  Expression node;
  node.kind = kind;
  node.at = expressions_[from].expression.at;
  node.arguments.reserve(2);
  node.arguments.push_back(fold_range(kind, from, middle, left));
  node.arguments.push_back(fold_range(kind, middle, to, right));
  height = std::max(left, right) + 1;
  return node;
}

void Builder::fold_balanced(Expression::Kind kind) {
  const std::size_t mark = marks_.back();
  marks_.pop_back();
  if (expressions_.size() - mark < 2) return;
  int height = 0;
  Expression tree = fold_range(kind, mark, expressions_.size(), height);
  expressions_.resize(mark);
  push_expression(std::move(tree), height);
}

void Builder::fold_or() {
  fold_balanced(Expression::Kind::logical_or);
}
void Builder::fold_and() {
  fold_balanced(Expression::Kind::logical_and);
}

void Builder::fold_binary(Expression::Kind kind) {
  ExpressionNode right = std::move(expressions_.back());
  expressions_.pop_back();
  ExpressionNode left = std::move(expressions_.back());
  expressions_.pop_back();
  Expression node;
  node.kind = kind;
  node.at = left.expression.at;
  node.arguments.reserve(2);
  node.arguments.push_back(std::move(left.expression));
  node.arguments.push_back(std::move(right.expression));
  push_expression(std::move(node), std::max(left.height, right.height) + 1);
}

void Builder::fold_unary(Expression::Kind kind) {
  ExpressionNode inner = std::move(expressions_.back());
  expressions_.pop_back();
  Expression node;
  node.kind = kind;
  node.at = inner.expression.at;
  node.arguments.push_back(std::move(inner.expression));
  push_expression(std::move(node), inner.height + 1);
}

// ---- calls

void Builder::open_call() {
  Call call;
  call.name = std::string(function_->name);
  call.built_in = function_;
  call.mark = expressions_.size();
  call.at = at_;
  calls_.push_back(std::move(call));
}

void Builder::open_function() {
  const Iri& iri = std::get<Iri>(terms_.back());
  Call call;
  call.name = iri.value;
  call.at = iri.at.offset;
  call.mark = expressions_.size();
  calls_.push_back(std::move(call));
}

void Builder::call_distinct() {
  calls_.back().distinct = true;
}

namespace {

std::string arity_message(const BuiltIn& function, std::size_t given) {
  std::string wanted = std::to_string(function.min);
  if (function.max == kManyArguments) {
    wanted = "at least " + wanted;
  } else if (function.max != function.min) {
    wanted += " or " + std::to_string(function.max);
  }
  return std::string(function.name) + " takes " + (wanted == "0" ? "no" : wanted) +
         (wanted == "1" ? " argument, not " : " arguments, not ") + std::to_string(given);
}

}  // namespace

void Builder::finish_call() {
  Call call = std::move(calls_.back());
  calls_.pop_back();
  const std::size_t given = expressions_.size() - call.mark;
  if (call.built_in != nullptr && (given < call.built_in->min || given > call.built_in->max)) {
    fail(call.at, arity_message(*call.built_in, given));
  }
  Expression node;
  node.kind = call.built_in != nullptr ? Expression::Kind::call : Expression::Kind::function;
  node.name = std::move(call.name);
  node.distinct = call.distinct;
  node.at = {call.at};
  int height = 0;
  for (std::size_t i = call.mark; i < expressions_.size(); ++i) {
    height = std::max(height, expressions_[i].height);
    node.arguments.push_back(std::move(expressions_[i].expression));
  }
  expressions_.resize(call.mark);
  push_expression(std::move(node), height + 1);
}

void Builder::finish_function() {
  Call& call = calls_.back();
  if (call.distinct && expressions_.size() == call.mark)
    fail(call.at, "DISTINCT needs an argument behind it");
  // The IRI has waited below the arguments; all they pushed has been taken.
  terms_.pop_back();
  finish_call();
}

// The left operand belongs to the list.
void Builder::open_in() {
  marks_.push_back(expressions_.size() - 1);
}

void Builder::finish_membership(Expression::Kind kind) {
  const std::size_t mark = marks_.back();
  marks_.pop_back();
  Expression node;
  node.kind = kind;
  node.at = expressions_[mark].expression.at;
  int height = 0;
  for (std::size_t i = mark; i < expressions_.size(); ++i) {
    height = std::max(height, expressions_[i].height);
    node.arguments.push_back(std::move(expressions_[i].expression));
  }
  expressions_.resize(mark);
  push_expression(std::move(node), height + 1);
}

void Builder::finish_in() {
  finish_membership(Expression::Kind::in);
}
void Builder::finish_not_in() {
  finish_membership(Expression::Kind::not_in);
}

// ---- aggregates

void Builder::open_aggregate() {
  if (in_aggregate_) fail(at_, "an aggregate cannot stand inside another aggregate");
  if (!aggregates_allowed_) fail(at_, "an aggregate may stand only in SELECT, HAVING and ORDER BY");
  in_aggregate_ = true;
  if (!queries_.empty()) {
    queries_.back().aggregates = true;
    if (modifier_) queries_.back().aggregates_in_modifier = true;
  }
  open_call();
}

void Builder::aggregate_separator() {
  starts_.pop_back();
  calls_.back().separator = std::move(lexical_);
}

void Builder::fold_ascending() {
  calls_.back().descending.push_back(false);
}
void Builder::fold_descending() {
  calls_.back().descending.push_back(true);
}

void Builder::finish_aggregate() {
  Call call = std::move(calls_.back());
  calls_.pop_back();
  in_aggregate_ = false;
  Expression node;
  node.kind = Expression::Kind::aggregate;
  node.name = std::move(call.name);
  node.distinct = call.distinct;
  node.separator = std::move(call.separator);
  node.descending = std::move(call.descending);
  node.at = {call.at};
  int height = 0;
  for (std::size_t i = call.mark; i < expressions_.size(); ++i) {
    height = std::max(height, expressions_[i].height);
    node.arguments.push_back(std::move(expressions_[i].expression));
  }
  expressions_.resize(call.mark);
  push_expression(std::move(node), height + 1);
}

void Builder::exists(Expression::Kind kind) {
  const int height = closed_.back().height;
  Expression node;
  node.kind = kind;
  GroupPattern group = take_group(false);
  node.at = group.at;
  node.pattern = std::make_shared<const GroupPattern>(std::move(group));
  push_expression(std::move(node), height + 1);
}

void Builder::finish_exists() {
  exists(Expression::Kind::exists);
}
void Builder::finish_not_exists() {
  exists(Expression::Kind::not_exists);
}

}  // namespace dossier::grammar
