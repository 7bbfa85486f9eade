#include "engine/store/load_statistics.h"

#include <array>

#include "engine/store/format.h"

namespace dossier {

RowObserver LoadStatistics::observer(Relation relation) {
  if (relation == kHashes) return {};
  switch (static_cast<Permutation>(relation)) {
    case Permutation::spog:
      return
          [this](const RowPiece& piece, const std::uint8_t* is_new) { see_single(subjects_, piece, is_new); };
    case Permutation::ospg:
      return
          [this](const RowPiece& piece, const std::uint8_t* is_new) { see_single(objects_, piece, is_new); };
    case Permutation::psog:
      return [this](const RowPiece& piece, const std::uint8_t* is_new) {
        see_pairs(predicate_subjects_, piece, is_new);
        count_quads(piece, is_new);
      };
    case Permutation::posg:
      return [this](const RowPiece& piece, const std::uint8_t* is_new) {
        see_pairs(predicate_objects_, piece, is_new);
      };
    default:
      return {};
  }
}

void LoadStatistics::close(Groups& groups, bool by_first) {
  if (!groups.open || groups.old) return;
  if (!by_first) {
    ++groups.count;
  } else if (!groups.by_first.empty() && groups.by_first.back().first == groups.first) {
    ++groups.by_first.back().second;
  } else {
    groups.by_first.emplace_back(groups.first, 1);
  }
}

void LoadStatistics::see_single(Groups& groups, const RowPiece& piece, const std::uint8_t* is_new) {
  for (std::size_t row = 0; row < piece.rows; ++row) {
    if (!groups.open || piece.columns[0][row] != groups.first) {
      close(groups, false);
      groups.open = true;
      groups.old = false;
      groups.first = piece.columns[0][row];
    }
    groups.old |= is_new != nullptr && is_new[row] == 0;
  }
}

void LoadStatistics::see_pairs(Groups& groups, const RowPiece& piece, const std::uint8_t* is_new) {
  for (std::size_t row = 0; row < piece.rows; ++row) {
    if (!groups.open || piece.columns[1][row] != groups.second || piece.columns[0][row] != groups.first) {
      close(groups, true);
      groups.open = true;
      groups.old = false;
      groups.first = piece.columns[0][row];
      groups.second = piece.columns[1][row];
    }
    groups.old |= is_new != nullptr && is_new[row] == 0;
  }
}

void LoadStatistics::count_quads(const RowPiece& piece, const std::uint8_t* is_new) {
  for (std::size_t row = 0; row < piece.rows; ++row) {
    if (is_new != nullptr && is_new[row] == 0) continue;
    const GraphPredicate key{piece.columns[3][row], piece.columns[0][row]};
    if (last_count_ == nullptr || !(key == last_)) {
      last_count_ = &quads_[key];
      last_ = key;
    }
    ++*last_count_;
  }
}

void LoadStatistics::finish(const KeyValueStore& kv, bool filled, Totals& totals,
                            std::map<std::string, std::string>& records) {
  for (Groups* groups : {&subjects_, &objects_}) close(*groups, false);
  for (Groups* groups : {&predicate_subjects_, &predicate_objects_}) close(*groups, true);
  totals.distinct_subjects += subjects_.count;
  totals.distinct_objects += objects_.count;

  std::string old;
  const auto record = [&](const std::string& key) -> std::string_view {
    old.clear();
    if (filled) kv.get(nullptr, Family::meta, key, old);
    return old;
  };
  const auto have = [&](const std::string& key) -> std::uint64_t {
    const std::string_view number = record(key);
    return number.size() == 8 ? load_little_endian(number.data()) : 0;
  };
  std::map<std::uint64_t, std::uint64_t> graphs;
  std::map<std::uint64_t, PredicateStatistics> predicates;
  for (const auto& [key, count] : quads_) {
    predicates[key.predicate].triples += count;
    if (Id{key.graph} == kDefaultGraph) continue;
    predicates[key.predicate].named += count;
    graphs[key.graph] += count;
    const std::string name = graph_predicate_key(Id{key.graph}, Id{key.predicate});
    records[name] = number_record(have(name) + count);
  }
  for (const auto& [graph, count] : graphs) {
    const std::string name = graph_key(Id{graph});
    records[name] = number_record(have(name) + count);
  }
  for (const auto& [predicate, count] : predicate_subjects_.by_first)
    predicates[predicate].distinct_subjects = count;
  for (const auto& [predicate, count] : predicate_objects_.by_first)
    predicates[predicate].distinct_objects = count;
  for (auto& [predicate, statistics] : predicates) {
    if (statistics.triples == 0) continue;
    const std::string name = predicate_key(Id{predicate});
    const PredicateStatistics before = read_predicate_record(record(name));
    statistics.triples += before.triples;
    statistics.named += before.named;
    statistics.distinct_subjects += before.distinct_subjects;
    statistics.distinct_objects += before.distinct_objects;
    records[name] = predicate_record(statistics);
  }
}

}  // namespace dossier
