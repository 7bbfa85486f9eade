// The label index: folded texts of names, kept in the store so that a search need not fold them again.
//
// Purpose: which quads are names follows from the permutations (posg with a label predicate), at some 5 ns a name. What
// takes long is to read their texts and to fold them; that is what is kept, by the id of the literal, in the records that
// store/format.h calls labels. Invariants: an entry depends on its literal alone, so it is right for every snapshot; one that
// is missing is folded when it is asked for, one that is not needed any more is left aside, so neither gives a wrong answer.
// Commits and loads add what they bring, `compact` and `Store::index_labels` write the index anew without what is not
// needed. A store has no index until `index_labels` made it. Thread-safety: LabelIndex belongs to the holder of the
// writer's place; the free functions are for all threads.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/labels/folded_text.h"
#include "engine/labels/label_blocks.h"
#include "engine/store/snapshot.h"

namespace dossier {

class Database;
class Findings;
class KeyValueBatch;
class WriterPlace;

struct LabelSettings {
  std::string rules;                    // that the texts were folded with
  std::vector<std::string> predicates;  // IRIs
  std::string record() const;
  static std::optional<LabelSettings> read(std::string_view record);
};

// Those that are looked at where nothing else is said.
const std::vector<std::string>& default_label_predicates();

// The settings of the snapshot's index; nothing: it has none that this program can use.
std::optional<LabelSettings> label_settings(const Snapshot& snapshot);

// Told of literals done, and of all where that is known; what it throws ends the work.
using LabelTick = std::function<void(std::uint64_t done, std::uint64_t total)>;
inline void no_label_tick(std::uint64_t, std::uint64_t) {}

// The literals that are names in the snapshot, ascending. `tick` is called now and then.
std::vector<Id> label_literals(const Snapshot& snapshot, std::span<const std::string> predicates,
                               const LabelTick& tick);
bool is_literal_id(Id id);

// Decodes and folds ascending literals; `take(id, folded)`.
void fold_labels(const Snapshot& snapshot, std::span<const Id> literals, TextFolder& folder,
                 const std::function<void(Id, const FoldedText&)>& take, const LabelTick& tick);

// All blocks of an index for the snapshot.
void make_label_blocks(const Snapshot& snapshot, const LabelSettings& settings,
                       const std::function<void(const std::string& block)>& take, const LabelTick& tick);

// Entries that are not what their literals fold to.
void check_labels(const Snapshot& snapshot, Findings& findings, const std::function<void()>& tick);

// Literals with entries, names without one, bytes.
struct LabelIndexSize {
  std::uint64_t entries = 0;
  std::uint64_t missing = 0;
  std::uint64_t bytes = 0;
};
LabelIndexSize label_index_size(const Snapshot& snapshot);

class LabelIndex {
 public:
  explicit LabelIndex(Database& database) : database_(database) {}

  bool kept();  // does the store have one?
  // Makes the index for these predicates, in place of the one that there is.
  void make(const WriterPlace& place, std::vector<std::string> predicates, const LabelTick& tick);
  // Adds what is missing; `anew`: also drops what is not needed and packs the rest.
  void complete(const WriterPlace& place, bool anew, const LabelTick& tick);

  // ---- for a commit
  // `bytes()` gives the term's.
  template <typename Bytes>
  bool is_label(Id predicate, Bytes&& bytes) {
    const auto known = known_.find(predicate);
    if (known != known_.end()) return known->second;
    if (known_.size() >= kMostKnown) known_.clear();
    return known_[predicate] = is_label_iri(bytes());
  }
  // Adds entries for new names to the commit's batch.
  void add(KeyValueBatch& batch, std::span<const std::pair<Id, std::string>> names);

 private:
  static constexpr std::size_t kMostKnown = 10'000;
  bool is_label_iri(std::string_view bytes) const;
  std::string next_key();

  Database& database_;
  bool read_ = false;
  std::optional<LabelSettings> settings_;
  std::optional<std::uint64_t> next_number_;
  std::unordered_map<Id, bool> known_;
  TextFolder folder_;
};

}  // namespace dossier
