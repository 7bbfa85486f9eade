// COUNT, SUM, MIN, MAX, AVG, SAMPLE and GROUP_CONCAT, each over many groups at once.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>

#include "engine/query/comparison.h"
#include "engine/query/expression.h"
#include "engine/query/fold_aggregate.h"
#include "engine/query/parted_pairs.h"
#include "engine/query/seen_pairs.h"

namespace dossier {
namespace {

class Count final : public Aggregate {
 public:
  explicit Count(bool all) : all_(all) {}
  void resize(std::size_t groups) override { counts_.resize(groups); }
  void add(QueryContext&, std::span<const std::uint32_t> groups, std::span<const Id> values) override {
    for (std::size_t i = 0; i < groups.size(); ++i)
      if (all_ || values[i].is_bound()) ++counts_[groups[i]];
  }
  void add_weighted(QueryContext&, std::span<const std::uint32_t> groups, std::span<const Id> values,
                    std::span<const Id> weights) override {
    for (std::size_t i = 0; i < groups.size(); ++i)
      if (all_ || values[i].is_bound()) counts_[groups[i]] += static_cast<std::int64_t>(weights[i].bits);
  }
  Id result(QueryContext&, std::uint32_t group) override { return inline_integer(counts_[group]); }
  bool mergeable() const override { return true; }
  void merge(QueryContext&, Aggregate& other, std::span<const std::uint32_t> groups) override {
    const auto& counts = static_cast<Count&>(other).counts_;
    for (std::size_t i = 0; i < groups.size(); ++i) counts_[groups[i]] += counts[i];
  }

 private:
  bool all_;
  std::vector<std::int64_t> counts_;
};

// SUM and AVG. Inline integers are summed in an int64 beside the general sum, and joined at the end.
class Sum final : public Aggregate {
 public:
  explicit Sum(bool average) : average_(average) {}
  void resize(std::size_t groups) override { states_.resize(groups); }
  void add(QueryContext& context, std::span<const std::uint32_t> groups,
           std::span<const Id> values) override {
    context.terms().prefetch(values);
    for (std::size_t i = 0; i < groups.size(); ++i) {
      State& state = states_[groups[i]];
      const Id value = values[i];
      if (value.tag() == Tag::integer) {
        // 60-bit values: an int64 holds few of them, so what overflows moves over.
        const std::int64_t before = state.small;
        if (__builtin_add_overflow(state.small, integer_of(value), &state.small)) {
          state.sum = dossier::add(state.sum, Number::integer(before));
          state.small = integer_of(value);
        }
        ++state.count;
        continue;
      }
      if (value.tag() == Tag::decimal) {
        const std::int64_t before = state.units;
        if (__builtin_add_overflow(state.units, decimal_units_of(value), &state.units)) {
          state.sum = dossier::add(state.sum, Number::decimal(before, kInlineDecimalDigits));
          state.units = decimal_units_of(value);
        }
        state.decimals = true;
        ++state.count;
        continue;
      }
      if (!value.is_bound() || context.terms().kind(value) != TermKind::literal) {
        state.failed = true;
        continue;
      }
      const Value literal = value_of(context, value);
      if (literal.kind != ValueKind::number) {
        state.failed = true;
        continue;
      }
      state.sum = dossier::add(state.sum, literal.number);
      ++state.count;
    }
  }
  Id result(QueryContext& context, std::uint32_t group) override {
    const State& state = states_[group];
    if (state.failed) return kUnbound;
    Number sum = dossier::add(state.sum, Number::integer(state.small));
    if (state.decimals) sum = dossier::add(sum, Number::decimal(state.units, kInlineDecimalDigits));
    if (!average_) return intern_number(context, sum);
    if (state.count == 0) return inline_integer(0);
    const auto quotient = divide(sum, Number::integer(state.count));
    return quotient ? intern_number(context, *quotient) : kUnbound;
  }
  // Sums of doubles depend on the order of their rows, so sums stay with one thread.

 private:
  struct State {
    Number sum;
    std::int64_t small = 0;
    std::int64_t units = 0;
    std::int64_t count = 0;
    bool decimals = false;
    bool failed = false;
  };
  bool average_;
  std::vector<State> states_;
};

// By the order of ORDER BY, so that they work for all terms; an error in a group makes its result an error.
class Extreme final : public Aggregate {
 public:
  explicit Extreme(bool greatest) : sign_(greatest ? 1 : -1) {}
  void resize(std::size_t groups) override { states_.resize(groups); }
  void add(QueryContext& context, std::span<const std::uint32_t> groups,
           std::span<const Id> values) override {
    context.terms().prefetch(values);
    for (std::size_t i = 0; i < groups.size(); ++i) {
      State& state = states_[groups[i]];
      if (!values[i].is_bound())
        state.failed = true;
      else if (!state.best.is_bound() || compare_order(context, values[i], state.best) * sign_ > 0)
        state.best = values[i];
    }
  }
  Id result(QueryContext&, std::uint32_t group) override {
    return states_[group].failed ? kUnbound : states_[group].best;
  }
  bool mergeable() const override { return true; }
  void merge(QueryContext& context, Aggregate& other, std::span<const std::uint32_t> groups) override {
    const auto& states = static_cast<Extreme&>(other).states_;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      State& state = states_[groups[i]];
      state.failed |= states[i].failed;
      if (states[i].best.is_bound() &&
          (!state.best.is_bound() || compare_order(context, states[i].best, state.best) * sign_ > 0))
        state.best = states[i].best;
    }
  }

 private:
  struct State {
    Id best;
    bool failed = false;
  };
  int sign_;
  std::vector<State> states_;
};

class Sample final : public Aggregate {
 public:
  void resize(std::size_t groups) override { values_.resize(groups); }
  void add(QueryContext&, std::span<const std::uint32_t> groups, std::span<const Id> values) override {
    for (std::size_t i = 0; i < groups.size(); ++i)
      if (!values_[groups[i]].is_bound()) values_[groups[i]] = values[i];
  }
  Id result(QueryContext&, std::uint32_t group) override { return values_[group]; }
  bool mergeable() const override { return true; }
  void merge(QueryContext&, Aggregate& other, std::span<const std::uint32_t> groups) override {
    const auto& values = static_cast<Sample&>(other).values_;
    for (std::size_t i = 0; i < groups.size(); ++i)
      if (!values_[groups[i]].is_bound()) values_[groups[i]] = values[i];
  }

 private:
  std::vector<Id> values_;
};

class GroupConcat final : public Aggregate {
 public:
  GroupConcat(std::string separator, QueryContext& context)
      : separator_(std::move(separator)), reservation_(context.budget(), "GROUP_CONCAT") {}
  void resize(std::size_t groups) override { states_.resize(groups); }
  void add(QueryContext& context, std::span<const std::uint32_t> groups,
           std::span<const Id> values) override {
    bytes_.clear();
    ends_.clear();
    context.terms().decode(values, bytes_, ends_);
    std::size_t from = 0;
    std::size_t grown = 0;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      const TermParts parts = split_term(std::string_view(bytes_).substr(from, ends_[i] - from));
      from = ends_[i];
      State& state = states_[groups[i]];
      if (parts.kind == 0 || parts.kind == kBlankByte) {  // unbound, a triple term, a blank node
        state.failed = true;
        continue;
      }
      if (state.started) state.text.append(separator_);
      state.started = true;
      state.text.append(parts.text);
      grown += separator_.size() + parts.text.size();
    }
    reservation_.add(grown);
  }
  Id result(QueryContext& context, std::uint32_t group) override {
    return states_[group].failed ? kUnbound : intern_string(context, states_[group].text);
  }

 private:
  struct State {
    std::string text;
    bool started = false;
    bool failed = false;
  };
  std::string separator_;
  Reservation reservation_;
  std::vector<State> states_;
  std::string bytes_;
  std::vector<std::size_t> ends_;
};

// Lets each value of a group through once. Errors go through, for the aggregate to judge.
class Distinct final : public Aggregate {
 public:
  Distinct(std::unique_ptr<Aggregate> inner, QueryContext& context)
      : inner_(std::move(inner)), seen_(context) {}
  void resize(std::size_t groups) override {
    inner_->resize(groups);
    seen_.resize(groups);
  }
  void add(QueryContext& context, std::span<const std::uint32_t> groups,
           std::span<const Id> values) override {
    groups_.clear();
    values_.clear();
    seen_.add(groups, values, groups_, values_);
    inner_->add(context, groups_, values_);
  }
  Id result(QueryContext& context, std::uint32_t group) override { return inner_->result(context, group); }

 private:
  std::unique_ptr<Aggregate> inner_;
  SeenPairs seen_;
  std::vector<std::uint32_t> groups_;
  std::vector<Id> values_;
};

// COUNT(DISTINCT), which need not know at once what is new: the pairs of many groups are parted once they are
// many.
class CountDistinct final : public Aggregate {
 public:
  explicit CountDistinct(QueryContext& context) : seen_(context) {}
  void resize(std::size_t groups) override {
    counts_.resize(groups);
    if (!parts_) seen_->resize(groups);
  }
  void add(QueryContext& context, std::span<const std::uint32_t> groups,
           std::span<const Id> values) override {
    if (parts_) {
      parts_->add(groups, values);
      return;
    }
    groups_.clear();
    values_.clear();
    seen_->add(groups, values, groups_, values_);
    for (std::size_t i = 0; i < groups_.size(); ++i)
      if (values_[i].is_bound()) ++counts_[groups_[i]];
    if (counts_.size() > 1 && seen_->in_table() > kMany) part(context);
  }
  Id result(QueryContext&, std::uint32_t group) override {
    if (parts_ && !counted_) {
      parts_->count(counts_);
      counted_ = true;
    }
    return inline_integer(counts_[group]);
  }
  bool mergeable() const override { return true; }
  void merge(QueryContext& context, Aggregate& other, std::span<const std::uint32_t> groups) override {
    auto& distinct = static_cast<CountDistinct&>(other);
    if (distinct.parts_) {
      if (!parts_) part(context);
      parts_->add(*distinct.parts_, groups);
    } else {
      hand_on(*distinct.seen_, groups,
              [&](const auto& owners, const auto& values) { add(context, owners, values); });
    }
  }

 private:
  static constexpr std::size_t kMany = 1 << 15;  // a table of as many leaves the cache next to the processor

  // Hands the pairs on in batches; group i is groups[i] there.
  template <typename Take>
  static void hand_on(const SeenPairs& seen, std::span<const std::uint32_t> groups, Take take) {
    std::vector<std::uint32_t> owners;
    std::vector<Id> values;
    const auto flush = [&] {
      take(owners, values);
      owners.clear();
      values.clear();
    };
    seen.each([&](std::uint32_t group, Id value) {
      owners.push_back(groups[group]);
      values.push_back(value);
      if (owners.size() == kBatchRows) flush();
    });
    flush();
  }

  void part(QueryContext& context) {
    parts_.emplace(context);
    std::vector<std::uint32_t> same(counts_.size());
    std::iota(same.begin(), same.end(), 0U);
    hand_on(*seen_, same, [&](const auto& owners, const auto& values) { parts_->add(owners, values); });
    seen_.reset();
    std::fill(counts_.begin(), counts_.end(), 0);
  }

  std::optional<SeenPairs> seen_;     // until the pairs are parted
  std::optional<PartedPairs> parts_;  // from then on
  bool counted_ = false;
  std::vector<std::int64_t> counts_;  // of each group
  std::vector<std::uint32_t> groups_;
  std::vector<Id> values_;
};

std::unique_ptr<Aggregate> plain_aggregate(const grammar::Expression& aggregate, QueryContext& context) {
  const std::string& name = aggregate.name;
  if (name == "COUNT") return std::make_unique<Count>(aggregate.arguments.empty());
  if (name == "SUM") return std::make_unique<Sum>(false);
  if (name == "AVG") return std::make_unique<Sum>(true);
  if (name == "MIN") return std::make_unique<Extreme>(false);
  if (name == "MAX") return std::make_unique<Extreme>(true);
  if (name == "SAMPLE") return std::make_unique<Sample>();
  if (name == "GROUP_CONCAT")
    return std::make_unique<GroupConcat>(aggregate.separator.value_or(" "), context);
  throw QueryError(fmt::format("there is no aggregate {}", name));
}

}  // namespace

std::unique_ptr<Aggregate> make_aggregate(const grammar::Expression& aggregate, QueryContext& context) {
  if (aggregate.name == "FOLD") return make_fold(aggregate, context);
  std::unique_ptr<Aggregate> result = plain_aggregate(aggregate, context);
  // COUNT(DISTINCT *) counts distinct solutions: what feeds it has removed the others.
  if (!aggregate.distinct || aggregate.arguments.empty()) return result;
  if (aggregate.name == "COUNT") return std::make_unique<CountDistinct>(context);
  return std::make_unique<Distinct>(std::move(result), context);
}

}  // namespace dossier
