// Those whose answers are compared with the naive evaluator's: the engine, and a server that is asked through
// a pipe.
//
// Purpose: EngineUnderTest keeps one store and takes it through physical states that must not show in any
// answer: rows in the overlay, folded into blocks, erased and inserted again, inside of a transaction, opened
// read-only. Thread-safety: one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/dossier.h"
#include "tests/differential/naive.h"
#include "tests/differential/random.h"
#include "tests/pipe_program.h"

namespace dossier::differential {

enum class State { loaded, compacted, mixed, in_transaction, read_only };
inline constexpr int kMemoryStates = 4;  // those that need no directory
const char* state_name(State state);

class EngineUnderTest {
 public:
  // `directory` empty: in memory.
  EngineUnderTest(const std::vector<Quad>& quads, const std::string& directory);
  void bring_to(State state, Random& random);
  // The quads with the labels of the store.
  const std::vector<Quad>& quads() const { return quads_; }
  std::vector<QuadNode> nodes() const;
  Answer ask(const std::string& query, const QueryOptions& options);
  std::string explain(const std::string& query, const QueryOptions& options);
  std::vector<std::string> check() const { return store_->check(); }

 private:
  std::vector<Quad> all();

  std::string directory_;
  std::optional<Store> store_;
  std::optional<Session> session_;
  std::vector<Quad> quads_;
  bool plans_that_ran_ = false;  // of every other query: its answer is that of a second run
};

// A program that reads `DATA n`, n lines of N-Quads, `QUERY n`, n lines of SPARQL on its input and answers
// with `ROWS names`, `TRIPLES` or `BOOLEAN x`, lines of N-Triples terms parted by tabs (`-`: unbound), and
// `END`; or with `ERROR text` and `END`.
class PipePeer {
 public:
  explicit PipePeer(const std::vector<std::string>& command) : program_(command) {}
  Answer ask(const std::vector<Quad>& quads, const std::string& query);

 private:
  test::PipeProgram program_;
};

}  // namespace dossier::differential
