#include "engine/query/context.h"

#include <fmt/format.h>

#include "engine/query/composite_values.h"

namespace dossier {

void MemoryBudget::reserve(std::size_t bytes, const char* what) {
  const std::size_t now = used_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  if (now > limit_) {
    used_.fetch_sub(bytes, std::memory_order_relaxed);
    throw LimitError(
        LimitError::Reason::memory,
        fmt::format("the query needs more than its memory budget of {} MB ({} asked for {} more bytes); "
                    "raise the limit or make the query narrower",
                    limit_ >> 20, what, bytes));
  }
  std::size_t peak = peak_.load(std::memory_order_relaxed);
  while (now > peak && !peak_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
  }
}

QueryContext::QueryContext(std::shared_ptr<const Snapshot> snapshot, const QueryLimits& limits,
                           const std::atomic<bool>* cancelled, std::string base)
    : snapshot_(std::move(snapshot)),
      budget_(std::make_shared<MemoryBudget>(limits.memory_bytes)),
      terms_(*snapshot_, *budget_, limits.threads),
      composites_(std::make_unique<CompositeCache>()),
      cancelled_(cancelled),
      scanned_(std::make_shared<std::atomic<std::uint64_t>>(0)),
      deadline_(std::chrono::steady_clock::now() + limits.timeout),
      has_deadline_(limits.timeout.count() > 0),
      base_(std::move(base)),
      now_(std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now())),
      threads_(limits.threads),
      parallel_rows_(limits.parallel_rows) {}

QueryContext::QueryContext(QueryContext& query, const std::atomic<bool>& stop)
    : snapshot_(query.snapshot_),
      budget_(query.budget_),
      terms_(*snapshot_, *budget_),
      composites_(std::make_unique<CompositeCache>()),
      cancelled_(query.cancelled_),
      stop_(&stop),
      scanned_(query.scanned_),
      deadline_(query.deadline_),
      has_deadline_(query.has_deadline_),
      base_(query.base_),
      now_(query.now_),
      threads_(1),
      parallel_rows_(query.parallel_rows_),
      adjacencies_(query.adjacencies_) {}

QueryContext::~QueryContext() = default;

void QueryContext::rewind() {
  terms_.forget_stored();
  composites_ = std::make_unique<CompositeCache>();
  counters_ = {};
  report_ = nullptr;
  reported_ = {};
  budget_->forget_peak();
  cancelled_ = nullptr;
}

void QueryContext::renew(std::chrono::milliseconds timeout, const std::atomic<bool>* cancelled) {
  cancelled_ = cancelled;
  scanned_->store(0);
  has_deadline_ = timeout.count() > 0;
  if (has_deadline_) deadline_ = std::chrono::steady_clock::now() + timeout;
  now_ = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

void QueryContext::check() const {
  if (stop_ != nullptr && stop_->load(std::memory_order_relaxed))
    throw LimitError(LimitError::Reason::cancelled, "another thread of the query has ended its work");
  if (cancelled_ != nullptr && cancelled_->load(std::memory_order_relaxed))
    throw LimitError(LimitError::Reason::cancelled, "the query was cancelled");
  if (!has_deadline_ && !report_) return;
  const auto now = std::chrono::steady_clock::now();
  if (has_deadline_ && now > deadline_)
    throw LimitError(LimitError::Reason::timeout,
                     "the query ran past its time limit; give it more time or make it narrower");
  constexpr std::chrono::milliseconds kBetweenReports(100);
  if (!report_ || now < reported_ + kBetweenReports) return;
  reported_ = now;
  if (!report_()) throw LimitError(LimitError::Reason::cancelled, "the query was cancelled");
}

}  // namespace dossier
