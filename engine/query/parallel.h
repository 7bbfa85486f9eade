// Several threads for one query.
//
// Purpose: work whose rows come from a long scan is shared: the operator is copied for ranges of that scan
// (operator.h), threads take one range after the other, each with a context of its own (context.h) and so
// with cursors, caches and reservations of its own. Small scans never pay: below QueryLimits::parallel_rows
// nothing is done here. The first error of any thread ends all of them and is thrown to the caller; a
// cancellation or the deadline reaches each by itself. Invariants: the caller's thread works as one of them;
// when run_parts returns or throws, no thread is left. Thread-safety: one query's thread calls.
#pragma once

#include <functional>

#include "engine/query/operator.h"

namespace dossier {

// The rows of one range, for a thread: `worker` is the number of the thread, from 0; `range` that of the
// range in the order of the rows.
using PartWork =
    std::function<void(std::size_t worker, QueryContext& thread, std::size_t range, Operator& part)>;

// Hands all rows of `input` out to `work`, in parts. `begin` is called once before it, with the number of
// workers and of ranges. False: nothing was done, and the rows are still to be asked for.
bool run_parts(QueryContext& context, Operator& input,
               const std::function<void(std::size_t workers, std::size_t ranges)>& begin,
               const PartWork& work);

}  // namespace dossier
