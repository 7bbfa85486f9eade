#include "engine/query/expression.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/query/comparison.h"
#include "engine/query/composite_values.h"
#include "engine/query/functions.h"
#include "engine/query/operand.h"

namespace dossier {
namespace {

using Kind = grammar::Expression::Kind;

class ColumnReference final : public ScalarExpression {
 public:
  explicit ColumnReference(int column) : column_(static_cast<std::size_t>(column)) {}
  void evaluate(QueryContext&, const Batch& input, std::span<Id> out) override {
    std::copy_n(input.columns[column_].begin(), input.rows, out.begin());
  }

 private:
  std::size_t column_;
};

class Bound final : public ScalarExpression {
 public:
  explicit Bound(int column) : column_(static_cast<std::size_t>(column)) {}
  void evaluate(QueryContext&, const Batch& input, std::span<Id> out) override {
    const IdColumn& column = input.columns[column_];
    for (std::size_t i = 0; i < input.rows; ++i) out[i] = inline_boolean(column[i].is_bound());
  }

 private:
  std::size_t column_;
};

// ---- operators

class Comparison final : public ScalarExpression {
 public:
  Comparison(Kind kind, Node left, Node right)
      : kind_(kind), left_(std::move(left)), right_(std::move(right)) {
    for (int sign = -1; sign <= 1; ++sign)
      ordered_[sign + 1] = truth_id(decide(static_cast<InlineOrder>(sign)));
  }

  void evaluate(QueryContext& context, const Batch& input, std::span<Id> out) override {
    if (left_.gives_text() || right_.gives_text()) return compare_texts(context, input, out);
    const std::span<const Id> a = left_.evaluate(context, input);
    const std::span<const Id> b = right_.evaluate(context, input);
    open_.clear();
    for (std::size_t i = 0; i < input.rows; ++i) {
      if (a[i].tag() == Tag::integer && b[i].tag() == Tag::integer) {
        out[i] = ordered_[(a[i] > b[i]) - (a[i] < b[i]) + 1];
        continue;
      }
      if (!a[i].is_bound() || !b[i].is_bound()) {
        out[i] = kUnbound;
        continue;
      }
      const InlineOrder order = compare_inline(a[i], b[i]);
      if (order == InlineOrder::unknown) {
        out[i] = kUnbound;
        open_.push_back(static_cast<std::uint32_t>(i));
      } else {
        out[i] = truth_id(decide(order));
      }
    }
    if (!open_.empty()) compare_open(context, a, b, out);
  }

 private:
  Truth decide(InlineOrder order) const {
    if (order == InlineOrder::different)
      return kind_ == Kind::equal ? Truth::no : kind_ == Kind::not_equal ? Truth::yes : Truth::error;
    const int sign = static_cast<int>(order);
    switch (kind_) {
      case Kind::equal:
        return truth_of(sign == 0);
      case Kind::not_equal:
        return truth_of(sign != 0);
      case Kind::less:
        return truth_of(sign < 0);
      case Kind::greater:
        return truth_of(sign > 0);
      case Kind::less_equal:
        return truth_of(sign <= 0);
      default:
        return truth_of(sign >= 0);
    }
  }

  // Rows that need the text of literals: decoded together, compared by value.
  void compare_open(QueryContext& context, std::span<const Id> a, std::span<const Id> b, std::span<Id> out) {
    LocalTerms& terms = context.terms();
    const bool equality = kind_ == Kind::equal || kind_ == Kind::not_equal;
    wanted_.assign(out.size(), false);
    for (const std::uint32_t i : open_) {
      const TermKind x = terms.kind(a[i]);
      const TermKind y = terms.kind(b[i]);
      if (x == TermKind::literal && y == TermKind::literal) {
        wanted_[i] = true;
      } else if (equality) {
        Truth truth = truth_of(a[i] == b[i]);
        if (x == TermKind::triple && y == TermKind::triple) truth = equal_values(context, a[i], b[i]);
        out[i] = truth == Truth::error ? kUnbound
                                       : inline_boolean((truth == Truth::yes) == (kind_ == Kind::equal));
      }
    }
    const auto wanted = [&](std::size_t i) { return static_cast<bool>(wanted_[i]); };
    left_texts_.load(context, a, wanted);
    right_texts_.load(context, b, wanted);
    // A constant side is read once; all wanted rows of it have the same text.
    Value left;
    Value right;
    bool first = true;
    for (const std::uint32_t i : open_) {
      if (!wanted_[i]) continue;
      if (first || !left_.is_constant()) left = value_of_bytes(left_texts_[i]);
      if (first || !right_.is_constant()) right = value_of_bytes(right_texts_[i]);
      first = false;
      out[i] = truth_id(cdt::kind_of(left_texts_[i]) && cdt::kind_of(right_texts_[i])
                            ? decide_composites(context, a[i], b[i])
                            : decide_values(left, right));
    }
  }

  // One side at least is a string that no term is made of.
  void compare_texts(QueryContext& context, const Batch& input, std::span<Id> out) {
    const bool equality = kind_ == Kind::equal || kind_ == Kind::not_equal;
    const auto texts = [&](Operand& side, Texts& read) {
      if (side.gives_text()) {
        side.evaluate_text(context, input, read);
        return std::span<const Id>();
      }
      const std::span<const Id> ids = side.evaluate(context, input);
      read.load(context, ids, [](std::size_t) { return true; });
      return ids;
    };
    const std::span<const Id> a = texts(left_, left_texts_);
    const std::span<const Id> b = texts(right_, right_texts_);
    const auto is_literal = [&](std::span<const Id> ids, std::size_t i) {
      return ids.empty() || context.terms().kind(ids[i]) == TermKind::literal;
    };
    for (std::size_t i = 0; i < input.rows; ++i) {
      const bool error = a.empty() ? left_texts_[i].empty() : !a[i].is_bound();
      if (error || (b.empty() ? right_texts_[i].empty() : !b[i].is_bound()))
        out[i] = kUnbound;
      else if (left_texts_[i].starts_with(kStringByte) && right_texts_[i].starts_with(kStringByte))
        out[i] = truth_id(decide(order_between(left_texts_[i].compare(right_texts_[i]), 0)));
      else if (is_literal(a, i) && is_literal(b, i))
        out[i] = truth_id(decide_values(value_of_bytes(left_texts_[i]), value_of_bytes(right_texts_[i])));
      else
        out[i] = equality ? inline_boolean(kind_ == Kind::not_equal) : kUnbound;
    }
  }

  // `<=` is an error where `<` is, even between equal lists: a blank node has no place among others.
  Truth decide_composites(QueryContext& context, Id a, Id b) const {
    if (kind_ == Kind::greater || kind_ == Kind::greater_equal) std::swap(a, b);
    if (kind_ == Kind::equal || kind_ == Kind::not_equal) {
      const Truth same = equal_composites(context, a, b, 0);
      return same == Truth::error ? same : truth_of((same == Truth::yes) == (kind_ == Kind::equal));
    }
    const Truth less = less_composites(context, a, b, 0);
    if (less != Truth::no || kind_ == Kind::less || kind_ == Kind::greater) return less;
    return equal_composites(context, a, b, 0);
  }

  Truth decide_values(const Value& left, const Value& right) const {
    if (kind_ == Kind::equal || kind_ == Kind::not_equal) {
      const auto same = equal(left, right);
      return same ? truth_of(*same == (kind_ == Kind::equal)) : Truth::error;
    }
    const auto order = compare(left, right);
    if (!order)
      return left.kind == ValueKind::number && right.kind == ValueKind::number ? Truth::no : Truth::error;
    return decide(static_cast<InlineOrder>((*order > 0) - (*order < 0)));
  }

  Kind kind_;
  Id ordered_[3];  // the result where the left side is less, equal, greater
  Operand left_;
  Operand right_;
  std::vector<std::uint32_t> open_;
  std::vector<bool> wanted_;
  Texts left_texts_;
  Texts right_texts_;
};

class ArithmeticNode final : public ScalarExpression {
 public:
  ArithmeticNode(Arithmetic operation, Node left, Node right)
      : operation_(operation), left_(std::move(left)), right_(std::move(right)) {}
  void evaluate(QueryContext& context, const Batch& input, std::span<Id> out) override {
    const std::span<const Id> a = left_.evaluate(context, input);
    const std::span<const Id> b = right_.evaluate(context, input);
    context.terms().prefetch(a);
    context.terms().prefetch(b);
    for (std::size_t i = 0; i < input.rows; ++i) out[i] = arithmetic(context, operation_, a[i], b[i]);
  }

 private:
  Arithmetic operation_;
  Operand left_;
  Operand right_;
};

class Sign final : public ScalarExpression {
 public:
  Sign(bool minus, Node operand) : minus_(minus), operand_(std::move(operand)) {}
  void evaluate(QueryContext& context, const Batch& input, std::span<Id> out) override {
    const std::span<const Id> a = operand_.evaluate(context, input);
    for (std::size_t i = 0; i < input.rows; ++i) {
      const Id negative = negate(context, a[i]);
      out[i] = minus_ || !negative.is_bound() ? negative : a[i];
    }
  }

 private:
  bool minus_;
  Operand operand_;
};

class Not final : public ScalarExpression {
 public:
  explicit Not(Node operand) : operand_(std::move(operand)) {}
  void evaluate(QueryContext& context, const Batch& input, std::span<Id> out) override {
    const std::span<const Id> a = operand_.evaluate(context, input);
    for (std::size_t i = 0; i < input.rows; ++i) {
      const Truth truth = effective_boolean(context, a[i]);
      out[i] = truth == Truth::error ? kUnbound : inline_boolean(truth == Truth::no);
    }
  }

 private:
  Operand operand_;
};

// && and || with their three-valued tables: false && error is false, true || error is true.
class Junction final : public ScalarExpression {
 public:
  Junction(bool conjunction, std::vector<Node> parts) : conjunction_(conjunction) {
    for (Node& part : parts) parts_.emplace_back(std::move(part));
  }
  void evaluate(QueryContext& context, const Batch& input, std::span<Id> out) override {
    const Id decisive = inline_boolean(!conjunction_);
    std::fill_n(out.begin(), input.rows, inline_boolean(conjunction_));
    for (Operand& part : parts_) {
      const std::span<const Id> values = part.evaluate(context, input);
      bool open = false;
      for (std::size_t i = 0; i < input.rows; ++i) {
        if (out[i] == decisive) continue;
        const Truth truth = effective_boolean(context, values[i]);
        if (truth == Truth::error)
          out[i] = kUnbound;
        else if (truth_id(truth) == decisive)
          out[i] = decisive;
        open = open || out[i] != decisive;
      }
      if (!open) return;
    }
  }

 private:
  bool conjunction_;
  std::vector<Operand> parts_;
};

class In final : public ScalarExpression {
 public:
  In(bool negated, Node value, std::vector<Node> list) : negated_(negated), value_(std::move(value)) {
    for (Node& item : list) {
      if (const Constant* constant = as_constant(item)) constants_.push_back(constant->value());
      list_.emplace_back(std::move(item));
    }
    std::sort(constants_.begin(), constants_.end());
  }
  void evaluate(QueryContext& context, const Batch& input, std::span<Id> out) override {
    const std::span<const Id> values = value_.evaluate(context, input);
    context.terms().prefetch(values);
    state_.assign(input.rows, Truth::no);
    open_.clear();
    for (std::size_t i = 0; i < input.rows; ++i)
      if (!find(context, values[i], state_[i])) open_.push_back(static_cast<std::uint32_t>(i));
    if (!open_.empty()) {
      for (Operand& item : list_) {
        context.check();
        const std::span<const Id> candidates = item.evaluate(context, input);
        for (const std::uint32_t i : open_) {
          if (state_[i] == Truth::yes) continue;
          const Truth truth = equal_values(context, values[i], candidates[i]);
          if (truth != Truth::no) state_[i] = truth;
        }
      }
    }
    for (std::size_t i = 0; i < input.rows; ++i)
      out[i] = state_[i] == Truth::error ? kUnbound : inline_boolean((state_[i] == Truth::yes) != negated_);
  }

 private:
  // Decides by the terms themselves where that is enough: the same term, or an IRI or blank node that is not
  // listed.
  bool find(QueryContext& context, Id value, Truth& truth) const {
    if (!value.is_bound()) {
      truth = list_.empty() ? Truth::no : Truth::error;
      return true;
    }
    if (std::binary_search(constants_.begin(), constants_.end(), value)) {
      truth = equal_values(context, value, value);  // NaN is not even itself
      if (truth == Truth::yes) return true;
      truth = Truth::no;
      return false;
    }
    if (constants_.size() != list_.size() || constants_.empty() || !constants_.front().is_bound())
      return false;
    const TermKind kind = context.terms().kind(value);
    return kind == TermKind::iri || kind == TermKind::blank;
  }

  bool negated_;
  Operand value_;
  std::vector<Operand> list_;
  std::vector<Id> constants_;  // of the list, ascending
  std::vector<std::uint32_t> open_;
  std::vector<Truth> state_;
};

// ---- functional forms

class If final : public ScalarExpression {
 public:
  If(Node condition, Node yes, Node no)
      : condition_(std::move(condition)), yes_(std::move(yes)), no_(std::move(no)) {}
  void evaluate(QueryContext& context, const Batch& input, std::span<Id> out) override {
    const std::span<const Id> condition = condition_.evaluate(context, input);
    const std::span<const Id> yes = yes_.evaluate(context, input);
    const std::span<const Id> no = no_.evaluate(context, input);
    for (std::size_t i = 0; i < input.rows; ++i) {
      const Truth truth = effective_boolean(context, condition[i]);
      out[i] = truth == Truth::error ? kUnbound : truth == Truth::yes ? yes[i] : no[i];
    }
  }

 private:
  Operand condition_;
  Operand yes_;
  Operand no_;
};

class Coalesce final : public ScalarExpression {
 public:
  explicit Coalesce(std::vector<Node> parts) {
    for (Node& part : parts) parts_.emplace_back(std::move(part));
  }
  void evaluate(QueryContext& context, const Batch& input, std::span<Id> out) override {
    std::fill_n(out.begin(), input.rows, kUnbound);
    for (Operand& part : parts_) {
      const std::span<const Id> values = part.evaluate(context, input);
      bool open = false;
      for (std::size_t i = 0; i < input.rows; ++i) {
        if (!out[i].is_bound()) out[i] = values[i];
        open = open || !out[i].is_bound();
      }
      if (!open) return;
    }
  }

 private:
  std::vector<Operand> parts_;
};

// BNODE() and BNODE(label).
class MakeBlank final : public ScalarExpression {
 public:
  MakeBlank(Node label, std::uint32_t solutions)
      : label_(std::move(label)), has_label_(true), row_(std::uint64_t{solutions} << kRowBits) {}
  MakeBlank() : label_(std::make_unique<Constant>(kUnbound)), has_label_(false) {}
  void evaluate(QueryContext& context, const Batch& input, std::span<Id> out) override {
    const std::span<const Id> labels = label_.evaluate(context, input);
    for (std::size_t i = 0; i < input.rows; ++i, ++row_) {
      if (!has_label_) {
        out[i] = context.terms().fresh_blank();
        continue;
      }
      out[i] = kUnbound;
      if (!labels[i].is_bound() || context.terms().kind(labels[i]) != TermKind::literal) continue;
      if (value_of(context, labels[i]).kind != ValueKind::string) continue;
      out[i] = context.terms().labelled_blank(labels[i], row_);
    }
  }

 private:
  static constexpr int kRowBits = 40;
  Operand label_;
  bool has_label_;
  std::uint64_t row_ = 0;  // the next one's number, the same in all places that see this solution
};

// A triple term with variables in it.
class TripleNode final : public ScalarExpression {
 public:
  TripleNode(Node subject, Node predicate, Node object)
      : subject_(std::move(subject)), predicate_(std::move(predicate)), object_(std::move(object)) {}
  void evaluate(QueryContext& context, const Batch& input, std::span<Id> out) override {
    const std::span<const Id> s = subject_.evaluate(context, input);
    const std::span<const Id> p = predicate_.evaluate(context, input);
    const std::span<const Id> o = object_.evaluate(context, input);
    LocalTerms& terms = context.terms();
    for (std::size_t i = 0; i < input.rows; ++i) {
      out[i] = kUnbound;
      if (!s[i].is_bound() || !p[i].is_bound() || !o[i].is_bound()) continue;
      const TermKind subject = terms.kind(s[i]);
      if ((subject != TermKind::iri && subject != TermKind::blank) || terms.kind(p[i]) != TermKind::iri)
        continue;
      out[i] = terms.intern_triple(s[i], p[i], o[i]);
    }
  }

 private:
  Operand subject_;
  Operand predicate_;
  Operand object_;
};

// ---- compiler

class Compiler {
 public:
  Compiler(const ExpressionEnvironment& environment, QueryContext& context)
      : environment_(environment), context_(context) {}

  Node compile(const grammar::Expression& e) {
    switch (e.kind) {
      case Kind::term:
        return term(e.value);
      case Kind::logical_or:
      case Kind::logical_and:
        return fold(std::make_unique<Junction>(e.kind == Kind::logical_and, compile_all(e)), e);
      case Kind::logical_not:
        return fold(std::make_unique<Not>(compile(e.arguments.at(0))), e);
      case Kind::equal:
      case Kind::not_equal:
      case Kind::less:
      case Kind::greater:
      case Kind::less_equal:
      case Kind::greater_equal:
        return fold(
            std::make_unique<Comparison>(e.kind, compile(e.arguments.at(0)), compile(e.arguments.at(1))), e);
      case Kind::add:
        return operation(Arithmetic::add, e);
      case Kind::subtract:
        return operation(Arithmetic::subtract, e);
      case Kind::multiply:
        return operation(Arithmetic::multiply, e);
      case Kind::divide:
        return operation(Arithmetic::divide, e);
      case Kind::unary_plus:
      case Kind::unary_minus:
        return fold(std::make_unique<Sign>(e.kind == Kind::unary_minus, compile(e.arguments.at(0))), e);
      case Kind::in:
      case Kind::not_in: {
        std::vector<Node> list = compile_all(e);
        if (list.empty()) throw QueryError("IN has no value on its left");
        Node value = std::move(list.front());
        list.erase(list.begin());
        return fold(std::make_unique<In>(e.kind == Kind::not_in, std::move(value), std::move(list)), e);
      }
      case Kind::call:
      case Kind::function:
        return call(e);
      case Kind::aggregate: {
        const int column = environment_.aggregate ? environment_.aggregate(e) : -1;
        if (column < 0)
          throw QueryError(fmt::format("the aggregate {} has no group to work on here", e.name));
        return std::make_unique<ColumnReference>(column);
      }
      case Kind::exists:
      case Kind::not_exists:
        if (!environment_.exists) throw QueryError("EXISTS is not possible here");
        return environment_.exists(e);
    }
    throw QueryError("an expression of an unknown kind");
  }

 private:
  std::vector<Node> compile_all(const grammar::Expression& e) {
    std::vector<Node> nodes;
    nodes.reserve(e.arguments.size());
    for (const grammar::Expression& argument : e.arguments) nodes.push_back(compile(argument));
    return nodes;
  }

  Node operation(Arithmetic arithmetic, const grammar::Expression& e) {
    return fold(
        std::make_unique<ArithmeticNode>(arithmetic, compile(e.arguments.at(0)), compile(e.arguments.at(1))),
        e);
  }

  int column_of(const grammar::Var& variable) {
    return environment_.column ? environment_.column(variable.name) : -1;
  }

  Node term(const grammar::Term& value) {
    if (const auto* variable = std::get_if<grammar::Var>(&value)) {
      const int column = column_of(*variable);
      if (column < 0) return std::make_unique<Constant>(kUnbound);
      return std::make_unique<ColumnReference>(column);
    }
    LocalTerms& terms = context_.terms();
    if (const auto* iri = std::get_if<grammar::Iri>(&value))
      return std::make_unique<Constant>(terms.intern(Term::iri(iri->value)));
    if (const auto* literal = std::get_if<grammar::Literal>(&value)) {
      if (literal->language.empty()) {
        std::string bytes;
        append_literal_bytes(bytes, literal->lexical, literal->datatype);
        return std::make_unique<Constant>(intern_text_literal(context_, bytes));
      }
      return std::make_unique<Constant>(terms.intern(
          Term::tagged(literal->lexical, literal->language, static_cast<Direction>(literal->direction))));
    }
    if (const auto* blank = std::get_if<grammar::BlankNode>(&value))
      throw QueryError(fmt::format("the blank node _:{} may not stand in an expression", blank->label));
    const grammar::TripleTerm& triple = *std::get<grammar::Box<grammar::TripleTerm>>(value);
    Node subject = term(triple.subject);
    Node predicate = term(triple.predicate);
    Node object = term(triple.object);
    const bool constant = as_constant(subject) && as_constant(predicate) && as_constant(object);
    Node node = std::make_unique<TripleNode>(std::move(subject), std::move(predicate), std::move(object));
    return constant ? evaluated(*node) : std::move(node);
  }

  Node call(const grammar::Expression& e) {
    const auto need = [&](std::size_t least, std::size_t most) {
      if (e.arguments.size() < least || e.arguments.size() > most) wrong_arguments(e, least, most);
    };
    if (e.kind == Kind::call) {
      if (e.name == "BOUND") {
        need(1, 1);
        const auto* variable = std::get_if<grammar::Var>(&e.arguments[0].value);
        if (e.arguments[0].kind != Kind::term || variable == nullptr)
          throw QueryError("BOUND takes a variable");
        const int column = column_of(*variable);
        if (column < 0) return std::make_unique<Constant>(inline_boolean(false));
        return std::make_unique<Bound>(column);
      }
      if (e.name == "IF") {
        need(3, 3);
        return fold(
            std::make_unique<If>(compile(e.arguments[0]), compile(e.arguments[1]), compile(e.arguments[2])),
            e);
      }
      if (e.name == "COALESCE") return fold(std::make_unique<Coalesce>(compile_all(e)), e);
      if (e.name == "BNODE") {
        need(0, 1);
        if (e.arguments.empty()) return std::make_unique<MakeBlank>();
        return std::make_unique<MakeBlank>(compile(e.arguments[0]), environment_.solutions);
      }
    }
    const Function* const function = find_function(e.name);
    if (function == nullptr) {
      const std::string near = nearest_function(e.name);
      throw QueryError(fmt::format("there is no function {}{}", shown(e),
                                   near.empty() ? "" : "; did you mean " + near + "?"));
    }
    need(static_cast<std::size_t>(function->least), static_cast<std::size_t>(function->most));
    Node node = make_call(context_, *function, compile_all(e));
    return function->pure ? fold(std::move(node), e) : std::move(node);
  }

  static std::string shown(const grammar::Expression& e) {
    return e.kind == Kind::function ? "<" + e.name + ">" : e.name;
  }

  [[noreturn]] static void wrong_arguments(const grammar::Expression& e, std::size_t least,
                                           std::size_t most) {
    const std::string count = least == most ? std::to_string(least)
                              : most >= static_cast<std::size_t>(kAnyNumber)
                                  ? fmt::format("at least {}", least)
                                  : fmt::format("{} to {}", least, most);
    throw QueryError(fmt::format("{} takes {} argument{}, not {}", shown(e), count, count == "1" ? "" : "s",
                                 e.arguments.size()));
  }

  // True when nothing below depends on the row or differs from call to call.
  bool is_constant(const grammar::Expression& e) const {
    if (e.kind == Kind::term) return is_constant(e.value);
    if (e.kind == Kind::aggregate || e.kind == Kind::exists || e.kind == Kind::not_exists) return false;
    if (e.kind == Kind::call && (e.name == "BNODE" || e.name == "BOUND")) return false;
    if (e.kind == Kind::call || e.kind == Kind::function) {
      const Function* const function = find_function(e.name);
      if (function != nullptr && !function->pure) return false;
    }
    return std::all_of(e.arguments.begin(), e.arguments.end(),
                       [&](const auto& argument) { return is_constant(argument); });
  }
  static bool is_constant(const grammar::Term& term) {
    if (std::holds_alternative<grammar::Var>(term)) return false;
    const auto* triple = std::get_if<grammar::Box<grammar::TripleTerm>>(&term);
    return triple == nullptr || (is_constant((*triple)->subject) && is_constant((*triple)->predicate) &&
                                 is_constant((*triple)->object));
  }

  Node evaluated(ScalarExpression& node) {
    Batch batch;
    batch.rows = 1;
    Id value;
    node.evaluate(context_, batch, std::span<Id>(&value, 1));
    return std::make_unique<Constant>(value);
  }

  Node fold(Node node, const grammar::Expression& e) {
    return is_constant(e) ? evaluated(*node) : std::move(node);
  }

  const ExpressionEnvironment& environment_;
  QueryContext& context_;
};

}  // namespace

std::unique_ptr<ScalarExpression> compile_expression(const grammar::Expression& expression,
                                                     const ExpressionEnvironment& environment,
                                                     QueryContext& context) {
  return Compiler(environment, context).compile(expression);
}

void filter_batch(QueryContext& context, ScalarExpression& expression, Batch& batch) {
  if (batch.rows == 0) return;
  std::vector<Id> values(batch.rows);
  expression.evaluate(context, batch, values);
  std::vector<std::uint32_t> kept;
  kept.reserve(batch.rows);
  for (std::size_t i = 0; i < batch.rows; ++i)
    if (effective_boolean(context, values[i]) == Truth::yes) kept.push_back(static_cast<std::uint32_t>(i));
  if (kept.size() == batch.rows) return;
  for (IdColumn& column : batch.columns)
    for (std::size_t i = 0; i < kept.size(); ++i) column[i] = column[kept[i]];
  batch.rows = kept.size();
}

}  // namespace dossier
