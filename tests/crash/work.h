// Random work on a store and the model it is held against.
//
// Purpose: an operation is a function of (seed, number) alone, never of the state of a store, so that the
// process that does the work and the process that judges it agree without a word, and a killed run goes on
// with the next number. Quads are numbered: quad_of(number) is always the same quad, so that a model is a set
// of numbers and a fingerprint. Thread-safety: values of one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/dossier.h"

namespace dossier::crash {

inline constexpr std::uint32_t kTriples = 40'000;
inline constexpr std::uint32_t kGraphs = 6;  // 0: the default graph
inline constexpr std::uint32_t kPredicates = 7;
inline constexpr std::uint32_t kQuads = kTriples * kGraphs;

// Quad number `number`: its graph is number % kGraphs, its predicate (number / kGraphs) % kPredicates.
Quad quad_of(std::uint32_t number);
std::string predicate_text(std::uint32_t predicate);  // in angle brackets
std::string graph_text(std::uint32_t graph);          // in angle brackets; not of the default graph
std::string line_of(std::uint32_t number);            // N-Quads, as `dump` writes it

// A set of quads, whatever their order.
struct Fingerprint {
  std::uint64_t quads = 0;
  std::uint64_t sum = 0;
  void add(std::string_view line);
  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

// What `dump` of a store writes; throws what it throws.
Fingerprint fingerprint_of(Store& store);

class Model {
 public:
  Model() : present_(kQuads) {}
  void set(std::uint32_t number, bool present);
  bool has(std::uint32_t number) const { return present_[number]; }
  const Fingerprint& fingerprint() const { return fingerprint_; }
  // The first few lines by which a store differs, for a report.
  std::string difference(Store& store) const;

 private:
  std::vector<bool> present_;
  Fingerprint fingerprint_;
};

// A step of an operation: what it does to the set of quads.
struct Change {
  enum class Kind : std::uint8_t { insert, erase, move, clear };
  Kind kind = Kind::insert;
  std::vector<std::uint32_t> numbers;  // insert, erase
  std::uint32_t predicate = 0;         // move: the quads of this predicate go from `from` to `to`
  std::uint32_t from = 0;              // clear: this graph, not the default one
  std::uint32_t to = 0;
  bool as_text = false;  // by SPARQL Update rather than by the calls for quads
};

struct Operation {
  enum class Kind : std::uint8_t {
    change,
    transaction,
    rollback,
    load_small,
    load_large,
    compact,
    backup,
    reopen
  };
  Kind kind = Kind::change;
  std::vector<Change> changes;
  OpenOptions options;  // reopen
  void apply(Model& model) const;
};
std::string_view name_of(Operation::Kind kind);

// `sync_only`: every opening is with sync.
OpenOptions options_of(std::uint64_t seed, std::uint64_t number, bool sync_only);
Operation operation_of(std::uint64_t seed, std::uint64_t number, bool sync_only);

// Does operation `number` on the store at folder/store; files to load and backups lie in `folder`, the backup
// of operation n at folder/backup-n. `store` is replaced by reopen.
void perform(const Operation& operation, std::uint64_t number, const std::filesystem::path& folder,
             std::optional<Store>& store);
std::filesystem::path backup_path(const std::filesystem::path& folder, std::uint64_t number);
// A file with the quads as N-Quads.
void write_quads(const std::filesystem::path& path, const std::vector<std::uint32_t>& numbers);

}  // namespace dossier::crash
