#include "engine/query/path_search_operator.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "engine/model/inline.h"
#include "engine/path/graph_edges.h"
#include "engine/path/starts.h"
#include "engine/query/comparison.h"
#include "engine/query/composite_values.h"

namespace dossier {
namespace {

using Selector = grammar::PathSearch::Selector;
using Mode = grammar::PathSearch::Mode;

const char* mode_name(Mode mode) {
  constexpr std::array<const char*, 4> kNames{"walk", "trail", "acyclic", "simple"};
  return kNames[static_cast<std::size_t>(mode)];
}

std::string selector_name(const grammar::PathSearch& search) {
  const std::string count = std::to_string(search.count);
  switch (search.selector) {
    case Selector::all:
      return "all";
    case Selector::any:
      return "any " + count;
    case Selector::any_shortest:
      return "any shortest";
    case Selector::shortest:
      return "shortest " + count;
    case Selector::groups:
      return "shortest " + count + " groups";
    case Selector::cheapest:
      return "cheapest " + count;
  }
  return {};
}

class PathSearchJoin final : public Operator {
 public:
  PathSearchJoin(QueryContext& context, OperatorPtr input, PathSearchSpec spec, PathAutomaton automaton,
                 GraphScope scope, const Schema& columns)
      : Operator(context, extended(input->schema(), columns)),
        spec_(std::move(spec)),
        automaton_(std::move(automaton)),
        edges_(make_edges(context, spec_, automaton_, scope)),
        search_(context, automaton_, *edges_, *spec_.search),
        reach_(context, automaton_, scope),
        starts_(context, automaton_, scope),
        width_(input->schema().size()),
        reservation_(context.budget(), "path search") {
    subject_ = place(spec_.subject, *input);
    object_ = place(spec_.object, *input);
    for (const Slot& output : spec_.outputs) outputs_.push_back(place(output, *input));
    same_ = spec_.subject.is_variable && spec_.object.is_variable &&
            spec_.subject.variable == spec_.object.variable;
    const bool read = std::any_of(outputs_.begin(), outputs_.end(),
                                  [](const Place& output) { return output.target >= 0 || output.known; });
    const bool one =
        spec_.search->selector == Selector::any_shortest ||
        ((spec_.search->selector == Selector::any || spec_.search->selector == Selector::shortest) &&
         spec_.search->count == 1);
    only_reach_ = !read && one && spec_.search->mode == Mode::walk && !spec_.search->via;
    keep_batch(*input);
    add_child(std::move(input));
    if (spec_.via != nullptr) {
      keep_batch(*spec_.via);
      add_child(std::move(spec_.via));
    }
  }

  std::string name() const override { return "path search"; }
  std::string details(const VariableTable& names) const override {
    const auto end = [&](const Slot& slot, const Place& place) {
      return (slot.is_variable ? "?" + names.name(slot.variable) : std::string("constant")) +
             (place.known ? "" : " (free)");
    };
    const SearchWork& work = only_reach_ ? reach_.work() : edges_->work();
    std::string text = fmt::format(
        "{} {} from {} to {}, {}, {} {}", only_reach_ ? "reach only" : selector_name(*spec_.search),
        mode_name(spec_.search->mode), end(spec_.subject, subject_), end(spec_.object, object_), direction(),
        automaton_.states(), automaton_.states() == 1 ? "state" : "states");
    if (work.levels == 0 && work.edges == 0) return text;
    const bool in_memory = only_reach_ ? reach_.in_memory() : edges_->in_memory();
    text += fmt::format(", edges {} {}", work.edges, in_memory ? "in memory" : "through the index");
    if (work.levels > 0) text += fmt::format(", levels {}, largest {}", work.levels, work.largest);
    return text;
  }

 protected:
  // The first batches are small: somebody may want the first rows alone.
  bool produce(Batch& batch) override {
    const std::size_t most = most_rows_;
    most_rows_ = std::min(most_rows_ * 2, kBatchRows);
    while (batch.rows < most) {
      if (has_path_) {
        emit(batch, most);
        continue;
      }
      if (searching_ && find()) continue;
      searching_ = false;
      if (next_start()) continue;
      // What is there already goes out before more work is begun.
      if (batch.rows != 0) return true;
      if (group_end_ == order_.size()) {
        if (!fetch()) return false;
      }
      next_group();
    }
    return true;
  }

 private:
  static std::unique_ptr<EdgeSource> make_edges(QueryContext& context, const PathSearchSpec& spec,
                                                const PathAutomaton& automaton, const GraphScope& scope) {
    if (!spec.search->via) return std::make_unique<GraphEdges>(context, automaton, scope);
    const auto place_of = [&](const std::optional<grammar::Var>& variable) -> std::optional<std::size_t> {
      if (!variable) return std::nullopt;
      const auto at = std::find(spec.via_names.begin(), spec.via_names.end(), variable->name);
      return static_cast<std::size_t>(at - spec.via_names.begin());
    };
    return std::make_unique<ViaEdges>(context, spec.via_names, place_of(spec.search->via->ascending),
                                      place_of(spec.search->via->cost));
  }

  ViaEdges* via_edges() { return spec_.search->via ? static_cast<ViaEdges*>(edges_.get()) : nullptr; }

  void read_via() {
    ViaEdges& edges = *via_edges();
    std::vector<int> columns;
    std::vector<Id> row;
    for (const Slot& slot : spec_.via_columns) {
      columns.push_back(slot.is_variable ? child(1).column(slot.variable) : -1);
      row.push_back(slot.is_variable ? kUnbound : slot.id);
    }
    for (Batch batch; child(1).next(batch);)
      for (std::size_t i = 0; i < batch.rows; ++i) {
        for (std::size_t c = 0; c < row.size(); ++c)
          if (columns[c] >= 0) row[c] = batch.columns[static_cast<std::size_t>(columns[c])][i];
        edges.add(row.data());
      }
    edges.finish();
  }

  // VIA: where a path may start (sorted). One that may have no step starts at every node of the graph too.
  void read_via_starts() {
    has_via_starts_ = true;
    via_starts_ = via_edges()->ends(false);
    if (automaton_.accepts_empty()) {
      const std::vector<Id> targets = via_edges()->ends(true);
      via_starts_.insert(via_starts_.end(), targets.begin(), targets.end());
      starts_.begin();
      for (Id node; starts_.next(node);) {
        via_starts_.push_back(node);
        if ((via_starts_.size() & 0xFFF) == 0) account();
      }
      std::sort(via_starts_.begin(), via_starts_.end());
      via_starts_.erase(std::unique(via_starts_.begin(), via_starts_.end()), via_starts_.end());
    }
    account();
  }

  // From where the search goes, and why.
  std::string direction() const {
    const Mode mode = spec_.search->mode;
    const Selector selector = spec_.search->selector;
    const bool both = (subject_.known && object_.known) || same_;
    const std::string each = !subject_.known && same_ ? "each start in turn, " : "";
    if (both && !only_reach_ && selector == Selector::cheapest)
      return each + "from the start, led by the cost to the end";
    if (both && !only_reach_ && mode != Mode::walk && selector == Selector::all)
      return each + "from the start, led by the distance to the end";
    if (both) return each + "from both ends, the one with fewer edges first";
    if (subject_.known) return "from the start, which is given";
    if (!object_.known) return "from each start in turn, since no end is given";
    const bool turned = only_reach_ || !PathSearch::needs_starts(*spec_.search);
    return turned ? "from the end, which is given"
                  : "from each start that leads to the end, since paths are taken in the order of travel";
  }

  // Where a position has its value from, and where it is handed out.
  struct Place {
    bool known = false;
    int source = -1;  // column of the input; else a known position is a constant
    Id constant;
    int target = -1;  // column of the result
  };

  static Schema extended(Schema schema, const Schema& columns) {
    schema.insert(schema.end(), columns.begin(), columns.end());
    return schema;
  }

  Place place(const Slot& slot, const Operator& input) const {
    Place result;
    if (!slot.is_variable) {
      result.known = true;
      result.constant = slot.id;
      return result;
    }
    result.source = input.column(slot.variable);
    result.known = result.source >= 0;
    if (!result.known) result.target = column(slot.variable);
    return result;
  }

  Id value(const Place& place, std::uint32_t row) const {
    return place.source >= 0 ? input_.columns[static_cast<std::size_t>(place.source)][row] : place.constant;
  }

  bool fetch() {
    if (!child().next(input_)) return false;
    if (!has_via_ && via_edges() != nullptr) read_via();
    has_via_ = true;
    order_.resize(input_.rows);
    std::iota(order_.begin(), order_.end(), 0U);
    group_end_ = 0;
    if (subject_.source >= 0 || object_.source >= 0)
      std::stable_sort(order_.begin(), order_.end(),
                       [&](std::uint32_t a, std::uint32_t b) { return ends(a) < ends(b); });
    return true;
  }

  std::pair<Id, Id> ends(std::uint32_t row) const {
    return {subject_.known ? value(subject_, row) : kUnbound, object_.known ? value(object_, row) : kUnbound};
  }

  // The next rows with the same ends.
  void next_group() {
    group_ = group_end_;
    const auto these = ends(order_[group_]);
    while (group_end_ < order_.size() && ends(order_[group_end_]) == these) ++group_end_;
    if (!subject_.known && !object_.known) {
      if (via_edges() == nullptr)
        starts_.begin();
      else if (!has_via_starts_)
        read_via_starts();
      via_start_ = 0;
      more_starts_ = true;
    } else {
      begin(subject_.known ? std::optional(these.first) : std::nullopt,
            object_.known ? std::optional(these.second) : std::nullopt);
    }
  }

  // Both ends free: the next start.
  bool next_start() {
    if (!more_starts_) return false;
    context().check();
    Id from;
    if (via_edges() == nullptr)
      more_starts_ = starts_.next(from);
    else if ((more_starts_ = via_start_ < via_starts_.size()))
      from = via_starts_[via_start_++];
    if (more_starts_) begin(from, same_ ? std::optional(from) : std::nullopt);
    return more_starts_;
  }

  // One end at least is given.
  void begin(std::optional<Id> start, std::optional<Id> end) {
    searching_ = true;
    if (!only_reach_) {
      if (start && end)
        search_.between(*start, *end);
      else if (start)
        search_.from(*start);
      else
        search_.to(*end);
      return;
    }
    path_ = {start.value_or(kUnbound), end.value_or(kUnbound), {}};
    reached_.clear();
    next_reached_ = 0;
    from_start_ = start.has_value();
    reaching_ = !start || !end;
    if (reaching_)
      reach_.begin(start ? *start : *end, !start);
    else if (reach_.connects(*start, *end))
      reached_.push_back(*end);
  }

  bool find() {
    if (!only_reach_) {
      if (!search_.next(path_)) return false;
    } else {
      while (next_reached_ == reached_.size()) {
        if (!reaching_) return false;
        reached_.clear();
        next_reached_ = 0;
        reaching_ = reach_.more(reached_);
        account();
      }
      (from_start_ ? path_.end : path_.start) = reached_[next_reached_++];
    }
    has_path_ = true;
    row_ = group_;
    values_.assign(outputs_.size(), kUnbound);
    for (std::size_t i = 0; i < outputs_.size(); ++i)
      if (outputs_[i].target >= 0 || outputs_[i].known) values_[i] = output(i);
    return true;
  }

  Id output(std::size_t which) {
    ViaEdges* const via = via_edges();
    if (which == 1) {
      if (via == nullptr || !via->has_costs())
        return inline_integer(static_cast<std::int64_t>(path_.edges.size()));
      Number total = Number::integer(0);
      for (const PathEdge& edge : path_.edges) total = add(total, via->cost(edge));
      return intern_number(context(), total);
    }
    LocalTerms& terms = context().terms();
    elements_.clear();
    if (which == 2)
      elements_ = path_.nodes();
    else
      for (const PathEdge& edge : path_.edges)
        elements_.push_back(via != nullptr ? via->map(edge)
                                           : terms.intern_triple(edge.subject, edge.predicate, edge.object));
    for (Id element : elements_)
      if (!terms.fits(element)) return kUnbound;
    const Id list = terms.intern_composite(cdt::Kind::list, elements_);
    return outputs_[which].known || !spec_.composites[which] ? terms.settle(list) : list;
  }

  // The path beside each row of its group.
  void emit(Batch& batch, std::size_t most) {
    while (row_ < group_end_ && batch.rows < most) {
      const std::uint32_t row = order_[row_++];
      bool fits = true;
      for (std::size_t i = 0; i < outputs_.size(); ++i)
        fits = fits && (!outputs_[i].known || value(outputs_[i], row) == values_[i]);
      if (!fits) continue;
      const std::size_t at = batch.rows++;
      for (std::size_t i = 0; i < width_; ++i) batch.columns[i][at] = input_.columns[i][row];
      put(batch, at, subject_, path_.start);
      put(batch, at, object_, path_.end);
      for (std::size_t i = 0; i < outputs_.size(); ++i) put(batch, at, outputs_[i], values_[i]);
    }
    has_path_ = row_ < group_end_;
  }

  static void put(Batch& batch, std::size_t row, const Place& place, Id id) {
    if (place.target >= 0) batch.columns[static_cast<std::size_t>(place.target)][row] = id;
  }

  void account() { reservation_.resize((via_starts_.capacity() + reached_.capacity()) * sizeof(Id)); }

  PathSearchSpec spec_;
  PathAutomaton automaton_;
  std::unique_ptr<EdgeSource> edges_;
  PathSearch search_;
  ReachSearch reach_;
  PathStarts starts_;
  std::size_t width_;  // of the input
  Place subject_;
  Place object_;
  std::vector<Place> outputs_;
  bool same_ = false;        // both ends are one variable
  bool only_reach_ = false;  // which path it is does not matter

  Batch input_;
  std::vector<std::uint32_t> order_;  // of the rows of the input, by their ends
  std::size_t group_ = 0;             // rows with the same ends
  std::size_t group_end_ = 0;
  bool more_starts_ = false;  // both ends are free
  std::vector<Id> via_starts_;
  std::size_t via_start_ = 0;
  bool has_via_starts_ = false;
  bool has_via_ = false;
  bool searching_ = false;
  std::vector<Id> reached_;
  std::size_t next_reached_ = 0;
  bool reaching_ = false;  // more may be reached
  bool from_start_ = false;
  bool has_path_ = false;
  FoundPath path_;
  std::vector<Id> values_;  // of the variables of AS
  std::vector<Id> elements_;
  std::size_t row_ = 0;        // the next of the group
  std::size_t most_rows_ = 1;  // of the next batch
  Reservation reservation_;
};

}  // namespace

OperatorPtr make_path_search(QueryContext& context, OperatorPtr input, PathSearchSpec spec,
                             PathAutomaton automaton, GraphScope scope, const Schema& columns) {
  return std::make_unique<PathSearchJoin>(context, std::move(input), std::move(spec), std::move(automaton),
                                          std::move(scope), columns);
}

}  // namespace dossier
