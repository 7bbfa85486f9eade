#include "tests/crash/fault_test.h"

#include <fnmatch.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/crash/process.h"
#include "tests/crash/shim.h"
#include "tests/crash/work.h"
#include "tests/differential/random.h"

namespace dossier::crash {
namespace {

namespace fs = std::filesystem;
using differential::Random;
using shim::Fault;

struct Case {
  Fault fault = Fault::none;
  bool from_then_on = false;
  std::uint64_t nth = 0;
  Durability durability = Durability::sync;
  std::uint64_t file_size = 0;  // a limit of the system instead of a fault of the shim

  std::string describe() const;
};

std::string_view name_of(Fault fault) {
  switch (fault) {
    case Fault::none:
      return "none";
    case Fault::no_space:
      return "no space";
    case Fault::io_error:
      return "i/o error";
    case Fault::failing_sync:
      return "failing sync";
    case Fault::short_write:
      return "short write";
    case Fault::failing_read:
      return "failing read";
  }
  return "";
}

std::string_view name_of(Durability durability) {
  switch (durability) {
    case Durability::sync:
      return "sync";
    case Durability::group:
      return "group";
    case Durability::none:
      return "none";
  }
  return "";
}

std::string Case::describe() const {
  const std::string kept = " (durability " + std::string(name_of(durability)) + ")";
  if (file_size != 0) return "no file above " + std::to_string(file_size) + " bytes" + kept;
  return std::string(name_of(fault)) + (from_then_on ? " from call " : " at call ") + std::to_string(nth) +
         kept;
}

// ---- what is done

Change change_of(Change::Kind kind, std::uint32_t first, std::uint32_t count, std::uint32_t step,
                 bool as_text) {
  Change change;
  change.kind = kind;
  change.as_text = as_text;
  for (std::uint32_t i = 0; i < count; ++i) change.numbers.push_back((first + i * step) % kQuads);
  return change;
}

std::vector<Operation> scenario(Durability durability) {
  using Kind = Operation::Kind;
  const auto one = [](Kind kind, Change change) {
    Operation operation;
    operation.kind = kind;
    operation.changes.push_back(std::move(change));
    return operation;
  };
  const auto none = [&](Kind kind) {
    Operation operation;
    operation.kind = kind;
    operation.options.durability = durability;
    return operation;
  };
  Change move;
  move.kind = Change::Kind::move;
  move.predicate = 3;
  move.from = 1;
  move.to = 2;
  Operation transaction;
  transaction.kind = Kind::transaction;
  transaction.changes = {change_of(Change::Kind::erase, 0, 60, 3, false), move,
                         change_of(Change::Kind::insert, 9000, 40, 1, true)};
  return {
      none(Kind::reopen),
      one(Kind::change, change_of(Change::Kind::insert, 0, 120, 1, false)),
      one(Kind::change, change_of(Change::Kind::erase, 5, 10, 2, true)),
      one(Kind::load_large, change_of(Change::Kind::insert, 100, 2'300, 1, false)),
      std::move(transaction),
      one(Kind::load_small, change_of(Change::Kind::insert, 4'000, 100, 1, false)),
      none(Kind::compact),
      one(Kind::change, change_of(Change::Kind::insert, 20'000, 30, 5, true)),
      none(Kind::backup),
      none(Kind::reopen),
      one(Kind::change, change_of(Change::Kind::erase, 100, 200, 1, false)),
  };
}

// ---- one run, in a process of its own

class Broken : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Run {
 public:
  Run(const Case& what, fs::path root) : case_(what), root_(std::move(root)) {}

  // Throws Broken.
  void run() {
    shim::watch(root_.string());
    shim::arm(case_.fault, case_.nth, case_.from_then_on);
    const std::vector<Operation> operations = scenario(case_.durability);
    for (std::uint64_t number = 0; number < operations.size(); ++number) attempt(operations[number], number);
    shim::disarm();
    shim::watch({});
    const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &unlimited);
    afterwards();
  }
  std::uint64_t failed() const { return failed_; }
  std::uint64_t calls() const { return calls_; }

 private:
  void attempt(const Operation& operation, std::uint64_t number) {
    const std::string what =
        "operation " + std::to_string(number) + " (" + std::string(crash::name_of(operation.kind)) + ")";
    Model after = visible_;
    operation.apply(after);
    const bool changes = !(after.fingerprint() == visible_.fingerprint());
    try {
      if (!store_ && operation.kind != Operation::Kind::reopen) reopen();
      if (operation.kind == Operation::Kind::reopen) {
        reopen();
      } else {
        perform(operation, number, root_, store_);
        visible_ = std::move(after);
        // What was in doubt may have been shown by the beginning of this operation.
        for (Model& model : in_doubt_) operation.apply(model);
        settled_ = changes;
        if (operation.kind == Operation::Kind::backup)
          backup_ = {backup_path(root_, number), visible_.fingerprint()};
      }
    } catch (const StorageError& error) {
      ++failed_;
      if (std::getenv("CRASH_TRACE") != nullptr) std::cerr << what << ": " << error.what() << '\n';
      judge_message(what, error.what());
      // It was done or it was not: what readers see tells for now, and until the next commit another opening
      // may see the other of the two.
      if (changes) in_doubt_.push_back(after);
    } catch (const CorruptionError& error) {
      ++failed_;
      // Reading a copy again is how a backup finds out whether it is good.
      const bool unread = case_.fault == Fault::failing_read && operation.kind == Operation::Kind::backup;
      if (!unread) throw Broken(what + " calls it damage: " + error.what());
    } catch (const Error& error) {
      throw Broken(what + " ended with an error of another kind: " + error.what());
    }
    calls_ = shim::calls();
    if (store_) look(what, number);
  }

  void judge_message(const std::string& what, const std::string& message) const {
    if (message.find(root_.string()) == std::string::npos)
      throw Broken(what + ": the error names no path: " + message);
  }

  void reopen() {
    store_.reset();
    OpenOptions options;
    options.durability = case_.durability;
    store_ = Store::open((root_ / "store").string(), options);
    settled_ = true;
  }

  // What readers see is the state before or after what failed, and the same by every way to ask for it.
  void look(const std::string& what, std::uint64_t number) {
    Fingerprint found;
    try {
      found = fingerprint_of(*store_);
      const std::uint64_t counted =
          count(*store_, "SELECT (COUNT(*) AS ?n) { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }");
      if (counted != found.quads)
        throw Broken("after " + what + " a query counts " + std::to_string(counted) + " quads, dump " +
                     std::to_string(found.quads));
      const std::string predicate = predicate_text(static_cast<std::uint32_t>(number % kPredicates));
      const std::uint64_t of_predicate =
          count(*store_, "SELECT (COUNT(*) AS ?n) { { ?s " + predicate + " ?o } UNION { GRAPH ?g { ?s " +
                             predicate + " ?o } } }");
      if (visible_.fingerprint() == found &&
          of_predicate != expected(static_cast<std::uint32_t>(number % kPredicates)))
        throw Broken("after " + what + " a query finds " + std::to_string(of_predicate) + " quads of " +
                     predicate);
    } catch (const StorageError& error) {
      if (case_.fault == Fault::failing_read) return judge_message(what + ", reading", error.what());
      throw Broken("after " + what + " the store cannot be read: " + error.what());
    } catch (const CorruptionError& error) {
      throw Broken("after " + what + " reading calls it damage: " + error.what());
    }
    const auto same = [&](const Model& model) { return found == model.fingerprint(); };
    if (!same(visible_)) {
      const auto other = std::find_if(in_doubt_.begin(), in_doubt_.end(), same);
      if (other == in_doubt_.end())
        throw Broken("after " + what + " the store shows a state of its own:\n" +
                     visible_.difference(*store_));
      std::swap(visible_, *other);
    }
    if (settled_) in_doubt_.clear();
    settled_ = false;
  }

  std::uint64_t expected(std::uint32_t predicate) const {
    std::uint64_t sum = 0;
    for (std::uint32_t number = 0; number < kQuads; ++number)
      sum += number / kGraphs % kPredicates == predicate && visible_.has(number);
    return sum;
  }

  static std::uint64_t count(Store& store, const std::string& query) {
    Session session = store.session();
    Result result = session.query(query);
    result.next();
    return static_cast<std::uint64_t>(result.get(0)->as_integer().value());
  }

  // The fault is over.
  void afterwards() {
    constexpr std::uint64_t kLast = 1'000;  // of an operation: no other has it
    try {
      if (store_) {
        Operation operation;
        operation.changes.push_back(change_of(Change::Kind::insert, 30'000, 12, 7, false));
        behind_the_fault(operation, kLast);
      }
      reopen();
      look("opening behind the fault", kLast);
      require_clean("behind the fault");
      if (fs::exists(root_ / "store" / "tmp") && !fs::is_empty(root_ / "store" / "tmp"))
        throw Broken("litter in tmp");
      Operation operation;
      operation.changes.push_back(change_of(Change::Kind::insert, 40'000, 12, 7, true));
      perform(operation, kLast, root_, store_);
      operation.apply(visible_);
      look("the last commit", kLast);
      require_clean("at the end");
      if (!backup_.first.empty()) {
        store_ = Store::open(backup_.first.string(), {});
        require_clean("of the backup");
        if (!(fingerprint_of(*store_) == backup_.second)) throw Broken("the backup holds another state");
      }
      store_.reset();
    } catch (const Error& error) {
      throw Broken(std::string("behind the fault: ") + error.what());
    }
  }

  // A store that is open goes on when there is room again. An error of the disk itself may ask for a new
  // opening.
  void behind_the_fault(const Operation& operation, std::uint64_t number) {
    try {
      perform(operation, number, root_, store_);
      operation.apply(visible_);
      for (Model& model : in_doubt_) operation.apply(model);
      settled_ = true;
      look("a commit behind the fault", number);
    } catch (const StorageError& error) {
      if (std::string_view(error.what()).find("open the store anew") == std::string_view::npos) throw;
    }
  }

  void require_clean(const std::string& when) const {
    const auto findings = store_->check();
    if (!findings.empty()) throw Broken("check " + when + ": " + findings.front());
  }

  Case case_;
  fs::path root_;
  std::optional<Store> store_;
  Model visible_;
  std::vector<Model> in_doubt_;  // what another opening may show instead
  bool settled_ = false;         // a commit or an opening since: what is seen now is what stands
  std::pair<fs::path, Fingerprint> backup_;
  std::uint64_t failed_ = 0;
  std::uint64_t calls_ = 0;
};

struct Outcome {
  bool good = false;
  std::uint64_t failed = 0;  // operations that got an error
  std::uint64_t calls = 0;
};

Outcome run_case(const Case& what, const fs::path& folder) {
  const fs::path root = folder / "root";
  fs::remove_all(root);
  fs::create_directories(root);
  Bounds bounds;
  bounds.file_size = what.file_size;
  const Ending ending = run_forked(bounds, [&](int out) {
    Run run(what, root);
    try {
      run.run();
    } catch (const Broken& broken) {
      const std::string call = shim::failed_call();
      write_all(out, std::string(broken.what()) +
                         "\nthe call that failed: " + (call.empty() ? "none" : call) + '\n');
      return 1;
    }
    write_all(out, std::to_string(run.failed()) + ' ' + std::to_string(run.calls()));
    return 0;
  });
  Outcome outcome;
  if (!ending.clean() || ending.code != 0) {
    std::cerr << what.describe() << ": " << ending.describe() << "\n" << ending.text << '\n';
    return outcome;
  }
  outcome.good = true;
  outcome.failed = std::stoull(ending.text);
  outcome.calls = std::stoull(ending.text.substr(ending.text.find(' ')));
  return outcome;
}

}  // namespace

bool run_fault_test(std::uint64_t some, std::uint64_t seed, const fs::path& folder, const std::string& only) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<Case> cases;
  std::uint64_t changing = 0;
  for (const Fault fault :
       {Fault::io_error, Fault::no_space, Fault::failing_sync, Fault::short_write, Fault::failing_read}) {
    const Outcome counted = run_case({fault, false, ~std::uint64_t{0}}, folder);
    if (!counted.good) return false;
    changing = std::max(changing, fault == Fault::failing_read ? 0 : counted.calls);
    for (const bool from_then_on : {false, true}) {
      for (std::uint64_t nth = 0; nth < counted.calls; ++nth) {
        cases.push_back({fault, from_then_on, nth});
        cases.push_back({fault, from_then_on, nth, nth % 2 == 0 ? Durability::group : Durability::none});
      }
    }
  }
  const std::size_t all = cases.size();
  if (!only.empty()) {
    std::erase_if(cases,
                  [&](const Case& what) { return ::fnmatch(only.c_str(), what.describe().c_str(), 0) != 0; });
    some = 0;
  }
  if (some != 0 && some < cases.size()) {
    Random random(seed);
    for (std::size_t i = 0; i < some; ++i) std::swap(cases[i], cases[i + random.below(cases.size() - i)]);
    cases.resize(some);
  }
  if (only.empty())
    for (std::uint64_t bytes = 4 << 10; bytes <= 512 << 10; bytes *= 2)
      cases.push_back({Fault::none, false, 0, Durability::sync, bytes});
  std::uint64_t reached = 0;
  std::uint64_t bad = 0;
  for (const Case& what : cases) {
    const Outcome outcome = run_case(what, folder);
    bad += !outcome.good;
    reached += outcome.failed > 0;
  }
  fs::remove_all(folder / "root");
  std::cout << "fault test: " << cases.size() << " of " << all << " faults injected (" << changing
            << " calls change the disk), " << reached << " reached the caller, " << bad
            << " broke a promise, "
            << std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() << " s\n";
  return bad == 0;
}

}  // namespace dossier::crash
