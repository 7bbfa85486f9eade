// The differential test: random graphs and queries, answered by the engine and by a naive evaluator, must
// agree.
//
//   differential --seeds N [--from K]     N seeds, each a graph and some queries in some states of the store
//                [--queries N]            queries a seed (4)
//                [--rdf11]                no more than RDF 1.1 and SPARQL 1.1
//                [--peer COMMAND...]      ask an independent implementation too (implies --rdf11; the last
//                option)
//                [--limits]               small memory budgets and deadlines: a clean LimitError or the right
//                answer
//                [--keep-going]           do not stop at the first difference
//                [--verbose]              print every query and the naive answer
// Exit code 1 when an answer differs; then the graph and the query are printed, made as small as they go.
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "grammar/parse.h"
#include "tests/differential/compare.h"
#include "tests/differential/generate.h"
#include "tests/differential/peer.h"
#include "tests/differential/shrink.h"

namespace dossier::differential {
namespace {

volatile std::sig_atomic_t current_seed = 0;

// A crash names its seed.
void report_crash(int signal) {
  char text[64];
  const int size =
      std::snprintf(text, sizeof text, "\nseed %d: signal %d\n", static_cast<int>(current_seed), signal);
  if (write(2, text, static_cast<std::size_t>(size)) < 0) _exit(3);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

struct Arguments {
  std::uint64_t seeds = 500;
  std::uint64_t from = 1;
  int queries = 4;
  bool rdf11 = false;
  bool limits = false;
  bool keep_going = false;
  bool verbose = false;
  std::vector<std::string> peer;
};

// One query on one dataset in one state.
struct Case {
  std::vector<Quad> quads;
  std::string query;
  QueryOptions options;
  std::vector<State> states;
  std::uint64_t seed = 0;
};

class Runner {
 public:
  explicit Runner(const Arguments& arguments) : arguments_(arguments) {
    directory_ = (std::string(std::getenv("TMPDIR") ? std::getenv("TMPDIR") : "/tmp") +
                  "/dossier-differential-" + std::to_string(getpid()));
    if (!arguments.peer.empty()) peer_ = std::make_unique<PipePeer>(arguments.peer);
  }

  int run() {
    for (std::uint64_t seed = arguments_.from; seed < arguments_.from + arguments_.seeds; ++seed) {
      current_seed = static_cast<std::sig_atomic_t>(seed);
      try {
        run_seed(seed);
      } catch (const std::exception& error) {
        ++differences_;
        std::cout << "seed " << seed << ": " << error.what() << "\n";
      }
      if (differences_ > 0 && !arguments_.keep_going) break;
    }
    std::cout << compared_ << " answers compared, " << differences_ << " differences; " << rows_ << " rows, "
              << empty_ << " queries without any; not compared: ";
    std::uint64_t left_out = 0;
    for (const auto& [reason, count] : unspecified_) left_out += count;
    std::cout << left_out << " queries whose answer the specification leaves open\n";
    for (const auto& [reason, count] : peer_failures_)
      std::cout << "  the peer failed: " << count << " " << reason << "\n";
    if (arguments_.verbose)
      for (const auto& [reason, count] : unspecified_) std::cout << "  " << count << " " << reason << "\n";
    if (arguments_.limits) std::cout << limited_ << " answers ended at a limit\n";
    return differences_ == 0 ? 0 : 1;
  }

 private:
  void run_seed(std::uint64_t seed) {
    Random random(seed);
    GenerateOptions options;
    options.rdf11 = arguments_.rdf11;
    const Pool pool = generate_pool(random, options);
    Case all;
    all.seed = seed;
    all.quads = generate_quads(random, pool, options);
    std::vector<Case> cases;
    for (int i = 0; i < arguments_.queries; ++i) {
      Case one = all;
      for (int tries = 0; tries < 50; ++tries) {
        one.query = generate_query(random, pool, all.quads, options);
        if (parses(one.query)) break;
        one.query.clear();
      }
      if (one.query.empty()) continue;
      one.options.union_default_graph = random.chance(8);
      one.options.threads = random.chance(50) ? 1 : 2;
      one.options.parallel_rows = 1;
      one.options.timeout = std::chrono::seconds(20);
      if (arguments_.limits) {
        if (random.chance(70)) one.options.memory_bytes = std::size_t{1} << random.between(8, 18);
        if (random.chance(30)) one.options.timeout = std::chrono::milliseconds(1);
      }
      cases.push_back(std::move(one));
    }
    std::vector<State> states{static_cast<State>(random.below(kMemoryStates)),
                              static_cast<State>(random.below(kMemoryStates))};
    const bool on_disk = seed % 32 == 0;
    if (on_disk) states.push_back(State::read_only);
    EngineUnderTest engine(all.quads, on_disk ? directory_ : "");
    Evaluator evaluator(engine.nodes(), {false, peer_ != nullptr});
    Evaluator union_evaluator(engine.nodes(), {true, peer_ != nullptr});
    std::vector<std::optional<Answer>> expected;
    for (Case& one : cases) {
      one.states = states;
      Evaluator& judge = one.options.union_default_graph ? union_evaluator : evaluator;
      expected.push_back(judged(judge, one.query));
      if (expected.back() && expected.back()->kind == Answer::Kind::solutions) {
        rows_ += expected.back()->rows.size();
        if (expected.back()->rows.empty()) ++empty_;
      }
      if (arguments_.verbose)
        std::cout << "seed " << seed << "\n"
                  << one.query << "\n"
                  << (expected.back() ? to_text(*expected.back()) : "left open\n");
    }
    bool first = true;
    for (const State state : states) {
      engine.bring_to(state, random);
      for (std::size_t i = 0; i < cases.size(); ++i) {
        const Answer given = engine.ask(cases[i].query, cases[i].options);
        if (arguments_.limits && given.kind == Answer::Kind::failed &&
            given.failure.starts_with("LimitError")) {
          ++limited_;
          continue;
        }
        if (!expected[i]) continue;
        ++compared_;
        const std::string text = difference(*expected[i], given, false);
        if (!text.empty()) {
          report(cases[i], state, text, false);
          expected[i].reset();
          if (!arguments_.keep_going) return;
          continue;
        }
        if (first && peer_ && !cases[i].options.union_default_graph) {
          const Answer other = peer_->ask(engine.quads(), cases[i].query);
          if (other.kind == Answer::Kind::failed) {  // README.md says why it may
            ++peer_failures_[other.failure.substr(0, other.failure.find(' '))];
            continue;
          }
          ++compared_;
          if (const std::string by_peer = difference(*expected[i], other, true); !by_peer.empty()) {
            report(cases[i], state, by_peer, true);
            if (!arguments_.keep_going) return;
          }
        }
      }
      first = false;
    }
    if (const auto found = engine.check(); !found.empty())
      throw std::runtime_error("check: " + found.front());
  }

  static bool parses(const std::string& query) {
    try {
      grammar::parse_query(query);
      return true;
    } catch (const grammar::SyntaxError&) {
      return false;
    }
  }

  // Nothing: the specification leaves the answer open.
  std::optional<Answer> judged(Evaluator& judge, const std::string& query) {
    try {
      return judge.answer(grammar::parse_query(query));
    } catch (const Unspecified& reason) {
      ++unspecified_[reason.what()];
      return {};
    }
  }

  // The three answers to a case; empty when it does not differ.
  std::string run_case(const Case& one, bool by_peer, std::string* answers) {
    if (!parses(one.query)) return {};
    const bool on_disk = !one.states.empty() && one.states.back() == State::read_only;
    EngineUnderTest engine(one.quads, on_disk ? directory_ : "");
    Evaluator judge(engine.nodes(), {one.options.union_default_graph, by_peer});
    const std::optional<Answer> expected = judged(judge, one.query);
    if (!expected) return {};
    const auto note = [&](const char* who, const Answer& answer) {
      if (answers != nullptr) *answers += std::string("--- ") + who + "\n" + to_text(answer);
    };
    note("naive", *expected);
    if (by_peer) {
      const Answer other = peer_->ask(engine.quads(), one.query);
      if (other.kind == Answer::Kind::failed) return {};
      note("peer", other);
      return difference(*expected, other, true);
    }
    Random random(one.seed);
    for (const State state : one.states) {
      engine.bring_to(state, random);
      const Answer given = engine.ask(one.query, one.options);
      std::string text = difference(*expected, given, false);
      if (text.empty()) continue;
      note("engine", given);
      if (answers != nullptr) *answers += "--- plan\n" + engine.explain(one.query, one.options);
      return text;
    }
    return {};
  }

  void report(Case one, State state, const std::string& text, bool by_peer) {
    ++differences_;
    std::cout << "seed " << one.seed << (by_peer ? ", the peer" : ", the engine") << " (" << state_name(state)
              << "): " << text << "\n";
    const std::vector<State> states = one.states;
    for (const std::vector<State>& fewer :
         {std::vector<State>{State::loaded}, std::vector<State>{State::compacted}, states}) {
      one.states = fewer;
      if (!run_case(one, by_peer, nullptr).empty()) break;
    }
    const auto differs = [&](const std::vector<Quad>& quads, const std::string& query) {
      Case smaller = one;
      smaller.quads = quads;
      smaller.query = query;
      try {
        return !run_case(smaller, by_peer, nullptr).empty();
      } catch (const std::exception&) {
        return false;
      }
    };
    if (!differs(one.quads, one.query)) std::cout << "(it does not differ when it is run alone)\n";
    shrink(one.quads, one.query, differs);
    std::string answers;
    const std::string shrunk = run_case(one, by_peer, &answers);
    std::cout << "--- graph\n";
    for (const Quad& quad : one.quads) {
      const std::string triple =
          quad.subject.to_string() + " " + quad.predicate.to_string() + " " + quad.object.to_string() + " .";
      std::cout << (quad.graph ? "GRAPH " + quad.graph->to_string() + " { " + triple + " }" : triple) << "\n";
    }
    std::cout << "--- query" << (one.options.union_default_graph ? " (union default graph)" : "") << "\n"
              << one.query << "\n"
              << answers << "--- states";
    for (const State each : one.states) std::cout << " " << state_name(each) << ";";
    std::cout << "\n=> " << shrunk << "\n\n" << std::flush;
  }

  Arguments arguments_;
  std::string directory_;
  std::unique_ptr<PipePeer> peer_;
  std::uint64_t compared_ = 0;
  std::uint64_t differences_ = 0;
  std::uint64_t rows_ = 0;
  std::uint64_t empty_ = 0;
  std::uint64_t limited_ = 0;
  std::map<std::string, std::uint64_t> unspecified_;
  std::map<std::string, std::uint64_t> peer_failures_;
};

}  // namespace

int main(int count, char** words) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const auto number = [&] {
      if (i + 1 >= count) {
        std::cerr << word << " needs a number\n";
        std::exit(2);
      }
      return std::strtoull(words[++i], nullptr, 10);
    };
    if (word == "--seeds") {
      arguments.seeds = number();
    } else if (word == "--from") {
      arguments.from = number();
    } else if (word == "--queries") {
      arguments.queries = static_cast<int>(number());
    } else if (word == "--rdf11") {
      arguments.rdf11 = true;
    } else if (word == "--limits") {
      arguments.limits = true;
    } else if (word == "--keep-going") {
      arguments.keep_going = true;
    } else if (word == "--verbose") {
      arguments.verbose = true;
    } else if (word == "--peer") {
      arguments.rdf11 = true;
      for (++i; i < count; ++i) arguments.peer.emplace_back(words[i]);
    } else {
      std::cerr << "unknown option " << word << "\n";
      return 2;
    }
  }
  for (const int signal : {SIGSEGV, SIGABRT, SIGFPE, SIGILL, SIGBUS}) std::signal(signal, report_crash);
  return Runner(arguments).run();
}

}  // namespace dossier::differential

int main(int count, char** words) {
  return dossier::differential::main(count, words);
}
