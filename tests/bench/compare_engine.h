// The engines of `compare`: Dossier in this process, and peers behind pipes.
//
// Purpose: one way to load a graph and to ask a query of each. An answer carries its time, its rows and a sum
// over them (row_sum.h); a failure is text in the answer, never an exception. A peer that ends or does not
// answer is started again on the store that it has loaded. Thread-safety: one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/q_errors.h"

namespace dossier::bench {

inline constexpr std::chrono::seconds kQueryTimeout{60};
inline constexpr std::size_t kQueryMemory = std::size_t{8} << 30;  // bytes; what Virtuoso's buffers have

struct Answer {
  double seconds = 0;
  std::uint64_t rows = 0;
  std::uint64_t sum = 0;
  std::string failure;
  bool same_as(const Answer& other) const { return rows == other.rows && sum == other.sum; }
};

// How much of a result is looked at: all of it for the sum, or each cell in passing while time is taken.
enum class Look : std::uint8_t { sum, pass };

class Engine {
 public:
  virtual ~Engine() = default;
  virtual Answer load(const std::filesystem::path& file) = 0;
  // Adds a named graph.
  virtual Answer load_named(const std::filesystem::path& file, const std::string& graph) = 0;
  virtual Answer ask(const std::string& query, Look look) = 0;
  // Writes the result in a format, "tsv" or "json", to where it is not kept. No sum; no rows when the engine
  // does not tell them.
  virtual Answer write(const std::string& query, const std::string& format) = 0;
  virtual double overhead() { return 0; }  // of asking at all
  // The most memory so far, in bytes: of a load where it has a process of its own, else of the engine's
  // process.
  virtual std::uint64_t peak_bytes() = 0;
};

// Their stores lie in `directory`, and one that was loaded there before can be asked at once. `command` is a
// peer's program with its arguments, to which `directory` is added; it reads a command a line (the head of
// VirtuosoPeer.cpp).
// Dossier adds the errors of its estimates to `errors` when it looks at a result for its sum.
std::unique_ptr<Engine> make_dossier(const std::filesystem::path& directory, std::vector<JoinError>& errors);
std::unique_ptr<Engine> make_peer(const std::string& name, std::vector<std::string> command,
                                  const std::filesystem::path& directory);

}  // namespace dossier::bench
