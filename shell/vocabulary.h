// The predicates and classes of the store, and how a person writes their names.
//
// Purpose: what completion offers and hints look for, kept for one commit so that it is read once.
// Invariants: what is read is bounded, whatever the size of the store (Session::objects_of). Thread-safety:
// main thread only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shell/context.h"

namespace dossier::shell {

class Vocabulary {
 public:
  explicit Vocabulary(ShellContext& context) : context_(context) {}

  // Those of the last commit, most quads first.
  const std::vector<Frequency>& predicates();
  const std::vector<Frequency>& classes();
  // Those of the nodes that have all of the links, of a sample; the numbers are of the store. None: nothing
  // has them.
  std::vector<Frequency> predicates_of(const std::vector<NodeLink>& links);
  // IRIs among the objects of a predicate, when it has few; else none.
  const std::vector<Frequency>& objects_of(const Term& predicate);
  // With the prefixes of the shell, else with well-known ones, else in angle brackets.
  std::string name(const Term& iri) const;
  // The number of triples of a predicate; 0: it is not in the store.
  std::uint64_t triples(const Term& predicate);

 private:
  void refresh();

  ShellContext& context_;
  std::optional<std::uint64_t> sequence_;
  std::vector<StoreStatistics::Predicate> statistics_;
  std::vector<Frequency> predicates_;
  std::optional<std::vector<Frequency>> classes_;
  std::map<std::string, std::vector<Frequency>> objects_;  // by the predicate's IRI
  std::vector<std::pair<std::vector<NodeLink>, std::vector<Frequency>>> together_;
};

}  // namespace dossier::shell
