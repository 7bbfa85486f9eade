// Session::find_labels and the index of names in the public API.
#include <algorithm>
#include <chrono>
#include <queue>
#include <tuple>

#include "engine/labels/label_index.h"
#include "engine/labels/label_matcher.h"
#include "engine/labels/literal_places.h"
#include "engine/session_core.h"

namespace dossier {
namespace {

class LabelSearch {
 public:
  LabelSearch(QueryContext& context, FoldedLabels& memory, const FoldedText& wanted, const LabelOptions& options)
      : context_(context),
        snapshot_(context.snapshot()),
        memory_(memory),
        wanted_(wanted),
        options_(options),
        matcher_(wanted, options.weakest),
        hurries_(options.patience.count() > 0),
        end_(Clock::now() + options.patience) {}

  std::vector<LabelHit> run() {
    const auto settings = label_settings(snapshot_);
    std::vector<std::string> predicates;
    for (const Term& predicate : options_.predicates) predicates.emplace_back(predicate.value());
    if (predicates.empty()) predicates = settings ? settings->predicates : default_label_predicates();
    const bool indexed = settings && settings->rules == fold_rules();
    try {
      if (indexed && hurries_) {
        look_at_index();
      } else {
        look_at_all(predicates, indexed);
      }
    } catch (const OutOfPatience&) {
    }
    return hits(predicates);
  }

 private:
  struct OutOfPatience {};
  using Clock = std::chrono::steady_clock;

  void check() {
    context_.check();
    if (hurries_ && Clock::now() >= end_) throw OutOfPatience();
  }

  template <typename Take>
  void each_index_block(Take&& take) {
    snapshot_.each_label_record([&](std::string_view key, std::string_view block) {
      if (key.size() > 1) take(block);
      return true;
    });
  }

  // Without asking which literals are names: one that is none any more has no quad, so it is no hit.
  void look_at_index() {
    each_index_block([&](std::string_view block) {
      each_label_entry(block, [&](Id id, std::string_view text, bool consonantal) { look_at(id, text, consonantal); });
      check();
    });
  }

  void look_at_all(const std::vector<std::string>& predicates, bool indexed) {
    Reservation memory(context_.budget(), "the search for names");
    const auto tick = [&](std::uint64_t literals, std::uint64_t) {
      memory.resize(literals * (sizeof(Id) + 1));
      check();
    };
    const std::vector<Id> literals = label_literals(snapshot_, predicates, tick);
    LiteralPlaces places(literals);
    const auto take_block = [&](std::string_view block) {
      each_label_entry(block, [&](Id id, std::string_view text, bool consonantal) {
        if (places.take(id)) look_at(id, text, consonantal);
      });
      check();
    };
    if (indexed) each_index_block(take_block);
    // Ids of rows that are not committed may be given to other terms; they are not kept.
    const auto unchanged = snapshot_.unchanged({}, {});
    if (unchanged)
      for (const auto& block : memory_.get(unchanged->store)) take_block(*block);
    fold_missing(places.missing(), unchanged ? unchanged->store : nullptr);
  }

  struct Candidate {
    // Match, distance by sounds, distance by letters, letters.
    std::tuple<LabelMatch, std::uint32_t, std::uint32_t, std::size_t, Id> rank;
    friend bool operator<(const Candidate& a, const Candidate& b) { return a.rank < b.rank; }
  };

  void look_at(Id id, std::string_view text, bool consonantal) {
    if (!matcher_.may_fit(text)) return;
    const auto fit = matcher_.fit(text, consonantal);
    if (!fit) return;
    const std::uint32_t letters =
        fit->match == LabelMatch::similar ? LabelMatcher::edit_distance(wanted_.text, text) : 0;
    const std::tuple rank{fit->match, fit->distance, letters, text.size(), id};
    if (best_.size() >= options_.limit) {
      if (best_.empty() || rank > best_.top().rank) return;
      best_.pop();
    }
    best_.push({rank});
    // Nothing worse than the worst of enough hits is of use.
    if (best_.size() >= options_.limit) matcher_.narrow(std::get<0>(best_.top().rank));
  }

  void fold_missing(const std::vector<Id>& missing, const std::shared_ptr<const void>& store) {
    LabelBlockBuilder builder;
    FoldedLabels::Blocks blocks;
    TextFolder folder;
    const auto flush = [&] {
      if (!builder.bytes().empty()) blocks.push_back(std::make_shared<const std::string>(builder.bytes()));
      builder.clear();
    };
    const auto keep = [&] {
      flush();
      if (!blocks.empty()) memory_.add(store, std::move(blocks));
    };
    try {
      fold_labels(
          snapshot_, missing, folder,
          [&](Id id, const FoldedText& folded) {
            look_at(id, folded.text, folded.consonantal);
            if (store == nullptr) return;
            builder.add(id, folded.text, folded.consonantal);
            if (builder.full()) flush();
          },
          [&](std::uint64_t, std::uint64_t) { check(); });
    } catch (const OutOfPatience&) {
      keep();
      throw;
    }
    keep();
  }

  std::vector<LabelHit> hits(const std::vector<std::string>& predicates) {
    std::vector<Candidate> ranked;
    for (; !best_.empty(); best_.pop())
      if (ranked.empty() || best_.top().rank != ranked.back().rank) ranked.push_back(best_.top());
    std::reverse(ranked.begin(), ranked.end());
    std::vector<LabelHit> found;
    for (const Candidate& candidate : ranked) {
      const auto& [match, sounds, letters, length, object] = candidate.rank;
      LabelHit hit;
      hit.match = match;
      hit.distance = letters;
      hit.label = snapshot_.term(object);
      for (const std::string& predicate : predicates) {
        const Id id = snapshot_.find(kIriByte + predicate);
        if (!id.is_bound()) continue;
        hit.predicate = Term::iri(predicate);
        const auto cursor = snapshot_.scan({Permutation::posg, {id, object}, 2}, 1U << 2);
        RowBlock block;
        Id last = kUnbound;  // the same in several graphs
        while (cursor->next(block)) {
          context_.check();
          for (std::size_t i = 0; i < block.rows; ++i) {
            if (found.size() >= options_.limit) return found;
            if (block.columns[2][i] == last) continue;
            last = block.columns[2][i];
            hit.subject = snapshot_.term(last);
            found.push_back(hit);
          }
        }
      }
    }
    return found;
  }

  QueryContext& context_;
  const Snapshot& snapshot_;
  FoldedLabels& memory_;
  const FoldedText& wanted_;
  const LabelOptions& options_;
  LabelMatcher matcher_;
  bool hurries_;
  Clock::time_point end_;
  std::priority_queue<Candidate> best_;  // the worst of them on top
};

}  // namespace

std::vector<LabelHit> Session::find_labels(std::string_view text, const LabelOptions& options) {
  SessionCore& core = *state_->core;
  core.cancelled.store(false);
  QueryLimits limits;
  limits.timeout = options.timeout;
  limits.memory_bytes = options.memory_bytes;
  QueryContext context(core.snapshot(), limits, &core.cancelled);
  TextFolder folder;
  const FoldedText wanted = folder.fold(text);
  if (wanted.text.empty()) return {};
  return LabelSearch(context, core.store->folded_labels, wanted, options).run();
}

void Store::index_labels(const std::vector<Term>& predicates, const ProgressCallback& progress) {
  std::vector<std::string> iris;
  for (const Term& predicate : predicates) {
    if (!predicate.is_iri())
      throw QueryError("a predicate of names is an IRI, not " + predicate.to_string());
    iris.emplace_back(predicate.value());
  }
  if (iris.empty()) iris = default_label_predicates();
  Database& database = *state_->database;
  const auto place = database.writer_place();
  database.labels().make(*place, std::move(iris), [&](std::uint64_t done, std::uint64_t total) {
    if (progress && !progress({Stage::writing, done, total, 0}))
      throw LimitError(LimitError::Reason::cancelled, "the index of names was not finished; searches work without it");
  });
  if (progress) progress({Stage::done, 1, 1, 0});
}

bool Store::has_label_index() const {
  const auto settings = label_settings(*state_->database->snapshot());
  return settings && settings->rules == fold_rules();
}

std::vector<Term> Store::label_predicates() const {
  std::vector<Term> predicates;
  if (const auto settings = label_settings(*state_->database->snapshot()))
    for (const std::string& predicate : settings->predicates) predicates.push_back(Term::iri(predicate));
  return predicates;
}

std::optional<LabelIndexReport> Store::label_index() const {
  const auto snapshot = state_->database->snapshot();
  const auto settings = label_settings(*snapshot);
  if (!settings || settings->rules != fold_rules()) return std::nullopt;
  LabelIndexReport report;
  for (const std::string& predicate : settings->predicates) report.predicates.push_back(Term::iri(predicate));
  const LabelIndexSize size = label_index_size(*snapshot);
  report.labels = size.entries;
  report.missing = size.missing;
  report.bytes = size.bytes;
  return report;
}

}  // namespace dossier
