// Executing updates (contract in query.h).
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

#include "engine/cdt/labels.h"
#include "engine/io/file_iri.h"
#include "engine/query/optimize.h"
#include "engine/query/plan.h"
#include "engine/query/prepare.h"
#include "engine/query/query.h"
#include "engine/query/template.h"
#include "engine/store/insert_file.h"
#include "engine/store/term_batch.h"
#include "engine/store/transaction.h"
#include "grammar/iri.h"

namespace dossier {
namespace {

// Rows that are written at once.
constexpr std::size_t kWriteRows = 65536;

// Named graphs. The store keeps quads, so a graph is there as long as it holds a triple; it "does not record
// empty graphs" in the words of SPARQL Update, and what the specification leaves to such a store is decided
// thus:
//   CREATE           writes nothing. A graph that holds triples is an error without SILENT; any other one is
//   not, so that
//                    two CREATE of one graph both succeed.
//   CLEAR and DROP   are the same, and no graph is missing.
//   COPY, MOVE, ADD  from a graph without triples are an error (a misspelt name must not empty the
//   destination); with
//                    SILENT they leave everything as it was. The default graph is always there, so from it
//                    they copy nothing, and COPY and MOVE empty the destination. From a graph to itself
//                    nothing is done.
//   INSERT           makes graphs; what takes the last triple out of one takes the graph away.
// SILENT of LOAD takes what has to do with the document: an IRI that cannot be read, a missing file, bad
// data; all that was read of it is taken back. Time, memory, cancellation and failures of the store are never
// silent.
class UpdateRunner {
 public:
  UpdateRunner(WriteTransaction& transaction, const QueryLimits& limits, const std::atomic<bool>* cancelled,
               const ExecuteOptions& options)
      : transaction_(transaction),
        limits_(limits),
        cancelled_(cancelled),
        options_(options),
        memory_before_(transaction.memory()) {
    if (limits.timeout.count() > 0) deadline_ = std::chrono::steady_clock::now() + limits.timeout;
  }

  void run(const grammar::UpdateOperation& operation, const std::string& base) {
    base_ = operation.prologue.base.empty() ? base : operation.prologue.base;
    check();
    std::visit(*this, operation.operation);
  }
  const UpdateReport& report() const { return report_; }

  void operator()(const grammar::InsertData& data) { insert_data(data.quads); }
  void operator()(const grammar::DeleteData& data) { delete_data(data.quads); }
  void operator()(const grammar::ModifyOperation& modify) { run_modify(modify); }
  void operator()(const grammar::ClearOperation& clear) {
    Id graph = kDefaultGraph;
    if (clear.target.kind == grammar::GraphTarget::Kind::graph) {
      graph = graph_of(clear.target);
      if (!graph.is_bound()) return;
    }
    write_graphs(clear.target.kind, graph, std::nullopt, false);
  }
  void operator()(const grammar::CreateOperation& create) {
    if (create.silent) return;
    const auto snapshot = transaction_.snapshot();
    const Id graph = snapshot->find(kIriByte + create.graph.value);
    if (graph.is_bound() && snapshot->quads(graph) != 0)
      throw QueryError("CREATE GRAPH <" + create.graph.value +
                       ">: the graph exists (CREATE SILENT takes that)");
  }
  void operator()(const grammar::LoadOperation& load) {
    if (!load.silent) {
      load_document(load);
      return;
    }
    const auto savepoint = transaction_.savepoint();
    const UpdateReport report = report_;
    try {
      load_document(load);
    } catch (const DataError&) {
      transaction_.undo(savepoint);
      report_ = report;
      return;
    } catch (const QueryError&) {
      transaction_.undo(savepoint);
      report_ = report;
      return;
    } catch (...) {
      transaction_.keep(savepoint);  // the caller undoes more than that
      throw;
    }
    transaction_.keep(savepoint);
  }
  void operator()(const grammar::TransferOperation& transfer) {
    using K = grammar::TransferOperation::Kind;
    const Id from = graph_of(transfer.from);
    if (!from.is_bound() || (from != kDefaultGraph && transaction_.snapshot()->quads(from) == 0)) {
      if (transfer.silent) return;
      const char* name = transfer.kind == K::add ? "ADD" : transfer.kind == K::move ? "MOVE" : "COPY";
      throw QueryError(std::string(name) + ": there is no graph <" + transfer.from.iri.value + "> (" + name +
                       " SILENT takes that)");
    }
    const Id known_to = graph_of(transfer.to);
    if (known_to == from) return;
    if (transfer.kind != K::add && known_to.is_bound()) write_graph(known_to, std::nullopt, false);
    const Id to = known_to.is_bound() ? known_to : transaction_.intern(kIriByte + transfer.to.iri.value);
    write_graph(from, to, true);
    if (transfer.kind == K::move) write_graph(from, std::nullopt, false);
  }

 private:
  // Bytes that this request has made the transaction hold.
  std::size_t written() const {
    const std::size_t now = transaction_.memory();
    return now - std::min(now, memory_before_);
  }

  // What is left of the limits for an operation.
  QueryLimits limits() const {
    QueryLimits left = limits_;
    left.memory_bytes -= std::min(left.memory_bytes, written());
    if (deadline_) {
      const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(
          *deadline_ - std::chrono::steady_clock::now());
      left.timeout = std::max(rest, std::chrono::milliseconds(1));
    }
    return left;
  }

  // Tells the caller how far the request is; false: it is cancelled.
  bool report_progress() {
    Progress progress;
    progress.stage = Stage::changing;
    progress.done = context_ != nullptr ? context_->scanned() : 0;
    progress.quads = report_.inserted + report_.deleted;
    return options_.progress(progress);
  }

  // The context of an operation, which reports as long as it lives.
  class OperationContext : public QueryContext {
   public:
    OperationContext(UpdateRunner& runner)
        : QueryContext(runner.transaction_.snapshot(), runner.limits(), runner.cancelled_, runner.base_),
          runner_(runner) {
      runner_.context_ = this;
      if (runner.options_.progress) report_to([&runner] { return runner.report_progress(); });
    }
    ~OperationContext() { runner_.context_ = nullptr; }

   private:
    UpdateRunner& runner_;
  };

  // Throws LimitError when the request is past its limits. `working`: bytes that the operation holds itself.
  void check(std::size_t working = 0) {
    if (options_.progress && context_ == nullptr && !report_progress())
      throw LimitError(LimitError::Reason::cancelled, "the update was cancelled");
    if (context_ != nullptr) context_->check();
    if (cancelled_ != nullptr && cancelled_->load(std::memory_order_relaxed))
      throw LimitError(LimitError::Reason::cancelled, "the update was cancelled");
    if (deadline_ && std::chrono::steady_clock::now() > *deadline_)
      throw LimitError(LimitError::Reason::timeout,
                       "the update ran past its time limit; give it more time or make it narrower");
    if (const std::size_t bytes = written(); bytes + working > limits_.memory_bytes)
      throw LimitError(
          LimitError::Reason::memory,
          fmt::format(
              "the update needs more than its memory budget of {} MB ({} MB for the rows and terms that it "
              "changes); raise the limit or split the update; large files are loaded in bounded memory by "
              "`dossier load` and Store::load",
              limits_.memory_bytes >> 20, bytes >> 20));
  }

  void write(std::vector<Row>& rows, bool insert, std::size_t working = 0) {
    if (rows.empty()) return;
    if (insert)
      report_.inserted += transaction_.insert(rows);
    else
      report_.deleted += transaction_.erase(rows);
    rows.clear();
    check(working);
  }

  // ---- documents

  // The file that LOAD names.
  std::string path_of(const grammar::Iri& source) const {
    const auto refuse = [&](const std::string& reason) {
      return QueryError("LOAD <" + source.value + ">: " + reason);
    };
    if (!options_.load_files)
      throw refuse("updates may not read files here (QueryOptions::load_files is off)");
    // Without a base, from the working directory.
    const std::string iri = grammar::resolve_iri(file_iri("-"), source.value);
    const auto path = path_of_file_iri(iri);
    if (!path)
      throw refuse(
          "only files of this machine can be loaded; fetch the document, and name the file: LOAD "
          "<file:///...>");
    // A pipe or a device may never end, and opening it may never return.
    std::error_code error;
    const auto status = std::filesystem::status(*path, error);
    if (error) throw DataError(*path + ": cannot be opened: " + error.message(), *path);
    if (!std::filesystem::is_regular_file(status))
      throw DataError(*path + ": is no regular file; LOAD reads one file", *path);
    return *path;
  }

  void load_document(const grammar::LoadOperation& load) {
    const std::string path = path_of(load.source);
    InsertFileOptions options;
    options.progress = [this](const Progress&) { check(); };
    if (load.into) {
      options.graph = transaction_.intern(kIriByte + load.into->value);
      options.one_graph = true;
    }
    report_.inserted += insert_file(transaction_, path, options).added;
  }

  // ---- data

  using Blanks = std::map<std::string, Id, std::less<>>;

  Id blank(std::string_view label, Blanks& blanks) {
    const auto known = blanks.find(label);
    if (known != blanks.end()) return known->second;
    // The grammar sees to it but for labels inside lists and maps.
    if (!used_labels_.emplace(label).second)
      throw QueryError(
          fmt::format("the label _:{} stands in two INSERT DATA of one request; "
                      "choose another one for one of them",
                      label));
    return blanks.emplace(label, transaction_.fresh_blank()).first->second;
  }

  // A literal of INSERT DATA; a label in a list or a map is the same node as outside of it.
  std::string stored_bytes(const grammar::Literal& literal, Blanks& blanks) {
    std::string storage;
    return std::string(cdt::rename_labels(storage, literal_bytes(literal), [&](std::string_view label) {
      return stored_label(blank(label, blanks));
    }));
  }

  // The IRIs and literals of INSERT DATA: added in the order of the text, and their ids taken in the same
  // order.
  class DataTerms {
   public:
    void add(std::string_view bytes) { numbers_.push_back(batch_.add(bytes)); }
    // `bytes` gives the bytes of a literal.
    template <typename LiteralBytes>
    void add(const grammar::Term& term, const LiteralBytes& bytes) {
      if (const auto* iri = std::get_if<grammar::Iri>(&term)) add(kIriByte + iri->value);
      if (const auto* literal = std::get_if<grammar::Literal>(&term)) add(bytes(*literal));
      if (const auto* triple = std::get_if<grammar::Box<grammar::TripleTerm>>(&term)) {
        add((*triple)->subject, bytes);
        add((*triple)->predicate, bytes);
        add((*triple)->object, bytes);
      }
    }
    void intern(WriteTransaction& transaction) { batch_.intern(transaction); }
    Id take() { return batch_.id(numbers_[next_++]); }

   private:
    TermBatch batch_;
    std::vector<TermBatch::Number> numbers_;
    std::size_t next_ = 0;
  };

  Id stored(const grammar::Term& term, DataTerms& terms, Blanks& blanks) {
    if (const auto* node = std::get_if<grammar::BlankNode>(&term)) return blank(node->label, blanks);
    if (const auto* triple = std::get_if<grammar::Box<grammar::TripleTerm>>(&term)) {
      const Id s = stored((*triple)->subject, terms, blanks);
      const Id p = stored((*triple)->predicate, terms, blanks);
      const Id o = stored((*triple)->object, terms, blanks);
      return transaction_.intern_triple(s, p, o);
    }
    return terms.take();
  }

  static std::string literal_bytes(const grammar::Literal& literal) {
    std::string bytes;
    if (literal.language.empty())
      append_literal_bytes(bytes, literal.lexical, literal.datatype);
    else
      append_language_bytes(bytes, literal.lexical, literal.language,
                            static_cast<Direction>(literal.direction));
    return bytes;
  }

  static const grammar::Iri& constant_iri(const grammar::Verb& verb) { return std::get<grammar::Iri>(verb); }

  // The grammar lets literals and triple terms be subjects; such a triple is none of RDF and is left out, as
  // from a template.
  static bool is_rdf(const grammar::Term& subject, const grammar::Term& object) {
    if (!std::holds_alternative<grammar::Iri>(subject) &&
        !std::holds_alternative<grammar::BlankNode>(subject))
      return false;
    const auto* triple = std::get_if<grammar::Box<grammar::TripleTerm>>(&object);
    return triple == nullptr || is_rdf((*triple)->subject, (*triple)->object);
  }

  void insert_data(const std::vector<grammar::QuadBlock>& blocks) {
    DataTerms terms;
    Blanks blanks;
    const auto bytes = [&](const grammar::Literal& literal) { return stored_bytes(literal, blanks); };
    for (const auto& block : blocks) {
      if (block.graph) terms.add(kIriByte + std::get<grammar::Iri>(*block.graph).value);
      for (const auto& triple : block.triples) {
        if (!is_rdf(triple.subject, triple.object)) continue;
        terms.add(triple.subject, bytes);
        terms.add(kIriByte + constant_iri(triple.verb).value);
        terms.add(triple.object, bytes);
      }
    }
    terms.intern(transaction_);
    std::vector<Row> rows;
    for (const auto& block : blocks) {
      const Id graph = block.graph ? terms.take() : kDefaultGraph;
      for (const auto& triple : block.triples) {
        if (!is_rdf(triple.subject, triple.object)) continue;
        const Id s = stored(triple.subject, terms, blanks);
        const Id p = terms.take();
        const Id o = stored(triple.object, terms, blanks);
        rows.push_back({s, p, o, graph});
        if (rows.size() == kWriteRows) write(rows, true);
      }
    }
    write(rows, true);
  }

  // The id of a term that is there already, else kUnbound.
  static Id known(const Snapshot& snapshot, const grammar::Term& term) {
    if (const auto* iri = std::get_if<grammar::Iri>(&term)) return snapshot.find(kIriByte + iri->value);
    if (const auto* triple = std::get_if<grammar::Box<grammar::TripleTerm>>(&term)) {
      const Id s = known(snapshot, (*triple)->subject);
      const Id p = known(snapshot, (*triple)->predicate);
      const Id o = known(snapshot, (*triple)->object);
      if (!s.is_bound() || !p.is_bound() || !o.is_bound()) return kUnbound;
      return snapshot.find_triple(s, p, o);
    }
    if (const auto* literal = std::get_if<grammar::Literal>(&term))
      return snapshot.find(literal_bytes(*literal));
    return kUnbound;
  }

  void delete_data(const std::vector<grammar::QuadBlock>& blocks) {
    const auto snapshot = transaction_.snapshot();
    std::vector<Row> rows;
    for (const auto& block : blocks) {
      Id graph = kDefaultGraph;
      if (block.graph) graph = snapshot->find(kIriByte + std::get<grammar::Iri>(*block.graph).value);
      for (const auto& triple : block.triples) {
        const Row row{known(*snapshot, triple.subject),
                      snapshot->find(kIriByte + constant_iri(triple.verb).value),
                      known(*snapshot, triple.object), graph};
        if (std::all_of(row.begin(), row.end(), [](Id id) { return id.is_bound(); })) rows.push_back(row);
      }
    }
    write(rows, false);
  }

  // ---- whole graphs

  // The id of the default graph, or of one that has a name; kUnbound when the name is not known.
  Id graph_of(const grammar::GraphTarget& target) {
    if (target.kind == grammar::GraphTarget::Kind::default_graph) return kDefaultGraph;
    return transaction_.snapshot()->find(kIriByte + target.iri.value);
  }

  void write_graph(Id graph, std::optional<Id> target, bool insert) {
    using K = grammar::GraphTarget::Kind;
    write_graphs(graph == kDefaultGraph ? K::default_graph : K::graph, graph, target, insert);
  }

  // Inserts the triples of graphs, or erases them; in `target` when there is one, else in the graphs
  // themselves.
  void write_graphs(grammar::GraphTarget::Kind kind, Id graph, std::optional<Id> target, bool insert) {
    using K = grammar::GraphTarget::Kind;
    OperationContext context(*this);
    ScanRange range;
    std::array<std::size_t, 4> columns{0, 1, 2, 3};  // of s, p, o, g
    if (kind == K::graph || kind == K::named) {
      range.permutation = Permutation::gspo;
      columns = {1, 2, 3, 0};
    }
    if (kind == K::graph) {
      range.prefix[0] = graph;
      range.prefix_length = 1;
    }
    const auto cursor = context.snapshot().scan(range, kAllColumns);
    RowBlock block;
    std::vector<Row> rows;
    Reservation reservation(context.budget(), "graph");
    reservation.resize(kWriteRows * sizeof(Row));
    while (cursor->next(block)) {
      context.check();
      for (std::size_t i = 0; i < block.rows; ++i) {
        Row row;
        for (std::size_t c = 0; c < 4; ++c) row[c] = block.columns[columns[c]][i];
        if (kind == K::default_graph && row[3] != kDefaultGraph) continue;
        if (target) row[3] = *target;
        rows.push_back(row);
      }
      if (rows.size() >= kWriteRows) write(rows, insert);
    }
    write(rows, insert);
  }

  // ---- DELETE and INSERT with a WHERE

  // A term of a solution as a term of the store.
  Id stored(Id id, QueryContext& context, std::unordered_map<Id, Id>& made) {
    if (!id.is_local()) return id;
    const auto known_id = made.find(id);
    if (known_id != made.end()) return known_id->second;
    Id result;
    switch (context.terms().kind(id)) {
      case TermKind::blank:
        result = transaction_.fresh_blank();
        break;
      case TermKind::triple: {
        const auto parts = context.terms().triple(id);
        const Id s = stored(parts[0], context, made);
        const Id p = stored(parts[1], context, made);
        const Id o = stored(parts[2], context, made);
        result = transaction_.intern_triple(s, p, o);
        break;
      }
      default: {
        const std::string bytes(context.terms().bytes(id));
        std::string storage;
        result = transaction_.intern(cdt::rename_labels(storage, bytes, [&](std::string_view label) {
          const Id node = context.terms().intern(std::string(1, kBlankByte).append(label));
          return stored_label(stored(node, context, made));
        }));
      }
    }
    made[id] = result;
    return result;
  }

  void run_modify(const grammar::ModifyOperation& modify) {
    OperationContext context(*this);
    VariableTable table;
    Translator translator(context, table);
    DatasetSpec dataset = make_dataset(modify.dataset, translator, options_);
    Id default_graph = kDefaultGraph;
    if (modify.with) {
      default_graph = translator.iri(modify.with->value);
      if (!dataset.explicit_default) {
        dataset.explicit_default = true;
        dataset.union_default = false;
        dataset.default_graphs = {default_graph};
      }
    }
    Planner planner(context, table, dataset);
    auto scope = std::make_shared<Scope>();
    const Bindings bindings = make_bindings(options_, planner.translator(), *scope, context);
    AlgebraPtr root = planner.translator().group(modify.where, scope, {});
    const VariableSet all = possible_variables(*root);
    optimize(root, planner.translator());
    const OperatorPtr plan = planner.plan(planner.own_root(std::move(root)), all, bindings);

    QuadTemplate remove(context, planner.translator(), *scope, plan->schema(), bindings, default_graph);
    for (const auto& block : modify.remove) remove.add(block.triples, block.graph);
    QuadTemplate insert(context, planner.translator(), *scope, plan->schema(), bindings, default_graph);
    for (const auto& block : modify.insert) insert.add(block.triples, block.graph);

    // All solutions first: what is written must not be matched.
    RowTable removed(context, 4, "delete");
    RowTable inserted(context, 4, "insert");
    Batch batch;
    while (plan->next(batch))
      for (std::size_t row = 0; row < batch.rows; ++row) {
        remove.fill(batch, row, [&](const Row& quad) {
          // What the store lacks cannot be deleted from it.
          if (std::none_of(quad.begin(), quad.end(), [](Id id) { return id.is_local(); }))
            removed.append_ids(quad.data());
        });
        insert.fill(batch, row, [&](const Row& quad) { inserted.append_ids(quad.data()); });
      }
    std::unordered_map<Id, Id> made;
    for (const bool adding : {false, true}) {
      const RowTable& quads = adding ? inserted : removed;
      std::vector<Row> rows;
      for (std::size_t i = 0; i < quads.rows(); ++i) {
        Row row{};
        for (std::size_t c = 0; c < 4; ++c)
          row[c] = adding ? stored(quads.at(c, i), context, made) : quads.at(c, i);
        rows.push_back(row);
        if (rows.size() == kWriteRows) write(rows, adding, context.budget().used());
      }
      write(rows, adding, context.budget().used());
    }
  }

  WriteTransaction& transaction_;
  QueryLimits limits_;
  const std::atomic<bool>* cancelled_;
  std::string base_;  // at the present operation
  const ExecuteOptions& options_;
  std::size_t memory_before_;  // of the transaction
  std::optional<std::chrono::steady_clock::time_point> deadline_;
  UpdateReport report_;
  const QueryContext* context_ = nullptr;  // of the present operation
  std::set<std::string, std::less<>> used_labels_;  // in INSERT DATA
};

}  // namespace

UpdateReport execute_update(const grammar::Update& update, WriteTransaction& transaction,
                            const QueryLimits& limits, const std::atomic<bool>* cancelled,
                            const std::string& base, const ExecuteOptions& options) {
  UpdateRunner runner(transaction, limits, cancelled, options);
  for (const auto& operation : update.operations) runner.run(operation, base);
  return runner.report();
}

}  // namespace dossier
