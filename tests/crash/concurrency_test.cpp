// Readers and writers of one store in many threads: see bank.h for what every snapshot must satisfy.
//
//   concurrency_test [--seconds N] [--threads N]
//
// Purpose: transfers, archiving, loads small and large, folds, compactions, transactions that come to
// nothing, and beside them audits, readers that are slow on purpose, dumps, checks, backups, cancelled
// queries, and a listener that keeps a copy. At the end none of the acknowledged transfers may be missing,
// and the copy is the store. N seconds for each of three places: the key-value store of the tests, RocksDB in
// memory, RocksDB on disk; N threads in all, at least one of
// each kind. Made for the thread sanitizer:
//   build/tsan/tests/concurrency_test --gtest_filter='*own' --seconds 100        without any suppression
//   TSAN_OPTIONS=suppressions=tests/crash/tsan.supp build/tsan/tests/concurrency_test --seconds 100
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <sstream>
#include <thread>

#include <fmt/format.h>

#include "engine/session_core.h"
#include "tests/crash/bank.h"
#include "tests/crash/memory_kv.h"
#include "tests/program.h"

namespace dossier::test {
namespace {

using Clock = std::chrono::steady_clock;

struct Settings {
  double seconds = 2;
  unsigned threads = 8;
};
Settings settings;

enum class Place { own, memory, disk };

// A digest of the rows of a permutation that does not depend on their order.
struct Digest {
  std::uint64_t rows = 0;
  std::uint64_t sum = 0;
  friend bool operator==(const Digest&, const Digest&) = default;
};

Digest digest_of(const Snapshot& snapshot, Permutation permutation, bool named_only) {
  ScanRange range;
  range.permutation = permutation;
  const auto cursor = snapshot.scan(range, kAllColumns);
  const auto& order = kColumnOrder[static_cast<std::size_t>(permutation)];
  Digest digest;
  for (RowBlock block; cursor->next(block);) {
    for (std::size_t row = 0; row < block.rows; ++row) {
      std::array<std::uint64_t, 4> quad{};
      for (std::size_t c = 0; c < 4; ++c) quad[order[c]] = block.columns[c][row].bits;
      if (named_only && Id{quad[3]} == kDefaultGraph) continue;
      std::uint64_t hash = 0;
      for (const std::uint64_t bits : quad) hash = (hash ^ bits) * 0x9E3779B97F4A7C15ULL + (hash >> 29);
      ++digest.rows;
      digest.sum += hash;
    }
  }
  return digest;
}

// The digest of all quads and that of all triple terms. Every permutation must agree.
std::pair<Digest, Digest> agreed_digest(const Snapshot& snapshot) {
  const Digest all = digest_of(snapshot, Permutation::spog, false);
  for (const auto permutation : {Permutation::posg, Permutation::ospg, Permutation::psog})
    EXPECT_EQ(digest_of(snapshot, permutation, false), all) << static_cast<int>(permutation);
  EXPECT_EQ(digest_of(snapshot, Permutation::gspo, false), digest_of(snapshot, Permutation::spog, true));
  EXPECT_EQ(snapshot.quads(), all.rows);
  const Digest triples = digest_of(snapshot, Permutation::ispo, false);
  for (const auto permutation : {Permutation::spoi, Permutation::posi, Permutation::ospi})
    EXPECT_EQ(digest_of(snapshot, permutation, false), triples) << static_cast<int>(permutation);
  EXPECT_EQ(snapshot.triple_terms(), triples.rows);
  return {all, triples};
}

class Concurrency : public ::testing::TestWithParam<Place> {
 protected:
  void SetUp() override {
    if (GetParam() == Place::own) own_ = make_memory_kv();
    open();
    subscription_.emplace(store_->on_commit([this](const ChangeSet& change) { follow(change); }));
    Session session = store_->session();
    open_accounts(session);
  }
  void TearDown() override {
    subscription_.reset();
    store_.reset();
  }

  void open() {
    OpenOptions options;
    // On disk the commits of several threads share an fsync.
    options.durability = GetParam() == Place::disk ? Durability::group : Durability::none;
    options.write_buffer_bytes = std::size_t{1} << 20;  // flushes and compactions happen
    auto state = std::make_shared<Store::State>();
    state->options = options;
    state->adjacencies = std::make_unique<AdjacencyCache>(options.adjacency_bytes);
    state->plans = std::make_unique<PlanCache>(options.kept_plans);
    if (own_) {
      state->database = std::make_unique<Database>(own_, "own", options);
    } else {
      state->database = Database::open(GetParam() == Place::memory ? ":memory:" : folder_ / "db", options);
    }
    database_ = state->database.get();
    store_.emplace(std::move(state));
  }

  // Keeps a copy of the store by what each commit changed. Called by one thread at a time.
  void follow(const ChangeSet& change) {
    const Commit& commit = change.commit();
    EXPECT_EQ(commit.sequence, ++followed_);
    std::uint64_t removed = 0;
    std::uint64_t added = 0;
    for (QuadCursor cursor = change.removed(); cursor.next(); ++removed)
      EXPECT_EQ(copy_.erase(line_of(cursor.quad())), 1U) << line_of(cursor.quad());
    for (QuadCursor cursor = change.added(); cursor.next(); ++added)
      EXPECT_TRUE(copy_.insert(line_of(cursor.quad())).second) << line_of(cursor.quad());
    EXPECT_EQ(removed, commit.removed);
    EXPECT_EQ(added, commit.added);
    EXPECT_EQ(copy_.size(), commit.quads);
  }
  static std::string line_of(const Quad& quad) {
    std::string line =
        quad.subject.to_string() + " " + quad.predicate.to_string() + " " + quad.object.to_string();
    if (quad.graph) line += " " + quad.graph->to_string();
    return line;
  }
  std::set<std::string> all_lines() {
    Session session = store_->session();
    QuadPattern pattern;
    pattern.any_graph = true;
    std::set<std::string> lines;
    for (QuadCursor cursor = session.match(pattern); cursor.next();) lines.insert(line_of(cursor.quad()));
    return lines;
  }

  // ---- the threads

  bool time_is_over() const { return HasFailure() || Clock::now() >= deadline_; }
  void done(const std::string& what) {
    const std::lock_guard lock(mutex_);
    ++done_[what];
    something_done_.notify_all();
  }
  std::uint64_t times(const std::string& what) {
    const std::lock_guard lock(mutex_);
    return done_[what];
  }
  // Waits until it happened again; not for long, since those who would do it may wait for us.
  void wait_for_another(const std::string& what) {
    std::unique_lock lock(mutex_);
    const std::uint64_t before = done_[what];
    const auto end = Clock::now() + std::chrono::seconds(1);
    while (done_[what] == before && Clock::now() < end && !time_is_over())
      something_done_.wait_for(lock, std::chrono::milliseconds(20));
  }

  // Each of the jobs at least once, then as long as there is time.
  void work(unsigned seed, const std::vector<std::function<void(Random&)>>& jobs) {
    Random random(seed);
    try {
      for (const auto& job : jobs) job(random);
      while (!time_is_over()) jobs[random() % jobs.size()](random);
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
  }

  void audit(Session& session, Random& random) {
    const std::string query = audit_query(random);
    Result result = session.query(query);
    const std::string wrong = complaint(read_audit(result));
    EXPECT_EQ(wrong, "") << query;
  }

  void write(unsigned seed) {
    std::optional<Session> session = store_->session();
    const auto acknowledge = [this] {
      ++acknowledged_;
      done("transfers");
    };
    work(seed, {[&](Random& random) {
                  transfer_by_quads(*session, random);
                  audit(*session, random);  // it sees its own writes, and they are whole
                  session->commit();
                  acknowledge();
                },
                [&](Random& random) {
                  session->update(transfer_update(random));
                  acknowledge();
                },
                [&](Random& random) {
                  session->begin();
                  session->update(transfer_update(random));
                  session->update(transfer_update(random));
                  audit(*session, random);
                  session->commit();
                  acknowledge();
                  acknowledge();
                },
                [&](Random& random) {
                  session->begin();
                  archive(*session, 1 + static_cast<int>(random() % 60));
                  if (random() % 2 == 0) audit(*session, random);
                  session->commit();
                  done("archivings");
                },
                [&](Random& random) { come_to_nothing(session, random); }});
  }

  // A transaction that is rolled back, forgotten or broken off.
  void come_to_nothing(std::optional<Session>& session, Random& random) {
    const Quad ghost{bank_term("ghost"), bank_term("in"), bank_term("transaction"), bank_term("branch-1")};
    transfer_by_quads(*session, random);
    EXPECT_TRUE(session->insert(ghost));
    EXPECT_FALSE(session->insert(ghost));
    switch (random() % 3) {
      case 0:
        session->rollback();
        break;
      case 1:
        session.emplace(store_->session());
        break;
      default:
        EXPECT_THROW(
            session->update(with_prefixes("INSERT DATA { :ghost :in :update } ; LOAD <file:///nowhere.ttl>")),
            Error);
        session->rollback();
        break;
    }
    done("roll-backs");
  }

  void load(unsigned seed) {
    Session session = store_->session();
    std::uint64_t batch = 0;
    const auto load_items = [&](int items, bool blank) {
      const std::uint64_t number = ++batch;
      const LoadReport report = store_->load_text(arrivals(number, items, blank), Format::nq);
      EXPECT_EQ(report.added, 4U * static_cast<unsigned>(items));
      done(items > 500 ? "large loads" : "small loads");
      if (number % 2 == 0) wait_for_another("audits");
      session.update(removal_update(number));
    };
    work(seed,
         {[&](Random& random) { load_items(1 + static_cast<int>(random() % 60), random() % 2 == 0); },
          [&](Random& random) { load_items(600 + static_cast<int>(random() % 1500), random() % 2 == 0); },
          [&](Random&) {
            LoadOptions options;
            options.progress = [](const Progress& now) { return now.stage != Stage::writing; };
            EXPECT_THROW(store_->load_text(arrivals(++batch, 800, true), Format::nq, options), LimitError);
            done("cancelled loads");
          }});
  }

  void maintain(unsigned seed) {
    work(seed, {[&](Random&) {
                  store_->compact();
                  done("compactions");
                  wait_for_another("transfers");
                },
                [&](Random&) {
                  for (const std::string& finding : store_->check()) ADD_FAILURE() << finding;
                  done("checks");
                },
                [&](Random&) { check_dump(); }, [&](Random&) { check_statistics(); },
                [&](Random& random) { check_backup(random); }});
  }

  void check_dump() {
    std::ostringstream out;
    const std::uint64_t quads = store_->dump(out, Format::nq);
    std::istringstream lines(out.str());
    std::uint64_t rows = 0;
    std::map<std::string, std::int64_t> graphs;
    std::int64_t sum = 0;
    for (std::string line; std::getline(lines, line); ++rows) {
      for (const char* graph : {"ledger-a", "ledger-b", "incoming-a", "incoming-b"})
        if (line.ends_with(fmt::format("/{}> .", graph))) ++graphs[graph];
      const std::size_t balance = line.find("/balance> \"");
      if (balance != std::string::npos) sum += std::stol(line.substr(balance + std::strlen("/balance> \"")));
      EXPECT_EQ(line.find("ghost"), std::string::npos) << line;
    }
    EXPECT_EQ(rows, quads);
    EXPECT_EQ(sum, kAccounts * kBalance);
    EXPECT_EQ(graphs["ledger-a"], graphs["ledger-b"]);
    EXPECT_EQ(graphs["incoming-a"], graphs["incoming-b"]);
    done("dumps");
  }

  void check_statistics() {
    const StoreStatistics statistics = store_->statistics();
    std::uint64_t by_predicate = 0;
    std::uint64_t by_graph = 0;
    std::map<std::string, std::uint64_t> triples;
    for (const auto& predicate : statistics.by_predicate) {
      by_predicate += predicate.triples;
      triples[predicate.predicate.to_string()] = predicate.triples;
    }
    for (const auto& graph : statistics.by_graph) by_graph += graph.triples;
    EXPECT_EQ(by_predicate, statistics.quads);
    EXPECT_EQ(by_graph, statistics.quads);
    EXPECT_EQ(triples[bank_term("balance").to_string()], static_cast<std::uint64_t>(kAccounts));
    EXPECT_EQ(triples[bank_term("booked").to_string()], 2 * triples[bank_term("amount").to_string()]);
    store_->prefixes();
    done("statistics");
  }

  void check_backup(Random& random) {
    const std::string copy = folder_ / "copy";
    store_->backup(copy);
    {
      OpenOptions reading;
      reading.read_only = true;
      Store opened = Store::open(copy, reading);
      Session session = opened.session();
      audit(session, random);
      for (const std::string& finding : opened.check()) ADD_FAILURE() << finding;
    }
    std::filesystem::remove_all(copy);
    done("backups");
  }

  void read(unsigned seed) {
    std::optional<Session> session = store_->session();
    const auto look = [&](Random& random) {
      audit(*session, random);
      done("audits");
    };
    const auto look_without_session = [&](Random& random) {
      const std::string query = audit_query(random);
      Result result = session->query(query);
      session.emplace(store_->session());  // a result outlives its session
      EXPECT_EQ(complaint(read_audit(result)), "") << query;
      done("audits");
    };
    const auto compare = [&](Random& random) {
      const auto snapshot = database_->snapshot();
      const auto before = agreed_digest(*snapshot);
      if (random() % 8 != 0) return;
      wait_for_another("compactions");
      EXPECT_EQ(agreed_digest(*snapshot), before);
      done("snapshots kept");
    };
    // On disk also through a store that is open read-only beside the writers.
    std::optional<Store> beside;
    std::uint64_t seen = 0;
    const auto look_from_beside = [&](Random& random) {
      if (GetParam() != Place::disk) return;
      try {
        if (beside) {
          beside->refresh();
        } else {
          OpenOptions reading;
          reading.read_only = true;
          beside.emplace(Store::open(folder_ / "db", reading));
        }
      } catch (const StorageError& error) {
        // Ten seconds were too short, as may be with a sanitizer on a busy machine. What had been opened
        // stays.
        if (error.reason() != StorageError::Reason::in_use) throw;
        return done("openings from beside that were too slow");
      }
      const std::uint64_t now = beside->statistics().sequence;
      EXPECT_GE(now, seen);
      seen = now;
      Session session_beside = beside->session();
      audit(session_beside, random);
      done("audits from beside");
    };
    work(seed, {look, look, look, look_without_session, look_from_beside, compare,
                [&](Random& random) { read_slowly(*session, random); },
                [&](Random& random) { cancel_query(*session, random); }});
  }

  // Begins to read, lets the world change, and reads the rest.
  void read_slowly(Session& session, Random& random) {
    std::map<std::string, std::int64_t> balances;
    const auto first = random() % kAccounts;
    const auto take = [&](const Term& account, const Term& balance) {
      EXPECT_TRUE(balances.emplace(account.value(), balance.as_integer().value()).second)
          << account.to_string();
      if (balances.size() == first) wait_for_another(random() % 2 == 0 ? "compactions" : "large loads");
    };
    if (random() % 2 == 0) {
      QuadPattern pattern;
      pattern.predicate = bank_term("balance");
      pattern.any_graph = true;
      for (QuadCursor cursor = session.match(pattern); cursor.next();)
        take(cursor.quad().subject, cursor.quad().object);
    } else {
      Result result = session.query(
          with_prefixes("SELECT ?account ?balance { { ?account :balance ?balance } UNION { GRAPH ?g { "
                        "?account :balance ?balance } } "
                        "OPTIONAL { ?x :from ?account ; :amount ?amount FILTER (?amount > 50) } }"));
      while (result.next()) take(*result.get(0), *result.get(1));
    }
    std::int64_t sum = 0;
    for (const auto& [account, balance] : balances) sum += balance;
    EXPECT_EQ(balances.size(), static_cast<std::size_t>(kAccounts));
    EXPECT_EQ(sum, kAccounts * kBalance);
    done("slow readings");
  }

  // A query, or an update, that would take for ever ends soon after another thread has said so.
  void cancel_query(Session& session, Random& random) {
    std::atomic<bool> ended{false};
    std::thread other([&] {
      while (!ended.load()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        session.cancel();
      }
    });
    // Even of the few quads of the beginning, eight of each other are thousands of millions.
    const std::string endless =
        "{ ?a ?p ?b . ?c ?q ?d . ?e ?r ?f . ?g ?s ?h . ?i ?t ?j . ?k ?u ?l . ?m ?v ?n . ?o ?w ?x "
        "FILTER (STR(?b) < STR(?d) || STR(?f) < STR(?h)) }";
    std::optional<LimitError::Reason> reason;
    try {
      if (random() % 2 == 0) {
        session.query(with_prefixes("SELECT (COUNT(*) AS ?count) " + endless)).next();
      } else {
        session.update(with_prefixes("INSERT { :ghost :in ?a } WHERE " + endless));
      }
    } catch (const LimitError& error) {
      reason = error.reason();
    }
    ended.store(true);
    other.join();
    EXPECT_EQ(reason, LimitError::Reason::cancelled);
    done("cancellings");
  }

  dossier::testing::TemporaryFolder folder_;
  std::shared_ptr<KeyValueStore> own_;
  std::optional<Store> store_;
  Database* database_ = nullptr;
  Clock::time_point deadline_;
  std::atomic<std::int64_t> acknowledged_{0};

  std::optional<Subscription> subscription_;
  std::uint64_t followed_ = 0;  // number of the last commit that the copy has
  std::set<std::string> copy_;

  std::mutex mutex_;
  std::condition_variable something_done_;
  std::map<std::string, std::uint64_t> done_;
};

TEST_P(Concurrency, EverySnapshotIsOneCommit) {
  deadline_ = Clock::now() +
              std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(settings.seconds));
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < std::max(4U, settings.threads); ++i) {
    threads.emplace_back([this, i] {
      const unsigned seed = 100 * static_cast<unsigned>(GetParam()) + i;
      if (i == 0) return load(seed);
      if (i == 1) return maintain(seed);
      return i % 2 == 0 ? write(seed) : read(seed);
    });
  }
  for (std::thread& thread : threads) thread.join();

  for (const auto& [what, times] : done_) fmt::print(stderr, "{} {}, ", times, what);
  fmt::print(stderr, "{} commits\n", store_->statistics().sequence);
  Random random(1);
  for (const bool again : {false, true}) {
    if (again && GetParam() == Place::memory) break;
    if (again) {
      subscription_.reset();
      store_.reset();
      open();
    }
    Session session = store_->session();
    audit(session, random);
    Result result = session.query(with_prefixes("SELECT ?n { :bank :counter ?n }"));
    ASSERT_TRUE(result.next());
    EXPECT_EQ(result.get(0)->as_integer(), acknowledged_.load());
    EXPECT_TRUE(all_lines() == copy_) << "the commits told of do not make up the store";
    EXPECT_EQ(store_->statistics().sequence, followed_);
    EXPECT_EQ(store_->log(followed_ + 1).size(), followed_);
    agreed_digest(*database_->snapshot());
    for (const std::string& finding : store_->check()) ADD_FAILURE() << finding;
  }
}

std::string place_name(const ::testing::TestParamInfo<Place>& info) {
  return info.param == Place::own ? "own" : info.param == Place::memory ? "memory" : "disk";
}
INSTANTIATE_TEST_SUITE_P(Places, Concurrency, ::testing::Values(Place::own, Place::memory, Place::disk),
                         place_name);

}  // namespace
}  // namespace dossier::test

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--seconds" && i + 1 < argc) {
      dossier::test::settings.seconds = std::strtod(argv[++i], nullptr);
    } else if (name == "--threads" && i + 1 < argc) {
      dossier::test::settings.threads = static_cast<unsigned>(std::strtoul(argv[++i], nullptr, 10));
    } else {
      fmt::print(stderr, "usage: concurrency_test [--seconds N] [--threads N]\n");
      return 2;
    }
  }
  return RUN_ALL_TESTS();
}
