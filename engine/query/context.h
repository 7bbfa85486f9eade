// What one running query shares: snapshot, limits, computed terms, the fixed time.
//
// Purpose: every operator, expression and path search gets a QueryContext&. `check` is called once a batch
// (or every few thousand steps of an inner loop) everywhere; memory that grows with the data is reserved
// before it is used. Thread-safety: `cancel` from any thread; `check` and the budget from all threads of the
// query; the rest from one.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "engine/query/local_terms.h"
#include "engine/store/snapshot.h"

namespace dossier {

// Bytes that a query may hold. Throws LimitError (memory) when a reservation does not fit.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t limit) : limit_(limit) {}
  void reserve(std::size_t bytes, const char* what);  // `what` names the operator, for the message
  void release(std::size_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }
  std::size_t used() const { return used_.load(std::memory_order_relaxed); }
  std::size_t peak() const { return peak_.load(std::memory_order_relaxed); }
  std::size_t limit() const { return limit_; }
  void forget_peak() { peak_.store(used()); }

 private:
  std::size_t limit_;
  std::atomic<std::size_t> used_{0};
  std::atomic<std::size_t> peak_{0};
};

// A reservation that grows with its holder and is given back at the end.
class Reservation {
 public:
  Reservation(MemoryBudget& budget, const char* what) : budget_(&budget), what_(what) {}
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;
  ~Reservation() { budget_->release(held_); }
  void resize(std::size_t bytes) {
    if (bytes > held_) budget_->reserve(bytes - held_, what_);
    if (bytes < held_) budget_->release(held_ - bytes);
    held_ = bytes;
  }
  void add(std::size_t bytes) { resize(held_ + bytes); }

 private:
  MemoryBudget* budget_;
  const char* what_;
  std::size_t held_ = 0;
};

// From so many rows on the work of a scan is worth the threads: some milliseconds.
inline constexpr std::uint64_t kParallelRows = 200'000;

struct QueryLimits {
  std::chrono::milliseconds timeout{0};  // 0: none
  std::size_t memory_bytes = std::size_t{1} << 30;
  unsigned threads = 1;
  std::uint64_t parallel_rows =
      kParallelRows;  // rows of a scan from which on several threads share the work above it
};

class AdjacencyCache;
class CompositeCache;

class QueryContext {
 public:
  // `cancelled` may be null; it outlives the context.
  QueryContext(std::shared_ptr<const Snapshot> snapshot, const QueryLimits& limits,
               const std::atomic<bool>* cancelled, std::string base = {});

  // For a thread of a query: the same snapshot, budget, limits and time; computed terms and counters of its
  // own, so that no term that it makes may leave it. `stop` ends its work as a cancellation does. Both
  // outlive it.
  QueryContext(QueryContext& query, const std::atomic<bool>& stop);

  ~QueryContext();

  // Throws LimitError when the query was cancelled or is past its deadline.
  void check() const;

  // `report` is called by `check` some ten times a second; false: the query is cancelled. It belongs to the
  // thread of this context.
  using Report = std::function<bool()>;
  void report_to(Report report) { report_ = std::move(report); }
  // Hands the reports on to the context of a thread, which must be the one that runs now.
  void lend_report(QueryContext& thread) { thread.report_ = report_; }
  // Rows that all threads have read from the store.
  void count_scanned(std::uint64_t rows) { scanned_->fetch_add(rows, std::memory_order_relaxed); }
  std::uint64_t scanned() const { return scanned_->load(std::memory_order_relaxed); }

  // Sets it back to before the run, for another one of the plan that was made in it: computed terms stay, as the plan may know them.
  void rewind();
  // Begins that run. `cancelled` as for the constructor.
  void renew(std::chrono::milliseconds timeout, const std::atomic<bool>* cancelled);

  const Snapshot& snapshot() const { return *snapshot_; }
  std::shared_ptr<const Snapshot> shared_snapshot() const { return snapshot_; }
  MemoryBudget& budget() { return *budget_; }
  LocalTerms& terms() { return terms_; }
  CompositeCache& composites() { return *composites_; }
  ScanCounters& counters() { return counters_; }
  const std::string& base() const { return base_; }
  std::chrono::sys_time<std::chrono::milliseconds> now() const {
    told_time_ = true;
    return now_;
  }  // NOW(): one value for the query
  bool told_time() const { return told_time_; }  // to anybody, a thread's context apart
  unsigned threads() const { return threads_; }
  std::uint64_t parallel_rows() const { return parallel_rows_; }
  // What the queries of a store share; null: this one shares nothing. It outlives the context.
  AdjacencyCache* adjacencies() const { return adjacencies_; }
  void share(AdjacencyCache& adjacencies) { adjacencies_ = &adjacencies; }

 private:
  std::shared_ptr<const Snapshot> snapshot_;
  std::shared_ptr<MemoryBudget> budget_;
  LocalTerms terms_;
  std::unique_ptr<CompositeCache> composites_;
  ScanCounters counters_;
  const std::atomic<bool>* cancelled_;
  const std::atomic<bool>* stop_ = nullptr;
  std::shared_ptr<std::atomic<std::uint64_t>> scanned_;
  Report report_;
  mutable std::chrono::steady_clock::time_point reported_{};
  std::chrono::steady_clock::time_point deadline_;
  bool has_deadline_;
  std::string base_;
  std::chrono::sys_time<std::chrono::milliseconds> now_;
  mutable bool told_time_ = false;
  unsigned threads_;
  std::uint64_t parallel_rows_;
  AdjacencyCache* adjacencies_ = nullptr;
};

}  // namespace dossier
