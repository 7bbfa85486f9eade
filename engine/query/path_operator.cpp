#include "engine/query/path_operator.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>

namespace dossier {
namespace {

// With both ends free: from the ends, when they are clearly fewer? Searching forwards, a start shares its
// places with those after it, so a small difference counts for nothing.
struct FreeDirection {
  double starts = 0;
  double ends = 0;
  explicit FreeDirection(const ReachSearch& search)
      : starts(search.estimated_starts(false)), ends(search.estimated_starts(true)) {}
  bool backwards() const { return ends * 2 < starts; }
  std::string text() const {
    return fmt::format("{} as about {:.0f} nodes may be starts and {:.0f} ends",
                       backwards() ? "backwards" : "forwards", starts, ends);
  }
};

// What explain says of a search; before it ran, what it would begin with.
std::string search_details(const PathAutomaton& automaton, const ReachSearch& search) {
  const SearchWork& work = search.work();
  std::string text = fmt::format("{} {}", automaton.states(), automaton.states() == 1 ? "state" : "states");
  if (work.levels == 0 && work.edges == 0) return text;
  text += fmt::format(", edges {} {}", work.edges, search.in_memory() ? "in memory" : "through the index");
  if (work.levels > 0) text += fmt::format(", levels {}, largest {}", work.levels, work.largest);
  if (const PathClosure* closure = search.condensed())
    text += fmt::format(", condensed to {} components with {} links", closure->components(),
                        closure->all_links());
  return text;
}

class PathJoin final : public Operator {
 public:
  PathJoin(QueryContext& context, OperatorPtr input, const Slot& subject, const Slot& object,
           PathAutomaton automaton, GraphScope scope, const Schema& columns)
      : Operator(context, extended(input->schema(), columns)),
        subject_(subject),
        object_(object),
        automaton_(std::move(automaton)),
        scope_(std::move(scope)),
        search_(std::in_place, context, automaton_, scope_),
        input_width_(input->schema().size()),
        reservation_(context.budget(), "path") {
    subject_source_ = subject.is_variable ? input->column(subject.variable) : -1;
    object_source_ = object.is_variable ? input->column(object.variable) : -1;
    subject_known_ = !subject.is_variable || subject_source_ >= 0;
    object_known_ = !object.is_variable || object_source_ >= 0;
    subject_output_ = subject_known_ ? -1 : column(subject.variable);
    object_output_ = object_known_ ? -1 : column(object.variable);
    same_ = subject.is_variable && object.is_variable && subject.variable == object.variable;
    if (!subject_known_ && !object_known_) free_.emplace(*search_);
    keep_batch(*input);
    add_child(std::move(input));
  }

  std::string name() const override { return "path"; }
  std::string details(const VariableTable& names) const override {
    const auto end = [&](const Slot& slot, bool known) {
      return (slot.is_variable ? "?" + names.name(slot.variable) : std::string("constant")) +
             (known ? "" : " (free)");
    };
    return "from " + end(subject_, subject_known_) + " to " + end(object_, object_known_) + ", " +
           direction() + ", " + search_details(automaton_, *search_);
  }

 protected:
  bool produce(Batch& batch) override {
    while (batch.rows < kBatchRows) {
      if (result_ < results_.size()) {
        emit(batch);
        continue;
      }
      if (searching_) {
        searching_ = search_->more(results_);
        reservation_.resize((starts_.capacity() + results_.capacity()) * sizeof(Id));
        continue;
      }
      if (next_start()) continue;
      if (position_ == order_.size()) {
        if (batch.rows != 0) return true;
        if (!fetch()) return false;
        continue;
      }
      row_ = order_[position_++];
      enter_row();
    }
    return true;
  }
  bool restart() override {
    search_.emplace(context(), automaton_, scope_);
    input_.rows = 0;
    order_.clear();
    position_ = 0;
    results_ = {};
    result_ = 0;
    searching_ = false;
    starts_ = {};
    start_ = 0;
    has_starts_ = has_last_ = false;
    reservation_.resize(0);
    return true;
  }

 private:
  std::string direction() const {
    if (subject_known_ && object_known_) return "from both ends as they are known";
    if (subject_known_) return "forwards as the start is known";
    if (object_known_) return "backwards as the end is known";
    return free_->text();
  }

  static Schema extended(Schema schema, const Schema& columns) {
    schema.insert(schema.end(), columns.begin(), columns.end());
    return schema;
  }

  Id value(const Slot& slot, int source) const {
    return source >= 0 ? input_.columns[static_cast<std::size_t>(source)][row_] : slot.id;
  }

  bool fetch() {
    if (!child().next(input_)) return false;
    order_.resize(input_.rows);
    std::iota(order_.begin(), order_.end(), 0U);
    position_ = 0;
    // Rows with the same start follow each other, so that one search serves them all.
    const int source = subject_source_ >= 0 ? subject_source_ : object_source_;
    if (source >= 0) {
      const auto& column = input_.columns[static_cast<std::size_t>(source)];
      std::stable_sort(order_.begin(), order_.end(),
                       [&](std::uint32_t a, std::uint32_t b) { return column[a] < column[b]; });
    }
    return true;
  }

  // Pairs of the current row: results_ holds the free end, or one entry when nothing is free.
  void enter_row() {
    result_ = 0;
    if (subject_known_ && object_known_) {
      const Id from = value(subject_, subject_source_);
      const Id to = value(object_, object_source_);
      if (!has_last_ || last_ != from || last_end_ != to) {
        last_ = from;
        last_end_ = to;
        has_last_ = true;
        last_connects_ =
            search_->connects(from, to) && (from != to || !subject_.is_variable || !object_.is_variable ||
                                           zero_length_counts(from, subject_));
      }
      results_.assign(last_connects_ ? 1 : 0, to);
    } else if (subject_known_ || object_known_) {
      const Id start = subject_known_ ? value(subject_, subject_source_) : value(object_, object_source_);
      if (!has_last_ || last_ != start) {
        last_ = start;
        has_last_ = true;
        if (zero_length_counts(start, subject_known_ ? subject_ : object_))
          search(start, !subject_known_);
        else
          results_.clear();
      }
    } else {
      results_.clear();
      if (!has_starts_) {
        starts_ = search_->sources(free_->backwards());
        has_starts_ = true;
        reservation_.resize(starts_.capacity() * sizeof(Id));
      }
      start_ = 0;
    }
  }

  // A path of no step leads from every node of the graph to itself, and from a constant of the query, but not
  // from a value that only another part of the query knows (SPARQL 18.4). Such a value has no edges either.
  bool zero_length_counts(Id node, const Slot& slot) {
    if (!slot.is_variable || !automaton_.accepts_empty()) return true;
    if (node.is_local()) return false;
    if (search_->knows(node)) return true;
    for (const Permutation permutation : {Permutation::spog, Permutation::ospg}) {
      ScanRange range;
      range.permutation = permutation;
      range.prefix[0] = node;
      range.prefix_length = 1;
      const auto cursor = context().snapshot().scan(range, 0b1000, &scan_counters_);
      RowBlock block;
      while (cursor->next(block)) {
        context().check();
        for (std::size_t i = 0; i < block.rows; ++i)
          if (scope_.contains(block.columns[3][i])) return true;
      }
    }
    return false;
  }

  void search(Id start, bool inverse) {
    results_.clear();
    search_->begin(start, inverse);
    searching_ = true;
  }

  // Both ends free: the next start.
  bool next_start() {
    if (subject_known_ || object_known_ || start_ == starts_.size()) return false;
    context().check();
    from_ = starts_[start_++];
    result_ = 0;
    if (same_)
      results_.assign(search_->connects(from_, from_) ? 1 : 0, from_);
    else
      search(from_, free_->backwards());
    return true;
  }

  void emit(Batch& batch) {
    const bool backwards = free_ ? free_->backwards() : object_known_;
    while (result_ < results_.size() && batch.rows < kBatchRows) {
      const std::size_t at = batch.rows++;
      const Id found = results_[result_++];
      for (std::size_t i = 0; i < input_width_; ++i) batch.columns[i][at] = input_.columns[i][row_];
      if (object_output_ >= 0)
        batch.columns[static_cast<std::size_t>(object_output_)][at] = backwards ? from_ : found;
      if (subject_output_ >= 0)
        batch.columns[static_cast<std::size_t>(subject_output_)][at] = backwards ? found : from_;
    }
  }

  Slot subject_;
  Slot object_;
  PathAutomaton automaton_;
  GraphScope scope_;
  std::optional<ReachSearch> search_;
  std::size_t input_width_;
  int subject_source_ = -1;
  int object_source_ = -1;
  int subject_output_ = -1;
  int object_output_ = -1;
  bool subject_known_ = false;
  bool object_known_ = false;
  bool same_ = false;
  std::optional<FreeDirection> free_;  // both ends are

  Batch input_;
  std::vector<std::uint32_t> order_;
  std::size_t position_ = 0;
  std::uint32_t row_ = 0;
  std::vector<Id> results_;
  std::size_t result_ = 0;
  bool searching_ = false;  // there may be more results
  std::vector<Id> starts_;
  std::size_t start_ = 0;
  bool has_starts_ = false;
  Id from_;
  bool has_last_ = false;
  Id last_;
  Id last_end_;
  bool last_connects_ = false;
  Reservation reservation_;
};

class PathCount final : public Operator {
 public:
  PathCount(QueryContext& context, Variable output, PathAutomaton automaton, GraphScope scope)
      : Operator(context, {output}),
        automaton_(std::move(automaton)),
        scope_(std::move(scope)),
        search_(std::in_place, context, automaton_, scope_),
        direction_(*search_) {
    set_estimated_rows(1);
  }

  std::string name() const override { return "path count"; }
  std::string details(const VariableTable&) const override {
    return "of all pairs, " + direction_.text() + ", " + search_details(automaton_, *search_);
  }

 protected:
  bool produce(Batch& batch) override {
    if (done_) return false;
    done_ = true;
    std::string bytes;
    append_literal_bytes(bytes, std::to_string(search_->count(direction_.backwards())), iri::kXsdInteger);
    batch.columns[0][0] = context().terms().intern(bytes);
    batch.rows = 1;
    return true;
  }
  bool restart() override {
    search_.emplace(context(), automaton_, scope_);
    done_ = false;
    return true;
  }

 private:
  PathAutomaton automaton_;
  GraphScope scope_;
  std::optional<ReachSearch> search_;
  FreeDirection direction_;
  bool done_ = false;
};

}  // namespace

OperatorPtr make_path_count(QueryContext& context, Variable output, PathAutomaton automaton,
                            GraphScope scope) {
  return std::make_unique<PathCount>(context, output, std::move(automaton), std::move(scope));
}

OperatorPtr make_path_join(QueryContext& context, OperatorPtr input, const Slot& subject, const Slot& object,
                           PathAutomaton automaton, GraphScope scope, const Schema& columns) {
  return std::make_unique<PathJoin>(context, std::move(input), subject, object, std::move(automaton),
                                    std::move(scope), columns);
}

}  // namespace dossier
