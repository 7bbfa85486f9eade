#include "engine/path/via.h"

#include <algorithm>
#include <numeric>

#include "engine/dossier.h"
#include "engine/query/comparison.h"
#include "engine/query/composite_values.h"

namespace dossier {

ViaEdges::ViaEdges(QueryContext& context, std::vector<std::string> names,
                   std::optional<std::size_t> ascending, std::optional<std::size_t> cost)
    : context_(context),
      names_(std::move(names)),
      ascending_(ascending),
      cost_(cost),
      by_name_(names_.size()),
      memory_(context.budget(), "edges of VIA") {
  std::iota(by_name_.begin(), by_name_.end(), std::size_t{0});
  // The order of UTF-8 is that of code points.
  std::sort(by_name_.begin(), by_name_.end(),
            [&](std::size_t a, std::size_t b) { return names_[a] < names_[b]; });
}

void ViaEdges::add(const Id* row) {
  for (std::size_t end : {0, 1})
    if (!row[end].is_bound())
      throw QueryError("a solution of the pattern of VIA leaves ?" + names_[end] +
                       " without a value, and no edge can be made of it; make the pattern bind both ends");
  rows_.insert(rows_.end(), row, row + names_.size());
  if ((rows_.size() & 0xFFF) < names_.size()) {
    context_.check();
    memory_.resize(rows_.capacity() * sizeof(Id));
  }
}

void ViaEdges::finish() {
  const std::size_t width = names_.size();
  std::vector<std::uint32_t> order(rows_.size() / width);
  memory_.resize(2 * rows_.capacity() * sizeof(Id) + 2 * order.size() * sizeof(std::uint32_t) +
                 (cost_ ? order.size() * sizeof(Number) : 0));
  std::iota(order.begin(), order.end(), 0U);
  const auto row = [&](std::uint32_t number) {
    return rows_.begin() + static_cast<std::ptrdiff_t>(number * width);
  };
  const auto less = [&](std::uint32_t a, std::uint32_t b) {
    return std::lexicographical_compare(row(a), row(a) + static_cast<std::ptrdiff_t>(width), row(b),
                                        row(b) + static_cast<std::ptrdiff_t>(width));
  };
  const auto same = [&](std::uint32_t a, std::uint32_t b) {
    return std::equal(row(a), row(a) + static_cast<std::ptrdiff_t>(width), row(b));
  };
  std::sort(order.begin(), order.end(), less);
  order.erase(std::unique(order.begin(), order.end(), same), order.end());
  std::vector<Id> sorted;
  sorted.reserve(order.size() * width);
  for (std::uint32_t number : order)
    sorted.insert(sorted.end(), row(number), row(number) + static_cast<std::ptrdiff_t>(width));
  rows_ = std::move(sorted);
  count_ = order.size();
  by_target_.resize(count_);
  std::iota(by_target_.begin(), by_target_.end(), 0U);
  std::stable_sort(by_target_.begin(), by_target_.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return at(a, 1) < at(b, 1); });
  std::array<std::size_t, 2> nodes{};
  for (std::size_t i = 0; i < count_; ++i) {
    if (i == 0 || at(i, 0) != at(i - 1, 0)) ++nodes[0];
    if (i == 0 || at(by_target_[i], 1) != at(by_target_[i - 1], 1)) ++nodes[1];
  }
  for (std::size_t end : {0, 1})
    if (count_ != 0) mean_[end] = static_cast<double>(count_) / static_cast<double>(nodes[end]);
  if (!cost_) return;
  for (std::size_t i = 0; i < count_; ++i) {
    if ((i & 0xFFF) == 0) context_.check();
    const Id id = at(i, *cost_);
    const std::string name = "the cost ?" + names_[*cost_] + " of a step ";
    if (!id.is_bound())
      throw QueryError(name + "has no value; let the pattern of VIA bind it in every solution");
    const bool simple = context_.terms().kind(id) == TermKind::literal;
    const Value value = simple ? value_of(context_, id) : Value{};
    if (value.kind != ValueKind::number || value.number.is_nan())
      throw QueryError(name + "is no number: " + context_.terms().term(id).to_string());
    if (value.number.sign() < 0)
      throw QueryError(name + "is less than nothing: " + context_.terms().term(id).to_string());
    exact_costs_ = exact_costs_ && value.number.is_exact();
    costs_.push_back(value.number);
  }
}

void ViaEdges::read(Id node, const PathLabel&, bool backwards, std::vector<PathEdge>& edges) {
  const auto edge = [&](std::uint64_t row) {
    ++work_.edges;
    edges.push_back({at(row, 0), Id{row}, at(row, 1)});
  };
  if (backwards) {
    auto here = std::partition_point(by_target_.begin(), by_target_.end(),
                                     [&](std::uint32_t row) { return at(row, 1) < node; });
    for (; here != by_target_.end() && at(*here, 1) == node; ++here) edge(*here);
    return;
  }
  std::size_t low = 0;
  for (std::size_t high = count_; low < high;) {
    const std::size_t middle = low + (high - low) / 2;
    if (at(middle, 0) < node)
      low = middle + 1;
    else
      high = middle;
  }
  for (; low < count_ && at(low, 0) == node; ++low) edge(low);
}

bool ViaEdges::may_follow(Id earlier, Id later) {
  return less_values(context_, later, earlier, 0) == Truth::no;
}

std::vector<Id> ViaEdges::ends(bool targets) const {
  std::vector<Id> nodes;
  for (std::size_t row = 0; row < count_; ++row) nodes.push_back(at(row, targets ? 1 : 0));
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  return nodes;
}

Id ViaEdges::map(const PathEdge& edge) {
  LocalTerms& terms = context_.terms();
  if (keys_.empty())
    for (const std::string& name : names_) keys_.push_back(intern_string(context_, name));
  std::vector<Id> entries;
  for (std::size_t column : by_name_)
    if (const Id id = at(edge.predicate.bits, column); id.is_bound()) {
      if (!terms.fits(id)) return kUnbound;
      entries.insert(entries.end(), {keys_[column], id});
    }
  return terms.intern_composite(cdt::Kind::map, entries);
}

}  // namespace dossier
