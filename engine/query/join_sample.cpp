#include "engine/query/join_sample.h"

#include <algorithm>
#include <cmath>

namespace dossier {
namespace {

constexpr std::size_t kPlaces = 8;          // of the index that rows are taken from
constexpr std::uint64_t kReadWhole = 2048;  // rows of a pattern that are all read
constexpr std::size_t kMostFound =
    std::size_t{16} * kSampleFound;   // even when a hub is among those looked up
constexpr std::size_t kChunk = 8;     // rows looked up together
constexpr double kNoneFound = 0.5;    // rows that stand for none: the next one might have had some
constexpr double kLeastFactor = 1.2;  // corrections of less change no order

using Rows = std::shared_ptr<RowTable>;

class Sample {
 public:
  Sample(QueryContext& context, const SampledJoins& joins, std::vector<Correction>& corrections)
      : context_(context), joins_(joins), corrections_(corrections), filtered_(joins.filters.size()) {}

  void follow(const JoinOrder& order, std::size_t most_inputs) {
    std::vector<std::size_t> waiting;
    for (const JoinStep& step : order.steps)
      if (step.kind != JoinStep::Kind::merge && step.kind != JoinStep::Kind::table)
        waiting.push_back(step.input);
    const auto first =
        std::find_if(waiting.begin(), waiting.end(), [&](std::size_t i) { return is_pattern(i); });
    if (first == waiting.end()) return;
    const std::size_t begun = *first;
    waiting.erase(first);
    // Rows that nothing follows say nothing.
    const SortedVariables& variables = joins_.inputs[begun].variables;
    schema_ = Schema(variables.begin(), variables.end());
    if (joins_.filters.empty() &&
        std::none_of(waiting.begin(), waiting.end(), [&](std::size_t i) { return joins_with(i); }))
      return;
    if (!start(begun)) return;
    while (rows_->rows() > 0 && sequence_.size() < most_inputs) {
      const auto next =
          std::find_if(waiting.begin(), waiting.end(), [&](std::size_t i) { return joins_with(i); });
      if (next == waiting.end()) return;
      const std::size_t input = *next;
      waiting.erase(next);
      extend(input);
    }
  }

 private:
  bool is_pattern(std::size_t input) const {
    return joins_.inputs[input].kind == JoinInput::Kind::pattern && !joins_.patterns[input].impossible;
  }
  bool joins_with(std::size_t input) const {
    const SortedVariables& variables = joins_.inputs[input].variables;
    return is_pattern(input) && std::any_of(variables.begin(), variables.end(), [&](Variable variable) {
             return std::find(schema_.begin(), schema_.end(), variable) != schema_.end();
           });
  }

  Rows make_rows() { return std::make_shared<RowTable>(context_, schema_.size(), "planning"); }

  // ---- the first rows

  bool start(std::size_t input) {
    const JoinInput& described = joins_.inputs[input];
    if (schema_.empty()) return false;
    sequence_ = {input};
    total_ = described.rows;
    rows_ = make_rows();
    if (described.rows <= static_cast<double>(kReadWhole))
      read_whole(input);
    else
      read_places(input);
    if (rows_->rows() == 0) return false;
    apply_filters();
    learn({input});
    return true;
  }

  void read_whole(std::size_t input) {
    const auto cheapest =
        std::min_element(joins_.inputs[input].scans.begin(), joins_.inputs[input].scans.end(),
                         [](const JoinInput::Scan& a, const JoinInput::Scan& b) { return a.cost < b.cost; });
    const OperatorPtr scan = make_index_scan(context_, joins_.patterns[input], cheapest->path, schema_);
    const Rows all = make_rows();
    Batch batch;
    while (all->rows() < 2 * kReadWhole && scan->next(batch)) all->append(batch);
    thin(*all, *rows_, kSampleRows);
  }

  // Takes up to `most` rows, evenly.
  static void thin(const RowTable& from, RowTable& to, std::size_t most) {
    const std::size_t count = std::min(most, from.rows());
    std::vector<Id> row(from.width());
    for (std::size_t i = 0; i < count; ++i) {
      // Not the first: what is first in an index is often a hub.
      const std::size_t at = (2 * i + 1) * from.rows() / (2 * count);
      for (std::size_t c = 0; c < row.size(); ++c) row[c] = from.at(c, at);
      to.append_ids(row.data());
    }
  }

  // Rows at places that are spread over the ids of the first free column.
  void read_places(std::size_t input) {
    const ResolvedPattern& pattern = joins_.patterns[input];
    const JoinInput::Scan* chosen = nullptr;
    for (const JoinInput::Scan& scan : joins_.inputs[input].scans)
      if (chosen == nullptr || scan.cost < chosen->cost ||
          (scan.cost == chosen->cost && first_free(scan.path) == 0 && first_free(chosen->path) != 0))
        chosen = &scan;
    if (chosen->path.prefix_length == 4) return;
    ScanRange range = scan_range(pattern, chosen->path);
    if (!pattern.object_ranges.empty() && first_free(chosen->path) == 2) widest_range(pattern, range);
    const int column = range.prefix_length;
    const Id first = id_from(range, range.low, column);
    if (!first.is_bound()) return;
    const std::uint64_t last = last_near(range, first.bits, column);
    const auto order = permutation_order(range.permutation);
    std::vector<Id> row(schema_.size());
    double all = 0;
    const std::vector<Place> places = find_places(range, first.bits, last, all);
    for (const Place& place : places) {
      context_.check();
      const auto share = static_cast<std::size_t>(place.rows / all * static_cast<double>(kSampleRows) + 0.5);
      if (share == 0) continue;
      ScanRange part = range;
      part.low = Id{place.low};
      part.high = Id{place.high};
      const auto cursor = context_.snapshot().scan(part, kAllColumns);
      RowBlock block;
      if (!cursor->next(block)) continue;
      const std::size_t count = std::min(block.rows, share);
      std::array<Id, 4> values;
      for (std::size_t k = 0; k < count; ++k) {
        for (std::size_t c = 0; c < 4; ++c)
          values[c] = block.columns[c][(2 * k + 1) * block.rows / (2 * count)];
        if (fill(pattern, order, values, row)) rows_->append_ids(row.data());
      }
    }
  }

  // Ids of the first free column, and the rows that have them.
  struct Place {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    double rows = 0;
  };

  // Halves what holds more rows than its share, so that most places hold about the same, wherever the ids
  // are.
  std::vector<Place> find_places(ScanRange range, std::uint64_t first, std::uint64_t last,
                                 double& all) const {
    const auto rows_of = [&](std::uint64_t low, std::uint64_t high) {
      range.low = Id{low};
      range.high = Id{high};
      return static_cast<double>(context_.snapshot().estimate(range));
    };
    std::vector<Place> places{{first, last, rows_of(first, last)}};
    all = std::max(1.0, places[0].rows);
    for (std::size_t asked = 0; asked < 3 * kPlaces; ++asked) {
      const auto most = std::max_element(places.begin(), places.end(), [](const Place& a, const Place& b) {
        return (a.low < a.high ? a.rows : 0) < (b.low < b.high ? b.rows : 0);
      });
      if (most->low == most->high || most->rows * kPlaces < all) break;
      const std::uint64_t middle = most->low + (most->high - most->low) / 2;
      Place right{middle + 1, most->high, 0};
      const double left = std::min(most->rows, rows_of(most->low, middle));
      right.rows = most->rows - left;
      most->high = middle;
      most->rows = left;
      places.push_back(right);
    }
    std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.low < b.low; });
    return places;
  }

  static int first_free(const AccessPath& path) {
    return path.sorted_positions.empty() ? -1 : path.sorted_positions.front();
  }

  void widest_range(const ResolvedPattern& pattern, ScanRange& range) const {
    std::uint64_t most = 0;
    for (const IdRange& ids : pattern.object_ranges) {
      ScanRange part = range;
      part.low = ids.low;
      part.high = ids.high;
      const std::uint64_t rows = context_.snapshot().estimate(part);
      if (rows < most) continue;
      most = rows;
      range.low = ids.low;
      range.high = ids.high;
    }
  }

  // The first id of the column from `low` on; kUnbound: there is none.
  Id id_from(const ScanRange& range, Id low, int column) const {
    ScanRange part = range;
    part.low = std::max(range.low, low);
    const auto cursor = context_.snapshot().scan(part, 1U << column);
    RowBlock block;
    return cursor->next(block) ? block.columns[column][0] : kUnbound;
  }

  // An id of the column that few of its ids lie behind.
  std::uint64_t last_near(const ScanRange& range, std::uint64_t first, int column) const {
    std::uint64_t low = first;
    std::uint64_t high = range.high.bits;
    while (high > low && high - low > std::max<std::uint64_t>(1, (low - first) / kPlaces)) {
      const std::uint64_t middle = low + (high - low) / 2;
      const Id found = id_from(range, Id{middle}, column);
      if (found.is_bound())
        low = std::max(middle, found.bits);
      else
        high = middle - 1;
    }
    return low;
  }

  // The variables of the pattern in a row of the index; false: the row is none of its.
  bool fill(const ResolvedPattern& pattern, const std::array<int, 4>& order, const std::array<Id, 4>& values,
            std::vector<Id>& row) const {
    std::array<Id, 4> position;
    for (std::size_t c = 0; c < 4; ++c) position[static_cast<std::size_t>(order[c])] = values[c];
    if (!pattern.on_terms && !fits(pattern.graph, position[3])) return false;
    row.assign(schema_.size(), kUnbound);
    for (std::size_t i = 0; i < 4; ++i) {
      const Slot& slot = pattern.positions[i];
      if (!slot.is_variable) {
        if ((i < 3 || pattern.on_terms) && position[i] != slot.id) return false;
        continue;
      }
      Id& cell = row[static_cast<std::size_t>(std::find(schema_.begin(), schema_.end(), slot.variable) -
                                              schema_.begin())];
      if (cell.is_bound() && cell != position[i]) return false;
      cell = position[i];
    }
    return true;
  }

  static bool fits(const GraphFilter& filter, Id graph) {
    switch (filter.kind) {
      case GraphFilter::Kind::any:
        return true;
      case GraphFilter::Kind::named:
        return graph != kDefaultGraph;
      case GraphFilter::Kind::merged:
        if (filter.all) return true;
        break;
      default:
        break;
    }
    return std::binary_search(filter.graphs.begin(), filter.graphs.end(), graph);
  }

  // ---- joins and filters

  void extend(std::size_t input) {
    // The correction is of the input and of those that first bound what it is joined on.
    std::vector<std::size_t> partners{input};
    for (const Variable variable : joins_.inputs[input].variables)
      for (const std::size_t before : sequence_) {
        const SortedVariables& known = joins_.inputs[before].variables;
        if (!std::binary_search(known.begin(), known.end(), variable)) continue;
        if (std::find(partners.begin(), partners.end(), before) == partners.end()) partners.push_back(before);
        break;
      }
    const Schema old = schema_;
    Schema added;
    for (const Variable variable : joins_.inputs[input].variables)
      if (std::find(old.begin(), old.end(), variable) == old.end()) added.push_back(variable);
    // Few rows close a cycle: more of them are tried.
    if (const std::size_t shared = joins_.inputs[input].variables.size() - added.size();
        shared < 2 && rows_->rows() > kSampleRows) {
      const Rows some = make_rows();
      thin(*rows_, *some, kSampleRows);
      rows_ = some;
    }
    schema_.insert(schema_.end(), added.begin(), added.end());
    const Rows found = make_rows();
    const std::size_t chunks = (rows_->rows() + kChunk - 1) / kChunk;
    std::size_t looked_up = 0;
    std::vector<Id> row(old.size());
    for (std::size_t chunk = 0; chunk < chunks && found->rows() < kSampleFound; ++chunk) {
      context_.check();
      // Every n-th row, so that each chunk is a sample of its own.
      const auto seed = std::make_shared<RowTable>(context_, old.size(), "planning");
      for (std::size_t i = chunk; i < rows_->rows(); i += chunks) {
        for (std::size_t c = 0; c < row.size(); ++c) row[c] = rows_->at(c, i);
        seed->append_ids(row.data());
      }
      looked_up += seed->rows();
      const OperatorPtr join =
          make_index_join(context_, make_seed(context_, old, seed), joins_.patterns[input], added, schema_);
      Batch batch;
      while (found->rows() < kMostFound && join->next(batch)) found->append(batch);
    }
    const double before = expected();
    sequence_.push_back(input);
    // Where none is found there may be fewer than one could see, as expected or not.
    total_ *= found->rows() > 0 ? static_cast<double>(found->rows()) / static_cast<double>(looked_up)
                                : std::min(expected() / before, kNoneFound / static_cast<double>(looked_up));
    rows_ = make_rows();
    thin(*found, *rows_, kSampleClosing);
    if (rows_->rows() > 0) apply_filters();
    std::sort(partners.begin(), partners.end());
    learn(std::move(partners));
  }

  // Filters whose variables the rows have now.
  void apply_filters() {
    for (std::size_t i = 0; i < joins_.filters.size(); ++i) {
      const SortedVariables& variables = joins_.filters[i].variables;
      const bool ready =
          !variables.empty() && std::all_of(variables.begin(), variables.end(), [&](Variable variable) {
            return std::find(schema_.begin(), schema_.end(), variable) != schema_.end();
          });
      if (filtered_[i] || !ready) continue;
      filtered_[i] = true;
      std::vector<CompiledExpression> conditions;
      conditions.push_back(joins_.compile(i, schema_));
      const OperatorPtr filter =
          make_filter(context_, make_seed(context_, schema_, rows_), std::move(conditions), "sample");
      const Rows kept = make_rows();
      Batch batch;
      while (filter->next(batch)) kept->append(batch);
      const auto tried = static_cast<double>(rows_->rows());
      total_ *= kept->rows() > 0 ? static_cast<double>(kept->rows()) / tried
                                 : std::min(joins_.filters[i].selectivity, kNoneFound / tried);
      // With none left there would be nothing to follow.
      if (kept->rows() > 0) rows_ = kept;
    }
  }

  double expected() const {
    return std::max(expected_rows(joins_.inputs, joins_.filters, corrections_, sequence_), 1e-3);
  }

  void learn(std::vector<std::size_t> partners) {
    const double factor = std::max(total_, 1e-3) / expected();
    if (factor < kLeastFactor && factor > 1 / kLeastFactor) return;
    corrections_.push_back({std::move(partners), factor});
  }

  QueryContext& context_;
  const SampledJoins& joins_;
  std::vector<Correction>& corrections_;
  std::vector<bool> filtered_;         // filters that were applied
  std::vector<std::size_t> sequence_;  // inputs that are joined
  Schema schema_;
  Rows rows_;
  double total_ = 0;  // rows of the join that the sample is taken from
};

}  // namespace

void sample_joins(QueryContext& context, const SampledJoins& joins, const JoinOrder& order,
                  std::size_t most_inputs, std::vector<Correction>& corrections) {
  Sample(context, joins, corrections).follow(order, most_inputs);
}

}  // namespace dossier
