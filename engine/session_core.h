// What stands behind the handles of the public API.
//
// Purpose: Store, Session, Result, PreparedQuery and QuadCursor are thin; the state they share is here, so
// that a Result may outlive its Session and a Session the Store it came from. Thread-safety: StoreCore from
// all threads (Database is); SessionCore from one, but for `cancelled`.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "engine/dossier.h"
#include "engine/labels/folded_labels.h"
#include "engine/path/adjacency.h"
#include "engine/plan_cache.h"
#include "engine/query/context.h"
#include "engine/query/query.h"
#include "engine/store/database.h"
#include "engine/store/transaction.h"
#include "grammar/ast.h"

namespace dossier {

struct Store::State {
  std::unique_ptr<Database> database;
  OpenOptions options;
  FoldedLabels folded_labels;
  std::unique_ptr<AdjacencyCache> adjacencies;
  std::unique_ptr<PlanCache> plans;  // uses what is before it

  PlanBasis plan_basis() const { return {database->version(), adjacencies->changes()}; }
};

struct SessionCore {
  std::shared_ptr<Store::State> store;
  std::atomic<bool> cancelled{false};
  std::unique_ptr<WriteTransaction> transaction;
  std::shared_ptr<const Snapshot> before;  // with a transaction: the commit it began with
  // Blank nodes that the transaction made for labels that the store had not given.
  std::unordered_map<std::string, Id> blank_labels;

  Database& database() const { return *store->database; }
  std::shared_ptr<const Snapshot> snapshot() {
    return transaction ? transaction->snapshot() : database().snapshot();
  }
  void begin();
  void commit(const ProgressCallback& progress = {});
  void rollback();
  // Takes back what the transaction wrote since then.
  void undo(const WriteTransaction::Savepoint& savepoint) noexcept;
};

struct Session::State {
  std::shared_ptr<SessionCore> core;
};

struct Result::State {
  std::shared_ptr<SessionCore> core;
  ~State();

  PlannedQuery planned;
  // Where the plan may be kept when it has come to its end; empty: nowhere.
  std::string plan_key;
  PlanBasis plan_basis;
  Batch batch;
  std::size_t next_row = 0;  // of the batch; the current row is the one before it
  std::uint64_t fetched_rows = 0;
  bool ended = false;
  std::optional<bool> answer;  // of ASK, once it is known
  bool in_doubt = false;       // a run of the plan was left by an exception
  // The bytes of the terms of a column, for some rows of the batch that are decoded together.
  struct DecodedColumn {
    std::size_t first = 0;
    std::string bytes;
    std::vector<std::size_t> ends;
  };
  std::vector<DecodedColumn> decoded;

  // Fetches another batch; false at the end.
  bool fetch();
  Id cell(std::size_t column) const;                   // of the current row
  std::string_view bytes(std::size_t column);          // of the current row; empty: unbound, or a triple term
  std::size_t column(std::string_view variable) const;
};

struct PreparedQuery::State {
  std::shared_ptr<SessionCore> core;
  std::string text;
  grammar::Query query;
  QueryOptions options;
  std::vector<std::pair<std::string, Term>> bound;
};

// A parsed query on its way: plan made, nothing computed.
std::unique_ptr<Result::State> start_query(const std::shared_ptr<SessionCore>& core,
                                           const grammar::Query& query, const QueryOptions& options);
// The same of its text; with a plan of an earlier run of it, where one is kept. `parsed`: what the text says, if it is known.
std::unique_ptr<Result::State> start_query(const std::shared_ptr<SessionCore>& core, std::string_view text,
                                           const QueryOptions& options, const grammar::Query* parsed = nullptr);

// grammar::parse_query and parse_update with their errors as ParseError.
grammar::Query parse_query_text(std::string_view text, const QueryOptions& options);
grammar::Update parse_update_text(std::string_view text, const QueryOptions& options);

// The id of a term in a snapshot; kUnbound when it is not there.
Id find_term(const Snapshot& snapshot, const Term& term);

}  // namespace dossier
