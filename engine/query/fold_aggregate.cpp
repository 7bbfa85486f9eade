#include "engine/query/fold_aggregate.h"

#include <algorithm>
#include <unordered_map>

#include "engine/query/composite_values.h"
#include "engine/query/operator.h"

namespace dossier {
namespace {

class Fold final : public Aggregate {
 public:
  Fold(const grammar::Expression& aggregate, QueryContext& context)
      : descending_(aggregate.descending),
        folded_(aggregate.arguments.size() - aggregate.descending.size()),
        distinct_(aggregate.distinct),
        rows_(context, 1 + aggregate.arguments.size(), "FOLD"),
        row_(rows_.width()),
        reservation_(context.budget(), "FOLD") {}

  void resize(std::size_t groups) override { groups_ = groups; }
  void add(QueryContext& context, std::span<const std::uint32_t> groups,
           std::span<const Id> values) override {
    add_columns(context, groups, {&values, 1});
  }
  void add_columns(QueryContext&, std::span<const std::uint32_t> groups,
                   std::span<const std::span<const Id>> columns) override {
    for (std::size_t i = 0; i < groups.size(); ++i) {
      row_[0] = Id{groups[i]};
      for (std::size_t c = 0; c < columns.size(); ++c) row_[c + 1] = columns[c][i];
      rows_.append_ids(row_.data());
    }
  }

  Id result(QueryContext& context, std::uint32_t group) override {
    if (!sorted_) sort(context);
    const auto first = order_.begin() + static_cast<std::ptrdiff_t>(starts_[group]);
    const auto last = order_.begin() + static_cast<std::ptrdiff_t>(starts_[group + 1]);
    const std::span<const std::uint32_t> rows(first, last);
    return folded_ == 1 ? list(context, rows) : map(context, rows);
  }

 private:
  // The rows group by group, in each by the keys, else as they came.
  void sort(QueryContext& context) {
    sorted_ = true;
    const std::size_t count = rows_.rows();
    reservation_.resize((count * (1 + descending_.size()) + groups_ + 1) * sizeof(std::uint32_t));
    starts_.assign(groups_ + 1, 0);
    for (const Id group : rows_.column(0)) ++starts_[group.bits + 1];
    for (std::size_t group = 0; group < groups_; ++group) starts_[group + 1] += starts_[group];
    order_.resize(count);
    std::vector<std::uint32_t> next(starts_.begin(), starts_.end() - 1);
    for (std::uint32_t row = 0; row < count; ++row) order_[next[rows_.at(0, row).bits]++] = row;
    if (descending_.empty()) return;
    std::vector<std::vector<std::uint32_t>> ranks;
    for (std::size_t key = 0; key < descending_.size(); ++key)
      ranks.push_back(order_ranks(context, rows_.column(1 + folded_ + key)));
    std::uint64_t steps = 0;
    for (std::size_t group = 0; group < groups_; ++group)
      std::sort(order_.begin() + static_cast<std::ptrdiff_t>(starts_[group]),
                order_.begin() + static_cast<std::ptrdiff_t>(starts_[group + 1]),
                [&](std::uint32_t a, std::uint32_t b) {
                  if ((++steps & 0xFFFF) == 0) context.check();
                  for (std::size_t key = 0; key < ranks.size(); ++key)
                    if (ranks[key][a] != ranks[key][b])
                      return (ranks[key][a] < ranks[key][b]) != descending_[key];
                  return a < b;
                });
  }

  Id list(QueryContext& context, std::span<const std::uint32_t> rows) {
    CompositeWriter writer(context, cdt::Kind::list);
    std::optional<TupleSet> seen;
    if (distinct_) seen.emplace(context, 1, "DISTINCT in FOLD");
    for (const std::uint32_t row : rows) {
      const Id element = rows_.at(1, row);
      bool added = true;
      if (seen) seen->insert(&element, added);
      if (added) writer.add(element);
    }
    return writer.finish();
  }

  // DISTINCT changes a map only where the same entry comes twice with another of its key between them.
  Id map(QueryContext& context, std::span<const std::uint32_t> rows) {
    TupleSet keys(context, 1, "FOLD");
    std::vector<Id> values;
    Reservation held(context.budget(), "FOLD");
    std::optional<TupleSet> seen;
    if (distinct_) seen.emplace(context, 2, "DISTINCT in FOLD");
    for (const std::uint32_t row : rows) {
      const std::array<Id, 2> entry{rows_.at(1, row), rows_.at(2, row)};
      bool added = true;
      if (seen) seen->insert(entry.data(), added);
      if (!added || !is_map_key(context, entry[0])) continue;
      const std::uint32_t number = keys.insert(entry.data(), added);
      if (added) {
        held.add(sizeof(Id));
        values.push_back(entry[1]);
      } else {
        values[number] = entry[1];
      }
    }
    CompositeWriter writer(context, cdt::Kind::map);
    for (std::uint32_t i = 0; i < values.size(); ++i) writer.add(keys.at(i, 0), values[i]);
    return writer.finish();
  }

  std::vector<bool> descending_;
  std::size_t folded_;  // arguments that are folded; the keys follow
  bool distinct_;
  std::size_t groups_ = 0;
  RowTable rows_;  // group, arguments, keys
  std::vector<Id> row_;
  bool sorted_ = false;
  std::vector<std::uint32_t> order_;
  std::vector<std::uint32_t> starts_;  // of each group in `order_`
  Reservation reservation_;
};

}  // namespace

std::unique_ptr<Aggregate> make_fold(const grammar::Expression& aggregate, QueryContext& context) {
  return std::make_unique<Fold>(aggregate, context);
}

}  // namespace dossier
