// Random sequences of API calls on a store, and the same on a set of quads in memory (quad_model.h): after
// each call the store must hold just these, in every permutation, by every pattern, in every count.
//
// Purpose: inserts and erasures one by one and many together, transactions, updates by data, by patterns and
// of whole graphs, loads that commit and loads that ingest, folds, compactions, reopening, calls that must
// fail; blank nodes, triple terms, literals of all kinds. A sequence that fails is made shorter, and its
// calls are printed. The long run:
//   RC_PARAMS='max_success=10000' build/release/tests/model_test
// (RapidCheck's parameters; a failure prints those that repeat it.)
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <set>

#include <fmt/format.h>

#include "engine/session_core.h"
#include "tests/crash/compare_model.h"
#include "tests/crash/memory_kv.h"
#include "tests/crash/quad_model.h"
#include "tests/program.h"
#include "tests/quad_text.h"

namespace dossier::test {
namespace {

using dossier::testing::TemporaryFolder;

enum class Place { own, memory, disk };

enum class Action {
  insert,
  insert_many,
  insert_nodes,
  erase,
  begin,
  commit,
  rollback,
  update_data,
  update_pattern,
  update_graphs,
  update_fails,
  session_load,
  store_load,
  ingest,
  compact,
  fold,
  reopen,
  keep_snapshot,
  look_from_beside,
};
constexpr const char* kActionNames[] = {"insert",         "insert_many",   "insert_nodes",    "erase",
                                        "begin",          "commit",        "rollback",        "update_data",
                                        "update_pattern", "update_graphs", "update_fails",    "session_load",
                                        "store_load",     "ingest",        "compact",         "fold",
                                        "reopen",         "keep_snapshot", "look_from_beside"};

// A call; its arguments are drawn from the seed and what the model holds at that time.
struct Step {
  Action action = Action::insert;
  std::uint32_t seed = 0;
  int size = 0;
};
std::ostream& operator<<(std::ostream& out, const Step& step) {
  return out << kActionNames[static_cast<int>(step.action)] << '(' << step.seed << ", " << step.size << ')';
}

rc::Gen<Step> any_step() {
  const auto action = rc::gen::weightedElement<Action>({{6, Action::insert},
                                                        {3, Action::insert_many},
                                                        {3, Action::insert_nodes},
                                                        {6, Action::erase},
                                                        {4, Action::begin},
                                                        {4, Action::commit},
                                                        {2, Action::rollback},
                                                        {4, Action::update_data},
                                                        {5, Action::update_pattern},
                                                        {2, Action::update_graphs},
                                                        {1, Action::update_fails},
                                                        {2, Action::session_load},
                                                        {2, Action::store_load},
                                                        {2, Action::ingest},
                                                        {2, Action::compact},
                                                        {3, Action::fold},
                                                        {2, Action::reopen},
                                                        {2, Action::keep_snapshot},
                                                        {3, Action::look_from_beside}});
  return rc::gen::build<Step>(
      rc::gen::set(&Step::action, action),
      rc::gen::set(&Step::seed, rc::gen::noShrink(rc::gen::arbitrary<std::uint32_t>())),
      rc::gen::set(&Step::size, rc::gen::inRange(1, 20)));
}

// Rows that a load reads before it ingests files instead of committing.
constexpr int kIngestRows = 2100;

std::string text_of(const std::vector<Quad>& quads) {
  std::string text;
  for (const Quad& quad : quads) {
    const std::string triple =
        quad.subject.to_string() + " " + quad.predicate.to_string() + " " + quad.object.to_string();
    text += quad.graph ? "GRAPH " + quad.graph->to_string() + " { " + triple + " }\n" : triple + " .\n";
  }
  return text;
}

using Labels = std::map<std::string, Term>;  // of a request or transaction -> the node as the store labels it

Term with_labels(const Term& term, const Labels& labels) {
  if (term.is_triple())
    return Term::triple(with_labels(term.subject(), labels), term.predicate(),
                        with_labels(term.object(), labels));
  if (!term.is_blank()) return term;
  const auto found = labels.find(std::string(term.value()));
  return found == labels.end() ? term : found->second;
}
Quad with_labels(Quad quad, const Labels& labels) {
  quad.subject = with_labels(quad.subject, labels);
  quad.object = with_labels(quad.object, labels);
  if (quad.graph) quad.graph = with_labels(*quad.graph, labels);
  return quad;
}

class Run {
 public:
  explicit Run(Place place) : place_(place) {
    if (place == Place::own) own_ = make_memory_kv();
    open();
  }
  ~Run() { close(); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  void take(const Step& step) {
    Random random(step.seed);
    trace_ += fmt::format("{}{}\n", kActionNames[static_cast<int>(step.action)],
                          open_ ? " (in a transaction)" : "");
    const std::uint64_t sequence = database_->totals().sequence;
    const QuadModel before = committed_;
    times_told_ = 0;
    act(step, random);
    check_commits(sequence, before);
    compare_snapshot(*core_->snapshot(), view(), "the session");
    if (open_) compare_snapshot(*database_->snapshot(), committed_, "others during the transaction");
    if (kept_ && random() % 4 == 0) compare_snapshot(*kept_, kept_model_, "a snapshot that was kept");
    check_patterns(random);
    for (const std::string& finding : store_->check()) differ("check: " + finding);
  }
  const std::string& trace() const { return trace_; }

 private:
  const QuadModel& view() const { return open_ ? working_ : committed_; }
  QuadModel& view() { return open_ ? working_ : committed_; }
  void say(const std::string& what) { trace_ += "    " + what + "\n"; }

  // ---- opening and closing

  void open() {
    OpenOptions options;
    options.durability = Durability::none;
    state_ = std::make_shared<Store::State>();
    state_->options = options;
    state_->adjacencies = std::make_unique<AdjacencyCache>(options.adjacency_bytes);
    state_->plans = std::make_unique<PlanCache>(options.kept_plans);
    state_->database = own_ ? std::make_unique<Database>(own_, "own", options)
                            : Database::open(place_ == Place::memory ? ":memory:" : folder_ / "db", options);
    database_ = state_->database.get();
    store_.emplace(state_);
    subscription_.emplace(store_->on_commit([this](const ChangeSet& change) {
      ++times_told_;
      told_added_.clear();
      told_removed_.clear();
      for (QuadCursor cursor = change.added(); cursor.next();) told_added_.insert(key_of(cursor.quad()));
      for (QuadCursor cursor = change.removed(); cursor.next();) told_removed_.insert(key_of(cursor.quad()));
    }));
    new_session();
  }
  void new_session() {
    session_.reset();
    core_ = std::make_shared<SessionCore>();
    core_->store = state_;
    auto session = std::make_unique<Session::State>();
    session->core = core_;
    session_.emplace(std::move(session));
  }
  void close() {
    session_.reset();
    core_.reset();
    subscription_.reset();
    store_.reset();
    state_.reset();
  }
  void end_transaction(bool commits) {
    if (open_ && commits) committed_ = working_;
    open_ = false;
    labels_.clear();
  }

  // ---- calls

  void act(const Step& step, Random& random) {
    switch (step.action) {
      case Action::insert:
        return insert({random_quad(random, view())}, random);
      case Action::insert_many:
        return insert(quads(random, step.size), random);
      case Action::insert_nodes:
        return insert(quads_of_nodes(random, step.size), random);
      case Action::erase:
        return erase(random);
      case Action::begin:
        return begin();
      case Action::commit:
        return commit();
      case Action::rollback:
        return rollback();
      case Action::update_data:
        return update_data(random, step.size);
      case Action::update_pattern:
        return update_pattern(random);
      case Action::update_graphs:
        return update_graphs(random);
      case Action::update_fails:
        return update_fails(random, step.size);
      case Action::session_load:
        return session_load(random, step.size);
      case Action::store_load:
        return store_load(random, step.size, false);
      case Action::ingest:
        return store_load(random, step.size, true);
      case Action::compact:
        return compact();
      case Action::fold:
        if (!open_) database_->fold(*database_->writer_place());
        return;
      case Action::reopen:
        end_transaction(false);
        if (place_ == Place::memory) return new_session();  // its transaction ends with it
        if (place_ == Place::disk) kept_.reset();           // a snapshot keeps the store open
        close();
        return open();
      case Action::keep_snapshot:
        kept_ = core_->snapshot();
        kept_model_ = view();
        return;
      case Action::look_from_beside:
        return look_from_beside();
    }
  }

  std::vector<Quad> quads(Random& random, int count) {
    std::vector<Quad> result;
    for (int i = 0; i < count; ++i) result.push_back(random_quad(random, view()));
    return result;
  }
  // With labels that the store has not given; in a transaction the same label is the same node.
  std::vector<Quad> quads_of_nodes(Random& random, int count) {
    std::vector<Quad> result = quads(random, count);
    for (Quad& quad : result) {
      const Term node = Term::blank("n" + std::to_string(random() % 3));
      switch (random() % 5) {
        case 0:
          quad.subject = node;
          break;
        case 1:
          quad.object = node;
          break;
        case 2:
          quad.object = Term::triple(node, e("p0"), Term::triple(random_iri(random), e("p1"), node));
          break;
        case 3:
          quad.graph = node;
          break;
        default:
          break;
      }
    }
    return result;
  }
  static void collect_labels(const Term& term, std::set<std::string>& labels) {
    if (term.is_triple()) {
      collect_labels(term.subject(), labels);
      collect_labels(term.object(), labels);
    } else if (term.is_blank() && term.value().starts_with('n')) {
      labels.emplace(term.value());
    }
  }
  // Adds a quad for each label without a node, by which the label that the store gives it is found
  // afterwards.
  void add_markers(std::vector<Quad>& quads, const Labels& known) {
    std::set<std::string> labels;
    for (const Quad& quad : quads) {
      collect_labels(quad.subject, labels);
      collect_labels(quad.object, labels);
      if (quad.graph) collect_labels(*quad.graph, labels);
    }
    markers_.clear();
    for (const std::string& label : labels) {
      if (known.contains(label)) continue;
      markers_[label] = Term::literal("node " + std::to_string(++nodes_));
      quads.push_back({Term::blank(label), e("marker"), markers_[label], {}});
    }
  }
  void find_nodes(Labels& labels) {
    for (const auto& [label, marker] : markers_) {
      QuadPattern pattern;
      pattern.predicate = e("marker");
      pattern.object = marker;
      QuadCursor cursor = session_->match(pattern);
      if (!cursor.next()) differ("the marker of _:" + label + " is not there");
      labels[label] = cursor.quad().subject;
      if (cursor.next()) differ("the marker of _:" + label + " is there twice");
    }
  }
  std::uint64_t add_to_model(const std::vector<Quad>& quads, const Labels& labels) {
    std::uint64_t added = 0;
    for (const Quad& quad : quads) {
      const Quad stored = with_labels(quad, labels);
      added += view().emplace(key_of(stored), stored).second;
    }
    return added;
  }

  void insert(std::vector<Quad> quads, Random& random) {
    Labels labels = labels_;
    add_markers(quads, labels);
    say(text_of(quads));
    std::uint64_t added = 0;
    if (quads.size() == 1 || (open_ && random() % 2 == 0)) {
      for (const Quad& quad : quads) added += session_->insert(quad);
    } else {
      added = session_->insert(quads);
    }
    find_nodes(labels);
    require_equal(added, add_to_model(quads, labels), "the number of quads that were not there");
    if (open_) labels_ = labels;
  }

  void erase(Random& random) {
    Quad quad = random_quad(random, view());
    const bool there = view().erase(key_of(quad)) > 0;
    // In its transaction a node answers to both of its labels.
    for (const auto& [label, node] : labels_)
      if (random() % 2 == 0) quad = with_labels(quad, {{std::string(node.value()), Term::blank(label)}});
    say(text_of({quad}));
    require_equal(session_->erase(quad), there, "was it there");
  }

  void begin() {
    if (open_) return expect_refused<QueryError>([&] { session_->begin(); });
    session_->begin();
    open_ = true;
    working_ = committed_;
  }
  void commit() {
    if (!open_) return expect_refused<QueryError>([&] { session_->commit(); });
    session_->commit();
    end_transaction(true);
  }
  void rollback() {
    if (!open_) return expect_refused<QueryError>([&] { session_->rollback(); });
    session_->rollback();
    end_transaction(false);
  }
  template <typename Exception, typename Call>
  void expect_refused(Call call) {
    try {
      call();
    } catch (const Exception&) {
      return;
    }
    differ("the call was not refused");
  }

  void update(const std::string& text) {
    say(text);
    session_->update(text);
  }

  void update_data(Random& random, int size) {
    std::vector<Quad> erased;
    std::vector<Quad> inserted;
    for (int i = 0; i < size; ++i)
      (random() % 3 == 0 ? erased : inserted).push_back(random_ground_quad(random, view()));
    if (random() % 3 == 0 && !inserted.empty()) inserted.front().subject = Term::blank("n0");
    add_markers(inserted, {});  // a label of a request is a node of that request alone
    const bool erase_first = random() % 2 == 0;
    const std::string insert_data = "INSERT DATA {\n" + text_of(inserted) + "}";
    const std::string delete_data = "DELETE DATA {\n" + text_of(erased) + "}";
    update(erase_first ? delete_data + " ;\n" + insert_data : insert_data + " ;\n" + delete_data);
    Labels labels;
    find_nodes(labels);
    if (!erase_first) add_to_model(inserted, labels);
    for (const Quad& quad : erased) view().erase(key_of(quad));
    if (erase_first) add_to_model(inserted, labels);
  }

  void update_pattern(Random& random) {
    const Term p = e("p" + std::to_string(random() % 4));
    const Term q = e("p" + std::to_string(random() % 4));
    const Term g = graph(static_cast<int>(random() % kGraphs));
    const auto in_default = [](const Quad& quad) { return !quad.graph; };
    const auto with_p = [&](const Quad& quad) { return key_of(quad.predicate) == key_of(p); };
    std::vector<Quad> found;
    const auto find = [&](auto&& which) {
      for (const auto& [key, quad] : view())
        if (which(quad)) found.push_back(quad);
    };
    const auto erase_found = [&] {
      for (const Quad& quad : found) view().erase(key_of(quad));
    };
    switch (random() % 6) {
      case 0:
        update(fmt::format("DELETE WHERE {{ GRAPH ?g {{ ?s {} ?o }} }}", p.to_string()));
        remove_where(view(), [&](const Quad& quad) { return !in_default(quad) && with_p(quad); });
        return;
      case 1:
        update(fmt::format("DELETE {{ ?s {0} ?o }} INSERT {{ ?s {1} ?o }} WHERE {{ ?s {0} ?o }}",
                           p.to_string(), q.to_string()));
        find([&](const Quad& quad) { return in_default(quad) && with_p(quad); });
        erase_found();
        for (Quad& quad : found) quad.predicate = q;
        add_to_model(found, {});
        return;
      case 2:
        update("DELETE { ?s ?p ?o } WHERE { ?s ?p ?o FILTER (isLiteral(?o)) }");
        remove_where(view(), [&](const Quad& quad) { return in_default(quad) && quad.object.is_literal(); });
        return;
      case 3:
        update(fmt::format("INSERT {{ GRAPH {} {{ ?s ?p ?o }} }} WHERE {{ ?s ?p ?o }}", g.to_string()));
        find(in_default);
        for (Quad& quad : found) quad.graph = g;
        add_to_model(found, {});
        return;
      case 4:
        update(fmt::format(
            "WITH {} DELETE {{ ?s ?p ?o }} INSERT {{ ?s {} ?o }} WHERE {{ ?s ?p ?o FILTER (isIRI(?s)) }}",
            g.to_string(), q.to_string()));
        find([&](const Quad& quad) {
          return quad.graph && key_of(*quad.graph) == key_of(g) && quad.subject.is_iri();
        });
        erase_found();
        for (Quad& quad : found) quad.predicate = q;
        add_to_model(found, {});
        return;
      default:
        update(fmt::format("INSERT {{ ?s {} <<( ?s {} ?o )>> }} WHERE {{ ?s {} ?o FILTER (isIRI(?o)) }}",
                           q.to_string(), p.to_string(), p.to_string()));
        find([&](const Quad& quad) { return in_default(quad) && with_p(quad) && quad.object.is_iri(); });
        for (Quad& quad : found) {
          quad.object = Term::triple(quad.subject, p, quad.object);
          quad.predicate = q;
        }
        add_to_model(found, {});
        return;
    }
  }

  void update_graphs(Random& random) {
    const Term from = graph(static_cast<int>(random() % kGraphs));
    const Term to = graph(static_cast<int>(random() % kGraphs));
    const auto in = [](const Term& name) {
      return [key = key_of(name)](const Quad& quad) { return quad.graph && key_of(*quad.graph) == key; };
    };
    const auto kind = random() % 7;
    switch (kind) {
      case 0:
        update("CLEAR DEFAULT");
        remove_where(view(), [](const Quad& quad) { return !quad.graph; });
        return;
      case 1:
        update("DROP NAMED");
        remove_where(view(), [](const Quad& quad) { return quad.graph.has_value(); });
        return;
      case 2:
        update("CLEAR ALL");
        view().clear();
        return;
      case 3:
        update("DROP SILENT GRAPH " + from.to_string());
        remove_where(view(), in(from));
        return;
      default: {
        std::vector<Quad> moved;
        for (const auto& [key, quad] : view())
          if (in(from)(quad)) moved.push_back(quad);
        if (moved.empty()) return;  // whether it then is an error is not for here
        constexpr const char* kVerbs[] = {"COPY", "MOVE", "ADD"};
        update(fmt::format("{} {} TO {}", kVerbs[kind - 4], from.to_string(), to.to_string()));
        if (from == to) return;
        if (kind != 6) remove_where(view(), in(to));
        if (kind == 5) remove_where(view(), in(from));
        for (Quad& quad : moved) quad.graph = to;
        add_to_model(moved, {});
        return;
      }
    }
  }

  // A call that fails at its end leaves nothing of its beginning, and the transaction as it was.
  void update_fails(Random& random, int size) {
    std::vector<Quad> inserted;
    for (int i = 0; i < size; ++i) inserted.push_back(random_ground_quad(random, {}));
    if (random() % 2 == 0) {
      expect_refused<Error>([&] {
        update("INSERT DATA {\n" + text_of(inserted) + "} ; CLEAR DEFAULT ; LOAD <file:///there/is/none.nt>");
      });
    } else {
      for (Quad& quad : quads_of_nodes(random, size)) inserted.push_back(quad);
      const std::string text = test::nquads_of(inserted) + "no quad\n";
      say(text);
      const std::string file = folder_.file("bad.nq", text);
      expect_refused<DataError>([&] { session_->load({file}); });
    }
    require_equal(session_->in_transaction(), open_, "is the transaction still open");
  }

  void session_load(Random& random, int size) {
    auto loaded = quads_for_file(random, size);
    say(test::nquads_of(loaded));
    const std::string file = folder_.file("load.nq", test::nquads_of(loaded));
    const LoadReport report = session_->load({file});
    Labels labels;
    find_nodes(labels);
    require_equal(report.quads, loaded.size(), "quads read");
    require_equal(report.added, add_to_model(loaded, labels), "quads added by the load");
  }

  // `ingest`: so many rows that files are ingested; most are there several times, so that the model stays
  // small.
  void store_load(Random& random, int size, bool ingest) {
    auto loaded = quads_for_file(random, size);
    say(test::nquads_of(loaded));
    std::string text = test::nquads_of(loaded);
    if (ingest) {
      const std::string once = text;
      for (std::size_t rows = loaded.size(); rows < kIngestRows; rows += loaded.size()) text += once;
    }
    LoadOptions options;
    if (random() % 2 == 0) options.memory_bytes = std::size_t{1} << 16;  // it spills
    const auto load = [&] { return store_->load_text(text, Format::nq, options); };
    if (open_) return expect_refused<StorageError>(load);
    const LoadReport report = load();
    Labels labels;
    find_nodes(labels);
    require_equal(report.added, add_to_model(loaded, labels), "quads added by the load");
  }
  // Labels of a file are its own: none of the store's may stand in it.
  std::vector<Quad> quads_for_file(Random& random, int size) {
    std::vector<Quad> loaded;
    const Labels none = {{"n0", e("n")}, {"n1", e("n")}, {"n2", e("n")}};
    for (const Quad& quad : quads_of_nodes(random, size))
      loaded.push_back(has_blank(with_labels(quad, none)) ? random_ground_quad(random, view()) : quad);
    add_markers(loaded, {});
    return loaded;
  }

  void compact() {
    if (open_) return expect_refused<StorageError>([&] { store_->compact(); });
    store_->compact();
    // What else is an estimate has been counted.
    std::set<std::string> subjects;
    std::set<std::string> objects;
    std::map<std::string, std::pair<std::set<std::string>, std::set<std::string>>> by_predicate;
    for (const auto& [key, quad] : committed_) {
      subjects.insert(key_of(quad.subject));
      objects.insert(key_of(quad.object));
      by_predicate[key_of(quad.predicate)].first.insert(key_of(quad.subject));
      by_predicate[key_of(quad.predicate)].second.insert(key_of(quad.object));
    }
    const StoreStatistics statistics = store_->statistics();
    require_equal(statistics.distinct_subjects, subjects.size(), "distinct subjects");
    require_equal(statistics.distinct_objects, objects.size(), "distinct objects");
    for (const auto& predicate : statistics.by_predicate) {
      const auto& expected = by_predicate[key_of(predicate.predicate)];
      require_equal(predicate.distinct_subjects, expected.first.size(), "distinct subjects of a predicate");
      require_equal(predicate.distinct_objects, expected.second.size(), "distinct objects of a predicate");
    }
  }

  // What another opener of a store on disk sees once it has caught up. It stays open while the writer opens
  // it again.
  void look_from_beside() {
    if (place_ != Place::disk) return;
    if (!beside_) {
      OpenOptions options;
      options.read_only = true;
      beside_ = Database::open(folder_ / "db", options);
    } else {
      const bool changed = database_->totals().sequence != beside_->totals().sequence;
      require_equal(beside_->refresh(), changed, "is there another commit");
    }
    compare_snapshot(*beside_->snapshot(), committed_, "a reader beside");
  }

  // ---- comparing

  // A call makes a commit if it changed something; the log and the listener tell what.
  void check_commits(std::uint64_t sequence, const QuadModel& before) {
    const std::uint64_t now = database_->totals().sequence;
    std::set<std::string> added;
    std::set<std::string> removed;
    for (const auto& [key, quad] : committed_)
      if (!before.contains(key)) added.insert(key);
    for (const auto& [key, quad] : before)
      if (!committed_.contains(key)) removed.insert(key);
    if (now == sequence) {
      if (!added.empty() || !removed.empty()) differ("no commit was made");
      return;
    }
    require_equal(now, sequence + 1, "the number of the commit");
    require_equal(times_told_, 1, "calls of the listener");
    if (told_added_ != added || told_removed_ != removed) differ("the listener was told something else");
    const Commit commit = store_->log(1).at(0);
    require_equal(commit.sequence, now, "the number in the log");
    require_equal(commit.added, added.size(), "quads added, by the log");
    require_equal(commit.removed, removed.size(), "quads removed, by the log");
    require_equal(commit.quads, committed_.size(), "quads, by the log");
  }

  // All combinations of bound places, by a cursor and by a query.
  void check_patterns(Random& random) {
    const Quad like = random_quad(random, view());
    QueryOptions options;
    for (unsigned bound = 0; bound < 16; ++bound) {
      std::set<std::string> expected;
      std::uint64_t in_named = 0;
      for (const auto& [key, quad] : view()) {
        if (!matches(quad, like, bound)) continue;
        expected.insert(key);
        in_named += quad.graph.has_value();
      }
      QuadPattern pattern;
      options.parameters.clear();
      const auto bind = [&](unsigned bit, const char* name, const Term& term, std::optional<Term>& place) {
        if ((bound & bit) == 0) return;
        place = term;
        options.parameters.emplace_back(name, term);
      };
      bind(1, "s", like.subject, pattern.subject);
      bind(2, "p", like.predicate, pattern.predicate);
      bind(4, "o", like.object, pattern.object);
      if (like.graph) bind(8, "g", *like.graph, pattern.graph);
      pattern.any_graph = (bound & 8) == 0;
      std::uint64_t rows = 0;
      for (QuadCursor cursor = session_->match(pattern); cursor.next(); ++rows)
        if (!expected.contains(key_of(cursor.quad())))
          differ(fmt::format("match {}: {} does not match {}", bound, key_of(cursor.quad()), key_of(like)));
      require_equal(rows, expected.size(), fmt::format("match {} {}", bound, key_of(like)));

      const bool by_graph = (bound & 8) == 0 || like.graph.has_value();
      Result result = session_->query(by_graph ? "SELECT (COUNT(*) AS ?count) { GRAPH ?g { ?s ?p ?o } }"
                                               : "SELECT (COUNT(*) AS ?count) { ?s ?p ?o }",
                                      options);
      if (!result.next()) differ("a count has no row");
      require_equal(result.get(0)->as_integer().value(),
                    static_cast<std::int64_t>(by_graph ? in_named : expected.size()),
                    fmt::format("count {} {}", bound, key_of(like)));
    }
  }

  Place place_;
  TemporaryFolder folder_;
  std::shared_ptr<KeyValueStore> own_;
  std::shared_ptr<Store::State> state_;
  Database* database_ = nullptr;
  std::optional<Store> store_;
  std::optional<Subscription> subscription_;
  std::shared_ptr<SessionCore> core_;
  std::optional<Session> session_;

  QuadModel committed_;
  QuadModel working_;  // in the transaction
  bool open_ = false;
  Labels labels_;                        // of the transaction
  std::map<std::string, Term> markers_;  // of the call
  int nodes_ = 0;
  std::unique_ptr<Database> beside_;
  std::shared_ptr<const Snapshot> kept_;
  QuadModel kept_model_;
  int times_told_ = 0;
  std::set<std::string> told_added_;
  std::set<std::string> told_removed_;
  std::string trace_;
};

// Sequences are shorter where a step takes longer: on disk most of them wait for fsync.
bool follows_the_model(Place place, double share) {
  return rc::check([place, share] {
    const auto steps = *rc::gen::scale(share, rc::gen::container<std::vector<Step>>(any_step()));
    Run run(place);
    for (const Step& step : steps) {
      try {
        run.take(step);
      } catch (const std::exception& error) {
        RC_FAIL(run.trace() + "    " + error.what());
      }
    }
  });
}

TEST(Model, OnTheTestsOwnKeyValueStore) {
  EXPECT_TRUE(follows_the_model(Place::own, 1));
}
TEST(Model, OnRocksDbInMemory) {
  EXPECT_TRUE(follows_the_model(Place::memory, 0.5));
}
TEST(Model, OnDisk) {
  EXPECT_TRUE(follows_the_model(Place::disk, 0.25));
}

}  // namespace
}  // namespace dossier::test

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  setenv("RC_PARAMS", "max_success=25", 0);
  return RUN_ALL_TESTS();
}
