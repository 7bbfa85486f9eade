#include <algorithm>
#include <array>
#include <string>
#include <thread>
#include <unordered_map>

#include "engine/cdt/labels.h"
#include "engine/session_core.h"
#include "engine/store/insert_file.h"
#include "engine/store/term_batch.h"
#include "grammar/parse.h"

namespace dossier {
namespace {

[[noreturn]] void rethrow(const grammar::SyntaxError& error) {
  throw ParseError(error.what(), error.line(), error.column(), error.at_end());
}

grammar::ParseOptions parse_options(const QueryOptions& options) {
  return {options.base, options.prefixes};
}

QueryLimits limits_of(const QueryOptions& options) {
  QueryLimits limits;
  limits.timeout = options.timeout;
  limits.memory_bytes = options.memory_bytes;
  // Asking the system takes longer than to parse a small query.
  static const unsigned kProcessors = std::max(1u, std::thread::hardware_concurrency());
  limits.threads = options.threads > 0 ? options.threads : kProcessors;
  limits.parallel_rows = options.parallel_rows;
  return limits;
}

ExecuteOptions execute_options(const QueryOptions& options) {
  return {options.union_default_graph, options.parameters, options.load_files, options.progress};
}

// What a plan depends on besides the store.
std::string plan_key(std::string_view text, const QueryOptions& options) {
  const QueryLimits limits = limits_of(options);
  std::string key(text);
  const auto add = [&key](std::string_view part) { key.append(1, '\0').append(part); };
  add(options.base);
  for (const auto& [prefix, iri] : options.prefixes) {
    add(prefix);
    add(iri);
  }
  const std::array<std::uint64_t, 6> numbers = {text.size(),          options.prefixes.size(),
                                                limits.memory_bytes,  limits.threads,
                                                limits.parallel_rows, options.union_default_graph ? 1U : 0U};
  add({reinterpret_cast<const char*>(numbers.data()), sizeof numbers});
  for (const auto& [name, term] : options.parameters) {
    add(name);
    add(term.to_string());
  }
  return key;
}

void report_to(Result::State& state, const QueryOptions& options) {
  if (!options.progress) return;
  state.planned.context->report_to([callback = options.progress, of = &state] {
    Progress progress;
    progress.stage = Stage::answering;
    progress.done = of->planned.context->scanned();
    progress.rows = of->fetched_rows;
    return callback(progress);
  });
}

// The store's own labels name their nodes; any other label names a node that is new with this transaction.
Id intern_blank(SessionCore& core, std::string_view label) {
  const auto known = core.blank_labels.find(std::string(label));
  if (known != core.blank_labels.end()) return known->second;
  const Term term = Term::blank(label);
  Id id = find_term(*core.before, term);
  if (!id.is_bound()) id = find_term(*core.transaction->snapshot(), term);
  if (!id.is_bound()) id = core.transaction->fresh_blank();
  core.blank_labels.emplace(label, id);
  return id;
}

// A literal that is about to be written: the labels in a list or map become those of the store.
std::string_view with_stored_labels(SessionCore& core, std::string& storage, std::string_view bytes) {
  return cdt::rename_labels(storage, bytes,
                            [&](std::string_view label) { return stored_label(intern_blank(core, label)); });
}

// The id of a term that is about to be written; new terms and blank nodes are made.
Id intern_term(SessionCore& core, const Term& term) {
  WriteTransaction& transaction = *core.transaction;
  if (term.is_triple()) {
    const Id subject = intern_term(core, term.subject());
    const Id predicate = intern_term(core, term.predicate());
    return transaction.intern_triple(subject, predicate, intern_term(core, term.object()));
  }
  if (term.is_blank()) return intern_blank(core, term.value());
  std::string bytes;
  append_term_bytes(bytes, term);
  std::string storage;
  return transaction.intern(with_stored_labels(core, storage, bytes));
}

// The id of a term that is in the commit the transaction began with or in the transaction, by the labels that
// blank nodes have for either; kUnbound when it is in none.
class TermFinder {
 public:
  explicit TermFinder(SessionCore& core) : core_(core) {}

  Id find(const Term& term) {
    if (term.is_triple()) {
      const std::array<Id, 3> parts = {find(term.subject()), find(term.predicate()), find(term.object())};
      if (std::any_of(parts.begin(), parts.end(), [](Id id) { return !id.is_bound(); })) return kUnbound;
      const auto at = [&](const Snapshot& snapshot) {
        return snapshot.find_triple(parts[0], parts[1], parts[2]);
      };
      return in_either(at);
    }
    const auto at = [&](const Snapshot& snapshot) { return find_term(snapshot, term); };
    if (term.is_iri()) return in_either(at);
    if (term.is_blank()) {
      const auto known = core_.blank_labels.find(std::string(term.value()));
      return known != core_.blank_labels.end() ? known->second : in_either(at);
    }
    std::string bytes;
    append_term_bytes(bytes, term);
    std::string storage;
    const std::string_view stored = cdt::rename_labels(storage, bytes, [&](std::string_view label) {
      const auto known = core_.blank_labels.find(std::string(label));
      return known != core_.blank_labels.end() ? stored_label(known->second) : std::string(label);
    });
    return in_either([&](const Snapshot& snapshot) { return snapshot.find(stored); });
  }

 private:
  // What the commit has needs no snapshot of the transaction, which costs a sort of its changes.
  template <typename Find>
  Id in_either(Find find) {
    const Id id = find(*core_.before);
    if (id.is_bound()) return id;
    if (!now_) now_ = core_.transaction->snapshot();
    return find(*now_);
  }

  SessionCore& core_;
  std::shared_ptr<const Snapshot> now_;
};

void require_quad(const Quad& quad) {
  if (!quad.subject.is_iri() && !quad.subject.is_blank())
    throw QueryError("the subject of a quad is an IRI or a blank node, not " + quad.subject.to_string());
  if (!quad.predicate.is_iri())
    throw QueryError("the predicate of a quad is an IRI, not " + quad.predicate.to_string());
  if (quad.graph && !quad.graph->is_iri() && !quad.graph->is_blank())
    throw QueryError("the name of a graph is an IRI or a blank node, not " + quad.graph->to_string());
}

// One call that writes: as a transaction of its own, or as a part of the one that is open. What it wrote is
// gone when it ends without `done`.
class CallTransaction {
 public:
  explicit CallTransaction(SessionCore& core) : core_(core), own_(!core.transaction) {
    if (!own_) {
      savepoint_ = core_.transaction->savepoint();
      return;
    }
    if (core_.store->options.read_only)
      throw StorageError(StorageError::Reason::read_only,
                         "the store " + core_.database().path() + " is open read-only; open it for writing");
    core_.begin();
  }
  CallTransaction(const CallTransaction&) = delete;
  CallTransaction& operator=(const CallTransaction&) = delete;
  ~CallTransaction() {
    if (done_) return;
    if (own_) {
      core_.rollback();
    } else {
      core_.undo(savepoint_);
    }
  }
  void done(const ProgressCallback& progress = {}) {
    done_ = true;
    if (own_) {
      core_.commit(progress);
    } else {
      core_.transaction->keep(savepoint_);
    }
  }

 private:
  SessionCore& core_;
  bool own_;
  bool done_ = false;
  WriteTransaction::Savepoint savepoint_;
};

}  // namespace

// ---- parsing

grammar::Query parse_query_text(std::string_view text, const QueryOptions& options) {
  try {
    return grammar::parse_query(text, parse_options(options));
  } catch (const grammar::SyntaxError& error) {
    rethrow(error);
  }
}

grammar::Update parse_update_text(std::string_view text, const QueryOptions& options) {
  try {
    return grammar::parse_update(text, parse_options(options));
  } catch (const grammar::SyntaxError& error) {
    rethrow(error);
  }
}

void check_syntax(std::string_view text, bool update, const std::string& base) {
  QueryOptions options;
  options.base = base;
  if (update) {
    parse_update_text(text, options);
  } else {
    parse_query_text(text, options);
  }
}

Id find_term(const Snapshot& snapshot, const Term& term) {
  if (!term.is_triple()) {
    std::string bytes;
    append_term_bytes(bytes, term);
    return snapshot.find(bytes);
  }
  std::array<Id, 3> parts{};
  const std::array<const Term*, 3> terms = {&term.subject(), &term.predicate(), &term.object()};
  for (std::size_t i = 0; i < 3; ++i) {
    parts[i] = find_term(snapshot, *terms[i]);
    if (!parts[i].is_bound()) return kUnbound;
  }
  return snapshot.find_triple(parts[0], parts[1], parts[2]);
}

// ---- transactions

void SessionCore::begin() {
  if (transaction) throw QueryError("a transaction is open already; commit or roll it back first");
  transaction = database().begin(&cancelled);
  before = database().snapshot();
  blank_labels.clear();
}

void SessionCore::commit(const ProgressCallback& progress) {
  if (!transaction) throw QueryError("there is no transaction to commit; begin one first");
  const std::unique_ptr<WriteTransaction> ending = std::move(transaction);
  before.reset();
  blank_labels.clear();
  if (ending->changed()) {
    // What a listener throws comes after the commit.
    const std::shared_ptr<void> after(nullptr, [this](void*) { store->plans->clear(); });
    ending->commit(progress);
  } else {
    ending->rollback();
  }
}

void SessionCore::rollback() {
  if (!transaction) throw QueryError("there is no transaction to roll back; begin one first");
  const std::unique_ptr<WriteTransaction> ending = std::move(transaction);
  before.reset();
  blank_labels.clear();
  ending->rollback();
}

void SessionCore::undo(const WriteTransaction::Savepoint& savepoint) noexcept {
  try {
    transaction->undo(savepoint);
    std::erase_if(blank_labels,
                  [&](const auto& entry) { return entry.second.payload() >= savepoint.next_counter; });
  } catch (...) {
    // Without memory for that, half of a call must not be committed with the rest.
    rollback();
  }
}

// ---- Session

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() {
  // Results may keep the core alive; an open transaction must not hold the writer's place with them.
  if (state_ && state_->core->transaction) state_->core->transaction.reset();
}

std::unique_ptr<Result::State> start_query(const std::shared_ptr<SessionCore>& core,
                                           const grammar::Query& query, const QueryOptions& options) {
  core->cancelled.store(false);
  auto state = std::make_unique<Result::State>();
  state->core = core;
  state->planned.prefixes = query.prologue.prefixes;
  const std::string& base = query.prologue.base.empty() ? options.base : query.prologue.base;
  state->planned.context =
      std::make_unique<QueryContext>(core->snapshot(), limits_of(options), &core->cancelled, base);
  state->planned.context->share(*core->store->adjacencies);
  report_to(*state, options);
  state->planned.execution = execute(query, *state->planned.context, execute_options(options));
  return state;
}

std::unique_ptr<Result::State> start_query(const std::shared_ptr<SessionCore>& core, std::string_view text,
                                           const QueryOptions& options, const grammar::Query* parsed) {
  PlanCache& plans = *core->store->plans;
  const auto anew = [&] {
    return parsed != nullptr ? start_query(core, *parsed, options)
                             : start_query(core, parse_query_text(text, options), options);
  };
  // What an open transaction has written is in no version of the store.
  if (!plans.keeps() || core->transaction != nullptr || text.size() > PlanCache::kMostText) return anew();
  std::string key = plan_key(text, options);
  PlanBasis basis = core->store->plan_basis();
  std::unique_ptr<Result::State> state;
  if (auto kept = plans.take(key, basis)) {
    core->cancelled.store(false);
    state = std::make_unique<Result::State>();
    state->core = core;
    state->planned = std::move(*kept);
    state->planned.context->renew(options.timeout, &core->cancelled);
    report_to(*state, options);
  } else {
    state = anew();
  }
  state->plan_key = std::move(key);
  state->plan_basis = std::move(basis);
  return state;
}

Result Session::query(std::string_view text, const QueryOptions& options) {
  return Result(start_query(state_->core, text, options));
}

PreparedQuery Session::prepare(std::string_view text, const QueryOptions& options) {
  auto prepared = std::make_unique<PreparedQuery::State>();
  prepared->core = state_->core;
  prepared->text = text;
  prepared->query = parse_query_text(text, options);
  prepared->options = options;
  // What cannot be answered at all is said now, not at the first run.
  start_query(prepared->core, text, options, &prepared->query);
  return PreparedQuery(std::move(prepared));
}

UpdateReport Session::update(std::string_view text, const QueryOptions& options) {
  SessionCore& core = *state_->core;
  const grammar::Update update = parse_update_text(text, options);
  core.cancelled.store(false);
  CallTransaction call(core);
  const UpdateReport report = execute_update(update, *core.transaction, limits_of(options), &core.cancelled,
                                             options.base, execute_options(options));
  call.done(options.progress);
  return report;
}

std::string Session::explain(std::string_view text, const QueryOptions& options, bool analyze) {
  const auto state = start_query(state_->core, parse_query_text(text, options), options);
  return state->planned.execution->explain(analyze);
}

LoadReport Session::load(const std::vector<std::string>& files, const LoadOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  SessionCore& core = *state_->core;
  core.cancelled.store(false);
  CallTransaction call(core);
  LoadReport report;
  InsertFileOptions insert;
  insert.format = options.format;
  insert.base = options.base;
  insert.skip_bad = options.skip_bad;
  insert.table = options.table;
  if (options.graph) insert.graph = intern_term(core, *options.graph);
  insert.progress = [&](const Progress& of_file) {
    Progress progress = of_file;
    progress.quads += report.quads;
    if (core.cancelled.load() || (options.progress && !options.progress(progress)))
      throw LimitError(LimitError::Reason::cancelled, "the load was cancelled");
  };
  for (const auto& file : files) {
    const InsertFileReport one = insert_file(*core.transaction, file, insert);
    report.quads += one.read.quads;
    report.added += one.added;
    report.bad += one.read.bad;
    for (const auto& bad : one.read.first_bad)
      if (report.first_bad.size() < 10)
        report.first_bad.push_back(file + ":" + std::to_string(bad.line) + ":" + std::to_string(bad.column) +
                                   ": " + bad.message);
    report.prefixes.insert(report.prefixes.end(), one.read.prefixes.begin(), one.read.prefixes.end());
  }
  call.done(options.progress);
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

bool Session::insert(const Quad& quad) {
  require_quad(quad);
  SessionCore& core = *state_->core;
  CallTransaction call(core);
  const Row row = {intern_term(core, quad.subject), intern_term(core, quad.predicate),
                   intern_term(core, quad.object),
                   quad.graph ? intern_term(core, *quad.graph) : kDefaultGraph};
  const bool added = core.transaction->insert(row);
  call.done();
  return added;
}

std::uint64_t Session::insert(std::span<const Quad> quads) {
  for (const Quad& quad : quads) require_quad(quad);
  SessionCore& core = *state_->core;
  CallTransaction call(core);
  std::uint64_t added = 0;
  // A slice bounds the memory; a larger one would find no more terms in the same block.
  constexpr std::size_t kSlice = std::size_t{1} << 18;
  for (; !quads.empty(); quads = quads.subspan(std::min(kSlice, quads.size()))) {
    const auto slice = quads.first(std::min(kSlice, quads.size()));
    TermBatch terms;
    // By position; blank nodes and triple terms, and default graphs, are none of the batch's.
    constexpr TermBatch::Number kOther = ~TermBatch::Number{0};
    std::vector<std::array<TermBatch::Number, 4>> numbers;
    numbers.reserve(slice.size());
    std::string bytes;
    std::string storage;
    const auto add = [&](const Term& term) {
      if (term.is_blank() || term.is_triple()) return kOther;
      bytes.clear();
      append_term_bytes(bytes, term);
      return terms.add(with_stored_labels(core, storage, bytes));
    };
    for (const Quad& quad : slice)
      numbers.push_back(
          {add(quad.subject), add(quad.predicate), add(quad.object), quad.graph ? add(*quad.graph) : kOther});
    terms.intern(*core.transaction);
    std::vector<Row> rows;
    rows.reserve(slice.size());
    for (std::size_t i = 0; i < slice.size(); ++i) {
      const Quad& quad = slice[i];
      const auto id_of = [&](const Term& term, std::size_t position) {
        const TermBatch::Number number = numbers[i][position];
        return number == kOther ? intern_term(core, term) : terms.id(number);
      };
      rows.push_back({id_of(quad.subject, 0), id_of(quad.predicate, 1), id_of(quad.object, 2),
                      quad.graph ? id_of(*quad.graph, 3) : kDefaultGraph});
    }
    added += core.transaction->insert(rows);
  }
  call.done();
  return added;
}

bool Session::erase(const Quad& quad) {
  require_quad(quad);
  SessionCore& core = *state_->core;
  CallTransaction call(core);
  TermFinder finder(core);
  const Row row = {finder.find(quad.subject), finder.find(quad.predicate), finder.find(quad.object),
                   quad.graph ? finder.find(*quad.graph) : kDefaultGraph};
  const bool known = std::all_of(row.begin(), row.end(), [](Id id) { return id.is_bound(); });
  const bool erased = known && core.transaction->erase(row);
  call.done();
  return erased;
}

void Session::begin() {
  state_->core->cancelled.store(false);
  state_->core->begin();
}
void Session::commit(const ProgressCallback& progress) {
  state_->core->cancelled.store(false);
  state_->core->commit(progress);
}
void Session::rollback() {
  state_->core->rollback();
}
bool Session::in_transaction() const {
  return state_->core->transaction != nullptr;
}
void Session::cancel() {
  state_->core->cancelled.store(true);
}

// ---- PreparedQuery

PreparedQuery::PreparedQuery(std::unique_ptr<State> state) : state_(std::move(state)) {}
PreparedQuery::PreparedQuery(PreparedQuery&&) noexcept = default;
PreparedQuery& PreparedQuery::operator=(PreparedQuery&&) noexcept = default;
PreparedQuery::~PreparedQuery() = default;

PreparedQuery& PreparedQuery::bind(std::string_view variable, Term value) {
  if (variable.starts_with('?') || variable.starts_with('$')) variable.remove_prefix(1);
  for (auto& [name, old] : state_->bound) {
    if (name != variable) continue;
    old = std::move(value);
    return *this;
  }
  state_->bound.emplace_back(std::string(variable), std::move(value));
  return *this;
}

PreparedQuery& PreparedQuery::clear() {
  state_->bound.clear();
  return *this;
}

Result PreparedQuery::run() {
  QueryOptions options = state_->options;
  for (const auto& [name, value] : state_->bound) {
    // A value bound later stands for one given with the options.
    std::erase_if(options.parameters, [&name = name](const auto& given) { return given.first == name; });
    options.parameters.emplace_back(name, value);
  }
  return Result(start_query(state_->core, state_->text, options, &state_->query));
}

}  // namespace dossier
