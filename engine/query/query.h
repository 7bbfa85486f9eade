// Running queries and updates: the entry of the query engine.
//
// Purpose: a parsed query becomes an Execution that hands out batches of ids; a parsed update is applied to a
// write transaction. The public API decodes the ids (LocalTerms) and owns contexts and transactions.
// Invariants: an Execution keeps its own copy of the tree; the context outlives it. Nothing is computed
// before the first call of `next`, `boolean` or `explain(true)` but the plan. Errors: QueryError for what is
// well-formed and cannot be answered, LimitError past time or memory. Thread-safety: one Execution, one
// thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/dossier.h"
#include "engine/io/result_writer.h"
#include "engine/query/batch.h"
#include "engine/query/context.h"
#include "grammar/ast.h"

namespace dossier {

class WriteTransaction;

struct ExecuteOptions {
  bool union_default_graph = false;  // the default graph is the duplicate-free union of all graphs
  std::vector<std::pair<std::string, Term>> parameters;  // variable name without ? -> its value
  bool load_files = true;                                // LOAD may read files
  ProgressCallback progress;                             // of an update; a query reports by its context
};

class Execution {
 public:
  enum class Kind : std::uint8_t { solutions, boolean, triples };
  virtual ~Execution() = default;

  virtual Kind kind() const = 0;
  // SELECT: the projected names in order. CONSTRUCT and DESCRIBE: subject, predicate, object. ASK: none.
  virtual const std::vector<std::string>& variables() const = 0;
  // Which of them hold the paths of a search (the first variable of AS); empty: none.
  virtual const PathColumns& paths() const = 0;
  // The next rows (1 to kBatchRows), a column a variable; false at the end. kUnbound is no value. Triples
  // come without duplicates. Not for ASK.
  virtual bool next(Batch& batch) = 0;
  // ASK only.
  virtual bool boolean() = 0;
  // Sets the plan and its context back to before the first row or the answer, for another run on the same snapshot.
  // False: that cannot be, because the run made terms or plans of its own or asked for the time, or an operator has
  // no way back; to be dropped. Precondition: no exception has left a run.
  virtual bool rewind() = 0;
  // The plan as an indented tree with estimates. `analyze` first runs what is left of the query, drops its
  // rows, and adds the real row counts, times and the work of the storage.
  virtual std::string explain(bool analyze) = 0;
  // The plan with what its operators did so far; nothing: there is none.
  virtual std::optional<PlanStep> plan() const = 0;
  // The operator that an exception stopped, as explain names it, and its rows so far; empty: there is no plan.
  virtual std::string at_work() const = 0;
};

std::unique_ptr<Execution> execute(const grammar::Query& query, QueryContext& context,
                                   const ExecuteOptions& options = {});

// Runs the operations in order; each sees what those before it wrote. The caller commits, or undoes what was
// written when an exception passes. The limits hold for the whole request, the memory of the rows and terms
// that it changes included (WriteTransaction::memory); `cancelled` may be null.
UpdateReport execute_update(const grammar::Update& update, WriteTransaction& transaction,
                            const QueryLimits& limits, const std::atomic<bool>* cancelled,
                            const std::string& base, const ExecuteOptions& options = {});

}  // namespace dossier
