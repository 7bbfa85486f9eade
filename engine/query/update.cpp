// Executing updates (contract in query.h).
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "engine/cdt/labels.h"

#include "engine/query/optimize.h"
#include "engine/query/plan.h"
#include "engine/query/prepare.h"
#include "engine/query/query.h"
#include "engine/query/template.h"
#include "engine/store/term_batch.h"
#include "engine/store/transaction.h"

namespace dossier {
namespace {

// Rows that are written at once.
constexpr std::size_t kWriteRows = 65536;

class UpdateRunner {
 public:
  UpdateRunner(WriteTransaction& transaction, const QueryLimits& limits, const std::atomic<bool>* cancelled,
               const std::string& base, const ExecuteOptions& options)
      : transaction_(transaction), limits_(limits), cancelled_(cancelled), base_(base), options_(options) {
    if (limits.timeout.count() > 0) deadline_ = std::chrono::steady_clock::now() + limits.timeout;
  }

  const UpdateReport& report() const { return report_; }

  void operator()(const grammar::InsertData& data) { insert_data(data.quads); }
  void operator()(const grammar::DeleteData& data) { delete_data(data.quads); }
  void operator()(const grammar::ModifyOperation& modify) { run_modify(modify); }
  void operator()(const grammar::ClearOperation& clear) {
    switch (clear.target.kind) {
      case grammar::GraphTarget::Kind::default_graph:
        clear_graph(kDefaultGraph);
        break;
      case grammar::GraphTarget::Kind::graph:
        if (const Id graph = graph_of(clear.target); graph.is_bound()) clear_graph(graph);
        break;
      case grammar::GraphTarget::Kind::all:
        clear_graph(kDefaultGraph);
        [[fallthrough]];
      case grammar::GraphTarget::Kind::named:
        for (Id graph : transaction_.snapshot()->named_graphs()) clear_graph(graph);
        break;
    }
  }
  void operator()(const grammar::CreateOperation& create) {
    // A graph is there as soon as it has a triple, so there is nothing to write.
    const auto snapshot = transaction_.snapshot();
    const Id graph = snapshot->find(kIriByte + create.graph.value);
    if (!create.silent && graph.is_bound() && snapshot->quads(graph) != 0)
      throw QueryError("CREATE GRAPH <" + create.graph.value +
                       ">: the graph exists (CREATE SILENT takes that)");
  }
  void operator()(const grammar::LoadOperation& load) {
    if (!load.silent)
      throw QueryError("LOAD <" + load.source.value +
                       ">: updates do not read documents; load the file with `dossier load` "
                       "or Store::load");
  }
  void operator()(const grammar::TransferOperation& transfer) {
    using K = grammar::TransferOperation::Kind;
    const Id from = graph_of(transfer.from);
    // A graph is there as long as it has a triple; of the default graph none is asked for.
    if (!from.is_bound() || (from != kDefaultGraph && transaction_.snapshot()->quads(from) == 0)) {
      if (transfer.silent) return;
      const char* name = transfer.kind == K::add ? "ADD" : transfer.kind == K::move ? "MOVE" : "COPY";
      throw QueryError(std::string(name) + ": there is no graph <" + transfer.from.iri.value + "> (" + name +
                       " SILENT takes that)");
    }
    const Id known_to = graph_of(transfer.to);
    if (known_to == from) return;
    if (transfer.kind != K::add && known_to.is_bound()) clear_graph(known_to);
    const Id to = known_to.is_bound() ? known_to : transaction_.intern(kIriByte + transfer.to.iri.value);
    write_graph(from, to, true);
    if (transfer.kind == K::move) clear_graph(from);
  }

 private:
  QueryLimits limits() const {
    QueryLimits left = limits_;
    if (deadline_) {
      const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(
          *deadline_ - std::chrono::steady_clock::now());
      left.timeout = std::max(rest, std::chrono::milliseconds(1));
    }
    return left;
  }

  void write(std::vector<Row>& rows, bool insert) {
    if (rows.empty()) return;
    if (insert)
      report_.inserted += transaction_.insert(rows);
    else
      report_.deleted += transaction_.erase(rows);
    rows.clear();
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

  void insert_data(const std::vector<grammar::QuadBlock>& blocks) {
    DataTerms terms;
    Blanks blanks;
    const auto bytes = [&](const grammar::Literal& literal) { return stored_bytes(literal, blanks); };
    for (const auto& block : blocks) {
      if (block.graph) terms.add(kIriByte + std::get<grammar::Iri>(*block.graph).value);
      for (const auto& triple : block.triples) {
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

  void clear_graph(Id graph) { write_graph(graph, graph, false); }

  // Inserts the triples of a graph into another, or erases them there.
  void write_graph(Id graph, Id target, bool insert) {
    const auto snapshot = transaction_.snapshot();
    QueryContext context(snapshot, limits(), cancelled_, base_);
    ScanRange range;
    const bool named = graph != kDefaultGraph;
    if (named) {
      range.permutation = Permutation::gspo;
      range.prefix[0] = graph;
      range.prefix_length = 1;
    }
    const auto cursor = snapshot->scan(range, kAllColumns);
    RowBlock block;
    std::vector<Row> rows;
    Reservation reservation(context.budget(), "graph");
    reservation.resize(kWriteRows * sizeof(Row));
    while (cursor->next(block)) {
      context.check();
      for (std::size_t i = 0; i < block.rows; ++i) {
        if (named)
          rows.push_back({block.columns[1][i], block.columns[2][i], block.columns[3][i], target});
        else if (block.columns[3][i] == kDefaultGraph)
          rows.push_back({block.columns[0][i], block.columns[1][i], block.columns[2][i], target});
      }
      if (rows.size() >= kWriteRows) write(rows, insert);
    }
    write(rows, insert);
  }

  // ---- DELETE and INSERT with a WHERE

  // A term of a solution as a term of the store.
  Id stored(Id id, QueryContext& context, std::map<Id, Id>& made) {
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
    QueryContext context(transaction_.snapshot(), limits(), cancelled_, base_);
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
    const Bindings bindings = make_bindings(options_, translator, *scope, context);
    AlgebraPtr root = planner.translator().group(modify.where, scope, {});
    const VariableSet all = possible_variables(*root);
    optimize(root, planner.translator());
    const OperatorPtr plan = planner.plan(planner.own(std::move(root)), all, bindings);

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
    std::map<Id, Id> made;
    for (const bool adding : {false, true}) {
      const RowTable& quads = adding ? inserted : removed;
      std::vector<Row> rows;
      for (std::size_t i = 0; i < quads.rows(); ++i) {
        Row row{};
        for (std::size_t c = 0; c < 4; ++c)
          row[c] = adding ? stored(quads.at(c, i), context, made) : quads.at(c, i);
        rows.push_back(row);
        if (rows.size() == kWriteRows) {
          context.check();
          write(rows, adding);
        }
      }
      write(rows, adding);
    }
  }

  WriteTransaction& transaction_;
  QueryLimits limits_;
  const std::atomic<bool>* cancelled_;
  const std::string& base_;
  const ExecuteOptions& options_;
  std::optional<std::chrono::steady_clock::time_point> deadline_;
  UpdateReport report_;
  std::set<std::string, std::less<>> used_labels_;  // in INSERT DATA
};

}  // namespace

UpdateReport execute_update(const grammar::Update& update, WriteTransaction& transaction,
                            const QueryLimits& limits, const std::atomic<bool>* cancelled,
                            const std::string& base, const ExecuteOptions& options) {
  UpdateRunner runner(transaction, limits, cancelled, base, options);
  for (const auto& operation : update.operations) std::visit(runner, operation.operation);
  return runner.report();
}

}  // namespace dossier
