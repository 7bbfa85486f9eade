// Statistics of a load, gathered from the merged rows as they are written, and the records that hold them.
//
// Purpose: exact counts by graph and predicate; distinct subjects and objects, exact for what a load brings
// to an empty store, else counted within the blocks that were rewritten (a group that goes over the edge of
// an untouched block may count once more: they are estimates). Thread-safety: the observers of different
// permutations may run side by side; each is called from one thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/store/kv.h"
#include "engine/store/relation_writer.h"
#include "engine/store/snapshot.h"

namespace dossier {

class LoadStatistics {
 public:
  // The observer of a relation; empty when nothing is learned from it.
  RowObserver observer(Relation relation);

  // Adds the records of all statistics touched (with those of the store, when it is `filled`) to `records`,
  // and the distinct counts to `totals`.
  void finish(const KeyValueStore& kv, bool filled, Totals& totals,
              std::map<std::string, std::string>& records);

 private:
  // Counts the groups of equal leading columns that have new rows only, by the first column or in all.
  struct Groups {
    bool open = false;
    bool old = false;  // the group at hand has a row that was there before
    std::uint64_t first = 0;
    std::uint64_t second = 0;
    std::uint64_t count = 0;  // new groups of the first column's value at hand, or in all
    std::vector<std::pair<std::uint64_t, std::uint64_t>> by_first;
  };
  void see_single(Groups& groups, const RowPiece& piece, const std::uint8_t* is_new);
  void see_pairs(Groups& groups, const RowPiece& piece, const std::uint8_t* is_new);
  static void close(Groups& groups, bool by_first);
  void count_quads(const RowPiece& piece, const std::uint8_t* is_new);

  struct GraphPredicate {
    std::uint64_t graph;
    std::uint64_t predicate;
    friend bool operator==(const GraphPredicate&, const GraphPredicate&) = default;
  };
  struct Hash {
    std::size_t operator()(const GraphPredicate& key) const {
      return hash_id(Id{key.graph * 31 + key.predicate});
    }
  };

  Groups subjects_;
  Groups objects_;
  Groups predicate_subjects_;
  Groups predicate_objects_;
  std::unordered_map<GraphPredicate, std::uint64_t, Hash> quads_;
  GraphPredicate last_{0, 0};
  std::uint64_t* last_count_ = nullptr;
};

}  // namespace dossier
