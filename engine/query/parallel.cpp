#include "engine/query/parallel.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace dossier {
namespace {

// Ranges for each thread: those that turn out longer than others leave the rest to the other threads.
constexpr std::size_t kRangesPerThread = 6;
// How often the thread of the query, which reports, looks up while it waits for the others.
constexpr std::chrono::milliseconds kBetweenLooks(50);

// Joins when it goes, whatever is thrown meanwhile.
class Threads {
 public:
  ~Threads() { join(); }
  template <typename Work>
  void start(Work&& work) {
    threads_.emplace_back(std::forward<Work>(work));
  }
  void join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  std::vector<std::thread> threads_;
};

}  // namespace

bool run_parts(QueryContext& context, Operator& input,
               const std::function<void(std::size_t workers, std::size_t ranges)>& begin,
               const PartWork& work) {
  if (context.threads() < 2 || input.leading() == kNoVariable) return false;
  const std::vector<KeyRange> ranges = input.ranges(context.threads() * kRangesPerThread);
  if (ranges.size() < 2 || !input.prepare()) return false;

  std::atomic<bool> stop{false};
  const std::size_t workers = std::min<std::size_t>(context.threads(), ranges.size());
  std::vector<std::unique_ptr<QueryContext>> contexts;
  for (std::size_t i = 0; i < workers; ++i) contexts.push_back(std::make_unique<QueryContext>(context, stop));
  context.lend_report(*contexts.front());  // its work is done by this thread
  // Copies are made one at a time: what they are made from belongs to one thread.
  std::vector<std::vector<OperatorPtr>> parts(workers);
  begin(workers, ranges.size());

  std::mutex mutex;
  std::condition_variable ended;
  std::exception_ptr error;
  std::size_t next = 0;
  std::size_t at_work = workers;
  const auto take = [&](std::size_t worker) -> std::size_t {
    const std::lock_guard lock(mutex);
    if (stop.load(std::memory_order_relaxed) || next == ranges.size()) return ranges.size();
    parts[worker].push_back(input.copy(*contexts[worker], ranges[next]));
    return next++;
  };
  const auto fail = [&] {
    // Those that are stopped throw after the one that had the error.
    const std::lock_guard lock(mutex);
    if (error == nullptr) error = std::current_exception();
    stop.store(true, std::memory_order_relaxed);
  };
  const auto run = [&](std::size_t worker) {
    try {
      for (std::size_t range = take(worker); range < ranges.size(); range = take(worker))
        work(worker, *contexts[worker], range, *parts[worker].back());
    } catch (...) {
      fail();
    }
    const std::lock_guard lock(mutex);
    --at_work;
    ended.notify_one();
  };
  {
    Threads threads;
    for (std::size_t worker = 1; worker < workers; ++worker) threads.start([&run, worker] { run(worker); });
    run(0);
    // The others may have taken all the ranges, and be at it for long.
    std::unique_lock lock(mutex);
    while (!ended.wait_for(lock, kBetweenLooks, [&] { return at_work == 0; })) {
      lock.unlock();
      try {
        contexts.front()->check();
      } catch (...) {
        fail();
      }
      lock.lock();
    }
  }
  for (const auto& copies : parts)
    for (const OperatorPtr& copy : copies) input.absorb(*copy);
  if (error != nullptr) std::rethrow_exception(error);
  return true;
}

}  // namespace dossier
