#include "tests/crash/kill_test.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/crash/power_cut.h"
#include "tests/crash/process.h"
#include "tests/crash/shim.h"
#include "tests/crash/work.h"
#include "tests/differential/random.h"

namespace dossier::crash {
namespace {

namespace fs = std::filesystem;
using differential::Random;
using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;

// What the worker says: one of these at a time, in one write.
struct Message {
  enum class Kind : std::uint64_t { opening, opened, begun, acknowledged };
  Kind kind = Kind::opening;
  std::uint64_t operation = 0;
};

constexpr int kWorkerFailed = 3;
constexpr std::uint64_t kFreshStoreEvery = 40;  // kills
constexpr microseconds kLongest{3'000'000};     // of a worker's life, whatever it was to be killed at
constexpr std::uint64_t kLookAhead = 60;        // operations, for one worth being killed in

void tell(int out, Message::Kind kind, std::uint64_t operation) {
  const Message message{kind, operation};
  if (::write(out, &message, sizeof message) != sizeof message) ::_exit(4);
}

bool is_synced(const OpenOptions& options) {
  return options.durability != Durability::none;
}

bool worth_killing(Operation::Kind kind) {
  return kind == Operation::Kind::load_small || kind == Operation::Kind::load_large ||
         kind == Operation::Kind::compact || kind == Operation::Kind::backup;
}

// When a worker is killed.
struct Aim {
  enum class At : std::uint8_t { opening, opened, begun } at = At::opened;
  std::uint64_t operation = 0;  // begun
  microseconds after{0};
};

class KillTest {
 public:
  explicit KillTest(const KillOptions& options)
      : options_(options),
        random_(options.seed),
        root_(options.folder / "root"),
        journal_(options.folder / "journal"),
        graveyard_(options.folder / "graveyard") {}

  bool run() {
    const auto start = Clock::now();
    for (kill_ = 0; kill_ < options_.kills; ++kill_) {
      if (kill_ % kFreshStoreEvery == 0) fresh_store();
      try {
        one_kill();
        verify();
      } catch (const std::exception& error) {
        std::cerr << "kill " << kill_ << " of seed " << options_.seed << (options_.power ? " (power)" : "")
                  << ", operation " << (acknowledged_ ? *acknowledged_ + 1 : first_)
                  << " in flight, opened with "
                  << (is_synced(options_of(seed_, first_, sync_only_)) ? "sync" : "no sync") << ": "
                  << error.what() << "\nwhat is left lies in " << root_ << '\n';
        return false;
      }
    }
    std::cout << (options_.power ? "power test: " : "kill test: ") << options_.kills << " kills survived ("
              << aimed_ << " inside an operation or an opening), " << operations_
              << " operations acknowledged, " << in_flight_kept_ << " in flight kept, " << in_flight_lost_
              << " lost, " << backups_ << " backups sound, "
              << std::chrono::duration<double>(Clock::now() - start).count() << " s\n";
    return true;
  }

 private:
  void fresh_store() {
    fs::remove_all(root_);
    fs::create_directories(root_);
    seed_ = random_.next();
    sync_only_ = random_.chance(options_.power ? 60 : 30);
    first_ = 0;
    model_ = Model();
    there_ = false;
  }

  Aim take_aim() {
    Aim aim;
    const std::size_t kind = random_.below(10);
    if (kind < 2) {
      aim.at = Aim::At::opening;
      aim.after = microseconds(random_.below(30'000));
    } else if (kind < 5) {
      aim.after = microseconds(random_.below(std::size_t{1} << random_.between(10, 18)));
    } else {
      aim.at = Aim::At::begun;
      std::vector<std::uint64_t> worth;
      for (std::uint64_t number = first_; number < first_ + kLookAhead; ++number)
        if (worth_killing(operation_of(seed_, number, sync_only_).kind)) worth.push_back(number);
      aim.operation = worth.empty() ? first_ : worth[random_.below(std::min<std::size_t>(worth.size(), 4))];
      aim.after = microseconds(random_.below(std::size_t{1} << random_.between(8, 17)));
    }
    return aim;
  }

  // Starts a worker, kills it, and leaves in `acknowledged_`, `begun_` what it said.
  void one_kill() {
    const Aim aim = take_aim();
    std::optional<PowerCut> cut;
    if (options_.power) cut.emplace(root_, journal_, graveyard_);
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
    const std::vector<std::string> words = {"/proc/self/exe",
                                            "--worker",
                                            options_.folder.string(),
                                            std::to_string(seed_),
                                            std::to_string(first_),
                                            sync_only_ ? "sync" : "any",
                                            options_.power ? "journal" : "-",
                                            std::to_string(ends[1])};
    std::vector<char*> pointers;
    for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
    pointers.push_back(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      ::execv(pointers[0], pointers.data());
      ::_exit(127);
    }
    ::close(ends[1]);
    const bool killed = listen_and_kill(child, ends[0], aim);
    ::close(ends[0]);
    int signal = 0;
    const int code = wait_for(child, signal);
    if (!killed) {
      throw std::runtime_error("the worker failed by itself, " + (signal != 0
                                                                      ? "signal " + std::to_string(signal)
                                                                      : "exit code " + std::to_string(code)));
    }
    if (cut) cut->apply(random_);
  }

  // False: the worker ended by itself.
  bool listen_and_kill(pid_t child, int in, const Aim& aim) {
    acknowledged_.reset();
    begun_.reset();
    opened_ = false;
    bool on_the_way = false;
    bool killed = false;
    auto deadline = Clock::now() + kLongest;
    for (;;) {
      const auto left = std::chrono::duration_cast<microseconds>(deadline - Clock::now()).count();
      if (!killed && left <= 0) {
        ::kill(child, SIGKILL);
        killed = true;
      }
      pollfd wait{in, POLLIN, 0};
      const timespec time{left / 1'000'000, left % 1'000'000 * 1000};
      if (::ppoll(&wait, 1, killed ? nullptr : &time, nullptr) == 0) continue;
      Message message;
      const ssize_t n = ::read(in, &message, sizeof message);
      if (n == 0) break;
      if (n != sizeof message) throw std::runtime_error("half a message of the worker");
      hear(message);
      const bool reached = (message.kind == Message::Kind::opening && aim.at == Aim::At::opening) ||
                           (message.kind == Message::Kind::opened && aim.at == Aim::At::opened) ||
                           (message.kind == Message::Kind::begun && aim.at == Aim::At::begun &&
                            message.operation == aim.operation);
      if (reached && !on_the_way) {
        on_the_way = true;
        deadline = Clock::now() + aim.after;
      }
    }
    aimed_ += !opened_ || (begun_ && (!acknowledged_ || *acknowledged_ < *begun_));
    return killed;
  }

  void hear(const Message& message) {
    switch (message.kind) {
      case Message::Kind::opening:
        break;
      case Message::Kind::opened:
        opened_ = true;
        break;
      case Message::Kind::begun:
        begun_ = message.operation;
        break;
      case Message::Kind::acknowledged:
        acknowledged_ = message.operation;
        ++operations_;
        break;
    }
  }

  // The states that may be there now; the first one at `least`.
  struct States {
    std::uint64_t least = 0;  // number of the first operation that is not in the first state
    std::vector<Fingerprint> prints;
  };
  States states_after_kill() const {
    const std::uint64_t acknowledged = acknowledged_ ? *acknowledged_ + 1 : first_;
    States states;
    // Without sync a power cut takes the last commits, but none before the last load, which is synced in any
    // case.
    states.least = acknowledged;
    if (options_.power) {
      std::uint64_t number = first_;
      bool sync = is_synced(options_of(seed_, first_, sync_only_));
      states.least = first_;
      for (; number < acknowledged; ++number) {
        const Operation operation = operation_of(seed_, number, sync_only_);
        if (operation.kind == Operation::Kind::reopen) {
          states.least = number + 1;  // closing makes all of it last
          sync = is_synced(operation.options);
        }
        if (sync || operation.kind == Operation::Kind::load_large) states.least = number + 1;
      }
    }
    Model model = model_;
    for (std::uint64_t number = first_; number < states.least; ++number)
      operation_of(seed_, number, sync_only_).apply(model);
    states.prints.push_back(model.fingerprint());
    const std::uint64_t end = begun_ ? std::max(*begun_ + 1, acknowledged) : acknowledged;
    for (std::uint64_t number = states.least; number < end; ++number) {
      operation_of(seed_, number, sync_only_).apply(model);
      states.prints.push_back(model.fingerprint());
    }
    return states;
  }

  void verify() {
    const fs::path path = root_ / "store";
    const States states = states_after_kill();
    const std::uint64_t acknowledged = acknowledged_ ? *acknowledged_ + 1 : first_;
    if (opened_ && !options_.power && !fs::exists(path)) throw std::runtime_error("the store is gone");
    if (there_ || opened_) there_ = true;
    std::optional<Fingerprint> seen;
    if (there_ && random_.chance(25)) {
      OpenOptions read_only;
      read_only.read_only = true;
      Store store = Store::open(path.string(), read_only);
      seen = fingerprint_of(store);
      require_clean(store, "open read-only, the store");
    }
    std::uint64_t next = 0;
    {
      Store store = Store::open(path.string(), options_of(seed_, first_ + kill_, sync_only_));
      there_ = true;
      for (const auto& entry : fs::directory_iterator(path / "tmp"))
        throw std::runtime_error("litter: " + entry.path().string());
      require_clean(store, "the store");
      const Fingerprint found = fingerprint_of(store);
      if (seen && !(*seen == found))
        throw std::runtime_error("read-only it shows another state than for writing");
      next = place_of(found, states, store);
    }
    // Those that change nothing leave no trace; what was acknowledged counts as done all the same.
    if (!options_.power) next = std::max(next, acknowledged);
    if (begun_ && *begun_ >= acknowledged) ++(next > *begun_ ? in_flight_kept_ : in_flight_lost_);
    verify_backups(acknowledged);
    for (std::uint64_t number = first_; number < next; ++number)
      operation_of(seed_, number, sync_only_).apply(model_);
    // What was in flight and what was lost is over: the next run goes on behind it.
    first_ = begun_ ? *begun_ + 1 : first_;
  }

  // The number of the first operation that is not in the state found.
  std::uint64_t place_of(const Fingerprint& found, const States& states, Store& store) const {
    for (std::size_t i = states.prints.size(); i-- > 0;)
      if (states.prints[i] == found) return states.least + i;
    Model model = model_;
    for (std::uint64_t number = first_; number < states.least; ++number)
      operation_of(seed_, number, sync_only_).apply(model);
    throw std::runtime_error("the store holds " + std::to_string(found.quads) +
                             " quads, which is the state after " + "none of the operations " +
                             std::to_string(states.least) + " to " +
                             std::to_string(states.least + states.prints.size() - 1) +
                             "; against the first of them:\n" + model.difference(store));
  }

  static void require_clean(const Store& store, const std::string& what) {
    const auto findings = store.check();
    if (!findings.empty()) throw std::runtime_error(what + " is not sound: " + findings.front());
  }

  // Those that were acknowledged are there; the one in flight is there and whole, or not at all.
  void verify_backups(std::uint64_t acknowledged) {
    Model model = model_;
    const std::uint64_t end = begun_ ? *begun_ + 1 : first_;
    for (std::uint64_t number = first_; number < end; ++number) {
      const Operation operation = operation_of(seed_, number, sync_only_);
      operation.apply(model);
      if (operation.kind != Operation::Kind::backup) continue;
      const fs::path path = backup_path(root_, number);
      if (!fs::exists(path)) {
        if (number < acknowledged) throw std::runtime_error("the backup " + path.string() + " is gone");
        continue;
      }
      OpenOptions read_only;
      read_only.read_only = random_.chance(50);
      Store store = Store::open(path.string(), read_only);
      require_clean(store, "the backup");
      if (!(fingerprint_of(store) == model.fingerprint()))
        throw std::runtime_error("the backup " + path.string() + " holds another state:\n" +
                                 model.difference(store));
      ++backups_;
    }
    for (const auto& entry : fs::directory_iterator(root_)) {
      if (entry.path().filename().string().starts_with("backup-")) fs::remove_all(entry.path());
    }
  }

  KillOptions options_;
  Random random_;
  fs::path root_;
  fs::path journal_;
  fs::path graveyard_;

  std::uint64_t seed_ = 0;  // of the present store's operations
  bool sync_only_ = false;
  std::uint64_t first_ = 0;  // the worker's first operation
  Model model_;              // before it
  bool there_ = false;       // the store was opened once

  std::optional<std::uint64_t> acknowledged_;
  std::optional<std::uint64_t> begun_;
  bool opened_ = false;

  std::uint64_t kill_ = 0;
  std::uint64_t aimed_ = 0;
  std::uint64_t operations_ = 0;
  std::uint64_t in_flight_kept_ = 0;
  std::uint64_t in_flight_lost_ = 0;
  std::uint64_t backups_ = 0;
};

}  // namespace

bool run_kill_test(const KillOptions& options) {
  return KillTest(options).run();
}

int run_worker(const fs::path& folder, std::uint64_t seed, std::uint64_t first, bool sync_only, bool journal,
               int out) {
  const fs::path root = folder / "root";
  if (journal)
    shim::keep_journal(root.string(), (folder / "journal").string(), (folder / "graveyard").string());
  std::uint64_t number = first;
  try {
    tell(out, Message::Kind::opening, first);
    std::optional<Store> store = Store::open((root / "store").string(), options_of(seed, first, sync_only));
    tell(out, Message::Kind::opened, first);
    for (;; ++number) {
      const Operation operation = operation_of(seed, number, sync_only);
      tell(out, Message::Kind::begun, number);
      perform(operation, number, root, store);
      tell(out, Message::Kind::acknowledged, number);
    }
  } catch (const std::exception& error) {
    std::cerr << "operation " << number << " (" << name_of(operation_of(seed, number, sync_only).kind)
              << "): " << error.what() << '\n';
  }
  return kWorkerFailed;
}

}  // namespace dossier::crash
